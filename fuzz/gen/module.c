/* module.c - the sections of a generated module.
 *
 * Everything is exported: functions "f<i>", memory "m0", tables "t<i>", globals "g<i>".  Imports
 * come from the host, module "h", and in a second module from the first, module "a".  Four mutable
 * globals, one per number type, take what nothing else uses. */
#include "gen/emit.h"
#include "wasm/module.h"
#include "wasm/section.h"
#include <string.h>
#include <stdio.h>

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

/* The two names of an import. */
static void emit_import(struct gen *g, struct bytes *s, bool linked, char letter,
                        uint32_t i)
{
    char name[16];
    snprintf(name, sizeof name, "%c%u", letter, i);
    emit_name(g, s, linked ? "a" : "h");
    emit_name(g, s, name);
}

static void import_funcs(struct gen *g, struct bytes *s)
{
    for (uint32_t i = 0; i < g->nimported; i++) {
        bool linked = i < g->nlinked;
        emit_import(g, s, linked, 'f', linked ? g->linked_funcs[i] : i);
        emit_u8(g, s, EXTERN_FUNC);
        emit_u64(g, s, g->func_types[i]);
    }
}

static void import_globals(struct gen *g, struct bytes *s)
{
    for (uint32_t i = 0; i < g->nimported_globals; i++) {
        bool linked = i < g->nlinked_globals;
        emit_import(g, s, linked, 'g', linked ? g->linked_globals[i] : i);
        emit_u8(g, s, EXTERN_GLOBAL);
        emit_type(g, s, g->global_types[i]);
        emit_u8(g, s, g->global_mutable[i]);
    }
}

static uint32_t linked_tables(const struct gen *g) { return g->tables[0].linked; }

static void emit_imports(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s,
             g->nimported + g->nimported_globals + linked_tables(g) + g->memory_linked);
    import_funcs(g, &s);
    import_globals(g, &s);
    if (g->tables[0].linked) {
        emit_import(g, &s, true, 't', 0);
        emit_u8(g, &s, EXTERN_TABLE);
        emit_type(g, &s, VT_FUNCREF);
        emit_u8(g, &s, 0);
        emit_u64(g, &s, g->tables[0].min);
    }
    if (g->memory_linked) {
        emit_import(g, &s, true, 'm', 0);
        emit_u8(g, &s, EXTERN_MEMORY);
        emit_u8(g, &s, 0);
        emit_u64(g, &s, g->memory_min);
    }
    emit_section(g, SECTION_IMPORT, &s);
}

static void emit_funcs(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->nfuncs - g->nimported);
    for (uint32_t i = g->nimported; i < g->nfuncs; i++)
        emit_u64(g, &s, g->func_types[i]);
    emit_section(g, SECTION_FUNCTION, &s);
}

static void emit_tables(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->ntables - linked_tables(g));
    for (uint32_t i = linked_tables(g); i < g->ntables; i++) {
        bool has_max = dna_chance(d, 100);
        emit_type(g, &s, g->tables[i].type);
        emit_u8(g, &s, has_max);
        emit_u64(g, &s, g->tables[i].min);
        if (has_max)
            emit_u64(g, &s, g->tables[i].min + dna_below(d, 6));
    }
    emit_section(g, SECTION_TABLE, &s);
}

