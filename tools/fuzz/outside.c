/* outside.c - wx fuzz outside: engines of other people (fuzz/outside/). */
#include "fuzz/outside/cli.h"
#include "tools/fuzz/commands.h"

int fuzz_command_outside(int argc, char **argv)
{
    return outside_cli("wx fuzz outside", argc, argv);
}
