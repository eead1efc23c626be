/* observe.c - makes a difference visible in results.  See wast.h. */
#include "base/vec.h"
#include "tools/find/wast.h"
#include <stdio.h>
#include <string.h>

enum { PAGE = 65536, WORD = 8, OBSERVER_FUEL = 1 << 22, MOST_ELEMENTS = 64 };

/* Lanes that `wx spec` runs, and the same with junk in what is undefined. */
static const struct way {
    enum lane plain, junk;
} ways[] = {
    { LANE_INTERP, LANE_INTERP_JUNK },     { LANE_BASELINE, LANE_BASELINE_JUNK },
    { LANE_INTERP_CHECK, LANE_LOOP_JUNK }, { LANE_BASELINE_CHECK, LANE_CHECK_JUNK },
    { LANE_MIXED, LANE_MIXED_JUNK },
};

struct observer {
    struct reducer *r;
    struct observed *o;
    struct tree *base; /* lies in the kept arena */
};

/* ---- running ------------------------------------------------------------------------------- */

uint32_t observe_steps(struct reducer *r, struct tree *first, const struct fuzz_case *c,
                       enum lane lane, struct step steps[PROBE_STEPS])
{
    struct plan plan = { .mode = PROBE_LANE, .odd = lane };
    struct tree *trees[2] = { first, r->trees[1] };
    struct fuzz_case own = r->c;
    r->c = *c;
    struct bytes_out out = reduce_bytes(r, trees);
    r->c = own;
    probe(r->prober, &plan, out.at, out.len);
    const struct exchange *x = r->prober->shared;
    uint32_t n = x->ran ? x->nsteps : 0;
    memcpy(steps, x->steps, n * sizeof *steps);
    return n;
}

static bool step_differs(const struct step *a, const struct step *b, bool places)
{
    return a->status != b->status || a->text != b->text || a->results != b->results ||
           (places && a->frames != b->frames);
}

/* Do the lane's results or traps differ from the reference evaluator's? */
static bool observe_visible(struct reducer *r, struct tree *first,
                            const struct fuzz_case *c, const struct observed *o)
{
    static struct step good[PROBE_STEPS], odd[PROBE_STEPS];
    uint32_t n = observe_steps(r, first, c, LANE_REF_FUEL, good);
    uint32_t m = observe_steps(r, first, c, o->lane, odd);
    if (n == 0)
        return false;
    if (m != n) /* it crashed */
        return true;
    for (uint32_t k = 0; k < n; k++)
        if (step_differs(&good[k], &odd[k], o->places))
            return true;
    return false;
}

/* ---- functions that look ------------------------------------------------------------------- */

typedef VEC(struct insn) insns;

static void add(struct arena *a, insns *v, enum op op, uint32_t index)
{
    vec_push(a, v, (struct insn){ .op = op, .index = { index } });
}

static void add_i32(struct arena *a, insns *v, uint64_t value)
{
    vec_push(a, v, insn_const(VT_I32, value));
}

static bool uses_locals(const insns *v)
{
    for (uint32_t i = 0; i < v->len; i++)
        if (op_infos[v->at[i].op].imm == IMM_LOCAL)
            return true;
    return false;
}

/* base with a function () -> (result) appended, exported and called at the end. */
static struct tree *with_function(struct observer *k, insns *v, const valtype *result,
                                  uint32_t nresults, struct fuzz_case *c)
{
    static const valtype locals[] = { VT_I32, VT_I64 };
    static const struct name name = { "state", 5 };
    struct arena *a = &k->r->trial;
    struct tree *t = tree_copy(a, k->base);
    struct tree_func *funcs = arena_array(a, struct tree_func, t->nfuncs + 1);
    struct export *exports = arena_array(a, struct export, t->nexports + 1);
    add(a, v, OP_end, 0);
    memcpy(funcs, t->funcs, t->nfuncs * sizeof *funcs);
    memcpy(exports, t->exports, t->nexports * sizeof *exports);
    funcs[t->nfuncs] = (struct tree_func){ signature_new(a, NULL, 0, result, nresults),
                                           uses_locals(v) ? COUNT(locals) : 0,
                                           locals,
                                           { v->at, v->len } };
    exports[t->nexports] = (struct export){ name, EXTERN_FUNC, tree_total(t, EXTERN_FUNC) };
    uint32_t ordinal = 0;
    for (uint32_t i = 0; i < t->nexports; i++)
        ordinal += exports[i].kind == EXTERN_FUNC;
    t->funcs = funcs;
    t->nfuncs++;
    t->exports = exports;
    t->nexports++;
    c->actions[c->nactions++] = (struct action){ ACTION_CALL, ordinal, 0 };
    c->fuel = OBSERVER_FUEL;
    return t;
}

