/* codemem.c - code regions: mapping, granules, chunks.
 *
 * In a region mapped once, a reservation takes whole pages, which are writable until they are
 * committed and executable afterwards, so that a page being written never holds code that another
 * thread runs; data pages stay writable.  In a region mapped twice nothing is ever switched. */
#include "x64/codemem.h"
#include "base/arena.h"
#include "base/size.h"
#include "x64/region.h"
#include <assert.h>
#include <string.h>

enum { CODE_ALIGN = 16, POISON = 0xCC };

/* ---- mapping ------------------------------------------------------------------------- */

/* Two mappings of one file in one reservation. */
static bool map_dual(struct code_region *r, size_t size)
{
    int fd = os_shared_new(size);
    if (fd < 0)
        return false;
    uint8_t *base = os_reserve(2 * size);
    bool ok = base != NULL && os_shared_map(fd, base, 0, size, OS_READ_WRITE) != NULL &&
              os_shared_map(fd, base + size, 0, size, OS_READ_EXEC) != NULL;
    os_shared_free(fd);
    if (!ok) {
        os_release(base, 2 * size);
        return false;
    }
    r->dual = true;
    r->rw = base;
    r->rx = base + size;
    r->size = size;
    return true;
}

static bool map_single(struct code_region *r, size_t size)
{
    r->dual = false;
    r->rw = r->rx = os_reserve(size);
    r->size = size;
    return r->rw != NULL;
}

/* Whether a region of that size would be a small part of the address space that is left. */
static bool leaves_room(size_t size)
{
    void *probe = os_reserve(8 * size);
    os_release(probe, 8 * size);
    return probe != NULL;
}

/* Tries smaller and smaller sizes, for processes with little address space. */
static bool map_some(struct code_region *r, bool (*map)(struct code_region *, size_t))
{
    for (size_t size = REGION_BYTES; size >= REGION_LEAST; size /= 2)
        if ((size == REGION_LEAST || leaves_room(size)) && map(r, size))
            return true;
    return false;
}

static void unmap(struct code_region *r)
{
    os_release(r->rw, r->dual ? 2 * r->size : r->size);
}

struct code_region *code_region_map(struct heap *h, enum code_mapping mapping)
{
    size_t bytes = size_align(sizeof(struct code_region), OS_PAGE);
    struct code_region *r = os_private_map(NULL, bytes, OS_READ_WRITE);
    if (r == NULL)
        return NULL;
    if (!map_some(r, mapping == CODE_DUAL ? map_dual : map_single)) {
        os_release(r, bytes);
        return NULL;
    }
    r->heap = h;
    r->child = -1;
    pthread_rwlock_init(&r->writers, NULL);
    pthread_mutex_init(&r->lock, NULL);
    if (r->dual)
        code_fork_add(r);
    return r;
}

struct code_region *code_region_new(struct heap *h, enum code_mapping m)
{
    struct code_region *r = code_region_map(h, m);
    return r != NULL || m == CODE_SINGLE ? r : code_region_map(h, CODE_SINGLE);
}

void code_region_free(struct code_region *r)
{
    if (r->dual)
        code_fork_remove(r);
    unmap(r);
    pthread_mutex_destroy(&r->lock);
    pthread_rwlock_destroy(&r->writers);
    os_release(r, size_align(sizeof *r, OS_PAGE));
}

/* ---- granules ------------------------------------------------------------------------ */

static uint32_t granule_count(const struct code_region *r)
{
    return (uint32_t)(r->size / GRANULE);
}

/* The first of n free granules in a row, or UINT32_MAX. */
static uint32_t find_free(struct code_region *r, uint32_t n)
{
    uint32_t count = granule_count(r), found = 0;
    while (r->first_free < count && bits_has(r->used, r->first_free))
        r->first_free++;
    for (uint32_t g = r->first_free; g < count; g++) {
        found = bits_has(r->used, g) ? 0 : found + 1;
        if (found == n)
            return g + 1 - n;
    }
    return UINT32_MAX;
}

static void take(struct code_region *r, uint32_t first, uint32_t n, struct code_run *run)
{
    for (uint32_t g = first; g < first + n; g++) {
        bits_set(r->used, g);
        atomic_store_explicit(&r->granules[g], run, memory_order_release);
    }
}

/* Frees the granules of [start, end). */
static void give_back(struct code_region *r, uint32_t start, uint32_t end)
{
    pthread_mutex_lock(&r->lock);
    for (uint32_t g = start / GRANULE; g < end / GRANULE; g++) {
        atomic_store_explicit(&r->granules[g], NULL, memory_order_release);
        bits_clear(r->used, g);
    }
    if (start / GRANULE < r->first_free)
        r->first_free = start / GRANULE;
    pthread_mutex_unlock(&r->lock);
}

static bool place_run(struct code_region *r, struct code_run *run, size_t size)
{
    uint32_t n = (uint32_t)(size_align(size, GRANULE) / GRANULE);
    pthread_mutex_lock(&r->lock);
    uint32_t first = find_free(r, n);
    if (first != UINT32_MAX) {
        run->start = run->code_end = first * GRANULE;
        run->end = run->data_start = (first + n) * GRANULE;
        take(r, first, n, run);
    }
    pthread_mutex_unlock(&r->lock);
    return first != UINT32_MAX;
}

/* A run of at least size bytes, size <= r->size; NULL: exhausted. */
static struct code_run *run_new(struct code_chunk *c, size_t size)
{
    struct code_region *r = c->region;
    struct code_run *run = heap_alloc(r->heap, sizeof *run);
    if (run == NULL)
        return NULL;
    memset(run, 0, sizeof *run);
    if (!place_run(r, run, size)) {
        heap_free(r->heap, run, sizeof *run);
        return NULL;
    }
    run->next = c->runs;
    c->runs = run;
    return run;
}

