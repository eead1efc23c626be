/* test_api_trap.c - traps: kind, message, and the same backtrace in every tier. */
#include "api_fixture.h"
#include <string.h>

static const struct row {
    const char *func;
    wx_value args[2];
    size_t nargs;
    wx_trap trap;
    const char *text;
    uint32_t func_index;
    size_t func_offset; /* of the instruction in the function's code */
} rows[] = {
    { "unreachable", { { 0 } }, 0, WX_TRAP_UNREACHABLE, "unreachable", 3, 5 },
    { "load",
      { { WX_I32, { .i32 = 65536 } } },
      1,
      WX_TRAP_MEMORY_BOUNDS,
      "out of bounds memory access: address 0x10008, 8 bytes, memory of 65536 bytes",
      4,
      7 },
    { "load",
      { { WX_I32, { .i32 = -1 } } },
      1,
      WX_TRAP_MEMORY_BOUNDS,
      "out of bounds memory access: address 0x100000007, 8 bytes, memory of 65536 bytes",
      4,
      7 },
    { "load",
      { { WX_I32, { .i32 = 65521 } } },
      1,
      WX_TRAP_MEMORY_BOUNDS,
      "out of bounds memory access: address 0xfff9, 8 bytes, memory of 65536 bytes",
      4,
      7 },
    { "div",
      { { WX_I32, { .i32 = 7 } }, { WX_I32, { .i32 = 0 } } },
      2,
      WX_TRAP_DIV_ZERO,
      "integer divide by zero",
      5,
      9 },
    { "div",
      { { WX_I32, { .i32 = INT32_MIN } }, { WX_I32, { .i32 = -1 } } },
      2,
      WX_TRAP_INT_OVERFLOW,
      "integer overflow",
      5,
      9 },
    { "trunc",
      { { WX_F64, { .f64_bits = 0x7FF8000000000000 } } },
      1,
      WX_TRAP_CONVERSION,
      "invalid conversion to integer",
      6,
      7 },
    { "trunc",
      { { WX_F64, { .f64 = 1e10 } } },
      1,
      WX_TRAP_INT_OVERFLOW,
      "integer overflow",
      6,
      7 },
    { "indirect",
      { { WX_I32, { .i32 = 3 } } },
      1,
      WX_TRAP_TABLE_INDEX,
      "undefined element 3",
      7,
      7 },
    { "indirect",
      { { WX_I32, { .i32 = 1 } } },
      1,
      WX_TRAP_NULL_FUNC,
      "uninitialized element 1",
      7,
      7 },
    { "indirect",
      { { WX_I32, { .i32 = 0 } } },
      1,
      WX_TRAP_SIGNATURE,
      "indirect call type mismatch",
      7,
      7 },
    { "table",
      { { WX_I32, { .i32 = 5 } } },
      1,
      WX_TRAP_TABLE_BOUNDS,
      "out of bounds table access: index 5, table of 3",
      8,
      7 },
    { "fill",
      { { WX_I32, { .i32 = 65000 } }, { WX_I32, { .i32 = 1000 } } },
      2,
      WX_TRAP_MEMORY_BOUNDS,
      "out of bounds memory access: address 0xfde8, 1000 bytes, memory of 65536 bytes",
      9,
      11 },
    { "call_host", { { 0 } }, 0, WX_TRAP_HOST, "host function trapped: on purpose", 10, 5 },
};

static wx_status host_trap(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                           wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)c, (void)args, (void)nargs, (void)results, (void)nresults;
    strcpy(err->text, "on purpose");
    return WX_TRAP;
}

static wx_instance *traps(struct api *t)
{
    wx_extern import = api_host(t, ":", host_trap, NULL);
    return api_instance_with(t, "traps", &import, 1);
}

static wx_status call(struct api *t, wx_instance *i, const char *name, const wx_value *args,
                      size_t nargs)
{
    wx_value result;
    wx_func *f = api_func(i, name);
    memset(&t->err, 0xEE, sizeof t->err);
    return wx_func_call(f, args, nargs, &result, wx_func_type(f).nresults, &t->err);
}

/* Where the code of function "unreachable" begins. */
static size_t start_of_unreachable(void)
{
    return api_find(api_bytes("traps"), "\0\x41\xE7\7\x1A\0\x0B", 7);
}

static void check_row(struct api *t, wx_instance *i, const struct row *row)
{
    api_expect(t, WX_TRAP, call(t, i, row->func, row->args, row->nargs));
    assert_int_equal(t->err.status, WX_TRAP);
    assert_int_equal(t->err.trap, row->trap);
    assert_string_equal(t->err.text, row->text);
    assert_int_equal(t->err.offset, WX_NO_OFFSET);
    assert_int_equal(t->err.nframes, 1);
    const wx_frame *f = &t->err.frames[0];
    assert_int_equal(f->func_index, row->func_index);
    assert_int_equal(f->func_offset, row->func_offset);
    assert_string_equal(f->func_name, row->func);
    assert_string_equal(f->module_name, "traps");
    if (row->func_index == 3)
        assert_int_equal(f->offset, start_of_unreachable() + 5);
}

