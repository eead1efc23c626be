/* command_bisect.c - wx fuzz bisect: tier, function and first wrong instruction of a finding. */
#include "tools/find/bisect.h"
#include "tools/find/command.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>

static int locate(const struct find_options *o, struct prober *p, const uint8_t *data,
                  size_t size)
{
    static struct reducer r;
    struct culprit c;
    char text[SIGHT_TEXT];
    if (!reducer_init(&r, p, data, size, o->seconds))
        return EXIT_FAILED;
    bool found = bisect(&r, &c);
    culprit_text(&c, text, sizeof text);
    printf("%s: %s\n", r.name, text);
    if (c.nfuncs > 1) {
        printf("only together:");
        for (uint32_t i = 0; i < c.nfuncs; i++)
            printf(" function %u", c.funcs[i]);
        printf("\n");
    }
    if (o->out != NULL && !find_store(o->out, r.bytes, r.size))
        found = false;
    reducer_free(&r);
    return found ? EXIT_OK : EXIT_FAILED;
}

int fuzz_command_bisect(int argc, char **argv)
{
    return find_with_input("bisect", TAKES_OUT | TAKES_SECONDS, argc, argv, locate);
}
