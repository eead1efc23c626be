/* translate_control.c - blocks, branches, br_table.
 *
 * At the start of a block that something branches to, the values below it are brought to
 * their homes; the values a branch passes are brought to the homes of the target's
 * parameters or results. So every way to a label finds the same values in the same places.
 * A block that nothing branches to changes nothing.
 *
 * Code that cannot be reached is not translated: the reader goes on at the next else or
 * end. Branches forward are chained through the field their distance will be in. */
#include "interp/translate.h"

static uint32_t here(const struct translator *t) { return t->cells.len; }

static bool is_loop(const struct control *c) { return c->block->kind == BLOCK_LOOP; }

/* ---- labels
 * ----------------------------------------------------------------------------- */

static int32_t distance(uint32_t from, uint32_t to)
{
    return (int32_t)(((int64_t)to - (int64_t)from) * (int64_t)sizeof(struct cell));
}

/* The chained branches go here. */
static void resolve(struct translator *t, uint32_t *chain)
{
    for (uint32_t link = *chain; link != 0;) {
        if (link & FIXUP_TABLE) {
            struct table_entry *e = &t->entries.at[(link & ~FIXUP_TABLE) - 1];
            e->distance = distance(e->cell, here(t));
            link = e->next;
        } else {
            struct cell *c = &t->cells.at[link - 1].cell;
            uint32_t next = c->x;
            c->x = (uint32_t)distance(link - 1, here(t));
            link = next;
        }
    }
    *chain = 0;
}

static void bind_label(struct translator *t)
{
    forget_banks(t);
    bind(t);
}

/* A cell that has just been emitted branches to c. */
static void link_branch(struct translator *t, struct control *c, uint32_t cell)
{
    struct cell *branch = &t->cells.at[cell].cell;
    if (is_loop(c)) {
        branch->x = (uint32_t)distance(cell, c->label);
    } else {
        branch->x = c->fixups;
        c->fixups = cell + 1;
    }
}

static void emit_br(struct translator *t, struct control *c)
{
    emit(t, H_br);
    link_branch(t, c, here(t) - 1);
}

/* ---- values passed by branches
 * --------------------------------------------------------- */

static uint32_t label_arity(const struct control *c)
{
    return is_loop(c) ? c->block->type->nparams : c->block->type->nresults;
}

static uint32_t label_slots(const struct control *c)
{
    return is_loop(c) ? c->block->type->param_slots : c->block->type->result_slots;
}

/* Are the newest n values, once in their homes, where c wants them? */
static bool in_place(const struct translator *t, const struct control *c, uint32_t n)
{
    return n == 0 || t->stack[t->depth - n].home == c->base;
}

enum { MOVES = 3 };

/* Emits what brings the newest n values to c; they stay where they are.  More than MOVES
 * are in their homes. */
static void pass_values(struct translator *t, const struct control *c, uint32_t n)
{
    const struct value *first = &t->stack[t->depth - n];
    if (n > MOVES) {
        struct cell *copy = emit(t, H_copy_many);
        copy->a = first->home;
        copy->d = c->base;
        copy->x = label_slots(c);
        return;
    }
    uint32_t base = first->home;
    for (uint32_t i = 0; i < n; i++) {
        const struct value *v = &first[WX_BUG(S97) ? n - 1 - i : i];
        emit_value(t, v, c->base + v->home - base);
    }
}

static void branch_to(struct translator *t, struct control *c)
{
    uint32_t n = label_arity(c);
    if (in_place(t, c, n) || n > MOVES)
        flush_top(t, n);
    if (!in_place(t, c, n))
        pass_values(t, c, n);
    emit_br(t, c);
}

/* ---- blocks
 * ----------------------------------------------------------------------------- */

static struct control *control_at(struct translator *t, uint32_t depth)
{
    return &t->controls.at[t->controls.len - 1 - depth];
}

static void push_control(struct translator *t, const struct block *block)
{
    uint32_t params = block->type->nparams;
    struct control c = { .block = block, .stub_of = NONE };
    if (block->kind == BLOCK_FUNC)
        params = 0;
    c.depth = t->depth - params;
    c.base = params != 0 ? t->stack[c.depth].home : t->height;
    vec_push(t->scratch, &t->controls, c);
}

void control_begin(struct translator *t)
{
    t->next_block = 1;
    push_control(t, &t->info->blocks[0]);
}

static const struct block *next_block(struct translator *t)
{
    const struct block *block = &t->info->blocks[t->next_block++];
    assert(block->start == t->at);
    code_s64(&t->p);
    return block;
}

static void push_values(struct translator *t, const valtype *types, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        push(t, PLACE_SLOT, vt_slots(types[i]));
}

static void op_block(struct translator *t)
{
    const struct block *block = next_block(t);
    if (block->is_target)
        flush_all(t);
    push_control(t, block);
}

