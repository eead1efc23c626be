/* engine.c - an engine that runs the reference evaluator, in a library that has others. */
#include "api/api.h"
#include "ref/machine.h"

enum { NATIVE_STACK = 2 << 20 };

wx_engine *ref_engine_new(const wx_config *asked)
{
    static const struct tier *const tiers[TIER_COUNT] = { [TIER_INTERP] = &ref_tier };
    struct fail ignored = { .kind = FAIL_NONE };
    struct config c = {
        .policy = POLICY_INTERP,
        .memory = (enum memory_strategy)asked->memory,
        .features = asked->features,
        .fuel = asked->fuel,
        .logical_stack = asked->logical_stack,
        .interruptible = asked->interruptible,
        .native_stack = NATIVE_STACK,
        .value_stack = asked->value_stack,
        .heap_limit = asked->heap_limit,
        .max_memory_bytes = asked->max_memory_bytes,
        .max_table_elements = asked->max_table_elements,
    };
    struct engine *e = engine_new(&c, tiers, &ignored);
    return e == NULL ? NULL : wx_of_engine(e);
}

void ref_engine_trace(wx_engine *e, ref_trace_fn *fn, void *env)
{
    *ref_state_of(api_engine(e)) = (struct ref_state){ fn, env };
}
