/* reduce.h - makes a case that shows a finding smaller, as long as it shows the same.
 *
 * The case is one tree (tree.h) or two, when a second module is linked to the first, and a
 * script (script.h).  Passes propose changed copies of the active tree; a copy is kept when it
 * weighs less, runs, and is seen (probe.h) with the same name as before: the same kind of
 * difference in the same tier, the same rule of the auditor, the same assertion, signal, hang or
 * blow-up.
 *
 * After a copy has been kept, the trees are read again from their bytes: pointers into the old
 * ones are stale. */
#ifndef WX_TOOLS_FIND_REDUCE_H
#define WX_TOOLS_FIND_REDUCE_H

#include "script.h"
#include "tools/find/earlier.h"
#include "tools/find/probe.h"
#include "tools/find/tree.h"
#include "tools/find/typing.h"

struct reducer {
    struct prober *prober;
    struct plan plan;
    char name[SIGHT_TEXT]; /* of the sight that must stay */
    double deadline;       /* of prober_seconds */
    struct heap heap;
    struct arena kept, trial;      /* trial: reset for each try */
    struct fuzz_case c;            /* script and configuration; its modules are not used */
    struct tree *trees[2];         /* [1]: the second module, or NULL */
    uint32_t active;               /* whose functions the passes change */
    const struct fuzz_case *later; /* the case is what runs before this one; or NULL */
    const struct effect *
        *effects; /* of each function of the active tree; NULL: not asked for */
    const struct probe_event *events; /* what ran; NULL: not asked for */
    uint32_t nevents;
    uint8_t *bytes; /* the best case so far */
    uint32_t size;
    uint64_t weight;
    uint64_t kept_tries;
};

/* false: the case shows nothing, or cannot be taken apart; a message says which. */
bool reducer_init(struct reducer *r, struct prober *p, const uint8_t *data, size_t size,
                  double seconds);
void reducer_free(struct reducer *r);
/* Until nothing helps any more, or the time is over. */
void reduce(struct reducer *r);

/* All instructions of the case, those of the case before included. */
uint32_t reduce_size(struct reducer *r);

/* Runs the case as the plan says, or, without one that suits, finds a plan that shows something:
 * the simplest lanes first.  false: nothing is seen. */
bool plan_find(struct prober *p, const uint8_t *data, size_t size, struct plan *plan,
               struct sight *s);

/* ---- for the passes ------------------------------------------------------------------------ */

static inline struct tree *reduce_tree(const struct reducer *r)
{
    return r->trees[r->active];
}

/* Keeps t as the active tree, with script c, if it weighs less and shows the same.  t may be
 * NULL for the second module: there is none. */
bool reduce_try(struct reducer *r, const struct tree *t, const struct fuzz_case *c);
/* The same with the function's code replaced. */
bool reduce_try_code(struct reducer *r, uint32_t func, struct code code);
/* The case with these modules, in reduce_trial's memory. */
struct bytes_out reduce_bytes(struct reducer *r, struct tree *const trees[2]);
/* Starts a new try: earlier memory of reduce_trial is free again. */
struct arena *reduce_trial(struct reducer *r);
bool reduce_time_is_over(const struct reducer *r);
const struct effect *reduce_effects(struct reducer *r, uint32_t func);
/* The first distinct values, at most n, that instruction `at` left; their number. */
uint32_t reduce_values(struct reducer *r, uint32_t func, uint32_t at, uint64_t *bits,
                       uint32_t n);

/* Code with [first, last) replaced by instead[0..n). */
struct code code_splice(struct arena *a, struct code c, uint32_t first, uint32_t last,
                        const struct insn *instead, uint32_t n);

/* Passes go on with the other module. */
void reduce_activate(struct reducer *r, uint32_t which);
/* The second module becomes the only one. */
void reduce_to_second(struct reducer *r);

/* The passes, each over everything. */
void reduce_script(struct reducer *r);
void reduce_bodies(struct reducer *r);
void reduce_ranges(struct reducer *r);
void reduce_expressions(struct reducer *r);
void reduce_blocks(struct reducer *r);
void reduce_moves(struct reducer *r);
void reduce_loops(struct reducer *r);
void reduce_dropped(struct reducer *r);
void reduce_pairs(struct reducer *r);
void reduce_constants(struct reducer *r);
void reduce_exports(struct reducer *r);
void reduce_imports(struct reducer *r);
void reduce_unused(struct reducer *r);
void reduce_contents(struct reducer *r);
void reduce_locals(struct reducer *r);
void reduce_params(struct reducer *r);
void reduce_results(struct reducer *r);

#endif
