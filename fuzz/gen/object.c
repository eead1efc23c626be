/* object.c - statements on memories and tables as wholes: bulk operations, elements. */
#include "gen/emit.h"

/* Operands dst, src, n of a bulk operation. */
static void bulk_operands(struct gen_func *f, struct dna *d, uint32_t dst_size,
                          uint32_t src_size)
{
    uint32_t small = dst_size < src_size ? dst_size : src_size;
    uint32_t n = dna_below(d, small < 200 ? small + 1 : 200);
    if (gen_traps(f, d, 40)) {
        gen_expr(f, d, VT_I32, 1);
        gen_expr(f, d, VT_I32, 1);
        emit_i32(f, dna_chance(d, 64) ? -1 : (int32_t)n + 1);
        return;
    }
    bool end = dna_chance(d, 40); /* the last elements */
    emit_i32(f, (int32_t)(end ? dst_size - n : dna_below(d, dst_size - n + 1)));
    emit_i32(f, (int32_t)(end ? src_size - n : dna_below(d, src_size - n + 1)));
    emit_i32(f, (int32_t)n);
}

/* ---- memories ------------------------------------------------------------------------------ */

static bool memory_fill(struct gen_func *f, struct dna *d, uint32_t depth)
{
    if (f->g->config.traps == TRAPS_NONE && f->g->memory_min == 0)
        return false;
    gen_op(f, d, OP_memory_fill, depth);
    return true;
}

/* Copies that overlap by a few bytes are as frequent as others. */
static bool memory_copy(struct gen_func *f, struct dna *d, uint32_t bytes)
{
    if (bytes >= 4096 && dna_chance(d, 128)) {
        uint32_t at = dna_below(d, 2048), by = dna_below(d, 24), n = dna_below(d, 300);
        bool up = dna_chance(d, 128);
        emit_i32(f, (int32_t)(up ? at + by : at));
        emit_i32(f, (int32_t)(up ? at : at + by));
        emit_i32(f, (int32_t)n);
    } else {
        bulk_operands(f, d, bytes, bytes);
    }
    emit_op_u32(f, OP_memory_copy, 0);
    emit_u64(f->g, f->out, 0);
    return true;
}

static bool memory_init(struct gen_func *f, struct dna *d, uint32_t bytes)
{
    if (f->g->config.traps == TRAPS_NONE)
        return false;
    bulk_operands(f, d, bytes, GEN_PASSIVE_BYTES);
    emit_op_u32(f, OP_memory_init, dna_chance(d, 32) ? 0 : 1);
    emit_u64(f->g, f->out, 0);
    return true;
}

bool gen_state_memory_bulk(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    uint32_t bytes = g->memory_min * 65536;
    if (!g->has_memory || !gen_on(g, CLASS_BULK) || !gen_has(g, FEATURE_BULK_MEMORY))
        return false;
    if (!dna_chance(d, 64) && bytes > 4096)
        bytes = 4096;
    switch (dna_below(d, 4)) {
    case 0: return memory_fill(f, d, depth);
    case 1: return memory_copy(f, d, bytes);
    case 2: return memory_init(f, d, bytes);
    default:
        if (g->config.traps == TRAPS_NONE || !dna_chance(d, 64))
            return false;
        emit_op_u32(f, OP_data_drop, 1);
        return true;
    }
}

/* ---- tables -------------------------------------------------------------------------------- */

static bool table_set(struct gen_func *f, struct dna *d, uint32_t table, uint32_t depth)
{
    const struct gen_table *t = &f->g->tables[table];
    if (gen_traps(f, d, 40))
        gen_expr(f, d, VT_I32, depth);
    else if (gen_traps(f, d, 64))
        gen_near_table_size(f, d, table);
    else
        emit_i32(f, (int32_t)dna_below(d, t->min));
    gen_expr(f, d, t->type, depth);
    emit_op_u32(f, OP_table_set, table);
    return true;
}

static bool table_fill(struct gen_func *f, struct dna *d, uint32_t table, uint32_t depth)
{
    const struct gen_table *t = &f->g->tables[table];
    uint32_t n = dna_below(d, t->min + 1);
    if (gen_traps(f, d, 40))
        gen_expr(f, d, VT_I32, depth);
    else
        emit_i32(f, (int32_t)dna_below(d, t->min - n + 1));
    gen_expr(f, d, t->type, depth);
    emit_i32(f, (int32_t)n);
    emit_op_u32(f, OP_table_fill, table);
    return true;
}

/* Between tables of one type; of different ones only into the same. */
static bool table_copy(struct gen_func *f, struct dna *d, uint32_t table)
{
    const struct gen *g = f->g;
    uint32_t from = dna_below(d, g->ntables);
    if (g->tables[from].type != g->tables[table].type)
        from = table;
    bulk_operands(f, d, g->tables[table].min, g->tables[from].min);
    emit_op_u32(f, OP_table_copy, table);
    emit_u64(f->g, f->out, from);
    return true;
}

static bool table_init(struct gen_func *f, struct dna *d, uint32_t table)
{
    const struct gen *g = f->g;
    if (g->config.traps == TRAPS_NONE || g->tables[table].type != VT_FUNCREF ||
        g->passive_elems == 0)
        return false;
    bulk_operands(f, d, g->tables[table].min, g->passive_elems);
    emit_op_u32(f, OP_table_init, 1);
    emit_u64(f->g, f->out, table);
    return true;
}

static bool elem_drop(struct gen_func *f, struct dna *d)
{
    const struct gen *g = f->g;
    if (g->config.traps == TRAPS_NONE || !dna_chance(d, 64) || g->passive_elems == 0)
        return false;
    emit_op_u32(f, OP_elem_drop, 1);
    return true;
}

/* Table 0 keeps its functions in trap-free modules, since calls go through it. */
bool gen_state_table(struct gen_func *f, struct dna *d, uint32_t depth)
{
    struct gen *g = f->g;
    if (!gen_on(g, CLASS_TABLE) || g->ntables == 0)
        return false;
    uint32_t table = dna_below(d, g->ntables), choice = dna_below(d, 5);
    if (g->tables[table].min == 0 || (table == 0 && g->config.traps == TRAPS_NONE))
        return false;
    if (!gen_has(g, choice < 2 ? FEATURE_REFERENCE_TYPES : FEATURE_BULK_MEMORY))
        return false;
    switch (choice) {
    case 0: return table_set(f, d, table, depth);
    case 1: return table_fill(f, d, table, depth);
    case 2: return table_copy(f, d, table);
    case 3: return table_init(f, d, table);
    default: return elem_drop(f, d);
    }
}
