/* state.h - what the baseline compiler knows at one point of one function.
 *
 * One pass over the validated bytes.  Each operand of the Wasm stack is a struct value
 * that says where the operand is or how it would be computed; instructions are emitted
 * only when a value is needed.  Example, locals 0 and 1 pinned in rbx and rbp:
 *
 *      local.get 0               stack: [local 0]             nothing emitted
 *      local.get 1               stack: [local 0, local 1]    nothing emitted
 *      i32.const 2; i32.shl      stack: [local 0, scaled rbp*4]  nothing emitted
 *      i32.add                   stack: [reg rax]             lea eax, [rbx + rbp*4]
 *      i32.load offset=8         stack: [reg rax]             mov eax, [r15 + rax + 8]
 *      local.set 0               stack: []                    mov ebx, eax
 *
 * (A last step is usually merged: an instruction followed by local.set of a pinned local
 * computes into its register.)
 *
 * Registers.  r14, r15 and rsp are the ABI's.  The hottest locals own a register for the
 * whole function ("pinned": no merges, no reloads).  xmm15 is scratch of parallel moves.
 * The others form the pool: of these a register is
 *      busy    owned by exactly one value on the stack,
 *      locked  in use by the instruction being emitted; all locks end with it,
 *      cached  a copy of an unpinned local, whose slot is always up to date,
 * in any combination; neither busy nor locked means free.
 *
 * Merges.  Where control flow meets, no local is cached; operands below the label are in
 * their slots or constants; of the label's own operands the last one is in rax or xmm0 and
 * the others in their slots (at a loop head all of them).  The function's own label
 * expects results as the ABI does.
 *
 * Bounds.  Values below `stable` are slots or constants and never change; at most
 * STACK_WINDOW values lie above, so that every search of the stack is short. */
#ifndef WX_BASELINE_STATE_H
#define WX_BASELINE_STATE_H

#include "base/feedback.h"
#include "base/bugs.h"
#include "base/vec.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include "wasm/code.h"
#include "x64/abi.h"
#include "x64/codemap.h"
#include "x64/codemem.h"
#include "x64/stubs.h"

enum {
    STACK_WINDOW = HOSTILE(4, 32),
    /* Code bytes that one instruction may emit without asking again. */
    CODE_ROOM = 2048,
};

/* Scratch of parallel moves and of the prologue. */
#define XMM_SCRATCH XMM15

/* A compile is left by longjmp with one of these. */
enum compile_exit { EXIT_MEMORY = 1, EXIT_ROOM };

/* ---- types --------------------------------------------------------------------------- */

/* Bit 1 says xmm, bit 0 the width of a number; a reference is a third kind of 64-bit
 * integer. */
enum vtype { T_I32, T_I64, T_F32, T_F64, T_REF, T_V128 = 6 };

static inline enum vtype vtype_of(valtype t)
{
    return t == VT_I32    ? T_I32
           : t == VT_I64  ? T_I64
           : t == VT_F32  ? T_F32
           : t == VT_F64  ? T_F64
           : t == VT_V128 ? T_V128
                          : T_REF;
}

enum { GPRS, XMMS };

/* 8-byte slots of the frame. */
static inline uint32_t vtype_slots(unsigned t) { return t == T_V128 ? 2 : 1; }
static inline unsigned vtype_bank(unsigned t) { return t >> 1 & 1; }
static inline enum width vtype_width(unsigned t) { return t == T_I32 ? W32 : W64; }
static inline enum fwidth vtype_fwidth(unsigned t) { return (enum fwidth)(t & 1); }

/* Conditions: the processor's, and equality of floats, which needs two flags. */
enum { COND_FEQ = 16, COND_FNE };

static inline unsigned cond_invert(unsigned cond) { return cond ^ 1; }

/* ---- values -------------------------------------------------------------------------- */

enum value_kind {
    V_CONST,  /* bits */
    V_LOCAL,  /* what the local holds: must be copied before the local changes */
    V_REG,    /* reg */
    V_SLOT,   /* its own slot of the frame */
    V_FLAGS,  /* nonzero when cond holds; until the next instruction, as the rest: */
    V_LOAD,   /* a load from mem that has not been emitted */
    V_SCALED, /* mem.index * mem.scale; there may be a local.get between */
};

struct value {
    uint8_t kind, type;
    uint8_t reg;   /* pool register that the value owns, or NO_REG */
    uint8_t cond;  /* V_FLAGS */
    uint32_t slot; /* of the frame, where it is spilled */
    union {
        uint64_t bits;
        uint32_t local;
        struct mem mem;
    };
};

