/* typing.c - see typing.h. */
#include "tools/find/typing.h"
#include "base/vec.h"
#include <string.h>

struct operand {
    valtype type;
    uint32_t start, by;
};

/* The body has no opener. */
#define NO_OPENER UINT32_MAX

struct open_block {
    enum op op;
    uint32_t opener, last; /* last: the opener or the else */
    uint32_t height, start;
    const struct signature *type;
    bool dead_outside;
};

struct typer {
    struct arena *a;
    const struct tree *t;
    const struct tree_func *f;
    struct effect *effects;
    VEC(struct operand) stack;
    VEC(struct open_block) blocks;
    bool dead;
};

/* At most this many operands of an instruction that is no call or block. */
enum { MOST_OPERANDS = 4 };

valtype typing_local(const struct tree_func *f, uint32_t local)
{
    uint32_t nparams = f->type->nparams;
    return local < nparams ? f->type->params[local] : f->locals[local - nparams];
}

/* ---- signatures ---------------------------------------------------------------------------- */

static valtype type_of_letter(char letter)
{
    valtype t = vt_of_letter(letter);
    return t == VT_BOTTOM ? VT_V128 : t;
}

static const struct signature *signature_of_text(struct arena *a, const char *sig)
{
    valtype types[2][MOST_OPERANDS];
    uint32_t n[2] = { 0, 0 }, side = 0;
    for (; *sig != 0; sig++)
        if (*sig == '_')
            side = 1;
        else if (*sig != 'v')
            types[side][n[side]++] = type_of_letter(*sig);
    return signature_new(a, types[0], n[0], types[1], n[1]);
}

static const struct signature *types_of(struct typer *y, uint32_t nparams,
                                        uint32_t nresults,
                                        const valtype types[MOST_OPERANDS])
{
    return signature_new(y->a, types, nparams, types + nparams, nresults);
}
#define TYPES(nparams, nresults, ...) \
    types_of(y, nparams, nresults, (const valtype[MOST_OPERANDS]){ __VA_ARGS__ })

static valtype below_top(const struct typer *y, uint32_t depth)
{
    return depth < y->stack.len ? y->stack.at[y->stack.len - 1 - depth].type : VT_I32;
}

/* What a branch to label takes. */
static const struct signature *label_type(const struct typer *y, uint32_t label)
{
    const struct open_block *b = &y->blocks.at[y->blocks.len - 1 - label];
    bool loop = b->op == OP_loop;
    return signature_new(y->a, loop ? b->type->params : b->type->results,
                         loop ? b->type->nparams : b->type->nresults, NULL, 0);
}

/* br_if: the label's types and a condition; leaves the former. */
static const struct signature *branch_if_type(struct typer *y, const struct insn *i)
{
    const struct signature *label = label_type(y, i->index[0]);
    valtype *params = arena_array(y->a, valtype, label->nparams + 1);
    if (label->nparams > 0)
        memcpy(params, label->params, label->nparams * sizeof *params);
    params[label->nparams] = VT_I32;
    return signature_new(y->a, params, label->nparams + 1, label->params, label->nparams);
}

static const struct signature *call_type(struct typer *y, const struct insn *i)
{
    const struct signature *s =
        i->op == OP_call ? tree_func_type(y->t, i->index[0]) : i->type;
    if (i->op == OP_call)
        return s;
    valtype *params = arena_array(y->a, valtype, s->nparams + 1);
    if (s->nparams > 0)
        memcpy(params, s->params, s->nparams * sizeof *params);
    params[s->nparams] = VT_I32;
    return signature_new(y->a, params, s->nparams + 1, s->results, s->nresults);
}

static const struct signature *table_op_type(struct typer *y, const struct insn *i)
{
    valtype elem = tree_table_type(y->t, i->index[i->op == OP_table_init]).elem;
    switch (i->op) {
    case OP_table_get: return TYPES(1, 1, VT_I32, elem);
    case OP_table_set: return TYPES(2, 0, VT_I32, elem);
    case OP_table_grow: return TYPES(2, 1, elem, VT_I32, VT_I32);
    case OP_table_size: return TYPES(0, 1, VT_I32);
    case OP_table_fill: return TYPES(3, 0, VT_I32, elem, VT_I32);
    default: return TYPES(3, 0, VT_I32, VT_I32, VT_I32);
    }
}

