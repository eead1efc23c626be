/* ops_local.c - locals, globals, constants and the parametric instructions. */
#include "baseline/emit.h"

/* ---- locals -------------------------------------------------------------------------- */

/* A cached copy that nobody owns becomes the value itself. */
static bool take_cached(struct compiler *c, struct value *v, const struct local *l)
{
    unsigned bank = vtype_bank(l->type);
    struct bank *b = &c->bank[bank];
    unsigned reg = l->cache;
    if (l->pin != NO_REG || reg == NO_REG || ((b->busy | b->lock) & reg_bit(reg)))
        return false;
    reg_forget(c, bank, reg);
    b->busy |= reg_bit(reg);
    v->kind = V_REG;
    v->reg = (uint8_t)reg;
    return true;
}

static void copy_local(struct compiler *c, struct value *v, const struct local *l)
{
    if (take_cached(c, v, l))
        return;
    unsigned bank = vtype_bank(l->type), reg = reg_alloc(c, bank);
    value_load(c, reg, v);
    v->kind = V_REG;
    v->reg = (uint8_t)reg;
    c->bank[bank].busy |= reg_bit(reg);
    reg_unlock(c, bank, reg);
}

void local_release(struct compiler *c, uint32_t local)
{
    for (uint32_t i = c->stable; i < c->sp; i++) {
        struct value *v = &c->stack[i];
        if (v->kind == V_LOCAL && v->local == local)
            copy_local(c, v, &c->locals[local]);
    }
}

void baseline_local_get(struct compiler *c) { stack_push_local(c, code_u32(&c->pc)); }

static void set_pinned(struct compiler *c, uint32_t local, const struct value *v)
{
    if (v->kind == V_LOCAL && v->local == local)
        return;
    if (!WX_BUG(S94))
        local_release(c, local);
    value_load(c, c->locals[local].pin, v);
}

/* Stores to the slot; a register that holds the value is remembered as a copy. */
static void set_slot(struct compiler *c, uint32_t local, struct value *v)
{
    struct local *l = &c->locals[local];
    unsigned reg = NO_REG;
    /* Not in two halves, which a load of the whole would wait for. */
    if (v->kind != V_CONST || (v->type != T_I32 && !imm_fits32((int64_t)v->bits)))
        reg = value_reg(c, v);
    if (!WX_BUG(S35))
        local_release(c, local);
    if (l->cache != NO_REG && l->cache != reg && !WX_BUG(X02))
        reg_forget_slow(c, vtype_bank(l->type), l->cache);
    if (reg == NO_REG) {
        value_store(c, mem_slot(c, l->slot), v, NO_REG);
        return;
    }
    emit_store(c, l->type, mem_slot(c, l->slot), reg);
    if (v->kind == V_REG)
        reg_cache(c, local, reg);
}

static void set(struct compiler *c, uint32_t local, struct value *v)
{
    if (c->locals[local].pin != NO_REG)
        set_pinned(c, local, v);
    else
        set_slot(c, local, v);
}

void baseline_local_set(struct compiler *c)
{
    uint32_t local = code_u32(&c->pc);
    struct value v = stack_pop(c);
    set(c, local, &v);
}

/* The value stays as it was, unless it would have to be loaded again. */
void baseline_local_tee(struct compiler *c)
{
    uint32_t local = code_u32(&c->pc);
    struct value v = stack_pop(c);
    set(c, local, &v);
    if (v.kind == V_CONST)
        stack_push_const(c, v.type, v.bits);
    else if (v.kind == V_REG && c->locals[local].pin == NO_REG)
        stack_push_reg(c, v.type, v.reg);
    else
        stack_push_local(c, local);
}

/* ---- globals ------------------------------------------------------------------------- */

/* Where the global is; an imported one is reached through reg. */
static struct mem global_mem(struct compiler *c, uint32_t global, unsigned reg)
{
    if (global >= c->module->nimported_globals)
        return mem_base(REG_INSTANCE, (int32_t)instance_global_offset(c->module, global));
    asm_mov_rm(&c->a, W64, reg, MEM_INSTANCE(globals));
    asm_mov_rm(&c->a, W64, reg, mem_base(reg, (int32_t)(global * 8)));
    return mem_base(reg, offsetof(struct global, value));
}

static bool is_imported_global(const struct compiler *c, uint32_t global)
{
    return global < c->module->nimported_globals;
}

