/* calls.c - calls, returns, and moving values to where the ABI wants them.
 *
 * At a call every pool register is lost.  What the stack holds below the arguments is
 * spilled; pinned locals in caller-saved registers go to their slots and come back
 * afterwards. */
#include "baseline/emit.h"
#include "baseline/junk.h"
#include <assert.h>

enum { MOVES_MAX = 16 };

/* ---- moves at once ------------------------------------------------------------------- */

/* Moves between registers, still to be done. */
struct shuffle {
    unsigned bank;
    uint32_t n;
    uint8_t src[MOVES_MAX], dst[MOVES_MAX], type[MOVES_MAX];
    uint8_t readers[16]; /* moves that read a register */
};

static void shuffle_drop(struct shuffle *s, uint32_t i)
{
    s->readers[s->src[i]]--;
    s->n--;
    s->src[i] = s->src[s->n];
    s->dst[i] = s->dst[s->n];
    s->type[i] = s->type[s->n];
}

/* Does the moves whose destination nobody reads any more, until none is left or all wait
 * for one another. */
static void shuffle_chains(struct compiler *c, struct shuffle *s)
{
    for (bool progress = true; progress;) {
        progress = false;
        for (uint32_t i = 0; i < s->n;) {
            if (s->src[i] != s->dst[i] && s->readers[s->dst[i]] != 0) {
                i++;
                continue;
            }
            emit_move(c, s->type[i], s->dst[i], s->src[i]);
            shuffle_drop(s, i);
            progress = true;
        }
    }
}

/* Only cycles are left, so every register has one reader.  Opens one: the value in the way
 * of the first move goes to the scratch register, or changes places with the mover. */
static void shuffle_open(struct compiler *c, struct shuffle *s)
{
    unsigned from = s->src[0], to = s->dst[0], now = s->bank == XMMS ? XMM_SCRATCH : from;
    now = WX_BUG(S88) ? to : now;
    FEEDBACK(CYCLE, from, to);
    if (s->bank == XMMS) {
        asm_fmov_rr(&c->a, XMM_SCRATCH, to);
    } else {
        asm_xchg_rr(&c->a, W64, to, from);
        shuffle_drop(s, 0);
    }
    for (uint32_t i = 0; i < s->n; i++)
        if (s->src[i] == to) {
            s->src[i] = (uint8_t)now;
            s->readers[to]--;
            s->readers[now]++;
        }
}

void moves_run(struct compiler *c, unsigned bank, const struct move *moves, uint32_t n)
{
    struct shuffle s = { .bank = bank };
    assert(n <= MOVES_MAX);
    if (n == 1)
        value_load(c, moves[0].dst, moves[0].v);
    if (n <= 1)
        return;
    for (uint32_t i = 0; i < n; i++) {
        unsigned in = value_in(c, moves[i].v);
        if (in == NO_REG)
            continue;
        s.src[s.n] = (uint8_t)in;
        s.dst[s.n] = moves[i].dst;
        s.type[s.n++] = moves[i].v->type;
        s.readers[in]++;
    }
    shuffle_chains(c, &s);
    while (s.n > 0) {
        shuffle_open(c, &s);
        shuffle_chains(c, &s);
    }
    for (uint32_t i = 0; i < n; i++)
        if (value_in(c, moves[i].v) == NO_REG)
            value_load(c, moves[i].dst, moves[i].v);
}

/* ---- values to ABI locations --------------------------------------------------------- */

typedef struct abi_loc abi_next(struct abi_walk *, valtype);

static struct mem buffer_mem(unsigned exec, uint32_t slot)
{
    return mem_base(exec, (int32_t)(offsetof(struct exec, buffer) + slot * 8));
}

static void load_exec(struct compiler *c, unsigned reg)
{
    asm_mov_rm(&c->a, W64, reg, MEM_INSTANCE(exec));
}

