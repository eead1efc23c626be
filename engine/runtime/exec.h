/* exec.h - the execution context of a store: budgets, the activation chain, the trap.
 *
 * Everything running code touches that is neither the module's nor an instance's.  One
 * thread at a time.  Compiled code reaches it through instance.exec and uses the offsets
 * asserted below. */
#ifndef WX_RUNTIME_EXEC_H
#define WX_RUNTIME_EXEC_H

#include "wasm/opcode.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct instance;
struct store;
struct exec;
struct cell;

enum { TRAP_FRAMES = 32 };

/* One frame of a Wasm backtrace, innermost first. */
struct trap_frame {
    const struct instance *instance;
    uint32_t func;   /* function index in the instance's module */
    uint32_t offset; /* of the instruction, from the start of the module */
};

struct trap_info {
    enum trap kind;
    uint32_t width;   /* TRAP_MEMORY_BOUNDS: bytes of the access, 0: unknown */
    uint64_t address; /* effective address; TRAP_TABLE_*: the index */
    uint64_t size;    /* bytes of the memory, elements of the table */
    bool exception;   /* TRAP_HOST: the host threw an exception instead */
    char text[160];   /* the host's message, when a host function trapped */
    uint32_t nframes; /* all frames; frames[] holds the innermost TRAP_FRAMES */
    struct trap_frame frames[TRAP_FRAMES];
};

enum activation_kind { ACTIVATION_INTERP, ACTIVATION_COMPILED };

/* One entry from C into running code.  Lives on the native stack of its entry function;
 * linked from the thread's current activation (trap.h) and from exec.top. */
struct activation {
    struct activation *outer; /* the thread's activation before this one, any store */
    struct exec *exec;
    enum activation_kind kind;
    int64_t stack_left; /* exec.stack_left at entry; restored by a trap */
    /* ACTIVATION_COMPILED */
    void *entry_sp; /* rsp of the entry stub; the trap stub resumes there */
    void *exit_sp;  /* rsp of the thunk that last called C: [exit_sp] is the instance of the
                       called function, [exit_sp + 8] the return address */
    /* ACTIVATION_INTERP: saved before a handler calls C that may run Wasm or walk the
     * stack */
    const struct cell *pc;
    uint64_t *fp;
    /* of activation_push and activation_pop */
    struct activation
        *below;            /* exec.top before: this store's activation outside this one */
    uint8_t *native_limit; /* exec.native_limit before */
    uint32_t mxcsr;        /* the host's */
};

/* Words of overflow area for arguments and results that have no register (x64/abi.h). */
enum { EXEC_BUFFER_SLOTS = 2 * 1000 };

/* Entering compiled code at a loop (struct tier.enter_loop): at most so many slots of the frame
 * travel in the buffer, from LOOP_BUFFER + 1 on; the word before them is the loop's number. */
enum { LOOP_ENTRY_SLOTS = 512, LOOP_BUFFER = EXEC_BUFFER_SLOTS - LOOP_ENTRY_SLOTS - 1 };

struct exec {
    uint8_t *native_limit;      /* compiled code traps when rsp goes below */
    int64_t fuel;               /* deterministic profile; never negative */
    int64_t stack_left;         /* logical stack bytes; deterministic profile */
    _Atomic uint32_t interrupt; /* nonzero: trap at the next charge point */
    struct store *store;
    struct activation *top; /* innermost activation of this store, or NULL */
    uint64_t *value_top;    /* where a new interpreter activation's frame may start */
    uint64_t *value_limit;  /* one past the last usable slot */
    uint64_t *value_base;
    enum trap pending;     /* trap a helper of compiled code returned nonzero for */
    struct trap_info trap; /* the last trap; valid when an entry returned one */
    uint64_t buffer[EXEC_BUFFER_SLOTS];
};

_Static_assert(offsetof(struct exec, native_limit) == 0, "used by compiled code");
_Static_assert(offsetof(struct exec, fuel) == 8, "used by compiled code");
_Static_assert(offsetof(struct exec, stack_left) == 16, "used by compiled code");
_Static_assert(offsetof(struct exec, interrupt) == 24, "used by compiled code");

#endif