void baseline_global_get(struct compiler *c)
{
    uint32_t global = code_u32(&c->pc);
    enum vtype type = vtype_of(c->module->globals[global].type.type);
    unsigned via = is_imported_global(c, global) ? reg_alloc(c, GPRS) : NO_REG;
    unsigned dst = result_reg(c, type, NULL);
    struct mem m = global_mem(c, global, via);
    if (WX_BUG(S13) && type == T_I32)
        asm_movsxd_rm(&c->a, dst, m);
    else
        emit_load(c, type, dst, m);
    result_push(c, type, dst);
}

void baseline_global_set(struct compiler *c)
{
    uint32_t global = code_u32(&c->pc);
    struct value v = stack_pop(c);
    unsigned via = is_imported_global(c, global) ? reg_alloc(c, GPRS) : NO_REG;
    if (v.kind != V_CONST || !imm_fits32((int64_t)v.bits))
        value_reg(c, &v);
    value_store(c, global_mem(c, global, via), &v, NO_REG);
}

/* ---- constants ----------------------------------------------------------------------- */

void baseline_i32_const(struct compiler *c)
{
    stack_push_const(c, T_I32, (uint32_t)code_s32(&c->pc));
}

void baseline_i64_const(struct compiler *c)
{
    stack_push_const(c, T_I64, (uint64_t)code_s64(&c->pc));
}

void baseline_f32_const(struct compiler *c)
{
    stack_push_const(c, T_F32, code_f32(&c->pc));
}

void baseline_f64_const(struct compiler *c)
{
    stack_push_const(c, T_F64, code_f64(&c->pc));
}

/* ---- parametric ---------------------------------------------------------------------- */

void baseline_nop(struct compiler *c) { (void)c; }

void baseline_drop(struct compiler *c) { stack_pop(c); }

/* cond ? x : y as "dst = keep; if cond, dst = other": which is x is free to choose,
 * because the condition can be inverted. */
struct selection {
    unsigned dst, other, cond;
    struct value *keep;
};

/* Prefers what is in dst already, or gives up its register.  "Equal", of floats, takes two
 * flags, and only "not equal" can be had by moving twice. */
static struct selection select_order(struct compiler *c, unsigned cond, struct value *x,
                                     struct value *y)
{
    enum vtype type = (enum vtype)x->type;
    unsigned hint = result_hint(c);
    bool keep_x =
        hint != NO_REG ? value_in(c, x) == hint : x->kind == V_REG && y->kind != V_REG;
    if (cond >= COND_FEQ)
        keep_x = cond == COND_FEQ;
    struct selection s = { .keep = keep_x ? x : y };
    struct value *other = keep_x ? y : x;
    s.cond = keep_x && !(WX_BUG(S92) && x->kind == V_CONST) ? cond_invert(cond) : cond;
    s.dst = hint != NO_REG ? hint : result_reg(c, type, s.keep);
    s.other = value_reg(c, other);
    if (s.other == s.dst && value_in(c, s.keep) != s.dst) {
        s.other = reg_alloc(c, vtype_bank(type));
        emit_move(c, type, s.other, s.dst);
    }
    return s;
}

static void select_int(struct compiler *c, enum vtype type, const struct selection *s)
{
    enum width w = vtype_width(type);
    if (s->cond == COND_FNE)
        asm_cmov_rr(&c->a, CC_P, w, s->dst, s->other);
    asm_cmov_rr(&c->a, s->cond == COND_FNE ? CC_NE : s->cond, w, s->dst, s->other);
}

static void select_float(struct compiler *c, enum vtype type, const struct selection *s)
{
    struct label kept = { 0 };
    condition_jump(c, cond_invert(s->cond), &kept);
    emit_move(c, type, s->dst, s->other);
    asm_bind(&c->a, &kept);
}

static void choose(struct compiler *c)
{
    unsigned cond = condition_pop(c);
    struct value y = stack_pop(c), x = stack_pop(c);
    enum vtype type = (enum vtype)x.type;
    struct selection s = select_order(c, cond, &x, &y);
    value_load(c, s.dst, s.keep);
    if (vtype_bank(type) == XMMS)
        select_float(c, type, &s);
    else
        select_int(c, type, &s);
    c->flags_live = false;
    result_push(c, type, s.dst);
}

void baseline_select(struct compiler *c) { choose(c); }

void baseline_select_t(struct compiler *c)
{
    for (uint32_t n = code_u32(&c->pc); n > 0; n--)
        code_s64(&c->pc);
    choose(c);
}
