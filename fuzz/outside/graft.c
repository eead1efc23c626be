/* graft.c - the sections of a copy.  See graft.h. */
#include "outside/graft.h"
#include "wasm/section.h"
#include <stdio.h>
#include <string.h>

enum { FORM_FUNC = 0x60, ELEM_DECLARED = 3, ELEM_EXPRS = 4, PAGE_LOG2 = 16 };

/* ---- what the client adds ---------------------------------------------------------- */

void graft_init(struct graft *g, struct arena *a, const struct module *m, bool instrument)
{
    *g = (struct graft){ .arena = a, .m = m, .instrument = instrument };
    g->max_pages = g->max_elements = UINT32_MAX;
    if (instrument) {
        g->fuel = graft_global(g, VT_I32, GRAFT_FUEL);
        g->depth = graft_global(g, VT_I32, GRAFT_DEPTH);
    }
}

/* One side of a signature, up to the end of text. */
static void put_letters(struct sink *s, const char *text, size_t n)
{
    if (n == 1 && *text == 'v')
        n = 0;
    sink_u(s, n);
    for (size_t i = 0; i < n; i++)
        sink_type(s, vt_of_letter(text[i]));
}

uint32_t graft_type(struct graft *g, const char *sig)
{
    struct sink t = sink_new(g->arena);
    size_t params = strcspn(sig, "_");
    sink_u8(&t, FORM_FUNC);
    put_letters(&t, sig, params);
    put_letters(&t, sig + params + 1, strlen(sig + params + 1));
    for (uint32_t i = 0; i < g->types.len; i++)
        if (g->types.at[i].len == t.len && memcmp(g->types.at[i].at, t.at, t.len) == 0)
            return g->m->ntypes + i;
    vec_push(g->arena, &g->types, t);
    return g->m->ntypes + g->types.len - 1;
}

uint32_t graft_global(struct graft *g, valtype type, uint64_t bits)
{
    vec_push(g->arena, &g->globals, (struct graft_global){ type, bits });
    return g->m->nglobals + g->globals.len - 1;
}

uint32_t graft_func(struct graft *g, uint32_t type, struct sink code)
{
    vec_push(g->arena, &g->funcs, (struct graft_func){ type, code });
    return graft_moved(g, g->m->nfuncs + g->funcs.len - 1);
}

void graft_export(struct graft *g, const char *name, uint32_t func)
{
    struct graft_export e = { .func = func };
    snprintf(e.name, sizeof e.name, "%s", name);
    vec_push(g->arena, &g->exports, e);
}

/* ---- declarations ------------------------------------------------------------------ */

static void put_type(struct graft *g, struct sink *s, valtype t)
{
    if (!sink_type(s, t))
        g->why = "a value type that has no place here";
}

static void put_types(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    sink_u(&s, g->m->ntypes + g->types.len);
    for (uint32_t i = 0; i < g->m->ntypes; i++) {
        const struct type *t = g->m->types[i];
        if (t->kind != COMP_FUNC || !t->final)
            g->why = "a type that is no plain function type";
        sink_u8(&s, FORM_FUNC);
        sink_u(&s, t->nparams);
        for (uint32_t k = 0; k < t->nparams; k++)
            put_type(g, &s, t->params[k]);
        sink_u(&s, t->nresults);
        for (uint32_t k = 0; k < t->nresults; k++)
            put_type(g, &s, t->results[k]);
    }
    for (uint32_t i = 0; i < g->types.len; i++)
        sink_bytes(&s, g->types.at[i].at, g->types.at[i].len);
    sink_section(out, SECTION_TYPE, &s);
}

static void put_host_import(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (!g->host)
        return;
    sink_u(&s, 1);
    sink_name(&s, "wx");
    sink_name(&s, "host");
    sink_u8(&s, EXTERN_FUNC);
    sink_u(&s, g->host_type);
    sink_section(out, SECTION_IMPORT, &s);
}

/* An index of a type of the module. */
static uint32_t type_index(struct graft *g, const struct type *t)
{
    for (uint32_t i = 0; i < g->m->ntypes; i++)
        if (g->m->types[i] == t)
            return i;
    g->why = "a function without a type";
    return 0;
}

