/* test_api_store.c - objects of a store: limiter, memories, tables, globals, linker, budgets. */
#include "api_fixture.h"
#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct objects {
    wx_memory *memory;
    wx_table *table;
    wx_global *global, *constant;
    wx_instance *i;
};

static wx_limits limits(uint64_t min, uint64_t max)
{
    return (wx_limits){ min, max, true };
}

/* The instance of objects.wat with everything it imports. */
static struct objects objects(struct api *t)
{
    struct objects o;
    wx_value null = v_ref(WX_FUNCREF, NULL);
    api_ok(t, wx_memory_new(t->store, (wx_memorytype){ limits(2, 4) }, &o.memory, &t->err));
    api_ok(t, wx_table_new(t->store, (wx_tabletype){ WX_FUNCREF, { 3, 0, false } }, null,
                           &o.table, &t->err));
    api_ok(t, wx_global_new(t->store, (wx_globaltype){ WX_I64, true }, v_i64(-5), &o.global,
                            &t->err));
    api_ok(t, wx_global_new(t->store, (wx_globaltype){ WX_I32, false }, v_i32(33),
                            &o.constant, &t->err));
    wx_extern imports[] = { { WX_KIND_MEMORY, { .memory = o.memory } },
                            { WX_KIND_TABLE, { .table = o.table } },
                            { WX_KIND_GLOBAL, { .global = o.global } },
                            { WX_KIND_GLOBAL, { .global = o.constant } } };
    o.i = api_instance_with(t, "objects", imports, 4);
    return o;
}

/* ---- memories ------------------------------------------------------------------------ */

static void memory_is_shared_with_the_guest(struct api *t)
{
    struct objects o = objects(t);
    assert_ptr_equal(api_memory(o.i, "memory"), o.memory);
    assert_int_equal(wx_memory_size(o.memory), 2 * 65536);
    wx_memory_data(o.memory)[70000] = 200;
    assert_int_equal(api_call(t, api_func(o.i, "load"), v_i32(70000)), 200);
    wx_value args[] = { v_i32(9), v_i32(99) };
    api_ok(t, wx_func_call(api_func(o.i, "store"), args, 2, NULL, 0, &t->err));
    assert_int_equal(wx_memory_data(o.memory)[9], 99);
}

static void memory_grows_to_its_maximum(struct api *t)
{
    struct objects o = objects(t);
    uint64_t old = 0;
    assert_true(wx_memory_grow(o.memory, 1, &old));
    assert_int_equal(old, 2);
    assert_int_equal(api_call(t, api_func(o.i, "grow_memory"), v_i32(1)), 3);
    assert_int_equal(wx_memory_pages(o.memory), 4);
    assert_false(wx_memory_grow(o.memory, 1, &old));
    assert_false(wx_memory_grow(o.memory, UINT64_MAX, NULL));
    assert_int_equal(api_call(t, api_func(o.i, "grow_memory"), v_i32(1)), -1);
    assert_true(wx_memory_grow(o.memory, 0, NULL));
    wx_memorytype type = wx_memory_type(o.memory);
    assert_int_equal(type.limits.min, 2);
    assert_int_equal(type.limits.max, 4);
    assert_true(type.limits.has_max);
}

static void impossible_memories_are_misuse(struct api *t)
{
    wx_memory *m = NULL;
    api_expect(t, WX_MISUSE,
               wx_memory_new(t->store, (wx_memorytype){ limits(3, 2) }, &m, &t->err));
    api_expect(t, WX_MISUSE,
               wx_memory_new(t->store, (wx_memorytype){ limits(0, 65537) }, &m, &t->err));
    api_expect(
        t, WX_MISUSE,
        wx_memory_new(t->store, (wx_memorytype){ { 65537, 0, false } }, &m, &t->err));
    assert_null(m);
}

/* ---- tables -------------------------------------------------------------------------- */

