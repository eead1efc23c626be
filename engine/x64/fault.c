/* fault.c - machine faults in compiled code, and walks over its frames.
 *
 * Everything here runs in a signal handler, or may: it reads the code map, the stack and the
 * registers, writes exec.trap, and takes no lock.  A fault is ours only when its pc has a site
 * that foresees it; anything else is a bug of the engine, which must not look like a trap. */
#include "runtime/engine.h"
#include "runtime/trap.h"
#include "x64/abi.h"
#include "x64/helpers.h"
#include <signal.h>
#include <string.h>
#include <ucontext.h>

/* ---- walking ------------------------------------------------------------------------- */

struct walker {
    const struct code_region *region;
    const struct instance *instance; /* of the frame last seen */
    const uint8_t *pc;
    uint64_t sp;
};

static uint64_t stack_word(uint64_t at) { return *(const uint64_t *)at; }

/* Continues where the function whose return address is at [at] was called. */
static void return_from(struct walker *w, uint64_t at)
{
    w->pc = (const uint8_t *)stack_word(at);
    w->sp = at + sizeof(uint64_t);
}

/* offset: bytes from the function's body. */
static void push_frame(const struct instance *i, uint32_t func, uint32_t offset,
                       struct trap_info *t)
{
    const struct module *m = i->module;
    trap_push_frame(t, i, func, offset + (uint32_t)(m->funcs[func].body - m->bytes));
}

/* Frames outwards from a return address in compiled code, up to the entry thunk. */
static void walk_calls(struct walker *w, struct trap_info *t)
{
    for (;;) {
        const struct code_body *b = codemap_find(w->region, w->pc);
        const struct code_site *s = b != NULL ? code_body_call(b, w->pc) : NULL;
        if (s == NULL || b->kind != BODY_FUNCTION)
            return;
        if (b->instance_at != 0)
            w->instance = (const struct instance *)stack_word(w->sp + b->instance_at);
        push_frame(w->instance, b->fn->func, s->offset, t);
        return_from(w, w->sp + b->frame_bytes);
    }
}

static const struct code_region *region_of(const struct activation *a)
{
    return a->exec->store->engine->region;
}

void compiled_walk_callee(const struct instance *i, uint32_t defined, struct trap_info *t)
{
    push_frame(i, i->module->nimported_funcs + defined, 0, t);
}

void compiled_walk(const struct activation *a, struct trap_info *t)
{
    uint64_t exit = (uint64_t)a->exit_sp;
    struct walker w = { .region = region_of(a) };
    w.instance = (const struct instance *)stack_word(exit);
    return_from(&w, exit + sizeof(uint64_t));
    walk_calls(&w, t);
}

/* ---- the machine's state ------------------------------------------------------------- */

/* clang-format off */
static const uint8_t greg_of[GPR_COUNT] = {
    [RAX] = REG_RAX, [RCX] = REG_RCX, [RDX] = REG_RDX, [RBX] = REG_RBX,
    [RSP] = REG_RSP, [RBP] = REG_RBP, [RSI] = REG_RSI, [RDI] = REG_RDI,
    [R8]  = REG_R8,  [R9]  = REG_R9,  [R10] = REG_R10, [R11] = REG_R11,
    [R12] = REG_R12, [R13] = REG_R13, [R14] = REG_R14, [R15] = REG_R15,
};
/* clang-format on */

static greg_t *gregs(const struct fault *f)
{
    return ((ucontext_t *)f->ucontext)->uc_mcontext.gregs;
}

static uint64_t gpr(const struct fault *f, uint8_t reg)
{
    return (uint64_t)gregs(f)[greg_of[reg]];
}

static const struct instance *instance_of(const struct fault *f)
{
    return (const struct instance *)gpr(f, REG_INSTANCE);
}

/* The part of a register that the site means; NO_REG counts as 0. */
static uint64_t operand(const struct fault *f, const struct code_site *s, uint8_t reg)
{
    if (reg == NO_REG)
        return 0;
    return s->wide ? gpr(f, reg) : (uint32_t)gpr(f, reg);
}

static uint64_t site_address(const struct fault *f, const struct code_site *s)
{
    return operand(f, s, s->reg) + (operand(f, s, s->reg2) << s->scale) + s->disp;
}

/* ---- what the site foresees ---------------------------------------------------------- */

