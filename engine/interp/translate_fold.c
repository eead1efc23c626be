/* translate_fold.c - two operations in one cell.
 *
 * The cell before was just made for the operand; it is taken back and a cell made that does
 * both. Conditions are looked at first: what has been taken back cannot be put back.  An
 * operand of the cell taken back may lie in a slot above the one where its result would
 * have gone, so nothing is emitted in between. */
#include "interp/translate.h"

static const struct draft *last_draft(const struct translator *t)
{
    return &t->cells.at[t->cells.len - 1];
}

/* What the last cell computed is the second operand, or the first and the second is in a
 * local, so that its cell is the last one nevertheless. */
enum position { POSITION_NONE, POSITION_FIRST, POSITION_SECOND };

static enum position fresh_operand(struct translator *t)
{
    if (is_fresh(t))
        return POSITION_SECOND;
    if (t->stack[t->depth - 1].place != PLACE_LOCAL)
        return POSITION_NONE;
    t->depth--;
    bool fresh = is_fresh(t);
    t->depth++;
    return fresh ? POSITION_FIRST : POSITION_NONE;
}

/* Takes the operand that was just computed back, and the other one. */
static struct operand take_both(struct translator *t, enum position position,
                                enum bank bank, struct draft *d)
{
    struct operand other;
    if (position == POSITION_SECOND) {
        *d = unproduce(t);
        other = take(t, bank);
    } else {
        other = take(t, bank);
        *d = unproduce(t);
    }
    return other;
}

static bool other_is_constant(const struct translator *t, enum position position)
{
    return t->stack[t->depth - (position == POSITION_SECOND ? 2 : 1)].place == PLACE_CONST;
}

static struct operand first_operand(const struct draft *d)
{
    return (struct operand){ .class = (enum class)d->first,
                             .only = d->src != NONE,
                             .at = d->cell.a,
                             .imm = d->cell.imm,
                             .src = d->src };
}

/* ---- shifted operands
 * ------------------------------------------------------------------- */

/* Handlers of an operation with an operand shifted, for shl, shr_u, rotl each SS AS SA as A
 * S. */
enum { PER_SHIFT = 6 };

static uint32_t shifted_handler(enum op op)
{
    switch (op) {
    case OP_i32_add: return H_i32_add_shl_SS_A;
    case OP_i32_or: return H_i32_or_shl_SS_A;
    case OP_i32_xor: return H_i32_xor_shl_SS_A;
    case OP_i64_add: return H_i64_add_shl_SS_A;
    case OP_i64_or: return H_i64_or_shl_SS_A;
    case OP_i64_xor: return H_i64_xor_shl_SS_A;
    default: return H_COUNT;
    }
}
_Static_assert(H_i32_add_shr_u_SS_A == H_i32_add_shl_SS_A + PER_SHIFT &&
                   H_i32_add_rotl_SS_A == H_i32_add_shl_SS_A + 2 * PER_SHIFT,
               "in this order");

/* Which of them the last cell is, for an operation of the same width; NONE: another one. */
static uint32_t shift_of(const struct draft *d, bool wide)
{
    if (d->second != CLASS_I || d->first == CLASS_I)
        return NONE;
    switch (d->op) {
    case OP_i32_shl: return wide ? NONE : 0;
    case OP_i32_shr_u: return wide ? NONE : 1;
    case OP_i32_rotl: return wide ? NONE : 2;
    case OP_i64_shl: return wide ? 0 : NONE;
    case OP_i64_shr_u: return wide ? 1 : NONE;
    case OP_i64_rotl: return wide ? 2 : NONE;
    default: return NONE;
    }
}

