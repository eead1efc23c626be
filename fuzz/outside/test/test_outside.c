/* test_outside.c - external modules and the answers about them. */
#include "outside/check.h"
#include "dna.h"
#include "files.h"
#include "ref/ref.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUTS = HOSTILE(400, 3400), INPUT_SIZE = 16, EXPAND = 1 };

/* ---- generated modules ------------------------------------------------------------- */

static void fill_input(uint8_t data[INPUT_SIZE], uint64_t i)
{
    for (size_t k = 0; k < INPUT_SIZE; k++)
        data[k] = (uint8_t)dna_hash(i * INPUT_SIZE + k);
    data[0] = DNA_VERSION;
    data[1] |= EXPAND;
}

static void check_valid(wx_engine *e, const struct external *x, uint64_t i)
{
    wx_module *m;
    wx_error err;
    if (wx_module_new(e, x->at, x->len, &m, &err) != WX_OK)
        fail_msg("input %lu: %s", (unsigned long)i, err.text);
    wx_module_free(m);
}

static void every_external_module_is_valid(void **state)
{
    struct heap heap = { 0 };
    struct arena a;
    wx_engine *e;
    (void)state;
    arena_init(&a, &heap);
    assert_int_equal(wx_engine_new(NULL, &e, NULL), WX_OK);
    for (uint64_t i = 0; i < INPUTS; i++) {
        uint8_t data[INPUT_SIZE];
        struct fuzz_case c;
        struct external x;
        fill_input(data, i);
        assert_true(case_read(data, sizeof data, &a, &c));
        for (int form = 0; form < 3; form++) {
            enum external_form f = form == 2 ? EXTERNAL_SINGLE : EXTERNAL_MANY;
            if (!external_make(&c, f, form == 1, &a, &x))
                fail_msg("input %lu: %s", (unsigned long)i, x.why);
            check_valid(e, &x, i);
        }
        arena_reset(&a);
    }
    wx_engine_free(e);
    arena_free(&a);
}

/* ---- one module -------------------------------------------------------------------- */

static wx_engine *engine_new(enum own_side side)
{
    wx_config c;
    wx_engine *e;
    wx_config_init(&c);
    if (side == OWN_REFERENCE)
        return ref_engine_new(&c);
    c.tier = side == OWN_INTERP ? WX_TIER_INTERP : WX_TIER_BASELINE;
    assert_int_equal(wx_engine_new(&c, &e, NULL), WX_OK);
    return e;
}

struct module_file {
    uint8_t *bytes;
    size_t len;
};

static void keep_file(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct module_file *f = env;
    (void)path;
    f->bytes = malloc(size);
    f->len = size;
    memcpy(f->bytes, data, size);
}

/* The exports of ends.wat, in order. */
enum {
    SPIN,
    DEEP,
    INDIRECT,
    DEFAULT_NAN,
    CANONICAL_NAN,
    KEPT_NAN,
    FILL,
    HOST,
    STORE,
    NOTHING
};

/* What ends.wat answers when these exports are called. */
static void run_ends(enum own_side side, const uint32_t *exports, uint32_t n,
                     struct answer *a)
{
    struct module_file file = { 0 };
    struct heap heap = { 0 };
    struct arena arena;
    struct external x;
    struct question q;
    arena_init(&arena, &heap);
    assert_int_equal(files_each(WX_ENDS_WASM, keep_file, &file), 0);
    struct fuzz_case c = { .wasm = file.bytes, .wasm_len = file.len, .nactions = n };
    for (uint32_t i = 0; i < n; i++)
        c.actions[i] = (struct action){ ACTION_CALL, exports[i], 5 };
    wx_engine *e = engine_new(side);
    assert_true(external_make(&c, EXTERNAL_MANY, false, &arena, &x));
    own_question(e, &x, &q);
    own_run(e, &q, a);
    assert_int_equal(a->kind, ANSWER_RAN);
    wx_engine_free(e);
    arena_free(&arena);
    free(file.bytes);
}

