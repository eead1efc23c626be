/* state.c - the abstract stack and the registers under it.  See state.h.
 *
 * What emits here only moves: nothing in this file changes the flags while a condition is
 * in them. */
#include "baseline/state.h"
#include <assert.h>

/* ---- typed moves --------------------------------------------------------------------- */

void emit_load(struct compiler *c, unsigned type, unsigned reg, struct mem m)
{
    if (vtype_bank(type) == XMMS)
        type == T_V128 ? asm_sse_rm(&c->a, SSE_MOVUPS, reg, m)
                       : asm_fload(&c->a, vtype_fwidth(type), reg, m);
    else
        WX_BUG(S02) && type == T_I32 ? asm_movsxd_rm(&c->a, reg, m)
                                     : asm_mov_rm(&c->a, vtype_width(type), reg, m);
}

void emit_store(struct compiler *c, unsigned type, struct mem m, unsigned reg)
{
    if (vtype_bank(type) == XMMS)
        type == T_V128 ? asm_sse_mr(&c->a, SSE_ST_MOVUPS, m, reg)
                       : asm_fstore(&c->a, vtype_fwidth(type), m, reg);
    else
        asm_mov_mr(&c->a, WX_BUG(S11) && type == T_I32 ? W32 : W64, m, reg);
}

void emit_move(struct compiler *c, unsigned type, unsigned dst, unsigned src)
{
    if (dst == src)
        return;
    if (vtype_bank(type) == XMMS)
        asm_fmov_rr(&c->a, dst, src);
    else
        asm_mov_rr(&c->a, vtype_width(type), dst, src);
}

void emit_words(struct compiler *c, struct mem to, struct mem from, uint32_t words,
                unsigned tmp)
{
    for (; words != 0; words--) {
        asm_mov_rm(&c->a, W64, tmp, from);
        asm_mov_mr(&c->a, W64, to, tmp);
        from.disp += 8;
        to.disp += 8;
    }
}

static void emit_const(struct compiler *c, unsigned type, unsigned reg, uint64_t bits)
{
    if (vtype_bank(type) == XMMS) {
        if (bits == 0)
            asm_sse_rr(&c->a, SSE_XORPS, reg, reg);
        else
            asm_fload(&c->a, vtype_fwidth(type), reg, const_mem(c, bits));
    } else if (bits == 0 && !c->flags_live) {
        asm_zero(&c->a, reg);
    } else {
        asm_mov_ri(&c->a, reg, bits);
    }
}

/* ---- registers ----------------------------------------------------------------------- */

void reg_forget_slow(struct compiler *c, unsigned bank, unsigned reg)
{
    struct bank *b = &c->bank[bank];
    b->cached &= ~reg_bit(reg);
    c->locals[b->local[reg]].cache = NO_REG;
}

void reg_forget_all(struct compiler *c)
{
    for (unsigned bank = 0; bank < 2; bank++)
        while (c->bank[bank].cached != 0)
            reg_forget_slow(c, bank, (unsigned)__builtin_ctz(c->bank[bank].cached));
}

void reg_cache(struct compiler *c, uint32_t local, unsigned reg)
{
    struct local *l = &c->locals[local];
    unsigned bank = vtype_bank(l->type);
    struct bank *b = &c->bank[bank];
    if (!(b->pool & reg_bit(reg)))
        return;
    reg_forget(c, bank, reg);
    if (l->cache != NO_REG)
        reg_forget_slow(c, bank, l->cache);
    l->cache = (uint8_t)reg;
    b->cached |= reg_bit(reg);
    b->local[reg] = local;
}

/* Moves v to its slot. */
static void spill(struct compiler *c, struct value *v)
{
    if (v->kind == V_CONST || v->kind == V_SLOT)
        return;
    assert(v->kind == V_REG || v->kind == V_LOCAL);
    FEEDBACK(SPILL, v->kind, v->type);
    unsigned bank = vtype_bank(v->type), reg = value_in(c, v);
    if (reg == NO_REG) {
        reg = reg_alloc(c, bank);
        value_load(c, reg, v);
        reg_unlock(c, bank, reg);
    }
    emit_store(c, v->type, mem_slot(c, v->slot), reg);
    if (v->kind == V_REG)
        c->bank[bank].busy &= ~reg_bit(v->reg);
    v->kind = V_SLOT;
    v->reg = NO_REG;
}

