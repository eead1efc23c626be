/* validate_control.c - the rules of structured control: blocks, branches, and what they
 * teach.
 *
 * Open blocks are a stack of struct ctrl; nothing recurses.  Beside typing, these rules
 * keep `live`, list the charge points, and say which blocks are branched to and which
 * locals each loop assigns.  spec: valid-instr-control */
#include "base/bugs.h"
#include "wasm/validator.h"
#include <string.h>

static uint32_t offset(const struct validator *v, const uint8_t *at)
{
    return (uint32_t)(at - v->body);
}

/* ---- reachability, charges ----------------------------------------------------------- */

/* Each level of loop counts 8 times, up to six levels. */
enum { WEIGHT_LOG2 = 3, WEIGHT_LEVELS = 6 };

static void set_live(struct validator *v, bool live)
{
    uint32_t levels = v->loop_depth < WEIGHT_LEVELS ? v->loop_depth : WEIGHT_LEVELS;
    v->live = live;
    v->weight = live ? UINT32_C(1) << WEIGHT_LOG2 * levels : 0;
}

static void close_charge(struct validator *v)
{
    if (v->charge != NULL)
        v->charge->cost += v->cost;
    v->cost = 0;
}

/* The next instruction is a charge point, if it can be reached. */
static void charge_here(struct validator *v)
{
    if (!v->live || !v->lists_charges)
        return;
    close_charge(v);
    v->charge = paged_push(&v->d->scratch, &v->charges);
    v->charge->at = offset(v, v->r.p);
    v->charge->cost = 0;
}

/* What follows cannot be reached from here.  spec: polymorphism */
static void leave(struct validator *v)
{
    v->sp = v->base;
    vec_top(&v->ctrls).polymorphic = true;
    set_live(v, false);
}

/* ---- assigned locals ----------------------------------------------------------------- */

/* Beyond the budget loops share one set with every local in it. */
static const uint64_t *assign_everything(struct validator *v)
{
    size_t bytes = BITS_WORDS(v->nlocals) * sizeof *v->assigned_all;
    if (v->assigned_all == NULL) {
        v->assigned_all = arena_alloc(&v->m->arena, bytes);
        memset(v->assigned_all, 0xFF, bytes);
        if (v->nlocals % 64 != 0)
            v->assigned_all[v->nlocals / 64] = (UINT64_C(1) << v->nlocals % 64) - 1;
    }
    return v->assigned_all;
}

/* The set of a loop that begins.  One beyond the budget leaves v->assigned to the loop
 * around it, which so still learns of every assignment. */
static const uint64_t *open_assigned(struct validator *v)
{
    size_t bytes = BITS_WORDS(v->nlocals) * sizeof(uint64_t);
    if (bytes == 0 || bytes > v->assigned_budget)
        return assign_everything(v);
    v->assigned_budget -= bytes;
    v->assigned = arena_zalloc(&v->m->arena, bytes);
    return v->assigned;
}

static void close_assigned(struct validator *v, const struct ctrl *loop)
{
    uint64_t *inner = v->assigned, *outer = loop->outer_assigned;
    v->assigned = outer;
    if (inner == outer || outer == NULL)
        return;
    for (size_t i = 0; i < BITS_WORDS(v->nlocals); i++)
        outer[i] |= inner[i];
}

/* ---- blocks -------------------------------------------------------------------------- */

static struct block *new_block(struct validator *v, enum block_kind kind,
                               const struct type *type)
{
    uint32_t depth = v->ctrls.len;
    struct block *b = paged_push(&v->d->scratch, &v->blocks);
    b->kind = kind;
    b->is_target = false;
    b->start = offset(v, v->at);
    b->else_ = b->end = 0;
    b->height = (uint32_t)(v->sp - v->stack);
    b->parent = depth != 0 ? vec_top(&v->ctrls).index : 0;
    b->type = type;
    b->assigned = NULL;
    return b;
}

/* Opens a block whose parameters have been popped, and pushes them again.  (What is built in
 * place need not be copied.) */
