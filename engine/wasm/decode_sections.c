/* decode_sections.c - imports, declarations and exports: what fills the index spaces.
 *
 * Each index space is an array that the import section begins and the kind's own section
 * extends. */
#include "wasm/decode.h"
#include "base/size.h"
#include "wasm/module_index.h"
#include "wasm/names.h"
#include <string.h>

bool decode_index(struct decoder *d, const uint8_t *at, const char *what, uint32_t index,
                  uint32_t count)
{
    if (index < count)
        return true;
    decode_invalid(d, at, "unknown %s %u", what, index);
    return false;
}

void decode_declare(struct decoder *d, uint32_t func)
{
    if (d->declared == NULL)
        d->declared = arena_zarray(&d->scratch, uint64_t, BITS_WORDS(d->m->nfuncs));
    if (func < d->m->nfuncs)
        bits_set(d->declared, func);
}

bool decode_declared(const struct decoder *d, uint32_t func)
{
    return d->declared != NULL && bits_has(d->declared, func);
}

/* A copy of have elements in the module's arena, with zeroed room for more. */
static void *extend(struct decoder *d, const void *old, uint32_t have, uint32_t more,
                    size_t size)
{
    size_t bytes = size_mul((size_t)have + more, size);
    uint8_t *array = arena_zalloc(&d->m->arena, bytes);
    if (have != 0)
        memcpy(array, old, have * size);
    return array;
}

/* ---- imports ------------------------------------------------------------------------- */

/* The index spaces while the import section is read. */
struct imports {
    VEC(struct func_decl) funcs;
    VEC(struct table_decl) tables;
    VEC(struct memory_decl) memories;
    VEC(struct global_decl) globals;
};

static void import_func(struct decoder *d, struct imports *s)
{
    const uint8_t *at = d->r.p;
    const struct type *type = decode_func_type(d, at, reader_u32(&d->r));
    vec_push(&d->scratch, &s->funcs, (struct func_decl){ .type = type });
}

static void import_global(struct decoder *d, struct imports *s)
{
    const uint8_t *at = d->r.p;
    struct global_type type = decode_global_type(d);
    if (type.mutable_ && !(d->enabled & FEATURE_BIT(MUTABLE_GLOBALS)))
        decode_invalid(d, at,
                       "mutable globals cannot be imported: "
                       "this requires feature mutable-globals");
    vec_push(&d->scratch, &s->globals, (struct global_decl){ .type = type });
}

/* Reads what follows the kind; returns the index. */
static uint32_t import_desc(struct decoder *d, struct imports *s, unsigned kind,
                            const uint8_t *at)
{
    switch (kind) {
    case EXTERN_FUNC: import_func(d, s); return s->funcs.len - 1;
    case EXTERN_TABLE:
        vec_push(&d->scratch, &s->tables,
                 (struct table_decl){ .type = decode_table_type(d) });
        return s->tables.len - 1;
    case EXTERN_MEMORY:
        vec_push(&d->scratch, &s->memories,
                 (struct memory_decl){ .type = decode_memory_type(d) });
        return s->memories.len - 1;
    case EXTERN_GLOBAL: import_global(d, s); return s->globals.len - 1;
    case EXTERN_TAG:
        decode_needs(d, FEATURE_EXCEPTIONS, at, "malformed import kind", "a tag");
        return 0;
    default: reader_fail(&d->r, at, "malformed import kind: 0x%02x", kind); return 0;
    }
}

/* Moves the imports to the module.  The counts are those of the index spaces so far. */
static void keep_imports(struct decoder *d, const struct imports *s)
{
    struct module *m = d->m;
    m->nfuncs = m->nimported_funcs = s->funcs.len;
    m->ntables = m->nimported_tables = s->tables.len;
    m->nmemories = m->nimported_memories = s->memories.len;
    m->nglobals = m->nimported_globals = s->globals.len;
    m->funcs = extend(d, s->funcs.at, m->nfuncs, 0, sizeof *m->funcs);
    m->tables = extend(d, s->tables.at, m->ntables, 0, sizeof *m->tables);
    m->memories = extend(d, s->memories.at, m->nmemories, 0, sizeof *m->memories);
    m->globals = extend(d, s->globals.at, m->nglobals, 0, sizeof *m->globals);
}

static void check_table_count(struct decoder *d, const uint8_t *at)
{
    if (d->m->ntables > 1 && !(d->enabled & FEATURE_BIT(REFERENCE_TYPES)))
        decode_invalid(d, at, "multiple tables: this requires feature reference-types");
}

static void check_memory_count(struct decoder *d, const uint8_t *at)
{
    if (d->m->nmemories > 1 && !(d->enabled & FEATURE_BIT(MULTI_MEMORY)))
        decode_invalid(d, at, "multiple memories: this requires feature multi-memory");
}

/* spec: binary-importsec */
void decode_import_section(struct decoder *d)
{
    struct module *m = d->m;
    struct imports spaces = { 0 };
    const uint8_t *start = d->r.p;
    uint32_t n = DECODE_COUNT(d, 1, IMPORTS);
    m->imports = arena_array(&m->arena, struct import, n);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        struct import *import = &m->imports[i];
        import->module = decode_name(&d->r);
        import->name = decode_name(&d->r);
        const uint8_t *at = d->r.p;
        unsigned kind = reader_byte(&d->r);
        import->kind = (enum extern_kind)kind;
        import->index = import_desc(d, &spaces, kind, at);
        m->nimports = i + 1;
    }
    keep_imports(d, &spaces);
    check_table_count(d, start);
    check_memory_count(d, start);
    DECODE_LIMIT(d, start, m->ntables, TABLES);
    DECODE_LIMIT(d, start, m->nmemories, MEMORIES);
}

