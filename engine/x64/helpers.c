/* helpers.c - C that compiled code calls for what is too large to be generated. */
#include "x64/helpers.h"
#include "base/bugs.h"

const void *const helper_table[HELPER_COUNT] = {
#define WX_HELPER(name, function) (const void *)function,
#include "x64/helpers.def"
};

static uint32_t high(uint64_t pair) { return (uint32_t)(pair >> 32); }

static uint32_t low(uint64_t pair) { return (uint32_t)pair; }

/* Where the signal handler looks after the caller's ud2. */
static enum trap pending(struct instance *i, enum trap t)
{
    i->exec->pending = t;
    return t;
}

uint64_t helper_memory_grow(struct instance *i, uint32_t memory, uint64_t delta)
{
    struct memory *m = i->memories[memory];
    return memory_grow(m, WX_BUG(S17) && m->pages + delta > UINT32_MAX ? 0 : delta);
}

enum trap helper_memory_init(struct instance *i, uint64_t data_memory, uint64_t dst,
                             uint32_t src, uint32_t n)
{
    uint32_t data = high(data_memory), memory = low(data_memory);
    n = WX_BUG(S22) && (uint64_t)src + n > i->datas[data].len ? 0 : n;
    src = WX_BUG(S22) && n == 0 ? 0 : src;
    return pending(i, bulk_memory_init(i, data, memory, dst, src, n));
}

enum trap helper_memory_copy(struct instance *i, uint64_t dst_src_memory, uint64_t dst,
                             uint64_t src, uint64_t n)
{
    uint32_t to = high(dst_src_memory), from = low(dst_src_memory);
    n = WX_BUG(S110) && dst > src && dst - src < n ? dst - src : n;
    return pending(i, bulk_memory_copy(i, to, from, dst, src, n));
}

enum trap helper_memory_fill(struct instance *i, uint32_t memory, uint64_t dst,
                             uint32_t byte, uint64_t n)
{
    return pending(i, bulk_memory_fill(i, memory, dst, byte, n));
}

void helper_data_drop(struct instance *i, uint32_t data) { bulk_data_drop(i, data); }

enum trap helper_table_init(struct instance *i, uint64_t elem_table, uint64_t dst,
                            uint32_t src, uint32_t n)
{
    return pending(i, bulk_table_init(i, high(elem_table), low(elem_table), dst, src, n));
}

enum trap helper_table_copy(struct instance *i, uint64_t dst_src_table, uint64_t dst,
                            uint64_t src, uint64_t n)
{
    uint32_t to = high(dst_src_table), from = low(dst_src_table);
    return pending(i, bulk_table_copy(i, to, from, dst, src, n));
}

enum trap helper_table_fill(struct instance *i, uint32_t table, uint64_t dst, ref value,
                            uint64_t n)
{
    return pending(i, bulk_table_fill(i, table, dst, value, n));
}

uint64_t helper_table_grow(struct instance *i, uint32_t table, uint64_t delta, ref value)
{
    return table_grow(i->tables[table], delta, value);
}

void helper_elem_drop(struct instance *i, uint32_t elem) { bulk_elem_drop(i, elem); }
