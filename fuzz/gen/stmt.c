/* stmt.c - statements: code that leaves the operand stack as it was.
 *
 * Loops are mostly counted by a local that nothing else writes; a few branch back on data, and
 * the harness's fuel ends them. */
#include "gen/emit.h"
#include <string.h>

void gen_push_label(struct gen_func *f, const valtype *types, uint32_t n, bool is_loop)
{
    f->labels[f->nlabels++] = (struct gen_label){ types, n, is_loop };
}

static bool traps_invited(const struct gen_func *f, struct dna *d, uint32_t in256)
{
    return f->g->config.traps >= TRAPS_NATURAL && dna_chance(d, in256);
}

/* ---- where values go ----------------------------------------------------------------------- */

static bool consume_local(struct gen_func *f, struct dna *d, valtype t)
{
    uint32_t n = f->nlocals - f->ncounters;
    uint32_t start = n == 0 ? 0 : dna_below(d, n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (start + k) % n;
        if (f->locals[i] != t)
            continue;
        emit_op_u32(f, OP_local_set, i);
        return true;
    }
    return false;
}

static bool consume_global(struct gen_func *f, struct dna *d, valtype t)
{
    const struct gen *g = f->g;
    uint32_t start = g->nglobals == 0 ? 0 : dna_below(d, g->nglobals);
    for (uint32_t k = 0; k < g->nglobals; k++) {
        uint32_t i = (start + k) % g->nglobals;
        if (g->global_types[i] != t || !g->global_mutable[i])
            continue;
        emit_op_u32(f, OP_global_set, i);
        return true;
    }
    return false;
}

void gen_consume(struct gen_func *f, struct dna *d, valtype t)
{
    bool local_first = !dna_chance(d, 64);
    if (local_first && consume_local(f, d, t))
        return;
    if (consume_global(f, d, t) || (!local_first && consume_local(f, d, t)))
        return;
    emit_op(f, OP_drop);
}

static void consume_all(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n)
{
    while (n-- > 0)
        gen_consume(f, d, types[n]);
}

static void emit_block_type_void(struct gen_func *f) { emit_u8(f->g, f->out, 0x40); }

/* ---- assignments and stores ---------------------------------------------------------------- */

typedef bool statement(struct gen_func *f, struct dna *d, uint32_t depth);

static bool state_set(struct gen_func *f, struct dna *d, uint32_t depth)
{
    static const valtype kinds[GEN_TYPE_KINDS] = { VT_I32, VT_I64,     VT_F32,
                                                   VT_F64, VT_FUNCREF, VT_EXTERNREF };
    uint32_t choice = dna_below(d, 18);
    valtype t = kinds[choice < 16 ? choice % 4 : choice - 12];
    gen_expr(f, d, t, depth);
    gen_consume(f, d, t);
    return true;
}

/* i = i op constant, the shape that compilers of loops make. */
static bool state_update(struct gen_func *f, struct dna *d, uint32_t depth)
{
    static const enum op ops[] = { OP_i32_add,  OP_i32_sub,  OP_i32_xor, OP_i32_shl,
                                   OP_i32_mul,  OP_i64_add,  OP_i64_sub, OP_i64_and,
                                   OP_i64_rotl, OP_i64_shr_s };
    (void)depth;
    enum op op = ops[dna_below(d, COUNT(ops))];
    valtype t = gen_op_result(op);
    for (uint32_t i = 0; i < f->nlocals - f->ncounters; i++) {
        if (f->locals[i] != t)
            continue;
        emit_op_u32(f, OP_local_get, i);
        gen_const(f, d, t);
        emit_op(f, op);
        emit_op_u32(f, OP_local_set, i);
        return true;
    }
    return false;
}

/* i = i + constant; if (i compared with something) ...: the shape that interpreters fuse and
 * compilers keep in flags. */
static bool state_step(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint32_t n = f->nlocals - f->ncounters;
    uint32_t i = n == 0 ? 0 : dna_below(d, n);
    if (n == 0 || f->nlabels >= GEN_MAX_LABELS ||
        (f->locals[i] != VT_I32 && f->locals[i] != VT_I64))
        return false;
    bool wide = f->locals[i] == VT_I64, tee = dna_chance(d, 128);
    emit_op_u32(f, OP_local_get, i);
    gen_const(f, d, f->locals[i]);
    emit_op(f, (wide ? OP_i64_add : OP_i32_add) + dna_below(d, 2));
    emit_op_u32(f, tee ? OP_local_tee : OP_local_set, i);
    if (!tee)
        emit_op_u32(f, OP_local_get, i);
    if (dna_chance(d, 170))
        gen_const(f, d, f->locals[i]);
    else
        gen_expr(f, d, f->locals[i], 1);
    emit_op(f, (wide ? OP_i64_eq : OP_i32_eq) + dna_below(d, 10));
    emit_op(f, OP_if);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, false);
    gen_stmts(f, d, depth);
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

