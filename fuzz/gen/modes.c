/* modes.c - the body of a function, by mode (modes.def).
 *
 * The code is made first, then the locals that it took.  Whatever the mode, locals may be mixed
 * into the i64 sink at the end, bit by bit, so that nothing computed stays unseen. */
#include "gen/emit.h"

enum {
    BUDGET = 240,
    SOUP_HEIGHT = 12,
    HELD_MOST = 40,
};

/* ---- locals -------------------------------------------------------------------------------- */

int32_t gen_new_local(struct gen_func *f, valtype t)
{
    if (f->nlocals == GEN_MAX_LOCALS)
        return -1;
    f->locals[f->nlocals] = t;
    return (int32_t)f->nlocals++;
}

static void plan_locals(struct gen_func *f, struct dna *d)
{
    f->nlocals = f->sig->nparams;
    memcpy(f->locals, f->sig->params, f->nlocals * sizeof *f->locals);
    uint32_t more = gen_pick_count(d, 6, 20);
    for (uint32_t i = 0; i < more; i++)
        gen_new_local(f, gen_pick_type(f->g, d));
    f->nfree = f->nlocals;
}

/* Runs of one type are one declaration. */
static void emit_locals(const struct gen_func *f, struct bytes *out)
{
    struct bytes runs = { 0 };
    uint32_t nruns = 0;
    for (uint32_t i = f->sig->nparams, n; i < f->nlocals; i += n, nruns++) {
        for (n = 1; i + n < f->nlocals && f->locals[i + n] == f->locals[i];)
            n++;
        emit_u64(f->g, &runs, n);
        emit_type(f->g, &runs, f->locals[i]);
    }
    emit_u64(f->g, out, nruns);
    emit_bytes(f->g, out, &runs);
}

/* ---- digests ------------------------------------------------------------------------------- */

/* The value on the stack as an i64 that keeps every bit of a number. */
static void emit_as_i64(struct gen_func *f, valtype t)
{
    switch (t) {
    case VT_I64: return;
    case VT_F64: emit_op(f, OP_i64_reinterpret_f64); return;
    case VT_F32: emit_op(f, OP_i32_reinterpret_f32); break;
    case VT_I32: break;
    default: emit_op(f, OP_ref_is_null); break;
    }
    emit_op(f, OP_i64_extend_i32_u);
}

/* sink = rotl(sink, 7) ^ local, for every local. */
static void emit_digest(struct gen_func *f)
{
    uint32_t sink = gen_sink(f->g, VT_I64);
    emit_op_u32(f, OP_global_get, sink);
    for (uint32_t i = 0; i < f->nlocals; i++) {
        emit_i64(f, 7);
        emit_op(f, OP_i64_rotl);
        emit_op_u32(f, OP_local_get, i);
        emit_as_i64(f, f->locals[i]);
        emit_op(f, OP_i64_xor);
    }
    emit_op_u32(f, OP_global_set, sink);
}

/* ---- modes --------------------------------------------------------------------------------- */

typedef void mode_body(struct gen_func *f, struct dna *d);

static mode_body body_statements, body_single, body_pairs, body_pressure, body_idioms,
    body_soup;

static void body_statements(struct gen_func *f, struct dna *d)
{
    gen_stmts(f, d, 5);
    if (dna_chance(d, 128))
        gen_stmts(f, d, 4);
}

static enum op pick_row(const struct gen *g, struct dna *d)
{
    uint32_t kind = dna_below(d, GEN_NUMBER_KINDS), n = g->nops[kind];
    return n == 0 ? OP_nop : (enum op)g->ops[kind][dna_below(d, n)];
}

/* Operations on parameters, constants and one more operation at most: a dozen per function, so
 * that each operation meets each kind of operand often. */
static void body_single(struct gen_func *f, struct dna *d)
{
    uint32_t n = 1 + dna_below(d, 12);
    for (uint32_t k = 0; k < n && f->budget > 0; k++) {
        enum op op = pick_row(f->g, d);
        if (op == OP_nop)
            continue;
        gen_op(f, d, op, dna_below(d, 3));
        gen_consume(f, d, gen_op_result(op));
    }
}

/* Pairs that follow one another in the enumeration, from where the DNA says. */
static void body_pairs(struct gen_func *f, struct dna *d)
{
    uint32_t first = (uint32_t)dna_bits(d, 2), n = 1 + dna_below(d, 12);
    uint32_t all = gen_pairs_count(f->g);
    for (uint32_t k = 0; k < n && all > 0 && f->budget > 0; k++)
        gen_pair(f, d, (first + k) % all);
}

