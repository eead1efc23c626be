/* ops_table.c - tables and references. */
#include "baseline/emit.h"

/* reg = the struct table. */
static void load_table(struct compiler *c, unsigned reg, uint32_t table)
{
    if (table == 0) {
        asm_mov_rm(&c->a, W64, reg, MEM_INSTANCE(table0));
        return;
    }
    asm_mov_rm(&c->a, W64, reg, MEM_INSTANCE(tables));
    asm_mov_rm(&c->a, W64, reg, mem_base(reg, (int32_t)(table * 8)));
}

/* Jumps to the trap `kind` unless index is below the size of the table in reg. */
static void emit_bounds(struct compiler *c, unsigned reg, unsigned index, uint32_t table,
                        enum trap kind)
{
    struct code_site site = site_make(c, kind);
    site.reg = (uint8_t)index;
    site.memory = (uint8_t)table;
    site.width = 1;
    asm_alu_rm(&c->a, ALU_CMP, W64, index, mem_base(reg, offsetof(struct table, size)));
    cold_jump(c, WX_BUG(S109) ? CC_A : CC_AE, &site);
}

void ops_table_element(struct compiler *c, unsigned reg, unsigned index, uint32_t table,
                       enum trap kind)
{
    load_table(c, reg, table);
    emit_bounds(c, reg, index, table, kind);
    asm_mov_rm(&c->a, W64, reg, mem_base(reg, offsetof(struct table, elems)));
}

void baseline_table_get(struct compiler *c)
{
    uint32_t table = code_u32(&c->pc);
    struct value v = stack_pop(c);
    unsigned index = value_reg(c, &v), elems = reg_alloc(c, GPRS);
    ops_table_element(c, elems, index, table, TRAP_TABLE_BOUNDS);
    unsigned dst = result_reg(c, T_REF, &v);
    asm_mov_rm(&c->a, W64, dst, mem_index(elems, index, 8, 0));
    result_push(c, T_REF, dst);
}

void baseline_table_set(struct compiler *c)
{
    uint32_t table = code_u32(&c->pc);
    struct value v = stack_pop(c), i = stack_pop(c);
    unsigned value = value_reg(c, &v), index = value_reg(c, &i);
    unsigned elems = reg_alloc(c, GPRS);
    ops_table_element(c, elems, index, table, TRAP_TABLE_BOUNDS);
    asm_mov_mr(&c->a, W64, mem_index(elems, index, 8, 0), value);
}

static enum vtype address_type(const struct compiler *c, uint32_t table)
{
    return c->module->tables[table].type.limits.is64 ? T_I64 : T_I32;
}

void baseline_table_size(struct compiler *c)
{
    uint32_t table = code_u32(&c->pc);
    enum vtype type = address_type(c, table);
    unsigned dst = result_reg(c, type, NULL);
    load_table(c, dst, table);
    asm_mov_rm(&c->a, vtype_width(type), dst, mem_base(dst, offsetof(struct table, size)));
    result_push(c, type, dst);
}

/* On the stack: the value, then the count; the helper takes them in the other order. */
void baseline_table_grow(struct compiler *c)
{
    uint32_t table = code_u32(&c->pc);
    enum vtype type = address_type(c, table);
    call_helper(c, HELPER_table_grow, table, 2, HELPER_REVERSED);
    if (type == T_I32)
        asm_mov_rr(&c->a, W32, RAX, RAX);
    result_hint(c);
    result_push(c, type, RAX);
}

void baseline_table_init(struct compiler *c)
{
    uint64_t elem = code_u32(&c->pc), table = code_u32(&c->pc);
    call_helper(c, HELPER_table_init, elem << 32 | table, 3, HELPER_TRAPS);
}

void baseline_table_copy(struct compiler *c)
{
    uint64_t dst = code_u32(&c->pc), src = code_u32(&c->pc);
    call_helper(c, HELPER_table_copy, dst << 32 | src, 3, HELPER_TRAPS);
}

void baseline_table_fill(struct compiler *c)
{
    uint32_t table = code_u32(&c->pc);
    call_helper(c, HELPER_table_fill, WX_BUG(S106) ? 0 : table, 3, HELPER_TRAPS);
}

void baseline_elem_drop(struct compiler *c)
{
    call_helper(c, HELPER_elem_drop, code_u32(&c->pc), 0, HELPER_PLAIN);
}

/* ---- references ---------------------------------------------------------------------- */

void baseline_ref_null(struct compiler *c)
{
    code_s64(&c->pc);
    stack_push_const(c, T_REF, 0);
}

void baseline_ref_func(struct compiler *c)
{
    uint32_t func = code_u32(&c->pc);
    unsigned dst = result_reg(c, T_REF, NULL);
    asm_mov_rm(&c->a, W64, dst, MEM_INSTANCE(funcs));
    asm_mov_rm(&c->a, W64, dst, mem_base(dst, (int32_t)(func * 8)));
    result_push(c, T_REF, dst);
}
