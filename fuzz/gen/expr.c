/* expr.c - expressions: code that pushes one value of a wanted type.
 *
 * A row of producers per kind of expression, chosen by weight among those that are possible.
 * When depth, budget or DNA run out only leaves remain: constants and local.get. */
#include "gen/emit.h"

/* ---- leaves -------------------------------------------------------------------------------- */

/* A local of type t below limit, or -1. */
static int32_t pick_local(const struct gen_func *f, struct dna *d, valtype t,
                          uint32_t limit)
{
    if (limit == 0)
        return -1;
    uint32_t start = dna_below(d, limit);
    for (uint32_t k = 0; k < limit; k++) {
        uint32_t i = (start + k) % limit;
        if (f->locals[i] == t)
            return (int32_t)i;
    }
    return -1;
}

bool gen_local_get(struct gen_func *f, struct dna *d, valtype t)
{
    int32_t i = pick_local(f, d, t, f->nlocals);
    if (i < 0)
        return false;
    emit_op_u32(f, OP_local_get, (uint32_t)i);
    return true;
}

void gen_leaf(struct gen_func *f, struct dna *d, valtype t)
{
    if (!dna_chance(d, 176) || !gen_local_get(f, d, t))
        gen_const(f, d, t);
}

/* ---- producers ----------------------------------------------------------------------------- */

typedef bool producer(struct gen_func *f, struct dna *d, valtype t, uint32_t depth);

/* (a op b) op constant, op constant: what engines make one operation of. */
static void go_on_with_constants(struct gen_func *f, struct dna *d, enum op op)
{
    valtype t = gen_op_result(op);
    if ((t != VT_I32 && t != VT_I64) || gen_op_operands(op) != 2 ||
        gen_op_operand(op, 0) != t || op_infos[op].traps != 0)
        return;
    for (int k = 0; k < 2 && dna_chance(d, 28); k++) {
        gen_const(f, d, t);
        emit_op(f, op);
    }
}

static bool produce_op(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    uint32_t kind = gen_kind(t), n = f->g->nops[kind];
    if (n == 0)
        return false;
    enum op op = dna_chance(d, 96) ? gen_common_row(f->g, d, t) : OP_INVALID;
    if (op == OP_INVALID)
        op = (enum op)f->g->ops[kind][dna_below(d, n)];
    gen_op(f, d, op, depth);
    go_on_with_constants(f, d, op);
    return true;
}

static bool produce_local(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    (void)depth;
    return gen_local_get(f, d, t);
}

static bool produce_tee(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    int32_t i = pick_local(f, d, t, f->nfree);
    if (i < 0)
        return false;
    gen_expr(f, d, t, depth);
    emit_op_u32(f, OP_local_tee, (uint32_t)i);
    return true;
}

static bool produce_global(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    (void)depth;
    const struct gen *g = f->g;
    if (!gen_on(g, CLASS_GLOBAL) || g->nglobals == 0)
        return false;
    uint32_t start = dna_below(d, g->nglobals);
    for (uint32_t k = 0; k < g->nglobals; k++) {
        uint32_t i = (start + k) % g->nglobals;
        if (g->global_types[i] != t)
            continue;
        emit_op_u32(f, OP_global_get, i);
        return true;
    }
    return false;
}

static bool produce_select(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    const struct gen *g = f->g;
    bool typed_exists = gen_has(g, FEATURE_REFERENCE_TYPES);
    if (!gen_on(g, CLASS_SELECT) || (vt_is_ref(t) && !typed_exists))
        return false;
    gen_expr(f, d, t, depth);
    gen_expr(f, d, t, depth);
    gen_condition(f, d, depth);
    if (!vt_is_ref(t) && (!typed_exists || !dna_chance(d, 64))) {
        emit_op(f, OP_select);
        return true;
    }
    emit_op_u32(f, OP_select_t, 1);
    emit_type(f->g, f->out, t);
    return true;
}