static bool fold_shifted(struct translator *t, enum op op, enum position position)
{
    static const uint8_t variants[3][3] = { { 0, 4 }, { 2 } };
    bool wide = op >= OP_i64_clz;
    uint32_t handler = shifted_handler(op), shift = shift_of(last_draft(t), wide);
    if (handler == H_COUNT || shift == NONE || other_is_constant(t, position))
        return false;
    struct draft d;
    struct operand base = take_both(t, position, BANK_INT, &d), index = first_operand(&d);
    separate(&base, &index);
    handler += PER_SHIFT * shift + variants[base.class][index.class];
    struct draft *n = produce(t, BANK_INT, handler);
    n->cell.a = base.at;
    n->cell.b = index.at;
    n->cell.x = (uint32_t)d.cell.imm & (wide ? 63 : 31);
    n->first = (uint8_t)base.class;
    n->second = (uint8_t)index.class;
    n->op = op == OP_i32_add && shift == 0 ? (uint16_t)OP_ADD_SHL : (uint16_t)OP_INVALID;
    return true;
}

/* ---- loaded operands
 * -------------------------------------------------------------------- */

/* Handlers of an operation on what a load reads, as second and as first operand. */
struct loaded {
    uint16_t op, load, second, first;
};
#define LOADED_COMMUTES(op, load, m)                                     \
    {                                                                    \
        OP_##op, OP_##load, H_##op##_##m##R_S_S_A, H_##op##_##m##R_S_S_A \
    }
#define LOADED_SECOND(op, load, m)                         \
    {                                                      \
        OP_##op, OP_##load, H_##op##_##m##R_S_S_A, H_COUNT \
    }
#define LOADED_BOTH(op, load, m)                                         \
    {                                                                    \
        OP_##op, OP_##load, H_##op##_##m##R_S_S_A, H_##op##_##m##L_S_S_A \
    }
