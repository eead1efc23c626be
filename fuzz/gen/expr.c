/* expr.c - expressions: code that pushes one value of a wanted type.
 *
 * A row of producers per kind of expression, chosen by weight among those that are possible.
 * When depth, budget or DNA run out only leaves remain: constants and local.get. */
#include "gen/emit.h"
#include <string.h>

/* ---- rows of ops.def by signature ---------------------------------------------------------- */

static valtype letter_type(char c)
{
    switch (c) {
    case 'i':
    case 'a': return VT_I32;
    case 'l': return VT_I64;
    case 'f': return VT_F32;
    case 'd': return VT_F64;
    default: return VT_BOTTOM;
    }
}

uint32_t gen_op_operands(enum op op)
{
    const char *sig = op_infos[op].sig;
    uint32_t n = 0;
    while (sig[n] != '_')
        n++;
    return sig[0] == 'v' ? 0 : n;
}

valtype gen_op_operand(enum op op, uint32_t k) { return letter_type(op_infos[op].sig[k]); }

valtype gen_op_result(enum op op)
{
    const char *sig = op_infos[op].sig;
    while (*sig != '_')
        sig++;
    return letter_type(sig[1]);
}

static enum gen_class op_class(enum op op)
{
    const struct op_info *info = &op_infos[op];
    if (info->width != 0)
        return gen_op_result(op) == VT_BOTTOM ? CLASS_STORE : CLASS_LOAD;
    if (info->imm == IMM_MEMORY)
        return CLASS_BULK;
    valtype from = gen_op_operand(op, 0), to = gen_op_result(op);
    if (gen_op_operands(op) == 1 && from != to)
        return CLASS_CONVERT;
    if (from != to)
        return CLASS_COMPARE;
    return vt_is_float(to) ? CLASS_FLOAT : CLASS_INT;
}

static bool row_is_usable(const struct gen *g, enum op op)
{
    const struct op_info *info = &op_infos[op];
    if (info->sig == NULL || !gen_on(g, op_class(op)))
        return false;
    if (info->imm != IMM_NONE && info->imm != IMM_MEMARG && info->imm != IMM_MEMORY)
        return false;
    if ((info->width != 0 || info->imm == IMM_MEMORY) && !g->has_memory)
        return false;
    uint32_t truncation = 1u << TRAP_CONVERSION;
    return !(g->config.traps == TRAPS_NONE && (info->traps & truncation) != 0);
}

void gen_index_ops(struct gen *g)
{
    for (enum op op = 0; op < OP_COUNT; op++) {
        if (!row_is_usable(g, op) || gen_op_operands(op) == 0)
            continue;
        valtype t = gen_op_result(op);
        if (t != VT_BOTTOM)
            g->ops[gen_kind(t)][g->nops[gen_kind(t)]++] = (uint16_t)op;
    }
}

/* ---- constants ----------------------------------------------------------------------------- */

static const uint64_t interesting[] = {
    0,
    1,
    UINT64_MAX,
    2,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x100000000,
    0xFFFFFFFE,
    0xFFFFFF80,
    0xFFFF8000,
    0x7FFFFFFFFFFFFFFF,
    0x8000000000000000,
    0xFFFFFFFF80000000,
    0xFFFFFFFFFFFFFF7F,
    31,
    32,
    33,
    63,
    64,
    65,
    0xFFFFFFED,
    0xFFFFFFFFFFFFFFED,
    10,
    0x5555555555555555,
    0xFFFC,
    0xFFF8,
    0xFFFF0,
    0x1FFFC,
    3,
    7,
    0x0123456789ABCDEF,
    0xFFFF7FFF,
    1000000007,
};

/* Floats as f64 bits: zeros, ones, infinities, NaNs, halves, the borders of integer types. */
static const uint64_t interesting_f64[] = {
    0,
    0x8000000000000000,
    0x3FF0000000000000,
    0xBFF0000000000000,
    0x7FF0000000000000,
    0xFFF0000000000000,
    0x7FF8000000000000,
    0xFFF8000000000000,
    0x7FF0000000000001,
    0xFFF4000000000000,
    0x7FFC0000DEADBEEF,
    1,
    0x8000000000000001,
    0x000FFFFFFFFFFFFF,
    0x0010000000000000,
    0x7FEFFFFFFFFFFFFF,
    0x3FE0000000000000,
    0x3FF8000000000000,
    0xBFE0000000000000,
    0x4004000000000000,
    0x41DFFFFFFFC00000,
    0x41E0000000000000,
    0xC1E0000000000000,
    0xC1E0000000200000,
    0x41EFFFFFFFE00000,
    0x41F0000000000000,
    0xBFEFFFFFFFFFFFFF,
    0x43E0000000000000,
    0x43DFFFFFFFFFFFFF,
    0xC3E0000000000000,
    0xC3E0000000000001,
    0x43F0000000000000,
    0x43EFFFFFFFFFFFFF,
    0x4330000000000000,
    0x433FFFFFFFFFFFFF,
    0x3FDFFFFFFFFFFFFF,
    0x400921FB54442D18,
    0x47EFFFFFE0000000,
};

