/* typing.h - what each instruction of a body takes from the stack and leaves there.
 *
 * For reachable code, exactly; instructions behind unreachable, br, br_table and return are
 * marked as dead and have no types.  Code must be valid.  Rows of ops.def with a signature need
 * nothing here; the others are a switch. */
#ifndef WX_TOOLS_FIND_TYPING_H
#define WX_TOOLS_FIND_TYPING_H

#include "tools/find/tree.h"

struct effect {
    bool dead;
    uint32_t start; /* the first instruction of what computes the operands; i without any */
    uint32_t depth; /* open blocks before the instruction, the body counted */
    uint32_t pops, npushes;
    const valtype *pushes;
    const valtype *popped;        /* types of the operands, deepest first */
    const uint32_t *popped_start; /* where what computes each begins */
    const uint32_t *popped_by; /* the instruction that pushed each; of the body's end, when
                                     live: the results */
    uint32_t match;  /* block, loop, if: the else or end; else: the end; end: the opener; of
                        the body's end UINT32_MAX */
    uint32_t height; /* operands of the innermost block behind the instruction */
    const valtype *stack; /* their types */
};

/* effects[0..code.len) of a body. */
const struct effect *typing_of(struct arena *a, const struct tree *t,
                               uint32_t defined_func);

/* The type of local i of a defined function, parameters first. */
valtype typing_local(const struct tree_func *f, uint32_t local);

#endif
