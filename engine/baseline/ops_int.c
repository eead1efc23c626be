/* ops_int.c - integer arithmetic but division.
 *
 * The result goes straight to a pinned local when the next instruction sets one; so a
 * destination may also be an operand, which each shape below takes into account. */
#include "baseline/emit.h"

static void swap(struct value *x, struct value *y)
{
    struct value t = *x;
    *x = *y;
    *y = t;
}

static void alu_operand(struct compiler *c, enum alu op, enum width w, unsigned dst,
                        const struct operand *o)
{
    switch (o->kind) {
    case OPERAND_REG: asm_alu_rr(&c->a, op, w, dst, o->reg); break;
    case OPERAND_IMM: asm_alu_ri(&c->a, op, w, dst, o->imm); break;
    default:
        asm_alu_rm(&c->a, op, WX_BUG(S29) && o->traps ? W64 : w, dst, operand_mem(c, o));
    }
    condition_note(c, dst, w);
}

/* ---- addition as an address ---------------------------------------------------------- */

/* x + y as the sum that one lea computes, if there is one.  A W32 lea wraps as i32.add
 * does. */
static bool sum_address(struct compiler *c, struct value *x, struct value *y, struct mem *m)
{
    if (y->kind == V_CONST) {
        struct operand o = value_operand(c, y);
        if (o.kind != OPERAND_IMM)
            return false;
        *m = x->kind == V_SCALED ? x->mem : mem_base(value_reg(c, x), 0);
        m->disp = o.imm;
        return true;
    }
    if (x->kind == V_SCALED)
        swap(x, y);
    unsigned base = value_reg(c, x);
    if (y->kind == V_SCALED)
        *m = mem_index(base, y->mem.index, y->mem.scale, 0);
    else
        *m = mem_index(base, value_reg(c, y), 1, 0);
    return true;
}

/* x - y for a constant y, as x + -y.  The least i64 that fits has no negative that does. */
static bool difference_address(struct compiler *c, struct value *x, const struct value *y,
                               struct mem *m)
{
    if (y->kind != V_CONST)
        return false;
    int64_t negative = y->type == T_I32 ? (int32_t) - (uint32_t)y->bits : (int64_t)-y->bits;
    if (!imm_fits32(negative))
        return false;
    *m = mem_base(value_reg(c, x), (int32_t)negative);
    return true;
}

/* The address that says what the operation computes, for those that have one. */
static bool alu_address(struct compiler *c, enum alu op, struct value *x, struct value *y,
                        struct mem *m)
{
    if (op == ALU_ADD)
        return sum_address(c, x, y, m);
    return op == ALU_SUB && difference_address(c, x, y, m);
}

/* Whether a lea is worth it: it saves the move that would keep x and y intact. */
static bool wants_lea(const struct compiler *c, const struct value *x,
                      const struct value *y, unsigned dst)
{
    if (x->kind == V_SCALED || y->kind == V_SCALED)
        return true;
    unsigned in = value_in(c, x);
    if (in == NO_REG || in == dst)
        return false;
    if (y->kind == V_CONST)
        return true;
    in = value_in(c, y);
    return in != NO_REG && in != dst;
}

/* ---- add, sub, and, or, xor ---------------------------------------------------------- */

static bool commutes(enum alu op) { return op != ALU_SUB; }

/* Whether reading v reads reg. */
static bool reads(const struct compiler *c, const struct value *v, unsigned reg)
{
    return value_in(c, v) == reg || (v->kind >= V_LOAD && v->mem.index == reg);
}

/* The destination: the hint, or a register that x (or y, if they commute) gives up.  Where
 * x is not there yet, y does not need it for an address. */
static unsigned choose_dst(struct compiler *c, bool commutative, struct value *x,
                           struct value *y, enum vtype type)
{
    unsigned hint = result_hint(c);
    bool y_first = hint != NO_REG ? reads(c, y, hint) && value_in(c, x) != hint
                                  : y->kind == V_REG && x->kind != V_REG;
    if (commutative && (x->kind == V_CONST || y_first) && y->kind != V_CONST) {
        swap(x, y);
        y_first = false;
    }
    if (hint == NO_REG)
        return result_reg(c, type, x);
    return y_first && y->kind == V_LOAD ? reg_alloc(c, GPRS) : hint;
}

static void alu_into(struct compiler *c, enum alu op, enum width w, unsigned dst,
                     struct value *x, struct value *y)
{
    struct operand o = value_operand(c, y);
    if (o.kind == OPERAND_REG && o.reg == dst && value_in(c, x) != dst) {
        /* dst = x - dst */
        struct operand minuend = value_operand(c, x);
        asm_unary_r(&c->a, UN_NEG, w, dst);
        alu_operand(c, ALU_ADD, w, dst, &minuend);
        return;
    }
    value_load(c, dst, x);
    alu_operand(c, op, w, dst, &o);
}

