/* place.c - see place.h. */
#include "asm/place.h"
#include "asm/stream.h"
#include "base/arena.h"
#include "base/compiler.h"
#include "x64/codemem.h"
#include <stdio.h>
#include <stdlib.h>

enum { CHUNKS = 3, FUNCS = 8, DATAS = 4, FLAG_EXPAND = 1 };

static const uint32_t sizes[] = { 4096,  STREAM_ROOM, 80,    100,   256,    1000,
                                  65520, 65536,       65600, 70000, 131072, 200000 };

/* A function in code memory. */
struct func {
    struct stream s;
    struct code_space space;
    uint32_t chunk;
    bool live;
};

struct datum {
    struct code_space space;
    uint32_t chunk;
    uint8_t fill;
    bool live;
};

struct place {
    struct heap heap;
    struct code_region *region;
    struct code_chunk *chunks[CHUNKS];
    struct func funcs[FUNCS];
    struct datum datas[DATAS];
    uint64_t targets[FUNCS];
    uint32_t nfuncs, ndatas, ntargets;
};

struct place *place_new(void)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || (p->region = code_region_new(&p->heap, CODE_DUAL)) == NULL) {
        free(p);
        return NULL;
    }
    return p;
}

void place_free(struct place *p)
{
    code_region_free(p->region);
    free(p);
}

/* ---- filling ------------------------------------------------------------------------------- */

static bool pick_chunk(struct place *p, struct dna *d, uint32_t *chunk)
{
    *chunk = dna_below(d, CHUNKS);
    if (p->chunks[*chunk] == NULL)
        p->chunks[*chunk] = code_chunk_new(p->region);
    return p->chunks[*chunk] != NULL;
}

static void add_datum(struct place *p, struct dna *d)
{
    struct datum *x = &p->datas[p->ndatas];
    if (p->ndatas == DATAS || !pick_chunk(p, d, &x->chunk) ||
        !code_data(p->chunks[x->chunk], 1 + dna_below(d, 6000), &x->space))
        return;
    x->fill = dna_u8(d);
    x->live = true;
    memset(x->space.rw, x->fill, x->space.size);
    p->ndatas++;
}

static void add_func(struct place *p, struct dna *d)
{
    struct func *f = &p->funcs[p->nfuncs];
    if (p->nfuncs == FUNCS || !pick_chunk(p, d, &f->chunk) ||
        !code_reserve(p->chunks[f->chunk], sizes[dna_below(d, COUNT(sizes))], &f->space))
        return;
    f->s = (struct stream){ .d = d, .targets = p->targets, .ntargets = p->ntargets };
    asm_init(&f->s.a, f->space.rw, f->space.size, (uint64_t)(uintptr_t)f->space.rx);
    stream_fill(&f->s);
    if (dna_chance(d, 30)) {
        code_cancel(p->chunks[f->chunk], &f->space);
        return;
    }
    f->live = code_commit(p->chunks[f->chunk], &f->space, asm_pos(&f->s.a));
    p->nfuncs++;
    p->targets[p->ntargets++] = f->s.a.exec;
}

/* Calls that await their target; where code may not be written any more, they stay. */
static void patch_calls(struct place *p, struct dna *d)
{
    for (struct func *f = p->funcs; f < p->funcs + p->nfuncs; f++)
        for (struct item *i = f->s.items; i < f->s.items + f->s.nitems; i++) {
            const struct func *to = &p->funcs[dna_below(d, p->nfuncs)];
            if (i->kind != ITEM_PATCH || f->space.rw == f->space.rx || !to->live ||
                !f->live)
                continue;
            asm_patch_rel32(f->space.rw + i->at + 1, to->space.rw);
            i->v.imm = (int64_t)to->s.a.exec;
        }
}

/* ---- checking ------------------------------------------------------------------------------ */

static bool datum_holds(const struct datum *x)
{
    for (size_t k = 0; k < x->space.size; k++)
        if (x->space.rx[k] != x->fill) {
            fprintf(stderr, "asm mismatch: data changed at %zu of %zu\n", k, x->space.size);
            return false;
        }
    return true;
}

static bool all_hold(const struct place *p)
{
    for (uint32_t k = 0; k < p->nfuncs; k++)
        if (p->funcs[k].live && !stream_verify(&p->funcs[k].s, p->funcs[k].space.rx))
            return false;
    for (uint32_t k = 0; k < p->ndatas; k++)
        if (p->datas[k].live && !datum_holds(&p->datas[k]))
            return false;
    return true;
}

static void forget_chunk(struct place *p, uint32_t chunk)
{
    for (uint32_t k = 0; k < p->nfuncs; k++)
        p->funcs[k].live = p->funcs[k].live && p->funcs[k].chunk != chunk;
    for (uint32_t k = 0; k < p->ndatas; k++)
        p->datas[k].live = p->datas[k].live && p->datas[k].chunk != chunk;
    code_chunk_free(p->chunks[chunk]);
    p->chunks[chunk] = NULL;
}

/* Frees a chunk and lets others write where it was. */
static bool reuse(struct place *p, uint32_t chunk, uint32_t size)
{
    struct code_space space;
    if (p->chunks[chunk] == NULL)
        return true;
    forget_chunk(p, chunk);
    struct code_chunk *other = code_chunk_new(p->region);
    if (other != NULL && code_reserve(other, size, &space)) {
        memset(space.rw, 0xCC, space.size);
        code_commit(other, &space, space.size);
    }
    bool good = all_hold(p);
    if (other != NULL)
        code_chunk_free(other);
    return good;
}

bool place_run(struct place *p, const uint8_t *data, size_t size)
{
    struct dna d = { .p = data, .end = data + size };
    if (dna_u8(&d) & FLAG_EXPAND)
        for (size_t k = 0; k < size; k++)
            d.stream = dna_hash(d.stream ^ data[k]) | 1;
    p->nfuncs = p->ndatas = p->ntargets = 0;
    for (uint32_t n = 1 + dna_below(&d, FUNCS); n > 0; n--) {
        if (dna_chance(&d, 50))
            add_datum(p, &d);
        add_func(p, &d);
    }
    patch_calls(p, &d);
    bool good = all_hold(p);
    uint32_t first = dna_below(&d, CHUNKS);
    for (uint32_t k = 0; k < CHUNKS; k++)
        good = good && reuse(p, (first + k) % CHUNKS, sizes[dna_below(&d, COUNT(sizes))]);
    if (p->heap.bytes != 0 && good) {
        fprintf(stderr, "asm mismatch: %zu bytes are left\n", p->heap.bytes);
        good = false;
    }
    return good;
}

void place_stats(void)
{
    uint64_t total = 0, forms = 0;
    for (size_t k = 0; k < asm_nforms; k++) {
        total += stream_forms[k];
        forms += stream_forms[k] != 0;
    }
    fprintf(stderr, "fuzz_asm: %llu instructions, %llu of %zu forms\n",
            (unsigned long long)total, (unsigned long long)forms, asm_nforms);
}
