/* hook.c - see hook.h. */
#include "outside/hook.h"
#include "dna.h"
#include "outside/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY = 64 };

/* Of this process, as the oracle of fuzz_diff is. */
static struct outside_check check;
static uint64_t every = EVERY;

void outside_hook_begin(void)
{
    const char *text = getenv("WX_FUZZ_OUTSIDE_EVERY");
    every = text != NULL ? strtoull(text, NULL, 10) : EVERY;
    if (every == 0) {
        fprintf(stderr, "WX_FUZZ_OUTSIDE_EVERY=%s: not a number above 0\n", text);
        exit(EXIT_FAILURE);
    }
    if (!outside_check_from_environment(&check))
        exit(EXIT_FAILURE);
}

void outside_hook_end(void)
{
    if (check.nengines > 0)
        outside_print_stats(&check);
    outside_check_free(&check);
}

/* One function for each kind of finding, so that it stands on the stack of the crash. */
NOINLINE NORETURN static void fuzz_diff_outside_differs(void) { abort(); }
NOINLINE NORETURN static void fuzz_diff_outside_crashed(void) { abort(); }
NOINLINE NORETURN static void fuzz_diff_outside_hung(void) { abort(); }

static bool is_chosen(const uint8_t *data, size_t size)
{
    uint64_t h = size;
    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * UINT64_C(0x100000001B3);
    return dna_hash(h) % every == 0;
}

/* The case again, in the arena of this file. */
static bool read_again(const uint8_t *data, size_t size, struct fuzz_case *c)
{
    arena_reset(&check.arena);
    return case_read(data, size, &check.arena, c);
}

void outside_hook_same(const uint8_t *data, size_t size)
{
    static struct outside_finding f; /* large */
    struct fuzz_case c;
    if (check.nengines == 0 || !is_chosen(data, size) || !read_again(data, size, &c) ||
        !outside_check_case(&check, &c, &f))
        return;
    outside_print_finding(&f);
    fprintf(stderr, "  replay: fuzz_diff_replay INPUT with the same environment; "
                    "the module: fuzz_outside --export MODULE.wasm INPUT\n");
    if (f.theirs.kind == ANSWER_CRASHED)
        fuzz_diff_outside_crashed();
    if (f.theirs.kind == ANSWER_HUNG)
        fuzz_diff_outside_hung();
    fuzz_diff_outside_differs();
}

void outside_hook_vote(struct oracle *o, const uint8_t *data, size_t size,
                       const struct finding *f)
{
    struct fuzz_case c;
    struct outside_side sides[2] = {
        { lane_name(f->first), lane_engine(o, f->first) },
        { lane_name(f->second), lane_engine(o, f->second) },
    };
    uint32_t n = f->first == f->second ? 1 : 2;
    if (check.nengines > 0 && sides[0].engine != NULL && sides[1].engine != NULL &&
        read_again(data, size, &c))
        outside_vote(&check, &c, sides, n);
}
