/* translate.c - one function from Wasm to cells: the pass, and what becomes of its result.
 *
 * Runs under modcode.lock and publishes the cells with release order; whoever comes second
 * to the lock finds the work done.  Exhaustion longjmps to translate(): nothing was
 * published then, and what the module's arena has given out stays unused. */
#include "interp/fuse.h"
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

/* Only where something is charged for. */
static void charge(struct translator *t)
{
    const struct config *config = &t->engine->config;
    const struct charge *c = &t->info->charges[t->next_charge];
    if (t->next_charge == t->info->ncharges || c->at != t->at)
        return;
    t->next_charge++;
    emit(t, !config->interruptible ? H_charge_fuel
            : config->fuel         ? H_charge_both
                                   : H_charge_interrupt)
        ->imm = c->cost;
}

/* The family of the instruction, from its row; all that is asked is a constant. */
static ALWAYS_INLINE bool translate_row(struct translator *t, enum op op, enum imm imm,
                                        const char *sig)
{
    bool hand = sig[0] == 'H';
    if (op == OP_local_set || op == OP_local_tee) {
        local_set(t, code_u32(&t->p), op == OP_local_tee);
        return true;
    }
    if (imm == IMM_MEMARG)
        return translate_memory(t, op);
    if (imm == IMM_BLOCK || imm == IMM_LABEL || imm == IMM_BR_TABLE)
        return translate_control(t, op);
    if (imm == IMM_NONE && hand)
        return translate_control(t, op) || translate_op(t, op);
    return (!hand && translate_num(t, op)) || translate_op(t, op);
}

static bool translate_instruction(struct translator *t, enum op op)
{
    assert(op < OP_COUNT);
    switch (op) {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    case OP_##name:                                             \
        return translate_row(t, OP_##name, IMM_##imm, #sig);
#include "wasm/ops.def"
    default: __builtin_unreachable(); /* validated */
    }
}

enum {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) code_##name = (code),
#include "wasm/ops.def"
};

/* The most frequent instructions, in a row: what they push, with the state in registers. */
static void translate_pushes(struct translator *t)
{
    const struct func_info *info = t->info;
    const uint8_t *p = t->p;
    uint32_t depth = t->depth, height = t->height;
    for (;; depth++) {
        struct value *v = &t->stack[depth];
        const uint8_t *next = p + 1;
        if (*p == code_local_get) {
            uint32_t local = code_u32(&next);
            v->place = PLACE_LOCAL;
            v->at = 8 * info->local_slots[local];
            v->local = local;
            v->next = t->aliases[local];
            t->aliases[local] = depth;
            v->home = height;
            height += 8 * vt_slots(info->local_types[local]);
        } else if (*p == code_i32_const) {
            v->place = PLACE_CONST;
            v->imm = (uint32_t)code_s32(&next);
            v->home = height;
            height += 8;
        } else {
            break;
        }
        p = next;
    }
    t->p = p;
    t->depth = depth;
    t->height = height;
}

