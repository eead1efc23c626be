/* func.c - calls into Wasm and host functions.
 *
 * Both directions convert between wx_value and slots in arrays on the stack; a signature with
 * more than SMALL slots or values gets its arrays from the engine's heap. */
#include "api/api.h"
#include "runtime/trap.h"
#include <stdio.h>

enum { SMALL = 16 };

wx_functype wx_func_type(const wx_func *f) { return value_functype(api_func(f)->type); }

/* ---- calls from C -------------------------------------------------------------------- */

static wx_status check_call(const struct func *f, const wx_value *args, size_t nargs,
                            size_t nresults, wx_error *err)
{
    const struct type *t = f->type;
    if (nargs != t->nparams)
        return error_misuse(err, "%zu arguments given, the function takes %u", nargs,
                            t->nparams);
    if (nresults != t->nresults)
        return error_misuse(err, "room for %zu results given, the function has %u",
                            nresults, t->nresults);
    for (uint32_t i = 0; i < t->nparams; i++) {
        char name[32];
        if (!value_fits(f->store, &args[i], t->params[i]))
            return error_misuse(err, "argument %u is not a %s of this store", i,
                                vt_name(t->params[i], name));
    }
    return WX_OK;
}

static wx_status call(struct func *f, const wx_value *args, wx_value *results,
                      uint64_t *slots, wx_error *err)
{
    const struct type *t = f->type;
    for (uint32_t i = 0, at = 0; i < t->nparams; i++) {
        value_to_slots(&args[i], &slots[at]);
        at += vt_slots(t->params[i]);
    }
    if (UNLIKELY(func_call(f, slots) != TRAP_NONE))
        return error_of_trap(err, &f->store->exec);
    for (uint32_t i = 0, at = 0; i < t->nresults; i++) {
        value_from_slots(&results[i], t->results[i], &slots[at]);
        at += vt_slots(t->results[i]);
    }
    return WX_OK;
}

static uint32_t slots_needed(const struct type *t)
{
    return t->param_slots > t->result_slots ? t->param_slots : t->result_slots;
}

static COLD wx_status call_large(struct func *f, const wx_value *args, wx_value *results,
                                 wx_error *err)
{
    struct heap *heap = &f->store->engine->heap;
    size_t size = slots_needed(f->type) * sizeof(uint64_t);
    uint64_t *slots = heap_alloc(heap, size);
    if (slots == NULL)
        return error_exhausted(err, "out of memory");
    wx_status status = call(f, args, results, slots, err);
    heap_free(heap, slots, size);
    return status;
}

wx_status wx_func_call(wx_func *func, const wx_value *args, size_t nargs, wx_value *results,
                       size_t nresults, wx_error *err)
{
    struct func *f = api_func(func);
    wx_status status = check_call(f, args, nargs, nresults, err);
    if (UNLIKELY(status != WX_OK))
        return status;
    if (UNLIKELY(slots_needed(f->type) > SMALL))
        return call_large(f, args, results, err);
    uint64_t slots[SMALL];
    return call(f, args, results, slots, err);
}

/* ---- host functions ------------------------------------------------------------------ */

/* What func.env of a host function points to; in the store's arena. */
struct host {
    wx_host_func *fn;
    void *env;
    void (*finalizer)(void *env);
};

static void host_finalize(void *env)
{
    struct host *h = env;
    h->finalizer(h->env);
}

static enum trap wrong_result(struct exec *x, uint32_t i, valtype t)
{
    char name[32];
    trap_begin(x, TRAP_HOST);
    snprintf(x->trap.text, sizeof x->trap.text,
             "a host function returned a result %u that is not a %s of its store", i,
             vt_name(t, name));
    return TRAP_HOST;
}

static enum trap store_results(struct func *f, const wx_value *results, uint64_t *slots)
{
    const struct type *t = f->type;
    for (uint32_t i = 0, at = 0; i < t->nresults; i++) {
        if (!value_fits(f->store, &results[i], t->results[i]))
            return wrong_result(&f->store->exec, i, t->results[i]);
        value_to_slots(&results[i], &slots[at]);
        at += vt_slots(t->results[i]);
    }
    return TRAP_NONE;
}

