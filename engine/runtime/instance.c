/* instance.c - instantiation: one block per instance, then the segments, then start.
 *
 * spec: exec-instantiation, alloc-module.
 *
 *     struct instance | own globals | index spaces | segments | own records | references
 *
 * Everything an instance needs lies in that block, but for the contents of memories and
 * tables. Until the segments run nothing outside has seen the instance, and a failure
 * takes back what it made; after that it stays in the store whatever happens. */
#include "base/bugs.h"
#include "base/size.h"
#include "runtime/engine.h"
#include "runtime/link.h"
#include "runtime/objects.h"
#include "runtime/trap.h"
#include <string.h>

/* Offsets of the parts of the block. */
struct layout {
    size_t funcs, tables, memories, globals;
    size_t elems, datas;
    size_t own_funcs, own_tables, own_memories;
    size_t refs;
    size_t size;
};

static size_t part(size_t *size, size_t count, size_t elem_size)
{
    size_t at = *size;
    *size = size_align(size_add(at, size_mul(count, elem_size)), 16);
    return at;
}

/* References of the passive segments; active and declared ones need none. */
static size_t passive_refs(const struct module *m)
{
    size_t n = 0;
    for (uint32_t i = 0; i < m->nelems; i++)
        if (m->elems[i].mode == SEGMENT_PASSIVE)
            n = size_add(n, m->elems[i].len);
    return n;
}

static struct layout measure(const struct module *m)
{
    struct layout l = { .size = offsetof(struct instance, own_globals) };
    part(&l.size, m->nglobals - m->nimported_globals, sizeof(struct global));
    l.funcs = part(&l.size, m->nfuncs, sizeof(struct func *));
    l.tables = part(&l.size, m->ntables, sizeof(struct table *));
    l.memories = part(&l.size, m->nmemories, sizeof(struct memory *));
    l.globals = part(&l.size, m->nglobals, sizeof(struct global *));
    l.elems = part(&l.size, m->nelems, sizeof(struct elem_instance));
    l.datas = part(&l.size, m->ndatas, sizeof(struct data_instance));
    l.own_funcs = part(&l.size, m->nfuncs - m->nimported_funcs, sizeof(struct func));
    l.own_tables = part(&l.size, m->ntables - m->nimported_tables, sizeof(struct table));
    l.own_memories =
        part(&l.size, m->nmemories - m->nimported_memories, sizeof(struct memory));
    l.refs = part(&l.size, passive_refs(m), sizeof(ref));
    return l;
}

/* An instantiation under way. */
struct build {
    struct instance *i;
    struct store *s;
    const struct module *m;
    const struct extern_val *imports;
    struct fail *f;
    struct layout l;
};

static void *at(const struct build *b, size_t offset) { return (uint8_t *)b->i + offset; }

