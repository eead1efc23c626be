/* int.c - integer instructions, for both widths at once: w is 32 or 64, operands < 2^w.
 *
 * Written bit by bit from the definitions: no signed C arithmetic, no builtins.
 * spec: op-iadd and its neighbours */
#include "ref/machine.h"

static uint64_t low_bits(unsigned w)
{
    return w == 64 ? UINT64_MAX : (UINT64_C(1) << w) - 1;
}
static uint64_t sign_bit(unsigned w) { return UINT64_C(1) << (w - 1); }
static bool is_negative(unsigned w, uint64_t a) { return (a & sign_bit(w)) != 0; }
static uint64_t negate(unsigned w, uint64_t a) { return (~a + 1) & low_bits(w); }
static uint64_t magnitude(unsigned w, uint64_t a)
{
    return is_negative(w, a) ? negate(w, a) : a;
}

/* ---- one operand --------------------------------------------------------------------- */

static uint64_t clz(unsigned w, uint64_t a)
{
    uint64_t n = 0;
    while (n < w && (a >> (w - 1 - n) & 1) == 0)
        n++;
    return n;
}

static uint64_t ctz(unsigned w, uint64_t a)
{
    uint64_t n = 0;
    while (n < w && (a >> n & 1) == 0)
        n++;
    return n;
}

static uint64_t popcnt(unsigned w, uint64_t a)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < w; i++)
        n += a >> i & 1;
    return n;
}

static uint64_t eqz(unsigned w, uint64_t a)
{
    (void)w;
    return a == 0;
}

static uint64_t extend(unsigned w, unsigned from, uint64_t a)
{
    uint64_t low = a & low_bits(from);
    return is_negative(from, low) ? (low | ~low_bits(from)) & low_bits(w) : low;
}
static uint64_t extend8_s(unsigned w, uint64_t a) { return extend(w, 8, a); }
static uint64_t extend16_s(unsigned w, uint64_t a) { return extend(w, 16, a); }
static uint64_t extend32_s(unsigned w, uint64_t a) { return extend(w, 32, a); }

/* ---- two operands -------------------------------------------------------------------- */

static uint64_t add(unsigned w, uint64_t a, uint64_t b) { return (a + b) & low_bits(w); }
static uint64_t sub(unsigned w, uint64_t a, uint64_t b) { return (a - b) & low_bits(w); }
static uint64_t mul(unsigned w, uint64_t a, uint64_t b) { return (a * b) & low_bits(w); }

#define BITWISE(name, operator)                              \
    static uint64_t name(unsigned w, uint64_t a, uint64_t b) \
    {                                                        \
        (void)w;                                             \
        return a operator b;                                 \
    }
BITWISE(and_, &)
BITWISE(or_, |)
BITWISE(xor_, ^)
BITWISE(eq, ==)
BITWISE(ne, !=)
BITWISE(lt_u, <)
BITWISE(gt_u, >)
BITWISE(le_u, <=)
BITWISE(ge_u, >=)

/* With the sign bits inverted, signed order is unsigned order. */
static uint64_t lt_s(unsigned w, uint64_t a, uint64_t b)
{
    return (a ^ sign_bit(w)) < (b ^ sign_bit(w));
}
static uint64_t gt_s(unsigned w, uint64_t a, uint64_t b) { return lt_s(w, b, a); }
static uint64_t le_s(unsigned w, uint64_t a, uint64_t b) { return !lt_s(w, b, a); }
static uint64_t ge_s(unsigned w, uint64_t a, uint64_t b) { return !lt_s(w, a, b); }

static uint64_t shl(unsigned w, uint64_t a, uint64_t b) { return a << b % w & low_bits(w); }
static uint64_t shr_u(unsigned w, uint64_t a, uint64_t b) { return a >> b % w; }

static uint64_t shr_s(unsigned w, uint64_t a, uint64_t b)
{
    uint64_t shifted = a >> b % w;
    return is_negative(w, a) ? shifted | (low_bits(w) & ~(low_bits(w) >> b % w)) : shifted;
}

static uint64_t rotl(unsigned w, uint64_t a, uint64_t b)
{
    uint64_t k = b % w;
    return k == 0 ? a : (a << k | a >> (w - k)) & low_bits(w);
}

static uint64_t rotr(unsigned w, uint64_t a, uint64_t b) { return rotl(w, a, w - b % w); }

/* ---- division: a trap, or the result ------------------------------------------------- */

static enum trap div_u(unsigned w, uint64_t a, uint64_t b, uint64_t *r)
{
    (void)w;
    if (b == 0)
        return TRAP_DIV_ZERO;
    *r = a / b;
    return TRAP_NONE;
}

static enum trap rem_u(unsigned w, uint64_t a, uint64_t b, uint64_t *r)
{
    (void)w;
    if (b == 0)
        return TRAP_DIV_ZERO;
    *r = a % b;
    return TRAP_NONE;
}

static enum trap div_s(unsigned w, uint64_t a, uint64_t b, uint64_t *r)
{
    if (b == 0)
        return TRAP_DIV_ZERO;
    uint64_t q = magnitude(w, a) / magnitude(w, b);
    bool negative = is_negative(w, a) != is_negative(w, b);
    if (!negative && q == sign_bit(w))
        return TRAP_INT_OVERFLOW;
    *r = negative ? negate(w, q) : q;
    return TRAP_NONE;
}

