/* test_store.c - engine, modcode, store, instance, linking, constant expressions.
 *
 * The tiers are made here: they record what the runtime asks of them and run nothing. */
#include "runtime/engine.h"
#include "runtime/objects.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- tiers that record --------------------------------------------------------------- */

/* What happened in each tier since the last world_new. */
static struct {
    int engines, modules, funcs, prepared, called;
    uint32_t last_called;
    enum trap result;
    bool declines;
} seen[TIER_COUNT];

enum { STATE = 100 };

static bool interp_engine_init(struct engine *e)
{
    e->tier_state[TIER_INTERP] = heap_alloc(&e->heap, STATE);
    seen[TIER_INTERP].engines += e->tier_state[TIER_INTERP] != NULL;
    return e->tier_state[TIER_INTERP] != NULL;
}

static void interp_engine_free(struct engine *e)
{
    heap_free(&e->heap, e->tier_state[TIER_INTERP], STATE);
    seen[TIER_INTERP].engines--;
}

static bool interp_module_init(struct modcode *c)
{
    c->cell_map = heap_alloc(&c->engine->heap, STATE);
    seen[TIER_INTERP].modules += c->cell_map != NULL;
    return c->cell_map != NULL;
}

static void interp_module_free(struct modcode *c)
{
    heap_free(&c->engine->heap, c->cell_map, STATE);
    seen[TIER_INTERP].modules--;
}

static bool baseline_module_init(struct modcode *c)
{
    c->chunk = heap_alloc(&c->engine->heap, STATE);
    seen[TIER_BASELINE].modules += c->chunk != NULL;
    return c->chunk != NULL;
}

static void baseline_module_free(struct modcode *c)
{
    heap_free(&c->engine->heap, c->chunk, STATE);
    seen[TIER_BASELINE].modules--;
}

static bool baseline_func_init(struct func *f)
{
    static void *const entry = NULL;
    assert_non_null(f->instance);
    assert_non_null(f->type);
    seen[TIER_BASELINE].funcs++;
    f->entry = &entry;
    return true;
}

static bool baseline_prepare(struct fncode *fn, struct fail *f)
{
    seen[TIER_BASELINE].prepared++;
    if (seen[TIER_BASELINE].declines) {
        fn->declined = true;
        return fail_at(f, FAIL_USAGE, FAIL_NO_OFFSET, "declined");
    }
    atomic_store(&fn->compiled, (void *)fn);
    return true;
}

static enum trap record_call(enum tier_id t, struct func *f)
{
    seen[t].called++;
    seen[t].last_called = f->index;
    f->store->exec.trap.kind = seen[t].result;
    return seen[t].result;
}

static enum trap interp_call(struct func *f, uint64_t *slots)
{
    (void)slots;
    return record_call(TIER_INTERP, f);
}

static enum trap baseline_call(struct func *f, uint64_t *slots)
{
    (void)slots;
    return record_call(TIER_BASELINE, f);
}

static const struct tier interp = { .name = "interp",
                                    .id = TIER_INTERP,
                                    .engine_init = interp_engine_init,
                                    .engine_free = interp_engine_free,
                                    .module_init = interp_module_init,
                                    .module_free = interp_module_free,
                                    .call = interp_call };
static const struct tier baseline = { .name = "baseline",
                                      .id = TIER_BASELINE,
                                      .module_init = baseline_module_init,
                                      .module_free = baseline_module_free,
                                      .func_init = baseline_func_init,
                                      .prepare = baseline_prepare,
                                      .call = baseline_call };
static const struct tier *const both[TIER_COUNT] = { &interp, &baseline };
static const struct tier *const only_interp[TIER_COUNT] = { &interp };
static const struct tier *const only_baseline[TIER_COUNT] = { [TIER_BASELINE] = &baseline };

/* ---- worlds -------------------------------------------------------------------------- */

struct bytes {
    uint8_t at[4096];
    size_t len;
};

