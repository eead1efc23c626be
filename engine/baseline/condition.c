/* condition.c - values that are only asked whether they are zero: they stay in the flags.
 *
 * A comparison followed by br_if, if, select or eqz leaves a V_FLAGS value, which that very
 * instruction consumes; c->flags_live keeps everything between from changing the flags. */
#include "baseline/emit.h"

bool condition_wanted(const struct compiler *c)
{
    switch (code_peek(c)) {
    case OP_br_if:
    case OP_if:
    case OP_select:
    case OP_select_t:
    case OP_i32_eqz:
    case OP_i64_eqz: return true;
    default: return false;
    }
}

/* dst = whether cond holds.  Equality of floats takes two flags. */
static void materialise(struct compiler *c, unsigned cond, unsigned dst)
{
    struct assembler *a = &c->a;
    if (cond < COND_FEQ) {
        asm_setcc_r(a, cond, dst);
    } else {
        bool equal = cond == COND_FEQ;
        unsigned parity = reg_alloc(c, GPRS);
        asm_setcc_r(a, equal ? CC_NP : CC_P, parity);
        asm_setcc_r(a, equal ? CC_E : CC_NE, dst);
        asm_alu_rr(a, equal ? ALU_AND : ALU_OR, W8, dst, parity);
    }
    if (!WX_BUG(S44))
        asm_movzx_rr(a, W32, W8, dst, dst);
}

void condition_push(struct compiler *c, unsigned cond)
{
    c->flags_live = true;
    if (condition_wanted(c)) {
        struct value *v = stack_grow(c);
        v->kind = V_FLAGS;
        v->type = T_I32;
        v->cond = (uint8_t)cond;
        return;
    }
    unsigned dst = result_reg(c, T_I32, NULL);
    materialise(c, cond, dst);
    c->flags_live = false;
    result_push(c, T_I32, dst);
}

/* Whether the flags still say if reg is zero, because the last instruction computed it. */
static bool flags_known(const struct compiler *c, unsigned reg, enum width w)
{
    return c->flags_at == asm_pos(&c->a) && c->flags_reg == reg && c->flags_width == w;
}

void condition_test(struct compiler *c, struct value *v)
{
    enum width w = vtype_width(v->type);
    struct operand o = value_operand(c, v);
    if (o.kind == OPERAND_MEM)
        asm_alu_mi(&c->a, ALU_CMP, w, operand_mem(c, &o), 0);
    else if (o.kind == OPERAND_IMM)
        o = (struct operand){ .kind = OPERAND_REG, .reg = (uint8_t)value_reg(c, v) };
    if (o.kind == OPERAND_REG && !flags_known(c, o.reg, w))
        asm_test_rr(&c->a, w, o.reg, o.reg);
}

unsigned condition_pop(struct compiler *c)
{
    struct value v = stack_pop(c);
    if (v.kind == V_FLAGS)
        return v.cond;
    condition_test(c, &v);
    c->flags_live = true;
    return CC_NE;
}

void condition_jump(struct compiler *c, unsigned cond, struct label *l)
{
    struct assembler *a = &c->a;
    if (cond == COND_FEQ) {
        uint8_t *unordered = asm_jcc_skip(a, CC_P);
        asm_jcc_label(a, CC_E, l);
        asm_skip_end(a, unordered);
    } else {
        if (cond == COND_FNE && !WX_BUG(S65))
            asm_jcc_label(a, CC_P, l);
        asm_jcc_label(a, cond == COND_FNE ? CC_NE : cond, l);
    }
}

/* ---- the emitters -------------------------------------------------------------------- */

static void eqz(struct compiler *c)
{
    struct value v = stack_pop(c);
    unsigned cond = CC_E;
    if (v.kind == V_FLAGS)
        cond = cond_invert(v.cond);
    else
        condition_test(c, &v);
    condition_push(c, cond);
}

void baseline_i32_eqz(struct compiler *c) { eqz(c); }
void baseline_i64_eqz(struct compiler *c) { eqz(c); }
void baseline_ref_is_null(struct compiler *c) { eqz(c); }

