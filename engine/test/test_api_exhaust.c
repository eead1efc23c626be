/* test_api_exhaust.c - memory runs out at every allocation in turn: a status, nothing leaks. */
#include "api_fixture.h"
#include "runtime/engine.h"
#include <stdio.h>
#include <string.h>

static struct heap *heap_of(struct api *t)
{
    return &((struct engine *)(void *)t->engine)->heap;
}

static wx_status host(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                      wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)c, (void)nargs, (void)err;
    for (size_t i = 0; i < nresults; i++)
        results[i] = args[i + 1 < nargs ? i + 1 : 0];
    return WX_OK;
}

#define TRY(call)                  \
    do {                           \
        wx_status status = (call); \
        if (status != WX_OK)       \
            return status;         \
    } while (0)

static wx_status host_new(struct api *t, const char *params, const char *results,
                          wx_extern *out)
{
    static const wx_valtype types[] = { WX_I32, WX_I64, WX_F32, WX_F64 };
    static const char letters[] = "iIfF";
    wx_valtype p[32], r[32];
    size_t n = 0, k = 0;
    for (; params[n] != 0; n++)
        p[n] = types[strchr(letters, params[n]) - letters];
    for (; results[k] != 0; k++)
        r[k] = types[strchr(letters, results[k]) - letters];
    out->kind = WX_KIND_FUNC;
    return wx_func_new(t->store, (wx_functype){ p, n, r, k }, host, NULL, NULL,
                       &out->of.func, &t->err);
}

/* One of each kind of object, linked by name. */
static wx_status define_all(struct api *t, wx_linker *l)
{
    wx_extern e = { .kind = WX_KIND_MEMORY };
    wx_name env = api_name("env");
    wx_wasi_config wasi = { .args = (const char *const[]){ "program", "argument", NULL },
                            .in = -1,
                            .out = -1,
                            .err = -1 };
    TRY(wx_memory_new(t->store, (wx_memorytype){ { 1, 10, true } }, &e.of.memory, &t->err));
    TRY(wx_linker_define(l, env, api_name("memory"), e, &t->err));
    e.kind = WX_KIND_TABLE;
    TRY(wx_table_new(t->store, (wx_tabletype){ WX_FUNCREF, { 2, 0, false } },
                     v_ref(WX_FUNCREF, NULL), &e.of.table, &t->err));
    TRY(wx_linker_define(l, env, api_name("table"), e, &t->err));
    e.kind = WX_KIND_GLOBAL;
    TRY(wx_global_new(t->store, (wx_globaltype){ WX_I64, true }, v_i64(1), &e.of.global,
                      &t->err));
    TRY(wx_linker_define(l, env, api_name("global"), e, &t->err));
    TRY(wx_global_new(t->store, (wx_globaltype){ WX_I32, false }, v_i32(1), &e.of.global,
                      &t->err));
    TRY(wx_linker_define(l, env, api_name("constant"), e, &t->err));
    TRY(host_new(t, "iIfFiIfFiIfFiIfFiIfF", "IfFiIfFiIfFiIfFiIfFi", &e));
    TRY(wx_linker_define(l, api_name("host"), api_name("rotate"), e, &t->err));
    TRY(wx_wasi_define(l, &wasi, &t->err));
    wx_ref *r;
    return wx_ref_extern_new(t->store, NULL, NULL, &r, &t->err);
}

static wx_status load_and_link(struct api *t, wx_linker *l, const char *name,
                               wx_instance **out)
{
    struct bytes b = api_bytes(name);
    wx_module *m = NULL;
    TRY(wx_module_new(t->engine, b.at, b.len, &m, &t->err));
    wx_status status = wx_linker_instantiate(l, m, out, &t->err);
    wx_module_free(m);
    return status;
}

/* Code that is made at the first call. */
static wx_status run(struct api *t, wx_instance *i)
{
    wx_value args[20], results[20];
    for (size_t n = 0; n < 20; n += 4) {
        args[n] = v_i32(1);
        args[n + 1] = v_i64(2);
        args[n + 2] = v_f32(3);
        args[n + 3] = v_f64(4);
    }
    return wx_func_call(api_func(i, "rotate"), args, 20, results, 20, &t->err);
}

