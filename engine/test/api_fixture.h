/* api_fixture.h - what the tests of the public API share.
 *
 * A test is a function of a struct api: an engine and a store in one tier.  api_main runs each
 * test in every tier that the library contains, named tier/fact.  Modules are the files of
 * test/wat, assembled at build time. */
#ifndef WX_TEST_API_FIXTURE_H
#define WX_TEST_API_FIXTURE_H

#include "wx.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct api_test;

struct api {
    const struct api_test *test;
    wx_tier tier;
    wx_config config; /* what engine was made from */
    wx_engine *engine;
    wx_store *store;
    wx_error err;
};

struct api_test {
    const char *name;
    void (*run)(struct api *t);
    bool in_child;
};

/* clang-format off */
#define API_TEST(function)          { #function, function, false }
#define API_TEST_IN_CHILD(function) { #function, function, true }
/* clang-format on */

int api_main(const struct api_test *tests, size_t n);

/* Runs every test of an array. */
#define API_MAIN(tests) \
    int main(void) { return api_main((tests), sizeof(tests) / sizeof *(tests)); }

/* Runs run(t) in a child process, which must succeed. */
void api_in_child(struct api *t, void (*run)(struct api *t));

/* Another engine and store in the same tier, after change(&config); ended by api_close. */
void api_open(struct api *t, wx_tier tier, void (*change)(wx_config *));
void api_close(struct api *t);

/* Fails, with the error's text, unless status is expected. */
#define api_expect(t, expected, call) \
    api_check((t), (expected), (call), #call, __FILE__, __LINE__)
#define api_ok(t, call) api_expect(t, WX_OK, call)
void api_check(struct api *t, wx_status expected, wx_status got, const char *call,
               const char *file, int line);

/* The bytes of test/wat/NAME.wat, assembled; lives until the program ends. */
struct bytes {
    uint8_t *at;
    size_t len;
};
struct bytes api_bytes(const char *name);
/* Where the bytes of a pattern first are. */
size_t api_find(struct bytes b, const void *pattern, size_t len);

wx_module *api_module(struct api *t, const char *name);
/* An instance without imports, or with these. */
wx_instance *api_instance(struct api *t, const char *name);
wx_instance *api_instance_with(struct api *t, const char *name, const wx_extern *imports,
                               size_t n);

/* An export that must be there. */
wx_func *api_func(wx_instance *i, const char *name);
wx_memory *api_memory(wx_instance *i, const char *name);
wx_table *api_table(wx_instance *i, const char *name);
wx_global *api_global(wx_instance *i, const char *name);

/* A host function with a type in letters: "i" i32, "I" i64, "f" f32, "F" f64, "r" funcref,
 * "x" externref; "ii:I" is (i32, i32) -> i64. */
wx_extern api_host(struct api *t, const char *type, wx_host_func *fn, void *env);

static inline wx_value v_i32(int32_t n)
{
    return (wx_value){ .type = WX_I32, .of.i32 = n };
}
static inline wx_value v_i64(int64_t n)
{
    return (wx_value){ .type = WX_I64, .of.i64 = n };
}
static inline wx_value v_f32(uint32_t bits)
{
    return (wx_value){ .type = WX_F32, .of.f32_bits = bits };
}
static inline wx_value v_f64(uint64_t bits)
{
    return (wx_value){ .type = WX_F64, .of.f64_bits = bits };
}
static inline wx_value v_ref(wx_valtype type, wx_ref *r)
{
    return (wx_value){ .type = type, .of.ref = r };
}

/* Calls (i32...) -> i32, which must succeed. */
#define api_call(t, f, ...)                                   \
    api_call_i32((t), (f), (const wx_value[]){ __VA_ARGS__ }, \
                 sizeof((const wx_value[]){ __VA_ARGS__ }) / sizeof(wx_value))
int32_t api_call_i32(struct api *t, wx_func *f, const wx_value *args, size_t nargs);

void assert_value(wx_value got, wx_value want);

wx_name api_name(const char *text);

#endif
