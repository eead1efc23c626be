/* reduce.c - the core of the reducer: what a case weighs, and whether a change is kept.
 * See reduce.h. */
#include "tools/find/reduce.h"
#include <stdio.h>
#include <string.h>

/* Beyond this many instructions the slow passes run, too. */
enum { REDUCE_SMALL = 15 };

/* ---- weight -------------------------------------------------------------------------------- */

/* What each thing costs.  Drops and zeros are what other instructions turn into, so they must be
 * cheap; a call keeps a whole function alive. */
enum {
    WEIGHT_NOP = 1,
    WEIGHT_END = 2,
    WEIGHT_DROP = 4,
    WEIGHT_ZERO = 6,
    WEIGHT_CONST = 8,
    WEIGHT_GET = 12,
    WEIGHT_INSN = 24,
    WEIGHT_CALL = 40,
    WEIGHT_LABEL = 2,
    WEIGHT_IMPORT = 200,
    WEIGHT_FUNC = 60,
    WEIGHT_VALUE = 6,
    WEIGHT_STORE = 30,
    WEIGHT_EXPORT = 20,
    WEIGHT_SEGMENT = 30,
    WEIGHT_ACTION = 60,
    WEIGHT_OPTION = 10,
    WEIGHT_MODULE = 500,
};

static uint64_t insn_weight(const struct insn *i)
{
    switch (i->op) {
    case OP_nop: return WEIGHT_NOP;
    case OP_end:
    case OP_else: return WEIGHT_END;
    case OP_drop: return WEIGHT_DROP;
    case OP_unreachable: return WEIGHT_ZERO;
    case OP_ref_null: return WEIGHT_ZERO;
    case OP_local_get: return WEIGHT_GET;
    case OP_call:
    case OP_call_indirect: return WEIGHT_CALL;
    case OP_if:
    case OP_loop: return WEIGHT_INSN + WEIGHT_DROP + WEIGHT_END;
    default: break;
    }
    if (insn_is_const(i))
        return i->bits == 0   ? WEIGHT_ZERO
               : i->bits == 1 ? WEIGHT_ZERO + 1
                              : WEIGHT_CONST + (i->bits > 63);
    bool memory = op_infos[i->op].imm == IMM_MEMARG;
    return WEIGHT_INSN + WEIGHT_LABEL * i->n + (memory && i->bits != 0);
}

static uint64_t code_weight(struct code c)
{
    uint64_t w = 0;
    for (uint32_t i = 0; i < c.len; i++)
        w += insn_weight(&c.at[i]);
    return w;
}

static uint64_t tree_weight(const struct tree *t)
{
    uint64_t w = WEIGHT_IMPORT * t->nimports + WEIGHT_EXPORT * t->nexports +
                 WEIGHT_STORE * (t->ntables + t->nmemories + t->nglobals) +
                 WEIGHT_SEGMENT * (t->nelems + t->ndatas) + WEIGHT_OPTION * t->has_start;
    for (uint32_t f = 0; f < t->nfuncs; f++)
        w += WEIGHT_FUNC + code_weight(t->funcs[f].code) +
             WEIGHT_VALUE * (t->funcs[f].nlocals + t->funcs[f].type->nparams +
                             t->funcs[f].type->nresults);
    for (uint32_t i = 0; i < t->nglobals; i++)
        w += code_weight(t->globals[i].init);
    for (uint32_t i = 0; i < t->nelems; i++)
        w += t->elems[i].len + code_weight(t->elems[i].offset);
    for (uint32_t i = 0; i < t->ndatas; i++)
        w += t->datas[i].len + code_weight(t->datas[i].offset);
    for (uint32_t i = 0; i < t->nmemories; i++)
        w += t->memories[i].limits.min + t->memories[i].limits.has_max;
    for (uint32_t i = 0; i < t->ntables; i++)
        w += t->tables[i].type.limits.min + t->tables[i].type.limits.has_max;
    return w;
}