static void table_is_shared_with_the_guest(struct api *t)
{
    struct objects o = objects(t);
    wx_value v, seven = v_ref(WX_FUNCREF, wx_ref_from_func(api_func(o.i, "seven")));
    api_ok(t, wx_table_set(o.table, 2, seven, &t->err));
    assert_int_equal(api_call(t, api_func(o.i, "call"), v_i32(2)), 7);
    api_ok(t, wx_table_get(o.table, 2, &v, &t->err));
    assert_value(v, seven);
    api_ok(t, wx_table_get(o.table, 0, &v, &t->err));
    assert_value(v, v_ref(WX_FUNCREF, NULL));
    assert_int_equal(wx_table_size(o.table), 3);
    assert_int_equal(wx_table_type(o.table).elem, WX_FUNCREF);
    assert_false(wx_table_type(o.table).limits.has_max);
}

static void table_grows(struct api *t)
{
    struct objects o = objects(t);
    wx_value v, seven = v_ref(WX_FUNCREF, wx_ref_from_func(api_func(o.i, "seven")));
    uint64_t old = 0;
    assert_true(wx_table_grow(o.table, 1000, seven, &old));
    assert_int_equal(old, 3);
    assert_int_equal(api_call(t, api_func(o.i, "call"), v_i32(1002)), 7);
    assert_int_equal(api_call(t, api_func(o.i, "grow_table"), v_i32(1)), 1003);
    api_ok(t, wx_table_get(o.table, 1003, &v, &t->err));
    assert_value(v, v_ref(WX_FUNCREF, NULL));

    wx_table *externs = api_table(o.i, "externs");
    wx_value null = v_ref(WX_EXTERNREF, NULL);
    assert_false(wx_table_grow(externs, 5, null, NULL));
    assert_false(wx_table_grow(externs, 1, v_ref(WX_FUNCREF, NULL), NULL));
    assert_true(wx_table_grow(externs, 4, null, NULL));
    assert_int_equal(wx_table_size(externs), 8);
}

static void wrong_table_accesses_are_misuse(struct api *t)
{
    struct objects o = objects(t);
    wx_value v;
    wx_table *table = NULL;
    wx_tabletype type = { WX_FUNCREF, { 1, 0, false } };
    api_expect(t, WX_MISUSE, wx_table_get(o.table, 3, &v, &t->err));
    api_expect(t, WX_MISUSE, wx_table_set(o.table, 3, v_ref(WX_FUNCREF, NULL), &t->err));
    api_expect(t, WX_MISUSE, wx_table_set(o.table, 0, v_ref(WX_EXTERNREF, NULL), &t->err));
    api_expect(t, WX_MISUSE, wx_table_set(o.table, 0, v_i32(0), &t->err));
    api_expect(t, WX_MISUSE, wx_table_new(t->store, type, v_i32(0), &table, &t->err));
    type.elem = WX_I32;
    api_expect(t, WX_MISUSE, wx_table_new(t->store, type, v_i32(0), &table, &t->err));
    assert_null(table);
}

static void extern_references_pass_through_tables(struct api *t)
{
    struct objects o = objects(t);
    int data;
    wx_value v;
    wx_value args[] = { v_i32(1), v_ref(WX_EXTERNREF, NULL) };
    api_ok(t, wx_ref_extern_new(t->store, &data, NULL, &args[1].of.ref, &t->err));
    api_ok(t, wx_func_call(api_func(o.i, "extern_set"), args, 2, NULL, 0, &t->err));
    api_ok(t, wx_func_call(api_func(o.i, "extern_get"), args, 1, &v, 1, &t->err));
    assert_ptr_equal(wx_ref_extern_data(v.of.ref), &data);
    api_ok(t, wx_table_get(api_table(o.i, "externs"), 1, &v, &t->err));
    assert_true(wx_ref_same(v.of.ref, args[1].of.ref));
}

