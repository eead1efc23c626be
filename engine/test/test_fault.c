/* test_fault.c - every memory operation at the edge of a memory, in every tier.
 *
 * One module holds a function for each memory instruction of ops.def and each of some
 * offsets. Each is called with addresses around the edge: it traps exactly when its last
 * byte lies beyond, says which access it was, where it is, and has changed nothing. */
#include "base/os.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SIZE UINT64_C(65536)

static const uint32_t offsets[] = { 0, 1, 65528, 65536, 0x7FFFFFFF, 0xFFFFFFFF };
static const uint32_t addresses[] = { 0,     1,     65520, 65528, 65529,      65532,
                                      65533, 65534, 65535, 65536, 0x7FFFFFFF, 0xFFFFFFFF };

/* ---- the module ---------------------------------------------------------------------- */

struct buffer {
    uint8_t at[16 * 1024];
    uint32_t len;
};

static void put(struct buffer *b, uint32_t byte)
{
    assert_true(b->len < sizeof b->at);
    b->at[b->len++] = (uint8_t)byte;
}

static void put_u32(struct buffer *b, uint32_t n)
{
    for (; n >= 0x80; n >>= 7)
        put(b, n | 0x80);
    put(b, n);
}

static void put_bytes(struct buffer *b, const void *bytes, uint32_t n)
{
    assert_true(n <= sizeof b->at - b->len);
    memcpy(b->at + b->len, bytes, n);
    b->len += n;
}

static void put_section(struct buffer *b, uint32_t id, const struct buffer *contents)
{
    put(b, id);
    put_u32(b, contents->len);
    put_bytes(b, contents->at, contents->len);
}

static void put_op(struct buffer *b, enum op op) { put(b, op_infos[op].code); }

/* A constant of 0x01..., as sig names the type. */
static void put_operand(struct buffer *b, char type)
{
    static const uint8_t ones[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    switch (type) {
    case 'i':
        put_op(b, OP_i32_const);
        put(b, 1);
        break;
    case 'l':
        put_op(b, OP_i64_const);
        put(b, 1);
        break;
    case 'f':
        put_op(b, OP_f32_const);
        put_bytes(b, ones, 4);
        break;
    case 'd':
        put_op(b, OP_f64_const);
        put_bytes(b, ones, 8);
        break;
    default: fail_msg("operand type %c", type);
    }
}

/* One access; `at` is where its opcode is, from the start of the body. */
struct access {
    enum op op;
    uint32_t offset, width;
    uint32_t at;
    bool store;
};

static struct access accesses[64 * COUNT(offsets)];
static uint32_t naccesses;

static void put_body(struct buffer *b, struct access *a)
{
    const char *sig = op_infos[a->op].sig;
    put(b, 0);
    put_op(b, OP_local_get);
    put(b, 0);
    a->store = sig[1] != '_';
    if (a->store)
        put_operand(b, sig[1]);
    a->at = b->len;
    put_op(b, a->op);
    put(b, 0);
    put_u32(b, a->offset);
    if (!a->store)
        put_op(b, OP_drop);
    put_op(b, OP_end);
}

static void list_accesses(void)
{
    naccesses = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        if (op_infos[op].imm != IMM_MEMARG)
            continue;
        for (size_t k = 0; k < COUNT(offsets); k++)
            accesses[naccesses++] = (struct access){ .op = (enum op)op,
                                                     .offset = offsets[k],
                                                     .width = op_infos[op].width };
    }
}

static void put_code(struct buffer *b)
{
    static struct buffer body;
    put_u32(b, naccesses);
    for (uint32_t f = 0; f < naccesses; f++) {
        body.len = 0;
        put_body(&body, &accesses[f]);
        put_u32(b, body.len);
        put_bytes(b, body.at, body.len);
    }
}

/* (type (func (param i32))), one memory of a page, the functions. */
static void put_module(struct buffer *b)
{
    static const uint8_t header[] = { 0, 'a', 's', 'm', 1, 0, 0, 0 };
    static const uint8_t type[] = { 1, 0x60, 1, VT_I32, 0 }, memory[] = { 1, 1, 1, 1 };
    static struct buffer section;
    list_accesses();
    b->len = 0;
    put_bytes(b, header, sizeof header);
    section.len = 0;
    put_bytes(&section, type, sizeof type);
    put_section(b, 1, &section);
    section.len = 0;
    put_u32(&section, naccesses);
    for (uint32_t f = 0; f < naccesses; f++)
        put(&section, 0);
    put_section(b, 3, &section);
    section.len = 0;
    put_bytes(&section, memory, sizeof memory);
    put_section(b, 5, &section);
    section.len = 0;
    put_code(&section);
    put_section(b, 10, &section);
}

/* ---- lanes --------------------------------------------------------------------------- */

static const struct tier *const tiers[TIER_COUNT] = { &interp_tier, &baseline_tier };