static wx_status scenario(struct api *t, wx_linker *l)
{
    wx_instance *i = NULL;
    wx_value seven = v_i32(0);
    TRY(define_all(t, l));
    TRY(load_and_link(t, l, "many", &i));
    TRY(run(t, i));
    TRY(load_and_link(t, l, "objects", &i));
    TRY(wx_func_call(api_func(i, "seven"), NULL, 0, &seven, 1, &t->err));
    assert_value(seven, v_i32(7));
    return wx_module_prepare(wx_instance_module(i), &t->err);
}

/* The scenario in a store of its own. */
static wx_status attempt(struct api *t)
{
    wx_linker *l = NULL;
    TRY(wx_store_new(t->engine, &t->store, &t->err));
    wx_status status = wx_linker_new(t->store, &l, &t->err);
    if (status == WX_OK)
        status = scenario(t, l);
    wx_linker_free(l);
    wx_store_free(t->store);
    return status;
}

static void assert_exhausted(const struct api *t, wx_status status, int64_t n)
{
    bool trapped = status == WX_TRAP && t->err.trap == WX_TRAP_OUT_OF_MEMORY;
    if (status != WX_EXHAUSTED && !trapped)
        fail_msg("allocation %d: status %d, \"%s\"", (int)n, (int)status, t->err.text);
    assert_int_equal(t->err.status, status);
    assert_true(t->err.text[0] != 0);
}

/* Returns how many allocations the scenario makes. */
static int64_t fail_each(struct api *t)
{
    struct heap *heap = heap_of(t);
    api_ok(t, attempt(t)); /* the engine's types and pools are there now */
    size_t before = heap->bytes;
    for (int64_t n = 1;; n++) {
        heap->fail_at = n;
        wx_status status = attempt(t);
        heap->fail_at = 0;
        if (status == WX_OK)
            return n;
        assert_exhausted(t, status, n);
        if (heap->bytes > before)
            fail_msg("allocation %d: %zu bytes leaked", (int)n, heap->bytes - before);
    }
}

static void every_allocation_may_fail(struct api *t)
{
    wx_store *own = t->store;
    assert_in_range(fail_each(t), 40, 100000);
    t->store = own;
}

static void a_failed_call_can_be_repeated(struct api *t)
{
    wx_instance *i = api_instance(t, "fib");
    struct heap *heap = heap_of(t);
    wx_value result, arg = v_i32(10);
    for (int64_t n = 1;; n++) {
        heap->fail_at = n;
        wx_status status = wx_func_call(api_func(i, "fib"), &arg, 1, &result, 1, &t->err);
        heap->fail_at = 0;
        if (status == WX_OK)
            break;
        assert_exhausted(t, status, n);
    }
    assert_value(result, v_i32(55));
    assert_int_equal(api_call(t, api_func(i, "fib"), v_i32(20)), 6765);
}

static void growth_fails_without_memory(struct api *t)
{
    wx_table *table = NULL;
    wx_value null = v_ref(WX_EXTERNREF, NULL);
    api_ok(t, wx_table_new(t->store, (wx_tabletype){ WX_EXTERNREF, { 1, 0, false } }, null,
                           &table, &t->err));
    heap_of(t)->fail_at = 1;
    assert_false(wx_table_grow(table, 1000000, null, NULL));
    heap_of(t)->fail_at = 0;
    assert_int_equal(wx_table_size(table), 1);
    assert_true(wx_table_grow(table, 1000, null, NULL));
    assert_int_equal(wx_table_size(table), 1001);
}

/* Engines of growing size until one can be made. */
static void engines_and_stores_fail_cleanly(struct api *t)
{
    wx_status status = WX_EXHAUSTED;
    for (size_t limit = 16; status != WX_OK; limit += limit < 4096 ? 16 : 512) {
        wx_engine *e = NULL;
        wx_store *s = NULL;
        wx_config config = t->config;
        config.heap_limit = limit;
        assert_in_range(limit, 16, 16 << 20);
        status = wx_engine_new(&config, &e, &t->err);
        if (status == WX_OK)
            status = wx_store_new(e, &s, &t->err);
        if (status != WX_OK)
            assert_exhausted(t, status, (int64_t)limit);
        wx_store_free(s);
        wx_engine_free(e);
    }
}

static const struct api_test tests[] = {
    API_TEST(every_allocation_may_fail),
    API_TEST(a_failed_call_can_be_repeated),
    API_TEST(growth_fails_without_memory),
    API_TEST(engines_and_stores_fail_cleanly),
};

API_MAIN(tests)
