/* test_interp_memory.c - every handler that touches memory, at the edge of the memory.
 *
 * What a handler does is read from its name: how wide the access is, how the address is
 * made up, where the value comes from or goes.  Each is run alone, as a program of one
 * cell, in every dispatcher that has it: it traps exactly when its last byte lies beyond,
 * and the trap says where and which instruction; otherwise it reads or writes exactly its
 * bytes. */
#include "interp/frame.h"
#include "runtime/trap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE UINT64_C(65536)

static const char *const names[H_COUNT] = {
#define HANDLER(name, ...)       #name,
#define GUARD_HANDLER(name, ...) #name,
#define COLD_HANDLER(name, ...)  #name,
#include "interp/handlers.h"
};

/* ---- names --------------------------------------------------------------------------- */

struct subject {
    const char *name;
    uint32_t width;
    bool checked, store, loaded, branch;
    char mode[3]; /* of the address */
    char last;    /* loads: A or S; stores: S, A, I or F */
};

static uint32_t width_in(const char *token)
{
    const char *digits = strpbrk(token, "12346789");
    assert_non_null(digits);
    return (uint32_t)strtoul(digits, NULL, 10) / 8;
}

/* The k-th token of name from its end. */
static const char *token(const char *name, unsigned k)
{
    static char copy[64];
    snprintf(copy, sizeof copy, "%s", name);
    for (; k > 0; k--)
        *strrchr(copy, '_') = '\0';
    char *at = strrchr(copy, '_');
    return at != NULL ? at + 1 : copy;
}

/* The part of "guard_i32_load8_s_KA_S" that gives the width: "load8", or "f32" of
 * f32_load. */
static uint32_t plain_width(const char *name)
{
    const char *access = strstr(name, "load"), *store = strstr(name, "store");
    access = access != NULL ? access : store;
    if (strpbrk(access, "1368") == access + (store != NULL ? 5 : 4))
        return width_in(access);
    return width_in(strchr(name, '_'));
}

/* A mode has one or two letters. */
static void copy_mode(struct subject *s, const char *mode)
{
    assert_in_range(strlen(mode), 1, sizeof s->mode - 1);
    memcpy(s->mode, mode, strlen(mode));
}

static bool parse(const char *name, struct subject *s)
{
    *s = (struct subject){ .name = name, .last = name[strlen(name) - 1] };
    s->checked = strncmp(name, "check_", 6) == 0;
    s->branch = strstr(name, "load_u") != NULL && strncmp(name, "br_", 3) == 0;
    if (s->checked || strncmp(name, "guard_", 6) == 0) {
        s->width = plain_width(name);
        s->store = strstr(name, "store") != NULL;
        copy_mode(s, token(name, 1));
    } else if (s->branch) {
        s->width = width_in(token(name, 1));
        s->mode[0] = 'S';
    } else if (strpbrk(name, "RL") != NULL && strncmp(name, "trap", 4) != 0) {
        s->loaded = true;
        s->width = width_in(token(name, 3));
        copy_mode(s, token(name, 2));
    } else {
        return false;
    }
    return true;
}

/* ---- the world ----------------------------------------------------------------------- */

/* (memory 1) and a function with four locals and a load of each width. */
/* clang-format off */
static const uint8_t module_bytes[] = {
    0, 'a', 's', 'm', 1, 0, 0, 0,
    1, 4, 1, 0x60, 0, 0,
    3, 2, 1, 0,
    5, 3, 1, 0, 1,
    10, 30, 1, 28, 1, 4, 0x7E,
    0x41, 0, 0x2D, 0, 0, 0x1A, 0x41, 0, 0x2F, 1, 0, 0x1A,
    0x41, 0, 0x28, 2, 0, 0x1A, 0x41, 0, 0x29, 3, 0, 0x1A, 0x0B,
};
/* clang-format on */
enum { LOCALS = 4, BASE = 0, INDEX = 1, VALUE = 2, OTHER = 3 }; /* slots */

static uint32_t offset_of_width(uint32_t width)
{
    return width == 1 ? 2 : width == 2 ? 8 : width == 4 ? 14 : 20;
}

struct world {
    struct engine *engine;
    struct store *store;
    struct modcode *code;
    struct instance *instance;
    const struct interp *in;
};

