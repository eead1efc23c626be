/* define.c - mutations by which functions, globals and calls come and go.
 *
 * What is new stands at the end of its index space, so no index changes.  What goes leaves
 * zeros and drops in its place; what another module of the case may import stays. */
#include "mut/mut.h"
#include "tools/find/refs.h"
#include <stdio.h>
#include <string.h>

enum { MOST_PARAMS = 4, MOST_RESULTS = 3, BODY_DEPTH = 3, TABLE_INDEX = 8, NAME = 12 };

#define REMOVE_AT(list, n, i) \
    (memmove(&(list)[i], &(list)[(i) + 1], ((n) - (i)-1) * sizeof *(list)), (n)--)

/* A copy of list[0..n) with room for one more. */
static void *longer(struct mutation *m, const void *list, uint32_t n, size_t size)
{
    uint8_t *copy = arena_zalloc(m->a, (n + 1) * size);
    if (n > 0)
        memcpy(copy, list, n * size);
    return copy;
}

/* ---- exports ------------------------------------------------------------------------------- */

static bool is_taken(const struct tree *t, struct name name)
{
    for (uint32_t i = 0; i < t->nexports; i++)
        if (t->exports[i].name.len == name.len &&
            memcmp(t->exports[i].name.at, name.at, name.len) == 0)
            return true;
    return false;
}

static bool add_export(struct mutation *m, enum extern_kind kind, uint32_t index)
{
    struct tree *t = m->t;
    char *text = arena_zalloc(m->a, NAME);
    snprintf(text, NAME, "%c%u", kind == EXTERN_FUNC ? 'm' : 'g', index);
    struct name name = { text, (uint32_t)strlen(text) };
    if (is_taken(t, name))
        return false;
    t->exports = longer(m, t->exports, t->nexports, sizeof *t->exports);
    t->exports[t->nexports++] =
        (struct export){ .name = name, .kind = kind, .index = index };
    return true;
}

/* How many exports there are of a kind; of them, *named have that index. */
static uint32_t count_exports(const struct tree *t, enum extern_kind kind, uint32_t index,
                              uint32_t *named)
{
    uint32_t n = 0;
    *named = 0;
    for (uint32_t i = 0; i < t->nexports; i++) {
        n += t->exports[i].kind == kind;
        *named += t->exports[i].kind == kind && t->exports[i].index == index;
    }
    return n;
}

static void drop_exports(struct tree *t, enum extern_kind kind, uint32_t index)
{
    for (uint32_t i = t->nexports; i-- > 0;)
        if (t->exports[i].kind == kind && t->exports[i].index == index)
            REMOVE_AT(t->exports, t->nexports, i);
}

/* ---- calls --------------------------------------------------------------------------------- */

/* The topmost value goes to a local of its type, or nowhere. */
static void give_away(struct mutation *m, struct mut_code *out, const struct tree_func *f,
                      valtype t)
{
    uint32_t n = f->type->nparams + f->nlocals, start = mut_below(m, n);
    for (uint32_t k = 0; k < n && dna_chance(m->rng, 192); k++) {
        uint32_t local = (start + k) % n;
        if (typing_local(f, local) != t)
            continue;
        mut_push(m, out, (struct insn){ .op = OP_local_set, .index = { local } });
        return;
    }
    mut_push(m, out, (struct insn){ .op = OP_drop });
}

/* By way of a random element of a table of functions; false: there is no such table. */
static bool give_indirect(struct mutation *m, struct mut_code *out,
                          const struct signature *type)
{
    uint32_t n = tree_total(m->t, EXTERN_TABLE), table = mut_below(m, n);
    if (n == 0 || tree_table_type(m->t, table).elem != VT_FUNCREF)
        return false;
    mut_push(m, out, insn_const(VT_I32, mut_below(m, TABLE_INDEX)));
    mut_push(m, out,
             (struct insn){ .op = OP_call_indirect, .type = type, .index = { 0, table } });
    return true;
}