static const struct signature *variable_type(struct typer *y, const struct insn *i)
{
    bool global = i->op == OP_global_get || i->op == OP_global_set;
    valtype t =
        global ? tree_global_type(y->t, i->index[0]).type : typing_local(y->f, i->index[0]);
    bool get = i->op == OP_local_get || i->op == OP_global_get;
    return TYPES(!get, get || i->op == OP_local_tee, t, t);
}

static const struct signature *hand_type(struct typer *y, const struct insn *i)
{
    valtype below = below_top(y, 1);
    switch (i->op) {
    case OP_unreachable:
    case OP_else:
    case OP_end: return TYPES(0, 0, 0);
    case OP_block:
    case OP_loop: return signature_new(y->a, i->type->params, i->type->nparams, NULL, 0);
    case OP_if: return TYPES(1, 0, VT_I32);
    case OP_br: return label_type(y, i->index[0]);
    case OP_br_if: return branch_if_type(y, i);
    case OP_br_table: return TYPES(1, 0, VT_I32);
    case OP_return:
        return signature_new(y->a, y->f->type->results, y->f->type->nresults, NULL, 0);
    case OP_call:
    case OP_call_indirect: return call_type(y, i);
    case OP_drop: return TYPES(1, 0, below_top(y, 0));
    case OP_select: return TYPES(3, 1, below, below, VT_I32, below);
    case OP_select_t: return TYPES(3, 1, i->list[0], i->list[0], VT_I32, i->list[0]);
    case OP_local_get:
    case OP_local_set:
    case OP_local_tee:
    case OP_global_get:
    case OP_global_set: return variable_type(y, i);
    case OP_memory_copy: return TYPES(3, 0, VT_I32, VT_I32, VT_I32);
    case OP_ref_null:
        return TYPES(0, 1, (int64_t)i->bits == -16 ? VT_FUNCREF : VT_EXTERNREF);
    case OP_ref_is_null: return TYPES(1, 1, below_top(y, 0), VT_I32);
    case OP_ref_func: return TYPES(0, 1, VT_FUNCREF);
    default: return table_op_type(y, i);
    }
}

