/* abi.h - the register ABI of compiled code, shared by every compiler, thunk and stub.
 *
 * Registers
 *     r14            instance (struct instance), preserved
 *     r15            base of memory 0 of that instance (instance.mem0), preserved
 *     rsp            16-byte aligned before a call: rsp % 16 == 8 at a function's first byte
 *     rbx rbp r12 r13    callee-saved
 *     everything else, all xmm included, is caller-saved
 *
 * Arguments, in order of the parameters: integers and references in rdi rsi rdx rcx r8 r9,
 * floats in xmm0..xmm7; those beyond lie in exec->buffer[0], [1], ... (8 bytes each, v128 two).
 * Results: integers and references in rax rdx rcx rsi, floats in xmm0..xmm3; those beyond in
 * exec->buffer[0], [1], ....  An i32 is zero-extended to 64 bits everywhere; the upper lanes of
 * an xmm that holds a scalar are undefined.
 *
 * The buffer is written immediately before the call (return) and read first thing by the callee
 * (caller); nothing in between touches it.  So a call leaves rsp unchanged, and call and tail
 * call will share one ABI without an argument area to resize.
 * (docs/decisions/0001-overflow-arguments-in-the-execution-context.md)
 *
 * Calls
 *     direct, same instance:   call [rip + entries + 8 * i]         (modcode.entries)
 *     through a func record:   rax = struct func *, r11 = caller's r14,
 *                              r14 = func->instance, r15 = r14->mem0, call [[func + entry]];
 *                              afterwards the caller restores its r14 and r15 from its frame
 *                              (code_body.instance_at).
 *     C helper:                SysV call of [[r14 + helpers] + 8 * HELPER_x], rdi = r14.
 *                              A helper that returns nonzero in eax has set exec->pending: go to
 *                              a cold ud2 whose site has kind TRAP_NONE ("take pending").
 * Entry points are read with one load and may change at any time (tier-up).
 *
 * Traps: a fault or a ud2 whose pc has a code_site.  The signal handler computes everything from
 * the site and the registers, then resumes at the trap exit with rsp = activation.entry_sp.
 *
 * Where a stub or thunk calls C that may run Wasm or walk the stack, it first sets
 * activation.exit_sp (runtime/exec.h).
 *
 * Stack check: before anything is pushed, cmp of (rsp - frame bytes) with exec->native_limit;
 * below: a ud2 with a SITE_PROLOGUE site of kind TRAP_STACK. */
#ifndef WX_X64_ABI_H
#define WX_X64_ABI_H

#include "wasm/types.h"
#include "x64/asm.h"

/* Macros, so that they are of type enum gpr. */
#define REG_INSTANCE R14
#define REG_MEMORY   R15
#define REG_FUNC     RAX /* at calls through a func record */
#define REG_CALLER   R11 /* likewise: the caller's instance */

enum { ABI_GPR_PARAMS = 6, ABI_XMM_PARAMS = 8, ABI_GPR_RESULTS = 4, ABI_XMM_RESULTS = 4 };

extern const uint8_t abi_gpr_params[ABI_GPR_PARAMS];   /* rdi rsi rdx rcx r8 r9 */
extern const uint8_t abi_gpr_results[ABI_GPR_RESULTS]; /* rax rdx rcx rsi */

enum abi_kind { ABI_GPR, ABI_XMM, ABI_BUFFER };

struct abi_loc {
    enum abi_kind kind;
    uint8_t reg;   /* ABI_GPR, ABI_XMM */
    uint32_t slot; /* ABI_BUFFER: index into exec->buffer */
};

/* Walks a parameter or result list: start from { 0 }. */
struct abi_walk {
    uint32_t gprs, xmms, slots;
};

struct abi_loc abi_next_param(struct abi_walk *w, valtype t);
struct abi_loc abi_next_result(struct abi_walk *w, valtype t);

#endif
