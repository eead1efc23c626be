/* link.c - operations that make instances: directly or by a linker, well or badly linked.
 *
 * The outcome is predicted in the order of instantiation: arguments, linking, own objects, the
 * element segment, the data segment, the start function.  What happened before a trap stays. */
#include "api/world.h"
#include "base/compiler.h"
#include <stdlib.h>
#include <string.h>

enum { IMPORTS = 4 };

/* An instantiation: what is given, and what must come of it. */
struct plan {
    int store, at; /* the instance's slot */
    const struct world_module *module;
    const struct recipe *r;
    wx_extern imports[IMPORTS];
    uint32_t n;
    int callee, table, memory, global; /* slots of what is imported */
    bool linkable;
};

static const char *const names[IMPORTS] = { "callee", "table", "memory", "global" };

/* ---- what is imported ---------------------------------------------------------------------- */

static bool is_callee(const struct world_func *f)
{
    return f->prim == PRIM_NONE || f->prim == PRIM_host || f->prim == PRIM_deep;
}

static bool plan_func(struct world *w, struct plan *p)
{
    p->callee = world_pick_func(w, p->store);
    for (int k = 0; k < 8 && p->callee != NOWHERE && !is_callee(&w->funcs[p->callee]); k++)
        p->callee = world_pick_func(w, p->store);
    if (p->callee == NOWHERE)
        return false;
    p->linkable &= is_callee(&w->funcs[p->callee]);
    p->imports[p->n++] =
        (wx_extern){ .kind = WX_KIND_FUNC, .of.func = w->funcs[p->callee].f };
    return true;
}

static bool plan_table(struct world *w, struct plan *p)
{
    p->table = world_pick_table(w, p->store);
    if (p->table == NOWHERE)
        return false;
    const struct world_table *t = &w->tables[p->table];
    p->linkable &= t->is_func && t->size >= p->r->table_min;
    p->linkable &= !p->r->has_table_max || (t->has_max && t->max <= p->r->table_max);
    p->imports[p->n++] = (wx_extern){ .kind = WX_KIND_TABLE, .of.table = t->t };
    return true;
}

static bool plan_memory(struct world *w, struct plan *p)
{
    p->memory = world_pick_memory(w, p->store);
    if (p->memory == NOWHERE)
        return false;
    const struct world_memory *m = &w->memories[p->memory];
    p->linkable &= m->pages >= p->r->memory_min;
    p->linkable &= !p->r->has_memory_max || (m->has_max && m->max <= p->r->memory_max);
    p->imports[p->n++] = (wx_extern){ .kind = WX_KIND_MEMORY, .of.memory = m->m };
    return true;
}

static bool plan_global(struct world *w, struct plan *p)
{
    p->global = world_pick_global(w, p->store);
    for (int k = 0;
         k < 4 && p->global != NOWHERE && w->globals[p->global].value.type != WX_I64; k++)
        p->global = world_pick_global(w, p->store);
    if (p->global == NOWHERE)
        return false;
    p->linkable &= w->globals[p->global].mut && w->globals[p->global].value.type == WX_I64;
    p->imports[p->n++] =
        (wx_extern){ .kind = WX_KIND_GLOBAL, .of.global = w->globals[p->global].g };
    return true;
}

static int free_instance(const struct world *w)
{
    for (int k = 0; k < INSTANCES; k++)
        if (!w->instances[k].used)
            return k;
    return NOWHERE;
}

static bool has_slots(const struct world *w)
{
    int free_funcs = 0;
    for (int k = 0; k < FUNCS; k++)
        free_funcs += w->funcs[k].f == NULL;
    return free_funcs >= PRIM_COUNT + 1 &&
           world_free_slot(w->memories, MEMORIES, sizeof *w->memories) != NOWHERE &&
           world_free_slot(w->tables, TABLES, sizeof *w->tables) != NOWHERE &&
           world_free_slot(w->globals, GLOBALS, sizeof *w->globals) != NOWHERE;
}

/* A module of that engine, or NULL. */
static const struct world_module *pick_module(struct world *w, int engine)
{
    uint32_t first = dna_below(&w->d, MODULES);
    for (uint32_t k = 0; k < MODULES; k++) {
        const struct world_module *m = &w->modules[(first + k) % MODULES];
        if (m->m != NULL && m->engine == engine)
            return m;
    }
    return NULL;
}

/* Objects to import, where the store has none. */
static void make_imports(struct world *w, int store, const struct recipe *r)
{
    if (r->import_func && world_pick_func(w, store) == NOWHERE)
        op_host_func(w, store);
    if (r->import_table && world_pick_table(w, store) == NOWHERE)
        op_table(w, store);
    if (r->import_memory && world_pick_memory(w, store) == NOWHERE)
        op_memory(w, store);
    if (r->import_global && world_pick_global(w, store) == NOWHERE)
        op_global(w, store);
}