static void put_funcs(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    sink_u(&s, g->m->nfuncs + g->funcs.len);
    for (uint32_t i = 0; i < g->m->nfuncs; i++)
        sink_u(&s, type_index(g, g->m->funcs[i].type));
    for (uint32_t i = 0; i < g->funcs.len; i++)
        sink_u(&s, g->funcs.at[i].type);
    sink_section(out, SECTION_FUNCTION, &s);
}

/* The import that is number index of its kind. */
static const struct import *find_import(const struct module *m, enum extern_kind kind,
                                        uint32_t index)
{
    for (uint32_t i = 0; i < m->nimports; i++)
        if (m->imports[i].kind == kind && m->imports[i].index == index)
            return &m->imports[i];
    return NULL;
}

static void put_limits(struct graft *g, struct sink *s, const struct import *im,
                       struct limits l, uint64_t most)
{
    if (im != NULL && !g->import_limits(g, im, &l))
        g->why = "an import that cannot be provided";
    if (l.min > most)
        g->why = "a memory or table that is too large";
    if (most != UINT32_MAX && (!l.has_max || l.max > most)) {
        l.has_max = true;
        l.max = most;
    }
    sink_u8(s, (uint32_t)l.has_max | (uint32_t)l.shared << 1 | (uint32_t)l.is64 << 2);
    sink_u(s, l.min);
    if (l.has_max)
        sink_u(s, l.max);
}

static void put_tables(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (g->m->ntables == 0)
        return;
    sink_u(&s, g->m->ntables);
    for (uint32_t i = 0; i < g->m->ntables; i++) {
        const struct table_decl *t = &g->m->tables[i];
        if (t->init.at != NULL)
            g->why = "a table with an initial value";
        put_type(g, &s, t->type.elem);
        put_limits(g, &s, find_import(g->m, EXTERN_TABLE, i), t->type.limits,
                   g->max_elements);
    }
    sink_section(out, SECTION_TABLE, &s);
}

static void put_memories(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (g->m->nmemories == 0)
        return;
    sink_u(&s, g->m->nmemories);
    for (uint32_t i = 0; i < g->m->nmemories; i++) {
        const struct memory_type *t = &g->m->memories[i].type;
        if (t->page_log2 != PAGE_LOG2)
            g->why = "a page size of its own";
        put_limits(g, &s, find_import(g->m, EXTERN_MEMORY, i), t->limits, g->max_pages);
    }
    sink_section(out, SECTION_MEMORY, &s);
}

static void put_globals(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (g->m->nglobals + g->globals.len == 0)
        return;
    sink_u(&s, g->m->nglobals + g->globals.len);
    for (uint32_t i = 0; i < g->m->nglobals; i++) {
        const struct global_decl *d = &g->m->globals[i];
        put_type(g, &s, d->type.type);
        sink_u8(&s, d->type.mutable_);
        if (i < g->m->nimported_globals) {
            sink_const(&s, d->type.type, g->import_global(g, i));
            sink_op(&s, OP_end);
        } else {
            graft_expr(g, &d->init, &s);
        }
    }
    for (uint32_t i = 0; i < g->globals.len; i++) {
        put_type(g, &s, g->globals.at[i].type);
        sink_u8(&s, true);
        sink_const(&s, g->globals.at[i].type, g->globals.at[i].bits);
        sink_op(&s, OP_end);
    }
    sink_section(out, SECTION_GLOBAL, &s);
}

static void put_exports(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    sink_u(&s, g->exports.len);
    for (uint32_t i = 0; i < g->exports.len; i++) {
        sink_name(&s, g->exports.at[i].name);
        sink_u8(&s, EXTERN_FUNC);
        sink_u(&s, g->exports.at[i].func);
    }
    sink_section(out, SECTION_EXPORT, &s);
}

static void put_start(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (!g->m->has_start)
        return;
    sink_u(&s, graft_moved(g, g->m->start));
    sink_section(out, SECTION_START, &s);
}

/* ---- segments ---------------------------------------------------------------------- */

/* Where an active segment goes; the table or memory only when it is not the first. */
static void put_place(struct graft *g, struct sink *s, bool index, uint32_t target,
                      const struct const_expr *offset)
{
    if (index)
        sink_u(s, target);
    graft_expr(g, offset, s);
}

