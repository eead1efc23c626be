/* cli.c - generated modules, or files, against engines of other people: what the program
 * fuzz_outside and the command wx fuzz outside do.  See usage() and docs/fuzzing.md.
 *
 * Without files, N inputs are made from the seed: the same ones on every machine.  Exits
 * with 1 when an engine answers something else than wx; the module goes to
 * FOLDER/finding-K.wasm. */
#include "outside/cli.h"
#include "outside/check.h"
#include "dna.h"
#include "files.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INPUT_SIZE = 16, EXPAND = 1 };

struct program {
    struct outside_check check;
    const char *node, *engine, *library, *keep, *export;
    uint64_t count, seed, findings;
    bool single, failed;
};

/* ---- one input --------------------------------------------------------------------- */

static bool write_file(const char *path, const uint8_t *bytes, size_t n)
{
    FILE *out = fopen(path, "wb");
    bool ok = out != NULL && fwrite(bytes, 1, n, out) == n;
    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    if (!ok)
        perror(path);
    return ok;
}

static void keep(struct program *p, const struct question *q)
{
    char path[4096];
    if (p->keep == NULL)
        return;
    snprintf(path, sizeof path, "%s/finding-%" PRIu64 ".wasm", p->keep, p->findings);
    if (write_file(path, q->wasm, q->len))
        fprintf(stderr, "  the module: %s\n", path);
}

static void export_case(struct program *p, const char *path, const struct fuzz_case *c)
{
    struct external x;
    enum external_form form = p->single ? EXTERNAL_SINGLE : EXTERNAL_MANY;
    bool made = external_make(c, form, false, &p->check.arena, &x);
    if (!made)
        fprintf(stderr, "%s: cannot be carried over: %s\n", path, x.why);
    p->failed |= !made || !write_file(p->export, x.at, x.len);
}

static void check_case(struct program *p, const char *path, const struct fuzz_case *c)
{
    static struct outside_finding f; /* large */
    memset(&f, 0, sizeof f);
    if (!outside_check_case(&p->check, c, &f))
        return;
    p->findings++;
    fprintf(stderr, "%s: ", path);
    outside_print_finding(&f);
    keep(p, &f.question);
}

static void run_input(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct program *p = env;
    struct fuzz_case c;
    if (!case_read(data, size, &p->check.arena, &c))
        fprintf(stderr, "%s: not a case\n", path);
    else if (p->export != NULL)
        export_case(p, path, &c);
    else
        check_case(p, path, &c);
    arena_reset(&p->check.arena);
}

/* Input number i of a seed: a few bytes that expand to a whole case (dna.h). */
static void run_generated(struct program *p, uint64_t i)
{
    char path[48];
    uint8_t data[INPUT_SIZE];
    for (size_t k = 0; k < sizeof data; k++)
        data[k] = (uint8_t)dna_hash(dna_hash(p->seed) + i * INPUT_SIZE + k);
    data[0] = DNA_VERSION;
    data[1] |= EXPAND;
    snprintf(path, sizeof path, "seed %" PRIu64 " number %" PRIu64, p->seed, i);
    run_input(p, path, data, sizeof data);
}

/* ---- the command line -------------------------------------------------------------- */

static bool number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *text != '\0' && *end == '\0';
}

/* Takes the option at argv[0]; the arguments it used, 0: it is none, -1: it is wrong. */
static int option(struct program *p, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **text;
        uint64_t *number;
    } options[] = {
        { "--node", &p->node, NULL },         { "--engine", &p->engine, NULL },
        { "--engine-so", &p->library, NULL }, { "--keep", &p->keep, NULL },
        { "--export", &p->export, NULL },     { "--count", NULL, &p->count },
        { "--seed", NULL, &p->seed },
    };
    if (strcmp(argv[0], "--single") == 0)
        return p->single = true;
    for (size_t i = 0; i < COUNT(options); i++) {
        if (strcmp(argv[0], options[i].name) != 0)
            continue;
        if (argc < 2 || (options[i].number != NULL && !number(argv[1], options[i].number)))
            return -1;
        if (options[i].text != NULL)
            *options[i].text = argv[1];
        return 2;
    }
    return strncmp(argv[0], "--", 2) == 0 ? -1 : 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool somebody_answers(const struct program *p)
{
    const struct outside_stats *s = &p->check.stats;
    return s->unavailable < 4 || s->same + s->different > 0;
}

/* Files and folders of argv, or generated inputs. */
static bool run_all(struct program *p, int argc, char **argv)
{
    int failed = 0;
    double start = now();
    for (int i = 0; i < argc; i++)
        failed |= files_each(argv[i], run_input, p);
    for (uint64_t i = 0; argc == 0 && i < p->count && somebody_answers(p); i++)
        run_generated(p, i);
    if (p->export != NULL)
        return failed == 0 && !p->failed;
    outside_print_stats(&p->check);
    double seconds = now() - start;
    fprintf(stderr, "outside: %.1f s, %.0f cases a second\n", seconds,
            seconds > 0 ? (double)p->check.stats.cases / seconds : 0);
    return failed == 0 && p->findings == 0 && p->check.stats.unavailable == 0;
}

static int usage(const char *name)
{
    fprintf(stderr,
            "usage: %s [--node NODE] [--engine 'cmd {wasm}'] [--engine-so FILE]\n"
            "           [--count N] [--seed N] [--keep FOLDER] [FILE|FOLDER...]\n"
            "       %s --export OUT.wasm [--single] INPUT\n",
            name, name);
    return 2;
}

int outside_cli(const char *name, int argc, char **argv)
{
    static struct program p = { .count = 1000, .seed = 1 };
    int at = 0, used = 0;
    while (at < argc && (used = option(&p, argc - at, argv + at)) > 0)
        at += used;
    bool asked = p.node != NULL || p.engine != NULL || p.library != NULL;
    if (used < 0 || asked == (p.export != NULL) || (p.export != NULL && argc - at != 1))
        return usage(name);
    bool ok = outside_check_init(&p.check, p.node, p.engine, p.library) &&
              run_all(&p, argc - at, argv + at);
    outside_check_free(&p.check);
    return ok ? 0 : 1;
}
