/* command_find.c - wx fuzz find: random cases until one shows a finding.
 *
 * For builds without a fuzzing engine and for tests: no coverage, no corpus.  A campaign is what
 * fuzz_diff is for. */
#include "dna.h"
#include "tools/find/options.h"
#include "tools/find/probe.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>
#include <string.h>

enum { FIND_SIZE = 16, FIND_EXPAND = 1 };

static void make_case(uint64_t seed, uint64_t number, uint8_t dna[FIND_SIZE])
{
    for (uint64_t i = 0; i < FIND_SIZE; i++)
        dna[i] = (uint8_t)case_mix(seed, number * FIND_SIZE + i);
    dna[0] = DNA_VERSION;
    dna[1] |= FIND_EXPAND;
}

static int find(const struct find_options *o, struct prober *p)
{
    const struct plan plan = { .mode = PROBE_ORACLE, .audit = true };
    uint8_t dna[FIND_SIZE];
    char name[SIGHT_TEXT];
    double end = prober_seconds() + o->seconds;
    for (uint64_t n = 0; prober_seconds() < end || n % 64 != 0; n++) {
        make_case(o->seed, n, dna);
        const struct sight *s = probe(p, &plan, dna, FIND_SIZE);
        if (!sight_is_finding(s))
            continue;
        sight_name(s, name);
        printf("%s after %llu cases: %s\n", name, (unsigned long long)p->tried, o->out);
        return find_store(o->out, dna, FIND_SIZE) ? EXIT_OK : EXIT_FAILED;
    }
    printf("nothing in %llu cases\n", (unsigned long long)p->tried);
    return EXIT_FAILED;
}

int fuzz_command_find(int argc, char **argv)
{
    static struct prober p;
    struct find_options o;
    if (!find_options_parse(&o, "find", TAKES_OUT | NEEDS_OUT | TAKES_SECONDS | TAKES_SEED,
                            argc, argv))
        return EXIT_USAGE;
    if (!prober_init(&p))
        return EXIT_FAILED;
    p.timeout_ms = o.timeout_ms;
    p.memory = o.memory;
    int code = find(&o, &p);
    prober_free(&p);
    return code;
}
