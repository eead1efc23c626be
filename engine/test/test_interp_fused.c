/* test_interp_fused.c - every row of fused.def does what its cells do one by one.
 *
 * A row becomes a program: its cells with fields, slots, accumulators and memory by chance,
 * then cells that put the accumulators into slots and leave; branches that are taken leave a
 * mark first.  It is run twice, by the row's handler and by the handlers of its cells.  Slots,
 * memory and trap, with the instruction and the address that it names, must be the same.
 * Addresses are inside and outside the memory, divisors are zero at times. */
#include "interp/frame.h"
#include "interp/fuse.h"
#include "runtime/trap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[H_COUNT] = {
#define HANDLER(name, ...)       #name,
#define GUARD_HANDLER(name, ...) #name,
#define COLD_HANDLER(name, ...)  #name,
#include "interp/handlers.h"
};

/* The handlers of each row, H_COUNT behind the last. */
static const struct row {
    uint16_t parts[FUSED_MAX];
} rows[] = {
#define FUSED2(a, b)             { { H_##a, H_##b, H_COUNT } },
#define FUSED3(a, b, c)          { { H_##a, H_##b, H_##c, H_COUNT } },
#define FUSED4(a, b, c, d)       { { H_##a, H_##b, H_##c, H_##d, H_COUNT } },
#define FUSED5(a, b, c, d, e)    { { H_##a, H_##b, H_##c, H_##d, H_##e, H_COUNT } },
#define FUSED6(a, b, c, d, e, f) { { H_##a, H_##b, H_##c, H_##d, H_##e, H_##f } },
#include "interp/fused.def"
};

/* (memory 1) (global (mut i64) (i64.const 0)) and a function with 16 locals and a load for
 * each cell of a row. */
/* clang-format off */
static const uint8_t module_bytes[] = {
    0, 'a', 's', 'm', 1, 0, 0, 0,
    1, 4, 1, 0x60, 0, 0,
    3, 2, 1, 0,
    5, 3, 1, 0, 1,
    6, 6, 1, 0x7E, 1, 0x42, 0, 0x0B,
    10, 42, 1, 40, 1, 16, 0x7E,
    0x41, 0, 0x28, 2, 0, 0x1A, 0x41, 0, 0x28, 2, 0, 0x1A, 0x41, 0, 0x28, 2, 0, 0x1A,
    0x41, 0, 0x28, 2, 0, 0x1A, 0x41, 0, 0x28, 2, 0, 0x1A, 0x41, 0, 0x28, 2, 0, 0x1A, 0x0B,
};
/* clang-format on */
enum { LOAD_AT = 2, LOAD_SIZE = 6 };
_Static_assert(FUSED_MAX == 6, "loads in the function");

/* Slots of a frame: the program's, its header, the accumulators', the mark of a branch. */
enum { LOCALS = 16, HEADER = LOCALS, ACCS = 20, MARK = 23, SLOTS = 32 };
enum { WINDOW = 8192, SIZE = 65536, TRIALS = 24 };

/* Cells behind the row. */
enum { PUT_ACC, PUT_FACC, PUT_DACC, EXIT, TAKEN, BACK, LAST, BEHIND };

struct world {
    struct engine *engine;
    struct store *store;
    struct modcode *code;
    struct instance *instance;
    const struct dispatcher *dispatcher;
    const struct cell *ret; /* what the outermost frame returns to */
    uint64_t random;
};

static struct world world_new(void)
{
    static const struct tier *const tiers[TIER_COUNT] = { &interp_tier };
    struct config config = { .policy = POLICY_INTERP,
                             .features = features_of_level(2),
                             .memory = MEMORY_GUARD };
    struct fail f = { .kind = FAIL_NONE };
    struct world w = { .engine = engine_new(&config, tiers, &f), .random = 1 };
    assert_non_null(w.engine);
    struct module *m = module_load(&w.engine->heap, w.engine->types, config.features,
                                   module_bytes, sizeof module_bytes, &f);
    if (m == NULL)
        fail_msg("%s", f.text);
    w.code = modcode_new(w.engine, m);
    w.store = store_new(w.engine);
    w.instance = instance_new(w.store, w.code, NULL, &f);
    assert_non_null(w.instance);
    w.dispatcher = &interp_of(w.engine)->dispatcher;
    w.ret = &interp_of(w.engine)->exit[1];
    return w;
}

static void world_free(struct world *w)
{
    store_free(w->store);
    modcode_free(w->code);
    engine_free(w->engine);
}

static uint32_t below(struct world *w, uint32_t n)
{
    w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(w->random >> 33) % n;
}

/* ---- programs ------------------------------------------------------------------------ */

