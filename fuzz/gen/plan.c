/* plan.c - what a module declares: types, functions, globals, tables, memory, imports.
 *
 * Two of three modules import host functions.  A second module imports from the first: it has the
 * same types, so that numbers of types mean the same in both. */
#include "gen/emit.h"

const valtype gen_all_types[GEN_TYPE_KINDS] = { VT_I32, VT_I64,     VT_F32,
                                                VT_F64, VT_FUNCREF, VT_EXTERNREF };

valtype gen_pick_type(const struct gen *g, struct dna *d)
{
    uint32_t choice = dna_below(d, 34);
    bool refs = gen_has(g, FEATURE_REFERENCE_TYPES);
    return gen_all_types[choice < 32 || !refs ? choice % GEN_NUMBER_KINDS : choice - 28];
}

uint32_t gen_pick_count(struct dna *d, uint32_t usual, uint32_t most)
{
    return dna_chance(d, 40) ? dna_below(d, most + 1) : dna_below(d, usual + 1);
}

static void plan_types(struct gen *g, struct dna *d)
{
    g->ntypes = 1 + dna_below(d, GEN_MAX_TYPES);
    uint32_t most = gen_has(g, FEATURE_MULTI_VALUE) ? GEN_MAX_RESULTS : 1;
    for (uint32_t t = 0; t < g->ntypes; t++) {
        struct gen_sig *s = &g->types[t];
        s->nparams = gen_pick_count(d, 4, GEN_MAX_PARAMS);
        s->nresults = dna_chance(d, 60) ? dna_below(d, most + 1) : 1;
        for (uint32_t i = 0; i < s->nparams; i++)
            s->params[i] = gen_pick_type(g, d);
        for (uint32_t i = 0; i < s->nresults; i++)
            s->results[i] = gen_pick_type(g, d);
    }
}

/* The host's functions and the module's own, behind the linked ones. */
static void plan_funcs(struct gen *g, struct dna *d)
{
    uint32_t linked = g->nlinked;
    g->nimported = linked + (dna_chance(d, 172) ? 1 + dna_below(d, 3) : 0);
    g->nfuncs = g->nimported + 1 + dna_below(d, 4);
    for (uint32_t i = linked; i < g->nfuncs; i++)
        g->func_types[i] = (uint8_t)dna_below(d, g->ntypes);
}

static void plan_globals(struct gen *g, struct dna *d)
{
    uint32_t linked = g->nlinked_globals;
    g->nimported_globals = linked + (dna_chance(d, 64) ? 1 + dna_below(d, 3) : 0);
    g->nglobals = g->nimported_globals + GEN_NUMBER_KINDS + dna_below(d, 4);
    for (uint32_t i = linked; i < g->nglobals; i++) {
        uint32_t own = i - g->nimported_globals;
        bool imported = i < g->nimported_globals,
             sink = !imported && own < GEN_NUMBER_KINDS;
        g->global_types[i] = sink ? gen_all_types[own] : gen_pick_type(g, d);
        g->global_mutable[i] = sink || dna_chance(d, 128);
        if (imported && !gen_has(g, FEATURE_MUTABLE_GLOBALS))
            g->global_mutable[i] = false;
    }
}

static void plan_tables(struct gen *g, struct dna *d)
{
    uint32_t linked = g->ntables;
    bool refs = gen_has(g, FEATURE_REFERENCE_TYPES);
    g->ntables = linked + dna_below(d, refs ? GEN_MAX_TABLES + 1 - linked : 2 - linked);
    for (uint32_t i = linked; i < g->ntables; i++) {
        g->tables[i].type =
            i == 0 || !refs || dna_chance(d, 100) ? VT_FUNCREF : VT_EXTERNREF;
        g->tables[i].min = i == 0              ? GEN_ELEMS + dna_below(d, 4)
                           : dna_chance(d, 64) ? 0
                                               : dna_below(d, 20);
    }
    if (g->ntables == 0)
        return;
    g->passive_elems =
        gen_has(g, FEATURE_BULK_MEMORY) ? (uint8_t)dna_below(d, GEN_ELEMS) : 0;
    if (linked != 0)
        return;
    g->nelems = 1 + dna_below(d, GEN_ELEMS);
    for (uint32_t i = 0; i < GEN_ELEMS; i++) {
        g->elems[i] = (uint8_t)dna_below(d, g->nfuncs);
        g->elem_types[i] = g->func_types[g->elems[i]];
    }
}

static void plan_memory(struct gen *g, struct dna *d)
{
    if (g->memory_linked)
        return;
    g->has_memory = !dna_chance(d, 24);
    g->has_memory_max = dna_chance(d, 128);
    g->memory_min = 1 + (dna_chance(d, 64) ? dna_below(d, 3) : 0);
    if (dna_chance(d, 8)) /* what is kept of recycled memories ends at 8 pages */
        g->memory_min = 6 + dna_below(d, 10);
    if (g->config.traps >= TRAPS_NATURAL && dna_chance(d, 16))
        g->memory_min = 0;
}

static void plan_rest(struct gen *g, struct dna *d)
{
    plan_funcs(g, d);
    plan_globals(g, d);
    plan_tables(g, d);
    plan_memory(g, d);
    gen_index_ops(g);
}

void gen_plan(struct gen *g, struct dna *d)
{
    plan_types(g, d);
    plan_rest(g, d);
}

/* ---- the second module --------------------------------------------------------------------- */

static void link_funcs(struct gen *g, const struct gen *first, struct dna *d)
{
    g->nlinked = 1 + dna_below(d, first->nfuncs < 4 ? first->nfuncs : 4);
    for (uint32_t i = 0; i < g->nlinked; i++) {
        g->linked_funcs[i] = (uint8_t)(first->nfuncs - 1 - dna_below(d, first->nfuncs));
        g->func_types[i] = first->func_types[g->linked_funcs[i]];
    }
}

static void link_globals(struct gen *g, const struct gen *first, struct dna *d)
{
    uint32_t n = dna_below(d, 4);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = dna_below(d, first->nglobals);
        if (first->global_mutable[from] && !gen_has(g, FEATURE_MUTABLE_GLOBALS))
            continue;
        uint32_t to = g->nlinked_globals++;
        g->linked_globals[to] = (uint8_t)from;
        g->global_types[to] = first->global_types[from];
        g->global_mutable[to] = first->global_mutable[from];
    }
}

/* Table 0 with what the first module put there. */
static void link_table(struct gen *g, const struct gen *first, struct dna *d)
{
    if (first->ntables == 0 || dna_chance(d, 64))
        return;
    g->ntables = 1;
    g->tables[0] = first->tables[0];
    g->tables[0].linked = true;
    g->nelems = first->nelems;
    memcpy(g->elems, first->elems, sizeof g->elems);
    memcpy(g->elem_types, first->elem_types, sizeof g->elem_types);
}

void gen_plan_second(struct gen *g, const struct gen *first, struct dna *d)
{
    g->first = first;
    g->ntypes = first->ntypes;
    memcpy(g->types, first->types, sizeof g->types);
    link_funcs(g, first, d);
    link_globals(g, first, d);
    link_table(g, first, d);
    g->memory_linked = first->has_memory && !dna_chance(d, 64);
    g->has_memory = g->memory_linked;
    g->memory_min = first->memory_min;
    plan_rest(g, d);
}