static const struct signature *insn_type(struct typer *y, const struct insn *i)
{
    const char *sig = op_infos[i->op].sig;
    return sig != NULL ? signature_of_text(y->a, sig) : hand_type(y, i);
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* Who pushed the highest n operands. */
static const uint32_t *pushers(const struct typer *y, uint32_t n)
{
    uint32_t *by = arena_array(y->a, uint32_t, n + 1);
    for (uint32_t k = 0; k < n; k++)
        by[k] = y->stack.at[y->stack.len - n + k].by;
    return by;
}

static void pop_operands(struct typer *y, struct effect *e, const struct signature *s)
{
    uint32_t *starts = arena_array(y->a, uint32_t, s->nparams + 1);
    uint32_t base = y->stack.len - s->nparams;
    for (uint32_t k = 0; k < s->nparams; k++)
        starts[k] = y->stack.at[base + k].start;
    e->popped_by = pushers(y, s->nparams);
    if (s->nparams > 0)
        e->start = starts[0];
    e->pops = s->nparams;
    e->popped = s->params;
    e->popped_start = starts;
    y->stack.len = base;
}

static void push_results(struct typer *y, const valtype *types, uint32_t n, uint32_t start,
                         uint32_t by)
{
    for (uint32_t k = 0; k < n; k++)
        vec_push(y->a, &y->stack, (struct operand){ types[k], start, by });
}

static void open_block(struct typer *y, const struct insn *i, uint32_t at)
{
    struct effect *e = &y->effects[at];
    struct open_block b = { .op = i->op,
                            .opener = at,
                            .last = at,
                            .type = i->type,
                            .start = e->start,
                            .dead_outside = y->dead };
    if (i->op == OP_if && !y->dead) {
        uint32_t n = i->type->nparams;
        y->stack.len -= n < y->stack.len ? n : y->stack.len;
        b.start = n > 0 && y->stack.at[y->stack.len].start < b.start
                      ? y->stack.at[y->stack.len].start
                      : b.start;
    }
    b.height = y->stack.len;
    push_results(y, i->type->params, i->type->nparams, b.start, at);
    vec_push(y->a, &y->blocks, b);
}

static void close_arm(struct typer *y, const struct insn *i, uint32_t at)
{
    struct open_block *b = &vec_top(&y->blocks);
    if (b->last != NO_OPENER)
        y->effects[b->last].match = at;
    if (y->blocks.len == 1 && !y->dead && y->stack.len >= b->type->nresults)
        y->effects[at].popped_by = pushers(y, b->type->nresults);
    y->stack.len = b->height;
    y->dead = b->dead_outside;
    if (i->op == OP_else) {
        b->last = at;
        push_results(y, b->type->params, b->type->nparams, b->start, at);
        return;
    }
    y->effects[at].match = b->opener;
    y->effects[at].start = b->start;
    y->effects[at].npushes = b->type->nresults;
    y->effects[at].pushes = b->type->results;
    push_results(y, b->type->results, b->type->nresults, b->start, at);
    y->blocks.len--;
}

static bool ends_code(enum op op)
{
    return op == OP_unreachable || op == OP_br || op == OP_br_table || op == OP_return;
}

static void note_stack(struct typer *y, struct effect *e)
{
    uint32_t base = y->blocks.len > 0 ? vec_top(&y->blocks).height : 0;
    e->height = y->dead || y->stack.len < base ? 0 : y->stack.len - base;
    valtype *types = arena_array(y->a, valtype, e->height);
    for (uint32_t k = 0; k < e->height; k++)
        types[k] = y->stack.at[base + k].type;
    e->stack = types;
}

static void type_live(struct typer *y, const struct insn *i, uint32_t at)
{
    struct effect *e = &y->effects[at];
    const struct signature *s = insn_type(y, i);
    if (i->op == OP_br_table) { /* takes the labels' values too */
        const struct signature *label = label_type(y, i->list[i->n - 1]);
        valtype *params = arena_array(y->a, valtype, label->nparams + 1);
        for (uint32_t k = 0; k < label->nparams; k++)
            params[k] = label->params[k];
        params[label->nparams] = VT_I32;
        s = signature_new(y->a, params, label->nparams + 1, NULL, 0);
    }
    pop_operands(y, e, s);
    e->npushes = s->nresults;
    e->pushes = s->results;
    push_results(y, s->results, s->nresults, e->start, at);
}

static void type_insn(struct typer *y, const struct insn *i, uint32_t at)
{
    struct effect *e = &y->effects[at];
    bool closes = i->op == OP_else || i->op == OP_end;
    *e = (struct effect){ .dead = y->dead, .start = at, .depth = y->blocks.len };
    if (closes)
        close_arm(y, i, at);
    else if (!y->dead)
        type_live(y, i, at);
    if (i->op == OP_block || i->op == OP_loop || i->op == OP_if)
        open_block(y, i, at);
    if (ends_code(i->op))
        y->dead = true;
    note_stack(y, e);
}

const struct effect *typing_of(struct arena *a, const struct tree *t, uint32_t defined_func)
{
    const struct tree_func *f = &t->funcs[defined_func];
    struct typer y = {
        .a = a, .t = t, .f = f, .effects = arena_zarray(a, struct effect, f->code.len + 1)
    };
    struct open_block body = {
        .op = OP_block, .opener = NO_OPENER, .last = NO_OPENER, .type = f->type
    };
    vec_push(a, &y.blocks, body);
    for (uint32_t i = 0; i < f->code.len; i++)
        type_insn(&y, &f->code.at[i], i);
    return y.effects;
}