/* They die with their store. */
static void extern_references_of_another_store_are_misuse(struct api *t)
{
    struct objects o = objects(t);
    struct api other;
    wx_value v = v_ref(WX_EXTERNREF, NULL);
    api_open(&other, t->tier, NULL);
    api_ok(t, wx_ref_extern_new(other.store, NULL, NULL, &v.of.ref, &t->err));
    wx_table *table = api_table(o.i, "externs");
    assert_int_equal(wx_table_set(table, 0, v, &t->err), WX_MISUSE);
    assert_false(wx_table_grow(table, 1, v, NULL));
    api_close(&other);
}

/* ---- globals ------------------------------------------------------------------------- */

static void globals_are_shared_with_the_guest(struct api *t)
{
    struct objects o = objects(t);
    wx_value v;
    api_ok(t, wx_func_call(api_func(o.i, "get"), NULL, 0, &v, 1, &t->err));
    assert_value(v, v_i64(-5));
    api_ok(t, wx_global_set(o.global, v_i64(INT64_MIN), &t->err));
    api_ok(t, wx_func_call(api_func(o.i, "get"), NULL, 0, &v, 1, &t->err));
    assert_value(v, v_i64(INT64_MIN));
    v = v_i64(12);
    api_ok(t, wx_func_call(api_func(o.i, "set"), &v, 1, NULL, 0, &t->err));
    assert_value(wx_global_get(o.global), v);

    wx_global *own = api_global(o.i, "own");
    assert_value(wx_global_get(own), v_f32(0x3FC00000));
    api_ok(t, wx_global_set(own, v_f32(0x7FA00001), &t->err));
    api_ok(t, wx_func_call(api_func(o.i, "own_get"), NULL, 0, &v, 1, &t->err));
    assert_value(v, v_f32(0x7FA00001));
    assert_value(wx_global_get(api_global(o.i, "copy")), v_i32(33));
    assert_true(wx_global_type(own).mut);
    assert_int_equal(wx_global_type(own).type, WX_F32);
}

static void wrong_global_accesses_are_misuse(struct api *t)
{
    struct objects o = objects(t);
    wx_global *g = NULL;
    wx_globaltype type = { WX_I32, true };
    api_expect(t, WX_MISUSE, wx_global_set(o.constant, v_i32(1), &t->err));
    api_expect(t, WX_MISUSE, wx_global_set(o.global, v_i32(1), &t->err));
    api_expect(t, WX_MISUSE, wx_global_new(t->store, type, v_i64(1), &g, &t->err));
    type.type = 77;
    api_expect(t, WX_MISUSE, wx_global_new(t->store, type, v_i64(1), &g, &t->err));
    assert_value(wx_global_get(o.constant), v_i32(33));
    assert_null(g);
}

/* ---- limits -------------------------------------------------------------------------- */

struct limit {
    uint64_t bytes, elements;
    uint64_t last_current, last_desired;
};

static bool limit_memory(void *env, uint64_t current, uint64_t desired)
{
    struct limit *l = env;
    l->last_current = current;
    l->last_desired = desired;
    return desired <= l->bytes;
}

static bool limit_table(void *env, uint64_t current, uint64_t desired)
{
    (void)current;
    return desired <= ((struct limit *)env)->elements;
}

static void limiter_is_asked(struct api *t)
{
    struct limit l = { .bytes = 3 * 65536, .elements = 5 };
    wx_limiter limiter = { &l, limit_memory, limit_table };
    wx_store_set_limiter(t->store, limiter);
    struct objects o = objects(t);
    assert_int_equal(api_call(t, api_func(o.i, "grow_memory"), v_i32(1)), 2);
    assert_int_equal(l.last_current, 2 * 65536);
    assert_int_equal(l.last_desired, 3 * 65536);
    assert_int_equal(api_call(t, api_func(o.i, "grow_memory"), v_i32(1)), -1);
    assert_false(wx_memory_grow(o.memory, 1, NULL));
    assert_int_equal(api_call(t, api_func(o.i, "grow_table"), v_i32(2)), 3);
    assert_int_equal(api_call(t, api_func(o.i, "grow_table"), v_i32(1)), -1);

    wx_memory *m = NULL;
    l.bytes = 65536;
    api_expect(t, WX_EXHAUSTED,
               wx_memory_new(t->store, (wx_memorytype){ limits(2, 2) }, &m, &t->err));
    wx_store_set_limiter(t->store, (wx_limiter){ NULL, NULL, NULL });
    assert_true(wx_memory_grow(o.memory, 1, NULL));
}

