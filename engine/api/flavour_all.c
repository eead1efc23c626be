/* flavour_all.c - the library wx: the interpreter and the baseline compiler. */
#include "api/api.h"

const struct tier *const wx_tiers[TIER_COUNT] = {
    [TIER_INTERP] = &interp_tier,
    [TIER_BASELINE] = &baseline_tier,
};