static struct bytes read_module(const char *name)
{
    struct bytes b;
    char path[1000];
    snprintf(path, sizeof path, "%s/store_%s.wasm", WX_TEST_MODULES, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    b.len = fread(b.at, 1, sizeof b.at, f);
    fclose(f);
    assert_true(b.len > 8 && b.len < sizeof b.at);
    return b;
}

/* An engine, a store, a module and what it imports. */
struct world {
    struct engine *engine;
    struct store *store;
    struct modcode *code;
    struct extern_val imports[5];
    struct fail fail;
};

static struct engine *new_engine(struct config config, struct fail *f)
{
    config.features = features_of_level(2);
    return engine_new(&config, both, f);
}

static void load(struct world *w, const char *name)
{
    struct bytes b = read_module(name);
    struct module *m = module_load(&w->engine->heap, w->engine->types,
                                   w->engine->config.features, b.at, b.len, &w->fail);
    if (m == NULL)
        fail_msg("%s: %s", name, w->fail.text);
    w->code = modcode_new(w->engine, m);
    assert_non_null(w->code);
}

static void world_new(struct world *w, const char *module, struct config config)
{
    memset(seen, 0, sizeof seen);
    memset(w, 0, sizeof *w);
    w->engine = new_engine(config, &w->fail);
    assert_non_null(w->engine);
    w->store = store_new(w->engine);
    assert_non_null(w->store);
    load(w, module);
}

static void world_free(struct world *w)
{
    store_free(w->store);
    modcode_free(w->code);
    engine_free(w->engine);
    assert_int_equal(seen[TIER_INTERP].modules, 0);
    assert_int_equal(seen[TIER_BASELINE].modules, 0);
    assert_int_equal(seen[TIER_INTERP].engines, 0);
}

static struct instance *instantiate(struct world *w)
{
    return instance_new(w->store, w->code, w->imports, &w->fail);
}

/* ---- objects to import --------------------------------------------------------------- */

static enum trap host(void *env, struct func *self, struct instance *caller,
                      uint64_t *slots)
{
    (void)env;
    (void)self;
    (void)caller;
    (void)slots;
    return TRAP_NONE;
}

static struct extern_val a_func(struct store *s, valtype param, valtype result)
{
    const struct type *t = types_func(s->engine->types, &param, 1, &result, 1);
    struct extern_val v = { .kind = EXTERN_FUNC };
    v.u.func = func_new_host(s, t, host, NULL, NULL);
    assert_non_null(v.u.func);
    return v;
}

/* max 0: none. */
static struct limits limits(uint64_t min, uint64_t max)
{
    return (struct limits){ .min = min, .max = max, .has_max = max != 0 };
}

static struct extern_val a_table(struct store *s, valtype elem, uint64_t min, uint64_t max)
{
    struct fail f = { .kind = FAIL_NONE };
    struct extern_val v = { .kind = EXTERN_TABLE };
    v.u.table = table_new(s, (struct table_type){ elem, limits(min, max) }, 0, &f);
    assert_non_null(v.u.table);
    return v;
}

static struct extern_val a_memory(struct store *s, uint64_t min, uint64_t max)
{
    struct fail f = { .kind = FAIL_NONE };
    struct extern_val v = { .kind = EXTERN_MEMORY };
    v.u.memory = memory_new(s, (struct memory_type){ limits(min, max), 16 }, &f);
    assert_non_null(v.u.memory);
    return v;
}

static struct extern_val a_global(struct store *s, valtype type, bool mutable_,
                                  uint64_t value)
{
    uint64_t words[2] = { value, 0 };
    struct extern_val v = { .kind = EXTERN_GLOBAL };
    v.u.global = global_new(s, (struct global_type){ type, mutable_ }, words);
    assert_non_null(v.u.global);
    return v;
}

/* ---- instances ----------------------------------------------------------------------- */

static void objects_world(struct world *w)
{
    world_new(w, "objects", (struct config){ .policy = POLICY_TIERED });
    w->imports[0] = a_global(w->store, VT_I32, false, 2);
    w->imports[1] = a_func(w->store, VT_I32, VT_I32);
}

static uint64_t global_value(const struct instance *i, uint32_t index)
{
    const struct module *m = i->module;
    if (index >= m->nimported_globals)
        assert_ptr_equal(i->globals[index],
                         (const uint8_t *)i + instance_global_offset(m, index));
    return i->globals[index]->value[0];
}

static void globals_have_their_values(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    const struct instance *i = instantiate(&w);
    assert_non_null(i);
    assert_int_equal(global_value(i, 0), 2);
    assert_int_equal(global_value(i, 1), 0xFFFFFFFB);
    assert_int_equal(global_value(i, 2), 0x123456789abcdef0);
    assert_int_equal(global_value(i, 3), 0x3FC00000);
    assert_int_equal(global_value(i, 4), UINT64_C(1) << 63);
    assert_int_equal(global_value(i, 5), 2);
    assert_int_equal(global_value(i, 6), (uintptr_t)i->funcs[2]);
    assert_int_equal(global_value(i, 7), 0);
    assert_true(i->globals[1]->mutable_ && !i->globals[2]->mutable_);
    assert_ptr_equal(i->globals[0], w.imports[0].u.global);
    world_free(&w);
}

/* Function 0 is the imported one, 1 to 3 are $one to $three. */
static void tables_and_segments_are_filled_in(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    const struct instance *i = instantiate(&w);
    assert_non_null(i);
    const struct func *const expected[6] = { i->funcs[3], NULL, i->funcs[1],
                                             i->funcs[0], NULL, NULL };
    assert_ptr_equal(i->table0, i->tables[0]);
    assert_int_equal(i->tables[0]->size, 6);
    assert_int_equal(i->tables[0]->max, 9);
    for (int k = 0; k < 6; k++)
        assert_int_equal(i->tables[0]->elems[k], (uintptr_t)expected[k]);
    assert_int_equal(i->tables[1]->size, 2);
    static const uint32_t lens[] = { 0, 3, 0, 0, 2 };
    for (size_t k = 0; k < COUNT(lens); k++)
        assert_int_equal(i->elems[k].len, lens[k]);
    assert_int_equal(i->elems[1].refs[0], (uintptr_t)i->funcs[2]);
    assert_int_equal(i->elems[1].refs[2], (uintptr_t)i->funcs[2]);
    assert_int_equal(i->elems[4].refs[0], 0);
    assert_int_equal(i->elems[4].refs[1], (uintptr_t)i->funcs[1]);
    world_free(&w);
}

static void memories_have_their_data(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    const struct instance *i = instantiate(&w);
    assert_non_null(i);
    assert_ptr_equal(i->memory0, i->memories[0]);
    assert_ptr_equal(i->mem0, i->memory0->base);
    assert_int_equal(i->memory0->pages, 2);
    assert_int_equal(i->memory0->max_pages, 5);
    assert_memory_equal(i->mem0 + 65529, "\0across pages\0", 14);
    assert_int_equal(i->datas[0].len, 0);
    assert_int_equal(i->datas[1].len, 7);
    assert_memory_equal(i->datas[1].bytes, "passive", 7);
    world_free(&w);
}

static void functions_are_contiguous_and_prepared(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    struct instance *i = instantiate(&w);
    assert_non_null(i);
    assert_ptr_equal(i->funcs[0], w.imports[1].u.func);
    assert_ptr_equal(i->funcs[0]->instance, w.store->host_instance);
    assert_ptr_equal(w.store->host_instance->exec, &w.store->exec);
    for (uint32_t k = 1; k < 4; k++) {
        const struct func *f = i->funcs[k];
        assert_ptr_equal(f, &i->own_funcs[k - 1]);
        assert_int_equal(f->header, OBJECT_FUNC);
        assert_ptr_equal(f->instance, i);
        assert_ptr_equal(f->code, &w.code->fns[k - 1]);
        assert_int_equal(f->index, k);
        assert_int_equal(f->code->func, k);
        assert_int_equal(f->type_id, f->type->id);
        assert_non_null(f->entry);
    }
    assert_int_equal(seen[TIER_BASELINE].funcs, 4);
    world_free(&w);
}

static void exports_are_the_objects_themselves(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    struct instance *i = instantiate(&w);
    assert_non_null(i);
    const struct module *m = i->module;
    assert_ptr_equal(instance_export(i, module_export(m, "one", 3)).u.func, i->funcs[1]);
    assert_ptr_equal(instance_export(i, module_export(m, "host", 4)).u.func, i->funcs[0]);
    assert_ptr_equal(instance_export(i, module_export(m, "t", 1)).u.table, i->table0);
    assert_ptr_equal(instance_export(i, module_export(m, "memory", 6)).u.memory,
                     i->memory0);
    assert_ptr_equal(instance_export(i, module_export(m, "a", 1)).u.global, i->globals[1]);
    assert_ptr_equal(instance_export(i, module_export(m, "base", 4)).u.global,
                     i->globals[0]);
    world_free(&w);
}

static void start_runs_once_after_the_segments(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    assert_non_null(instantiate(&w));
    assert_int_equal(seen[TIER_INTERP].called, 1);
    assert_int_equal(seen[TIER_INTERP].last_called, 3);
    seen[TIER_INTERP].result = TRAP_UNREACHABLE;
    const struct instance *last = w.store->instances;
    assert_null(instantiate(&w));
    assert_int_equal(w.fail.kind, FAIL_TRAP);
    assert_string_equal(w.fail.text, "unreachable");
    assert_ptr_not_equal(w.store->instances, last);
    assert_ptr_equal(w.store->instances->next, last);
    world_free(&w);
}

static void instances_of_a_module_are_apart(void **state)
{
    (void)state;
    struct world w;
    objects_world(&w);
    struct instance *a = instantiate(&w), *b = instantiate(&w);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a->mem0, b->mem0);
    assert_ptr_not_equal(a->funcs[1], b->funcs[1]);
    assert_ptr_equal(a->funcs[1]->code, b->funcs[1]->code);
    a->mem0[0] = 1;
    a->globals[1]->value[0] = 1;
    assert_int_equal(b->mem0[0], 0);
    assert_int_equal(global_value(b, 1), 0xFFFFFFFB);
    world_free(&w);
}

