/* ops_memory.c - loads, stores and the operations on whole memories.
 *
 * Guard memories need no check: an i32 index plus a 32-bit offset stays within the
 * reservation, and a fault is found by the site of its instruction.  Check memories
 * compare the end of the access, computed in 64 bits in a register of its own, with the
 * current length. */
#include "baseline/emit.h"

/* Where an access goes. */
struct access {
    struct mem mem;
    struct code_site site;
    bool faults; /* mem's instruction is the site */
};

static const struct memory_type *memory_type(const struct compiler *c, uint32_t memory)
{
    return &c->module->memories[memory].type;
}

static bool is_guarded(const struct compiler *c, uint32_t memory)
{
    return memory == 0
               ? c->guard0
               : engine_guards(c->modcode->engine, &c->module->memories[memory].type);
}

/* reg = the struct memory. */
static void load_memory(struct compiler *c, unsigned reg, uint32_t memory)
{
    if (memory == 0) {
        asm_mov_rm(&c->a, W64, reg, MEM_INSTANCE(memory0));
        return;
    }
    asm_mov_rm(&c->a, W64, reg, MEM_INSTANCE(memories));
    asm_mov_rm(&c->a, W64, reg, mem_base(reg, (int32_t)(memory * 8)));
}

/* A constant address becomes part of the displacement, or a register if it is large. */
static void resolve_const(struct value *v, uint64_t *offset)
{
    uint64_t sum;
    if (v->kind != V_CONST || __builtin_add_overflow(v->bits, *offset, &sum))
        return;
    if (v->type == T_I32 || sum <= INT32_MAX) {
        v->bits = sum;
        v->type = T_I64;
        *offset = 0;
    }
}

/* reg = index + addend.  Only where indices have 64 bits can it overflow, which traps. */
static void emit_sum(struct compiler *c, unsigned reg, unsigned index, uint64_t addend,
                     const struct code_site *site)
{
    asm_mov_ri(&c->a, reg, addend);
    asm_alu_rr(&c->a, ALU_ADD, W64, reg, index);
    if (memory_type(c, site->memory)->limits.is64)
        cold_jump(c, CC_B, site);
}

/* The index of the access, or NO_REG; an offset that does not fit is added to it. */
static unsigned resolve_index(struct compiler *c, struct value *v, uint64_t *offset,
                              struct code_site *site)
{
    resolve_const(v, offset);
    if (v->kind == V_CONST && v->bits <= INT32_MAX && *offset == 0) {
        *offset = v->bits;
        return NO_REG;
    }
    unsigned index = value_reg(c, v);
    site->wide = v->type == T_I64;
    if (*offset <= INT32_MAX)
        return index;
    unsigned sum = reg_alloc(c, GPRS);
    site->reg = (uint8_t)index;
    emit_sum(c, sum, index, *offset, site);
    return sum;
}

/* Whether a constant address is within what the memory has from the start: none shrinks. */
static bool is_always_inside(const struct compiler *c, unsigned index, uint64_t offset,
                             const struct code_site *site)
{
    const struct memory_type *type = memory_type(c, site->memory);
    return index == NO_REG && offset + site->width <= type->limits.min << type->page_log2;
}

/* Traps unless index + offset + width <= length. */
static void emit_check(struct compiler *c, unsigned index, uint64_t offset, uint32_t memory,
                       const struct code_site *site)
{
    struct assembler *a = &c->a;
    unsigned end = WX_BUG(S04) && index != NO_REG ? index : reg_alloc(c, GPRS);
    unsigned object = reg_alloc(c, GPRS);
    uint64_t reach = WX_BUG(S05) ? 0 : offset + site->width;
    if (index == NO_REG)
        asm_mov_ri(a, end, reach);
    else if (reach <= INT32_MAX && !memory_type(c, memory)->limits.is64)
        asm_lea(a, W64, end, mem_base(index, (int32_t)reach));
    else
        emit_sum(c, end, index, reach, site);
    load_memory(c, object, memory);
    asm_alu_rm(a, ALU_CMP, W64, end, mem_base(object, offsetof(struct memory, bytes)));
    cold_jump(c, CC_A, site);
    reg_unlock(c, GPRS, end);
    reg_unlock(c, GPRS, object);
}

/* A register with the base of a memory other than 0. */
static unsigned load_base(struct compiler *c, uint32_t memory)
{
    unsigned base = reg_alloc(c, GPRS);
    load_memory(c, base, memory);
    asm_mov_rm(&c->a, W64, base, mem_base(base, offsetof(struct memory, base)));
    return base;
}