static void small_limits(wx_config *c)
{
    c->max_memory_bytes = 2 * 65536;
    c->max_table_elements = 4;
}

static void configured_limits_hold(struct api *t)
{
    struct api other;
    api_open(&other, t->tier, small_limits);
    struct objects o = objects(&other);
    assert_int_equal(api_call(&other, api_func(o.i, "grow_memory"), v_i32(1)), -1);
    assert_int_equal(api_call(&other, api_func(o.i, "grow_table"), v_i32(1)), 3);
    assert_int_equal(api_call(&other, api_func(o.i, "grow_table"), v_i32(1)), -1);
    api_close(&other);
}

/* ---- linking ------------------------------------------------------------------------- */

static void wrong_imports_are_told_apart(struct api *t)
{
    struct objects o = objects(t);
    wx_module *m = api_module(t, "objects");
    wx_instance *i = NULL;
    wx_extern imports[] = { { WX_KIND_MEMORY, { .memory = o.memory } },
                            { WX_KIND_TABLE, { .table = o.table } },
                            { WX_KIND_GLOBAL, { .global = o.constant } },
                            { WX_KIND_GLOBAL, { .global = o.constant } } };
    api_expect(t, WX_UNLINKABLE, wx_instance_new(t->store, m, imports, 4, &i, &t->err));
    assert_non_null(strstr(t->err.text, "incompatible import type"));
    api_expect(t, WX_MISUSE, wx_instance_new(t->store, m, imports, 3, &i, &t->err));
    imports[0].of.memory = NULL;
    api_expect(t, WX_MISUSE, wx_instance_new(t->store, m, imports, 4, &i, &t->err));

    struct api other;
    api_open(&other, t->tier, NULL);
    imports[0].of.memory = objects(&other).memory;
    api_expect(t, WX_MISUSE, wx_instance_new(t->store, m, imports, 4, &i, &t->err));
    api_expect(t, WX_MISUSE, wx_instance_new(other.store, m, NULL, 0, &i, &t->err));
    api_close(&other);
    wx_module_free(m);
    assert_null(i);
}

static void linker_finds_by_both_names(struct api *t)
{
    struct objects o = objects(t);
    wx_linker *l = NULL;
    wx_extern e;
    api_ok(t, wx_linker_new(t->store, &l, &t->err));
    assert_false(wx_linker_get(l, api_name("a"), api_name("bc"), &e));
    api_ok(t, wx_linker_define(l, api_name("a"), api_name("bc"),
                               (wx_extern){ WX_KIND_MEMORY, { .memory = o.memory } },
                               &t->err));
    assert_false(wx_linker_get(l, api_name("ab"), api_name("c"), &e));
    assert_true(wx_linker_get(l, api_name("a"), api_name("bc"), &e));
    assert_ptr_equal(e.of.memory, o.memory);
    api_ok(t,
           wx_linker_define(l, api_name("a"), api_name("bc"),
                            (wx_extern){ WX_KIND_TABLE, { .table = o.table } }, &t->err));
    assert_true(wx_linker_get(l, api_name("a"), api_name("bc"), &e));
    assert_int_equal(e.kind, WX_KIND_TABLE);

    wx_name nul = { "x\0y", 3 };
    api_ok(t, wx_linker_define(l, nul, (wx_name){ "", 0 }, e, &t->err));
    assert_true(wx_linker_get(l, nul, (wx_name){ "", 0 }, &e));
    assert_false(wx_linker_get(l, api_name("x"), (wx_name){ "", 0 }, &e));
    wx_linker_free(l);
}

