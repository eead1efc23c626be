/* bugs.h - seeded bugs: wrong expressions that prove the fuzz harness finds such things.
 *
 *     dst = WX_BUG(S05) ? wrong : right;
 *
 * Builds with WX_BUGS contain all of bugs.def; the environment variable WX_BUG names the one that is
 * on, for the life of the process.  In every other build WX_BUG(id) is a constant 0 and nothing of
 * this is in the binary (tools/check_bugs.sh). */
#ifndef WX_BASE_BUGS_H
#define WX_BASE_BUGS_H

enum bug {
    BUG_NONE,
#define WX_BUG_ROW(id, ...) BUG_##id,
#include "base/bugs.def"
    BUG_COUNT,
};

#ifdef WX_BUGS
extern enum bug bugs_chosen;
#define WX_BUG(id) (bugs_chosen == BUG_##id)
#else
#define WX_BUG(id) (BUG_##id < 0)
#endif

#endif
