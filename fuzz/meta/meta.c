/* meta.c - see meta.h. */
#include "meta/meta.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REWRITES = 24 };

/* A lane without fuel, and the one with fuel of the same tier. */
static const struct {
    enum lane lane, fuel;
} lanes[] = {
    { LANE_BASELINE, LANE_BASELINE_FUEL },    { LANE_INTERP, LANE_INTERP_FUEL },
    { LANE_BASELINE_CHECK, LANE_CHECK_FUEL }, { LANE_INTERP_LOOP, LANE_INTERP_FUEL },
    { LANE_MIXED, LANE_MIXED_FUEL },          { LANE_TIERED, LANE_TIERED_FUEL },
    { LANE_BASELINE_JUNK, LANE_FUEL_JUNK },   { LANE_INTERP_CHECK, LANE_INTERP_FUEL },
};
enum { META_LANES = sizeof lanes / sizeof *lanes };

void meta_init(struct meta *m)
{
    memset(m, 0, sizeof *m);
    oracle_init(&m->oracle);
    m->only = getenv("WX_META_LANE");
    uint32_t k = 0;
    while (m->only != NULL && k < META_LANES &&
           strcmp(m->only, lane_name(lanes[k].lane)) != 0)
        k++;
    if (k == META_LANES) {
        fprintf(stderr, "WX_META_LANE: there is no lane \"%s\"\n", m->only);
        exit(2);
    }
}

void meta_free(struct meta *m) { oracle_free(&m->oracle); }

static uint32_t pick_lane(const struct meta *m, uint64_t h)
{
    uint32_t k = (uint32_t)(h % META_LANES);
    while (m->only != NULL && strcmp(m->only, lane_name(lanes[k].lane)) != 0)
        k = (k + 1) % META_LANES;
    return k;
}

static enum run_status run(struct meta *m, const struct fuzz_case *c, enum lane lane,
                           struct run *r)
{
    *r = (struct run){ .oracle = &m->oracle, .c = c, .lane = lane };
    r->steps = arena_array(&m->oracle.arena, struct step, 1 + CASE_MAX_ACTIONS);
    return run_case(r);
}

/* ---- comparison ---------------------------------------------------------------------------- */

static const char *const texts[] = {
    [META_OUTCOME] = "outcome",   [META_RESULTS] = "results", [META_HOST] = "host calls",
    [META_MEMORIES] = "memories", [META_TABLES] = "tables",   [META_GLOBALS] = "globals",
    [META_SEGMENTS] = "segments",
};

static bool same_globals(const struct step *a, const struct step *b)
{
    uint32_t n = a->nglobals < b->nglobals ? a->nglobals : b->nglobals;
    return memcmp(a->global, b->global, n * sizeof *a->global) == 0;
}

static enum meta_difference compare_steps(const struct step *a, const struct step *b,
                                          bool segments)
{
    if (a->status != b->status || a->trap != b->trap)
        return META_OUTCOME;
    if (a->results != b->results)
        return META_RESULTS;
    if (a->host != b->host)
        return META_HOST;
    if (a->memories != b->memories)
        return META_MEMORIES;
    if (a->tables != b->tables)
        return META_TABLES;
    if (!same_globals(a, b))
        return META_GLOBALS;
    return segments && a->segments != b->segments ? META_SEGMENTS : META_SAME;
}

static enum meta_difference compare(const struct run *a, const struct run *b, bool segments,
                                    uint32_t *step)
{
    uint32_t n = a->nsteps < b->nsteps ? a->nsteps : b->nsteps;
    for (*step = 0; *step < n; ++*step) {
        enum meta_difference d =
            compare_steps(&a->steps[*step], &b->steps[*step], segments);
        if (d != META_SAME)
            return d;
    }
    return a->nsteps == b->nsteps ? META_SAME : META_OUTCOME;
}

/* ---- findings ------------------------------------------------------------------------------ */

static void write_module(const char *suffix, const uint8_t *bytes, size_t len)
{
    char path[4096];
    const char *prefix = getenv("WX_META_OUT");
    if (prefix == NULL)
        return;
    snprintf(path, sizeof path, "%s.%s.wasm", prefix, suffix);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(bytes, 1, len, f) != len)
        perror(path);
    if (f != NULL)
        fclose(f);
}

