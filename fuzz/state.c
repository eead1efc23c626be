/* state.c - the state that an action left behind, as hashes that are the same in every lane.
 *
 * Looks at the instance directly: everything counts, not only what is exported. */
#include "oracle.h"
#include "api/api.h"
#include "dna.h"
#include "resident.h"
#include <string.h>

/* The number of the import that is f, or -1. */
static int64_t import_index(const struct instance *i, const struct func *f)
{
    for (uint32_t k = 0; i != NULL && k < i->module->nimported_funcs; k++)
        if (i->funcs[k] == f)
            return k;
    return -1;
}

/* Which object a reference names: functions by module and number, host functions by the import
 * that they are, host references by their data. */
static uint64_t ref_identity(const struct run *r, ref word)
{
    if (word == 0)
        return 0;
    const struct func *f = (const struct func *)(uintptr_t)word;
    if (f->header == OBJECT_EXTERN)
        return UINT64_C(1) << 62 |
               (uint64_t)(uintptr_t)((const struct extern_box *)(const void *)f)->data;
    uint64_t second = UINT64_C(1) << 32;
    if (f->host == NULL)
        return UINT64_C(1) << 61 | f->index |
               (f->instance == api_instance(r->instance) ? 0 : second);
    int64_t k = import_index(api_instance(r->instance), f);
    if (k >= 0)
        return UINT64_C(1) << 60 | (uint64_t)k;
    k = import_index(api_instance(r->second.instance), f);
    return k >= 0 ? UINT64_C(1) << 60 | second | (uint64_t)k : UINT64_C(1) << 59;
}

uint64_t state_value(const struct run *r, const wx_value *v)
{
    switch (v->type) {
    case WX_I32: return (uint32_t)v->of.i32;
    case WX_F32: return v->of.f32_bits;
    case WX_I64:
    case WX_F64: return v->of.f64_bits;
    default: return ref_identity(r, api_ref(v->of.ref));
    }
}

/* Memories are mostly zeros: blocks of zeros are passed over as fast as they can be read, others
 * are hashed with their place. */
enum { BLOCK = 1024 };

typedef uint64_t lanes __attribute__((vector_size(64)));

static bool is_zero(const uint8_t *p)
{
    lanes any = { 0 }, w;
    for (size_t i = 0; i < BLOCK; i += sizeof w) {
        memcpy(&w, p + i, sizeof w);
        any |= w;
    }
    return (any[0] | any[1] | any[2] | any[3] | any[4] | any[5] | any[6] | any[7]) == 0;
}

/* Independent chains of multiply and shift. */
static uint64_t hash_block(const uint8_t *p, size_t n)
{
    enum { CHAINS = 4 };
    uint64_t h[CHAINS] = { 1, 2, 3, 4 }, w[CHAINS];
    for (; n >= sizeof w; n -= sizeof w, p += sizeof w) {
        memcpy(w, p, sizeof w);
        for (int k = 0; k < CHAINS; k++) {
            h[k] = (h[k] ^ w[k]) * UINT64_C(0x9E3779B97F4A7C15);
            h[k] ^= h[k] >> 29;
        }
    }
    uint64_t tail = n;
    for (; n > 0; n--)
        tail = tail * 257 + *p++;
    return case_mix(case_mix(h[0], h[1]), case_mix(h[2], h[3]) ^ tail);
}

/* Goes on from h with the blocks of p[from..to). */
static uint64_t hash_range(uint64_t h, const uint8_t *p, size_t from, size_t to)
{
    for (size_t at = from; at < to; at += BLOCK)
        if (!is_zero(p + at))
            h = case_mix(h ^ at, hash_block(p + at, BLOCK));
    return h;
}

/* What lies beyond the first 64 KiB is mostly from growth and has never been touched: to read it
 * would cost a page fault, to ask does not. */
