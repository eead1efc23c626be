/* reduce_locals.c - passes over locals and parameters.  See reduce.h. */
#include "tools/find/reduce.h"
#include "tools/find/refs.h"
#include <string.h>

static bool uses_local(struct code c, uint32_t local)
{
    for (uint32_t i = 0; i < c.len; i++)
        if (op_infos[c.at[i].op].imm == IMM_LOCAL && c.at[i].index[0] == local)
            return true;
    return false;
}

static void close_gap(struct code c, uint32_t local)
{
    for (uint32_t i = 0; i < c.len; i++)
        if (op_infos[c.at[i].op].imm == IMM_LOCAL)
            c.at[i].index[0] -= c.at[i].index[0] > local;
}

static const valtype *without(struct arena *a, const valtype *types, uint32_t n, uint32_t i)
{
    valtype *copy = arena_array(a, valtype, n);
    for (uint32_t k = 0; k < n; k++)
        copy[k - (k > i)] = types[k];
    return copy;
}

/* All locals that nothing names, in one try; else one by one would take long. */
static bool try_unused_locals(struct reducer *r, uint32_t func)
{
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r));
    struct tree_func *f = &t->funcs[func];
    f->code = code_copy(a, f->code);
    for (uint32_t i = f->nlocals; i-- > 0;) {
        uint32_t local = f->type->nparams + i;
        if (uses_local(f->code, local))
            continue;
        f->locals = without(a, f->locals, f->nlocals--, i);
        close_gap(f->code, local);
    }
    return reduce_try(r, t, &r->c);
}

static bool try_unused_local(struct reducer *r, uint32_t func, uint32_t i)
{
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r));
    struct tree_func *f = &t->funcs[func];
    uint32_t local = f->type->nparams + i;
    if (uses_local(f->code, local))
        return false;
    f->code = code_copy(a, f->code);
    f->locals = without(a, f->locals, f->nlocals--, i);
    close_gap(f->code, local);
    return reduce_try(r, t, &r->c);
}

void reduce_locals(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++) {
        if (try_unused_locals(r, f))
            continue;
        for (uint32_t i = reduce_tree(r)->funcs[f].nlocals; i-- > 0;)
            try_unused_local(r, f, i);
    }
}

/* ---- parameters ---------------------------------------------------------------------------- */

/* The code of one caller: what computes the argument goes at each call. */
static struct code without_argument(struct arena *a, const struct effect *e, struct code c,
                                    uint32_t callee, uint32_t param)
{
    bool *gone = arena_zarray(a, bool, c.len);
    struct code out = { arena_array(a, struct insn, c.len), 0 };
    for (uint32_t i = 0; i < c.len; i++) {
        if (c.at[i].op != OP_call || c.at[i].index[0] != callee || e[i].dead)
            continue;
        uint32_t last = param + 1 < e[i].pops ? e[i].popped_start[param + 1] : i;
        for (uint32_t k = e[i].popped_start[param]; k < last; k++)
            gone[k] = true;
    }
    for (uint32_t i = 0; i < c.len; i++)
        if (!gone[i])
            out.at[out.len++] = c.at[i];
    return out;
}

static bool try_unused_param(struct reducer *r, uint32_t func, uint32_t param)
{
    const struct tree *old = reduce_tree(r);
    uint32_t index = func + tree_imports(old, EXTERN_FUNC);
    if (uses_local(old->funcs[func].code, param))
        return false;
    for (uint32_t k = 0; k < old->nfuncs; k++)
        reduce_effects(r, k);
    struct arena *a = reduce_trial(r);
    struct tree *t = refs_copy(a, old);
    struct tree_func *f = &t->funcs[func];
    const struct signature *s = f->type;
    f->type = signature_new(a, without(a, s->params, s->nparams, param), s->nparams - 1,
                            s->results, s->nresults);
    close_gap(f->code, param);
    for (uint32_t k = 0; k < t->nfuncs; k++)
        t->funcs[k].code =
            without_argument(a, reduce_effects(r, k), t->funcs[k].code, index, param);
    return reduce_try(r, t, &r->c);
}

void reduce_params(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++)
        for (uint32_t i = reduce_tree(r)->funcs[f].type->nparams; i-- > 0;)
            try_unused_param(r, f, i);
}

/* ---- results ------------------------------------------------------------------------------- */

/* All results at once of a body whose end is not reached. */
static bool try_no_results(struct reducer *r, uint32_t func)
{
    const struct signature *s = reduce_tree(r)->funcs[func].type;
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r));
    t->funcs[func].type = signature_new(a, s->params, s->nparams, NULL, 0);
    return s->nresults > 0 && reduce_try(r, t, &r->c);
}

/* A result that the body's end takes from a constant or local.get goes with it; other exits and
 * callers make the module invalid, so the try fails. */
static bool try_result(struct reducer *r, uint32_t func, uint32_t k)
{
    const struct effect *e = reduce_effects(r, func);
    const struct tree_func *old = &reduce_tree(r)->funcs[func];
    const struct effect *end = &e[old->code.len - 1];
    if (end->popped_by == NULL)
        return false;
    uint32_t leaf = end->popped_by[k];
    if (e[leaf].pops != 0 || e[leaf].npushes != 1 || old->code.at[leaf].op == OP_end)
        return false;
    struct arena *a = reduce_trial(r);
    struct tree *t = tree_copy(a, reduce_tree(r));
    struct tree_func *f = &t->funcs[func];
    const struct signature *s = f->type;
    f->type = signature_new(a, s->params, s->nparams,
                            without(a, s->results, s->nresults, k), s->nresults - 1);
    f->code = code_splice(a, f->code, leaf, leaf + 1, NULL, 0);
    return reduce_try(r, t, &r->c);
}

void reduce_results(struct reducer *r)
{
    for (uint32_t f = 0; f < reduce_tree(r)->nfuncs; f++) {
        if (try_no_results(r, f))
            continue;
        for (uint32_t i = reduce_tree(r)->funcs[f].type->nresults; i-- > 0;)
            try_result(r, f, i);
    }
}
