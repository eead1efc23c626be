/* make.c - operations that make engines, stores, modules and objects.  See world.h. */
#include "api/world.h"
#include "base/compiler.h"
#include <stdlib.h>
#include <string.h>

/* ---- engines and stores -------------------------------------------------------------------- */

static wx_config pick_config(struct dna *d)
{
    static const uint64_t masks[] = { 0x5555555555555555, 0xAAAAAAAAAAAAAAAA, 7 };
    wx_config c;
    wx_config_init(&c);
    c.tier = (wx_tier)dna_below(d, WX_TIER_MASK + 1);
    c.tier_mask = masks[dna_below(d, COUNT(masks))];
    c.memory = (wx_memory_strategy)dna_below(d, WX_MEMORY_CHECK + 1);
    c.dispatch = (wx_dispatch)dna_below(d, WX_DISPATCH_LOOP + 1);
    uint8_t bits = dna_u8(d);
    c.fuel = bits & 1;
    c.logical_stack = bits >> 1 & 1;
    c.interruptible = bits >> 2 & 1;
    c.cpu_mask = bits >> 3 & 1 ? 0 : UINT64_MAX;
    c.max_memory_bytes = bits >> 4 & 1 ? 4 * PAGE : 0;
    c.max_table_elements = bits >> 5 & 1 ? 20 : 0;
    c.call_threshold = bits >> 6;
    c.native_stack = 512 << 10;
    c.value_stack = 256 << 10;
    return c;
}

/* An engine whose memory is too little, or just enough, for itself. */
static void small_engine(struct world *w, wx_config c)
{
    wx_engine *e = NULL;
    wx_error err;
    c.heap_limit = dna_bits(&w->d, 2) * 4;
    wx_status status = wx_engine_new(&c, &e, &err);
    EXPECT(w, status == WX_OK || (status == WX_EXHAUSTED && e == NULL), &err);
    wx_engine_free(e);
}

void op_engine(struct world *w, int store)
{
    int at = world_free_slot(w->engines, ENGINES, sizeof *w->engines);
    wx_config c = pick_config(&w->d);
    wx_error err;
    (void)store;
    if (dna_chance(&w->d, 40))
        small_engine(w, c);
    if (at == NOWHERE)
        return;
    w->engines[at].c = c;
    world_ok(w, wx_engine_new(&c, &w->engines[at].e, &err), &err);
}

static bool admit_memory(void *env, uint64_t current, uint64_t desired)
{
    const struct world_store *s = env;
    return desired <= s->memory_cap && current < desired + (desired == 0);
}

static bool admit_table(void *env, uint64_t current, uint64_t desired)
{
    const struct world_store *s = env;
    return desired <= s->table_cap && current < desired + (desired == 0);
}

void op_limiter(struct world *w, int store)
{
    struct world_store *s = &w->stores[store];
    s->memory_cap = dna_chance(&w->d, 128) ? dna_below(&w->d, PAGES) * PAGE : PAGES * PAGE;
    s->table_cap = dna_chance(&w->d, 128) ? dna_below(&w->d, ELEMS) : ELEMS;
    wx_store_set_limiter(s->s, (wx_limiter){ s, admit_memory, admit_table });
}

void op_store(struct world *w, int store)
{
    int at = world_free_slot(w->stores, STORES, sizeof *w->stores);
    int engine = world_pick_engine(w);
    wx_error err;
    (void)store;
    if (at == NOWHERE || engine == NOWHERE)
        return;
    struct world_store *s = &w->stores[at];
    if (!world_ok(w, wx_store_new(w->engines[engine].e, &s->s, &err), &err))
        return;
    s->engine = engine;
    EXPECT(w, wx_store_fuel(s->s) == 0, NULL);
    op_limiter(w, at);
}

/* ---- modules ------------------------------------------------------------------------------- */

