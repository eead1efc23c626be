/* call.c - operations that call functions, and what functions of the host do.  See world.h.
 *
 * The outcome of a call is predicted from the model, unless a function of the host decides it:
 * that one says afterwards how it ended. */
#include "api/world.h"
#include "base/compiler.h"
#include <stdio.h>
#include <string.h>

enum { FUEL = 300000, SPIN_FUEL = 20000 };

/* A call: arguments, what must come of it. */
struct call {
    const struct world_func *f;
    const struct world_instance *i;
    wx_value args[RECIPE_MANY], results[RECIPE_MANY], want[RECIPE_MANY];
    size_t nargs, nresults;
    struct outcome outcome;
    bool late;  /* a function of the host decides */
    bool blind; /* the results cannot be known */
};

static wx_value v_i32(uint64_t v)
{
    return (wx_value){ .type = WX_I32, .of.i32 = (int32_t)(uint32_t)v };
}

static wx_value v_i64(int64_t v) { return (wx_value){ .type = WX_I64, .of.i64 = v }; }

static wx_value v_func(wx_ref *r) { return (wx_value){ .type = WX_FUNCREF, .of.ref = r }; }

wx_value world_value(struct world *w, int store, char letter)
{
    static const uint32_t places[] = { 0,     1,  7,  65528,  65529,  65536,
                                       65535, 3,  12, 131064, 131072, UINT32_MAX,
                                       5,     23, 2,  262136 };
    if (letter == 'I')
        return v_i64((int64_t)dna_bits(&w->d, 8));
    if (letter == 'i')
        return v_i32(places[dna_below(&w->d, COUNT(places))]);
    int f = dna_chance(&w->d, 60) ? NOWHERE : world_pick_func(w, store);
    return v_func(f == NOWHERE ? NULL : wx_ref_from_func(w->funcs[f].f));
}

/* ---- predictions --------------------------------------------------------------------------- */

static void traps(struct call *c, wx_trap trap)
{
    c->outcome = (struct outcome){ WX_TRAP, trap };
}

static void access_memory(struct world *w, struct call *c, enum prim prim, bool apply)
{
    struct world_memory *m = &w->memories[c->i->memory];
    uint64_t at = prim == PRIM_poke ? 0 : (uint32_t)c->args[0].of.i32;
    const int64_t *value = prim == PRIM_poke ? &c->i->recipe.k : &c->args[1].of.i64;
    if (at + 8 > m->pages * PAGE)
        traps(c, WX_TRAP_MEMORY_BOUNDS);
    else if (prim != PRIM_load && apply)
        model_write(m, at, value, sizeof *value);
    else if (prim == PRIM_load)
        c->want[0] = v_i64(0), memcpy(&c->want[0].of, m->shadow + at, 8);
}

static void size_memory(struct world *w, struct call *c, enum prim prim, bool apply)
{
    struct world_memory *m = &w->memories[c->i->memory];
    uint64_t delta = prim == PRIM_size ? 0 : (uint32_t)c->args[0].of.i32;
    bool grows = model_memory_grows(w, m, delta);
    c->want[0] = v_i32(grows ? m->pages : UINT32_MAX);
    if (grows && apply)
        m->pages += delta;
}

static void access_table(struct world *w, struct call *c, enum prim prim, bool apply)
{
    struct world_table *t = &w->tables[c->i->table];
    uint32_t at = (uint32_t)c->args[0].of.i32;
    if (at >= t->size)
        traps(c, WX_TRAP_TABLE_BOUNDS);
    else if (prim == PRIM_tget)
        c->want[0] = v_func(t->elems[at]);
    else if (apply)
        t->elems[at] = c->args[1].of.ref;
}

static void size_table(struct world *w, struct call *c, enum prim prim, bool apply)
{
    struct world_table *t = &w->tables[c->i->table];
    uint64_t delta = prim == PRIM_tsize ? 0 : (uint32_t)c->args[1].of.i32;
    bool grows = model_table_grows(w, t, delta);
    c->want[0] = v_i32(grows ? t->size : UINT32_MAX);
    for (; grows && apply && delta > 0; delta--)
        t->elems[t->size++] = c->args[0].of.ref;
}

