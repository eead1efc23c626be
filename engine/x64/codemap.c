/* codemap.c - bodies by address, sites by address: two binary searches.
 *
 * A run's bodies are in address order because its code is handed out in that order.  A new body
 * is written behind the last one before the count says so; when the list is full, a copy twice as
 * long takes its place and the old one stays until the run is freed. */
#include "x64/codemap.h"
#include "base/arena.h"
#include "x64/region.h"
#include <assert.h>
#include <string.h>

enum { BODIES_AT_FIRST = HOSTILE(1, 8) };

static struct code_run *run_at(const struct code_region *r, const void *pc)
{
    uintptr_t offset = (uintptr_t)pc - (uintptr_t)r->rx;
    if (offset >= r->size)
        return NULL;
    return atomic_load_explicit(&r->granules[offset / GRANULE], memory_order_acquire);
}

static size_t list_bytes(uint32_t cap)
{
    return sizeof(struct body_list) + cap * sizeof(struct code_body);
}

static struct body_list *list_grow(struct heap *h, struct body_list *old)
{
    uint32_t cap = old != NULL ? 2 * old->cap : BODIES_AT_FIRST;
    struct body_list *list = heap_alloc(h, list_bytes(cap));
    if (list == NULL)
        return NULL;
    list->outgrown = old;
    list->cap = cap;
    if (old != NULL)
        memcpy(list->at, old->at, old->cap * sizeof *list->at);
    return list;
}

bool codemap_add(struct code_chunk *chunk, const struct code_body *body)
{
    struct code_run *run = run_at(chunk->region, body->start);
    struct body_list *list = atomic_load_explicit(&run->bodies, memory_order_relaxed);
    uint32_t n = atomic_load_explicit(&run->nbodies, memory_order_relaxed);
    assert(n == 0 || list->at[n - 1].start + list->at[n - 1].size <= body->start);
    if (list == NULL || n == list->cap) {
        list = list_grow(chunk->region->heap, list);
        if (list == NULL)
            return false;
        atomic_store_explicit(&run->bodies, list, memory_order_release);
    }
    list->at[n] = *body;
    atomic_store_explicit(&run->nbodies, n + 1, memory_order_release);
    return true;
}

void codemap_forget(struct heap *h, struct code_run *run)
{
    struct body_list *list = atomic_load_explicit(&run->bodies, memory_order_relaxed);
    for (struct body_list *next; list != NULL; list = next) {
        next = list->outgrown;
        heap_free(h, list, list_bytes(list->cap));
    }
}

/* The last body that starts at or before pc, or NULL. */
static const struct code_body *last_before(const struct code_body *at, uint32_t n,
                                           const uint8_t *pc)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (at[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low != 0 ? &at[low - 1] : NULL;
}

const struct code_body *codemap_find(const struct code_region *r, const void *pc)
{
    struct code_run *run = run_at(r, pc);
    uint32_t n =
        run != NULL ? atomic_load_explicit(&run->nbodies, memory_order_acquire) : 0;
    if (n == 0)
        return NULL;
    const struct body_list *list = atomic_load_explicit(&run->bodies, memory_order_acquire);
    const struct code_body *b = last_before(list->at, n, pc);
    return b != NULL && (size_t)((const uint8_t *)pc - b->start) < b->size ? b : NULL;
}

/* The first site at or behind offset; b->nsites if there is none. */
static uint32_t first_site(const struct code_body *b, uint32_t offset)
{
    uint32_t low = 0, high = b->nsites;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (b->sites[middle].pc < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct code_site *find_site(const struct code_body *b, const void *pc,
                                         uint8_t call)
{
    uint32_t offset = (uint32_t)((const uint8_t *)pc - b->start);
    for (uint32_t i = first_site(b, offset); i < b->nsites && b->sites[i].pc == offset; i++)
        if ((b->sites[i].flags & SITE_CALL) == call)
            return &b->sites[i];
    return NULL;
}

const struct code_site *code_body_site(const struct code_body *b, const void *pc)
{
    return find_site(b, pc, 0);
}

const struct code_site *code_body_call(const struct code_body *b, const void *pc)
{
    return find_site(b, pc, SITE_CALL);
}
