/* bisect.h - which function a tier runs wrongly, and which of its instructions first.
 *
 * The function: of all functions in the odd tier as many as possible are moved to the other tier,
 * one at a time, as long as the finding stays.
 *
 * The instruction, without tracing inside the tier: the function is cut short before instruction
 * k by storing its operands and locals to new globals and trapping; the rest of the body stays
 * behind the trap, so what a single-pass tier knows of the function changes little.  The first k,
 * in the order in which the reference evaluator first ran the instructions, whose cut function
 * leaves another state than in the reference says that the instruction before it went wrong.
 * Where loops ran in between, a counter stops at each later execution in turn.  Only the case's
 * actions up to that execution run: what comes later is not the instruction's doing.
 *
 * A cut changes what it looks at: locals that are read more often get registers, and code behind a
 * trap needs none.  So cuts are made in four ways, with and without the locals, with what is behind
 * them reachable (a counter again) and not; the earliest moment that one of them shows counts.
 *
 * Of several functions that are wrong only together, one in which a cut has shown something comes
 * before one where the last instruction is merely left.
 *
 * What goes wrong when code is made (a rule of the auditor, an assertion, a hang of the compiler) is
 * looked for in the order of the bytes. */
#ifndef WX_TOOLS_FIND_BISECT_H
#define WX_TOOLS_FIND_BISECT_H

#include "tools/find/arbiter.h"
#include "tools/find/reduce.h"

enum { CULPRIT_FUNCS = 64 };

struct culprit {
    enum family family;
    enum arbiter arbiter; /* asked when the reference evaluator stands alone */
    uint32_t nfuncs, funcs[CULPRIT_FUNCS]; /* function indices; 0: not found */
    uint32_t module;                       /* 1: the functions are those of the second */
    bool has_insn;
    uint32_t func, index,
        offset; /* of the opcode: its number in the body, its place in the module */
    enum op op;
    uint32_t execution; /* 1: wrong when first run */
    char what[32];      /* "operand 0", "local 3", or empty */
    uint64_t good, odd; /* its value there, when `what` says where */
    bool lost;          /* the odd tier did not get behind the instruction */
};

/* bytes: what reducer_init or reduce left in r.  false: nothing could be said. */
bool bisect(struct reducer *r, struct culprit *c);

/* Wrong before the first instruction: what the function was given. */
bool culprit_on_entry(const struct culprit *c);

/* "baseline, function 2, i64.shl at 0x3f"; "shared, outside functions" */
void culprit_text(const struct culprit *c, char *out, size_t room);

/* ---- cut.c --------------------------------------------------------------------------------- */

/* What the last of the globals holds once a cut has stored everything. */
#define CUT_REACHED UINT64_MAX

struct cut {
    uint32_t at;        /* before this instruction */
    uint32_t execution; /* 0: at the first, and what follows is unreachable; else counted */
    bool locals;        /* are stored, too */
    bool plain;         /* of an i32 only its 32 bits are stored */
};

/* A copy of the active tree of r whose function `func` (defined) is cut.  *first_global: of those
 * that were added: locals, then operands from the deepest, then one that is CUT_REACHED behind a
 * dump. */
struct tree *cut_before(struct reducer *r, uint32_t func, const struct cut *cut,
                        uint32_t *first_global);
/* A name for the value in global number k of those. */
void cut_name(struct reducer *r, uint32_t func, const struct cut *cut, uint32_t k,
              char out[32]);

#endif
