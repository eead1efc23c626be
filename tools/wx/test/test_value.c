/* test_value.c - what is printed for a value reads back as the same bits. */
#include "tools/wx/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 20000 };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bits_read_back),
        cmocka_unit_test(edges_read_back),
        cmocka_unit_test(v128_reads_back),
        cmocka_unit_test(long_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