static void alu(struct compiler *c, enum alu op, enum vtype type)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    struct mem sum;
    enum width w = vtype_width(type);
    unsigned dst = choose_dst(c, commutes(op), &x, &y, type);
    if (wants_lea(c, &x, &y, dst) && alu_address(c, op, &x, &y, &sum))
        asm_lea(&c->a, WX_BUG(S01) ? W64 : w, dst, sum);
    else
        alu_into(c, op, w, dst, &x, &y);
    result_push(c, type, dst);
}

/* 0 - y */
static void negate(struct compiler *c, enum vtype type)
{
    struct value y = stack_pop(c);
    stack_pop(c);
    unsigned dst = result_reg(c, type, &y);
    value_load(c, dst, &y);
    asm_unary_r(&c->a, UN_NEG, vtype_width(type), dst);
    condition_note(c, dst, vtype_width(type));
    result_push(c, type, dst);
}

static void subtract(struct compiler *c, enum vtype type)
{
    const struct value *x = &c->stack[c->sp - 2];
    if (x->kind == V_CONST && x->bits == 0)
        negate(c, type);
    else
        alu(c, ALU_SUB, type);
}

/* The operands of `and` when only the flags are wanted. */
static void test(struct compiler *c)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    if (x.kind == V_CONST)
        swap(&x, &y);
    enum width w = vtype_width(x.type);
    struct operand o = value_operand(c, &y);
    unsigned reg = value_reg(c, &x);
    switch (o.kind) {
    case OPERAND_REG: asm_test_rr(&c->a, w, reg, o.reg); break;
    case OPERAND_IMM: asm_test_ri(&c->a, w, reg, o.imm); break;
    default: asm_test_mr(&c->a, w, operand_mem(c, &o), reg);
    }
    condition_push(c, CC_NE);
}

/* `and` with a constant that a zero-extending move knows: its width, or W64 if there is
 * none. */
static enum width extension(const struct value *y)
{
    if (y->kind != V_CONST)
        return W64;
    switch (y->bits) {
    case UINT8_MAX: return W8;
    case UINT16_MAX: return W16;
    case UINT32_MAX: return y->type == T_I64 ? W32 : W64;
    default: return W64;
    }
}

static void zero_extend(struct compiler *c, enum vtype type, enum width from)
{
    stack_pop(c);
    struct value x = stack_pop(c);
    unsigned src = value_reg(c, &x), dst = result_reg(c, type, &x);
    if (from == W32)
        asm_mov_rr(&c->a, W32, dst, src);
    else
        asm_movzx_rr(&c->a, W32, from, dst, src);
    result_push(c, type, dst);
}

void int_and(struct compiler *c, enum vtype type)
{
    enum width from = extension(&c->stack[c->sp - 1]);
    if (condition_wanted(c))
        test(c);
    else if (from != W64)
        zero_extend(c, type, from);
    else
        alu(c, ALU_AND, type);
}

void baseline_i32_add(struct compiler *c) { alu(c, ALU_ADD, T_I32); }
void baseline_i64_add(struct compiler *c) { alu(c, ALU_ADD, T_I64); }
void baseline_i32_sub(struct compiler *c) { subtract(c, T_I32); }
void baseline_i64_sub(struct compiler *c) { subtract(c, T_I64); }
void baseline_i32_and(struct compiler *c) { int_and(c, T_I32); }
void baseline_i64_and(struct compiler *c) { int_and(c, T_I64); }
void baseline_i32_or(struct compiler *c) { alu(c, ALU_OR, T_I32); }
void baseline_i64_or(struct compiler *c) { alu(c, ALU_OR, T_I64); }
void baseline_i32_xor(struct compiler *c) { alu(c, ALU_XOR, T_I32); }
void baseline_i64_xor(struct compiler *c) { alu(c, ALU_XOR, T_I64); }

/* ---- shifts and rotates -------------------------------------------------------------- */

static bool bits_mask(enum vtype type, uint64_t count, unsigned *shift)
{
    count = WX_BUG(S40) && count > 63 ? 63 : count;
    *shift = (unsigned)count & (type == T_I32 || WX_BUG(S37) ? 31 : 63);
    return *shift != 0;
}

/* Whether an addition of that type follows, or another operand and then the addition. */
static bool is_added_next(const struct compiler *c, enum vtype type)
{
    const uint8_t *p = c->pc;
    enum op next = code_op(&p);
    if (next == OP_local_get) {
        code_u32(&p);
        next = code_op(&p);
    }
    return next == (type == T_I32 ? OP_i32_add : OP_i64_add);
}