static bool in_guard(const struct memory *m, const void *address)
{
    uint64_t offset = (uint64_t)address - (uint64_t)m->base;
    return offset >= m->bytes && offset < m->reserved;
}

static bool is_ud2(const uint8_t *pc) { return pc[0] == 0x0F && pc[1] == 0x0B; }

static bool foreseen(const struct fault *f, const struct code_site *s, const uint8_t *pc,
                     const struct instance *i)
{
    switch (f->signal) {
    case SIGSEGV:
        return s->kind == TRAP_MEMORY_BOUNDS &&
               in_guard(i->memories[s->memory], f->address);
    case SIGILL: return (s->flags & SITE_DIVIDE) == 0 && is_ud2(pc);
    case SIGFPE: return (s->flags & SITE_DIVIDE) != 0;
    default: return false;
    }
}

static enum trap kind_of(const struct fault *f, const struct code_site *s,
                         const struct exec *x)
{
    if ((s->flags & SITE_DIVIDE) != 0)
        return operand(f, s, s->reg) == 0 ? TRAP_DIV_ZERO : TRAP_INT_OVERFLOW;
    return s->kind != TRAP_NONE ? (enum trap)s->kind : x->pending;
}

/* Code accesses tables by the element; bulk operations say their length themselves. */
static void describe(const struct fault *f, const struct code_site *s,
                     const struct instance *i, struct trap_info *t)
{
    switch (t->kind) {
    case TRAP_MEMORY_BOUNDS:
        t->address = site_address(f, s);
        t->width = s->width;
        t->size = i->memories[s->memory]->bytes;
        break;
    case TRAP_TABLE_BOUNDS:
    case TRAP_TABLE_INDEX:
    case TRAP_NULL_FUNC:
    case TRAP_SIGNATURE:
        t->address = site_address(f, s);
        t->width = t->kind == TRAP_TABLE_BOUNDS;
        t->size = i->tables[s->memory]->size;
        break;
    default: break;
    }
}

/* ---- the fault ----------------------------------------------------------------------- */

/* A thunk stands for the function that it was to call, if that is one of Wasm. */
static void add_own_frame(const struct fault *f, const struct code_body *b,
                          const struct code_site *s, struct trap_info *t)
{
    const struct instance *i = instance_of(f);
    if (b->kind == BODY_FUNCTION)
        push_frame(i, b->fn->func, s->offset, t);
    else if (s->reg != NO_REG)
        compiled_walk_callee(i, (uint32_t)gpr(f, s->reg), t);
}

static void add_frames(struct activation *a, const struct fault *f,
                       const struct code_body *b, const struct code_site *s)
{
    struct walker w = {
        .region = region_of(a),
        .instance = instance_of(f),
        .sp = gpr(f, RSP),
    };
    add_own_frame(f, b, s, &a->exec->trap);
    return_from(&w, w.sp + ((s->flags & SITE_PROLOGUE) != 0 ? 0 : b->frame_bytes));
    walk_calls(&w, &a->exec->trap);
    trap_walk_outer(a);
}

/* A helper that failed has begun exec.trap itself. */
static void begin(struct activation *a, const struct fault *f, const struct code_site *s)
{
    struct exec *x = a->exec;
    enum trap kind = kind_of(f, s, x);
    if (s->kind == TRAP_NONE && (s->flags & SITE_DIVIDE) == 0) {
        x->trap.kind = kind;
        x->trap.nframes = 0;
        return;
    }
    trap_begin(x, kind);
    describe(f, s, instance_of(f), &x->trap);
}

static void resume_at_exit(const struct activation *a, const struct fault *f)
{
    greg_t *regs = gregs(f);
    regs[REG_RIP] = (greg_t)compiled_trap_exit;
    regs[REG_RSP] = (greg_t)a->entry_sp;
    regs[REG_RAX] = (greg_t)a->exec->trap.kind;
}

bool compiled_fault(struct activation *a, struct fault *f)
{
    const struct code_region *region = region_of(a);
    const uint8_t *pc = (const uint8_t *)gregs(f)[REG_RIP];
    if (a->kind != ACTIVATION_COMPILED || region == NULL)
        return false;
    const struct code_body *b = codemap_find(region, pc);
    const struct code_site *s = b != NULL ? code_body_site(b, pc) : NULL;
    if (s == NULL || !foreseen(f, s, pc, instance_of(f)))
        return false;
    begin(a, f, s);
    add_frames(a, f, b, s);
    resume_at_exit(a, f);
    return true;
}
