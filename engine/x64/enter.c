/* enter.c - the one way from C into generated code, and the way out after a trap.
 *
 * compiled_enter(func, slots, instance, entry_sp, thunk) saves what the System V ABI wants kept,
 * leaves rsp in *entry_sp for the trap exit, sets the two fixed registers (x64/abi.h) and calls
 * the thunk with func in rdi and slots in rsi.  It returns TRAP_NONE, or at the trap exit what is
 * in eax.  Nothing else turns an address into control flow. */
#include "base/bugs.h"
#include "runtime/engine.h"
#include "runtime/trap.h"
#include "x64/helpers.h"
#include "x64/thunk.h"
#include <string.h>

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

/* ---- at a loop ----------------------------------------------------------------------- */

static bool find_loop(const struct loop_entries *e, uint32_t start, uint32_t *number)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (e->loops[i].start == start) {
            *number = i;
            return true;
        }
    return false;
}

/* Room for the frame with what a call itself takes; where there is none the interpreter, which
 * needs no native stack, goes on. */
static bool has_room(const struct exec *x, const struct code_body *b)
{
    enum { CALL_ROOM = 1024 };
    const uint8_t *sp = __builtin_frame_address(0);
    return sp > x->native_limit &&
           (size_t)(sp - x->native_limit) > b->frame_bytes + CALL_ROOM;
}

static void count_entry(struct modcode *c)
{
    pthread_mutex_lock(&c->lock);
    c->stats.loops_entered++;
    pthread_mutex_unlock(&c->lock);
}

bool compiled_enter_loop(struct func *f, uint32_t loop, uint64_t *frame, enum trap *trap)
{
    struct exec *x = f->instance->exec;
    const void *code = atomic_load_explicit(&f->code->compiled, memory_order_acquire);
    const struct code_body *b = codemap_find(f->store->engine->region, code);
    uint32_t number;
    if (b == NULL || b->entries == NULL || f->type->param_slots > LOOP_BUFFER ||
        !find_loop(b->entries, loop, &number) || !has_room(x, b))
        return false;
    x->buffer[LOOP_BUFFER] = number;
    memcpy(&x->buffer[LOOP_BUFFER + 1], frame,
           b->entries->loops[number].slots * sizeof *frame);
    count_entry(f->code->modcode);
    /* The same function, but for where it begins; what it takes for parameters is not read. */
    void *entry = (void *)(b->start + b->entries->at);
    struct func entered = *f;
    entered.entry = &entry;
    *trap = compiled_call(&entered, frame);
    /* The epilogue gave this back, but the end of the activation brought the old state. */
    x->stack_left +=
        WX_BUG(X24) ? 0 : func_stack_cost(f->code->modcode->module->funcs[f->index].info);
    return true;
}
