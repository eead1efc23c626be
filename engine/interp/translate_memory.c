/* translate_memory.c - loads and stores: the choice of address mode.
 *
 * An addition or a constant shift that has just computed the address is taken back and done
 * by the access itself, in 32 bits, where it wraps as it would have. */
#include "interp/translate.h"

_Static_assert(H_guard_load8_u_KA_S - H_guard_load8_u_S_A == 2 * MODE_COUNT - 1,
               "in pairs");

struct address {
    enum mode mode;
    bool only;        /* MODE_A: in no slot */
    uint32_t a, b, x; /* fields of the cell */
    uint64_t imm;     /* MODE_I: added to the offset */
};

static struct address plain(struct operand o)
{
    static const enum mode modes[] = { MODE_S, MODE_A, MODE_I };
    return (struct address){ modes[o.class], .only = o.only, .a = o.at, .imm = o.imm };
}

/* By the classes of the operands of the addition. */
static const uint8_t added[3][3] = {
    { MODE_SS, MODE_SA, MODE_SI },
    { MODE_AS, MODE_COUNT, MODE_AI },
    { MODE_COUNT, MODE_COUNT, MODE_COUNT },
};

static struct address sum(const struct draft *d, uint32_t x)
{
    return (struct address){ (enum mode)added[d->first][d->second], .a = d->cell.a,
                             .b = d->cell.b, .x = x };
}

static struct address address_take(struct translator *t)
{
    if (!is_fresh(t))
        return plain(take(t, BANK_INT));
    const struct draft *last = &t->cells.at[t->cells.len - 1];
    if (last->op == OP_ADD_SHL) {
        struct draft d = unproduce(t);
        return sum(&d, d.cell.x);
    }
    if (last->op == OP_i32_add && added[last->first][last->second] != MODE_COUNT) {
        struct draft d = unproduce(t);
        return sum(&d, d.second == CLASS_I ? (uint32_t)d.cell.imm : 0);
    }
    if (last->op == OP_i32_shl && last->second == CLASS_I && last->first != CLASS_I) {
        struct draft d = unproduce(t);
        return (struct address){ d.first == CLASS_A ? MODE_KA : MODE_KS, .b = d.cell.a,
                                 .x = (uint32_t)d.cell.imm & 31 };
    }
    return plain(take(t, BANK_INT));
}

static void set_address(struct cell *c, const struct address *address)
{
    c->a = address->a;
    c->b = address->b;
    c->x = address->x;
}

/* ---- loads --------------------------------------------------------------------------- */

static uint32_t strategy(const struct translator *t)
{
    _Static_assert(H_check_load8_u_S_A - H_guard_load8_u_S_A ==
                       H_check_f64_store_KA_F - H_guard_f64_store_KA_F,
                   "the same handlers twice");
    return t->checks ? H_check_load8_u_S_A - H_guard_load8_u_S_A : 0;
}

static void load(struct translator *t, enum op op, enum bank bank, enum handler handler)
{
    struct memarg arg = code_memarg(&t->p);
    struct address address = address_take(t);
    uint32_t h = handler + 2 * (uint32_t)address.mode + strategy(t);
    struct draft *d = produce(t, bank, h);
    set_address(&d->cell, &address);
    d->cell.imm = arg.offset + address.imm;
    d->op = (uint16_t)op;
    d->first = (uint8_t)address.mode;
}

/* ---- stores -------------------------------------------------------------------------- */

/* Position of a mode and the class of the value among the handlers of a store. */
static const uint8_t stores[MODE_COUNT][3] = {
    [MODE_S] = { 0, 1, 2 },     [MODE_A] = { 3, 0, 4 },    [MODE_I] = { 5, 6, 7 },
    [MODE_SS] = { 8, 9, 10 },   [MODE_AS] = { 11, 0, 12 }, [MODE_SA] = { 13, 0, 14 },
    [MODE_SI] = { 15, 16, 17 }, [MODE_AI] = { 18, 0, 19 }, [MODE_KS] = { 20, 21, 22 },
    [MODE_KA] = { 23, 0, 24 },
};
_Static_assert(H_guard_store8_KA_I - H_guard_store8_S_S == 24, "in this order");

static bool fits(uint64_t imm) { return (uint64_t)(int64_t)(int32_t)imm == imm; }

