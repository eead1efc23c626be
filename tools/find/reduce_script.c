/* reduce_script.c - passes over the script and the exports that it goes by.  See reduce.h. */
#include "tools/find/reduce.h"
#include <string.h>

/* ---- actions ------------------------------------------------------------------------------- */

static bool try_without_actions(struct reducer *r, uint32_t first, uint32_t n)
{
    struct fuzz_case c = r->c;
    reduce_trial(r);
    memmove(&c.actions[first], &c.actions[first + n],
            (c.nactions - first - n) * sizeof *c.actions);
    c.nactions -= n;
    return reduce_try(r, reduce_tree(r), &c);
}

static bool try_seed(struct reducer *r, uint32_t k, uint64_t seed)
{
    struct fuzz_case c = r->c;
    reduce_trial(r);
    c.actions[k].seed = seed;
    return reduce_try(r, reduce_tree(r), &c);
}

static void try_plain(struct reducer *r)
{
    struct fuzz_case c = r->c;
    reduce_trial(r);
    c.deterministic = c.check_memory = c.baseline_cpu = false;
    reduce_try(r, reduce_tree(r), &c);
}

static uint32_t exports_of(const struct tree *t, enum extern_kind kind, uint32_t before)
{
    uint32_t n = 0;
    for (uint32_t i = 0; t != NULL && i < t->nexports && i < before; i++)
        n += t->exports[i].kind == kind;
    return n;
}

/* A call goes to another export, and what it went to is emptied. */
static bool try_target(struct reducer *r, uint32_t k, uint32_t ordinal, uint64_t seed)
{
    struct arena *a = reduce_trial(r);
    struct fuzz_case c = r->c;
    struct tree *t = tree_copy(a, reduce_tree(r));
    uint32_t imports = tree_imports(t, EXTERN_FUNC), func = 0;
    uint32_t skip = c.actions[k].index % exports_of(t, EXTERN_FUNC, UINT32_MAX);
    for (uint32_t i = 0; i < t->nexports; i++)
        if (t->exports[i].kind == EXTERN_FUNC && skip-- == 0)
            func = t->exports[i].index;
    if (func < imports)
        return false;
    struct insn *body = arena_zarray(a, struct insn, 2);
    body[0].op = OP_unreachable;
    body[1].op = OP_end;
    t->funcs[func - imports].code = (struct code){ body, 2 };
    c.actions[k].index = ordinal;
    c.actions[k].seed = seed;
    return reduce_try(r, t, &c);
}

/* With the seed that it has, and some that stand for other arguments. */
static bool try_targets_of(struct reducer *r, uint32_t k)
{
    enum { SEEDS = 24 };
    uint32_t n = exports_of(r->trees[0], EXTERN_FUNC, UINT32_MAX);
    for (uint32_t i = 0; i < n && r->c.actions[k].kind == ACTION_CALL; i++) {
        if (try_target(r, k, i, r->c.actions[k].seed))
            return true;
        for (uint64_t seed = 0; seed < SEEDS && reduce_tree(r)->nimports > 0; seed++)
            if (try_target(r, k, i, seed))
                return true;
    }
    return false;
}

static void try_targets(struct reducer *r)
{
    for (uint32_t k = 0; k < r->c.nactions && r->active == 0; k++)
        try_targets_of(r, k);
}

void reduce_script(struct reducer *r)
{
    for (uint32_t n = r->c.nactions; n > 0; n /= 2)
        for (uint32_t k = r->c.nactions; k-- > 0;)
            if (k + n <= r->c.nactions)
                try_without_actions(r, k, n);
    for (uint32_t k = 0; k < r->c.nactions; k++)
        (void)(try_seed(r, k, 0) || try_seed(r, k, 1));
    try_targets(r);
    try_plain(r);
}

/* ---- exports ------------------------------------------------------------------------------- */

/* The kinds of exports that actions count. */
static bool counts(enum action_kind action, enum extern_kind kind)
{
    switch (action) {
    case ACTION_CALL: return kind == EXTERN_FUNC;
    case ACTION_GROW_MEMORY:
    case ACTION_WRITE_MEMORY: return kind == EXTERN_MEMORY;
    case ACTION_GROW_TABLE:
    case ACTION_SET_TABLE: return kind == EXTERN_TABLE;
    case ACTION_SET_GLOBAL: return kind == EXTERN_GLOBAL;
    default: return false;
    }
}