static struct world world_new(enum memory_strategy memory, enum dispatch dispatch)
{
    static const struct tier *const tiers[TIER_COUNT] = { &interp_tier };
    struct config config = { .policy = POLICY_INTERP,
                             .features = features_of_level(2),
                             .memory = memory,
                             .dispatch = dispatch };
    struct fail f = { .kind = FAIL_NONE };
    struct world w = { .engine = engine_new(&config, tiers, &f) };
    assert_non_null(w.engine);
    struct module *m = module_load(&w.engine->heap, w.engine->types, config.features,
                                   module_bytes, sizeof module_bytes, &f);
    if (m == NULL)
        fail_msg("%s", f.text);
    w.code = modcode_new(w.engine, m);
    w.store = store_new(w.engine);
    w.instance = instance_new(w.store, w.code, NULL, &f);
    assert_non_null(w.instance);
    w.in = interp_of(w.engine);
    return w;
}

static void world_free(struct world *w)
{
    store_free(w->store);
    modcode_free(w->code);
    engine_free(w->engine);
}

static void set_handler(const struct world *w, struct cell *c, enum handler h)
{
    const void *const *addresses = w->in->dispatcher.handlers;
    c->handler = addresses != NULL ? addresses[h] : (const void *)(uintptr_t)h;
}

/* ---- one access ---------------------------------------------------------------------- */

/* An address as base + offset; the base is made of parts according to the mode. */
struct where {
    uint32_t base, offset;
};

enum { SHIFT = 2, CONSTANT = 0x7FFF0004, INDEX_VALUE = 0x2468ACE1 };

/* Fields, slots and accumulator so that the handler's address is what is wanted; every sum
 * wraps round 32 bits. */
static uint64_t place(const struct subject *s, uint32_t base, struct cell *c,
                      uint64_t *frame)
{
    uint32_t shifted = (uint32_t)INDEX_VALUE << SHIFT, acc = 0;
    c->a = 8 * BASE;
    c->b = 8 * INDEX;
    frame[BASE] = base;
    if (strcmp(s->mode, "A") == 0)
        acc = base;
    if (strcmp(s->mode, "SS") == 0 || strcmp(s->mode, "AS") == 0 ||
        strcmp(s->mode, "SA") == 0) {
        c->x = SHIFT;
        frame[BASE] = (uint32_t)(base - shifted);
        frame[INDEX] = INDEX_VALUE;
        acc = s->mode[0] == 'A' ? base - shifted : INDEX_VALUE;
    }
    if (s->mode[1] == 'I') {
        c->x = CONSTANT;
        frame[BASE] = (uint32_t)(base - CONSTANT);
        acc = base - CONSTANT;
    }
    if (s->mode[0] == 'K') {
        c->x = SHIFT;
        frame[INDEX] = base >> SHIFT | UINT32_C(0xC0000000);
        acc = base >> SHIFT | UINT32_C(0xC0000000);
    }
    return acc;
}

static void describe(const struct subject *s, struct where at, const char *what)
{
    fail_msg("%s at 0x%x + 0x%x: %s", s->name, at.base, at.offset, what);
}

/* A program of one cell; the memory is full of ones, values stored are twos, or -1 if
 * constant. */
static enum trap run(const struct world *w, const struct subject *s, enum handler h,
                     struct where at, uint64_t *frame)
{
    const struct func_info *info = w->code->module->funcs[0].info;
    uint32_t where = offset_of_width(s->width);
    const uint32_t offsets[] = { where, where, where };
    struct program p = { .fn = &w->code->fns[0], .offsets = offsets, .ncells = 3 };
    struct cell cells[3] = { { .d = 8 * VALUE, .imm = at.offset } };
    uint64_t acc = place(s, at.base, &cells[0], frame);
    memset(&frame[VALUE], 2, sizeof *frame);
    if (s->store && s->last == 'A')
        acc = UINT64_C(0x0202020202020202);
    if (s->store && s->last == 'I')
        cells[0].imm |= UINT64_C(0xFFFFFFFF00000000);
    if (s->loaded)
        cells[0].imm |= (uint64_t)(8 * OTHER) << 32;
    if (s->branch)
        cells[0].x = sizeof(struct cell);
    set_handler(w, &cells[0], h);
    set_handler(w, &cells[1], H_exit);
    set_handler(w, &cells[2], H_last);
    cells[2].imm = (uint64_t)(uintptr_t)&p;
    p.cells = cells;
    assert_int_equal(info->header_slot, LOCALS);
    *frame_header(frame, 8 * LOCALS) =
        (struct frame_header){ &w->in->exit[1], NULL, w->instance };
    struct activation a = { .pc = NULL };
    struct exec *x = w->instance->exec;
    activation_push(&a, x, ACTIVATION_INTERP);
    enum trap trap = w->in->dispatcher.run(
        cells, frame, w->instance, (const struct cell *)(uintptr_t)acc, x->value_limit);
    activation_pop(&a);
    return trap;
}