static const struct answer_line *line_of(const struct answer *a, const char *name)
{
    for (uint32_t i = 0; i < a->nlines; i++)
        if (strcmp(a->lines[i].name, name) == 0)
            return &a->lines[i];
    fail_msg("no line %s", name);
    return NULL;
}

static void what_never_ends_is_ended(void **state)
{
    static const uint32_t exports[] = { SPIN, DEEP, INDIRECT, FILL, NOTHING };
    struct answer first, a;
    uint32_t line;
    (void)state;
    run_ends(OWN_BASELINE, exports, COUNT(exports), &first);
    for (uint32_t k = 1; k <= 4; k++) {
        char name[24];
        snprintf(name, sizeof name, "step_%u", k);
        assert_true(line_of(&first, name)->trapped);
        assert_string_equal(line_of(&first, name)->text, "unreachable");
    }
    assert_false(line_of(&first, "step_5")->trapped);
    for (enum own_side side = OWN_INTERP; side < OWN_COUNT; side++) {
        run_ends(side, exports, COUNT(exports), &a);
        assert_int_equal(answer_compare(&first, &a, &line), ANSWERS_SAME);
    }
}

static void computed_nans_are_canonical(void **state)
{
    static const uint32_t exports[] = { DEFAULT_NAN, CANONICAL_NAN, KEPT_NAN };
    struct answer a;
    (void)state;
    run_ends(OWN_BASELINE, exports, COUNT(exports), &a);
    assert_int_equal(line_of(&a, "step_1")->value, line_of(&a, "step_2")->value);
    assert_int_not_equal(line_of(&a, "step_3")->value, line_of(&a, "step_2")->value);
}

static void digests_see_what_calls_change(void **state)
{
    static const uint32_t exports[] = { NOTHING, STORE, HOST };
    struct answer a;
    (void)state;
    run_ends(OWN_BASELINE, exports, COUNT(exports), &a);
    assert_int_equal(line_of(&a, "memory_0")->value, line_of(&a, "memory_1")->value);
    assert_int_not_equal(line_of(&a, "memory_1")->value, line_of(&a, "memory_2")->value);
    assert_int_not_equal(line_of(&a, "host_2")->value, line_of(&a, "host_3")->value);
}

/* ---- answers ----------------------------------------------------------------------- */

static void parse(struct answer *a, const char *text)
{
    *a = (struct answer){ 0 };
    answer_parse(a, text, strlen(text));
}

static void lines_are_read(void **state)
{
    struct answer a;
    (void)state;
    parse(&a, "loading\na() => i64:-1\nb() => i64:18446744073709551615\n"
              "c() => error: unreachable executed\nd() => i32:7");
    assert_int_equal(a.nlines, 4);
    assert_true(a.lines[0].value == UINT64_MAX && a.lines[1].value == UINT64_MAX);
    assert_true(a.lines[2].trapped);
    assert_string_equal(a.lines[2].text, "unreachable executed");
    assert_true(!a.lines[3].trapped && a.lines[3].value == 7);
}

