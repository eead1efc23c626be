/* run.c - the switch: one instruction after the other, over the bytes of the module. */
#include "ref/machine.h"

static enum trap step(struct machine *m)
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

enum trap ref_run(struct machine *m)
{
    enum trap trap = TRAP_NONE;
    while (m->frame != NULL && trap == TRAP_NONE)
        trap = step(m);
    return trap;
}
