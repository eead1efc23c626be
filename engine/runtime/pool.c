/* pool.c - recycling of reservations.  See pool.h.
 *
 * A reservation that is given back keeps its committed pages and its contents; the next
 * owner wipes it.  Small contents are cleared by memset, since a page fault costs as
 * much as clearing 64 KiB; what lies beyond POOL_KEEP goes back to the system at once.
 * Protection changes only when the committed sizes differ, so an owner looks for the
 * size it needs first. */
#include "runtime/pool.h"
#include "base/bugs.h"
#include "base/os.h"
#include <assert.h>
#include <pthread.h>
#include <string.h>

enum {
    POOL_ENTRIES = HOSTILE(3, 64),
    POOL_KEEP = HOSTILE(OS_PAGE, 512 * 1024),
};

/* dirty: bytes from base that may be other than zero; the rest reads as zero. */
struct entry {
    struct reservation r;
    uint64_t dirty;
};

struct memory_pool {
    struct heap *heap;
    pthread_mutex_t lock;
    uint32_t len;
    struct entry entries[POOL_ENTRIES]; /* oldest first */
};

struct memory_pool *pool_new(struct heap *h)
{
    struct memory_pool *p = heap_alloc(h, sizeof *p);
    if (p == NULL)
        return NULL;
    p->heap = h;
    p->len = 0;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

/* Gives all entries back to the system. */
static void drain(struct memory_pool *p)
{
    pthread_mutex_lock(&p->lock);
    for (uint32_t i = 0; i < p->len; i++)
        os_release(p->entries[i].r.base, p->entries[i].r.size);
    p->len = 0;
    pthread_mutex_unlock(&p->lock);
}

void pool_free(struct memory_pool *p)
{
    drain(p);
    pthread_mutex_destroy(&p->lock);
    heap_free(p->heap, p, sizeof *p);
}

/* The newest entry of that size with that much committed, else the newest of that size,
 * else p->len. */
static uint32_t find(const struct memory_pool *p, uint64_t size, uint64_t commit)
{
    uint32_t found = p->len;
    for (uint32_t i = p->len; i-- > 0;) {
        const struct reservation *r = &p->entries[i].r;
        if (r->size != size)
            continue;
        if (r->committed == commit)
            return i;
        if (found == p->len)
            found = i;
    }
    return found;
}

static void remove_entry(struct memory_pool *p, uint32_t i)
{
    p->len--;
    memmove(&p->entries[i], &p->entries[i + 1], (p->len - i) * sizeof *p->entries);
}

static bool take_recycled(struct memory_pool *p, uint64_t size, uint64_t commit,
                          struct entry *out)
{
    pthread_mutex_lock(&p->lock);
    uint32_t i = find(p, size, commit);
    bool found = i < p->len;
    if (found) {
        *out = p->entries[i];
        remove_entry(p, i);
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* Takes access from all beyond `commit`. */
static bool shrink(struct entry *e, uint64_t commit)
{
    struct reservation *r = &e->r;
    if ((WX_BUG(S25) ? e->dirty : r->committed) <= commit || (WX_BUG(S23) && commit == 0))
        return true;
    if (e->dirty > commit) {
        os_discard(r->base + commit, WX_BUG(X22) ? 0 : e->dirty - commit);
        e->dirty = commit;
    }
    if (!os_protect(r->base + commit, r->committed - commit, OS_NONE))
        return false;
    r->committed = commit;
    return true;
}

bool pool_commit(struct reservation *r, uint64_t commit)
{
    assert(commit <= r->size);
    if (commit <= r->committed)
        return true;
    if (!os_protect(r->base + r->committed, commit - r->committed, OS_READ_WRITE))
        return false;
    r->committed = commit;
    return true;
}

/* What is kept must not be what is missing. */
static bool reserve(struct memory_pool *p, uint64_t size, struct entry *out)
{
    uint8_t *base = os_reserve(size);
    if (base == NULL) {
        drain(p);
        base = os_reserve(size);
    }
    *out = (struct entry){ .r = { .base = base, .size = size } };
    return base != NULL;
}

bool pool_take(struct memory_pool *p, uint64_t size, uint64_t commit,
               enum pool_contents contents, struct reservation *out)
{
    struct entry e;
    if (!take_recycled(p, size, commit, &e) && !reserve(p, size, &e))
        return false;
    if (!shrink(&e, commit) || !pool_commit(&e.r, commit)) {
        os_release(e.r.base, e.r.size);
        return false;
    }
    if (contents == POOL_ZERO)
        memset(e.r.base, 0, e.dirty);
    *out = e.r;
    return true;
}

/* Makes use of a memory after its store visible, and a wipe that forgets something. */
static void poison(const struct memory_pool *p, const struct reservation *r)
{
    if (UNLIKELY(p->heap->poison))
        memset(r->base, HEAP_POISON, r->committed < POOL_KEEP ? r->committed : POOL_KEEP);
}

/* Keeps e, in place of the oldest when there is no room: the entry to release, base NULL
 * if none. */
static struct reservation keep(struct memory_pool *p, const struct entry *e)
{
    struct reservation evicted = { .base = NULL };
    pthread_mutex_lock(&p->lock);
    if (p->len == POOL_ENTRIES) {
        evicted = p->entries[0].r;
        remove_entry(p, 0);
    }
    p->entries[p->len++] = *e;
    pthread_mutex_unlock(&p->lock);
    return evicted;
}

void pool_give(struct memory_pool *p, const struct reservation *r)
{
    struct entry e = { .r = *r, .dirty = r->committed };
    if (e.dirty > POOL_KEEP) {
        os_discard(r->base + POOL_KEEP, r->committed - POOL_KEEP);
        e.dirty = POOL_KEEP;
    }
    poison(p, r);
    struct reservation evicted = keep(p, &e);
    os_release(evicted.base, evicted.size);
}
