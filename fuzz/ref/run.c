/* run.c - the switch: one instruction after the other, over the bytes of the module; and
 * what a trace tells of each. */
#include "ref/machine.h"

static enum trap perform(struct machine *m)
{
    struct frame *f = m->frame;
    require(m, f->pc >= f->decl->body && f->pc < f->decl->body_end);
    f->at = f->pc;
    switch (code_op(&f->pc)) {
/* clang-format off */
#define WX_OP(name, ...) case OP_##name: return ref_op_##name(m);
#include "wasm/ops.def"
        /* clang-format on */
    default: ref_fail(m, "an instruction");
    }
}

/* Which object a reference names, in a way that is the same in every run. */
static uint64_t identity(const struct value *v)
{
    if (!vt_is_ref(v->type) || v->bits[0] == 0)
        return v->bits[0];
    const struct func *f = (const struct func *)(uintptr_t)v->bits[0];
    return f->header == OBJECT_FUNC ? (uint64_t)f->index + 1 : 1;
}

/* Tells that the instruction at `at` of i's function has run. */
static void tell(const struct machine *m, const struct instance *i, uint32_t func,
                 const uint8_t *at)
{
    struct ref_event e = { .func = func, .offset = (uint32_t)(at - i->module->bytes) };
    e.op = code_op(&at);
    if (m->frame != NULL && m->sp > m->frame->base && m->sp[-1].type != TYPE_LABEL) {
        e.type = m->sp[-1].type;
        e.bits[0] = identity(&m->sp[-1]);
        e.bits[1] = m->sp[-1].bits[1];
    }
    m->state->trace(m->state->env, &e);
}

static enum trap step(struct machine *m)
{
    const struct instance *i = m->frame->instance;
    uint32_t func = m->frame->func->index;
    const uint8_t *at = m->frame->pc;
    enum trap trap = perform(m);
    if (UNLIKELY(m->state->trace != NULL) && trap == TRAP_NONE)
        tell(m, i, func, at);
    return trap;
}

enum trap ref_run(struct machine *m)
{
    enum trap trap = TRAP_NONE;
    while (m->frame != NULL && trap == TRAP_NONE)
        trap = step(m);
    return trap;
}
