/* translate_branch.c - conditions: comparisons, eqz and counting loops fused into branches. */
#include "interp/translate.h"

static bool is_int_comparison(uint32_t op)
{
    return (op >= OP_i32_eq && op <= OP_i32_ge_u) || (op >= OP_i64_eq && op <= OP_i64_ge_u);
}

static bool is_float_comparison(uint32_t op) { return op >= OP_f32_eq && op <= OP_f64_ge; }

_Static_assert(OP_f64_eq == OP_f32_eq + 6 && OP_f64_ge == OP_f64_eq + 5,
               "eq ne lt gt le ge, f32 then f64");

static struct operand operand_of(const struct draft *d, uint32_t class, uint32_t at)
{
    return (struct operand){ .class = (enum class)class, .at = at, .imm = d->cell.imm };
}

static struct operand zero(void) { return (struct operand){ .class = CLASS_I }; }

/* What decides, from the cell that has been taken back. */
static void decide(struct condition *c, const struct draft *d)
{
    c->a = operand_of(d, d->first, d->cell.a);
    c->b = operand_of(d, d->second, d->cell.b);
    c->op = (enum op)d->op;
    if (is_int_comparison(d->op)) {
        c->kind = COND_INT;
    } else if (is_float_comparison(d->op)) {
        c->kind = COND_FLOAT;
    } else {
        assert(d->op == OP_i32_eqz || d->op == OP_i64_eqz);
        c->kind = COND_INT;
        c->op = d->op == OP_i32_eqz ? OP_i32_eq : OP_i64_eq;
        c->b = zero();
    }
}

static bool decides(uint32_t op)
{
    return is_int_comparison(op) || is_float_comparison(op) || op == OP_i32_eqz ||
           op == OP_i64_eqz;
}

/* i32.eqz of what the cell before it, now the last one, computed for it alone: that cell goes
 * too, and its operands are what they were when it was made. */
static bool behind_eqz(struct translator *t, const struct draft *eqz, struct draft *d)
{
    if (eqz->op != OP_i32_eqz || eqz->src == NONE || eqz->src < t->barrier ||
        eqz->src != t->cells.len - 1 || !decides(t->cells.at[eqz->src].op))
        return false;
    *d = vec_pop(&t->cells);
    t->banks[BANK_INT] = (struct bank_state){ NONE, NONE };
    return true;
}

static bool fits(uint64_t imm) { return (uint64_t)(int64_t)(int32_t)imm == imm; }

/* The last cell adds a constant to a slot, and the condition compares the sum: both in one. */
static void take_addition(struct translator *t, struct condition *c)
{
    if (c->kind != COND_INT || c->a.class != CLASS_A || c->b.class == CLASS_A ||
        t->cells.len <= t->barrier)
        return;
    bool wide = c->op >= OP_i64_eq;
    const struct draft *d = &t->cells.at[t->cells.len - 1];
    enum handler expected = wide ? H_i64_add_SI_S : H_i32_add_SI_S;
    if ((uintptr_t)d->cell.handler != expected || t->banks[BANK_INT].slot != d->cell.d)
        return;
    if (wide && (!fits(d->cell.imm) || (c->b.class == CLASS_I && !fits(c->b.imm))))
        return;
    c->kind = COND_ADD;
    c->add = d->cell;
    t->cells.len--;
}

/* The comparison that computes the value on top, taken back with any eqz behind it. */
static void take_comparison(struct translator *t, struct condition *c)
{
    struct draft d = unproduce(t), before;
    while (behind_eqz(t, &d, &before)) {
        c->negated = !c->negated;
        d = before;
    }
    decide(c, &d);
}

struct condition condition_take(struct translator *t, bool with_add)
{
    struct condition c = { .kind = COND_VALUE };
    if (is_fresh(t) && decides(t->cells.at[t->cells.len - 1].op)) {
        take_comparison(t, &c);
        if (with_add)
            take_addition(t, &c);
        return c;
    }
    c.a = take_slot(t, BANK_INT);
    if (with_add && c.a.class == CLASS_A) {
        struct condition sum = { .kind = COND_INT, .op = OP_i32_ne, .a = c.a, .b = zero() };
        take_addition(t, &sum);
        if (sum.kind == COND_ADD)
            return sum;
    }
    return c;
}

