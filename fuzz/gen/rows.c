/* rows.c - the rows of ops.def: what they take and give, and their code with operands.
 *
 * Rows whose type depends on context (HAND) are not used here; expr.c, stmt.c and object.c know
 * each of them. */
#include "gen/emit.h"

uint32_t gen_op_operands(enum op op)
{
    const char *sig = op_infos[op].sig;
    uint32_t n = 0;
    while (sig[n] != '_')
        n++;
    return sig[0] == 'v' ? 0 : n;
}

valtype gen_op_operand(enum op op, uint32_t k) { return vt_of_letter(op_infos[op].sig[k]); }

valtype gen_op_result(enum op op)
{
    const char *sig = op_infos[op].sig;
    while (*sig != '_')
        sig++;
    return vt_of_letter(sig[1]);
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

bool gen_row_is_usable(const struct gen *g, enum op op)
{
    const struct op_info *info = &op_infos[op];
    if (info->sig == NULL || !gen_on(g, op_class(op)) ||
        !gen_has(g, (enum feature)info->feature))
        return false;
    if (info->imm != IMM_NONE && info->imm != IMM_MEMARG && info->imm != IMM_MEMORY)
        return false;
    if ((info->width != 0 || info->imm == IMM_MEMORY) && !g->has_memory)
        return false;
    if (info->width != 0 && g->config.traps == TRAPS_NONE && g->memory_min == 0)
        return false;
    uint32_t truncation = 1u << TRAP_CONVERSION;
    return !(g->config.traps == TRAPS_NONE && (info->traps & truncation) != 0);
}

void gen_index_ops(struct gen *g)
{
    for (enum op op = 0; op < OP_COUNT; op++) {
        if (!gen_row_is_usable(g, op) || gen_op_operands(op) == 0)
            continue;
        valtype t = gen_op_result(op);
        if (t != VT_BOTTOM)
            g->ops[gen_kind(t)][g->nops[gen_kind(t)]++] = (uint16_t)op;
    }
}

/* Keeps a divisor from trapping: 1..MAX. */
static void guard_divisor(struct gen_func *f, enum op op)
{
    if (gen_op_result(op) == VT_I64) {
        emit_i64(f, 0x7FFFFFFF);
        emit_op(f, OP_i64_and);
        emit_i64(f, 1);
        emit_op(f, OP_i64_or);
        return;
    }
    emit_i32(f, 0x7FFFFFFF);
    emit_op(f, OP_i32_and);
    emit_i32(f, 1);
    emit_op(f, OP_i32_or);
}

static bool divides(enum op op) { return (op_infos[op].traps & 1u << TRAP_DIV_ZERO) != 0; }

/* Lengths and addresses of memory.fill and memory.grow's delta, small enough to stay cheap. */
static void bulk_operands(struct gen_func *f, struct dna *d, enum op op, uint32_t depth)
{
    if (op == OP_memory_grow) {
        emit_i32(f, dna_chance(d, 24)  ? -1
                    : dna_chance(d, 8) ? (int32_t)dna_below(d, 16)
                                       : (int32_t)dna_below(d, 3));
        return;
    }
    gen_address(f, d, 256, depth);
    gen_expr(f, d, VT_I32, depth);
    emit_i32(f, gen_traps(f, d, 16) ? (int32_t)gen_int_constant(d) : (int32_t)dna_u8(d));
}

void gen_op_rest(struct gen_func *f, struct dna *d, enum op op, uint32_t given,
                 uint32_t depth)
{
    const struct op_info *info = &op_infos[op];
    uint32_t n = gen_op_operands(op), offset = 0;
    if (info->imm == IMM_MEMORY) {
        if (n != 0 && given == 0)
            bulk_operands(f, d, op, depth);
        emit_op_u32(f, op, 0);
        return;
    }
    if (info->imm == IMM_MEMARG)
        offset = given == 0 ? gen_address(f, d, info->width, depth) : dna_u8(d);
    for (uint32_t k = given == 0 && info->imm == IMM_MEMARG ? 1 : given; k < n; k++)
        gen_operand(f, d, op, k, depth);
    if (divides(op) && (f->g->config.traps == TRAPS_NONE || !dna_chance(d, 80)))
        guard_divisor(f, op);
    emit_op(f, op);
    if (info->imm == IMM_MEMARG)
        gen_memarg(f, d, op, offset);
}

void gen_op(struct gen_func *f, struct dna *d, enum op op, uint32_t depth)
{
    gen_op_rest(f, d, op, 0, depth);
}
