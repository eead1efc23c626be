/* func.c - calling functions from C, and host functions. */
#include "runtime/engine.h"
#include "runtime/objects.h"
#include "runtime/trap.h"

bool func_prepare(struct func *f)
{
    const struct tier *const *tiers = f->store->engine->tiers;
    for (int t = 0; t < TIER_COUNT; t++)
        if (tiers[t] != NULL && tiers[t]->func_init != NULL && !tiers[t]->func_init(f))
            return false;
    return true;
}

struct func *func_new_host(struct store *s, const struct type *type, host_fn *fn, void *env,
                           void (*finalizer)(void *))
{
    struct func *f = store_alloc(s, sizeof *f);
    if (f == NULL || !store_room(s, 0, 0, 1))
        return NULL;
    f->header = OBJECT_FUNC;
    f->instance = s->host_instance;
    f->type_id = type->id;
    f->type = type;
    f->host = fn;
    f->env = env;
    f->store = s;
    if (!func_prepare(f))
        return NULL;
    f->finalizer = finalizer;
    s->host_funcs.at[s->host_funcs.len++] = f;
    return f;
}

/* The tier that runs f: the compiled one once there is code, or when the configuration
 * starts there; the interpreter otherwise, and for what the compiler declined. */
static const struct tier *tier_of(const struct func *f)
{
    const struct tier *const *tiers = f->store->engine->tiers;
    struct fncode *fn = f->code;
    bool compiled = atomic_load_explicit(&fn->compiled, memory_order_acquire) != NULL ||
                    (fn->tier != TIER_INTERP && !fn->declined);
    const struct tier *tier = tiers[compiled ? TIER_BASELINE : TIER_INTERP];
    return tier != NULL ? tier : tiers[TIER_BASELINE];
}

enum trap func_call(struct func *f, uint64_t *slots)
{
    trap_thread_init();
    if (f->host != NULL)
        return func_call_host(f, NULL, slots);
    return tier_of(f)->call(f, slots);
}

static enum trap call_host(struct func *f, struct instance *caller, uint64_t *slots)
{
    struct activation *a = f->store->exec.top;
    if (caller == NULL)
        return f->host(f->env, f, caller, slots);
    trap_host_enter(a);
    enum trap trap = f->host(f->env, f, caller, slots);
    trap_host_leave(a);
    return trap;
}

/* A host that returns a trap without having begun one. */
static enum trap begun(struct exec *x, enum trap trap)
{
    if (trap != TRAP_NONE && x->trap.kind != trap)
        trap_begin(x, trap);
    return trap;
}

enum trap func_call_host(struct func *f, struct instance *caller, uint64_t *slots)
{
    struct exec *x = &f->store->exec;
    x->trap.kind = TRAP_NONE;
    x->trap.text[0] = '\0';
    if (!f->store->engine->config.logical_stack)
        return begun(x, call_host(f, caller, slots));
    if (x->stack_left < STACK_HOST_COST)
        return begun(x, TRAP_STACK);
    x->stack_left -= STACK_HOST_COST;
    enum trap trap = call_host(f, caller, slots);
    x->stack_left += STACK_HOST_COST;
    return begun(x, trap);
}