static void predict(struct world *w, struct call *c, const struct world_func *f,
                    bool apply);

static void predict_indirect(struct world *w, struct call *c, bool apply)
{
    const struct world_table *t = &w->tables[c->i->table];
    uint32_t at = (uint32_t)c->args[0].of.i32;
    if (at >= t->size) {
        traps(c, WX_TRAP_TABLE_INDEX);
        return;
    }
    if (t->elems[at] == NULL) {
        traps(c, WX_TRAP_NULL_FUNC);
        return;
    }
    int to = world_find_func(w, wx_ref_func(t->elems[at]));
    EXPECT(w, to != NOWHERE, NULL);
    enum prim prim = w->funcs[to].prim;
    if (prim == PRIM_constant || prim == PRIM_gget)
        predict(w, c, &w->funcs[to], apply);
    else
        traps(c, WX_TRAP_SIGNATURE);
}

static void predict_host(struct world *w, struct call *c, bool apply)
{
    if (c->i->recipe.import_func)
        predict(w, c, &w->funcs[c->i->callee], apply);
    else
        c->want[0] = v_i64((int64_t)((uint64_t)c->args[0].of.i64 + 1));
}

static void predict_self(struct world *w, struct call *c)
{
    int at = c->i->funcs[PRIM_constant];
    c->blind = at == NOWHERE;
    if (!c->blind)
        c->want[0] = v_func(wx_ref_from_func(w->funcs[at].f));
}

static void predict_prim(struct world *w, struct call *c, enum prim prim, bool apply)
{
    switch (prim) {
    case PRIM_constant: c->want[0] = v_i64(c->i->recipe.k); break;
    case PRIM_load:
    case PRIM_store:
    case PRIM_poke: access_memory(w, c, prim, apply); break;
    case PRIM_size:
    case PRIM_grow: size_memory(w, c, prim, apply); break;
    case PRIM_tget:
    case PRIM_tset: access_table(w, c, prim, apply); break;
    case PRIM_tsize:
    case PRIM_tgrow: size_table(w, c, prim, apply); break;
    case PRIM_gget: c->want[0] = w->globals[c->i->global].value; break;
    case PRIM_gset:
        if (apply)
            w->globals[c->i->global].value = c->args[0];
        break;
    case PRIM_indirect: predict_indirect(w, c, apply); break;
    case PRIM_host: predict_host(w, c, apply); break;
    case PRIM_self: predict_self(w, c); break;
    case PRIM_fail: traps(c, WX_TRAP_UNREACHABLE); break;
    case PRIM_deep: traps(c, WX_TRAP_STACK); break;
    case PRIM_spin: traps(c, WX_TRAP_FUEL); break;
    case PRIM_many: memcpy(c->want, c->args, sizeof c->want); break;
    case PRIM_COUNT: break;
    }
}

static bool is_interrupted(const struct world *w, int store)
{
    const struct world_store *s = &w->stores[store];
    return s->interrupted && w->engines[s->engine].c.interruptible;
}

/* What f does with the arguments of c, and, when apply is set, does to the model. */
static void predict(struct world *w, struct call *c, const struct world_func *f, bool apply)
{
    const struct world_instance *outer = c->i;
    if (f->prim == PRIM_NONE) {
        c->late = true;
        return;
    }
    if (is_interrupted(w, f->store)) {
        traps(c, WX_TRAP_INTERRUPT);
        return;
    }
    c->i = &w->instances[f->instance];
    predict_prim(w, c, f->prim, apply);
    c->i = outer;
}

/* ---- calling ------------------------------------------------------------------------------- */

static const char *params_of(const struct world_func *f)
{
    return f->prim == PRIM_NONE ? "I" : prim_infos[f->prim].params;
}

static void prepare(struct world *w, struct call *c, int func)
{
    memset(c, 0, sizeof *c);
    c->f = &w->funcs[func];
    const char *params = params_of(c->f);
    c->nargs = strlen(params);
    c->nresults = c->f->prim == PRIM_NONE ? 1 : strlen(prim_infos[c->f->prim].results);
    for (size_t k = 0; k < c->nargs; k++)
        c->args[k] = world_value(w, c->f->store, params[k]);
}