static const uint32_t interesting_f32[] = {
    0,          0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000,
    0xFFC00000, 0x7F800001, 0xFFA00000, 0x7FC0BEEF, 1,          0x80000001, 0x007FFFFF,
    0x00800000, 0x7F7FFFFF, 0x3F000000, 0x3FC00000, 0xBF000000, 0x40200000, 0x4EFFFFFF,
    0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000, 0xBF7FFFFF, 0x5EFFFFFF,
    0x5F000000, 0xDF000000, 0xDF000001, 0x5F7FFFFF, 0x5F800000, 0x4B000000, 0x4AFFFFFF,
    0x3EFFFFFF, 0x40490FDB,
};

static uint64_t int_constant(struct dna *d)
{
    uint8_t how = dna_u8(d);
    if (how < 160)
        return interesting[dna_below(d, COUNT(interesting))];
    if (how < 200)
        return (uint64_t)(int64_t)(int8_t)dna_u8(d);
    if (how < 220)
        return (UINT64_C(1) << dna_below(d, 64)) - dna_below(d, 2);
    return dna_bits(d, how < 240 ? 4 : 8);
}

static void null_or_func(struct gen_func *f, struct dna *d, valtype t)
{
    struct gen *g = f->g;
    if (t == VT_FUNCREF && g->nfuncs > 0 && dna_chance(d, 160))
        emit_op_u32(f, OP_ref_func, dna_below(d, g->nfuncs));
    else
        emit_op_u32(f, OP_ref_null, t == VT_FUNCREF ? 0x70 : 0x6F);
}

void gen_const(struct gen_func *f, struct dna *d, valtype t)
{
    struct gen *g = f->g;
    switch (t) {
    case VT_I32: emit_i32(f, (int32_t)int_constant(d)); return;
    case VT_I64:
        emit_op(f, OP_i64_const);
        emit_s64(g, f->out, (int64_t)int_constant(d));
        return;
    case VT_F32:
        emit_op(f, OP_f32_const);
        emit_raw(g, f->out,
                 dna_chance(d, 48) ? dna_bits(d, 4)
                                   : interesting_f32[dna_below(d, COUNT(interesting_f32))],
                 4);
        return;
    case VT_F64:
        emit_op(f, OP_f64_const);
        emit_raw(g, f->out,
                 dna_chance(d, 48) ? dna_bits(d, 8)
                                   : interesting_f64[dna_below(d, COUNT(interesting_f64))],
                 8);
        return;
    default: null_or_func(f, d, t); return;
    }
}

/* ---- leaves -------------------------------------------------------------------------------- */

/* A local of type t, counters included, or -1. */
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

static bool try_local_get(struct gen_func *f, struct dna *d, valtype t)
{
    int32_t i = pick_local(f, d, t, f->nlocals);
    if (i < 0)
        return false;
    emit_op_u32(f, OP_local_get, (uint32_t)i);
    return true;
}

static void leaf(struct gen_func *f, struct dna *d, valtype t)
{
    if (!dna_chance(d, 176) || !try_local_get(f, d, t))
        gen_const(f, d, t);
}

/* ---- the edges of objects ------------------------------------------------------------------ */

void gen_near_table_size(struct gen_func *f, struct dna *d, uint32_t table)
{
    emit_op_u32(f, OP_table_size, table);
    emit_i32(f, (int32_t)dna_below(d, 3));
    emit_op(f, OP_i32_sub);
}

void gen_near_memory_size(struct gen_func *f, struct dna *d, uint32_t width)
{
    emit_op_u32(f, OP_memory_size, 0);
    emit_i32(f, 16);
    emit_op(f, OP_i32_shl);
    emit_i32(f, (int32_t)(width + 1 - dna_below(d, 3)));
    emit_op(f, OP_i32_sub);
}

/* ---- memory -------------------------------------------------------------------------------- */