static void linker_holds_many(struct api *t)
{
    struct objects o = objects(t);
    wx_linker *l = NULL;
    wx_extern e = { WX_KIND_GLOBAL, { .global = o.global } };
    api_ok(t, wx_linker_new(t->store, &l, &t->err));
    for (uint16_t n = 0; n < 1000; n++)
        api_ok(t,
               wx_linker_define(l, api_name("m"), (wx_name){ (char *)&n, 2 }, e, &t->err));
    for (uint16_t n = 0; n < 2000; n++)
        assert_int_equal(wx_linker_get(l, api_name("m"), (wx_name){ (char *)&n, 2 }, &e),
                         n < 1000);
    wx_linker_free(l);
}

static void linker_instantiates(struct api *t)
{
    struct objects o = objects(t);
    wx_linker *l = NULL;
    wx_instance *i = NULL;
    wx_module *m = api_module(t, "objects");
    api_ok(t, wx_linker_new(t->store, &l, &t->err));
    api_ok(t, wx_linker_define_instance(l, api_name("env"), o.i, &t->err));
    api_expect(t, WX_UNLINKABLE, wx_linker_instantiate(l, m, &i, &t->err));
    assert_non_null(strstr(t->err.text, "unknown import"));
    assert_non_null(strstr(t->err.text, "env.constant"));
    api_ok(t, wx_linker_define(l, api_name("env"), api_name("constant"),
                               (wx_extern){ WX_KIND_GLOBAL, { .global = o.constant } },
                               &t->err));
    api_ok(t, wx_linker_instantiate(l, m, &i, &t->err));
    assert_ptr_equal(api_memory(i, "memory"), o.memory);
    wx_module_free(m);
    m = api_module(t, "fib");
    api_ok(t, wx_linker_instantiate(l, m, &i, &t->err));
    wx_module_free(m);
    wx_linker_free(l);
}

static wx_status never(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                       wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)c, (void)args, (void)nargs, (void)results, (void)nresults, (void)err;
    fail();
    return WX_TRAP;
}

static void functions_of_one_instance_serve_another(struct api *t)
{
    wx_instance *i = api_instance(t, "fib");
    wx_extern imports[2];
    assert_false(wx_instance_export(i, "no", 2, &imports[0]));
    assert_false(wx_instance_export_at(i, 4, &imports[0]));
    assert_true(wx_instance_export_at(i, 1, &imports[1]));
    imports[0] = api_host(t, "ii:i", never, NULL);
    wx_instance *guest = api_instance_with(t, "host", imports, 2);
    assert_int_equal(api_call(t, api_func(guest, "act"), v_i32(5)), 16);
}

static void a_store_keeps_modules_alive(struct api *t)
{
    wx_module *m = api_module(t, "fib");
    wx_instance *a = NULL, *b = NULL;
    api_ok(t, wx_instance_new(t->store, m, NULL, 0, &a, &t->err));
    api_ok(t, wx_instance_new(t->store, m, NULL, 0, &b, &t->err));
    assert_ptr_equal(wx_instance_module(a), m);
    wx_module_free(m);
    assert_int_equal(api_call(t, api_func(a, "fib"), v_i32(12)), 144);
    assert_int_equal(api_call(t, api_func(b, "fib"), v_i32(12)), 144);
    assert_ptr_equal(wx_instance_module(b), m);
}

static void a_module_outlives_stores(struct api *t)
{
    wx_module *m = api_module(t, "fib");
    for (int n = 0; n < 3; n++) {
        wx_store *s = NULL;
        wx_instance *i = NULL;
        api_ok(t, wx_store_new(t->engine, &s, &t->err));
        api_ok(t, wx_instance_new(s, m, NULL, 0, &i, &t->err));
        assert_int_equal(api_call(t, api_func(i, "fib"), v_i32(10)), 55);
        wx_store_free(s);
    }
    wx_module_free(m);
}

