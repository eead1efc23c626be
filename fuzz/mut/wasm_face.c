/* wasm_face.c - mutations of modules: taken apart, changed, written, validated.
 *
 * Configuration and script are kept in the custom section "wx.case" behind the module, a second
 * module in "wx.link" before it.  A changed module makes no promise about traps any more. */
#include "mut/mut.h"
#include "script.h"
#include <string.h>

enum { ATTEMPTS = 12, MOST_CHANGES = 3, SECOND_ONE_IN = 3 };

/* ---- reading and writing ------------------------------------------------------------------- */

struct loaded {
    struct heap heap;
    struct type_registry *types;
    struct module *module;
};

static void unload(struct loaded *l)
{
    if (l->module != NULL)
        module_free(l->module);
    if (l->types != NULL)
        types_free(l->types);
}

static bool load(struct loaded *l, const uint8_t *wasm, size_t len)
{
    struct fail fail = { 0 };
    *l = (struct loaded){ .heap = { 0 } };
    l->types = types_new(&l->heap);
    if (l->types != NULL)
        l->module = module_load(&l->heap, l->types, features_of_level(9), wasm, len, &fail);
    return l->module != NULL;
}

static bool is_valid(const uint8_t *wasm, size_t len)
{
    struct loaded l;
    bool valid = load(&l, wasm, len);
    unload(&l);
    return valid;
}

static struct tree *take(struct arena *a, const uint8_t *wasm, size_t len)
{
    struct loaded l;
    struct tree *t = load(&l, wasm, len) ? tree_of_module(a, l.module) : NULL;
    unload(&l);
    return t;
}

/* The case with its modules as they are now. */
static size_t write(const struct mutation *m, struct bytes_out module, uint8_t *out,
                    size_t max)
{
    const struct fuzz_case *c = m->c;
    uint8_t link[CASE_LINK_HEAD], script[SCRIPT_MAX];
    size_t nlink = c->second == NULL ? 0 : case_link_head(link, c->second_len);
    size_t nscript = script_write(c, script);
    size_t size = module.len + nlink + c->second_len + nscript;
    if (size > max)
        return 0;
    memcpy(out, module.at, module.len);
    if (nlink != 0) {
        memcpy(out + module.len, link, nlink);
        memcpy(out + module.len + nlink, c->second, c->second_len);
    }
    memcpy(out + size - nscript, script, nscript);
    return size;
}

/* ---- the choice ---------------------------------------------------------------------------- */

static mut_wasm_fn *const mutators[] = {
#define WX_MUT_WASM(name, weight, text) wasm_##name,
#include "mut/mutators.def"
};

static const uint32_t weights[] = {
#define WX_MUT_WASM(name, weight, text) weight,
#include "mut/mutators.def"
};

static bool apply_one(struct mutation *m)
{
    return mutators[dna_weighted(m->rng, weights, COUNT(weights))](m);
}

/* A copy of t in which instructions may be changed in place. */
static struct tree *fresh_copy(struct arena *a, const struct tree *t)
{
    struct tree *copy = tree_copy(a, t);
    for (uint32_t f = 0; f < copy->nfuncs; f++)
        copy->funcs[f].code = code_copy(a, copy->funcs[f].code);
    return copy;
}

/* One change of m->t that leaves it valid; false: m->t and m->c are as they were. */
static bool step(struct mutation *m, bool splice, struct bytes_out *out)
{
    struct tree *before = m->t;
    struct fuzz_case c = *m->c;
    m->t = fresh_copy(m->a, before);
    m->script_only = false;
    if (splice ? wasm_splice(m) : apply_one(m)) {
        *out = tree_write(m->a, m->t);
        if (!m->script_only)
            m->c->generated = m->c->trap_free = false;
        if (m->script_only || is_valid(out->at, out->len))
            return true;
    }
    m->t = before;
    *m->c = c;
    return false;
}

/* A few changes, the first of them a splice when there is another module. */
static size_t change(struct mutation *m, uint8_t *out, size_t max)
{
    uint32_t wanted = 1 + dna_below(m->rng, MOST_CHANGES), done = 0;
    struct bytes_out module;
    for (uint32_t k = 0; k < ATTEMPTS && done < wanted; k++)
        done += step(m, m->other != NULL && done == 0, &module);
    if (done == 0)
        return 0;
    module = tree_write(m->a, m->t);
    if (m->first != NULL) {
        m->c->second = module.at;
        m->c->second_len = module.len;
        module = tree_write(m->a, m->first);
    }
    return write(m, module, out, max);
}

/* Of a case with two modules, now and then the second one is changed. */
static void choose_second(struct mutation *m)
{
    if (m->t == NULL || m->c->second == NULL || dna_below(m->rng, SECOND_ONE_IN) != 0)
        return;
    struct tree *second = take(m->a, m->c->second, m->c->second_len);
    if (second == NULL)
        return;
    m->first = m->t;
    m->t = second;
}

static NOINLINE size_t mutate(struct mutation *m, const uint8_t *data, size_t size,
                              const uint8_t *other, size_t other_size, uint8_t *out,
                              size_t max)
{
    struct fuzz_case c;
    jmp_buf *oom = m->a->oom;
    if (!case_read(data, size, m->a, &c))
        return 0;
    m->a->oom = oom;
    m->c = &c;
    m->t = take(m->a, data, size);
    if (m->t != NULL && other != NULL)
        m->other = take(m->a, other, other_size);
    choose_second(m);
    return m->t == NULL ? 0 : change(m, out, max);
}

/* 0 when memory runs out too.  Not inlined: longjmp leaves no local of the caller unsure. */
NOINLINE static size_t mutate_guarded(struct mutation *m, const uint8_t *data, size_t size,
                                      const uint8_t *other, size_t other_size, uint8_t *out,
                                      size_t max)
{
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return 0;
    m->a->oom = &oom;
    uint8_t *copy = arena_alloc(m->a, size); /* out may be data */
    memcpy(copy, data, size);
    return mutate(m, copy, size, other, other_size, out, max);
}

size_t mut_wasm(const uint8_t *data, size_t size, const uint8_t *other, size_t other_size,
                uint8_t *out, size_t max, struct dna *rng)
{
    struct heap heap = { 0 };
    struct arena a;
    struct mutation m = { .a = &a, .rng = rng };
    arena_init(&a, &heap);
    size_t n = mutate_guarded(&m, data, size, other, other_size, out, max);
    arena_free(&a);
    return n;
}