static bool state_store(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!f->g->has_memory || !gen_on(f->g, CLASS_STORE))
        return false;
    gen_op(f, d, (enum op)(OP_i32_store + dna_below(d, OP_i64_store32 - OP_i32_store + 1)),
           depth);
    return true;
}

/* ---- control ------------------------------------------------------------------------------- */

static bool state_if(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (f->nlabels >= GEN_MAX_LABELS)
        return false;
    struct dna then = dna_split(d), other = dna_split(d);
    bool has_else = dna_chance(d, 128);
    gen_expr(f, d, VT_I32, depth);
    emit_op(f, OP_if);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, false);
    gen_stmts(f, &then, depth);
    if (has_else) {
        emit_op(f, OP_else);
        gen_stmts(f, &other, depth);
    }
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

static bool state_block(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (f->nlabels >= GEN_MAX_LABELS || !gen_on(f->g, CLASS_BLOCK))
        return false;
    struct dna body = dna_split(d);
    emit_op(f, OP_block);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, false);
    gen_stmts(f, &body, depth);
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

/* A block, loop or if of a type with parameters and several results. */
static bool state_typed_block(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    if (f->nlabels >= GEN_MAX_LABELS || !gen_on(g, CLASS_BLOCK))
        return false;
    uint32_t type = dna_below(d, g->ntypes), kind = dna_below(d, 2);
    const struct gen_sig *s = &g->types[type];
    struct dna body = dna_split(d);
    gen_exprs(f, d, s->params, s->nparams, depth);
    emit_op(f, kind == 0 ? OP_block : OP_loop);
    emit_s64(g, f->out, type);
    if (kind == 0)
        gen_push_label(f, s->results, s->nresults, false);
    else
        gen_push_label(f, s->params, s->nparams, true);
    consume_all(f, d, s->params, s->nparams);
    gen_stmts(f, &body, depth);
    gen_exprs(f, d, s->results, s->nresults, depth);
    f->nlabels--;
    emit_op(f, OP_end);
    consume_all(f, d, s->results, s->nresults);
    return true;
}

/* counter = n; loop body; counter -= 1; br_if counter */
static bool state_counted_loop(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (f->nlabels >= GEN_MAX_LABELS || !gen_on(f->g, CLASS_LOOP) ||
        f->used_counters == f->ncounters)
        return false;
    uint32_t counter = f->nlocals - 1 - f->used_counters++;
    struct dna body = dna_split(d);
    emit_i32(f, (int32_t)(1 + dna_below(d, depth > 2 ? 12 : 5)));
    emit_op_u32(f, OP_local_set, counter);
    emit_op(f, OP_loop);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, true);
    gen_stmts(f, &body, depth);
    emit_op_u32(f, OP_local_get, counter);
    emit_i32(f, dna_chance(d, 128) ? -1 : 1);
    bool add = f->out->at[f->out->len - 1] == 0x7F;
    emit_op(f, add ? OP_i32_add : OP_i32_sub);
    emit_op_u32(f, OP_local_tee, counter);
    emit_op_u32(f, OP_br_if, 0);
    f->nlabels--;
    emit_op(f, OP_end);
    f->used_counters--;
    return true;
}

/* A loop that branches back on data. */
static bool state_data_loop(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (f->nlabels >= GEN_MAX_LABELS || !gen_on(f->g, CLASS_LOOP))
        return false;
    struct dna body = dna_split(d);
    emit_op(f, OP_loop);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, true);
    gen_stmts(f, &body, depth);
    if (dna_chance(d, 96)) {
        gen_expr(f, d, VT_I32, depth);
        emit_op_u32(f, OP_br_if, 0);
    }
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

/* A label, seldom a loop's; as a branch depth. */
static uint32_t pick_label(const struct gen_func *f, struct dna *d)
{
    uint32_t n = dna_below(d, f->nlabels);
    if (!f->labels[f->nlabels - 1 - n].is_loop || dna_chance(d, 24))
        return n;
    return f->nlabels - 1;
}

