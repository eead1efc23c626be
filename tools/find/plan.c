/* plan.c - finds the lanes that are enough to see what a case shows.  See reduce.h.
 *
 * Two lanes are faster than all, and the simplest pair that shows the same kind of finding says
 * most about it: a difference of a mixed lane is usually one of the compiler or one of the
 * interpreter. */
#include "tools/find/reduce.h"
#include <string.h>

static bool same_sort(const struct sight *a, const struct sight *b)
{
    return a->kind == b->kind;
}

/* Simple lanes first: alone the interpreter or the compiler, memories as usual. */
static bool comes_first(enum lane a, enum lane b)
{
    static const int order[] = { [FAMILY_INTERP] = 1,
                                 [FAMILY_BASELINE] = 0,
                                 [FAMILY_MIXED] = 2,
                                 [FAMILY_TIERED] = 3,
                                 [FAMILY_REFERENCE] = 4 };
    int fa = order[lane_family(a)], fb = order[lane_family(b)];
    return fa != fb ? fa < fb : a < b;
}

static void sort_lanes(enum lane lanes[LANE_COUNT])
{
    for (int i = 0; i < LANE_COUNT; i++) {
        int k = i;
        for (; k > 0 && comes_first((enum lane)i, lanes[k - 1]); k--)
            lanes[k] = lanes[k - 1];
        lanes[k] = (enum lane)i;
    }
}

/* Whether the vote leaves the lane under suspicion: a difference of one tier is not explained by
 * another. */
static bool suspected(const struct sight *all, enum lane lane)
{
    if (all->kind != SIGHT_DIFFERENT)
        return true;
    enum family odd = lane_family(finding_odd(&all->finding)), family = lane_family(lane);
    if (odd == FAMILY_INTERP || odd == FAMILY_BASELINE || odd == FAMILY_REFERENCE)
        return family == odd;
    return true;
}

static bool try_lane(struct prober *p, const uint8_t *data, size_t size, enum lane odd,
                     const struct sight *all, struct plan *plan, struct sight *s)
{
    *plan = (struct plan){ .mode = PROBE_PAIR,
                           .good = lane_good(odd),
                           .odd = odd,
                           .audit = all->kind == SIGHT_AUDIT };
    prober_fresh(p);
    *s = *probe(p, plan, data, size);
    return same_sort(s, all);
}

bool plan_find(struct prober *p, const uint8_t *data, size_t size, struct plan *plan,
               struct sight *s)
{
    enum lane lanes[LANE_COUNT];
    const struct plan oracle = { .mode = PROBE_ORACLE, .audit = true };
    prober_fresh(p);
    const struct sight all = *probe(p, &oracle, data, size);
    if (!sight_is_finding(&all))
        return false;
    bool rule = all.kind == SIGHT_DIFFERENT &&
                finding_difference(all.finding.kind) == DIFFERENCE_RULE;
    if (all.kind == SIGHT_CHECK && try_lane(p, data, size, LANE_REF_FUEL, &all, plan,
                                            s)) /* what it checks is shared */
        return true;
    sort_lanes(lanes);
    for (int i = 0; i < LANE_COUNT && !rule; i++)
        if (suspected(&all, lanes[i]) && try_lane(p, data, size, lanes[i], &all, plan, s))
            return true;
    *plan = oracle;
    *s = all;
    return true;
}
