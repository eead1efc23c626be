/* test_api_host.c - host functions: results, traps, exceptions, re-entry, memory growth. */
#include "api_fixture.h"
#include <stdio.h>
#include <string.h>

struct act;
typedef wx_status act_fn(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                         wx_error *err);

/* The environment of the host function "act": what it does. */
struct act {
    struct api *t;
    wx_instance *guest;
    int calls;
    act_fn *run;
};

static wx_status act(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                     wx_value *results, size_t nresults, wx_error *err)
{
    struct act *a = env;
    assert_int_equal(nargs, 1);
    assert_int_equal(nresults, 1);
    assert_int_equal(args[0].type, WX_I32);
    assert_ptr_equal(wx_caller_store(c), a->t->store);
    a->calls++;
    return a->run(a, c, args[0].of.i32, &results[0], err);
}

static wx_status add(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                     wx_value *results, size_t nresults, wx_error *err)
{
    (void)c, (void)nargs, (void)nresults, (void)err;
    results[0] = v_i32(args[0].of.i32 + args[1].of.i32);
    ++*(int *)env;
    return WX_OK;
}

static int additions;

/* The guest of host.wat with "act" doing run. */
static void guest(struct api *t, struct act *a, act_fn *run)
{
    additions = 0;
    *a = (struct act){ .t = t, .run = run };
    wx_extern imports[] = { api_host(t, "ii:i", add, &additions),
                            api_host(t, "i:i", act, a) };
    a->guest = api_instance_with(t, "host", imports, 2);
}

static wx_status call(struct api *t, struct act *a, const char *name, int32_t arg,
                      wx_value *result)
{
    wx_value v = v_i32(arg);
    return wx_func_call(api_func(a->guest, name), &v, 1, result, 1, &t->err);
}

/* ---- results ------------------------------------------------------------------------- */

static wx_status twice(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                       wx_error *err)
{
    (void)err;
    assert_ptr_equal(wx_caller_instance(c), a->guest);
    *result = v_i32(arg * 2);
    return WX_OK;
}

static void results_reach_the_guest(struct api *t)
{
    struct act a;
    guest(t, &a, twice);
    for (int i = 0; i < 10; i++)
        assert_int_equal(api_call(t, api_func(a.guest, "act"), v_i32(-4)), -7);
    assert_int_equal(a.calls, 10);
    assert_int_equal(api_call(t, api_func(a.guest, "add"), v_i32(-4), v_i32(9)), 5);
    assert_int_equal(additions, 1);
}

static wx_status wrong_type(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                            wx_error *err)
{
    (void)a, (void)c, (void)err;
    if (arg == 0)
        *result = v_i64(1);
    return WX_OK;
}

static void result_of_wrong_type_traps(struct api *t)
{
    struct act a;
    wx_value result;
    guest(t, &a, wrong_type);
    for (int arg = 0; arg < 2; arg++) {
        api_expect(t, WX_TRAP, call(t, &a, "act", arg, &result));
        assert_int_equal(t->err.trap, WX_TRAP_HOST);
        assert_non_null(strstr(t->err.text, "not a i32"));
    }
}

static wx_status rotate(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                        wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)c, (void)err;
    assert_int_equal(nargs, nresults);
    for (size_t i = 0; i < nresults; i++)
        results[i] = args[(i + 1) % nargs];
    return WX_OK;
}

static void twenty_values_each_way(struct api *t)
{
    wx_value args[20], results[20];
    wx_extern import =
        api_host(t, "iIfFiIfFiIfFiIfFiIfF:IfFiIfFiIfFiIfFiIfFi", rotate, NULL);
    wx_func *f = api_func(api_instance_with(t, "many", &import, 1), "rotate");
    for (uint32_t i = 0; i < 20; i += 4) {
        args[i] = v_i32((int32_t)i - 9);
        args[i + 1] = v_i64((int64_t)i << 40);
        args[i + 2] = v_f32(0x7FA00000 + i);
        args[i + 3] = v_f64(0x7FF4000000000000 + i);
    }
    for (int round = 0; round < 5; round++) {
        api_ok(t, wx_func_call(f, args, 20, results, 20, &t->err));
        for (size_t i = 0; i < 20; i++)
            assert_value(results[i], args[(i + 1) % 20]);
    }
}

static wx_status from_c(void *env, wx_caller *c, const wx_value *args, size_t nargs,
                        wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)args, (void)nargs, (void)nresults, (void)err;
    assert_null(wx_caller_instance(c));
    results[0] = v_i32(11);
    return WX_OK;
}

