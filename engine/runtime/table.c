/* table.c - tables: an array of references that moves when it grows. */
#include "base/bugs.h"
#include "base/size.h"
#include "runtime/engine.h"
#include "runtime/objects.h"
#include <assert.h>

/* The most elements the type, the configuration and the implementation allow. */
static uint64_t element_limit(const struct engine *e, const struct table_type *type)
{
    uint64_t limit = LIMIT_TABLE_ELEMENTS;
    if (e->config.max_table_elements != 0 && e->config.max_table_elements < limit)
        limit = e->config.max_table_elements;
    if (type->limits.has_max && type->limits.max < limit)
        limit = type->limits.max;
    return limit;
}

static void fill(struct table *t, uint64_t from, uint64_t to, ref value)
{
    for (uint64_t i = from; i < to; i++)
        t->elems[i] = value;
}

bool table_init(struct table *t, struct store *s, const struct table_type *type, ref init,
                struct fail *f)
{
    uint64_t limit = element_limit(s->engine, type), min = type->limits.min;
    if (min > limit)
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET,
                       "table of %llu elements exceeds the limit of %llu",
                       (unsigned long long)min, (unsigned long long)limit);
    *t = (struct table){ .type = *type, .size = min, .cap = min, .max = limit, .store = s };
    if (!store_admits_table(s, 0, min))
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "table refused by the limiter");
    t->elems = heap_alloc(&s->engine->heap, size_mul(min, sizeof(ref)));
    if (t->elems == NULL)
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no memory for a table");
    fill(t, 0, min, init);
    return true;
}

void table_free(struct table *t)
{
    heap_free(&t->store->engine->heap, t->elems, t->cap * sizeof(ref));
}

struct table *table_new(struct store *s, struct table_type type, ref init, struct fail *f)
{
    struct table *t = store_alloc(s, sizeof *t);
    if (t == NULL || !store_room(s, 0, 1, 0)) {
        fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "out of memory");
        return NULL;
    }
    if (!table_init(t, s, &type, init, f))
        return NULL;
    store_add_table(s, t);
    return t;
}

/* At least doubles, so that growing one by one is linear. */
static bool reallocate(struct table *t, uint64_t size)
{
    uint64_t cap = t->cap * 2 < t->max ? t->cap * 2 : t->max;
    if (cap < size)
        cap = size;
    ref *elems = heap_realloc(&t->store->engine->heap, t->elems, t->cap * sizeof(ref),
                              size_mul(cap, sizeof(ref)));
    if (elems == NULL)
        return false;
    t->elems = elems;
    t->cap = cap;
    return true;
}

uint64_t table_grow(struct table *t, uint64_t delta, ref init)
{
    uint64_t old = t->size;
    assert(old <= t->max);
    if (delta == 0)
        return old;
    if (delta > t->max - old || !store_admits_table(t->store, old, old + delta))
        return UINT64_MAX;
    if (old + delta > t->cap && !reallocate(t, old + delta))
        return UINT64_MAX;
    fill(t, old, old + delta, WX_BUG(X23) && old == 0 ? 0 : init);
    t->size = old + delta;
    return old;
}
