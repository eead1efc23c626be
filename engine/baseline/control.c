/* control.c - blocks, branches, returns, and the charges of the deterministic profile.
 *
 * Code that cannot be reached is skipped by the validator's list of blocks, so the
 * abstract stack always has the types that it should. */
#include "baseline/emit.h"
#include <assert.h>

/* ---- charges ------------------------------------------------------------------------- */

static void emit_charge(struct compiler *c, uint32_t cost)
{
    struct code_site fuel = site_make(c, TRAP_FUEL), stop = site_make(c, TRAP_INTERRUPT);
    unsigned exec = WX_BUG(S86) ? (unsigned)RAX : reg_alloc(c, GPRS);
    asm_mov_rm(&c->a, W64, exec, MEM_INSTANCE(exec));
    if (c->config->interruptible) {
        struct mem word = mem_base(exec, offsetof(struct exec, interrupt));
        asm_alu_mi(&c->a, ALU_CMP, W32, word, 0);
        cold_jump(c, CC_NE, &stop);
    }
    if (c->config->fuel) {
        struct mem left = mem_base(exec, offsetof(struct exec, fuel));
        asm_alu_mi(&c->a, ALU_CMP, W64, left, (int32_t)cost);
        cold_jump(c, CC_L, &fuel);
        asm_alu_mi(&c->a, ALU_SUB, W64, left, (int32_t)cost);
    }
    reg_unlock(c, GPRS, exec);
}

/* If a charge point is here. */
static void charge(struct compiler *c)
{
    const struct func_info *info = c->info;
    uint32_t here = (uint32_t)(c->pc - c->body);
    if (!c->charges)
        return;
    while (c->next_charge < info->ncharges && info->charges[c->next_charge].at < here)
        c->next_charge++;
    if (c->next_charge < info->ncharges && info->charges[c->next_charge].at == here) {
        c->at = here;
        emit_charge(c, info->charges[c->next_charge++].cost);
    }
}

/* ---- labels -------------------------------------------------------------------------- */

/* What a branch to a label carries. */
static uint32_t label_arity(const struct control *t)
{
    const struct type *type = t->block->type;
    return t->block->kind == BLOCK_LOOP ? type->nparams : type->nresults;
}

/* The last operand travels in a register, but to a loop head. */
static bool label_takes_reg(const struct control *t)
{
    return t->block->kind != BLOCK_LOOP && t->block->type->nresults > 0;
}

static unsigned label_reg(unsigned type)
{
    return vtype_bank(type) == XMMS ? (unsigned)XMM0 : (unsigned)RAX;
}

/* The slot of the label's first operand. */
static uint32_t label_slot(const struct compiler *c, const struct control *t)
{
    return c->info->operand_slot + t->block->height;
}

static bool is_function(const struct control *t) { return t->block->kind == BLOCK_FUNC; }

/* Whether a branch has nothing to move. */
static bool branch_in_place(const struct compiler *c, const struct control *t)
{
    uint32_t n = label_arity(t);
    if (n == 0)
        return true;
    const struct value *last = &c->stack[c->sp - 1];
    return n == 1 && label_takes_reg(t) && last->kind == V_REG &&
           last->reg == label_reg(last->type);
}

/* A register for branch_values, taken where the stack may still change. */
static unsigned branch_prepare(struct compiler *c, const struct control *t)
{
    if (is_function(t)) {
        call_results_prepare(c);
        return NO_REG;
    }
    return label_arity(t) > label_takes_reg(t) ? reg_alloc(c, GPRS) : NO_REG;
}

/* Brings the label's operands to where it expects them.  They stay on the stack, and what
 * is known about them too: the code may run on one path only. */
static void branch_values(struct compiler *c, const struct control *t, unsigned tmp)
{
    if (is_function(t)) {
        call_results(c);
        return;
    }
    uint32_t n = label_arity(t), in_slots = n - label_takes_reg(t);
    uint32_t slot = label_slot(c, t);
    const struct value *v = &c->stack[c->sp - n];
    for (uint32_t i = 0; i < in_slots; i++) {
        code_need(c, CODE_ROOM);
        if (v[i].kind != V_SLOT || v[i].slot != slot)
            value_store(c, mem_slot(c, slot), &v[i], tmp);
        slot += vtype_slots(v[i].type);
    }
    if (in_slots < n)
        value_load(c, label_reg(v[in_slots].type), &v[in_slots]);
}

static void branch_jump(struct compiler *c, struct control *t, unsigned tmp)
{
    branch_values(c, t, tmp);
    if (is_function(t))
        frame_epilogue(c);
    else
        asm_jmp_label(&c->a, &t->label);
}

static struct control *control_at(struct compiler *c, uint32_t depth)
{
    return &c->controls.at[c->controls.len - 1 - depth];
}

/* ---- the stack at the edges of blocks ------------------------------------------------ */

static void drop_to(struct compiler *c, uint32_t sp)
{
    while (c->sp > sp)
        stack_pop(c);
}

