/* translate_stack.c - cells, the abstract operand stack and the accumulators
 * (translate.h). */
#include "interp/translate.h"

/* ---- cells
 * ------------------------------------------------------------------------------ */

static struct draft *append(struct translator *t, uint32_t handler)
{
    vec_room(t->scratch, &t->cells, 1);
    struct draft *d = &t->cells.at[t->cells.len++];
    *d = (struct draft){ .cell.handler = (const void *)(uintptr_t)handler,
                         .offset = t->at,
                         .op = OP_INVALID };
    return d;
}

struct cell *emit(struct translator *t, uint32_t handler)
{
    return &append(t, handler)->cell;
}

static uint32_t handler_of(const struct translator *t, uint32_t cell)
{
    return (uint32_t)(uintptr_t)t->cells.at[cell].cell.handler;
}

static void set_handler(struct translator *t, uint32_t cell, uint32_t handler)
{
    t->cells.at[cell].cell.handler = (const void *)(uintptr_t)handler;
}

void bind(struct translator *t) { t->barrier = WX_BUG(S95) ? t->barrier : t->cells.len; }

/* ---- accumulators
 * ----------------------------------------------------------------------- */

static bool in_bank(enum place place) { return place >= PLACE_ACC; }
static enum bank bank_of(enum place place) { return (enum bank)((int)place - PLACE_ACC); }

void forget_banks(struct translator *t)
{
    for (int b = 0; b < BANK_COUNT; b++) {
        assert(t->banks[b].value == NONE);
        t->banks[b].slot = NONE;
    }
}

static void slot_written(struct translator *t, uint32_t slot)
{
    for (int b = 0; b < BANK_COUNT; b++)
        if (t->banks[b].slot == slot)
            t->banks[b].slot = NONE;
}

/* From the form of a cell that writes the accumulator to the one that writes slot d too. */
static void write_slot(struct translator *t, uint32_t cell, uint32_t slot)
{
    set_handler(t, cell, handler_of(t, cell) + 1);
    t->cells.at[cell].cell.d = slot;
    slot_written(t, slot);
}

/* The value of an accumulator to its home; it stays in the accumulator too. */
static void spill(struct translator *t, struct value *v)
{
    enum bank b = bank_of(v->place);
    write_slot(t, v->cell, v->home);
    v->place = PLACE_SLOT;
    t->banks[b] = (struct bank_state){ NONE, v->home };
}

void spill_banks(struct translator *t)
{
    for (int b = 0; b < BANK_COUNT; b++)
        if (t->banks[b].value != NONE)
            spill(t, &t->stack[t->banks[b].value]);
}

struct draft *produce(struct translator *t, enum bank bank, uint32_t handler)
{
    struct bank_state *b = &t->banks[bank];
    t->last.cell = t->cells.len;
    t->last.bank = bank;
    t->last.value = b->value;
    t->last.slot = b->slot;
    if (b->value != NONE)
        spill(t, &t->stack[b->value]);
    struct draft *d = append(t, handler);
    d->cell.d = t->height;
    struct value *v = push(t, (enum place)(PLACE_ACC + (int)bank), 1);
    v->cell = t->last.cell;
    *b = (struct bank_state){ t->depth - 1, NONE };
    return d;
}

struct draft unproduce(struct translator *t)
{
    assert(is_fresh(t));
    struct bank_state *b = &t->banks[t->last.bank];
    pop(t);
    t->cells.len--;
    if (t->last.value != NONE) {
        struct value *v = &t->stack[t->last.value];
        v->place = (enum place)(PLACE_ACC + (int)t->last.bank);
        set_handler(t, v->cell, handler_of(t, v->cell) - 1);
    }
    b->value = t->last.value;
    b->slot = t->last.slot;
    return t->cells.at[t->cells.len];
}

uint32_t push_wide(struct translator *t)
{
    uint32_t home = t->height;
    push(t, PLACE_SLOT, 2);
    slot_written(t, home);
    slot_written(t, home + 8);
    return home;
}

/* ---- values
 * ----------------------------------------------------------------------------- */

const struct value *pop(struct translator *t)
{
    const struct value *v = &t->stack[t->depth - 1];
    sink(t, v);
    if (v->place == PLACE_LOCAL)
        t->aliases[v->local] = v->next;
    else if (in_bank(v->place))
        t->banks[bank_of(v->place)].value = NONE;
    return v;
}

void drop_to(struct translator *t, uint32_t depth)
{
    while (t->depth > depth)
        pop(t);
}

struct operand take_bank(struct translator *t, enum bank bank)
{
    struct value *top = &t->stack[t->depth - 1];
    if (bank_of(top->place) != bank) {
        spill(t, top);
        sink(t, top);
        return slot_operand(t, top->home, bank);
    }
    sink(t, top);
    t->banks[bank].value = NONE;
    return (struct operand){ CLASS_A, .only = true, .src = top->cell };
}

struct operand take_settled(struct translator *t)
{
    struct value *top = &t->stack[t->depth - 1];
    if (in_bank(top->place))
        spill(t, top);
    struct operand o = take(t, BANK_INT);
    if (o.class == CLASS_A)
        o.class = CLASS_S;
    return o;
}

void separate(struct operand *a, struct operand *b)
{
    if (a->class != CLASS_A || b->class != CLASS_A)
        return;
    struct operand *o = a->only ? b : a;
    assert(!o->only);
    o->class = CLASS_S;
}

void settle_const(struct translator *t, struct operand *o, uint32_t home)
{
    emit_const(t, o->imm, home);
    *o = (struct operand){ .class = CLASS_S, .at = home, .src = NONE };
}

