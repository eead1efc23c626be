/* cold.c - what cold handlers do (cold.h): tier changes, host calls, the runtime's
 * operations. */
#include "interp/cold.h"
#include "base/bugs.h"
#include "interp/frame.h"
#include "runtime/trap.h"

/* ---- traps
 * ------------------------------------------------------------------------------ */

enum trap cold_trap_table(uint64_t what, const struct cell *pc, uint64_t *fp,
                          struct instance *inst)
{
    struct exec *x = inst->exec;
    trap_begin(x, (enum trap)(what & 0xFF));
    x->trap.address = what >> 8;
    x->trap.size = inst->tables[pc->x]->size;
    return walk_begun(pc, fp, inst);
}

enum trap cold_trap_entry(const struct cell *pc, uint64_t *fp, struct instance *inst,
                          const struct cell *ret)
{
    const struct program *p = walk_program(interp_of(inst->store->engine), pc);
    return walk_entry(TRAP_STACK, p->fn, fp, inst, ret);
}

/* ---- tiers
 * ------------------------------------------------------------------------------ */

static bool is_compiled(const struct fncode *fn)
{
    return atomic_load_explicit(&fn->compiled, memory_order_acquire) != NULL;
}

/* Makes calls of a compiled function go to its code.  Without memory for the cell they
 * stay. */
static void redirect(struct fncode *fn)
{
    struct modcode *c = fn->modcode;
    const struct interp *in = interp_of(c->engine);
    pthread_mutex_lock(&c->lock);
    struct cell *cell = arena_try(&c->arena, sizeof *cell);
    if (cell != NULL) {
        const void *const *addresses = in->dispatcher.handlers;
        cell->handler = addresses != NULL ? addresses[H_enter_compiled]
                                          : (const void *)(uintptr_t)H_enter_compiled;
        cell->imm = (uint64_t)(uintptr_t)fn;
        atomic_store_explicit(&fn->cells, cell, memory_order_release);
    }
    pthread_mutex_unlock(&c->lock);
}

static struct fncode *fncode_of(const struct cell *pc)
{
    return (struct fncode *)(uintptr_t)pc->imm;
}

static const struct cell *cells_of(const struct fncode *fn)
{
    return atomic_load_explicit(&fn->cells, memory_order_acquire);
}

/* Compiles what is not for the interpreter. */
static void compile_first(struct fncode *fn)
{
    struct fail ignored = { .kind = FAIL_NONE };
    const struct tier *compiler = fn->modcode->engine->tiers[TIER_BASELINE];
    if (compiler != NULL && !fn->declined && !is_compiled(fn) && engine_compiles_first(fn))
        compiler->prepare(fn, &ignored);
}

const struct cell *cold_lazy(const struct cell *pc, uint64_t *fp, struct instance *inst,
                             const struct cell *ret)
{
    struct fail ignored = { .kind = FAIL_NONE };
    struct fncode *fn = fncode_of(pc);
    compile_first(fn);
    if (is_compiled(fn))
        redirect(fn);
    if (cells_of(fn) == pc && !translate(fn, &ignored)) {
        walk_entry(TRAP_OUT_OF_MEMORY, fn, fp, inst, ret);
        return NULL;
    }
    return cells_of(fn);
}

const struct cell *cold_hot(const struct cell *pc)
{
    struct fncode *fn = fncode_of(pc);
    if (engine_tier_up(fn) != TIER_UP_DONE)
        return pc + 1;
    redirect(fn);
    return cells_of(fn);
}

/* ---- calls
 * ------------------------------------------------------------------------------ */