static void op_loop(struct translator *t)
{
    const struct block *block = next_block(t);
    flush_all(t);
    push_control(t, block);
    bind_label(t);
    control_at(t, 0)->label = here(t);
    if (t->engine->config.policy == POLICY_TIERED)
        emit(t, H_loop_heat)->imm = (uint64_t)(uintptr_t)&t->program->loops;
}

static void op_if(struct translator *t)
{
    const struct block *block = next_block(t);
    struct condition condition = condition_take(t, t->flushed + 1 >= t->depth);
    flush_all(t);
    uint32_t cell = condition_emit(t, &condition, false);
    push_control(t, block);
    control_at(t, 0)->skips = cell + 1;
}

static void op_else(struct translator *t)
{
    struct control *c = control_at(t, 0);
    if (!t->dead)
        branch_to(t, c);
    drop_to(t, c->depth + (WX_BUG(S82) && t->dead && t->depth > c->depth));
    t->height = c->base;
    resolve(t, &c->skips);
    bind_label(t);
    push_values(t, c->block->type->params, c->block->type->nparams);
    t->flushed = t->depth;
    t->dead = false;
}

/* The label of a block that ends. */
static void end_label(struct translator *t, struct control *c)
{
    const struct type *type = c->block->type;
    if (!t->dead)
        flush_top(t, type->nresults);
    drop_to(t, c->depth);
    t->height = c->base;
    resolve(t, &c->fixups);
    resolve(t, &c->skips);
    bind_label(t);
    push_values(t, type->results, type->nresults);
    t->flushed = t->depth;
    t->dead = false;
}

static void op_end(struct translator *t)
{
    struct control *c = control_at(t, 0);
    if (c->fixups != 0 || c->skips != 0)
        end_label(t, c);
    if (c->block->kind == BLOCK_FUNC && !t->dead)
        call_return(t);
    t->controls.len--;
}

/* ---- branches
 * --------------------------------------------------------------------------- */

static void op_br(struct translator *t)
{
    uint32_t depth = code_u32(&t->p);
    if (depth + 1 == t->controls.len)
        call_return(t);
    else
        branch_to(t, control_at(t, depth));
    t->dead = true;
}

static void op_br_if(struct translator *t)
{
    struct control *c = control_at(t, code_u32(&t->p));
    uint32_t n = label_arity(c);
    struct condition condition = condition_take(t, n == 0);
    bool direct = in_place(t, c, n);
    if (direct || n > MOVES)
        flush_top(t, n);
    uint32_t cell = condition_emit(t, &condition, direct);
    if (direct) {
        link_branch(t, c, cell);
        return;
    }
    pass_values(t, c, n);
    emit_br(t, c);
    t->cells.at[cell].cell.x = (uint32_t)distance(cell, here(t));
    bind(t);
}

/* Where a br_table passes its values to c: the newest n values are in their homes. */
static uint32_t stub(struct translator *t, struct control *c, uint32_t table, uint32_t n)
{
    if (c->stub_of != table) {
        c->stub_of = table;
        c->stub = here(t);
        pass_values(t, c, n);
        emit_br(t, c);
    }
    return c->stub;
}

static void table_entry(struct translator *t, uint32_t table, uint32_t n)
{
    struct control *c = control_at(t, code_u32(&t->p));
    struct table_entry e = { .cell = table };
    if (!in_place(t, c, n)) {
        e.distance = distance(table, stub(t, c, table, n));
    } else if (is_loop(c)) {
        e.distance = distance(table, c->label);
    } else {
        e.next = c->fixups;
        c->fixups = (t->entries.len + 1) | FIXUP_TABLE;
    }
    vec_push(t->scratch, &t->entries, e);
}

static void op_br_table(struct translator *t)
{
    uint32_t count = code_u32(&t->p);
    const uint8_t *labels = t->p;
    struct operand index = take_slot(t, BANK_INT);
    uint32_t n = label_arity(control_at(t, code_u32(&labels)));
    flush_top(t, n);
    uint32_t table = here(t);
    struct cell *c = emit(t, index.class == CLASS_A ? H_br_table_A : H_br_table_S);
    c->a = index.at;
    c->d = count;
    for (uint32_t i = 0; i <= count; i++)
        table_entry(t, table, n);
    t->dead = true;
}

/* ---- all of them
 * ------------------------------------------------------------------------ */

static bool translate_block(struct translator *t, enum op op)
{
    switch (op) {
    case OP_block: op_block(t); return true;
    case OP_loop: op_loop(t); return true;
    case OP_if: op_if(t); return true;
    case OP_else: op_else(t); return true;
    case OP_end: op_end(t); return true;
    default: return false;
    }
}

bool translate_control(struct translator *t, enum op op)
{
    switch (op) {
    case OP_br: op_br(t); return true;
    case OP_br_if: op_br_if(t); return true;
    case OP_br_table: op_br_table(t); return true;
    case OP_return:
        call_return(t);
        t->dead = true;
        return true;
    case OP_unreachable:
        emit(t, H_unreachable);
        t->dead = true;
        return true;
    default: return translate_block(t, op);
    }
}
