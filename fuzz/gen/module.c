/* module.c - the layout of a generated module and the shapes of its functions.
 *
 * Everything is exported: functions "f<i>", memory "m", tables "t<i>", globals "g<i>".  Imports,
 * where there are any, come from module "h".  Four mutable globals, one per number type, take what
 * nothing else uses. */
#include "gen/emit.h"
#include <string.h>
#include <stdio.h>

enum {
    SECTION_TYPE = 1,
    SECTION_IMPORT,
    SECTION_FUNC,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEM,
    SECTION_CODE,
    SECTION_DATA,
    SECTION_DATA_COUNT
};

enum { KIND_FUNC, KIND_TABLE, KIND_MEMORY, KIND_GLOBAL };

static const valtype all_types[GEN_TYPE_KINDS] = { VT_I32, VT_I64,     VT_F32,
                                                   VT_F64, VT_FUNCREF, VT_EXTERNREF };

static valtype pick_type(struct dna *d)
{
    uint32_t choice = dna_below(d, 34);
    return all_types[choice < 32 ? choice % 4 : choice - 28];
}

/* ---- declarations -------------------------------------------------------------------------- */

static uint32_t pick_count(struct dna *d, uint32_t usual, uint32_t most)
{
    return dna_chance(d, 40) ? dna_below(d, most + 1) : dna_below(d, usual + 1);
}

static void plan_types(struct gen *g, struct dna *d)
{
    g->ntypes = 1 + dna_below(d, GEN_MAX_TYPES);
    for (uint32_t t = 0; t < g->ntypes; t++) {
        struct gen_sig *s = &g->types[t];
        s->nparams = pick_count(d, 4, GEN_MAX_PARAMS);
        s->nresults = dna_chance(d, 60) ? dna_below(d, GEN_MAX_RESULTS + 1) : 1;
        for (uint32_t i = 0; i < s->nparams; i++)
            s->params[i] = pick_type(d);
        for (uint32_t i = 0; i < s->nresults; i++)
            s->results[i] = pick_type(d);
    }
}

static void plan_funcs(struct gen *g, struct dna *d)
{
    g->nimported = dna_chance(d, 128) ? 1 + dna_below(d, 3) : 0;
    g->nfuncs = g->nimported + 1 + dna_below(d, 4);
    for (uint32_t i = 0; i < g->nfuncs; i++)
        g->func_types[i] = (uint8_t)dna_below(d, g->ntypes);
}

static void plan_globals(struct gen *g, struct dna *d)
{
    g->nimported_globals = dna_chance(d, 64) ? 1 + dna_below(d, 3) : 0;
    g->nglobals = g->nimported_globals + 4 + dna_below(d, 4);
    for (uint32_t i = 0; i < g->nglobals; i++) {
        bool sink = i >= g->nimported_globals && i < g->nimported_globals + 4;
        g->global_types[i] = sink ? all_types[i - g->nimported_globals] : pick_type(d);
        g->global_mutable[i] = sink || dna_chance(d, 128);
    }
}

static void plan_tables(struct gen *g, struct dna *d)
{
    g->ntables = dna_below(d, GEN_MAX_TABLES + 1);
    for (uint32_t i = 0; i < g->ntables; i++) {
        g->table_types[i] = i == 0 || dna_chance(d, 100) ? VT_FUNCREF : VT_EXTERNREF;
        g->table_min[i] = i == 0 ? GEN_ELEMS + dna_below(d, 4) : dna_below(d, 20);
    }
    if (g->ntables == 0)
        return;
    g->nelems = 1 + dna_below(d, GEN_ELEMS);
    for (uint32_t i = 0; i < GEN_ELEMS; i++)
        g->elems[i] = (uint8_t)dna_below(d, g->nfuncs);
    g->passive_elems = (uint8_t)dna_below(d, GEN_ELEMS);
}

