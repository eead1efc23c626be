/* const.c - constants and addresses: half of what is chosen lies on a border.
 *
 * Borders of integer types, of immediate encodings, of shift counts, of float conversions; of
 * memory: its end less {0, 1, 2, 4, 8, 16} less the width of the access, pages, static offsets that
 * wrap. */
#include "gen/emit.h"

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
    0xFFFFFF7F,
    0xFFFF8000,
    0x7FFFFFFFFFFFFFFF,
    0x8000000000000000,
    0xFFFFFFFF80000000,
    0xFFFFFFFF7FFFFFFF,
    0xFFFFFFFFFFFFFF7F,
    0xFFFFFFFFFFFFFF80,
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
    0x7FFF8000,
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
    0xC0E0000000000000,
};

static const uint32_t interesting_f32[] = {
    0,          0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000,
    0xFFC00000, 0x7F800001, 0xFFA00000, 0x7FC0BEEF, 1,          0x80000001, 0x007FFFFF,
    0x00800000, 0x7F7FFFFF, 0x3F000000, 0x3FC00000, 0xBF000000, 0x40200000, 0x4EFFFFFF,
    0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000, 0xBF7FFFFF, 0x5EFFFFFF,
    0x5F000000, 0xDF000000, 0xDF000001, 0x5F7FFFFF, 0x5F800000, 0x4B000000, 0x4AFFFFFF,
    0x3EFFFFFF, 0x40490FDB, 0xC7000000,
};