static void check_results(struct world *w, const struct call *c)
{
    for (size_t k = 0; k < c->nresults && !c->blind; k++) {
        EXPECT(w, c->results[k].type == c->want[k].type, NULL);
        if (c->want[k].type == WX_I32)
            EXPECT(w, c->results[k].of.i32 == c->want[k].of.i32, NULL);
        else if (c->want[k].type == WX_I64)
            EXPECT(w, c->results[k].of.i64 == c->want[k].of.i64, NULL);
        else
            EXPECT(w, wx_ref_same(c->results[k].of.ref, c->want[k].of.ref), NULL);
    }
}

/* The innermost frame of a trap that the function itself causes. */
static void check_frames(struct world *w, const struct call *c, const wx_error *err)
{
    static const bool own[PRIM_COUNT] = { [PRIM_load] = true,
                                          [PRIM_store] = true,
                                          [PRIM_tget] = true,
                                          [PRIM_tset] = true,
                                          [PRIM_fail] = true };
    if (c->f->prim == PRIM_NONE || c->late || !own[c->f->prim])
        return;
    const struct world_instance *i = &w->instances[c->f->instance];
    EXPECT(w, err->nframes >= 1, err);
    EXPECT(w, err->frames[0].func_index == recipe_index(&i->recipe, c->f->prim), err);
    EXPECT(w, strcmp(err->frames[0].func_name, prim_infos[c->f->prim].name) == 0, err);
}

static void settle(struct world *w, struct call *c, wx_status status, const wx_error *err,
                   uint32_t calls)
{
    if (c->late && w->host_calls != calls) {
        c->outcome = w->host;
        c->want[0] = v_i64(w->host_result);
    }
    EXPECT(w, !c->late || w->host_calls != calls || w->failing != NOWHERE, err);
    if (!world_ended(w, status, err, c->outcome)) {
        model_adopt(w, c->f->store);
        return;
    }
    if (status == WX_TRAP)
        check_frames(w, c, err);
    if (status != WX_OK)
        return;
    if (!c->late)
        predict(w, c, c->f, true);
    check_results(w, c);
}

/* Endless loops end only where fuel is charged, or an interruption asked for. */
static bool may_run(const struct world *w, const struct call *c)
{
    const struct world_store *s = &w->stores[c->f->store];
    return c->f->prim != PRIM_spin || w->engines[s->engine].c.fuel ||
           is_interrupted(w, c->f->store);
}

/* A grow for which there is no memory fails, which is no error. */
static bool failed_to_grow(const struct world *w, const struct call *c, wx_status status)
{
    return status == WX_OK && w->failing != NOWHERE && c->f->prim == PRIM_tgrow &&
           c->results[0].of.i32 == -1;
}

static wx_status call_with(struct call *c, wx_error *err)
{
    return wx_func_call(c->f->f, c->args, c->nargs, c->results, c->nresults, err);
}

void op_call(struct world *w, int store)
{
    struct call c;
    wx_error err;
    int func = world_pick_func(w, store);
    if (func == NOWHERE)
        return;
    prepare(w, &c, func);
    if (!may_run(w, &c))
        return;
    uint32_t calls = w->host_calls;
    world_stats.calls[c.f->prim]++;
    wx_store_set_fuel(w->stores[store].s, c.f->prim == PRIM_spin ? SPIN_FUEL : FUEL);
    predict(w, &c, c.f, false);
    wx_status status = call_with(&c, &err);
    if (!failed_to_grow(w, &c, status))
        settle(w, &c, status, &err, calls);
}

/* A call with hardly any fuel: it ends as it must, or for want of fuel and without effect. */
void op_starve(struct world *w, int store)
{
    struct call c;
    wx_error err;
    int func = world_pick_func(w, store);
    uint64_t fuel = dna_below(&w->d, 6);
    if (func == NOWHERE || !w->engines[w->stores[store].engine].c.fuel)
        return;
    prepare(w, &c, func);
    predict(w, &c, c.f, false);
    if (c.late || c.outcome.trap == WX_TRAP_STACK)
        return;
    wx_store_set_fuel(w->stores[store].s, fuel);
    wx_status status = call_with(&c, &err);
    EXPECT(w, wx_store_fuel(w->stores[store].s) <= fuel, &err);
    if (status == WX_TRAP && err.trap == WX_TRAP_FUEL)
        return;
    if (!failed_to_grow(w, &c, status))
        settle(w, &c, status, &err, w->host_calls);
}

