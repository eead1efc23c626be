/* tier.c - the interpreter as a tier (runtime/code.h): its state, entry from C, faults. */
#include "interp/frame.h"
#include "runtime/trap.h"
#include <string.h>

/* ---- state
 * ------------------------------------------------------------------------------ */

static const void *address_of(const struct interp *in, enum handler h)
{
    const void *const *addresses = in->dispatcher.handlers;
    return addresses != NULL ? addresses[h] : (const void *)(uintptr_t)h;
}

static bool engine_init(struct engine *e)
{
    struct interp *in = heap_alloc(&e->heap, sizeof *in);
    if (in == NULL)
        return false;
    memset(in, 0, sizeof *in);
    if (e->config.dispatch == DISPATCH_LOOP || !dispatch_tail(&in->dispatcher))
        dispatch_loop(&in->dispatcher);
    in->exit[0].handler = address_of(in, H_exit);
    in->exit[1].handler = address_of(in, H_exit);
    e->tier_state[TIER_INTERP] = in;
    return true;
}

static void engine_free_state(struct engine *e)
{
    heap_free(&e->heap, e->tier_state[TIER_INTERP], sizeof(struct interp));
}

static uint32_t defined_funcs(const struct modcode *c)
{
    return c->module->nfuncs - c->module->nimported_funcs;
}

static size_t module_size(const struct modcode *c)
{
    return sizeof(struct interp_module) + defined_funcs(c) * sizeof(struct cell);
}

static bool module_init(struct modcode *c)
{
    const struct interp *in = interp_of(c->engine);
    struct interp_module *im = heap_alloc(&c->engine->heap, module_size(c));
    if (im == NULL)
        return false;
    arena_init(&im->scratch, &c->engine->heap);
    im->translator = NULL;
    for (uint32_t i = 0; i < defined_funcs(c); i++) {
        im->lazy[i] = (struct cell){ .handler = address_of(in, H_lazy),
                                     .imm = (uint64_t)(uintptr_t)&c->fns[i] };
        atomic_init(&c->fns[i].cells, &im->lazy[i]);
    }
    c->cell_map = im;
    return true;
}

static void module_free_state(struct modcode *c)
{
    struct interp_module *im = c->cell_map;
    arena_free(&im->scratch);
    heap_free(&c->engine->heap, im, module_size(c));
}

/* ---- entry from C
 * ----------------------------------------------------------------------- */

static uint32_t max_u32(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Runs f with its frame at fp.  The interpreter itself needs little native stack, but
 * compiled code that calls it back recurses on it. */
static enum trap enter(struct func *f, const uint64_t *slots, uint64_t *fp)
{
    struct exec *x = &f->store->exec;
    const struct interp *in = interp_of(f->store->engine);
    const struct cell *ret = &in->exit[1];
    uint32_t n = max_u32(max_u32(f->type->param_slots, f->type->result_slots), 1);
    if ((uint8_t *)__builtin_frame_address(0) < x->native_limit ||
        (size_t)(x->value_limit - fp) < n)
        return walk_entry(TRAP_STACK, f->code, fp, f->instance, ret);
    memcpy(fp, slots, f->type->param_slots * sizeof *slots);
    const struct cell *pc = atomic_load_explicit(&f->code->cells, memory_order_acquire);
    return in->dispatcher.run(pc, fp, f->instance, ret, x->value_limit);
}

/* The upper half of an f32 slot is undefined inside the interpreter. */
static void copy_results(const struct type *type, const uint64_t *from, uint64_t *to)
{
    for (uint32_t i = 0; i < type->nresults; i++) {
        *to++ = type->results[i] == VT_F32 ? (uint32_t)*from : *from;
        from++;
        if (type->results[i] == VT_V128)
            *to++ = *from++;
    }
}

static enum trap call(struct func *f, uint64_t *slots)
{
    struct exec *x = &f->store->exec;
    uint64_t *fp = x->value_top;
    struct activation a = { .pc = NULL };
    activation_push(&a, x, ACTIVATION_INTERP);
    enum trap trap = enter(f, slots, fp);
    activation_pop(&a);
    x->value_top = fp;
    if (trap == TRAP_NONE)
        copy_results(f->type, fp, slots);
    return trap;
}

static bool fault(struct activation *a, struct fault *f)
{
    const struct interp *in = interp_of(a->exec->store->engine);
    return a->kind == ACTIVATION_INTERP && in->dispatcher.fault != NULL &&
           in->dispatcher.fault(a, f);
}

const struct tier interp_tier = {
    .name = "interp",
    .id = TIER_INTERP,
    .engine_init = engine_init,
    .engine_free = engine_free_state,
    .module_init = module_init,
    .module_free = module_free_state,
    .prepare = translate,
    .call = call,
    .fault = fault,
    .walk = walk_activation,
};