/* A value in the buffer is zero-extended, an f32 too. */
static void store_overflow(struct compiler *c, unsigned exec, uint32_t slot,
                           const struct value *v, unsigned tmp)
{
    struct mem m = buffer_mem(exec, slot);
    code_need(c, CODE_ROOM);
    value_store(c, m, v, tmp);
    if (v->type == T_F32 && value_in(c, v) != NO_REG) {
        m.disp += 4;
        asm_mov_mi(&c->a, W32, m, 0);
    }
}

/* Values that have no register, before any register changes. */
static void pass_overflow(struct compiler *c, const valtype *types, uint32_t n,
                          const struct value *values, abi_next *next, unsigned exec,
                          unsigned tmp)
{
    struct abi_walk walk = { 0 };
    load_exec(c, exec);
    for (uint32_t i = 0; i < n; i++) {
        struct abi_loc loc = next(&walk, types[i]);
        if (loc.kind == ABI_BUFFER)
            store_overflow(c, exec, loc.slot, &values[i], tmp);
    }
}

static void pass_registers(struct compiler *c, const valtype *types, uint32_t n,
                           const struct value *values, abi_next *next)
{
    struct abi_walk walk = { 0 };
    struct move moves[2][MOVES_MAX];
    uint32_t count[2] = { 0, 0 };
    for (uint32_t i = 0; i < n; i++) {
        struct abi_loc loc = next(&walk, types[i]);
        if (loc.kind == ABI_BUFFER)
            continue;
        unsigned bank = loc.kind == ABI_XMM ? XMMS : GPRS;
        uint32_t from = WX_BUG(S89) && i > 0 && types[i] == types[i - 1] ? i - 1 : i;
        moves[bank][count[bank]++] = (struct move){ &values[from], loc.reg };
    }
    moves_run(c, GPRS, moves[GPRS], count[GPRS]);
    moves_run(c, XMMS, moves[XMMS], count[XMMS]);
}

/* Words of the buffer that a list of types takes. */
static uint32_t overflow_slots(const valtype *types, uint32_t n, abi_next *next)
{
    struct abi_walk walk = { 0 };
    for (uint32_t i = 0; i < n; i++)
        next(&walk, types[i]);
    return walk.slots;
}

/* ---- returning ----------------------------------------------------------------------- */

void call_results_prepare(struct compiler *c)
{
    const struct type *t = c->decl->type;
    if (t->nresults > 1 && overflow_slots(t->results, t->nresults, abi_next_result) > 0)
        stack_flush(c, c->sp);
}

/* With overflow, all values are slots, constants or pinned locals: r10, r11 are free. */
void call_results(struct compiler *c)
{
    const struct type *t = c->decl->type;
    const struct value *values = &c->stack[c->sp - t->nresults];
    if (t->nresults == 1) {
        value_load(c, vtype_bank(values->type) == XMMS ? (unsigned)XMM0 : RAX, values);
        return;
    }
    if (overflow_slots(t->results, t->nresults, abi_next_result) > 0)
        pass_overflow(c, t->results, t->nresults, values, abi_next_result, R10, R11);
    pass_registers(c, t->results, t->nresults, values, abi_next_result);
}

/* ---- around a call ------------------------------------------------------------------- */

static void save_pins(struct compiler *c)
{
    for (uint32_t i = 0; i < c->ncaller_pins; i++) {
        const struct local *l = &c->locals[c->pins[i].local];
        if (!WX_BUG(X06) || vtype_bank(l->type) == GPRS)
            emit_store(c, l->type, mem_slot(c, l->slot), l->pin);
    }
}

static void restore_pins(struct compiler *c)
{
    for (uint32_t i = 0; i < c->ncaller_pins; i++) {
        const struct local *l = &c->locals[c->pins[i].local];
        emit_load(c, l->type, l->pin, mem_slot(c, l->slot));
    }
}

/* The arguments are the top of the stack; they stay there.  r10 and r11 are lost. */
static void call_arguments(struct compiler *c, const struct type *t)
{
    const struct value *values = &c->stack[c->sp - t->nparams];
    stack_spill_regs(c, c->sp - t->nparams - (WX_BUG(S83) && c->sp > t->nparams));
    save_pins(c);
    if (t->nparams > ABI_GPR_PARAMS &&
        overflow_slots(t->params, t->nparams, abi_next_param) > 0) {
        reg_vacate(c, GPRS, R10);
        reg_vacate(c, GPRS, R11);
        pass_overflow(c, t->params, t->nparams, values, abi_next_param, R10, R11);
    }
    pass_registers(c, t->params, t->nparams, values, abi_next_param);
}