/* ---- segments that trap -------------------------------------------------------------- */

static void an_element_segment_that_traps_keeps_what_came_before(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, "traps", (struct config){ .policy = POLICY_INTERP });
    w.imports[0] = a_table(w.store, VT_FUNCREF, 4, 0);
    w.imports[1] = a_memory(w.store, 1, 0);
    const struct table *t = w.imports[0].u.table;
    assert_null(instantiate(&w));
    assert_int_equal(w.fail.kind, FAIL_TRAP);
    assert_int_equal(w.store->exec.trap.kind, TRAP_TABLE_BOUNDS);
    assert_string_equal(w.fail.text,
                        "out of bounds table access: index 3, 2 elements, table of 4");
    struct instance *i = w.store->instances;
    assert_int_equal(t->elems[0], (uintptr_t)i->funcs[0]);
    assert_int_equal(t->elems[3], (uintptr_t)i->funcs[0]);
    assert_int_equal(t->elems[1], 0);
    assert_int_equal(w.imports[1].u.memory->base[0], 0);
    /* What the table holds can be called. */
    uint64_t slots[1] = { 0 };
    assert_int_equal(func_call((struct func *)(uintptr_t)t->elems[3], slots), TRAP_NONE);
    assert_int_equal(seen[TIER_INTERP].called, 1);
    world_free(&w);
}

