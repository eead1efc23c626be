/* frame.c - which locals own registers, and the function's first and last instructions.
 *
 *      return address
 *      saved registers     rbx rbp r12 r13, those in use        }
 *      slots               as func_info numbers them; two of    }  frame_bytes
 * rsp  ...                 the header hold scratch and r14      }
 *
 * A leaf (no calls, no helpers) with few slots leaves rsp alone: its slots lie in the red
 * zone, which signals spare.  Leaves with small frames are not checked for stack overflow,
 * because the margin below the limit has room for them. */
#include "baseline/emit.h"
#include "baseline/junk.h"
#include <assert.h>

enum {
    RED_ZONE = 128,
    UNCHECKED_FRAME = 512, /* also: how far below the limit the check may let rsp go */
    PIN_LEAST_WEIGHT = 3,  /* uses that pay for saving and restoring a register */
    ZERO_SINGLY = 16,      /* more declared locals than this are zeroed as a range */
    ZERO_UNROLLED = 32,
};

static const uint8_t callee_saved[] = { RBX, RBP, R12, R13 };
/* Registers that a call loses; the first group holds parameters on entry.  None of them is
 * a result register where there are calls. */
static const uint8_t leaf_pins[] = { RDI, RSI, R8, R9 };
static const uint8_t caller_pins[] = { RDI, R8, R9 };

enum {
    POOL_GPRS = HOSTILE(1 << RAX | 1 << RCX | 1 << RDX | 1 << R10 | 1 << R11,
                        1 << RAX | 1 << RCX | 1 << RDX | 1 << RSI | 1 << RDI | 1 << R8 |
                            1 << R9 | 1 << R10 | 1 << R11),
    POOL_XMMS = HOSTILE(0x1F, 0x7FFF), /* one more than results take */
    FIRST_PINNED_XMM = XMM6,
};

/* ---- the hottest locals -------------------------------------------------------------- */

enum { RANKS_MAX = 9 };

/* Locals by falling weight. */
struct ranking {
    uint32_t n;
    uint32_t local[RANKS_MAX], weight[RANKS_MAX];
};

static void rank(struct ranking *r, uint32_t local, uint32_t weight)
{
    uint32_t i = r->n;
    if (i == RANKS_MAX && weight <= r->weight[i - 1])
        return;
    if (i < RANKS_MAX)
        r->n++;
    else
        i--;
    for (; i > 0 && r->weight[i - 1] < weight; i--) {
        r->local[i] = r->local[i - 1];
        r->weight[i] = r->weight[i - 1];
    }
    r->local[i] = local;
    r->weight[i] = weight;
}

static void init_locals(struct compiler *c, struct ranking ranks[2])
{
    const struct func_info *info = c->info;
    c->locals = arena_array(c->scratch, struct local, info->nlocals + 1);
    for (uint32_t i = 0; i < info->nlocals; i++) {
        enum vtype type = vtype_of(info->local_types[i]);
        c->locals[i] = (struct local){ .type = (uint8_t)type,
                                       .pin = NO_REG,
                                       .cache = NO_REG,
                                       .slot = info->local_slots[i] };
        if (info->local_weights[i] != 0)
            rank(&ranks[vtype_bank(type)], i, info->local_weights[i]);
    }
}

static void pin(struct compiler *c, uint32_t local, unsigned bank, unsigned reg)
{
    c->locals[local].pin = (uint8_t)reg;
    c->bank[bank].pool &= ~reg_bit(reg);
    c->pins[c->npins++] =
        (struct pin){ .bank = (uint8_t)bank, .reg = (uint8_t)reg, .local = local };
}

/* Pins ranks from `from` on to the registers, in order, while they weigh enough; returns
 * the first that is left. */
static uint32_t pin_all(struct compiler *c, const struct ranking *r, uint32_t from,
                        unsigned bank, const uint8_t *regs, uint32_t n, uint64_t least)
{
    for (uint32_t i = 0; i < n && from < r->n; i++) {
        if (r->weight[from] < least)
            break;
        pin(c, r->local[from++], bank, regs[i]);
    }
    return from;
}

/* The register in which a parameter arrives, or NO_REG. */
static unsigned arrival(const struct compiler *c, uint32_t local)
{
    const struct type *t = c->decl->type;
    struct abi_walk walk = { 0 };
    struct abi_loc loc = { .kind = ABI_BUFFER };
    if (local >= t->nparams)
        return NO_REG;
    for (uint32_t i = 0; i <= local; i++)
        loc = abi_next_param(&walk, t->params[i]);
    return loc.kind == ABI_GPR ? loc.reg : NO_REG;
}

