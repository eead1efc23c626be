/* engine.c - creation and end of an engine: configuration, tiers, pools. */
#include "runtime/background.h"
#include "base/cpu.h"
#include "base/os.h"
#include "runtime/pool.h"

enum {
    CALL_THRESHOLD = HOSTILE(1, 3),
    LOOP_THRESHOLD = HOSTILE(2, 1000),
    NATIVE_STACK = HOSTILE(256, 1024) * 1024,
    VALUE_STACK = HOSTILE(128, 8192) * 1024,
};

/* An address space that does not hold this many guard memories gets explicit checks. */
#define GUARD_PROBE (UINT64_C(16) * ((UINT64_C(8) << 30) + (64 << 10)))

static enum memory_strategy choose_memory(enum memory_strategy asked)
{
    if (asked != MEMORY_AUTO)
        return asked;
    void *probe = os_reserve(GUARD_PROBE);
    os_release(probe, GUARD_PROBE);
    return probe != NULL ? MEMORY_GUARD : MEMORY_CHECK;
}

static struct config completed(const struct config *given)
{
    struct config c = *given;
    c.memory = choose_memory(c.memory);
    c.cpu_mask &= cpu_detect();
    if (c.call_threshold == 0)
        c.call_threshold = CALL_THRESHOLD;
    if (c.loop_threshold == 0)
        c.loop_threshold = LOOP_THRESHOLD;
    if (c.native_stack == 0)
        c.native_stack = NATIVE_STACK;
    if (c.value_stack == 0)
        c.value_stack = VALUE_STACK;
    return c;
}

/* The tiers a policy needs, as a bit set. */
static unsigned tiers_needed(enum tier_policy policy)
{
    switch (policy) {
    case POLICY_INTERP: return 1u << TIER_INTERP;
    case POLICY_BASELINE: return 1u << TIER_BASELINE;
    case POLICY_TIERED:
    case POLICY_MASK: break;
    }
    return 1u << TIER_INTERP | 1u << TIER_BASELINE;
}

static bool policy_possible(const struct config *c, const struct tier *const *tiers,
                            struct fail *f)
{
    static const char *const names[TIER_COUNT] = { "interp", "baseline", "opt" };
    unsigned needed = tiers_needed(c->policy);
    for (int t = 0; t < TIER_COUNT; t++)
        if ((needed >> t & 1) != 0 && tiers[t] == NULL)
            return fail_at(f, FAIL_USAGE, FAIL_NO_OFFSET,
                           "this library does not contain the tier %s", names[t]);
    return true;
}

/* All but the compilers when nothing is ever compiled. */
static void choose_tiers(struct engine *e, const struct tier *const *tiers)
{
    for (int t = 0; t < TIER_COUNT; t++)
        if (t == TIER_INTERP || e->config.policy != POLICY_INTERP)
            e->tiers[t] = tiers[t];
}

static void tiers_free(struct engine *e, int count)
{
    while (count-- > 0)
        if (e->tiers[count] != NULL && e->tiers[count]->engine_free != NULL)
            e->tiers[count]->engine_free(e);
}

static bool tiers_init(struct engine *e)
{
    for (int t = 0; t < TIER_COUNT; t++) {
        const struct tier *tier = e->tiers[t];
        if (tier != NULL && tier->engine_init != NULL && !tier->engine_init(e)) {
            tiers_free(e, t);
            return false;
        }
    }
    return true;
}

/* Frees e but for the tiers' parts. */
static void discard(struct engine *e)
{
    if (e->pool != NULL)
        pool_free(e->pool);
    if (e->types != NULL)
        types_free(e->types);
    struct heap heap = { .bytes = sizeof *e };
    heap_free(&heap, e, sizeof *e);
}

static struct engine *engine_alloc(size_t limit)
{
    struct heap heap = { .limit = limit };
    struct engine *e = heap_alloc(&heap, sizeof *e);
    if (e == NULL)
        return NULL;
    *e = (struct engine){ .heap = { .bytes = sizeof *e,
                                    .peak = sizeof *e,
                                    .limit = limit,
                                    .poison = HOSTILE(true, false) } };
    return e;
}

struct engine *engine_new(const struct config *c, const struct tier *const *tiers,
                          struct fail *f)
{
    if (!policy_possible(c, tiers, f))
        return NULL;
    struct engine *e = engine_alloc(c->heap_limit);
    if (e != NULL) {
        e->config = completed(c);
        choose_tiers(e, tiers);
        e->types = types_new(&e->heap);
        e->pool = pool_new(&e->heap);
        if (e->types != NULL && e->pool != NULL && tiers_init(e))
            return e;
        discard(e);
    }
    fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no memory for an engine");
    return NULL;
}

void engine_free(struct engine *e)
{
    background_end(e);
    tiers_free(e, TIER_COUNT);
    discard(e);
}
