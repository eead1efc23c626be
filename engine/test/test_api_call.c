/* test_api_call.c - calls from C: every type there and back, and calls that are refused. */
#include "api_fixture.h"
#include <string.h>

static const struct {
    const char *name;
    wx_value value;
} identities[] = {
    { "i32", { WX_I32, { .i32 = -2 } } },
    { "i32", { WX_I32, { .i32 = INT32_MIN } } },
    { "i64", { WX_I64, { .i64 = INT64_MIN } } },
    { "i64", { WX_I64, { .i64 = -1 } } },
    { "f32", { WX_F32, { .f32_bits = 0x80000000 } } },
    { "f32", { WX_F32, { .f32_bits = 0x7FA12345 } } }, /* signalling NaN */
    { "f32", { WX_F32, { .f32_bits = 0xFFC00001 } } },
    { "f64", { WX_F64, { .f64_bits = 0x8000000000000000 } } },
    { "f64", { WX_F64, { .f64_bits = 0x7FF0000000000001 } } }, /* signalling NaN */
    { "f64", { WX_F64, { .f64_bits = 0xFFF8123456789ABC } } },
    { "funcref", { WX_FUNCREF, { .ref = NULL } } },
    { "externref", { WX_EXTERNREF, { .ref = NULL } } },
};

static void values_come_back_bit_by_bit(struct api *t)
{
    wx_instance *i = api_instance(t, "types");
    for (size_t n = 0; n < sizeof identities / sizeof *identities; n++) {
        wx_value result;
        memset(&result, 0xAA, sizeof result);
        api_ok(t, wx_func_call(api_func(i, identities[n].name), &identities[n].value, 1,
                               &result, 1, &t->err));
        assert_value(result, identities[n].value);
    }
}

static void sign_of_a_nan_is_flipped(struct api *t)
{
    wx_value result, arg = v_f32(0x7FA12345);
    wx_func *neg = api_func(api_instance(t, "types"), "neg");
    api_ok(t, wx_func_call(neg, &arg, 1, &result, 1, &t->err));
    assert_value(result, v_f32(0xFFA12345));
}

static void results_have_their_own_order(struct api *t)
{
    wx_func *swap = api_func(api_instance(t, "types"), "swap");
    wx_value results[4],
        args[] = { v_i32(-1), v_i64(1), v_f32(0x3F800000), v_f64(0x7FF8000000000001) };
    api_ok(t, wx_func_call(swap, args, 4, results, 4, &t->err));
    for (int i = 0; i < 4; i++)
        assert_value(results[i], args[3 - i]);
}

static wx_value numbered(size_t i)
{
    switch (i % 4) {
    case 0: return v_i32((int32_t)(1000 + i));
    case 1: return v_i64((int64_t)(UINT64_C(0x100000000) * (i + 1)));
    case 2: return v_f32(0x7F800001 + (uint32_t)i);
    default: return v_f64(0x7FF0000000000001 + i);
    }
}

static void twenty_values_each_way(struct api *t)
{
    wx_value args[20], results[20];
    wx_func *rotate = api_func(api_instance(t, "types"), "rotate");
    for (size_t i = 0; i < 20; i++)
        args[i] = numbered(i);
    for (int round = 0; round < 5; round++) {
        memset(results, 0, sizeof results);
        api_ok(t, wx_func_call(rotate, args, 20, results, 20, &t->err));
        for (size_t i = 0; i < 20; i++)
            assert_value(results[i], args[(i + 1) % 20]);
    }
}

static void nothing_in_nothing_out(struct api *t)
{
    wx_func *f = api_func(api_instance(t, "types"), "nothing");
    api_ok(t, wx_func_call(f, NULL, 0, NULL, 0, &t->err));
    api_ok(t, wx_func_call(f, NULL, 0, NULL, 0, NULL));
}

static void types_are_told(struct api *t)
{
    wx_functype type = wx_func_type(api_func(api_instance(t, "types"), "swap"));
    static const wx_valtype params[] = { WX_I32, WX_I64, WX_F32, WX_F64 };
    assert_int_equal(type.nparams, 4);
    assert_int_equal(type.nresults, 4);
    assert_memory_equal(type.params, params, sizeof params);
    assert_int_equal(type.results[0], WX_F64);
}

