/* entity.c - mutations of what is around the code: limits, segments, the script; bodies between
 * functions and modules. */
#include "mut/mut.h"
#include <string.h>

enum { MOST_PAGES = 4, MOST_ELEMENTS = 40, SPLICE_TRIES = 16 };

/* ---- limits -------------------------------------------------------------------------------- */

static void change_limits(struct mutation *m, struct limits *l, uint64_t most)
{
    switch (dna_below(m->rng, 3)) {
    case 0: l->min = dna_bits(m->rng, 2) % (most + 1); break;
    case 1: l->has_max = !l->has_max; break;
    default:
        l->max = l->min + dna_below(m->rng, 4);
        l->has_max = true;
        break;
    }
    if (l->has_max && l->max < l->min)
        l->max = l->min;
}

/* Another module may count on them. */
static bool is_imported(const struct mutation *m, enum extern_kind kind, uint32_t defined)
{
    uint32_t index = tree_imports(m->t, kind) + defined;
    for (uint32_t i = 0; mut_has_importer(m) && i < m->t->nexports; i++)
        if (m->t->exports[i].kind == kind && m->t->exports[i].index == index)
            return true;
    return false;
}

bool wasm_limits(struct mutation *m)
{
    struct tree *t = m->t;
    uint32_t n = t->nmemories + t->ntables, k = mut_below(m, n);
    bool memory = k < t->nmemories;
    if (n == 0 || is_imported(m, memory ? EXTERN_MEMORY : EXTERN_TABLE,
                              memory ? k : k - t->nmemories))
        return false;
    if (memory)
        change_limits(m, &t->memories[k].limits, MOST_PAGES);
    else
        change_limits(m, &t->tables[k - t->nmemories].type.limits, MOST_ELEMENTS);
    return true;
}

/* ---- segments and globals ------------------------------------------------------------------ */

/* A constant expression of one constant gets another value. */
static bool change_constant(struct mutation *m, struct code *c, valtype t, uint32_t small)
{
    if (c->len != 2 || !insn_is_const(&c->at[0]) || vt_is_ref(t))
        return false;
    *c = code_copy(m->a, *c);
    c->at[0] = small != 0 ? insn_const(t, mut_below(m, small)) : mut_const(m, t);
    return true;
}

static bool change_data(struct mutation *m)
{
    if (m->t->ndatas == 0)
        return false;
    struct tree_data *d = &m->t->datas[mut_below(m, m->t->ndatas)];
    if (d->mode == SEGMENT_ACTIVE && dna_chance(m->rng, 100))
        return change_constant(m, &d->offset, VT_I32, 0x10000);
    if (d->len == 0)
        return false;
    uint8_t *bytes = arena_alloc(m->a, d->len);
    memcpy(bytes, d->bytes, d->len);
    for (uint32_t k = 0; k < 8; k++)
        bytes[mut_below(m, d->len)] = dna_u8(m->rng);
    d->bytes = bytes;
    return true;
}

static bool change_elem(struct mutation *m)
{
    if (m->t->nelems == 0)
        return false;
    struct tree_elem *e = &m->t->elems[mut_below(m, m->t->nelems)];
    if (e->mode == SEGMENT_ACTIVE && dna_chance(m->rng, 80))
        return change_constant(m, &e->offset, VT_I32, 16);
    if (e->len == 0)
        return false;
    struct code *items = arena_array(m->a, struct code, e->len);
    memcpy(items, e->items, e->len * sizeof *items);
    struct code *item = &items[mut_below(m, e->len)];
    if (item->at[0].op != OP_ref_func)
        return false;
    *item = code_copy(m->a, *item);
    item->at[0].index[0] = mut_below(m, tree_total(m->t, EXTERN_FUNC));
    e->items = items;
    return true;
}

static bool change_global(struct mutation *m)
{
    if (m->t->nglobals == 0)
        return false;
    struct tree_global *g = &m->t->globals[mut_below(m, m->t->nglobals)];
    return change_constant(m, &g->init, g->type.type, 0);
}