/* A comparison as two operands and a condition, from which the cheapest cmp is chosen. */
static void emit_cmp(struct compiler *c, struct value *x, struct value *y)
{
    enum width w = vtype_width(x->type);
    struct operand o = value_operand(c, y);
    struct operand l = value_operand(c, x);
    if (l.kind == OPERAND_IMM || (l.kind == OPERAND_MEM && o.kind == OPERAND_MEM))
        l = (struct operand){ .kind = OPERAND_REG, .reg = (uint8_t)value_reg(c, x) };
    struct assembler *a = &c->a;
    if (l.kind == OPERAND_MEM) {
        struct mem m = operand_mem(c, &l);
        if (o.kind == OPERAND_IMM)
            asm_alu_mi(a, ALU_CMP, w, m, o.imm);
        else
            asm_alu_mr(a, ALU_CMP, w, m, o.reg);
    } else if (o.kind == OPERAND_MEM) {
        asm_alu_rm(a, ALU_CMP, w, l.reg, operand_mem(c, &o));
    } else if (o.kind == OPERAND_REG) {
        asm_alu_rr(a, ALU_CMP, w, l.reg, o.reg);
    } else if (o.imm != 0) {
        asm_alu_ri(a, ALU_CMP, w, l.reg, o.imm);
    } else {
        asm_test_rr(a, w, l.reg, l.reg);
    }
}

/* The condition when the operands change places. */
static enum cc mirror(enum cc cc)
{
    switch (cc) {
    case CC_L: return CC_G;
    case CC_G: return CC_L;
    case CC_LE: return CC_GE;
    case CC_GE: return CC_LE;
    case CC_B: return CC_A;
    case CC_A: return CC_B;
    case CC_BE: return CC_AE;
    case CC_AE: return CC_BE;
    default: return cc;
    }
}

static void compare(struct compiler *c, enum cc cc)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    if (x.kind == V_CONST) {
        struct value swapped = x;
        x = y;
        y = swapped;
        cc = mirror(cc);
    }
    bool zero = y.kind == V_CONST && y.bits == 0 && (cc == CC_E || cc == CC_NE);
    if (zero && x.kind != V_CONST)
        condition_test(c, &x);
    else
        emit_cmp(c, &x, &y);
    condition_push(c, cc);
}

#define COMPARE(name, cc)                                            \
    void baseline_i32_##name(struct compiler *c) { compare(c, cc); } \
    void baseline_i64_##name(struct compiler *c) { compare(c, cc); }

COMPARE(eq, CC_E)
COMPARE(ne, CC_NE)
COMPARE(lt_s, CC_L)
COMPARE(lt_u, CC_B)
COMPARE(gt_s, CC_G)
COMPARE(gt_u, CC_A)
COMPARE(le_s, CC_LE)
COMPARE(le_u, CC_BE)
COMPARE(ge_s, CC_GE)
COMPARE(ge_u, CC_AE)

/* Floats: the carry is set when the first operand is below or unordered, so both orders are
 * asked as "above". */
static void float_compare(struct compiler *c, enum fwidth w, unsigned cond, bool swap)
{
    struct value y = stack_pop(c), x = stack_pop(c);
    if (WX_BUG(S55) && swap && code_peek(c) == OP_select) {
        swap = false;
        cond = mirror(cond);
    }
    struct value *first = swap ? &y : &x, *second = swap ? &x : &y;
    unsigned reg = value_reg(c, first);
    struct operand o = value_operand(c, second);
    if (o.kind == OPERAND_REG)
        asm_fop_rr(&c->a, FOP_UCOMI, w, reg, o.reg);
    else
        asm_fop_rm(&c->a, FOP_UCOMI, w, reg, operand_mem(c, &o));
    condition_push(c, cond);
}

#define FLOAT_COMPARE(name, cond, swap)                                                 \
    void baseline_f32_##name(struct compiler *c) { float_compare(c, F32, cond, swap); } \
    void baseline_f64_##name(struct compiler *c) { float_compare(c, F64, cond, swap); }

FLOAT_COMPARE(eq, COND_FEQ, false)
FLOAT_COMPARE(ne, COND_FNE, false)
FLOAT_COMPARE(lt, CC_A, true)
FLOAT_COMPARE(gt, CC_A, false)
FLOAT_COMPARE(le, CC_AE, true)
FLOAT_COMPARE(ge, CC_AE, false)
