/* oracle.c - runs the lanes of a case and compares their steps.  See oracle.h. */
#include "oracle.h"
#include "base/cpu.h"
#include <stdlib.h>
#include <string.h>

enum { OPS_ALWAYS = 4096, OPS_EVERY = 16 };

static const struct {
    const char *name;
    size_t at;
    bool deterministic;
} fields[FINDING_FIELDS] = {
#define WX_FIELD(member, text, deterministic) \
    { #member, offsetof(struct step, member), deterministic },
#include "fields.def"
};

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (; *list != 0; list += strcspn(list, ","), list += *list == ',')
        if (strncmp(list, name, n) == 0 && (list[n] == ',' || list[n] == 0))
            return true;
    return false;
}

/* A weaker oracle, to compare with. */
static uint32_t chosen_fields(void)
{
    const char *list = getenv("WX_FUZZ_FIELDS");
    uint32_t set = 0;
    for (uint32_t k = 0; k < FINDING_FIELDS; k++)
        if (list == NULL || is_listed(list, fields[k].name))
            set |= UINT32_C(1) << k;
    return set;
}

void oracle_init(struct oracle *o)
{
    memset(o, 0, sizeof *o);
    arena_init(&o->arena, &o->heap);
    o->cpu = cpu_detect();
    o->fields = chosen_fields();
    const char *all = getenv("WX_FUZZ_LANES"), *junk = getenv("WX_FUZZ_JUNK");
    o->all_lanes = all != NULL && strcmp(all, "all") == 0;
    o->no_junk = junk != NULL && strcmp(junk, "0") == 0;
}

void oracle_free(struct oracle *o)
{
    facts_free(o);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        lane_drop(o, (enum lane)lane);
    arena_free(&o->arena);
}

static uint64_t field_value(const struct step *s, uint32_t field)
{
    uint64_t v;
    memcpy(&v, (const uint8_t *)s + fields[field].at, sizeof v);
    return v;
}

static bool is_nan(uint64_t word, wx_valtype t)
{
    return (t == WX_F32 && (word & 0x7FFFFFFF) > 0x7F800000) ||
           (t == WX_F64 && (word & INT64_MAX) > UINT64_C(0x7FF0000000000000));
}

/* Whether each pair of words is the same or two NaNs. */
static bool same_but_nans(const uint64_t *a, const uint64_t *b, const wx_valtype *types,
                          uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i] != b[i] && !(is_nan(a[i], types[i]) && is_nan(b[i], types[i])))
            return false;
    return true;
}

/* Whether the difference in field k is one of NaN payloads alone, as far as the steps hold the
 * values themselves. */
static bool payloads_alone(const struct step *a, const struct step *b, uint32_t k)
{
    if (k == FINDING_results)
        return a->nresults <= STEP_MAX_VALUES &&
               same_but_nans(a->result, b->result, a->result_type, a->nresults);
    return k == FINDING_globals && a->nglobals < STEP_MAX_GLOBALS &&
           same_but_nans(a->global, b->global, a->global_type, a->nglobals);
}

static bool compare_steps(const struct oracle *o, const struct step *a,
                          const struct step *b, bool deterministic, struct finding *f)
{
    for (uint32_t k = 0; k < FINDING_FIELDS; k++) {
        if ((fields[k].deterministic && !deterministic) || (o->fields >> k & 1) == 0)
            continue;
        if (field_value(a, k) == field_value(b, k))
            continue;
        f->kind = payloads_alone(a, b, k) ? FINDING_nan : (enum finding_kind)k;
        f->a = *a;
        f->b = *b;
        return false;
    }
    return true;
}

bool oracle_compare(const struct run *a, const struct run *b, struct finding *f)
{
    bool deterministic = lane_is_deterministic(a->lane) && lane_is_deterministic(b->lane);
    f->first = a->lane;
    f->second = b->lane;
    f->deterministic = deterministic;
    uint32_t n = a->nsteps < b->nsteps ? a->nsteps : b->nsteps;
    for (f->step = 0; f->step < n; f->step++)
        if (!compare_steps(a->oracle, &a->steps[f->step], &b->steps[f->step], deterministic,
                           f))
            return false;
    return true;
}

static bool is_exhaustion(const struct step *s)
{
    return s->trap == WX_TRAP_FUEL || s->trap == WX_TRAP_STACK;
}

/* A trap in a module that was generated without trapping operations. */
static bool trap_free_holds(const struct run *r, struct finding *f)
{
    bool asked = r->oracle->fields >> FINDING_trap & 1;
    for (uint32_t k = 0; asked && r->c->trap_free && k < r->nsteps; k++) {
        const struct step *s = &r->steps[k];
        if (s->status != WX_TRAP || s->trap == WX_TRAP_HOST || is_exhaustion(s))
            continue;
        f->kind = FINDING_trap_free;
        f->first = f->second = r->lane;
        f->step = k;
        f->a = f->b = *s;
        return false;
    }
    return true;
}

static void count_run(struct oracle *o, const struct run *r)
{
    o->stats.lanes[r->lane]++;
    o->stats.steps += r->nsteps;
    o->stats.host_calls += r->host_calls;
    o->stats.loops_entered += r->loops_entered;
    o->stats.mixed += r->mixed && lane_is_mixed(r->lane);
    o->stats.later += lane_has_thread(r->lane);
    o->stats.later_mixed += lane_has_thread(r->lane) && r->mixed;
    if (r->lane != LANE_INTERP_FUEL)
        return;
    o->stats.exhausted += r->exhausted;
    for (uint32_t k = 0; k < r->nsteps; k++)
        if (r->steps[k].status == WX_TRAP)
            o->stats.traps[r->steps[k].trap]++;
}