static void each_trap_says_what_and_where(struct api *t)
{
    wx_instance *i = traps(t);
    for (int round = 0; round < 5; round++) /* tiered: compiled after a while */
        for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
            check_row(t, i, &rows[n]);
}

static void explicit_checks(wx_config *c) { c->memory = WX_MEMORY_CHECK; }

static void bounds_checks_say_the_same(struct api *t)
{
    struct api other;
    api_open(&other, t->tier, explicit_checks);
    wx_instance *i = traps(&other);
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
        check_row(&other, i, &rows[n]);
    api_close(&other);
}

static void trap_texts(struct api *t)
{
    (void)t;
    assert_string_equal(wx_trap_text(WX_TRAP_DIV_ZERO), "integer divide by zero");
    assert_string_equal(wx_trap_text(WX_TRAP_OUT_OF_MEMORY), "out of memory");
    assert_string_equal(wx_trap_text((wx_trap)1000), "unknown trap");
}

static void assert_frame(const wx_frame *f, uint32_t func, size_t offset)
{
    assert_int_equal(f->func_index, func);
    assert_int_equal(f->func_offset, offset);
}

static void backtrace_lists_the_callers(struct api *t)
{
    wx_instance *i = traps(t);
    for (int round = 0; round < 5; round++) {
        api_expect(t, WX_TRAP, call(t, i, "outer", NULL, 0));
        assert_int_equal(t->err.nframes, 3);
        assert_frame(&t->err.frames[0], 3, 5);
        assert_frame(&t->err.frames[1], 13, 1);
        assert_frame(&t->err.frames[2], 12, 1);
        assert_string_equal(t->err.frames[1].func_name, "middle");
        assert_string_equal(t->err.frames[2].func_name, "outer");
    }
}

static void backtrace_keeps_the_innermost(struct api *t)
{
    wx_instance *i = traps(t);
    wx_value depth = v_i32(100);
    api_expect(t, WX_TRAP, call(t, i, "deep", &depth, 1));
    assert_int_equal(t->err.nframes, 102);
    assert_frame(&t->err.frames[0], 3, 5);
    assert_frame(&t->err.frames[1], 14, 6);
    for (int n = 2; n < WX_MAX_FRAMES; n++)
        assert_frame(&t->err.frames[n], 14, 14);
}

static void runaway_recursion_is_a_trap(struct api *t)
{
    wx_instance *i = traps(t);
    wx_value arg = v_i32(1);
    for (int round = 0; round < 3; round++) {
        api_expect(t, WX_TRAP, call(t, i, "recurse", &arg, 1));
        assert_int_equal(t->err.trap, WX_TRAP_STACK);
        assert_string_equal(t->err.text, "call stack exhausted");
        assert_true(t->err.nframes > 500);
        assert_int_equal(t->err.frames[0].func_index, 11);
        for (int n = 1; n < WX_MAX_FRAMES; n++)
            assert_frame(&t->err.frames[n], 11, 9);
        wx_value args[] = { v_i32(6), v_i32(3) };
        api_ok(t, call(t, i, "div", args, 2));
    }
}

static void a_trap_needs_no_error_struct(struct api *t)
{
    wx_func *f = api_func(traps(t), "unreachable");
    assert_int_equal(wx_func_call(f, NULL, 0, NULL, 0, NULL), WX_TRAP);
}

/* ---- instantiation ------------------------------------------------------------------- */

struct ask {
    int32_t answer, asked;
};

static wx_status ask(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                     wx_value *results, size_t nresults, wx_error *err)
{
    struct ask *a = env;
    (void)nargs, (void)nresults, (void)err;
    assert_non_null(wx_instance_module(wx_caller_instance(c)));
    a->asked = args[0].of.i32;
    results[0] = v_i32(a->answer);
    return WX_OK;
}

static void start_function_runs_and_may_trap(struct api *t)
{
    struct ask a = { .answer = 0 };
    wx_instance *i = NULL;
    wx_extern import = api_host(t, "i:i", ask, &a);
    api_instance_with(t, "start", &import, 1);
    assert_int_equal(a.asked, 'h');

    a.answer = 1;
    wx_module *m = api_module(t, "start");
    api_expect(t, WX_TRAP, wx_instance_new(t->store, m, &import, 1, &i, &t->err));
    assert_int_equal(t->err.trap, WX_TRAP_UNREACHABLE);
    assert_int_equal(t->err.nframes, 1);
    assert_string_equal(t->err.frames[0].func_name, "start");
    assert_null(i);
    wx_module_free(m);
}

static const struct api_test tests[] = {
    API_TEST(each_trap_says_what_and_where),
    API_TEST(bounds_checks_say_the_same),
    API_TEST(trap_texts),
    API_TEST(backtrace_lists_the_callers),
    API_TEST(backtrace_keeps_the_innermost),
    API_TEST(runaway_recursion_is_a_trap),
    API_TEST(a_trap_needs_no_error_struct),
    API_TEST(start_function_runs_and_may_trap),
};

API_MAIN(tests)