uint64_t gen_int_constant(struct dna *d)
{
    uint8_t how = dna_u8(d);
    if (how < 160)
        return interesting[dna_below(d, COUNT(interesting))];
    if (how < 200)
        return (uint64_t)(int64_t)(int8_t)dna_u8(d);
    if (how < 220) {
        uint64_t power = UINT64_C(1) << dna_below(d, 64);
        return power - dna_below(d, 2);
    }
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

static uint64_t float_constant(struct dna *d, valtype t)
{
    if (t == VT_F32)
        return dna_chance(d, 48) ? dna_bits(d, 4)
                                 : interesting_f32[dna_below(d, COUNT(interesting_f32))];
    return dna_chance(d, 48) ? dna_bits(d, 8)
                             : interesting_f64[dna_below(d, COUNT(interesting_f64))];
}

static void constant(struct gen_func *f, struct dna *d, valtype t)
{
    struct gen *g = f->g;
    switch (t) {
    case VT_I32: emit_i32(f, (int32_t)gen_int_constant(d)); return;
    case VT_I64: emit_i64(f, (int64_t)gen_int_constant(d)); return;
    case VT_F32:
        emit_op(f, OP_f32_const);
        emit_raw(g, f->out, float_constant(d, t), 4);
        return;
    case VT_F64:
        emit_op(f, OP_f64_const);
        emit_raw(g, f->out, float_constant(d, t), 8);
        return;
    default: null_or_func(f, d, t); return;
    }
}

void gen_const(struct gen_func *f, struct dna *d, valtype t)
{
    const uint8_t *from = d->p;
    constant(f, d, t);
    dna_note(d, from, d->p, DNA_CONSTANT);
}

/* ---- addresses ----------------------------------------------------------------------------- */

void gen_near_table_size(struct gen_func *f, struct dna *d, uint32_t table)
{
    if (!gen_has(f->g, FEATURE_REFERENCE_TYPES)) {
        emit_i32(f, (int32_t)(f->g->tables[table].min + dna_below(d, 3)) - 1);
        return;
    }
    emit_op_u32(f, OP_table_size, table);
    emit_i32(f, (int32_t)dna_below(d, 3));
    emit_op(f, OP_i32_sub);
}

/* The distances from an edge that accesses of 1 to 16 bytes tell apart. */
static uint32_t edge_distance(struct dna *d, uint32_t width)
{
    static const uint8_t distances[] = { 0, 1, 2, 4, 8, 16 };
    uint32_t k = distances[dna_below(d, COUNT(distances))];
    return dna_chance(d, 128) ? k : k + width;
}

/* Around the present end of memory. */
static void near_memory_size(struct gen_func *f, struct dna *d, uint32_t width,
                             uint32_t offset)
{
    emit_op_u32(f, OP_memory_size, 0);
    emit_i32(f, 16);
    emit_op(f, OP_i32_shl);
    uint32_t distance = edge_distance(d, width) + offset;
    emit_i32(f, (int32_t)(distance - dna_below(d, 2)));
    emit_op(f, OP_i32_sub);
}

/* Static offsets at the borders of their encodings, and those that wrap 32 bits. */
static uint32_t wild_offset(struct dna *d)
{
    static const uint32_t offsets[] = {
        0,          1,          127,        128,        255,        256,
        0x7FFF,     0x8000,     0xFFF8,     0xFFFF,     0x10000,    0xFFFC,
        0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, 0xFFFF0000, 0x7FFFFFF8,
    };
    return dna_chance(d, 96) ? (uint32_t)gen_int_constant(d)
                             : offsets[dna_below(d, COUNT(offsets))];
}

/* Around the end of the least memory, as a constant. */
static void beside_least_size(struct gen_func *f, struct dna *d, uint32_t width,
                              uint32_t offset)
{
    uint32_t end = f->g->memory_min * 65536 - edge_distance(d, width) - offset;
    emit_i32(f, (int32_t)(end + dna_below(d, 2)));
}

static uint32_t wild_address(struct gen_func *f, struct dna *d, uint32_t width,
                             uint32_t depth)
{
    uint32_t offset = dna_chance(d, 110) ? wild_offset(d) : 0;
    uint8_t how = dna_u8(d);
    if (how >= 192)
        near_memory_size(f, d, width, dna_chance(d, 128) ? offset : 0);
    else if (how >= 96)
        beside_least_size(f, d, width, offset);
    else if (how >= 64)
        emit_i32(f, (int32_t)(0u - offset + dna_below(d, 16)));
    else
        gen_expr(f, d, VT_I32, depth);
    return offset;
}

/* A constant address whose last byte is one of the last of the least memory, or lies beside a
 * page or a block of 4096. */
static uint32_t edge_inside(struct gen_func *f, struct dna *d, uint32_t width)
{
    uint32_t bytes = f->g->memory_min * 65536, distance = edge_distance(d, 0);
    uint32_t at = bytes - width - distance;
    if (dna_chance(d, 64))
        at = 4096 * (1 + dna_below(d, 15)) - distance;
    uint32_t offset =
        dna_chance(d, 128) ? dna_below(d, at + 1 > 60000 ? 60000 : at + 1) : 0;
    emit_i32(f, (int32_t)(at - offset));
    return offset;
}

void gen_guard_address(struct gen_func *f, struct dna *d)
{
    emit_i32(f, dna_chance(d, 64) ? 0x7FFC : 0x7FFF);
    emit_op(f, OP_i32_and);
}

/* Puts the i32 on the stack into a local, mostly: engines treat operands by where they are. */
static void through_local(struct gen_func *f, struct dna *d)
{
    uint32_t start = f->nfree == 0 ? 0 : dna_below(d, f->nfree);
    for (uint32_t k = 0; k < f->nfree; k++) {
        uint32_t i = (start + k) % f->nfree;
        if (f->locals[i] != VT_I32)
            continue;
        emit_op_u32(f, OP_local_set, i);
        emit_op_u32(f, OP_local_get, i);
        return;
    }
}

/* The index of an array times the size of an element, at most 0x7FFF. Bits of the index that the
 * multiplication loses may be set. */
static void scaled_index(struct gen_func *f, struct dna *d, uint32_t depth)
{
    uint32_t shift = 1 + dna_below(d, 4);
    gen_expr(f, d, VT_I32, depth);
    emit_i32(f, (int32_t)(0x7FFFu >> shift | UINT32_MAX << (32 - shift)));
    emit_op(f, OP_i32_and);
    if (!dna_chance(d, 64))
        through_local(f, d);
    emit_i32(f, (int32_t)shift);
    emit_op(f, OP_i32_shl);
}

/* How often an address is left as it is, in 256. */
static const uint8_t wildness[] = {
    [TRAPS_NONE] = 0, [TRAPS_RARE] = 4, [TRAPS_NATURAL] = 24, [TRAPS_DENSE] = 128
};

uint32_t gen_address(struct gen_func *f, struct dna *d, uint32_t width, uint32_t depth)
{
    struct gen *g = f->g;
    enum gen_traps traps = g->config.traps;
    uint32_t bytes = g->memory_min * 65536;
    if (traps != TRAPS_NONE && dna_chance(d, wildness[traps]))
        return wild_address(f, d, width, depth);
    if (bytes == 0) {
        gen_expr(f, d, VT_I32, depth);
        return 0;
    }
    uint8_t how = dna_u8(d);
    if (how >= 216)
        return edge_inside(f, d, width);
    if (how >= 168 && how < 200) {
        scaled_index(f, d, depth);
    } else {
        gen_expr(f, d, VT_I32, depth);
        gen_guard_address(f, d);
    }
    /* the greatest address with this offset is the last that fits */
    return how >= 200 ? bytes - 0x7FFF - width : (uint32_t)dna_bits(d, 2) & 0x3FFF;
}

void gen_memarg(struct gen_func *f, struct dna *d, enum op op, uint32_t offset)
{
    uint32_t natural = (uint32_t)__builtin_ctz(op_infos[op].width);
    emit_u64(f->g, f->out, dna_chance(d, 64) ? dna_below(d, natural + 1) : natural);
    emit_u64(f->g, f->out, offset);
}
