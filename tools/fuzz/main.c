/* main.c - the program wx-fuzz, which `wx fuzz` runs: chooses the subcommand. */
#include "tools/fuzz/commands.h"
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *usage, *summary;
} commands[] = {
#define WX_FUZZ_COMMAND(name, usage, summary) \
    { #name, fuzz_command_##name, usage, summary },
#include "tools/fuzz/commands.def"
};

enum { NCOMMANDS = sizeof commands / sizeof *commands };

static int help(FILE *to, int code)
{
    fprintf(to, "usage: wx fuzz COMMAND [OPTIONS] ...\n\n");
    for (size_t i = 0; i < NCOMMANDS; i++)
        fprintf(to, "  wx fuzz %s %s\n      %s\n", commands[i].name, commands[i].usage,
                commands[i].summary);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return help(stdout, EXIT_OK);
    for (size_t i = 0; i < NCOMMANDS; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].main(argc - 2, argv + 2);
    fprintf(stderr, "wx fuzz: unknown command '%s'; 'wx fuzz help' lists them\n", argv[1]);
    return EXIT_USAGE;
}
