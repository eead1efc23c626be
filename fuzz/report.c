/* report.c - what was found, as text on stderr. */
#include "oracle.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- buckets ------------------------------------------------------------------------------- */

/* One function per kind, so that it stands on the stack of the crash. */
#define MISMATCH(member, ...) \
    NOINLINE NORETURN static void fuzz_diff_mismatch_##member(void) { abort(); }
#define WX_FIELD MISMATCH
#include "fields.def"
MISMATCH(trap_free)
MISMATCH(invalid)
MISMATCH(nan)

static const struct {
    const char *text;
    void (*abort)(void);
} kinds[FINDING_COUNT] = {
#define WX_FIELD(member, text, deterministic) { text, fuzz_diff_mismatch_##member },
#include "fields.def"
    [FINDING_trap_free] = { "a trap in a trap-free module", fuzz_diff_mismatch_trap_free },
    [FINDING_invalid] = { "a generated module that does not validate",
                          fuzz_diff_mismatch_invalid },
    [FINDING_nan] = { "NaN payload", fuzz_diff_mismatch_nan },
};

void report_abort(const struct finding *f)
{
    kinds[f->kind].abort();
    __builtin_unreachable();
}

/* ---- findings ------------------------------------------------------------------------------ */

static const char *const action_texts[] = {
    [ACTION_CALL] = "call",
    [ACTION_GROW_MEMORY] = "grow a memory",
    [ACTION_GROW_TABLE] = "grow a table",
    [ACTION_SET_GLOBAL] = "set a global",
    [ACTION_SET_TABLE] = "set a table element",
    [ACTION_WRITE_MEMORY] = "write to a memory",
    [ACTION_LINK] = "instantiate the second module",
};

static void print_words(const char *label, const uint64_t *words, uint32_t n, uint32_t most)
{
    fprintf(stderr, "    %-9s", label);
    for (uint32_t i = 0; i < n && i < most; i++)
        fprintf(stderr, " %016" PRIx64, words[i]);
    fprintf(stderr, "\n");
}

static void print_step(const char *lane, const struct step *s)
{
    fprintf(stderr, "  %s\n    outcome   status %" PRIu64 " trap %" PRIu64, lane, s->status,
            s->trap);
    if (s->status != WX_OK)
        fprintf(stderr, ", function %u at 0x%x, %" PRIu64 " frames: %s", s->func, s->offset,
                s->nframes, s->message);
    fprintf(stderr, "\n");
    print_words("results", s->result, s->nresults, STEP_MAX_VALUES);
    print_words("globals", s->global, s->nglobals, STEP_MAX_GLOBALS);
    fprintf(stderr,
            "    hashes    memories %016" PRIx64 " tables %016" PRIx64
            " segments %016" PRIx64 " host calls %016" PRIx64 "\n",
            s->memories, s->tables, s->segments, s->host);
    fprintf(stderr, "    left      fuel %" PRId64 " stack %" PRId64 "\n", (int64_t)s->fuel,
            (int64_t)s->stack);
}

static void print_where(const struct finding *f)
{
    if (f->step == 0)
        fprintf(stderr, "  at instantiation");
    else
        fprintf(stderr, "  after action %u: %s, number %u, seed %016" PRIx64, f->step,
                action_texts[f->action.kind], f->action.index, f->action.seed);
    fprintf(stderr, "%s%s\n", f->deterministic ? ", deterministic" : "",
            f->trap_free ? ", trap-free module" : "");
}

/* The lane that did something wrong, as far as can be told. */
static enum lane odd_lane(const struct finding *f)
{
    return f->vote == VOTE_SECOND ? f->first : f->second;
}

static void print_vote(const struct finding *f)
{
    if (f->vote == VOTE_NEITHER)
        fprintf(stderr, "  %s agrees with neither\n", lane_name(f->voter));
    else if (f->vote != VOTE_NONE)
        fprintf(stderr, "  %s agrees with %s: %s is the odd one\n", lane_name(f->voter),
                lane_name(f->vote == VOTE_FIRST ? f->first : f->second),
                lane_name(odd_lane(f)));
}

void report_finding(const struct finding *f)
{
    fprintf(stderr, "mismatch: %s, execution %" PRIu64 "\n", kinds[f->kind].text,
            f->execution);
    if (f->kind == FINDING_invalid)
        return;
    print_where(f);
    print_step(lane_name(f->first), &f->a);
    if (f->kind != FINDING_trap_free)
        print_step(lane_name(f->second), &f->b);
    print_vote(f);
    fprintf(stderr,
            "  bucket %s/%s\n  replay: fuzz_diff_replay INPUT; "
            "the module: fuzz_export INPUT MODULE.wasm\n",
            kinds[f->kind].text, lane_name(odd_lane(f)));
}
