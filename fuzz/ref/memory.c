/* memory.c - linear memory, byte by byte, with a bounds check before each access.
 *
 * Growth is the runtime's (it is bookkeeping); what reads or writes bytes is here.
 * spec: exec-load-val, exec-store-val, exec-memory.copy and its neighbours */
#include "ref/machine.h"

static struct memory *memory(struct machine *m, uint32_t index)
{
    require(m, index < m->frame->instance->module->nmemories);
    struct memory *memory = m->frame->instance->memories[index];
    require(m, memory->bytes == memory->pages << memory->type.page_log2);
    return memory;
}

static valtype address_of(const struct memory *memory)
{
    return address_type(memory->type.limits.is64);
}

/* Whether the n bytes from at exceed size. */
static bool exceeds(uint64_t at, uint64_t n, uint64_t size)
{
    unsigned __int128 end = (unsigned __int128)at + n;
    return end > size;
}

/* ---- loads and stores ---------------------------------------------------------------- */

struct access {
    struct memory *memory;
    struct memarg arg;
};

static struct access read_access(struct machine *m)
{
    struct access a = { .arg = code_memarg(&m->frame->pc) };
    a.memory = memory(m, a.arg.memory);
    return a;
}

/* Where the width bytes are that the address on the stack names; NULL: beyond the
 * memory, and a trap has begun. */
static uint8_t *locate(struct machine *m, const struct access *a, uint32_t width)
{
    uint64_t address = ref_pop(m, address_of(a->memory));
    unsigned __int128 at = (unsigned __int128)address + a->arg.offset;
    if (at + width > a->memory->bytes) {
        ref_trap_range(m, TRAP_MEMORY_BOUNDS, (uint64_t)at, width, a->memory->bytes);
        return NULL;
    }
    return a->memory->base + (uint64_t)at;
}

static uint64_t get_bytes(const uint8_t *p, uint32_t width)
{
    uint64_t bits = 0;
    for (uint32_t i = width; i-- > 0;)
        bits = bits << 8 | p[i];
    return bits;
}

static void put_bytes(uint8_t *p, uint32_t width, uint64_t bits)
{
    for (uint32_t i = 0; i < width; i++, bits >>= 8)
        p[i] = (uint8_t)bits;
}

/* The highest of the low `bits` bits, copied upwards to `to` bits. */
static uint64_t extend(uint64_t v, uint32_t bits, uint32_t to)
{
    uint64_t mask = to == 64 ? UINT64_MAX : (UINT64_C(1) << to) - 1;
    if (bits < 64 && (v >> (bits - 1) & 1) != 0)
        v |= UINT64_MAX << bits;
    return v & mask;
}

