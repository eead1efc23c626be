/* options.h - the command lines of the subcommands that work on findings. */
#ifndef WX_TOOLS_FIND_OPTIONS_H
#define WX_TOOLS_FIND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct find_options {
    const char *input, *out, *name, *node;
    double seconds;
    uint64_t seed;
    uint32_t timeout_ms;
    uint64_t memory;
    bool all, verbose;
};

/* What a subcommand takes, as bits. */
enum {
    TAKES_OUT = 1,
    TAKES_SECONDS = 2,
    TAKES_NAME = 4,
    TAKES_ALL = 8,
    TAKES_SEED = 16,
    NEEDS_OUT = 32, /* TAKES_OUT, and goes nowhere without */
};

/* false: a message has been printed; exit with EXIT_USAGE. */
bool find_options_parse(struct find_options *o, const char *command, unsigned takes,
                        int argc, char **argv);

/* The whole file, to be freed; NULL: a message has been printed. */
uint8_t *find_load(const char *path, size_t *size);
/* false: a message has been printed. */
bool find_store(const char *path, const void *at, size_t size);

#endif