static void plan_memory(struct gen *g, struct dna *d)
{
    g->has_memory = !dna_chance(d, 24);
    g->has_memory_max = dna_chance(d, 128);
    g->memory_min = 1 + (dna_chance(d, 64) ? dna_below(d, 3) : 0);
    if (g->config.traps >= TRAPS_NATURAL && dna_chance(d, 16))
        g->memory_min = 0;
}

/* ---- sections before the code -------------------------------------------------------------- */

static void emit_name(struct gen *g, struct bytes *b, const char *name)
{
    emit_u64(g, b, strlen(name));
    for (; *name != 0; name++)
        emit_u8(g, b, (uint8_t)*name);
}

static void emit_types(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->ntypes);
    for (uint32_t t = 0; t < g->ntypes; t++) {
        const struct gen_sig *sig = &g->types[t];
        emit_u8(g, &s, 0x60);
        emit_u64(g, &s, sig->nparams);
        for (uint32_t i = 0; i < sig->nparams; i++)
            emit_type(g, &s, sig->params[i]);
        emit_u64(g, &s, sig->nresults);
        for (uint32_t i = 0; i < sig->nresults; i++)
            emit_type(g, &s, sig->results[i]);
    }
    emit_section(g, SECTION_TYPE, &s);
}

static void emit_imports(struct gen *g)
{
    struct bytes s = { 0 };
    char name[16];
    emit_u64(g, &s, g->nimported + g->nimported_globals);
    for (uint32_t i = 0; i < g->nimported; i++) {
        snprintf(name, sizeof name, "f%u", i);
        emit_name(g, &s, "h");
        emit_name(g, &s, name);
        emit_u8(g, &s, KIND_FUNC);
        emit_u64(g, &s, g->func_types[i]);
    }
    for (uint32_t i = 0; i < g->nimported_globals; i++) {
        snprintf(name, sizeof name, "g%u", i);
        emit_name(g, &s, "h");
        emit_name(g, &s, name);
        emit_u8(g, &s, KIND_GLOBAL);
        emit_type(g, &s, g->global_types[i]);
        emit_u8(g, &s, g->global_mutable[i]);
    }
    emit_section(g, SECTION_IMPORT, &s);
}

static void emit_funcs(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->nfuncs - g->nimported);
    for (uint32_t i = g->nimported; i < g->nfuncs; i++)
        emit_u64(g, &s, g->func_types[i]);
    emit_section(g, SECTION_FUNC, &s);
}

static void emit_tables(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->ntables);
    for (uint32_t i = 0; i < g->ntables; i++) {
        bool has_max = dna_chance(d, 100);
        emit_type(g, &s, g->table_types[i]);
        emit_u8(g, &s, has_max);
        emit_u64(g, &s, g->table_min[i]);
        if (has_max)
            emit_u64(g, &s, g->table_min[i] + dna_below(d, 6));
    }
    emit_section(g, SECTION_TABLE, &s);
}

static void emit_memory(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->has_memory);
    if (g->has_memory) {
        emit_u8(g, &s, g->has_memory_max);
        emit_u64(g, &s, g->memory_min);
        if (g->has_memory_max)
            emit_u64(g, &s, g->memory_min + dna_below(d, 4));
    }
    emit_section(g, SECTION_MEMORY, &s);
}

static void emit_globals(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    struct gen_func f = { .g = g, .out = &s };
    emit_u64(g, &s, g->nglobals - g->nimported_globals);
    for (uint32_t i = g->nimported_globals; i < g->nglobals; i++) {
        emit_type(g, &s, g->global_types[i]);
        emit_u8(g, &s, g->global_mutable[i]);
        gen_const(&f, d, g->global_types[i]);
        emit_op(&f, OP_end);
    }
    emit_section(g, SECTION_GLOBAL, &s);
}

static void emit_export(struct gen *g, struct bytes *s, char letter, uint32_t kind,
                        uint32_t i)
{
    char name[16];
    snprintf(name, sizeof name, "%c%u", letter, i);
    emit_name(g, s, name);
    emit_u8(g, s, kind);
    emit_u64(g, s, i);
}