/* The value: a constant that the cell has no room for goes to its home, before the address
 * is looked at, whose operands may lie there. */
static struct operand stored_take(struct translator *t, enum bank bank, bool wide)
{
    struct operand v = take(t, bank);
    if (v.class == CLASS_I && wide && !fits(v.imm))
        settle_const(t, &v, t->height);
    return v;
}

/* A constant address beyond the 32 bits that a store has for it. */
static void settle_address(struct translator *t, struct address *address, uint64_t offset)
{
    if (address->mode != MODE_I || address->imm + offset <= UINT32_MAX)
        return;
    emit_const(t, address->imm, t->height);
    *address = (struct address){ MODE_S, .a = t->height };
}

static void emit_store(struct translator *t, uint32_t handler,
                       const struct address *address, const struct operand *v,
                       uint64_t offset)
{
    struct cell *c = emit(t, handler + strategy(t));
    set_address(c, address);
    c->d = v->at;
    c->imm = (offset + address->imm) | (v->class == CLASS_I ? v->imm << 32 : 0);
}

static void store(struct translator *t, enum handler handler, bool wide)
{
    uint64_t offset = code_memarg(&t->p).offset;
    struct operand v = stored_take(t, BANK_INT, wide);
    struct address address = address_take(t);
    if (address.mode == MODE_A && v.class == CLASS_A && v.only)
        address.mode = MODE_S;
    else if (stores[address.mode][CLASS_A] == 0 && v.class == CLASS_A)
        v.class = CLASS_S;
    settle_address(t, &address, offset);
    emit_store(t, handler + stores[address.mode][v.class], &address, &v, offset);
}

/* A float from its accumulator; from elsewhere it is only bits. */
static void store_float(struct translator *t, enum bank bank, enum handler from_bank,
                        enum handler handler)
{
    enum place place = t->stack[t->depth - 1].place;
    if (place != (enum place)(PLACE_ACC + (int)bank)) {
        store(t, handler, bank == BANK_F64);
        return;
    }
    uint64_t offset = code_memarg(&t->p).offset;
    struct operand v = take(t, bank);
    struct address address = address_take(t);
    settle_address(t, &address, offset);
    emit_store(t, from_bank + (uint32_t)address.mode, &address, &v, offset);
}

bool translate_memory(struct translator *t, enum op op)
{
    switch (op) {
    case OP_i32_load:
    case OP_i64_load32_u: load(t, op, BANK_INT, H_guard_load32_u_S_A); return true;
    case OP_i64_load: load(t, op, BANK_INT, H_guard_load64_S_A); return true;
    case OP_f32_load: load(t, op, BANK_F32, H_guard_f32_load_S_A); return true;
    case OP_f64_load: load(t, op, BANK_F64, H_guard_f64_load_S_A); return true;
    case OP_i32_load8_u:
    case OP_i64_load8_u: load(t, op, BANK_INT, H_guard_load8_u_S_A); return true;
    case OP_i32_load16_u:
    case OP_i64_load16_u: load(t, op, BANK_INT, H_guard_load16_u_S_A); return true;
    case OP_i32_load8_s: load(t, op, BANK_INT, H_guard_i32_load8_s_S_A); return true;
    case OP_i32_load16_s: load(t, op, BANK_INT, H_guard_i32_load16_s_S_A); return true;
    case OP_i64_load8_s: load(t, op, BANK_INT, H_guard_i64_load8_s_S_A); return true;
    case OP_i64_load16_s: load(t, op, BANK_INT, H_guard_i64_load16_s_S_A); return true;
    case OP_i64_load32_s: load(t, op, BANK_INT, H_guard_i64_load32_s_S_A); return true;
    case OP_i32_store8:
    case OP_i64_store8: store(t, H_guard_store8_S_S, false); return true;
    case OP_i32_store16:
    case OP_i64_store16: store(t, H_guard_store16_S_S, false); return true;
    case OP_i32_store:
    case OP_i64_store32: store(t, H_guard_store32_S_S, false); return true;
    case OP_i64_store: store(t, H_guard_store64_S_S, true); return true;
    case OP_f32_store:
        store_float(t, BANK_F32, H_guard_f32_store_S_F, H_guard_store32_S_S);
        return true;
    case OP_f64_store:
        store_float(t, BANK_F64, H_guard_f64_store_S_F, H_guard_store64_S_S);
        return true;
    default: return false;
    }
}
