/* translate_branch.c - conditions: comparisons, eqz and counting loops fused into
 * branches. */
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
    return (struct operand){
        .class = (enum class) class, .at = at, .imm = d->cell.imm, .src = NONE
    };
}

static struct operand zero(void)
{
    return (struct operand){ .class = CLASS_I, .src = NONE };
}

/* What decides, from the cell that has been taken back. */
static void decide(struct condition *c, const struct draft *d)
{
    c->a = operand_of(d, d->first, d->cell.a);
    c->b = operand_of(d, d->second, d->cell.b);
    c->a.src = d->src;
    c->op = (enum op)d->op;
    if (is_int_comparison(d->op)) {
        c->kind = COND_INT;
    } else if (is_float_comparison(d->op)) {
        c->kind = COND_FLOAT;
    } else if (d->op == OP_i32_and) {
        c->kind = COND_TEST;
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
           op == OP_i64_eqz || op == OP_i32_and;
}

static struct draft *last_settled(struct translator *t)
{
    return t->cells.len > t->barrier ? &t->cells.at[t->cells.len - 1] : NULL;
}

/* The last cell, if it computed for a cell taken back alone what src says: it can go too,
 * its own operands are as they were when it was made. */
static const struct draft *source(struct translator *t, uint32_t src)
{
    const struct draft *d = last_settled(t);
    return d != NULL && src == t->cells.len - 1 ? d : NULL;
}

static struct draft remove_source(struct translator *t)
{
    t->banks[BANK_INT] = (struct bank_state){ NONE, NONE };
    return vec_pop(&t->cells);
}

/* i32.eqz of something that decides. */
static bool behind_eqz(struct translator *t, struct draft *d)
{
    const struct draft *before = source(t, d->src);
    if (d->op != OP_i32_eqz || before == NULL || !decides(before->op))
        return false;
    *d = remove_source(t);
    return true;
}

static bool is_zero(const struct operand *o) { return o->class == CLASS_I && o->imm == 0; }

/* Whether a & b is zero. */
static void take_test(struct translator *t, struct condition *c)
{
    bool wide = c->op >= OP_i64_eq;
    enum op equal = wide ? OP_i64_eq : OP_i32_eq, unequal = wide ? OP_i64_ne : OP_i32_ne;
    const struct draft *before = source(t, c->a.src);
    if (c->kind != COND_INT || (c->op != equal && c->op != unequal) || !is_zero(&c->b) ||
        before == NULL || before->op != (wide ? OP_i64_and : OP_i32_and))
        return;
    struct draft d = remove_source(t);
    c->negated ^= c->op == equal && !(WX_BUG(X11) && wide);
    c->kind = COND_TEST;
    c->op = (enum op)d.op;
    c->a = operand_of(&d, d.first, d.cell.a);
    c->b = operand_of(&d, d.second, d.cell.b);
}

/* The comparison that computes the value on top, taken back with any eqz behind it. */
static void take_comparison(struct translator *t, struct condition *c)
{
    struct draft d = unproduce(t);
    while (behind_eqz(t, &d))
        c->negated = !c->negated;
    decide(c, &d);
    take_test(t, c);
}

/* ---- what computes the operands
 * --------------------------------------------------------- */

static bool fits(uint64_t imm)
{
    return (uint64_t)(int64_t)(int32_t)imm == imm || (WX_BUG(S41) && imm <= UINT32_MAX);
}

/* Takes the last cell into the condition, of which it computes the first operand. */
static void take_with(struct translator *t, struct condition *c, int kind)
{
    c->kind = (unsigned)kind;
    c->with = vec_pop(&t->cells);
}

/* A comparison of the sum that the last cell has put into a slot. */
static bool take_addition(struct translator *t, struct condition *c)
{
    bool wide = c->op >= OP_i64_eq;
    const struct draft *d = last_settled(t);
    if (c->b.class == CLASS_A || d == NULL)
        return false;
    uint32_t handler = (uint32_t)(uintptr_t)d->cell.handler;
    uint32_t slot = t->banks[BANK_INT].slot;
    if (!wide && handler == H_bump2 && slot == d->cell.b) {
        take_with(t, c, COND_BUMP);
        return true;
    }
    if (handler != (wide ? H_i64_add_SI_S : H_i32_add_SI_S) || slot != d->cell.d)
        return false;
    if (wide && (!fits(d->cell.imm) || (c->b.class == CLASS_I && !fits(c->b.imm))))
        return false;
    take_with(t, c, COND_ADD);
    return true;
}

/* Whether what the last cell loads is zero. */
static bool take_load(struct translator *t, struct condition *c)
{
    const struct draft *d = last_settled(t);
    bool unequal = c->op == OP_i32_ne;
    if (t->checks || d == NULL || !is_zero(&c->b) || (!unequal && c->op != OP_i32_eq))
        return false;
    uint32_t handler = (uint32_t)(uintptr_t)d->cell.handler;
    bool alone = c->a.src == t->cells.len - 1 &&
                 (handler == H_guard_load8_u_S_A || handler == H_guard_load32_u_S_A);
    bool local = t->banks[BANK_INT].slot == d->cell.d &&
                 (handler == H_guard_load8_u_S_S || handler == H_guard_load32_u_S_S);
    if (!alone && !local)
        return false;
    c->negated ^= !unequal;
    take_with(t, c, COND_LOAD);
    return true;
}

/* An integer comparison of what the last cell computes. */
static bool take_operand(struct translator *t, struct condition *c)
{
    return c->kind == COND_INT && c->a.class == CLASS_A &&
           (take_addition(t, c) || take_load(t, c));
}

struct condition condition_take(struct translator *t, bool whole)
{
    struct condition c = { .kind = COND_VALUE };
    if (is_fresh(t) && decides(t->cells.at[t->cells.len - 1].op)) {
        take_comparison(t, &c);
        if (whole)
            take_operand(t, &c);
        return c;
    }
    c.a = take_slot(t, BANK_INT);
    struct condition unequal = { .kind = COND_INT, .op = OP_i32_ne, .a = c.a, .b = zero() };
    return whole && take_operand(t, &unequal) ? unequal : c;
}

static void swap_operands(struct condition *c)
{
    enum op base = c->op >= OP_i64_eq ? OP_i64_eq : OP_i32_eq;
    struct operand o = c->a;
    c->a = c->b;
    c->b = o;
    c->op = (enum op)(base + compare_swapped(c->op - base));
}

bool condition_take_int(struct translator *t, struct condition *c)
{
    if (!is_fresh(t))
        return false;
    uint32_t op = t->cells.at[t->cells.len - 1].op;
    if (!is_int_comparison(op) && op != OP_i32_eqz && op != OP_i64_eqz)
        return false;
    const struct draft *d = &t->cells.at[t->cells.len - 1];
    if (is_int_comparison(op) && op >= OP_i64_eq &&
        (d->first == CLASS_I || d->second == CLASS_I) && !fits(d->cell.imm))
        return false;
    struct draft taken = unproduce(t);
    *c = (struct condition){ .kind = COND_INT };
    decide(c, &taken);
    if (c->a.class == CLASS_I || c->b.class == CLASS_A)
        swap_operands(c);
    return true;
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
    struct condition n = *c;
    if (n.a.class == CLASS_I || n.b.class == CLASS_A)
        swap_operands(&n);
    enum op base = n.op >= OP_i64_eq ? OP_i64_eq : OP_i32_eq;
    uint32_t k = n.op - base;
    uint32_t h = int_handler(base, when ? k : compare_inverse(k));
    uint32_t variant = 2u * (n.a.class == CLASS_A) + (n.b.class == CLASS_I);
    return branch(t, h + variant, &n.a, &n.b);
}

/* SS SI AS AI, each as a pair. */
static uint32_t branch_test(struct translator *t, const struct condition *c, bool when)
{
    struct operand a = c->a, b = c->b;
    if (a.class == CLASS_I || b.class == CLASS_A) {
        a = c->b;
        b = c->a;
    }
    uint32_t h = c->op == OP_i64_and ? H_br_i64_test_SS : H_br_i32_test_SS;
    h += 4u * (a.class == CLASS_A) + 2u * (b.class == CLASS_I) + !when;
    return branch(t, h, &a, &b);
}

static uint32_t branch_add(struct translator *t, const struct condition *c, bool when)
{
    enum op base = c->op >= OP_i64_eq ? OP_i64_eq : OP_i32_eq;
    uint32_t k = c->op - base, constant = c->b.class == CLASS_I;
    uint32_t h = int_handler(base, when ? k : compare_inverse(k)) + ADDED + constant;
    struct cell *cell = emit(t, h);
    cell->a = c->with.cell.a;
    cell->d = c->with.cell.d;
    cell->b = c->b.at;
    cell->imm = (uint32_t)c->with.cell.imm | (constant ? c->b.imm << 32 : 0);
    return t->cells.len - 1;
}

static uint32_t branch_bump(struct translator *t, const struct condition *c, bool when)
{
    uint32_t k = c->op - OP_i32_eq, constant = c->b.class == CLASS_I;
    uint32_t h = H_br_bump_i32_eq_S + 2 * (when ? k : compare_inverse(k)) + constant;
    struct cell *cell = emit(t, h);
    *cell = c->with.cell;
    cell->handler = (const void *)(uintptr_t)h;
    cell->d = c->with.cell.b;
    cell->b = constant ? (uint32_t)c->b.imm : c->b.at;
    return t->cells.len - 1;
}

/* For u8 and u32 pairs, the value to the accumulator or to slot d too. */
static uint32_t branch_load(struct translator *t, const struct condition *c, bool when)
{
    uint32_t load = (uint32_t)(uintptr_t)c->with.cell.handler;
    uint32_t h = load <= H_guard_load8_u_S_S ? H_br_load_u8_A : H_br_load_u32_A;
    bool slot = load == H_guard_load8_u_S_S || load == H_guard_load32_u_S_S;
    h += 2u * slot + !when;
    emit(t, h);
    struct draft *d = &t->cells.at[t->cells.len - 1];
    *d = c->with;
    d->cell.handler = (const void *)(uintptr_t)h;
    d->op = OP_INVALID;
    d->cell.x = 0;
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
    case COND_TEST: return branch_test(t, c, when);
    case COND_ADD: return branch_add(t, c, when);
    case COND_BUMP: return branch_bump(t, c, when);
    case COND_LOAD: return branch_load(t, c, when);
    case COND_VALUE: break;
    }
    return branch_value(t, &c->a, when);
}
