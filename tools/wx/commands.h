/* commands.h - the subcommands.  Each returns the exit code of the program. */
#ifndef WX_TOOLS_COMMANDS_H
#define WX_TOOLS_COMMANDS_H

#include "tools/wx/options.h"

int command_run(const struct options *o);
int command_validate(const struct options *o);
int command_spec(const struct options *o);
/* Hands the arguments as they are to a program that lies beside this one. */
int command_program(const char *program, int argc, char **argv);

#endif