static bool in_free_local(struct gen_func *f, valtype t)
{
    int32_t i = gen_new_local(f, t);
    if (i >= 0)
        emit_op_u32(f, OP_local_set, (uint32_t)i);
    return i >= 0;
}

/* Values of mixed types, some in locals, some on the stack, across calls and a loop; then all are
 * combined. */
static void body_pressure(struct gen_func *f, struct dna *d)
{
    valtype held[HELD_MOST];
    uint32_t n = 20 + dna_below(d, HELD_MOST - 19), on_stack = 0;
    bool to_locals = dna_chance(d, 128);
    for (uint32_t i = 0; i < n; i++) {
        valtype t = gen_all_types[dna_below(d, GEN_NUMBER_KINDS)];
        gen_expr(f, d, t, dna_below(d, 3));
        if (!to_locals || !dna_chance(d, 160) || !in_free_local(f, t))
            held[on_stack++] = t;
        if (dna_chance(d, 20))
            gen_call(f, d, 2);
    }
    f->budget += (int32_t)n;
    if (!dna_chance(d, 64))
        gen_call(f, d, 2);
    if (dna_chance(d, 128))
        gen_state_counted_loop(f, d, 3);
    gen_consume_all(f, d, held, on_stack);
    emit_digest(f);
}

static void body_idioms(struct gen_func *f, struct dna *d)
{
    uint32_t n = 1 + dna_below(d, 3);
    for (uint32_t k = 0; k < n && f->budget > 0; k++)
        gen_state_idiom(f, d, 2);
    gen_stmts(f, d, 2);
}

/* A stack of values on which operations are put that fit its top; what is left goes to sinks. */
static void body_soup(struct gen_func *f, struct dna *d)
{
    valtype stack[SOUP_HEIGHT + 1];
    uint32_t height = 0, n = 8 + dna_below(d, 40);
    for (uint32_t k = 0; k < n && f->budget > 0; k++) {
        enum op op = pick_row(f->g, d);
        uint32_t m = op == OP_nop || op_infos[op].imm != IMM_NONE ? 0 : gen_op_operands(op);
        bool fits = m > 0 && m <= height;
        for (uint32_t i = 0; fits && i < m; i++)
            fits = stack[height - m + i] == gen_op_operand(op, i);
        if (fits) {
            gen_op_rest(f, d, op, m, 1);
            height -= m;
            stack[height++] = gen_op_result(op);
        } else if (height < SOUP_HEIGHT && !dna_chance(d, 48)) {
            valtype like = height > 0 && dna_chance(d, 150)
                               ? stack[height - 1]
                               : gen_all_types[dna_below(d, GEN_NUMBER_KINDS)];
            gen_expr(f, d, like, dna_below(d, 2));
            stack[height++] = like;
        } else if (height > 0) {
            gen_consume(f, d, stack[--height]);
        }
    }
    gen_consume_all(f, d, stack, height);
}

static const struct {
    mode_body *body;
    uint32_t share;
} modes[GEN_MODE_COUNT] = {
#define WX_GEN_MODE(name, share, text) { body_##name, share },
#include "gen/modes.def"
};

static enum gen_mode drawn_mode(const struct gen *g, struct dna *d)
{
    uint32_t choice = dna_u8(d);
    if (g->config.modes >= 1 && g->config.modes <= GEN_MODE_COUNT)
        return (enum gen_mode)(g->config.modes - 1);
    for (uint32_t m = 0; m < GEN_MODE_COUNT; m++) {
        if (choice < modes[m].share)
            return (enum gen_mode)m;
        choice -= modes[m].share;
    }
    return GEN_MODE_statements;
}

static enum gen_mode pick_mode(const struct gen *g, struct dna *d)
{
    uint32_t mode = drawn_mode(g, d);
    for (uint32_t k = 0; k < GEN_MODE_COUNT; k++) {
        uint32_t next = (mode + k) % GEN_MODE_COUNT;
        if ((g->config.modes_off >> next & 1) == 0)
            return (enum gen_mode)next;
    }
    return (enum gen_mode)mode;
}

struct bytes gen_body(struct gen *g, uint32_t index, struct dna *d)
{
    struct bytes code = { 0 }, body = { 0 };
    struct gen_func f = { .g = g, .out = &code, .index = index, .budget = BUDGET };
    f.sig = &g->types[g->func_types[index]];
    plan_locals(&f, d);
    gen_push_label(&f, f.sig->results, f.sig->nresults, false);
    modes[pick_mode(g, d)].body(&f, d);
    if (dna_chance(d, 128))
        emit_digest(&f);
    gen_exprs(&f, d, f.sig->results, f.sig->nresults, 3);
    emit_op(&f, OP_end);
    emit_locals(&f, &body);
    emit_bytes(g, &body, &code);
    return body;
}
