/* bisect.c - see bisect.h. */
#include "tools/find/bisect.h"
#include "base/vec.h"
#include "tools/find/history.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char entry[] = "entry"; /* culprit.what: wrong before the first instruction */

struct search {
    struct reducer *r;
    struct plan plan;
    struct culprit *c;
    uint32_t func;  /* defined */
    struct cut cut; /* what cuts store */
    bool live;      /* what is behind a cut stays reachable */
    bool strict;    /* only what a cut has shown counts, and not what was wrong on entry */
    bool whole;     /* cases run to their end */
    bool shown;     /* a cut has shown something */
};

static bool shows(struct search *s, const uint8_t *bytes, size_t size)
{
    return sight_is_finding(probe(s->r->prober, &s->plan, bytes, size));
}

/* ---- the function -------------------------------------------------------------------------- */

/* The lanes in which functions can be moved one by one. */
static bool start_mask(struct search *s, bool *compiled)
{
    struct reducer *r = s->r;
    *compiled = s->c->family == FAMILY_BASELINE;
    if (r->plan.mode != PROBE_PAIR ||
        (s->c->family != FAMILY_BASELINE && s->c->family != FAMILY_INTERP &&
         s->c->family != FAMILY_MIXED))
        return false;
    s->plan.masked = true;
    s->plan.mask = s->c->family == FAMILY_MIXED ? r->c.tier_mask
                   : *compiled                  ? UINT64_MAX
                                                : 0;
    *compiled |= s->c->family == FAMILY_MIXED;
    return shows(s, r->bytes, r->size);
}

static uint64_t bit_of(uint32_t func) { return UINT64_C(1) << (func & 63); }

/* Moves every function that can be moved out of the odd tier. */
static void find_functions(struct search *s, bool compiled)
{
    const struct tree *t = reduce_tree(s->r);
    uint32_t first = tree_imports(t, EXTERN_FUNC), end = first + t->nfuncs;
    for (uint32_t f = first; f < end && f < first + CULPRIT_FUNCS; f++) {
        uint64_t before = s->plan.mask;
        s->plan.mask ^= compiled == ((before & bit_of(f)) != 0) ? bit_of(f) : 0;
        if (s->plan.mask != before && !shows(s, s->r->bytes, s->r->size))
            s->plan.mask = before;
    }
    for (uint32_t f = first; f < end && s->c->nfuncs < CULPRIT_FUNCS; f++)
        if (((s->plan.mask & bit_of(f)) != 0) == compiled)
            s->c->funcs[s->c->nfuncs++] = f;
}

/* In lanes where they cannot be moved: what is exported, and what those call. */
static void suspect_all(struct search *s)
{
    const struct tree *t = reduce_tree(s->r);
    uint32_t first = tree_imports(t, EXTERN_FUNC);
    for (uint32_t f = first; f < first + t->nfuncs && f < first + CULPRIT_FUNCS; f++)
        s->c->funcs[s->c->nfuncs++] = f;
}

/* ---- cuts ---------------------------------------------------------------------------------- */

/* The case as far as its step `last`. */
static bool shows_cut(struct search *s, uint32_t at, uint32_t execution, uint32_t last,
                      uint32_t *first)
{
    struct reducer *r = s->r;
    struct tree *trees[2] = { r->trees[0], r->trees[1] };
    uint32_t nactions = r->c.nactions;
    s->cut.at = at;
    s->cut.execution = execution;
    trees[r->active] = cut_before(r, s->func, &s->cut, first);
    r->c.nactions = last < nactions && !s->whole ? last : nactions;
    struct bytes_out out = reduce_bytes(r, trees);
    r->c.nactions = nactions;
    return shows(s, out.at, out.len);
}

/* The value that differs in what the cut stored; none is known of a tier that did not get there:
 * then the globals are as they were. */
