/* engine.h - what modules and stores of an engine share: configuration, types, pools.
 *
 * Any thread.  Immutable after engine_new but for the pools, which lock. */
#ifndef WX_RUNTIME_ENGINE_H
#define WX_RUNTIME_ENGINE_H

#include "runtime/code.h"
#include "wasm/types.h"

enum tier_policy { POLICY_INTERP, POLICY_BASELINE, POLICY_TIERED, POLICY_MASK };
enum memory_strategy {
    MEMORY_AUTO,
    MEMORY_GUARD,
    MEMORY_CHECK
}; /* AUTO: guard where it can */
enum dispatch { DISPATCH_AUTO, DISPATCH_TAIL, DISPATCH_LOOP };

struct config {
    enum tier_policy policy;
    uint64_t tier_mask;      /* POLICY_MASK: function i is compiled when bit i%64 */
    uint32_t call_threshold; /* POLICY_TIERED: calls until hot */
    uint32_t loop_threshold; /* loop iterations until hot */
    bool background;         /* hot functions are compiled by a thread (background.h) */
    bool perf_map;           /* compiled functions are named for perf (x64/perfmap.h) */
    enum memory_strategy memory;
    enum dispatch dispatch;
    features features;
    bool fuel;                 /* charge exec.fuel */
    bool logical_stack;        /* charge exec.stack_left instead of native limits */
    bool interruptible;        /* look at exec.interrupt at charge points */
    uint64_t cpu_mask;         /* CPU features the compilers may use (base/cpu.h) */
    size_t native_stack;       /* bytes of native stack compiled code may use */
    size_t value_stack;        /* bytes of interpreter value stack per store */
    size_t heap_limit;         /* 0: none */
    uint64_t max_memory_bytes; /* per memory, beyond its own maximum; 0: none */
    uint64_t max_table_elements;
    /* Of tests alone, which write it between modules: not 0, a seed for junk in all that
     * is undefined while code runs (baseline/junk.h, interp/translate_call.c). */
    uint64_t junk;
};

struct memory_pool;
struct background;

struct engine {
    struct heap heap;
    struct config config;
    struct type_registry *types;
    const struct tier *tiers[TIER_COUNT]; /* NULL: not in this library, or of no use to the
                                             policy (POLICY_INTERP maps no code memory) */
    struct memory_pool *pool;             /* recycled reservations and value stacks */
    const void *const *helpers; /* for instance.helpers; set by a compiled tier, or NULL */
    struct stubs *stubs;        /* thunks between tiers; set with region */
    struct code_region *region; /* code memory; set by a compiled tier, or NULL */
    void *tier_state[TIER_COUNT];            /* each tier's own */
    _Atomic(struct background *) background; /* the thread that compiles, or NULL */
};

/* c: zero in call_threshold, loop_threshold, native_stack, value_stack means the
 * default; cpu_mask is cut to what the processor has.  tiers: the library's table.  NULL
 * with f filled in: FAIL_USAGE when the policy asks for a tier that this library does
 * not contain, or FAIL_EXHAUSTED. */
struct engine *engine_new(const struct config *c, const struct tier *const *tiers,
                          struct fail *f);
/* All modules and stores must be freed before. */
void engine_free(struct engine *e);

/* Whether a memory of that type lies before guard pages, so that code for it needs no
 * checks.  The same for all memories of a type in this engine, hence for code that
 * instances share: engine_new turns MEMORY_AUTO into MEMORY_GUARD when there is address
 * space for many guard memories, else into MEMORY_CHECK.  Equals memory.guard. */
bool engine_guards(const struct engine *e, const struct memory_type *type);

/* The first tier the configuration gives a function. */
enum tier_id engine_first_tier(const struct engine *e, uint32_t func);

/* Asked by the interpreter at the first call of a function: whether it is compiled at once.
 * In the tiered mode, when many functions of its module became hot after all: then what it
 * takes to translate another one is most likely lost.  Not where a thread compiles. */
bool engine_compiles_first(const struct fncode *fn);

/* Called by the interpreter when a function's heat has run out: compiles it, or has it
 * compiled by the engine's thread and sets its heat so that it asks again. */
enum tier_up { TIER_UP_DONE, TIER_UP_LATER, TIER_UP_NEVER };
enum tier_up engine_tier_up(struct fncode *fn);

#endif
