/* bisect.c - see bisect.h. */
#include "tools/find/bisect.h"
#include "base/vec.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char entry[] = "entry"; /* culprit.what: wrong before the first instruction */

struct search {
    struct reducer *r;
    struct plan plan;
    struct culprit *c;
    uint32_t func;      /* defined */
    bool locals, plain; /* what cuts store */
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

static bool shows_cut(struct search *s, uint32_t at, uint32_t execution, uint32_t *first)
{
    struct tree *trees[2] = { s->r->trees[0], s->r->trees[1] };
    trees[s->r->active] =
        cut_before(s->r, s->func, at, execution, s->locals, s->plain, first);
    struct bytes_out out = reduce_bytes(s->r, trees);
    return shows(s, out.at, out.len);
}

/* The value that differs in what the cut stored; none is known of a tier that did not get there:
 * then the globals are as they were. */
static void note_values(struct search *s, uint32_t at, uint32_t first)
{
    const struct sight *seen = &s->r->prober->shared->sight;
    const struct finding *f = &seen->finding;
    uint32_t last = (uint32_t)f->a.nglobals;
    last = last > 0 && last <= STEP_MAX_GLOBALS ? last - 1 : 0;
    s->c->what[0] = 0;
    s->c->lost = seen->kind != SIGHT_DIFFERENT || f->a.global[last] != f->b.global[last];
    if (s->c->lost)
        return;
    for (uint32_t g = first; g < f->a.nglobals && g < STEP_MAX_GLOBALS; g++) {
        if (f->a.global[g] == f->b.global[g])
            continue;
        cut_name(s->r, s->func, at, s->locals, g - first, s->c->what);
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

/* What is wrong with the code itself is there as soon as the instruction is. */
static bool find_static(struct search *s)
{
    struct code c = reduce_tree(s->r)->funcs[s->func].code;
    uint32_t low = 0, high = c.len - 1,
             first; /* cut before low: not seen; before high: seen */
    if (shows_cut(s, 0, 0, &first))
        return false;
    const struct effect *e = reduce_effects(s->r, s->func);
    for (uint32_t k = 1; k < c.len; k++) {
        if (e[k].dead)
            continue;
        high = k;
        if (shows_cut(s, k, 0, &first))
            break;
        low = k;
    }
    if (high > low)
        blame(s, low, 1);
    return high > low;
}

/* ---- in the order of execution ------------------------------------------------------------- */

struct moment {
    uint32_t index, execution; /* of the instruction with this number in the body */
    bool first;
};

struct history {
    struct moment *at;
    uint32_t n;
};

static bool index_of(const struct code *c, uint32_t offset, uint32_t *index)
{
    for (uint32_t i = 0; i < c->len; i++)
        if (c->at[i].offset == offset)
            return *index = i, true;
    return false;
}

static void add_moment(struct history *h, uint32_t *counts, uint32_t index)
{
    uint32_t n = ++counts[index];
    h->at[h->n++] = (struct moment){ index, n, n == 1 };
}

static bool goes_on(enum op op)
{
    switch (op) {
    case OP_br:
    case OP_br_if:
    case OP_br_table:
    case OP_return:
    case OP_if:
    case OP_else:
    case OP_end: return false;
    default: return true;
    }
}

/* What the function did in the reference evaluator.  Events say what ended; an instruction that was
 * begun behind one and did not end trapped, or is a call: then it is a moment, too. */
static struct history read_history(struct search *s)
{
    struct reducer *r = s->r;
    struct code c = reduce_tree(r)->funcs[s->func].code;
    uint32_t func = s->func + tree_imports(reduce_tree(r), EXTERN_FUNC);
    const struct plan plan = { .mode = PROBE_TRACE };
    probe(r->prober, &plan, r->bytes, r->size);
    const struct exchange *x = r->prober->shared;
    struct history h = { arena_array(&r->kept, struct moment, 2 * x->nevents + 1), 0 };
    uint32_t *counts = arena_zarray(&r->kept, uint32_t, c.len + 1), index;
    bool *open = arena_zarray(&r->kept, bool, c.len + 1);
    uint32_t begun = 0; /* what comes next if nothing happens */
    for (uint32_t e = 0; e < x->nevents; e++) {
        if (x->events[e].func != func || !index_of(&c, x->events[e].offset, &index))
            continue;
        if (begun < c.len && index != begun && counts[begun] == 0) {
            add_moment(&h, counts, begun);
            open[begun] = true;
        }
        if (!open[index])
            add_moment(&h, counts, index);
        open[index] = false;
        begun = goes_on(c.at[index].op) ? index + 1 : c.len;
    }
    if (begun < c.len && counts[begun] == 0)
        add_moment(&h, counts, begun);
    return h;
}

/* The first moment in [from, to) whose cut shows something, or to; only first executions. */
static uint32_t first_seen(struct search *s, const struct history *h)
{
    uint32_t first;
    for (uint32_t k = 0; k < h->n; k++)
        if (h->at[k].first && shows_cut(s, h->at[k].index, 0, &first)) {
            note_values(s, h->at[k].index, first);
            return k;
        }
    return h->n;
}

/* Between a first execution that was right and the next, which is seen: later executions.  What
 * is wrong once is taken to stay so: in steps that double, then by halves. */
static uint32_t later_seen(struct search *s, const struct history *h, uint32_t from,
                           uint32_t to)
{
    uint32_t first, low = from, high = to, step = 1;
    while (low + 1 < high) {
        uint32_t k = step < high - low ? low + step : low + (high - low) / 2;
        if (shows_cut(s, h->at[k].index, h->at[k].execution, &first)) {
            note_values(s, h->at[k].index, first);
            high = k;
            step = high; /* halves from here */
        } else {
            low = k;
            step *= step < high ? 2 : 1;
        }
    }
    return high;
}

static bool find_dynamic(struct search *s)
{
    struct history h = read_history(s);
    if (h.n == 0)
        return false;
    uint32_t seen = first_seen(s, &h), before = seen;
    while (before > 0 && !h.at[before - 1].first)
        before--;
    if (before > 0 && before < seen)
        seen = later_seen(s, &h, before - 1, seen);
    if (seen == 0) { /* wrong on entry */
        blame(s, h.at[0].index, 1);
        snprintf(s->c->what, sizeof s->c->what, "%s", entry);
        return true;
    }
    blame(s, h.at[seen - 1].index, h.at[seen - 1].execution);
    return true;
}

static bool when_made(const struct reducer *r)
{
    static const char *const made[] = { "audit/", "assertion/", "check/", "sanitizer/" };
    for (size_t i = 0; i < COUNT(made); i++)
        if (strncmp(r->name, made[i], strlen(made[i])) == 0)
            return true;
    return false;
}

/* A constant is seldom wrong, but storing 64 bits of it takes an operation that may be: once more
 * without. */
static void doubt_constant(struct search *s)
{
    const struct culprit first = *s->c;
    if (!insn_is_const(&reduce_tree(s->r)->funcs[s->func].code.at[first.index]))
        return;
    s->plain = true;
    s->c->what[0] = 0;
    s->c->lost = false;
    if (!find_dynamic(s) || strcmp(s->c->what, entry) == 0)
        *s->c = first;
    s->plain = false;
}

static bool find_instruction_of(struct search *s, uint32_t func)
{
    s->func = func - tree_imports(reduce_tree(s->r), EXTERN_FUNC);
    for (int locals = 1; locals >= 0; locals--) {
        s->locals = locals != 0;
        bool order_of_bytes = when_made(s->r) || s->r->active != 0;
        if (order_of_bytes ? find_static(s) : find_dynamic(s)) {
            if (!order_of_bytes)
                doubt_constant(s);
            return true;
        }
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
        bool found = find_instruction_of(s, func);
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
    if (!index_of(&t->funcs[s->func].code, seen->offset, &index))
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
    for (uint32_t k = 0; k < c->nfuncs && !c->has_insn; k++)
        find_instruction(s, c->funcs[k]);
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
    return c->nfuncs > 0;
}

bool culprit_on_entry(const struct culprit *c) { return strcmp(c->what, entry) == 0; }

void culprit_text(const struct culprit *c, char *out, size_t room)
{
    int n = snprintf(out, room, "%s", family_names[c->family]);
    if (c->nfuncs == 0)
        return;
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
