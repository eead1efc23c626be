/* ops_divide.c - integer division and remainder.
 *
 * By a constant: a multiplication by its reciprocal, where one of 64 bits is exact for every
 * dividend; that is so for all divisors of i32 but the trivial ones, and for many of unsigned
 * i64.  By anything else: the processor's division, which traps by itself. */
#include "baseline/emit.h"

/* Unsigned by a power of two; false if it is another division. */
static bool divide_power(struct compiler *c, enum vtype type, bool rem)
{
    const struct value *y = &c->stack[c->sp - 1];
    if (y->kind != V_CONST || !is_power_of_two(y->bits))
        return false;
    uint64_t divisor = y->bits;
    if (rem) {
        c->stack[c->sp - 1].bits = divisor - 1;
        int_and(c, type);
        return true;
    }
    stack_pop(c);
    struct value x = stack_pop(c);
    int_shift_const(c, SH_SHR, type, &x, (uint64_t)__builtin_ctzll(divisor));
    return true;
}

/* v in a register that is neither rax nor rdx. */
static unsigned reg_beside(struct compiler *c, struct value *v)
{
    unsigned reg = value_in(c, v);
    if (reg != NO_REG && reg != RAX && reg != RDX) {
        reg_lock(c, GPRS, reg);
        return reg;
    }
    reg_lock(c, GPRS, RAX);
    reg_lock(c, GPRS, RDX);
    reg = reg_alloc(c, GPRS);
    value_load(c, reg, v);
    return reg;
}

/* ---- by a constant ------------------------------------------------------------------- */

/* x / d is the upper half of x * factor, shifted right. */
struct reciprocal {
    uint64_t factor;
    unsigned shift;
};

/* For every x below 2^32, negative ones included when |d| is taken.  The factor is
 * (2^64 + e) / d with 0 < e <= d, so the product is too large by x * e / d < 2^64 / d, which
 * no quotient notices.  A factor of less than 2^63 is none that a signed multiplication takes
 * for negative: d is at least 3. */
static struct reciprocal reciprocal_32(uint64_t d)
{
    return (struct reciprocal){ UINT64_MAX / d + 1 + (UINT64_MAX % d == d - 1), 0 };
}

/* For every x of 64 bits: with 2^(64 + shift) instead, if some shift makes e at most 2^shift
 * while the factor still has 64 bits. */
static bool reciprocal_64(uint64_t d, struct reciprocal *r)
{
    for (unsigned shift = 0; shift < 63 && (UINT64_C(1) << shift) < d; shift++) {
        unsigned __int128 power = (unsigned __int128)1 << (64 + shift),
                          factor = power / d + 1;
        if (factor >> 64 == 0 && factor * d - power <= (uint64_t)1 << shift) {
            *r = (struct reciprocal){ (uint64_t)factor, shift };
            return true;
        }
    }
    return false;
}

/* A division by a constant that is done by multiplying. */
struct by_constant {
    struct reciprocal by;
    bool is_signed, negative; /* negative: so is the divisor */
    uint64_t divisor;
};

/* Whether y is such a divisor. */
static bool multiplies(const struct value *y, bool is_signed, struct by_constant *d)
{
    *d = (struct by_constant){ .is_signed = is_signed, .divisor = y->bits };
    if (y->kind != V_CONST)
        return false;
    if (y->type == T_I64)
        return !is_signed && y->bits > 2 && reciprocal_64(y->bits, &d->by);
    d->negative = is_signed && (int32_t)y->bits < 0;
    uint64_t size = d->negative ? 0 - (uint64_t)(int64_t)(int32_t)y->bits : y->bits;
    if (size < 3)
        return false;
    d->by = reciprocal_32(size);
    return true;
}

/* rdx = x / d.  A signed product is rounded down: 1 is added for a negative x. */
static void emit_quotient(struct compiler *c, const struct by_constant *d, unsigned x)
{
    struct assembler *a = &c->a;
    asm_mov_ri(a, RAX, d->by.factor);
    if (!d->is_signed) {
        asm_unary_r(a, UN_MUL, W64, x);
        if (d->by.shift != 0)
            asm_shift_ri(a, SH_SHR, W64, RDX, d->by.shift);
        return;
    }
    asm_movsxd_rr(a, RDX, x);
    asm_unary_r(a, UN_IMUL, W64, RDX);
    asm_mov_rr(a, W32, RAX, x);
    asm_shift_ri(a, SH_SHR, W32, RAX, 31);
    asm_alu_rr(a, ALU_ADD, W32, RDX, RAX);
    if (d->negative)
        asm_unary_r(a, UN_NEG, W32, RDX);
}

