/* misuse.c - calls that are wrong: each answers WX_MISUSE, says why, and changes nothing. */
#include "api/world.h"
#include "base/compiler.h"
#include <string.h>

/* Out-parameters that must stay as they are. */
static char marker;
#define UNWRITTEN ((void *)&marker)

static wx_status wrong_config(struct world *w, int store, wx_error *err)
{
    wx_config c;
    wx_engine *e = UNWRITTEN;
    (void)store;
    wx_config_init(&c);
    switch (dna_below(&w->d, 4)) {
    case 0: c.tier = (wx_tier)(WX_TIER_MASK + 1); break;
    case 1: c.memory = (wx_memory_strategy)99; break;
    case 2: c.dispatch = (wx_dispatch)77; break;
    default: c.features = UINT64_MAX; break;
    }
    wx_status status = wx_engine_new(&c, &e, err);
    EXPECT(w, e == UNWRITTEN, err);
    return status;
}

static wx_status wrong_features(struct world *w, int store, wx_error *err)
{
    uint64_t set = 5;
    (void)store;
    wx_status status = wx_features_parse("wasm2,+no-such-feature", &set, err);
    EXPECT(w, set == 5, err);
    return status;
}

static wx_status wrong_functype(struct world *w, int store, wx_error *err)
{
    static const wx_valtype types[] = { WX_I32, 0x12345 };
    wx_func *f = UNWRITTEN;
    bool result = dna_u8(&w->d) & 1;
    wx_functype t = { types, result ? 1 : 2, types, result ? 2 : 0 };
    wx_status status = wx_func_new(w->stores[store].s, t, call_host, NULL, NULL, &f, err);
    EXPECT(w, f == UNWRITTEN, err);
    return status;
}

static wx_status wrong_memory_limits(struct world *w, int store, wx_error *err)
{
    static const wx_limits limits[] = { { 2, 1, true },
                                        { 65537, 0, false },
                                        { 0, 65537, true },
                                        { UINT64_MAX, UINT64_MAX, true } };
    wx_memory *m = UNWRITTEN;
    wx_memorytype t = { limits[dna_below(&w->d, COUNT(limits))] };
    wx_status status = wx_memory_new(w->stores[store].s, t, &m, err);
    EXPECT(w, m == UNWRITTEN, err);
    return status;
}

static wx_status wrong_table(struct world *w, int store, wx_error *err)
{
    static const wx_tabletype types[] = { { WX_I32, { 0, 0, false } },
                                          { WX_FUNCREF, { 2, 1, true } },
                                          { WX_FUNCREF, { UINT64_MAX, 0, false } },
                                          { WX_EXTERNREF, { 0, 0, false } } };
    wx_table *t = UNWRITTEN;
    wx_value init = { .type = WX_FUNCREF };
    wx_status status = wx_table_new(w->stores[store].s,
                                    types[dna_below(&w->d, COUNT(types))], init, &t, err);
    EXPECT(w, t == UNWRITTEN, err);
    return status;
}

static wx_status wrong_global(struct world *w, int store, wx_error *err)
{
    wx_global *g = UNWRITTEN;
    bool unknown = dna_u8(&w->d) & 1;
    wx_value v = { .type = unknown ? 0x55 : WX_I32 };
    wx_globaltype t = { unknown ? 0x55 : WX_I64, true };
    wx_status status = wx_global_new(w->stores[store].s, t, v, &g, err);
    EXPECT(w, g == UNWRITTEN, err);
    return status;
}

static wx_status wrong_index(struct world *w, int store, wx_error *err)
{
    static const uint64_t beyond[] = { 0, 1, 100, UINT32_MAX, UINT64_MAX };
    int at = world_pick_table(w, store);
    wx_value v = { .type = 77 };
    if (at == NOWHERE)
        return WX_MISUSE;
    uint64_t size = w->tables[at].size, i = beyond[dna_below(&w->d, COUNT(beyond))];
    wx_status status = wx_table_get(w->tables[at].t, i < size ? size : i, &v, err);
    EXPECT(w, v.type == 77, err);
    return status;
}

