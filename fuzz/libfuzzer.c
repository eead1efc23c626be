/* libfuzzer.c - the flags of libFuzzer that suit cases of a fraction of a millisecond; linked into
 * the targets that libFuzzer drives.
 *
 * Its entropic schedule costs more than a case itself, so it is off.  SIGUSR1 prints a table
 * (stats.c) and does not end the campaign.  What the user says on the command line comes later and wins. */
#include "engine_flags.h"
#include <stdlib.h>
#include <string.h>

static char *const flags[] = { "-entropic=0", "-handle_usr1=0" };

enum { FLAGS = sizeof flags / sizeof *flags };

void engine_flags(int *argc, char ***argv)
{
    static char **all;
    size_t n = (size_t)*argc;
    all = calloc(n + FLAGS + 1, sizeof *all);
    if (all == NULL || n == 0)
        return;
    all[0] = (*argv)[0];
    memcpy(all + 1, flags, sizeof flags);
    memcpy(all + 1 + FLAGS, *argv + 1, (n - 1) * sizeof *all);
    *argc += FLAGS;
    *argv = all;
}