/* rdx = x - rdx * divisor. */
static void emit_rest(struct compiler *c, enum vtype type, const struct by_constant *d,
                      unsigned x)
{
    struct assembler *a = &c->a;
    enum width w = vtype_width(type);
    uint64_t minus = 0 - d->divisor;
    if (type == T_I32 || imm_fits32((int64_t)minus)) {
        asm_imul_rri(a, w, RDX, RDX, (int32_t)minus);
    } else {
        asm_mov_ri(a, RAX, minus);
        asm_imul_rr(a, w, RDX, RAX);
    }
    asm_alu_rr(a, ALU_ADD, w, RDX, x);
}

static void divide_by_constant(struct compiler *c, enum vtype type,
                               const struct by_constant *d, bool rem)
{
    stack_pop(c);
    struct value v = stack_pop(c);
    unsigned x = reg_beside(c, &v);
    reg_vacate(c, GPRS, RAX);
    reg_vacate(c, GPRS, RDX);
    emit_quotient(c, d, x);
    if (rem)
        emit_rest(c, type, d, x);
    /* The upper half is zero there, but only arithmetic says so: the auditor wants to see it. */
    bool is_wide = type == T_I32 && !d->is_signed && !rem;
    unsigned dst = result_hint(c);
    if (dst == NO_REG)
        dst = is_wide ? reg_alloc(c, GPRS) : (unsigned)RDX;
    emit_move(c, type, dst, RDX);
    result_push(c, type, dst);
}

/* ---- by anything --------------------------------------------------------------------- */

/* The hardware traps: by the divisor, the handler knows zero from overflow. */
static void emit_divide(struct compiler *c, enum vtype type, bool is_signed,
                        unsigned divisor)
{
    enum width w = vtype_width(type);
    struct code_site site = site_make(c, TRAP_DIV_ZERO);
    site.flags = SITE_DIVIDE;
    site.reg = (uint8_t)divisor;
    site.wide = type == T_I64;
    if (is_signed)
        asm_cdq(&c->a, w);
    else
        asm_zero(&c->a, RDX);
    site_here(c, &site);
    asm_unary_r(&c->a, is_signed ? UN_IDIV : UN_DIV, w, divisor);
}

/* x rem -1 is 0, but the hardware's division overflows for the least x. */
static void emit_remainder(struct compiler *c, enum vtype type, unsigned divisor)
{
    asm_zero(&c->a, RDX);
    asm_alu_ri(&c->a, ALU_CMP, vtype_width(type), divisor, -1);
    uint8_t *minus_one = asm_jcc_skip(&c->a, CC_E);
    emit_divide(c, type, true, divisor);
    asm_skip_end(&c->a, minus_one);
}

static void divide(struct compiler *c, enum vtype type, bool is_signed, bool rem)
{
    struct by_constant by;
    if (!is_signed && divide_power(c, type, rem))
        return;
    if (multiplies(&c->stack[c->sp - 1], is_signed, &by)) {
        divide_by_constant(c, type, &by, rem);
        return;
    }
    struct value y = stack_pop(c), x = stack_pop(c);
    unsigned divisor = reg_beside(c, &y);
    reg_vacate(c, GPRS, RAX);
    WX_BUG(S43) ? reg_lock(c, GPRS, RDX) : reg_vacate(c, GPRS, RDX);
    value_load(c, RAX, &x);
    if (is_signed && rem)
        emit_remainder(c, type, divisor);
    else
        emit_divide(c, type, is_signed, divisor);
    result_hint(c);
    result_push(c, type, rem ? RDX : RAX);
}

#define DIVIDE(name, is_signed, rem)                                                   \
    void baseline_i32_##name(struct compiler *c) { divide(c, T_I32, is_signed, rem); } \
    void baseline_i64_##name(struct compiler *c) { divide(c, T_I64, is_signed, rem); }

DIVIDE(div_s, true, false)
DIVIDE(div_u, false, false)
DIVIDE(rem_s, true, true)
DIVIDE(rem_u, false, true)
