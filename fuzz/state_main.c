/* state_main.c - runs cases in one tier and prints what each step left behind, as hashes.
 *
 *     fuzz_state_interp FILE|FOLDER... > a; fuzz_state_jit FILE|FOLDER... > b; cmp a b
 *
 * One program per flavour of the library, wx_ref included, so that two processes are compared which share
 * nothing but the inputs.  A case runs with fuel and logical stack; if nothing was exhausted it
 * runs again without them, as users run it. */
#include "oracle.h"
#include "files.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum flavour { FLAVOUR_INTERP, FLAVOUR_JIT };

static const enum lane flavour_lanes[][2] = {
    [FLAVOUR_INTERP] = { LANE_INTERP_FUEL, LANE_INTERP },
    [FLAVOUR_JIT] = { LANE_BASELINE_FUEL, LANE_BASELINE },
};

static const char *const status_texts[] = {
    [RUN_OK] = "ran",
    [RUN_INVALID] = "invalid",
    [RUN_UNLINKABLE] = "unlinkable",
    [RUN_UNAVAILABLE] = "no memory",
};

struct program {
    struct oracle oracle;
    const enum lane *lanes;
    bool failed;
};

static uint64_t step_hash(const struct step *s, bool deterministic)
{
    uint64_t h = 0;
#define WX_FIELD(member, text, only_deterministic) \
    h = case_mix(h, deterministic || !(only_deterministic) ? s->member : 0);
#include "fields.def"
    return h;
}

static bool run_lane(struct program *p, const struct fuzz_case *c, enum lane lane)
{
    struct run r = { .oracle = &p->oracle, .c = c, .lane = lane };
    r.steps = arena_array(&p->oracle.arena, struct step, 1 + CASE_MAX_ACTIONS);
    enum run_status status = run_case(&r);
    bool deterministic = lane_is_deterministic(lane);
    printf(" %s %s\n", deterministic ? "deterministic" : "plain", status_texts[status]);
    p->failed |= status == RUN_UNAVAILABLE;
    for (uint32_t k = 0; k < r.nsteps; k++)
        printf("  %u %016" PRIx64 "\n", k, step_hash(&r.steps[k], deterministic));
    return status == RUN_OK && !r.exhausted;
}

static void run_input(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct program *p = env;
    struct fuzz_case c;
    jmp_buf oom;
    printf("%s\n", path);
    if (setjmp(oom) == 0 && case_read(data, size, &p->oracle.arena, &c)) {
        p->oracle.arena.oom = &oom;
        if (run_lane(p, &c, p->lanes[0]))
            run_lane(p, &c, p->lanes[1]);
    }
    arena_reset(&p->oracle.arena);
}

/* Which flavour this is: the one whose engine can be made. */
int main(int argc, char **argv)
{
    static struct program p;
    oracle_init(&p.oracle);
    bool interp = lane_engine(&p.oracle, LANE_INTERP) != NULL;
    p.lanes = flavour_lanes[interp ? FLAVOUR_INTERP : FLAVOUR_JIT];
    int failed = argc < 2;
    for (int i = 1; i < argc; i++)
        failed |= files_each(argv[i], run_input, &p);
    oracle_free(&p.oracle);
    return failed | p.failed;
}
