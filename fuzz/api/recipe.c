/* recipe.c - see recipe.h. */
#include "api/recipe.h"
#include "gen/emit.h"
#include "wasm/module.h"
#include "wasm/section.h"
#include <string.h>

const struct prim_info prim_infos[PRIM_COUNT] = {
#define PRIM(name, params, results) { #name, params, results },
#include "api/prims.def"
};

enum { MUTABLE = 1, FUNC_FORM = 0x60, EMPTY_BLOCK = 0x40 };

struct recipe recipe_pick(struct dna *d)
{
    uint8_t bits = dna_u8(d);
    struct recipe r = {
        .import_func = bits & 1,
        .import_table = bits >> 1 & 1,
        .import_memory = bits >> 2 & 1,
        .import_global = bits >> 3 & 1,
        .has_table_max = bits >> 4 & 1,
        .has_memory_max = bits >> 5 & 1,
        .table_min = (uint8_t)(dna_chance(d, 40) ? dna_below(d, 16) : 6),
        .memory_min = (uint8_t)(dna_chance(d, 60) ? dna_below(d, 4) : 1),
        .elems = (uint8_t)dna_below(d, 5),
        .elem_at = (uint8_t)(dna_chance(d, 40) ? dna_below(d, 12) : dna_below(d, 3)),
        .k = (int64_t)dna_bits(d, 8),
    };
    r.table_max = (uint8_t)(r.table_min + dna_below(d, 16));
    r.memory_max = (uint8_t)(r.memory_min + dna_below(d, 4));
    static const uint32_t places[] = { 0, 8, 65532, 65533, 65536, 131068, 3 };
    r.data_at = places[dna_chance(d, 60) ? dna_below(d, COUNT(places)) : bits >> 7];
    if (!dna_chance(d, 60)) { /* imports that most objects suit */
        r.has_table_max &= !r.import_table;
        r.has_memory_max &= !r.import_memory;
        r.table_min = r.import_table ? 0 : r.table_min;
        r.elems = r.import_table ? 1 : r.elems;
    }
    r.start = dna_chance(d, 60) ? (enum recipe_start)dna_below(d, START_KINDS) : START_NONE;
    return r;
}

uint32_t recipe_imports(const struct recipe *r)
{
    return (uint32_t)r->import_func + r->import_table + r->import_memory + r->import_global;
}

uint32_t recipe_index(const struct recipe *r, enum prim prim)
{
    return (uint32_t)prim + r->import_func;
}

/* ---- bodies -------------------------------------------------------------------------------- */

static void op(struct gen_func *f, enum op o) { emit_op(f, o); }

static void get(struct gen_func *f, uint32_t local) { emit_op_u32(f, OP_local_get, local); }

static void access(struct gen_func *f, enum op o)
{
    emit_op_u32(f, o, 0); /* alignment */
    emit_u64(f->g, f->out, 0);
}

static void constant(struct gen_func *f, int64_t k)
{
    op(f, OP_i64_const);
    emit_s64(f->g, f->out, k);
}

static void body_call(struct gen_func *f, const struct recipe *r, enum prim prim)
{
    get(f, 0);
    if (prim == PRIM_deep || !r->import_func) {
        constant(f, 1);
        op(f, OP_i64_add);
    }
    if (prim == PRIM_deep)
        emit_op_u32(f, OP_call, recipe_index(r, PRIM_deep));
    else if (r->import_func)
        emit_op_u32(f, OP_call, 0);
}

static void body_table(struct gen_func *f, enum prim prim)
{
    static const struct {
        enum prim prim;
        enum op op;
        uint32_t operands;
    } rows[] = { { PRIM_tget, OP_table_get, 1 },
                 { PRIM_tset, OP_table_set, 2 },
                 { PRIM_tsize, OP_table_size, 0 },
                 { PRIM_tgrow, OP_table_grow, 2 } };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].prim == prim) {
            for (uint32_t k = 0; k < rows[i].operands; k++)
                get(f, k);
            emit_op_u32(f, rows[i].op, 0);
        }
}

static void body_memory(struct gen_func *f, const struct recipe *r, enum prim prim)
{
    if (prim == PRIM_poke) {
        emit_i32(f, 0);
        constant(f, r->k);
    } else if (prim != PRIM_size) {
        get(f, 0);
    }
    if (prim == PRIM_store)
        get(f, 1);
    if (prim == PRIM_size || prim == PRIM_grow)
        emit_op_u32(f, prim == PRIM_size ? OP_memory_size : OP_memory_grow, 0);
    else
        access(f, prim == PRIM_load ? OP_i64_load : OP_i64_store);
}

