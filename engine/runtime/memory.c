/* memory.c - linear memories: strategy, reservation, growth.
 *
 * Guard: 8 GiB + 64 KiB are reserved, so that any 32-bit address plus any 32-bit offset
 * of an access up to 64 KiB wide lies inside, and code needs no check.  Check: as much
 * as the memory may ever grow to is reserved, and code compares with memory.bytes.  In
 * both, what lies beyond the current length (rounded up to a host page) has no access,
 * and the base never moves. */
#include "base/bugs.h"
#include "base/os.h"
#include "base/size.h"
#include "runtime/engine.h"
#include "runtime/objects.h"
#include "runtime/pool.h"
#include <assert.h>

#define GUARD_RESERVED ((UINT64_C(8) << 30) + (64 << 10))
#define PAGES_32BIT    (UINT64_C(1) << 32)
/* What a 64-bit memory may grow to: a reservation must be finite. */
#define MEMORY64_BYTES (UINT64_C(16) << 30)
/* Check reservations are powers of two from here on, so that they can be recycled. */
#define CHECK_RESERVED UINT64_C(65536)
/* The part of its maximum a memory asks for when address space is scarce. */
enum { SCARCE = 32 };

bool engine_guards(const struct engine *e, const struct memory_type *type)
{
    return e->config.memory == MEMORY_GUARD && !type->limits.is64 && type->page_log2 >= 12;
}

static uint64_t min_u64(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* The most pages the type and the configuration allow. */
static uint64_t page_limit(const struct engine *e, const struct memory_type *type)
{
    uint64_t bytes = type->limits.is64 ? MEMORY64_BYTES : PAGES_32BIT;
    if (e->config.max_memory_bytes != 0)
        bytes = min_u64(bytes, e->config.max_memory_bytes);
    uint64_t pages = bytes >> type->page_log2;
    return type->limits.has_max ? min_u64(pages, type->limits.max) : pages;
}

static uint64_t committed_for(uint64_t bytes) { return size_align(bytes, OS_PAGE); }

static uint64_t power_of_two(uint64_t n)
{
    uint64_t size = CHECK_RESERVED;
    while (size < n)
        size *= 2;
    return size;
}

/* Where there is not enough address space for the maximum, a memory can grow less.  It takes
 * a small part of what it wants, so that there is some left for others. */
static bool reserve_check(struct memory_pool *pool, uint64_t max_bytes, uint64_t committed,
                          struct reservation *r)
{
    uint64_t size = power_of_two(max_bytes);
    uint64_t least = committed > CHECK_RESERVED ? committed : CHECK_RESERVED;
    if (pool_take(pool, size, committed, POOL_ZERO, r))
        return true;
    for (size /= SCARCE; size > least; size /= 2)
        if (pool_take(pool, size, committed, POOL_ZERO, r))
            return true;
    return pool_take(pool, least, committed, POOL_ZERO, r);
}

static bool reserve(struct memory *m, uint64_t limit, struct reservation *r)
{
    struct memory_pool *pool = m->store->engine->pool;
    uint64_t committed = committed_for(m->bytes);
    if (m->guard)
        return pool_take(pool, GUARD_RESERVED, committed, POOL_ZERO, r);
    return reserve_check(pool, limit << m->type.page_log2, committed, r);
}

bool memory_init(struct memory *m, struct store *s, const struct memory_type *type,
                 struct fail *f)
{
    uint64_t limit = page_limit(s->engine, type), min = type->limits.min;
    if (min > limit)
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET,
                       "memory of %llu pages exceeds the limit of %llu",
                       (unsigned long long)min, (unsigned long long)limit);
    *m = (struct memory){ .type = *type, .pages = min, .bytes = min << type->page_log2 };
    m->store = s;
    m->guard = engine_guards(s->engine, type);
    if (!store_admits_memory(s, 0, m->bytes))
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "memory refused by the limiter");
    struct reservation r;
    if (!reserve(m, limit, &r))
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no address space for a memory");
    m->base = r.base;
    m->reserved = r.size;
    m->max_pages = min_u64(limit, r.size >> type->page_log2);
    return true;
}

static struct reservation reservation(const struct memory *m)
{
    return (struct reservation){ .base = m->base,
                                 .size = m->reserved,
                                 .committed = committed_for(m->bytes) };
}

void memory_free(struct memory *m)
{
    struct reservation r = reservation(m);
    pool_give(m->store->engine->pool, &r);
}

struct memory *memory_new(struct store *s, struct memory_type type, struct fail *f)
{
    struct memory *m = store_alloc(s, sizeof *m);
    if (m == NULL || !store_room(s, 1, 0, 0)) {
        fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "out of memory");
        return NULL;
    }
    if (!memory_init(m, s, &type, f))
        return NULL;
    store_add_memory(s, m);
    return m;
}

uint64_t memory_grow(struct memory *m, uint64_t delta_pages)
{
    uint64_t old = m->pages;
    assert(old <= m->max_pages);
    if (delta_pages == 0)
        return old;
    uint64_t pages = WX_BUG(S16) ? (uint32_t)(old + delta_pages) : old + delta_pages;
    if (WX_BUG(S16) ? pages > m->max_pages : delta_pages > m->max_pages - old)
        return UINT64_MAX;
    uint64_t bytes = pages << m->type.page_log2;
    struct reservation r = reservation(m);
    if (!store_admits_memory(m->store, m->bytes, bytes) ||
        !pool_commit(&r, committed_for(bytes)))
        return UINT64_MAX;
    m->bytes = bytes;
    m->pages = pages;
    return old;
}
