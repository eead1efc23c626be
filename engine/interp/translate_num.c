/* translate_num.c - numeric instructions: the choice of operand classes, and folding.
 *
 * Folded here: i32.eqz of a comparison into the inverse comparison, conversions that change
 * nothing. Two operations in one cell: translate_fold.c. */
#include "interp/translate.h"

/* What the signature of a row says, and its first handler. */
enum family { FAMILY_NONE, FAMILY_UNARY, FAMILY_BINARY, FAMILY_CONST };
struct row {
    uint8_t family, from, to; /* enum bank */
    uint16_t handler;
};

#define BANK_i BANK_INT
#define BANK_l BANK_INT
#define BANK_f BANK_F32
#define BANK_d BANK_F64
#define ROW_1(name, t, r) \
    [OP_##name] = { FAMILY_UNARY, BANK_##t, BANK_##r, H_##name##_S_A },
#define ROW_2(name, t, r) \
    [OP_##name] = { FAMILY_BINARY, BANK_##t, BANK_##r, H_##name##_SS_A },
#define ROW_ii_i(name) ROW_2(name, i, i)
#define ROW_ll_i(name) ROW_2(name, l, i)
#define ROW_ll_l(name) ROW_2(name, l, l)
#define ROW_ff_i(name) ROW_2(name, f, i)
#define ROW_ff_f(name) ROW_2(name, f, f)
#define ROW_dd_i(name) ROW_2(name, d, i)
#define ROW_dd_d(name) ROW_2(name, d, d)
#define ROW_i_i(name)  ROW_1(name, i, i)
#define ROW_i_l(name)  ROW_1(name, i, l)
#define ROW_i_f(name)  ROW_1(name, i, f)
#define ROW_i_d(name)  ROW_1(name, i, d)
#define ROW_l_i(name)  ROW_1(name, l, i)
#define ROW_l_l(name)  ROW_1(name, l, l)
#define ROW_l_f(name)  ROW_1(name, l, f)
#define ROW_l_d(name)  ROW_1(name, l, d)
#define ROW_f_i(name)  ROW_1(name, f, i)
#define ROW_f_l(name)  ROW_1(name, f, l)
#define ROW_f_f(name)  ROW_1(name, f, f)
#define ROW_f_d(name)  ROW_1(name, f, d)
#define ROW_d_i(name)  ROW_1(name, d, i)
#define ROW_d_l(name)  ROW_1(name, d, l)
#define ROW_d_f(name)  ROW_1(name, d, f)
#define ROW_d_d(name)  ROW_1(name, d, d)
#define ROW_v_i(name)  [OP_##name] = { .family = FAMILY_CONST },
#define ROW_v_l(name)  [OP_##name] = { .family = FAMILY_CONST },
#define ROW_v_f(name)  [OP_##name] = { .family = FAMILY_CONST },
#define ROW_v_d(name)  [OP_##name] = { .family = FAMILY_CONST },
#define ROW_HAND(name)
#define ROW_v_v(name)
#define ROW_v_a(name)
#define ROW_a_a(name)
#define ROW_a_i(name)
#define ROW_a_l(name)
#define ROW_a_f(name)
#define ROW_a_d(name)
#define ROW_ai_v(name)
#define ROW_al_v(name)
#define ROW_af_v(name)
#define ROW_ad_v(name)
#define ROW_aia_v(name)
#define ROW_aii_v(name)

static const struct row rows[OP_COUNT] = {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) ROW_##sig(name)
#include "wasm/ops.def"
};

/* ---- comparisons --------------------------------------------------------------------- */

_Static_assert(OP_i32_ge_u == OP_i32_eq + 9 && OP_i64_ge_u == OP_i64_eq + 9,
               "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u");
_Static_assert(H_i32_ne_SS_A - H_i32_eq_SS_A == 14 &&
                   H_i32_ge_u_SS_A == H_i32_eq_SS_A + 126,
               "seven pairs of handlers each");

uint32_t compare_inverse(uint32_t k)
{
    static const uint8_t inverse[10] = { 1, 0, 8, 9, 6, 7, 4, 5, 2, 3 };
    return inverse[k];
}

uint32_t compare_swapped(uint32_t k)
{
    static const uint8_t swapped[10] = { 0, 1, 4, 5, 2, 3, 8, 9, 6, 7 };
    return swapped[k];
}

/* The first comparison of the type that op compares, if it compares integers. */
static enum op comparison_base(uint32_t op)
{
    if (op >= OP_i32_eq && op <= OP_i32_ge_u)
        return OP_i32_eq;
    return op >= OP_i64_eq && op <= OP_i64_ge_u ? OP_i64_eq : OP_INVALID;
}

/* i32.eqz of a comparison that was just made: turns it round in place. */
static bool invert_comparison(struct translator *t)
{
    if (!is_fresh(t))
        return false;
    struct draft *d = &t->cells.at[t->cells.len - 1];
    enum op base = comparison_base(d->op);
    if (base == OP_INVALID)
        return false;
    uint32_t variant = (uint32_t)(uintptr_t)d->cell.handler - rows[d->op].handler;
    d->op = (uint16_t)(base + compare_inverse(d->op - base));
    d->cell.handler = (const void *)(uintptr_t)(rows[d->op].handler + variant);
    return true;
}

/* ---- operations ---------------------------------------------------------------------- */

static bool is_commutative(enum op op)
{
    switch (op) {
    case OP_i32_add:
    case OP_i32_mul:
    case OP_i32_and:
    case OP_i32_or:
    case OP_i32_xor:
    case OP_i64_add:
    case OP_i64_mul:
    case OP_i64_and:
    case OP_i64_or:
    case OP_i64_xor: return true;
    default: return false;
    }
}

/* Position of a pair of operand classes among the handlers of a binary operation. */
static uint32_t variant_of(const struct operand *a, const struct operand *b)
{
    static const uint8_t variants[3][3] = { { 0, 4, 1 }, { 2, 0, 3 }, { 5, 6, 0 } };
    return variants[a->class][b->class];
}

static void set_operands(struct draft *d, uint32_t op, const struct operand *a,
                         const struct operand *b)
{
    d->op = (uint16_t)op;
    d->first = (uint8_t)a->class;
    d->second = (uint8_t)b->class;
    d->src = a->src;
    d->cell.a = a->at;
    d->cell.b = b->at;
    d->cell.imm = b->class == CLASS_I ? b->imm : a->imm;
}

static void swap(struct operand *a, struct operand *b)
{
    struct operand o = *a;
    *a = *b;
    *b = o;
}

/* Subtraction of a constant is addition, rotation right is rotation left. */
static enum op normal(enum op op, struct operand *b)
{
    if (b->class != CLASS_I)
        return op;
    switch (op) {
    case OP_i32_sub: b->imm = (uint32_t)(0 - b->imm); return OP_i32_add;
    case OP_i64_sub: b->imm = 0 - b->imm; return OP_i64_add;
    case OP_i32_rotr: b->imm = (0 - b->imm) & 31; return OP_i32_rotl;
    case OP_i64_rotr: b->imm = (0 - b->imm) & (WX_BUG(X10) ? 31 : 63); return OP_i64_rotl;
    default: return op;
    }
}

static void binary(struct translator *t, enum op op)
{
    enum bank from = (enum bank)rows[op].from;
    struct operand b = take(t, from);
    uint32_t home = t->stack[t->depth - 1].home;
    struct operand a = take(t, from);
    op = normal(op, &b);
    const struct row *row = &rows[op];
    if (a.class == CLASS_I && b.class == CLASS_I)
        settle_const(t, &a, home);
    else if (a.class == CLASS_I && is_commutative(op))
        swap(&a, &b);
    separate(&a, &b);
    struct draft *d = produce(t, row->to, row->handler + 2 * variant_of(&a, &b));
    set_operands(d, op, &a, &b);
}

static void unary(struct translator *t, enum op op, const struct row *row)
{
    struct operand a = take_slot(t, row->from);
    struct operand none = { .class = CLASS_S };
    struct draft *d = produce(t, row->to, row->handler + 2u * (a.class == CLASS_A));
    set_operands(d, op, &a, &none);
}

static void constant(struct translator *t, enum op op)
{
    switch (op) {
    case OP_i32_const: push_const(t, (uint32_t)code_s32(&t->p)); break;
    case OP_i64_const: push_const(t, (uint64_t)code_s64(&t->p)); break;
    case OP_f32_const: push_const(t, code_f32(&t->p)); break;
    default: push_const(t, code_f64(&t->p)); break;
    }
}

/* Conversions that leave the slot as it is.  (The upper half of an f32 slot is undefined,
 * so i32.reinterpret_f32 is not one of them, unless of a constant.) */
static bool changes_nothing(const struct translator *t, enum op op)
{
    switch (op) {
    case OP_i64_extend_i32_u:
    case OP_i64_reinterpret_f64:
    case OP_f32_reinterpret_i32:
    case OP_f64_reinterpret_i64: return true;
    case OP_i32_reinterpret_f32: return t->stack[t->depth - 1].place == PLACE_CONST;
    default: return false;
    }
}

/* Whether fold_binary has anything for the operation: comparisons it has nothing for. */
static bool may_fold(enum op op) { return !(op >= OP_i32_eq && op <= OP_f64_ge); }

bool translate_num(struct translator *t, enum op op)
{
    const struct row *row = &rows[op];
    switch ((enum family)row->family) {
    case FAMILY_NONE: return false;
    case FAMILY_CONST: constant(t, op); return true;
    case FAMILY_BINARY:
        if (!may_fold(op) || !fold_binary(t, op))
            binary(t, op);
        return true;
    case FAMILY_UNARY:
        if (changes_nothing(t, op) || (op == OP_i32_eqz && invert_comparison(t)))
            return true;
        unary(t, op, row);
        return true;
    }
    return false;
}