static void body_spin(struct gen_func *f)
{
    emit_op_u32(f, OP_loop, EMPTY_BLOCK);
    emit_op_u32(f, OP_br, 0);
    op(f, OP_end);
}

static void body(struct gen_func *f, const struct recipe *r, enum prim prim)
{
    switch (prim) {
    case PRIM_constant: constant(f, r->k); break;
    case PRIM_load:
    case PRIM_store:
    case PRIM_size:
    case PRIM_grow:
    case PRIM_poke: body_memory(f, r, prim); break;
    case PRIM_tget:
    case PRIM_tset:
    case PRIM_tsize:
    case PRIM_tgrow: body_table(f, prim); break;
    case PRIM_gget: emit_op_u32(f, OP_global_get, 0); break;
    case PRIM_gset:
        get(f, 0);
        emit_op_u32(f, OP_global_set, 0);
        break;
    case PRIM_indirect:
        get(f, 0);
        emit_op_u32(f, OP_call_indirect, PRIM_constant);
        emit_u64(f->g, f->out, 0);
        break;
    case PRIM_host:
    case PRIM_deep: body_call(f, r, prim); break;
    case PRIM_self: emit_op_u32(f, OP_ref_func, recipe_index(r, PRIM_constant)); break;
    case PRIM_fail: op(f, OP_unreachable); break;
    case PRIM_spin: body_spin(f); break;
    case PRIM_many:
        for (uint32_t k = 0; k < RECIPE_MANY; k++)
            get(f, k);
        break;
    case PRIM_COUNT: break;
    }
    op(f, OP_end);
}

/* ---- sections ------------------------------------------------------------------------------ */

static void put_types(struct gen *g, struct bytes *s, const char *letters)
{
    emit_u64(g, s, strlen(letters));
    for (; *letters != 0; letters++)
        emit_type(g, s, *letters == 'i' ? VT_I32 : *letters == 'I' ? VT_I64 : VT_FUNCREF);
}

static void put_name(struct gen *g, struct bytes *s, const char *name)
{
    emit_u64(g, s, strlen(name));
    for (; *name != 0; name++)
        emit_u8(g, s, (uint8_t)*name);
}

static void put_limits(struct gen *g, struct bytes *s, bool has_max, uint32_t min,
                       uint32_t max)
{
    emit_u8(g, s, has_max);
    emit_u64(g, s, min);
    if (has_max)
        emit_u64(g, s, max);
}

static void put_table(struct gen *g, struct bytes *s, const struct recipe *r)
{
    emit_type(g, s, VT_FUNCREF);
    put_limits(g, s, r->has_table_max, r->table_min, r->table_max);
}

static void put_memory(struct gen *g, struct bytes *s, const struct recipe *r)
{
    put_limits(g, s, r->has_memory_max, r->memory_min, r->memory_max);
}

static void put_import(struct gen *g, struct bytes *s, const char *name, uint32_t kind)
{
    put_name(g, s, "a");
    put_name(g, s, name);
    emit_u8(g, s, kind);
}

static void imports(struct gen *g, const struct recipe *r)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, recipe_imports(r));
    if (r->import_func) {
        put_import(g, &s, "callee", EXTERN_FUNC);
        emit_u64(g, &s, PRIM_host);
    }
    if (r->import_table) {
        put_import(g, &s, "table", EXTERN_TABLE);
        put_table(g, &s, r);
    }
    if (r->import_memory) {
        put_import(g, &s, "memory", EXTERN_MEMORY);
        put_memory(g, &s, r);
    }
    if (r->import_global) {
        put_import(g, &s, "global", EXTERN_GLOBAL);
        emit_type(g, &s, VT_I64);
        emit_u8(g, &s, MUTABLE);
    }
    emit_section(g, SECTION_IMPORT, &s);
}

static void types_and_functions(struct gen *g, const struct recipe *r)
{
    struct bytes types = { 0 }, funcs = { 0 };
    emit_u64(g, &types, PRIM_COUNT);
    emit_u64(g, &funcs, PRIM_COUNT);
    for (uint32_t p = 0; p < PRIM_COUNT; p++) {
        emit_u8(g, &types, FUNC_FORM);
        put_types(g, &types, prim_infos[p].params);
        put_types(g, &types, prim_infos[p].results);
        emit_u64(g, &funcs, p);
    }
    emit_section(g, SECTION_TYPE, &types);
    imports(g, r);
    emit_section(g, SECTION_FUNCTION, &funcs);
}

