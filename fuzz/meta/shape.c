/* shape.c - rewrites of control: blocks, branches, loops, functions.  See rewrites.def. */
#include "meta/rewrite.h"

/* ---- around expressions -------------------------------------------------------------------- */

static const struct signature *results_type(struct rewriter *w)
{
    const struct effect *e = edit_effect(w);
    return signature_new(w->a, NULL, 0, e->pushes, e->npushes);
}

/* Replaces the expression by `open` ... `close` with labels moved. */
static bool wrap(struct rewriter *w, const struct edit *open, const struct edit *close,
                 uint32_t start)
{
    struct code inner = edit_copy(w, start, w->at + 1, 0, 1);
    edit_splice(w, start, inner.len, inner.at, inner.len);
    edit_around(w, start, w->at + 1, open, close);
    return true;
}

static bool wrap_in(struct rewriter *w, enum op op)
{
    uint32_t start;
    struct edit open = { .n = 0 }, close = { .n = 0 };
    if (!edit_expression(w, &start))
        return false;
    if (op == OP_if)
        edit_const(&open, VT_I32, 1 + dna_below(&w->d, 4));
    edit_block(&open, op, results_type(w));
    if (op == OP_if) {
        edit_op(&close, OP_else);
        edit_op(&close, OP_unreachable);
    }
    edit_op(&close, OP_end);
    return wrap(w, &open, &close, start);
}

bool rewrite_wrap_block(struct rewriter *w) { return wrap_in(w, OP_block); }

bool rewrite_wrap_loop(struct rewriter *w) { return wrap_in(w, OP_loop); }

bool rewrite_wrap_if(struct rewriter *w) { return wrap_in(w, OP_if); }

bool rewrite_branch_out(struct rewriter *w)
{
    uint32_t start;
    struct edit open = { .n = 0 }, close = { .n = 0 };
    if (!edit_expression(w, &start))
        return false;
    edit_block(&open, OP_block, results_type(w));
    if (dna_chance(&w->d, 128)) {
        edit_const(&close, VT_I32, 1);
        edit_index(&close, OP_br_if, 0);
    } else {
        edit_index(&close, OP_br, 0);
    }
    edit_op(&close, OP_end);
    return wrap(w, &open, &close, start);
}

/* ---- functions ----------------------------------------------------------------------------- */

enum { OUTLINE_PARAMS = 12 };

/* What an expression reads of its function: locals, which become parameters. */
struct outline {
    valtype types[OUTLINE_PARAMS];
    uint32_t locals[OUTLINE_PARAMS], n;
};

/* The parameter for a local; false: too many. */
static bool parameter(const struct rewriter *w, struct outline *o, uint32_t *local)
{
    uint32_t k = 0;
    while (k < o->n && o->locals[k] != *local)
        k++;
    if (k == OUTLINE_PARAMS)
        return false;
    if (k == o->n) {
        o->locals[k] = *local;
        o->types[k] = typing_local(w->func, *local);
        o->n++;
    }
    *local = k;
    return true;
}

/* Branches inside stay inside; locals are read only. */
static bool outline_code(struct rewriter *w, struct outline *o, struct code *c)
{
    uint32_t depth = 0;
    for (uint32_t k = 0; k < c->len; k++) {
        struct insn *i = &c->at[k];
        depth += i->op == OP_block || i->op == OP_loop || i->op == OP_if;
        depth -= i->op == OP_end;
        if (i->op == OP_local_set || i->op == OP_local_tee || i->op == OP_return ||
            (op_infos[i->op].imm == IMM_LABEL && i->index[0] >= depth))
            return false;
        for (uint32_t n = 0; i->op == OP_br_table && n < i->n; n++)
            if (i->list[n] >= depth)
                return false;
        if (i->op == OP_local_get && !parameter(w, o, &i->index[0]))
            return false;
    }
    return true;
}

bool rewrite_outline(struct rewriter *w)
{
    uint32_t start;
    struct outline o = { .n = 0 };
    struct edit call = { .n = 0 };
    if (!edit_expression(w, &start))
        return false;
    const struct effect *e = edit_effect(w);
    struct code body = edit_copy(w, start, w->at + 1, UINT32_MAX / 2, 0);
    struct code code = { arena_zarray(w->a, struct insn, body.len + 1), body.len + 1 };
    if (!outline_code(w, &o, &body))
        return false;
    for (uint32_t k = 0; k < body.len; k++)
        code.at[k] = body.at[k];
    code.at[body.len].op = OP_end;
    const struct signature *type = signature_new(w->a, o.types, o.n, e->pushes, e->npushes);
    for (uint32_t k = 0; k < o.n; k++)
        edit_index(&call, OP_local_get, o.locals[k]);
    edit_index(&call, OP_call, edit_func(w, type, code));
    edit_splice(w, start, body.len, call.at, call.n);
    return true;
}

