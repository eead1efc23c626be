/* gen_stats.h - what a number of generated cases looks like. */
#ifndef WX_TOOLS_FUZZ_GEN_STATS_H
#define WX_TOOLS_FUZZ_GEN_STATS_H

#include "ops.h"
#include "wxgen.h"

struct gen_stats {
    uint32_t cases, invalid, with_second, with_imports, trap_free;
    uint32_t *sizes; /* instructions of each case, both modules */
    uint64_t functions, bytes;
    struct op_counts ops;
    /* bit k of pairs[a][b]: the result of a has been operand k of b */
    uint8_t pairs[OP_COUNT][OP_COUNT];
};

/* sizes has room for every case that will be added. */
void gen_stats_add(struct gen_stats *s, const wxgen_case *c);
/* How many pairs of rows of ops.def with fitting types there are, and how many have been seen. */
uint32_t gen_stats_pairs(const struct gen_stats *s, uint32_t *seen);
/* Instructions that `percent` of the cases do not exceed. */
uint32_t gen_stats_size(struct gen_stats *s, uint32_t percent);
/* Sorts the sizes and prints everything to stdout. */
void gen_stats_print(struct gen_stats *s);

#endif
