/* tree_read.c - a module taken apart.  See tree.h.  Reads what the loader has checked. */
#include "tools/find/tree.h"
#include "wasm/code.h"
#include <stdio.h>

enum { BYTE_REF_NULL_FUNC = 0x70, BYTE_REF_NULL_EXTERN = 0x6F };

struct taker {
    struct arena *a;
    const struct module *m;
    struct tree *t;
};

static void *take_copy(struct arena *a, const void *at, size_t size)
{
    void *copy = arena_alloc(a, size);
    if (size != 0)
        memcpy(copy, at, size);
    return copy;
}

static const struct signature *take_type(struct taker *k, const struct type *type)
{
    return signature_new(k->a, type->params, type->nparams, type->results, type->nresults);
}

static struct name take_name(struct taker *k, struct name n)
{
    return (struct name){ take_copy(k->a, n.at, n.len), n.len };
}

/* ---- instructions -------------------------------------------------------------------------- */

static valtype valtype_of_byte(uint8_t byte)
{
    switch (byte) {
    case BYTE_REF_NULL_FUNC: return VT_FUNCREF;
    case BYTE_REF_NULL_EXTERN: return VT_EXTERNREF;
    default: return byte;
    }
}

static const struct signature *take_block_type(struct taker *k, const uint8_t **p)
{
    enum { EMPTY = 0x40 };
    if ((**p & 0xC0) != 0x40) {
        int64_t index = code_s64(p);
        return take_type(k, k->m->types[index]);
    }
    uint8_t byte = *(*p)++;
    valtype result = valtype_of_byte(byte);
    return signature_new(k->a, NULL, 0, &result, byte != EMPTY);
}

static void take_list(struct taker *k, struct insn *i, const uint8_t **p, uint32_t more)
{
    i->n = code_u32(p) + more;
    uint32_t *list = arena_array(k->a, uint32_t, i->n);
    for (uint32_t n = 0; n < i->n; n++)
        list[n] = more ? code_u32(p) : valtype_of_byte(*(*p)++);
    i->list = list;
}

static void take_memarg(struct insn *i, const uint8_t **p)
{
    struct memarg m = code_memarg(p);
    i->index[0] = m.align_log2;
    i->index[1] = m.memory;
    i->bits = m.offset;
}

static void take_immediates(struct taker *k, struct insn *i, const uint8_t **p)
{
    switch ((enum imm)op_infos[i->op].imm) {
    case IMM_NONE:
    case IMM_COUNT: break;
    case IMM_BLOCK: i->type = take_block_type(k, p); break;
    case IMM_BR_TABLE: take_list(k, i, p, 1); break;
    case IMM_SELECT_T: take_list(k, i, p, 0); break;
    case IMM_CALL_INDIRECT:
        i->type = take_type(k, k->m->types[code_u32(p)]);
        i->index[1] = code_u32(p);
        break;
    case IMM_MEMARG: take_memarg(i, p); break;
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_ELEM_TABLE:
    case IMM_TABLE_TABLE:
        i->index[0] = code_u32(p);
        i->index[1] = code_u32(p);
        break;
    case IMM_HEAP_TYPE:
    case IMM_I32:
    case IMM_I64: i->bits = (uint64_t)code_s64(p); break;
    case IMM_F32: i->bits = code_f32(p); break;
    case IMM_F64: i->bits = code_f64(p); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_MEMORY:
    case IMM_DATA:
    case IMM_ELEM: i->index[0] = code_u32(p); break;
    }
}

static struct code take_code(struct taker *k, const uint8_t *p, const uint8_t *end)
{
    struct code c = { arena_zarray(k->a, struct insn, (size_t)(end - p) + 1), 0 };
    while (p < end) {
        struct insn *i = &c.at[c.len++];
        i->offset = (uint32_t)(p - k->m->bytes);
        i->op = code_op(&p);
        take_immediates(k, i, &p);
    }
    return c;
}

static struct code take_expr(struct taker *k, struct const_expr e)
{
    return take_code(k, e.at, e.at + e.len);
}

/* ---- the parts ----------------------------------------------------------------------------- */

static void take_imports(struct taker *k)
{
    const struct module *m = k->m;
    k->t->nimports = m->nimports;
    k->t->imports = arena_zarray(k->a, struct tree_import, m->nimports);
    for (uint32_t i = 0; i < m->nimports; i++) {
        const struct import *from = &m->imports[i];
        struct tree_import *to = &k->t->imports[i];
        to->module = take_name(k, from->module);
        to->name = take_name(k, from->name);
        to->kind = from->kind;
        if (from->kind == EXTERN_FUNC)
            to->type = take_type(k, m->funcs[from->index].type);
        else if (from->kind == EXTERN_TABLE)
            to->table = m->tables[from->index].type;
        else if (from->kind == EXTERN_MEMORY)
            to->memory = m->memories[from->index].type;
        else
            to->global = m->globals[from->index].type;
    }
}

static void take_funcs(struct taker *k)
{
    const struct module *m = k->m;
    k->t->nfuncs = m->nfuncs - m->nimported_funcs;
    k->t->funcs = arena_zarray(k->a, struct tree_func, k->t->nfuncs);
    for (uint32_t i = 0; i < k->t->nfuncs; i++) {
        const struct func_decl *from = &m->funcs[m->nimported_funcs + i];
        struct tree_func *to = &k->t->funcs[i];
        uint32_t nparams = from->type->nparams;
        to->type = take_type(k, from->type);
        to->nlocals = from->info->nlocals - nparams;
        to->locals = take_copy(k->a, from->info->local_types + nparams,
                               to->nlocals * sizeof(valtype));
        to->code = take_code(k, from->body, from->body_end);
    }
}