static void note_values(struct search *s, uint32_t first)
{
    const struct sight *seen = &s->r->prober->shared->sight;
    const struct finding *f = &seen->finding;
    uint32_t last = (uint32_t)f->a.nglobals;
    last = last > 0 && last <= STEP_MAX_GLOBALS ? last - 1 : 0;
    s->shown = true;
    s->c->what[0] = 0;
    s->c->lost = seen->kind != SIGHT_DIFFERENT || f->a.global[last] != f->b.global[last];
    if (s->c->lost)
        return;
    for (uint32_t g = first; g < f->a.nglobals && g < STEP_MAX_GLOBALS; g++) {
        if (f->a.global[g] == f->b.global[g])
            continue;
        cut_name(s->r, s->func, &s->cut, g - first, s->c->what);
        s->c->good = f->a.global[g];
        s->c->odd = f->b.global[g];
        return;
    }
}

static void blame(struct search *s, uint32_t index, uint32_t execution)
{
    const struct tree *t = reduce_tree(s->r);
    const struct insn *i = &t->funcs[s->func].code.at[index];
    s->c->has_insn = true;
    s->c->func = s->func + tree_imports(t, EXTERN_FUNC);
    s->c->index = index;
    s->c->offset = i->offset;
    s->c->op = i->op;
    s->c->execution = execution;
}

/* ---- in the order of the bytes ------------------------------------------------------------- */

/* What is wrong with the code itself is there as soon as the instruction is; seen in no cut, it is
 * what the last does. */
static bool find_static(struct search *s)
{
    struct code c = reduce_tree(s->r)->funcs[s->func].code;
    const struct effect *e = reduce_effects(s->r, s->func);
    uint32_t low = 0, first; /* cut before low: not seen */
    bool seen = false;
    if (shows_cut(s, 0, 0, UINT32_MAX, &first))
        return false;
    for (uint32_t k = 1; k < c.len && !seen; k++) {
        if (e[k].dead)
            continue;
        seen = shows_cut(s, k, 0, UINT32_MAX, &first);
        low = seen ? low : k;
    }
    if (!seen && s->r->active != 0)
        return false;
    blame(s, low, 1);
    return true;
}

/* ---- in the order of execution ------------------------------------------------------------- */

static bool shows_moment(struct search *s, const struct moment *m, bool counted)
{
    uint32_t first;
    if (!shows_cut(s, m->index, counted ? m->execution : 0, m->step, &first))
        return false;
    note_values(s, first);
    return true;
}

/* The first moment whose cut shows something, or all; only first executions. */
static uint32_t first_seen(struct search *s, const struct history *h)
{
    for (uint32_t k = 0; k < h->n; k++)
        if (h->at[k].first && shows_moment(s, &h->at[k], s->live))
            return k;
    return h->n;
}

/* Between a first execution that was right and the next, which is seen: later executions.  What
 * is wrong once is taken to stay so: in steps that double, then by halves. */
static uint32_t later_seen(struct search *s, const struct history *h, uint32_t from,
                           uint32_t to)
{
    uint32_t low = from, high = to, step = 1;
    while (low + 1 < high) {
        uint32_t k = step < high - low ? low + step : low + (high - low) / 2;
        if (shows_moment(s, &h->at[k], true)) {
            high = k;
            step = high; /* halves from here */
        } else {
            low = k;
            step *= step < high ? 2 : 1;
        }
    }
    return high;
}

static void blame_moment(struct search *s, const struct history *h, uint32_t seen)
{
    if (seen == 0) {
        blame(s, h->at[0].index, 1);
        snprintf(s->c->what, sizeof s->c->what, "%s", entry);
    } else {
        blame(s, h->at[seen - 1].index, h->at[seen - 1].execution);
    }
}

/* The first moment that is seen to be wrong in cuts as they are now; the last if none is. */
static uint32_t find_moment(struct search *s, const struct history *h)
{
    s->shown = false;
    s->c->what[0] = 0;
    s->c->lost = false;
    uint32_t seen = first_seen(s, h), before = seen;
    while (before > 0 && !h->at[before - 1].first)
        before--;
    if (before > 0 && before < seen)
        seen = later_seen(s, h, before - 1, seen);
    blame_moment(s, h, seen);
    return seen;
}

/* ---- doubts -------------------------------------------------------------------------------- */

static const struct insn *blamed(const struct search *s)
{
    return &reduce_tree(s->r)->funcs[s->func].code.at[s->c->index];
}

