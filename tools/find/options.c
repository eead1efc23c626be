/* options.c - see options.h. */
#include "tools/find/options.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SECONDS = 60, DEFAULT_TIMEOUT_MS = 2000, DEFAULT_MEMORY_MIB = 2048 };

/* The options with a value, one a row. */
static const struct option_row {
    const char *text;
    unsigned takes; /* 0: every subcommand */
    const char *what;
} rows[] = {
    { "-o", TAKES_OUT, "FILE" },      { "--seconds", TAKES_SECONDS, "N" },
    { "--name", TAKES_NAME, "NAME" }, { "--seed", TAKES_SEED, "N" },
    { "--timeout-ms", 0, "N" },       { "--memory-mib", 0, "N" },
    { "--node", 0, "PROGRAM" },
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool usage(const char *command, unsigned takes, const char *problem,
                  const char *what)
{
    fprintf(stderr, "wx fuzz %s: %s%s\nusage: wx fuzz %s", command, problem, what, command);
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].takes == 0 || (rows[i].takes & takes) != 0)
            fprintf(stderr, " [%s %s]", rows[i].text, rows[i].what);
    fprintf(stderr, "%s%s\n", takes & TAKES_ALL ? " [--all]" : "",
            takes & TAKES_SEED ? "" : " INPUT");
    return false;
}

static bool number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0;
}

static bool take(struct find_options *o, const char *option, const char *value)
{
    uint64_t n = 0;
    if (strcmp(option, "-o") == 0)
        return o->out = value, true;
    if (strcmp(option, "--name") == 0)
        return o->name = value, true;
    if (strcmp(option, "--node") == 0)
        return o->node = value, true;
    if (!number(value, &n) || n == 0 || n > 1000000)
        return false;
    if (strcmp(option, "--seed") == 0)
        o->seed = n;
    else if (strcmp(option, "--seconds") == 0)
        o->seconds = (double)n;
    else if (strcmp(option, "--timeout-ms") == 0)
        o->timeout_ms = (uint32_t)n;
    else
        o->memory = n << 20;
    return true;
}

static bool known(const char *option, unsigned takes)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].text, option) == 0)
            return rows[i].takes == 0 || (rows[i].takes & takes) != 0;
    return false;
}

bool find_options_parse(struct find_options *o, const char *command, unsigned takes,
                        int argc, char **argv)
{
    *o = (struct find_options){ .seconds = DEFAULT_SECONDS,
                                .seed = 1,
                                .timeout_ms = DEFAULT_TIMEOUT_MS,
                                .memory = (uint64_t)DEFAULT_MEMORY_MIB << 20 };
    for (int i = 0; i < argc; i++) {
        if ((takes & TAKES_ALL) != 0 && strcmp(argv[i], "--all") == 0)
            o->all = true;
        else if (argv[i][0] != '-' && o->input == NULL)
            o->input = argv[i];
        else if (!known(argv[i], takes))
            return usage(command, takes, "not expected: ", argv[i]);
        else if (i + 1 == argc)
            return usage(command, takes, "a value is missing behind ", argv[i]);
        else if (!take(o, argv[i], argv[i + 1]))
            return usage(command, takes, "not a number from 1 to 1000000: ", argv[i + 1]);
        else
            i++;
    }
    if (o->input == NULL && (takes & TAKES_SEED) == 0)
        return usage(command, takes, "no INPUT", "");
    if (o->out == NULL && (takes & NEEDS_OUT) != 0) {
        fprintf(stderr, "wx fuzz %s: -o is missing\n", command);
        return false;
    }
    return true;
}

/* ---- files --------------------------------------------------------------------------------- */

uint8_t *find_load(const char *path, size_t *size)
{
    enum { CHUNK = 1 << 16 };
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t n = 0, got = 0;
    do {
        uint8_t *more = f == NULL ? NULL : realloc(data, n + got + CHUNK);
        if (more == NULL)
            break;
        data = more;
        n += got;
    } while ((got = fread(data + n, 1, CHUNK, f)) > 0);
    bool ok = f != NULL && data != NULL && !ferror(f);
    if (!ok)
        perror(path);
    if (f != NULL)
        fclose(f);
    if (!ok)
        free(data);
    *size = n;
    return ok ? data : NULL;
}

bool find_store(const char *path, const void *at, size_t size)
{
    FILE *f = fopen(path, "wb");
    bool ok = f != NULL && fwrite(at, 1, size, f) == size;
    if (f != NULL)
        ok &= fclose(f) == 0;
    if (!ok)
        perror(path);
    return ok;
}