#define LOADED_INTS(type, load, m)                                                  \
    LOADED_COMMUTES(type##_add, load, m), LOADED_SECOND(type##_sub, load, m),       \
        LOADED_COMMUTES(type##_mul, load, m), LOADED_COMMUTES(type##_and, load, m), \
        LOADED_COMMUTES(type##_or, load, m), LOADED_COMMUTES(type##_xor, load, m)
#define LOADED_FLOATS(type, load, m)                                    \
    LOADED_BOTH(type##_add, load, m), LOADED_BOTH(type##_sub, load, m), \
        LOADED_BOTH(type##_mul, load, m)

static const struct loaded loadeds[] = {
    LOADED_INTS(i32, i32_load, u32),   LOADED_INTS(i32, i32_load8_u, u8),
    LOADED_INTS(i64, i64_load, u64),   LOADED_FLOATS(f32, f32_load, f32),
    LOADED_FLOATS(f64, f64_load, f64),
};

/* Modes that there are handlers for: their position, each with the other operand S A, as A
 * S. */
static uint32_t loaded_mode(uint32_t mode)
{
    switch ((enum mode)mode) {
    case MODE_S: return 0;
    case MODE_A: return 1;
    case MODE_I: return 2;
    case MODE_SS: return 3;
    case MODE_SI: return 4;
    case MODE_AI: return 5;
    case MODE_KS: return 6;
    default: return NONE;
    }
}
_Static_assert(H_f64_mul_f64L_KS_A_S == H_f64_mul_f64L_S_S_A + 27, "seven modes of four");

static uint32_t loaded_handler(const struct draft *d, enum op op, enum position position)
{
    for (size_t i = 0; i < COUNT(loadeds); i++)
        if (loadeds[i].op == op && loadeds[i].load == d->op)
            return position == POSITION_SECOND ||
                           (WX_BUG(X12) && loadeds[i].first == H_COUNT)
                       ? loadeds[i].second
                       : loadeds[i].first;
    return H_COUNT;
}

static bool is_load(uint32_t op) { return op >= OP_i32_load && op <= OP_i64_load32_u; }

static bool fold_loaded(struct translator *t, enum op op, enum position position)
{
    const struct draft *last = last_draft(t);
    if (t->checks || !is_load(last->op) || last->cell.imm > UINT32_MAX)
        return false;
    uint32_t handler = loaded_handler(last, op, position), mode = loaded_mode(last->first);
    if (handler == H_COUNT || mode == NONE || other_is_constant(t, position))
        return false;
    enum bank bank = t->last.bank;
    struct draft d;
    struct operand other = take_both(t, position, bank, &d);
    if (bank == BANK_INT && (d.first == MODE_A || d.first == MODE_AI) &&
        other.class == CLASS_A)
        other.class = CLASS_S;
    struct draft *n = produce(t, bank, handler + 4 * mode + 2u * (other.class == CLASS_A));
    n->cell.a = d.cell.a;
    n->cell.b = d.cell.b;
    n->cell.x = d.cell.x;
    n->cell.imm = d.cell.imm | (uint64_t)other.at << 32;
    n->offset = WX_BUG(X13) ? n->offset : d.offset;
    return true;
}

/* ---- constants
 * -------------------------------------------------------------------------- */

/* A constant added to a sum with a constant changes the constant of that. */
static bool fold_sum(struct translator *t, enum op op)
{
    struct value *top = &t->stack[t->depth - 1];
    bool wide = op == OP_i64_add || op == OP_i64_sub;
    bool minus = op == OP_i32_sub || op == OP_i64_sub;
    if (top->place != PLACE_CONST || (!wide && !minus && op != OP_i32_add))
        return false;
    t->depth--;
    bool fresh = is_fresh(t);
    t->depth++;
    struct draft *d = &t->cells.at[t->cells.len - 1];
    if (!fresh || d->op != (wide ? OP_i64_add : OP_i32_add) || d->second != CLASS_I)
        return false;
    uint64_t sum = d->cell.imm + (minus ? -top->imm : top->imm);
    if (WX_BUG(S53) && !wide && sum > UINT32_MAX)
        sum = UINT32_MAX;
    d->cell.imm = wide ? sum : (uint32_t)sum;
    pop(t);
    return true;
}

/* A shift right and then a mask. */
static bool fold_field(struct translator *t, enum op op)
{
    bool wide = op == OP_i64_and;
    const struct value *top = &t->stack[t->depth - 1];
    if (top->place != PLACE_CONST || (!wide && op != OP_i32_and))
        return false;
    t->depth--;
    bool fresh = is_fresh(t) && shift_of(last_draft(t), wide) == 1;
    t->depth++;
    if (!fresh)
        return false;
    uint64_t mask = pop(t)->imm;
    struct draft d = unproduce(t);
    uint32_t handler = wide ? H_i64_field_S_A : H_i32_field_S_A;
    struct draft *n = produce(t, BANK_INT, handler + 2u * (d.first == CLASS_A));
    n->cell.a = d.cell.a;
    n->cell.x = (uint32_t)d.cell.imm & (wide ? 63 : 31);
    n->cell.imm = mask;
    return true;
}

bool fold_binary(struct translator *t, enum op op)
{
    if (t->stack[t->depth - 1].place == PLACE_CONST)
        return fold_sum(t, op) || fold_field(t, op);
    enum position position = fresh_operand(t);
    return position != POSITION_NONE &&
           (fold_shifted(t, op, position) || fold_loaded(t, op, position));
}

/* ---- counters
 * --------------------------------------------------------------------------- */

static bool is_bump(const struct draft *d)
{
    return (uintptr_t)d->cell.handler == H_i32_add_SI_S && d->cell.a == d->cell.d;
}

void fold_bump(struct translator *t)
{
    uint32_t n = t->cells.len;
    if (n < t->barrier + 2 || !is_bump(&t->cells.at[n - 1]) ||
        !is_bump(&t->cells.at[n - 2]))
        return;
    struct cell *first = &t->cells.at[n - 2].cell, second = t->cells.at[n - 1].cell;
    first->handler = (const void *)(uintptr_t)H_bump2;
    first->b = second.a;
    first->imm = (uint32_t)first->imm | second.imm << 32;
    t->cells.at[n - 2].op = OP_INVALID;
    t->cells.len--;
}
