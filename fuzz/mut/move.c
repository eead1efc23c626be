/* move.c - mutations that move code: to a function of its own (outline), to an earlier place
 * (hoist).
 *
 * What moves is a stretch of a body: it begins and ends in one block, in live code, and no
 * branch leaves it.  Both give valid code by construction. */
#include "mut/mut.h"
#include <string.h>

enum { LONGEST = 60, SHORTEST = 2, MOST_OPERANDS = 16, PLACES = 16 };

struct stretch {
    uint32_t first, last;       /* instructions [first, last) */
    uint32_t below, low, above; /* operands of the block before, untouched, behind it */
};

/* ---- stretches ----------------------------------------------------------------------------- */

/* Whether a branch goes to a label that is not inside. */
static bool leaves(const struct insn *i, uint32_t nesting)
{
    switch (i->op) {
    case OP_br:
    case OP_br_if: return i->index[0] >= nesting;
    case OP_return: return true;
    case OP_br_table: break;
    default: return false;
    }
    for (uint32_t k = 0; k < i->n; k++)
        if (i->list[k] >= nesting)
            return true;
    return false;
}

/* Takes instruction i into the stretch; false: it cannot be in it. */
static bool extend(const struct mut_site *s, struct stretch *x, uint32_t i)
{
    const struct insn *at = &s->f->code.at[i];
    const struct effect *e = &s->e[i];
    uint32_t nesting = e->depth - s->e[x->first].depth;
    if (leaves(at, nesting))
        return false;
    if (nesting > 0)
        return true;
    uint32_t takes = e->pops + (at->op == OP_if ? at->type->nparams : 0);
    if (e->dead || at->op == OP_else || at->op == OP_end || takes > x->above)
        return false;
    if (x->above - takes < x->low)
        x->low = x->above - takes;
    return true;
}

/* Whether the stretch may end behind instruction i; then its operands there are noted. */
static bool may_end(const struct mut_site *s, struct stretch *x, uint32_t i)
{
    const struct effect *next = &s->e[i + 1];
    if (next->depth != s->e[x->first].depth || next->dead)
        return false;
    x->above = s->e[i].height;
    x->last = i + 1;
    return true;
}

static struct stretch begin_at(const struct mut_site *s, uint32_t first)
{
    uint32_t below = first == 0 ? 0 : s->e[first - 1].height;
    return (struct stretch){ first, first, below, below, below };
}

/* A stretch from s->at on; each end is as likely as any other. */
static bool any_stretch(struct mutation *m, const struct mut_site *s, struct stretch *out)
{
    struct stretch x = begin_at(s, s->at);
    uint32_t ends = 0;
    for (uint32_t i = s->at; i + 1 < s->f->code.len && i < s->at + LONGEST; i++) {
        if (!extend(s, &x, i))
            break;
        if (may_end(s, &x, i) && x.last - x.first >= SHORTEST && mut_below(m, ++ends) == 0)
            *out = x;
    }
    return ends > 0 && out->below - out->low <= MOST_OPERANDS &&
           out->above - out->low <= MOST_OPERANDS;
}

/* The stretch that ends with s->at, if it is one value and nothing else. */
static bool one_value(const struct mut_site *s, struct stretch *x)
{
    *x = begin_at(s, s->e[s->at].start);
    for (uint32_t i = x->first; i <= s->at; i++) {
        if (!extend(s, x, i))
            return false;
        may_end(s, x, i);
    }
    return x->last == s->at + 1 && x->low == x->below && x->above == x->below + 1;
}

/* ---- outline ------------------------------------------------------------------------------- */

/* The locals of the caller that the stretch names: parameters of the callee, behind the
 * operands; those that it writes are results too. */
struct used {
    uint32_t n, nwritten;
    uint32_t *local, *written; /* of the caller */
    uint32_t *param;           /* by local of the caller; UINT32_MAX: not used */
    bool *is_written;
};

static bool names_local(enum op op) { return op_infos[op].imm == IMM_LOCAL; }

static struct used used_locals(struct mutation *m, const struct mut_site *s,
                               const struct stretch *x)
{
    uint32_t most = s->f->type->nparams + s->f->nlocals + 1;
    struct used u = { .local = arena_array(m->a, uint32_t, most),
                      .written = arena_array(m->a, uint32_t, most),
                      .param = arena_array(m->a, uint32_t, most),
                      .is_written = arena_zarray(m->a, bool, most) };
    memset(u.param, 0xFF, most * sizeof *u.param);
    for (uint32_t i = x->first; i < x->last; i++) {
        const struct insn *at = &s->f->code.at[i];
        uint32_t local = at->index[0];
        if (!names_local(at->op))
            continue;
        if (u.param[local] == UINT32_MAX) {
            u.param[local] = x->below - x->low + u.n;
            u.local[u.n++] = local;
        }
        if (at->op != OP_local_get && !u.is_written[local]) {
            u.is_written[local] = true;
            u.written[u.nwritten++] = local;
        }
    }
    return u;
}

