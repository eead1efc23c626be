/* test_typing.c - the reference evaluator notices when validation was wrong.
 *
 * A valid function is loaded and then one byte of it is changed, as if the validator had
 * let that pass; a child process runs it. */
#include "api/api.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* (func (export "f") (result i32)
 *   (local i32)
 *   (i32.add (i32.const 1) (local.get 0))) */
/* clang-format off */
static const uint8_t bytes[] = {
    0, 'a', 's', 'm', 1, 0, 0, 0,            /* header */
    1, 5, 1, 0x60, 0, 1, 0x7F,               /* types */
    3, 2, 1, 0,                              /* functions */
    7, 5, 1, 1, 'f', 0, 0,                   /* exports */
    10, 11, 1, 9, 1, 1, 0x7F,                /* code: one, 9 bytes, one local of i32 */
    0x41, 1, 0x20, 0, 0x6A, 0x0B,            /* body */
};
/* clang-format on */

/* The body as it is loaded, with a byte changed. */
static void patch(const wx_module *m, const uint8_t *from, const uint8_t *to, size_t n)
{
    const struct func_decl *f = &m->code->module->funcs[0];
    uint8_t *body = (uint8_t *)(uintptr_t)f->body;
    assert_int_equal(f->body_end - f->body, n);
    assert_memory_equal(body, from, n);
    memcpy(body, to, n);
}

static int call_in_child(wx_instance *i)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        wx_extern e;
        wx_value result;
        close(STDERR_FILENO);
        bool found = wx_instance_export_at(i, 0, &e);
        _exit(!found || wx_func_call(e.of.func, NULL, 0, &result, 1, NULL) != WX_OK ||
              result.of.i32 != 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int run_with(const char *body)
{
    wx_config c;
    wx_engine *engine;
    wx_store *store;
    wx_module *module;
    wx_instance *instance;
    wx_config_init(&c);
    assert_int_equal(wx_engine_new(&c, &engine, NULL), WX_OK);
    assert_int_equal(wx_module_new(engine, bytes, sizeof bytes, &module, NULL), WX_OK);
    assert_int_equal(wx_store_new(engine, &store, NULL), WX_OK);
    assert_int_equal(wx_instance_new(store, module, NULL, 0, &instance, NULL), WX_OK);
    patch(module, bytes + sizeof bytes - 6, (const uint8_t *)body, 6);
    int status = call_in_child(instance);
    wx_store_free(store);
    wx_module_free(module);
    wx_engine_free(engine);
    return status;
}

static bool stops(const char *body)
{
    int status = run_with(body);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void a_valid_function_runs(void **state)
{
    (void)state;
    int status = run_with("\x41\x01\x20\x00\x6A\x0B");
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void wrong_code_stops_the_process(void **state)
{
    (void)state;
    assert_true(stops("\x42\x01\x20\x00\x6A\x0B")); /* an i64 operand */
    assert_true(stops("\x41\x01\x20\x00\x7C\x0B")); /* i64.add of two i32 */
    assert_true(stops("\x41\x01\x20\x01\x6A\x0B")); /* a local that is not there */
    assert_true(stops("\x41\x01\x20\x00\x92\x0B")); /* f32.add of two i32 */
    assert_true(stops("\x01\x01\x20\x00\x6A\x0B")); /* one operand too few */
    assert_true(stops("\x41\x01\x20\x00\x01\x0B")); /* one value too many at the end */
    assert_true(stops("\x41\x01\x20\x00\xAD\x0B")); /* a result of type i64 */
    assert_true(stops("\x41\x01\x28\x00\x00\x0B")); /* a memory that is not there */
    assert_true(stops("\x41\x01\x20\x00\x05\x0B")); /* an else of no if */
    assert_true(stops("\x41\x01\x20\x00\x6A\x01")); /* no end */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_function_runs),
        cmocka_unit_test(wrong_code_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
