/* command_min.c - wx fuzz min: a smaller case that shows the same. */
#include "tools/find/command.h"
#include "tools/find/reduce.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>

static int minimise(const struct find_options *o, struct prober *p, const uint8_t *data,
                    size_t size)
{
    static struct reducer r;
    if (!reducer_init(&r, p, data, size, o->seconds))
        return EXIT_FAILED;
    double start = prober_seconds();
    uint32_t before = reduce_size(&r);
    reduce(&r);
    uint32_t after = reduce_size(&r);
    printf("%s: %u instructions, now %u; %u actions; %llu tries, %.1f s\n", r.name, before,
           after, r.c.nactions, (unsigned long long)p->tried, prober_seconds() - start);
    bool stored = find_store(o->out, r.bytes, r.size);
    reducer_free(&r);
    return stored ? EXIT_OK : EXIT_FAILED;
}

int fuzz_command_min(int argc, char **argv)
{
    return find_with_input("min", TAKES_OUT | NEEDS_OUT | TAKES_SECONDS, argc, argv,
                           minimise);
}