static uint64_t script_weight(const struct fuzz_case *c)
{
    uint64_t w =
        WEIGHT_OPTION * (1U * c->deterministic + c->check_memory + c->baseline_cpu) +
        (c->earlier != NULL ? WEIGHT_MODULE : 0);
    for (uint32_t k = 0; k < c->nactions; k++)
        w += WEIGHT_ACTION + 1U * (c->actions[k].kind != ACTION_CALL) +
             (c->actions[k].seed > 0) + (c->actions[k].seed > 1);
    return w;
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* The modules, the second as a section of the first, and the script. */
static struct bytes_out case_bytes(struct arena *a, struct tree *const trees[2],
                                   const struct fuzz_case *c)
{
    struct bytes_out first = tree_write(a, trees[0]), second = { NULL, 0 };
    if (trees[1] != NULL)
        second = tree_write(a, trees[1]);
    uint8_t *out = arena_alloc(a, first.len + second.len + c->earlier_len +
                                      2 * CASE_LINK_HEAD + SCRIPT_MAX),
            *p = out;
    memcpy(p, first.at, first.len);
    p += first.len;
    if (second.at != NULL) {
        p += case_link_head(p, second.len);
        memcpy(p, second.at, second.len);
        p += second.len;
    }
    if (c->earlier != NULL) {
        p += case_prev_head(p, c->earlier_len);
        memcpy(p, c->earlier, c->earlier_len);
        p += c->earlier_len;
    }
    p += script_write(c, p);
    return (struct bytes_out){ out, (uint32_t)(p - out) };
}

/* What is run: the case, or the later one with it before. */
static struct bytes_out bytes_to_run(struct reducer *r, struct bytes_out own)
{
    if (r->later == NULL)
        return own;
    return earlier_join(&r->trial, r->later->wasm, r->later->wasm_len, own.at, own.len);
}

/* Reads r->bytes back into trees. */
static bool read_back(struct reducer *r)
{
    struct fuzz_case c;
    uint8_t *bytes = memcpy(arena_alloc(&r->kept, r->size), r->bytes, r->size);
    if (!case_read(bytes, r->size, &r->kept, &c))
        return false;
    r->bytes = bytes;
    r->c = c;
    r->trees[0] = tree_read(&r->kept, c.wasm, c.wasm_len);
    r->trees[1] = c.second != NULL ? tree_read(&r->kept, c.second, c.second_len) : NULL;
    if (r->trees[0] == NULL || (c.second != NULL && r->trees[1] == NULL))
        return false;
    r->effects = NULL;
    r->events = NULL;
    return true;
}

static uint64_t case_weight(struct tree *const trees[2], const struct fuzz_case *c)
{
    uint64_t w = tree_weight(trees[0]) + script_weight(c);
    return trees[1] == NULL ? w : w + WEIGHT_MODULE + tree_weight(trees[1]);
}

struct bytes_out reduce_bytes(struct reducer *r, struct tree *const trees[2])
{
    return case_bytes(&r->trial, trees, &r->c);
}

/* ---- tries --------------------------------------------------------------------------------- */

bool reduce_time_is_over(const struct reducer *r) { return prober_seconds() > r->deadline; }

struct arena *reduce_trial(struct reducer *r)
{
    arena_reset(&r->trial);
    return &r->trial;
}

/* Keeps the bytes, which lie in the trial arena: everything kept before is freed. */
static bool keep(struct reducer *r, struct bytes_out out, uint64_t weight)
{
    arena_reset(&r->kept);
    r->bytes = out.at;
    r->size = out.len;
    r->weight = weight;
    r->kept_tries++;
    return read_back(r);
}

/* Seen in the lanes of the plan, and still in those that the oracle chooses, so that it replays
 * without a plan; that in a new process, as what earlier cases left behind is not there then. */
static bool shows_the_same(struct reducer *r, struct bytes_out out)
{
    const struct plan oracle = { .mode = PROBE_ORACLE, .audit = r->plan.audit };
    char name[SIGHT_TEXT];
    out = bytes_to_run(r, out);
    const struct sight *s = probe(r->prober, &r->plan, out.at, out.len);
    enum sight_kind kind = s->kind;
    if (!sight_is_finding(s))
        return false;
    sight_name(s, name);
    if (strcmp(name, r->name) != 0)
        return false;
    prober_fresh(r->prober);
    return probe(r->prober, &oracle, out.at, out.len)->kind == kind;
}

bool reduce_try(struct reducer *r, const struct tree *t, const struct fuzz_case *c)
{
    struct tree *trees[2] = { r->trees[0], r->trees[1] };
    trees[r->active] = (struct tree *)t;
    uint64_t weight = case_weight(trees, c);
    if (weight >= r->weight || reduce_time_is_over(r))
        return false;
    struct bytes_out out = case_bytes(&r->trial, trees, c);
    return shows_the_same(r, out) && keep(r, out, weight);
}

bool reduce_try_code(struct reducer *r, uint32_t func, struct code code)
{
    struct tree *t = tree_copy(&r->trial, reduce_tree(r));
    t->funcs[func].code = code;
    return reduce_try(r, t, &r->c);
}

struct code code_splice(struct arena *a, struct code c, uint32_t first, uint32_t last,
                        const struct insn *instead, uint32_t n)
{
    uint32_t len = c.len - (last - first) + n;
    struct insn *at = arena_array(a, struct insn, len);
    memcpy(at, c.at, first * sizeof *at);
    if (n > 0)
        memcpy(at + first, instead, n * sizeof *at);
    memcpy(at + first + n, c.at + last, (c.len - last) * sizeof *at);
    return (struct code){ at, len };
}

const struct effect *reduce_effects(struct reducer *r, uint32_t func)
{
    const struct tree *t = reduce_tree(r);
    if (r->effects == NULL)
        r->effects = arena_zarray(&r->kept, const struct effect *, t->nfuncs);
    if (r->effects[func] == NULL)
        r->effects[func] = typing_of(&r->kept, t, func);
    return r->effects[func];
}

/* ---- values -------------------------------------------------------------------------------- */

static void trace(struct reducer *r)
{
    const struct plan plan = { .mode = PROBE_TRACE };
    probe(r->prober, &plan, r->bytes, r->size);
    r->nevents = r->prober->shared->nevents;
    struct probe_event *events = arena_array(&r->kept, struct probe_event, r->nevents + 1);
    memcpy(events, r->prober->shared->events, r->nevents * sizeof *events);
    r->events = events;
}

static bool is_among(const uint64_t *bits, uint32_t n, uint64_t value)
{
    for (uint32_t i = 0; i < n; i++)
        if (bits[i] == value)
            return true;
    return false;
}

uint32_t reduce_values(struct reducer *r, uint32_t func, uint32_t at, uint64_t *bits,
                       uint32_t n)
{
    uint32_t found = 0;
    if (r->active != 0) /* events do not say whose function it is */
        return 0;
    if (r->events == NULL)
        trace(r);
    const struct tree *t = reduce_tree(r);
    uint32_t index = func + tree_imports(t, EXTERN_FUNC);
    uint32_t offset = t->funcs[func].code.at[at].offset;
    for (uint32_t i = 0; i < r->nevents && found < n; i++) {
        const struct probe_event *e = &r->events[i];
        if (e->func == index && e->offset == offset && e->type != VT_BOTTOM &&
            !vt_is_ref(e->type) && !is_among(bits, found, e->bits))
            bits[found++] = e->bits;
    }
    return found;
}

/* ---- from start to end --------------------------------------------------------------------- */

/* The case in the form that the passes change, with every instruction in its shortest form. */
static bool normalize(struct reducer *r, const uint8_t *data, size_t size)
{
    struct fuzz_case c;
    if (!case_read(data, size, &r->kept, &c)) {
        fprintf(stderr, "not a case: neither a module nor DNA of this version\n");
        return false;
    }
    r->c = c;
    r->trees[0] = tree_read(&r->kept, c.wasm, c.wasm_len);
    r->trees[1] = c.second != NULL ? tree_read(&r->kept, c.second, c.second_len) : NULL;
    if (r->trees[0] == NULL || (c.second != NULL && r->trees[1] == NULL))
        return false;
    struct bytes_out out = case_bytes(&r->trial, r->trees, &c);
    return keep(r, out, UINT64_MAX);
}

/* What runs longer than this does not end: cases have a budget of a few milliseconds. */
static void shorten_timeout(struct reducer *r)
{
    enum { SHORT_MS = 200 };
    const struct plan good = { .mode = PROBE_LANE, .odd = r->plan.good };
    uint32_t usual = r->prober->timeout_ms;
    r->prober->timeout_ms = usual < SHORT_MS ? usual : SHORT_MS;
    if (r->plan.mode == PROBE_PAIR &&
        probe(r->prober, &good, r->bytes, r->size)->kind == SIGHT_HANG)
        r->prober->timeout_ms = usual;
}

/* The plan, also for a case that shows nothing without another one before it. */
static bool find_plan(struct reducer *r, struct sight *s)
{
    struct bytes_out joined;
    if (plan_find(r->prober, r->bytes, r->size, &r->plan, s))
        return true;
    return r->c.earlier == NULL &&
           earlier_guess(r->prober, &r->trial, r->bytes, r->size, &joined) &&
           keep(r, joined, UINT64_MAX) &&
           plan_find(r->prober, r->bytes, r->size, &r->plan, s);
}

/* What the generator promised, a smaller module need not keep; unless that is what is asked. */
static bool drop_promises(struct reducer *r, const struct sight *s)
{
    bool asked = s->kind == SIGHT_DIFFERENT &&
                 finding_difference(s->finding.kind) == DIFFERENCE_RULE;
    if (asked)
        return true;
    r->c.trap_free = r->c.generated = false;
    reduce_trial(r);
    return keep(r, case_bytes(&r->trial, r->trees, &r->c), UINT64_MAX);
}

bool reducer_init(struct reducer *r, struct prober *p, const uint8_t *data, size_t size,
                  double seconds)
{
    struct sight s;
    memset(r, 0, sizeof *r);
    r->prober = p;
    r->deadline = prober_seconds() + seconds;
    arena_init(&r->kept, &r->heap);
    arena_init(&r->trial, &r->heap);
    r->kept.oom = r->trial.oom = &p->oom;
    if (!normalize(r, data, size))
        return false;
    if (!find_plan(r, &s)) {
        fprintf(stderr, "the case shows nothing\n");
        return false;
    }
    sight_name(&s, r->name);
    if (!drop_promises(r, &s))
        return false;
    if (s.kind == SIGHT_HANG)
        shorten_timeout(r);
    r->weight = case_weight(r->trees, &r->c);
    return true;
}

void reducer_free(struct reducer *r)
{
    arena_free(&r->kept);
    arena_free(&r->trial);
}

static void (*const passes[])(struct reducer *r) = {
    reduce_script,      reduce_exports,   reduce_bodies,  reduce_ranges,
    reduce_expressions, reduce_blocks,    reduce_imports, reduce_unused,
    reduce_contents,    reduce_constants, reduce_locals,  reduce_params,
    reduce_results,     reduce_dropped,   reduce_moves,   reduce_loops,
};

void reduce_activate(struct reducer *r, uint32_t which)
{
    if (r->active != which)
        r->effects = NULL;
    r->active = which;
}

static void reduce_active(struct reducer *r)
{
    for (size_t i = 0; i < COUNT(passes) && reduce_tree(r) != NULL; i++)
        passes[i](r);
}

static void until_nothing_helps(struct reducer *r)
{
    uint64_t before = UINT64_MAX;
    while (r->weight < before && !reduce_time_is_over(r)) {
        before = r->weight;
        if (r->trees[1] != NULL)
            reduce_to_second(r);
        reduce_activate(r, 1);
        if (r->trees[1] != NULL) {
            reduce_trial(r);
            reduce_try(r, NULL, &r->c);
        }
        reduce_active(r);
        reduce_activate(r, 0);
        reduce_active(r);
    }
}

/* The same in another lane of the tier, which may show it with less. */
static bool change_lane(struct reducer *r, enum lane lane)
{
    struct plan plan = r->plan;
    char name[SIGHT_TEXT];
    plan.odd = lane;
    if (plan.mode != PROBE_PAIR || lane_family(lane) != lane_family(r->plan.odd))
        return false;
    const struct sight *s = probe(r->prober, &plan, r->bytes, r->size);
    if (!sight_is_finding(s))
        return false;
    sight_name(s, name);
    if (strcmp(name, r->name) != 0)
        return false;
    r->plan = plan;
    return true;
}

static uint32_t size_of(const struct reducer *r)
{
    return tree_instructions(r->trees[0]) +
           (r->trees[1] != NULL ? tree_instructions(r->trees[1]) : 0);
}

uint32_t reduce_size(struct reducer *r)
{
    struct fuzz_case c;
    struct arena *a = reduce_trial(r);
    struct tree *t = NULL;
    uint32_t n = size_of(r);
    if (r->c.earlier != NULL && case_read(r->c.earlier, r->c.earlier_len, a, &c))
        t = tree_read(a, c.wasm, c.wasm_len);
    return t == NULL ? n : n + tree_instructions(t);
}

static void try_harder(struct reducer *r)
{
    uint64_t before = UINT64_MAX;
    while (r->weight < before && size_of(r) > REDUCE_SMALL && !reduce_time_is_over(r)) {
        before = r->weight;
        reduce_pairs(r);
        until_nothing_helps(r);
    }
}

static bool try_without_earlier(struct reducer *r)
{
    struct fuzz_case c = r->c;
    c.earlier = NULL;
    c.earlier_len = 0;
    reduce_trial(r);
    return reduce_try(r, reduce_tree(r), &c);
}

/* The case before gets smaller as any other, as long as it is of use. */
static void reduce_earlier(struct reducer *r)
{
    struct fuzz_case c = r->c, later;
    struct reducer before = { .prober = r->prober, .plan = r->plan, .later = &later };
    if (c.earlier == NULL || try_without_earlier(r))
        return;
    c.earlier = NULL;
    c.earlier_len = 0;
    struct bytes_out own = case_bytes(&r->kept, r->trees, &c);
    later = (struct fuzz_case){ .wasm = own.at, .wasm_len = own.len };
    memcpy(before.name, r->name, sizeof before.name);
    before.deadline = r->deadline;
    arena_init(&before.kept, &before.heap);
    arena_init(&before.trial, &before.heap);
    before.kept.oom = before.trial.oom = &r->prober->oom;
    if (normalize(&before, r->c.earlier, r->c.earlier_len) &&
        shows_the_same(&before, (struct bytes_out){ before.bytes, before.size })) {
        before.weight = case_weight(before.trees, &before.c);
        until_nothing_helps(&before);
        c.earlier = before.bytes;
        c.earlier_len = before.size;
        reduce_trial(r);
        keep(r, case_bytes(&r->trial, r->trees, &c), r->weight);
    }
    reducer_free(&before);
}

void reduce(struct reducer *r)
{
    reduce_earlier(r);
    until_nothing_helps(r);
    try_harder(r);
    reduce_earlier(r);
    for (int lane = 0; lane < LANE_COUNT && size_of(r) > REDUCE_SMALL; lane++)
        if (change_lane(r, (enum lane)lane)) {
            until_nothing_helps(r);
            try_harder(r);
        }
}