/* The remainder has the sign of the dividend. */
static enum trap rem_s(unsigned w, uint64_t a, uint64_t b, uint64_t *r)
{
    if (b == 0)
        return TRAP_DIV_ZERO;
    uint64_t remainder = magnitude(w, a) % magnitude(w, b);
    *r = is_negative(w, a) ? negate(w, remainder) : remainder;
    return TRAP_NONE;
}

/* ---- the instructions ---------------------------------------------------------------- */

#define UNARY(name, function, w, from, to)                        \
    enum trap ref_op_##name(struct machine *m)                    \
    {                                                             \
        ref_push(m, VT_##to, function(w, ref_pop(m, VT_##from))); \
        return TRAP_NONE;                                         \
    }
#define BINARY(name, function, w, from, to)      \
    enum trap ref_op_##name(struct machine *m)   \
    {                                            \
        uint64_t b = ref_pop(m, VT_##from);      \
        uint64_t a = ref_pop(m, VT_##from);      \
        ref_push(m, VT_##to, function(w, a, b)); \
        return TRAP_NONE;                        \
    }
#define DIVISION(name, function, w, type)       \
    enum trap ref_op_##name(struct machine *m)  \
    {                                           \
        uint64_t b = ref_pop(m, VT_##type);     \
        uint64_t a = ref_pop(m, VT_##type), r;  \
        enum trap trap = function(w, a, b, &r); \
        if (trap != TRAP_NONE)                  \
            return ref_trap(m, trap);           \
        ref_push(m, VT_##type, r);              \
        return TRAP_NONE;                       \
    }
#define COMPARISONS(prefix, w, type)          \
    UNARY(prefix##_eqz, eqz, w, type, I32)    \
    BINARY(prefix##_eq, eq, w, type, I32)     \
    BINARY(prefix##_ne, ne, w, type, I32)     \
    BINARY(prefix##_lt_s, lt_s, w, type, I32) \
    BINARY(prefix##_lt_u, lt_u, w, type, I32) \
    BINARY(prefix##_gt_s, gt_s, w, type, I32) \
    BINARY(prefix##_gt_u, gt_u, w, type, I32) \
    BINARY(prefix##_le_s, le_s, w, type, I32) \
    BINARY(prefix##_le_u, le_u, w, type, I32) \
    BINARY(prefix##_ge_s, ge_s, w, type, I32) \
    BINARY(prefix##_ge_u, ge_u, w, type, I32)
#define ARITHMETIC(prefix, w, type)                       \
    UNARY(prefix##_clz, clz, w, type, type)               \
    UNARY(prefix##_ctz, ctz, w, type, type)               \
    UNARY(prefix##_popcnt, popcnt, w, type, type)         \
    UNARY(prefix##_extend8_s, extend8_s, w, type, type)   \
    UNARY(prefix##_extend16_s, extend16_s, w, type, type) \
    BINARY(prefix##_add, add, w, type, type)              \
    BINARY(prefix##_sub, sub, w, type, type)              \
    BINARY(prefix##_mul, mul, w, type, type)              \
    DIVISION(prefix##_div_s, div_s, w, type)              \
    DIVISION(prefix##_div_u, div_u, w, type)              \
    DIVISION(prefix##_rem_s, rem_s, w, type)              \
    DIVISION(prefix##_rem_u, rem_u, w, type)              \
    BINARY(prefix##_and, and_, w, type, type)             \
    BINARY(prefix##_or, or_, w, type, type)               \
    BINARY(prefix##_xor, xor_, w, type, type)             \
    BINARY(prefix##_shl, shl, w, type, type)              \
    BINARY(prefix##_shr_s, shr_s, w, type, type)          \
    BINARY(prefix##_shr_u, shr_u, w, type, type)          \
    BINARY(prefix##_rotl, rotl, w, type, type)            \
    BINARY(prefix##_rotr, rotr, w, type, type)

COMPARISONS(i32, 32, I32)
COMPARISONS(i64, 64, I64)
ARITHMETIC(i32, 32, I32)
ARITHMETIC(i64, 64, I64)
UNARY(i64_extend32_s, extend32_s, 64, I64, I64)
UNARY(i64_extend_i32_s, extend32_s, 64, I32, I64)

enum trap ref_op_i64_extend_i32_u(struct machine *m)
{
    ref_push(m, VT_I64, ref_pop(m, VT_I32));
    return TRAP_NONE;
}

enum trap ref_op_i32_wrap_i64(struct machine *m)
{
    ref_push(m, VT_I32, ref_pop(m, VT_I64) & low_bits(32));
    return TRAP_NONE;
}

enum trap ref_op_i32_const(struct machine *m)
{
    ref_push(m, VT_I32, (uint64_t)code_s64(&m->frame->pc) & low_bits(32));
    return TRAP_NONE;
}

enum trap ref_op_i64_const(struct machine *m)
{
    ref_push(m, VT_I64, (uint64_t)code_s64(&m->frame->pc));
    return TRAP_NONE;
}
