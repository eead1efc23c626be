/* flavour_interp.c - the library wx_interp: no code generator in it. */
#include "api/api.h"

const struct tier *const wx_tiers[TIER_COUNT] = {
    [TIER_INTERP] = &interp_tier,
};
