/* commands.h - the subcommands of wx fuzz, one function for each row of commands.def. */
#ifndef WX_TOOLS_FUZZ_COMMANDS_H
#define WX_TOOLS_FUZZ_COMMANDS_H

enum exit_code { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#define WX_FUZZ_COMMAND(name, usage, summary) \
    int fuzz_command_##name(int argc, char **argv);
#include "tools/fuzz/commands.def"

#endif
