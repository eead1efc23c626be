/* code.h - how functions of a module are run: tiers, per-function state, the code map.
 *
 * A tier is one row: a struct tier.  Which tiers a library contains is decided by the
 * one object file that defines its table (api/flavour_*.c), never by the preprocessor.
 * Code, cells and counters belong to the module, shared by its instances and by threads;
 * they hold no address of an instance, a store or a helper. */
#ifndef WX_RUNTIME_CODE_H
#define WX_RUNTIME_CODE_H

#include "base/arena.h"
#include "base/fail.h"
#include "runtime/exec.h"
#include "wasm/module.h"
#include <pthread.h>
#include <stdatomic.h>

struct cell;
struct engine;
struct func;
struct code_region;
struct modcode;

enum tier_id { TIER_INTERP, TIER_BASELINE, TIER_OPT, TIER_COUNT };

/* Run-time state of one defined function, shared by all instances. */
struct fncode {
    _Atomic(const struct cell *) cells; /*  0: interpreter program; first a lazy-translation
                                                cell; after tier-up one that enters `compiled` */
    _Atomic(void *) compiled;           /*  8: compiled code (compiled ABI), or NULL */
    _Atomic uint32_t heat;              /* 16: counts down; at 0 the function is hot */
    uint32_t func;                      /* 20: function index in the module */
    struct modcode *modcode;            /* 24 */
    enum tier_id tier;                  /* 32: the tier the configuration gives it first */
    bool declined;                      /* the compiler declined it */
    _Atomic uint8_t wanted;             /* by the thread that compiles (background.c) */
    void *interp;                       /* the interpreter's own record (offsets, size) */
    struct fncode *behind;              /* in its queue */
};

/* Totals for messages, tests and reports.  Updated under modcode.lock. */
struct code_stats {
    uint64_t translated; /* functions translated to cells */
    uint64_t compiled, declined;
    uint64_t bytes_in, bytes_out; /* Wasm body bytes compiled, machine code bytes */
    uint64_t nanoseconds;         /* spent compiling, by the wall clock */
    uint64_t loops_entered;       /* activations that went on in compiled code at a loop */
};

/* A module made runnable on its engine. */
struct modcode {
    struct engine *engine;
    struct module *module;
    struct fncode *fns;   /* by function index - nimported_funcs */
    pthread_mutex_t lock; /* what follows, translation, and changes of entries and cells */
    pthread_mutex_t compiling; /* one function at a time; before lock */
    struct arena arena;        /* cells and records; under lock */
    void **entries_rw;         /* compiled-ABI entry pointers by defined function,
                                           writable alias; NULL without a compiled tier */
    void *const *entries;      /* the same words as code sees them (rip-relative) */
    void *stubs_chunk;         /* code memory of this module's stubs (x64/codemem.h) */
    void *chunk;               /* and of its functions; under compiling */
    void *cell_map;            /* the interpreter's map from cells to functions */
    struct code_stats stats;
    void *user; /* api/: the public handle */
};

/* Owns m, unless it returns NULL (memory exhausted). */
struct modcode *modcode_new(struct engine *e, struct module *m);
void modcode_free(struct modcode *c);

/* A machine fault while running code, as a tier sees it.  Async-signal-safe code only. */
struct fault {
    int signal;
    void *address;  /* si_addr */
    void *ucontext; /* ucontext_t *, registers may be edited */
};

struct tier {
    const char *name; /* "interp", "baseline" */
    enum tier_id id;
    /* Once per engine / per module.  false: memory exhausted. */
    bool (*engine_init)(struct engine *e);
    void (*engine_free)(struct engine *e);
    bool (*module_init)(struct modcode *c);
    void (*module_free)(struct modcode *c);
    /* Gives a new function record its compiled-ABI entry (func.entry); NULL: nothing to
     * do. */
    bool (*func_init)(struct func *f);
    /* Makes fn run in this tier from its next call on.  Takes modcode's locks itself.
     * FAIL_EXHAUSTED, or FAIL_USAGE when the compiler declines. */
    bool (*prepare)(struct fncode *fn, struct fail *f);
    /* Runs f; slots as in func_call.  Pushes its own activation; returns the trap, with
     * exec->trap filled in completely (frames included). */
    enum trap (*call)(struct func *f, uint64_t *slots);
    /* Goes on with an interpreted activation of f in this tier's code (on-stack replacement),
     * from the head of the loop whose opcode is at `loop` in the body.  frame: its slots as
     * func_info numbers them, locals and operands in place; takes the results as call does.
     * false: the code has no such entry, or there is no room for it; nothing has happened.
     * NULL: this tier has none. */
    bool (*enter_loop)(struct func *f, uint32_t loop, uint64_t *frame, enum trap *trap);
    /* Is this fault ours?  Then edits the context so that execution resumes in this
     * tier's trap path, and returns true. */
    bool (*fault)(struct activation *a, struct fault *f);
    /* Appends a's frames to t, innermost first, from where a last left its code (exit_sp,
     * or pc/fp). */
    void (*walk)(const struct activation *a, struct trap_info *t);
};

/* interp/ and baseline/ define these; a library has those that its table names. */
extern const struct tier interp_tier, baseline_tier;

/* Appends one frame. */
static inline void trap_push_frame(struct trap_info *t, const struct instance *i,
                                   uint32_t func, uint32_t offset)
{
    if (t->nframes < TRAP_FRAMES)
        t->frames[t->nframes] = (struct trap_frame){ i, func, offset };
    t->nframes++;
}

#endif