static uint32_t max_u32(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Makes the slots of a call known to activations inside it; false: there is no room. */
static bool leave(struct exec *x, const struct type *type, const struct cell *site,
                  uint64_t *fp, uint64_t *slots)
{
    uint32_t n = max_u32(max_u32(type->param_slots, type->result_slots), 1);
    if ((size_t)(x->value_limit - slots) < n)
        return false;
    x->value_top = WX_BUG(X18) ? x->value_top : slots + n;
    x->top->pc = site;
    x->top->fp = fp;
    return true;
}

enum trap cold_enter_compiled(const struct cell *pc, uint64_t *fp, struct instance *inst,
                              const struct cell *ret)
{
    const struct fncode *fn = fncode_of(pc);
    struct func *f = inst->funcs[fn->func];
    if (!leave(inst->exec, f->type, ret - 1, frame_caller(fp, ret), fp))
        return walk_entry(TRAP_STACK, fn, fp, inst, ret);
    return inst->store->engine->tiers[TIER_BASELINE]->call(f, fp);
}

/* ---- loops
 * ------------------------------------------------------------------------------ */

static struct program *program_of_loop(const struct cell *pc)
{
    uint8_t *loops = (uint8_t *)(uintptr_t)pc->imm;
    return (struct program *)(void *)(loops - offsetof(struct program, loops));
}

/* How often a loop that waits for its function's code looks for it. */
enum { POLL_ITERATIONS = 64 };

static enum tier_up loop_tier_up(struct program *p)
{
    enum tier_up up = engine_tier_up(p->fn);
    uint32_t again = up == TIER_UP_LATER ? POLL_ITERATIONS : UINT32_MAX;
    if (up != TIER_UP_DONE)
        atomic_store_explicit(&p->loops, again, memory_order_relaxed);
    else if (cells_of(p->fn) == p->cells)
        redirect(p->fn);
    return up;
}

struct loop_exit cold_loop_hot(const struct cell *pc, uint64_t *fp, struct instance *inst)
{
    struct program *p = program_of_loop(pc);
    const struct tier *compiler = inst->store->engine->tiers[TIER_BASELINE];
    struct func *f = inst->funcs[p->fn->func];
    const struct func_info *info = p->fn->modcode->module->funcs[p->fn->func].info;
    const struct cell *ret = frame_header(fp, 8 * info->header_slot)->ret;
    struct loop_exit left = { .ret = NULL, .trap = TRAP_NONE };
    if (loop_tier_up(p) != TIER_UP_DONE)
        return left;
    if (compiler->enter_loop != NULL &&
        leave(inst->exec, f->type, ret - 1, frame_caller(fp, ret), fp) &&
        compiler->enter_loop(f, p->offsets[pc - p->cells], fp, &left.trap))
        left.ret = ret;
    else
        atomic_store_explicit(&p->loops, UINT32_MAX, memory_order_relaxed);
    return left;
}

/* The upper half of an f32 slot is undefined inside the interpreter. */
static void clear_halves(const struct type *type, uint64_t *slots)
{
    for (uint32_t i = 0; i < type->nparams; i++) {
        if (type->params[i] == VT_F32)
            *slots = (uint32_t)*slots;
        slots += vt_slots(type->params[i]);
    }
}

enum trap cold_call_host(struct func *f, const struct cell *pc, uint64_t *fp,
                         struct instance *inst)
{
    struct exec *x = inst->exec;
    uint64_t *slots = (uint64_t *)(void *)((uint8_t *)fp + pc->a);
    if (!leave(x, f->type, pc, fp, slots))
        return walk_trap(TRAP_STACK, pc, fp, inst);
    clear_halves(f->type, slots);
    enum trap trap = func_call_host(f, inst, slots);
    if (trap != TRAP_NONE && x->trap.nframes == 0)
        return walk_begun(pc, fp, inst);
    return trap;
}

/* ---- instructions
 * ----------------------------------------------------------------------- */

#define INSTRUCTION(name) \
    enum trap cold_##name(const struct cell *pc, uint64_t *slots, struct instance *inst)

INSTRUCTION(memory_grow)
{
    struct memory *m = inst->memories[pc->b];
    uint64_t old = memory_grow(m, slots[0]);
    slots[0] = m->type.limits.is64 ? old : (uint32_t)old;
    return TRAP_NONE;
}

INSTRUCTION(memory_init)
{
    return bulk_memory_init(inst, pc->b, pc->x, slots[0], (uint32_t)slots[1],
                            (uint32_t)slots[2]);
}

INSTRUCTION(data_drop)
{
    (void)slots;
    bulk_data_drop(inst, pc->b);
    return TRAP_NONE;
}

INSTRUCTION(memory_copy)
{
    return bulk_memory_copy(inst, pc->b, pc->x, slots[0], slots[1], slots[2]);
}

INSTRUCTION(memory_fill)
{
    return bulk_memory_fill(inst, pc->b, slots[0], (uint32_t)slots[1], slots[2]);
}

INSTRUCTION(table_get) { return bulk_table_get(inst, pc->b, slots[0], &slots[0]); }

INSTRUCTION(table_set) { return bulk_table_set(inst, pc->b, slots[0], slots[1]); }

INSTRUCTION(table_grow)
{
    struct table *t = inst->tables[pc->b];
    uint64_t old = table_grow(t, slots[1], slots[0]);
    slots[0] = t->type.limits.is64 ? old : (uint32_t)old;
    return TRAP_NONE;
}

INSTRUCTION(table_fill)
{
    return bulk_table_fill(inst, pc->b, slots[0], slots[1], slots[2]);
}

INSTRUCTION(table_init)
{
    return bulk_table_init(inst, pc->b, pc->x, slots[0], (uint32_t)slots[1],
                           (uint32_t)slots[2]);
}

INSTRUCTION(elem_drop)
{
    (void)slots;
    bulk_elem_drop(inst, pc->b);
    return TRAP_NONE;
}

INSTRUCTION(table_copy)
{
    return bulk_table_copy(inst, pc->b, pc->x, slots[0], slots[1], slots[2]);
}
