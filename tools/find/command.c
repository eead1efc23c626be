/* command.c - see command.h. */
#include "tools/find/command.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>
#include <stdlib.h>

int find_with_input(const char *command, unsigned takes, int argc, char **argv, find_fn *fn)
{
    static struct prober p;
    struct find_options o;
    size_t size;
    if (!find_options_parse(&o, command, takes, argc, argv))
        return EXIT_USAGE;
    uint8_t *data = find_load(o.input, &size);
    if (data == NULL || !prober_init(&p)) {
        free(data);
        return EXIT_FAILED;
    }
    p.timeout_ms = o.timeout_ms;
    p.memory = o.memory;
    p.node = o.node;
    int code = EXIT_FAILED;
    if (setjmp(p.oom) == 0)
        code = fn(&o, &p, data, size);
    else
        fprintf(stderr, "wx fuzz %s: out of memory\n", command);
    prober_free(&p);
    free(data);
    return code;
}
