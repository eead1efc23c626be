/* thunk.c - emits thunks and the resolve stub.
 *
 * Frames of those that call C, where exit is what activation.exit_sp points at:
 *
 *     THUNK_INTERP, THUNK_HOST              resolve stub
 *     | return address |                    | return address |
 *     | r14            | <- exit            | r14            | <- exit
 *     | slots ...      |                    | xmm0 .. xmm7   |
 *     | slot 0         | <- rsp             | rdi .. r9      | <- rsp
 *
 * r10 is the execution context throughout; r11 is scratch where the caller's instance is not
 * needed any more. */
#include "x64/thunk.h"
#include "base/bugs.h"
#include "base/size.h"
#include "x64/helpers.h"

enum { SLOT = 8, XMM_BYTES = 16 };

/* ---- values -------------------------------------------------------------------------- */

/* The values of one side of a signature. */
struct values {
    uint32_t count;
    const valtype *types;
    struct abi_loc (*next)(struct abi_walk *, valtype);
};

static struct values params(const struct type *t)
{
    return (struct values){ t->nparams, t->params, abi_next_param };
}

static struct values results(const struct type *t)
{
    return (struct values){ t->nresults, t->results, abi_next_result };
}

static struct mem buffer_slot(uint32_t i)
{
    return mem_base(R10, (int32_t)(offsetof(struct exec, buffer) + (size_t)SLOT * i));
}

/* tmp is lost. */
static void copy_words(struct assembler *a, struct mem to, struct mem from, uint32_t words,
                       enum gpr tmp)
{
    for (; words != 0; words--) {
        asm_mov_rm(a, W64, tmp, from);
        asm_mov_mr(a, W64, to, tmp);
        from.disp += SLOT;
        to.disp += SLOT;
    }
}

static void load_xmm(struct assembler *a, valtype t, enum xmm x, struct mem m)
{
    if (t == VT_V128)
        asm_sse_rm(a, SSE_MOVUPS, x, m);
    else
        asm_fload(a, t == VT_F32 ? F32 : F64, x, m);
}

static void store_xmm(struct assembler *a, valtype t, struct mem m, enum xmm x)
{
    if (t == VT_V128) {
        asm_sse_mr(a, SSE_ST_MOVUPS, m, x);
        return;
    }
    asm_fstore(a, t == VT_F32 ? F32 : F64, m, x);
    m.disp += 4;
    if (t == VT_F32)
        asm_mov_mi(a, W32, m, 0);
}

static void load_reg(struct assembler *a, struct abi_loc l, valtype t, struct mem m)
{
    if (l.kind == ABI_XMM)
        load_xmm(a, t, l.reg, m);
    else if (l.kind == ABI_GPR)
        asm_mov_rm(a, t == VT_I32 ? W32 : W64, l.reg, m);
}

static void store_reg(struct assembler *a, struct abi_loc l, valtype t, struct mem m)
{
    if (l.kind == ABI_XMM)
        store_xmm(a, t, m, l.reg);
    else if (l.kind == ABI_GPR)
        asm_mov_mr(a, W64, m, l.reg);
}

enum move {
    LOAD_BUFFER,  /* slots to exec.buffer */
    LOAD_REGS,    /* slots to registers */
    STORE_BUFFER, /* exec.buffer to slots */
    STORE_REGS,   /* registers to slots */
};

/* Moves those values of v that the move is about; the slots start at [slots]. */
static void move_values(struct assembler *a, enum move move, struct values v,
                        enum gpr slots, enum gpr tmp)
{
    struct abi_walk walk = { 0 };
    struct mem slot = mem_base(slots, 0);
    for (uint32_t i = 0; i < v.count; i++) {
        valtype t = v.types[i];
        struct abi_loc l = v.next(&walk, t);
        if (move == LOAD_REGS)
            load_reg(a, l, t, slot);
        else if (move == STORE_REGS)
            store_reg(a, l, t, slot);
        else if (l.kind == ABI_BUFFER && move == LOAD_BUFFER)
            copy_words(a, buffer_slot(l.slot), slot, vt_slots(t), tmp);
        else if (l.kind == ABI_BUFFER)
            copy_words(a, slot, buffer_slot(l.slot), vt_slots(t), tmp);
        slot.disp += (int32_t)(SLOT * vt_slots(t));
    }
}