/* x << shift is left to the addition that follows, which computes it in its address. */
static bool leave_scaled(struct compiler *c, enum vtype type, struct value *x,
                         unsigned shift)
{
    if (shift < 1 || shift > 3 || !is_added_next(c, type))
        return false;
    unsigned reg = value_reg(c, x);
    struct value *v = stack_grow(c);
    v->kind = V_SCALED;
    v->type = (uint8_t)type;
    v->mem = mem_index(NO_REG, reg, 1u << shift, 0);
    if (x->kind == V_REG) {
        v->reg = (uint8_t)reg;
        c->bank[GPRS].busy |= reg_bit(reg);
    }
    return true;
}

void int_shift_const(struct compiler *c, enum shift op, enum vtype type, struct value *x,
                     uint64_t count)
{
    unsigned shift;
    bool nonzero = bits_mask(type, count, &shift);
    if (op == SH_SHL && leave_scaled(c, type, x, shift))
        return;
    unsigned dst = result_reg(c, type, x);
    value_load(c, dst, x);
    if (nonzero) {
        asm_shift_ri(&c->a, op, vtype_width(type), dst, shift);
        condition_note(c, dst, vtype_width(type));
        if ((op == SH_ROL || op == SH_ROR) && !WX_BUG(X01))
            condition_forget(c);
    }
    result_push(c, type, dst);
}

/* By cl: the count goes to rcx, whatever is there moves away. */
static void shift_cl(struct compiler *c, enum shift op, enum vtype type, struct value *x,
                     struct value *y)
{
    if (x->kind == V_REG && x->reg == RCX) {
        unsigned other = reg_alloc(c, GPRS);
        emit_move(c, type, other, RCX);
        x->reg = (uint8_t)other;
    }
    if (y->kind != V_REG || y->reg != RCX) {
        reg_vacate(c, GPRS, RCX);
        value_load(c, RCX, y);
    }
    unsigned dst = result_reg(c, type, x);
    value_load(c, dst, x);
    asm_shift_rc(&c->a, op, vtype_width(type), dst);
    result_push(c, type, dst);
}

typedef void shift_bmi(struct assembler *, enum width, enum gpr, enum gpr, enum gpr);

static void shift(struct compiler *c, enum shift op, enum vtype type, shift_bmi *bmi)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    if (y.kind == V_CONST) {
        int_shift_const(c, op, type, &x, y.bits);
    } else if (bmi == NULL || !c->bmi2) {
        shift_cl(c, op, type, &x, &y);
    } else {
        unsigned count = value_reg(c, &y), src = value_reg(c, &x);
        unsigned dst = result_reg(c, type, x.kind == V_REG ? &x : &y);
        bmi(&c->a, vtype_width(type), dst, src, count);
        result_push(c, type, dst);
    }
}

#define SHIFT(name, op, bmi)                                                   \
    void baseline_i32_##name(struct compiler *c) { shift(c, op, T_I32, bmi); } \
    void baseline_i64_##name(struct compiler *c) { shift(c, op, T_I64, bmi); }

SHIFT(shl, SH_SHL, asm_shlx_rrr)
SHIFT(shr_s, SH_SAR, asm_sarx_rrr)
SHIFT(shr_u, SH_SHR, asm_shrx_rrr)
SHIFT(rotl, SH_ROL, NULL)
SHIFT(rotr, SH_ROR, NULL)

/* ---- multiplication ------------------------------------------------------------------ */

/* x * 3, 5, 9 in one lea. */
static bool multiply_lea(struct compiler *c, enum vtype type, struct value *x,
                         uint64_t factor)
{
    if (factor != 3 && factor != 5 && factor != 9)
        return false;
    unsigned src = value_reg(c, x), dst = result_reg(c, type, x);
    asm_lea(&c->a, vtype_width(type), dst, mem_index(src, src, (unsigned)factor - 1, 0));
    result_push(c, type, dst);
    return true;
}

static void multiply_const(struct compiler *c, enum vtype type, struct value *x,
                           struct operand *o)
{
    enum width w = vtype_width(type);
    struct operand source = value_operand(c, x);
    unsigned dst;
    if (source.kind == OPERAND_MEM) {
        dst = result_reg(c, type, NULL);
        asm_imul_rmi(&c->a, w, dst, operand_mem(c, &source), o->imm);
    } else {
        unsigned src = value_reg(c, x);
        dst = result_reg(c, type, x);
        asm_imul_rri(&c->a, w, dst, src, o->imm);
    }
    result_push(c, type, dst);
}