static void open_block(struct validator *v, enum block_kind kind, const struct type *type)
{
    if (UNLIKELY(v->ctrls.len > LIMIT_CONTROL_DEPTH)) {
        DECODE_LIMIT(v->d, v->at, v->ctrls.len, CONTROL_DEPTH);
        v->r.p = v->r.end;
        return;
    }
    struct block *b = new_block(v, kind, type);
    vec_room(&v->d->scratch, &v->ctrls, 1);
    struct ctrl *c = &v->ctrls.at[v->ctrls.len++];
    c->type = type;
    c->block = b;
    c->height = b->height;
    c->index = v->blocks.len - 1;
    c->kind = kind;
    c->polymorphic = c->has_else = false;
    c->entry_live = v->live;
    c->outer_assigned = v->assigned;
    c->br_table = NULL;
    if (kind == BLOCK_LOOP) {
        b->assigned = open_assigned(v);
        v->info->nloops++;
    }
    v->base = v->sp;
    if (kind != BLOCK_FUNC)
        operands_push_types(v, type->params, type->nparams);
}

void validator_open_body(struct validator *v, const struct type *type)
{
    v->ctrls.len = v->blocks.len = v->charges.len = 0;
    v->charge = NULL;
    v->loop_depth = v->cost = 0;
    v->at = v->body;
    v->sp = v->base = v->high = v->stack;
    set_live(v, true);
    open_block(v, BLOCK_FUNC, type);
    charge_here(v);
}

/* The type of the current block instruction, or NULL after a failure.  spec:
 * valid-blocktype */
static const struct type *block_type(struct validator *v)
{
    if (LIKELY(v->type != NULL))
        return v->type;
    if (!v->block_type.indexed)
        return decode_short_type(v->d, v->block_type.result);
    if (!(v->d->enabled & FEATURE_BIT(MULTI_VALUE))) {
        validator_invalid(v, "block type %u requires feature multi-value",
                          v->block_type.index);
        return NULL;
    }
    if (!validator_index(v, "type", v->block_type.index, v->m->ntypes))
        return NULL;
    return v->m->types[v->block_type.index];
}

/* Opens a block of the current instruction's type. */
static void enter(struct validator *v, enum block_kind kind)
{
    const struct type *type = block_type(v);
    if (type == NULL)
        return;
    operands_pop_types(v, type->params, type->nparams);
    open_block(v, kind, type);
}

/* spec: valid-block */
void rule_block(struct validator *v) { enter(v, BLOCK_BLOCK); }

/* spec: valid-loop */
void rule_loop(struct validator *v)
{
    enter(v, BLOCK_LOOP);
    v->loop_depth++;
    set_live(v, v->live);
    charge_here(v);
}

/* spec: valid-if */
void rule_if(struct validator *v)
{
    operands_pop(v, VT_I32, 1);
    enter(v, BLOCK_IF);
    charge_here(v);
}

/* Pops the results of the innermost block, which must leave nothing else. */
static void pop_results(struct validator *v, const struct ctrl *c)
{
    operands_pop_types(v, c->type->results, c->type->nresults);
    if (v->sp != v->base && v->d->invalid.kind == FAIL_NONE)
        validator_invalid(v, "type mismatch: operands left at %s: %u beyond the results",
                          op_infos[v->op].text, (unsigned)(v->sp - v->base));
}

/* spec: valid-if */
void rule_else(struct validator *v)
{
    struct ctrl *c = &vec_top(&v->ctrls);
    if (c->kind != BLOCK_IF || c->has_else) {
        reader_fail(&v->r, v->at, "END opcode expected: else without if");
        return;
    }
    pop_results(v, c);
    if (v->live)
        c->block->is_target = true; /* the first arm goes on behind the second */
    c->block->else_ = offset(v, v->at);
    c->has_else = true;
    c->polymorphic = false;
    v->sp = v->base;
    set_live(v, c->entry_live);
    operands_push_types(v, c->type->params, c->type->nparams);
    charge_here(v);
}

static bool same_params_and_results(const struct type *t)
{
    return t->nparams == t->nresults &&
           (t->nparams == 0 ||
            memcmp(t->params, t->results, t->nparams * sizeof *t->params) == 0);
}

/* An `if` without else: its condition branches to its end, with the parameters as
 * results. */
static void close_if(struct validator *v, const struct ctrl *c)
{
    if (c->entry_live)
        c->block->is_target = true;
    if (!same_params_and_results(c->type))
        validator_invalid(
            v, "type mismatch: if without else needs results equal to parameters");
}

