/* program.c - subcommands that are programs of their own, beside this one: wx-fuzz, wx-disasm. */
#include "tools/wx/commands.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

int command_program(const char *program, int argc, char **argv)
{
    char path[MAX_PATH + 64];
    ssize_t n = readlink("/proc/self/exe", path, MAX_PATH);
    while (n > 0 && path[n - 1] != '/')
        n--;
    snprintf(path + (n > 0 ? n : 0), 64, "%s", program);
    char **args = calloc((size_t)argc + 2, sizeof *args);
    if (args == NULL)
        return EXIT_FAILED;
    args[0] = path;
    memcpy(args + 1, argv, (size_t)argc * sizeof *argv);
    execv(path, args);
    fprintf(stderr, "wx: %s: ", path);
    perror(NULL);
    free(args);
    return EXIT_FAILED;
}
