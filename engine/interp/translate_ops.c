/* translate_ops.c - locals, globals, select, references, and the instructions done in C. */
#include "interp/translate.h"

/* ---- globals
 * ---------------------------------------------------------------------------- */

static bool is_imported(const struct translator *t, uint32_t global)
{
    return global < t->module->nimported_globals;
}

static uint32_t own_offset(const struct translator *t, uint32_t global)
{
    return (uint32_t)instance_global_offset(t->module, global);
}

/* A v128, from the slot `at` or to it. */
static void global_wide(struct translator *t, uint32_t global, enum handler own,
                        enum handler import, uint32_t at)
{
    bool imported = is_imported(t, global);
    struct cell *c = emit(t, imported ? import : own);
    c->a = imported ? 0 : own_offset(t, global);
    c->b = global;
    c->d = at;
}

static bool is_wide_global(const struct translator *t, uint32_t global)
{
    return t->module->globals[global].type.type == VT_V128;
}

static void global_get(struct translator *t, uint32_t global)
{
    bool imported = is_imported(t, global);
    if (is_wide_global(t, global)) {
        uint32_t home = push_wide(t);
        global_wide(t, global, H_global_get_wide, H_import_get_wide, home);
        return;
    }
    struct cell *c =
        &produce(t, BANK_INT, imported ? H_import_get_A : H_global_get_A)->cell;
    c->a = imported ? 0 : own_offset(t, global);
    c->b = global;
}

static uint64_t value_mask(valtype type)
{
    return type == VT_F32 || type == VT_I32 ? UINT32_MAX : UINT64_MAX;
}

static void global_set(struct translator *t, uint32_t global)
{
    if (is_wide_global(t, global)) {
        uint32_t at = take_slot(t, BANK_INT).at;
        global_wide(t, global, H_global_set_wide, H_import_set_wide, at);
        return;
    }
    uint64_t mask = value_mask(t->module->globals[global].type.type);
    struct operand v = take_slot(t, BANK_INT);
    struct cell *c;
    if (is_imported(t, global)) {
        c = emit(t, v.class == CLASS_A ? H_import_set_A : H_import_set_S);
        c->a = v.at;
        c->b = global;
    } else {
        c = emit(t, v.class == CLASS_A ? H_global_set_A : H_global_set_S);
        c->a = own_offset(t, global);
        c->b = v.at;
    }
    c->imm = mask;
}

/* ---- select
 * ----------------------------------------------------------------------------- */

/* Handlers: by the classes of the values SS SI IS II, then the condition S A, then A S. */
_Static_assert(H_select_SI_S_A == H_select_SS_S_A + 4 &&
                   H_select_IS_S_A == H_select_SS_S_A + 8,
               "in this order");

static struct operand take_in_slot(struct translator *t)
{
    struct operand o = take_settled(t);
    if (o.class == CLASS_I)
        settle_const(t, &o, t->height);
    return o;
}

static void select_values(struct translator *t, struct operand *a, struct operand *b)
{
    *b = take_settled(t);
    if (b->class == CLASS_I && b->imm > UINT32_MAX)
        settle_const(t, b, t->height);
    *a = take_settled(t);
    if (a->class == CLASS_I && a->imm > UINT32_MAX)
        settle_const(t, a, t->height);
}

/* By a comparison of integers: values in slots. */
static void select_compared(struct translator *t, const struct condition *condition)
{
    _Static_assert(H_select_i32_ne_SS_A == H_select_i32_eq_SS_A + 8 &&
                       H_select_i64_eq_SS_A == H_select_i32_eq_SS_A + 80,
                   "for each comparison SS SI AS AI as A S");
    enum op op = condition->op;
    uint32_t k = op >= OP_i64_eq ? 10 + op - OP_i64_eq : op - OP_i32_eq;
    const struct operand *x = &condition->a, *y = &condition->b;
    uint32_t variant = 2u * (x->class == CLASS_A) + (y->class == CLASS_I);
    struct operand b = take_in_slot(t), a = take_in_slot(t);
    struct cell *c =
        &produce(t, BANK_INT, H_select_i32_eq_SS_A + 8 * k + 2 * variant)->cell;
    c->a = x->at;
    c->b = y->at;
    c->x = a.at;
    c->imm = b.at | (y->class == CLASS_I ? y->imm << 32 : 0);
}

/* Of v128s, by a condition in a slot. */
static void select_wide(struct translator *t)
{
    uint32_t condition = take_in_slot(t).at;
    uint32_t b = take_slot(t, BANK_INT).at, a = take_slot(t, BANK_INT).at;
    struct cell *c = emit(t, H_select_wide);
    c->a = a;
    c->b = b;
    c->x = condition;
    c->d = push_wide(t);
}

