/* main.c - the program wx: chooses the subcommand, prints help and version.
 *
 * A row of the table is a subcommand; its options are in options.c. */
#include "tools/wx/commands.h"
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct command {
    const char *name;
    enum command_bit bit;
    int (*main)(const struct options *o);
    const char *usage, *summary, *text;
} commands[] = {
    { "run", FOR_RUN, command_run, "FILE [ARGS...]", "run a program or call a function",
      "Runs the WASI command FILE with ARGS, or calls one of its exports.\n"
      "\n"
      "With --invoke, ARGS are read as the function's signature says: integers signed,\n"
      "unsigned or hexadecimal; floats decimal, hexadecimal, inf, nan, nan:0x400001; references\n"
      "null, host references also by number. Results are printed one a line, as i32:7.\n"
      "A trap prints its message and backtrace and exits with 134; a program's own exit code\n"
      "is passed through. Options for the program itself go behind --.\n" },
    { "validate", FOR_VALIDATE, command_validate, "FILE...", "check that files are valid modules",
      "Silent when all files are valid; otherwise prints FILE:OFFSET: and what is wrong, and\n"
      "exits with 1.\n" },
    { "spec", FOR_SPEC, command_spec, "PATH...", "run scripts of the official test suite",
      "PATH is a script converted by wast2json, or a folder that is searched for them.\n"
      "Exits with 0 when every assertion passed, save the failures that the ledger lists.\n" },
};
/* clang-format on */

enum { NCOMMANDS = sizeof commands / sizeof *commands };

/* Subcommands that are programs of their own, so that wx stays what embedders ship. */
static const struct program {
    const char *name, *program, *usage, *summary;
} programs[] = {
    { "disasm", "wx-disasm", "FILE", "print the machine code of a module" },
    { "fuzz", "wx-fuzz", "COMMAND ...", "the fuzz harness" },
};

enum { NPROGRAMS = sizeof programs / sizeof *programs };

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < NCOMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int help_program(FILE *to, int code)
{
    fprintf(to, "usage: wx COMMAND [OPTIONS] ...\n\n");
    for (size_t i = 0; i < NCOMMANDS; i++)
        fprintf(to, "  wx %-8s %-14s  %s\n", commands[i].name, commands[i].usage,
                commands[i].summary);
    for (size_t i = 0; i < NPROGRAMS; i++)
        fprintf(to, "  wx %-8s %-14s  %s\n", programs[i].name, programs[i].usage,
                programs[i].summary);
    fprintf(to, "  wx %-8s %-14s  %s\n", "help", "[COMMAND]", "describe a command");
    fprintf(to, "  wx %-23s  %s\n", "--version", "print the version");
    return code;
}

static int help_command(const struct command *c)
{
    printf("usage: wx %s [OPTIONS] %s\n\n%s\n", c->name, c->usage, c->text);
    options_help(c->bit);
    return EXIT_OK;
}

static int unknown_command(const char *name)
{
    fprintf(stderr, "wx: unknown command '%s'; 'wx help' lists them\n", name);
    return EXIT_USAGE;
}

static int help(const char *name)
{
    if (!name)
        return help_program(stdout, EXIT_OK);
    const struct command *c = find(name);
    return c ? help_command(c) : unknown_command(name);
}

static int run(const struct command *c, int argc, char **argv)
{
    struct options o;
    options_init(&o);
    int code = EXIT_USAGE;
    if (options_parse(&o, c->bit, c->name, argc, argv))
        code = o.help ? help_command(c) : c->main(&o);
    options_free(&o);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help_program(stderr, EXIT_USAGE);
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        printf("wx %s\n", wx_version());
        return EXIT_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    for (size_t i = 0; i < NPROGRAMS; i++)
        if (strcmp(name, programs[i].name) == 0)
            return command_program(programs[i].program, argc - 2, argv + 2);
    const struct command *c = find(name);
    return c ? run(c, argc - 2, argv + 2) : unknown_command(name);
}