static void end_function(struct validator *v)
{
    v->ctrls.len = 0;
    close_charge(v);
    if (v->r.p != v->r.end)
        reader_fail(&v->r, v->r.p,
                    "section size mismatch: %zu bytes behind the function's end",
                    reader_left(&v->r));
}

void rule_end(struct validator *v)
{
    struct ctrl *c = &vec_top(&v->ctrls);
    pop_results(v, c);
    if (c->kind == BLOCK_IF && !c->has_else)
        close_if(v, c);
    struct block *b = c->block;
    b->end = offset(v, v->at);
    if (c->kind == BLOCK_LOOP) {
        close_assigned(v, c);
        v->loop_depth--;
    }
    if (v->ctrls.len == 1) {
        end_function(v);
        return;
    }
    set_live(v, v->live || (b->is_target && c->kind != BLOCK_LOOP));
    v->ctrls.len--;
    v->sp = v->stack + c->height;
    v->base = v->stack + vec_top(&v->ctrls).height;
    operands_push_types(v, c->type->results, c->type->nresults);
    charge_here(v);
}

/* ---- branches ------------------------------------------------------------------------ */

/* The types a branch to a label needs. */
struct label_types {
    const valtype *at;
    uint32_t n;
};

static struct label_types label_types(const struct ctrl *c)
{
    const struct type *t = c->type;
    if (c->kind == BLOCK_LOOP)
        return (struct label_types){ t->params, t->nparams };
    return (struct label_types){ t->results, t->nresults };
}

/* The block a label names, or NULL after a failure. */
static struct ctrl *branch_target(struct validator *v, uint32_t label)
{
    if (!validator_index(v, "label", label, v->ctrls.len))
        return NULL;
    struct ctrl *c = &v->ctrls.at[v->ctrls.len - 1 - label];
    if (v->live && !(WX_BUG(X28) && v->op == OP_br_table))
        c->block->is_target = true;
    return c;
}

/* spec: valid-br */
void rule_br(struct validator *v)
{
    const struct ctrl *c = branch_target(v, v->index);
    if (c == NULL)
        return;
    struct label_types types = label_types(c);
    operands_pop_types(v, types.at, types.n);
    leave(v);
}

/* spec: valid-br_if */
void rule_br_if(struct validator *v)
{
    const struct ctrl *c = branch_target(v, v->index);
    if (c == NULL)
        return;
    struct label_types types = label_types(c);
    operands_pop(v, VT_I32, LAST_OPERAND);
    operands_pop_types(v, types.at, types.n);
    operands_push_types(v, types.at, types.n);
}

/* One label of a br_table; all must take as many values as the first. */
static void table_label(struct validator *v, uint32_t label, uint32_t *arity)
{
    struct ctrl *c = branch_target(v, label);
    if (c == NULL || c->br_table == v->at)
        return;
    struct label_types types = label_types(c);
    c->br_table = v->at;
    if (*arity == UINT32_MAX)
        *arity = types.n;
    if (types.n == *arity)
        operands_peek_types(v, types.at, types.n);
    else
        validator_invalid(v, "type mismatch: br_table to labels of %u and of %u values",
                          *arity, types.n);
}

/* spec: valid-br_table */
void rule_br_table(struct validator *v)
{
    uint32_t n = reader_u32(&v->r), arity = UINT32_MAX;
    if (n > reader_left(&v->r)) {
        reader_fail_end(&v->r, v->r.end);
        return;
    }
    if (!DECODE_LIMIT(v->d, v->at, n, BR_TABLE_LABELS)) {
        v->r.p = v->r.end;
        return;
    }
    operands_pop(v, VT_I32, LAST_OPERAND);
    for (uint64_t i = 0; i <= n && decode_ok(v->d) && v->d->invalid.kind == FAIL_NONE; i++)
        table_label(v, reader_u32(&v->r), &arity);
    leave(v);
}

/* spec: valid-return */
void rule_return(struct validator *v)
{
    const struct type *t = v->ctrls.at[0].type;
    operands_pop_types(v, t->results, t->nresults);
    if (v->live)
        v->ctrls.at[0].block->is_target = true;
    leave(v);
}

/* spec: valid-unreachable */
void rule_unreachable(struct validator *v) { leave(v); }
