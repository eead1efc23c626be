/* test_value.c - what is printed for a value reads back as the same bits; names in bytes that are
 * no module do no harm. */
#include "tools/wx/names.h"
#include "tools/wx/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 200000 };

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state ^ *state >> 29;
}

static void check_round_trip(wx_valtype type, uint64_t bits)
{
    wx_value v = { .type = type, .of.f64_bits = bits }, back = { .type = type };
    struct text t;
    text_clear(&t);
    text_add_value(&t, &v);
    const char *why = value_parse(t.at, NULL, &back);
    if (why)
        fail_msg("%s: %s", t.at, why);
    size_t size = type == WX_I32 || type == WX_F32 ? 4 : 8;
    if (memcmp(&v.of, &back.of, size) != 0)
        fail_msg("%s reads back as %llx, not %llx", t.at,
                 (unsigned long long)back.of.f64_bits, (unsigned long long)bits);
}

static void random_bits_read_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bits = next(&seed);
        check_round_trip(WX_I32, bits & UINT32_MAX);
        check_round_trip(WX_I64, bits);
        check_round_trip(WX_F32, bits & UINT32_MAX);
        check_round_trip(WX_F64, bits);
    }
}

static void edges_read_back(void **state)
{
    static const uint32_t f32[] = { 0,          0x80000000, 1,          0x007FFFFF,
                                    0x00800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000,
                                    0x7F800001, 0x7FC00000, 0xFFFFFFFF };
    static const uint32_t f64_high[] = { 0,          0x80000000, 0x000FFFFF, 0x00100000,
                                         0x7FEFFFFF, 0x7FF00000, 0xFFF00000, 0x7FF80000 };
    (void)state;
    for (size_t i = 0; i < sizeof f32 / sizeof *f32; i++)
        check_round_trip(WX_F32, f32[i]);
    for (size_t i = 0; i < sizeof f64_high / sizeof *f64_high; i++)
        for (uint64_t low = 0; low < 2; low++)
            check_round_trip(WX_F64, (uint64_t)f64_high[i] << 32 | (0 - low) >> 32);
}

static void v128_reads_back(void **state)
{
    wx_value v = { .type = WX_V128 }, back = { .type = WX_V128 };
    struct text t;
    (void)state;
    for (uint8_t i = 0; i < 16; i++)
        v.of.v128[i] = (uint8_t)(i * 17);
    text_clear(&t);
    text_add_value(&t, &v);
    assert_string_equal(t.at, "v128:0xffeeddccbbaa99887766554433221100");
    assert_null(value_parse(t.at, NULL, &back));
    assert_memory_equal(v.of.v128, back.of.v128, 16);
}

static void long_text_is_cut(void **state)
{
    struct text t;
    (void)state;
    text_clear(&t);
    for (int i = 0; i < 1000; i++)
        text_add(&t, "%d,", i);
    assert_int_equal(t.len, sizeof t.at - 1);
    assert_int_equal(strlen(t.at), t.len);
}

static void names_are_found(void **state)
{
    static const uint8_t module[] = { 0, 'a', 's', 'm', 1, 0, 0, 0,
                                      /* export section: "x" is function 2 */
                                      7, 5, 1, 1, 'x', 0, 2,
                                      /* name section: function 1 is "one" */
                                      0, 13, 4, 'n', 'a', 'm', 'e', 1, 6, 1, 1, 3, 'o', 'n',
                                      'e' };
    (void)state;
    wx_name one = names_function(module, sizeof module, 1);
    assert_int_equal(one.len, 3);
    assert_memory_equal(one.at, "one", 3);
    wx_name two = names_function(module, sizeof module, 2);
    assert_int_equal(two.len, 1);
    assert_memory_equal(two.at, "x", 1);
    assert_int_equal(names_function(module, sizeof module, 3).len, 0);
    for (size_t len = 0; len < sizeof module; len++)
        assert_true(names_function(module, len, 1).len <= 3);
}

static void names_of_anything(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < ROUNDS / 10; round++) {
        uint8_t bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(next(&seed) >> 32 & (round % 2 ? 0xFF : 7));
        wx_name name = names_function(bytes, sizeof bytes, 1);
        if (name.len)
            assert_true((const uint8_t *)name.at >= bytes &&
                        (const uint8_t *)name.at + name.len <= bytes + sizeof bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bits_read_back), cmocka_unit_test(edges_read_back),
        cmocka_unit_test(v128_reads_back),       cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(names_are_found),       cmocka_unit_test(names_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