/* ---- emission ------------------------------------------------------------------------ */

static uint32_t branch(struct translator *t, uint32_t handler, const struct operand *a,
                       const struct operand *b)
{
    struct cell *c = emit(t, handler);
    c->a = a->at;
    c->b = b->at;
    c->imm = b->class == CLASS_I ? b->imm : a->imm;
    return t->cells.len - 1;
}

static uint32_t branch_value(struct translator *t, const struct operand *a, bool when)
{
    struct operand none = { .class = CLASS_S };
    uint32_t accumulator = a->class == CLASS_A;
    return branch(t, (when ? H_br_if_S : H_br_unless_S) + accumulator, a, &none);
}

/* Handlers of an integer comparison: SS SI AS AI, then of an addition and it: S I. */
enum { PER_INT = 6, ADDED = 4 };
_Static_assert(H_br_i32_ge_u_SS == H_br_i32_eq_SS + 9 * PER_INT, "in the order of ops.def");

static uint32_t int_handler(enum op base, uint32_t k)
{
    return (base == OP_i64_eq ? H_br_i64_eq_SS : H_br_i32_eq_SS) + PER_INT * k;
}

static uint32_t branch_int(struct translator *t, const struct condition *c, bool when)
{
    enum op base = c->op >= OP_i64_eq ? OP_i64_eq : OP_i32_eq;
    uint32_t k = c->op - base;
    struct operand a = c->a, b = c->b;
    if (!when)
        k = compare_inverse(k);
    if (a.class == CLASS_I || b.class == CLASS_A) {
        struct operand o = a;
        a = b;
        b = o;
        k = compare_swapped(k);
    }
    uint32_t variant = 2u * (a.class == CLASS_A) + (b.class == CLASS_I);
    return branch(t, int_handler(base, k) + variant, &a, &b);
}

static uint32_t branch_add(struct translator *t, const struct condition *c, bool when)
{
    enum op base = c->op >= OP_i64_eq ? OP_i64_eq : OP_i32_eq;
    uint32_t k = c->op - base, constant = c->b.class == CLASS_I;
    uint32_t h = int_handler(base, when ? k : compare_inverse(k)) + ADDED + constant;
    struct cell *cell = emit(t, h);
    cell->a = c->add.a;
    cell->d = c->add.d;
    cell->b = c->b.at;
    cell->imm = (uint32_t)c->add.imm | (constant ? c->b.imm << 32 : 0);
    return t->cells.len - 1;
}

/* Pairs, taken when it holds and when not: SS SI AS AI SA IS IA. */
static uint32_t branch_float(struct translator *t, const struct condition *c, bool when)
{
    static const uint8_t variants[3][3] = { { 0, 4, 1 }, { 2, 0, 3 }, { 5, 6, 0 } };
    _Static_assert(H_br_f32_ge_SS == H_br_f32_eq_SS + 5 * 14, "in the order of ops.def");
    uint32_t k = c->op >= OP_f64_eq ? c->op - OP_f64_eq : c->op - OP_f32_eq;
    uint32_t first = c->op >= OP_f64_eq ? H_br_f64_eq_SS : H_br_f32_eq_SS;
    uint32_t h = first + 14 * k + 2 * variants[c->a.class][c->b.class] + !when;
    return branch(t, h, &c->a, &c->b);
}

uint32_t condition_emit(struct translator *t, const struct condition *c, bool when)
{
    when ^= c->negated;
    switch (c->kind) {
    case COND_INT: return branch_int(t, c, when);
    case COND_FLOAT: return branch_float(t, c, when);
    case COND_ADD: return branch_add(t, c, when);
    case COND_VALUE: break;
    }
    return branch_value(t, &c->a, when);
}