static void check_imports(struct world *w, const wx_module *m, const struct recipe *r)
{
    wx_functype t;
    size_t n = 0;
    EXPECT(w, wx_module_nimports(m) == recipe_imports(r), NULL);
    if (r->import_func) {
        EXPECT(w, wx_module_import(m, n).kind == WX_KIND_FUNC, NULL);
        EXPECT(w, wx_module_import_functype(m, n++, &t) == WX_OK, NULL);
        EXPECT(w, t.nparams == 1 && t.nresults == 1 && t.params[0] == WX_I64, NULL);
    }
    for (; n < wx_module_nimports(m); n++)
        EXPECT(w, wx_module_import_functype(m, n, &t) == WX_MISUSE, NULL);
    EXPECT(w, wx_module_nexports(m) == PRIM_COUNT + 3u + r->import_func, NULL);
}

void op_module(struct world *w, int store)
{
    int at = world_free_slot(w->modules, MODULES, sizeof *w->modules);
    int engine = world_pick_engine(w);
    struct recipe r = recipe_pick(&w->d);
    wx_error err;
    (void)store;
    if (at == NOWHERE || engine == NOWHERE)
        return;
    struct bytes b = recipe_module(&r, w->arena);
    struct world_module *m = &w->modules[at];
    if (!world_ok(w, wx_module_new(w->engines[engine].e, b.at, b.len, &m->m, &err), &err))
        return;
    memset(b.at, 0xCC, b.len); /* they may be freed on return */
    m->engine = engine;
    m->recipe = r;
    check_imports(w, m->m, &r);
    EXPECT(w, wx_module_stats(m->m).functions == PRIM_COUNT, NULL);
}

/* A module with some bytes changed or missing: accepted or refused, and freed. */
void op_corrupt(struct world *w, int store)
{
    int engine = world_pick_engine(w);
    struct recipe r = recipe_pick(&w->d);
    wx_module *m = NULL;
    wx_error err;
    (void)store;
    if (engine == NOWHERE)
        return;
    struct bytes b = recipe_module(&r, w->arena);
    uint32_t len = dna_chance(&w->d, 64) ? (uint32_t)dna_bits(&w->d, 2) % b.len : b.len;
    for (uint32_t n = dna_below(&w->d, 4); n > 0; n--)
        b.at[dna_bits(&w->d, 2) % b.len] = dna_u8(&w->d);
    wx_status status = wx_module_new(w->engines[engine].e, b.at, len, &m, &err);
    bool failing = w->failing != NOWHERE && status == WX_EXHAUSTED;
    EXPECT(w, failing || status == WX_OK || status == WX_MALFORMED || status == WX_INVALID,
           &err);
    EXPECT(w, (status == WX_OK) == (m != NULL), &err);
    world_stats.ended[status]++;
    if (status == WX_OK && dna_chance(&w->d, 128))
        world_ok(w, wx_module_prepare(m, &err), &err);
    wx_module_free(m);
}

void op_prepare(struct world *w, int store)
{
    const struct world_module *m = &w->modules[dna_below(&w->d, MODULES)];
    wx_error err;
    (void)store;
    if (m->m == NULL || !world_ok(w, wx_module_prepare(m->m, &err), &err))
        return;
    wx_stats s = wx_module_stats(m->m);
    EXPECT(w, s.compiled + s.translated >= s.functions, NULL);
    EXPECT(w, s.compiled <= s.functions && s.translated <= s.functions, NULL);
}

/* ---- functions and references of the host -------------------------------------------------- */

static void finalize(void *env)
{
    struct world **w = env;
    ++(*w)->finalized;
    free(env);
}

/* What the engine keeps for us, and gives to finalize: the world and a number. */
static void *env_new(struct world *w, int number)
{
    struct {
        struct world *w;
        int number;
    } *env = malloc(sizeof *env);
    if (env == NULL)
        abort();
    env->w = w;
    env->number = number;
    return env;
}

void op_host_func(struct world *w, int store)
{
    static const wx_valtype i64[] = { WX_I64 };
    wx_functype t = { i64, 1, i64, 1 };
    wx_func *f = NULL;
    wx_error err;
    void *env = env_new(w, store);
    if (world_free_slot(w->funcs, FUNCS, sizeof *w->funcs) == NOWHERE ||
        !world_ok(w, wx_func_new(w->stores[store].s, t, call_host, env, finalize, &f, &err),
                  &err)) {
        free(env);
        return;
    }
    w->stores[store].finalizers++;
    EXPECT(w, wx_func_type(f).nparams == 1 && wx_func_type(f).results[0] == WX_I64, NULL);
    world_add_func(w, f, store, PRIM_NONE, NOWHERE);
}