/* ---- common parts -------------------------------------------------------------------- */

static struct mem in_instance(size_t offset)
{
    return mem_base(REG_INSTANCE, (int32_t)offset);
}

static struct mem in_exec(size_t offset) { return mem_base(R10, (int32_t)offset); }

static void load_exec(struct assembler *a)
{
    asm_mov_rm(a, W64, R10, in_instance(offsetof(struct instance, exec)));
}

static void set_exit(struct assembler *a)
{
    load_exec(a);
    asm_mov_rm(a, W64, R10, in_exec(offsetof(struct exec, top)));
    asm_mov_mr(a, W64, mem_base(R10, offsetof(struct activation, exit_sp)), RSP);
}

static void call_helper(struct assembler *a, enum helper h)
{
    asm_mov_rm(a, W64, R10, in_instance(offsetof(struct instance, helpers)));
    asm_call_m(a, mem_base(R10, (int32_t)(sizeof(void *) * h)));
}

/* eax = trap. */
static void leave_by_trap(struct assembler *a)
{
    load_exec(a);
    asm_mov_rm(a, W64, R10, in_exec(offsetof(struct exec, top)));
    asm_mov_rm(a, W64, RSP, mem_base(R10, offsetof(struct activation, entry_sp)));
    asm_mov_rm(a, W64, R10, in_instance(offsetof(struct instance, helpers)));
    asm_jmp_m(a, mem_base(R10, (int32_t)(sizeof(void *) * HELPER_trap_exit)));
}

/* ---- C to compiled ------------------------------------------------------------------- */

static void emit_entry(struct assembler *a, const struct type *t)
{
    asm_push_r(a, RBX);
    asm_mov_rr(a, W64, RBX, RSI);
    asm_mov_rr(a, W64, REG_FUNC, RDI);
    load_exec(a);
    move_values(a, LOAD_BUFFER, params(t), RBX, R11);
    move_values(a, LOAD_REGS, params(t), RBX, NO_REG);
    asm_mov_rm(a, W64, R10, mem_base(REG_FUNC, offsetof(struct func, entry)));
    asm_zero(a, REG_CALLER);
    asm_call_m(a, mem_base(R10, 0));
    move_values(a, STORE_REGS, results(t), RBX, NO_REG);
    load_exec(a);
    move_values(a, STORE_BUFFER, results(t), RBX, RAX);
    asm_pop_r(a, RBX);
    asm_ret(a);
}

/* ---- compiled to C ------------------------------------------------------------------- */

static int32_t slot_bytes(const struct type *t)
{
    uint32_t slots = t->param_slots > t->result_slots ? t->param_slots : t->result_slots;
    return (int32_t)size_align(SLOT * (slots != 0 ? slots : 1), 16);
}

/* Below the native limit with so many bytes more: to the ud2 that is emitted here. */
static void check_stack(struct assembler *a, int32_t bytes)
{
    struct label overflow = { 0 };
    asm_bind(a, &overflow);
    asm_ud2(a);
    asm_align(a, THUNK_CHECKED_START);
    load_exec(a);
    asm_mov_rm(a, W64, R10, in_exec(offsetof(struct exec, native_limit)));
    asm_alu_ri(a, ALU_ADD, W64, R10, bytes);
    asm_alu_rr(a, ALU_CMP, W64, RSP, R10);
    asm_jcc_label(a, CC_B, &overflow);
}

static void set_interp_args(struct assembler *a)
{
    asm_mov_rr(a, W64, RDI, REG_INSTANCE);
    asm_mov_rr(a, W32, RSI, RAX);
    asm_mov_rr(a, W64, RDX, RSP);
}

static void set_host_args(struct assembler *a)
{
    asm_mov_rr(a, W64, RDI, REG_INSTANCE);
    asm_mov_rr(a, W64, RSI, REG_FUNC);
    asm_mov_rr(a, W64, RDX, REG_CALLER);
    asm_mov_rr(a, W64, RCX, RSP);
}

