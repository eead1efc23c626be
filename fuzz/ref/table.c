/* table.c - references and tables.
 *
 * Growth is the runtime's; everything that reads or writes elements is here.
 * spec: exec-table.get and its neighbours, exec-ref.func */
#include "ref/machine.h"

static struct table *table(struct machine *m, uint32_t index)
{
    require(m, index < m->frame->instance->module->ntables);
    return m->frame->instance->tables[index];
}

static valtype address_of(const struct table *t)
{
    return address_type(t->type.limits.is64);
}

/* Whether the n elements from at exceed size. */
static bool exceeds(uint64_t at, uint64_t n, uint64_t size)
{
    unsigned __int128 end = (unsigned __int128)at + n;
    return end > size;
}

/* ---- references ---------------------------------------------------------------------- */

/* The abstract heap type that the binary format writes as a negative number. */
static uint32_t abstract_heap(const struct machine *m, int64_t code)
{
    static const struct {
        int64_t code;
        enum heap_type heap;
    } rows[] = {
        { -0x10, HEAP_FUNC },   { -0x11, HEAP_EXTERN },   { -0x12, HEAP_ANY },
        { -0x13, HEAP_EQ },     { -0x14, HEAP_I31 },      { -0x15, HEAP_STRUCT },
        { -0x16, HEAP_ARRAY },  { -0x17, HEAP_EXN },      { -0x0F, HEAP_NONE },
        { -0x0D, HEAP_NOFUNC }, { -0x0E, HEAP_NOEXTERN }, { -0x0C, HEAP_NOEXN },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].code == code)
            return rows[i].heap;
    ref_fail(m, "a heap type");
}

enum trap ref_op_ref_null(struct machine *m)
{
    int64_t code = code_s64(&m->frame->pc);
    const struct module *module = m->frame->instance->module;
    require(m, code < (int64_t)module->ntypes);
    uint32_t heap =
        code >= 0 ? HEAP_CONCRETE + module->types[code]->id : abstract_heap(m, code);
    ref_push(m, VT_REF_OF(heap, true), 0);
    return TRAP_NONE;
}

enum trap ref_op_ref_is_null(struct machine *m)
{
    struct value v = ref_pop_any(m);
    ref_require(m, &v, v.type);
    require(m, vt_is_ref(v.type));
    ref_push(m, VT_I32, v.bits[0] == 0);
    return TRAP_NONE;
}

enum trap ref_op_ref_func(struct machine *m)
{
    uint32_t index = code_u32(&m->frame->pc);
    require(m, index < m->frame->instance->module->nfuncs);
    const struct func *f = m->frame->instance->funcs[index];
    ref_push(m, VT_REF_OF(HEAP_CONCRETE + f->type_id, false), (uintptr_t)f);
    return TRAP_NONE;
}

/* ---- elements ------------------------------------------------------------------------ */

enum trap ref_op_table_get(struct machine *m)
{
    const struct table *t = table(m, code_u32(&m->frame->pc));
    uint64_t at = ref_pop(m, address_of(t));
    if (at >= t->size)
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, at, 1, t->size);
    ref_push(m, t->type.elem, t->elems[at]);
    return TRAP_NONE;
}

enum trap ref_op_table_set(struct machine *m)
{
    struct table *t = table(m, code_u32(&m->frame->pc));
    ref value = ref_pop(m, t->type.elem);
    uint64_t at = ref_pop(m, address_of(t));
    if (at >= t->size)
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, at, 1, t->size);
    t->elems[at] = value;
    return TRAP_NONE;
}

enum trap ref_op_table_size(struct machine *m)
{
    const struct table *t = table(m, code_u32(&m->frame->pc));
    ref_push(m, address_of(t), t->size);
    return TRAP_NONE;
}

enum trap ref_op_table_grow(struct machine *m)
{
    struct table *t = table(m, code_u32(&m->frame->pc));
    uint64_t before = t->size, delta = ref_pop(m, address_of(t));
    ref init = ref_pop(m, t->type.elem);
    uint64_t old = table_grow(t, delta, init);
    require(m, old == UINT64_MAX || (old == before && t->size == before + delta));
    for (uint64_t i = before; i < t->size; i++)
        require(m, t->elems[i] == init);
    ref_push(m, address_of(t), t->type.limits.is64 ? old : old & UINT32_MAX);
    return TRAP_NONE;
}

/* ---- bulk: bounds, fuel by length, then the effect ----------------------------------- */

enum trap ref_op_table_fill(struct machine *m)
{
    struct table *t = table(m, code_u32(&m->frame->pc));
    uint64_t n = ref_pop(m, address_of(t));
    ref value = ref_pop(m, t->type.elem);
    uint64_t dst = ref_pop(m, address_of(t));
    if (exceeds(dst, n, t->size))
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, dst, n, t->size);
    enum trap trap = ref_charge_units(m, n);
    for (uint64_t i = 0; trap == TRAP_NONE && i < n; i++)
        t->elems[dst + i] = value;
    return trap;
}

enum trap ref_op_table_init(struct machine *m)
{
    uint32_t elem = code_u32(&m->frame->pc);
    struct table *to = table(m, code_u32(&m->frame->pc));
    require(m, elem < m->frame->instance->module->nelems);
    const struct elem_instance *from = &m->frame->instance->elems[elem];
    uint64_t n = ref_pop(m, VT_I32), src = ref_pop(m, VT_I32),
             dst = ref_pop(m, address_of(to));
    if (exceeds(dst, n, to->size))
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, dst, n, to->size);
    if (exceeds(src, n, from->len))
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, src, n, from->len);
    enum trap trap = ref_charge_units(m, n);
    for (uint64_t i = 0; trap == TRAP_NONE && i < n; i++)
        to->elems[dst + i] = from->refs[src + i];
    return trap;
}

enum trap ref_op_elem_drop(struct machine *m)
{
    uint32_t elem = code_u32(&m->frame->pc);
    require(m, elem < m->frame->instance->module->nelems);
    m->frame->instance->elems[elem].len = 0;
    return TRAP_NONE;
}

/* Upwards or downwards, so that elements are read before they are written. */
static void copy(ref *to, const ref *from, uint64_t n)
{
    if ((uintptr_t)to <= (uintptr_t)from)
        for (uint64_t i = 0; i < n; i++)
            to[i] = from[i];
    else
        for (uint64_t i = n; i-- > 0;)
            to[i] = from[i];
}

enum trap ref_op_table_copy(struct machine *m)
{
    struct table *to = table(m, code_u32(&m->frame->pc));
    struct table *from = table(m, code_u32(&m->frame->pc));
    bool is64 = to->type.limits.is64 && from->type.limits.is64;
    uint64_t n = ref_pop(m, address_type(is64));
    uint64_t src = ref_pop(m, address_of(from)), dst = ref_pop(m, address_of(to));
    if (exceeds(dst, n, to->size))
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, dst, n, to->size);
    if (exceeds(src, n, from->size))
        return ref_trap_range(m, TRAP_TABLE_BOUNDS, src, n, from->size);
    enum trap trap = ref_charge_units(m, n);
    if (trap == TRAP_NONE)
        copy(to->elems + dst, from->elems + src, n);
    return trap;
}