void op_reference(struct world *w, int store)
{
    int at = world_free_slot(w->refs, REFS, sizeof *w->refs);
    wx_error err;
    if (at == NOWHERE)
        return;
    struct world_ref *r = &w->refs[at];
    void *data = env_new(w, at);
    if (!world_ok(w, wx_ref_extern_new(w->stores[store].s, data, finalize, &r->r, &err),
                  &err)) {
        free(data);
        return;
    }
    w->stores[store].finalizers++;
    r->data = data;
    r->store = store;
    EXPECT(w, wx_ref_func(r->r) == NULL, NULL);
}

/* ---- memories, tables, globals ------------------------------------------------------------- */

void op_memory(struct world *w, int store)
{
    int at = world_free_slot(w->memories, MEMORIES, sizeof *w->memories);
    wx_error err;
    if (at == NOWHERE)
        return;
    struct world_memory m = { .store = store, .has_max = dna_u8(&w->d) & 1 };
    uint64_t min = dna_below(&w->d, 6);
    m.max = m.has_max ? min + dna_below(&w->d, 6) : 0;
    bool fits = min == 0 || model_memory_grows(w, &m, min);
    struct outcome want = { fits ? WX_OK : WX_EXHAUSTED, WX_TRAP_NONE };
    wx_memorytype t = { { min, m.max, m.has_max } };
    wx_status status = wx_memory_new(w->stores[store].s, t, &m.m, &err);
    if (!world_ended(w, status, &err, want) || status != WX_OK)
        return;
    m.pages = min;
    m.shadow = calloc(PAGES, PAGE);
    if (m.shadow == NULL)
        abort();
    w->memories[at] = m;
    EXPECT(w, wx_memory_type(m.m).limits.min == min, NULL);
}

static wx_value pick_ref(struct world *w, int store, bool is_func)
{
    int at = is_func ? NOWHERE : world_pick_ref(w, store);
    if (is_func)
        return world_value(w, store, 'r');
    bool null = at == NOWHERE || dna_chance(&w->d, 80);
    return (wx_value){ .type = WX_EXTERNREF, .of.ref = null ? NULL : w->refs[at].r };
}

void op_table(struct world *w, int store)
{
    int at = world_free_slot(w->tables, TABLES, sizeof *w->tables);
    wx_error err;
    if (at == NOWHERE)
        return;
    struct world_table t = { .store = store, .has_max = dna_u8(&w->d) & 1 };
    t.is_func = !dna_chance(&w->d, 80);
    uint64_t min = dna_below(&w->d, 24);
    t.max = t.has_max ? min + dna_below(&w->d, 16) : 0;
    wx_value init = pick_ref(w, store, t.is_func);
    bool fits = min == 0 || model_table_grows(w, &t, min);
    struct outcome want = { fits ? WX_OK : WX_EXHAUSTED, WX_TRAP_NONE };
    wx_tabletype type = { init.type, { min, t.max, t.has_max } };
    wx_status status = wx_table_new(w->stores[store].s, type, init, &t.t, &err);
    if (!world_ended(w, status, &err, want) || status != WX_OK)
        return;
    for (t.size = 0; t.size < min; t.size++)
        t.elems[t.size] = init.of.ref;
    w->tables[at] = t;
}

static wx_value any_value(struct world *w, int store)
{
    static const wx_valtype types[] = { WX_I64, WX_I32, WX_F32, WX_F64, WX_V128 };
    uint32_t kind = dna_below(&w->d, 7);
    if (kind >= 5)
        return pick_ref(w, store, kind == 5);
    wx_value v = { .type = types[kind] };
    uint64_t bits = dna_bits(&w->d, 8);
    memcpy(&v.of, &bits, kind == 1 || kind == 2 ? 4 : 8);
    return v;
}