/* Takes what the function shows as the answer if it shows something. */
static bool look(struct observer *k, insns *v, const valtype *result, uint32_t nresults)
{
    struct fuzz_case c = k->o->c;
    struct tree *t = with_function(k, v, result, nresults, &c);
    if (!observe_visible(k->r, t, &c, k->o))
        return false;
    k->o->tree = t;
    k->o->c = c;
    return true;
}

static const valtype i32_result[] = { VT_I32 }, i64_result[] = { VT_I64 };

static bool look_at_globals(struct observer *k)
{
    for (uint32_t g = 0; g < tree_total(k->base, EXTERN_GLOBAL); g++) {
        insns v = { 0 };
        valtype t = tree_global_type(k->base, g).type;
        struct arena *a = reduce_trial(k->r);
        add(a, &v, OP_global_get, g);
        if (vt_is_ref(t))
            add(a, &v, OP_ref_is_null, 0);
        if (look(k, &v, vt_is_ref(t) ? i32_result : &t, 1))
            return true;
    }
    return false;
}

/* The sum of the words in [low, high), each times a power of 31. */
static void sum_code(struct arena *a, insns *v, uint32_t memory, uint64_t low,
                     uint64_t high)
{
    static const struct signature nothing = { 0 };
    add_i32(a, v, low);
    add(a, v, OP_local_set, 0);
    vec_push(a, v, (struct insn){ .op = OP_loop, .type = &nothing });
    add(a, v, OP_local_get, 1);
    vec_push(a, v, insn_const(VT_I64, 31));
    add(a, v, OP_i64_mul, 0);
    add(a, v, OP_local_get, 0);
    vec_push(a, v, (struct insn){ .op = OP_i64_load, .index = { 0, memory } });
    add(a, v, OP_i64_add, 0);
    add(a, v, OP_local_set, 1);
    add(a, v, OP_local_get, 0);
    add_i32(a, v, WORD);
    add(a, v, OP_i32_add, 0);
    add(a, v, OP_local_tee, 0);
    add_i32(a, v, high);
    add(a, v, OP_i32_lt_u, 0);
    add(a, v, OP_br_if, 0);
    add(a, v, OP_end, 0);
    add(a, v, OP_local_get, 1);
}

static bool sum_differs(struct observer *k, uint32_t memory, uint64_t low, uint64_t high)
{
    insns v = { 0 };
    struct observed own = *k->o;
    sum_code(reduce_trial(k->r), &v, memory, low, high);
    bool differs = look(k, &v, i64_result, 1);
    *k->o = own;
    return differs;
}

/* Halves the range that differs, down to one word. */
static bool look_at_memory(struct observer *k, uint32_t memory, uint64_t bytes)
{
    uint64_t low = 0, high = bytes;
    if (high == 0 || !sum_differs(k, memory, low, high))
        return false;
    while (high - low > WORD) {
        uint64_t middle = low + (high - low) / 2 / WORD * WORD;
        if (sum_differs(k, memory, low, middle))
            high = middle;
        else
            low = middle;
    }
    insns v = { 0 };
    struct arena *a = reduce_trial(k->r);
    add_i32(a, &v, low);
    vec_push(a, &v, (struct insn){ .op = OP_i64_load, .index = { 0, memory } });
    return look(k, &v, i64_result, 1);
}

static bool look_at_memories(struct observer *k)
{
    for (uint32_t m = 0; m < k->base->nmemories; m++) {
        insns v = { 0 };
        add(reduce_trial(k->r), &v, OP_memory_size, m);
        if (look(k, &v, i32_result, 1) ||
            look_at_memory(k, m, k->base->memories[m].limits.min * PAGE))
            return true;
    }
    return false;
}

