/* sight.c - what a sight is: its lanes, its kind of difference, its name.  See probe.h. */
#include "tools/find/probe.h"
#include <stdio.h>
#include <string.h>

const char *const family_names[] = {
    [FAMILY_INTERP] = "interp",       [FAMILY_BASELINE] = "baseline",
    [FAMILY_MIXED] = "mixed",         [FAMILY_TIERED] = "tiered",
    [FAMILY_REFERENCE] = "reference", [FAMILY_SHARED] = "shared",
};

enum family lane_family(enum lane lane)
{
    if (lane == LANE_REF_FUEL)
        return FAMILY_REFERENCE;
    switch (lane_config(lane).tier) {
    case WX_TIER_BASELINE: return FAMILY_BASELINE;
    case WX_TIER_MASK: return FAMILY_MIXED;
    case WX_TIER_TIERED: return FAMILY_TIERED;
    default: return FAMILY_INTERP;
    }
}

enum lane finding_odd(const struct finding *f)
{
    return f->vote == VOTE_SECOND ? f->first : f->second;
}

enum lane lane_good(enum lane odd)
{
    return odd == LANE_REF_FUEL ? LANE_INTERP_FUEL : LANE_REF_FUEL;
}

enum lane lane_twin(enum lane lane, bool deterministic)
{
    if (lane_is_deterministic(lane) == deterministic)
        return lane;
    enum lane best = lane;
    for (int k = LANE_COUNT - 1; k >= 0; k--) {
        enum lane twin = (enum lane)k;
        if (lane_is_deterministic(twin) != deterministic ||
            lane_family(twin) != lane_family(lane))
            continue;
        if (best == lane || lane_config(twin).memory == lane_config(lane).memory)
            best = twin;
    }
    return best;
}

/* ---- kinds --------------------------------------------------------------------------------- */

enum difference finding_difference(enum finding_kind kind)
{
    switch (kind) {
    case FINDING_status:
    case FINDING_trap:
    case FINDING_text: return DIFFERENCE_OUTCOME;
    case FINDING_frames: return DIFFERENCE_PLACE;
    case FINDING_nan: return DIFFERENCE_NAN;
    case FINDING_fuel:
    case FINDING_stack: return DIFFERENCE_BUDGET;
    case FINDING_trap_free:
    case FINDING_invalid: return DIFFERENCE_RULE;
    default: return DIFFERENCE_VALUE;
    }
}

static const char *const difference_names[] = {
    [DIFFERENCE_OUTCOME] = "outcome", [DIFFERENCE_PLACE] = "place",
    [DIFFERENCE_VALUE] = "value",     [DIFFERENCE_NAN] = "nan payload",
    [DIFFERENCE_BUDGET] = "budget",   [DIFFERENCE_RULE] = "rule",
};

static const char *const sight_names[SIGHT_COUNT] = {
    [SIGHT_SAME] = "same",           [SIGHT_CANNOT_TELL] = "cannot tell",
    [SIGHT_DIFFERENT] = "different", [SIGHT_AUDIT] = "audit",
    [SIGHT_ASSERT] = "assertion",    [SIGHT_CHECK] = "check",
    [SIGHT_SANITIZER] = "sanitizer", [SIGHT_SIGNAL] = "signal",
    [SIGHT_HANG] = "hang",           [SIGHT_MEMORY] = "memory",
};

/* Without what changes from run to run: addresses, numbers of processes. */
static void copy_stable(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text != 0 && n + 1 < room; text++) {
        bool address = text[0] == '0' && text[1] == 'x';
        if (address)
            text += 1 + strspn(text + 2, "0123456789abcdefABCDEF");
        else
            out[n++] = *text;
    }
    out[n] = 0;
}

void sight_name(const struct sight *s, char out[SIGHT_TEXT])
{
    const struct finding *f = &s->finding;
    char text[SIGHT_TEXT - 16];
    copy_stable(text, sizeof text, s->text);
    if (s->kind == SIGHT_DIFFERENT)
        snprintf(out, SIGHT_TEXT, "%s/%s", family_names[lane_family(finding_odd(f))],
                 difference_names[finding_difference(f->kind)]);
    else
        snprintf(out, SIGHT_TEXT, "%s%s%s", sight_names[s->kind], text[0] ? "/" : "", text);
}

bool sight_is_finding(const struct sight *s)
{
    return s->kind != SIGHT_SAME && s->kind != SIGHT_CANNOT_TELL;
}
