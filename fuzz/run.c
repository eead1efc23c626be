/* run.c - one run of a case in one lane: instantiate, act, record after every step. */
#include "oracle.h"
#include "api/api.h"
#include "dna.h"
#include "wasm/code.h"
#include <stdio.h>
#include <string.h>

enum {
    RUN_STACK = 48 * 1024,
    RUN_MAX_MEMORY = 16 * 65536, /* all of it is looked at after every action */
    RUN_MAX_TABLE = 10000,
    RUN_MAX_ARGS = 64
};

static bool memory_limit(void *env, uint64_t current, uint64_t desired)
{
    (void)env, (void)current;
    return desired <= RUN_MAX_MEMORY;
}

static bool table_limit(void *env, uint64_t current, uint64_t desired)
{
    (void)env, (void)current;
    return desired <= RUN_MAX_TABLE;
}

static uint64_t hash_text(const char *text)
{
    uint64_t h = 0;
    for (; *text != 0; text++)
        h = h * 131 + (uint8_t)*text;
    return h;
}

/* The instruction that trapped, or OP_INVALID. */
static enum op trapping_op(const struct run *r, const wx_error *err)
{
    const struct trap_frame *f = &api_store(r->store)->exec.trap.frames[0];
    if (err->status != WX_TRAP || err->nframes == 0)
        return OP_INVALID;
    const uint8_t *p = f->instance->module->bytes + f->offset;
    return code_op(&p);
}

static void record_outcome(struct run *r, struct step *s, wx_status status,
                           const wx_error *err)
{
    s->status = status;
    if (status == WX_OK)
        return;
    s->trap = err->trap;
    s->text = hash_text(err->text);
    s->nframes = err->nframes;
    s->frames = err->nframes;
    for (uint32_t i = 0; i < err->nframes && i < WX_MAX_FRAMES; i++)
        s->frames = case_mix(s->frames, (uint64_t)err->frames[i].func_index << 32 |
                                            err->frames[i].offset);
    for (uint32_t i = 0; i < err->nframes && i < STEP_MAX_PLACES; i++) {
        s->places[i].func = err->frames[i].func_index;
        s->places[i].offset = (uint32_t)err->frames[i].offset;
    }
    s->func = err->nframes > 0 ? err->frames[0].func_index : 0;
    s->offset = err->nframes > 0 ? (uint32_t)err->frames[0].offset : 0;
    snprintf(s->message, sizeof s->message, "%s", err->text);
    s->trap_op = (uint16_t)trapping_op(r, err);
    if (status == WX_TRAP && (err->trap == WX_TRAP_FUEL || err->trap == WX_TRAP_STACK))
        r->exhausted = true;
}

static struct step *next_step(struct run *r)
{
    struct step *s = &r->steps[r->nsteps++];
    memset(s, 0, sizeof *s);
    wx_store_set_fuel(r->store, r->c->fuel);
    return s;
}

static void call_export(struct run *r, const struct action *a, struct step *s)
{
    wx_extern e;
    wx_error err;
    wx_value args[RUN_MAX_ARGS], results[RUN_MAX_ARGS];
    if (!host_export(r, WX_KIND_FUNC, a->index, &e))
        return;
    wx_functype type = wx_func_type(e.of.func);
    if (type.nparams > RUN_MAX_ARGS || type.nresults > RUN_MAX_ARGS)
        return;
    for (uint32_t i = 0; i < type.nparams; i++)
        args[i] = host_value(r, a->seed, i, type.params[i]);
    wx_status status =
        wx_func_call(e.of.func, args, type.nparams, results, type.nresults, &err);
    if (r->oracle->meddle.call != NULL)
        r->oracle->meddle.call(r, &status, &err, results);
    record_outcome(r, s, status, &err);
    if (status != WX_OK)
        return;
    s->nresults = (uint32_t)type.nresults;
    for (uint32_t i = 0; i < type.nresults; i++) {
        uint64_t word = state_value(r, &results[i]);
        s->results = case_mix(s->results, word);
        if (i < STEP_MAX_VALUES) {
            s->result[i] = word;
            s->result_type[i] = type.results[i];
        }
    }
}