static void multiply(struct compiler *c, enum vtype type)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    if (x.kind == V_CONST)
        swap(&x, &y);
    if (y.kind == V_CONST && is_power_of_two(y.bits)) {
        int_shift_const(c, SH_SHL, type, &x, (uint64_t)__builtin_ctzll(y.bits));
        return;
    }
    if (y.kind == V_CONST && multiply_lea(c, type, &x, y.bits))
        return;
    struct operand o = value_operand(c, &y);
    if (o.kind == OPERAND_IMM) {
        multiply_const(c, type, &x, &o);
        return;
    }
    unsigned dst = choose_dst(c, true, &x, &y, type);
    value_load(c, dst, &x);
    o = value_operand(c, &y);
    if (o.kind == OPERAND_REG)
        asm_imul_rr(&c->a, vtype_width(type), dst, o.reg);
    else if (o.kind == OPERAND_IMM) /* two constants that have changed places */
        asm_imul_rri(&c->a, vtype_width(type), dst, dst, o.imm);
    else
        asm_imul_rm(&c->a, vtype_width(type), dst, operand_mem(c, &o));
    result_push(c, type, dst);
}

void baseline_i32_mul(struct compiler *c) { multiply(c, T_I32); }
void baseline_i64_mul(struct compiler *c) { multiply(c, T_I64); }

/* ---- bit counts and extensions ------------------------------------------------------- */

/* The form for registers and the form for memory of an instruction. */
struct unary_forms {
    void (*rr)(struct assembler *, enum width, enum gpr, enum gpr);
    void (*rm)(struct assembler *, enum width, enum gpr, struct mem);
};

static void unary(struct compiler *c, enum vtype type, struct unary_forms forms)
{
    struct value v = stack_pop(c);
    struct operand o = value_operand(c, &v);
    if (o.kind == OPERAND_IMM)
        o = (struct operand){ .kind = OPERAND_REG, .reg = (uint8_t)value_reg(c, &v) };
    unsigned dst = result_reg(c, type, &v);
    if (o.kind == OPERAND_REG)
        forms.rr(&c->a, vtype_width(type), dst, o.reg);
    else
        forms.rm(&c->a, vtype_width(type), dst, operand_mem(c, &o));
    result_push(c, type, dst);
}

/* bsf and bsr say nothing about zero: then it is `zero`.  The result is xored with flip. */
static void bit_scan(struct compiler *c, enum vtype type, bool reverse, uint32_t zero,
                     int32_t flip)
{
    struct value v = stack_pop(c);
    enum width w = vtype_width(type);
    unsigned src = value_reg(c, &v), none = reg_alloc(c, GPRS);
    unsigned dst = result_reg(c, type, &v);
    asm_mov_ri32(&c->a, none, WX_BUG(S49) ? 0 : zero);
    if (reverse)
        asm_bsr_rr(&c->a, w, dst, src);
    else
        asm_bsf_rr(&c->a, w, dst, src);
    asm_cmov_rr(&c->a, CC_E, w, dst, none);
    if (flip != 0)
        asm_alu_ri(&c->a, ALU_XOR, W32, dst, flip);
    result_push(c, type, dst);
}

/* 31 - n is n ^ 31, and 63 ^ 31 is 32. */
static void clz(struct compiler *c, enum vtype type)
{
    int32_t top = type == T_I32 ? 31 : 63;
    if (c->lzcnt)
        unary(c, type, (struct unary_forms){ asm_lzcnt_rr, asm_lzcnt_rm });
    else
        bit_scan(c, type, true, (uint32_t)top * 2 + 1, top);
}

static void ctz(struct compiler *c, enum vtype type)
{
    if (c->bmi1)
        unary(c, type, (struct unary_forms){ asm_tzcnt_rr, asm_tzcnt_rm });
    else
        bit_scan(c, type, false, type == T_I32 ? 32 : 64, 0);
}

static void popcnt(struct compiler *c, enum vtype type)
{
    unary(c, type, (struct unary_forms){ asm_popcnt_rr, asm_popcnt_rm });
}

void baseline_i32_clz(struct compiler *c) { clz(c, T_I32); }
void baseline_i64_clz(struct compiler *c) { clz(c, T_I64); }
void baseline_i32_ctz(struct compiler *c) { ctz(c, T_I32); }
void baseline_i64_ctz(struct compiler *c) { ctz(c, T_I64); }
void baseline_i32_popcnt(struct compiler *c) { popcnt(c, T_I32); }
void baseline_i64_popcnt(struct compiler *c) { popcnt(c, T_I64); }