static bool state_branch(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!gen_on(f->g, CLASS_BRANCH))
        return false;
    uint32_t target = pick_label(f, d);
    const struct gen_label *l = &f->labels[f->nlabels - 1 - target];
    bool conditional = !dna_chance(d, 40);
    gen_exprs(f, d, l->types, l->n, depth);
    if (conditional)
        gen_expr(f, d, VT_I32, depth);
    emit_op_u32(f, conditional ? OP_br_if : OP_br, target);
    if (conditional)
        consume_all(f, d, l->types, l->n);
    return true;
}

static bool same_types(const struct gen_label *a, const struct gen_label *b)
{
    return a->n == b->n &&
           (a->n == 0 || memcmp(a->types, b->types, a->n * sizeof *a->types) == 0);
}

/* block ... br_table ... end, so that what follows is reachable. */
static bool state_br_table(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (f->nlabels >= GEN_MAX_LABELS || !gen_on(f->g, CLASS_BRANCH))
        return false;
    emit_op(f, OP_block);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, false);
    uint32_t first = pick_label(f, d), n = 1 + dna_below(d, 8);
    const struct gen_label *l = &f->labels[f->nlabels - 1 - first];
    gen_exprs(f, d, l->types, l->n, depth);
    gen_expr(f, d, VT_I32, depth);
    if (dna_chance(d, 170)) {
        emit_i32(f, (int32_t)n);
        emit_op(f, OP_i32_rem_u);
    }
    emit_op_u32(f, OP_br_table, n - 1);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t other = pick_label(f, d);
        bool fits = same_types(l, &f->labels[f->nlabels - 1 - other]);
        emit_u64(f->g, f->out, fits ? other : first);
    }
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

static bool state_return(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct dna values = dna_split(d);
    if (f->nlabels >= GEN_MAX_LABELS)
        return false;
    gen_expr(f, d, VT_I32, depth);
    emit_op(f, OP_if);
    emit_block_type_void(f);
    gen_push_label(f, NULL, 0, false);
    gen_exprs(f, &values, f->sig->results, f->sig->nresults, depth);
    if (f->g->config.traps != TRAPS_NONE && dna_chance(d, 24))
        emit_op(f, OP_unreachable);
    else
        emit_op(f, OP_return);
    f->nlabels--;
    emit_op(f, OP_end);
    return true;
}

/* ---- calls --------------------------------------------------------------------------------- */

static bool state_call(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    if (!gen_on(g, CLASS_CALL) || g->nfuncs == 0)
        return false;
    uint32_t callee = dna_below(d, g->nfuncs);
    if (callee >= g->nimported && callee <= f->index && !dna_chance(d, 16))
        return false;
    const struct gen_sig *s = &g->types[g->func_types[callee]];
    gen_exprs(f, d, s->params, s->nparams, depth);
    emit_op_u32(f, OP_call, callee);
    consume_all(f, d, s->results, s->nresults);
    return true;
}

/* Many live values across a call: spills, clobbers, argument shuffles. */
static bool state_pressure(struct gen_func *f, struct dna *d, uint32_t depth)
{
    static const valtype kinds[] = { VT_I32, VT_I64, VT_F64, VT_F32 };
    valtype held[24];
    uint32_t n = 4 + dna_below(d, 20);
    for (uint32_t i = 0; i < n; i++) {
        held[i] = kinds[dna_below(d, COUNT(kinds))];
        gen_expr(f, d, held[i], 1 + dna_below(d, 2));
    }
    state_call(f, d, depth > 1 ? depth - 1 : depth);
    consume_all(f, d, held, n);
    return true;
}

/* ---- bulk operations and tables ------------------------------------------------------------ */

/* Operands dst, src, n of a bulk operation over `size` elements. */
static void bulk_operands(struct gen_func *f, struct dna *d, uint32_t dst_size,
                          uint32_t src_size)
{
    uint32_t small = (dst_size < src_size ? dst_size : src_size);
    uint32_t n = dna_below(d, small < 200 ? small + 1 : 200);
    if (traps_invited(f, d, 40)) {
        gen_expr(f, d, VT_I32, 1);
        gen_expr(f, d, VT_I32, 1);
        emit_i32(f, dna_chance(d, 64) ? -1 : (int32_t)n + 1);
        return;
    }
    emit_i32(f, (int32_t)dna_below(d, dst_size - n + 1));
    emit_i32(f, (int32_t)dna_below(d, src_size - n + 1));
    emit_i32(f, (int32_t)n);
}