static void wrong_calls_are_misuse(struct api *t)
{
    wx_instance *i = api_instance(t, "types");
    wx_func *add = api_func(i, "add");
    wx_value args[] = { v_i32(1), v_i64(2), v_i32(3) }, result = v_i32(42);
    api_expect(t, WX_MISUSE, wx_func_call(add, args, 1, &result, 1, &t->err));
    api_expect(t, WX_MISUSE, wx_func_call(add, args, 3, &result, 1, &t->err));
    api_expect(t, WX_MISUSE, wx_func_call(add, args, 2, &result, 1, &t->err));
    assert_non_null(strstr(t->err.text, "argument 1"));
    assert_non_null(strstr(t->err.text, "i32"));
    args[1] = v_i32(2);
    api_expect(t, WX_MISUSE, wx_func_call(add, args, 2, &result, 0, &t->err));
    assert_value(result, v_i32(42));
    assert_int_equal(t->err.nframes, 0);
}

static void references_are_checked(struct api *t)
{
    wx_instance *i = api_instance(t, "types");
    wx_ref *box = NULL, *func = wx_ref_from_func(api_func(i, "add"));
    wx_value result;
    api_ok(t, wx_ref_extern_new(t->store, NULL, NULL, &box, &t->err));
    wx_value wrong[] = { v_ref(WX_FUNCREF, box), v_ref(WX_EXTERNREF, func) };
    api_expect(t, WX_MISUSE,
               wx_func_call(api_func(i, "funcref"), &wrong[0], 1, &result, 1, &t->err));
    api_expect(t, WX_MISUSE,
               wx_func_call(api_func(i, "externref"), &wrong[1], 1, &result, 1, &t->err));
}

static void functions_of_another_store_are_refused(struct api *t)
{
    struct api other;
    api_open(&other, t->tier, NULL);
    wx_func *foreign = api_func(api_instance(&other, "types"), "add");
    wx_value result, arg = v_ref(WX_FUNCREF, wx_ref_from_func(foreign));
    wx_func *f = api_func(api_instance(t, "types"), "funcref");
    api_expect(t, WX_MISUSE, wx_func_call(f, &arg, 1, &result, 1, &t->err));
    api_close(&other);
}

static void references_keep_their_identity(struct api *t)
{
    wx_instance *i = api_instance(t, "types");
    int data = 5;
    wx_ref *box = NULL;
    wx_value result;
    api_ok(t, wx_ref_extern_new(t->store, &data, NULL, &box, &t->err));
    wx_value arg = v_ref(WX_EXTERNREF, box);
    api_ok(t, wx_func_call(api_func(i, "externref"), &arg, 1, &result, 1, &t->err));
    assert_true(wx_ref_same(result.of.ref, box));
    assert_ptr_equal(wx_ref_extern_data(result.of.ref), &data);
    assert_null(wx_ref_func(result.of.ref));
    assert_null(wx_ref_func(NULL));
    assert_null(wx_ref_extern_data(NULL));

    wx_func *self = api_func(i, "self");
    api_ok(t, wx_func_call(self, NULL, 0, &result, 1, &t->err));
    assert_value(result, v_ref(WX_FUNCREF, wx_ref_from_func(api_func(i, "add"))));
    assert_ptr_equal(wx_ref_func(result.of.ref), api_func(i, "add"));
    assert_null(wx_ref_extern_data(result.of.ref));
    assert_false(wx_ref_same(result.of.ref, box));
}

static const struct api_test tests[] = {
    API_TEST(values_come_back_bit_by_bit),
    API_TEST(sign_of_a_nan_is_flipped),
    API_TEST(results_have_their_own_order),
    API_TEST(twenty_values_each_way),
    API_TEST(nothing_in_nothing_out),
    API_TEST(types_are_told),
    API_TEST(wrong_calls_are_misuse),
    API_TEST(references_are_checked),
    API_TEST(functions_of_another_store_are_refused),
    API_TEST(references_keep_their_identity),
};

API_MAIN(tests)
