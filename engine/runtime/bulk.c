/* bulk.c - bulk operations on memories and tables, one implementation for all tiers.
 *
 * Each is: bounds, then fuel, then the effect; one that traps has had no effect and cost
 * nothing.
 * spec: exec-memory.copy, exec-memory.fill, exec-memory.init, exec-table.copy,
 * exec-table.fill, exec-table.init */
#include "base/bugs.h"
#include "runtime/engine.h"
#include "runtime/objects.h"
#include "runtime/trap.h"
#include <string.h>

enum trap trap_bounds(struct exec *x, enum trap kind, uint64_t address, uint64_t length,
                      uint64_t size)
{
    trap_begin(x, kind);
    x->trap.address = address;
    x->trap.width = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    x->trap.size = size;
    return kind;
}

/* Charges n units where fuel is charged. */
static enum trap charge(struct instance *i, uint64_t n)
{
    struct exec *x = i->exec;
    if (!i->store->engine->config.fuel)
        return TRAP_NONE;
    if (n > (uint64_t)x->fuel) {
        trap_begin(x, TRAP_FUEL);
        return TRAP_FUEL;
    }
    x->fuel -= (int64_t)n;
    return TRAP_NONE;
}

/* The n bytes or elements from at, of an object of that size; kind: the trap when they
 * exceed it. */
struct range {
    enum trap kind;
    uint64_t at, size;
};

static struct range in_memory(const struct memory *m, uint64_t at)
{
    return (struct range){ TRAP_MEMORY_BOUNDS, at, m->bytes };
}

static struct range in_table(const struct table *t, uint64_t at)
{
    return (struct range){ TRAP_TABLE_BOUNDS, at, t->size };
}

static enum trap check(struct instance *i, const struct range *r, uint64_t n)
{
    if (WX_BUG(X21) ? (uint32_t)(r->at + n) <= r->size : !out_of_bounds(r->at, n, r->size))
        return TRAP_NONE;
    return trap_bounds(i->exec, r->kind, r->at, n, r->size);
}

/* Bounds of destination and source, then fuel. */
static enum trap admit(struct instance *i, struct range dst, struct range src, uint64_t n)
{
    enum trap trap = WX_BUG(X20) ? charge(i, n) : TRAP_NONE;
    if (trap == TRAP_NONE)
        trap = check(i, WX_BUG(S101) ? &src : &dst, n);
    if (trap == TRAP_NONE)
        trap = check(i, WX_BUG(S101) ? &dst : &src, n);
    return trap == TRAP_NONE && !WX_BUG(X20) ? charge(i, n) : trap;
}

enum trap bulk_memory_init(struct instance *i, uint32_t data, uint32_t memory, uint64_t dst,
                           uint32_t src, uint32_t n)
{
    struct memory *m = i->memories[memory];
    struct data_instance *d = &i->datas[data];
    struct range source = { TRAP_MEMORY_BOUNDS, src, d->len };
    enum trap trap = admit(i, in_memory(m, dst), source, n);
    if (trap == TRAP_NONE && n != 0)
        memcpy(m->base + dst, d->bytes + src, n);
    return trap;
}

enum trap bulk_memory_copy(struct instance *i, uint32_t dst_memory, uint32_t src_memory,
                           uint64_t dst, uint64_t src, uint64_t n)
{
    struct memory *d = i->memories[dst_memory], *s = i->memories[src_memory];
    enum trap trap = admit(i, in_memory(d, dst), in_memory(s, src), n);
    if (trap == TRAP_NONE)
        memmove(d->base + dst, s->base + src, n);
    return trap;
}

enum trap bulk_memory_fill(struct instance *i, uint32_t memory, uint64_t dst, uint32_t byte,
                           uint64_t n)
{
    struct memory *m = i->memories[memory];
    enum trap trap = admit(i, in_memory(m, dst), in_memory(m, dst), n);
    if (trap == TRAP_NONE)
        memset(m->base + dst, (uint8_t)byte, n);
    return trap;
}

void bulk_data_drop(struct instance *i, uint32_t data) { i->datas[data].len = 0; }

enum trap bulk_table_init(struct instance *i, uint32_t elem, uint32_t table, uint64_t dst,
                          uint32_t src, uint32_t n)
{
    struct table *t = i->tables[table];
    struct elem_instance *e = &i->elems[elem];
    struct range source = { TRAP_TABLE_BOUNDS, src, e->len };
    enum trap trap = admit(i, in_table(t, dst), source, n);
    if (trap == TRAP_NONE && n != 0)
        memcpy(t->elems + dst, e->refs + src, n * sizeof(ref));
    return trap;
}

enum trap bulk_table_copy(struct instance *i, uint32_t dst_table, uint32_t src_table,
                          uint64_t dst, uint64_t src, uint64_t n)
{
    struct table *d = i->tables[dst_table], *s = i->tables[src_table];
    enum trap trap = admit(i, in_table(d, dst), in_table(s, src), n);
    if (trap == TRAP_NONE)
        memmove(d->elems + dst, s->elems + src, n * sizeof(ref));
    return trap;
}

enum trap bulk_table_fill(struct instance *i, uint32_t table, uint64_t dst, ref value,
                          uint64_t n)
{
    struct table *t = i->tables[table];
    enum trap trap = admit(i, in_table(t, dst), in_table(t, dst), n);
    if (trap == TRAP_NONE)
        for (uint64_t k = 0; k < n; k++)
            t->elems[dst + k] = value;
    return trap;
}

enum trap bulk_table_get(struct instance *i, uint32_t table, uint64_t at, ref *out)
{
    struct range r = in_table(i->tables[table], at);
    enum trap trap = check(i, &r, 1);
    if (trap == TRAP_NONE)
        *out = i->tables[table]->elems[at];
    return trap;
}

enum trap bulk_table_set(struct instance *i, uint32_t table, uint64_t at, ref value)
{
    struct range r = in_table(i->tables[table], at);
    enum trap trap = check(i, &r, 1);
    if (trap == TRAP_NONE)
        i->tables[table]->elems[at] = value;
    return trap;
}

void bulk_elem_drop(struct instance *i, uint32_t elem) { i->elems[elem].len = 0; }