/* Too few or too many arguments or results, or arguments of other types. */
static wx_status wrong_call(struct world *w, int store, wx_error *err)
{
    int at = world_pick_func(w, store);
    wx_value args[RECIPE_MANY + 1] = { { .type = WX_F32 } }, results[RECIPE_MANY + 1];
    if (at == NOWHERE)
        return WX_MISUSE;
    wx_functype t = wx_func_type(w->funcs[at].f);
    size_t nargs = t.nparams, nresults = t.nresults;
    for (size_t k = 0; k < nargs; k++)
        args[k] = (wx_value){ .type = t.params[k] };
    uint32_t how = dna_below(&w->d, 3);
    if (how == 0)
        nargs = nargs > 0 && dna_chance(&w->d, 128) ? nargs - 1 : nargs + 1;
    else if (how == 1 || nargs == 0)
        nresults = nresults > 0 && dna_chance(&w->d, 128) ? nresults - 1 : nresults + 1;
    else
        args[dna_below(&w->d, (uint32_t)nargs)].type = WX_F32;
    return wx_func_call(w->funcs[at].f, args, nargs, results, nresults, err);
}

/* A store other than this one. */
static int other_store(struct world *w, int store)
{
    int other = world_pick_store(w);
    return other == store ? NOWHERE : other;
}

/* References of another store, where one of this is wanted. */
static wx_status foreign_reference(struct world *w, int store, wx_error *err)
{
    int other = other_store(w, store), table = world_pick_table(w, store);
    if (other == NOWHERE || table == NOWHERE)
        return WX_MISUSE;
    bool is_func = w->tables[table].is_func;
    int at = is_func ? world_pick_func(w, other) : world_pick_ref(w, other);
    if (at == NOWHERE)
        return WX_MISUSE;
    wx_value v = { .type = is_func ? WX_FUNCREF : WX_EXTERNREF };
    v.of.ref = is_func ? wx_ref_from_func(w->funcs[at].f) : w->refs[at].r;
    EXPECT(w, !wx_table_grow(w->tables[table].t, 1, v, NULL), NULL);
    if (w->tables[table].size == 0)
        return WX_MISUSE;
    return wx_table_set(w->tables[table].t, 0, v, err);
}

/* A module of another engine, too many imports, an import of another store. */
static wx_status wrong_instance(struct world *w, int store, wx_error *err)
{
    const struct world_module *m = &w->modules[dna_below(&w->d, MODULES)];
    wx_instance *i = UNWRITTEN;
    wx_extern x[5] = { { .kind = WX_KIND_GLOBAL } };
    if (m->m == NULL)
        return WX_MISUSE;
    size_t n = wx_module_nimports(m->m);
    int other = other_store(w, store);
    int global = other == NOWHERE ? NOWHERE : world_pick_global(w, other);
    if (global != NOWHERE)
        x[0].of.global = w->globals[global].g;
    if (m->engine == w->stores[store].engine && n == 0)
        n = 1; /* else the import is missing, or foreign */
    wx_status status = wx_instance_new(w->stores[store].s, m->m, x, n, &i, err);
    EXPECT(w, i == UNWRITTEN, err);
    return status;
}

void op_misuse(struct world *w, int store)
{
    static wx_status (*const ways[])(struct world *, int, wx_error *) = {
        wrong_call,  foreign_reference,   wrong_instance, wrong_config, wrong_features,
        wrong_table, wrong_memory_limits, wrong_functype, wrong_global, wrong_index,
    };
    wx_error err = { .status = WX_MISUSE, .text = "nothing to do" };
    wx_status status = ways[dna_below(&w->d, COUNT(ways))](w, store, &err);
    EXPECT(w, status == WX_MISUSE, &err);
    EXPECT(w, err.status == WX_MISUSE && err.text[0] != 0, &err);
    world_stats.ended[status]++;
}