struct local {
    uint8_t type;
    uint8_t pin;   /* its register for the whole function, or NO_REG */
    uint8_t cache; /* a pool register that holds a copy now, or NO_REG */
    uint32_t slot;
};

/* One file of registers; sets are bit masks. */
struct bank {
    uint32_t pool, busy, lock, cached;
    uint32_t local[16]; /* of a cached register */
    uint32_t turn;      /* the next cached register to give up */
};

struct pin {
    uint8_t bank, reg;
    uint32_t local;
};

/* The second operand of an instruction. */
enum operand_kind { OPERAND_REG, OPERAND_IMM, OPERAND_MEM, OPERAND_FLOAT };

struct operand {
    uint8_t kind;
    uint8_t reg;
    bool traps; /* mem is a pending load: its site is c->load */
    int32_t imm;
    union {
        struct mem mem;
        uint64_t bits; /* OPERAND_FLOAT: a constant in memory */
    };
};

/* ---- control and cold code ----------------------------------------------------------- */

struct control {
    const struct block *block;
    uint32_t base;      /* values below its parameters */
    struct label label; /* the target of branches */
    struct label else_; /* BLOCK_IF: where the condition fails */
    struct label stub;  /* br_table: moves operands, then jumps to label */
    uint32_t stub_stamp;
    bool in_else;
};

/* A ud2 behind the function's code, and the jump to it. */
struct cold {
    struct label label, back;
    struct code_site site;
    uint8_t nan_reg; /* a conversion of this xmm failed: NaN is CONVERSION; or NO_REG */
    uint8_t fwidth;
    bool has_limit; /* equal to `limit`, it was valid after all: go back */
    uint64_t limit;
};

/* A loop at which interpreted activations may enter. */
struct entry_loop {
    struct loop_entry entry;
    struct label label; /* bound */
};

struct constant {
    uint64_t bits;
    struct label label;
};

enum mask { MASK_ABS32, MASK_NEG32, MASK_ABS64, MASK_NEG64, MASK_COUNT };

/* ---- the compilation ----------------------------------------------------------------- */

enum { PINS_MAX = 24 };

struct compiler {
    struct assembler a;
    const uint8_t *pc; /* behind the current instruction's opcode or immediates */
    const uint8_t *body;
    uint32_t at;     /* offset of the current instruction from body */
    bool flags_live; /* a condition is in the flags: no instruction may change them */
    bool dead;       /* the current position cannot be reached */
    bool done;
    uint8_t hint; /* pinned register that a result was asked for, or NO_REG; then: */
    bool hint_tee;
    uint32_t hint_local;
    const uint8_t *hint_pc; /* behind the instruction that asked */
    uint32_t flags_at;      /* code position behind an instruction that set ZF by ... */
    uint8_t flags_reg, flags_width; /* ... this register's value */

    struct value *stack;
    uint32_t sp, stable;
    struct bank bank[2];
    struct local *locals;
    VEC(struct control) controls;
    uint32_t next_block, next_charge, stamp;

    int32_t frame_base;   /* of slot 0 from rsp */
    uint32_t frame_size;  /* subtracted from rsp */
    uint32_t frame_bytes; /* from rsp to the return address */
    uint32_t
        instance_len; /* of a store of r14, at the function's entry and that of loops */
    uint32_t ninstance_saves, instance_saves[2];
    uint32_t instance_at; /* where to, from rsp */
    bool crosses;         /* some call may enter another instance */
    bool leaf;
    uint8_t saved;                /* callee-saved registers in use, as code_body.saved */
    uint32_t npins, ncaller_pins; /* caller-saved ones come first */
    struct pin pins[PINS_MAX];

    VEC(struct code_site) sites;
    VEC(struct cold) colds;
    VEC(struct constant) constants;
    VEC(struct entry_loop) loops; /* with entries */
    uint32_t loops_at;            /* code position of the entry */
    struct label masks[MASK_COUNT];
    struct code_site load; /* of the pending load */

    const struct func_decl *decl;
    const struct func_info *info;
    const struct module *module;
    struct modcode *modcode;
    const struct config *config;
    bool guard0;  /* memory 0 has guard pages */
    bool charges; /* fuel or interruption is configured */
    bool entered; /* interpreted activations may come in at loops */
    bool avx, bmi1, bmi2, lzcnt;
    struct arena *scratch;
    jmp_buf exit;
};

