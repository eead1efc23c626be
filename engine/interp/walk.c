/* walk.c - completing traps: what the instruction was, and the frames (frame.h). */
#include "interp/frame.h"
#include "runtime/trap.h"
#include "wasm/code.h"

static const void *number_or_address(const struct interp *in, enum handler h)
{
    const void *const *addresses = in->dispatcher.handlers;
    return addresses != NULL ? addresses[h] : (const void *)(uintptr_t)h;
}

const struct program *walk_program(const struct interp *in, const struct cell *pc)
{
    const void *last = number_or_address(in, H_last);
    while (pc->handler != last)
        pc++;
    return (const struct program *)(uintptr_t)pc->imm;
}

static uint32_t body_offset(const struct fncode *fn)
{
    const struct module *m = fn->modcode->module;
    return (uint32_t)(m->funcs[fn->func].body - m->bytes);
}

/* The offset of the instruction of pc in its function's body. */
static uint32_t offset_of(const struct program *p, const struct cell *pc)
{
    return p->offsets[pc - p->cells];
}

static void push_frame(const struct interp *in, const struct cell *pc,
                       const struct instance *inst, struct trap_info *t)
{
    if (t->nframes >= TRAP_FRAMES) {
        t->nframes++;
        return;
    }
    const struct program *p = walk_program(in, pc);
    trap_push_frame(t, inst, p->fn->func, body_offset(p->fn) + offset_of(p, pc));
}

/* The frames from a return address on, which leads to the frame fp. */
static void walk_callers(const struct interp *in, const struct cell *ret, uint64_t *fp,
                         struct trap_info *t)
{
    while (ret != &in->exit[1]) {
        const struct frame_header *h = frame_header(fp, ret[-1].d);
        push_frame(in, ret - 1, h->instance, t);
        ret = h->ret;
        fp = h->caller;
    }
}

void walk_activation(const struct activation *a, struct trap_info *t)
{
    const struct interp *in = interp_of(a->exec->store->engine);
    if (a->pc != NULL)
        walk_callers(in, a->pc + 1, a->fp, t);
}

static struct interp *interp_of_instance(const struct instance *inst)
{
    return interp_of(inst->store->engine);
}

enum trap walk_begun(const struct cell *pc, uint64_t *fp, struct instance *inst)
{
    const struct interp *in = interp_of_instance(inst);
    struct exec *x = inst->exec;
    const struct program *p = walk_program(in, pc);
    const struct func_info *info = p->fn->modcode->module->funcs[p->fn->func].info;
    const struct frame_header *h = frame_header(fp, 8 * info->header_slot);
    push_frame(in, pc, inst, &x->trap);
    walk_callers(in, h->ret, h->caller, &x->trap);
    trap_walk_outer(x->top);
    return x->trap.kind;
}

enum trap walk_trap(enum trap kind, const struct cell *pc, uint64_t *fp,
                    struct instance *inst)
{
    trap_begin(inst->exec, kind);
    return walk_begun(pc, fp, inst);
}

enum trap walk_memory(uint64_t ea, const struct cell *pc, uint64_t *fp,
                      struct instance *inst)
{
    struct trap_info *t = &inst->exec->trap;
    const struct program *p = walk_program(interp_of_instance(inst), pc);
    const uint8_t *at = inst->module->funcs[p->fn->func].body + offset_of(p, pc);
    enum op op = code_op(&at);
    trap_begin(inst->exec, TRAP_MEMORY_BOUNDS);
    t->address = ea;
    t->width = op_infos[op].width;
    t->size = inst->memories[code_memarg(&at).memory]->bytes;
    return walk_begun(pc, fp, inst);
}

enum trap walk_entry(enum trap kind, const struct fncode *fn, uint64_t *fp,
                     struct instance *inst, const struct cell *ret)
{
    struct exec *x = inst->exec;
    trap_begin(x, kind);
    trap_push_frame(&x->trap, inst, fn->func, body_offset(fn));
    walk_callers(interp_of_instance(inst), ret, frame_caller(fp, ret), &x->trap);
    trap_walk_outer(x->top);
    return kind;
}
