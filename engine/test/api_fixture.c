/* api_fixture.c - engines, modules and checks for the tests of the public API. */
#include "api_fixture.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    wx_tier tier;
    const char *name;
} tiers[] = {
    { WX_TIER_INTERP, "interp" },
    { WX_TIER_BASELINE, "baseline" },
    { WX_TIER_TIERED, "tiered" },
};
enum { TIERS = sizeof tiers / sizeof *tiers };

/* ---- running ------------------------------------------------------------------------- */

struct run {
    const struct api_test *test;
    wx_tier tier;
    char name[100];
};

static bool library_has(wx_tier tier)
{
    wx_config config;
    wx_engine *e = NULL;
    wx_config_init(&config);
    config.tier = tier;
    bool has = wx_engine_new(&config, &e, NULL) == WX_OK;
    wx_engine_free(e);
    return has;
}

static void run_here(struct api *t)
{
    const struct api_test *test = t->test;
    api_open(t, t->tier, NULL);
    test->run(t);
    api_close(t);
}

static void run_one(void **state)
{
    struct run *run = *state;
    struct api t = { .test = run->test, .tier = run->tier };
    if (run->test->in_child)
        api_in_child(&t, run_here);
    else
        run_here(&t);
}

void api_in_child(struct api *t, void (*run)(struct api *t))
{
    int status = -1;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        run(t);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("the child ended with wait status 0x%x", (unsigned)status);
}

int api_main(const struct api_test *tests, size_t n)
{
    struct run *runs = calloc(n * TIERS, sizeof *runs);
    struct CMUnitTest *list = calloc(n * TIERS, sizeof *list);
    size_t count = 0;
    for (size_t k = 0; k < TIERS; k++) {
        for (size_t i = 0; library_has(tiers[k].tier) && i < n; i++, count++) {
            runs[count] = (struct run){ .test = &tests[i], .tier = tiers[k].tier };
            snprintf(runs[count].name, sizeof runs->name, "%s/%s", tiers[k].name,
                     tests[i].name);
            list[count] =
                (struct CMUnitTest){ runs[count].name, run_one, NULL, NULL, &runs[count] };
        }
    }
    if (count == 0)
        return 1;
    int failed = _cmocka_run_group_tests("api", list, count, NULL, NULL);
    free(list);
    free(runs);
    return failed;
}

void api_open(struct api *t, wx_tier tier, void (*change)(wx_config *))
{
    *t = (struct api){ .tier = tier };
    wx_config_init(&t->config);
    t->config.tier = tier;
    if (change != NULL)
        change(&t->config);
    api_ok(t, wx_engine_new(&t->config, &t->engine, &t->err));
    api_ok(t, wx_store_new(t->engine, &t->store, &t->err));
}

void api_close(struct api *t)
{
    wx_store_free(t->store);
    wx_engine_free(t->engine);
}

void api_check(struct api *t, wx_status expected, wx_status got, const char *call,
               const char *file, int line)
{
    if (got == expected)
        return;
    print_error("%s: status %d, expected %d; error: %s\n", call, (int)got, (int)expected,
                got != WX_OK ? t->err.text : "none");
    _fail(file, line);
}

/* ---- modules ------------------------------------------------------------------------- */

struct bytes api_bytes(const char *name)
{
    static uint8_t buffer[1 << 16];
    char path[500];
    snprintf(path, sizeof path, "%s/%s.wasm", WX_TEST_MODULES, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_error("cannot open %s\n", path);
        fail();
    }
    size_t len = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    assert_in_range(len, 8, sizeof buffer - 1);
    return (struct bytes){ buffer, len };
}

size_t api_find(struct bytes b, const void *pattern, size_t len)
{
    const uint8_t *at = memmem(b.at, b.len, pattern, len);
    assert_non_null(at);
    return (size_t)(at - b.at);
}

wx_module *api_module(struct api *t, const char *name)
{
    wx_module *m = NULL;
    struct bytes b = api_bytes(name);
    api_ok(t, wx_module_new(t->engine, b.at, b.len, &m, &t->err));
    return m;
}

wx_instance *api_instance_with(struct api *t, const char *name, const wx_extern *imports,
                               size_t n)
{
    wx_instance *i = NULL;
    wx_module *m = api_module(t, name);
    api_ok(t, wx_instance_new(t->store, m, imports, n, &i, &t->err));
    wx_module_free(m);
    return i;
}

wx_instance *api_instance(struct api *t, const char *name)
{
    return api_instance_with(t, name, NULL, 0);
}

static wx_extern export_of(wx_instance *i, const char *name, wx_kind kind)
{
    wx_extern e = { .kind = kind };
    if (!wx_instance_export(i, name, strlen(name), &e) || e.kind != kind) {
        print_error("no such export: %s\n", name);
        fail();
    }
    return e;
}

wx_func *api_func(wx_instance *i, const char *name)
{
    return export_of(i, name, WX_KIND_FUNC).of.func;
}

wx_memory *api_memory(wx_instance *i, const char *name)
{
    return export_of(i, name, WX_KIND_MEMORY).of.memory;
}

wx_table *api_table(wx_instance *i, const char *name)
{
    return export_of(i, name, WX_KIND_TABLE).of.table;
}

wx_global *api_global(wx_instance *i, const char *name)
{
    return export_of(i, name, WX_KIND_GLOBAL).of.global;
}

/* ---- host functions and values ------------------------------------------------------- */

static wx_valtype type_of(char letter)
{
    switch (letter) {
    case 'i': return WX_I32;
    case 'I': return WX_I64;
    case 'f': return WX_F32;
    case 'F': return WX_F64;
    case 'r': return WX_FUNCREF;
    case 'x': return WX_EXTERNREF;
    default: fail(); return 0;
    }
}

wx_extern api_host(struct api *t, const char *type, wx_host_func *fn, void *env)
{
    wx_extern e = { .kind = WX_KIND_FUNC };
    wx_valtype params[32], results[32];
    wx_functype ft = { .params = params, .results = results };
    for (; *type != ':'; type++)
        params[ft.nparams++] = type_of(*type);
    for (type++; *type != 0; type++)
        results[ft.nresults++] = type_of(*type);
    api_ok(t, wx_func_new(t->store, ft, fn, env, NULL, &e.of.func, &t->err));
    return e;
}

int32_t api_call_i32(struct api *t, wx_func *f, const wx_value *args, size_t nargs)
{
    wx_value result = v_i64(0);
    api_ok(t, wx_func_call(f, args, nargs, &result, 1, &t->err));
    assert_int_equal(result.type, WX_I32);
    return result.of.i32;
}

void assert_value(wx_value got, wx_value want)
{
    assert_int_equal(got.type, want.type);
    switch (want.type) {
    case WX_I32:
    case WX_F32: assert_int_equal(got.of.f32_bits, want.of.f32_bits); return;
    case WX_I64:
    case WX_F64: assert_true(got.of.f64_bits == want.of.f64_bits); return;
    default: assert_ptr_equal(got.of.ref, want.of.ref); return;
    }
}

wx_name api_name(const char *text) { return (wx_name){ text, strlen(text) }; }