static uint64_t hash_far(uint64_t h, const uint8_t *p, size_t from, size_t to)
{
    enum { CHUNK = RESIDENT_PAGE * RESIDENT_PAGES };
    struct resident r;
    for (size_t at = from, end; at < to; at = end) {
        end = to - at < CHUNK ? to : at + CHUNK;
        if (!resident_ask(&r, p + at, (end - at) / RESIDENT_PAGE))
            return hash_range(h, p, at, to);
        for (size_t page = at; page < end; page += RESIDENT_PAGE)
            if (resident_has(&r, (page - at) / RESIDENT_PAGE))
                h = hash_range(h, p, page, page + RESIDENT_PAGE);
    }
    return h;
}

/* n: whole pages, but for memories of modules with pages of less. */
static uint64_t hash_memory(const uint8_t *p, size_t n)
{
    enum { NEAR = 65536 };
    size_t blocks = n - n % BLOCK, near = blocks < NEAR ? blocks : NEAR;
    size_t far = n - n % RESIDENT_PAGE;
    uint64_t h = hash_range(n, p, 0, near);
    if (far > near) {
        h = hash_far(h, p, near, far);
        near = far;
    }
    h = hash_range(h, p, near, blocks);
    return n == blocks ? h : case_mix(h, hash_block(p + blocks, n - blocks));
}

/* What the second instance has from the first has been looked at. */
static bool is_shared(const struct instance *first, const struct memory *m)
{
    return first->module->nmemories > 0 && first->memories[0] == m;
}

static uint64_t memories(const struct instance *i, const struct instance *first)
{
    uint64_t h = 0;
    for (uint32_t k = 0; k < i->module->nmemories; k++) {
        const struct memory *m = i->memories[k];
        if (i != first && is_shared(first, m))
            continue;
        h = case_mix(h ^ m->pages, hash_memory(m->base, m->bytes));
    }
    return h;
}

static uint64_t tables(const struct run *r, const struct instance *i)
{
    uint64_t h = 0;
    for (uint32_t k = 0; k < i->module->ntables; k++) {
        const struct table *t = i->tables[k];
        h = case_mix(h, t->size);
        for (uint64_t e = 0; e < t->size; e++)
            h = t->elems[e] == 0 ? h * 31 + 1 : case_mix(h, ref_identity(r, t->elems[e]));
    }
    return h;
}

static uint64_t globals(const struct run *r, const struct instance *i, struct step *s)
{
    uint64_t h = 0;
    for (uint32_t k = 0; k < i->module->nglobals; k++) {
        const struct global *g = i->globals[k];
        uint64_t word = vt_is_ref(g->type) ? ref_identity(r, g->value[0]) : g->value[0];
        h = case_mix(h, word);
        if (s->nglobals < STEP_MAX_GLOBALS) {
            s->global_type[s->nglobals] = g->type;
            s->global[s->nglobals++] = word;
        }
    }
    return h;
}

static uint64_t segments(const struct instance *i)
{
    uint64_t h = 0;
    for (uint32_t k = 0; k < i->module->ndatas; k++)
        h = case_mix(h, i->datas[k].len);
    for (uint32_t k = 0; k < i->module->nelems; k++)
        h = case_mix(h, i->elems[k].len);
    return h;
}

static void record_instance(struct run *r, struct step *s, const struct instance *i)
{
    s->memories = case_mix(s->memories, memories(i, api_instance(r->instance)));
    s->globals = case_mix(s->globals, globals(r, i, s));
    s->tables = case_mix(s->tables, tables(r, i));
    s->segments = case_mix(s->segments, segments(i));
}

void state_record(struct run *r, struct step *s)
{
    const struct exec *x = &api_store(r->store)->exec;
    if (r->oracle->meddle.state != NULL)
        r->oracle->meddle.state(r);
    s->host = r->host_hash;
    s->budgets = r->budgets;
    s->fuel = (uint64_t)x->fuel;
    s->stack = (uint64_t)x->stack_left;
    if (r->instance != NULL)
        record_instance(r, s, api_instance(r->instance));
    if (r->second.instance != NULL)
        record_instance(r, s, api_instance(r->second.instance));
}
