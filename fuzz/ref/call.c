/* call.c - calls, returns, and what running costs: fuel and logical stack.
 *
 * spec: exec-invoke, exec-call, exec-call_indirect */
#include "ref/machine.h"

/* ---- fuel ---------------------------------------------------------------------------- */

static const struct charge *charge_at(const struct func_info *info, uint32_t at)
{
    uint32_t low = 0, high = info->ncharges;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (info->charges[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < info->ncharges && info->charges[low].at == at ? &info->charges[low] : NULL;
}

enum trap ref_charge_units(struct machine *m, uint64_t n)
{
    struct exec *x = m->exec;
    if (!m->config->fuel)
        return TRAP_NONE;
    require(m, x->fuel >= 0);
    if ((uint64_t)x->fuel < n)
        return ref_trap(m, TRAP_FUEL);
    x->fuel -= (int64_t)n;
    return TRAP_NONE;
}

/* Modules list no charge points where nothing is charged. */
enum trap ref_charge_segment(struct machine *m)
{
    struct frame *f = m->frame;
    const struct charge *c = charge_at(f->decl->info, (uint32_t)(f->pc - f->decl->body));
    f->at = f->pc;
    if (!m->config->fuel && !m->config->interruptible && f->decl->info->ncharges == 0)
        return TRAP_NONE;
    require(m, c != NULL && c->cost > 0);
    if (m->config->interruptible && atomic_load(&m->exec->interrupt) != 0)
        return ref_trap(m, TRAP_INTERRUPT);
    return ref_charge_units(m, c->cost);
}

/* ---- Wasm functions ------------------------------------------------------------------ */

/* What the logical stack is charged: 8 bytes for each slot of a local or operand, and a
 * constant. */
static int64_t stack_cost(const struct machine *m, const struct func_decl *decl)
{
    if (!m->config->logical_stack)
        return 0;
    uint32_t slots = decl->info->header_slot + decl->info->max_height;
    return (int64_t)(8 * (uint64_t)slots + STACK_FRAME_COST);
}

static size_t room(const struct machine *m, const void *from)
{
    return (size_t)((const uint8_t *)m->limit - (const uint8_t *)from);
}

static size_t needed(const struct func *f, const struct func_info *info)
{
    size_t values = (size_t)info->nlocals + info->max_height + ref_labels(f->code);
    return values * sizeof(struct value) + sizeof(struct frame);
}

/* Parameters have their declared types; other locals begin as zero or null. */
static void begin_locals(const struct func_info *info, uint32_t nparams,
                         struct value *locals)
{
    for (uint32_t i = 0; i < info->nlocals; i++)
        if (i < nparams)
            locals[i].type = info->local_types[i];
        else
            locals[i] = (struct value){ .type = info->local_types[i] };
}

static void push_frame(struct machine *m, struct func *f, struct value *locals)
{
    const struct func_decl *decl = &f->instance->module->funcs[f->index];
    const struct func_info *info = decl->info;
    begin_locals(info, f->type->nparams, locals);
    struct frame *frame = (struct frame *)(void *)(locals + info->nlocals);
    struct value *base = (struct value *)(void *)(frame + 1);
    *frame = (struct frame){
        .caller = m->frame,
        .instance = f->instance,
        .func = f,
        .decl = decl,
        .pc = decl->body,
        .at = decl->body,
        .locals = locals,
        .base = base,
        .label = base,
        .limit = base + info->max_height + ref_labels(f->code),
    };
    *base = (struct value){ .type = TYPE_LABEL };
    m->frame = frame;
    m->sp = base + 1;
}

enum trap ref_enter(struct machine *m, struct func *f)
{
    const struct func_decl *decl = &f->instance->module->funcs[f->index];
    struct value *args = m->sp - f->type->nparams;
    int64_t cost = stack_cost(m, decl);
    if (m->exec->stack_left < cost || room(m, args) < needed(f, decl->info))
        return ref_trap_entry(m, f);
    m->exec->stack_left -= cost;
    push_frame(m, f, args);
    return ref_charge_segment(m);
}

void ref_return(struct machine *m)
{
    struct frame *f = m->frame;
    const struct type *type = f->func->type;
    const struct value *results = ref_top(m, type->results, type->nresults);
    struct value *to = f->locals;
    m->exec->stack_left += stack_cost(m, f->decl);
    m->frame = f->caller;
    for (uint32_t i = 0; i < type->nresults; i++) {
        to[i] = results[i];
        to[i].type = type->results[i];
    }
    m->sp = to + type->nresults;
}

/* ---- host functions ------------------------------------------------------------------ */

static void write_slots(const struct type *type, const struct value *from, uint64_t *slots)
{
    for (uint32_t i = 0; i < type->nparams; i++) {
        *slots++ = from[i].bits[0];
        if (type->params[i] == VT_V128)
            *slots++ = from[i].bits[1];
    }
}

static void push_slots(struct machine *m, const struct type *type, const uint64_t *slots)
{
    for (uint32_t i = 0; i < type->nresults; i++) {
        require(m, m->sp < m->frame->limit);
        *m->sp++ = ref_value(m, type->results[i], slots);
        slots += vt_slots(type->results[i]);
    }
}

/* Its slots lie above the frame: what the host calls begins behind them, and results are
 * taken from there. */
static enum trap call_host(struct machine *m, struct func *f)
{
    struct exec *x = m->exec;
    const struct type *type = f->type;
    uint32_t n =
        type->param_slots > type->result_slots ? type->param_slots : type->result_slots;
    uint64_t *slots = (uint64_t *)(void *)m->frame->limit;
    if (room(m, slots) < (n + 1) * sizeof *slots)
        return ref_trap(m, TRAP_STACK);
    m->sp -= type->nparams;
    write_slots(type, m->sp, slots);
    x->value_top = slots + n + 1;
    x->top->fp = (uint64_t *)(void *)m->frame;
    enum trap trap = func_call_host(f, m->frame->instance, slots);
    m->walked = trap != TRAP_NONE && x->trap.nframes != 0;
    if (trap == TRAP_NONE)
        push_slots(m, type, slots);
    return trap;
}

/* ---- instructions -------------------------------------------------------------------- */

enum trap ref_call(struct machine *m, struct func *f)
{
    require(m, f->header == OBJECT_FUNC && f->type_id == f->type->id);
    ref_top(m, f->type->params, f->type->nparams);
    return f->host != NULL ? call_host(m, f) : ref_enter(m, f);
}

enum trap ref_op_call(struct machine *m)
{
    uint32_t index = code_u32(&m->frame->pc);
    require(m, index < m->frame->instance->module->nfuncs);
    return ref_call(m, m->frame->instance->funcs[index]);
}

enum trap ref_op_call_indirect(struct machine *m)
{
    const struct instance *i = m->frame->instance;
    uint32_t type = code_u32(&m->frame->pc), table = code_u32(&m->frame->pc);
    require(m, type < i->module->ntypes && table < i->module->ntables);
    const struct table *t = i->tables[table];
    uint64_t index = ref_pop(m, address_type(t->type.limits.is64));
    if (index >= t->size)
        return ref_trap_range(m, TRAP_TABLE_INDEX, index, 0, t->size);
    struct func *f = (struct func *)(uintptr_t)t->elems[index];
    if (f == NULL)
        return ref_trap_range(m, TRAP_NULL_FUNC, index, 0, t->size);
    if (f->type_id != i->module->types[type]->id)
        return ref_trap_range(m, TRAP_SIGNATURE, index, 0, t->size);
    return ref_call(m, f);
}

enum trap ref_op_return(struct machine *m)
{
    ref_return(m);
    return TRAP_NONE;
}
