/* edit.c - the tools of the rewrites.  See rewrite.h. */
#include "meta/rewrite.h"
#include <assert.h>
#include <string.h>

enum { MOST_LOCALS = 200 };

/* ---- short lists --------------------------------------------------------------------------- */

void edit_op(struct edit *e, enum op op)
{
    assert(e->n < EDIT_MOST);
    e->at[e->n++] = (struct insn){ .op = op };
}

void edit_index(struct edit *e, enum op op, uint32_t index)
{
    edit_op(e, op);
    e->at[e->n - 1].index[0] = index;
}

void edit_const(struct edit *e, valtype t, uint64_t bits)
{
    edit_op(e, OP_nop);
    e->at[e->n - 1] = insn_const(t, t == VT_I32 ? (uint64_t)(int64_t)(int32_t)bits : bits);
}

void edit_block(struct edit *e, enum op op, const struct signature *type)
{
    edit_op(e, op);
    e->at[e->n - 1].type = type;
}

/* ---- code ---------------------------------------------------------------------------------- */

static void copy_insns(struct insn *to, const struct insn *from, uint32_t n)
{
    if (n > 0)
        memcpy(to, from, n * sizeof *to);
}

void edit_splice(struct rewriter *w, uint32_t at, uint32_t remove, const struct insn *insns,
                 uint32_t n)
{
    struct code old = w->func->code;
    struct code c = { arena_array(w->a, struct insn, old.len - remove + n),
                      old.len - remove + n };
    copy_insns(c.at, old.at, at);
    copy_insns(c.at + at, insns, n);
    copy_insns(c.at + at + n, old.at + at + remove, old.len - at - remove);
    w->func->code = c;
}

void edit_insert(struct rewriter *w, uint32_t at, const struct edit *e)
{
    edit_splice(w, at, 0, e->at, e->n);
}

void edit_around(struct rewriter *w, uint32_t first, uint32_t end,
                 const struct edit *before, const struct edit *behind)
{
    edit_insert(w, end, behind);
    edit_insert(w, first, before);
}

static uint32_t moved(uint32_t label, uint32_t depth, uint32_t from, uint32_t by)
{
    return label >= depth + from ? label + by : label;
}

static void move_list(struct rewriter *w, struct insn *i, uint32_t depth, uint32_t from,
                      uint32_t by)
{
    uint32_t *list = arena_array(w->a, uint32_t, i->n);
    for (uint32_t k = 0; k < i->n; k++)
        list[k] = moved(i->list[k], depth, from, by);
    i->list = list;
}

struct code edit_copy(struct rewriter *w, uint32_t first, uint32_t end, uint32_t from,
                      uint32_t by)
{
    struct code c = { arena_array(w->a, struct insn, end - first), end - first };
    uint32_t depth = 0;
    copy_insns(c.at, w->func->code.at + first, c.len);
    for (uint32_t k = 0; k < c.len; k++) {
        struct insn *i = &c.at[k];
        if (i->op == OP_block || i->op == OP_loop || i->op == OP_if)
            depth++;
        else if (i->op == OP_end)
            depth--;
        else if (op_infos[i->op].imm == IMM_LABEL)
            i->index[0] = moved(i->index[0], depth, from, by);
        else if (i->op == OP_br_table)
            move_list(w, i, depth, from, by);
    }
    return c;
}

/* ---- the tree ------------------------------------------------------------------------------ */

void *edit_grow(struct arena *a, void *list, uint32_t n, size_t size)
{
    char *more = arena_zalloc(a, (n + 1) * size);
    if (n > 0)
        memcpy(more, list, n * size);
    return more;
}

uint32_t edit_local(struct rewriter *w, valtype t)
{
    struct tree_func *f = w->func;
    if (f->nlocals >= MOST_LOCALS)
        return UINT32_MAX;
    valtype *locals =
        edit_grow(w->a, (valtype *)(uintptr_t)f->locals, f->nlocals, sizeof t);
    locals[f->nlocals] = t;
    f->locals = locals;
    return f->type->nparams + f->nlocals++;
}

uint32_t edit_func(struct rewriter *w, const struct signature *type, struct code code)
{
    struct tree *t = w->t;
    t->funcs = edit_grow(w->a, t->funcs, t->nfuncs, sizeof *t->funcs);
    t->funcs[t->nfuncs++] = (struct tree_func){ .type = type, .code = code };
    w->func = &t->funcs[w->f];
    return tree_total(t, EXTERN_FUNC) - 1;
}

/* ---- expressions --------------------------------------------------------------------------- */

bool edit_balanced(const struct rewriter *w, uint32_t first, uint32_t end)
{
    uint32_t depth = 0;
    for (uint32_t k = first; k < end; k++) {
        enum op op = w->func->code.at[k].op;
        if (depth == 0 && (op == OP_end || op == OP_else))
            return false;
        depth += op == OP_block || op == OP_loop || op == OP_if;
        depth -= op == OP_end;
    }
    return depth == 0;
}

uint32_t edit_close(const struct rewriter *w, uint32_t opener)
{
    uint32_t depth = 0, k = opener + 1;
    for (;; k++) {
        enum op op = w->func->code.at[k].op;
        if (depth == 0 && (op == OP_end || op == OP_else))
            return k;
        depth += op == OP_block || op == OP_loop || op == OP_if;
        depth -= op == OP_end;
    }
}

static bool ends_code(enum op op)
{
    return op == OP_unreachable || op == OP_br || op == OP_br_table || op == OP_return;
}

static bool opens_block(enum op op)
{
    return op == OP_block || op == OP_loop || op == OP_if;
}

bool edit_expression(const struct rewriter *w, uint32_t *start)
{
    const struct effect *e = edit_effect(w);
    enum op op = edit_insn(w)->op;
    *start = e->start;
    if (e->dead || opens_block(op) || op == OP_else || ends_code(op) ||
        w->at + 1 == w->func->code.len || !edit_balanced(w, e->start, w->at + 1))
        return false;
    uint32_t before = e->start == 0 ? 0 : w->types[e->start - 1].height;
    return !w->types[e->start].dead && before + e->npushes == e->height;
}

bool edit_pushes(const struct rewriter *w, valtype *t)
{
    const struct effect *e = edit_effect(w);
    enum op op = edit_insn(w)->op;
    if (e->dead || e->npushes == 0 || opens_block(op) || op == OP_else ||
        w->at + 1 == w->func->code.len)
        return false;
    *t = e->pushes[e->npushes - 1];
    return true;
}
