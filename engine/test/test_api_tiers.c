/* test_api_tiers.c - what the tiered mode translates and compiles.  Other tiers do the same
 * calls. */
#include "api_fixture.h"
#include <stdio.h>

enum { FUNCTIONS = 24 };

static void call_each(struct api *t, wx_instance *i, int times)
{
    for (int n = 0; n < FUNCTIONS; n++) {
        char name[8];
        snprintf(name, sizeof name, "f%d", n);
        for (int k = 0; k < times; k++)
            assert_int_equal(api_call(t, api_func(i, name), v_i32(k)), n + k);
    }
}

static wx_stats stats_after(struct api *t, int times)
{
    wx_instance *instance;
    wx_module *m = api_module(t, "functions");
    api_ok(t, wx_instance_new(t->store, m, NULL, 0, &instance, &t->err));
    call_each(t, instance, times);
    wx_stats s = wx_module_stats(m);
    wx_module_free(m);
    return s;
}

/* Ten calls make a function hot.  When many became so, the others are not translated. */
static void hot_functions_spare_others_the_interpreter(struct api *t)
{
    wx_stats s = stats_after(t, 10);
    if (t->tier != WX_TIER_TIERED)
        return;
    assert_int_equal(s.compiled, FUNCTIONS);
    assert_in_range(s.translated, 1, FUNCTIONS - 1);
}

static void calls_only(wx_config *c) { c->call_threshold = 1000; }

static void what_is_called_once_is_not_compiled(struct api *t)
{
    struct api u = { .test = t->test };
    api_open(&u, t->tier, calls_only);
    wx_stats s = stats_after(&u, 1);
    if (t->tier == WX_TIER_TIERED) {
        assert_int_equal(s.compiled, 0);
        assert_int_equal(s.translated, FUNCTIONS);
    }
    api_close(&u);
}

static const struct api_test tests[] = {
    API_TEST(hot_functions_spare_others_the_interpreter),
    API_TEST(what_is_called_once_is_not_compiled),
};

API_MAIN(tests)