/* No value is in a pool register any more. */
static void lose_registers(struct compiler *c)
{
    reg_forget_all(c);
    for (unsigned bank = 0; bank < 2; bank++)
        c->bank[bank].busy = c->bank[bank].lock = 0;
}

/* Keeps what is pushed below from taking the registers that results are in. */
static void lock_results(struct compiler *c, const struct type *t)
{
    struct abi_walk walk = { 0 };
    for (uint32_t i = 0; i < t->nresults; i++) {
        struct abi_loc loc = abi_next_result(&walk, t->results[i]);
        if (loc.kind != ABI_BUFFER)
            reg_lock(c, vtype_bank(vtype_of(t->results[i])), loc.reg);
    }
}

static void push_results(struct compiler *c, const struct type *t)
{
    struct abi_walk walk = { 0 };
    lock_results(c, t);
    for (uint32_t i = 0; i < t->nresults; i++) {
        struct abi_loc loc = abi_next_result(&walk, t->results[i]);
        enum vtype type = vtype_of(t->results[i]);
        code_need(c, CODE_ROOM);
        if (loc.kind == ABI_BUFFER)
            stack_push_slot(c, type);
        else
            stack_push_reg(c, type, loc.reg);
    }
}

/* Results that have no register, from the buffer to their slots. */
static void fetch_overflow(struct compiler *c, const struct type *t)
{
    struct abi_walk walk = { 0 };
    const struct value *values = &c->stack[c->sp - t->nresults];
    unsigned exec = reg_alloc(c, GPRS), tmp = reg_alloc(c, GPRS);
    load_exec(c, exec);
    for (uint32_t i = 0; i < t->nresults; i++) {
        struct abi_loc loc = abi_next_result(&walk, t->results[i]);
        if (loc.kind != ABI_BUFFER)
            continue;
        code_need(c, CODE_ROOM);
        emit_words(c, mem_slot(c, values[i].slot), buffer_mem(exec, loc.slot),
                   vtype_slots(values[i].type), tmp);
    }
}

static void call_end(struct compiler *c, const struct type *t)
{
    c->sp -= t->nparams;
    if (c->stable > c->sp)
        c->stable = c->sp;
    lose_registers(c);
    junk_call(c, t);
    restore_pins(c);
    push_results(c, t);
    if (t->nresults > 1 && overflow_slots(t->results, t->nresults, abi_next_result) > 0)
        fetch_overflow(c, t);
}

/* ---- calls --------------------------------------------------------------------------- */

/* Calls the function whose record is in rax, perhaps in another instance. */
static void emit_call_record(struct compiler *c)
{
    struct assembler *a = &c->a;
    c->crosses = true;
    asm_mov_rr(a, W64, REG_CALLER, REG_INSTANCE);
    asm_mov_rm(a, W64, REG_INSTANCE, mem_base(REG_FUNC, offsetof(struct func, instance)));
    asm_mov_rm(a, W64, REG_MEMORY, MEM_INSTANCE(mem0));
    asm_mov_rm(a, W64, R10, mem_base(REG_FUNC, offsetof(struct func, entry)));
    asm_call_m(a, mem_base(R10, 0));
    site_call(c);
    asm_mov_rm(a, W64, REG_INSTANCE, mem_base(RSP, (int32_t)c->instance_at));
    if (!WX_BUG(S14))
        asm_mov_rm(a, W64, REG_MEMORY, MEM_INSTANCE(mem0));
}

static void emit_call_import(struct compiler *c, uint32_t func)
{
    asm_mov_rm(&c->a, W64, REG_FUNC, MEM_INSTANCE(funcs));
    asm_mov_rm(&c->a, W64, REG_FUNC, mem_base(REG_FUNC, (int32_t)(func * 8)));
    emit_call_record(c);
}

