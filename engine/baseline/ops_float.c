/* ops_float.c - float arithmetic, exact to the bit.
 *
 * Operands are never exchanged: of two NaNs the processor returns its first operand,
 * quieted, which is what the engine promises.  With AVX every operation has three
 * operands. */
#include "baseline/emit.h"

/* ---- add, sub, mul, div -------------------------------------------------------------- */

static void binary_avx(struct compiler *c, enum fop op, enum vtype type, struct value *x,
                       struct value *y)
{
    enum sse_op sse = fop_sse(op, vtype_fwidth(type));
    unsigned first = value_reg(c, x);
    struct operand o = value_operand(c, y);
    unsigned dst = result_reg(c, type, x->kind == V_REG ? x : y);
    if (o.kind == OPERAND_REG)
        asm_v_rrr(&c->a, sse, dst, first, o.reg);
    else
        asm_v_rrm(&c->a, sse, dst, first, operand_mem(c, &o));
    result_push(c, type, dst);
}

static void binary_sse(struct compiler *c, enum fop op, enum vtype type, struct value *x,
                       struct value *y)
{
    enum fwidth w = vtype_fwidth(type);
    unsigned dst = result_reg(c, type, x);
    struct operand o = value_operand(c, y);
    if (o.kind == OPERAND_REG && o.reg == dst && value_in(c, x) != dst)
        dst = reg_alloc(c, XMMS);
    value_load(c, dst, x);
    if (o.kind == OPERAND_REG)
        asm_fop_rr(&c->a, op, w, dst, o.reg);
    else
        asm_fop_rm(&c->a, op, w, dst, operand_mem(c, &o));
    result_push(c, type, dst);
}

static void binary(struct compiler *c, enum fop op, enum vtype type)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    if (c->avx)
        binary_avx(c, op, type, &x, &y);
    else
        binary_sse(c, op, type, &x, &y);
}

#define BINARY(name, op)                                                   \
    void baseline_f32_##name(struct compiler *c) { binary(c, op, T_F32); } \
    void baseline_f64_##name(struct compiler *c) { binary(c, op, T_F64); }

BINARY(add, FOP_ADD)
BINARY(sub, FOP_SUB)
BINARY(mul, FOP_MUL)
BINARY(div, FOP_DIV)

/* ---- min and max --------------------------------------------------------------------- */

/* minss and maxss return their second operand when the operands compare equal (zeros of
 * either sign) or unordered; those cases are taken apart:
 *
 *          ucomiss x, y
 *          jne     other           ordered and different, for unordered sets ZF
 *          jp      nan
 *          orps    x, y            min: -0 wins; max: andps, +0 wins
 *          jmp     done
 *     nan: addss   x, y            the first NaN, quieted
 *          jmp     done
 *   other: minss   x, y
 *    done: */
static void emit_min_max(struct compiler *c, enum fop op, enum fwidth w, unsigned x,
                         unsigned y)
{
    struct assembler *a = &c->a;
    asm_fop_rr(a, FOP_UCOMI, w, x, y);
    uint8_t *other = asm_jcc_skip(a, CC_NE);
    uint8_t *nan = asm_jcc_skip(a, CC_P);
    asm_fop_rr(a, op == FOP_MIN || WX_BUG(S56) ? FOP_OR : FOP_AND, w, x, y);
    uint8_t *equal_done = asm_jmp_skip(a);
    asm_skip_end(a, nan);
    asm_fop_rr(a, FOP_ADD, w, x, y);
    uint8_t *nan_done = asm_jmp_skip(a);
    asm_skip_end(a, other);
    asm_fop_rr(a, op, w, x, y);
    asm_skip_end(a, equal_done);
    asm_skip_end(a, nan_done);
}

static void min_max(struct compiler *c, enum fop op, enum vtype type)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    unsigned dst = result_reg(c, type, &x), second = value_reg(c, &y);
    if (second == dst && value_in(c, &x) != dst)
        dst = reg_alloc(c, XMMS);
    value_load(c, dst, &x);
    emit_min_max(c, op, vtype_fwidth(type), dst, second);
    result_push(c, type, dst);
}

#define MIN_MAX(name, op)                                                   \
    void baseline_f32_##name(struct compiler *c) { min_max(c, op, T_F32); } \
    void baseline_f64_##name(struct compiler *c) { min_max(c, op, T_F64); }

MIN_MAX(min, FOP_MIN)
MIN_MAX(max, FOP_MAX)

