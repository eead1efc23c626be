/* paged.h - arrays of unknown length in pages: growth copies nothing and wastes one
 * page.
 *
 * For lists that are built once per function and then copied to their exact size.
 * Emptying one (len = 0) keeps its pages for the next function.  Internal to wasm/. */
#ifndef WX_WASM_PAGED_H
#define WX_WASM_PAGED_H

#include "base/vec.h"
#include <string.h>

enum { PAGED_LOG2 = HOSTILE(1, 9), PAGED_ELEMS = 1 << PAGED_LOG2 };

struct paged {
    VEC(uint8_t *) pages;
    uint32_t elem_size;
    uint32_t len;
};

/* Element i. */
static inline void *paged_at(const struct paged *p, uint32_t i)
{
    return p->pages.at[i >> PAGED_LOG2] + (size_t)(i % PAGED_ELEMS) * p->elem_size;
}

/* A new element at the end, contents undefined.  Exhaustion as arena_alloc. */
static inline void *paged_push(struct arena *a, struct paged *p)
{
    if (p->len >> PAGED_LOG2 == p->pages.len)
        vec_push(a, &p->pages, arena_alloc(a, (size_t)PAGED_ELEMS * p->elem_size));
    return paged_at(p, p->len++);
}

/* A contiguous copy of all elements. */
static inline void *paged_copy(struct arena *a, const struct paged *p)
{
    uint8_t *copy = arena_alloc(a, (size_t)p->len * p->elem_size);
    for (uint32_t i = 0, n; i < p->len; i += n) {
        n = p->len - i < PAGED_ELEMS ? p->len - i : PAGED_ELEMS;
        memcpy(copy + (size_t)i * p->elem_size, paged_at(p, i), (size_t)n * p->elem_size);
    }
    return copy;
}

#endif
