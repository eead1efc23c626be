/* child.c - the child's side of probe.h: cases in, sights out. */
#include "tools/find/probe.h"
#include "audit.h"
#include "ref/ref.h"
#include "tools/find/tree.h"
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct child {
    struct exchange *x;
    struct oracle oracle;
    struct run run;
    wx_engine *masked; /* stands in for an engine of the oracle */
};

/* ---- lanes --------------------------------------------------------------------------------- */

/* An engine like the lane's whose functions are compiled where the mask says so. */
static wx_engine *masked_engine(enum lane lane, uint64_t mask)
{
    wx_engine *engine;
    wx_config c = lane_config(lane);
    c.tier = WX_TIER_MASK;
    c.tier_mask = mask;
    return wx_engine_new(&c, &engine, NULL) == WX_OK ? engine : NULL;
}

static enum run_status run_one(struct child *k, const struct fuzz_case *c, enum lane lane,
                               struct run *r)
{
    *r = (struct run){ .oracle = &k->oracle, .c = c, .lane = lane };
    r->steps = arena_array(&k->oracle.arena, struct step, PROBE_STEPS);
    return run_case(r);
}

static enum run_status run_odd(struct child *k, struct fuzz_case *c, struct run *r)
{
    const struct plan *plan = &k->x->plan;
    if (!plan->masked)
        return run_one(k, c, plan->odd, r);
    wx_engine **place = &k->oracle.engines[plan->odd], *own = *place;
    c->tier_mask = plan->mask;
    *place = masked_engine(plan->odd, plan->mask);
    enum run_status status = *place == NULL ? RUN_UNAVAILABLE : run_one(k, c, plan->odd, r);
    wx_engine_free(*place);
    *place = own;
    return status;
}

/* ---- modes --------------------------------------------------------------------------------- */

static void see_oracle(struct child *k)
{
    static const enum sight_kind kinds[] = { [VERDICT_SAME] = SIGHT_SAME,
                                             [VERDICT_DIFFERENT] = SIGHT_DIFFERENT,
                                             [VERDICT_CANNOT_TELL] = SIGHT_CANNOT_TELL };
    struct exchange *x = k->x;
    x->sight.kind = kinds[oracle_run(&k->oracle, x->input, x->size, &x->sight.finding)];
}

static void keep_steps(struct exchange *x, const struct run *r)
{
    x->nsteps = r->nsteps;
    memcpy(x->steps, r->steps, r->nsteps * sizeof *r->steps);
}

static void see_pair(struct child *k, struct fuzz_case *c)
{
    struct exchange *x = k->x;
    struct run good, odd;
    x->sight.kind = SIGHT_CANNOT_TELL;
    if (run_one(k, c, x->plan.good, &good) != RUN_OK ||
        (good.exhausted && !lane_is_deterministic(x->plan.odd)) ||
        run_odd(k, c, &odd) != RUN_OK)
        return;
    struct finding *f = &x->sight.finding;
    x->sight.kind = oracle_compare(&good, &odd, f) ? SIGHT_SAME : SIGHT_DIFFERENT;
    f->vote = VOTE_FIRST;
    f->voter = x->plan.good;
    f->trap_free = c->trap_free;
    if (f->step > 0 && f->step <= c->nactions)
        f->action = c->actions[f->step - 1];
    keep_steps(x, &odd);
}

static void note_event(void *env, const struct ref_event *e)
{
    struct child *k = env;
    struct exchange *x = k->x;
    if (k->run.nsteps == 0) /* of the case before */
        return;
    if (x->nevents < PROBE_EVENTS)
        x->events[x->nevents++] = (struct probe_event){
            .step = k->run.nsteps - 1,
            .func = e->func,
            .offset = e->offset,
            .op = (uint16_t)e->op,
            .type = e->type,
            .bits = e->bits[0],
        };
}

static void see_trace(struct child *k, struct fuzz_case *c)
{
    wx_engine *engine = lane_engine(&k->oracle, LANE_REF_FUEL);
    if (engine == NULL)
        return;
    ref_engine_trace(engine, note_event, k);
    k->x->ran = run_one(k, c, LANE_REF_FUEL, &k->run) == RUN_OK;
    ref_engine_trace(engine, NULL, NULL);
    keep_steps(k->x, &k->run);
}

static void see_lane(struct child *k, struct fuzz_case *c)
{
    struct run r;
    k->x->ran = run_odd(k, c, &r) == RUN_OK;
    keep_steps(k->x, &r);
}

static void see_load(struct child *k, struct fuzz_case *c)
{
    struct arena *a = &k->oracle.arena;
    k->x->ran = tree_read(a, c->wasm, c->wasm_len) != NULL &&
                (c->second == NULL || tree_read(a, c->second, c->second_len) != NULL);
}

static void see(struct child *k)
{
    struct fuzz_case c;
    jmp_buf oom;
    struct arena *a = &k->oracle.arena;
    if (k->x->plan.mode == PROBE_ORACLE) {
        see_oracle(k);
        return;
    }
    if (!case_read(k->x->input, k->x->size, a, &c))
        return;
    a->oom = &oom;
    if (setjmp(oom) != 0)
        return;
    switch (k->x->plan.mode) {
    case PROBE_ORACLE: break;
    case PROBE_PAIR: see_pair(k, &c); break;
    case PROBE_LANE: see_lane(k, &c); break;
    case PROBE_LOAD: see_load(k, &c); break;
    case PROBE_TRACE: see_trace(k, &c); break;
    }
}

/* The engine takes refused memory as an answer, so what a case took at most is measured. */
static bool took_too_much(const struct exchange *x)
{
    enum { KIB = 1024 };
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 && (uint64_t)u.ru_maxrss * KIB > x->memory;
}

void child_serve(struct exchange *x, int in, int out)
{
    static struct child k;
    uint8_t byte;
    k.x = x;
    crash_watch(&x->crash);
    oracle_init(&k.oracle);
    audit_hook *audit = audit_lane();
    while (read(in, &byte, 1) == 1) {
        memset(&x->sight, 0, sizeof x->sight);
        x->sight.kind = SIGHT_CANNOT_TELL;
        k.oracle.audit = x->plan.audit ? audit : NULL;
        see(&k);
        arena_reset(&k.oracle.arena);
        if (took_too_much(x))
            x->sight.kind = SIGHT_MEMORY;
        if (write(out, "", 1) != 1)
            break;
    }
    _exit(0);
}