static enum run_status run_lane(struct oracle *o, const struct fuzz_case *c, enum lane lane,
                                struct run *r)
{
    *r = (struct run){ .oracle = o, .c = c, .lane = lane, .facts = &o->facts };
    r->steps = arena_array(&o->arena, struct step, 1 + CASE_MAX_ACTIONS);
    if (lane == LANE_INTERP_FUEL &&
        (o->stats.executions < OPS_ALWAYS || o->stats.executions % OPS_EVERY == 0))
        r->ops = &o->ops;
    enum run_status status = run_case(r);
    if (status == RUN_OK)
        count_run(o, r);
    return status;
}

/* Counts why nothing can be said. */
static enum verdict cannot_tell(struct oracle *o, const struct fuzz_case *c,
                                enum run_status status)
{
    o->stats.invalid += status == RUN_INVALID;
    o->stats.unlinkable += status == RUN_UNLINKABLE;
    o->stats.unavailable += status == RUN_UNAVAILABLE;
    o->stats.generated_unsure += c->generated;
    return VERDICT_CANNOT_TELL;
}

static void take_vote(struct oracle *o, const struct fuzz_case *c, struct finding *f)
{
    struct run r;
    struct finding ignored;
    f->voter = f->second == LANE_REF_FUEL ? LANE_BASELINE_FUEL : LANE_REF_FUEL;
    if (run_lane(o, c, f->voter, &r) != RUN_OK || f->step >= r.nsteps)
        return;
    const struct step *s = &r.steps[f->step];
    if (compare_steps(o, &f->a, s, f->deterministic, &ignored))
        f->vote = VOTE_FIRST;
    else if (compare_steps(o, &f->b, s, f->deterministic, &ignored))
        f->vote = VOTE_SECOND;
    else
        f->vote = VOTE_NEITHER;
}

/* What the first lane took does not load or link in another. */
static enum verdict refused(const struct run *first, const struct run *other,
                            struct finding *f)
{
    f->kind = FINDING_status;
    f->first = first->lane;
    f->second = other->lane;
    f->a = first->steps[0];
    f->b = other->steps[0];
    return VERDICT_DIFFERENT;
}

static void count_cpu(struct oracle *o, const struct fuzz_case *c)
{
    struct oracle_stats *s = &o->stats;
    uint64_t mask = lane_cpu(o, c);
    s->cpu_floor += (mask & ~CPU_V2) == 0;
    s->cpu_all += mask == o->cpu;
    s->cpu_some += (mask & ~CPU_V2) != 0 && mask != o->cpu;
}

static enum verdict compare_lanes(struct oracle *o, const struct fuzz_case *c,
                                  const struct run *first, struct finding *f)
{
    bool deterministic = c->deterministic || first->exhausted;
    enum lane lanes[LANE_COUNT];
    uint32_t n = o->all_lanes ? lanes_all(deterministic, lanes)
                              : lanes_choose(c, deterministic, lanes);
    o->stats.deterministic += deterministic;
    count_cpu(o, c);
    for (uint32_t k = 1; k < n; k++) {
        struct run r;
        enum run_status status = run_lane(o, c, lanes[k], &r);
        if (status == RUN_UNAVAILABLE)
            return cannot_tell(o, c, status);
        if (status != RUN_OK)
            return refused(first, &r, f);
        if (oracle_compare(first, &r, f))
            continue;
        take_vote(o, c, f);
        return VERDICT_DIFFERENT;
    }
    return VERDICT_SAME;
}

static enum verdict run_and_compare(struct oracle *o, const struct fuzz_case *c,
                                    struct finding *f)
{
    struct run first;
    o->stats.generated += c->generated;
    o->stats.raw += !c->generated;
    enum run_status status = run_lane(o, c, LANE_INTERP_FUEL, &first);
    if (status == RUN_INVALID && c->generated) {
        o->stats.generated_invalid++;
        f->kind = FINDING_invalid;
        return VERDICT_DIFFERENT;
    }
    if (status != RUN_OK)
        return cannot_tell(o, c, status);
    if (!trap_free_holds(&first, f))
        return VERDICT_DIFFERENT;
    return compare_lanes(o, c, &first, f);
}

static enum verdict run_guarded(struct oracle *o, const struct fuzz_case *c,
                                struct finding *f)
{
    jmp_buf oom;
    o->arena.oom = &oom;
    if (setjmp(oom) != 0)
        return cannot_tell(o, c, RUN_UNAVAILABLE);
    return run_and_compare(o, c, f);
}

enum verdict oracle_run(struct oracle *o, const uint8_t *data, size_t size,
                        struct finding *f)
{
    struct fuzz_case c;
    enum verdict verdict = VERDICT_CANNOT_TELL;
    memset(f, 0, sizeof *f);
    o->stats.executions++;
    bool is_case = case_read(data, size, &o->arena, &c);
    if (o->no_claims && c.wasm == data)
        c.generated = c.trap_free = false;
    if (is_case)
        verdict = run_guarded(o, &c, f);
    o->stats.no_case += !is_case;
    o->stats.compared += verdict == VERDICT_SAME;
    o->stats.different += verdict == VERDICT_DIFFERENT;
    f->trap_free = c.trap_free;
    f->execution = o->stats.executions;
    if (verdict == VERDICT_DIFFERENT && f->step > 0)
        f->action = c.actions[f->step - 1];
    facts_end_case(o);
    arena_reset(&o->arena);
    return verdict;
}