/* As find_moment, in other cuts; what was known stays if that says nothing, or nothing earlier. */
static bool find_earlier(struct search *s, const struct history *h, uint32_t *seen)
{
    const struct culprit known = *s->c;
    bool was_shown = s->shown;
    uint32_t found = find_moment(s, h);
    if (s->shown && (found < *seen || !was_shown)) {
        *seen = found;
        return true;
    }
    *s->c = known;
    s->shown = was_shown;
    return false;
}

/* A constant is seldom wrong, but storing 64 bits of it takes an operation that may be: once more
 * without. */
static void doubt_constant(struct search *s, const struct history *h, uint32_t *seen)
{
    const struct culprit known = *s->c;
    if (!insn_is_const(blamed(s)))
        return;
    s->cut.plain = true;
    uint32_t found = find_moment(s, h);
    if (found == 0)
        *s->c = known;
    else
        *seen = found;
    s->cut.plain = false;
}

/* How cuts are made. */
struct way {
    bool locals;
    bool live;
};

static void look(struct search *s, const struct way *w)
{
    s->cut.locals = w->locals;
    s->live = w->live;
}

static bool find_dynamic(struct search *s)
{
    static const struct way ways[] = {
        { true, false },
        { false, false },
        { true, true },
        { false, true },
    };
    struct history h = history_read(s->r, s->func);
    uint32_t seen = h.n;
    if (h.n == 0)
        return false;
    s->shown = false;
    const struct way *best = &ways[0];
    for (const struct way *w = ways; w < ways + COUNT(ways); w++) {
        look(s, w);
        if (find_earlier(s, &h, &seen))
            best = w;
    }
    look(s, best);
    if (!s->shown)
        blame_moment(s, &h, h.n);
    doubt_constant(s, &h, &seen);
    return !s->strict || (s->shown && seen > 0);
}

static bool when_made(const struct reducer *r)
{
    static const char *const made[] = { "audit/", "assertion/", "check/", "sanitizer/" };
    for (size_t i = 0; i < COUNT(made); i++)
        if (strncmp(r->name, made[i], strlen(made[i])) == 0)
            return true;
    return false;
}

/* A hang or a crash that is there as long as the code is, whether it runs or not. */
static bool when_compiled(struct search *s)
{
    uint32_t first;
    if (s->r->plan.mode != PROBE_PAIR ||
        probe(s->r->prober, &s->plan, s->r->bytes, s->r->size)->kind == SIGHT_DIFFERENT)
        return false;
    s->cut.locals = false;
    return shows_cut(s, 0, 1, UINT32_MAX, &first);
}

static bool find_instruction_of(struct search *s, uint32_t func)
{
    s->func = func - tree_imports(reduce_tree(s->r), EXTERN_FUNC);
    if (!when_made(s->r) && s->r->active == 0 && !when_compiled(s))
        return find_dynamic(s);
    for (int locals = 1; locals >= 0; locals--) {
        s->cut.locals = locals != 0;
        if (find_static(s))
            return true;
    }
    return false;
}

static bool is_suspect(const struct culprit *c, uint32_t func)
{
    for (uint32_t k = 0; k < c->nfuncs; k++)
        if (c->funcs[k] == func)
            return true;
    return false;
}

/* The function that a call of the culprit went to; false: none that is suspected, too. */
static bool callee_of(struct search *s, uint32_t *func)
{
    const struct tree *t = reduce_tree(s->r);
    uint32_t imports = tree_imports(t, EXTERN_FUNC);
    const struct insn *i = &t->funcs[s->c->func - imports].code.at[s->c->index];
    *func = i->index[0];
    return i->op == OP_call && *func >= imports && *func != s->c->func &&
           is_suspect(s->c, *func);
}

/* A call that goes wrong may be one of a function that does: the innermost counts. */
static bool find_instruction(struct search *s, uint32_t func)
{
    enum { MOST_CALLS = 8 };
    struct culprit inner;
    if (!find_instruction_of(s, func))
        return false;
    for (int n = 0; n < MOST_CALLS && callee_of(s, &func); n++) {
        struct culprit *outer = s->c;
        inner = *outer;
        inner.has_insn = false;
        inner.what[0] = 0;
        s->c = &inner;
        bool strict = s->strict;
        s->strict = false;
        bool found = find_instruction_of(s, func);
        s->strict = strict;
        s->c = outer;
        if (!found || strcmp(inner.what, entry) == 0)
            break;
        *outer = inner;
    }
    return true;
}

