/* command_bisect.c - wx fuzz bisect: tier, function and first wrong instruction of a finding. */
#include "tools/find/bisect.h"
#include "tools/find/options.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>
#include <stdlib.h>

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
    static struct prober p;
    struct find_options o;
    size_t size;
    if (!find_options_parse(&o, "bisect", TAKES_OUT | TAKES_SECONDS, argc, argv))
        return EXIT_USAGE;
    uint8_t *data = find_load(o.input, &size);
    if (data == NULL || !prober_init(&p))
        return EXIT_FAILED;
    p.timeout_ms = o.timeout_ms;
    p.memory = o.memory;
    int code = EXIT_FAILED;
    if (setjmp(p.oom) == 0)
        code = locate(&o, &p, data, size);
    else
        fprintf(stderr, "wx fuzz bisect: out of memory\n");
    prober_free(&p);
    free(data);
    return code;
}
