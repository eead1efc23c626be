/* test_v128.c - the type v128 where no instruction of its own is needed: locals, operands,
 * blocks, calls, globals, the host, entries at loops, in every tier.
 *
 * A row names a function of wat/v128.wat and says which of its first two arguments, a and b,
 * it gives (0: zero) for the conditions 0 and 1. */
#include "api/api.h"
#include "base/cpu.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    const char *name, *gives;
} rows[] = {
    { "first", "aa" },
    { "second", "bb" },
    { "select", "ba" },
    { "select_compared", "ab" },
    { "set_under_value", "bb" },
    { "tee", "bb" },
    { "zero", "00" },
    { "zero_many", "00" },
    { "unpinned", "bb" },
    { "spilled", "aa" },
    { "block", "ba" },
    { "block_many", "ba" },
    { "if", "ab" },
    { "if_else", "ab" },
    { "table", "ba" },
    { "loop", "bb" },
    { "loop_locals", "bb" },
    { "call_many", "ba" },
    { "last_of_many", "bb" },
    { "across_call", "bb" },
    { "call_indirect", "ab" },
    { "host", "bb" },
    { "global", "bb" },
    { "return", "ab" },
};

static const struct lane {
    const char *name;
    struct config config;
} lanes[] = {
    { "interp", { .policy = POLICY_INTERP } },
    { "interp loop", { .policy = POLICY_INTERP, .dispatch = DISPATCH_LOOP } },
    { "interp budgets",
      { .policy = POLICY_INTERP,
        .fuel = true,
        .logical_stack = true,
        .interruptible = true } },
    { "interp junk", { .policy = POLICY_INTERP, .junk = 7 } },
    { "baseline", { .policy = POLICY_BASELINE, .cpu_mask = UINT64_MAX } },
    { "baseline without AVX", { .policy = POLICY_BASELINE, .memory = MEMORY_CHECK } },
    { "baseline budgets",
      { .policy = POLICY_BASELINE,
        .fuel = true,
        .logical_stack = true,
        .interruptible = true } },
    { "baseline junk", { .policy = POLICY_BASELINE, .cpu_mask = UINT64_MAX, .junk = 7 } },
    { "tiered",
      { .policy = POLICY_TIERED, .call_threshold = 1000, .loop_threshold = 100 } },
    { "tiered at once",
      { .policy = POLICY_TIERED, .call_threshold = 1, .loop_threshold = 1 } },
    { "odd functions compiled",
      { .policy = POLICY_MASK, .tier_mask = UINT64_C(0xAAAAAAAAAAAAAAAA) } },
    { "even functions compiled",
      { .policy = POLICY_MASK, .tier_mask = UINT64_C(0x5555555555555555) } },
};

/* Each word differs from the others. */
static const uint64_t values[3][2] = {
    { UINT64_C(0xA000000000000001), UINT64_C(0xA200000000000003) },
    { UINT64_C(0xB000000000000001), UINT64_C(0xB200000000000003) },
    { 0, 0 },
};

static const uint64_t *value_of(char letter)
{
    return values[letter == 'a' ? 0 : letter == 'b' ? 1 : 2];
}

/* ---- the world ----------------------------------------------------------------------- */

struct world {
    const struct lane *lane;
    struct engine *engine;
    struct store *store;
    struct modcode *code;
    struct instance *instance;
};

/* (x, n, y) -> (y, n, x) */
static enum trap swap(void *env, struct func *self, struct instance *caller,
                      uint64_t *slots)
{
    uint64_t old[5];
    (void)env, (void)self, (void)caller;
    memcpy(old, slots, sizeof old);
    memcpy(slots, old + 3, 16);
    memcpy(slots + 3, old, 16);
    return TRAP_NONE;
}