/* ---- both ---------------------------------------------------------------------------------- */

/* The reference evaluator says itself where its surroundings are not as they must be. */
static bool find_checked(struct search *s, const struct sight *seen)
{
    const struct tree *t = reduce_tree(s->r);
    uint32_t imports = tree_imports(t, EXTERN_FUNC), index;
    if (seen->func < imports || seen->func - imports >= t->nfuncs)
        return false;
    s->func = seen->func - imports;
    if (!history_index(&t->funcs[s->func].code, seen->offset, &index))
        return false;
    s->c->funcs[s->c->nfuncs++] = seen->func;
    blame(s, index, 1);
    return true;
}

/* What is suspected of the active module. */
static void find_suspects(struct search *s, const struct sight *seen)
{
    bool compiled;
    if (seen->kind == SIGHT_CHECK && find_checked(s, seen))
        return;
    if (seen->kind == SIGHT_AUDIT) {
        s->c->funcs[s->c->nfuncs++] = seen->func;
    } else if (start_mask(s, &compiled)) {
        find_functions(s, compiled);
    } else {
        s->plan = s->r->plan;
        suspect_all(s);
    }
}

static void search_module(struct search *s, const struct sight *seen)
{
    struct culprit *c = s->c;
    c->nfuncs = 0;
    find_suspects(s, seen);
    for (int pass = 0; pass < 3 && !c->has_insn; pass++) {
        s->strict = pass < 2;
        s->whole = pass == 1;
        for (uint32_t k = 0; k < c->nfuncs && !c->has_insn; k++)
            if (!find_instruction(s, c->funcs[k]))
                c->has_insn = false;
    }
}

bool bisect(struct reducer *r, struct culprit *c)
{
    struct search s = { .r = r, .plan = r->plan, .c = c };
    *c = (struct culprit){ .family = lane_family(r->plan.odd) };
    const struct sight seen = *probe(r->prober, &r->plan, r->bytes, r->size);
    if (c->family == FAMILY_REFERENCE) {
        c->arbiter = seen.kind == SIGHT_DIFFERENT
                         ? arbiter_ask(r->prober->node, r->bytes, r->size)
                         : ARBITER_NONE;
        c->family = c->arbiter == ARBITER_TIERS ? FAMILY_REFERENCE : FAMILY_SHARED;
    }
    search_module(&s, &seen);
    if (!c->has_insn && r->trees[1] != NULL) {
        reduce_activate(r, 1);
        search_module(&s, &seen);
        c->module = c->has_insn ? 1 : 0;
        reduce_activate(r, 0);
    }
    if (reduce_size(r) == 0)
        c->family = FAMILY_SHARED;
    return c->nfuncs > 0;
}

bool culprit_on_entry(const struct culprit *c) { return strcmp(c->what, entry) == 0; }

void culprit_text(const struct culprit *c, char *out, size_t room)
{
    int n = snprintf(out, room, "%s", family_names[c->family]);
    if (c->nfuncs == 0) {
        snprintf(out + n, room - (size_t)n, ", outside functions");
        return;
    }
    if (!c->has_insn && c->nfuncs > 1)
        return;
    n += snprintf(out + n, room - (size_t)n, "%s, function %u",
                  c->module == 1 ? ", second module" : "",
                  c->has_insn ? c->func : c->funcs[0]);
    if (!c->has_insn)
        return;
    n += snprintf(out + n, room - (size_t)n, ", %s at 0x%x (instruction %u)",
                  op_infos[c->op].text, c->offset, c->index);
    if (c->execution > 1)
        n += snprintf(out + n, room - (size_t)n, ", execution %u", c->execution);
    if (culprit_on_entry(c))
        snprintf(out + n, room - (size_t)n, ": wrong on entry");
    else if (c->what[0] != 0 && c->good != c->odd)
        snprintf(out + n, room - (size_t)n, ": %s is 0x%" PRIx64 ", should be 0x%" PRIx64,
                 c->what, c->odd, c->good);
}