/* ---- budgets ------------------------------------------------------------------------- */

static void with_fuel(wx_config *c) { c->fuel = true; }

static void fuel_runs_out(struct api *t)
{
    struct api other;
    api_open(&other, t->tier, with_fuel);
    wx_instance *i = api_instance(&other, "loop");
    wx_store_set_fuel(other.store, 10000);
    assert_int_equal(api_call(&other, api_func(i, "turns"), v_i32(100)), 300);
    uint64_t left = wx_store_fuel(other.store);
    assert_in_range(left, 1, 9900);
    api_expect(&other, WX_TRAP,
               wx_func_call(api_func(i, "forever"), NULL, 0, NULL, 0, &other.err));
    assert_int_equal(other.err.trap, WX_TRAP_FUEL);
    wx_store_set_fuel(other.store, UINT64_MAX);
    assert_int_equal(api_call(&other, api_func(i, "turns"), v_i32(100)), 300);
    api_close(&other);
}

static void with_logical_stack(wx_config *c)
{
    c->logical_stack = true;
    c->value_stack = 8 << 20;
}

static void logical_stack_runs_out(struct api *t)
{
    struct api other;
    wx_value result, arg = v_i32(1000);
    api_open(&other, t->tier, with_logical_stack);
    wx_func *f = api_func(api_instance(&other, "loop"), "recurse");
    assert_int_equal(api_call(&other, f, arg), 1000);
    wx_store_set_logical_stack(other.store, 20000);
    api_expect(&other, WX_TRAP, wx_func_call(f, &arg, 1, &result, 1, &other.err));
    assert_int_equal(other.err.trap, WX_TRAP_STACK);
    assert_in_range(other.err.nframes, 50, 130);
    assert_int_equal(api_call(&other, f, v_i32(50)), 50);
    api_close(&other);
}

static void with_interrupts(wx_config *c) { c->interruptible = true; }

static void *interrupt(void *store)
{
    usleep(20000);
    wx_store_interrupt(store);
    return NULL;
}

static void another_thread_interrupts(struct api *t)
{
    struct api other;
    pthread_t thread;
    api_open(&other, t->tier, with_interrupts);
    wx_instance *i = api_instance(&other, "loop");
    assert_int_equal(pthread_create(&thread, NULL, interrupt, other.store), 0);
    api_expect(&other, WX_TRAP,
               wx_func_call(api_func(i, "forever"), NULL, 0, NULL, 0, &other.err));
    pthread_join(thread, NULL);
    assert_int_equal(other.err.trap, WX_TRAP_INTERRUPT);
    wx_store_clear_interrupt(other.store);
    assert_int_equal(api_call(&other, api_func(i, "turns"), v_i32(10)), 30);
    api_close(&other);
}

static const struct api_test tests[] = {
    API_TEST(extern_references_of_another_store_are_misuse),
    API_TEST(memory_is_shared_with_the_guest),
    API_TEST(memory_grows_to_its_maximum),
    API_TEST(impossible_memories_are_misuse),
    API_TEST(table_is_shared_with_the_guest),
    API_TEST(table_grows),
    API_TEST(wrong_table_accesses_are_misuse),
    API_TEST(extern_references_pass_through_tables),
    API_TEST(globals_are_shared_with_the_guest),
    API_TEST(wrong_global_accesses_are_misuse),
    API_TEST(limiter_is_asked),
    API_TEST(configured_limits_hold),
    API_TEST(wrong_imports_are_told_apart),
    API_TEST(linker_finds_by_both_names),
    API_TEST(linker_holds_many),
    API_TEST(linker_instantiates),
    API_TEST(functions_of_one_instance_serve_another),
    API_TEST(a_store_keeps_modules_alive),
    API_TEST(a_module_outlives_stores),
    API_TEST(fuel_runs_out),
    API_TEST(logical_stack_runs_out),
    API_TEST(another_thread_interrupts),
};

API_MAIN(tests)