/* A leaf's parameters stay where they arrive; others take what is left of those registers,
 * then the saved ones. */
static void pin_leaf_gprs(struct compiler *c, struct ranking *r)
{
    uint32_t free = 0, rest = 0;
    uint8_t regs[RANKS_MAX];
    for (uint32_t i = 0; i < COUNT(leaf_pins); i++)
        free |= reg_bit(leaf_pins[i]);
    for (uint32_t i = 0; i < r->n; i++) {
        unsigned reg = arrival(c, r->local[i]);
        if (reg != NO_REG && (free & reg_bit(reg))) {
            free &= ~reg_bit(reg);
            pin(c, r->local[i], GPRS, reg);
        } else {
            r->local[rest] = r->local[i];
            r->weight[rest++] = r->weight[i];
        }
    }
    r->n = rest;
    uint32_t n = 0;
    for (uint32_t i = 0; i < COUNT(leaf_pins); i++)
        if (free & reg_bit(leaf_pins[i]))
            regs[n++] = leaf_pins[i];
    rest = pin_all(c, r, 0, GPRS, regs, n, 1);
    pin_all(c, r, rest, GPRS, callee_saved, COUNT(callee_saved), PIN_LEAST_WEIGHT);
}

/* What a local in a caller-saved register must weigh: each call saves and restores it. */
static uint64_t caller_weight(const struct compiler *c)
{
    return (uint64_t)c->info->call_weight * 2 + PIN_LEAST_WEIGHT;
}

static void pin_gprs(struct compiler *c, struct ranking *r)
{
    if (c->leaf) {
        pin_leaf_gprs(c, r);
        return;
    }
    const uint32_t saved = COUNT(callee_saved);
    uint32_t colder = r->n < saved ? r->n : saved;
    /* Caller-saved pins come first in c->pins. */
    pin_all(c, r, colder, GPRS, caller_pins, COUNT(caller_pins), caller_weight(c));
    c->ncaller_pins = c->npins;
    pin_all(c, r, 0, GPRS, callee_saved, COUNT(callee_saved), PIN_LEAST_WEIGHT);
}

static void pin_xmms(struct compiler *c, const struct ranking *r)
{
    uint8_t regs[XMM_SCRATCH - FIRST_PINNED_XMM];
    for (uint32_t i = 0; i < COUNT(regs); i++)
        regs[i] = (uint8_t)(FIRST_PINNED_XMM + i);
    pin_all(c, r, 0, XMMS, regs, COUNT(regs), c->leaf ? 1 : caller_weight(c));
}

static uint8_t saved_set(const struct compiler *c)
{
    uint8_t set = 0;
    for (uint32_t i = 0; i < c->npins; i++)
        for (uint32_t k = 0; k < COUNT(callee_saved); k++)
            if (c->pins[i].bank == GPRS && c->pins[i].reg == callee_saved[k])
                set |= (uint8_t)(1u << k);
    return set;
}

/* ---- the frame ----------------------------------------------------------------------- */

static void lay_out(struct compiler *c)
{
    uint32_t slots = c->info->frame_slots * 8;
    uint32_t pushed = (uint32_t)__builtin_popcount(c->saved) * 8;
    c->frame_size = slots;
    if (c->leaf && slots <= RED_ZONE) {
        c->frame_size = 0;
        c->frame_base = -(int32_t)slots;
    } else if ((8 + pushed + slots) % 16 != 0) {
        c->frame_size += 8;
    }
    c->frame_bytes = c->frame_size + pushed;
    assert(c->frame_bytes + 8 <= func_stack_cost(c->info));
    c->instance_at = (c->info->header_slot + 1) * 8;
}

void frame_plan(struct compiler *c)
{
    struct ranking ranks[2] = { { .n = 0 }, { .n = 0 } };
    c->leaf = c->info->ncalls == 0 && !c->info->has_helper_op;
    c->bank[GPRS].pool = POOL_GPRS;
    c->bank[XMMS].pool = POOL_XMMS;
    init_locals(c, ranks);
    pin_xmms(c, &ranks[XMMS]);
    pin_gprs(c, &ranks[GPRS]);
    c->saved = saved_set(c);
    lay_out(c);
}

/* ---- prologue ------------------------------------------------------------------------ */