/* The lowest value on the stack that owns a register of the bank. */
static struct value *oldest_in_reg(struct compiler *c, unsigned bank, uint32_t regs)
{
    for (uint32_t i = c->stable; i < c->sp; i++) {
        struct value *v = &c->stack[i];
        if (v->kind == V_REG && vtype_bank(v->type) == bank && (reg_bit(v->reg) & regs))
            return v;
    }
    return NULL;
}

static uint32_t make_free(struct compiler *c, unsigned bank)
{
    struct bank *b = &c->bank[bank];
    uint32_t free;
    while ((free = b->pool & ~(b->busy | b->lock)) == 0) {
        struct value *v = oldest_in_reg(c, bank, ~b->lock);
        assert(v != NULL);
        spill(c, v);
    }
    return free;
}

/* Gives up copies of locals in turn. */
static unsigned reclaim(struct compiler *c, unsigned bank, uint32_t free)
{
    struct bank *b = &c->bank[bank];
    uint32_t next = free & (UINT32_MAX << b->turn);
    unsigned reg = (unsigned)__builtin_ctz(next != 0 ? next : free);
    b->turn = (reg + 1) % 16;
    FEEDBACK(EVICT, bank, reg);
    reg_forget_slow(c, bank, reg);
    return reg;
}

unsigned reg_alloc(struct compiler *c, unsigned bank)
{
    struct bank *b = &c->bank[bank];
    uint32_t free = b->pool & ~(b->busy | (WX_BUG(S85) ? 0 : b->lock));
    if (UNLIKELY(free == 0))
        free = make_free(c, bank);
    uint32_t unused = free & ~b->cached;
    unsigned reg = unused != 0 ? (unsigned)__builtin_ctz(unused) : reclaim(c, bank, free);
    b->lock |= reg_bit(reg);
    return reg;
}

void reg_vacate(struct compiler *c, unsigned bank, unsigned reg)
{
    struct bank *b = &c->bank[bank];
    assert(b->pool & reg_bit(reg));
    reg_lock(c, bank, reg);
    if (b->busy & reg_bit(reg)) {
        FEEDBACK(FIXED, bank, reg);
        struct value *v = oldest_in_reg(c, bank, reg_bit(reg));
        if ((b->pool & ~(b->busy | b->lock)) == 0) {
            spill(c, v);
        } else {
            unsigned to = reg_alloc(c, bank);
            emit_move(c, v->type, to, reg);
            v->reg = (uint8_t)to;
            b->busy = (b->busy & ~reg_bit(reg)) | reg_bit(to);
            reg_unlock(c, bank, to);
        }
    }
    reg_forget(c, bank, reg);
}

/* ---- the stack ----------------------------------------------------------------------- */

void stack_flush(struct compiler *c, uint32_t upto)
{
    for (uint32_t i = c->stable; i < upto; i++)
        spill(c, &c->stack[i]);
    if (c->stable < upto)
        c->stable = upto;
}

void stack_home(struct compiler *c, uint32_t i)
{
    struct value *v = &c->stack[i];
    spill(c, v);
    if (v->kind == V_CONST) {
        value_store(c, mem_slot(c, v->slot), v, NO_REG);
        v->kind = V_SLOT;
    }
}

void stack_spill_regs(struct compiler *c, uint32_t upto)
{
    for (uint32_t i = c->stable; i < upto; i++)
        if (c->stack[i].kind == V_REG)
            spill(c, &c->stack[i]);
}

/* ---- using values -------------------------------------------------------------------- */

unsigned value_in(const struct compiler *c, const struct value *v)
{
    if (v->kind == V_REG)
        return v->reg;
    if (v->kind != V_LOCAL)
        return NO_REG;
    const struct local *l = &c->locals[v->local];
    return l->pin != NO_REG ? l->pin : l->cache;
}

/* The memory that holds v. */
static struct mem value_mem(const struct compiler *c, const struct value *v)
{
    switch (v->kind) {
    case V_LOCAL: return mem_slot(c, c->locals[v->local].slot);
    case V_LOAD: return v->mem;
    default: assert(v->kind == V_SLOT); return mem_slot(c, v->slot);
    }
}