static void emit_exports(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->nfuncs + g->ntables + g->has_memory + g->nglobals);
    for (uint32_t i = 0; i < g->nfuncs; i++)
        emit_export(g, &s, 'f', KIND_FUNC, i);
    for (uint32_t i = 0; i < g->ntables; i++)
        emit_export(g, &s, 't', KIND_TABLE, i);
    if (g->has_memory)
        emit_export(g, &s, 'm', KIND_MEMORY, 0);
    for (uint32_t i = 0; i < g->nglobals; i++)
        emit_export(g, &s, 'g', KIND_GLOBAL, i);
    emit_section(g, SECTION_EXPORT, &s);
}

/* A start function: the first defined one without parameters and results, sometimes. */
static void emit_start(struct gen *g, struct dna *d)
{
    if (!dna_chance(d, 40))
        return;
    for (uint32_t i = g->nimported; i < g->nfuncs; i++) {
        const struct gen_sig *sig = &g->types[g->func_types[i]];
        if (sig->nparams + sig->nresults != 0)
            continue;
        struct bytes s = { 0 };
        emit_u64(g, &s, i);
        emit_section(g, SECTION_START, &s);
        return;
    }
}

/* Segment 0: active in table 0 from element 0; segment 1: passive. */
static void emit_elems(struct gen *g, struct dna *d)
{
    if (g->ntables == 0)
        return;
    struct bytes s = { 0 };
    emit_u64(g, &s, 2);
    emit_u8(g, &s, 0);
    emit_raw(g, &s, 0x0B0041, 3); /* i32.const 0; end */
    emit_u64(g, &s, g->nelems);
    for (uint32_t i = 0; i < g->nelems; i++)
        emit_u64(g, &s, g->elems[i]);
    emit_raw(g, &s, 0x0001, 2);
    emit_u64(g, &s, g->passive_elems);
    for (uint32_t i = 0; i < g->passive_elems; i++)
        emit_u64(g, &s, dna_below(d, g->nfuncs));
    emit_section(g, SECTION_ELEM, &s);
}

static void emit_data_count(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, 2);
    if (g->has_memory)
        emit_section(g, SECTION_DATA_COUNT, &s);
}

/* Segment 0: active at 16 (empty when the memory has no page); segment 1: passive. */
static void emit_datas(struct gen *g, struct dna *d)
{
    if (!g->has_memory)
        return;
    struct bytes s = { 0 };
    uint64_t noise = dna_bits(d, 4);
    uint32_t active = g->memory_min == 0 ? 0 : 48;
    emit_u64(g, &s, 2);
    emit_u8(g, &s, 0);
    emit_raw(g, &s, g->memory_min == 0 ? 0x0B0041 : 0x0B1041, 3);
    emit_u64(g, &s, active);
    for (uint32_t i = 0; i < active; i++)
        emit_u8(g, &s, dna_hash(noise + i) & 0xFF);
    emit_u8(g, &s, 1);
    emit_u64(g, &s, GEN_PASSIVE_BYTES);
    for (uint32_t i = 0; i < GEN_PASSIVE_BYTES; i++)
        emit_u8(g, &s, dna_hash(noise ^ i << 8) & 0xFF);
    emit_section(g, SECTION_DATA, &s);
}

/* ---- function bodies ----------------------------------------------------------------------- */

static void plan_locals(struct gen_func *f, struct dna *d)
{
    f->nlocals = f->sig->nparams;
    memcpy(f->locals, f->sig->params, f->nlocals * sizeof *f->locals);
    uint32_t more = pick_count(d, 6, 20);
    for (uint32_t i = 0; i < more; i++)
        f->locals[f->nlocals++] = pick_type(d);
    f->ncounters = 3;
    for (uint32_t i = 0; i < f->ncounters; i++)
        f->locals[f->nlocals++] = VT_I32;
}

