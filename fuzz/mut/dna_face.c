/* dna_face.c - mutations of DNA.
 *
 * Where subtrees and constants lie in the bytes is learnt by generating the module once more
 * with a trace (dna.h). */
#include "mut/mut.h"
#include "script.h"
#include <string.h>

enum { SUBTREE_LEAST = 1 };

struct dna_mutation {
    uint8_t *data;
    size_t size, max;
    struct dna *rng;
    mut_raw *raw;
    struct dna_trace trace;
};

/* ---- ranges -------------------------------------------------------------------------------- */

/* A random noted range of the kind, or NULL. */
static const struct dna_range *pick_range(struct dna_mutation *m, enum dna_kind kind)
{
    uint32_t n = m->trace.n, start = dna_below(m->rng, n < 256 ? n : 256);
    for (uint32_t k = 0; k < n; k++) {
        const struct dna_range *r = &m->trace.ranges[(start + k) % n];
        if (r->kind == kind && r->len >= SUBTREE_LEAST)
            return r;
    }
    return NULL;
}

/* Bytes [at, at + len) become with[0..n); false when that is too long. */
static bool put(struct dna_mutation *m, size_t at, size_t len, const uint8_t *with,
                size_t n)
{
    if (m->size - len + n > m->max)
        return false;
    memmove(m->data + at + n, m->data + at + len, m->size - at - len);
    if (n != 0)
        memcpy(m->data + at, with, n);
    m->size += n - len;
    return true;
}

static void *copy_of(struct arena *a, const void *at, size_t n)
{
    void *copy = arena_alloc(a, n);
    memcpy(copy, at, n);
    return copy;
}

/* ---- mutations ----------------------------------------------------------------------------- */

static bool dna_raw(struct dna_mutation *m, struct arena *a)
{
    const struct dna_range *r = dna_chance(m->rng, 100) ? pick_range(m, DNA_SUBTREE) : NULL;
    if (r == NULL || r->len > UINT16_MAX) {
        m->size = m->raw(m->data, m->size, m->max);
        return m->size > 0;
    }
    size_t room = r->len * 2u + 8;
    uint8_t *part = arena_zalloc(a, room);
    memcpy(part, m->data + r->at, r->len);
    size_t n = m->raw(part, r->len, room);
    return put(m, r->at, r->len, part, n);
}

/* Makes sure that the header is there in full. */
static bool has_header(struct dna_mutation *m)
{
    if (m->size >= DNA_HEADER)
        return true;
    uint8_t header[DNA_HEADER];
    case_header(m->data, m->size, header);
    if (m->max < DNA_HEADER)
        return false;
    memcpy(m->data, header, DNA_HEADER);
    m->size = DNA_HEADER;
    return true;
}

