/* engine.c - wx_engine: the configuration, checked and completed, and the flavour's tiers. */
#include "api/api.h"
#include "base/cpu.h"

/* With a logical stack the native one is twice as large, so that the logical one ends first. */
enum { LOGICAL_STACK = 1 << 20 };

/* What a tier of the public API needs of the library. */
static const struct tier_choice {
    const char *name;
    enum tier_policy policy;
    bool interp, baseline;
} choices[] = {
    [WX_TIER_INTERP] = { "interp", POLICY_INTERP, true, false },
    [WX_TIER_BASELINE] = { "baseline", POLICY_BASELINE, false, true },
    [WX_TIER_TIERED] = { "tiered", POLICY_TIERED, true, true },
    [WX_TIER_MASK] = { "mask", POLICY_MASK, true, true },
};

const char *wx_version(void) { return WX_VERSION; }

void wx_config_init(wx_config *c)
{
    *c = (wx_config){
        .tier = WX_TIER_DEFAULT,
        .memory = WX_MEMORY_AUTO,
        .dispatch = WX_DISPATCH_AUTO,
        .features = features_of_level(3),
        .cpu_mask = UINT64_MAX,
    };
}

static wx_tier default_tier(void)
{
    if (wx_tiers[TIER_INTERP] == NULL)
        return WX_TIER_BASELINE;
    return wx_tiers[TIER_BASELINE] != NULL ? WX_TIER_TIERED : WX_TIER_INTERP;
}

static wx_status check_tier(wx_tier tier, wx_error *err)
{
    const struct tier_choice *choice = &choices[tier];
    if (choice->interp && wx_tiers[TIER_INTERP] == NULL)
        return error_misuse(err, "this library contains no interpreter (tier %s)",
                            choice->name);
    if (choice->baseline && wx_tiers[TIER_BASELINE] == NULL)
        return error_misuse(err, "this library contains no compiler (tier %s)",
                            choice->name);
    return WX_OK;
}

static wx_status check_config(const wx_config *c, wx_error *err)
{
    if ((unsigned)c->tier > WX_TIER_MASK)
        return error_misuse(err, "config.tier %u is unknown", (unsigned)c->tier);
    if ((unsigned)c->memory > WX_MEMORY_CHECK)
        return error_misuse(err, "config.memory %u is unknown", (unsigned)c->memory);
    if ((unsigned)c->dispatch > WX_DISPATCH_LOOP)
        return error_misuse(err, "config.dispatch %u is unknown", (unsigned)c->dispatch);
    if ((c->features & ~features_of_level(9)) != 0)
        return error_misuse(err, "config.features has bits this engine does not implement");
    return c->tier == WX_TIER_DEFAULT ? WX_OK : check_tier(c->tier, err);
}

static size_t native_stack(const wx_config *c)
{
    return c->native_stack == 0 && c->logical_stack ? 2 * LOGICAL_STACK : c->native_stack;
}

static struct config config_of(const wx_config *c)
{
    wx_tier tier = c->tier == WX_TIER_DEFAULT ? default_tier() : c->tier;
    return (struct config){
        .policy = choices[tier].policy,
        .tier_mask = c->tier_mask,
        .call_threshold = c->call_threshold,
        .loop_threshold = c->loop_threshold,
        .background = c->background,
        .perf_map = c->perf_map,
        .memory = (enum memory_strategy)c->memory,
        .dispatch = (enum dispatch)c->dispatch,
        .features = c->features,
        .fuel = c->fuel,
        .logical_stack = c->logical_stack,
        .interruptible = c->interruptible,
        .cpu_mask = c->cpu_mask & cpu_detect(),
        .native_stack = native_stack(c),
        .value_stack = c->value_stack,
        .heap_limit = c->heap_limit,
        .max_memory_bytes = c->max_memory_bytes,
        .max_table_elements = c->max_table_elements,
    };
}

_Static_assert((int)WX_MEMORY_AUTO == (int)MEMORY_AUTO, "same numbering");
_Static_assert((int)WX_MEMORY_GUARD == (int)MEMORY_GUARD, "same numbering");
_Static_assert((int)WX_MEMORY_CHECK == (int)MEMORY_CHECK, "same numbering");
_Static_assert((int)WX_DISPATCH_AUTO == (int)DISPATCH_AUTO, "same numbering");
_Static_assert((int)WX_DISPATCH_TAIL == (int)DISPATCH_TAIL, "same numbering");
_Static_assert((int)WX_DISPATCH_LOOP == (int)DISPATCH_LOOP, "same numbering");

wx_status wx_engine_new(const wx_config *config, wx_engine **out, wx_error *err)
{
    wx_config defaults;
    if (config == NULL) {
        wx_config_init(&defaults);
        config = &defaults;
    }
    wx_status status = check_config(config, err);
    if (status != WX_OK)
        return status;

    struct config c = config_of(config);
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    struct engine *e = engine_new(&c, wx_tiers, &f);
    if (e == NULL)
        return error_of_fail(err, &f);
    *out = wx_of_engine(e);
    return WX_OK;
}

void wx_engine_free(wx_engine *e)
{
    if (e != NULL)
        engine_free(api_engine(e));
}