/* ---- sign bits ----------------------------------------------------------------------- */

static enum mask mask_of(enum mask narrow, enum vtype type)
{
    return type == T_F32 ? narrow : narrow + (MASK_ABS64 - MASK_ABS32);
}

/* dst = x op mask.  x is in a register first: the mask's operation would read 16 bytes. */
static void emit_masked(struct compiler *c, enum fop op, enum vtype type, unsigned dst,
                        const struct value *x, enum mask mask)
{
    enum sse_op sse = fop_sse(op, vtype_fwidth(type));
    unsigned in = value_in(c, x);
    if (c->avx && in != NO_REG) {
        asm_v_rrm(&c->a, sse, dst, in, const_mask(c, mask_of(mask, type)));
        return;
    }
    value_load(c, dst, x);
    asm_sse_rm(&c->a, sse, dst, const_mask(c, mask_of(mask, type)));
}

static void sign(struct compiler *c, enum fop op, enum vtype type, enum mask mask)
{
    struct value x = stack_pop(c);
    unsigned dst = result_reg(c, type, &x);
    emit_masked(c, op, type, dst, &x, mask);
    result_push(c, type, dst);
}

static void copy_sign(struct compiler *c, enum vtype type)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    unsigned sign_bit = reg_alloc(c, XMMS);
    emit_masked(c, FOP_AND, WX_BUG(S61) ? T_F32 : type, sign_bit, &y, MASK_NEG32);
    unsigned dst = result_reg(c, type, &x);
    emit_masked(c, FOP_AND, type, dst, &x, MASK_ABS32);
    asm_fop_rr(&c->a, FOP_OR, vtype_fwidth(type), dst, sign_bit);
    result_push(c, type, dst);
}

void baseline_f32_abs(struct compiler *c) { sign(c, FOP_AND, T_F32, MASK_ABS32); }
void baseline_f64_abs(struct compiler *c) { sign(c, FOP_AND, T_F64, MASK_ABS32); }
void baseline_f32_neg(struct compiler *c) { sign(c, FOP_XOR, T_F32, MASK_NEG32); }
void baseline_f64_neg(struct compiler *c) { sign(c, FOP_XOR, T_F64, MASK_NEG32); }
void baseline_f32_copysign(struct compiler *c) { copy_sign(c, T_F32); }
void baseline_f64_copysign(struct compiler *c) { copy_sign(c, T_F64); }

/* ---- square root and rounding -------------------------------------------------------- */

/* The old value of dst would be waited for: the upper lanes come from it. */
static void break_dependency(struct compiler *c, unsigned dst, unsigned src)
{
    if (dst != src)
        asm_sse_rr(&c->a, SSE_XORPS, dst, dst);
}

static void square_root(struct compiler *c, enum vtype type)
{
    struct value x = stack_pop(c);
    enum fwidth w = vtype_fwidth(type);
    unsigned src = value_reg(c, &x), dst = result_reg(c, type, &x);
    if (c->avx) {
        asm_v_rrr(&c->a, fop_sse(FOP_SQRT, w), dst, src, src);
    } else {
        break_dependency(c, dst, src);
        asm_fop_rr(&c->a, FOP_SQRT, w, dst, src);
    }
    result_push(c, type, dst);
}

static void rounding(struct compiler *c, enum vtype type, enum round how)
{
    struct value x = stack_pop(c);
    enum fwidth w = vtype_fwidth(type);
    unsigned src = value_reg(c, &x), dst = result_reg(c, type, &x);
    if (c->avx) {
        enum sse_op op = w == F32 ? SSE_ROUNDSS : SSE_ROUNDSD;
        asm_v_rrri(&c->a, op, dst, src, src, (uint8_t)how);
    } else {
        break_dependency(c, dst, src);
        asm_round_rr(&c->a, w, dst, src, how);
    }
    result_push(c, type, dst);
}

#define ROUNDING(name, how)                                                   \
    void baseline_f32_##name(struct compiler *c) { rounding(c, T_F32, how); } \
    void baseline_f64_##name(struct compiler *c) { rounding(c, T_F64, how); }

ROUNDING(ceil, ROUND_UP)
ROUNDING(floor, ROUND_DOWN)
ROUNDING(trunc, ROUND_ZERO)
ROUNDING(nearest, ROUND_NEAREST)

void baseline_f32_sqrt(struct compiler *c) { square_root(c, T_F32); }
void baseline_f64_sqrt(struct compiler *c) { square_root(c, T_F64); }
