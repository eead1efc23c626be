/* translate.c - one function from Wasm to cells: the pass, and what becomes of its result.
 *
 * Runs under modcode.lock and publishes the cells with release order; whoever comes second
 * to the lock finds the work done.  Exhaustion longjmps to translate(): nothing was
 * published then, and what the module's arena has given out stays unused. */
#include "interp/translate.h"
#include <string.h>

/* ---- the pass
 * --------------------------------------------------------------------------- */

static uint32_t position(const struct translator *t)
{
    return (uint32_t)(t->p - t->decl->body);
}

/* The code up to the next else or end of the innermost block cannot be reached. */
static void skip_dead(struct translator *t)
{
    const struct func_info *info = t->info;
    const struct block *b = vec_top(&t->controls).block;
    uint32_t to = b->else_ >= position(t) ? b->else_ : b->end;
    t->p = t->decl->body + to;
    while (t->next_block < info->nblocks && info->blocks[t->next_block].start < to &&
           !WX_BUG(S77))
        t->next_block++;
    while (t->next_charge < info->ncharges && info->charges[t->next_charge].at < to)
        t->next_charge++;
}

static void charge(struct translator *t)
{
    const struct config *config = &t->engine->config;
    const struct charge *c = &t->info->charges[t->next_charge];
    if (t->next_charge == t->info->ncharges || c->at != t->at)
        return;
    t->next_charge++;
    if (!config->fuel && !config->interruptible)
        return;
    emit(t, !config->interruptible ? H_charge_fuel
            : config->fuel         ? H_charge_both
                                   : H_charge_interrupt)
        ->imm = c->cost;
}

static void translate_body(struct translator *t)
{
    t->p = t->decl->body;
    call_entry(t);
    control_begin(t);
    while (t->controls.len != 0) {
        if (t->dead)
            skip_dead(t);
        t->at = position(t);
        if (!t->dead)
            charge(t);
        enum op op = code_op(&t->p);
        bool known = translate_num(t, op) || translate_memory(t, op) ||
                     translate_op(t, op) || translate_control(t, op);
        assert(known);
        (void)known;
    }
    emit(t, H_last)->imm = (uint64_t)(uintptr_t)t->program;
}

/* ---- its result
 * ------------------------------------------------------------------------- */

enum { LINE = 64 };

static struct cell *cells_alloc(struct arena *a, uint32_t n)
{
    uintptr_t at = (uintptr_t)arena_alloc(a, n * sizeof(struct cell) + LINE);
    return (struct cell *)((at + LINE - 1) & ~(uintptr_t)(LINE - 1));
}

static const int32_t *distances(const struct translator *t, struct arena *a)
{
    int32_t *table = arena_array(a, int32_t, t->entries.len);
    for (uint32_t i = 0; i < t->entries.len; i++)
        table[i] = t->entries.at[i].distance;
    return table;
}

static bool is_table(enum handler h) { return h == H_br_table_S || h == H_br_table_A; }

/* Copies the cells, with addresses in place of numbers. */
static void finish(struct translator *t, struct arena *a)
{
    const void *const *addresses = interp_of(t->engine)->dispatcher.handlers;
    uint32_t n = t->cells.len;
    struct cell *cells = cells_alloc(a, n);
    uint32_t *offsets = arena_array(a, uint32_t, n);
    const int32_t *table = distances(t, a);
    for (uint32_t i = 0; i < n; i++) {
        struct cell *c = &cells[i];
        *c = t->cells.at[i].cell;
        offsets[i] = t->cells.at[i].offset;
        enum handler h = (enum handler)(uintptr_t)c->handler;
        if (is_table(h))
            c->imm = (uint64_t)(uintptr_t)&table[c->imm];
        if (addresses != NULL)
            c->handler = addresses[h];
    }
    t->program->cells = cells;
    t->program->offsets = offsets;
    t->program->ncells = n;
}

static bool needs_checks(const struct engine *e, const struct module *m)
{
    return interp_of(e)->dispatcher.checks ||
           (m->nmemories != 0 && !engine_guards(e, &m->memories[0].type));
}

static struct program *program_new(struct fncode *fn)
{
    struct program *p = arena_new(&fn->modcode->arena, struct program);
    p->fn = fn;
    atomic_init(&p->loops, fn->modcode->engine->config.loop_threshold);
    return p;
}

static void translate_locked(struct fncode *fn, struct arena *scratch)
{
    struct modcode *c = fn->modcode;
    const struct func_decl *decl = &c->module->funcs[fn->func];
    const struct func_info *info = decl->info;
    struct translator t = { .fn = fn,
                            .engine = c->engine,
                            .module = c->module,
                            .decl = decl,
                            .info = info,
                            .program = program_new(fn),
                            .checks = needs_checks(c->engine, c->module),
                            .height = 8 * info->operand_slot,
                            .scratch = scratch };
    t.stack = arena_array(scratch, struct value, info->max_height + 1);
    t.aliases = arena_array(scratch, uint32_t, info->nlocals);
    memset(t.aliases, 0xFF, info->nlocals * sizeof(uint32_t));
    for (int b = 0; b < BANK_COUNT; b++)
        t.banks[b] = (struct bank_state){ NONE, NONE };
    translate_body(&t);
    finish(&t, &c->arena);
    fn->interp = t.program;
    c->stats.translated++;
}

/* With room in the arenas, or not at all. */
static bool translate_guarded(struct fncode *fn, struct arena *scratch)
{
    jmp_buf oom;
    struct modcode *c = fn->modcode;
    bool done = setjmp(oom) == 0;
    if (done) {
        c->arena.oom = scratch->oom = &oom;
        translate_locked(fn, scratch);
    }
    c->arena.oom = scratch->oom = NULL;
    arena_reset(scratch);
    return done;
}

bool translate(struct fncode *fn, struct fail *f)
{
    struct modcode *c = fn->modcode;
    struct interp_module *im = c->cell_map;
    pthread_mutex_lock(&c->lock);
    bool done = fn->interp != NULL || translate_guarded(fn, &im->scratch);
    if (done) {
        const struct program *p = fn->interp;
        atomic_store_explicit(&fn->cells, p->cells, memory_order_release);
    }
    pthread_mutex_unlock(&c->lock);
    return done || fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no memory to translate");
}
