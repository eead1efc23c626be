/* oracle.c - runs the lanes of a case and compares their steps.  See oracle.h. */
#include "oracle.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    size_t at;
    const char *text;
    bool deterministic;
} fields[] = {
#define WX_FIELD(member, text, deterministic) \
    { offsetof(struct step, member), text, deterministic },
#include "fields.def"
};

void oracle_init(struct oracle *o)
{
    memset(o, 0, sizeof *o);
    arena_init(&o->arena, &o->heap);
}

void oracle_free(struct oracle *o)
{
    for (uint32_t i = 0; i < LANE_COUNT; i++)
        wx_engine_free(o->engines[i]);
    arena_free(&o->arena);
}

static uint64_t field_value(const struct step *s, uint32_t field)
{
    uint64_t v;
    memcpy(&v, (const uint8_t *)s + fields[field].at, sizeof v);
    return v;
}

static bool compare_steps(const struct step *a, const struct step *b, bool deterministic,
                          struct finding *f)
{
    for (uint32_t k = 0; k < COUNT(fields); k++) {
        if (fields[k].deterministic && !deterministic)
            continue;
        if (field_value(a, k) == field_value(b, k))
            continue;
        f->field = fields[k].text;
        f->a = *a;
        f->b = *b;
        return false;
    }
    return true;
}

static bool compare_runs(const struct run *a, const struct run *b, struct finding *f)
{
    bool deterministic = lane_is_deterministic(a->lane) && lane_is_deterministic(b->lane);
    f->first = a->lane;
    f->second = b->lane;
    uint32_t n = a->nsteps < b->nsteps ? a->nsteps : b->nsteps;
    for (f->step = 0; f->step < n; f->step++)
        if (!compare_steps(&a->steps[f->step], &b->steps[f->step], deterministic, f))
            return false;
    return true;
}

/* A trap in a module that was generated without trapping operations. */
static bool trap_free_broken(const struct run *r, struct finding *f)
{
    for (uint32_t k = 0; r->c->trap_free && k < r->nsteps; k++) {
        const struct step *s = &r->steps[k];
        if (s->status != WX_TRAP || s->trap == WX_TRAP_HOST || s->trap == WX_TRAP_FUEL ||
            s->trap == WX_TRAP_STACK)
            continue;
        *f =
            (struct finding){ r->lane, r->lane, k, "a trap in a trap-free module", *s, *s };
        return true;
    }
    return false;
}

static void count_run(struct oracle *o, const struct run *r)
{
    o->stats.lanes[r->lane]++;
    o->stats.steps += r->nsteps;
    o->stats.host_calls += r->host_calls;
    if (r->lane != LANE_INTERP_FUEL)
        return;
    o->stats.exhausted += r->exhausted;
    for (uint32_t k = 0; k < r->nsteps; k++)
        o->stats.trapped += r->steps[k].status == WX_TRAP;
}

static void run_lane(struct oracle *o, const struct fuzz_case *c, enum lane lane,
                     struct run *r, enum run_status *status)
{
    *r = (struct run){ .oracle = o, .c = c, .lane = lane };
    r->steps = arena_array(&o->arena, struct step, 1 + CASE_MAX_ACTIONS);
    *status = run_case(r);
    count_run(o, r);
}

static enum verdict compare_lanes(struct oracle *o, const struct fuzz_case *c,
                                  const struct run *first, struct finding *f)
{
    bool deterministic = c->deterministic || first->exhausted;
    enum lane lanes[CASE_MAX_LANES];
    uint32_t n = lanes_choose(c, deterministic, lanes);
    o->stats.deterministic += deterministic;
    for (uint32_t k = 1; k < n; k++) {
        struct run r;
        enum run_status status;
        run_lane(o, c, lanes[k], &r, &status);
        if (status != RUN_OK || r.unlinkable)
            return VERDICT_CANNOT_TELL;
        if (!compare_runs(first, &r, f))
            return VERDICT_DIFFERENT;
    }
    return VERDICT_SAME;
}