/* A call of func before a random live instruction. */
static bool insert_call(struct mutation *m, uint32_t func, bool indirect)
{
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, NULL))
        return false;
    const struct signature *type = tree_func_type(m->t, func);
    for (uint32_t k = 0; k < type->nparams; k++)
        mut_expr(m, &out, s.f, type->params[k], 1);
    if (!indirect || !give_indirect(m, &out, type))
        mut_push(m, &out, (struct insn){ .op = OP_call, .index = { func } });
    for (uint32_t k = type->nresults; k-- > 0;)
        give_away(m, &out, s.f, type->results[k]);
    mut_put(m, &s, s.at, s.at, &out);
    return true;
}

bool wasm_call(struct mutation *m)
{
    uint32_t n = tree_total(m->t, EXTERN_FUNC);
    return n > 0 && insert_call(m, mut_below(m, n), dna_chance(m->rng, 64));
}

/* ---- functions ----------------------------------------------------------------------------- */

static uint32_t append_func(struct mutation *m, struct tree_func f)
{
    struct tree *t = m->t;
    uint32_t index = tree_total(t, EXTERN_FUNC);
    t->funcs = longer(m, t->funcs, t->nfuncs, sizeof *t->funcs);
    t->funcs[t->nfuncs++] = f;
    return index;
}

uint32_t mut_new_func(struct mutation *m, const struct signature *type,
                      const struct mut_code *code)
{
    return append_func(m,
                       (struct tree_func){ .type = type, .code = { code->at, code->len } });
}

static uint32_t random_types(struct mutation *m, valtype *types, uint32_t most)
{
    static const valtype numbers[] = { VT_I32, VT_I64, VT_F32, VT_F64 };
    uint32_t n = dna_below(m->rng, most + 1);
    for (uint32_t k = 0; k < n; k++)
        types[k] = numbers[dna_below(m->rng, COUNT(numbers))];
    return n;
}

static uint32_t fresh_func(struct mutation *m)
{
    valtype params[MOST_PARAMS], results[MOST_RESULTS];
    struct mut_code code = { 0 };
    uint32_t nparams = random_types(m, params, MOST_PARAMS);
    uint32_t nresults = random_types(m, results, MOST_RESULTS);
    struct tree_func f = { .type =
                               signature_new(m->a, params, nparams, results, nresults) };
    for (uint32_t k = 0; k < nresults; k++)
        mut_expr(m, &code, &f, results[k], BODY_DEPTH);
    mut_push(m, &code, (struct insn){ .op = OP_end });
    return mut_new_func(m, f.type, &code);
}

static uint32_t copied_func(struct mutation *m)
{
    struct tree_func f = m->t->funcs[mut_below(m, m->t->nfuncs)];
    f.code = code_copy(m->a, f.code);
    return append_func(m, f);
}

bool wasm_add_func(struct mutation *m)
{
    bool copied = m->t->nfuncs > 0 && dna_chance(m->rng, 128);
    uint32_t func = copied ? copied_func(m) : fresh_func(m);
    return (dna_chance(m->rng, 128) && insert_call(m, func, false)) ||
           add_export(m, EXTERN_FUNC, func);
}

/* ---- what goes ----------------------------------------------------------------------------- */

/* Of a script's targets one remains, and what another module may import. */
static bool may_go(const struct mutation *m, enum extern_kind kind, uint32_t index)
{
    uint32_t named, all = count_exports(m->t, kind, index, &named);
    return named == 0 || (!mut_has_importer(m) && named < all);
}

/* What stands for an instruction that named what goes. */
typedef void replace_fn(struct mutation *m, struct mut_code *out, const struct insn *i);

static void replace_func(struct mutation *m, struct mut_code *out, const struct insn *i)
{
    const struct signature *type = tree_func_type(m->t, i->index[0]);
    if (i->op == OP_ref_func) {
        mut_push(m, out, insn_zero(VT_FUNCREF));
        return;
    }
    for (uint32_t k = 0; k < type->nparams; k++)
        mut_push(m, out, (struct insn){ .op = OP_drop });
    for (uint32_t k = 0; k < type->nresults; k++)
        mut_push(m, out, insn_zero(type->results[k]));
}

static void replace_global(struct mutation *m, struct mut_code *out, const struct insn *i)
{
    if (i->op == OP_global_get)
        mut_push(m, out, insn_zero(tree_global_type(m->t, i->index[0]).type));
    else
        mut_push(m, out, (struct insn){ .op = OP_drop });
}