bool wasm_segment(struct mutation *m)
{
    switch (dna_below(m->rng, 3)) {
    case 0: return change_data(m);
    case 1: return change_elem(m);
    default: return change_global(m);
    }
}

/* ---- splicing ------------------------------------------------------------------------------ */

/* An index of m->t of the same type as one of another module; false: there is none. */
static bool same_func(struct mutation *m, const struct tree *from, uint32_t *index)
{
    uint32_t n = tree_total(m->t, EXTERN_FUNC), start = mut_below(m, n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (start + k) % n;
        if (!signature_equal(tree_func_type(m->t, i), tree_func_type(from, *index)))
            continue;
        *index = i;
        return true;
    }
    return false;
}

static bool same_global(struct mutation *m, const struct tree *from, uint32_t *index)
{
    struct global_type wanted = tree_global_type(from, *index);
    uint32_t n = tree_total(m->t, EXTERN_GLOBAL), start = mut_below(m, n);
    for (uint32_t k = 0; k < n; k++) {
        struct global_type has = tree_global_type(m->t, (start + k) % n);
        if (has.type != wanted.type || has.mutable_ != wanted.mutable_)
            continue;
        *index = (start + k) % n;
        return true;
    }
    return false;
}

static bool translate(struct mutation *m, const struct tree *from, struct insn *i)
{
    switch ((enum imm)op_infos[i->op].imm) {
    case IMM_FUNC: return same_func(m, from, &i->index[0]);
    case IMM_GLOBAL: return same_global(m, from, &i->index[0]);
    default: return true; /* tables, memories and segments: by number, validation decides */
    }
}

/* Gives `to` the body of `of`, a function of `from`. */
static bool take_body(struct mutation *m, const struct tree *from,
                      const struct tree_func *of, struct tree_func *to)
{
    struct code c = code_copy(m->a, of->code);
    for (uint32_t i = 0; i < c.len; i++)
        if (from != m->t && !translate(m, from, &c.at[i]))
            return false;
    to->code = c;
    to->nlocals = of->nlocals;
    to->locals = of->locals;
    return true;
}

bool wasm_splice(struct mutation *m)
{
    const struct tree *from = m->other != NULL ? m->other : m->t;
    for (uint32_t k = 0; k < SPLICE_TRIES && from->nfuncs > 0 && m->t->nfuncs > 0; k++) {
        const struct tree_func *of = &from->funcs[mut_below(m, from->nfuncs)];
        struct tree_func *to = &m->t->funcs[mut_below(m, m->t->nfuncs)];
        if (of != to && signature_equal(of->type, to->type) && take_body(m, from, of, to))
            return true;
    }
    return false;
}

/* ---- the script ---------------------------------------------------------------------------- */

static void change_action(struct mutation *m, struct action *a)
{
    switch (dna_below(m->rng, 4)) {
    case 0: a->kind = (enum action_kind)dna_below(m->rng, ACTION_LINK); break;
    case 1: a->index = dna_u8(m->rng); break;
    case 2: a->seed ^= UINT64_C(1) << dna_below(m->rng, 64); break;
    default: a->seed = dna_bits(m->rng, 8); break;
    }
}

static void add_action(struct mutation *m)
{
    struct fuzz_case *c = m->c;
    if (c->nactions == CASE_MAX_ACTIONS)
        return;
    c->actions[c->nactions++] =
        (struct action){ ACTION_CALL, dna_u8(m->rng), dna_bits(m->rng, 8) };
}

bool wasm_script(struct mutation *m)
{
    struct fuzz_case *c = m->c;
    m->script_only = true;
    switch (dna_below(m->rng, 8)) {
    case 0: c->tier_mask ^= UINT64_C(1) << dna_below(m->rng, 64); break;
    case 1: c->deterministic = !c->deterministic; break;
    case 2: c->check_memory = !c->check_memory; break;
    case 3: c->host_seed = dna_bits(m->rng, 6); break;
    case 4: add_action(m); break;
    default:
        if (c->nactions == 0)
            add_action(m);
        else
            change_action(m, &c->actions[mut_below(m, c->nactions)]);
        break;
    }
    return true;
}
