/* meta.h - a case, and the same case after rewrites, in one lane: both must do the same.
 *
 * The input is one of fuzz_diff; the rewrites are drawn from a hash of its header.  A first run
 * with fuel, in the same tier, says whether the case ends.  Compared after each step are outcome
 * and trap kind, results, host calls, memories, tables, the globals that were there before, and
 * segments; not fuel, stack, and places of traps. */
#ifndef WX_FUZZ_META_META_H
#define WX_FUZZ_META_META_H

#include "meta/rewrite.h"
#include "oracle.h"

enum meta_difference {
    META_SAME,
    META_CANNOT_TELL,
    META_INVALID, /* the rewritten module does not validate */
    META_OUTCOME,
    META_RESULTS,
    META_HOST,
    META_MEMORIES,
    META_TABLES,
    META_GLOBALS,
    META_SEGMENTS,
};

struct meta {
    struct oracle oracle;
    const char *only; /* name of the only lane to use, or NULL: from the environment */
    uint64_t executions, compared, cannot_tell, exhausted, rewritten;
    uint64_t applied[REWRITE_COUNT];
};

/* The environment may name the one lane to use: WX_META_LANE=baseline. */
void meta_init(struct meta *m);
void meta_free(struct meta *m);
/* Says what differs on stderr; with WX_META_OUT=PREFIX in the environment both modules are written
 * to PREFIX.before.wasm and PREFIX.after.wasm then. */
enum meta_difference meta_run(struct meta *m, const uint8_t *data, size_t size);
void meta_stats(const struct meta *m);

#endif
