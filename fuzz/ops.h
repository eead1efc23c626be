/* ops.h - which operations the modules of a campaign contain, and which of them ran.
 *
 * Counts the instructions of function bodies by their row of ops.def: in all functions, and in
 * those that were entered.  A fuzzer that never reaches an operation shows it here. */
#ifndef WX_FUZZ_OPS_H
#define WX_FUZZ_OPS_H

#include "runtime/code.h"

/* Lengths of modules are counted in steps of so many instructions, to the last class. */
enum { OPS_LENGTH_STEP = 8, OPS_LENGTHS = 256 };

struct op_counts {
    uint64_t present[OP_COUNT], ran[OP_COUNT];
    uint32_t reached;              /* operations that have run */
    enum op newest;                /* the last one that had not before */
    uint64_t lengths[OPS_LENGTHS]; /* modules by instructions */
};

/* Passes over the immediates of an instruction of a validated body. */
void ops_skip_immediates(const uint8_t **p, enum op op);

/* Adds the functions of a module that the interpreter has run. */
void ops_count(struct op_counts *counts, const struct modcode *code);

/* Instructions of a module, the median. */
uint32_t ops_median(const struct op_counts *counts);

/* One line that names the operations that never ran, if they are few; with `all`, the table. */
void ops_print(const struct op_counts *counts, bool all);

#endif