static bool look_at_tables(struct observer *k)
{
    for (uint32_t t = 0; t < k->base->ntables; t++) {
        insns v = { 0 };
        add(reduce_trial(k->r), &v, OP_table_size, t);
        if (look(k, &v, i32_result, 1))
            return true;
        for (uint32_t e = 0; e < MOST_ELEMENTS; e++) {
            v = (insns){ 0 };
            struct arena *a = reduce_trial(k->r);
            add_i32(a, &v, e);
            add(a, &v, OP_table_get, t);
            add(a, &v, OP_ref_is_null, 0);
            if (look(k, &v, i32_result, 1))
                return true;
        }
    }
    return false;
}

/* A segment that is still there can be read. */
static bool look_at_segment(struct observer *k, enum op op, uint32_t segment)
{
    insns v = { 0 };
    struct arena *a = reduce_trial(k->r);
    add_i32(a, &v, 0);
    add_i32(a, &v, 0);
    add_i32(a, &v, 1);
    vec_push(a, &v, (struct insn){ .op = op, .index = { segment, 0 } });
    return look(k, &v, NULL, 0);
}

static bool look_at_segments(struct observer *k)
{
    const struct tree *t = k->base;
    for (uint32_t i = 0; i < t->ndatas && tree_total(t, EXTERN_MEMORY) > 0; i++)
        if (look_at_segment(k, OP_memory_init, i))
            return true;
    for (uint32_t i = 0; i < t->nelems && tree_total(t, EXTERN_TABLE) > 0; i++)
        if (look_at_segment(k, OP_table_init, i))
            return true;
    return false;
}

/* ---- where it shows ------------------------------------------------------------------------ */

/* In new processes too: what depends on stale memory is not for a script. */
static bool surely_visible(struct reducer *r, const struct observed *o)
{
    enum { TIMES = 2 };
    for (int i = 0; i < TIMES; i++) {
        prober_fresh(r->prober);
        if (!observe_visible(r, o->tree, &o->c, o))
            return false;
    }
    return true;
}

static bool look_everywhere(struct observer *k)
{
    return k->r->trees[1] == NULL && k->o->c.nactions < CASE_MAX_ACTIONS &&
           (look_at_globals(k) || look_at_memories(k) || look_at_tables(k) ||
            look_at_segments(k));
}

/* In results and traps in one of the ways, or in state that a function can read. */
static bool see(struct observer *k, struct observed start, bool junk)
{
    for (int looks = 0; looks < 2; looks++)
        for (size_t i = 0; i < COUNT(ways); i++) {
            *k->o = start;
            k->o->lane = junk ? ways[i].junk : ways[i].plain;
            reduce_trial(k->r);
            if ((looks == 0 || look_everywhere(k)) && surely_visible(k->r, k->o))
                return true;
        }
    return false;
}

/* What the lane answers, as one word. */
static uint64_t answer_in(struct reducer *r, const struct observed *o, enum lane lane)
{
    static struct step steps[PROBE_STEPS];
    uint32_t n = observe_steps(r, o->tree, &o->c, lane, steps);
    uint64_t h = n;
    for (uint32_t k = 0; k < n; k++)
        h = case_mix(h, case_mix(steps[k].status, steps[k].results));
    return h;
}

/* Wrong in another way when other junk lies around: then only junk that is known makes it wrong
 * each time. */
static void prefer_junk(struct reducer *r, struct observed *o)
{
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct observed other = *o;
        other.lane = ways[i].junk;
        if (o->lane == ways[i].plain && surely_visible(r, &other) &&
            answer_in(r, o, ways[i].plain) != answer_in(r, o, ways[i].junk))
            o->lane = ways[i].junk;
    }
}

bool observe(struct reducer *r, bool junk, struct observed *o)
{
    struct observer k = { r, o, r->trees[0] };
    struct observed start = { r->trees[0], r->c, LANE_INTERP, false };
    bool cpu = r->c.baseline_cpu;
    start.c.baseline_cpu = start.c.check_memory = start.c.deterministic = false;
    for (int i = 0; i < 2 + 2 * cpu; i++) {
        start.c.baseline_cpu = i >= 2;
        if ((i % 2 != 0 || !junk) && see(&k, start, i % 2 != 0)) {
            prefer_junk(r, o);
            return true;
        }
    }
    start.places = true;
    return !junk && see(&k, start, false);
}