/* false: there is nothing to instantiate, or to import. */
static bool plan_new(struct world *w, int store, struct plan *p)
{
    const struct world_module *m = pick_module(w, w->stores[store].engine);
    if (m == NULL)
        return false;
    *p = (struct plan){ .store = store,
                        .at = free_instance(w),
                        .module = m,
                        .r = &m->recipe,
                        .linkable = true };
    p->callee = p->table = p->memory = p->global = NOWHERE;
    if (p->at == NOWHERE || !has_slots(w))
        return false;
    make_imports(w, store, p->r);
    return (!p->r->import_func || plan_func(w, p)) &&
           (!p->r->import_table || plan_table(w, p)) &&
           (!p->r->import_memory || plan_memory(w, p)) &&
           (!p->r->import_global || plan_global(w, p));
}

/* ---- what must come of it ------------------------------------------------------------------ */

static bool own_fit(const struct world *w, const struct plan *p)
{
    struct world_table t = { .store = p->store };
    struct world_memory m = { .store = p->store };
    return (p->r->import_table || model_table_grows(w, &t, p->r->table_min)) &&
           (p->r->import_memory || model_memory_grows(w, &m, p->r->memory_min));
}

static uint64_t table_size(const struct world *w, const struct plan *p)
{
    return p->table != NOWHERE ? w->tables[p->table].size : p->r->table_min;
}

static uint64_t memory_bytes(const struct world *w, const struct plan *p)
{
    return PAGE * (p->memory != NOWHERE ? w->memories[p->memory].pages : p->r->memory_min);
}

static struct outcome start_outcome(const struct world *w, const struct plan *p)
{
    const struct world_store *s = &w->stores[p->store];
    if (p->r->start != START_NONE && w->engines[s->engine].c.interruptible &&
        s->interrupted)
        return (struct outcome){ WX_TRAP, WX_TRAP_INTERRUPT };
    if (p->r->start == START_FAIL)
        return (struct outcome){ WX_TRAP, WX_TRAP_UNREACHABLE };
    if (p->r->start == START_POKE && memory_bytes(w, p) < 8)
        return (struct outcome){ WX_TRAP, WX_TRAP_MEMORY_BOUNDS };
    return (struct outcome){ WX_OK, WX_TRAP_NONE };
}

static bool elems_fit(const struct world *w, const struct plan *p)
{
    return (uint64_t)p->r->elem_at + p->r->elems <= table_size(w, p);
}

static bool data_fits(const struct world *w, const struct plan *p)
{
    return (uint64_t)p->r->data_at + RECIPE_DATA <= memory_bytes(w, p);
}

static struct outcome predict(const struct world *w, const struct plan *p)
{
    if (!p->linkable)
        return (struct outcome){ WX_UNLINKABLE, WX_TRAP_NONE };
    if (!own_fit(w, p))
        return (struct outcome){ WX_EXHAUSTED, WX_TRAP_NONE };
    if (!elems_fit(w, p))
        return (struct outcome){ WX_TRAP, WX_TRAP_TABLE_BOUNDS };
    if (!data_fits(w, p))
        return (struct outcome){ WX_TRAP, WX_TRAP_MEMORY_BOUNDS };
    return start_outcome(w, p);
}

/* ---- the instance's objects ---------------------------------------------------------------- */

/* What the element segment put into the table. */
static void note_elements(struct world *w, const struct plan *p)
{
    struct world_table *t = &w->tables[w->instances[p->at].table];
    for (uint32_t k = 0; k < p->r->elems; k++) {
        enum prim prim = k % 2 == 0 ? PRIM_constant : PRIM_self;
        wx_value v = { .of.ref = NULL };
        if (wx_table_get(t->t, p->r->elem_at + k, &v, NULL) != WX_OK)
            continue;
        wx_func *f = wx_ref_func(v.of.ref);
        int known = w->instances[p->at].funcs[prim];
        if (known != NOWHERE)
            EXPECT(w, w->funcs[known].f == f, NULL);
        else if (f != NULL && world_find_func(w, f) == NOWHERE)
            w->instances[p->at].funcs[prim] = world_add_func(w, f, p->store, prim, p->at);
        t->elems[p->r->elem_at + k] = v.of.ref;
    }
}

static wx_extern export_at(const struct world *w, const struct plan *p, size_t n)
{
    wx_extern x = { .kind = WX_KIND_FUNC };
    EXPECT(w, wx_instance_export_at(w->instances[p->at].i, n, &x), NULL);
    return x;
}