/* Nothing is interrupted that is not running Wasm; stays until it is cleared. */
void op_interrupt(struct world *w, int store)
{
    struct world_store *s = &w->stores[store];
    s->interrupted = dna_chance(&w->d, 64);
    if (s->interrupted)
        wx_store_interrupt(s->s);
    else
        wx_store_clear_interrupt(s->s);
}

/* ---- functions of the host ----------------------------------------------------------------- */

/* Fails in one of the ways that a host function may. */
static wx_status fail_somehow(struct world *w, int store, wx_value *results, wx_error *err)
{
    static const wx_trap kinds[] = { WX_TRAP_HOST, WX_TRAP_DIV_ZERO, WX_TRAP_UNREACHABLE };
    (void)store;
    snprintf(err->text, sizeof err->text, "the host says no");
    w->host = (struct outcome){ WX_TRAP, WX_TRAP_HOST };
    switch (dna_below(&w->d, 4)) {
    case 0: /* a result of another type */
        results[0] = (wx_value){ .type = WX_F64 };
        return WX_OK;
    case 1: w->host = (struct outcome){ WX_EXCEPTION, WX_TRAP_NONE }; return WX_EXCEPTION;
    case 2: err->status = WX_MISUSE; return WX_MISUSE;
    default:
        err->trap = w->host.trap = kinds[dna_below(&w->d, COUNT(kinds))];
        return WX_TRAP;
    }
}

/* A function that traps, whose error is handed on. */
static bool hand_on(struct world *w, int store, wx_status *status, wx_error *err)
{
    int func = world_pick_func(w, store);
    if (func == NOWHERE || w->funcs[func].prim != PRIM_fail)
        return false;
    wx_store_set_fuel(w->stores[store].s, FUEL);
    *status = wx_func_call(w->funcs[func].f, NULL, 0, NULL, 0, err);
    EXPECT(w, *status == WX_TRAP || *status == WX_EXHAUSTED, err);
    w->host =
        (struct outcome){ WX_TRAP, *status == WX_TRAP ? err->trap : WX_TRAP_OUT_OF_MEMORY };
    return true;
}

static wx_status end_host(struct world *w, int store, const wx_value *args,
                          wx_value *results, wx_error *err)
{
    wx_status status;
    uint32_t how = dna_below(&w->d, 16);
    w->host_calls++;
    if (how >= 13)
        return fail_somehow(w, store, results, err);
    if (how == 12 && hand_on(w, store, &status, err))
        return status;
    w->host = (struct outcome){ WX_OK, WX_TRAP_NONE };
    w->host_result = (int64_t)dna_hash((uint64_t)args[0].of.i64);
    results[0] = v_i64(w->host_result);
    return WX_OK;
}

wx_status call_host(void *env, wx_caller *caller, const wx_value *args, size_t nargs,
                    wx_value *results, size_t nresults, wx_error *err)
{
    struct world *w = *(struct world **)env;
    wx_store *s = wx_caller_store(caller);
    wx_instance *i = wx_caller_instance(caller);
    int store = 0;
    while (store < STORES && w->stores[store].s != s)
        store++;
    EXPECT(w, store < STORES && nargs == 1 && nresults == 1, NULL);
    EXPECT(w, args[0].type == WX_I64, NULL);
    for (int k = 0; i != NULL && k < INSTANCES; k++)
        EXPECT(w, w->instances[k].i != i || w->instances[k].store == store, NULL);
    w->depth++;
    world_stats.host_calls++;
    world_stats.depths[w->depth]++;
    for (uint32_t n = w->depth <= MAX_DEPTH ? dna_below(&w->d, 4) : 0; n > 0; n--)
        world_step_inside(w, store);
    w->depth--;
    return end_host(w, store, args, results, err);
}
