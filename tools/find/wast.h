/* wast.h - a finding as a script of the official suite's format, for corpus/regress/.
 *
 * Each call of the case becomes an assertion whose outcome most of the reference evaluator, the
 * interpreter and the compiler agree on.  What differs but in results and traps is made visible
 * by one function more: it reads the global, the word of memory, the element or the segment.  The
 * comments at the top say what was wrong, in which lane, and how to run it. */
#ifndef WX_TOOLS_FIND_WAST_H
#define WX_TOOLS_FIND_WAST_H

#include "tools/find/bisect.h"
#include <stdio.h>

struct observed {
    struct tree *tree; /* of the first module, perhaps with one function more */
    struct fuzz_case c;
    enum lane lane; /* in which the difference shows: as users run it, or with junk */
    bool places;    /* it shows in where traps are alone */
};

/* Makes the difference visible; junk: only in lanes with junk.  false: a script cannot show it. */
bool observe(struct reducer *r, bool junk, struct observed *o);
/* The steps of a case in a lane; their number, 0: it does not run there. */
uint32_t observe_steps(struct reducer *r, struct tree *first, const struct fuzz_case *c,
                       enum lane lane, struct step steps[PROBE_STEPS]);

/* Writes the script; false: it cannot be said in one, or *out could not be written. */
bool wast_write(struct reducer *r, const struct culprit *c, bool junk, FILE *out);

/* A value as in the text format, "(f32.const nan:0x200000)". */
void wast_value(FILE *out, wx_valtype t, uint64_t bits);

#endif