static void a_data_segment_that_traps_keeps_what_came_before(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, "trap_data", (struct config){ .policy = POLICY_INTERP });
    w.imports[0] = a_table(w.store, VT_FUNCREF, 4, 0);
    w.imports[1] = a_memory(w.store, 1, 0);
    const uint8_t *m = w.imports[1].u.memory->base;
    assert_null(instantiate(&w));
    assert_int_equal(w.store->exec.trap.kind, TRAP_MEMORY_BOUNDS);
    assert_string_equal(w.fail.text,
                        "out of bounds memory access: address 0xffff, 2 bytes, "
                        "memory of 65536 bytes");
    assert_memory_equal(m + 10, "first", 5);
    assert_int_equal(m[20], 0);
    assert_int_equal(m[65535], 0);
    assert_int_not_equal(w.imports[0].u.table->elems[2], 0);
    assert_int_equal(seen[TIER_INTERP].called, 0);
    world_free(&w);
}

/* ---- linking ------------------------------------------------------------------------- */

enum { FUNC, TABLE, MEMORY, CONSTANT, VARIABLE };

static struct extern_val good_import(struct store *s, int position)
{
    switch (position) {
    case FUNC: return a_func(s, VT_I32, VT_I64);
    case TABLE: return a_table(s, VT_FUNCREF, 3, 10);
    case MEMORY: return a_memory(s, 2, 4);
    case CONSTANT: return a_global(s, VT_I32, false, 0);
    default: return a_global(s, VT_I64, true, 0);
    }
}

static struct extern_val missing(struct store *s)
{
    (void)s;
    return (struct extern_val){ .kind = EXTERN_FUNC };
}

