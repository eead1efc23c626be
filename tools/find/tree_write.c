/* tree_write.c - bytes from a tree.  See tree.h.  Every number takes its shortest form. */
#include "tools/find/tree.h"
#include "base/vec.h"
#include "wasm/decode.h"
#include <string.h>

struct giver {
    struct arena *a;
    const struct tree *t;
    VEC(uint8_t) out;
    VEC(const struct signature *) types;
};

/* ---- numbers and names --------------------------------------------------------------------- */

static void give_byte(struct giver *g, uint32_t byte)
{
    vec_push(g->a, &g->out, (uint8_t)byte);
}

static void give_bytes(struct giver *g, const void *at, uint32_t len)
{
    vec_room(g->a, &g->out, len);
    if (len != 0)
        memcpy(g->out.at + g->out.len, at, len);
    g->out.len += len;
}

static void give_u64(struct giver *g, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        give_byte(g, (uint32_t)(v & 0x7F) | 0x80);
    give_byte(g, (uint32_t)v);
}

static void give_s64(struct giver *g, int64_t v)
{
    for (; v < -0x40 || v >= 0x40; v >>= 7)
        give_byte(g, (uint32_t)(v & 0x7F) | 0x80);
    give_byte(g, (uint32_t)v & 0x7F);
}

static void give_name(struct giver *g, struct name n)
{
    give_u64(g, n.len);
    give_bytes(g, n.at, n.len);
}

static void give_valtype(struct giver *g, valtype t)
{
    if (!vt_is_ref(t)) {
        give_byte(g, t);
        return;
    }
    give_byte(g, vt_heap(t) == HEAP_FUNC ? 0x70 : 0x6F);
}

static void give_valtypes(struct giver *g, const valtype *types, uint32_t n)
{
    give_u64(g, n);
    for (uint32_t i = 0; i < n; i++)
        give_valtype(g, types[i]);
}

static void give_limits(struct giver *g, const struct limits *l)
{
    give_byte(g, (l->has_max ? 1U : 0) | (l->shared ? 2U : 0) | (l->is64 ? 4U : 0));
    give_u64(g, l->min);
    if (l->has_max)
        give_u64(g, l->max);
}

static void give_table(struct giver *g, const struct table_type *t)
{
    give_valtype(g, t->elem);
    give_limits(g, &t->limits);
}

static void give_global(struct giver *g, const struct global_type *t)
{
    give_valtype(g, t->type);
    give_byte(g, t->mutable_);
}

/* ---- types --------------------------------------------------------------------------------- */

static uint32_t type_number(struct giver *g, const struct signature *type)
{
    for (uint32_t i = 0; i < g->types.len; i++)
        if (signature_equal(g->types.at[i], type))
            return i;
    vec_push(g->a, &g->types, type);
    return g->types.len - 1;
}

static bool needs_number(const struct insn *i)
{
    if (i->type == NULL)
        return false;
    return op_infos[i->op].imm != IMM_BLOCK || i->type->nparams > 0 ||
           i->type->nresults > 1;
}

static void number_types(struct giver *g)
{
    const struct tree *t = g->t;
    for (uint32_t i = 0; i < t->nimports; i++)
        if (t->imports[i].kind == EXTERN_FUNC)
            type_number(g, t->imports[i].type);
    for (uint32_t f = 0; f < t->nfuncs; f++) {
        type_number(g, t->funcs[f].type);
        for (uint32_t i = 0; i < t->funcs[f].code.len; i++)
            if (needs_number(&t->funcs[f].code.at[i]))
                type_number(g, t->funcs[f].code.at[i].type);
    }
}

/* ---- instructions -------------------------------------------------------------------------- */

static void give_block_type(struct giver *g, const struct insn *i)
{
    enum { EMPTY = 0x40 };
    if (needs_number(i))
        give_s64(g, type_number(g, i->type));
    else if (i->type->nresults == 0)
        give_byte(g, EMPTY);
    else
        give_valtype(g, i->type->results[0]);
}

static void give_memarg(struct giver *g, const struct insn *i)
{
    give_u64(g, i->index[0] | (i->index[1] != 0 ? 0x40U : 0));
    if (i->index[1] != 0)
        give_u64(g, i->index[1]);
    give_u64(g, i->bits);
}

static void give_list(struct giver *g, const struct insn *i, bool labels)
{
    give_u64(g, i->n - labels);
    for (uint32_t k = 0; k < i->n; k++)
        if (labels)
            give_u64(g, i->list[k]);
        else
            give_valtype(g, i->list[k]);
}

