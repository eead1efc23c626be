/* tier.c - the reference evaluator in the place of a tier (runtime/code.h). */
#include "ref/machine.h"

/* ---- an engine's and a module's part ------------------------------------------------- */

/* A value takes three words here and labels lie on the stack too: with this much more
 * room than the tiers have, what ends is the logical stack. */
enum { ROOM = 4 };

static bool engine_init(struct engine *e)
{
    struct ref_state *s = heap_alloc(&e->heap, sizeof *s);
    if (s == NULL)
        return false;
    *s = (struct ref_state){ .trace = NULL };
    e->tier_state[TIER_INTERP] = s;
    e->config.value_stack *= ROOM;
    return true;
}

struct ref_state *ref_state_of(const struct engine *e)
{
    return e->tier_state[TIER_INTERP];
}

static void engine_end(struct engine *e)
{
    heap_free(&e->heap, ref_state_of(e), sizeof(struct ref_state));
}

/* By defined function: how many labels can be on its stack at once. */
struct ref_module {
    uint32_t labels[1];
};

static uint32_t defined_funcs(const struct modcode *c)
{
    return c->module->nfuncs - c->module->nimported_funcs;
}

static size_t module_size(const struct modcode *c)
{
    return sizeof(struct ref_module) + defined_funcs(c) * sizeof(uint32_t);
}

/* The depth of nesting: blocks are in the order of their opcodes, so that the parent of
 * each is one of those around the block before it. */
static uint32_t count_labels(const struct func_info *info)
{
    uint32_t depth = 1, most = 1, inner = 0;
    for (uint32_t i = 1; i < info->nblocks; i++) {
        for (; inner != info->blocks[i].parent; inner = info->blocks[inner].parent)
            depth--;
        inner = i;
        depth++;
        most = depth > most ? depth : most;
    }
    return most;
}

static bool module_init(struct modcode *c)
{
    struct ref_module *r = heap_alloc(&c->engine->heap, module_size(c));
    if (r == NULL)
        return false;
    for (uint32_t i = 0; i < defined_funcs(c); i++)
        r->labels[i] = count_labels(c->module->funcs[c->module->nimported_funcs + i].info);
    c->cell_map = r;
    return true;
}

static void module_end(struct modcode *c)
{
    heap_free(&c->engine->heap, c->cell_map, module_size(c));
}

uint32_t ref_labels(const struct fncode *fn)
{
    const struct ref_module *r = fn->modcode->cell_map;
    return r->labels[fn->func - fn->modcode->module->nimported_funcs];
}

/* ---- calls from C -------------------------------------------------------------------- */

/* The arguments as values, if there is room for them. */
static bool push_arguments(struct machine *m, const struct type *type,
                           const uint64_t *slots)
{
    if ((size_t)((uint8_t *)m->limit - (uint8_t *)m->sp) < type->nparams * sizeof *m->sp)
        return false;
    for (uint32_t i = 0; i < type->nparams; i++) {
        *m->sp++ = ref_value(m, type->params[i], slots);
        slots += vt_slots(type->params[i]);
    }
    return true;
}

static enum trap run(struct machine *m, struct func *f, const uint64_t *slots)
{
    if ((uint8_t *)__builtin_frame_address(0) < m->exec->native_limit ||
        !push_arguments(m, f->type, slots))
        return ref_trap_entry(m, f);
    enum trap trap = ref_enter(m, f);
    return trap == TRAP_NONE ? ref_run(m) : trap;
}

static void read_results(const struct machine *m, const struct type *type, uint64_t *slots)
{
    const struct value *v = m->sp - type->nresults;
    for (uint32_t i = 0; i < type->nresults; i++) {
        *slots++ = v[i].bits[0];
        if (type->results[i] == VT_V128)
            *slots++ = v[i].bits[1];
    }
}

static enum trap call(struct func *f, uint64_t *slots)
{
    struct exec *x = &f->store->exec;
    uint64_t *top = x->value_top;
    struct activation a = { .pc = NULL };
    struct machine m = {
        .exec = x,
        .state = ref_state_of(f->store->engine),
        .config = &f->store->engine->config,
        .sp = (struct value *)(void *)top,
        .limit = (struct value *)(void *)x->value_limit,
    };
    activation_push(&a, x, ACTIVATION_INTERP);
    enum trap trap = run(&m, f, slots);
    if (trap == TRAP_NONE)
        read_results(&m, f->type, slots);
    else
        ref_trap_complete(&m);
    activation_pop(&a);
    x->value_top = top;
    return trap;
}

/* Of a run that has called the host. */
static void walk(const struct activation *a, struct trap_info *t)
{
    ref_trap_frames((const struct frame *)(const void *)a->fp, t);
}

static bool prepare(struct fncode *fn, struct fail *f)
{
    (void)fn, (void)f;
    return true;
}

const struct tier ref_tier = {
    .name = "reference",
    .id = TIER_INTERP,
    .engine_init = engine_init,
    .engine_free = engine_end,
    .module_init = module_init,
    .module_free = module_end,
    .prepare = prepare,
    .call = call,
    .walk = walk,
};