/* Goes on behind code that cannot be reached. */
static void skip_dead(struct compiler *c)
{
    const struct control *t = control_at(c, 0);
    drop_to(c, t->base);
    c->dead = true;
    c->pc =
        c->body + (t->block->else_ != 0 && !t->in_else ? t->block->else_ : t->block->end);
    while (c->next_block < c->info->nblocks &&
           c->body + c->info->blocks[c->next_block].start < c->pc)
        c->next_block++;
}

/* What every branch to the label leaves: its operands, and nothing in registers besides. */
static void push_label_values(struct compiler *c, const struct control *t)
{
    const struct type *type = t->block->type;
    for (uint32_t i = 0; i + 1 < type->nresults; i++)
        stack_push_slot(c, vtype_of(type->results[i]));
    if (type->nresults > 0) {
        enum vtype last = vtype_of(type->results[type->nresults - 1]);
        stack_push_reg(c, last, label_reg(last));
    }
}

static struct control *enter(struct compiler *c)
{
    const struct block *b = &c->info->blocks[c->next_block++];
    assert(b->start == c->at);
    code_s64(&c->pc);
    vec_push(c->scratch, &c->controls,
             (struct control){ .block = b, .base = c->sp - b->type->nparams });
    return &vec_top(&c->controls);
}

/* Brings the block's parameters to their slots. */
static void home_params(struct compiler *c, const struct control *t)
{
    stack_flush(c, t->base);
    for (uint32_t i = t->base; i < c->sp; i++) {
        code_need(c, CODE_ROOM);
        stack_home(c, i);
    }
    c->stable = c->sp;
}

void control_open(struct compiler *c)
{
    vec_push(c->scratch, &c->controls, (struct control){ .block = &c->info->blocks[0] });
    c->next_block = 1;
    charge(c);
}

/* ---- blocks -------------------------------------------------------------------------- */

void baseline_block(struct compiler *c)
{
    const struct control *t = enter(c);
    if (t->block->is_target)
        stack_flush(c, t->base);
}

void baseline_loop(struct compiler *c)
{
    struct control *t = enter(c);
    if (t->block->is_target) {
        home_params(c, t);
        reg_forget_all(c);
        asm_bind(&c->a, &t->label);
        condition_forget(c);
        loop_entry_note(c, t, label_slot(c, t) + t->block->type->param_slots);
    }
    if (!WX_BUG(S119))
        charge(c);
}

void baseline_if(struct compiler *c)
{
    unsigned cond = condition_pop(c);
    struct control *t = enter(c);
    home_params(c, t);
    condition_jump(c, cond_invert(cond), &t->else_);
    c->flags_live = false;
    charge(c);
}

void baseline_else(struct compiler *c)
{
    struct control *t = control_at(c, 0);
    const struct type *type = t->block->type;
    if (!c->dead)
        branch_jump(c, t, branch_prepare(c, t));
    drop_to(c, t->base);
    reg_forget_all(c);
    asm_bind(&c->a, &t->else_);
    for (uint32_t i = 0; i < type->nparams; i++)
        stack_push_slot(c, vtype_of(type->params[i]));
    t->in_else = true;
    c->dead = false;
    charge(c);
}

/* The arm that is not there: its results are its parameters, all in their slots. */
static void absent_else(struct compiler *c, struct control *t)
{
    const struct type *type = t->block->type;
    if (type->nresults == 0) {
        asm_bind(&c->a, &t->else_);
        return;
    }
    if (!c->dead)
        asm_jmp_label(&c->a, &t->label);
    asm_bind(&c->a, &t->else_);
    unsigned last = vtype_of(type->results[type->nresults - 1]);
    uint32_t slot = label_slot(c, t) + type->result_slots - vtype_slots(last);
    emit_load(c, last, label_reg(last), mem_slot(c, slot));
}

static void end_function(struct compiler *c, struct control *t)
{
    if (!c->dead) {
        call_results_prepare(c);
        call_results(c);
    }
    if (!c->dead || label_used(&t->label)) {
        asm_bind(&c->a, &t->label);
        frame_epilogue(c);
    }
    c->done = true;
}

/* Where several paths meet. */
static void end_merge(struct compiler *c, struct control *t, bool absent)
{
    if (!c->dead)
        branch_values(c, t, branch_prepare(c, t));
    if (absent)
        absent_else(c, t);
    asm_bind(&c->a, &t->label);
    drop_to(c, t->base);
    reg_forget_all(c);
    condition_forget(c);
    c->bank[GPRS].lock = c->bank[XMMS].lock = 0;
    push_label_values(c, t);
    c->dead = false;
}

void baseline_end(struct compiler *c)
{
    struct control *t = control_at(c, 0);
    bool absent = t->block->kind == BLOCK_IF && !t->in_else;
    if (is_function(t)) {
        end_function(c, t);
        return;
    }
    if (absent || (t->block->kind != BLOCK_LOOP && label_used(&t->label)))
        end_merge(c, t, absent);
    c->controls.len--;
    if (c->dead)
        skip_dead(c);
    else
        charge(c);
}