static bool exhausted(struct build *b)
{
    return fail_at(b->f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no memory for an instance");
}

static bool allocate(struct build *b, struct modcode *code)
{
    b->l = measure(b->m);
    struct instance *i = b->i = store_alloc(b->s, b->l.size);
    if (i == NULL || !store_room(b->s, b->m->nmemories - b->m->nimported_memories,
                                 b->m->ntables - b->m->nimported_tables, 0))
        return exhausted(b);
    i->exec = &b->s->exec;
    i->helpers = b->s->engine->helpers;
    i->funcs = at(b, b->l.funcs);
    i->tables = at(b, b->l.tables);
    i->memories = at(b, b->l.memories);
    i->globals = at(b, b->l.globals);
    i->elems = at(b, b->l.elems);
    i->datas = at(b, b->l.datas);
    i->own_funcs = at(b, b->l.own_funcs);
    i->code = code;
    i->module = b->m;
    i->store = b->s;
    return true;
}

/* The imports come first in each index space, in order. */
static void place_imports(struct build *b)
{
    for (uint32_t k = 0; k < b->m->nimports; k++) {
        const struct import *import = &b->m->imports[k];
        const struct extern_val *v = &b->imports[k];
        switch (import->kind) {
        case EXTERN_FUNC: b->i->funcs[import->index] = v->u.func; break;
        case EXTERN_TABLE: b->i->tables[import->index] = v->u.table; break;
        case EXTERN_MEMORY: b->i->memories[import->index] = v->u.memory; break;
        case EXTERN_GLOBAL: b->i->globals[import->index] = v->u.global; break;
        case EXTERN_TAG: break;
        }
    }
}

static bool make_funcs(struct build *b)
{
    const struct module *m = b->m;
    for (uint32_t k = m->nimported_funcs; k < m->nfuncs; k++) {
        struct func *f = &b->i->own_funcs[k - m->nimported_funcs];
        f->header = OBJECT_FUNC;
        f->instance = b->i;
        f->type = m->funcs[k].type;
        f->type_id = f->type->id;
        f->index = k;
        f->code = &b->i->code->fns[k - m->nimported_funcs];
        f->store = b->s;
        b->i->funcs[k] = f;
        if (!func_prepare(f))
            return exhausted(b);
    }
    return true;
}

/* In order: the value of each may refer to those before it. */
static bool make_globals(struct build *b)
{
    const struct module *m = b->m;
    for (uint32_t k = m->nimported_globals; k < m->nglobals; k++) {
        struct global *g = &b->i->own_globals[k - m->nimported_globals];
        g->type = m->globals[k].type.type;
        g->mutable_ = m->globals[k].type.mutable_;
        g->store = b->s;
        b->i->globals[k] = g;
        if (!const_eval(b->i, m->globals[k].init, g->value))
            return exhausted(b);
    }
    return true;
}

static bool make_tables(struct build *b)
{
    const struct module *m = b->m;
    struct table *own = at(b, b->l.own_tables);
    for (uint32_t k = m->nimported_tables; k < m->ntables; k++, own++) {
        uint64_t init[2] = { 0, 0 };
        if (m->tables[k].init.at != NULL && !const_eval(b->i, m->tables[k].init, init))
            return exhausted(b);
        if (!table_init(own, b->s, &m->tables[k].type, init[0], b->f))
            return false;
        store_add_table(b->s, own);
        b->i->tables[k] = own;
    }
    b->i->table0 = m->ntables != 0 ? b->i->tables[0] : NULL;
    return true;
}

static bool make_memories(struct build *b)
{
    const struct module *m = b->m;
    struct memory *own = at(b, b->l.own_memories);
    for (uint32_t k = m->nimported_memories; k < m->nmemories; k++, own++) {
        if (!memory_init(own, b->s, &m->memories[k].type, b->f))
            return false;
        store_add_memory(b->s, own);
        b->i->memories[k] = own;
    }
    if (m->nmemories != 0) {
        b->i->memory0 = b->i->memories[0];
        b->i->mem0 = b->i->memory0->base;
    }
    return true;
}

/* The k-th reference of a segment. */
static bool segment_ref(struct instance *i, const struct elem_segment *e, uint32_t k,
                        ref *out)
{
    uint64_t value[2] = { 0, 0 };
    if (e->funcs != NULL) {
        *out = (ref)(uintptr_t)i->funcs[e->funcs[k]];
        return true;
    }
    if (!const_eval(i, e->exprs[k], value))
        return false;
    *out = value[0];
    return true;
}

static bool segment_refs(struct instance *i, const struct elem_segment *e, ref *out)
{
    for (uint32_t k = 0; k < e->len; k++)
        if (!segment_ref(i, e, k, &out[k]))
            return false;
    return true;
}

static bool make_segments(struct build *b)
{
    ref *refs = at(b, b->l.refs);
    for (uint32_t k = 0; k < b->m->nelems; k++) {
        const struct elem_segment *e = &b->m->elems[k];
        if (e->mode != SEGMENT_PASSIVE)
            continue;
        if (!segment_refs(b->i, e, refs))
            return exhausted(b);
        b->i->elems[k] = (struct elem_instance){ refs, e->len };
        refs += e->len;
    }
    for (uint32_t k = 0; k < b->m->ndatas; k++)
        if (b->m->datas[k].mode == SEGMENT_PASSIVE)
            b->i->datas[k] =
                (struct data_instance){ b->m->datas[k].bytes, b->m->datas[k].len };
    return true;
}

static bool make(struct build *b)
{
    place_imports(b);
    return make_funcs(b) && make_globals(b) && make_tables(b) && make_memories(b) &&
           make_segments(b);
}

/* ---- what others can see ------------------------------------------------------------- */

static bool trapped(struct build *b)
{
    char text[sizeof b->f->text];
    trap_message(&b->s->exec.trap, text, sizeof text);
    return fail_at(b->f, FAIL_TRAP, FAIL_NO_OFFSET, "%s", text);
}

static bool run_elem(struct build *b, const struct elem_segment *e)
{
    struct table *t = b->i->tables[e->table];
    uint64_t offset[2] = { 0, 0 };
    if (!const_eval(b->i, e->offset, offset))
        return exhausted(b);
    if (out_of_bounds(offset[0], e->len, t->size)) {
        trap_bounds(&b->s->exec, TRAP_TABLE_BOUNDS, offset[0], e->len, t->size);
        return trapped(b);
    }
    return segment_refs(b->i, e, t->elems + offset[0]) || exhausted(b);
}

static bool run_data(struct build *b, const struct data_segment *d)
{
    struct memory *m = b->i->memories[d->memory];
    uint64_t offset[2] = { 0, 0 };
    if (!const_eval(b->i, d->offset, offset))
        return exhausted(b);
    if (out_of_bounds(offset[0], d->len, m->bytes + WX_BUG(X25))) {
        trap_bounds(&b->s->exec, TRAP_MEMORY_BOUNDS, offset[0], d->len, m->bytes);
        return trapped(b);
    }
    if (d->len != 0)
        memcpy(m->base + offset[0], d->bytes, d->len);
    return true;
}

static bool run_segments(struct build *b)
{
    for (uint32_t k = 0; k < b->m->nelems; k++)
        if (b->m->elems[k].mode == SEGMENT_ACTIVE && !run_elem(b, &b->m->elems[k]))
            return false;
    for (uint32_t k = 0; k < b->m->ndatas; k++)
        if (b->m->datas[k].mode == SEGMENT_ACTIVE && !run_data(b, &b->m->datas[k]))
            return false;
    return true;
}

static bool run_start(struct build *b)
{
    uint64_t slots[1] = { 0 };
    if (!b->m->has_start || func_call(b->i->funcs[b->m->start], slots) == TRAP_NONE)
        return true;
    return trapped(b);
}

struct instance *instance_new(struct store *s, struct modcode *code,
                              const struct extern_val *imports, struct fail *f)
{
    struct build b = { .s = s, .m = code->module, .imports = imports, .f = f };
    uint32_t memories = s->memories.len, tables = s->tables.len;
    if (!link_check(s, b.m, imports, f) || !allocate(&b, code))
        return NULL;
    if (!make(&b)) {
        store_truncate(s, memories, tables);
        return NULL;
    }
    b.i->next = s->instances;
    s->instances = b.i;
    return run_segments(&b) && run_start(&b) ? b.i : NULL;
}

struct extern_val instance_export(struct instance *i, const struct export *e)
{
    struct extern_val v = { .kind = e->kind };
    switch (e->kind) {
    case EXTERN_FUNC: v.u.func = i->funcs[e->index]; break;
    case EXTERN_TABLE: v.u.table = i->tables[e->index]; break;
    case EXTERN_MEMORY: v.u.memory = i->memories[e->index]; break;
    case EXTERN_GLOBAL: v.u.global = i->globals[e->index]; break;
    case EXTERN_TAG: break;
    }
    return v;
}