static const struct signature *outlined_type(struct mutation *m, const struct mut_site *s,
                                             const struct stretch *x, const struct used *u)
{
    uint32_t taken = x->below - x->low, left = x->above - x->low;
    valtype *params = arena_array(m->a, valtype, taken + u->n + 1);
    valtype *results = arena_array(m->a, valtype, left + u->nwritten + 1);
    for (uint32_t k = 0; k < taken; k++)
        params[k] = s->e[x->first - 1].stack[x->low + k];
    for (uint32_t k = 0; k < u->n; k++)
        params[taken + k] = typing_local(s->f, u->local[k]);
    for (uint32_t k = 0; k < left; k++)
        results[k] = s->e[x->last - 1].stack[x->low + k];
    for (uint32_t k = 0; k < u->nwritten; k++)
        results[left + k] = typing_local(s->f, u->written[k]);
    return signature_new(m->a, params, taken + u->n, results, left + u->nwritten);
}

static void give_local(struct mutation *m, struct mut_code *out, enum op op, uint32_t local)
{
    mut_push(m, out, (struct insn){ .op = op, .index = { local } });
}

static struct mut_code outlined_body(struct mutation *m, const struct mut_site *s,
                                     const struct stretch *x, const struct used *u)
{
    struct mut_code out = { 0 };
    for (uint32_t k = 0; k < x->below - x->low; k++)
        give_local(m, &out, OP_local_get, k);
    for (uint32_t i = x->first; i < x->last; i++) {
        struct insn copy = s->f->code.at[i];
        if (names_local(copy.op))
            copy.index[0] = u->param[copy.index[0]];
        mut_push(m, &out, copy);
    }
    for (uint32_t k = 0; k < u->nwritten; k++)
        give_local(m, &out, OP_local_get, u->param[u->written[k]]);
    mut_push(m, &out, (struct insn){ .op = OP_end });
    return out;
}

bool wasm_outline(struct mutation *m)
{
    struct mut_site s;
    struct stretch x = { 0 };
    struct mut_code call = { 0 };
    bool found = false;
    for (uint32_t k = 0; k < PLACES && !found; k++)
        found = mut_pick(m, &s, NULL) && any_stretch(m, &s, &x);
    if (!found)
        return false;
    struct used u = used_locals(m, &s, &x);
    const struct signature *type = outlined_type(m, &s, &x, &u);
    struct mut_code body = outlined_body(m, &s, &x, &u);
    for (uint32_t k = 0; k < u.n; k++)
        give_local(m, &call, OP_local_get, u.local[k]);
    uint32_t func = tree_total(m->t, EXTERN_FUNC);
    mut_push(m, &call, (struct insn){ .op = OP_call, .index = { func } });
    for (uint32_t k = u.nwritten; k-- > 0;)
        give_local(m, &call, OP_local_set, u.written[k]);
    mut_put(m, &s, x.first, x.last, &call);
    return mut_new_func(m, type, &body) == func;
}

/* ---- hoist --------------------------------------------------------------------------------- */

static uint32_t new_local(struct mutation *m, struct tree_func *f, valtype t)
{
    valtype *locals = arena_array(m->a, valtype, f->nlocals + 1);
    for (uint32_t k = 0; k < f->nlocals; k++)
        locals[k] = f->locals[k];
    locals[f->nlocals] = t;
    f->locals = locals;
    return f->type->nparams + f->nlocals++;
}

static bool opens(enum op op) { return op == OP_block || op == OP_loop || op == OP_if; }

/* The end of the block that the instruction opens. */
static uint32_t end_of(const struct mut_site *s, uint32_t opener)
{
    uint32_t match = s->e[opener].match;
    return s->f->code.at[match].op == OP_else ? s->e[match].match : match;
}

/* Before a block that the expression is in, or anywhere before it. */
static uint32_t earlier_place(struct mutation *m, const struct mut_site *s, uint32_t first)
{
    uint32_t place = mut_below(m, first + 1), blocks = 0;
    if (dna_chance(m->rng, 64))
        return place;
    for (uint32_t i = 0; i < first; i++)
        if (opens(s->f->code.at[i].op) && end_of(s, i) > s->at &&
            mut_below(m, ++blocks) == 0)
            place = i;
    return place;
}

bool wasm_hoist(struct mutation *m)
{
    struct mut_site s;
    struct stretch x;
    struct mut_code out = { 0 };
    bool found = false;
    for (uint32_t k = 0; k < PLACES && !found; k++)
        found = mut_pick(m, &s, mut_makes_value) && one_value(&s, &x);
    if (!found)
        return false;
    uint32_t local = new_local(m, s.f, s.e[s.at].pushes[0]);
    uint32_t place = earlier_place(m, &s, x.first);
    for (uint32_t i = x.first; i < x.last; i++)
        mut_push(m, &out, s.f->code.at[i]);
    give_local(m, &out, OP_local_set, local);
    for (uint32_t i = place; i < x.first; i++)
        mut_push(m, &out, s.f->code.at[i]);
    give_local(m, &out, OP_local_get, local);
    mut_put(m, &s, place, x.last, &out);
    return true;
}