static void tell(const struct rewriter *w, enum lane lane, const struct fuzz_case *before,
                 const struct fuzz_case *after)
{
    fprintf(stderr, "  lane %s; rewrites:", lane_name(lane));
    for (int k = 0; k < REWRITE_COUNT; k++)
        if (w->applied[k] > 0)
            fprintf(stderr, " %s %u", rewrite_names[k], w->applied[k]);
    fprintf(stderr, "\n");
    write_module("before", before->wasm, before->wasm_len);
    write_module("after", after->wasm, after->wasm_len);
}

/* ---- one case ------------------------------------------------------------------------------ */

static bool rewrite(struct meta *m, const struct fuzz_case *c, struct rewriter *w,
                    struct fuzz_case *after)
{
    uint64_t h = case_mix(c->host_seed, 7);
    *w = (struct rewriter){ .a = &m->oracle.arena };
    w->t = tree_read(w->a, c->wasm, c->wasm_len);
    w->d.stream = h | 1;
    if (w->t == NULL || rewrite_some(w, 1 + dna_below(&w->d, MOST_REWRITES)) == 0)
        return false;
    struct bytes_out out = tree_write(w->a, w->t);
    *after = *c;
    after->wasm = out.at;
    after->wasm_len = out.len;
    return true;
}

static enum meta_difference run_both(struct meta *m, const struct fuzz_case *c,
                                     const struct rewriter *w, enum lane lane,
                                     const struct fuzz_case *after)
{
    struct run a, b;
    uint32_t step;
    enum run_status status = run(m, c, lane, &a);
    if (status != RUN_OK)
        return META_CANNOT_TELL;
    status = run(m, after, lane, &b);
    if (status == RUN_INVALID) {
        fprintf(stderr, "meta mismatch: the rewritten module does not validate\n");
        tell(w, lane, c, after);
        return META_INVALID;
    }
    if (status != RUN_OK)
        return META_CANNOT_TELL;
    enum meta_difference d = compare(&a, &b, !w->segments_changed, &step);
    if (d == META_SAME)
        return d;
    fprintf(stderr, "meta mismatch: %s of step %u\n  before: \"%s\", after: \"%s\"\n",
            texts[d], step, a.steps[step].message, b.steps[step].message);
    tell(w, lane, c, after);
    return d;
}

static enum meta_difference run_case_twice(struct meta *m, struct fuzz_case *c)
{
    struct run first;
    struct rewriter w;
    struct fuzz_case after;
    uint32_t k = pick_lane(m, case_mix(c->host_seed, 3));
    c->second = NULL;
    if (run(m, c, lanes[k].fuel, &first) != RUN_OK)
        return META_CANNOT_TELL;
    m->exhausted += first.exhausted;
    if (first.exhausted || !rewrite(m, c, &w, &after))
        return META_CANNOT_TELL;
    for (int r = 0; r < REWRITE_COUNT; r++) {
        m->applied[r] += w.applied[r];
        m->rewritten += w.applied[r];
    }
    return run_both(m, c, &w, lanes[k].lane, &after);
}

/* Not inlined: longjmp leaves no local of the caller unsure. */
NOINLINE static enum meta_difference run_guarded(struct meta *m, const uint8_t *data,
                                                 size_t size)
{
    struct fuzz_case c;
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return META_CANNOT_TELL;
    m->oracle.arena.oom = &oom;
    if (!case_read(data, size, &m->oracle.arena, &c))
        return META_CANNOT_TELL;
    return run_case_twice(m, &c);
}

enum meta_difference meta_run(struct meta *m, const uint8_t *data, size_t size)
{
    m->executions++;
    enum meta_difference d = run_guarded(m, data, size);
    m->compared += d == META_SAME;
    m->cannot_tell += d == META_CANNOT_TELL;
    arena_reset(&m->oracle.arena);
    return d;
}

void meta_stats(const struct meta *m)
{
    fprintf(stderr,
            "fuzz_meta: %llu executions, %llu compared, %llu cannot tell "
            "(%llu exhausted), %llu rewrites\n",
            (unsigned long long)m->executions, (unsigned long long)m->compared,
            (unsigned long long)m->cannot_tell, (unsigned long long)m->exhausted,
            (unsigned long long)m->rewritten);
    for (int k = 0; k < REWRITE_COUNT; k++)
        fprintf(stderr, "  %-14s %10llu\n", rewrite_names[k],
                (unsigned long long)m->applied[k]);
}
