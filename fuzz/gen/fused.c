/* fused.c - what engines do in one instruction: common operations, constant operands,
 * conditions.
 *
 * Chance alone seldom puts a comparison before a branch, a constant behind an addition
 * and another one behind that, a load under an operation. Compilers write little else,
 * and engines have special cases for it. */
#include "gen/emit.h"

/* Operations that combine with their neighbours. */
static const uint16_t common[] = {
    OP_i32_add,  OP_i32_sub,     OP_i32_mul,   OP_i32_and,      OP_i32_or,
    OP_i32_xor,  OP_i32_shl,     OP_i32_shr_u, OP_i32_rotl,     OP_i32_eqz,
    OP_i32_load, OP_i32_load8_u, OP_i64_add,   OP_i64_sub,      OP_i64_mul,
    OP_i64_and,  OP_i64_or,      OP_i64_xor,   OP_i64_shl,      OP_i64_shr_u,
    OP_i64_rotr, OP_i64_eqz,     OP_i64_load,  OP_i32_wrap_i64, OP_f32_add,
    OP_f32_sub,  OP_f32_mul,     OP_f32_load,  OP_f64_add,      OP_f64_sub,
    OP_f64_mul,  OP_f64_load,    OP_i32_lt_s,  OP_i32_ne,       OP_i64_extend_i32_u,
};

enum op gen_common_row(const struct gen *g, struct dna *d, valtype t)
{
    uint32_t start = dna_below(d, COUNT(common));
    for (uint32_t k = 0; k < COUNT(common); k++) {
        enum op op = (enum op)common[(start + k) % COUNT(common)];
        if (gen_op_result(op) == t && gen_row_is_usable(g, op))
            return op;
    }
    return OP_INVALID;
}

/* A load of type t, which engines take as an operand of what follows. */
static bool load(struct gen_func *f, struct dna *d, valtype t, uint32_t depth)
{
    static const uint16_t loads[GEN_NUMBER_KINDS] = { OP_i32_load, OP_i64_load, OP_f32_load,
                                                      OP_f64_load };
    enum op op = (enum op)loads[gen_kind(t)];
    if (!gen_row_is_usable(f->g, op))
        return false;
    gen_op(f, d, op, depth);
    return true;
}

void gen_operand(struct gen_func *f, struct dna *d, enum op op, uint32_t k, uint32_t depth)
{
    valtype t = gen_op_operand(op, k);
    uint8_t how = dna_u8(d);
    if (k == 1 && how >= 208)
        gen_const(f, d, t);
    else if (how < 168 || depth == 0 || !load(f, d, t, depth - 1))
        gen_expr(f, d, t, depth);
}

/* ---- conditions -------------------------------------------------------------------- */

static bool is_comparison(const struct gen *g, enum op op)
{
    return op_infos[op].sig != NULL && op_infos[op].imm == IMM_NONE &&
           gen_op_operands(op) > 0 && gen_op_result(op) == VT_I32 &&
           (gen_op_operand(op, 0) != VT_I32 || (op >= OP_i32_eqz && op <= OP_i32_ge_u)) &&
           op_infos[op].traps == 0 && gen_row_is_usable(g, op);
}

/* A comparison, eqz among them, from anywhere in ops.def. */
static bool compare(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint32_t start = dna_below(d, OP_f64_ge + 1);
    for (uint32_t k = 0; k <= OP_f64_ge; k++) {
        enum op op = (enum op)((start + k) % (OP_f64_ge + 1));
        if (!is_comparison(f->g, op))
            continue;
        gen_op(f, d, op, depth);
        return true;
    }
    return false;
}

/* Bits in common, a difference, a sum: compared with zero. */
static bool compare_with_zero(struct gen_func *f, struct dna *d, uint32_t depth)
{
    static const struct {
        uint16_t op, eqz, ne;
        bool wide;
    } rows[] = {
        { OP_i32_and, OP_i32_eqz, OP_i32_ne, false },
        { OP_i64_and, OP_i64_eqz, OP_i64_ne, true },
        { OP_i32_sub, OP_i32_eqz, OP_i32_ne, false },
        { OP_i64_add, OP_i64_eqz, OP_i64_ne, true },
    };
    uint32_t i = dna_below(d, COUNT(rows));
    if (!gen_on(f->g, CLASS_INT) || !gen_on(f->g, CLASS_COMPARE))
        return false;
    gen_op(f, d, (enum op)rows[i].op, depth);
    if (dna_chance(d, 128)) {
        emit_op(f, (enum op)rows[i].eqz);
        return true;
    }
    if (rows[i].wide)
        emit_i64(f, 0);
    else
        emit_i32(f, 0);
    emit_op(f, (enum op)rows[i].ne);
    return true;
}

void gen_condition(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint32_t how = depth == 0 || f->budget <= 0 ? 0 : dna_below(d, 8);
    bool done = how >= 3 &&
                (how < 6 ? compare(f, d, depth - 1) : compare_with_zero(f, d, depth - 1));
    if (!done)
        gen_expr(f, d, VT_I32, depth);
    for (int k = 0; k < 2 && gen_on(f->g, CLASS_COMPARE) && dna_chance(d, 32); k++)
        emit_op(f, OP_i32_eqz);
}