/* Pops an address into *v.  The registers it is made of stay locked. */
static struct access access_pop(struct compiler *c, const struct memarg *arg,
                                uint32_t width, struct value *v)
{
    struct access x = { .site = site_make(c, TRAP_MEMORY_BOUNDS) };
    uint64_t offset = arg->offset;
    *v = stack_pop(c);
    x.faults = is_guarded(c, arg->memory);
    x.site.width = (uint8_t)width;
    x.site.memory = (uint8_t)arg->memory;
    unsigned index = resolve_index(c, v, &offset, &x.site), base = REG_MEMORY;
    bool folded = index != NO_REG && offset > INT32_MAX;
    x.site.reg = (uint8_t)index;
    x.site.wide = x.site.wide || (folded && !WX_BUG(X03));
    x.site.disp = folded ? 0 : (uint32_t)offset;
    if (folded)
        offset = 0;
    if (!x.faults && !is_always_inside(c, index, offset, &x.site))
        emit_check(c, index, offset, arg->memory, &x.site);
    if (arg->memory != 0)
        base = load_base(c, arg->memory);
    x.mem = index == NO_REG ? mem_base(base, (int32_t)offset)
                            : mem_index(base, index, 1, (int32_t)offset);
    return x;
}

static void access_site(struct compiler *c, const struct access *x)
{
    if (x->faults)
        site_here(c, &x->site);
}

/* ---- loads --------------------------------------------------------------------------- */

/* What a load does with the bytes it reads. */
struct load_form {
    uint8_t type, width;
    bool is_signed;
};

static void emit_extending_load(struct compiler *c, struct load_form form, unsigned dst,
                                struct mem m)
{
    struct assembler *a = &c->a;
    enum width to = vtype_width(form.type);
    switch (form.width) {
    case 1:
    case 2: {
        enum width from = form.width == 1 ? W8 : W16;
        if (form.is_signed)
            asm_movsx_rm(a, to, from, dst, m);
        else
            asm_movzx_rm(a, W32, from, dst, m);
        break;
    }
    case 4:
        if (form.type == T_I64 && form.is_signed)
            asm_movsxd_rm(a, dst, m);
        else
            emit_load(c, form.type == T_I64 ? T_I32 : form.type, dst, m);
        break;
    default:
        if (WX_BUG(S28) && form.type == T_F64)
            asm_sse_rm(a, SSE_MOVUPS, dst, m);
        else
            emit_load(c, form.type, dst, m);
    }
}

static bool in_range(enum op op, enum op first, enum op last)
{
    return op >= first && op <= last;
}

/* Whether the next instruction can read its second operand, of that type, from memory. */
static bool is_operand_next(const struct compiler *c, enum vtype type)
{
    enum op next = code_peek(c);
    switch (type) {
    case T_I32:
        return in_range(next, OP_i32_eqz, OP_i32_ge_u) ||
               in_range(next, OP_i32_add, OP_i32_mul) ||
               in_range(next, OP_i32_and, OP_i32_xor);
    case T_I64:
        return in_range(next, OP_i64_eqz, OP_i64_ge_u) ||
               in_range(next, OP_i64_add, OP_i64_mul) ||
               in_range(next, OP_i64_and, OP_i64_xor);
    case T_F32:
        return in_range(next, OP_f32_eq, OP_f32_ge) ||
               in_range(next, OP_f32_add, OP_f32_div);
    case T_F64:
        return in_range(next, OP_f64_eq, OP_f64_ge) ||
               in_range(next, OP_f64_add, OP_f64_div);
    default: return false;
    }
}

/* Leaves a load to the next instruction.  Only for memory 0, where all but the index is
 * fixed. */
static bool leave_load(struct compiler *c, const struct memarg *arg, struct load_form form,
                       const struct access *x, const struct value *address)
{
    unsigned full = form.type == T_I32 || form.type == T_F32 ? 4 : 8;
    if (arg->memory != 0 || !x->faults || form.width != full ||
        !is_operand_next(c, form.type))
        return false;
    struct value *v = stack_grow(c);
    v->kind = V_LOAD;
    v->type = form.type;
    v->mem = x->mem;
    c->load = x->site;
    if (address->kind == V_REG) {
        v->reg = address->reg;
        c->bank[GPRS].busy |= reg_bit(v->reg);
    }
    return true;
}

static void load(struct compiler *c, struct load_form form)
{
    struct memarg arg = code_memarg(&c->pc);
    struct value address;
    struct access x = access_pop(c, &arg, form.width, &address);
    if (leave_load(c, &arg, form, &x, &address))
        return;
    unsigned dst = result_reg(c, form.type, &address);
    access_site(c, &x);
    emit_extending_load(c, form, dst, x.mem);
    result_push(c, form.type, dst);
}

#define LOAD(name, type, width, is_signed)                     \
    void baseline_##name(struct compiler *c)                   \
    {                                                          \
        load(c, (struct load_form){ type, width, is_signed }); \
    }

