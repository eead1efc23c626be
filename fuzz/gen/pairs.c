/* pairs.c - pairs of operations op2(op1(...)), numbered from 0 without gaps.
 *
 * A pair is a producer of a number type and a consumer with an operand of that type.  Producers
 * and consumers are the usable rows of ops.def and a few instructions typed by hand.  So a
 * campaign that counts through the numbers meets every type-correct pair, and chance meets each
 * equally often:
 *
 *     number = sum over earlier types of producers * consumers
 *            + producer * consumers + consumer */
#include "gen/emit.h"

/* Producers that are no row, of any type. */
static const enum op more_producers[] = { OP_local_tee, OP_global_get, OP_select,
                                          OP_block,     OP_call,       OP_local_get };

/* Consumers that are no row: of any type, and of i32 alone. */
static const enum op more_consumers[] = { OP_local_set, OP_global_set, OP_select,
                                          OP_return };
static const enum op more_i32_consumers[] = { OP_if, OP_br_if, OP_br_table, OP_drop };

enum { ANY_CONSUMERS = COUNT(more_consumers), I32_CONSUMERS = COUNT(more_i32_consumers) };

static uint32_t producers(const struct gen *g, uint32_t kind)
{
    return g->nops[kind] + (uint32_t)COUNT(more_producers);
}

/* Lists the operands of rows by type, once per module. */
static void index_consumers(struct gen *g)
{
    if (g->has_consumers)
        return;
    g->has_consumers = true;
    for (enum op row = 0; row < OP_COUNT; row++) {
        if (!gen_row_is_usable(g, row))
            continue;
        for (uint32_t i = 0; i < gen_op_operands(row); i++) {
            uint32_t kind = gen_kind(gen_op_operand(row, i));
            g->consumers[kind][g->nconsumers[kind]++] =
                (struct gen_consumer){ (uint16_t)row, (uint16_t)i };
        }
    }
}

static uint32_t consumers(const struct gen *g, uint32_t kind)
{
    return g->nconsumers[kind] + ANY_CONSUMERS + (kind == 0 ? I32_CONSUMERS : 0);
}

uint32_t gen_pairs_count(struct gen *g)
{
    uint32_t n = 0;
    index_consumers(g);
    for (uint32_t kind = 0; kind < GEN_NUMBER_KINDS; kind++)
        n += producers(g, kind) * consumers(g, kind);
    return n;
}

struct pair {
    valtype type;
    enum op first, second;
    uint32_t operand;
};

static struct pair pair_of(const struct gen *g, uint32_t i)
{
    uint32_t kind = 0;
    while (i >= producers(g, kind) * consumers(g, kind)) {
        i -= producers(g, kind) * consumers(g, kind);
        kind++;
    }
    struct pair p = { .type = gen_all_types[kind] };
    uint32_t producer = i / consumers(g, kind), consumer = i % consumers(g, kind);
    uint32_t rows = g->nconsumers[kind];
    p.first = producer < g->nops[kind] ? (enum op)g->ops[kind][producer]
                                       : more_producers[producer - g->nops[kind]];
    if (consumer >= rows + ANY_CONSUMERS) {
        p.second = more_i32_consumers[consumer - rows - ANY_CONSUMERS];
    } else if (consumer >= rows) {
        p.second = more_consumers[consumer - rows];
    } else {
        p.second = (enum op)g->consumers[kind][consumer].op;
        p.operand = g->consumers[kind][consumer].operand;
    }
    return p;
}

void gen_pair_ops(const struct gen *g, uint32_t i, enum op *first, enum op *second,
                  uint32_t *operand)
{
    struct pair p = pair_of(g, i);
    *first = p.first;
    *second = p.second;
    *operand = p.operand;
}

/* ---- the producer -------------------------------------------------------------------------- */

/* A block of no result, or of the one at type. */
static void begin_block(struct gen_func *f, enum op op, const valtype *type)
{
    emit_op(f, op);
    if (type == NULL)
        emit_u8(f->g, f->out, 0x40);
    else
        emit_type(f->g, f->out, *type);
    gen_push_label(f, type, type != NULL, false);
}

static void end_block(struct gen_func *f)
{
    f->nlabels--;
    emit_op(f, OP_end);
}

static void call_for(struct gen_func *f, struct dna *d, valtype t)
{
    const struct gen *g = f->g;
    for (uint32_t i = 0; i < g->nfuncs; i++) {
        const struct gen_sig *s = &g->types[g->func_types[i]];
        if (s->nresults != 1 || s->results[0] != t || (i >= g->nimported && i <= f->index))
            continue;
        gen_exprs(f, d, s->params, s->nparams, 1);
        emit_op_u32(f, OP_call, i);
        return;
    }
    gen_leaf(f, d, t);
}