void op_global(struct world *w, int store)
{
    int at = world_free_slot(w->globals, GLOBALS, sizeof *w->globals);
    wx_error err;
    if (at == NOWHERE)
        return;
    struct world_global g = { .store = store, .mut = !dna_chance(&w->d, 64) };
    g.value = any_value(w, store);
    wx_globaltype t = { g.value.type, g.mut };
    if (world_ok(w, wx_global_new(w->stores[store].s, t, g.value, &g.g, &err), &err))
        w->globals[at] = g;
}

void op_set_global(struct world *w, int store)
{
    int at = world_pick_global(w, store);
    wx_error err;
    if (at == NOWHERE)
        return;
    struct world_global *g = &w->globals[at];
    wx_value v = any_value(w, store);
    bool good = g->mut && v.type == g->value.type;
    wx_status status = wx_global_set(g->g, v, &err);
    EXPECT(w, status == (good ? WX_OK : WX_MISUSE), &err);
    if (good)
        g->value = v;
}

void op_set_table(struct world *w, int store)
{
    int at = world_pick_table(w, store);
    wx_error err;
    if (at == NOWHERE)
        return;
    struct world_table *t = &w->tables[at];
    bool is_func = dna_chance(&w->d, 24) != t->is_func;
    wx_value v = pick_ref(w, store, is_func);
    uint64_t i = dna_below(&w->d, (uint32_t)t->size + 2);
    bool good = i < t->size && is_func == t->is_func;
    wx_status status = wx_table_set(t->t, i, v, &err);
    EXPECT(w, status == (good ? WX_OK : WX_MISUSE), &err);
    if (good)
        t->elems[i] = v.of.ref;
}

/* ---- growth and writing from outside ------------------------------------------------------- */

void op_grow_memory(struct world *w, int store)
{
    static const uint64_t deltas[] = { 1, 0, 2, 5, 65535, 65536, UINT32_MAX, UINT64_MAX };
    int at = world_pick_memory(w, store);
    uint64_t delta = deltas[dna_below(&w->d, COUNT(deltas))], old = 77;
    if (at == NOWHERE)
        return;
    struct world_memory *m = &w->memories[at];
    const uint8_t *data = wx_memory_data(m->m);
    bool grows = model_memory_grows(w, m, delta);
    EXPECT(w, wx_memory_grow(m->m, delta, &old) == grows, NULL);
    EXPECT(w, old == (grows ? m->pages : 77), NULL);
    EXPECT(w, wx_memory_data(m->m) == data, NULL);
    m->pages += grows ? delta : 0;
}

void op_grow_table(struct world *w, int store)
{
    static const uint64_t deltas[] = { 1, 0, 3, 10, 30, UINT32_MAX, UINT64_MAX };
    int at = world_pick_table(w, store);
    uint64_t delta = deltas[dna_below(&w->d, COUNT(deltas))], old = 77;
    if (at == NOWHERE)
        return;
    struct world_table *t = &w->tables[at];
    bool is_func = dna_chance(&w->d, 16) != t->is_func;
    wx_value init = pick_ref(w, store, is_func);
    bool grows = is_func == t->is_func && model_table_grows(w, t, delta);
    bool grew = wx_table_grow(t->t, delta, init, &old);
    EXPECT(w, grew == grows || (grows && w->failing != NOWHERE), NULL);
    EXPECT(w, old == (grew ? t->size : 77), NULL);
    for (; grew && delta > 0; delta--)
        t->elems[t->size++] = init.of.ref;
}

void op_write(struct world *w, int store)
{
    int at = world_pick_memory(w, store);
    uint64_t value = dna_bits(&w->d, 8), place = dna_bits(&w->d, 3);
    if (at == NOWHERE || w->memories[at].pages == 0)
        return;
    struct world_memory *m = &w->memories[at];
    place %= m->pages * PAGE - 7;
    memcpy(wx_memory_data(m->m) + place, &value, sizeof value);
    model_write(m, place, &value, sizeof value);
}
