/* control.c - blocks, branches, and the instructions that only move values.
 *
 * spec: exec-block, exec-loop, exec-if, exec-br, exec-br_table */
#include "ref/machine.h"

/* ---- labels -------------------------------------------------------------------------- */

static uint32_t position(const struct machine *m, const uint8_t *p)
{
    return (uint32_t)(p - m->frame->decl->body);
}

static const struct block *block_of(const struct machine *m, const struct value *label)
{
    require(m, label->type == TYPE_LABEL && label->block < m->frame->decl->info->nblocks);
    return &m->frame->decl->info->blocks[label->block];
}

/* The block that the running instruction begins. */
static uint32_t block_here(const struct machine *m)
{
    const struct func_info *info = m->frame->decl->info;
    uint32_t at = position(m, m->frame->at), low = 1, high = info->nblocks;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (info->blocks[middle].start < at)
            low = middle + 1;
        else
            high = middle;
    }
    require(m, low < info->nblocks && info->blocks[low].start == at);
    return low;
}

/* Behind the type of a value or block; a reference may be written with its heap type. */
static void skip_valtype(const uint8_t **p)
{
    enum { CODE_REF_NULL = 0x63, CODE_REF = 0x64 };
    uint8_t first = **p;
    code_s64(p);
    if (first == CODE_REF || first == CODE_REF_NULL)
        code_s64(p);
}

/* Puts a label below the block's parameters. */
static const struct block *enter_block(struct machine *m)
{
    struct frame *f = m->frame;
    uint32_t index = block_here(m);
    const struct block *b = &f->decl->info->blocks[index];
    require(m, b->parent == f->label->block && m->sp < f->limit);
    struct value *label = ref_top(m, b->type->params, b->type->nparams);
    require(m, label > f->label);
    for (struct value *v = m->sp; v > label; v--)
        *v = v[-1];
    m->sp++;
    *label = (struct value){ .type = TYPE_LABEL, .block = index, .outer = f->label };
    f->label = label;
    return b;
}

/* Moves the highest n values, of those types, down to a place. */
static void move_down(struct machine *m, const valtype *types, uint32_t n, struct value *to)
{
    const struct value *from = ref_top(m, types, n);
    for (uint32_t i = 0; i < n; i++) {
        to[i] = from[i];
        to[i].type = types[i];
    }
    m->sp = to + n;
}

/* Goes on behind the innermost block, whose results are on the stack. */
static enum trap leave_block(struct machine *m)
{
    struct frame *f = m->frame;
    struct value *label = f->label;
    const struct block *b = block_of(m, label);
    f->label = label->outer;
    move_down(m, b->type->results, b->type->nresults, label);
    f->pc = f->decl->body + b->end + 1;
    return ref_charge_segment(m);
}

/* The end of a block, or of the first arm of an if, is reached. */
static enum trap fall_out(struct machine *m)
{
    const struct block *b = block_of(m, m->frame->label);
    uint32_t here = position(m, m->frame->at);
    require(m, here == b->end || (b->kind == BLOCK_IF && here == b->else_));
    require(m, m->sp - m->frame->label == (ptrdiff_t)b->type->nresults + 1);
    if (b->kind != BLOCK_FUNC)
        return leave_block(m);
    ref_return(m);
    return TRAP_NONE;
}

/* ---- branches ------------------------------------------------------------------------ */

static const uint8_t *loop_head(const struct machine *m, const struct block *loop)
{
    const uint8_t *p = m->frame->decl->body + loop->start;
    require(m, code_op(&p) == OP_loop);
    skip_valtype(&p);
    return p;
}

static enum trap branch(struct machine *m, uint32_t depth)
{
    struct frame *f = m->frame;
    while (depth-- > 0) {
        require(m, f->label->outer != NULL);
        f->label = f->label->outer;
    }
    const struct block *b = block_of(m, f->label);
    if (b->kind == BLOCK_FUNC) {
        ref_return(m);
        return TRAP_NONE;
    }
    if (b->kind != BLOCK_LOOP)
        return leave_block(m);
    move_down(m, b->type->params, b->type->nparams, f->label + 1);
    f->pc = loop_head(m, b);
    return ref_charge_segment(m);
}

enum trap ref_op_br(struct machine *m) { return branch(m, code_u32(&m->frame->pc)); }

enum trap ref_op_br_if(struct machine *m)
{
    uint32_t depth = code_u32(&m->frame->pc);
    return ref_pop(m, VT_I32) != 0 ? branch(m, depth) : TRAP_NONE;
}

