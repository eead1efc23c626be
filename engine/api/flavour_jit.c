/* flavour_jit.c - the library wx_jit: every function is compiled, no interpreter in it. */
#include "api/api.h"

const struct tier *const wx_tiers[TIER_COUNT] = {
    [TIER_BASELINE] = &baseline_tier,
};