static void emit_locals(struct gen_func *f)
{
    struct gen *g = f->g;
    uint32_t declared = f->nlocals - f->sig->nparams;
    emit_u64(g, f->out, declared);
    for (uint32_t i = 0; i < declared; i++) {
        emit_u64(g, f->out, 1);
        emit_type(g, f->out, f->locals[f->sig->nparams + i]);
    }
}

/* Every numeric local is mixed into the global of its type: nothing computed stays unseen. */
static void emit_digest(struct gen_func *f)
{
    static const enum op mix[] = { OP_i32_xor, OP_i64_add, OP_f32_add, OP_f64_add };
    uint32_t sink = f->g->nimported_globals;
    for (uint32_t i = 0; i < f->nlocals; i++) {
        uint32_t kind = gen_kind(f->locals[i]);
        if (kind > 3)
            continue;
        emit_op_u32(f, OP_global_get, sink + kind);
        emit_op_u32(f, OP_local_get, i);
        emit_op(f, mix[kind]);
        emit_op_u32(f, OP_global_set, sink + kind);
    }
}

static enum op pick_row(const struct gen *g, struct dna *d)
{
    uint32_t kind = dna_below(d, 4);
    if (g->nops[kind] == 0)
        return OP_nop;
    return (enum op)g->ops[kind][dna_below(d, g->nops[kind])];
}

/* One operation, or one fed by others, on parameters and constants: results to the sinks.
 * A dozen per function, so that each operation meets each kind of operand often. */
static void body_operations(struct gen_func *f, struct dna *d)
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

static void body_statements(struct gen_func *f, struct dna *d)
{
    gen_stmts(f, d, 5);
    if (dna_chance(d, 128))
        gen_stmts(f, d, 4);
}

static struct bytes gen_body(struct gen *g, uint32_t index, struct dna *d)
{
    struct bytes body = { 0 };
    struct gen_func f = { .g = g, .out = &body, .index = index, .budget = 260 };
    f.sig = &g->types[g->func_types[index]];
    uint32_t shape = dna_below(d, 16);
    plan_locals(&f, d);
    emit_locals(&f);
    gen_push_label(&f, f.sig->results, f.sig->nresults, false);
    if (shape >= 12)
        body_operations(&f, d);
    else
        body_statements(&f, d);
    if (shape % 2 == 1)
        emit_digest(&f);
    gen_exprs(&f, d, f.sig->results, f.sig->nresults, 3);
    emit_op(&f, OP_end);
    return body;
}

static void emit_code(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->nfuncs - g->nimported);
    for (uint32_t i = g->nimported; i < g->nfuncs; i++) {
        struct dna part = dna_split(d);
        struct bytes body = gen_body(g, i, i + 1 == g->nfuncs ? d : &part);
        emit_u64(g, &s, body.len);
        vec_room(g->arena, &s, body.len);
        memcpy(s.at + s.len, body.at, body.len);
        s.len += body.len;
    }
    emit_section(g, SECTION_CODE, &s);
}

struct bytes gen_module(struct dna *d, struct gen_config config, struct arena *a)
{
    struct gen *g = arena_new(a, struct gen);
    g->arena = a;
    g->config = config;
    plan_types(g, d);
    plan_funcs(g, d);
    plan_globals(g, d);
    plan_tables(g, d);
    plan_memory(g, d);
    gen_index_ops(g);
    struct dna details = dna_split(d);
    emit_raw(g, &g->out, 0x6D736100, 4);
    emit_raw(g, &g->out, 1, 4);
    emit_types(g);
    emit_imports(g);
    emit_funcs(g);
    emit_tables(g, &details);
    emit_memory(g, &details);
    emit_globals(g, &details);
    emit_exports(g);
    emit_start(g, &details);
    emit_elems(g, &details);
    emit_data_count(g);
    emit_code(g, d);
    emit_datas(g, &details);
    return g->out;
}
