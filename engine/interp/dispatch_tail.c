/* dispatch_tail.c - the tail dispatcher's handlers: one leaf function each.
 *
 * Compiled with -O2, without a frame pointer and without sanitizers whatever the rest is
 * compiled with, so that no handler pushes, spills or calls; a test reads the object and
 * says so.  Handlers that call C are in dispatch_tail_cold.c.
 *
 * Faults.  The handlers lie in a section of their own, so a fault at one of its addresses,
 * at an address that a guard memory reserves, is an access out of bounds.  ACCESS() has
 * pinned the effective address to rax, pc and the rest are in the registers of the calling
 * convention, rsp is where the handler was entered: execution resumes as if the handler had
 * called trap_memory. */
#include "interp/dispatch_tail.h"
#include <signal.h>
#include <ucontext.h>

#define SECTION  __attribute__((section("wx_handlers")))
#define ACCESS() __asm__ volatile("" : "+a"(ea))
/* pc moves on, and the registers that the handler needs are given up, after the access. */
#define ACCESSED() __asm__ volatile("" : "+r"(pc))

#define HANDLER(name, ...) \
    static SECTION TAIL_CONVENTION enum trap tail_##name(STATE) __VA_ARGS__
#define GUARD_HANDLER(name, ...) HANDLER(name, __VA_ARGS__)
#define COLD_HANDLER(name, ...)
#include "interp/handlers.h"
#undef HANDLER
#undef GUARD_HANDLER
#undef COLD_HANDLER

static const union tail_address handlers[H_COUNT] = {
#define HANDLER(name, ...)       [H_##name] = { .code = tail_##name },
#define GUARD_HANDLER(name, ...) [H_##name] = { .code = tail_##name },
#define COLD_HANDLER(name, ...)  [H_##name] = { .code = tail_cold_##name },
#include "interp/handlers.h"
#undef HANDLER
#undef GUARD_HANDLER
#undef COLD_HANDLER
};

/* Bounds of the section, made by the linker. */
extern const char __start_wx_handlers[], __stop_wx_handlers[];

static bool is_handler(greg_t address)
{
    return (uintptr_t)address - (uintptr_t)__start_wx_handlers <
           (uintptr_t)(__stop_wx_handlers - __start_wx_handlers);
}

static bool is_guarded(const struct instance *inst, const void *address)
{
    const struct memory *m = inst->memory0;
    return m != NULL && m->guard && (uintptr_t)address - (uintptr_t)m->base < m->reserved;
}

static bool fault(struct activation *a, struct fault *f)
{
    (void)a;
    union tail_address resume = { .code = tail_cold_trap_memory };
    greg_t *regs = ((ucontext_t *)f->ucontext)->uc_mcontext.gregs;
    if (f->signal != SIGSEGV || !is_handler(regs[REG_RIP]) ||
        !is_guarded((const struct instance *)regs[REG_R15], f->address))
        return false;
    regs[REG_RDI] = regs[REG_RAX];
    regs[REG_RIP] = (greg_t)(uintptr_t)resume.data;
    return true;
}

static enum trap run(const struct cell *pc, uint64_t *fp, struct instance *inst,
                     const struct cell *ret, const uint64_t *limit)
{
    union tail_address start = { .data = pc->handler };
    return start.code(pc, fp, inst->mem0, inst, (uint64_t)(uintptr_t)ret, limit, 0, 0);
}

bool dispatch_tail(struct dispatcher *d)
{
    *d = (struct dispatcher){ .handlers = &handlers[0].data,
                              .checks = false,
                              .fuser = &tail_fuser,
                              .run = run,
                              .fault = fault };
    return true;
}