bool rewrite_return_branch(struct rewriter *w)
{
    const struct effect *e = edit_effect(w);
    struct edit br = { .n = 0 };
    if (e->dead || edit_insn(w)->op != OP_return)
        return false;
    edit_index(&br, OP_br, e->depth - 1);
    edit_splice(w, w->at, 1, br.at, br.n);
    return true;
}

/* ---- choices ------------------------------------------------------------------------------- */

/* a b c select: local.set C, B, A; local.get C; if A else B. */
bool rewrite_select_if(struct rewriter *w)
{
    const struct effect *e = edit_effect(w);
    struct edit s = { .n = 0 };
    enum op op = edit_insn(w)->op;
    if (e->dead || (op != OP_select && op != OP_select_t))
        return false;
    valtype t = e->pushes[0];
    uint32_t a = edit_local(w, t), b = edit_local(w, t), c = edit_local(w, VT_I32);
    if (c == UINT32_MAX)
        return false;
    edit_index(&s, OP_local_set, c);
    edit_index(&s, OP_local_set, b);
    edit_index(&s, OP_local_set, a);
    edit_index(&s, OP_local_get, c);
    edit_block(&s, OP_if, signature_new(w->a, NULL, 0, &t, 1));
    edit_index(&s, OP_local_get, a);
    edit_op(&s, OP_else);
    edit_index(&s, OP_local_get, b);
    edit_op(&s, OP_end);
    edit_splice(w, w->at, 1, s.at, s.n);
    return true;
}

/* The code of a list of pieces in place of [first, end). */
static void replace(struct rewriter *w, uint32_t first, uint32_t end,
                    const struct code *pieces, uint32_t n)
{
    uint32_t len = 0;
    for (uint32_t k = 0; k < n; k++)
        len += pieces[k].len;
    struct insn *all = arena_array(w->a, struct insn, len + 1);
    len = 0;
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < pieces[k].len; i++)
            all[len++] = pieces[k].at[i];
    edit_splice(w, first, end - first, all, len);
}

static struct code code_of(struct edit *e) { return (struct code){ e->at, e->n }; }

/* block (P i32 -> P) with the condition still on the stack. */
static const struct signature *with_condition(struct rewriter *w,
                                              const struct signature *type, bool results)
{
    valtype *params = arena_array(w->a, valtype, type->nparams + 1);
    for (uint32_t k = 0; k < type->nparams; k++)
        params[k] = type->params[k];
    params[type->nparams] = VT_I32;
    return signature_new(w->a, params, type->nparams + 1,
                         results ? type->results : type->params,
                         results ? type->nresults : type->nparams);
}

/* if A else B end: block block br_if 0 B br 1 end A end */
bool rewrite_if_branch(struct rewriter *w)
{
    const struct insn *i = edit_insn(w);
    if (edit_effect(w)->dead || i->op != OP_if)
        return false;
    uint32_t middle = edit_close(w, w->at), end = middle;
    bool has_else = w->func->code.at[middle].op == OP_else;
    if (has_else)
        end = edit_close(w, middle);
    struct edit open = { .n = 0 }, between = { .n = 0 }, close = { .n = 0 };
    edit_block(&open, OP_block, with_condition(w, i->type, true));
    edit_block(&open, OP_block, with_condition(w, i->type, false));
    edit_index(&open, OP_br_if, 0);
    edit_index(&between, OP_br, 1);
    edit_op(&between, OP_end);
    edit_op(&close, OP_end);
    struct code otherwise = { NULL, 0 };
    if (has_else)
        otherwise = edit_copy(w, middle + 1, end, 0, 1);
    const struct code pieces[] = { code_of(&open), otherwise, code_of(&between),
                                   edit_copy(w, w->at + 1, middle, 0, 0), code_of(&close) };
    replace(w, w->at, end + 1, pieces, sizeof pieces / sizeof *pieces);
    return true;
}

enum { UNROLL_MOST = 200 };

/* loop B end: block loop block B' br 2 end B end end.  A branch to the loop leaves the inner block
 * in the first round and repeats the loop, whose body is both, in the second. */
bool rewrite_unroll(struct rewriter *w)
{
    const struct insn *i = edit_insn(w);
    if (edit_effect(w)->dead || i->op != OP_loop)
        return false;
    uint32_t end = edit_close(w, w->at);
    if (end - w->at > UNROLL_MOST)
        return false;
    struct edit open = { .n = 0 }, between = { .n = 0 }, close = { .n = 0 };
    edit_block(&open, OP_block, i->type);
    edit_block(&open, OP_loop, i->type);
    edit_block(&open, OP_block,
               signature_new(w->a, i->type->params, i->type->nparams, i->type->params,
                             i->type->nparams));
    edit_index(&between, OP_br, 2);
    edit_op(&between, OP_end);
    edit_op(&close, OP_end);
    edit_op(&close, OP_end);
    const struct code pieces[] = { code_of(&open), edit_copy(w, w->at + 1, end, 1, 2),
                                   code_of(&between), edit_copy(w, w->at + 1, end, 1, 1),
                                   code_of(&close) };
    replace(w, w->at, end + 1, pieces, sizeof pieces / sizeof *pieces);
    return true;
}
