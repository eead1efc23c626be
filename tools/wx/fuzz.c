/* fuzz.c - wx fuzz: hands the rest of the command line to the program wx-fuzz beside this one.
 *
 * The harness is a program of its own, so that wx stays what embedders ship. */
#include "tools/wx/commands.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

int command_fuzz(int argc, char **argv)
{
    static const char program[] = "wx-fuzz";
    char path[MAX_PATH + sizeof program];
    ssize_t n = readlink("/proc/self/exe", path, MAX_PATH);
    while (n > 0 && path[n - 1] != '/')
        n--;
    memcpy(path + (n > 0 ? n : 0), program, sizeof program);
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