/* ---- chunks -------------------------------------------------------------------------- */

struct code_chunk *code_chunk_new(struct code_region *r)
{
    struct code_chunk *c = heap_alloc(r->heap, sizeof *c);
    if (c != NULL)
        *c = (struct code_chunk){ .region = r };
    return c;
}

/* Code that runs after its end must not get far. */
static void poison(struct code_region *r, const struct code_run *run)
{
    if (LIKELY(!r->heap->poison) || !r->dual || r->sealed)
        return;
    memset(r->rw + run->start, POISON, run->code_end - run->start);
    memset(r->rw + run->data_start, POISON, run->end - run->data_start);
}

/* Pages that were code may become data in their next life, and the reverse. */
static void clear_access(struct code_region *r, const struct code_run *run)
{
    if (!r->dual)
        os_private_map(r->rw + run->start, run->end - run->start, OS_NONE);
}

static void run_free(struct code_region *r, struct code_run *run)
{
    poison(r, run);
    clear_access(r, run);
    give_back(r, run->start, run->end);
    codemap_forget(r->heap, run);
    heap_free(r->heap, run, sizeof *run);
}

void code_chunk_free(struct code_chunk *c)
{
    struct code_region *r = c->region;
    for (struct code_run *run = c->runs, *next; run != NULL; run = next) {
        next = run->next;
        run_free(r, run);
    }
    heap_free(r->heap, c, sizeof *c);
}

/* ---- reservations -------------------------------------------------------------------- */

static struct code_space space_at(const struct code_region *r, uint32_t at, size_t size)
{
    return (struct code_space){ r->rw + at, r->rx + at, size };
}

static size_t code_unit(const struct code_region *r)
{
    return r->dual ? CODE_ALIGN : OS_PAGE;
}

/* Compilers reserve far more than they use: the granules behind the last code of a run that is
 * left go back. */
static void trim(struct code_region *r, struct code_run *run)
{
    uint32_t end = (uint32_t)size_align(run->code_end, GRANULE);
    if (run->data_start != run->end || end >= run->end)
        return;
    give_back(r, end, run->end);
    run->end = run->data_start = end;
}

/* Makes code_at the start of size free bytes. */
static bool code_room(struct code_chunk *c, size_t size)
{
    if (c->run != NULL && c->run->data_start - c->code_at >= size)
        return true;
    if (c->run != NULL)
        trim(c->region, c->run);
    struct code_run *run = run_new(c, size);
    if (run == NULL)
        return false;
    c->run = run;
    c->code_at = c->open_end = run->start;
    return true;
}

static bool make_writable(struct code_region *r, uint32_t at, size_t size)
{
    return r->dual || os_protect(r->rw + at, size_align(size, OS_PAGE), OS_READ_WRITE);
}

static bool reserve(struct code_chunk *c, size_t size)
{
    struct code_region *r = c->region;
    return !r->sealed && size <= r->size && code_room(c, size) &&
           make_writable(r, c->code_at, size);
}

bool code_reserve(struct code_chunk *c, size_t size, struct code_space *out)
{
    assert(c->open == NULL);
    struct code_region *r = c->region;
    size = size_align(size, code_unit(r));
    pthread_rwlock_rdlock(&r->writers);
    if (!reserve(c, size)) {
        pthread_rwlock_unlock(&r->writers);
        return false;
    }
    c->open = c->run;
    c->open_end = c->code_at + (uint32_t)size;
    if (c->run->code_end < c->open_end)
        c->run->code_end = c->open_end;
    *out = space_at(r, c->code_at, size);
    return true;
}

static void close_reservation(struct code_chunk *c, size_t used)
{
    assert(c->open != NULL);
    c->code_at += (uint32_t)size_align(used, code_unit(c->region));
    c->open_end = c->code_at;
    c->open->code_end = c->code_at;
    c->open = NULL;
    pthread_rwlock_unlock(&c->region->writers);
}

bool code_commit(struct code_chunk *c, const struct code_space *s, size_t used)
{
    assert(used <= s->size);
    bool ok = c->region->dual || os_protect(s->rw, size_align(used, OS_PAGE), OS_READ_EXEC);
    close_reservation(c, ok ? used : 0);
    return ok;
}

void code_cancel(struct code_chunk *c, const struct code_space *s)
{
    assert(s->rw == c->region->rw + c->code_at);
    (void)s; /* only asserted */
    close_reservation(c, 0);
}

/* ---- data ---------------------------------------------------------------------------- */

/* Makes data_at the start of size free bytes: pages off the top of the run, or a new run. */
static bool data_room(struct code_chunk *c, size_t size)
{
    size_t pages = size_align(size, OS_PAGE);
    struct code_run *run = c->run;
    if (run == NULL || run->data_start - c->open_end < pages)
        run = run_new(c, pages);
    if (run == NULL)
        return false;
    if (!make_writable(c->region, run->data_start - (uint32_t)pages, pages))
        return false;
    c->data_end = run->data_start;
    run->data_start -= (uint32_t)pages;
    c->data_at = run->data_start;
    if (c->run == NULL) {
        c->run = run;
        c->code_at = c->open_end = run->start;
    }
    return true;
}

bool code_data(struct code_chunk *c, size_t size, struct code_space *out)
{
    struct code_region *r = c->region;
    size = size_align(size, CODE_ALIGN);
    pthread_rwlock_rdlock(&r->writers);
    bool ok = !r->sealed && size <= r->size &&
              (c->data_end - c->data_at >= size || data_room(c, size));
    pthread_rwlock_unlock(&r->writers);
    if (!ok)
        return false;
    *out = space_at(r, c->data_at, size);
    c->data_at += (uint32_t)size;
    return true;
}