/* ---- declarations -------------------------------------------------------------------- */

/* spec: binary-funcsec */
void decode_function_section(struct decoder *d)
{
    struct module *m = d->m;
    const uint8_t *start = d->r.p;
    uint32_t n = DECODE_COUNT(d, 1, FUNCTIONS);
    if (!DECODE_LIMIT(d, start, (uint64_t)n + m->nfuncs, FUNCTIONS))
        return;
    m->funcs = extend(d, m->funcs, m->nfuncs, n, sizeof *m->funcs);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        const uint8_t *at = d->r.p;
        m->funcs[m->nfuncs].type = decode_func_type(d, at, reader_u32(&d->r));
        m->nfuncs++;
    }
}

/* The form with an initial value: 0x40 0x00 tabletype expr. */
enum { TABLE_WITH_INIT = 0x40 };

/* spec: binary-tablesec */
void decode_table_section(struct decoder *d)
{
    struct module *m = d->m;
    const uint8_t *start = d->r.p;
    uint32_t n = DECODE_COUNT(d, 1, TABLES);
    if (!DECODE_LIMIT(d, start, (uint64_t)n + m->ntables, TABLES))
        return;
    m->tables = extend(d, m->tables, m->ntables, n, sizeof *m->tables);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        if (reader_left(&d->r) != 0 && *d->r.p == TABLE_WITH_INIT)
            decode_needs(d, FEATURE_FUNCTION_REFERENCES, d->r.p, "malformed reference type",
                         "a table's initial value");
        m->tables[m->ntables].type = decode_table_type(d);
        m->ntables++;
    }
    check_table_count(d, start);
}

/* spec: binary-memsec */
void decode_memory_section(struct decoder *d)
{
    struct module *m = d->m;
    const uint8_t *start = d->r.p;
    uint32_t n = DECODE_COUNT(d, 1, MEMORIES);
    if (!DECODE_LIMIT(d, start, (uint64_t)n + m->nmemories, MEMORIES))
        return;
    m->memories = extend(d, m->memories, m->nmemories, n, sizeof *m->memories);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        m->memories[m->nmemories].type = decode_memory_type(d);
        m->nmemories++;
    }
    check_memory_count(d, start);
}

/* A global is visible behind its own declaration only.  spec: binary-globalsec */
void decode_global_section(struct decoder *d)
{
    struct module *m = d->m;
    const uint8_t *start = d->r.p;
    uint32_t n = DECODE_COUNT(d, 1, GLOBALS);
    if (!DECODE_LIMIT(d, start, (uint64_t)n + m->nglobals, GLOBALS))
        return;
    m->globals = extend(d, m->globals, m->nglobals, n, sizeof *m->globals);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        struct global_decl *g = &m->globals[m->nglobals];
        g->type = decode_global_type(d);
        g->init = decode_const_expr(d, g->type.type);
        m->nglobals++;
    }
}

/* ---- exports and start --------------------------------------------------------------- */

static void check_export(struct decoder *d, const uint8_t *at, const struct export *e)
{
    struct module *m = d->m;
    switch (e->kind) {
    case EXTERN_FUNC:
        if (decode_index(d, at, "function", e->index, m->nfuncs))
            decode_declare(d, e->index);
        break;
    case EXTERN_TABLE: decode_index(d, at, "table", e->index, m->ntables); break;
    case EXTERN_MEMORY: decode_index(d, at, "memory", e->index, m->nmemories); break;
    case EXTERN_GLOBAL:
        if (decode_index(d, at, "global", e->index, m->nglobals) &&
            m->globals[e->index].type.mutable_ &&
            !(d->enabled & FEATURE_BIT(MUTABLE_GLOBALS)))
            decode_invalid(d, at,
                           "mutable globals cannot be exported: "
                           "this requires feature mutable-globals");
        break;
    case EXTERN_TAG: break;
    }
}

static void decode_export(struct decoder *d, struct export *e)
{
    e->name = decode_name(&d->r);
    const uint8_t *at = d->r.p;
    unsigned kind = reader_byte(&d->r);
    if (kind == EXTERN_TAG)
        decode_needs(d, FEATURE_EXCEPTIONS, at, "malformed export kind", "a tag");
    else if (kind > EXTERN_TAG)
        reader_fail(&d->r, at, "malformed export kind: 0x%02x", kind);
    e->kind = (enum extern_kind)kind;
    at = d->r.p;
    e->index = reader_u32(&d->r);
    if (decode_ok(d))
        check_export(d, at, e);
}

/* spec: binary-exportsec */
void decode_export_section(struct decoder *d)
{
    struct module *m = d->m;
    uint32_t n = DECODE_COUNT(d, 3, EXPORTS);
    m->exports = arena_array(&m->arena, struct export, n);
    for (uint32_t i = 0; i < n && decode_ok(d); i++) {
        decode_export(d, &m->exports[i]);
        m->nexports = i + 1;
    }
    if (!decode_ok(d))
        return;
    const struct export *twin = module_index_exports(m);
    char name[64];
    if (twin != NULL)
        decode_invalid(d, (const uint8_t *)twin->name.at, "duplicate export name: \"%s\"",
                       names_printable(twin->name, name));
}

/* spec: binary-startsec, valid-start */
void decode_start_section(struct decoder *d)
{
    struct module *m = d->m;
    const uint8_t *at = d->r.p;
    m->start = reader_u32(&d->r);
    m->has_start = true;
    if (!decode_ok(d) || !decode_index(d, at, "function", m->start, m->nfuncs))
        return;
    const struct type *type = m->funcs[m->start].type;
    if (type != NULL && (type->nparams != 0 || type->nresults != 0))
        decode_invalid(d, at, "start function: function %u must have type [] -> []",
                       m->start);
}
