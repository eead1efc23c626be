/* rewrite.c - which rewrites, and where.  See rewrite.h. */
#include "meta/rewrite.h"

enum { MOST_INSTRUCTIONS = 3000, TRIES = 4 };

const char *const rewrite_names[REWRITE_COUNT] = {
#define REWRITE(name, text) #name,
#include "meta/rewrites.def"
};

static bool (*const rewrites[REWRITE_COUNT])(struct rewriter *) = {
#define REWRITE(name, text) rewrite_##name,
#include "meta/rewrites.def"
};

/* The first place from a drawn one on where the rewrite applies. */
static bool apply(struct rewriter *w, enum rewrite r)
{
    uint32_t len = w->func->code.len, first = dna_below(&w->d, len);
    w->types = typing_of(w->a, w->t, w->f);
    for (uint32_t k = 0; k < len; k++) {
        w->at = (first + k) % len;
        if (rewrites[r](w)) {
            w->applied[r]++;
            return true;
        }
        if (w->func->code.len != len)
            return false;
    }
    return false;
}

/* Another rewrite, or another function, when one does not apply. */
static bool apply_some(struct rewriter *w)
{
    for (int k = 0; k < TRIES; k++) {
        w->f = dna_below(&w->d, w->t->nfuncs);
        w->func = &w->t->funcs[w->f];
        if (apply(w, (enum rewrite)dna_below(&w->d, REWRITE_COUNT)))
            return true;
    }
    return false;
}

uint32_t rewrite_some(struct rewriter *w, uint32_t n)
{
    uint32_t done = 0;
    for (uint32_t k = 0; k < n && w->t->nfuncs > 0; k++)
        done += tree_instructions(w->t) < MOST_INSTRUCTIONS && apply_some(w);
    return done;
}