static void take_results(struct assembler *a, const struct type *t)
{
    load_exec(a);
    move_values(a, LOAD_BUFFER, results(t), RSP, RDI);
    move_values(a, LOAD_REGS, results(t), RSP, NO_REG);
}

static void emit_to_c(struct assembler *a, const struct type *t, enum helper helper,
                      void (*set_args)(struct assembler *))
{
    struct label trap = { 0 };
    int32_t bytes = slot_bytes(t);
    check_stack(a, bytes + SLOT);
    asm_push_r(a, REG_INSTANCE);
    set_exit(a);
    asm_alu_ri(a, ALU_SUB, W64, RSP, bytes);
    move_values(a, STORE_REGS, params(t), RSP, NO_REG);
    load_exec(a);
    move_values(a, STORE_BUFFER, params(t), RSP, RDI);
    set_args(a);
    call_helper(a, helper);
    asm_test_rr(a, W32, RAX, RAX);
    asm_jcc_label(a, CC_NE, &trap);
    take_results(a, t);
    asm_alu_ri(a, ALU_ADD, W64, RSP, bytes + SLOT);
    asm_ret(a);
    asm_bind(a, &trap);
    leave_by_trap(a);
}

/* ---- the resolve stub ---------------------------------------------------------------- */

enum { SAVED_GPRS = SLOT * ABI_GPR_PARAMS, SAVED_XMMS = XMM_BYTES * ABI_XMM_PARAMS };

static void save_args(struct assembler *a)
{
    asm_alu_ri(a, ALU_SUB, W64, RSP, SAVED_GPRS + SAVED_XMMS);
    for (int i = 0; i < ABI_GPR_PARAMS; i++)
        asm_mov_mr(a, W64, mem_base(RSP, SLOT * i), abi_gpr_params[i]);
    for (int i = 0; i < ABI_XMM_PARAMS - WX_BUG(X34); i++)
        asm_sse_mr(a, SSE_ST_MOVUPS, mem_base(RSP, SAVED_GPRS + XMM_BYTES * i),
                   (enum xmm)i);
}

static void restore_args(struct assembler *a)
{
    for (int i = 0; i < ABI_GPR_PARAMS; i++)
        asm_mov_rm(a, W64, abi_gpr_params[i], mem_base(RSP, SLOT * i));
    for (int i = 0; i < ABI_XMM_PARAMS; i++)
        asm_sse_rm(a, SSE_MOVUPS, (enum xmm)i, mem_base(RSP, SAVED_GPRS + XMM_BYTES * i));
    asm_alu_ri(a, ALU_ADD, W64, RSP, SAVED_GPRS + SAVED_XMMS + SLOT);
}

void thunk_emit_resolve(struct assembler *a)
{
    struct label trap = { 0 };
    asm_push_r(a, REG_INSTANCE);
    set_exit(a);
    save_args(a);
    asm_mov_rr(a, W64, RDI, REG_INSTANCE);
    asm_mov_rr(a, W32, RSI, RAX);
    call_helper(a, HELPER_resolve);
    asm_test_rr(a, W64, RAX, RAX);
    asm_jcc_label(a, CC_E, &trap);
    restore_args(a);
    asm_jmp_r(a, RAX);
    asm_bind(a, &trap);
    load_exec(a);
    asm_mov_rm(a, W32, RAX,
               in_exec(offsetof(struct exec, trap) + offsetof(struct trap_info, kind)));
    leave_by_trap(a);
}

/* ---- entry --------------------------------------------------------------------------- */

size_t thunk_room(const struct type *t)
{
    enum { FIXED_INSTRUCTIONS = 64, PER_VALUE = 4 };
    return ASM_TOUCH *
           (FIXED_INSTRUCTIONS + PER_VALUE * ((size_t)t->nparams + t->nresults));
}

void thunk_emit(struct assembler *a, enum thunk kind, const struct type *t)
{
    if (kind == THUNK_ENTRY)
        emit_entry(a, t);
    else if (kind == THUNK_INTERP)
        emit_to_c(a, t, HELPER_interp_call, set_interp_args);
    else
        emit_to_c(a, t, HELPER_host_call, set_host_args);
}