static void emit_memory(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    bool own = g->has_memory && !g->memory_linked;
    emit_u64(g, &s, own);
    if (own) {
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

static bool may_export_global(const struct gen *g, uint32_t i)
{
    return !g->global_mutable[i] || gen_has(g, FEATURE_MUTABLE_GLOBALS);
}

static void emit_exports(struct gen *g)
{
    struct bytes s = { 0 };
    uint32_t nglobals = 0;
    for (uint32_t i = 0; i < g->nglobals; i++)
        nglobals += may_export_global(g, i);
    emit_u64(g, &s, g->nfuncs + g->ntables + g->has_memory + nglobals);
    for (uint32_t i = 0; i < g->nfuncs; i++)
        emit_export(g, &s, 'f', EXTERN_FUNC, i);
    for (uint32_t i = 0; i < g->ntables; i++)
        emit_export(g, &s, 't', EXTERN_TABLE, i);
    if (g->has_memory)
        emit_export(g, &s, 'm', EXTERN_MEMORY, 0);
    for (uint32_t i = 0; i < g->nglobals; i++)
        if (may_export_global(g, i))
            emit_export(g, &s, 'g', EXTERN_GLOBAL, i);
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

/* The active segment of table 0: what calls through it rely on.  A linked table has been filled by
 * the first module; where traps are wanted, some of it is written over. */
static void active_elems(struct gen *g, struct dna *d, struct bytes *s)
{
    bool linked = g->tables[0].linked;
    uint32_t n = linked && g->config.traps == TRAPS_NONE ? 0 : linked ? 2 : g->nelems;
    emit_u8(g, s, 0);
    emit_u8(g, s, op_infos[OP_i32_const].code);
    emit_s64(g, s, linked ? dna_below(d, GEN_ELEMS - 2) : 0);
    emit_u8(g, s, op_infos[OP_end].code);
    emit_u64(g, s, n);
    for (uint32_t i = 0; i < n; i++)
        emit_u64(g, s, linked ? dna_below(d, g->nfuncs) : g->elems[i]);
}

/* Segment 0: active; segment 1: passive. */
static void emit_elems(struct gen *g, struct dna *d)
{
    if (g->ntables == 0)
        return;
    struct bytes s = { 0 };
    bool passive = gen_has(g, FEATURE_BULK_MEMORY);
    emit_u64(g, &s, 1u + passive);
    active_elems(g, d, &s);
    if (passive) {
        emit_raw(g, &s, 0x0001, 2);
        emit_u64(g, &s, g->passive_elems);
        for (uint32_t i = 0; i < g->passive_elems; i++)
            emit_u64(g, &s, dna_below(d, g->nfuncs));
    }
    emit_section(g, SECTION_ELEMENT, &s);
}

static void emit_data_count(struct gen *g)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, 2);
    if (g->has_memory && gen_has(g, FEATURE_BULK_MEMORY))
        emit_section(g, SECTION_DATA_COUNT, &s);
}

/* Bytes that hardly compress and depend on seed. */
static void emit_noise(struct gen *g, struct bytes *s, uint64_t seed, uint32_t n)
{
    emit_u64(g, s, n);
    for (uint32_t i = 0; i < n; i++)
        emit_u8(g, s, dna_hash(seed + i) & 0xFF);
}

enum { ACTIVE_BYTES = 48 };

/* Where the active segment begins: mostly at 16, else where it ends with the memory; seldom a
 * byte later, for then nothing else happens. */
static uint32_t active_at(const struct gen *g, struct dna *d)
{
    uint32_t last = g->memory_min * 65536 - ACTIVE_BYTES;
    if (!dna_chance(d, 24))
        return 16;
    return last + (g->config.traps >= TRAPS_NATURAL && dna_chance(d, 32));
}

/* Segment 0: active (empty when the memory has no page); segment 1: passive. */
static void emit_datas(struct gen *g, struct dna *d)
{
    if (!g->has_memory)
        return;
    struct bytes s = { 0 };
    uint64_t noise = dna_bits(d, 4);
    bool room = g->memory_min > 0, passive = gen_has(g, FEATURE_BULK_MEMORY);
    emit_u64(g, &s, 1u + passive);
    emit_u8(g, &s, 0);
    emit_u8(g, &s, op_infos[OP_i32_const].code);
    emit_s64(g, &s, room ? active_at(g, d) : 0);
    emit_u8(g, &s, op_infos[OP_end].code);
    emit_noise(g, &s, noise, room ? ACTIVE_BYTES : 0);
    if (passive) {
        emit_u8(g, &s, 1);
        emit_noise(g, &s, noise << 8, GEN_PASSIVE_BYTES);
    }
    emit_section(g, SECTION_DATA, &s);
}

/* ---- code ---------------------------------------------------------------------------------- */

static void emit_code(struct gen *g, struct dna *d)
{
    struct bytes s = { 0 };
    emit_u64(g, &s, g->nfuncs - g->nimported);
    for (uint32_t i = g->nimported; i < g->nfuncs; i++) {
        struct dna part = dna_split(d);
        struct bytes body = gen_body(g, i, i + 1 == g->nfuncs ? d : &part);
        emit_u64(g, &s, body.len);
        emit_bytes(g, &s, &body);
    }
    emit_section(g, SECTION_CODE, &s);
}

static void emit_module(struct gen *g, struct dna *d)
{
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
}

static struct gen *gen_new(struct gen_config config, struct arena *a)
{
    struct gen *g = arena_new(a, struct gen);
    g->arena = a;
    g->config = config;
    return g;
}

struct gen_modules gen_modules(struct dna *d, struct gen_config config, struct arena *a)
{
    struct gen_modules made = { 0 };
    struct gen *first = gen_new(config, a), *second = gen_new(config, a);
    bool linked = dna_chance(d, 56) && !config.one_module;
    struct dna other = linked ? dna_split(d) : (struct dna){ 0 };
    gen_plan(first, d);
    emit_module(first, d);
    made.first = first->out;
    if (!linked)
        return made;
    gen_plan_second(second, first, &other);
    emit_module(second, &other);
    made.second = second->out;
    return made;
}