static const struct lane {
    const char *name;
    struct config config;
} lanes[] = {
    { "tail guard", { .memory = MEMORY_GUARD, .dispatch = DISPATCH_AUTO } },
    { "tail check", { .memory = MEMORY_CHECK, .dispatch = DISPATCH_AUTO } },
    { "loop guard", { .memory = MEMORY_GUARD, .dispatch = DISPATCH_LOOP } },
    { "loop check", { .memory = MEMORY_CHECK, .dispatch = DISPATCH_LOOP } },
    { "baseline guard", { .policy = POLICY_BASELINE, .memory = MEMORY_GUARD } },
    { "baseline check", { .policy = POLICY_BASELINE, .memory = MEMORY_CHECK } },
    { "tiered", { .policy = POLICY_TIERED, .memory = MEMORY_GUARD, .call_threshold = 3 } },
    { "deterministic",
      { .policy = POLICY_TIERED,
        .memory = MEMORY_GUARD,
        .fuel = true,
        .logical_stack = true } },
};

struct world {
    const struct lane *lane;
    struct engine *engine;
    struct store *store;
    struct modcode *code;
    struct instance *instance;
};

static struct world world_new(const struct lane *lane)
{
    static struct buffer b;
    struct fail f = { .kind = FAIL_NONE };
    struct config config = lane->config;
    struct world w = { .lane = lane };
    config.features = features_of_level(2);
    config.cpu_mask = UINT64_MAX;
    put_module(&b);
    w.engine = engine_new(&config, tiers, &f);
    assert_non_null(w.engine);
    struct module *m =
        module_load(&w.engine->heap, w.engine->types, config.features, b.at, b.len, &f);
    if (m == NULL)
        fail_msg("%s", f.text);
    w.code = modcode_new(w.engine, m);
    w.store = store_new(w.engine);
    assert_non_null(w.code);
    assert_non_null(w.store);
    w.store->exec.fuel = INT64_MAX;
    w.instance = instance_new(w.store, w.code, NULL, &f);
    assert_non_null(w.instance);
    return w;
}

static void world_free(struct world *w)
{
    store_free(w->store);
    modcode_free(w->code);
    engine_free(w->engine);
}

/* ---- the test ------------------------------------------------------------------------ */

static void describe(const struct world *w, uint32_t f, uint32_t address, const char *what)
{
    fail_msg("%s: %s offset=%u at %u: %s", w->lane->name, op_infos[accesses[f].op].text,
             accesses[f].offset, address, what);
}

static void check_trap(const struct world *w, uint32_t f, uint32_t address)
{
    const struct access *a = &accesses[f];
    const struct trap_info *t = &w->store->exec.trap;
    uint32_t at = w->code->module->funcs[f].offset + a->at;
    if (t->kind != TRAP_MEMORY_BOUNDS)
        describe(w, f, address, "kind");
    if (t->address != (uint64_t)address + a->offset)
        describe(w, f, address, "effective address");
    if (t->width != a->width)
        describe(w, f, address, "width");
    if (t->size != SIZE)
        describe(w, f, address, "size");
    if (t->nframes != 1 || t->frames[0].instance != w->instance || t->frames[0].func != f)
        describe(w, f, address, "frame");
    if (t->frames[0].offset != at)
        describe(w, f, address, "offset in the module");
}

/* Only the bytes of an access that did not trap are other than zero; they are cleared. */
static void check_effect(const struct world *w, uint32_t f, uint32_t address, bool trapped)
{
    const struct access *a = &accesses[f];
    uint8_t *m = w->instance->mem0;
    uint64_t at = (uint64_t)address + a->offset;
    if (!trapped && a->store) {
        if (m[at] != 1)
            describe(w, f, address, "nothing was stored");
        memset(m + at, 0, a->width);
    }
    for (uint64_t i = 0; i < 64; i++)
        if (m[i] != 0 || m[SIZE - 64 + i] != 0)
            describe(w, f, address, "memory changed");
}

static void call(const struct world *w, uint32_t f, uint32_t address)
{
    const struct access *a = &accesses[f];
    uint64_t slots[1] = { address };
    bool beyond = (uint64_t)address + a->offset + a->width > SIZE;
    enum trap trap = func_call(w->instance->funcs[f], slots);
    if (trap != (beyond ? TRAP_MEMORY_BOUNDS : TRAP_NONE))
        describe(w, f, address, beyond ? "no trap" : "trap");
    if (beyond)
        check_trap(w, f, address);
    check_effect(w, f, address, beyond);
}

static void every_access_traps_at_the_edge_and_says_so(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(lanes); k++) {
        struct world w = world_new(&lanes[k]);
        assert_true(naccesses >= 23 * COUNT(offsets));
        for (uint32_t f = 0; f < naccesses; f++)
            for (size_t i = 0; i < COUNT(addresses); i++)
                call(&w, f, addresses[i]);
        world_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_access_traps_at_the_edge_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