static void answers_are_compared(void **state)
{
    static const struct {
        const char *a, *b;
        enum answer_verdict verdict;
        uint32_t line;
    } rows[] = {
        { "a() => i64:1", "a() => i64:1", ANSWERS_SAME, 1 },
        { "a() => i64:1\nb() => i64:2", "a() => i64:1\nb() => i64:3", ANSWERS_DIFFER, 1 },
        { "a() => i64:1\nb() => i64:2", "a() => i64:1", ANSWERS_DIFFER, 1 },
        { "a() => i64:1", "b() => i64:1", ANSWERS_DIFFER, 0 },
        { "a() => i64:1", "a() => error: unreachable", ANSWERS_DIFFER, 0 },
        { "a() => error: integer overflow", "a() => error: float unrepresentable in range",
          ANSWERS_SAME, 1 },
        { "a() => error: integer divide by zero", "a() => error: unreachable",
          ANSWERS_DIFFER, 0 },
        { "a() => error: unreachable", "a() => error: something else", ANSWERS_SAME, 1 },
        { "a() => i64:1\nb() => i64:2",
          "a() => error: Maximum call stack size exceeded\nb() => i64:3",
          ANSWERS_CANNOT_TELL, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer a, b;
        uint32_t line;
        parse(&a, rows[i].a);
        parse(&b, rows[i].b);
        assert_int_equal(answer_compare(&a, &b, &line), rows[i].verdict);
        assert_int_equal(line, rows[i].line);
    }
}

static void what_did_not_run_is_compared(void **state)
{
    struct answer ran = { .kind = ANSWER_RAN }, refused = { 0 }, crashed = { 0 };
    uint32_t line;
    (void)state;
    answer_say(&refused, ANSWER_NOT_STARTED, "unreachable");
    answer_say(&crashed, ANSWER_CRASHED, "SIGSEGV");
    assert_int_equal(answer_compare(&ran, &refused, &line), ANSWERS_DIFFER);
    assert_int_equal(answer_compare(&refused, &refused, &line), ANSWERS_SAME);
    assert_int_equal(answer_compare(&ran, &crashed, &line), ANSWERS_DIFFER);
    answer_say(&refused, ANSWER_NOT_STARTED, "out of memory");
    assert_int_equal(answer_compare(&ran, &refused, &line), ANSWERS_CANNOT_TELL);
}

/* ---- commands ---------------------------------------------------------------------- */

static enum answer_kind ask(const char *template, struct answer *a)
{
    struct question q = { .wasm = (const uint8_t *)"module", .len = 6 };
    struct outside *o = outside_command(template);
    assert_non_null(o);
    if (o->form == EXTERNAL_SINGLE) {
        q.ncalls = 1;
        strcpy(q.calls[0], "upto_0");
    }
    o->ask(o, &q, a);
    outside_free(o);
    return a->kind;
}

static void commands_are_run(void **state)
{
    struct answer a;
    (void)state;
    assert_int_equal(ask("echo 'x() => i64:5'; :", &a), ANSWER_RAN);
    assert_true(a.nlines == 1 && a.lines[0].value == 5);
    assert_int_equal(ask("echo \"$(cat {wasm})() => i64:6\"", &a), ANSWER_RAN);
    assert_string_equal(a.lines[0].name, "module");
    assert_int_equal(ask("echo 'Result: -7' >&2; : {func}", &a), ANSWER_RAN);
    assert_true(a.lines[0].value == (uint64_t)-7);
    assert_int_equal(ask("echo 'integer divide by zero' >&2; false {func}", &a),
                     ANSWER_RAN);
    assert_true(a.lines[0].trapped);
    assert_int_equal(ask("echo nonsense >&2; false", &a), ANSWER_NOT_STARTED);
    assert_string_equal(a.text, "nonsense");
    assert_int_equal(ask("kill -SEGV $$;", &a), ANSWER_CRASHED);
    assert_int_equal(ask("nonesuch", &a), ANSWER_UNAVAILABLE);
}

static void a_folder_may_have_any_name(void **state)
{
    struct answer a;
    char folder[] = "/tmp/it's a test XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    assert_int_equal(ask("echo \"$(cat {})() => i64:6\"", &a), ANSWER_RAN);
    unsetenv("TMPDIR");
    assert_int_equal(rmdir(folder), 0); /* nothing is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_external_module_is_valid),
        cmocka_unit_test(what_never_ends_is_ended),
        cmocka_unit_test(computed_nans_are_canonical),
        cmocka_unit_test(digests_see_what_calls_change),
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(answers_are_compared),
        cmocka_unit_test(what_did_not_run_is_compared),
        cmocka_unit_test(commands_are_run),
        cmocka_unit_test(a_folder_may_have_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