static void add_memory(struct world *w, const struct plan *p, wx_memory *m)
{
    int at = world_free_slot(w->memories, MEMORIES, sizeof *w->memories);
    w->memories[at] = (struct world_memory){ .m = m,
                                             .store = p->store,
                                             .pages = p->r->memory_min,
                                             .max = p->r->memory_max,
                                             .has_max = p->r->has_memory_max,
                                             .shadow = calloc(PAGES, PAGE) };
    if (w->memories[at].shadow == NULL)
        abort();
    w->instances[p->at].memory = at;
}

static void add_table(struct world *w, const struct plan *p, wx_table *t)
{
    int at = world_free_slot(w->tables, TABLES, sizeof *w->tables);
    w->tables[at] = (struct world_table){ .t = t,
                                          .store = p->store,
                                          .is_func = true,
                                          .has_max = p->r->has_table_max,
                                          .size = p->r->table_min,
                                          .max = p->r->table_max };
    w->instances[p->at].table = at;
}

static void add_global(struct world *w, const struct plan *p, wx_global *g)
{
    int at = world_free_slot(w->globals, GLOBALS, sizeof *w->globals);
    wx_value v = { .type = WX_I64, .of.i64 = p->r->k };
    w->globals[at] =
        (struct world_global){ .g = g, .store = p->store, .mut = true, .value = v };
    w->instances[p->at].global = at;
}

/* What is imported is exported as the same object; what is not, is new. */
static void note_exports(struct world *w, const struct plan *p)
{
    struct world_instance *i = &w->instances[p->at];
    for (uint32_t k = 0; k < PRIM_COUNT; k++)
        i->funcs[k] =
            world_add_func(w, export_at(w, p, k).of.func, p->store, (enum prim)k, p->at);
    wx_table *t = export_at(w, p, PRIM_COUNT).of.table;
    wx_memory *m = export_at(w, p, PRIM_COUNT + 1).of.memory;
    wx_global *g = export_at(w, p, PRIM_COUNT + 2).of.global;
    EXPECT(w, p->table == NOWHERE || w->tables[p->table].t == t, NULL);
    EXPECT(w, p->memory == NOWHERE || w->memories[p->memory].m == m, NULL);
    EXPECT(w, p->global == NOWHERE || w->globals[p->global].g == g, NULL);
    if (p->callee != NOWHERE)
        EXPECT(w, export_at(w, p, PRIM_COUNT + 3).of.func == w->funcs[p->callee].f, NULL);
    if (p->table == NOWHERE)
        add_table(w, p, t);
    if (p->memory == NOWHERE)
        add_memory(w, p, m);
    if (p->global == NOWHERE)
        add_global(w, p, g);
}

/* What segments and start function did, as far as they came. */
static void note_effects(struct world *w, const struct plan *p, bool all)
{
    static const uint8_t data[RECIPE_DATA] = { 0xD0, 0xD1, 0xD2, 0xD3 };
    const struct world_instance *i = &w->instances[p->at];
    struct outcome start = start_outcome(w, p);
    if (!elems_fit(w, p))
        return;
    if (i->table != NOWHERE)
        note_elements(w, p);
    if (i->memory == NOWHERE || !data_fits(w, p))
        return;
    model_write(&w->memories[i->memory], p->r->data_at, data, sizeof data);
    if (p->r->start == START_POKE && start.status == WX_OK && all)
        model_write(&w->memories[i->memory], 0, &p->r->k, sizeof p->r->k);
}

static void note(struct world *w, const struct plan *p, wx_instance *i, bool ran)
{
    struct world_instance *x = &w->instances[p->at];
    *x = (struct world_instance){ .i = i,
                                  .used = true,
                                  .store = p->store,
                                  .recipe = *p->r,
                                  .memory = p->memory,
                                  .table = p->table,
                                  .global = p->global,
                                  .callee = p->callee };
    memset(x->funcs, 0xFF, sizeof x->funcs);
    world_stats.instances += i != NULL;
    if (i != NULL) {
        note_exports(w, p);
        EXPECT(w, wx_instance_module(i) == p->module->m, NULL);
    }
    if (ran)
        note_effects(w, p, i != NULL);
}

/* Compares what came of it with what must, and changes the model. */
static void settle(struct world *w, const struct plan *p, struct outcome want,
                   wx_status status, wx_instance *i, const wx_error *err)
{
    bool as_predicted = world_ended(w, status, err, want);
    EXPECT(w, (status == WX_OK) == (i != NULL), err);
    if (!as_predicted) { /* memory ran out before or after the segments */
        w->instances[p->at] = (struct world_instance){ .used = true,
                                                       .store = p->store,
                                                       .recipe = *p->r,
                                                       .memory = NOWHERE,
                                                       .table = p->table };
        memset(w->instances[p->at].funcs, 0xFF, sizeof w->instances[p->at].funcs);
        if (p->table != NOWHERE)
            note_elements(w, p);
        model_adopt(w, p->store);
        return;
    }
    if (status == WX_OK || status == WX_TRAP)
        note(w, p, i, true);
}