/* Pushes an address for an access of `width` bytes; returns the static offset to use. */
static uint32_t gen_address(struct gen_func *f, struct dna *d, uint32_t width,
                            uint32_t depth)
{
    struct gen *g = f->g;
    enum gen_traps traps = g->config.traps;
    uint32_t bytes = g->memory_min * 65536;
    bool wild = traps == TRAPS_DENSE     ? dna_chance(d, 128)
                : traps == TRAPS_NATURAL ? dna_chance(d, 24)
                : traps == TRAPS_RARE    ? dna_chance(d, 4)
                                         : false;
    if (wild) {
        uint32_t near = bytes - width + dna_below(d, 4) - 1;
        uint32_t offset = dna_chance(d, 80) ? (uint32_t)int_constant(d) : 0;
        uint8_t how = dna_u8(d);
        if (how >= 192)
            gen_near_memory_size(f, d, width);
        else if (how >= 96)
            emit_i32(f, (int32_t)(near - (dna_chance(d, 128) ? offset : 0)));
        else
            gen_expr(f, d, VT_I32, depth);
        return offset;
    }
    uint32_t offset = bytes < 65536 ? 0 : (uint32_t)dna_bits(d, 2) & 0x3FFF;
    if (bytes < 65536) {
        gen_expr(f, d, VT_I32, depth);
        return 0;
    }
    gen_expr(f, d, VT_I32, depth);
    emit_i32(f, dna_chance(d, 64) ? 0x7FFC : 0x7FFF);
    emit_op(f, OP_i32_and);
    return offset;
}