static struct extern_val other_func(struct store *s) { return a_func(s, VT_I64, VT_I64); }
static struct extern_val other_kind(struct store *s) { return a_memory(s, 2, 4); }
static struct extern_val small_table(struct store *s)
{
    return a_table(s, VT_FUNCREF, 2, 10);
}
static struct extern_val wide_table(struct store *s)
{
    return a_table(s, VT_FUNCREF, 3, 11);
}
static struct extern_val open_table(struct store *s)
{
    return a_table(s, VT_FUNCREF, 3, 0);
}
static struct extern_val large_table(struct store *s)
{
    return a_table(s, VT_FUNCREF, 9, 9);
}
static struct extern_val extern_table(struct store *s)
{
    return a_table(s, VT_EXTERNREF, 3, 10);
}
static struct extern_val grown_table(struct store *s)
{
    struct extern_val v = a_table(s, VT_FUNCREF, 1, 10);
    assert_int_equal(table_grow(v.u.table, 2, 0), 1);
    return v;
}
static struct extern_val small_memory(struct store *s) { return a_memory(s, 1, 4); }
static struct extern_val wide_memory(struct store *s) { return a_memory(s, 2, 5); }
static struct extern_val open_memory(struct store *s) { return a_memory(s, 2, 0); }
static struct extern_val large_memory(struct store *s) { return a_memory(s, 4, 4); }
static struct extern_val grown_memory(struct store *s)
{
    struct extern_val v = a_memory(s, 1, 4);
    assert_int_equal(memory_grow(v.u.memory, 1), 1);
    return v;
}
static struct extern_val an_i32(struct store *s) { return a_global(s, VT_I32, false, 0); }
static struct extern_val an_i64(struct store *s) { return a_global(s, VT_I64, false, 0); }
static struct extern_val a_mut_i32(struct store *s) { return a_global(s, VT_I32, true, 0); }

static const struct link_case {
    int position;
    struct extern_val (*provide)(struct store *);
    const char *text; /* NULL: it links */
} link_cases[] = {
    { FUNC, missing, "unknown import: function \"m\" \"func\"" },
    { VARIABLE, missing, "unknown import: global \"m\" \"variable\"" },
    { FUNC, other_func, "incompatible import type: function \"m\" \"func\"" },
    { FUNC, other_kind, "incompatible import type: function \"m\" \"func\"" },
    { TABLE, other_kind, "incompatible import type: table \"m\" \"table\"" },
    { TABLE, small_table, "incompatible import type: table \"m\" \"table\"" },
    { TABLE, wide_table, "incompatible import type: table \"m\" \"table\"" },
    { TABLE, open_table, "incompatible import type: table \"m\" \"table\"" },
    { TABLE, extern_table, "incompatible import type: table \"m\" \"table\"" },
    { TABLE, large_table, NULL },
    { TABLE, grown_table, NULL },
    { MEMORY, an_i32, "incompatible import type: memory \"m\" \"memory\"" },
    { MEMORY, small_memory, "incompatible import type: memory \"m\" \"memory\"" },
    { MEMORY, wide_memory, "incompatible import type: memory \"m\" \"memory\"" },
    { MEMORY, open_memory, "incompatible import type: memory \"m\" \"memory\"" },
    { MEMORY, large_memory, NULL },
    { MEMORY, grown_memory, NULL },
    { CONSTANT, an_i64, "incompatible import type: global \"m\" \"constant\"" },
    { CONSTANT, a_mut_i32, "incompatible import type: global \"m\" \"constant\"" },
    { CONSTANT, an_i32, NULL },
    { VARIABLE, an_i64, "incompatible import type: global \"m\" \"variable\"" },
    { VARIABLE, a_mut_i32, "incompatible import type: global \"m\" \"variable\"" },
};

static void imports_are_matched(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(link_cases); k++) {
        const struct link_case *c = &link_cases[k];
        struct world w;
        world_new(&w, "imports", (struct config){ .policy = POLICY_INTERP });
        for (int p = FUNC; p <= VARIABLE; p++)
            w.imports[p] = p == c->position ? c->provide(w.store) : good_import(w.store, p);
        const struct instance *i = instantiate(&w);
        if (c->text == NULL) {
            assert_non_null(i);
        } else {
            assert_null(i);
            assert_int_equal(w.fail.kind, FAIL_UNLINKABLE);
            assert_memory_equal(w.fail.text, c->text, strlen(c->text));
            assert_null(w.store->instances);
        }
        world_free(&w);
    }
}

static void imports_of_another_store_are_refused(void **state)
{
    (void)state;
    struct world w;
    for (int p = FUNC; p <= VARIABLE; p++) {
        world_new(&w, "imports", (struct config){ .policy = POLICY_INTERP });
        struct store *other = store_new(w.engine);
        for (int q = FUNC; q <= VARIABLE; q++)
            w.imports[q] = good_import(p == q ? other : w.store, q);
        assert_null(instantiate(&w));
        assert_int_equal(w.fail.kind, FAIL_USAGE);
        store_free(other);
        world_free(&w);
    }
}