/* What to load v as.  An i32 local that is read as an i64 is still an i32, so that its
 * copy is seen to be zero-extended; an i64 local of which an i32 is wanted is loaded as
 * that. */
static unsigned loaded_type(const struct compiler *c, const struct value *v)
{
    bool is_i32 = v->kind == V_LOCAL && c->locals[v->local].type == T_I32;
    return is_i32 ? (unsigned)T_I32 : v->type;
}

void value_load(struct compiler *c, unsigned reg, const struct value *v)
{
    unsigned in = value_in(c, v);
    if (in != NO_REG) {
        emit_move(c, v->type, reg, in);
        return;
    }
    switch (v->kind) {
    case V_CONST: emit_const(c, v->type, reg, v->bits); break;
    case V_SCALED: asm_lea(&c->a, vtype_width(v->type), reg, v->mem); break;
    default:
        FEEDBACK(RELOAD, v->kind, reg);
        if (v->kind == V_LOAD)
            site_here(c, &c->load);
        if (WX_BUG(S26) && v->kind == V_LOAD && v->type == T_F64)
            asm_sse_rm(&c->a, SSE_MOVUPS, reg, v->mem);
        else
            emit_load(c, loaded_type(c, v), reg, value_mem(c, v));
    }
}

static void store_const(struct compiler *c, struct mem m, uint64_t bits)
{
    if (imm_fits32((int64_t)bits)) {
        asm_mov_mi(&c->a, W64, m, (int32_t)bits);
        return;
    }
    asm_mov_mi(&c->a, W32, m, (int32_t)(uint32_t)bits);
    m.disp += 4;
    asm_mov_mi(&c->a, W32, m, (int32_t)(bits >> 32));
}

void value_store(struct compiler *c, struct mem m, const struct value *v, unsigned tmp)
{
    unsigned in = value_in(c, v);
    if (in != NO_REG) {
        emit_store(c, v->type, m, in);
    } else if (v->kind == V_CONST) {
        store_const(c, m, v->bits);
    } else if (v->type == T_I32 || v->type == T_F32) {
        asm_mov_rm(&c->a, W32, tmp, value_mem(c, v));
        asm_mov_mr(&c->a, W64, m, tmp);
    } else {
        emit_words(c, m, value_mem(c, v), vtype_slots(v->type), tmp);
    }
}

/* A new register with v in it. */
static unsigned load_new(struct compiler *c, const struct value *v)
{
    unsigned reg = reg_alloc(c, vtype_bank(v->type));
    value_load(c, reg, v);
    return reg;
}

unsigned value_reg(struct compiler *c, struct value *v)
{
    unsigned reg = value_in(c, v);
    if (reg != NO_REG) {
        reg_lock(c, vtype_bank(v->type), reg);
        return reg;
    }
    reg = load_new(c, v);
    if (v->kind == V_LOCAL) {
        reg_cache(c, v->local, reg);
    } else {
        v->kind = V_REG;
        v->reg = (uint8_t)reg;
    }
    return reg;
}

unsigned value_own(struct compiler *c, struct value *v)
{
    if (v->kind == V_REG) {
        reg_forget(c, vtype_bank(v->type), v->reg);
        return v->reg;
    }
    unsigned reg = load_new(c, v);
    v->kind = V_REG;
    v->reg = (uint8_t)reg;
    return reg;
}

static struct operand operand_reg(unsigned reg)
{
    return (struct operand){ .kind = OPERAND_REG, .reg = (uint8_t)reg };
}

struct operand value_operand(struct compiler *c, struct value *v)
{
    if (v->kind == V_CONST) {
        if (vtype_bank(v->type) == XMMS)
            return (struct operand){ .kind = OPERAND_FLOAT, .bits = v->bits };
        if (v->type == T_I32 || WX_BUG(S38) || imm_fits32((int64_t)v->bits))
            return (struct operand){ .kind = OPERAND_IMM, .imm = (int32_t)v->bits };
    }
    if (v->kind == V_CONST || v->kind == V_SCALED || value_in(c, v) != NO_REG)
        return operand_reg(value_reg(c, v));
    return (struct operand){ .kind = OPERAND_MEM,
                             .traps = v->kind == V_LOAD,
                             .mem = value_mem(c, v) };
}