static void emit_memarg(struct gen_func *f, struct dna *d, enum op op, uint32_t offset)
{
    uint32_t natural = (uint32_t)__builtin_ctz(op_infos[op].width);
    emit_u64(f->g, f->out, dna_chance(d, 64) ? dna_below(d, natural + 1) : natural);
    emit_u64(f->g, f->out, offset);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* Keeps a divisor from trapping: 1..MAX. */
static void guard_divisor(struct gen_func *f, enum op op)
{
    bool wide = gen_op_result(op) == VT_I64;
    if (wide) {
        emit_op(f, OP_i64_const);
        emit_s64(f->g, f->out, 0x7FFFFFFF);
        emit_op(f, OP_i64_and);
        emit_op(f, OP_i64_const);
        emit_s64(f->g, f->out, 1);
        emit_op(f, OP_i64_or);
        return;
    }
    emit_i32(f, 0x7FFFFFFF);
    emit_op(f, OP_i32_and);
    emit_i32(f, 1);
    emit_op(f, OP_i32_or);
}

static bool divides(enum op op) { return (op_infos[op].traps & 1u << TRAP_DIV_ZERO) != 0; }

void gen_op_bare(struct gen_func *f, struct dna *d, enum op op)
{
    emit_op(f, op);
    if (op_infos[op].imm == IMM_MEMARG)
        emit_memarg(f, d, op, (uint32_t)dna_bits(d, 1));
    else if (op_infos[op].imm == IMM_MEMORY)
        emit_u64(f->g, f->out, 0);
}

/* Lengths and addresses of memory.fill and memory.grow's delta, small enough to stay cheap. */
static void gen_bulk_operands(struct gen_func *f, struct dna *d, enum op op, uint32_t depth)
{
    if (op == OP_memory_grow) {
        emit_i32(f, dna_chance(d, 24) ? -1 : (int32_t)dna_below(d, 3));
        return;
    }
    gen_address(f, d, 256, depth);
    gen_expr(f, d, VT_I32, depth);
    emit_i32(f, f->g->config.traps >= TRAPS_NATURAL && dna_chance(d, 16)
                    ? (int32_t)int_constant(d)
                    : (int32_t)dna_u8(d));
}

void gen_op(struct gen_func *f, struct dna *d, enum op op, uint32_t depth)
{
    const struct op_info *info = &op_infos[op];
    uint32_t n = gen_op_operands(op), first = 0, offset = 0;
    if (info->imm == IMM_MEMORY) {
        if (n != 0)
            gen_bulk_operands(f, d, op, depth);
        gen_op_bare(f, d, op);
        return;
    }
    if (info->imm == IMM_MEMARG) {
        offset = gen_address(f, d, info->width, depth);
        first = 1;
    }
    for (uint32_t k = first; k < n; k++)
        gen_expr(f, d, gen_op_operand(op, k), depth);
    if (divides(op) && (f->g->config.traps == TRAPS_NONE || !dna_chance(d, 40)))
        guard_divisor(f, op);
    emit_op(f, op);
    if (info->imm == IMM_MEMARG)
        emit_memarg(f, d, op, offset);
}

/* ---- producers ----------------------------------------------------------------------------- */

typedef bool producer(struct gen_func *f, struct dna *d, valtype t, uint32_t depth);

static bool produce_op(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    uint32_t kind = gen_kind(t), n = f->g->nops[kind];
    if (n == 0)
        return false;
    gen_op(f, d, (enum op)f->g->ops[kind][dna_below(d, n)], depth);
    return true;
}

static bool produce_local(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    (void)depth;
    return try_local_get(f, d, t);
}

static bool produce_tee(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    int32_t i = pick_local(f, d, t, f->nlocals - f->ncounters);
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
    if (!gen_on(f->g, CLASS_SELECT))
        return false;
    gen_expr(f, d, t, depth);
    gen_expr(f, d, t, depth);
    gen_expr(f, d, VT_I32, depth);
    if (!vt_is_ref(t) && !dna_chance(d, 64)) {
        emit_op(f, OP_select);
        return true;
    }
    emit_op_u32(f, OP_select_t, 1);
    emit_type(f->g, f->out, t);
    return true;
}

/* A block, loop or if with one result. */
static bool produce_block(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    if (!gen_on(f->g, CLASS_BLOCK) || f->nlabels >= GEN_MAX_LABELS)
        return false;
    uint32_t kind = dna_below(d, 3);
    struct dna body = dna_split(d);
    if (kind == 2)
        gen_expr(f, d, VT_I32, depth);
    emit_op(f, kind == 0 ? OP_block : kind == 1 ? OP_loop : OP_if);
    emit_type(f->g, f->out, t);
    gen_push_label(
        f, kind == 1 ? NULL : memcpy(arena_alloc(f->g->arena, sizeof t), &t, sizeof t),
        kind == 1 ? 0 : 1, kind == 1);
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
        gen_expr(f, d, VT_I32, depth);
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

/* call_indirect through table 0: to an entry of the right type, or (when traps are invited)
 * to any index. */
static bool produce_indirect(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    const struct gen *g = f->g;
    if (!gen_on(g, CLASS_INDIRECT) || g->nelems == 0)
        return false;
    uint32_t e = dna_below(d, g->nelems);
    for (uint32_t k = 0; k < g->nelems; k++, e = (e + 1) % g->nelems) {
        uint32_t callee = g->elems[e], type = g->func_types[callee];
        const struct gen_sig *s = &g->types[type];
        bool forward = callee < g->nimported || callee > f->index;
        if (s->nresults != 1 || s->results[0] != t || !forward)
            continue;
        gen_exprs(f, d, s->params, s->nparams, depth);
        if (g->config.traps >= TRAPS_NATURAL && dna_chance(d, 40))
            gen_expr(f, d, VT_I32, depth);
        else if (g->config.traps != TRAPS_NONE && dna_chance(d, 16))
            gen_near_table_size(f, d, 0);
        else
            emit_i32(f, (int32_t)e);
        emit_op_u32(f, OP_call_indirect, type);
        emit_u64(f->g, f->out, 0);
        return true;
    }
    return false;
}

static int32_t pick_table(const struct gen *g, struct dna *d, valtype elem)
{
    if (g->ntables == 0 || !gen_on(g, CLASS_TABLE))
        return -1;
    uint32_t start = dna_below(d, g->ntables);
    for (uint32_t k = 0; k < g->ntables; k++) {
        uint32_t i = (start + k) % g->ntables;
        if (elem == VT_BOTTOM || g->table_types[i] == elem)
            return (int32_t)i;
    }
    return -1;
}

/* table.size, table.grow, table.get, memory.size, ref.is_null: what fits the type. */
static bool produce_object(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    struct gen *g = f->g;
    if (vt_is_ref(t)) {
        int32_t table = pick_table(g, d, t);
        uint32_t limit =
            table < 0 ? 0 : g->table_min[table] + (g->config.traps != TRAPS_NONE);
        if (limit == 0)
            return false;
        if (g->config.traps >= TRAPS_NATURAL && dna_chance(d, 40))
            gen_expr(f, d, VT_I32, depth);
        else if (g->config.traps != TRAPS_NONE && dna_chance(d, 64))
            gen_near_table_size(f, d, (uint32_t)table);
        else
            emit_i32(f, (int32_t)dna_below(d, limit));
        emit_op_u32(f, OP_table_get, (uint32_t)table);
        return true;
    }
    if (t != VT_I32)
        return false;
    int32_t table = pick_table(g, d, VT_BOTTOM);
    switch (dna_below(d, 4)) {
    case 0:
        if (table < 0)
            return false;
        emit_op_u32(f, OP_table_size, (uint32_t)table);
        return true;
    case 1:
        if (table < 0)
            return false;
        gen_expr(f, d, g->table_types[table], depth);
        emit_i32(f, dna_chance(d, 16) ? -1 : (int32_t)dna_below(d, 4));
        emit_op_u32(f, OP_table_grow, (uint32_t)table);
        return true;
    case 2:
        if (!g->has_memory)
            return false;
        emit_op_u32(f, OP_memory_size, 0);
        return true;
    default:
        if (!gen_on(g, CLASS_REF))
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
        leaf(f, d, t);
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
    leaf(f, d, t);
}

void gen_exprs(struct gen_func *f, struct dna *d, const valtype *types, uint32_t n,
               uint32_t depth)
{
    for (uint32_t i = 0; i < n; i++)
        gen_expr(f, d, types[i], depth > 1 ? depth - 1 : depth);
}