/* ---- exhaustion ---------------------------------------------------------------------- */

/* Everything once, with the nth allocation refused.  True when all went well. */
static bool run_with_failure(int64_t n, struct bytes b)
{
    struct fail f = { .kind = FAIL_NONE };
    struct engine *e = new_engine((struct config){ .policy = POLICY_TIERED }, &f);
    assert_non_null(e);
    e->heap.fail_at = n;
    struct instance *i = NULL;
    struct store *s = NULL;
    struct modcode *c = NULL;
    struct module *m = module_load(&e->heap, e->types, e->config.features, b.at, b.len, &f);
    if (m != NULL && (c = modcode_new(e, m)) == NULL)
        module_free(m);
    if (c != NULL && (s = store_new(e)) != NULL)
        i = instance_new(s, c, NULL, &f);
    assert_true(i != NULL || s == NULL || f.kind == FAIL_EXHAUSTED);
    if (s != NULL) {
        assert_true(i != NULL || (s->memories.len == 0 && s->tables.len == 0));
        store_free(s);
    }
    if (c != NULL)
        modcode_free(c);
    engine_free(e);
    assert_int_equal(seen[TIER_INTERP].modules, 0);
    assert_int_equal(seen[TIER_BASELINE].modules, 0);
    return i != NULL;
}

/* A leak would show under the address sanitizer; a use of NULL anywhere. */
static void every_allocation_can_fail(void **state)
{
    (void)state;
    struct bytes b = read_module("small");
    int64_t n = 1;
    memset(seen, 0, sizeof seen);
    while (!run_with_failure(n, b))
        n++;
    assert_true(n > 5);
}

static void the_heap_is_empty_but_for_the_engine_in_the_end(void **state)
{
    (void)state;
    struct world w;
    memset(seen, 0, sizeof seen);
    memset(&w, 0, sizeof w);
    w.engine = new_engine((struct config){ .policy = POLICY_INTERP }, &w.fail);
    load(&w, "small");
    modcode_free(w.code);
    size_t before = w.engine->heap.bytes; /* the types stay registered */
    for (int k = 0; k < 10; k++) {
        load(&w, "small");
        w.store = store_new(w.engine);
        assert_non_null(instantiate(&w));
        store_free(w.store);
        modcode_free(w.code);
        assert_int_equal(w.engine->heap.bytes, before);
    }
    engine_free(w.engine);
}

static bool refuse(void *env, uint64_t current, uint64_t desired)
{
    (void)env;
    return desired - current == 0;
}

static void a_failed_instance_gives_back_what_it_made(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, "small", (struct config){ .policy = POLICY_INTERP });
    w.store->limiter = (struct limiter){ NULL, refuse, NULL };
    assert_null(instantiate(&w));
    assert_int_equal(w.fail.kind, FAIL_EXHAUSTED);
    assert_int_equal(w.store->tables.len, 0);
    assert_int_equal(w.store->memories.len, 0);
    assert_null(w.store->instances);
    world_free(&w);
}

static void count(void *env) { ++*(int *)env; }

static void finalizers_run_once_at_the_end(void **state)
{
    (void)state;
    int boxes = 0, funcs = 0;
    struct world w;
    world_new(&w, "small", (struct config){ .policy = POLICY_INTERP });
    const struct type *t = types_func(w.engine->types, NULL, 0, NULL, 0);
    for (int k = 0; k < 100; k++) {
        const struct extern_box *b = extern_new(w.store, &boxes, count);
        assert_int_equal(b->header, OBJECT_EXTERN);
        assert_non_null(func_new_host(w.store, t, host, &funcs, count));
    }
    assert_non_null(extern_new(w.store, NULL, NULL));
    assert_int_equal(boxes + funcs, 0);
    world_free(&w);
    assert_int_equal(boxes, 100);
    assert_int_equal(funcs, 100);
}

static void stores_start_with_a_value_stack_and_budgets(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, "small",
              (struct config){ .value_stack = 100000, .native_stack = 1 << 20 });
    const struct exec *x = &w.store->exec;
    assert_ptr_equal(x->value_top, x->value_base);
    assert_true((x->value_limit - x->value_base) * 8 >= 100000);
    x->value_base[0] = 1;
    x->value_limit[-1] = 1;
    assert_int_equal(x->stack_left, 50000);
    assert_ptr_equal(x->store, w.store);
    assert_null(x->top);
    world_free(&w);
}

