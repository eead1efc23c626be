/* tree.c - questions about a tree, and copies.  See tree.h. */
#include "tools/find/tree.h"
#include <string.h>

static void *copy_of(struct arena *a, const void *at, size_t size)
{
    void *copy = arena_alloc(a, size);
    if (size != 0)
        memcpy(copy, at, size);
    return copy;
}

#define COPY_LIST(list) copy->list = copy_of(a, t->list, t->n##list * sizeof *t->list)

struct tree *tree_copy(struct arena *a, const struct tree *t)
{
    struct tree *copy = copy_of(a, t, sizeof *t);
    COPY_LIST(imports);
    COPY_LIST(funcs);
    COPY_LIST(tables);
    COPY_LIST(memories);
    COPY_LIST(globals);
    COPY_LIST(exports);
    COPY_LIST(elems);
    COPY_LIST(datas);
    return copy;
}

struct code code_copy(struct arena *a, struct code c)
{
    return (struct code){ copy_of(a, c.at, c.len * sizeof *c.at), c.len };
}

/* ---- index spaces -------------------------------------------------------------------------- */

uint32_t tree_imports(const struct tree *t, enum extern_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->nimports; i++)
        n += t->imports[i].kind == kind;
    return n;
}

uint32_t tree_total(const struct tree *t, enum extern_kind kind)
{
    const uint32_t defined[] = { t->nfuncs, t->ntables, t->nmemories, t->nglobals, 0 };
    return tree_imports(t, kind) + defined[kind];
}

/* Import number `index` of a kind, or NULL; then *index counts the defined ones. */
static const struct tree_import *import_of(const struct tree *t, enum extern_kind kind,
                                           uint32_t *index)
{
    for (uint32_t i = 0; i < t->nimports; i++)
        if (t->imports[i].kind == kind && (*index)-- == 0)
            return &t->imports[i];
    return NULL;
}

const struct signature *tree_func_type(const struct tree *t, uint32_t func)
{
    const struct tree_import *i = import_of(t, EXTERN_FUNC, &func);
    return i != NULL ? i->type : t->funcs[func].type;
}

struct global_type tree_global_type(const struct tree *t, uint32_t global)
{
    const struct tree_import *i = import_of(t, EXTERN_GLOBAL, &global);
    return i != NULL ? i->global : t->globals[global].type;
}

struct table_type tree_table_type(const struct tree *t, uint32_t table)
{
    const struct tree_import *i = import_of(t, EXTERN_TABLE, &table);
    return i != NULL ? i->table : t->tables[table].type;
}

/* ---- types and instructions ---------------------------------------------------------------- */

static bool valtypes_equal(const valtype *a, uint32_t na, const valtype *b, uint32_t nb)
{
    return na == nb && (na == 0 || memcmp(a, b, na * sizeof *a) == 0);
}

bool signature_equal(const struct signature *a, const struct signature *b)
{
    return valtypes_equal(a->params, a->nparams, b->params, b->nparams) &&
           valtypes_equal(a->results, a->nresults, b->results, b->nresults);
}

const struct signature *signature_new(struct arena *a, const valtype *params,
                                      uint32_t nparams, const valtype *results,
                                      uint32_t nresults)
{
    struct signature *s = arena_new(a, struct signature);
    s->nparams = nparams;
    s->nresults = nresults;
    s->params = copy_of(a, params, nparams * sizeof *params);
    s->results = copy_of(a, results, nresults * sizeof *results);
    return s;
}

struct insn insn_const(valtype t, uint64_t bits)
{
    struct insn i = { .bits = bits };
    switch (t) {
    case VT_I32:
        i.op = OP_i32_const;
        i.bits = (uint64_t)(int32_t)bits;
        break;
    case VT_I64: i.op = OP_i64_const; break;
    case VT_F32: i.op = OP_f32_const; break;
    default: i.op = OP_f64_const; break;
    }
    return i;
}

struct insn insn_zero(valtype t)
{
    enum { FUNC = -16, EXTERN = -17 };
    if (!vt_is_ref(t))
        return insn_const(t, 0);
    int64_t heap = vt_heap(t) == HEAP_FUNC ? FUNC : EXTERN;
    return (struct insn){ .op = OP_ref_null, .bits = (uint64_t)heap };
}

bool insn_is_const(const struct insn *i)
{
    switch (i->op) {
    case OP_i32_const:
    case OP_i64_const:
    case OP_f32_const:
    case OP_f64_const:
    case OP_ref_null: return true;
    default: return false;
    }
}

uint32_t tree_instructions(const struct tree *t)
{
    uint32_t n = 0;
    for (uint32_t f = 0; f < t->nfuncs; f++)
        for (uint32_t i = 0; i < t->funcs[f].code.len; i++)
            n += t->funcs[f].code.at[i].op != OP_end || i + 1 < t->funcs[f].code.len;
    return n;
}