static void host_function_is_called_from_c(struct api *t)
{
    wx_extern f = api_host(t, ":i", from_c, NULL);
    wx_value result;
    api_ok(t, wx_func_call(f.of.func, NULL, 0, &result, 1, &t->err));
    assert_value(result, v_i32(11));
}

/* ---- traps and exceptions ------------------------------------------------------------ */

static wx_status refuse(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                        wx_error *err)
{
    (void)a, (void)c, (void)result;
    if (arg < 0)
        err->trap = WX_TRAP_INTERRUPT;
    snprintf(err->text, sizeof err->text, "no %d here", arg);
    return WX_TRAP;
}

static void trap_carries_the_message(struct api *t)
{
    struct act a;
    wx_value result = v_i32(3);
    guest(t, &a, refuse);
    api_expect(t, WX_TRAP, call(t, &a, "act", 42, &result));
    assert_int_equal(t->err.trap, WX_TRAP_HOST);
    assert_string_equal(t->err.text, "host function trapped: no 42 here");
    assert_int_equal(t->err.nframes, 1);
    assert_int_equal(t->err.frames[0].func_index, 3);
    assert_string_equal(t->err.frames[0].module_name, "guest");
    assert_value(result, v_i32(3));

    api_expect(t, WX_TRAP, call(t, &a, "act", -1, &result));
    assert_int_equal(t->err.trap, WX_TRAP_INTERRUPT);
    assert_string_equal(t->err.text, "interrupted: no -1 here");
}

static wx_status throw_up(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                          wx_error *err)
{
    (void)a, (void)c, (void)result, (void)arg;
    snprintf(err->text, sizeof err->text, "thrown");
    return WX_EXCEPTION;
}

static void exception_leaves_the_outermost_call(struct api *t)
{
    struct act a;
    wx_value result;
    guest(t, &a, throw_up);
    api_expect(t, WX_EXCEPTION, call(t, &a, "act", 1, &result));
    assert_int_equal(t->err.status, WX_EXCEPTION);
    assert_int_equal(t->err.trap, WX_TRAP_NONE);
    assert_string_equal(t->err.text, "thrown");
    api_expect(t, WX_TRAP, call(t, &a, "boom", 1, &result));
    assert_int_equal(t->err.trap, WX_TRAP_UNREACHABLE);
}

/* ---- re-entry ------------------------------------------------------------------------ */

static wx_status countdown(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                           wx_error *err)
{
    (void)c;
    wx_value v = v_i32(arg);
    return wx_func_call(api_func(a->guest, "countdown"), &v, 1, result, 1, err);
}

static void guest_and_host_call_each_other(struct api *t)
{
    struct act a;
    guest(t, &a, countdown);
    assert_int_equal(api_call(t, api_func(a.guest, "countdown"), v_i32(20)), 20);
    assert_int_equal(a.calls, 20);
}

static wx_status boom(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                      wx_error *err)
{
    (void)c;
    wx_value v = v_i32(arg);
    return wx_func_call(api_func(a->guest, "boom"), &v, 1, result, 1, err);
}

static void trap_inside_keeps_kind_text_and_frames(struct api *t)
{
    struct act a;
    wx_value result;
    guest(t, &a, boom);
    api_expect(t, WX_TRAP, call(t, &a, "boom", 0, &result));
    wx_frame inner = t->err.frames[0];
    api_expect(t, WX_TRAP, call(t, &a, "act", 0, &result));
    assert_int_equal(t->err.trap, WX_TRAP_UNREACHABLE);
    assert_string_equal(t->err.text, "unreachable");
    assert_int_equal(t->err.nframes, 2);
    assert_memory_equal(&t->err.frames[0].offset, &inner.offset, sizeof inner.offset);
    assert_string_equal(t->err.frames[0].func_name, "boom");
    assert_int_equal(t->err.frames[1].func_index, 3);
}

static wx_status boom_then_own(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                               wx_error *err)
{
    assert_int_equal(boom(a, c, arg, result, err), WX_TRAP);
    err->trap = WX_TRAP_HOST;
    snprintf(err->text, sizeof err->text, "gave up");
    return WX_TRAP;
}

static void host_may_report_something_else(struct api *t)
{
    struct act a;
    wx_value result;
    guest(t, &a, boom_then_own);
    api_expect(t, WX_TRAP, call(t, &a, "act", 0, &result));
    assert_int_equal(t->err.trap, WX_TRAP_HOST);
    assert_string_equal(t->err.text, "host function trapped: gave up");
    assert_int_equal(t->err.nframes, 1);
}

