/* junk.h - code of the junk lane: makes what the ABI leaves undefined visible.
 *
 * For tests (config.junk, runtime/engine.h): otherwise nothing here emits anything.  With
 * it, code fills what is dead or undefined with junk that follows from the seed,
 *
 *     at function entry    the frame's slots; registers that hold no parameter; of a float
 *                          parameter the lanes above it
 *     behind every call    caller-saved registers that hold no result; of a float result
 *                          the lanes above it
 *
 * and checks the other half of the bargain, that an i32 in a register is zero-extended: at
 * both places, and between instructions now and then.  A violation traps as `unreachable`
 * where no other lane does. */
#ifndef WX_BASELINE_JUNK_H
#define WX_BASELINE_JUNK_H

#include "baseline/state.h"

/* Behind the pushes of the prologue, before anything is in the frame. */
void junk_entry_slow(struct compiler *c);
/* The same where no parameter has arrived. */
void junk_loop_entry_slow(struct compiler *c);
/* Behind a call, before registers are restored.  t: whose results there are; NULL: a
 * helper's, in rax. */
void junk_call_slow(struct compiler *c, const struct type *t);
/* Before an instruction. */
void junk_between_slow(struct compiler *c);

static inline void junk_entry(struct compiler *c)
{
    if (UNLIKELY(c->config->junk != 0))
        junk_entry_slow(c);
}

static inline void junk_loop_entry(struct compiler *c)
{
    if (UNLIKELY(c->config->junk != 0))
        junk_loop_entry_slow(c);
}

static inline void junk_call(struct compiler *c, const struct type *t)
{
    if (UNLIKELY(c->config->junk != 0))
        junk_call_slow(c, t);
}

static inline void junk_between(struct compiler *c)
{
    if (UNLIKELY(c->config->junk != 0))
        junk_between_slow(c);
}

#endif