static enum verdict run_and_compare(struct oracle *o, const struct fuzz_case *c,
                                    struct finding *f)
{
    struct run first;
    enum run_status status;
    run_lane(o, c, LANE_INTERP_FUEL, &first, &status);
    o->stats.generated += c->generated;
    if (status == RUN_INVALID) {
        o->stats.generated_invalid += c->generated;
        o->stats.rejected += !c->generated;
        *f = (struct finding){ .field = "a generated module that does not validate" };
        return c->generated ? VERDICT_DIFFERENT : VERDICT_CANNOT_TELL;
    }
    o->stats.valid++;
    if (status != RUN_OK || first.unlinkable) {
        o->stats.unlinkable += first.unlinkable;
        return VERDICT_CANNOT_TELL;
    }
    if (trap_free_broken(&first, f))
        return VERDICT_DIFFERENT;
    return compare_lanes(o, c, &first, f);
}

enum verdict oracle_run(struct oracle *o, const uint8_t *data, size_t size,
                        struct finding *f)
{
    struct fuzz_case c;
    jmp_buf oom;
    memset(f, 0, sizeof *f);
    o->stats.executions++;
    if (!case_read(data, size, &o->arena, &c)) {
        o->stats.rejected++;
        arena_reset(&o->arena);
        return VERDICT_CANNOT_TELL;
    }
    o->arena.oom = &oom;
    enum verdict verdict =
        setjmp(oom) == 0 ? run_and_compare(o, &c, f) : VERDICT_CANNOT_TELL;
    o->stats.compared += verdict == VERDICT_SAME;
    o->stats.cannot_tell += verdict == VERDICT_CANNOT_TELL;
    o->stats.different += verdict == VERDICT_DIFFERENT;
    arena_reset(&o->arena);
    return verdict;
}

/* ---- reports ------------------------------------------------------------------------------- */

static void print_step(const char *lane, const struct step *s)
{
    fprintf(stderr, "  %-22s status %" PRIu64 " trap %" PRIu64 " func %u at 0x%x %s\n",
            lane, s->status, s->trap, s->func, s->offset, s->message);
    fprintf(stderr, "    results ");
    for (uint32_t i = 0; i < s->nresults && i < STEP_MAX_VALUES; i++)
        fprintf(stderr, " %016" PRIx64, s->result[i]);
    fprintf(stderr, "\n    globals ");
    for (uint32_t i = 0; i < s->nglobals && i < STEP_MAX_GLOBALS; i++)
        fprintf(stderr, " %016" PRIx64, s->global[i]);
    fprintf(stderr,
            "\n    memories %016" PRIx64 " tables %016" PRIx64 " host %016" PRIx64
            " fuel %" PRId64 " stack %" PRId64 "\n",
            s->memories, s->tables, s->host, (int64_t)s->fuel, (int64_t)s->stack);
}

void oracle_print_finding(const struct finding *f)
{
    fprintf(stderr, "mismatch: %s, step %u (%s)\n", f->field, f->step,
            f->step == 0 ? "instantiation" : "action");
    print_step(lane_name(f->first), &f->a);
    print_step(lane_name(f->second), &f->b);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

void oracle_print_stats(const struct oracle *o)
{
    const struct oracle_stats *s = &o->stats;
    uint64_t cases = s->executions - s->rejected;
    fprintf(stderr, "executions %" PRIu64 ", not a case %" PRIu64 "\n", s->executions,
            s->rejected);
    fprintf(stderr, "generated %" PRIu64 ", of them valid %.2f %%\n", s->generated,
            percent(s->generated - s->generated_invalid, s->generated));
    fprintf(stderr, "compared to the end %.2f %%\n", percent(s->compared, cases));
    fprintf(stderr,
            "cannot tell %" PRIu64 " (unlinkable %" PRIu64 "), mismatches %" PRIu64 "\n",
            s->cannot_tell, s->unlinkable, s->different);
    fprintf(stderr,
            "steps %" PRIu64 ", trapped %" PRIu64
            ", cases exhausted %.1f %%, host calls %" PRIu64 "\n",
            s->steps, s->trapped, percent(s->exhausted, cases), s->host_calls);
    for (uint32_t i = 0; i < LANE_COUNT; i++)
        fprintf(stderr, "  lane %-22s %" PRIu64 "\n", lane_name((enum lane)i), s->lanes[i]);
}