LOAD(i32_load, T_I32, 4, false)
LOAD(i64_load, T_I64, 8, false)
LOAD(f32_load, T_F32, 4, false)
LOAD(f64_load, T_F64, 8, false)
LOAD(i32_load8_s, T_I32, 1, true)
LOAD(i32_load8_u, T_I32, 1, false)
LOAD(i32_load16_s, T_I32, 2, true)
LOAD(i32_load16_u, T_I32, 2, false)
LOAD(i64_load8_s, T_I64, 1, true)
LOAD(i64_load8_u, T_I64, 1, false)
LOAD(i64_load16_s, T_I64, 2, true)
LOAD(i64_load16_u, T_I64, 2, false)
LOAD(i64_load32_s, T_I64, 4, true)
LOAD(i64_load32_u, T_I64, 4, false)

/* ---- stores -------------------------------------------------------------------------- */

static enum width store_width(uint32_t bytes)
{
    return bytes == 1 ? W8 : bytes == 2 ? W16 : bytes == 4 ? W32 : W64;
}

static bool is_store_imm(const struct value *v, enum width w)
{
    return v->kind == V_CONST && (w != W64 || imm_fits32((int64_t)v->bits));
}

static void store(struct compiler *c, uint32_t bytes)
{
    struct memarg arg = code_memarg(&c->pc);
    struct value v = stack_pop(c), address;
    enum width w = store_width(bytes);
    if (is_store_imm(&v, w)) {
        struct access x = access_pop(c, &arg, bytes, &address);
        access_site(c, &x);
        asm_mov_mi(&c->a, w, x.mem, (int32_t)v.bits);
        return;
    }
    unsigned reg = value_reg(c, &v);
    struct access x = access_pop(c, &arg, bytes, &address);
    access_site(c, &x);
    if (vtype_bank(v.type) == XMMS)
        emit_store(c, v.type, x.mem, reg);
    else
        asm_mov_mr(&c->a, w, x.mem, reg);
}

void baseline_i32_store(struct compiler *c) { store(c, 4); }
void baseline_i64_store(struct compiler *c) { store(c, 8); }
void baseline_f32_store(struct compiler *c) { store(c, 4); }
void baseline_f64_store(struct compiler *c) { store(c, 8); }
void baseline_i32_store8(struct compiler *c) { store(c, 1); }
void baseline_i32_store16(struct compiler *c) { store(c, 2); }
void baseline_i64_store8(struct compiler *c) { store(c, 1); }
void baseline_i64_store16(struct compiler *c) { store(c, 2); }
void baseline_i64_store32(struct compiler *c) { store(c, 4); }

/* ---- whole memories ------------------------------------------------------------------ */

static enum vtype address_type(const struct compiler *c, uint32_t memory)
{
    return memory_type(c, memory)->limits.is64 ? T_I64 : T_I32;
}

void baseline_memory_size(struct compiler *c)
{
    uint32_t memory = code_u32(&c->pc);
    enum vtype type = address_type(c, memory);
    unsigned dst = result_reg(c, type, NULL);
    load_memory(c, dst, memory);
    asm_mov_rm(&c->a, W64, dst, mem_base(dst, offsetof(struct memory, bytes)));
    if (memory_type(c, memory)->page_log2 != 0)
        asm_shift_ri(&c->a, SH_SHR, W64, dst, memory_type(c, memory)->page_log2);
    result_push(c, type, dst);
}

void baseline_memory_grow(struct compiler *c)
{
    uint32_t memory = code_u32(&c->pc);
    enum vtype type = address_type(c, memory);
    call_helper(c, HELPER_memory_grow, memory, 1, HELPER_PLAIN);
    if (type == T_I32 && !WX_BUG(S07))
        asm_mov_rr(&c->a, W32, RAX, RAX);
    result_hint(c);
    result_push(c, type, RAX);
}

void baseline_memory_init(struct compiler *c)
{
    uint64_t data = code_u32(&c->pc), memory = code_u32(&c->pc);
    call_helper(c, HELPER_memory_init, data << 32 | memory, 3, HELPER_TRAPS);
}

void baseline_memory_copy(struct compiler *c)
{
    uint64_t dst = code_u32(&c->pc), src = code_u32(&c->pc);
    call_helper(c, HELPER_memory_copy, dst << 32 | src, 3, HELPER_TRAPS);
}

void baseline_memory_fill(struct compiler *c)
{
    call_helper(c, HELPER_memory_fill, code_u32(&c->pc), 3, HELPER_TRAPS);
}

void baseline_data_drop(struct compiler *c)
{
    uint32_t data = code_u32(&c->pc);
    call_helper(c, HELPER_data_drop, WX_BUG(S111) ? 0 : data, 0, HELPER_PLAIN);
}
