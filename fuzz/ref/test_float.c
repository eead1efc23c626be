/* test_float.c - arithmetic on bits gives what the processor gives, and NaNs by the rule.
 *
 * Random operands and all pairs of the interesting ones.  Where a NaN is involved the
 * processor is not asked: the rule is written out. */
#include "ref/float.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 200000 };

static const uint32_t edges32[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000, 0x00800001,
    0x3EFFFFFF, 0x3F000000, 0xBF000000, 0x3F000001, 0x3F7FFFFF, 0x3F800000, 0xBF800000,
    0x3FC00000, 0x40200000, 0x4AFFFFFF, 0x4B000000, 0x4B000001, 0x4EFFFFFF, 0x4F000000,
    0xCF000000, 0xCF000001, 0x4F800000, 0x5F000000, 0xDF000000, 0x5F800000, 0x7F7FFFFF,
    0xFF7FFFFF, 0x7F800000, 0xFF800000,
};

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static float f32_of(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float x;
    memcpy(&x, &low, sizeof x);
    return x;
}

static double f64_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits32(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return isnan(x) ? 0xFFC00000 : bits;
}

static uint64_t bits64(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return isnan(x) ? 0xFFF8000000000000 : bits;
}

/* ---- with numbers -------------------------------------------------------------------- */

#define ARITHMETIC(name, type, of, bits, format, root, up, down, cut, near)     \
    static void name(uint64_t a, uint64_t b)                                    \
    {                                                                           \
        volatile type x = of(a), y = of(b);                                     \
        if (isnan(x) || isnan(y))                                               \
            return;                                                             \
        assert_int_equal(float_add(format, a, b), bits(x + y));                 \
        assert_int_equal(float_sub(format, a, b), bits(x - y));                 \
        assert_int_equal(float_mul(format, a, b), bits(x *y));                  \
        assert_int_equal(float_div(format, a, b), bits(x / y));                 \
        assert_int_equal(float_sqrt(format, a), bits(root(x)));                 \
        assert_int_equal(float_round(format, a, ROUND_UP), bits(up(x)));        \
        assert_int_equal(float_round(format, a, ROUND_DOWN), bits(down(x)));    \
        assert_int_equal(float_round(format, a, ROUND_TO_ZERO), bits(cut(x)));  \
        assert_int_equal(float_round(format, a, ROUND_NEAREST), bits(near(x))); \
        assert_int_equal(float_eq(format, a, b), x == y);                       \
        assert_int_equal(float_lt(format, a, b), x < y);                        \
        assert_int_equal(float_le(format, a, b), x <= y);                       \
    }
ARITHMETIC(check32, float, f32_of, bits32, FLOAT_F32, sqrtf, ceilf, floorf, truncf,
           nearbyintf)
ARITHMETIC(check64, double, f64_of, bits64, FLOAT_F64, sqrt, ceil, floor, trunc, nearbyint)

static void check_conversions(uint64_t a)
{
    volatile float x = f32_of(a);
    volatile double y = f64_of(a);
    uint32_t low = (uint32_t)a;
    if (!isnan(x))
        assert_int_equal(float_convert(FLOAT_F32, low, FLOAT_F64), bits64((double)x));
    if (!isnan(y))
        assert_int_equal(float_convert(FLOAT_F64, a, FLOAT_F32), bits32((float)y));
    assert_int_equal(float_of_int(32, true, low, FLOAT_F32), bits32((float)(int32_t)low));
    assert_int_equal(float_of_int(32, false, low, FLOAT_F32), bits32((float)low));
    assert_int_equal(float_of_int(64, true, a, FLOAT_F32), bits32((float)(int64_t)a));
    assert_int_equal(float_of_int(64, false, a, FLOAT_F32), bits32((float)a));
    assert_int_equal(float_of_int(64, true, a, FLOAT_F64), bits64((double)(int64_t)a));
    assert_int_equal(float_of_int(64, false, a, FLOAT_F64), bits64((double)a));
}

