/* arena.c - heap accounting and bump allocation.  See arena.h. */
#include "base/arena.h"
#include "base/os.h"
#include "base/size.h"
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t size; /* of the whole block, header included */
};

enum { ARENA_ALIGN = 16, ARENA_HEADER = 16, ARENA_BLOCK = HOSTILE(64, 32 * 1024) };

/* Arenas that have grown beyond ARENA_GROWN take larger blocks.  The pages of a large block
 * are asked for at once, which is cheaper than one by one as they are touched. */
enum {
    ARENA_GROWN = 1024 * 1024,
    ARENA_LARGE = 256 * 1024,
    ARENA_LATER_BLOCK = HOSTILE(64, ARENA_LARGE),
};

_Static_assert(sizeof(struct arena_block) <= ARENA_HEADER, "block header fits");

static bool heap_admit(struct heap *h, size_t size)
{
    if (atomic_load_explicit(&h->fail_at, memory_order_relaxed) > 0) {
        int64_t left = atomic_fetch_sub(&h->fail_at, 1) - 1;
        if (left <= 0) {
            atomic_store(&h->fail_at, 1);
            return false;
        }
    }
    size_t now = atomic_fetch_add(&h->bytes, size) + size;
    if (h->limit != 0 && now > h->limit) {
        atomic_fetch_sub(&h->bytes, size);
        return false;
    }
    size_t peak = atomic_load(&h->peak);
    while (now > peak && !atomic_compare_exchange_weak(&h->peak, &peak, now))
        ;
    return true;
}

static void poison(const struct heap *h, void *p, size_t size)
{
    if (UNLIKELY(h->poison))
        memset(p, HEAP_POISON, size);
}

void *heap_alloc(struct heap *h, size_t size)
{
    if (size > PTRDIFF_MAX || !heap_admit(h, size))
        return NULL;
    void *p = malloc(size != 0 ? size : 1);
    if (p == NULL)
        atomic_fetch_sub(&h->bytes, size);
    else
        poison(h, p, size);
    return p;
}

void *heap_realloc(struct heap *h, void *p, size_t old_size, size_t new_size)
{
    if (new_size > PTRDIFF_MAX || !heap_admit(h, new_size))
        return NULL;
    void *q = realloc(p, new_size != 0 ? new_size : 1);
    atomic_fetch_sub(&h->bytes, q != NULL ? old_size : new_size);
    return q;
}

void heap_free(struct heap *h, void *p, size_t size)
{
    if (p == NULL)
        return;
    poison(h, p, size);
    free(p);
    atomic_fetch_sub(&h->bytes, size);
}

void arena_init(struct arena *a, struct heap *h) { *a = (struct arena){ .heap = h }; }

static void free_blocks(struct arena *a, struct arena_block *keep)
{
    struct arena_block *next;
    for (struct arena_block *b = a->blocks; b != NULL; b = next) {
        next = b->next;
        if (b == keep)
            continue;
        a->total -= b->size;
        heap_free(a->heap, b, b->size);
    }
}

void arena_free(struct arena *a)
{
    free_blocks(a, NULL);
    a->blocks = NULL;
    a->p = a->end = NULL;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->blocks;
    if (keep == NULL)
        return;
    free_blocks(a, keep);
    keep->next = NULL;
    a->blocks = keep;
    a->p = (uint8_t *)keep + ARENA_HEADER;
    a->end = (uint8_t *)keep + keep->size;
    poison(a->heap, a->p, (size_t)(a->end - a->p));
}

static bool new_block(struct arena *a, size_t n)
{
    size_t size = size_add(n, ARENA_HEADER);
    size_t block = a->total < ARENA_GROWN ? ARENA_BLOCK : ARENA_LATER_BLOCK;
    if (size < block)
        size = block;
    if (a->limit != 0 && size_add(a->total, size) > a->limit)
        return false;
    struct arena_block *b = heap_alloc(a->heap, size);
    if (b == NULL)
        return false;
    if (size >= ARENA_LARGE)
        os_populate(b, size);
    b->next = a->blocks;
    b->size = size;
    a->blocks = b;
    a->total += size;
    a->p = (uint8_t *)b + ARENA_HEADER;
    a->end = (uint8_t *)b + size;
    return true;
}

void *arena_try(struct arena *a, size_t n)
{
    n = size_align(n != 0 ? n : 1, ARENA_ALIGN);
    if (n > PTRDIFF_MAX)
        return NULL;
    if (n > (size_t)(a->end - a->p) && !new_block(a, n))
        return NULL;
    void *p = a->p;
    a->p += n;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = arena_try(a, n);
    if (UNLIKELY(p == NULL))
        longjmp(*a->oom, 1);
    return p;
}

void *arena_zalloc(struct arena *a, size_t n) { return memset(arena_alloc(a, n), 0, n); }