/* ---- tiers --------------------------------------------------------------------------- */

static void a_policy_needs_its_tiers(void **state)
{
    (void)state;
    static const struct {
        enum tier_policy policy;
        const struct tier *const *tiers;
        bool possible;
    } cases[] = {
        { POLICY_INTERP, both, true },           { POLICY_INTERP, only_interp, true },
        { POLICY_INTERP, only_baseline, false }, { POLICY_BASELINE, only_baseline, true },
        { POLICY_BASELINE, only_interp, false }, { POLICY_TIERED, both, true },
        { POLICY_TIERED, only_interp, false },   { POLICY_MASK, both, true },
        { POLICY_MASK, only_baseline, false },
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct config c = { .policy = cases[k].policy };
        struct fail f = { .kind = FAIL_NONE };
        struct engine *e = engine_new(&c, cases[k].tiers, &f);
        assert_int_equal(e != NULL, cases[k].possible);
        assert_int_equal(f.kind, cases[k].possible ? FAIL_NONE : FAIL_USAGE);
        if (e != NULL)
            engine_free(e);
    }
}

static void the_policy_gives_each_function_its_first_tier(void **state)
{
    (void)state;
    struct engine e = { .config = { .policy = POLICY_MASK, .tier_mask = 5 } };
    assert_int_equal(engine_first_tier(&e, 0), TIER_BASELINE);
    assert_int_equal(engine_first_tier(&e, 1), TIER_INTERP);
    assert_int_equal(engine_first_tier(&e, 2), TIER_BASELINE);
    assert_int_equal(engine_first_tier(&e, 66), TIER_BASELINE);
    e.config.policy = POLICY_BASELINE;
    assert_int_equal(engine_first_tier(&e, 1), TIER_BASELINE);
    e.config.policy = POLICY_TIERED;
    assert_int_equal(engine_first_tier(&e, 0), TIER_INTERP);
}

static void the_interpreter_alone_needs_no_compiler(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, "small", (struct config){ .policy = POLICY_INTERP });
    const struct instance *i = instantiate(&w);
    assert_non_null(i);
    assert_null(w.engine->tiers[TIER_BASELINE]);
    assert_int_equal(seen[TIER_BASELINE].modules + seen[TIER_BASELINE].funcs, 0);
    engine_tier_up(i->funcs[0]->code);
    assert_int_equal(seen[TIER_BASELINE].prepared, 0);
    world_free(&w);
}

static void calls_go_to_the_tier_of_the_function(void **state)
{
    (void)state;
    struct world w;
    uint64_t slots[2] = { 0 };
    world_new(&w, "small", (struct config){ .policy = POLICY_MASK, .tier_mask = 1 });
    const struct instance *i = instantiate(&w);
    assert_non_null(i);
    func_call(i->funcs[0], slots);
    func_call(i->funcs[1], slots);
    assert_int_equal(seen[TIER_BASELINE].called, 1);
    assert_int_equal(seen[TIER_BASELINE].last_called, 0);
    assert_int_equal(seen[TIER_INTERP].called, 1);
    i->funcs[0]->code->declined = true;
    func_call(i->funcs[0], slots);
    assert_int_equal(seen[TIER_INTERP].called, 2);
    world_free(&w);
}

static void a_hot_function_moves_up_once(void **state)
{
    (void)state;
    struct world w;
    uint64_t slots[2] = { 0 };
    world_new(&w, "small", (struct config){ .policy = POLICY_TIERED, .call_threshold = 7 });
    const struct instance *i = instantiate(&w);
    assert_non_null(i);
    struct fncode *up = i->funcs[0]->code, *declined = i->funcs[1]->code;
    assert_int_equal(up->heat, 7);
    engine_tier_up(up);
    engine_tier_up(up);
    assert_int_equal(seen[TIER_BASELINE].prepared, 1);
    assert_int_equal(up->heat, UINT32_MAX);
    func_call(i->funcs[0], slots);
    assert_int_equal(seen[TIER_BASELINE].called, 1);
    seen[TIER_BASELINE].declines = true;
    engine_tier_up(declined);
    engine_tier_up(declined);
    assert_int_equal(seen[TIER_BASELINE].prepared, 2);
    func_call(i->funcs[1], slots);
    assert_int_equal(seen[TIER_INTERP].called, 1);
    world_free(&w);
}

/* ---- constant expressions ------------------------------------------------------------ */