static bool state_memory_bulk(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    uint32_t bytes = g->memory_min == 0 ? 0 : 4096;
    if (!g->has_memory || !gen_on(g, CLASS_BULK))
        return false;
    switch (dna_below(d, 4)) {
    case 0:
        if (g->config.traps == TRAPS_NONE && g->memory_min == 0)
            return false;
        gen_op(f, d, OP_memory_fill, depth);
        return true;
    case 1:
        bulk_operands(f, d, bytes, bytes);
        emit_op_u32(f, OP_memory_copy, 0);
        emit_u64(g, f->out, 0);
        return true;
    case 2:
        if (g->config.traps == TRAPS_NONE)
            return false;
        bulk_operands(f, d, bytes, GEN_PASSIVE_BYTES);
        emit_op_u32(f, OP_memory_init, dna_chance(d, 32) ? 0 : 1);
        emit_u64(g, f->out, 0);
        return true;
    default:
        if (g->config.traps == TRAPS_NONE || !dna_chance(d, 64))
            return false;
        emit_op_u32(f, OP_data_drop, 1);
        return true;
    }
}

static void table_set(struct gen_func *f, struct dna *d, uint32_t table, uint32_t depth)
{
    struct gen *g = f->g;
    if (traps_invited(f, d, 40))
        gen_expr(f, d, VT_I32, depth);
    else if (traps_invited(f, d, 64))
        gen_near_table_size(f, d, table);
    else
        emit_i32(f, (int32_t)dna_below(d, g->table_min[table]));
    gen_expr(f, d, g->table_types[table], depth);
    emit_op_u32(f, OP_table_set, table);
}

static void table_fill(struct gen_func *f, struct dna *d, uint32_t table, uint32_t depth)
{
    struct gen *g = f->g;
    uint32_t n = dna_below(d, g->table_min[table] + 1);
    if (traps_invited(f, d, 40))
        gen_expr(f, d, VT_I32, depth);
    else
        emit_i32(f, (int32_t)dna_below(d, g->table_min[table] - n + 1));
    gen_expr(f, d, g->table_types[table], depth);
    emit_i32(f, (int32_t)n);
    emit_op_u32(f, OP_table_fill, table);
}

/* Table 0 keeps its functions in trap-free modules, since calls go through it. */
static bool state_table(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    if (!gen_on(g, CLASS_TABLE) || g->ntables == 0)
        return false;
    uint32_t table = dna_below(d, g->ntables);
    if (g->table_min[table] == 0 || (table == 0 && g->config.traps == TRAPS_NONE))
        return false;
    switch (dna_below(d, 5)) {
    case 0: table_set(f, d, table, depth); return true;
    case 1: table_fill(f, d, table, depth); return true;
    case 2:
        bulk_operands(f, d, g->table_min[table], g->table_min[table]);
        emit_op_u32(f, OP_table_copy, table);
        emit_u64(g, f->out, table);
        return true;
    case 3:
        if (g->config.traps == TRAPS_NONE || g->table_types[table] != VT_FUNCREF ||
            g->passive_elems == 0)
            return false;
        bulk_operands(f, d, g->table_min[table], g->passive_elems);
        emit_op_u32(f, OP_table_init, 1);
        emit_u64(g, f->out, table);
        return true;
    default:
        if (g->config.traps == TRAPS_NONE || !dna_chance(d, 64) || g->passive_elems == 0)
            return false;
        emit_op_u32(f, OP_elem_drop, 1);
        return true;
    }
}

static bool state_nop(struct gen_func *f, struct dna *d, uint32_t depth)
{
    (void)d, (void)depth;
    emit_op(f, OP_nop);
    return true;
}

/* ---- the choice ---------------------------------------------------------------------------- */

static const struct {
    statement *make;
    uint8_t weight;
} statements[] = {
    { state_set, 84 },          { state_update, 10 },     { state_store, 30 },
    { state_if, 20 },           { state_block, 8 },       { state_typed_block, 14 },
    { state_counted_loop, 18 }, { state_data_loop, 5 },   { state_branch, 12 },
    { state_br_table, 9 },      { state_return, 5 },      { state_call, 12 },
    { state_pressure, 6 },      { state_memory_bulk, 6 }, { state_table, 5 },
    { state_step, 10 },         { state_nop, 1 },
};

static void gen_stmt(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint8_t choice = dna_u8(d);
    for (uint32_t k = 0; k < COUNT(statements); k++) {
        if (choice >= statements[k].weight) {
            choice = (uint8_t)(choice - statements[k].weight);
            continue;
        }
        statements[k].make(f, d, depth);
        return;
    }
}

void gen_stmts(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (depth == 0)
        return;
    uint32_t n = dna_below(d, 6);
    for (uint32_t k = 0; k < n && f->budget > 0 && !dna_empty(d); k++)
        gen_stmt(f, d, depth - 1);
}
