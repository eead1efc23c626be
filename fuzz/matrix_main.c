/* matrix_main.c - which operations inputs execute, and which they make trap, by tier.
 *
 *     fuzz_matrix [--check] FILE|FOLDER...
 *
 * Each input runs in the reference evaluator, whose trace says what was executed, and in one
 * deterministic lane of each tier.  A tier is credited with that when it did the same at every
 * step, backtraces and fuel included.  The table goes to stdout.  With --check it is an error
 * when some tier never executes an operation of ops.def, or never meets one of the traps that
 * its row lists (call stack exhaustion aside, which is the callee's). */
#include "files.h"
#include "oracle.h"
#include "ref/ref.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The columns. */
static const struct {
    const char *name;
    enum lane lane;
} tiers[] = {
    { "interp", LANE_INTERP_FUEL },
    { "baseline", LANE_BASELINE_FUEL },
};

enum { TIERS = COUNT(tiers) };

struct counts {
    uint64_t executed[OP_COUNT], trapped[OP_COUNT][TRAP_COUNT];
};

struct matrix {
    struct oracle oracle;
    struct counts run; /* of the input at hand */
    struct counts tiers[TIERS];
    unsigned long inputs;
    bool failed;
};

/* ---- counting ------------------------------------------------------------------------------ */

static void count_event(void *env, const struct ref_event *e)
{
    struct counts *run = env;
    run->executed[e->op]++;
}

static void count_traps(struct counts *run, const struct run *r)
{
    for (uint32_t k = 0; k < r->nsteps; k++) {
        const struct step *s = &r->steps[k];
        if (s->status == WX_TRAP && s->trap_op != OP_INVALID && s->trap < TRAP_COUNT)
            run->trapped[s->trap_op][s->trap]++;
    }
}

static void credit(struct counts *tier, const struct counts *run)
{
    for (uint32_t op = 0; op < OP_COUNT; op++) {
        tier->executed[op] += run->executed[op];
        for (uint32_t t = 0; t < TRAP_COUNT; t++)
            tier->trapped[op][t] += run->trapped[op][t];
    }
}

static bool run_lane(struct matrix *m, const struct fuzz_case *c, enum lane lane,
                     struct run *r)
{
    *r = (struct run){ .oracle = &m->oracle, .c = c, .lane = lane };
    r->steps = arena_zarray(&m->oracle.arena, struct step, 1 + CASE_MAX_ACTIONS);
    return run_case(r) == RUN_OK;
}

static bool run_reference(struct matrix *m, const struct fuzz_case *c, struct run *ref)
{
    wx_engine *engine = lane_engine(&m->oracle, LANE_REF_FUEL);
    memset(&m->run, 0, sizeof m->run);
    if (engine == NULL)
        return false;
    ref_engine_trace(engine, count_event, &m->run);
    return run_lane(m, c, LANE_REF_FUEL, ref);
}

static void run_tiers(struct matrix *m, const struct fuzz_case *c, const char *path)
{
    struct run ref, r;
    struct finding f;
    if (!run_reference(m, c, &ref))
        return;
    m->inputs++;
    count_traps(&m->run, &ref);
    for (uint32_t i = 0; i < TIERS; i++) {
        if (run_lane(m, c, tiers[i].lane, &r) && oracle_compare(&ref, &r, &f)) {
            credit(&m->tiers[i], &m->run);
        } else {
            fprintf(stderr, "%s: %s does not do what the reference does\n", path,
                    tiers[i].name);
            m->failed = true;
        }
    }
}

static void count_input(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct matrix *m = env;
    struct fuzz_case c;
    jmp_buf oom;
    if (setjmp(oom) == 0 && case_read(data, size, &m->oracle.arena, &c)) {
        m->oracle.arena.oom = &oom;
        run_tiers(m, &c, path);
    }
    arena_reset(&m->oracle.arena);
}

/* ---- the table ----------------------------------------------------------------------------- */

/* The traps that a row of ops.def can raise where it stands. */
static uint32_t own_traps(uint32_t op)
{
    return op_infos[op].traps & ~(UINT32_C(1) << TRAP_STACK);
}

static uint64_t all_traps(const struct counts *c, uint32_t op)
{
    uint64_t n = 0;
    for (uint32_t t = 0; t < TRAP_COUNT; t++)
        n += own_traps(op) >> t & 1 ? c->trapped[op][t] : 0;
    return n;
}

static void print_row(const struct matrix *m, uint32_t op)
{
    printf("| %s |", op_infos[op].text);
    for (uint32_t i = 0; i < TIERS; i++) {
        printf(" %" PRIu64 " |", m->tiers[i].executed[op]);
        if (own_traps(op) != 0)
            printf(" %" PRIu64 " |", all_traps(&m->tiers[i], op));
        else
            printf(" - |");
    }
    printf("\n");
}

static void print_table(const struct matrix *m)
{
    printf("| operation |");
    for (uint32_t i = 0; i < TIERS; i++)
        printf(" %s executed | trapped |", tiers[i].name);
    printf("\n|---|");
    for (uint32_t i = 0; i < TIERS; i++)
        printf("---:|---:|");
    printf("\n");
    for (uint32_t op = 0; op < OP_COUNT; op++)
        print_row(m, op);
}

static uint32_t check_row(const struct counts *c, const char *tier, uint32_t op)
{
    uint32_t missing = 0;
    if (c->executed[op] == 0 && all_traps(c, op) == 0) {
        fprintf(stderr, "%s never executes %s\n", tier, op_infos[op].text);
        missing++;
    }
    for (uint32_t t = 0; t < TRAP_COUNT; t++)
        if ((own_traps(op) >> t & 1) != 0 && c->trapped[op][t] == 0) {
            fprintf(stderr, "%s never sees %s trap: %s\n", tier, op_infos[op].text,
                    trap_texts[t]);
            missing++;
        }
    return missing;
}

static uint32_t check(const struct matrix *m)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < TIERS; i++)
        for (uint32_t op = 0; op < OP_COUNT; op++)
            missing += check_row(&m->tiers[i], tiers[i].name, op);
    return missing;
}

int main(int argc, char **argv)
{
    static struct matrix m;
    bool checks = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc < 2 + checks) {
        fprintf(stderr, "usage: fuzz_matrix [--check] FILE|FOLDER...\n");
        return 2;
    }
    oracle_init(&m.oracle);
    for (int i = 1 + checks; i < argc; i++)
        m.failed |= files_each(argv[i], count_input, &m) != 0;
    oracle_free(&m.oracle);
    print_table(&m);
    fprintf(stderr, "%lu inputs\n", m.inputs);
    return m.failed || (checks && check(&m) > 0);
}