static void produce(struct gen_func *f, struct dna *d, const struct pair *p)
{
    int32_t local;
    switch (p->first) {
    case OP_local_tee:
        local = gen_new_local(f, p->type);
        gen_leaf(f, d, p->type);
        if (local >= 0)
            emit_op_u32(f, OP_local_tee, (uint32_t)local);
        return;
    case OP_global_get: emit_op_u32(f, OP_global_get, gen_sink(f->g, p->type)); return;
    case OP_select:
        gen_leaf(f, d, p->type);
        gen_leaf(f, d, p->type);
        gen_expr(f, d, VT_I32, 1);
        emit_op(f, OP_select);
        return;
    case OP_block:
        begin_block(f, OP_block, &p->type);
        gen_leaf(f, d, p->type);
        end_block(f);
        return;
    case OP_call: call_for(f, d, p->type); return;
    case OP_local_get: gen_leaf(f, d, p->type); return;
    default: gen_op(f, d, p->first, dna_below(d, 2)); return;
    }
}

/* ---- the consumer -------------------------------------------------------------------------- */

/* The sink counts how often this is passed. */
static void count(struct gen_func *f)
{
    emit_op_u32(f, OP_global_get, gen_sink(f->g, VT_I32));
    emit_i32(f, 1);
    emit_op(f, OP_i32_add);
    emit_op_u32(f, OP_global_set, gen_sink(f->g, VT_I32));
}

/* A block that the value may leave early: what is behind it counts. */
static void consume_branch(struct gen_func *f, struct dna *d, const struct pair *p)
{
    begin_block(f, OP_block, NULL);
    produce(f, d, p);
    if (p->second == OP_br_table) {
        emit_op_u32(f, OP_br_table, 1);
        emit_u64(f->g, f->out, 0);
        emit_u64(f->g, f->out, 0);
    } else {
        emit_op_u32(f, OP_br_if, 0);
        count(f);
    }
    end_block(f);
}

static void consume_if(struct gen_func *f, struct dna *d, const struct pair *p)
{
    produce(f, d, p);
    begin_block(f, OP_if, NULL);
    count(f);
    end_block(f);
}

/* br with the value out of a block: what return does, without ending the function. */
static void consume_branch_value(struct gen_func *f, struct dna *d, const struct pair *p)
{
    begin_block(f, OP_block, &p->type);
    produce(f, d, p);
    emit_op_u32(f, OP_br, 0);
    end_block(f);
    emit_op_u32(f, OP_global_set, gen_sink(f->g, p->type));
}

static void mask(struct gen_func *f, uint32_t bits)
{
    emit_i32(f, (int32_t)bits);
    emit_op(f, OP_i32_and);
}

/* memory.grow and memory.fill; lengths and deltas are small, mostly. */
static void consume_bulk(struct gen_func *f, struct dna *d, const struct pair *p)
{
    static const uint32_t masks[][3] = { [false] = { 3 }, [true] = { 0x7FFF, ~0u, 0xFF } };
    bool fill = gen_op_operands(p->second) == 3;
    for (uint32_t k = 0; k < gen_op_operands(p->second); k++) {
        bool given = k == p->operand;
        if (given)
            produce(f, d, p);
        else
            gen_leaf(f, d, VT_I32);
        if (!given || f->g->config.traps < TRAPS_NATURAL || dna_chance(d, 64))
            mask(f, masks[fill][k]);
    }
    emit_op_u32(f, p->second, 0);
}

/* A row with the pair's value as operand number p->operand. */
static void consume_row(struct gen_func *f, struct dna *d, const struct pair *p)
{
    const struct op_info *info = &op_infos[p->second];
    if (info->imm == IMM_MEMORY) {
        consume_bulk(f, d, p);
        return;
    }
    if (info->imm == IMM_MEMARG && p->operand == 1) {
        uint32_t offset = gen_address(f, d, info->width, 0);
        produce(f, d, p);
        emit_op(f, p->second);
        gen_memarg(f, d, p->second, offset);
        return;
    }
    for (uint32_t k = 0; k < p->operand; k++)
        gen_leaf(f, d, gen_op_operand(p->second, k));
    produce(f, d, p);
    if (info->imm == IMM_MEMARG && !gen_traps(f, d, 128))
        gen_guard_address(f, d);
    gen_op_rest(f, d, p->second, p->operand + 1, 0);
}

void gen_pair(struct gen_func *f, struct dna *d, uint32_t i)
{
    struct pair p = pair_of(f->g, i);
    if (f->nlabels + 2 > GEN_MAX_LABELS)
        return;
    switch (p.second) {
    case OP_local_set:
        produce(f, d, &p);
        gen_consume(f, d, p.type);
        return;
    case OP_global_set:
        produce(f, d, &p);
        emit_op_u32(f, OP_global_set, gen_sink(f->g, p.type));
        return;
    case OP_select:
        produce(f, d, &p);
        gen_leaf(f, d, p.type);
        gen_leaf(f, d, VT_I32);
        emit_op(f, OP_select);
        gen_consume(f, d, p.type);
        return;
    case OP_return: consume_branch_value(f, d, &p); return;
    case OP_if: consume_if(f, d, &p); return;
    case OP_br_if:
    case OP_br_table: consume_branch(f, d, &p); return;
    case OP_drop:
        produce(f, d, &p);
        emit_op(f, OP_drop);
        return;
    default: break;
    }
    consume_row(f, d, &p);
    if (gen_op_result(p.second) != VT_BOTTOM)
        gen_consume(f, d, gen_op_result(p.second));
}