static void give_fuel(struct world *w, int store)
{
    wx_store_set_fuel(w->stores[store].s, 300000);
}

void op_instance(struct world *w, int store)
{
    struct plan p;
    wx_instance *i = NULL;
    wx_error err;
    if (!plan_new(w, store, &p))
        return;
    struct outcome want = predict(w, &p);
    give_fuel(w, store);
    wx_status status =
        wx_instance_new(w->stores[store].s, p.module->m, p.imports, p.n, &i, &err);
    settle(w, &p, want, status, i, &err);
}

/* ---- by name ------------------------------------------------------------------------------- */

static wx_name name_of(const char *text) { return (wx_name){ text, strlen(text) }; }

/* Each import under its name, wrongly first; all but one when `forget` says so. */
static bool define(struct world *w, const struct plan *p, wx_linker *l, uint32_t forget)
{
    const bool imported[IMPORTS] = { p->r->import_func, p->r->import_table,
                                     p->r->import_memory, p->r->import_global };
    wx_error err;
    for (uint32_t k = 0, n = 0; k < IMPORTS; k++) {
        if (!imported[k])
            continue;
        const wx_extern *right = &p->imports[n],
                        *wrong = &p->imports[dna_below(&w->d, p->n)];
        wx_name name = name_of(names[k]);
        if (n++ == forget)
            continue;
        if (!world_ok(w, wx_linker_define(l, name_of("a"), name, *wrong, &err), &err) ||
            !world_ok(w, wx_linker_define(l, name_of("a"), name, *right, &err), &err))
            return false;
    }
    return true;
}

/* All exports of another instance; each is found again. */
static bool define_other(struct world *w, wx_linker *l, int store)
{
    const struct world_instance *i = &w->instances[dna_below(&w->d, INSTANCES)];
    wx_error err;
    wx_extern x, y;
    if (i->i == NULL || i->store != store)
        return true;
    if (!world_ok(w, wx_linker_define_instance(l, name_of("b"), i->i, &err), &err))
        return false;
    for (size_t n = 0; wx_instance_export_at(i->i, n, &x); n++) {
        wx_name name = wx_module_export(wx_instance_module(i->i), n).name;
        EXPECT(w, wx_linker_get(l, name_of("b"), name, &y), NULL);
        EXPECT(w, x.kind == y.kind && x.of.func == y.of.func, NULL);
    }
    EXPECT(w, !wx_linker_get(l, name_of("b"), name_of("none"), &y), NULL);
    return true;
}

static void link_with(struct world *w, struct plan *p, wx_linker *l)
{
    uint32_t forget = dna_chance(&w->d, 32) ? dna_below(&w->d, p->n + 1) : p->n;
    wx_instance *i = NULL;
    wx_error err;
    if (!define(w, p, l, forget) || !define_other(w, l, p->store))
        return;
    p->linkable &= forget == p->n;
    struct outcome want = predict(w, p);
    give_fuel(w, p->store);
    wx_status status = wx_linker_instantiate(l, p->module->m, &i, &err);
    settle(w, p, want, status, i, &err);
}

void op_linked(struct world *w, int store)
{
    struct plan p;
    wx_linker *l = NULL;
    wx_error err;
    if (!plan_new(w, store, &p) ||
        !world_ok(w, wx_linker_new(w->stores[store].s, &l, &err), &err))
        return;
    link_with(w, &p, l);
    wx_linker_free(l);
}

/* Every export of an instance, by number and by name. */
void op_exports(struct world *w, int store)
{
    const struct world_instance *i = &w->instances[dna_below(&w->d, INSTANCES)];
    wx_extern x, y;
    if (i->i == NULL || i->store != store)
        return;
    size_t n = 0;
    for (; wx_instance_export_at(i->i, n, &x); n++) {
        wx_export_info info = wx_module_export(wx_instance_module(i->i), n);
        EXPECT(w, wx_instance_export(i->i, info.name.at, info.name.len, &y), NULL);
        EXPECT(w, x.kind == y.kind && x.of.func == y.of.func && info.kind == x.kind, NULL);
    }
    EXPECT(w, n == wx_module_nexports(wx_instance_module(i->i)), NULL);
    EXPECT(w, !wx_instance_export(i->i, "none", 4, &y), NULL);
}