/* x is an integer's value or near one; what lies outside must be said to. */
static void check_truncation(double x)
{
    uint64_t r, bits = bits64(x);
    bool inside = x > -2147483649.0 && x < 2147483648.0;
    enum trap trap = float_to_int(FLOAT_F64, bits, 32, true, &r);
    assert_int_equal(trap, inside ? TRAP_NONE : TRAP_INT_OVERFLOW);
    if (inside)
        assert_int_equal(r, (uint32_t)(int32_t)x);
    else
        assert_int_equal(r, x < 0 ? 0x80000000 : 0x7FFFFFFF);
    inside = x > -1 && x < 18446744073709551616.0;
    trap = float_to_int(FLOAT_F64, bits, 64, false, &r);
    assert_int_equal(trap, inside ? TRAP_NONE : TRAP_INT_OVERFLOW);
    if (inside)
        assert_int_equal(r, x < 0 ? 0 : (uint64_t)x);
    else
        assert_int_equal(r, x < 0 ? 0 : UINT64_MAX);
}

static void numbers_as_the_processor_does(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = next(&seed), b = next(&seed), c = next(&seed);
        check32((uint32_t)a, (uint32_t)b);
        check64(a, b);
        /* near one another, where cancellation is */
        check32((uint32_t)a, (uint32_t)a ^ (0x80000000 | (c & 0x1FFFFFF)));
        check64(a, a ^ (UINT64_C(1) << 63 | (c & 0x3FFFFFFFFFFFFF)));
        check_conversions(a);
        check_conversions(a >> (b & 63));
        check_truncation(ldexp((double)(int64_t)a, -(int)(b % 70)));
    }
}

static void edges_as_the_processor_does(void **state)
{
    (void)state;
    enum { N = sizeof edges32 / sizeof *edges32 };
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            uint64_t a = edges32[i], b = edges32[k];
            check32(a, b);
            check64(bits64((double)f32_of(a)), bits64((double)f32_of(b)));
            check64(a << 32 | 1, b << 32);
            check_conversions(a << 32 | b);
            if (f32_of(a) != -f32_of(b))
                check_truncation((double)f32_of(a) + (double)f32_of(b));
        }
}

/* ---- with NaNs ----------------------------------------------------------------------- */

static void the_first_nan_wins(void **state)
{
    (void)state;
    struct format f = FLOAT_F32;
    assert_int_equal(float_add(f, 0x7F800001, 0xFFC00002), 0x7FC00001);
    assert_int_equal(float_sub(f, 0x3F800000, 0xFF800002), 0xFFC00002);
    assert_int_equal(float_mul(f, 0xFFC12345, 0x7F800000), 0xFFC12345);
    assert_int_equal(float_div(f, 0x7FC00007, 0x7F800001), 0x7FC00007);
    assert_int_equal(float_min(f, 0x7F800001, 0xFFC00002), 0x7FC00001);
    assert_int_equal(float_max(f, 0x80000000, 0x7F800001), 0x7FC00001);
    assert_int_equal(float_sqrt(f, 0xFF800001), 0xFFC00001);
    assert_int_equal(float_round(f, 0xFF800001, ROUND_UP), 0xFFC00001);
    assert_int_equal(float_neg(f, 0x7F800001), 0xFF800001);
    assert_int_equal(float_eq(f, 0x7FC00000, 0x7FC00000), 0);
    assert_int_equal(float_le(f, 0x7FC00000, 0), 0);
}

static void nans_change_format(void **state)
{
    (void)state;
    assert_int_equal(float_convert(FLOAT_F32, 0xFF800001, FLOAT_F64), 0xFFF8000020000000);
    assert_int_equal(float_convert(FLOAT_F64, 0x7FF0000020000001, FLOAT_F32), 0x7FC00001);
}

static void zeros_have_an_order_for_min_and_max(void **state)
{
    (void)state;
    assert_int_equal(float_min(FLOAT_F32, 0, 0x80000000), 0x80000000);
    assert_int_equal(float_min(FLOAT_F32, 0x80000000, 0), 0x80000000);
    assert_int_equal(float_max(FLOAT_F32, 0x80000000, 0), 0);
    assert_int_equal(float_max(FLOAT_F32, 0, 0x80000000), 0);
    assert_int_equal(float_max(FLOAT_F32, 0xBF800000, 0x40000000), 0x40000000);
    assert_int_equal(float_min(FLOAT_F32, 0xBF800000, 0x40000000), 0xBF800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_the_processor_does),
        cmocka_unit_test(edges_as_the_processor_does),
        cmocka_unit_test(the_first_nan_wins),
        cmocka_unit_test(nans_change_format),
        cmocka_unit_test(zeros_have_an_order_for_min_and_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
