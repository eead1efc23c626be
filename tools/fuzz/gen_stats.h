/* gen_stats.h - what a number of generated cases looks like. */
#ifndef WX_TOOLS_FUZZ_GEN_STATS_H
#define WX_TOOLS_FUZZ_GEN_STATS_H

#include "case.h"
#include "ops.h"

struct gen_stats {
    uint32_t cases, invalid, with_second, with_imports, trap_free;
    uint32_t *sizes; /* instructions of each case, both modules */
    uint64_t functions, bytes;
    struct op_counts ops;
};

/* sizes has room for every case that will be added. */
void gen_stats_add(struct gen_stats *s, const struct fuzz_case *c);
/* Sorts the sizes and prints everything to stdout. */
void gen_stats_print(struct gen_stats *s);

#endif
