/* flavour_ref.c - the library wx_ref: the reference in the interpreter's place. */
#include "api/api.h"
#include "ref/ref.h"

const struct tier *const wx_tiers[TIER_COUNT] = {
    [TIER_INTERP] = &ref_tier,
};
