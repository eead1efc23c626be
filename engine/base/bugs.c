/* bugs.c - which seeded bug is on; only in builds with WX_BUGS.  See bugs.h. */
#include "base/bugs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[BUG_COUNT] = {
    "",
#define WX_BUG_ROW(id, ...) #id,
#include "base/bugs.def"
};

enum bug bugs_chosen;

/* Before main: the choice never changes while code runs. */
__attribute__((constructor)) static void choose(void)
{
    const char *name = getenv("WX_BUG");
    if (name == NULL || *name == 0)
        return;
    for (enum bug bug = BUG_NONE + 1; bug < BUG_COUNT; bug++)
        if (strcmp(names[bug], name) == 0) {
            bugs_chosen = bug;
            return;
        }
    fprintf(stderr, "WX_BUG: no bug %s in bugs.def\n", name);
    exit(2);
}
