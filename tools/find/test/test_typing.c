/* test_typing.c - which instruction closes which block, first of all those at the very start. */
#include "tools/find/typing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct signature nothing;

/* Instructions by their operations alone; blocks take and leave nothing. */
static const struct effect *type_body(struct arena *a, const enum op *ops, uint32_t n)
{
    struct insn *code = arena_zarray(a, struct insn, n);
    struct tree_func *f = arena_zarray(a, struct tree_func, 1);
    struct tree *t = arena_zarray(a, struct tree, 1);
    for (uint32_t i = 0; i < n; i++)
        code[i] = (struct insn){ .op = ops[i], .type = &nothing };
    *f = (struct tree_func){ .type = &nothing, .code = { code, n } };
    *t = (struct tree){ .nfuncs = 1, .funcs = f };
    return typing_of(a, t, 0);
}

static const struct body {
    const char *name;
    uint32_t n;
    enum op ops[12];
    uint32_t match[12]; /* UINT32_MAX: not asked for */
} bodies[] = {
#define NO UINT32_MAX
    { "a block at the start", 4, { OP_block, OP_end, OP_nop, OP_end }, { 1, 0, NO, NO } },
    { "a loop that is all of the body",
      4,
      { OP_loop, OP_nop, OP_end, OP_end },
      { 2, NO, 0, NO } },
    { "a block in a block",
      6,
      { OP_block, OP_block, OP_end, OP_end, OP_nop, OP_end },
      { 3, 2, 1, 0, NO, NO } },
    { "an if with both arms",
      7,
      { OP_i32_const, OP_if, OP_nop, OP_else, OP_nop, OP_end, OP_end },
      { NO, 3, NO, 5, NO, 1, NO } },
    { "a block behind unreachable",
      5,
      { OP_unreachable, OP_block, OP_nop, OP_end, OP_end },
      { NO, 3, NO, 1, NO } },
#undef NO
};

static void test_match(void **state)
{
    struct heap heap = { 0 };
    struct arena a;
    jmp_buf oom;
    (void)state;
    arena_init(&a, &heap);
    a.oom = &oom;
    assert_int_equal(setjmp(oom), 0);
    for (size_t k = 0; k < COUNT(bodies); k++) {
        const struct body *b = &bodies[k];
        const struct effect *e = type_body(&a, b->ops, b->n);
        for (uint32_t i = 0; i < b->n; i++)
            if (b->match[i] != UINT32_MAX && e[i].match != b->match[i])
                fail_msg("%s: instruction %u matches %u, not %u", b->name, i, e[i].match,
                         b->match[i]);
        assert_int_equal(e[b->n - 1].match, UINT32_MAX);
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_match) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
