/* command_find.c - wx fuzz find: random cases until one shows a finding.
 *
 * For builds without a fuzzing engine and for tests: no coverage, no corpus.  A campaign is what
 * fuzz_diff is for. */
#include "tools/find/earlier.h"
#include "tools/find/options.h"
#include "tools/find/probe.h"
#include "tools/fuzz/commands.h"
#include <stdio.h>
#include <string.h>

/* Those that the child saw before it, the last one first. */
struct before {
    uint64_t seed, number;
    uint32_t served;
    uint8_t dna[RANDOM_CASE];
};

static bool one_before(void *env, uint32_t i, const uint8_t **data, size_t *size)
{
    struct before *b = env;
    if (i >= b->served || i >= b->number)
        return false;
    earlier_random(b->seed, b->number - 1 - i, b->dna);
    *data = b->dna;
    *size = RANDOM_CASE;
    return true;
}

/* Stores the case, or, when it shows nothing in a new process, the case with the one before it that
 * it needs.  false: no single one is enough. */
static bool store(const struct find_options *o, struct prober *p, struct before *b,
                  const uint8_t dna[RANDOM_CASE])
{
    const struct plan plan = { .mode = PROBE_ORACLE, .audit = true };
    struct heap heap = { 0 };
    struct arena a;
    struct bytes_out joined;
    prober_fresh(p);
    if (sight_is_finding(probe(p, &plan, dna, RANDOM_CASE)))
        return find_store(o->out, dna, RANDOM_CASE);
    arena_init(&a, &heap);
    a.oom = &p->oom;
    bool found = earlier_find(p, &a, dna, RANDOM_CASE, one_before, b, &joined) &&
                 find_store(o->out, joined.at, joined.len);
    arena_free(&a);
    return found;
}

/* A finding that nothing makes show again is kept if there is no better one. */
static int find(const struct find_options *o, struct prober *p)
{
    const struct plan plan = { .mode = PROBE_ORACLE, .audit = true };
    uint8_t dna[RANDOM_CASE], odd[RANDOM_CASE];
    char name[SIGHT_TEXT];
    bool any = false;
    double end = prober_seconds() + o->seconds;
    for (uint64_t n = 0; prober_seconds() < end || n % 64 != 0; n++) {
        earlier_random(o->seed, n, dna);
        const struct sight *s = probe(p, &plan, dna, RANDOM_CASE);
        if (!sight_is_finding(s))
            continue;
        sight_name(s, name);
        struct before b = { .seed = o->seed, .number = n, .served = p->served };
        if (store(o, p, &b, dna)) {
            printf("%s after %llu cases: %s\n", name, (unsigned long long)n + 1, o->out);
            return EXIT_OK;
        }
        memcpy(odd, dna, sizeof odd);
        any = true;
    }
    printf("%s in %llu cases\n",
           any ? "a finding that shows nothing in a new process" : "nothing",
           (unsigned long long)p->tried);
    return any && find_store(o->out, odd, sizeof odd) ? EXIT_OK : EXIT_FAILED;
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
    int code = EXIT_FAILED;
    if (setjmp(p.oom) == 0)
        code = find(&o, &p);
    else
        fprintf(stderr, "wx fuzz find: out of memory\n");
    prober_free(&p);
    return code;
}
