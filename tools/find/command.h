/* command.h - what the subcommands that work on one input have in common. */
#ifndef WX_TOOLS_FIND_COMMAND_H
#define WX_TOOLS_FIND_COMMAND_H

#include "tools/find/options.h"
#include "tools/find/probe.h"

typedef int find_fn(const struct find_options *o, struct prober *p, const uint8_t *data,
                    size_t size);

/* Reads the options and the input, makes a prober, then calls fn.  The exit code: fn's, or that of
 * what went wrong, of which a message has been printed. */
int find_with_input(const char *command, unsigned takes, int argc, char **argv,
                    find_fn *fn);

#endif