static void put_elem(struct graft *g, struct sink *s, const struct elem_segment *e)
{
    bool exprs = e->exprs != NULL || e->type != VT_FUNCREF;
    bool active = e->mode == SEGMENT_ACTIVE;
    bool plain = active && e->table == 0 && e->type == VT_FUNCREF;
    uint32_t mode = e->mode == SEGMENT_PASSIVE ? 1 : e->mode == SEGMENT_DECLARED ? 3 : 2;
    sink_u(s, (plain ? 0 : mode) | (exprs ? ELEM_EXPRS : 0));
    if (active)
        put_place(g, s, !plain, e->table, &e->offset);
    if (!plain && exprs)
        put_type(g, s, e->type);
    else if (!plain)
        sink_u8(s, EXTERN_FUNC);
    sink_u(s, e->len);
    for (uint32_t i = 0; i < e->len; i++)
        if (exprs)
            graft_expr(g, &e->exprs[i], s);
        else
            sink_u(s, graft_moved(g, e->funcs[i]));
}

/* Exports no longer say which functions ref.func may name: a declared segment does. */
static void put_elems(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    bool declare = g->instrument || graft_has_ref_func(g->m);
    if (g->m->nelems == 0 && !declare)
        return;
    sink_u(&s, g->m->nelems + declare);
    for (uint32_t i = 0; i < g->m->nelems; i++)
        put_elem(g, &s, &g->m->elems[i]);
    if (declare) {
        sink_u(&s, ELEM_DECLARED);
        sink_u8(&s, EXTERN_FUNC);
        sink_u(&s, g->m->nfuncs);
        for (uint32_t i = 0; i < g->m->nfuncs; i++)
            sink_u(&s, graft_moved(g, i));
    }
    sink_section(out, SECTION_ELEMENT, &s);
}

static void put_data_count(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (!g->m->has_data_count)
        return;
    sink_u(&s, g->m->ndatas);
    sink_section(out, SECTION_DATA_COUNT, &s);
}

static void put_datas(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    if (g->m->ndatas == 0 && !g->m->has_data_count)
        return;
    sink_u(&s, g->m->ndatas);
    for (uint32_t i = 0; i < g->m->ndatas; i++) {
        const struct data_segment *d = &g->m->datas[i];
        bool active = d->mode == SEGMENT_ACTIVE;
        sink_u(&s, !active ? 1 : d->memory != 0 ? 2 : 0);
        if (active)
            put_place(g, &s, d->memory != 0, d->memory, &d->offset);
        sink_u(&s, d->len);
        sink_bytes(&s, d->bytes, d->len);
    }
    sink_section(out, SECTION_DATA, &s);
}

/* ---- code -------------------------------------------------------------------------- */

static void put_code(struct sink *s, const struct sink *code)
{
    sink_u(s, code->len);
    sink_bytes(s, code->at, code->len);
}

static void put_codes(struct graft *g, struct sink *out)
{
    struct sink s = sink_new(g->arena);
    sink_u(&s, g->m->nfuncs + g->funcs.len);
    for (uint32_t i = 0; i < g->m->nfuncs; i++) {
        struct sink code = sink_new(g->arena);
        if (i < g->m->nimported_funcs)
            g->import_body(g, i, &code);
        else
            graft_body(g, &g->m->funcs[i], &code);
        put_code(&s, &code);
    }
    for (uint32_t i = 0; i < g->funcs.len; i++)
        put_code(&s, &g->funcs.at[i].code);
    sink_section(out, SECTION_CODE, &s);
}

struct sink graft_write(struct graft *g)
{
    struct sink out = sink_new(g->arena);
    sink_bytes(&out, "\0asm\1\0\0\0", 8);
    put_types(g, &out);
    put_host_import(g, &out);
    put_funcs(g, &out);
    put_tables(g, &out);
    put_memories(g, &out);
    put_globals(g, &out);
    put_exports(g, &out);
    put_start(g, &out);
    put_elems(g, &out);
    put_data_count(g, &out);
    put_codes(g, &out);
    put_datas(g, &out);
    return out;
}