static void check_trap(const struct world *w, const struct subject *s, struct where at)
{
    const struct trap_info *t = &w->instance->exec->trap;
    const struct module *m = w->code->module;
    if (t->address != (uint64_t)at.base + at.offset)
        describe(s, at, "effective address");
    if (t->width != s->width)
        describe(s, at, "width");
    if (t->size != SIZE)
        describe(s, at, "size");
    if (t->nframes != 1 || t->frames[0].instance != w->instance || t->frames[0].func != 0)
        describe(s, at, "frame");
    if (t->frames[0].offset !=
        (uint32_t)(m->funcs[0].body - m->bytes) + offset_of_width(s->width))
        describe(s, at, "instruction");
}

/* Bytes other than the ones around the access; a float accumulator holds 0 at first. */
static void check_memory(const struct world *w, const struct subject *s, struct where at,
                         bool trapped)
{
    uint8_t *m = w->instance->mem0, stored = s->last == 'F' ? 0 : s->last == 'I' ? 0xFF : 2;
    uint64_t first = (uint64_t)at.base + at.offset;
    for (uint64_t i = 0; i < SIZE; i++) {
        bool inside = s->store && !trapped && i >= first && i < first + s->width;
        if (m[i] != (inside ? stored : 1))
            describe(s, at, inside ? "not stored" : "stored elsewhere");
        m[i] = 1;
    }
}

static void check_value(const struct subject *s, struct where at, const uint64_t *frame)
{
    uint64_t ones = UINT64_C(0x0101010101010101) >> (64 - 8 * s->width);
    if (s->store || s->loaded || s->last != 'S')
        return;
    if (memcmp(&frame[VALUE], &ones, s->width) != 0)
        describe(s, at, "not what was loaded");
    if (strstr(s->name, "_f32_") == NULL && frame[VALUE] != ones)
        describe(s, at, "not extended");
}

static void access_once(const struct world *w, const struct subject *s, enum handler h,
                        struct where at)
{
    uint64_t frame[16] = { 0 };
    if (strcmp(s->mode, "I") == 0)
        at.base = 0;
    bool beyond = (uint64_t)at.base + at.offset + s->width > SIZE;
    enum trap trap = run(w, s, h, at, frame);
    if (trap != (beyond ? TRAP_MEMORY_BOUNDS : TRAP_NONE))
        describe(s, at, beyond ? "no trap" : "trap");
    if (beyond)
        check_trap(w, s, at);
    else
        check_value(s, at, frame);
    check_memory(w, s, at, beyond);
}

/* Bases are multiples of 1 << SHIFT. */
static void access_everywhere(const struct world *w, const struct subject *s,
                              enum handler h)
{
    uint32_t last = (uint32_t)SIZE - s->width;
    const struct where all[] = {
        { 0, 0 },          { 0, 1 },          { last & ~7u, last & 7u },
        { 0, last },       { 0, last + 1 },   { last & ~7u, (last & 7u) + 1 },
        { 0, SIZE - 1 },   { SIZE, 0 },       { SIZE - 8, 7 + s->width },
        { 0, UINT32_MAX }, { 0xFFFFFFFC, 0 }, { 0xFFFFFFFC, UINT32_MAX },
        { 0x80000000, 0 }, { 8, 0x80000000 },
    };
    for (size_t i = 0; i < COUNT(all); i++)
        access_once(w, s, h, all[i]);
}

static void run_all(enum memory_strategy memory, enum dispatch dispatch, bool checked,
                    unsigned at_least)
{
    struct world w = world_new(memory, dispatch);
    unsigned count = 0;
    trap_thread_init();
    memset(w.instance->mem0, 1, SIZE);
    if (checked || !w.in->dispatcher.checks) {
        for (int h = 0; h < H_COUNT; h++) {
            struct subject s;
            if (!parse(names[h], &s) || s.checked != checked)
                continue;
            access_everywhere(&w, &s, (enum handler)h);
            count++;
        }
        assert_in_range(count, at_least, H_COUNT);
    }
    world_free(&w);
}

static void unchecked_accesses_trap_at_the_edge(void **state)
{
    (void)state;
    run_all(MEMORY_GUARD, DISPATCH_TAIL, false, 1000);
}

static void checked_accesses_trap_at_the_edge(void **state)
{
    (void)state;
    run_all(MEMORY_CHECK, DISPATCH_TAIL, true, 300);
}

static void checked_accesses_trap_at_the_edge_in_the_loop(void **state)
{
    (void)state;
    run_all(MEMORY_CHECK, DISPATCH_LOOP, true, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unchecked_accesses_trap_at_the_edge),
        cmocka_unit_test(checked_accesses_trap_at_the_edge),
        cmocka_unit_test(checked_accesses_trap_at_the_edge_in_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