struct trial {
    struct cell cells[FUSED_MAX + BEHIND];
    uint32_t offsets[FUSED_MAX + BEHIND];
    int32_t targets[3]; /* of a br_table */
    struct program program;
    struct fncode callee;
    uint32_t n; /* cells of the row */
    uint64_t frame[SLOTS];
    uint8_t memory[WINDOW];
};

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* Has a shift in x. */
static bool shifts(const char *name)
{
    return strstr(name, "_shl_SS") || strstr(name, "_shl_SA") || strstr(name, "_shl_AS") ||
           strstr(name, "shr_u_SS") || strstr(name, "shr_u_SA") ||
           strstr(name, "shr_u_AS") || strstr(name, "rotl_SS") || strstr(name, "rotl_SA") ||
           strstr(name, "rotl_AS") || strstr(name, "_field_");
}

static bool accesses(const char *name)
{
    return starts(name, "guard_") || strpbrk(name, "RL") != NULL;
}

static uint32_t slot(struct world *w) { return 8 * below(w, LOCALS); }

static int32_t to_taken(const struct trial *t, uint32_t i)
{
    return (int32_t)((t->n + TAKEN - i) * sizeof(struct cell));
}

/* What x is depends on the handler. */
static uint32_t field_x(struct world *w, const struct trial *t, uint32_t i,
                        const char *name)
{
    if (starts(name, "br"))
        return (uint32_t)to_taken(t, i);
    if (starts(name, "entry"))
        return 1;
    if (starts(name, "copy_many") || starts(name, "return_many"))
        return 1 + below(w, 3);
    if (shifts(name))
        return below(w, 31);
    return accesses(name) ? below(w, 4) : slot(w);
}

/* Fields that are no slots. */
static void special(struct world *w, struct trial *t, uint32_t i, const char *name)
{
    struct cell *c = &t->cells[i];
    if (starts(name, "br_table")) {
        for (size_t k = 0; k < COUNT(t->targets); k++)
            t->targets[k] = to_taken(t, i);
        c->d = COUNT(t->targets) - 1;
        c->imm = (uint64_t)(uintptr_t)t->targets;
    } else if (starts(name, "return")) {
        c->d = 8 * HEADER;
    } else if (starts(name, "entry")) {
        c->a = 8 * HEADER;
        c->d = below(w, 8) == 0 ? UINT32_MAX : 8 * SLOTS;
    } else if (strcmp(name, "call") == 0) {
        c->a = 0;
        c->imm = (uint64_t)(uintptr_t)&t->callee;
    } else if (starts(name, "global")) {
        c->a = (uint32_t)instance_global_offset(w->code->module, 0);
    } else if (strstr(name, "load") != NULL) {
        c->imm = below(w, 4) == 0 ? UINT32_MAX - below(w, 8) : below(w, WINDOW);
    } else if (starts(name, "copy_many")) {
        c->a = 8 * (LOCALS / 2);
        c->d = 8 * below(w, LOCALS / 2);
    }
}

static void set_handler(const struct world *w, struct cell *c, enum handler h)
{
    c->handler = w->dispatcher->handlers[h];
}

static void fill_cells(struct world *w, struct trial *t, const struct row *row)
{
    for (t->n = 0; t->n < FUSED_MAX && row->parts[t->n] != H_COUNT;)
        t->n++;
    for (uint32_t i = 0; i < t->n; i++) {
        const char *name = names[row->parts[i]];
        t->cells[i] = (struct cell){ .a = slot(w),
                                     .b = slot(w),
                                     .d = slot(w),
                                     .x = field_x(w, t, i, name),
                                     .imm = slot(w) | (uint64_t)slot(w) << 32 };
        special(w, t, i, name);
        set_handler(w, &t->cells[i], (enum handler)row->parts[i]);
        t->offsets[i] = LOAD_AT + LOAD_SIZE * i;
    }
}

static void fill_behind(const struct world *w, struct trial *t)
{
    static const enum handler handlers[BEHIND] = { H_put_acc, H_put_facc, H_put_dacc,
                                                   H_exit,    H_constant, H_br,
                                                   H_last };
    struct cell *behind = &t->cells[t->n];
    for (uint32_t i = 0; i < BEHIND; i++) {
        behind[i] = (struct cell){ .d = 8 * (ACCS + i) };
        set_handler(w, &behind[i], handlers[i]);
        t->offsets[t->n + i] = 0;
    }
    behind[TAKEN].d = 8 * MARK;
    behind[TAKEN].imm = 1;
    behind[BACK].x = (uint32_t)(-(int32_t)(BACK * sizeof(struct cell)));
    behind[LAST].imm = (uint64_t)(uintptr_t)&t->program;
    t->program = (struct program){ .fn = &w->code->fns[0],
                                   .cells = t->cells,
                                   .offsets = t->offsets,
                                   .ncells = t->n + BEHIND };
    atomic_store(&t->callee.cells, behind);
}

static uint64_t value(struct world *w)
{
    uint64_t bits = (uint64_t)below(w, 1u << 31) << 33 ^ below(w, 1u << 31);
    switch (below(w, 8)) {
    case 0: return below(w, 3);
    case 1: return (uint32_t)bits;
    case 2: return bits;
    case 3: return SIZE - below(w, 16);
    default: return below(w, WINDOW / 8);
    }
}