/* ---- branches ------------------------------------------------------------------------ */

void baseline_br(struct compiler *c)
{
    struct control *t = control_at(c, code_u32(&c->pc));
    branch_jump(c, t, branch_prepare(c, t));
    skip_dead(c);
}

void baseline_br_if(struct compiler *c)
{
    struct control *t = control_at(c, code_u32(&c->pc));
    unsigned cond = condition_pop(c);
    if (branch_in_place(c, t)) {
        condition_jump(c, cond, &t->label);
    } else {
        struct label stay = { 0 };
        unsigned tmp = WX_BUG(S98) ? NO_REG : branch_prepare(c, t);
        condition_jump(c, cond_invert(cond), &stay);
        tmp = WX_BUG(S98) ? branch_prepare(c, t) : tmp;
        branch_jump(c, t, tmp);
        asm_bind(&c->a, &stay);
    }
    c->flags_live = false;
}

void baseline_return(struct compiler *c)
{
    struct control *t = &c->controls.at[0];
    branch_jump(c, t, branch_prepare(c, t));
    skip_dead(c);
}

void baseline_unreachable(struct compiler *c)
{
    struct code_site site = site_make(c, TRAP_UNREACHABLE);
    site_here(c, &site);
    asm_ud2(&c->a);
    skip_dead(c);
}

/* ---- br_table ------------------------------------------------------------------------ */

enum { SHORT_TABLE = 4 };

/* One br_table.  Targets that carry operands are reached through stubs that move them, one
 * a target; stubs belong to this table by its stamp. */
struct jumps {
    const uint8_t *labels;
    uint32_t n;
    unsigned tmp;
    bool stubs;
};

static struct label *table_target(struct compiler *c, const struct jumps *t, uint32_t depth)
{
    struct control *target = control_at(c, depth);
    if (!t->stubs)
        return &target->label;
    if (target->stub_stamp != c->stamp && !(WX_BUG(X05) && target->stub_stamp != 0)) {
        target->stub_stamp = c->stamp;
        target->stub = (struct label){ 0 };
    }
    return &target->stub;
}

static void table_chain(struct compiler *c, const struct jumps *t, unsigned index)
{
    const uint8_t *p = t->labels;
    for (uint32_t i = 0; i < t->n; i++) {
        struct label *l = table_target(c, t, code_u32(&p));
        if (i == 0)
            asm_test_rr(&c->a, W32, index, index);
        else
            asm_alu_ri(&c->a, ALU_CMP, W32, index, (int32_t)i);
        asm_jcc_label(&c->a, CC_E, l);
    }
    asm_jmp_label(&c->a, table_target(c, t, code_u32(&p)));
}

static const uint8_t *table_entries(struct compiler *c, const struct jumps *t)
{
    const uint8_t *p = t->labels;
    for (uint32_t i = 0; i < t->n; i++) {
        code_need(c, CODE_ROOM);
        asm_jump_table_entry(&c->a, table_target(c, t, code_u32(&p)));
    }
    return p;
}

static void table_jump(struct compiler *c, const struct jumps *t, unsigned index,
                       unsigned via)
{
    struct label words = { 0 };
    const uint8_t *p = t->labels;
    for (uint32_t i = 0; i < t->n; i++)
        code_u32(&p);
    asm_alu_ri(&c->a, ALU_CMP, W32, index, (int32_t)t->n - WX_BUG(S10));
    asm_jcc_label(&c->a, CC_AE, table_target(c, t, code_u32(&p)));
    asm_jump_table(&c->a, index, via, &words);
    asm_bind(&c->a, &words);
    table_entries(c, t);
}

static void table_stubs(struct compiler *c, const struct jumps *t)
{
    const uint8_t *p = t->labels;
    for (uint32_t i = 0; i <= t->n; i++) {
        struct control *target = control_at(c, code_u32(&p));
        if (label_bound(&target->stub))
            continue;
        code_need(c, CODE_ROOM);
        asm_bind(&c->a, &target->stub);
        branch_jump(c, target, t->tmp);
    }
}

void baseline_br_table(struct compiler *c)
{
    struct jumps t = { .n = code_u32(&c->pc), .tmp = NO_REG };
    t.labels = c->pc;
    const uint8_t *p = t.labels;
    t.stubs = label_arity(control_at(c, code_u32(&p))) > 0;
    struct value v = stack_pop(c);
    unsigned index = value_own(c, &v), via = reg_alloc(c, GPRS);
    if (t.stubs) {
        c->stamp++;
        call_results_prepare(c);
        t.tmp = via;
    }
    if (t.n < SHORT_TABLE)
        table_chain(c, &t, index);
    else
        table_jump(c, &t, index, via);
    if (t.stubs)
        table_stubs(c, &t);
    skip_dead(c);
}