static void emit_call_direct(struct compiler *c, uint32_t func)
{
    uint32_t i = func - c->module->nimported_funcs;
    asm_call_m(&c->a, mem_exec(&c->a, (uint64_t)(uintptr_t)&c->modcode->entries[i]));
    site_call(c);
}

void baseline_call(struct compiler *c)
{
    uint32_t func = code_u32(&c->pc);
    const struct type *t = c->module->funcs[func].type;
    call_arguments(c, t);
    if (func < c->module->nimported_funcs)
        emit_call_import(c, func);
    else
        emit_call_direct(c, func);
    call_end(c, t);
}

static void jump_trap(struct compiler *c, enum trap kind, unsigned index, uint32_t table,
                      enum cc cc)
{
    struct code_site site = site_make(c, kind);
    site.reg = (uint8_t)index;
    site.memory = (uint8_t)table;
    cold_jump(c, cc, &site);
}

/* rax = the function record that the table holds at index, if it is one of that type. */
static void emit_callee(struct compiler *c, unsigned index, uint32_t table,
                        uint32_t type_id)
{
    ops_table_element(c, REG_FUNC, index, table, TRAP_TABLE_INDEX);
    asm_mov_rm(&c->a, W64, REG_FUNC, mem_index(REG_FUNC, index, 8, 0));
    asm_test_rr(&c->a, W64, REG_FUNC, REG_FUNC);
    jump_trap(c, TRAP_NULL_FUNC, index, table, CC_E);
    asm_alu_mi(&c->a, ALU_CMP, W32, mem_base(REG_FUNC, offsetof(struct func, type_id)),
               (int32_t)type_id);
    jump_trap(c, TRAP_SIGNATURE, index, table, CC_NE);
}

void baseline_call_indirect(struct compiler *c)
{
    const struct type *t = c->module->types[code_u32(&c->pc)];
    uint32_t table = code_u32(&c->pc);
    struct value v = stack_pop(c);
    if (v.kind == V_REG && v.reg == REG_FUNC) {
        unsigned other = reg_alloc(c, GPRS);
        emit_move(c, v.type, other, v.reg);
        v.reg = (uint8_t)other;
    }
    WX_BUG(S100) ? reg_lock(c, GPRS, REG_FUNC) : reg_vacate(c, GPRS, REG_FUNC);
    unsigned index = value_reg(c, &v);
    emit_callee(c, index, table, t->id);
    reg_unlock(c, GPRS, index);
    call_arguments(c, t);
    emit_call_record(c);
    call_end(c, t);
}

/* ---- helpers ------------------------------------------------------------------------- */

static const uint8_t helper_registers[] = { RDX, RCX, R8 };

static void helper_arguments(struct compiler *c, uint32_t n, enum helper_form form)
{
    struct move moves[COUNT(helper_registers)];
    const struct value *values = &c->stack[c->sp - n];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = form == HELPER_REVERSED ? n - 1 - i : i;
        moves[at] = (struct move){ &values[i], helper_registers[at] };
    }
    moves_run(c, GPRS, moves, n);
}

void call_helper(struct compiler *c, enum helper helper, uint64_t first, uint32_t n,
                 enum helper_form form)
{
    struct assembler *a = &c->a;
    stack_spill_regs(c, c->sp - n);
    save_pins(c);
    helper_arguments(c, n, form);
    asm_mov_ri(a, RSI, first);
    asm_mov_rr(a, W64, RDI, REG_INSTANCE);
    asm_mov_rm(a, W64, RAX, MEM_INSTANCE(helpers));
    asm_call_m(a, mem_base(RAX, (int32_t)helper * 8));
    site_call(c);
    c->sp -= n;
    if (c->stable > c->sp)
        c->stable = c->sp;
    lose_registers(c);
    junk_call(c, NULL);
    restore_pins(c);
    reg_lock(c, GPRS, RAX);
    if (form == HELPER_TRAPS) {
        struct code_site site = site_make(c, TRAP_NONE);
        asm_test_rr(a, W32, RAX, RAX);
        cold_jump(c, CC_NE, &site);
    }
}
