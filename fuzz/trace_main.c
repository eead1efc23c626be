/* trace_main.c - prints every instruction that an input runs, in the reference evaluator.
 *
 *     fuzz_trace INPUT > trace
 *
 * A line each: step of the script (0: instantiation), function, offset in the module,
 * mnemonic, and the value on top of the stack behind it.  What does not return is told
 * at the end of its step. */
#include "oracle.h"
#include "files.h"
#include "ref/ref.h"
#include <inttypes.h>
#include <stdio.h>

struct program {
    struct oracle oracle;
    struct run run;
    bool failed;
};

static void print_event(void *env, const struct ref_event *e)
{
    const struct program *p = env;
    char buf[32];
    printf("%u func %u 0x%05x %s", p->run.nsteps - 1, e->func, e->offset,
           op_infos[e->op].text);
    if (e->type != VT_BOTTOM)
        printf(" %s 0x%" PRIx64, vt_name(e->type, buf), e->bits[0]);
    printf("\n");
}

static void print_failures(const struct run *r)
{
    for (uint32_t k = 0; k < r->nsteps; k++)
        if (r->steps[k].status != WX_OK)
            printf("%u func %u 0x%05x: %s\n", k, r->steps[k].func, r->steps[k].offset,
                   r->steps[k].message);
}

static bool trace_case(struct program *p, const struct fuzz_case *c)
{
    wx_engine *engine = lane_engine(&p->oracle, LANE_REF_FUEL);
    if (engine == NULL)
        return false;
    ref_engine_trace(engine, print_event, p);
    p->run = (struct run){ .oracle = &p->oracle, .c = c, .lane = LANE_REF_FUEL };
    p->run.steps = arena_array(&p->oracle.arena, struct step, 1 + CASE_MAX_ACTIONS);
    bool ran = run_case(&p->run) == RUN_OK;
    print_failures(&p->run);
    return ran;
}

static void trace_input(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct program *p = env;
    struct fuzz_case c;
    jmp_buf oom;
    volatile bool ran = false; /* survives the longjmp */
    if (setjmp(oom) == 0 && case_read(data, size, &p->oracle.arena, &c)) {
        p->oracle.arena.oom = &oom;
        ran = trace_case(p, &c);
    }
    if (!ran)
        fprintf(stderr, "%s: not a case that can run\n", path);
    p->failed |= !ran;
    arena_reset(&p->oracle.arena);
}

int main(int argc, char **argv)
{
    static struct program p;
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz_trace INPUT\n");
        return 2;
    }
    oracle_init(&p.oracle);
    bool failed = files_each(argv[1], trace_input, &p);
    oracle_free(&p.oracle);
    return failed || p.failed;
}