static void give_immediates(struct giver *g, const struct insn *i)
{
    switch ((enum imm)op_infos[i->op].imm) {
    case IMM_NONE:
    case IMM_COUNT: break;
    case IMM_BLOCK: give_block_type(g, i); break;
    case IMM_BR_TABLE: give_list(g, i, true); break;
    case IMM_SELECT_T: give_list(g, i, false); break;
    case IMM_CALL_INDIRECT:
        give_u64(g, type_number(g, i->type));
        give_u64(g, i->index[1]);
        break;
    case IMM_MEMARG: give_memarg(g, i); break;
    case IMM_MEMORY_MEMORY:
    case IMM_DATA_MEMORY:
    case IMM_ELEM_TABLE:
    case IMM_TABLE_TABLE:
        give_u64(g, i->index[0]);
        give_u64(g, i->index[1]);
        break;
    case IMM_HEAP_TYPE:
    case IMM_I32:
    case IMM_I64: give_s64(g, (int64_t)i->bits); break;
    case IMM_F32: give_bytes(g, &i->bits, 4); break;
    case IMM_F64: give_bytes(g, &i->bits, 8); break;
    case IMM_LABEL:
    case IMM_FUNC:
    case IMM_LOCAL:
    case IMM_GLOBAL:
    case IMM_TABLE:
    case IMM_MEMORY:
    case IMM_DATA:
    case IMM_ELEM: give_u64(g, i->index[0]); break;
    }
}

static void give_code(struct giver *g, struct code c)
{
    for (uint32_t i = 0; i < c.len; i++) {
        uint32_t code = op_infos[c.at[i].op].code;
        if (code > 0xFF) {
            give_byte(g, code >> 16);
            give_u64(g, code & 0xFFFF);
        } else {
            give_byte(g, code);
        }
        give_immediates(g, &c.at[i]);
    }
}

/* ---- sections ------------------------------------------------------------------------------ */

enum { SIZE_BYTES = 3 };

/* The size of a section or body is filled in behind it, in three bytes. */
static uint32_t open_size(struct giver *g)
{
    give_bytes(g, (const uint8_t[SIZE_BYTES]){ 0x80, 0x80, 0 }, SIZE_BYTES);
    return g->out.len;
}

static void close_size(struct giver *g, uint32_t start)
{
    uint32_t size = g->out.len - start;
    for (uint32_t i = 0; i < SIZE_BYTES; i++)
        g->out.at[start - SIZE_BYTES + i] |= (uint8_t)(size >> (7 * i) & 0x7F);
}

static uint32_t open_section(struct giver *g, enum section_id id, uint32_t count)
{
    give_byte(g, id);
    uint32_t start = open_size(g);
    give_u64(g, count);
    return start;
}

static void give_types(struct giver *g)
{
    uint32_t start = open_section(g, SECTION_TYPE, g->types.len);
    for (uint32_t i = 0; i < g->types.len; i++) {
        const struct signature *s = g->types.at[i];
        give_byte(g, 0x60);
        give_valtypes(g, s->params, s->nparams);
        give_valtypes(g, s->results, s->nresults);
    }
    close_size(g, start);
}

static void give_import(struct giver *g, const struct tree_import *i)
{
    give_name(g, i->module);
    give_name(g, i->name);
    give_byte(g, i->kind);
    if (i->kind == EXTERN_FUNC)
        give_u64(g, type_number(g, i->type));
    else if (i->kind == EXTERN_TABLE)
        give_table(g, &i->table);
    else if (i->kind == EXTERN_MEMORY)
        give_limits(g, &i->memory.limits);
    else
        give_global(g, &i->global);
}

static void give_imports(struct giver *g)
{
    uint32_t start = open_section(g, SECTION_IMPORT, g->t->nimports);
    for (uint32_t i = 0; i < g->t->nimports; i++)
        give_import(g, &g->t->imports[i]);
    close_size(g, start);
}

static void give_stores(struct giver *g)
{
    const struct tree *t = g->t;
    uint32_t start = open_section(g, SECTION_FUNCTION, t->nfuncs);
    for (uint32_t i = 0; i < t->nfuncs; i++)
        give_u64(g, type_number(g, t->funcs[i].type));
    close_size(g, start);
    start = open_section(g, SECTION_TABLE, t->ntables);
    for (uint32_t i = 0; i < t->ntables; i++)
        give_table(g, &t->tables[i].type);
    close_size(g, start);
    start = open_section(g, SECTION_MEMORY, t->nmemories);
    for (uint32_t i = 0; i < t->nmemories; i++)
        give_limits(g, &t->memories[i].limits);
    close_size(g, start);
    start = open_section(g, SECTION_GLOBAL, t->nglobals);
    for (uint32_t i = 0; i < t->nglobals; i++) {
        give_global(g, &t->globals[i].type);
        give_code(g, t->globals[i].init);
    }
    close_size(g, start);
}

