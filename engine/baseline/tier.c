/* tier.c - the baseline compiler as a tier: what stubs.h offers, and compiling. */
#include "baseline/compile.h"
#include "x64/stubs.h"

static bool prepare(struct fncode *fn, struct fail *f)
{
    struct modcode *m = fn->modcode;
    pthread_mutex_lock(&m->compiling);
    bool done = atomic_load_explicit(&fn->compiled, memory_order_relaxed) != NULL ||
                compile_function(fn, f);
    pthread_mutex_unlock(&m->compiling);
    return done;
}

const struct tier baseline_tier = {
    .name = "baseline",
    .id = TIER_BASELINE,
    .engine_init = compiled_engine_init,
    .engine_free = compiled_engine_free,
    .module_init = compiled_module_init,
    .module_free = compiled_module_free,
    .func_init = compiled_func_init,
    .prepare = prepare,
    .call = compiled_call,
    .enter_loop = compiled_enter_loop,
    .fault = compiled_fault,
    .walk = compiled_walk,
};