/* Bytes of expressions, the `end` included; global 0 is an i32 of 40. */
static const struct const_case {
    const char *bytes;
    uint32_t len;
    uint64_t value;
} const_cases[] = {
#define EXPR(text) text, sizeof text - 1
    { EXPR("\x41\x7F\x0B"), 0xFFFFFFFF },
    { EXPR("\x41\x80\x80\x80\x80\x78\x0B"), 0x80000000 },
    { EXPR("\x42\x7F\x0B"), UINT64_MAX },
    { EXPR("\x43\x01\x02\x03\x84\x0B"), 0x84030201 },
    { EXPR("\x44\x01\x02\x03\x04\x05\x06\x07\x88\x0B"), 0x8807060504030201 },
    { EXPR("\x23\x00\x0B"), 40 },
    { EXPR("\xD0\x70\x0B"), 0 },
    { EXPR("\x23\x00\x41\x02\x6A\x0B"), 42 },
    { EXPR("\x41\x01\x41\x02\x6B\x0B"), 0xFFFFFFFF },
    { EXPR("\x41\x7F\x41\x7F\x6C\x0B"), 1 },
    { EXPR("\x42\x01\x42\x02\x7D\x0B"), UINT64_MAX },
    { EXPR("\x42\x03\x42\x7F\x7C\x42\x04\x7E\x0B"), 8 },
#undef EXPR
};

static void constant_expressions_have_values(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, "small", (struct config){ .policy = POLICY_INTERP });
    struct instance *i = instantiate(&w);
    assert_non_null(i);
    i->globals[0]->value[0] = 40;
    for (size_t k = 0; k < COUNT(const_cases); k++) {
        const struct const_case *c = &const_cases[k];
        struct const_expr e = { (const uint8_t *)c->bytes, c->len };
        uint64_t value[2] = { 1, 1 };
        assert_true(const_eval(i, e, value));
        assert_int_equal(value[0], c->value);
    }
    world_free(&w);
}

/* 1 + (1 + (1 + ...)): all operands are on the stack before the first addition. */
static void a_deep_constant_expression_has_a_value(void **state)
{
    (void)state;
    enum { DEPTH = 10000 };
    static uint8_t bytes[3 * DEPTH];
    uint8_t *p = bytes;
    struct world w;
    world_new(&w, "small", (struct config){ .policy = POLICY_INTERP });
    struct instance *i = instantiate(&w);
    assert_non_null(i);
    for (int k = 0; k < DEPTH; k++, p += 2)
        memcpy(p, "\x41\x01", 2);
    memset(p, 0x6A, DEPTH - 1);
    p += DEPTH - 1;
    *p++ = 0x0B;
    uint64_t value[2];
    struct const_expr e = { bytes, (uint32_t)(p - bytes) };
    assert_true(const_eval(i, e, value));
    assert_int_equal(value[0], DEPTH);
    w.engine->heap.fail_at = 1;
    assert_false(const_eval(i, e, value));
    w.engine->heap.fail_at = 0;
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globals_have_their_values),
        cmocka_unit_test(tables_and_segments_are_filled_in),
        cmocka_unit_test(memories_have_their_data),
        cmocka_unit_test(functions_are_contiguous_and_prepared),
        cmocka_unit_test(exports_are_the_objects_themselves),
        cmocka_unit_test(start_runs_once_after_the_segments),
        cmocka_unit_test(instances_of_a_module_are_apart),
        cmocka_unit_test(an_element_segment_that_traps_keeps_what_came_before),
        cmocka_unit_test(a_data_segment_that_traps_keeps_what_came_before),
        cmocka_unit_test(imports_are_matched),
        cmocka_unit_test(imports_of_another_store_are_refused),
        cmocka_unit_test(every_allocation_can_fail),
        cmocka_unit_test(the_heap_is_empty_but_for_the_engine_in_the_end),
        cmocka_unit_test(a_failed_instance_gives_back_what_it_made),
        cmocka_unit_test(finalizers_run_once_at_the_end),
        cmocka_unit_test(stores_start_with_a_value_stack_and_budgets),
        cmocka_unit_test(a_policy_needs_its_tiers),
        cmocka_unit_test(the_policy_gives_each_function_its_first_tier),
        cmocka_unit_test(the_interpreter_alone_needs_no_compiler),
        cmocka_unit_test(calls_go_to_the_tier_of_the_function),
        cmocka_unit_test(a_hot_function_moves_up_once),
        cmocka_unit_test(constant_expressions_have_values),
        cmocka_unit_test(a_deep_constant_expression_has_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