static void replace_in(struct mutation *m, struct code *c, enum imm imm, uint32_t index)
{
    struct mut_code out = { 0 };
    vec_room(m->a, &out, c->len);
    for (uint32_t k = 0; k < c->len; k++) {
        const struct insn *i = &c->at[k];
        if (op_infos[i->op].imm != imm || i->index[0] != index)
            mut_push(m, &out, *i);
        else if (imm == IMM_FUNC)
            replace_func(m, &out, i);
        else
            replace_global(m, &out, i);
    }
    *c = (struct code){ out.at, out.len };
}

/* In all code and constant expressions. */
static void replace_all(struct mutation *m, enum imm imm, uint32_t index)
{
    struct tree *t = m->t;
    for (uint32_t f = 0; f < t->nfuncs; f++)
        replace_in(m, &t->funcs[f].code, imm, index);
    for (uint32_t g = 0; g < t->nglobals; g++)
        replace_in(m, &t->globals[g].init, imm, index);
    for (uint32_t k = 0; k < t->ndatas; k++)
        replace_in(m, &t->datas[k].offset, imm, index);
    for (uint32_t k = 0; k < t->nelems; k++) {
        struct tree_elem *e = &t->elems[k];
        struct code *items = longer(m, e->items, e->len, sizeof *items);
        replace_in(m, &e->offset, imm, index);
        for (uint32_t i = 0; i < e->len; i++)
            replace_in(m, &items[i], imm, index);
        e->items = items;
    }
}

bool wasm_drop_func(struct mutation *m)
{
    uint32_t defined = mut_below(m, m->t->nfuncs);
    uint32_t index = tree_imports(m->t, EXTERN_FUNC) + defined;
    if (m->t->nfuncs == 0 || !may_go(m, EXTERN_FUNC, index))
        return false;
    m->t = refs_copy(m->a, m->t);
    replace_all(m, IMM_FUNC, index);
    drop_exports(m->t, EXTERN_FUNC, index);
    m->t->has_start = m->t->has_start && m->t->start != index;
    REMOVE_AT(m->t->funcs, m->t->nfuncs, defined);
    refs_move(m->t, SPACE_FUNC, index, UINT32_MAX);
    return true;
}

/* ---- globals ------------------------------------------------------------------------------- */

static uint32_t append_global(struct mutation *m, valtype t)
{
    struct tree *tree = m->t;
    struct insn *init = arena_array(m->a, struct insn, 2);
    uint32_t index = tree_total(tree, EXTERN_GLOBAL);
    init[0] = mut_const(m, t);
    init[1] = (struct insn){ .op = OP_end };
    tree->globals = longer(m, tree->globals, tree->nglobals, sizeof *tree->globals);
    tree->globals[tree->nglobals++] =
        (struct tree_global){ .type = { t, true }, .init = { init, 2 } };
    return index;
}

/* x becomes global.set (x) global.get: or only the latter, and x is lost. */
bool wasm_add_global(struct mutation *m)
{
    struct mut_site s;
    struct mut_code out = { 0 };
    if (!mut_pick(m, &s, mut_makes_value))
        return false;
    uint32_t global = append_global(m, s.e[s.at].pushes[0]);
    bool keep = dna_chance(m->rng, 192);
    struct insn set = { .op = OP_global_set, .index = { global } };
    mut_push(m, &out, keep ? set : (struct insn){ .op = OP_drop });
    mut_push(m, &out, (struct insn){ .op = OP_global_get, .index = { global } });
    mut_put(m, &s, s.at + 1, s.at + 1, &out);
    if (dna_chance(m->rng, 64))
        add_export(m, EXTERN_GLOBAL, global);
    return true;
}

bool wasm_drop_global(struct mutation *m)
{
    uint32_t defined = mut_below(m, m->t->nglobals);
    uint32_t index = tree_imports(m->t, EXTERN_GLOBAL) + defined;
    if (m->t->nglobals == 0 || !may_go(m, EXTERN_GLOBAL, index))
        return false;
    m->t = refs_copy(m->a, m->t);
    replace_all(m, IMM_GLOBAL, index);
    drop_exports(m->t, EXTERN_GLOBAL, index);
    REMOVE_AT(m->t->globals, m->t->nglobals, defined);
    refs_move(m->t, SPACE_GLOBAL, index, UINT32_MAX);
    return true;
}