static const valtype *one_type(struct gen_func *f, valtype t)
{
    valtype *types = arena_array(f->g->arena, valtype, 1);
    types[0] = t;
    return types;
}

/* A block, loop or if with one result. */
static bool produce_block(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    if (!gen_on(f->g, CLASS_BLOCK) || f->nlabels >= GEN_MAX_LABELS)
        return false;
    uint32_t kind = dna_below(d, 3);
    struct dna body = dna_split(d);
    if (kind == 2)
        gen_condition(f, d, depth);
    emit_op(f, kind == 0 ? OP_block : kind == 1 ? OP_loop : OP_if);
    emit_type(f->g, f->out, t);
    gen_push_label(f, kind == 1 ? NULL : one_type(f, t), kind != 1, kind == 1);
    gen_stmts(f, &body, depth);
    gen_expr(f, d, t, depth);
    if (kind == 2) {
        emit_op(f, OP_else);
        gen_expr(f, d, t, depth);
    }
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

/* br_if that passes its value on. */
static bool produce_br_if(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    if (!gen_on(f->g, CLASS_BRANCH))
        return false;
    uint32_t start = dna_below(d, f->nlabels);
    for (uint32_t k = 0; k < f->nlabels; k++) {
        uint32_t depth_index = (start + k) % f->nlabels;
        const struct gen_label *l = &f->labels[f->nlabels - 1 - depth_index];
        if (l->n != 1 || l->types[0] != t)
            continue;
        gen_expr(f, d, t, depth);
        gen_condition(f, d, depth);
        emit_op_u32(f, OP_br_if, depth_index);
        return true;
    }
    return false;
}

/* A function with exactly the result t.  Later functions are preferred: little recursion. */
static int32_t pick_callee(const struct gen_func *f, struct dna *d, valtype t)
{
    const struct gen *g = f->g;
    bool any = dna_chance(d, 16);
    uint32_t start = dna_below(d, g->nfuncs);
    for (uint32_t k = 0; k < g->nfuncs; k++) {
        uint32_t i = (start + k) % g->nfuncs;
        const struct gen_sig *s = &g->types[g->func_types[i]];
        bool forward = i < g->nimported || i > f->index;
        if (s->nresults == 1 && s->results[0] == t && (forward || any))
            return (int32_t)i;
    }
    return -1;
}

static bool produce_call(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    const struct gen *g = f->g;
    int32_t i = gen_on(g, CLASS_CALL) ? pick_callee(f, d, t) : -1;
    if (i < 0)
        return false;
    const struct gen_sig *s = &g->types[g->func_types[i]];
    gen_exprs(f, d, s->params, s->nparams, depth);
    emit_op_u32(f, OP_call, (uint32_t)i);
    return true;
}

/* Whether calling through element e leads onward, not back: little recursion. */
static bool leads_on(const struct gen_func *f, uint32_t e)
{
    const struct gen *g = f->g;
    return g->tables[0].linked || g->elems[e] < g->nimported || g->elems[e] > f->index;
}

/* call_indirect through table 0: to an entry of the right type, or (when traps are invited)
 * to any index. */
static bool produce_indirect(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    const struct gen *g = f->g;
    if (!gen_on(g, CLASS_INDIRECT) || g->nelems == 0)
        return false;
    uint32_t e = dna_below(d, g->nelems);
    for (uint32_t k = 0; k < g->nelems; k++, e = (e + 1) % g->nelems) {
        const struct gen_sig *s = &g->types[g->elem_types[e]];
        if (s->nresults != 1 || s->results[0] != t || !leads_on(f, e))
            continue;
        gen_exprs(f, d, s->params, s->nparams, depth);
        if (gen_traps(f, d, 40))
            gen_expr(f, d, VT_I32, depth);
        else if (g->config.traps != TRAPS_NONE && dna_chance(d, 16))
            gen_near_table_size(f, d, 0);
        else
            emit_i32(f, (int32_t)e);
        emit_op_u32(f, OP_call_indirect, g->elem_types[e]);
        emit_u64(f->g, f->out, 0);
        return true;
    }
    return false;
}

/* ---- tables, memory, references ------------------------------------------------------------ */

static int32_t pick_table(const struct gen *g, struct dna *d, valtype elem)
{
    if (g->ntables == 0 || !gen_on(g, CLASS_TABLE) || !gen_has(g, FEATURE_REFERENCE_TYPES))
        return -1;
    uint32_t start = dna_below(d, g->ntables);
    for (uint32_t k = 0; k < g->ntables; k++) {
        uint32_t i = (start + k) % g->ntables;
        if (elem == VT_BOTTOM || g->tables[i].type == elem)
            return (int32_t)i;
    }
    return -1;
}

static bool produce_table_get(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    struct gen *g = f->g;
    int32_t table = pick_table(g, d, t);
    bool may_trap = g->config.traps != TRAPS_NONE;
    uint32_t limit = table < 0 ? 0 : g->tables[table].min + may_trap;
    if (limit == 0)
        return false;
    if (gen_traps(f, d, 40))
        gen_expr(f, d, VT_I32, depth);
    else if (may_trap && dna_chance(d, 64))
        gen_near_table_size(f, d, (uint32_t)table);
    else
        emit_i32(f, (int32_t)dna_below(d, limit));
    emit_op_u32(f, OP_table_get, (uint32_t)table);
    return true;
}

static bool produce_table_size(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    int32_t table = pick_table(g, d, VT_BOTTOM);
    if (table < 0)
        return false;
    if (dna_chance(d, 128)) {
        emit_op_u32(f, OP_table_size, (uint32_t)table);
        return true;
    }
    gen_expr(f, d, g->tables[table].type, depth);
    emit_i32(f, dna_chance(d, 16) ? -1 : (int32_t)dna_below(d, 4));
    emit_op_u32(f, OP_table_grow, (uint32_t)table);
    return true;
}

/* What tells something of an object: its size, an element, whether a reference is null. */
static bool produce_object(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    struct gen *g = f->g;
    if (vt_is_ref(t))
        return produce_table_get(f, d, t, depth);
    if (t != VT_I32)
        return false;
    switch (dna_below(d, 4)) {
    case 0:
    case 1: return produce_table_size(f, d, depth);
    case 2:
        if (!g->has_memory)
            return false;
        emit_op_u32(f, OP_memory_size, 0);
        return true;
    default:
        if (!gen_on(g, CLASS_REF) || !gen_has(g, FEATURE_REFERENCE_TYPES))
            return false;
        gen_expr(f, d, dna_chance(d, 100) ? VT_EXTERNREF : VT_FUNCREF, depth);
        emit_op(f, OP_ref_is_null);
        return true;
    }
}

/* ---- the choice ---------------------------------------------------------------------------- */

static const struct {
    producer *make;
    uint8_t weight;
} producers[] = {
    { produce_op, 118 },    { produce_local, 44 },  { produce_tee, 16 },
    { produce_global, 14 }, { produce_select, 12 }, { produce_block, 14 },
    { produce_br_if, 8 },   { produce_call, 12 },   { produce_indirect, 8 },
    { produce_object, 10 },
};

void gen_expr(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    if (depth == 0 || f->budget <= 0 || dna_empty(d)) {
        gen_leaf(f, d, t);
        return;
    }
    uint8_t choice = dna_u8(d);
    for (uint32_t k = 0; k < COUNT(producers) && choice != 0; k++) {
        if (choice > producers[k].weight) {
            choice = (uint8_t)(choice - producers[k].weight);
            continue;
        }
        if (producers[k].make(f, d, t, depth - 1))
            return;
        break;
    }
    gen_leaf(f, d, t);
}

void gen_exprs(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n,
               uint32_t depth)
{
    for (uint32_t i = 0; i < n; i++)
        gen_expr(f, d, types[i], depth > 1 ? depth - 1 : depth);
}
