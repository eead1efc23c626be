/* trap.c - traps with everything that is known of them. */
#include "ref/machine.h"

enum trap ref_trap(struct machine *m, enum trap kind)
{
    trap_begin(m->exec, kind);
    return kind;
}

enum trap ref_trap_range(struct machine *m, enum trap kind, uint64_t address,
                         uint64_t length, uint64_t size)
{
    struct trap_info *t = &m->exec->trap;
    trap_begin(m->exec, kind);
    t->address = address;
    t->width = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
    t->size = size;
    return kind;
}

static uint32_t offset_in(const struct instance *i, const uint8_t *p)
{
    return (uint32_t)(p - i->module->bytes);
}

enum trap ref_trap_entry(struct machine *m, const struct func *f)
{
    const struct func_decl *decl = &f->instance->module->funcs[f->index];
    trap_begin(m->exec, TRAP_STACK);
    trap_push_frame(&m->exec->trap, f->instance, f->index,
                    offset_in(f->instance, decl->body));
    return TRAP_STACK;
}

void ref_trap_frames(const struct frame *frame, struct trap_info *t)
{
    for (; frame != NULL; frame = frame->caller)
        trap_push_frame(t, frame->instance, frame->func->index,
                        offset_in(frame->instance, frame->at));
}

void ref_trap_complete(struct machine *m)
{
    if (m->walked)
        return;
    ref_trap_frames(m->frame, &m->exec->trap);
    trap_walk_outer(m->exec->top);
}
