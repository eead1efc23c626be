/* control.c - blocks, loops and branches.
 *
 * Loops are mostly counted by a local that nothing else writes; a few branch back on data, and
 * the harness's fuel ends them. */
#include "gen/emit.h"

enum { MAX_LOOPS = 6 };

void gen_push_label(struct gen_func *f, const valtype *types, uint32_t n, bool is_loop)
{
    f->labels[f->nlabels++] = (struct gen_label){ types, n, is_loop };
}

static bool has_label(const struct gen_func *f) { return f->nlabels < GEN_MAX_LABELS; }

/* Begins a structured instruction without parameters and results. */
static void begin(struct gen_func *f, enum op op)
{
    emit_op(f, op);
    emit_u8(f->g, f->out, 0x40);
    gen_push_label(f, NULL, 0, op == OP_loop);
}

static void end(struct gen_func *f)
{
    f->nlabels--;
    emit_op(f, OP_end);
}

bool gen_state_if(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!has_label(f))
        return false;
    struct dna then = dna_split(d), other = dna_split(d);
    bool has_else = dna_chance(d, 128);
    gen_condition(f, d, depth);
    begin(f, OP_if);
    gen_stmts(f, &then, depth);
    if (has_else) {
        emit_op(f, OP_else);
        gen_stmts(f, &other, depth);
    }
    end(f);
    return true;
}

bool gen_state_block(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!has_label(f) || !gen_on(f->g, CLASS_BLOCK))
        return false;
    struct dna body = dna_split(d);
    begin(f, OP_block);
    gen_stmts(f, &body, depth);
    end(f);
    return true;
}

/* A block or loop of a type with parameters and several results. */
bool gen_state_typed_block(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    if (!has_label(f) || !gen_on(g, CLASS_BLOCK) || !gen_has(g, FEATURE_MULTI_VALUE))
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
    gen_consume_all(f, d, s->params, s->nparams);
    gen_stmts(f, &body, depth);
    gen_exprs(f, d, s->results, s->nresults, depth);
    end(f);
    gen_consume_all(f, d, s->results, s->nresults);
    return true;
}

/* i = i + constant; if (i compared with something) ...: the shape that interpreters fuse and
 * compilers keep in flags. */
bool gen_state_step(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint32_t i = f->nfree == 0 ? 0 : dna_below(d, f->nfree);
    if (f->nfree == 0 || !has_label(f) ||
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
    begin(f, OP_if);
    gen_stmts(f, d, depth);
    end(f);
    return true;
}

/* ---- loops --------------------------------------------------------------------------------- */

/* counter = n; loop body; counter -= 1; br_if counter */
bool gen_state_counted_loop(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!has_label(f) || !gen_on(f->g, CLASS_LOOP) || f->nloops >= MAX_LOOPS)
        return false;
    int32_t counter = gen_new_local(f, VT_I32);
    if (counter < 0)
        return false;
    struct dna body = dna_split(d);
    bool down = dna_chance(d, 128);
    f->nloops++;
    emit_i32(f, (int32_t)(1 + dna_below(d, depth > 2 ? 12 : 5)));
    emit_op_u32(f, OP_local_set, (uint32_t)counter);
    begin(f, OP_loop);
    gen_stmts(f, &body, depth);
    emit_op_u32(f, OP_local_get, (uint32_t)counter);
    emit_i32(f, down ? 1 : -1);
    emit_op(f, down ? OP_i32_sub : OP_i32_add);
    emit_op_u32(f, OP_local_tee, (uint32_t)counter);
    emit_op_u32(f, OP_br_if, 0);
    end(f);
    f->nloops--;
    return true;
}

/* A loop that branches back on data. */
bool gen_state_data_loop(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!has_label(f) || !gen_on(f->g, CLASS_LOOP))
        return false;
    struct dna body = dna_split(d);
    begin(f, OP_loop);
    gen_stmts(f, &body, depth);
    if (dna_chance(d, 96)) {
        gen_condition(f, d, depth);
        emit_op_u32(f, OP_br_if, 0);
    }
    end(f);
    return true;
}

/* ---- branches ------------------------------------------------------------------------------ */

/* A label, seldom a loop's; as a branch depth. */
static uint32_t pick_label(const struct gen_func *f, struct dna *d)
{
    uint32_t n = dna_below(d, f->nlabels);
    if (!f->labels[f->nlabels - 1 - n].is_loop || dna_chance(d, 24))
        return n;
    return f->nlabels - 1;
}

/* Values that lie beneath what a branch takes along: it moves its own across them, and where
 * control does not go on they stay. */
enum { MOST_BENEATH = 4 };

static uint32_t beneath(struct gen_func *f, struct dna *d, valtype held[MOST_BENEATH],
                        uint32_t depth)
{
    uint32_t n = dna_chance(d, 80) ? 1 + dna_below(d, MOST_BENEATH) : 0;
    for (uint32_t i = 0; i < n; i++)
        held[i] = gen_all_types[dna_below(d, GEN_NUMBER_KINDS)];
    gen_exprs(f, d, held, n, depth < 2 ? depth : 2);
    return n;
}

bool gen_state_branch(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!gen_on(f->g, CLASS_BRANCH))
        return false;
    uint32_t target = pick_label(f, d);
    const struct gen_label *l = &f->labels[f->nlabels - 1 - target];
    bool conditional = !dna_chance(d, 40);
    valtype held[MOST_BENEATH];
    uint32_t nheld = beneath(f, d, held, depth);
    gen_exprs(f, d, l->types, l->n, depth);
    if (conditional)
        gen_condition(f, d, depth);
    emit_op_u32(f, conditional ? OP_br_if : OP_br, target);
    if (!conditional)
        return true;
    gen_consume_all(f, d, l->types, l->n);
    gen_consume_all(f, d, held, nheld);
    return true;
}

static bool same_types(const struct gen_label *a, const struct gen_label *b)
{
    return a->n == b->n &&
           (a->n == 0 || memcmp(a->types, b->types, a->n * sizeof *a->types) == 0);
}

/* block ... br_table ... end, so that what follows is reachable. */
bool gen_state_br_table(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!has_label(f) || !gen_on(f->g, CLASS_BRANCH))
        return false;
    begin(f, OP_block);
    uint32_t first = pick_label(f, d), n = 1 + dna_below(d, 8);
    const struct gen_label *l = &f->labels[f->nlabels - 1 - first];
    valtype held[MOST_BENEATH];
    beneath(f, d, held, depth);
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
    end(f);
    return true;
}

bool gen_state_return(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (!has_label(f))
        return false;
    struct dna values = dna_split(d);
    valtype held[MOST_BENEATH];
    gen_condition(f, d, depth);
    begin(f, OP_if);
    beneath(f, &values, held, depth);
    gen_exprs(f, &values, f->sig->results, f->sig->nresults, depth);
    if (f->g->config.traps != TRAPS_NONE && dna_chance(d, 24))
        emit_op(f, OP_unreachable);
    else
        emit_op(f, OP_return);
    end(f);
    return true;
}
