/* module.c - rewrites of locals, functions and what a module declares.  See rewrites.def. */
#include "meta/rewrite.h"

/* ---- statements ---------------------------------------------------------------------------- */

bool rewrite_nop(struct rewriter *w)
{
    struct edit e = { .n = 0 };
    edit_op(&e, OP_nop);
    edit_insert(w, w->at, &e);
    return true;
}

bool rewrite_drop_const(struct rewriter *w)
{
    static const valtype types[] = { VT_I32, VT_I64, VT_F32, VT_F64 };
    struct edit e = { .n = 0 };
    uint32_t locals = w->func->type->nparams + w->func->nlocals;
    if (locals > 0 && dna_chance(&w->d, 128))
        edit_index(&e, OP_local_get, dna_below(&w->d, locals));
    else
        edit_const(&e, types[dna_below(&w->d, 4)], dna_bits(&w->d, 4));
    edit_op(&e, OP_drop);
    edit_insert(w, w->at, &e);
    return true;
}

/* ---- locals -------------------------------------------------------------------------------- */

bool rewrite_tee(struct rewriter *w)
{
    struct edit e = { .n = 0 };
    if (edit_insn(w)->op != OP_local_tee)
        return false;
    uint32_t local = edit_insn(w)->index[0];
    edit_index(&e, OP_local_set, local);
    edit_index(&e, OP_local_get, local);
    edit_splice(w, w->at, 1, e.at, e.n);
    return true;
}

/* Sets of `local` set `other` too; every second get reads it. */
static void split_uses(struct rewriter *w, uint32_t local, uint32_t other)
{
    for (uint32_t k = 0; k < w->func->code.len; k++) {
        struct insn *i = &w->func->code.at[k];
        struct edit e = { .n = 0 };
        if (i->index[0] != local || op_infos[i->op].imm != IMM_LOCAL)
            continue;
        if (i->op == OP_local_get) {
            i->index[0] = dna_chance(&w->d, 128) ? other : local;
            continue;
        }
        edit_index(&e, i->op, other);
        i->op = OP_local_tee;
        edit_insert(w, ++k, &e);
    }
}

bool rewrite_split_local(struct rewriter *w)
{
    struct edit e = { .n = 0 };
    if (op_infos[edit_insn(w)->op].imm != IMM_LOCAL)
        return false;
    uint32_t local = edit_insn(w)->index[0];
    uint32_t other = edit_local(w, typing_local(w->func, local));
    if (other == UINT32_MAX)
        return false;
    w->func->code = code_copy(w->a, w->func->code);
    split_uses(w, local, other);
    edit_index(&e, OP_local_get, local);
    edit_index(&e, OP_local_set, other);
    edit_insert(w, 0, &e);
    return true;
}

bool rewrite_swap_locals(struct rewriter *w)
{
    struct tree_func *f = w->func;
    if (f->nlocals < 2)
        return false;
    uint32_t a = dna_below(&w->d, f->nlocals), b = dna_below(&w->d, f->nlocals);
    valtype *locals = arena_array(w->a, valtype, f->nlocals);
    for (uint32_t k = 0; k < f->nlocals; k++)
        locals[k] = f->locals[k == a ? b : k == b ? a : k];
    f->locals = locals;
    a += f->type->nparams;
    b += f->type->nparams;
    for (uint32_t k = 0; k < f->code.len; k++) {
        struct insn *i = &f->code.at[k];
        if (op_infos[i->op].imm == IMM_LOCAL && (i->index[0] == a || i->index[0] == b))
            i->index[0] = i->index[0] == a ? b : a;
    }
    return a != b;
}

bool rewrite_add_local(struct rewriter *w)
{
    static const valtype types[] = { VT_I32, VT_I64, VT_F32, VT_F64, VT_FUNCREF };
    return edit_local(w, types[dna_below(&w->d, 5)]) != UINT32_MAX;
}

/* ---- what a module declares ---------------------------------------------------------------- */

/* Of a type that is perhaps new, with a body that would trap. */
bool rewrite_add_func(struct rewriter *w)
{
    static const valtype types[] = { VT_F64, VT_I32, VT_EXTERNREF, VT_I64, VT_F32 };
    struct edit body = { .n = 0 };
    edit_op(&body, OP_unreachable);
    edit_op(&body, OP_end);
    struct code code = { body.at, body.n };
    const struct signature *type =
        signature_new(w->a, types, dna_below(&w->d, 6), types, dna_below(&w->d, 4));
    edit_func(w, type, code_copy(w->a, code));
    return true;
}

bool rewrite_add_segment(struct rewriter *w)
{
    static const uint8_t bytes[] = { 1, 2, 3, 4 };
    struct tree *t = w->t;
    t->datas = edit_grow(w->a, t->datas, t->ndatas, sizeof *t->datas);
    t->datas[t->ndatas++] =
        (struct tree_data){ .mode = SEGMENT_PASSIVE, .bytes = bytes, .len = sizeof bytes };
    w->segments_changed = true;
    return true;
}

static bool has_funcref(const valtype *types, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        if (types[k] == VT_FUNCREF)
            return true;
    return false;
}

static bool type_has_funcref(const struct signature *s)
{
    return has_funcref(s->params, s->nparams) || has_funcref(s->results, s->nresults);
}

/* Nothing can hold a reference to a function, so nothing can see its number. */
static bool numbers_are_hidden(const struct tree *t)
{
    if (tree_total(t, EXTERN_TABLE) > 0 || t->nelems > 0)
        return false;
    for (uint32_t k = 0; k < tree_total(t, EXTERN_FUNC); k++)
        if (type_has_funcref(tree_func_type(t, k)))
            return false;
    for (uint32_t k = 0; k < tree_total(t, EXTERN_GLOBAL); k++)
        if (tree_global_type(t, k).type == VT_FUNCREF)
            return false;
    return true;
}

bool rewrite_move_func(struct rewriter *w)
{
    struct tree *t = w->t;
    uint32_t to = dna_below(&w->d, t->nfuncs), imports = tree_imports(t, EXTERN_FUNC);
    if (to == w->f || !numbers_are_hidden(t))
        return false;
    t = w->t = refs_copy(w->a, t);
    struct tree_func moved = t->funcs[w->f];
    for (uint32_t k = w->f; k < to; k++)
        t->funcs[k] = t->funcs[k + 1];
    for (uint32_t k = w->f; k > to; k--)
        t->funcs[k] = t->funcs[k - 1];
    t->funcs[to] = moved;
    refs_move(t, SPACE_FUNC, imports + w->f, imports + to);
    return true;
}
