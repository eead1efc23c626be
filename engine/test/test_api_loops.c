/* test_api_loops.c - functions that are entered once and loop do the same in every tier; in the
 * tiered one they go on in compiled code at a loop, from whichever iteration on. */
#include "api_fixture.h"
#include <string.h>

enum { LONG = 40, RESULTS_MAX = 7 };

static const uint32_t thresholds[] = { 1, 2, 3, 17, LONG - 1 };

static uint32_t threshold; /* of the configuration being made */

/* Calls alone make nothing hot. */
static void loops_only(wx_config *c)
{
    c->call_threshold = 1000000;
    c->loop_threshold = threshold;
}

/* Runs check in an engine of the same tier for each threshold.  A tiered one must have entered
 * compiled code at a loop. */
static void each_threshold(struct api *t, void (*check)(struct api *, wx_instance *))
{
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        struct api u = { .test = t->test };
        threshold = thresholds[i];
        api_open(&u, t->tier, loops_only);
        wx_module *m = api_module(&u, "loops");
        wx_instance *instance;
        api_ok(&u, wx_instance_new(u.store, m, NULL, 0, &instance, &u.err));
        check(&u, instance);
        uint64_t entered = wx_module_stats(m).loops_entered;
        assert_true(t->tier == WX_TIER_TIERED ? entered > 0 : entered == 0);
        wx_module_free(m);
        api_close(&u);
    }
}

static void call(struct api *t, wx_instance *i, const char *name, const wx_value *args,
                 size_t nargs, const wx_value *want, size_t nresults)
{
    wx_value got[RESULTS_MAX];
    api_ok(t, wx_func_call(api_func(i, name), args, nargs, got, nresults, &t->err));
    for (size_t k = 0; k < nresults; k++)
        assert_value(got[k], want[k]);
}

static void call_i64(struct api *t, wx_instance *i, const char *name, int32_t n,
                     int64_t want)
{
    wx_value arg = v_i32(n), result = v_i64(want);
    call(t, i, name, &arg, 1, &result, 1);
}

/* ---- what is around the loop --------------------------------------------------------- */

static void check_operands(struct api *t, wx_instance *i)
{
    call_i64(t, i, "below", LONG, 1000 + 3 * LONG + LONG * (LONG - 1) / 2);
    call_i64(t, i, "below", 1, 1003);
    call_i64(t, i, "rotate", LONG, 1000 * (LONG - 1) - (LONG - 12));
}

static void operands_and_locals_come_along(struct api *t)
{
    each_threshold(t, check_operands);
}

static void check_floats(struct api *t, wx_instance *i)
{
    float a = 1.5F, k = 0.75F;
    double b = 0;
    for (int n = 0; n < LONG; n++) {
        a = a * k + 0.125F;
        b += (double)a;
    }
    wx_value args[] = { v_i32(LONG), { .type = WX_F32, .of.f32 = k } };
    wx_value want = { .type = WX_F64, .of.f64 = b + 0.25 };
    call(t, i, "floats", args, 2, &want, 1);
}

static void floats_come_along(struct api *t) { each_threshold(t, check_floats); }

static void check_results(struct api *t, wx_instance *i)
{
    wx_value arg = v_i32(LONG);
    wx_value want[] = { v_i32(LONG),
                        v_i64(2),
                        v_i64(3),
                        v_i64(4),
                        v_i64(5),
                        v_i64(LONG),
                        { .type = WX_F32, .of.f32 = LONG } };
    call(t, i, "results", &arg, 1, want, RESULTS_MAX);
}

static void all_results_come_back(struct api *t) { each_threshold(t, check_results); }

/* ---- calls --------------------------------------------------------------------------- */

static void check_calls(struct api *t, wx_instance *i)
{
    int64_t sum = (int64_t)LONG * (LONG - 1) / 2;
    call_i64(t, i, "nested", LONG, sum * sum + 7 * LONG);
    call_i64(t, i, "deep", 30, 30 * 45 + 1);
}

static void loops_call_and_are_called(struct api *t) { each_threshold(t, check_calls); }

static void stack_counted(wx_config *c)
{
    loops_only(c);
    c->logical_stack = true;
}

/* Whether two calls that loop fit in so much logical stack. */
static bool twice_fits(struct api *t, uint64_t stack)
{
    struct api u = { .test = t->test };
    wx_value arg = v_i32(3), result;
    wx_instance *instance;
    api_open(&u, t->tier, stack_counted);
    wx_module *m = api_module(&u, "loops");
    api_ok(&u, wx_instance_new(u.store, m, NULL, 0, &instance, &u.err));
    wx_store_set_logical_stack(u.store, stack);
    wx_status status =
        wx_func_call(api_func(instance, "twice"), &arg, 1, &result, 1, &u.err);
    wx_module_free(m);
    api_close(&u);
    return status == WX_OK;
}

static uint64_t least_stack(struct api *t, uint32_t loop_threshold)
{
    uint64_t stack = 0;
    threshold = loop_threshold;
    while (!twice_fits(t, stack))
        stack += 8;
    return stack;
}

static void entries_cost_no_logical_stack(struct api *t)
{
    uint64_t never = least_stack(t, 1000000);
    assert_true(never > 0);
    assert_int_equal(least_stack(t, 3), never);
}

static void check_grow(struct api *t, wx_instance *i)
{
    wx_value arg = v_i32(LONG), want = v_i32(4 + LONG - 1 + 1);
    call(t, i, "grow", &arg, 1, &want, 1);
}

static void memory_grows_under_the_loop(struct api *t) { each_threshold(t, check_grow); }

/* ---- traps --------------------------------------------------------------------------- */

static void check_trap(struct api *t, wx_instance *i)
{
    wx_value arg = v_i32(LONG), result;
    api_expect(t, WX_TRAP,
               wx_func_call(api_func(i, "call_div"), &arg, 1, &result, 1, &t->err));
    assert_int_equal(t->err.trap, WX_TRAP_DIV_ZERO);
    assert_int_equal(t->err.nframes, 2);
    assert_string_equal(t->err.frames[0].func_name, "div");
    assert_int_equal(t->err.frames[0].func_offset, 13);
    assert_string_equal(t->err.frames[1].func_name, "call_div");
    assert_int_equal(t->err.frames[1].func_offset, 3);
    check_operands(t, i);
}

static void traps_behind_the_entry_have_their_place(struct api *t)
{
    each_threshold(t, check_trap);
}

static const struct api_test tests[] = {
    API_TEST(operands_and_locals_come_along),
    API_TEST(floats_come_along),
    API_TEST(all_results_come_back),
    API_TEST(loops_call_and_are_called),
    API_TEST(entries_cost_no_logical_stack),
    API_TEST(memory_grows_under_the_loop),
    API_TEST(traps_behind_the_entry_have_their_place),
};

API_MAIN(tests)