static void op_select(struct translator *t)
{
    struct condition compared;
    if (is_wide(t, &t->stack[t->depth - 2])) {
        select_wide(t);
        return;
    }
    if (condition_take_int(t, &compared)) {
        select_compared(t, &compared);
        return;
    }
    struct operand a, b, condition = take_slot(t, BANK_INT);
    select_values(t, &a, &b);
    uint32_t h = H_select_SS_S_A + 8u * (a.class == CLASS_I) + 4u * (b.class == CLASS_I) +
                 2u * (condition.class == CLASS_A);
    struct cell *c = &produce(t, BANK_INT, h)->cell;
    c->a = a.at;
    c->b = b.at;
    c->x = condition.at;
    c->imm = (uint32_t)a.imm | b.imm << 32;
}

static void op_select_t(struct translator *t)
{
    for (uint32_t n = code_u32(&t->p); n != 0; n--)
        code_s64(&t->p);
    op_select(t);
}

/* ---- done in C
 * -------------------------------------------------------------------------- */

/* A value that a cell reads from the instance: no operands, index b. */
static void read_instance(struct translator *t, enum handler handler)
{
    produce(t, BANK_INT, handler)->cell.b = code_u32(&t->p);
}

/* n operands in their homes, results of them. */
static struct cell *in_c(struct translator *t, enum handler handler, uint32_t n,
                         uint32_t nresults)
{
    flush_top(t, n);
    spill_banks(t);
    drop_to(t, t->depth - n);
    forget_banks(t);
    struct cell *c = emit(t, handler);
    c->a = t->height;
    if (nresults != 0)
        push(t, PLACE_SLOT, 1);
    bind(t);
    return c;
}

/* Indices in the order of the encoding. */
static void in_c_1(struct translator *t, enum handler handler, uint32_t n,
                   uint32_t nresults)
{
    uint32_t b = code_u32(&t->p);
    in_c(t, handler, n, nresults)->b = b;
}

static void in_c_2(struct translator *t, enum handler handler)
{
    uint32_t b = code_u32(&t->p), x = code_u32(&t->p);
    struct cell *c = in_c(t, handler, 3, 0);
    c->b = b;
    c->x = x;
}

static bool translate_bulk(struct translator *t, enum op op)
{
    switch (op) {
    case OP_memory_grow: in_c_1(t, H_memory_grow, 1, 1); return true;
    case OP_memory_fill: in_c_1(t, H_memory_fill, 3, 0); return true;
    case OP_memory_init: in_c_2(t, H_memory_init); return true;
    case OP_memory_copy: in_c_2(t, H_memory_copy); return true;
    case OP_data_drop: in_c_1(t, H_data_drop, 0, 0); return true;
    case OP_table_get: in_c_1(t, H_table_get, 1, 1); return true;
    case OP_table_set: in_c_1(t, H_table_set, 2, 0); return true;
    case OP_table_grow: in_c_1(t, H_table_grow, 2, 1); return true;
    case OP_table_fill: in_c_1(t, H_table_fill, 3, 0); return true;
    case OP_table_init: in_c_2(t, H_table_init); return true;
    case OP_table_copy: in_c_2(t, H_table_copy); return true;
    case OP_elem_drop: in_c_1(t, H_elem_drop, 0, 0); return true;
    default: return false;
    }
}

static bool translate_ref(struct translator *t, enum op op)
{
    switch (op) {
    case OP_ref_null:
        code_s64(&t->p);
        push_const(t, 0);
        return true;
    case OP_ref_is_null: return translate_num(t, OP_i64_eqz);
    case OP_ref_func: read_instance(t, H_ref_func_A); return true;
    case OP_memory_size: read_instance(t, H_memory_size_A); return true;
    case OP_table_size: read_instance(t, H_table_size_A); return true;
    default: return translate_bulk(t, op);
    }
}

bool translate_op(struct translator *t, enum op op)
{
    switch (op) {
    case OP_nop: return true;
    case OP_drop: pop(t); return true;
    case OP_select: op_select(t); return true;
    case OP_select_t: op_select_t(t); return true;
    case OP_local_get: local_get(t, code_u32(&t->p)); return true;
    case OP_global_get: global_get(t, code_u32(&t->p)); return true;
    case OP_global_set: global_set(t, code_u32(&t->p)); return true;
    case OP_call: call_direct(t, code_u32(&t->p)); return true;
    case OP_call_indirect: {
        uint32_t type = code_u32(&t->p);
        call_table(t, type, code_u32(&t->p));
        return true;
    }
    default: return translate_ref(t, op);
    }
}
