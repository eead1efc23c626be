/* test_interp_num.c - the interpreter's numeric functions at their edges, bit by bit. */
#include "interp/num.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Everything as bits, so that NaNs and the sign of zero can be told. */
static uint64_t bits_i(uint32_t v) { return v; }
static uint64_t bits_l(uint64_t v) { return v; }
static uint64_t bits_f(float v) { return num_bits_f(v); }
static uint64_t bits_d(double v) { return num_bits_d(v); }
static uint32_t make_i(uint64_t v) { return (uint32_t)v; }
static uint64_t make_l(uint64_t v) { return v; }
static float make_f(uint64_t v) { return num_float((uint32_t)v); }
static double make_d(uint64_t v) { return num_double(v); }

#define TYPE_i uint32_t
#define TYPE_l uint64_t
#define TYPE_f float
#define TYPE_d double

static void check(const char *fact, enum trap trap, uint64_t want, enum trap got_trap,
                  uint64_t got)
{
    if (trap != got_trap || (trap == TRAP_NONE && want != got))
        fail_msg("%s: got trap %d, 0x%llx, want trap %d, 0x%llx", fact, got_trap,
                 (unsigned long long)got, trap, (unsigned long long)want);
}

#define UNARY(fact, name, t, r, a, how, want)                    \
    do {                                                         \
        TYPE_##r result = 0;                                     \
        enum trap got = num_##name(make_##t(a), &result);        \
        check(#name " " fact, how, want, got, bits_##r(result)); \
    } while (0)
#define BINARY(fact, name, t, r, a, b, how, want)                      \
    do {                                                               \
        TYPE_##r result = 0;                                           \
        enum trap got = num_##name(make_##t(a), make_##t(b), &result); \
        check(#name " " fact, how, want, got, bits_##r(result));       \
    } while (0)

/* f32 and f64 patterns. */
#define F_SNAN    UINT64_C(0x7FA00001)
#define F_QUIET   UINT64_C(0x7FE00001) /* F_SNAN, quieted */
#define F_SNAN2   UINT64_C(0xFF800123)
#define F_QUIET2  UINT64_C(0xFFC00123)
#define F_ONE     UINT64_C(0x3F800000)
#define F_DEFAULT UINT64_C(0xFFC00000) /* what x86 makes of an invalid operation */
#define F_NEG0    UINT64_C(0x80000000)
#define D_SNAN    UINT64_C(0x7FF4000000000001)
#define D_QUIET   UINT64_C(0x7FFC000000000001)
#define D_SNAN2   UINT64_C(0xFFF0000000000123)
#define D_QUIET2  UINT64_C(0xFFF8000000000123)
#define D_ONE     UINT64_C(0x3FF0000000000000)
#define D_DEFAULT UINT64_C(0xFFF8000000000000)
#define D_NEG0    UINT64_C(0x8000000000000000)

static void division_traps_and_wraps(void **state)
{
    (void)state;
    BINARY("by zero", i32_div_s, i, i, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("by zero", i32_div_u, i, i, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("by zero", i32_rem_s, i, i, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("by zero", i32_rem_u, i, i, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("min by -1", i32_div_s, i, i, 0x80000000, 0xFFFFFFFF, TRAP_INT_OVERFLOW, 0);
    BINARY("min by -1", i32_rem_s, i, i, 0x80000000, 0xFFFFFFFF, TRAP_NONE, 0);
    BINARY("-7 by 2", i32_div_s, i, i, 0xFFFFFFF9, 2, TRAP_NONE, 0xFFFFFFFD);
    BINARY("-7 by 2", i32_rem_s, i, i, 0xFFFFFFF9, 2, TRAP_NONE, 0xFFFFFFFF);
    BINARY("by zero", i64_div_s, l, l, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("by zero", i64_div_u, l, l, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("by zero", i64_rem_s, l, l, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("by zero", i64_rem_u, l, l, 7, 0, TRAP_DIV_ZERO, 0);
    BINARY("min by -1", i64_div_s, l, l, D_NEG0, UINT64_MAX, TRAP_INT_OVERFLOW, 0);
    BINARY("min by -1", i64_rem_s, l, l, D_NEG0, UINT64_MAX, TRAP_NONE, 0);
}

static void shift_counts_are_taken_modulo_the_width(void **state)
{
    (void)state;
    BINARY("by 33", i32_shl, i, i, 1, 33, TRAP_NONE, 2);
    BINARY("by 33", i32_shr_u, i, i, 0x80000000, 33, TRAP_NONE, 0x40000000);
    BINARY("by 33", i32_shr_s, i, i, 0x80000000, 33, TRAP_NONE, 0xC0000000);
    BINARY("by 32", i32_rotl, i, i, 0x80000001, 32, TRAP_NONE, 0x80000001);
    BINARY("by 33", i32_rotr, i, i, 1, 33, TRAP_NONE, 0x80000000);
    BINARY("by 65", i64_shl, l, l, 1, 65, TRAP_NONE, 2);
    BINARY("by -1", i64_shr_u, l, l, D_NEG0, UINT64_MAX, TRAP_NONE, 1);
    BINARY("by 65", i64_shr_s, l, l, D_NEG0, 65, TRAP_NONE, UINT64_C(0xC000000000000000));
    BINARY("by 0", i64_rotl, l, l, 5, 0, TRAP_NONE, 5);
    BINARY("by 1", i64_rotr, l, l, 1, 1, TRAP_NONE, D_NEG0);
}

static void bits_of_zero_are_counted(void **state)
{
    (void)state;
    UNARY("0", i32_clz, i, i, 0, TRAP_NONE, 32);
    UNARY("0", i32_ctz, i, i, 0, TRAP_NONE, 32);
    UNARY("1", i32_clz, i, i, 1, TRAP_NONE, 31);
    UNARY("min", i32_ctz, i, i, 0x80000000, TRAP_NONE, 31);
    UNARY("-1", i32_popcnt, i, i, 0xFFFFFFFF, TRAP_NONE, 32);
    UNARY("0", i64_clz, l, l, 0, TRAP_NONE, 64);
    UNARY("0", i64_ctz, l, l, 0, TRAP_NONE, 64);
    UNARY("-1", i64_popcnt, l, l, UINT64_MAX, TRAP_NONE, 64);
}

static void the_first_nan_wins_and_is_quieted(void **state)
{
    (void)state;
#define NAN_2(name)                                                                \
    BINARY("two NaNs", f32_##name, f, f, F_SNAN, F_SNAN2, TRAP_NONE, F_QUIET);     \
    BINARY("two NaNs", f32_##name, f, f, F_SNAN2, F_SNAN, TRAP_NONE, F_QUIET2);    \
    BINARY("first a NaN", f32_##name, f, f, F_SNAN, F_ONE, TRAP_NONE, F_QUIET);    \
    BINARY("second a NaN", f32_##name, f, f, F_ONE, F_SNAN2, TRAP_NONE, F_QUIET2); \
    BINARY("two NaNs", f64_##name, d, d, D_SNAN, D_SNAN2, TRAP_NONE, D_QUIET);     \
    BINARY("two NaNs", f64_##name, d, d, D_SNAN2, D_SNAN, TRAP_NONE, D_QUIET2);    \
    BINARY("first a NaN", f64_##name, d, d, D_SNAN, D_ONE, TRAP_NONE, D_QUIET);    \
    BINARY("second a NaN", f64_##name, d, d, D_ONE, D_SNAN2, TRAP_NONE, D_QUIET2)
    NAN_2(add);
    NAN_2(sub);
    NAN_2(mul);
    NAN_2(div);
    NAN_2(min);
    NAN_2(max);
#define NAN_1(name)                                               \
    UNARY("a NaN", f32_##name, f, f, F_SNAN, TRAP_NONE, F_QUIET); \
    UNARY("a NaN", f64_##name, d, d, D_SNAN, TRAP_NONE, D_QUIET)
    NAN_1(ceil);
    NAN_1(floor);
    NAN_1(trunc);
    NAN_1(nearest);
    NAN_1(sqrt);
    UNARY("-1", f32_sqrt, f, f, 0xBF800000, TRAP_NONE, F_DEFAULT);
    UNARY("-1", f64_sqrt, d, d, UINT64_C(0xBFF0000000000000), TRAP_NONE, D_DEFAULT);
    BINARY("0 / 0", f32_div, f, f, 0, 0, TRAP_NONE, F_DEFAULT);
    BINARY("0 / 0", f64_div, d, d, 0, 0, TRAP_NONE, D_DEFAULT);
    UNARY("a NaN", f64_promote_f32, f, d, F_SNAN, TRAP_NONE, UINT64_C(0x7FFC000020000000));
    UNARY("a NaN", f32_demote_f64, d, f, D_SNAN2, TRAP_NONE, F_DEFAULT);
}

static void sign_operations_touch_nothing_else(void **state)
{
    (void)state;
    UNARY("a NaN", f32_neg, f, f, F_SNAN, TRAP_NONE, F_SNAN | F_NEG0);
    UNARY("a NaN", f32_abs, f, f, F_SNAN2, TRAP_NONE, F_SNAN2 & ~F_NEG0);
    BINARY("a NaN", f32_copysign, f, f, F_SNAN, F_SNAN2, TRAP_NONE, F_SNAN | F_NEG0);
    UNARY("a NaN", f64_neg, d, d, D_SNAN, TRAP_NONE, D_SNAN | D_NEG0);
    UNARY("a NaN", f64_abs, d, d, D_SNAN2, TRAP_NONE, D_SNAN2 & ~D_NEG0);
    BINARY("a NaN", f64_copysign, d, d, D_SNAN, D_SNAN2, TRAP_NONE, D_SNAN | D_NEG0);
    UNARY("a NaN", i32_reinterpret_f32, f, i, F_SNAN, TRAP_NONE, F_SNAN);
    UNARY("a NaN", f64_reinterpret_i64, l, d, D_SNAN, TRAP_NONE, D_SNAN);
}

static void zeros_have_an_order_in_min_and_max(void **state)
{
    (void)state;
    BINARY("0, -0", f32_min, f, f, 0, F_NEG0, TRAP_NONE, F_NEG0);
    BINARY("-0, 0", f32_min, f, f, F_NEG0, 0, TRAP_NONE, F_NEG0);
    BINARY("0, -0", f32_max, f, f, 0, F_NEG0, TRAP_NONE, 0);
    BINARY("-0, 0", f32_max, f, f, F_NEG0, 0, TRAP_NONE, 0);
    BINARY("0, -0", f64_min, d, d, 0, D_NEG0, TRAP_NONE, D_NEG0);
    BINARY("-0, 0", f64_max, d, d, D_NEG0, 0, TRAP_NONE, 0);
    UNARY("-0.5", f32_nearest, f, f, 0xBF000000, TRAP_NONE, F_NEG0);
    UNARY("-0.5", f64_ceil, d, d, UINT64_C(0xBFE0000000000000), TRAP_NONE, D_NEG0);
    UNARY("2.5", f64_nearest, d, d, UINT64_C(0x4004000000000000), TRAP_NONE,
          UINT64_C(0x4000000000000000));
}

static void comparisons_with_nan_do_not_hold(void **state)
{
    (void)state;
    BINARY("NaN", f32_eq, f, i, F_SNAN, F_SNAN, TRAP_NONE, 0);
    BINARY("NaN", f32_ne, f, i, F_SNAN, F_SNAN, TRAP_NONE, 1);
    BINARY("NaN", f32_lt, f, i, F_ONE, F_SNAN, TRAP_NONE, 0);
    BINARY("NaN", f32_ge, f, i, F_ONE, F_SNAN, TRAP_NONE, 0);
    BINARY("NaN", f64_gt, d, i, D_SNAN, D_ONE, TRAP_NONE, 0);
    BINARY("NaN", f64_le, d, i, D_SNAN, D_ONE, TRAP_NONE, 0);
}

/* The last float that truncates and the first that does not, on both sides. */
static void truncation_traps_at_the_bounds(void **state)
{
    (void)state;
    UNARY("2^31", i32_trunc_f32_s, f, i, 0x4F000000, TRAP_INT_OVERFLOW, 0);
    UNARY("below 2^31", i32_trunc_f32_s, f, i, 0x4EFFFFFF, TRAP_NONE, 0x7FFFFF80);
    UNARY("-2^31", i32_trunc_f32_s, f, i, 0xCF000000, TRAP_NONE, 0x80000000);
    UNARY("below -2^31", i32_trunc_f32_s, f, i, 0xCF000001, TRAP_INT_OVERFLOW, 0);
    UNARY("NaN", i32_trunc_f32_s, f, i, F_SNAN, TRAP_CONVERSION, 0);
    UNARY("-0.99", i32_trunc_f32_u, f, i, 0xBF7FFFFF, TRAP_NONE, 0);
    UNARY("-1", i32_trunc_f32_u, f, i, 0xBF800000, TRAP_INT_OVERFLOW, 0);
    UNARY("2^32", i32_trunc_f32_u, f, i, 0x4F800000, TRAP_INT_OVERFLOW, 0);
    UNARY("2^31 - 0.1", i32_trunc_f64_s, d, i, UINT64_C(0x41DFFFFFFFE66666), TRAP_NONE,
          0x7FFFFFFF);
    UNARY("-2^31 - 0.9", i32_trunc_f64_s, d, i, UINT64_C(0xC1E00000001CCCCD), TRAP_NONE,
          0x80000000);
    UNARY("-2^31 - 1", i32_trunc_f64_s, d, i, UINT64_C(0xC1E0000000200000),
          TRAP_INT_OVERFLOW, 0);
    UNARY("2^32 - 1", i32_trunc_f64_u, d, i, UINT64_C(0x41EFFFFFFFE00000), TRAP_NONE,
          0xFFFFFFFF);
    UNARY("2^63", i64_trunc_f64_s, d, l, UINT64_C(0x43E0000000000000), TRAP_INT_OVERFLOW,
          0);
    UNARY("-2^63", i64_trunc_f64_s, d, l, UINT64_C(0xC3E0000000000000), TRAP_NONE, D_NEG0);
    UNARY("below -2^63", i64_trunc_f64_s, d, l, UINT64_C(0xC3E0000000000001),
          TRAP_INT_OVERFLOW, 0);
    UNARY("2^63", i64_trunc_f64_u, d, l, UINT64_C(0x43E0000000000000), TRAP_NONE, D_NEG0);
    UNARY("2^64", i64_trunc_f64_u, d, l, UINT64_C(0x43F0000000000000), TRAP_INT_OVERFLOW,
          0);
    UNARY("2^64", i64_trunc_f32_u, f, l, 0x5F800000, TRAP_INT_OVERFLOW, 0);
    UNARY("-2^63", i64_trunc_f32_s, f, l, 0xDF000000, TRAP_NONE, D_NEG0);
}

static void saturation_stops_at_the_bounds(void **state)
{
    (void)state;
    UNARY("NaN", i32_trunc_sat_f32_s, f, i, F_SNAN, TRAP_NONE, 0);
    UNARY("infinity", i32_trunc_sat_f32_s, f, i, 0x7F800000, TRAP_NONE, 0x7FFFFFFF);
    UNARY("-infinity", i32_trunc_sat_f64_s, d, i, UINT64_C(0xFFF0000000000000), TRAP_NONE,
          0x80000000);
    UNARY("-1", i32_trunc_sat_f64_u, d, i, UINT64_C(0xBFF0000000000000), TRAP_NONE, 0);
    UNARY("2^32", i32_trunc_sat_f32_u, f, i, 0x4F800000, TRAP_NONE, 0xFFFFFFFF);
    UNARY("2^63", i64_trunc_sat_f32_s, f, l, 0x5F000000, TRAP_NONE, INT64_MAX);
    UNARY("2^64", i64_trunc_sat_f64_u, d, l, UINT64_C(0x43F0000000000000), TRAP_NONE,
          UINT64_MAX);
}

static void conversions_round_once(void **state)
{
    (void)state;
    UNARY("2^24 + 1", f32_convert_i32_s, i, f, 0x01000001, TRAP_NONE, 0x4B800000);
    UNARY("2^32 - 1", f32_convert_i32_u, i, f, 0xFFFFFFFF, TRAP_NONE, 0x4F800000);
    UNARY("2^64 - 1", f64_convert_i64_u, l, d, UINT64_MAX, TRAP_NONE,
          UINT64_C(0x43F0000000000000));
    /* half way between two floats but for the last bit */
    UNARY("2^63 + 2^39 + 1", f32_convert_i64_u, l, f, UINT64_C(0x8000008000000001),
          TRAP_NONE, 0x5F000001);
    UNARY("-1", f64_convert_i64_s, l, d, UINT64_MAX, TRAP_NONE,
          UINT64_C(0xBFF0000000000000));
    UNARY("-1", i64_extend_i32_s, i, l, 0xFFFFFFFF, TRAP_NONE, UINT64_MAX);
    UNARY("0x80", i32_extend8_s, i, i, 0x1280, TRAP_NONE, 0xFFFFFF80);
    UNARY("0x8000", i64_extend16_s, l, l, 0x18000, TRAP_NONE, UINT64_C(0xFFFFFFFFFFFF8000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(division_traps_and_wraps),
        cmocka_unit_test(shift_counts_are_taken_modulo_the_width),
        cmocka_unit_test(bits_of_zero_are_counted),
        cmocka_unit_test(the_first_nan_wins_and_is_quieted),
        cmocka_unit_test(sign_operations_touch_nothing_else),
        cmocka_unit_test(zeros_have_an_order_in_min_and_max),
        cmocka_unit_test(comparisons_with_nan_do_not_hold),
        cmocka_unit_test(truncation_traps_at_the_bounds),
        cmocka_unit_test(saturation_stops_at_the_bounds),
        cmocka_unit_test(conversions_round_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