/* Makes sure that n bytes of code fit, or starts over with more. */
static inline void code_need(struct compiler *c, size_t n)
{
    if (UNLIKELY(!asm_room(&c->a, n)))
        longjmp(c->exit, EXIT_ROOM);
}

/* The instruction after the current one. */
static inline enum op code_peek(const struct compiler *c)
{
    return (enum op)op_by_byte[*c->pc];
}

/* ---- memory operands ----------------------------------------------------------------- */

static inline struct mem mem_slot(const struct compiler *c, uint32_t slot)
{
    return mem_base(RSP, c->frame_base + (int32_t)(slot * 8));
}

#define MEM_INSTANCE(field) mem_base(REG_INSTANCE, offsetof(struct instance, field))

/* ---- registers ----------------------------------------------------------------------- */

/* A free register of the pool, locked; spills or forgets something if it must. */
unsigned reg_alloc(struct compiler *c, unsigned bank);
/* Makes a register of the pool free and locks it: a value there moves elsewhere. */
void reg_vacate(struct compiler *c, unsigned bank, unsigned reg);
/* Registers given to no local any more. */
void reg_forget_all(struct compiler *c);
void reg_forget_slow(struct compiler *c, unsigned bank, unsigned reg);

static inline uint32_t reg_bit(unsigned reg) { return UINT32_C(1) << reg; }

/* The register is about to change: it is no local's copy any more. */
static inline void reg_forget(struct compiler *c, unsigned bank, unsigned reg)
{
    if (c->bank[bank].cached & reg_bit(reg))
        reg_forget_slow(c, bank, reg);
}

static inline void reg_lock(struct compiler *c, unsigned bank, unsigned reg)
{
    c->bank[bank].lock |= reg_bit(reg);
}

/* The instruction being emitted needs reg no longer. */
static inline void reg_unlock(struct compiler *c, unsigned bank, unsigned reg)
{
    c->bank[bank].lock &= ~reg_bit(reg);
}

/* reg now holds a copy of what is in the local's slot. */
void reg_cache(struct compiler *c, uint32_t local, unsigned reg);

/* ---- the stack ----------------------------------------------------------------------- */

/* Brings all values below `upto` to their slots; constants stay. */
void stack_flush(struct compiler *c, uint32_t upto);
/* Brings value i to its slot, a constant too. */
void stack_home(struct compiler *c, uint32_t i);
/* Spills what is in pool registers, from value `from` on, below `upto`. */
void stack_spill_regs(struct compiler *c, uint32_t upto);

/* A new top; the caller fills in all but its slot, which is behind the neighbour's. */
static inline struct value *stack_grow(struct compiler *c)
{
    if (UNLIKELY(c->sp - c->stable >= STACK_WINDOW))
        stack_flush(c, c->sp - STACK_WINDOW / 2);
    struct value *v = &c->stack[c->sp++];
    v->slot = v[-1].slot + vtype_slots(v[-1].type);
    v->reg = NO_REG;
    return v;
}

static inline void stack_push_const(struct compiler *c, enum vtype type, uint64_t bits)
{
    struct value *v = stack_grow(c);
    v->kind = V_CONST;
    v->type = (uint8_t)type;
    v->bits = bits;
}

static inline void stack_push_slot(struct compiler *c, enum vtype type)
{
    struct value *v = stack_grow(c);
    v->kind = V_SLOT;
    v->type = (uint8_t)type;
}

/* Pushes a pool register, which the value owns from now on. */
static inline void stack_push_reg(struct compiler *c, enum vtype type, unsigned reg)
{
    struct value *v = stack_grow(c);
    v->kind = V_REG;
    v->type = (uint8_t)type;
    v->reg = (uint8_t)reg;
    c->bank[vtype_bank(type)].busy |= reg_bit(reg);
}

static inline void stack_push_local(struct compiler *c, uint32_t local)
{
    struct value *v = stack_grow(c);
    v->kind = V_LOCAL;
    v->type = c->locals[local].type;
    v->local = local;
}

/* The top, taken off; its register stays locked. */
static inline struct value stack_pop(struct compiler *c)
{
    struct value v = c->stack[--c->sp];
    if (c->stable > c->sp)
        c->stable = c->sp;
    if (v.reg != NO_REG) {
        /* The index of a pending load is a general register, whatever the load's type. */
        struct bank *b = &c->bank[v.kind == V_REG ? vtype_bank(v.type) : GPRS];
        b->busy &= ~reg_bit(v.reg);
        b->lock |= reg_bit(v.reg);
    }
    if (v.kind >= V_LOAD && v.mem.index != NO_REG)
        c->bank[GPRS].lock |= reg_bit(v.mem.index);
    return v;
}

