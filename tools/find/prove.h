/* prove.h - whether a script that was written shows the bug that it was made from.
 *
 * It is run as CTest runs it, by the program wx beside this one with the flags in its comments.
 * As long as the bug is there it must fail. */
#ifndef WX_TOOLS_FIND_PROVE_H
#define WX_TOOLS_FIND_PROVE_H

#include <stdbool.h>

enum proof {
    PROOF_NONE, /* wx or wast2json is not there, or does not take it */
    PROOF_FAILS,
    PROOF_PASSES,
};

enum proof prove_script(const char *script);

#endif
