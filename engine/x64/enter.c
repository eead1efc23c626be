/* enter.c - the one way from C into generated code, and the way out after a trap.
 *
 * compiled_enter(func, slots, instance, entry_sp, thunk) saves what the System V ABI wants kept,
 * leaves rsp in *entry_sp for the trap exit, sets the two fixed registers (x64/abi.h) and calls
 * the thunk with func in rdi and slots in rsi.  It returns TRAP_NONE, or at the trap exit what is
 * in eax.  Nothing else turns an address into control flow. */
#include "runtime/engine.h"
#include "runtime/trap.h"
#include "x64/helpers.h"
#include "x64/thunk.h"

_Static_assert(offsetof(struct instance, mem0) == 0, "loaded below");

// clang-format off
__asm__(
    ".pushsection .text\n"
    ".p2align 4\n"
    ".globl compiled_enter\n"
    ".hidden compiled_enter\n"
    ".type compiled_enter, @function\n"
    "compiled_enter:\n"
    "    .cfi_startproc\n"
    "    pushq %rbp\n"
    "    .cfi_def_cfa_offset 16\n"
    "    .cfi_offset %rbp, -16\n"
    "    pushq %rbx\n"
    "    .cfi_def_cfa_offset 24\n"
    "    .cfi_offset %rbx, -24\n"
    "    pushq %r12\n"
    "    .cfi_def_cfa_offset 32\n"
    "    .cfi_offset %r12, -32\n"
    "    pushq %r13\n"
    "    .cfi_def_cfa_offset 40\n"
    "    .cfi_offset %r13, -40\n"
    "    pushq %r14\n"
    "    .cfi_def_cfa_offset 48\n"
    "    .cfi_offset %r14, -48\n"
    "    pushq %r15\n"
    "    .cfi_def_cfa_offset 56\n"
    "    .cfi_offset %r15, -56\n"
    "    pushq %rax\n"                      /* aligns rsp */
    "    .cfi_def_cfa_offset 64\n"
    "    movq %rsp, (%rcx)\n"
    "    movq %rdx, %r14\n"
    "    movq (%rdx), %r15\n"
    "    call *%r8\n"
    "    xorl %eax, %eax\n"
    ".globl compiled_trap_exit\n"
    ".hidden compiled_trap_exit\n"
    "compiled_trap_exit:\n"
    "    popq %rcx\n"
    "    .cfi_def_cfa_offset 56\n"
    "    popq %r15\n"
    "    .cfi_def_cfa_offset 48\n"
    "    popq %r14\n"
    "    .cfi_def_cfa_offset 40\n"
    "    popq %r13\n"
    "    .cfi_def_cfa_offset 32\n"
    "    popq %r12\n"
    "    .cfi_def_cfa_offset 24\n"
    "    popq %rbx\n"
    "    .cfi_def_cfa_offset 16\n"
    "    popq %rbp\n"
    "    .cfi_def_cfa_offset 8\n"
    "    ret\n"
    "    .cfi_endproc\n"
    ".size compiled_enter, . - compiled_enter\n"
    ".popsection\n");
// clang-format on

static enum trap enter(struct activation *a, struct func *f, uint64_t *slots)
{
    const void *thunk = thunk_get(f->store->engine, THUNK_ENTRY, f->type);
    if (thunk != NULL)
        return compiled_enter(f, slots, f->instance, &a->entry_sp, thunk);
    trap_begin(a->exec, TRAP_OUT_OF_MEMORY);
    trap_walk_outer(a);
    return TRAP_OUT_OF_MEMORY;
}

enum trap compiled_call(struct func *f, uint64_t *slots)
{
    struct activation a;
    trap_thread_init();
    activation_push(&a, f->instance->exec, ACTIVATION_COMPILED);
    enum trap trap = enter(&a, f, slots);
    activation_pop(&a);
    return trap;
}
