/* gen.c - wx fuzz gen: a module and its script from a seed. */
#include "tools/fuzz/commands.h"
#include "case.h"
#include "dna.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_SIZE = 16, EXPAND = 1 };

struct gen_options {
    uint64_t seed;
    const char *out;
};

static int usage(const char *problem, const char *what)
{
    fprintf(stderr, "wx fuzz gen: %s%s\nusage: wx fuzz gen [--seed N] -o FILE.wasm\n",
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

static int generate(const struct gen_options *o)
{
    uint8_t dna[SEED_SIZE];
    struct heap heap = { 0 };
    struct arena arena;
    struct fuzz_case c;
    for (size_t i = 0; i < SEED_SIZE; i++)
        dna[i] = (uint8_t)dna_hash(o->seed * SEED_SIZE + i);
    dna[0] = DNA_VERSION;
    dna[1] |= EXPAND;
    arena_init(&arena, &heap);
    int code = case_read(dna, SEED_SIZE, &arena, &c)
                   ? write_file(o->out, c.wasm, c.wasm_len)
                   : EXIT_FAILED;
    arena_free(&arena);
    return code;
}

int fuzz_command_gen(int argc, char **argv)
{
    struct gen_options o = { 0 };
    for (int i = 0; i < argc; i += 2) {
        if (i + 1 == argc)
            return usage("a value is missing behind ", argv[i]);
        if (strcmp(argv[i], "-o") == 0)
            o.out = argv[i + 1];
        else if (strcmp(argv[i], "--seed") != 0)
            return usage("unknown option ", argv[i]);
        else if (!number(argv[i + 1], &o.seed))
            return usage("not a number: ", argv[i + 1]);
    }
    return o.out == NULL ? usage("-o is missing", "") : generate(&o);
}