static void give_exports(struct giver *g)
{
    const struct tree *t = g->t;
    uint32_t start = open_section(g, SECTION_EXPORT, t->nexports);
    for (uint32_t i = 0; i < t->nexports; i++) {
        give_name(g, t->exports[i].name);
        give_byte(g, t->exports[i].kind);
        give_u64(g, t->exports[i].index);
    }
    close_size(g, start);
    if (t->has_start)
        close_size(g, open_section(g, SECTION_START, t->start));
}

static bool all_ref_func(const struct tree_elem *e)
{
    for (uint32_t i = 0; i < e->len; i++)
        if (e->items[i].len != 2 || e->items[i].at[0].op != OP_ref_func)
            return false;
    return e->type == VT_FUNCREF;
}

static void give_elem(struct giver *g, const struct tree_elem *e)
{
    static const uint8_t modes[] = {
        [SEGMENT_ACTIVE] = 2, [SEGMENT_PASSIVE] = 1, [SEGMENT_DECLARED] = 3
    };
    bool funcs = all_ref_func(e);
    give_byte(g, modes[e->mode] | (funcs ? 0U : 4U));
    if (e->mode == SEGMENT_ACTIVE) {
        give_u64(g, e->table);
        give_code(g, e->offset);
    }
    if (funcs)
        give_byte(g, 0);
    else
        give_valtype(g, e->type);
    give_u64(g, e->len);
    for (uint32_t i = 0; i < e->len; i++)
        if (funcs)
            give_u64(g, e->items[i].at[0].index[0]);
        else
            give_code(g, e->items[i]);
}

static void give_data(struct giver *g, const struct tree_data *d)
{
    bool other = d->memory != 0;
    give_byte(g, d->mode == SEGMENT_PASSIVE ? 1U : other ? 2U : 0);
    if (d->mode == SEGMENT_ACTIVE && other)
        give_u64(g, d->memory);
    if (d->mode == SEGMENT_ACTIVE)
        give_code(g, d->offset);
    give_u64(g, d->len);
    give_bytes(g, d->bytes, d->len);
}

/* Runs of locals of a type. */
static void give_locals(struct giver *g, const struct tree_func *f)
{
    uint32_t runs = 0;
    for (uint32_t i = 0; i < f->nlocals; i++)
        runs += i == 0 || f->locals[i] != f->locals[i - 1];
    give_u64(g, runs);
    for (uint32_t i = 0, n; i < f->nlocals; i += n) {
        for (n = 1; i + n < f->nlocals && f->locals[i + n] == f->locals[i];)
            n++;
        give_u64(g, n);
        give_valtype(g, f->locals[i]);
    }
}

static void give_bodies(struct giver *g)
{
    uint32_t start = open_section(g, SECTION_CODE, g->t->nfuncs);
    for (uint32_t i = 0; i < g->t->nfuncs; i++) {
        uint32_t body = open_size(g);
        give_locals(g, &g->t->funcs[i]);
        give_code(g, g->t->funcs[i].code);
        close_size(g, body);
    }
    close_size(g, start);
}

static void give_elems(struct giver *g)
{
    uint32_t start = open_section(g, SECTION_ELEMENT, g->t->nelems);
    for (uint32_t i = 0; i < g->t->nelems; i++)
        give_elem(g, &g->t->elems[i]);
    close_size(g, start);
}

static void give_datas(struct giver *g)
{
    uint32_t start = open_section(g, SECTION_DATA, g->t->ndatas);
    for (uint32_t i = 0; i < g->t->ndatas; i++)
        give_data(g, &g->t->datas[i]);
    close_size(g, start);
}

struct bytes_out tree_write(struct arena *a, const struct tree *t)
{
    struct giver g = { .a = a, .t = t };
    give_bytes(&g, "\0asm\1\0\0\0", 8);
    number_types(&g);
    give_types(&g);
    give_imports(&g);
    give_stores(&g);
    give_exports(&g);
    give_elems(&g);
    if (t->ndatas > 0)
        close_size(&g, open_section(&g, SECTION_DATA_COUNT, t->ndatas));
    give_bodies(&g);
    give_datas(&g);
    return (struct bytes_out){ g.out.at, g.out.len };
}