static void fill(struct world *w, struct trial *t, const struct row *row)
{
    fill_cells(w, t, row);
    fill_behind(w, t);
    for (int i = 0; i < SLOTS; i++)
        t->frame[i] = i < LOCALS ? value(w) : 0;
    for (int i = 0; i < WINDOW; i++)
        t->memory[i] = (uint8_t)below(w, 256);
}

/* ---- runs ---------------------------------------------------------------------------- */

struct outcome {
    enum trap trap;
    struct trap_info info;
    uint64_t frame[SLOTS];
    uint8_t memory[WINDOW];
    uint64_t global;
};

/* The accumulator of an entry is a return address. */
static uint64_t first_acc(const struct world *w, const struct row *row, uint64_t acc)
{
    return starts(names[row->parts[0]], "entry") ? (uint64_t)(uintptr_t)w->ret : acc;
}

static uint64_t *global_of(const struct world *w)
{
    size_t offset = instance_global_offset(w->code->module, 0);
    return (uint64_t *)(void *)((uint8_t *)w->instance + offset);
}

static void run(const struct world *w, const struct trial *t, uint64_t acc,
                struct outcome *out)
{
    struct exec *x = w->instance->exec;
    struct activation a = { .pc = NULL };
    uint8_t *memory = w->instance->mem0;
    memset(out, 0, sizeof *out);
    memcpy(out->frame, t->frame, sizeof out->frame);
    memcpy(memory, t->memory, WINDOW);
    *global_of(w) = 5;
    *frame_header(out->frame, 8 * HEADER) =
        (struct frame_header){ w->ret, out->frame, w->instance };
    activation_push(&a, x, ACTIVATION_INTERP);
    out->trap = w->dispatcher->run(t->cells, out->frame, w->instance,
                                   (const struct cell *)(uintptr_t)acc, x->value_limit);
    activation_pop(&a);
    memset(frame_header(out->frame, 8 * HEADER), 0, sizeof(struct frame_header));
    memcpy(out->memory, memory, WINDOW);
    out->global = *global_of(w);
    if (out->trap != TRAP_NONE)
        out->info = x->trap;
}

static bool same_trap(const struct outcome *a, const struct outcome *b)
{
    const struct trap_info *x = &a->info, *y = &b->info;
    return a->trap == b->trap && x->address == y->address && x->width == y->width &&
           x->nframes == y->nframes && x->frames[0].offset == y->frames[0].offset;
}

static void fail_row(const struct row *row, const char *what)
{
    char text[64 * FUSED_MAX] = "";
    for (int i = 0; i < FUSED_MAX && row->parts[i] != H_COUNT; i++) {
        strcat(text, i != 0 ? " " : "");
        strcat(text, names[row->parts[i]]);
    }
    fail_msg("%s: %s", text, what);
}

/* Returns whether it trapped. */
static bool compare(struct world *w, const struct row *row, const void *address)
{
    static struct trial t;
    static struct outcome each, all;
    fill(w, &t, row);
    uint64_t acc = first_acc(w, row, value(w));
    run(w, &t, acc, &each);
    t.cells[0].handler = address;
    run(w, &t, acc, &all);
    if (!same_trap(&each, &all))
        fail_row(row, "another trap");
    if (memcmp(each.frame, all.frame, sizeof all.frame) != 0)
        fail_row(row, "other slots");
    if (memcmp(each.memory, all.memory, WINDOW) != 0 || each.global != all.global)
        fail_row(row, "another memory");
    return each.trap != TRAP_NONE;
}

static void rows_do_what_their_cells_do(void **state)
{
    (void)state;
    struct world w = world_new();
    const struct fuser *f = w.dispatcher->fuser;
    unsigned traps = 0;
    trap_thread_init();
    for (uint32_t i = 0; f != NULL && i < f->nrows; i++)
        for (int k = 0; k < TRIALS; k++)
            traps += compare(&w, &rows[i], f->addresses[i]);
    if (f != NULL)
        assert_in_range(traps, f->nrows, f->nrows * TRIALS / 2);
    world_free(&w);
}

/* The node that a row ends at; 0: the tree has no such row. */
static uint32_t find(const struct fuser *f, const struct row *row)
{
    uint32_t node = f->roots[row->parts[0]];
    for (int i = 1; i < FUSED_MAX && row->parts[i] != H_COUNT && node != 0; i++)
        node = fuser_next(f, node, row->parts[i]);
    return node;
}

static void the_tree_has_every_row(void **state)
{
    (void)state;
    struct world w = world_new();
    const struct fuser *f = w.dispatcher->fuser;
    for (uint32_t i = 0; f != NULL && i < f->nrows; i++)
        if (f->nodes[find(f, &rows[i])].row != i + 1)
            fail_row(&rows[i], "not in the tree");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_do_what_their_cells_do),
        cmocka_unit_test(the_tree_has_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