/* ---- using values -------------------------------------------------------------------- */

/* Emits the move of v to reg, and nothing else: what is known of registers stays. */
void value_load(struct compiler *c, unsigned reg, const struct value *v);
/* Emits a store of v to slots of the frame, or to any memory; tmp: a free general
 * register. */
void value_store(struct compiler *c, struct mem m, const struct value *v, unsigned tmp);
/* The register that holds v now, or NO_REG. */
unsigned value_in(const struct compiler *c, const struct value *v);
/* A register to read v from; it may be a pinned local's. */
unsigned value_reg(struct compiler *c, struct value *v);
/* A register of the pool that holds v and may be overwritten. */
unsigned value_own(struct compiler *c, struct value *v);
/* The cheapest form for reading v: register, immediate or memory.  Take ownership of other
 * operands first: this may name a register that another value owns. */
struct operand value_operand(struct compiler *c, struct value *v);
/* The memory of such an operand, for the very next instruction, whose site it may note. */
struct mem operand_mem(struct compiler *c, const struct operand *o);

/* Typed moves between registers and memory, 8 bytes wide for an i32's store. */
void emit_load(struct compiler *c, unsigned type, unsigned reg, struct mem m);
void emit_store(struct compiler *c, unsigned type, struct mem m, unsigned reg);
void emit_move(struct compiler *c, unsigned type, unsigned dst, unsigned src);
/* From memory to memory by way of tmp, as many words of 8 bytes. */
void emit_words(struct compiler *c, struct mem to, struct mem from, uint32_t words,
                unsigned tmp);

/* ---- results ------------------------------------------------------------------------- */

/* Where the result should go: the pinned register that the next instruction sets, if it
 * does (then values that still mean the old local are saved, and result_push completes
 * that instruction).  Or the one that is set after a few operations that only go on with
 * the result, as in x + y; const 7; rotl; local.set: nobody can read the local's old value,
 * so it has the intermediate ones too.  Else NO_REG.  Ask after the operands have been
 * popped. */
unsigned result_hint_slow(struct compiler *c);
unsigned result_hint_chain(struct compiler *c);

static inline unsigned result_hint(struct compiler *c)
{
    enum op next = code_peek(c);
    if (next == OP_local_set || next == OP_local_tee)
        return result_hint_slow(c);
    bool simple = next == OP_local_get || next == OP_i32_const || next == OP_i64_const;
    return simple ? result_hint_chain(c) : NO_REG;
}

/* Pushes a result computed into reg: the hint's register or one of the pool. */
void result_push(struct compiler *c, enum vtype type, unsigned reg);

/* The hint, or v's own register, or a free one. */
unsigned result_reg(struct compiler *c, enum vtype type, const struct value *v);

/* ---- locals (ops_local.c) ------------------------------------------------------------ */

/* Values on the stack that mean this local get their own copy: it is about to change. */
void local_release(struct compiler *c, uint32_t local);

/* ---- sites and cold code (cold.c) --------------------------------------------------- */

/* A site of the current instruction. */
static inline struct code_site site_make(const struct compiler *c, enum trap kind)
{
    FEEDBACK(TRAP, kind, c->body[c->at]);
    return (struct code_site){
        .offset = c->at, .kind = (uint8_t)kind, .reg = NO_REG, .reg2 = NO_REG
    };
}

/* The next instruction emitted is that site. */
static inline void site_here(struct compiler *c, const struct code_site *site)
{
    vec_push(c->scratch, &c->sites, *site);
    vec_top(&c->sites).pc = asm_pos(&c->a);
    vec_top(&c->sites).offset = WX_BUG(S104) ? c->at : site->offset;
}

/* The call just emitted. */
void site_call(struct compiler *c);
/* A jump to a ud2 with that site; returns it for more.  Valid until the next. */
struct cold *cold_jump(struct compiler *c, enum cc cc, const struct code_site *site);
/* Emits all cold code and constants. */
void cold_emit(struct compiler *c);

/* [rip + ...] of 8 bytes (a float in the low part), of a 16-byte mask; for the very next
 * instruction only. */
struct mem const_mem(struct compiler *c, uint64_t bits);
struct mem const_mask(struct compiler *c, enum mask mask);

#endif