struct operand take_slot(struct translator *t, enum bank bank)
{
    struct operand o = take(t, bank);
    if (o.class == CLASS_I)
        settle_const(t, &o, t->height);
    return o;
}

/* ---- moves
 * ------------------------------------------------------------------------------ */

/* The last cell, if a copy or a constant can be added to it. */
static struct cell *last_move(struct translator *t)
{
    return t->cells.len > t->barrier ? &t->cells.at[t->cells.len - 1].cell : NULL;
}

void emit_copy(struct translator *t, uint32_t from, uint32_t to)
{
    struct cell *c = last_move(t);
    slot_written(t, to);
    switch (c != NULL ? (enum handler)(uintptr_t)c->handler : H_COUNT) {
    case H_copy:
        c->b = from;
        c->x = to;
        set_handler(t, t->cells.len - 1, H_copy2);
        break;
    case H_copy2:
        c->imm = (uint64_t)to << 32 | from;
        set_handler(t, t->cells.len - 1, H_copy3);
        break;
    case H_constant:
        c->a = from;
        c->x = to;
        set_handler(t, t->cells.len - 1, H_constant_copy);
        break;
    default:
        c = emit(t, H_copy);
        c->a = from;
        c->d = to;
    }
}

void emit_const(struct translator *t, uint64_t imm, uint32_t to)
{
    struct cell *c = last_move(t);
    enum handler last = c != NULL ? (enum handler)(uintptr_t)c->handler : H_COUNT;
    if (!WX_BUG(X14))
        slot_written(t, to);
    if (last == H_copy) {
        c->x = c->d;
        c->d = to;
        c->imm = imm;
        set_handler(t, t->cells.len - 1, H_copy_constant);
    } else if (last == H_constant && imm <= UINT32_MAX && c->imm <= UINT32_MAX) {
        c->x = to;
        c->imm |= imm << 32;
        set_handler(t, t->cells.len - 1, H_constant2);
    } else {
        c = emit(t, H_constant);
        c->d = to;
        c->imm = imm;
    }
}

static void emit_copy_wide(struct translator *t, uint32_t from, uint32_t to)
{
    struct cell *c = emit(t, H_copy_wide);
    slot_written(t, to);
    slot_written(t, to + 8);
    c->a = from;
    c->d = to;
}

static void emit_put(struct translator *t, enum bank bank, uint32_t to)
{
    static const enum handler puts[BANK_COUNT] = { H_put_acc, H_put_facc, H_put_dacc };
    emit(t, puts[bank])->d = to;
    slot_written(t, to);
}

/* A value of that size to a slot. */
static void put_value(struct translator *t, const struct value *v, uint32_t to, bool wide)
{
    uint32_t from = v->place == PLACE_LOCAL ? v->at : v->home;
    switch (v->place) {
    case PLACE_SLOT:
    case PLACE_LOCAL:
        if (from != to)
            (wide ? emit_copy_wide : emit_copy)(t, from, to);
        break;
    case PLACE_CONST: emit_const(t, v->imm, to); break;
    default: emit_put(t, bank_of(v->place), to);
    }
}

void emit_value(struct translator *t, const struct value *v, uint32_t to)
{
    put_value(t, v, to, is_wide(t, v));
}

static void flush(struct translator *t, struct value *v)
{
    if (v->place == PLACE_SLOT)
        return;
    if (in_bank(v->place)) {
        spill(t, v);
        return;
    }
    emit_value(t, v, v->home);
    v->place = PLACE_SLOT;
}

/* Newest first: the newest value in a local heads the chain of that local. */
void flush_top(struct translator *t, uint32_t n)
{
    for (uint32_t i = t->depth; i-- > t->depth - n;) {
        struct value *v = &t->stack[i];
        if (v->place == PLACE_LOCAL)
            t->aliases[v->local] = v->next;
        flush(t, v);
    }
}

void flush_all(struct translator *t)
{
    for (uint32_t i = t->flushed; i < t->depth; i++) {
        struct value *v = &t->stack[i];
        if (v->place == PLACE_LOCAL)
            t->aliases[v->local] = NONE;
        flush(t, v);
    }
    t->flushed = t->depth;
}

/* ---- locals
 * ----------------------------------------------------------------------------- */

/* The local is about to be written: values in it go to their homes. */
static void save_aliases(struct translator *t, uint32_t local)
{
    for (uint32_t i = t->aliases[local]; i != NONE;) {
        struct value *v = &t->stack[i];
        i = v->next;
        flush(t, v);
    }
    t->aliases[local] = NONE;
}

/* The same before the last cell, which has just computed the value for the local: the cell
 * reads nothing that the copies write, and they change no accumulator. */
static void save_aliases_first(struct translator *t, uint32_t local)
{
    struct draft d = t->cells.at[--t->cells.len];
    save_aliases(t, local);
    vec_push(t->scratch, &t->cells, d);
}

void local_set(struct translator *t, uint32_t local, bool tee)
{
    uint32_t at = 8 * t->info->local_slots[local];
    bool fresh = is_fresh(t);
    const struct value *v = pop(t);
    if (v->place == PLACE_LOCAL && v->local == local) {
        if (tee)
            local_get(t, local);
        return;
    }
    if (t->aliases[local] != NONE)
        (fresh ? save_aliases_first : save_aliases)(t, local);
    if (fresh) {
        write_slot(t, t->cells.len - 1, at);
        fold_bump(t);
    } else {
        put_value(t, v, at, t->info->local_types[local] == VT_V128);
    }
    if (in_bank(v->place))
        t->banks[bank_of(v->place)].slot = at;
    if (tee)
        local_get(t, local);
}
