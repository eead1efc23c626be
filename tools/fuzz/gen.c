/* gen.c - wx fuzz gen: a module and its script from a seed. */
#include "tools/fuzz/commands.h"
#include "tools/fuzz/gen_stats.h"
#include "case.h"
#include "dna.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_SIZE = 16, EXPAND = 1 };

struct gen_options {
    uint64_t seed, count;
    const char *out;
    bool stats;
};

static int usage(const char *problem, const char *what)
{
    fprintf(stderr,
            "wx fuzz gen: %s%s\n"
            "usage: wx fuzz gen [--seed N] -o FILE.wasm\n"
            "       wx fuzz gen [--seed N] --stats COUNT\n",
            problem, what);
    return EXIT_USAGE;
}

static bool number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0;
}

static bool make_case(uint64_t seed, struct arena *a, struct fuzz_case *c)
{
    static const size_t size = SEED_SIZE;
    uint8_t *dna = arena_alloc(a, size);
    for (size_t i = 0; i < size; i++)
        dna[i] = (uint8_t)dna_hash(seed * size + i);
    dna[0] = DNA_VERSION;
    dna[1] |= EXPAND;
    return case_read(dna, size, a, c);
}

static int write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *out = fopen(path, "wb");
    bool ok = out != NULL && fwrite(data, 1, size, out) == size;
    if (out != NULL)
        ok &= fclose(out) == 0;
    if (!ok)
        perror(path);
    return ok ? EXIT_OK : EXIT_FAILED;
}

static int generate(const struct gen_options *o, struct arena *a)
{
    struct fuzz_case c;
    return make_case(o->seed, a, &c) ? write_file(o->out, c.wasm, c.wasm_len) : EXIT_FAILED;
}

static int print_stats(const struct gen_options *o, struct arena *a)
{
    struct gen_stats s = { .sizes = calloc(o->count, sizeof *s.sizes) };
    struct fuzz_case c;
    for (uint64_t i = 0; s.sizes != NULL && i < o->count; i++) {
        if (make_case(o->seed + i, a, &c))
            gen_stats_add(&s, &c);
        arena_reset(a);
    }
    gen_stats_print(&s);
    int code = s.sizes != NULL && s.invalid == 0 ? EXIT_OK : EXIT_FAILED;
    free(s.sizes);
    return code;
}

static bool read_options(int argc, char **argv, struct gen_options *o, int *code)
{
    for (int i = 0; i < argc; i += 2) {
        bool ok = true;
        if (i + 1 == argc)
            return *code = usage("a value is missing behind ", argv[i]), false;
        if (strcmp(argv[i], "-o") == 0)
            o->out = argv[i + 1];
        else if (strcmp(argv[i], "--seed") == 0)
            ok = number(argv[i + 1], &o->seed);
        else if (strcmp(argv[i], "--stats") == 0)
            ok = o->stats = number(argv[i + 1], &o->count);
        else
            return *code = usage("unknown option ", argv[i]), false;
        if (!ok)
            return *code = usage("not a number: ", argv[i + 1]), false;
    }
    if (o->out == NULL && !o->stats)
        return *code = usage("-o is missing", ""), false;
    return true;
}

int fuzz_command_gen(int argc, char **argv)
{
    struct gen_options o = { 0 };
    struct heap heap = { 0 };
    struct arena arena;
    int code;
    if (!read_options(argc, argv, &o, &code))
        return code;
    arena_init(&arena, &heap);
    code = o.stats ? print_stats(&o, &arena) : generate(&o, &arena);
    arena_free(&arena);
    return code;
}