/* Before anything is pushed: r11 and rax are free.  logical: charge the logical stack too. */
static void emit_stack_check(struct compiler *c, bool logical)
{
    struct assembler *a = &c->a;
    struct code_site site = site_make(c, TRAP_STACK);
    bool checked = !c->leaf || c->frame_bytes > UNCHECKED_FRAME;
    site.flags = SITE_PROLOGUE;
    if (checked || logical)
        asm_mov_rm(a, W64, R11, MEM_INSTANCE(exec));
    if (checked) {
        struct mem limit = mem_base(R11, offsetof(struct exec, native_limit));
        bool small = c->frame_bytes <= UNCHECKED_FRAME;
        if (!small)
            asm_lea(a, W64, RAX, mem_base(RSP, -(int32_t)c->frame_bytes));
        asm_alu_rm(a, ALU_CMP, W64, small ? RSP : RAX, limit);
        cold_jump(c, CC_B, &site);
    }
    if (logical) {
        struct mem left = mem_base(R11, offsetof(struct exec, stack_left));
        int32_t cost = (int32_t)func_stack_cost(c->info);
        asm_alu_mi(a, ALU_CMP, W64, left, cost);
        cold_jump(c, CC_L, &site);
        asm_alu_mi(a, ALU_SUB, W64, left, cost);
    }
}

static void emit_push_saved(struct compiler *c)
{
    for (uint32_t i = 0; i < COUNT(callee_saved); i++)
        if (c->saved >> i & 1)
            asm_push_r(&c->a, callee_saved[i]);
    if (c->frame_size != 0)
        asm_alu_ri(&c->a, ALU_SUB, W64, RSP, (int32_t)c->frame_size);
}

/* Overwritten by a nop at the end, if no call leaves the instance. */
static void emit_save_instance(struct compiler *c)
{
    if (c->info->ncalls == 0)
        return;
    uint32_t at = asm_pos(&c->a);
    asm_mov_mr(&c->a, W64, mem_base(RSP, (int32_t)c->instance_at), REG_INSTANCE);
    c->instance_len = asm_pos(&c->a) - at;
    c->instance_saves[c->ninstance_saves++] = at;
}

/* A parameter of the overflow buffer, through rax. */
static void fetch_param(struct compiler *c, const struct local *l, uint32_t slot)
{
    struct mem m = mem_base(R11, (int32_t)(offsetof(struct exec, buffer) + slot * 8));
    code_need(c, CODE_ROOM);
    if (l->pin != NO_REG) {
        emit_load(c, l->type, l->pin, m);
    } else {
        emit_words(c, mem_slot(c, l->slot), m, vtype_slots(l->type), RAX);
    }
}

static void fetch_params(struct compiler *c)
{
    const struct type *t = c->decl->type;
    struct abi_walk walk = { 0 };
    bool loaded = false;
    for (uint32_t i = 0; i < t->nparams; i++) {
        struct abi_loc loc = abi_next_param(&walk, t->params[i]);
        if (loc.kind != ABI_BUFFER || c->info->local_weights[i] == 0)
            continue;
        if (!loaded)
            asm_mov_rm(&c->a, W64, R11, MEM_INSTANCE(exec));
        loaded = true;
        fetch_param(c, &c->locals[i], loc.slot);
    }
}

enum { ARRIVALS_MAX = ABI_GPR_PARAMS + ABI_XMM_PARAMS };

/* Parameters in registers. */
struct arrivals {
    uint32_t n, nmoves[2];
    struct value v[ARRIVALS_MAX];
    uint32_t local[ARRIVALS_MAX];
    struct move moves[2][ARRIVALS_MAX];
};

static void arrive(struct compiler *c, struct arrivals *p, uint32_t local, unsigned reg)
{
    const struct local *l = &c->locals[local];
    unsigned bank = vtype_bank(l->type);
    p->local[p->n] = local;
    struct value *v = &p->v[p->n++];
    *v = (struct value){ .kind = V_REG, .type = l->type, .reg = (uint8_t)reg };
    if (l->pin == NO_REG)
        emit_store(c, l->type, mem_slot(c, l->slot), reg);
    else
        p->moves[bank][p->nmoves[bank]++] = (struct move){ v, l->pin };
}