static wx_status boom_caught(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                             wx_error *err)
{
    assert_int_equal(boom(a, c, arg, result, err), WX_TRAP);
    *result = v_i32(8);
    return WX_OK;
}

static void host_may_swallow_a_trap(struct api *t)
{
    struct act a;
    guest(t, &a, boom_caught);
    assert_int_equal(api_call(t, api_func(a.guest, "act"), v_i32(0)), 9);
    assert_int_equal(api_call(t, api_func(a.guest, "act"), v_i32(0)), 9);
}

static wx_status without_end(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                             wx_error *err)
{
    (void)c;
    wx_value v = v_i32(arg);
    return wx_func_call(api_func(a->guest, "act"), &v, 1, result, 1, err);
}

static void endless_mutual_recursion_traps(struct api *t)
{
    struct act a;
    wx_value result;
    guest(t, &a, without_end);
    api_expect(t, WX_TRAP, call(t, &a, "act", 0, &result));
    assert_int_equal(t->err.trap, WX_TRAP_STACK);
    assert_true(t->err.nframes > WX_MAX_FRAMES);
    assert_true(a.calls > WX_MAX_FRAMES);
}

/* ---- memory -------------------------------------------------------------------------- */

static wx_status grow(struct act *a, wx_caller *c, int32_t arg, wx_value *result,
                      wx_error *err)
{
    (void)c, (void)err;
    wx_memory *m = api_memory(a->guest, "memory");
    uint8_t *data = wx_memory_data(m);
    uint64_t old = 99;
    assert_true(wx_memory_grow(m, (uint64_t)arg, &old));
    assert_int_equal(old, 1);
    assert_ptr_equal(wx_memory_data(m), data);
    assert_int_equal(wx_memory_size(m), (1 + (size_t)arg) * 65536);
    data[65536 + 1] = 1;
    *result = v_i32(0);
    return WX_OK;
}

static void guest_sees_memory_grown_by_the_host(struct api *t)
{
    struct act a;
    guest(t, &a, grow);
    assert_int_equal(api_call(t, api_func(a.guest, "past_first_page"), v_i32(2)), 77 + 3);
}

/* ---- misuse and the end -------------------------------------------------------------- */

static void impossible_types_are_misuse(struct api *t)
{
    wx_func *f = NULL;
    wx_valtype bad = 0x12345;
    wx_functype type = { &bad, 1, NULL, 0 };
    api_expect(t, WX_MISUSE, wx_func_new(t->store, type, add, NULL, NULL, &f, &t->err));
    static wx_valtype many[1001];
    for (size_t i = 0; i < 1001; i++)
        many[i] = WX_I32;
    type = (wx_functype){ many, 1001, NULL, 0 };
    api_expect(t, WX_MISUSE, wx_func_new(t->store, type, add, NULL, NULL, &f, &t->err));
    assert_null(f);
}

static void count_end(void *env) { ++*(int *)env; }

static void finalizers_run_once_with_the_store(struct api *t)
{
    struct api other;
    wx_func *f;
    wx_ref *r;
    int ends = 0;
    api_open(&other, t->tier, NULL);
    wx_functype type = { NULL, 0, NULL, 0 };
    api_ok(t, wx_func_new(other.store, type, add, &ends, count_end, &f, &t->err));
    api_ok(t, wx_func_new(other.store, type, add, NULL, NULL, &f, &t->err));
    api_ok(t, wx_ref_extern_new(other.store, &ends, count_end, &r, &t->err));
    assert_int_equal(ends, 0);
    api_close(&other);
    assert_int_equal(ends, 2);
}

static const struct api_test tests[] = {
    API_TEST(results_reach_the_guest),
    API_TEST(result_of_wrong_type_traps),
    API_TEST(twenty_values_each_way),
    API_TEST(host_function_is_called_from_c),
    API_TEST(trap_carries_the_message),
    API_TEST(exception_leaves_the_outermost_call),
    API_TEST(guest_and_host_call_each_other),
    API_TEST(trap_inside_keeps_kind_text_and_frames),
    API_TEST(host_may_report_something_else),
    API_TEST(host_may_swallow_a_trap),
    API_TEST(endless_mutual_recursion_traps),
    API_TEST(guest_sees_memory_grown_by_the_host),
    API_TEST(impossible_types_are_misuse),
    API_TEST(finalizers_run_once_with_the_store),
};

API_MAIN(tests)