/* args and results have room for the declared numbers. */
static enum trap host_run(struct func *f, struct instance *caller, uint64_t *slots,
                          wx_value *args, wx_value *results)
{
    const struct host *h = f->env;
    const struct type *t = f->type;
    wx_caller c = { f->store, caller };
    wx_error err;
    for (uint32_t i = 0, at = 0; i < t->nparams; i++) {
        value_from_slots(&args[i], t->params[i], &slots[at]);
        at += vt_slots(t->params[i]);
    }
    for (uint32_t i = 0; i < t->nresults; i++)
        results[i].type = 0;
    error_clear(&err, WX_TRAP);
    wx_status status = h->fn(h->env, &c, args, t->nparams, results, t->nresults, &err);
    if (UNLIKELY(status != WX_OK))
        return error_to_trap(&err, status, &f->store->exec);
    return store_results(f, results, slots);
}

static COLD enum trap host_run_large(struct func *f, struct instance *caller,
                                     uint64_t *slots)
{
    const struct type *t = f->type;
    struct heap *heap = &f->store->engine->heap;
    size_t size = ((size_t)t->nparams + t->nresults) * sizeof(wx_value);
    wx_value *values = heap_alloc(heap, size);
    if (values == NULL) {
        trap_begin(&f->store->exec, TRAP_OUT_OF_MEMORY);
        return TRAP_OUT_OF_MEMORY;
    }
    enum trap trap = host_run(f, caller, slots, values, values + t->nparams);
    heap_free(heap, values, size);
    return trap;
}

static enum trap host_entry(void *env, struct func *f, struct instance *caller,
                            uint64_t *slots)
{
    (void)env;
    if (UNLIKELY(f->type->nparams + f->type->nresults > SMALL))
        return host_run_large(f, caller, slots);
    wx_value values[SMALL];
    return host_run(f, caller, slots, values, values + f->type->nparams);
}

static wx_status check_type(const wx_functype *t, wx_error *err)
{
    if (t->nparams > LIMIT_PARAMS || t->nresults > LIMIT_RESULTS)
        return error_misuse(err, "a function type has at most %d parameters and %d results",
                            LIMIT_PARAMS, LIMIT_RESULTS);
    for (size_t i = 0; i < t->nparams; i++)
        if (!value_type_known(t->params[i]))
            return error_misuse(err, "parameter %zu has an unknown type", i);
    for (size_t i = 0; i < t->nresults; i++)
        if (!value_type_known(t->results[i]))
            return error_misuse(err, "result %zu has an unknown type", i);
    return WX_OK;
}

wx_status wx_func_new(wx_store *store, wx_functype type, wx_host_func *fn, void *env,
                      void (*finalizer)(void *env), wx_func **out, wx_error *err)
{
    struct store *s = api_store(store);
    wx_status status = check_type(&type, err);
    if (status != WX_OK)
        return status;
    const struct type *t = types_func(s->engine->types, type.params, (uint32_t)type.nparams,
                                      type.results, (uint32_t)type.nresults);
    struct host *h = arena_try(&s->arena, sizeof *h);
    if (t == NULL || h == NULL)
        return error_exhausted(err, "out of memory");
    *h = (struct host){ fn, env, finalizer };
    struct func *f =
        func_new_host(s, t, host_entry, h, finalizer != NULL ? host_finalize : NULL);
    if (f == NULL)
        return error_exhausted(err, "out of memory");
    *out = wx_of_func(f);
    return WX_OK;
}

wx_store *wx_caller_store(wx_caller *c) { return wx_of_store(c->store); }

wx_instance *wx_caller_instance(wx_caller *c)
{
    return c->instance != NULL ? wx_of_instance(c->instance) : NULL;
}