static enum run_status instantiate(struct run *r, wx_module *m, wx_instance **out,
                                   struct step *s)
{
    wx_error err;
    size_t n = wx_module_nimports(m);
    wx_extern *imports = arena_array(&r->oracle->arena, wx_extern, n + 1);
    if (!host_imports(r, m, imports))
        return RUN_UNLINKABLE;
    wx_status status = wx_instance_new(r->store, m, imports, n, out, &err);
    if (status == WX_UNLINKABLE)
        return RUN_UNLINKABLE;
    if (status == WX_EXHAUSTED)
        return RUN_UNAVAILABLE;
    record_outcome(r, s, status, &err);
    return RUN_OK;
}

/* The second module joins. */
static enum run_status link_second(struct run *r, struct step *s)
{
    const struct fuzz_case *c = r->c;
    if (c->second == NULL || r->second.module != NULL)
        return RUN_OK;
    enum run_status status = facts_load(r, FACTS_SECOND, &r->second.module);
    if (status != RUN_OK)
        return status;
    return instantiate(r, r->second.module, &r->second.instance, s);
}

static enum run_status act(struct run *r)
{
    enum run_status status = RUN_OK;
    for (uint32_t k = 0; k < r->c->nactions && r->instance != NULL && status == RUN_OK;
         k++) {
        const struct action *a = &r->c->actions[k];
        struct step *s = next_step(r);
        if (a->kind == ACTION_CALL)
            call_export(r, a, s);
        else if (a->kind == ACTION_LINK)
            status = link_second(r, s);
        else
            host_act(r, a);
        state_record(r, s);
    }
    return status;
}

static bool ran_in_both(const struct modcode *code)
{
    uint32_t n = code->module->nfuncs - code->module->nimported_funcs;
    bool interpreted = false, compiled = false;
    for (uint32_t i = 0; i < n; i++) {
        interpreted |= code->fns[i].interp != NULL;
        compiled |=
            atomic_load_explicit(&code->fns[i].compiled, memory_order_relaxed) != NULL;
    }
    return interpreted && compiled;
}

static void look_at_code(struct run *r, const wx_module *m)
{
    r->mixed |= ran_in_both(m->code);
    r->loops_entered += m->code->stats.loops_entered;
    if (r->ops != NULL)
        ops_count(r->ops, m->code);
    if (r->oracle->audit != NULL)
        r->oracle->audit(m->code);
}

static enum run_status run_module(struct run *r)
{
    if (wx_store_new(r->engine, &r->store, NULL) != WX_OK)
        return RUN_UNAVAILABLE;
    wx_store_set_limiter(r->store, (wx_limiter){ NULL, memory_limit, table_limit });
    wx_store_set_logical_stack(r->store, RUN_STACK);
    struct step *first = next_step(r);
    enum run_status status = instantiate(r, r->module, &r->instance, first);
    state_record(r, first);
    if (status == RUN_OK)
        status = act(r);
    look_at_code(r, r->module);
    if (r->second.module != NULL)
        look_at_code(r, r->second.module);
    wx_store_free(r->store);
    return status;
}

static enum run_status run_alone(struct run *r)
{
    r->engine = lane_engine(r->oracle, r->lane);
    if (r->engine == NULL)
        return RUN_UNAVAILABLE;
    lane_tune(r->oracle, r->lane, r->c);
    enum run_status status = facts_load(r, FACTS_FIRST, &r->module);
    if (status != RUN_OK)
        return status;
    enum run_status result = run_module(r);
    wx_module_free(r->second.module);
    wx_module_free(r->module);
    return result;
}

/* In a lane without fuel the case before must end by itself. */
static bool ends(const struct run *r, const struct fuzz_case *c)
{
    struct run first = { .oracle = r->oracle, .c = c, .lane = LANE_INTERP_FUEL };
    if (lane_is_deterministic(r->lane))
        return true;
    first.steps = arena_array(&r->oracle->arena, struct step, 1 + CASE_MAX_ACTIONS);
    return run_alone(&first) == RUN_OK && !first.exhausted;
}

static void run_earlier(const struct run *r)
{
    struct fuzz_case c;
    struct run before = { .oracle = r->oracle, .c = &c, .lane = r->lane };
    struct arena *a = &r->oracle->arena;
    if (!case_read(r->c->earlier, r->c->earlier_len, a, &c) || !ends(r, &c))
        return;
    before.steps = arena_array(a, struct step, 1 + CASE_MAX_ACTIONS);
    run_alone(&before);
}

enum run_status run_case(struct run *r)
{
    if (r->c->earlier != NULL)
        run_earlier(r);
    return run_alone(r);
}
