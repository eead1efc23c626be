/* trap.h - traps: the thread's current activation, signals, backtraces.
 *
 * SIGSEGV, SIGBUS, SIGILL and SIGFPE are installed once per process, keep the handlers
 * that were there before and pass on whatever is not ours.  A fault of Wasm code is
 * turned into a trap by editing the interrupted context; nothing longjmps. */
#ifndef WX_RUNTIME_TRAP_H
#define WX_RUNTIME_TRAP_H

#include "runtime/code.h"

/* Installs the handlers (first call) and prepares this thread.  Cheap afterwards. */
void trap_thread_init(void);

/* Enter and leave an activation: sets/restores the thread's current activation, exec->top,
 * exec->native_limit (outermost), MXCSR.  Every tier's call() uses these two. */
void activation_push(struct activation *a, struct exec *x, enum activation_kind kind);
void activation_pop(struct activation *a);

/* Around a call to the host from a: the host's MXCSR, then Wasm's.  What the host
 * changes stays its own.  (func_call_host does this.) */
void trap_host_enter(struct activation *a);
void trap_host_leave(struct activation *a);

/* The thread's current activation, or NULL. */
struct activation *activation_current(void);

/* Starts a trap: clears the frames of x->trap and sets kind. */
static inline void trap_begin(struct exec *x, enum trap kind)
{
    x->trap.kind = kind;
    x->trap.exception = false;
    x->trap.nframes = 0;
    x->trap.width = 0;
    x->trap.address = x->trap.size = 0;
    x->trap.exception = false;
    x->trap.text[0] = 0;
}

/* Where traps are reported, in every tier: at the instruction that raised them, innermost
 * frame first.  An exhausted stack is the callee's, at the first byte of its body; fuel and
 * interruption are reported at the charge point, which is that byte at a function's
 * entry. */

/* Completes x->trap with the frames of the activations outside `inner` (a tier walks the
 * innermost one itself).  Those of the same store: instances of others may end first. */
void trap_walk_outer(struct activation *inner);

/* Text of a trap: "out of bounds memory access: address 0x10000, 4 bytes, memory of
 * 65536". */
void trap_message(const struct trap_info *t, char *buf, size_t size);

#endif