enum trap ref_op_br_table(struct machine *m)
{
    uint32_t n = code_u32(&m->frame->pc), depth;
    uint64_t index = ref_pop(m, VT_I32);
    for (uint32_t i = 0;; i++) {
        depth = code_u32(&m->frame->pc);
        if (i == n || i == index)
            break;
    }
    return branch(m, depth);
}

/* ---- blocks -------------------------------------------------------------------------- */

enum trap ref_op_block(struct machine *m)
{
    skip_valtype(&m->frame->pc);
    enter_block(m);
    return TRAP_NONE;
}

enum trap ref_op_loop(struct machine *m)
{
    skip_valtype(&m->frame->pc);
    enter_block(m);
    return ref_charge_segment(m);
}

enum trap ref_op_if(struct machine *m)
{
    struct frame *f = m->frame;
    skip_valtype(&f->pc);
    bool taken = ref_pop(m, VT_I32) != 0;
    const struct block *b = enter_block(m);
    if (!taken && b->else_ == 0)
        return leave_block(m);
    if (!taken)
        f->pc = f->decl->body + b->else_ + 1;
    return ref_charge_segment(m);
}

enum trap ref_op_else(struct machine *m) { return fall_out(m); }
enum trap ref_op_end(struct machine *m) { return fall_out(m); }

enum trap ref_op_nop(struct machine *m)
{
    (void)m;
    return TRAP_NONE;
}

enum trap ref_op_unreachable(struct machine *m) { return ref_trap(m, TRAP_UNREACHABLE); }

/* ---- moving values ------------------------------------------------------------------- */

static void push_copy(struct machine *m, const struct value *v)
{
    require(m, m->sp < m->frame->limit);
    *m->sp++ = *v;
}

enum trap ref_op_drop(struct machine *m)
{
    ref_pop_any(m);
    return TRAP_NONE;
}

enum trap ref_op_select(struct machine *m)
{
    bool first = ref_pop(m, VT_I32) != 0;
    struct value b = ref_pop_any(m), a = ref_pop_any(m);
    require(m, a.type == b.type && !vt_is_ref(a.type));
    push_copy(m, first ? &a : &b);
    return TRAP_NONE;
}

enum trap ref_op_select_t(struct machine *m)
{
    require(m, code_u32(&m->frame->pc) == 1);
    skip_valtype(&m->frame->pc);
    bool first = ref_pop(m, VT_I32) != 0;
    struct value b = ref_pop_any(m), a = ref_pop_any(m);
    require(m, a.type == b.type || (vt_is_ref(a.type) && vt_is_ref(b.type)));
    push_copy(m, first ? &a : &b);
    return TRAP_NONE;
}

static struct value *local(struct machine *m, valtype *type)
{
    uint32_t index = code_u32(&m->frame->pc);
    const struct func_info *info = m->frame->decl->info;
    require(m, index < info->nlocals);
    *type = info->local_types[index];
    return &m->frame->locals[index];
}

enum trap ref_op_local_get(struct machine *m)
{
    valtype type;
    const struct value *v = local(m, &type);
    require(m, v->type == type);
    push_copy(m, v);
    return TRAP_NONE;
}

enum trap ref_op_local_set(struct machine *m)
{
    valtype type;
    struct value *to = local(m, &type);
    *to = ref_pop_any(m);
    ref_require(m, to, type);
    to->type = type;
    return TRAP_NONE;
}

enum trap ref_op_local_tee(struct machine *m)
{
    valtype type;
    struct value *to = local(m, &type), v = ref_pop_any(m);
    ref_require(m, &v, type);
    v.type = type;
    *to = v;
    push_copy(m, &v);
    return TRAP_NONE;
}

static struct global *global(struct machine *m)
{
    uint32_t index = code_u32(&m->frame->pc);
    require(m, index < m->frame->instance->module->nglobals);
    return m->frame->instance->globals[index];
}

enum trap ref_op_global_get(struct machine *m)
{
    const struct global *g = global(m);
    struct value v = ref_value(m, g->type, g->value);
    push_copy(m, &v);
    return TRAP_NONE;
}

enum trap ref_op_global_set(struct machine *m)
{
    struct global *g = global(m);
    struct value v = ref_pop_any(m);
    ref_require(m, &v, g->type);
    require(m, g->mutable_);
    g->value[0] = v.bits[0];
    g->value[1] = v.bits[1];
    return TRAP_NONE;
}
