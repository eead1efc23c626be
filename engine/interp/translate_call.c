/* translate_call.c - function entries, calls, returns.
 *
 * Arguments are computed in their homes, which are the callee's first slots; results are
 * found in the same place, a single one also in the accumulator of its type. */
#include "interp/translate.h"

static enum bank bank_of(valtype type)
{
    if (type == VT_F32)
        return BANK_F32;
    return type == VT_F64 ? BANK_F64 : BANK_INT;
}

static uint32_t header(const struct translator *t) { return 8 * t->info->header_slot; }

/* ---- junk (config.junk)
 * ----------------------------------------------------------- */

/* What the junk lane does with a value that has arrived in the slot at: junk in the upper
 * half of an f32, a look at that of an i32. */
static void junk_value(struct translator *t, valtype type, uint32_t at)
{
    if (t->engine->config.junk == 0 || (type != VT_F32 && type != VT_I32))
        return;
    struct cell *c = emit(t, type == VT_F32 ? H_junk_half : H_junk_look);
    c->a = at;
    c->imm = t->engine->config.junk;
}

/* Of a call's results, of which the first goes to `at`. */
static void junk_results(struct translator *t, const struct type *type, uint32_t at)
{
    for (uint32_t i = 0; i < type->nresults; i++) {
        junk_value(t, type->results[i], at);
        at += 8 * vt_slots(type->results[i]);
    }
}

/* At the entry: also the slots of operands, and the accumulators. */
static void junk_frame(struct translator *t)
{
    if (t->engine->config.junk == 0)
        return;
    for (uint32_t i = 0; i < t->decl->type->nparams; i++)
        junk_value(t, t->decl->type->params[i], 8 * t->info->local_slots[i]);
    struct cell *c = emit(t, H_junk);
    c->a = 8 * t->info->operand_slot;
    c->x = t->info->frame_slots - t->info->operand_slot;
    c->imm = t->engine->config.junk;
}

/* ---- entries
 * ---------------------------------------------------------------------------- */

static enum handler entry_handler(uint32_t locals)
{
    if (locals <= 2)
        return locals == 0 ? H_entry : locals == 1 ? H_entry1 : H_entry2;
    return locals <= 4 ? H_entry4 : H_entry_many;
}

void call_entry(struct translator *t)
{
    uint32_t params = t->decl->type->param_slots;
    uint32_t locals = t->info->header_slot - params;
    if (t->engine->config.policy == POLICY_TIERED)
        emit(t, H_entry_heat)->imm = (uint64_t)(uintptr_t)t->fn;
    if (t->engine->config.logical_stack)
        emit(t, H_stack_charge)->imm = func_stack_cost(t->info);
    struct cell *c = emit(t, entry_handler(locals));
    c->a = header(t);
    c->b = 8 * params;
    c->d = 8 * t->info->frame_slots;
    c->x = (locals + 3) / 4;
    junk_frame(t);
    bind(t);
}

/* ---- calls
 * ------------------------------------------------------------------------------ */

/* The arguments to their homes, and whatever an accumulator holds; gives the callee's
 * frame. */
static uint32_t arguments(struct translator *t, const struct type *type)
{
    uint32_t n = type->nparams;
    flush_top(t, n);
    spill_banks(t);
    return n != 0 ? t->stack[t->depth - n].home : t->height;
}

static void results(struct translator *t, const struct type *type)
{
    drop_to(t, t->depth - type->nparams);
    forget_banks(t);
    junk_results(t, type, t->height);
    for (uint32_t i = 0; i < type->nresults; i++)
        push(t, PLACE_SLOT, vt_slots(type->results[i]));
    if (type->nresults == 1 && type->results[0] != VT_V128)
        t->banks[bank_of(type->results[0])].slot = t->stack[t->depth - 1].home;
}

static void emit_reload(struct translator *t, uint32_t frame)
{
    struct cell *c = emit(t, H_reload);
    c->a = frame;
    c->d = header(t);
}

void call_direct(struct translator *t, uint32_t func)
{
    const struct type *type = t->module->funcs[func].type;
    bool import = func < t->module->nimported_funcs;
    uint32_t frame = arguments(t, type);
    struct cell *c = emit(t, import ? H_call_import : H_call);
    c->a = frame;
    c->d = header(t);
    if (import) {
        c->b = func;
        emit_reload(t, frame);
    } else {
        uint32_t defined = func - t->module->nimported_funcs;
        c->imm = (uint64_t)(uintptr_t)&t->fn->modcode->fns[defined];
    }
    results(t, type);
}

void call_table(struct translator *t, uint32_t type_index, uint32_t table)
{
    const struct type *type = t->module->types[type_index];
    struct operand element = take_slot(t, BANK_INT);
    uint32_t frame = arguments(t, type);
    enum handler h = table == 0 ? H_call_table0_S : H_call_table_S;
    struct cell *c = emit(t, h + (element.class == CLASS_A));
    c->a = frame;
    c->b = element.at;
    c->d = header(t);
    c->x = table;
    c->imm = type->id;
    emit_reload(t, frame);
    results(t, type);
}

/* ---- returns
 * ---------------------------------------------------------------------------- */

static void return_one(struct translator *t, valtype type)
{
    static const enum handler handlers[BANK_COUNT][3] = {
        [BANK_INT] = { H_return_S, H_return_A, H_return_I },
        [BANK_F32] = { H_return_f32_S, H_return_f32_A },
        [BANK_F64] = { H_return_f64_S, H_return_f64_A },
    };
    enum bank bank = bank_of(type);
    struct operand o = bank == BANK_INT ? take(t, bank) : take_slot(t, bank);
    struct cell *c = emit(t, handlers[bank][o.class]);
    c->a = o.at;
    c->d = header(t);
    c->imm = o.imm;
}

static void return_many(struct translator *t, const struct type *type)
{
    flush_top(t, type->nresults);
    struct cell *c = emit(t, H_return_many);
    c->a = t->stack[t->depth - type->nresults].home;
    c->d = header(t);
    c->x = type->result_slots;
}

void call_return(struct translator *t)
{
    const struct type *type = t->decl->type;
    if (t->engine->config.logical_stack)
        emit(t, H_stack_refund)->imm = func_stack_cost(t->info);
    if (type->nresults == 0)
        emit(t, H_return_none)->d = header(t);
    else if (type->result_slots == 1)
        return_one(t, type->results[0]);
    else
        return_many(t, type);
}