static void objects(struct gen *g, const struct recipe *r)
{
    struct bytes table = { 0 }, memory = { 0 }, global = { 0 };
    struct gen_func init = { .g = g, .out = &global };
    emit_u64(g, &table, !r->import_table);
    emit_u64(g, &memory, !r->import_memory);
    emit_u64(g, &global, !r->import_global);
    if (!r->import_table)
        put_table(g, &table, r);
    if (!r->import_memory)
        put_memory(g, &memory, r);
    if (!r->import_global) {
        emit_type(g, &global, VT_I64);
        emit_u8(g, &global, MUTABLE);
        constant(&init, r->k);
        op(&init, OP_end);
    }
    emit_section(g, SECTION_TABLE, &table);
    emit_section(g, SECTION_MEMORY, &memory);
    emit_section(g, SECTION_GLOBAL, &global);
}

static void put_export(struct gen *g, struct bytes *s, const char *name, uint32_t kind,
                       uint32_t index)
{
    put_name(g, s, name);
    emit_u8(g, s, kind);
    emit_u64(g, s, index);
}

static void exports(struct gen *g, const struct recipe *r)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, PRIM_COUNT + 3 + (uint32_t)r->import_func);
    for (uint32_t p = 0; p < PRIM_COUNT; p++)
        put_export(g, &s, prim_infos[p].name, EXTERN_FUNC, recipe_index(r, (enum prim)p));
    put_export(g, &s, "table", EXTERN_TABLE, 0);
    put_export(g, &s, "memory", EXTERN_MEMORY, 0);
    put_export(g, &s, "global", EXTERN_GLOBAL, 0);
    if (r->import_func)
        put_export(g, &s, "callee", EXTERN_FUNC, 0);
    emit_section(g, SECTION_EXPORT, &s);
    struct bytes start = { 0 };
    if (r->start == START_NONE)
        return;
    emit_u64(g, &start, recipe_index(r, r->start == START_FAIL ? PRIM_fail : PRIM_poke));
    emit_section(g, SECTION_START, &start);
}

static void put_offset(struct gen *g, struct bytes *s, uint32_t at)
{
    struct gen_func f = { .g = g, .out = s };
    emit_i32(&f, (int32_t)at);
    op(&f, OP_end);
}

static void elements(struct gen *g, const struct recipe *r)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, 1);
    emit_u64(g, &s, 0); /* active, table 0, function indices */
    put_offset(g, &s, r->elem_at);
    emit_u64(g, &s, r->elems);
    for (uint32_t k = 0; k < r->elems; k++)
        emit_u64(g, &s, recipe_index(r, k % 2 == 0 ? PRIM_constant : PRIM_self));
    emit_section(g, SECTION_ELEMENT, &s);
}

static void code_and_data(struct gen *g, const struct recipe *r)
{
    struct bytes code = { 0 }, data = { 0 };
    emit_u64(g, &code, PRIM_COUNT);
    for (uint32_t p = 0; p < PRIM_COUNT; p++) {
        struct bytes b = { 0 };
        struct gen_func f = { .g = g, .out = &b };
        emit_u64(g, &b, 0); /* locals */
        body(&f, r, (enum prim)p);
        emit_u64(g, &code, b.len);
        for (uint32_t k = 0; k < b.len; k++)
            emit_u8(g, &code, b.at[k]);
    }
    emit_section(g, SECTION_CODE, &code);
    emit_u64(g, &data, 1);
    emit_u64(g, &data, 0);
    put_offset(g, &data, r->data_at);
    emit_u64(g, &data, RECIPE_DATA);
    for (uint32_t k = 0; k < RECIPE_DATA; k++)
        emit_u8(g, &data, 0xD0 + k);
    emit_section(g, SECTION_DATA, &data);
}

struct bytes recipe_module(const struct recipe *r, struct arena *a)
{
    struct gen *g = arena_new(a, struct gen);
    g->arena = a;
    emit_raw(g, &g->out, UINT64_C(0x000000016D736100), 8); /* magic and version */
    types_and_functions(g, r);
    objects(g, r);
    exports(g, r);
    elements(g, r);
    code_and_data(g, r);
    return g->out;
}