static void flip_bit(struct dna_mutation *m, uint32_t first, uint32_t bytes)
{
    uint32_t bit = dna_below(m->rng, bytes * 8);
    m->data[first + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static bool dna_swarm(struct dna_mutation *m, struct arena *a)
{
    (void)a;
    if (!has_header(m))
        return false;
    if (dna_chance(m->rng, 64))
        m->data[2] = (uint8_t)((m->data[2] & ~3u) | dna_below(m->rng, 4));
    else if (dna_chance(m->rng, 64))
        flip_bit(m, 21, 2);
    else
        flip_bit(m, 3, 2);
    return true;
}

static bool dna_tiers(struct dna_mutation *m, struct arena *a)
{
    (void)a;
    if (!has_header(m))
        return false;
    switch (dna_below(m->rng, 3)) {
    case 0: m->data[1] ^= (uint8_t)(2u << dna_below(m->rng, 3)); break;
    case 1: flip_bit(m, 6, 8); break;
    default: m->data[14] = dna_u8(m->rng); break;
    }
    return true;
}

static bool dna_arguments(struct dna_mutation *m, struct arena *a)
{
    (void)a;
    if (!has_header(m))
        return false;
    if (dna_chance(m->rng, 64))
        m->data[5] = dna_u8(m->rng);
    else
        m->data[23 + dna_below(m->rng, 9)] = dna_u8(m->rng);
    return true;
}

static bool dna_constants(struct dna_mutation *m, struct arena *a)
{
    (void)a;
    bool any = false;
    for (uint32_t i = 0; i < m->trace.n; i++) {
        const struct dna_range *r = &m->trace.ranges[i];
        if (r->kind != DNA_CONSTANT || !dna_chance(m->rng, 100))
            continue;
        for (uint32_t k = 0; k < r->len; k++)
            m->data[r->at + k] = dna_u8(m->rng);
        any |= r->len > 0;
    }
    return any;
}

static bool dna_duplicate(struct dna_mutation *m, struct arena *a)
{
    const struct dna_range *from = pick_range(m, DNA_SUBTREE);
    const struct dna_range *to = pick_range(m, DNA_SUBTREE);
    if (from == NULL || from == to)
        return false;
    return put(m, to->at, to->len, copy_of(a, m->data + from->at, from->len), from->len);
}

static bool dna_delete(struct dna_mutation *m, struct arena *a)
{
    (void)a;
    const struct dna_range *r = pick_range(m, DNA_SUBTREE);
    return r != NULL && put(m, r->at, r->len, NULL, 0);
}

static bool dna_swap(struct dna_mutation *m, struct arena *a)
{
    const struct dna_range *x = pick_range(m, DNA_SUBTREE), *y = pick_range(m, DNA_SUBTREE);
    if (x == NULL || x == y)
        return false;
    const struct dna_range *low = x->at < y->at ? x : y, *high = low == x ? y : x;
    if (low->at + low->len > high->at)
        return false;
    const uint8_t *first = copy_of(a, m->data + low->at, low->len);
    const uint8_t *second = copy_of(a, m->data + high->at, high->len);
    return put(m, high->at, high->len, first, low->len) &&
           put(m, low->at, low->len, second, high->len);
}

/* From here on mutations are of instructions, not of what they were made from. */
static bool dna_export(struct dna_mutation *m, struct arena *a)
{
    struct fuzz_case c;
    uint8_t script[SCRIPT_MAX], link[CASE_LINK_HEAD];
    jmp_buf *oom = a->oom;
    const uint8_t *data = copy_of(a, m->data, m->size);
    if (!case_read(data, m->size, a, &c))
        return false;
    a->oom = oom;
    size_t nlink = c.second == NULL ? 0 : case_link_head(link, c.second_len);
    size_t nscript = script_write(&c, script);
    if (c.wasm_len + nlink + c.second_len + nscript > m->max)
        return false;
    memcpy(m->data, c.wasm, c.wasm_len);
    memcpy(m->data + c.wasm_len, link, nlink);
    if (nlink != 0)
        memcpy(m->data + c.wasm_len + nlink, c.second, c.second_len);
    m->size = c.wasm_len + nlink + c.second_len + nscript;
    memcpy(m->data + m->size - nscript, script, nscript);
    return true;
}

/* ---- the choice ---------------------------------------------------------------------------- */

static bool (*const mutators[])(struct dna_mutation *m, struct arena *a) = {
#define WX_MUT_DNA(name, weight, text) dna_##name,
#include "mut/mutators.def"
};

static const uint32_t weights[] = {
#define WX_MUT_DNA(name, weight, text) weight,
#include "mut/mutators.def"
};

static void learn_ranges(struct dna_mutation *m, struct arena *a)
{
    struct fuzz_case c;
    jmp_buf *oom = a->oom;
    m->trace.base = m->data;
    case_trace(m->data, m->size, a, &c, &m->trace);
    a->oom = oom;
}

/* With the version byte, unless it has become a module. */
static size_t finish(struct dna_mutation *m)
{
    if (mut_is_module(m->data, m->size))
        return m->size;
    if (m->size == 0)
        m->size = 1;
    m->data[0] = DNA_VERSION;
    return m->size;
}

static size_t mutate(struct dna_mutation *m, struct arena *a)
{
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return finish(m);
    a->oom = &oom;
    m->data[0] = DNA_VERSION;
    learn_ranges(m, a);
    uint32_t first = dna_weighted(m->rng, weights, COUNT(weights));
    for (uint32_t k = 0; k < COUNT(mutators); k++)
        if (mutators[(first + k) % COUNT(mutators)](m, a))
            break;
    return finish(m);
}

size_t mut_dna(uint8_t *data, size_t size, size_t max, struct dna *rng, mut_raw *raw)
{
    struct dna_mutation m = { data, size, max, rng, raw, { .n = 0 } };
    struct heap heap = { 0 };
    struct arena a;
    if (max == 0)
        return 0;
    arena_init(&a, &heap);
    if (size == 0)
        m.size = data[0] = 1;
    size_t n = mutate(&m, &a);
    arena_free(&a);
    return n;
}

/* A subtree of b in the place of one of a, or a's header before b's tree. */
static size_t graft(struct dna_mutation *m, const uint8_t *b, size_t nb, struct arena *a)
{
    struct dna_mutation from = { .data = copy_of(a, b, nb), .size = nb, .rng = m->rng };
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return 0;
    a->oom = &oom;
    learn_ranges(m, a);
    learn_ranges(&from, a);
    const struct dna_range *to = pick_range(m, DNA_SUBTREE);
    const struct dna_range *part = pick_range(&from, DNA_SUBTREE);
    if (to != NULL && part != NULL &&
        put(m, to->at, to->len, from.data + part->at, part->len))
        return finish(m);
    if (!has_header(m) || nb <= DNA_HEADER)
        return 0;
    return put(m, DNA_HEADER, m->size - DNA_HEADER, b + DNA_HEADER, nb - DNA_HEADER)
               ? finish(m)
               : 0;
}

size_t mut_dna_cross(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out,
                     size_t max, struct dna *rng)
{
    struct heap heap = { 0 };
    struct arena arena;
    if (na < 2 || nb < 2 || na > max)
        return 0;
    memcpy(out, a, na);
    struct dna_mutation m = { out, na, max, rng, NULL, { .n = 0 } };
    out[0] = DNA_VERSION;
    arena_init(&arena, &heap);
    size_t n = graft(&m, b, nb, &arena);
    arena_free(&arena);
    return n;
}