static void translate_body(struct translator *t)
{
    bool charges = t->engine->config.fuel || t->engine->config.interruptible;
    t->p = t->decl->body;
    call_entry(t);
    control_begin(t);
    while (t->controls.len != 0) {
        if (t->dead)
            skip_dead(t);
        else if (!charges)
            translate_pushes(t);
        t->at = position(t);
        if (charges && !t->dead)
            charge(t);
        bool known = translate_instruction(t, code_op(&t->p));
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

/* Each br_table finds its entries, which follow one another. */
static void place_tables(const struct translator *t, struct cell *cells, struct arena *a)
{
    const int32_t *table = distances(t, a);
    for (uint32_t i = 0; i < t->entries.len; i++)
        if (i == 0 || t->entries.at[i].cell != t->entries.at[i - 1].cell)
            cells[t->entries.at[i].cell].imm = (uint64_t)(uintptr_t)&table[i];
}

static uint32_t handler_of(const struct draft *d)
{
    return (uint32_t)(uintptr_t)d->cell.handler;
}

/* The handler of the longest row of cells that begins at a cell, or its own.  The last cell of
 * a function is in no row. */
static inline const void *address_at(const struct interp *in, const struct draft *d)
{
    const struct fuser *f = in->dispatcher.fuser;
    const void *found = in->dispatcher.handlers[handler_of(d)];
    uint32_t node = f != NULL ? f->roots[handler_of(d)] : 0;
    while (node != 0) {
        node = fuser_next(f, node, handler_of(++d));
        if (f->nodes[node].row != 0)
            found = f->addresses[f->nodes[node].row - 1];
    }
    return found;
}

/* Copies the cells, with addresses in place of numbers. */
static void finish(struct translator *t, struct arena *a)
{
    const struct interp *in = interp_of(t->engine);
    uint32_t n = t->cells.len;
    struct cell *cells = cells_alloc(a, n);
    uint32_t *offsets = arena_array(a, uint32_t, n);
    const struct draft *drafts = t->cells.at;
    for (uint32_t i = 0; i < n; i++) {
        cells[i] = drafts[i].cell;
        if (in->dispatcher.handlers != NULL)
            cells[i].handler = address_at(in, &drafts[i]);
        offsets[i] = drafts[i].offset;
    }
    if (t->entries.len != 0)
        place_tables(t, cells, a);
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

/* The translator of a module, whose vectors serve one function after the other. */
static struct translator *translator_of(struct interp_module *im)
{
    if (im->translator == NULL)
        im->translator = arena_new(&im->scratch, struct translator);
    return im->translator;
}

/* About a cell for five bytes is usual. */
static size_t cells_guess(const struct func_decl *decl)
{
    return HOSTILE(1, 16) + HOSTILE(0, 1) * (size_t)(decl->body_end - decl->body) / 4;
}

/* A function begins.  Everything but the vectors' room is of that function alone. */
static void begin(struct translator *t, struct fncode *fn, struct arena *scratch)
{
    struct modcode *c = fn->modcode;
    const struct func_decl *decl = &c->module->funcs[fn->func];
    const struct func_info *info = decl->info;
    struct translator next = { .fn = fn,
                               .engine = c->engine,
                               .module = c->module,
                               .decl = decl,
                               .info = info,
                               .checks = needs_checks(c->engine, c->module),
                               .height = 8 * info->operand_slot,
                               .cells = { t->cells.at, 0, t->cells.cap },
                               .values = { t->values.at, 0, t->values.cap },
                               .names = { t->names.at, 0, t->names.cap },
                               .controls = { t->controls.at, 0, t->controls.cap },
                               .entries = { t->entries.at, 0, t->entries.cap },
                               .scratch = scratch };
    vec_room(scratch, &next.cells, cells_guess(decl));
    vec_room(scratch, &next.values, info->max_height + 1);
    vec_room(scratch, &next.names, info->nlocals);
    next.stack = next.values.at;
    next.aliases = next.names.at;
    if (info->nlocals != 0)
        memset(next.aliases, 0xFF, info->nlocals * sizeof(uint32_t));
    for (int b = 0; b < BANK_COUNT; b++)
        next.banks[b] = (struct bank_state){ NONE, NONE };
    *t = next;
}

static void translate_locked(struct fncode *fn, struct interp_module *im)
{
    struct modcode *c = fn->modcode;
    struct translator *t = translator_of(im);
    begin(t, fn, &im->scratch);
    t->program = program_new(fn);
    translate_body(t);
    finish(t, &c->arena);
    fn->interp = t->program;
    c->stats.translated++;
}

/* Scratch that is kept from one function to the next. */
enum { KEPT_SCRATCH = HOSTILE(0, 4 << 20) };

/* With room in the arenas, or not at all. */
static bool translate_guarded(struct fncode *fn, struct interp_module *im)
{
    jmp_buf oom;
    struct modcode *c = fn->modcode;
    bool done = setjmp(oom) == 0;
    if (done) {
        c->arena.oom = im->scratch.oom = &oom;
        translate_locked(fn, im);
    }
    c->arena.oom = im->scratch.oom = NULL;
    if (!done || im->scratch.total > KEPT_SCRATCH) {
        im->translator = NULL;
        arena_reset(&im->scratch);
    }
    return done;
}

bool translate(struct fncode *fn, struct fail *f)
{
    struct modcode *c = fn->modcode;
    struct interp_module *im = c->cell_map;
    pthread_mutex_lock(&c->lock);
    bool done = fn->interp != NULL || translate_guarded(fn, im);
    if (done) {
        const struct program *p = fn->interp;
        atomic_store_explicit(&fn->cells, p->cells, memory_order_release);
    }
    pthread_mutex_unlock(&c->lock);
    return done || fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET, "no memory to translate");
}