static void take_stores(struct taker *k)
{
    const struct module *m = k->m;
    struct tree *t = k->t;
    t->ntables = m->ntables - m->nimported_tables;
    t->tables = arena_zarray(k->a, struct tree_table, t->ntables);
    for (uint32_t i = 0; i < t->ntables; i++)
        t->tables[i].type = m->tables[m->nimported_tables + i].type;
    t->nmemories = m->nmemories - m->nimported_memories;
    t->memories = arena_zarray(k->a, struct memory_type, t->nmemories);
    for (uint32_t i = 0; i < t->nmemories; i++)
        t->memories[i] = m->memories[m->nimported_memories + i].type;
    t->nglobals = m->nglobals - m->nimported_globals;
    t->globals = arena_zarray(k->a, struct tree_global, t->nglobals);
    for (uint32_t i = 0; i < t->nglobals; i++) {
        const struct global_decl *from = &m->globals[m->nimported_globals + i];
        t->globals[i] = (struct tree_global){ from->type, take_expr(k, from->init) };
    }
}

static struct code item_code(struct taker *k, const struct elem_segment *e, uint32_t i)
{
    if (e->funcs == NULL)
        return take_expr(k, e->exprs[i]);
    struct code c = { arena_zarray(k->a, struct insn, 2), 2 };
    c.at[0] = (struct insn){ .op = OP_ref_func, .index = { e->funcs[i] } };
    c.at[1].op = OP_end;
    return c;
}

static void take_elem(struct taker *k, const struct elem_segment *from,
                      struct tree_elem *to)
{
    struct code *items = arena_array(k->a, struct code, from->len);
    for (uint32_t i = 0; i < from->len; i++)
        items[i] = item_code(k, from, i);
    *to = (struct tree_elem){ .mode = from->mode,
                              .table = from->table,
                              .type = from->type,
                              .len = from->len,
                              .items = items };
    if (from->mode == SEGMENT_ACTIVE)
        to->offset = take_expr(k, from->offset);
}

static void take_segments(struct taker *k)
{
    const struct module *m = k->m;
    struct tree *t = k->t;
    t->nelems = m->nelems;
    t->elems = arena_zarray(k->a, struct tree_elem, m->nelems);
    for (uint32_t i = 0; i < m->nelems; i++)
        take_elem(k, &m->elems[i], &t->elems[i]);
    t->ndatas = m->ndatas;
    t->datas = arena_zarray(k->a, struct tree_data, m->ndatas);
    for (uint32_t i = 0; i < m->ndatas; i++) {
        const struct data_segment *from = &m->datas[i];
        struct tree_data *to = &t->datas[i];
        *to = (struct tree_data){ .mode = from->mode,
                                  .memory = from->memory,
                                  .len = from->len };
        to->bytes = take_copy(k->a, from->bytes, from->len);
        if (from->mode == SEGMENT_ACTIVE)
            to->offset = take_expr(k, from->offset);
    }
}

static void take_exports(struct taker *k)
{
    k->t->nexports = k->m->nexports;
    k->t->exports = arena_array(k->a, struct export, k->m->nexports);
    for (uint32_t i = 0; i < k->m->nexports; i++) {
        k->t->exports[i] = k->m->exports[i];
        k->t->exports[i].name = take_name(k, k->m->exports[i].name);
    }
    k->t->has_start = k->m->has_start;
    k->t->start = k->m->start;
}

static struct tree *take_apart(struct arena *a, const struct module *m)
{
    struct taker k = { a, m, arena_new(a, struct tree) };
    take_imports(&k);
    take_funcs(&k);
    take_stores(&k);
    take_segments(&k);
    take_exports(&k);
    return k.t;
}

static bool can_be_taken_apart(const struct module *m)
{
    for (uint32_t i = 0; i < m->ntypes; i++)
        if (m->types[i]->kind != COMP_FUNC)
            return false;
    for (uint32_t i = 0; i < m->nimports; i++)
        if (m->imports[i].kind == EXTERN_TAG)
            return false;
    return true;
}

struct tree *tree_of_module(struct arena *a, const struct module *m)
{
    return can_be_taken_apart(m) ? take_apart(a, m) : NULL;
}

struct tree *tree_read(struct arena *a, const uint8_t *bytes, size_t len)
{
    struct heap heap = { 0 };
    struct fail fail = { 0 };
    struct tree *t = NULL;
    struct type_registry *registry = types_new(&heap);
    struct module *m = registry == NULL ? NULL
                                        : module_load(&heap, registry, features_of_level(9),
                                                      bytes, len, &fail);
    if (m == NULL)
        fprintf(stderr, "not a module: offset %zu: %s\n", (size_t)fail.offset, fail.text);
    else if (!can_be_taken_apart(m))
        fprintf(stderr, "a module with types or tags that cannot be taken apart\n");
    else
        t = take_apart(a, m);
    if (m != NULL)
        module_free(m);
    if (registry != NULL)
        types_free(registry);
    return t;
}
