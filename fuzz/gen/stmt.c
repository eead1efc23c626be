/* stmt.c - statements: code that leaves the operand stack as it was.
 *
 * Here: the choice, and what moves values.  Control is in control.c, tables and bulk operations
 * in object.c. */
#include "gen/emit.h"

/* ---- where values go ----------------------------------------------------------------------- */

static bool consume_local(struct gen_func *f, struct dna *d, valtype t)
{
    uint32_t n = f->nfree;
    uint32_t start = n == 0 ? 0 : dna_below(d, n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (start + k) % n;
        if (f->locals[i] != t)
            continue;
        if (dna_chance(d, 12)) {
            emit_op_u32(f, OP_local_tee, i);
            emit_op(f, OP_drop);
        } else {
            emit_op_u32(f, OP_local_set, i);
        }
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
    emit_op(f, OP_ref_is_null);
    emit_op_u32(f, OP_global_set, gen_sink(f->g, VT_I32));
}

void gen_consume_all(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n)
{
    while (n-- > 0)
        gen_consume(f, d, types[n]);
}

/* ---- assignments and stores ---------------------------------------------------------------- */

static bool state_set(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint32_t choice = dna_below(d, 18);
    valtype t = gen_all_types[choice < 16 || !gen_has(f->g, FEATURE_REFERENCE_TYPES)
                                  ? choice % GEN_NUMBER_KINDS
                                  : choice - 12];
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
    for (uint32_t i = 0; i < f->nfree; i++) {
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

static bool state_store(struct gen_func *f, struct dna *d, uint32_t depth)
{
    enum op op = (enum op)(OP_i32_store + dna_below(d, OP_i64_store32 - OP_i32_store + 1));
    if (!gen_row_is_usable(f->g, op))
        return false;
    gen_op(f, d, op, depth);
    return true;
}

bool gen_call(struct gen_func *f, struct dna *d, uint32_t depth)
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
    gen_consume_all(f, d, s->results, s->nresults);
    return true;
}

/* Some live values across a call: spills, clobbers, argument shuffles. */
static bool state_held(struct gen_func *f, struct dna *d, uint32_t depth)
{
    valtype held[24];
    uint32_t n = 4 + dna_below(d, 12);
    for (uint32_t i = 0; i < n; i++) {
        held[i] = gen_all_types[dna_below(d, GEN_NUMBER_KINDS)];
        gen_expr(f, d, held[i], 1 + dna_below(d, 2));
    }
    gen_call(f, d, depth > 1 ? depth - 1 : depth);
    gen_consume_all(f, d, held, n);
    return true;
}

static bool state_nop(struct gen_func *f, struct dna *d, uint32_t depth)
{
    (void)d, (void)depth;
    emit_op(f, OP_nop);
    return true;
}

/* ---- the choice ---------------------------------------------------------------------------- */

static const struct {
    gen_statement *make;
    uint8_t weight;
} statements[] = {
    { state_set, 80 },
    { state_update, 10 },
    { state_store, 30 },
    { gen_state_if, 20 },
    { gen_state_block, 8 },
    { gen_state_typed_block, 14 },
    { gen_state_counted_loop, 18 },
    { gen_state_data_loop, 5 },
    { gen_state_branch, 12 },
    { gen_state_br_table, 9 },
    { gen_state_return, 5 },
    { gen_call, 12 },
    { state_held, 6 },
    { gen_state_memory_bulk, 6 },
    { gen_state_table, 5 },
    { gen_state_step, 10 },
    { gen_state_idiom, 4 },
    { state_nop, 2 },
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