/* Unpinned ones go to their slots and are still cached where they are. */
static void settle_params(struct compiler *c)
{
    const struct type *t = c->decl->type;
    struct arrivals p = { .n = 0 };
    struct abi_walk walk = { 0 };
    for (uint32_t i = 0; i < t->nparams && p.n < ARRIVALS_MAX; i++) {
        struct abi_loc loc = abi_next_param(&walk, t->params[i]);
        if (loc.kind != ABI_BUFFER && c->info->local_weights[i] != 0)
            arrive(c, &p, i, loc.reg);
    }
    moves_run(c, GPRS, p.moves[GPRS], p.nmoves[GPRS]);
    moves_run(c, XMMS, p.moves[XMMS], p.nmoves[XMMS]);
    for (uint32_t i = 0; i < p.n; i++)
        if (c->locals[p.local[i]].pin == NO_REG)
            reg_cache(c, p.local[i], p.v[i].reg);
    fetch_params(c);
}

/* ---- zeroed locals ------------------------------------------------------------------- */

static void zero_pin(struct compiler *c, const struct local *l)
{
    if (vtype_bank(l->type) == XMMS)
        asm_sse_rr(&c->a, SSE_XORPS, l->pin, l->pin);
    else
        asm_zero(&c->a, l->pin);
}

/* slots [from, to), 16 bytes at a time; a slot more than asked for may be cleared above,
 * which belongs to the frame header. */
static void zero_range(struct compiler *c, uint32_t from, uint32_t to)
{
    struct assembler *a = &c->a;
    uint32_t n = (to - from + !WX_BUG(X07)) / 2 * 2;
    asm_sse_rr(a, SSE_XORPS, XMM_SCRATCH, XMM_SCRATCH);
    if (n <= ZERO_UNROLLED) {
        for (uint32_t i = 0; i < n; i += 2)
            asm_sse_mr(a, SSE_ST_MOVUPS, mem_slot(c, from + i), XMM_SCRATCH);
        return;
    }
    struct mem m = mem_slot(c, from);
    struct label again = { 0 };
    asm_mov_ri32(a, RAX, n);
    asm_bind(a, &again);
    asm_sse_mr(a, SSE_ST_MOVUPS, mem_index(RSP, RAX, 8, m.disp - 16), XMM_SCRATCH);
    asm_alu_ri(a, ALU_SUB, W32, RAX, 2);
    asm_jcc_label(a, CC_NE, &again);
}

static void zero_singly(struct compiler *c)
{
    bool cleared = false;
    for (uint32_t i = c->decl->type->nparams; i < c->info->nlocals; i++) {
        const struct local *l = &c->locals[i];
        if (l->pin != NO_REG || c->info->local_weights[i] == 0)
            continue;
        if (!cleared)
            asm_zero(&c->a, RAX);
        cleared = true;
        for (uint32_t k = 0; k < vtype_slots(l->type); k++)
            asm_mov_mr(&c->a, W64, mem_slot(c, l->slot + k), RAX);
    }
}

static void zero_locals(struct compiler *c)
{
    uint32_t first = c->decl->type->nparams, n = c->info->nlocals - first;
    for (uint32_t i = 0; i < c->npins; i++)
        if (c->pins[i].local >= first)
            zero_pin(c, &c->locals[c->pins[i].local]);
    if (n > ZERO_SINGLY)
        zero_range(c, c->locals[first].slot, c->info->header_slot);
    else
        zero_singly(c);
}

void frame_prologue(struct compiler *c)
{
    emit_stack_check(c, c->config->logical_stack);
    emit_push_saved(c);
    junk_entry(c);
    settle_params(c);
    zero_locals(c);
    emit_save_instance(c);
}

void frame_again(struct compiler *c)
{
    emit_stack_check(c, false);
    emit_push_saved(c);
    junk_loop_entry(c);
    emit_save_instance(c);
}

/* ---- epilogue ------------------------------------------------------------------------ */

/* rax rdx rcx rsi and xmm0 to xmm3 hold results. */
void frame_epilogue(struct compiler *c)
{
    struct assembler *a = &c->a;
    if (c->config->logical_stack) {
        asm_mov_rm(a, W64, R11, MEM_INSTANCE(exec));
        asm_alu_mi(a, ALU_ADD, W64, mem_base(R11, offsetof(struct exec, stack_left)),
                   (int32_t)func_stack_cost(c->info) - WX_BUG(X08) * 8);
    }
    if (c->frame_size != 0)
        asm_alu_ri(a, ALU_ADD, W64, RSP, (int32_t)c->frame_size);
    for (uint32_t i = COUNT(callee_saved); i-- > 0;)
        if (c->saved >> i & 1)
            asm_pop_r(a, callee_saved[i]);
    asm_ret(a);
}