/* Actions keep their targets when export number `out` of the active tree goes. */
static void renumber(const struct reducer *r, struct fuzz_case *c, uint32_t out)
{
    const struct tree *t = reduce_tree(r);
    enum extern_kind kind = t->exports[out].kind;
    uint32_t first = exports_of(r->trees[0], kind, UINT32_MAX);
    uint32_t total = first + exports_of(r->trees[1], kind, UINT32_MAX);
    uint32_t ordinal = exports_of(t, kind, out) + (r->active == 1 ? first : 0);
    bool linked = r->trees[1] == NULL;
    for (uint32_t k = 0; k < c->nactions; k++) {
        struct action *a = &c->actions[k];
        linked |= a->kind == ACTION_LINK;
        if (!counts(a->kind, kind))
            continue;
        a->index %= linked ? total : first > 0 ? first : 1;
        a->index -= a->index > ordinal;
    }
}

static bool try_without_export(struct reducer *r, uint32_t i)
{
    struct fuzz_case c = r->c;
    renumber(r, &c, i);
    struct tree *t = tree_copy(reduce_trial(r), reduce_tree(r));
    memmove(&t->exports[i], &t->exports[i + 1], (t->nexports - i - 1) * sizeof *t->exports);
    t->nexports--;
    return reduce_try(r, t, &c);
}

/* A function that the exported one calls is exported in its place; its caller is then worth
 * nothing, so it goes in the same try. */
static bool try_callee(struct reducer *r, uint32_t i, uint32_t callee)
{
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r));
    uint32_t imports = tree_imports(t, EXTERN_FUNC), caller = t->exports[i].index;
    if (callee == caller || callee < imports)
        return false;
    t->exports[i].index = callee;
    struct insn *body = arena_zarray(a, struct insn, 2);
    body[0].op = OP_unreachable;
    body[1].op = OP_end;
    t->funcs[caller - imports].code = (struct code){ body, 2 };
    return reduce_try(r, t, &r->c);
}

static void try_callees(struct reducer *r, uint32_t i)
{
    const struct tree *t = reduce_tree(r);
    uint32_t imports = tree_imports(t, EXTERN_FUNC);
    if (t->exports[i].kind != EXTERN_FUNC || t->exports[i].index < imports)
        return;
    struct code c = t->funcs[t->exports[i].index - imports].code;
    for (uint32_t k = 0; k < c.len; k++)
        if (c.at[k].op == OP_call && try_callee(r, i, c.at[k].index[0]))
            return;
}

void reduce_exports(struct reducer *r)
{
    for (uint32_t i = reduce_tree(r)->nexports; i-- > 0;)
        if (i < reduce_tree(r)->nexports)
            try_without_export(r, i);
    for (uint32_t i = 0; i < reduce_tree(r)->nexports; i++)
        try_callees(r, i);
}

/* ---- the second module ---------------------------------------------------------------------- */

/* The actions on the second module's exports, numbered without the first's. */
static struct fuzz_case script_of_second(const struct reducer *r)
{
    static const enum extern_kind kinds[] = { EXTERN_FUNC, EXTERN_TABLE, EXTERN_MEMORY,
                                              EXTERN_GLOBAL };
    struct fuzz_case c = r->c;
    c.nactions = 0;
    for (uint32_t k = 0; k < r->c.nactions; k++)
        for (size_t i = 0; i < COUNT(kinds); i++) {
            struct action a = r->c.actions[k];
            uint32_t first = exports_of(r->trees[0], kinds[i], UINT32_MAX);
            uint32_t total = first + exports_of(r->trees[1], kinds[i], UINT32_MAX);
            if (!counts(a.kind, kinds[i]) || total == 0 || a.index % total < first)
                continue;
            a.index = a.index % total - first;
            c.actions[c.nactions++] = a;
        }
    return c;
}

void reduce_to_second(struct reducer *r)
{
    struct tree *first = r->trees[0], *second = r->trees[1];
    struct fuzz_case c = script_of_second(r);
    reduce_trial(r);
    reduce_activate(r, 0);
    r->trees[1] = NULL;
    if (!reduce_try(r, second, &c)) {
        r->trees[0] = first;
        r->trees[1] = second;
    }
}
