/* test_api_module.c - engines, features, loading: what is refused, why and where. */
#include "api_fixture.h"
#include <string.h>

static bool flavour_is(const char *name) { return strcmp(WX_TEST_FLAVOUR, name) == 0; }

/* ---- engines ------------------------------------------------------------------------- */

static void missing_tier_is_misuse(struct api *t)
{
    static const struct {
        wx_tier tier;
        bool interp, compiler;
    } rows[] = {
        { WX_TIER_INTERP, true, false },
        { WX_TIER_BASELINE, false, true },
        { WX_TIER_TIERED, true, true },
        { WX_TIER_MASK, true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool lacks = (rows[i].interp && flavour_is("wx_jit")) ||
                     (rows[i].compiler && flavour_is("wx_interp"));
        wx_config config = t->config;
        wx_engine *e = NULL;
        config.tier = rows[i].tier;
        api_expect(t, lacks ? WX_MISUSE : WX_OK, wx_engine_new(&config, &e, &t->err));
        if (lacks)
            assert_non_null(strstr(t->err.text, flavour_is("wx_jit")
                                                    ? "contains no interpreter"
                                                    : "contains no compiler"));
        wx_engine_free(e);
    }
}

static void default_config_is_enough(struct api *t)
{
    wx_engine *e = NULL;
    wx_store *s = NULL;
    api_ok(t, wx_engine_new(NULL, &e, &t->err));
    api_ok(t, wx_store_new(e, &s, &t->err));
    wx_store_free(s);
    wx_engine_free(e);
}

static void nonsense_in_config_is_misuse(struct api *t)
{
    wx_engine *e = NULL;
    wx_config config = t->config;
    config.tier = (wx_tier)77;
    api_expect(t, WX_MISUSE, wx_engine_new(&config, &e, &t->err));
    config = t->config;
    config.memory = (wx_memory_strategy)9;
    api_expect(t, WX_MISUSE, wx_engine_new(&config, &e, &t->err));
    config = t->config;
    config.features = UINT64_MAX;
    api_expect(t, WX_MISUSE, wx_engine_new(&config, &e, NULL));
    assert_null(e);
}

static void feature_lists(struct api *t)
{
    uint64_t wasm1 = 0, wasm2 = 0, set = 0;
    api_ok(t, wx_features_parse("wasm1", &wasm1, &t->err));
    api_ok(t, wx_features_parse("wasm2", &wasm2, &t->err));
    assert_true((wasm1 & ~wasm2) == 0 && wasm1 != wasm2 && wasm1 != 0);
    api_ok(t, wx_features_parse("wasm1,+bulk-memory", &set, &t->err));
    assert_true((set & ~wasm2) == 0 && (set & ~wasm1) != 0);
    api_ok(t, wx_features_parse("-bulk-memory", &set, &t->err));
    assert_true(set == wasm1);

    api_expect(t, WX_MISUSE, wx_features_parse("wasm2,+no-such", &set, &t->err));
    assert_non_null(strstr(t->err.text, "no-such"));
    assert_true(set == wasm1);
    api_expect(t, WX_MISUSE, wx_features_parse("wasm7", &set, &t->err));
    api_expect(t, WX_MISUSE, wx_features_parse("", &set, &t->err));
    api_expect(t, WX_MISUSE, wx_features_parse("wasm1,", &set, NULL));
}

static void switched_off_feature_is_refused(struct api *t)
{
    struct bytes b = api_bytes("traps");
    wx_module *m = NULL;
    struct api other;
    wx_config config = t->config;
    api_ok(t, wx_features_parse("wasm1", &config.features, &t->err));
    api_ok(t, wx_engine_new(&config, &other.engine, &t->err));
    wx_status status = wx_module_new(other.engine, b.at, b.len, &m, &t->err);
    assert_true(status == WX_MALFORMED || status == WX_INVALID);
    assert_null(m);
    wx_engine_free(other.engine);
}

/* ---- modules ------------------------------------------------------------------------- */

struct bad {
    const char *bytes;
    size_t len;
    wx_status status;
    const char *text;
    size_t offset;
    uint32_t func;
};
#define BYTES(s) s, sizeof(s) - 1
#define HEAD     "\0asm\1\0\0\0"

static const struct bad bad_modules[] = {
    { BYTES(""), WX_MALFORMED, "unexpected end", 0, WX_NO_FUNCTION },
    { BYTES("\0asx\1\0\0\0"), WX_MALFORMED, "magic header not detected", 0,
      WX_NO_FUNCTION },
    { BYTES("\0asm\2\0\0\0"), WX_MALFORMED, "unknown binary version", 4, WX_NO_FUNCTION },
    { BYTES(HEAD "\1\5\1"), WX_MALFORMED, "", WX_NO_OFFSET, WX_NO_FUNCTION },
    /* function 0 of type [] -> [i32] has an empty body */
    { BYTES(HEAD "\1\5\1\x60\0\1\x7F\3\2\1\0\x0A\4\1\2\0\x0B"), WX_INVALID, "type mismatch",
      0x18, 0 },
    /* function 0 ends in an unknown opcode */
    { BYTES(HEAD "\1\4\1\x60\0\0\3\2\1\0\x0A\5\1\3\0\xFF\x0B"), WX_MALFORMED,
      "illegal opcode", 0x17, 0 },
    /* export of function 3, of which there is none */
    { BYTES(HEAD "\7\5\1\1x\0\3"), WX_INVALID, "unknown function", WX_NO_OFFSET,
      WX_NO_FUNCTION },
};

static void bad_modules_are_refused_where_they_are_bad(struct api *t)
{
    for (size_t i = 0; i < sizeof bad_modules / sizeof *bad_modules; i++) {
        const struct bad *row = &bad_modules[i];
        wx_module *m = NULL;
        api_expect(
            t, row->status,
            wx_module_new(t->engine, (const uint8_t *)row->bytes, row->len, &m, &t->err));
        assert_null(m);
        assert_int_equal(t->err.status, row->status);
        if (strstr(t->err.text, row->text) == NULL)
            fail_msg("row %zu: \"%s\" lacks \"%s\"", i, t->err.text, row->text);
        if (row->offset != WX_NO_OFFSET)
            assert_int_equal(t->err.offset, row->offset);
        if (row->func != WX_NO_FUNCTION)
            assert_int_equal(t->err.func_index, row->func);
        assert_int_equal(t->err.nframes, 0);
    }
}

static void no_error_wanted_no_error_written(struct api *t)
{
    wx_module *m = NULL;
    assert_int_equal(wx_module_new(t->engine, (const uint8_t *)"xyz", 3, &m, NULL),
                     WX_MALFORMED);
}

static void bytes_may_go_away(struct api *t)
{
    struct bytes b = api_bytes("fib");
    uint8_t copy[1 << 12];
    wx_module *m = NULL;
    wx_instance *i = NULL;
    assert_in_range(b.len, 8, sizeof copy);
    memcpy(copy, b.at, b.len);
    api_ok(t, wx_module_new(t->engine, copy, b.len, &m, &t->err));
    memset(copy, 0xFF, sizeof copy);
    api_ok(t, wx_instance_new(t->store, m, NULL, 0, &i, &t->err));
    wx_module_free(m);
    assert_int_equal(api_call(t, api_func(i, "fib"), v_i32(10)), 55);
}

static void imports_and_exports_are_listed(struct api *t)
{
    wx_module *m = api_module(t, "objects");
    wx_functype type;
    assert_int_equal(wx_module_nimports(m), 4);
    wx_import_info import = wx_module_import(m, 2);
    assert_int_equal(import.kind, WX_KIND_GLOBAL);
    assert_int_equal(import.module.len, 3);
    assert_memory_equal(import.module.at, "env", 3);
    assert_memory_equal(import.name.at, "global", 6);
    assert_int_equal(wx_module_import_functype(m, 2, &type), WX_MISUSE);
    assert_int_equal(wx_module_export(m, 0).kind, WX_KIND_TABLE);
    assert_memory_equal(wx_module_export(m, 0).name.at, "externs", 7);
    wx_module_free(m);

    m = api_module(t, "host");
    assert_int_equal(wx_module_nexports(m), 6);
    assert_int_equal(wx_module_import_functype(m, 0, &type), WX_OK);
    assert_int_equal(type.nparams, 2);
    assert_int_equal(type.nresults, 1);
    assert_int_equal(type.params[1], WX_I32);
    assert_int_equal(wx_module_import_functype(m, 99, &type), WX_MISUSE);
    wx_module_free(m);
}

static void prepare_shows_in_the_statistics(struct api *t)
{
    wx_module *m = api_module(t, "fib");
    wx_stats s = wx_module_stats(m);
    assert_int_equal(s.functions, 4);
    assert_int_equal(s.translated + s.compiled, 0);
    api_ok(t, wx_module_prepare(m, &t->err));
    s = wx_module_stats(m);
    if (t->tier == WX_TIER_BASELINE) {
        assert_int_equal(s.compiled, 4);
        assert_true(s.bytes_in > 0 && s.bytes_out > 0);
    } else {
        assert_int_equal(s.translated, 4);
    }
    assert_int_equal(s.declined, 0);
    wx_module_free(m);
}

static void hot_functions_are_compiled(struct api *t)
{
    wx_instance *i = api_instance(t, "fib");
    assert_int_equal(api_call(t, api_func(i, "fib"), v_i32(15)), 610);
    assert_int_equal(api_call(t, api_func(i, "fib"), v_i32(15)), 610);
    wx_stats s = wx_module_stats(wx_instance_module(i));
    assert_int_equal(s.compiled, t->tier == WX_TIER_INTERP ? 0 : 1);
    assert_int_equal(s.translated, t->tier == WX_TIER_BASELINE ? 0 : 1);
}

static const struct api_test tests[] = {
    API_TEST(missing_tier_is_misuse),
    API_TEST(default_config_is_enough),
    API_TEST(nonsense_in_config_is_misuse),
    API_TEST(feature_lists),
    API_TEST(switched_off_feature_is_refused),
    API_TEST(bad_modules_are_refused_where_they_are_bad),
    API_TEST(no_error_wanted_no_error_written),
    API_TEST(bytes_may_go_away),
    API_TEST(imports_and_exports_are_listed),
    API_TEST(prepare_shows_in_the_statistics),
    API_TEST(hot_functions_are_compiled),
};

API_MAIN(tests)
