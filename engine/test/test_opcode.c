/* test_opcode.c - what ops.def and its sister files must keep: order, uniqueness,
 * agreement. */
#include "wasm/opcode.h"
#include "base/compiler.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void rows_are_sorted_by_code(void **state)
{
    (void)state;
    for (unsigned op = 1; op < OP_COUNT; op++)
        if (op_infos[op].code <= op_infos[op - 1].code)
            fail_msg("%s follows %s", op_infos[op].name, op_infos[op - 1].name);
}

/* Each row is found by its code, and no code finds a row that has another. */
static void codes_decode_to_their_rows(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned op = 0; op < OP_COUNT; op++)
        if (op_decode(op_infos[op].code) != (enum op)op)
            fail_msg("%s is not found by its code", op_infos[op].name);
    for (unsigned code = 0; code < COUNT(op_by_byte); code++)
        found += op_by_byte[code] != OP_INVALID;
    for (unsigned code = 0; code < COUNT(op_by_fc); code++)
        found += op_by_fc[code] != OP_INVALID;
    assert_int_equal(found, OP_COUNT);
    assert_int_equal(op_decode(0xFF), OP_INVALID);
    assert_int_equal(op_decode(0xFC00FF), OP_INVALID);
    assert_int_equal(op_decode(0xFC011F), OP_INVALID);
    assert_int_equal(op_decode(0xFE0000), OP_INVALID);
}

/* Operands, an underscore, results; v alone stands for none. */
static void signatures_are_well_formed(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const char *sig = op_infos[op].sig;
        if (sig == NULL)
            continue;
        size_t operands = strspn(sig, "ilfdVa"), results;
        if (operands == 0 && sig[0] == 'v')
            operands = 1;
        assert_true(operands > 0 && sig[operands] == '_');
        results = strspn(sig + operands + 1, "ilfdVa");
        if (results == 0 && sig[operands + 1] == 'v')
            results = 1;
        if (results != 1 || sig[operands + 2] != '\0')
            fail_msg("%s has signature %s", op_infos[op].name, sig);
    }
}

/* An address type needs an immediate that names the memory; a width needs one that
 * accesses. */
static void signatures_agree_with_immediates(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct op_info *i = &op_infos[op];
        bool memory =
            i->imm == IMM_MEMARG || i->imm == IMM_MEMORY || i->imm == IMM_DATA_MEMORY;
        if (i->sig != NULL && (strchr(i->sig, 'a') != NULL) != memory)
            fail_msg("%s: signature %s", i->name, i->sig);
        if ((i->width != 0) != (i->imm == IMM_MEMARG))
            fail_msg("%s: width %u", i->name, i->width);
        if ((i->width & (i->width - 1)) != 0)
            fail_msg("%s: width %u is no power of two", i->name, i->width);
        if (i->width != 0 && (i->traps >> TRAP_MEMORY_BOUNDS & 1) == 0)
            fail_msg("%s accesses memory without a bounds trap", i->name);
    }
}

static void rows_say_what_they_should(void **state)
{
    (void)state;
    const struct op_info *div = &op_infos[OP_i32_div_s], *fill = &op_infos[OP_memory_fill];
    assert_string_equal(div->text, "i32.div_s");
    assert_string_equal(div->name, "i32_div_s");
    assert_int_equal(div->traps, 1 << TRAP_DIV_ZERO | 1 << TRAP_INT_OVERFLOW);
    assert_int_equal(op_infos[OP_i32_add].traps, 0);
    assert_null(op_infos[OP_block].sig);
    assert_string_equal(fill->sig, "aia_v");
    assert_int_equal(fill->feature, FEATURE_BULK_MEMORY);
    assert_string_equal(trap_texts[TRAP_DIV_ZERO], "integer divide by zero");
}

static void levels_hold_built_features_only(void **state)
{
    (void)state;
    features all = features_of_level(9);
    for (unsigned f = 0; f < FEATURE_COUNT; f++)
        assert_int_equal(all >> f & 1, feature_infos[f].built);
    assert_int_equal(features_of_level(1), FEATURE_BIT(MVP) | FEATURE_BIT(MUTABLE_GLOBALS));
    assert_true(features_of_level(2) & FEATURE_BIT(BULK_MEMORY));
    assert_string_equal(feature_infos[FEATURE_BULK_MEMORY].text, "bulk-memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_by_code),
        cmocka_unit_test(codes_decode_to_their_rows),
        cmocka_unit_test(signatures_are_well_formed),
        cmocka_unit_test(signatures_agree_with_immediates),
        cmocka_unit_test(rows_say_what_they_should),
        cmocka_unit_test(levels_hold_built_features_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
