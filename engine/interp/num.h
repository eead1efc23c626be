/* num.h - what the numeric instructions compute, for the interpreter alone.
 *
 * One function per row of ops.def that has a signature over numbers:
 *
 *     enum trap num_<row>(operands..., result *r)
 *
 * with i = uint32_t, l = uint64_t, f = float, d = double.  It returns TRAP_NONE, a constant
 * for most rows, or the trap; *r is set in the first case only.  The compilers and the
 * reference evaluator have their own: comparing them is the point.
 *
 * Floats.  Arithmetic is one SSE instruction in asm, because C compilers commute operands
 * and the first NaN has to win; the instruction quiets it.  Nothing here calls a function
 * of the C library, so that handlers stay leaves.  spec: op-fadd and its neighbours; nan
 * propagation as x86 does. */
#ifndef WX_INTERP_NUM_H
#define WX_INTERP_NUM_H

#include "base/bugs.h"
#include "base/compiler.h"
#include "wasm/opcode.h"
#include <stdint.h>
#include <string.h>

/* ---- bits ---------------------------------------------------------------------------- */

static inline uint32_t num_bits_f(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline uint64_t num_bits_d(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline float num_float(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double num_double(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#define NUM_SIGN_F  UINT32_C(0x80000000)
#define NUM_SIGN_D  UINT64_C(0x8000000000000000)
#define NUM_QUIET_F UINT32_C(0x00400000)
#define NUM_QUIET_D UINT64_C(0x0008000000000000)

static inline float num_quiet_f(float v) { return num_float(num_bits_f(v) | NUM_QUIET_F); }
static inline double num_quiet_d(double v)
{
    return num_double(num_bits_d(v) | NUM_QUIET_D);
}

/* A function without traps. */
#define NUM_1(name, T, R, expression)             \
    static inline enum trap num_##name(T a, R *r) \
    {                                             \
        *r = (R)(expression);                     \
        return TRAP_NONE;                         \
    }
#define NUM_2(name, T, R, expression)                  \
    static inline enum trap num_##name(T a, T b, R *r) \
    {                                                  \
        *r = (R)(expression);                          \
        return TRAP_NONE;                              \
    }

/* ---- integers ------------------------------------------------------------------------ */

static inline uint32_t num_popcnt(uint64_t v)
{
    uint64_t n;
    __asm__("popcnt %1, %0" : "=r"(n) : "r"(v) : "cc");
    return (uint32_t)n;
}

/* U, S: the unsigned and the signed type; W: bits.  spec: op-iadd to op-ige */
#define NUM_INTEGERS(t, U, S, W, SUFFIX)                            \
    NUM_1(t##_eqz, U, uint32_t, a == 0)                             \
    NUM_2(t##_eq, U, uint32_t, a == b)                              \
    NUM_2(t##_ne, U, uint32_t, a != b)                              \
    NUM_2(t##_lt_s, U, uint32_t, (S)a < (S)b)                       \
    NUM_2(t##_lt_u, U, uint32_t, a < b)                             \
    NUM_2(t##_gt_s, U, uint32_t, (S)a > (S)b)                       \
    NUM_2(t##_gt_u, U, uint32_t, a > b)                             \
    NUM_2(t##_le_s, U, uint32_t, (S)a <= (S)b)                      \
    NUM_2(t##_le_u, U, uint32_t, a <= b)                            \
    NUM_2(t##_ge_s, U, uint32_t, (S)a >= (S)b)                      \
    NUM_2(t##_ge_u, U, uint32_t, a >= b)                            \
    NUM_1(t##_clz, U, U, a == 0 ? W : __builtin_clz##SUFFIX(a))     \
    NUM_1(t##_ctz, U, U, a == 0 ? W : __builtin_ctz##SUFFIX(a))     \
    NUM_1(t##_popcnt, U, U, num_popcnt(a))                          \
    NUM_2(t##_add, U, U, a + b)                                     \
    NUM_2(t##_sub, U, U, a - b)                                     \
    NUM_2(t##_mul, U, U, a *(b))                                    \
    NUM_2(t##_and, U, U, a &(b))                                    \
    NUM_2(t##_or, U, U, a | b)                                      \
    NUM_2(t##_xor, U, U, a ^ b)                                     \
    NUM_2(t##_shl, U, U, a << (b & (W - 1)))                        \
    NUM_2(t##_shr_s, U, U, (S)a >> (b & (W - 1)))                   \
    NUM_2(t##_shr_u, U, U, a >> (b & (W - 1)))                      \
    NUM_2(t##_rotl, U, U, a << (b & (W - 1)) | a >> (-b & (W - 1))) \
    NUM_2(t##_rotr, U, U, a >> (b & (W - 1)) | a << (-b & (W - 1)))

NUM_INTEGERS(i32, uint32_t, int32_t, 32, )
NUM_INTEGERS(i64, uint64_t, int64_t, 64, ll)

/* spec: op-idiv, op-irem.  The quotient MIN / -1 does not exist; the remainder is 0. */
#define NUM_DIVISIONS(t, U, S, MIN)                           \
    static inline enum trap num_##t##_div_s(U a, U b, U *r)   \
    {                                                         \
        if (UNLIKELY(b == 0))                                 \
            return TRAP_DIV_ZERO;                             \
        if (UNLIKELY((S)b == -1 && (S)a == MIN))              \
            return TRAP_INT_OVERFLOW;                         \
        *r = (U)((S)a / (S)b);                                \
        return TRAP_NONE;                                     \
    }                                                         \
    static inline enum trap num_##t##_rem_s(U a, U b, U *r)   \
    {                                                         \
        if (UNLIKELY(b == 0))                                 \
            return TRAP_DIV_ZERO;                             \
        *r = (S)b == -1 ? WX_BUG(X19) * a : (U)((S)a % (S)b); \
        return TRAP_NONE;                                     \
    }                                                         \
    static inline enum trap num_##t##_div_u(U a, U b, U *r)   \
    {                                                         \
        if (UNLIKELY(b == 0))                                 \
            return TRAP_DIV_ZERO;                             \
        *r = a / b;                                           \
        return TRAP_NONE;                                     \
    }                                                         \
    static inline enum trap num_##t##_rem_u(U a, U b, U *r)   \
    {                                                         \
        if (UNLIKELY(b == 0))                                 \
            return TRAP_DIV_ZERO;                             \
        *r = a % b;                                           \
        return TRAP_NONE;                                     \
    }

NUM_DIVISIONS(i32, uint32_t, int32_t, INT32_MIN)
NUM_DIVISIONS(i64, uint64_t, int64_t, INT64_MIN)

/* ---- floats -------------------------------------------------------------------------- */

/* A binary operation of one instruction: the first operand is its destination. */
#define NUM_ASM_2(name, T, instruction)                    \
    static inline enum trap num_##name(T a, T b, T *r)     \
    {                                                      \
        __asm__(instruction " %1, %0" : "+x"(a) : "x"(b)); \
        *r = a;                                            \
        return TRAP_NONE;                                  \
    }
#define NUM_ASM_1(name, T, instruction)           \
    static inline enum trap num_##name(T a, T *r) \
    {                                             \
        __asm__(instruction " %0, %0" : "+x"(a)); \
        *r = a;                                   \
        return TRAP_NONE;                         \
    }

/* The sign of a zero: min of -0 and +0 is -0, max is +0.  spec: op-fmin, op-fmax */
#define NUM_MIN_MAX(t, T, bits, make, quiet)              \
    static inline enum trap num_##t##_min(T a, T b, T *r) \
    {                                                     \
        if (a < b)                                        \
            *r = a;                                       \
        else if (b < a)                                   \
            *r = b;                                       \
        else if (a == b)                                  \
            *r = make(bits(a) | bits(b));                 \
        else                                              \
            *r = quiet(a != a ? a : b);                   \
        return TRAP_NONE;                                 \
    }                                                     \
    static inline enum trap num_##t##_max(T a, T b, T *r) \
    {                                                     \
        if (a > b)                                        \
            *r = a;                                       \
        else if (b > a)                                   \
            *r = b;                                       \
        else if (a == b)                                  \
            *r = make(bits(a) & bits(b));                 \
        else                                              \
            *r = quiet(a != a ? a : b);                   \
        return TRAP_NONE;                                 \
    }

#define NUM_FLOATS(t, T, S, bits, make, quiet, SIGN)                      \
    NUM_2(t##_eq, T, uint32_t, a == b)                                    \
    NUM_2(t##_ne, T, uint32_t, a != b)                                    \
    NUM_2(t##_lt, T, uint32_t, a < b)                                     \
    NUM_2(t##_gt, T, uint32_t, a > b)                                     \
    NUM_2(t##_le, T, uint32_t, a <= b)                                    \
    NUM_2(t##_ge, T, uint32_t, a >= b)                                    \
    NUM_1(t##_abs, T, T, make(bits(a) & ~SIGN))                           \
    NUM_1(t##_neg, T, T, make(bits(a) ^ SIGN))                            \
    NUM_2(t##_copysign, T, T, make((bits(a) & ~SIGN) | (bits(b) & SIGN))) \
    NUM_ASM_1(t##_nearest, T, "rounds" S " $8,")                          \
    NUM_ASM_1(t##_floor, T, "rounds" S " $9,")                            \
    NUM_ASM_1(t##_ceil, T, "rounds" S " $10,")                            \
    NUM_ASM_1(t##_trunc, T, "rounds" S " $11,")                           \
    NUM_ASM_1(t##_sqrt, T, "sqrts" S)                                     \
    NUM_ASM_2(t##_add, T, "adds" S)                                       \
    NUM_ASM_2(t##_sub, T, "subs" S)                                       \
    NUM_ASM_2(t##_mul, T, "muls" S)                                       \
    NUM_ASM_2(t##_div, T, "divs" S)                                       \
    NUM_MIN_MAX(t, T, bits, make, quiet)

NUM_FLOATS(f32, float, "s", num_bits_f, num_float, num_quiet_f, NUM_SIGN_F)
NUM_FLOATS(f64, double, "d", num_bits_d, num_double, num_quiet_d, NUM_SIGN_D)

/* ---- conversions --------------------------------------------------------------------- */

/* Truncation is defined between low and high, both excluded; saturation stops at min and
 * max. spec: op-trunc, op-trunc_sat */
#define NUM_TRUNCATIONS(to, from, suffix, T, I, R, low, high, min, max)       \
    static inline enum trap num_##to##_trunc_##from##_##suffix(T a, R *r)     \
    {                                                                         \
        if (UNLIKELY(a != a))                                                 \
            return TRAP_CONVERSION;                                           \
        if (UNLIKELY(!(a > (T)low && a < (T)high)))                           \
            return TRAP_INT_OVERFLOW;                                         \
        *r = (R)(I)a;                                                         \
        return TRAP_NONE;                                                     \
    }                                                                         \
    static inline enum trap num_##to##_trunc_sat_##from##_##suffix(T a, R *r) \
    {                                                                         \
        if (UNLIKELY(a != a))                                                 \
            *r = 0;                                                           \
        else if (UNLIKELY(!(a > (T)low)))                                     \
            *r = (R)min;                                                      \
        else if (UNLIKELY(!(a < (T)high)))                                    \
            *r = (R)max;                                                      \
        else                                                                  \
            *r = (R)(I)a;                                                     \
        return TRAP_NONE;                                                     \
    }

/* low is the smaller of MIN - 1 and the float next below MIN. */
NUM_TRUNCATIONS(i32, f32, s, float, int32_t, uint32_t, -0x1.000002p31f, 0x1p31f, INT32_MIN,
                INT32_MAX)
NUM_TRUNCATIONS(i32, f32, u, float, uint32_t, uint32_t, -1.0f, 0x1p32f, 0, UINT32_MAX)
NUM_TRUNCATIONS(i32, f64, s, double, int32_t, uint32_t, -0x1.00000002p31, 0x1p31, INT32_MIN,
                INT32_MAX)
NUM_TRUNCATIONS(i32, f64, u, double, uint32_t, uint32_t, -1.0, 0x1p32, 0, UINT32_MAX)
NUM_TRUNCATIONS(i64, f32, s, float, int64_t, uint64_t, -0x1.000002p63f, 0x1p63f, INT64_MIN,
                INT64_MAX)
NUM_TRUNCATIONS(i64, f32, u, float, uint64_t, uint64_t, -1.0f, 0x1p64f, 0, UINT64_MAX)
NUM_TRUNCATIONS(i64, f64, s, double, int64_t, uint64_t, -0x1.0000000000001p63, 0x1p63,
                INT64_MIN, INT64_MAX)
NUM_TRUNCATIONS(i64, f64, u, double, uint64_t, uint64_t, -1.0, 0x1p64, 0, UINT64_MAX)

/* A signaling NaN is quieted by the instruction; the asm keeps compilers from folding. */
static inline enum trap num_f32_demote_f64(double a, float *r)
{
    __asm__("cvtsd2ss %1, %0" : "=x"(*r) : "x"(a));
    return TRAP_NONE;
}

static inline enum trap num_f64_promote_f32(float a, double *r)
{
    __asm__("cvtss2sd %1, %0" : "=x"(*r) : "x"(a));
    return TRAP_NONE;
}

NUM_1(f32_convert_i32_s, uint32_t, float, (int32_t)a)
NUM_1(f32_convert_i32_u, uint32_t, float, a)
NUM_1(f32_convert_i64_s, uint64_t, float, (int64_t)a)
NUM_1(f32_convert_i64_u, uint64_t, float, a)
NUM_1(f64_convert_i32_s, uint32_t, double, (int32_t)a)
NUM_1(f64_convert_i32_u, uint32_t, double, a)
NUM_1(f64_convert_i64_s, uint64_t, double, (int64_t)a)
NUM_1(f64_convert_i64_u, uint64_t, double, a)

NUM_1(i32_wrap_i64, uint64_t, uint32_t, a)
NUM_1(i64_extend_i32_s, uint32_t, uint64_t, (int64_t)(int32_t)a)
NUM_1(i64_extend_i32_u, uint32_t, uint64_t, a)
NUM_1(i32_extend8_s, uint32_t, uint32_t, (int32_t)(int8_t)a)
NUM_1(i32_extend16_s, uint32_t, uint32_t, (int32_t)(int16_t)a)
NUM_1(i64_extend8_s, uint64_t, uint64_t, (int64_t)(int8_t)a)
NUM_1(i64_extend16_s, uint64_t, uint64_t, (int64_t)(int16_t)a)
NUM_1(i64_extend32_s, uint64_t, uint64_t, (int64_t)(int32_t)a)

NUM_1(i32_reinterpret_f32, float, uint32_t, num_bits_f(a))
NUM_1(i64_reinterpret_f64, double, uint64_t, num_bits_d(a))
NUM_1(f32_reinterpret_i32, uint32_t, float, num_float(a))
NUM_1(f64_reinterpret_i64, uint64_t, double, num_double(a))

#endif