struct mem operand_mem(struct compiler *c, const struct operand *o)
{
    if (o->kind == OPERAND_FLOAT)
        return const_mem(c, o->bits);
    assert(o->kind == OPERAND_MEM);
    if (o->traps)
        site_here(c, &c->load);
    return o->mem;
}

/* ---- results ------------------------------------------------------------------------- */

/* Whether an operation computes its first operand's successor: both are integers of one type,
 * and nothing else can happen in it. */
static bool goes_on(enum op op)
{
    switch (op) {
    case OP_i32_add:
    case OP_i32_sub:
    case OP_i32_mul:
    case OP_i32_and:
    case OP_i32_or:
    case OP_i32_xor:
    case OP_i32_shl:
    case OP_i32_shr_s:
    case OP_i32_shr_u:
    case OP_i32_rotl:
    case OP_i32_rotr:
    case OP_i64_add:
    case OP_i64_sub:
    case OP_i64_mul:
    case OP_i64_and:
    case OP_i64_or:
    case OP_i64_xor:
    case OP_i64_shl:
    case OP_i64_shr_s:
    case OP_i64_shr_u:
    case OP_i64_rotl:
    case OP_i64_rotr: return true;
    default: return false;
    }
}

/* Of up to CHAIN operations with a simple second operand that follow, the local that the
 * last one's result is assigned to, if none of them reads it; else UINT32_MAX. */
static uint32_t chain_end(const struct compiler *c)
{
    enum { CHAIN = 3 };
    uint32_t gets[CHAIN], n = 0;
    const uint8_t *p = c->pc;
    for (uint32_t i = 0; i <= CHAIN; i++) {
        enum op op = code_op(&p);
        if (op == OP_local_set || op == OP_local_tee) {
            uint32_t local = code_u32(&p);
            for (uint32_t k = 0; k < n; k++)
                if (gets[k] == local)
                    return UINT32_MAX;
            return local;
        }
        if (i == CHAIN)
            break;
        if (op == OP_local_get)
            gets[n++] = code_u32(&p);
        else if (op == OP_i32_const || op == OP_i64_const)
            code_s64(&p);
        else
            break;
        if (!goes_on(code_op(&p)))
            break;
    }
    return UINT32_MAX;
}

/* Computes for a local's register: values that mean the old local are saved. */
static unsigned hint_local(struct compiler *c, uint32_t local, const uint8_t *next,
                           bool tee)
{
    unsigned pin = c->locals[local].pin;
    if (pin == NO_REG)
        return NO_REG;
    local_release(c, local);
    c->hint = (uint8_t)pin;
    c->hint_local = local;
    c->hint_tee = tee;
    c->hint_pc = next;
    return pin;
}

unsigned result_hint_slow(struct compiler *c)
{
    const uint8_t *p = c->pc;
    enum op op = code_op(&p);
    uint32_t local = code_u32(&p);
    return hint_local(c, local, p, op == OP_local_tee);
}

unsigned result_hint_chain(struct compiler *c)
{
    uint32_t local = chain_end(c);
    return local != UINT32_MAX ? hint_local(c, local, c->pc, true) : NO_REG;
}

unsigned result_reg(struct compiler *c, enum vtype type, const struct value *v)
{
    unsigned hint = result_hint(c), bank = vtype_bank(type);
    if (hint != NO_REG)
        return hint;
    if (v == NULL || v->reg == NO_REG ||
        (v->kind == V_REG ? vtype_bank(v->type) : GPRS) != bank)
        return reg_alloc(c, bank);
    if (!WX_BUG(X04))
        reg_forget(c, bank, v->reg);
    return v->reg;
}

void result_push(struct compiler *c, enum vtype type, unsigned reg)
{
    if (c->hint == NO_REG) {
        stack_push_reg(c, type, reg);
        return;
    }
    emit_move(c, type, c->hint, reg);
    c->pc = c->hint_pc;
    c->hint = NO_REG;
    if (c->hint_tee)
        stack_push_local(c, c->hint_local);
}