#define LOAD(name, type, width, value)           \
    enum trap ref_op_##name(struct machine *m)   \
    {                                            \
        struct access a = read_access(m);        \
        const uint8_t *p = locate(m, &a, width); \
        if (p == NULL)                           \
            return TRAP_MEMORY_BOUNDS;           \
        uint64_t v = get_bytes(p, width);        \
        ref_push(m, VT_##type, value);           \
        return TRAP_NONE;                        \
    }
LOAD(i32_load, I32, 4, v)
LOAD(i64_load, I64, 8, v)
LOAD(f32_load, F32, 4, v)
LOAD(f64_load, F64, 8, v)
LOAD(i32_load8_s, I32, 1, extend(v, 8, 32))
LOAD(i32_load8_u, I32, 1, v)
LOAD(i32_load16_s, I32, 2, extend(v, 16, 32))
LOAD(i32_load16_u, I32, 2, v)
LOAD(i64_load8_s, I64, 1, extend(v, 8, 64))
LOAD(i64_load8_u, I64, 1, v)
LOAD(i64_load16_s, I64, 2, extend(v, 16, 64))
LOAD(i64_load16_u, I64, 2, v)
LOAD(i64_load32_s, I64, 4, extend(v, 32, 64))
LOAD(i64_load32_u, I64, 4, v)

#define STORE(name, type, width)               \
    enum trap ref_op_##name(struct machine *m) \
    {                                          \
        struct access a = read_access(m);      \
        uint64_t v = ref_pop(m, VT_##type);    \
        uint8_t *p = locate(m, &a, width);     \
        if (p == NULL)                         \
            return TRAP_MEMORY_BOUNDS;         \
        put_bytes(p, width, v);                \
        return TRAP_NONE;                      \
    }
STORE(i32_store, I32, 4)
STORE(i64_store, I64, 8)
STORE(f32_store, F32, 4)
STORE(f64_store, F64, 8)
STORE(i32_store8, I32, 1)
STORE(i32_store16, I32, 2)
STORE(i64_store8, I64, 1)
STORE(i64_store16, I64, 2)
STORE(i64_store32, I64, 4)

/* ---- size ---------------------------------------------------------------------------- */

enum trap ref_op_memory_size(struct machine *m)
{
    const struct memory *mem = memory(m, code_u32(&m->frame->pc));
    ref_push(m, address_of(mem), mem->pages);
    return TRAP_NONE;
}

/* Are the first bytes from `at` on zero?  All would be gigabytes in some tests. */
static bool is_zero(const struct memory *mem, uint64_t at)
{
    enum { MOST = 65536 };
    for (uint64_t n = 0; n < MOST && at + n < mem->bytes; n++)
        if (mem->base[at + n] != 0)
            return false;
    return true;
}

enum trap ref_op_memory_grow(struct machine *m)
{
    struct memory *mem = memory(m, code_u32(&m->frame->pc));
    uint64_t before = mem->pages, delta = ref_pop(m, address_of(mem));
    uint64_t old = memory_grow(mem, delta);
    require(m, old == UINT64_MAX || (old == before && mem->pages == before + delta));
    require(m, old == UINT64_MAX || is_zero(mem, old << mem->type.page_log2));
    ref_push(m, address_of(mem), mem->type.limits.is64 ? old : old & UINT32_MAX);
    return TRAP_NONE;
}

/* ---- bulk: bounds, fuel by length, then the effect ----------------------------------- */

enum trap ref_op_memory_init(struct machine *m)
{
    uint32_t data = code_u32(&m->frame->pc);
    struct memory *to = memory(m, code_u32(&m->frame->pc));
    require(m, data < m->frame->instance->module->ndatas);
    const struct data_instance *from = &m->frame->instance->datas[data];
    uint64_t n = ref_pop(m, VT_I32), src = ref_pop(m, VT_I32),
             dst = ref_pop(m, address_of(to));
    if (exceeds(dst, n, to->bytes))
        return ref_trap_range(m, TRAP_MEMORY_BOUNDS, dst, n, to->bytes);
    if (exceeds(src, n, from->len))
        return ref_trap_range(m, TRAP_MEMORY_BOUNDS, src, n, from->len);
    enum trap trap = ref_charge_units(m, n);
    for (uint64_t i = 0; trap == TRAP_NONE && i < n; i++)
        to->base[dst + i] = from->bytes[src + i];
    return trap;
}

enum trap ref_op_data_drop(struct machine *m)
{
    uint32_t data = code_u32(&m->frame->pc);
    require(m, data < m->frame->instance->module->ndatas);
    m->frame->instance->datas[data].len = 0;
    return TRAP_NONE;
}

/* Upwards or downwards, so that bytes are read before they are written. */
static void copy(uint8_t *to, const uint8_t *from, uint64_t n)
{
    if ((uintptr_t)to <= (uintptr_t)from)
        for (uint64_t i = 0; i < n; i++)
            to[i] = from[i];
    else
        for (uint64_t i = n; i-- > 0;)
            to[i] = from[i];
}

enum trap ref_op_memory_copy(struct machine *m)
{
    struct memory *to = memory(m, code_u32(&m->frame->pc));
    struct memory *from = memory(m, code_u32(&m->frame->pc));
    bool is64 = to->type.limits.is64 && from->type.limits.is64;
    uint64_t n = ref_pop(m, address_type(is64));
    uint64_t src = ref_pop(m, address_of(from)), dst = ref_pop(m, address_of(to));
    if (exceeds(dst, n, to->bytes))
        return ref_trap_range(m, TRAP_MEMORY_BOUNDS, dst, n, to->bytes);
    if (exceeds(src, n, from->bytes))
        return ref_trap_range(m, TRAP_MEMORY_BOUNDS, src, n, from->bytes);
    enum trap trap = ref_charge_units(m, n);
    if (trap == TRAP_NONE)
        copy(to->base + dst, from->base + src, n);
    return trap;
}

enum trap ref_op_memory_fill(struct machine *m)
{
    struct memory *to = memory(m, code_u32(&m->frame->pc));
    uint64_t n = ref_pop(m, address_of(to)), byte = ref_pop(m, VT_I32);
    uint64_t dst = ref_pop(m, address_of(to));
    if (exceeds(dst, n, to->bytes))
        return ref_trap_range(m, TRAP_MEMORY_BOUNDS, dst, n, to->bytes);
    enum trap trap = ref_charge_units(m, n);
    for (uint64_t i = 0; trap == TRAP_NONE && i < n; i++)
        to->base[dst + i] = (uint8_t)byte;
    return trap;
}
