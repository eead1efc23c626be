/* command_min.c - wx fuzz min: a smaller case that shows the same. */
#include "tools/find/options.h"
#include "tools/find/reduce.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>
#include <stdlib.h>

static int minimise(const struct find_options *o, struct prober *p, const uint8_t *data,
                    size_t size)
{
    static struct reducer r;
    if (!reducer_init(&r, p, data, size, o->seconds))
        return EXIT_FAILED;
    double start = prober_seconds();
    uint32_t before = tree_instructions(r.trees[0]);
    reduce(&r);
    uint32_t after = tree_instructions(r.trees[0]);
    if (r.trees[1] != NULL)
        after += tree_instructions(r.trees[1]);
    printf("%s: %u instructions, now %u; %u actions; %llu tries, %.1f s\n", r.name, before,
           after, r.c.nactions, (unsigned long long)p->tried, prober_seconds() - start);
    bool stored = find_store(o->out, r.bytes, r.size);
    reducer_free(&r);
    return stored ? EXIT_OK : EXIT_FAILED;
}

int fuzz_command_min(int argc, char **argv)
{
    static struct prober p;
    struct find_options o;
    size_t size;
    if (!find_options_parse(&o, "min", TAKES_OUT | TAKES_SECONDS, argc, argv))
        return EXIT_USAGE;
    if (o.out == NULL) {
        fprintf(stderr, "wx fuzz min: -o is missing\n");
        return EXIT_USAGE;
    }
    uint8_t *data = find_load(o.input, &size);
    if (data == NULL || !prober_init(&p))
        return EXIT_FAILED;
    p.timeout_ms = o.timeout_ms;
    p.memory = o.memory;
    int code = EXIT_FAILED;
    if (setjmp(p.oom) == 0)
        code = minimise(&o, &p, data, size);
    else
        fprintf(stderr, "wx fuzz min: out of memory\n");
    prober_free(&p);
    free(data);
    return code;
}