static struct module *load(struct engine *e)
{
    static uint8_t bytes[1 << 16];
    struct fail f = { .kind = FAIL_NONE };
    FILE *file = fopen(WX_TEST_MODULE, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct module *m = module_load(&e->heap, e->types, e->config.features, bytes, n, &f);
    if (m == NULL)
        fail_msg("%s at %zu", f.text, f.offset);
    return m;
}

static void link_module(struct world *w)
{
    struct fail f = { .kind = FAIL_NONE };
    const struct module *m = w->code->module;
    const uint64_t zero[2] = { 0, 0 };
    struct global_type type = { .type = VT_V128, .mutable_ = true };
    struct extern_val imports[] = {
        { .kind = EXTERN_GLOBAL, .u.global = global_new(w->store, type, zero) },
        { .kind = EXTERN_FUNC,
          .u.func = func_new_host(w->store, m->funcs[0].type, swap, NULL, NULL) },
    };
    w->instance = instance_new(w->store, w->code, imports, &f);
    if (w->instance == NULL)
        fail_msg("%s", f.text);
}

static struct world world_new(const struct lane *lane)
{
    struct fail f = { .kind = FAIL_NONE };
    struct config config = lane->config;
    config.features = features_of_level(3) | FEATURE_BIT(SIMD);
    struct world w = { .lane = lane, .engine = engine_new(&config, wx_tiers, &f) };
    assert_non_null(w.engine);
    w.code = modcode_new(w.engine, load(w.engine));
    w.store = store_new(w.engine);
    assert_non_null(w.store);
    w.store->exec.fuel = 10000000;
    w.store->exec.stack_left = 1 << 20;
    link_module(&w);
    return w;
}

static void world_free(struct world *w)
{
    store_free(w->store);
    modcode_free(w->code);
    engine_free(w->engine);
}

/* ---- tests --------------------------------------------------------------------------- */

static void call_row(const struct world *w, const struct row *row, uint32_t condition)
{
    const struct export *e = module_export(w->code->module, row->name, strlen(row->name));
    const uint64_t *want = value_of(row->gives[condition]);
    uint64_t slots[5];
    assert_non_null(e);
    memcpy(slots, values, 4 * sizeof *slots);
    slots[4] = condition;
    enum trap trap = func_call(w->instance->funcs[e->index], slots);
    if (trap != TRAP_NONE || memcmp(slots, want, 16) != 0)
        fail_msg("%s: %s(%u): trap %d, got %llx %llx, want %c", w->lane->name, row->name,
                 condition, trap, (unsigned long long)slots[0],
                 (unsigned long long)slots[1], row->gives[condition]);
}

static void a_v128_arrives_as_it_was_sent(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(lanes); k++) {
        struct world w = world_new(&lanes[k]);
        for (size_t i = 0; i < COUNT(rows); i++)
            for (uint32_t n = 0; n < 4; n++)
                call_row(&w, &rows[i], n & 1);
        world_free(&w);
    }
}

static const struct func_info *info_of(const struct world *w, const char *name)
{
    const struct export *e = module_export(w->code->module, name, strlen(name));
    assert_non_null(e);
    return w->code->module->funcs[e->index].info;
}

static void heights_count_slots(void **state)
{
    (void)state;
    struct world w = world_new(&lanes[0]);
    assert_int_equal(info_of(&w, "first")->max_height, 2);
    assert_int_equal(info_of(&w, "first")->header_slot, 5);
    assert_int_equal(info_of(&w, "select")->max_height, 5);
    assert_int_equal(info_of(&w, "block_many")->blocks[1].height, 3);
    assert_int_equal(info_of(&w, "loop")->blocks[1].height, 1);
    assert_int_equal(info_of(&w, "zero")->header_slot, 10);
    world_free(&w);
}

/* A result list of two, from one value: by the end of the body, by br_table. */
static void one_v128_is_not_two(void **state)
{
    static const uint8_t by_end[] = { 0, 'a',  's', 'm',  1, 0,    0,    0, 1,   7,
                                      1, 0x60, 1,   0x7B, 2, 0x7B, 0x7B, 3, 2,   1,
                                      0, 10,   6,   1,    4, 0,    0x20, 0, 0x0B };
    static const uint8_t by_table[] = { 0, 'a',  's',  'm',  1,    0, 0,    0,    1,
                                        7, 1,    0x60, 1,    0x7B, 2, 0x7B, 0x7B, 3,
                                        2, 1,    0,    10,   11,   1, 9,    0,    0x20,
                                        0, 0x41, 0,    0x0E, 0,    0, 0x0B };
    const struct config config = { .features = features_of_level(3) | FEATURE_BIT(SIMD) };
    struct fail f = { .kind = FAIL_NONE };
    struct engine *e = engine_new(&config, wx_tiers, &f);
    (void)state;
    assert_non_null(e);
    assert_null(
        module_load(&e->heap, e->types, config.features, by_end, sizeof by_end, &f));
    assert_string_equal(f.text,
                        "type mismatch: end expects v128 for result 1, found nothing");
    f.kind = FAIL_NONE;
    assert_null(
        module_load(&e->heap, e->types, config.features, by_table, sizeof by_table, &f));
    assert_string_equal(
        f.text, "type mismatch: br_table expects v128 for label value 1, found nothing");
    engine_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_v128_arrives_as_it_was_sent),
        cmocka_unit_test(heights_count_slots),
        cmocka_unit_test(one_v128_is_not_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
