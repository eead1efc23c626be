/* test_interp.c - the interpreter from the inside: cells, frames, exhaustion.
 *
 * A row names a function of wat/interp.wat, the cells it becomes where memory is guarded,
 * and what it gives for some arguments in every dispatcher and strategy. */
#include "interp/frame.h"
#include "interp/fuse.h"
#include "runtime/trap.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[H_COUNT] = {
#define HANDLER(name, ...)       #name,
#define GUARD_HANDLER(name, ...) #name,
#define COLD_HANDLER(name, ...)  #name,
#include "interp/handlers.h"
};

/* What each row of cells begins with. */
static const char *const first_names[] = {
#define FUSED2(a, ...) #a,
#define FUSED3(a, ...) #a,
#define FUSED4(a, ...) #a,
#define FUSED5(a, ...) #a,
#define FUSED6(a, ...) #a,
#include "interp/fused.def"
};

/* f64 and f32 patterns */
#define D_1          UINT64_C(0x3FF0000000000000)
#define D_1_5        UINT64_C(0x3FF8000000000000)
#define D_2          UINT64_C(0x4000000000000000)
#define D_HALF       UINT64_C(0x3FE0000000000000)
#define D_NAN        UINT64_C(0x7FF8000000000000)
#define D_MINUS_HALF UINT64_C(0xBFE0000000000000)

/* clang-format off */
static const struct row {
    const char *name, *cells;
    unsigned ncalls;
    struct {
        uint64_t args[3], result;
    } calls[3];
} rows[] = {
    { "retarget", "entry i32_mul_SS_A i32_add_AI_S return_A",
      2, { { { 3, 4 }, 17 }, { { 0, 1 }, 5 } } },
    { "save_local", "entry copy_constant i32_add_SS_A return_A",
      1, { { { 5 }, 12 } } },
    { "post_increment", "entry copy i32_add_SI_S i32_mul_SA_A return_A",
      1, { { { 6 }, 42 } } },
    { "tee_saves", "entry copy_constant i32_sub_SS_A i32_add_AS_A return_A",
      1, { { { 9 }, 9 } } },
    { "spill", "entry i32_mul_SI_S i32_xor_SI_A i32_sub_SA_A return_A",
      2, { { { 5, 7 }, 9 }, { { 0, 1 }, 0 } } },
    { "count", "entry2 br_bump_i32_lt_u_S return_S",
      2, { { { 4 }, 12 }, { { 0 }, 3 } } },
    { "count_down", "entry1 i32_mul_SI_S i32_add_AS_S br_add_i32_ne_I return_S",
      2, { { { 1 }, 1 }, { { 3 }, 34 } } },
    { "count_long", "entry1 i64_xor_SS_S br_add_i64_ne_I return_S",
      2, { { { 1 }, 1 }, { { 4 }, 4 } } },
    { "maximum", "entry select_i32_gt_s_SS_A return_A",
      2, { { { 1, 0xFFFFFFFF }, 1 }, { { 2, 3 }, 3 } } },
    { "sign", "entry constant2 select_i64_lt_s_SI_A return_A",
      2, { { { UINT64_MAX }, 0xFFFFFFFF }, { { 5 }, 1 } } },
    { "element", "entry guard_load32_u_SS_A return_A",
      2, { { { 4, 1 }, 3 }, { { 0xFFFFFFFC, 1 }, 1 } } },
    { "table", "entry guard_load32_u_KS_A return_A",
      2, { { { 3 }, 4 }, { { 0x40000001 }, 2 } } },
    { "sum_loaded",
      "entry guard_load32_u_S_A i32_add_u32R_S_A_A i32_add_u32R_S_A_A return_A",
      1, { { { 0, 4 }, 7 } } },
    { "loaded_first", "entry i32_xor_u8R_SI_S_A return_A",
      2, { { { 4, 1 }, 2 }, { { 0xFFFFFFFC, 3 }, 2 } } },
    { "loaded_double", "entry f64_sub_f64L_I_S_A return_f64_A",
      2, { { { D_1 }, D_HALF }, { { D_2 }, D_MINUS_HALF } } },
    { "loaded_double_second", "entry f64_mul_SS_A f64_sub_f64R_I_A_A return_f64_A",
      1, { { { D_1_5, D_2 }, D_HALF } } },
    { "shifted", "entry i32_rotl_SI_A i32_xor_shr_u_AS_A return_A",
      1, { { { 0x80, 0x80000000 }, 0x10000001 } } },
    { "field", "entry i64_field_S_A return_A",
      1, { { { UINT64_C(0x123456) }, 0x34 } } },
    { "constants", "entry i32_add_SI_A return_A",
      2, { { { 1 }, 11 }, { { 0xFFFFFFFF }, 9 } } },
    { "not_not_less", "entry br_i32_ge_s_SS return_I return_I",
      2, { { { 0xFFFFFFFF, 0 }, 1 }, { { 1, 1 }, 2 } } },
    { "not_less_float", "entry br_not_f64_lt_SS return_I return_I",
      3, { { { D_1, D_2 }, 1 }, { { D_2, D_1 }, 2 }, { { D_NAN, D_1 }, 2 } } },
    { "odd", "entry br_not_i64_test_SI return_I return_I",
      2, { { { 3 }, 1 }, { { UINT64_C(0x100000000) }, 2 } } },
    { "branch_with_value", "entry br_i32_ne_SI copy br constant return_S",
      2, { { { 0 }, 0 }, { { 5 }, 20 } } },
    { "plain_block", "entry i32_mul_SI_A i32_add_AI_A return_A",
      1, { { { 5 }, 16 } } },
    { "both_arms", "entry copy br_unless_S i32_add_SI_S br i32_mul_SI_S return_S",
      2, { { { 1, 5 }, 6 }, { { 0, 5 }, 10 } } },
    { "length", "entry1 copy br_not_load_u8_A i32_add_SI_S br i32_sub_SS_A return_A",
      2, { { { 16 }, 16 }, { { 32 }, 0 } } },
    { "many_results", "entry copy2 call i32_sub_SS_A return_A",
      1, { { { 5, 7 }, 2 } } },
    { "arguments", "entry constant_copy copy call i32_sub_AS_A return_A",
      1, { { { 20 }, 11 } } },
    { "bits", "entry f32_neg_S_A i32_reinterpret_f32_A_A i32_add_AI_A return_A",
      1, { { { 0x3F800000 }, 0xBF800001 } } },
    { "deep", "entry4 br_i32_ne_SI unreachable i32_add_SI_S call i32_add_AI_A return_A", 0, { { { 0 }, 0 } } },
};
/* clang-format on */

/* ---- the world ----------------------------------------------------------------------- */

static const struct lane {
    const char *name;
    struct config config;
} lanes[] = {
    { "tail guard", { .memory = MEMORY_GUARD } },
    { "tail check", { .memory = MEMORY_CHECK } },
    { "loop", { .memory = MEMORY_CHECK, .dispatch = DISPATCH_LOOP } },
    { "fuel", { .memory = MEMORY_GUARD, .fuel = true, .logical_stack = true } },
    { "interruptible", { .memory = MEMORY_GUARD, .fuel = true, .interruptible = true } },
};

struct world {
    const struct lane *lane;
    struct engine *engine;
    struct store *store;
    struct modcode *code;
    struct instance *instance;
};

static size_t read_module(uint8_t *bytes, size_t size)
{
    FILE *f = fopen(WX_TEST_MODULE, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, size, f);
    fclose(f);
    return n;
}

static struct world world_new(const struct lane *lane)
{
    static const struct tier *const tiers[TIER_COUNT] = { &interp_tier };
    static uint8_t bytes[1 << 16];
    size_t n = read_module(bytes, sizeof bytes);
    struct config config = lane->config;
    struct fail f = { .kind = FAIL_NONE };
    config.features = features_of_level(2);
    struct world w = { .lane = lane, .engine = engine_new(&config, tiers, &f) };
    assert_non_null(w.engine);
    struct module *m =
        module_load(&w.engine->heap, w.engine->types, config.features, bytes, n, &f);
    if (m == NULL)
        fail_msg("%s", f.text);
    w.code = modcode_new(w.engine, m);
    w.store = store_new(w.engine);
    assert_non_null(w.store);
    w.store->exec.fuel = 1000000;
    w.store->exec.stack_left = 1 << 20;
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

static uint32_t index_of(const struct world *w, const char *name)
{
    const struct export *e = module_export(w->code->module, name, strlen(name));
    if (e == NULL)
        fail_msg("no export %s", name);
    return e->index;
}

/* ---- cells --------------------------------------------------------------------------- */

/* Of a cell's own handler, where a row begins (fuse.h) too. */
static const char *name_of(const struct world *w, const void *handler)
{
    const struct dispatcher *d = &interp_of(w->engine)->dispatcher;
    const void *const *addresses = d->handlers;
    if (addresses == NULL)
        return names[(uintptr_t)handler];
    for (int h = 0; h < H_COUNT; h++)
        if (addresses[h] == handler)
            return names[h];
    for (uint32_t i = 0; d->fuser != NULL && i < d->fuser->nrows; i++)
        if (d->fuser->addresses[i] == handler)
            return first_names[i];
    return "?";
}

/* The names of a function's cells, but for the last one. */
static void list(const struct world *w, uint32_t func, char *text, size_t size)
{
    struct fail f = { .kind = FAIL_NONE };
    struct fncode *fn = &w->code->fns[func];
    assert_true(interp_tier.prepare(fn, &f));
    const struct program *p = fn->interp;
    size_t n = 0;
    for (uint32_t i = 0; i + 1 < p->ncells; i++) {
        n += (size_t)snprintf(text + n, size - n, i != 0 ? " %s" : "%s",
                              name_of(w, p->cells[i].handler));
        assert_true(n < size);
    }
}

static void functions_become_the_cells_expected(void **state)
{
    (void)state;
    struct world w = world_new(&lanes[0]);
    char got[1024];
    for (size_t i = 0; i < COUNT(rows) && !interp_of(w.engine)->dispatcher.checks; i++) {
        list(&w, index_of(&w, rows[i].name), got, sizeof got);
        if (strcmp(got, rows[i].cells) != 0)
            fail_msg("%s: got\n%s, want\n%s", rows[i].name, got, rows[i].cells);
    }
    world_free(&w);
}

static void call_row(const struct world *w, const struct row *row)
{
    struct func *f = w->instance->funcs[index_of(w, row->name)];
    for (unsigned i = 0; i < row->ncalls; i++) {
        uint64_t slots[3];
        memcpy(slots, row->calls[i].args, sizeof slots);
        enum trap trap = func_call(f, slots);
        if (trap != TRAP_NONE || slots[0] != row->calls[i].result)
            fail_msg("%s: %s, call %u: trap %d, got 0x%llx, want 0x%llx", w->lane->name,
                     row->name, i, trap, (unsigned long long)slots[0],
                     (unsigned long long)row->calls[i].result);
    }
}

static void functions_give_the_results_expected(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(lanes); k++) {
        struct world w = world_new(&lanes[k]);
        for (size_t i = 0; i < COUNT(rows); i++)
            call_row(&w, &rows[i]);
        world_free(&w);
    }
}

/* ---- traps --------------------------------------------------------------------------- */

static enum trap call_deep(const struct world *w, uint32_t n)
{
    uint64_t slots[1] = { n };
    return func_call(w->instance->funcs[index_of(w, "deep")], slots);
}

static uint32_t body_offset(const struct world *w, uint32_t func)
{
    const struct module *m = w->code->module;
    return (uint32_t)(m->funcs[func].body - m->bytes);
}

/* `unreachable` is the fourth instruction of the body, the call of itself the eighth. */
enum { UNREACHABLE_AT = 5, CALL_AT = 12 };

static void a_backtrace_has_every_frame(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(lanes); k++) {
        struct world w = world_new(&lanes[k]);
        uint32_t func = index_of(&w, "deep"), body = body_offset(&w, func);
        const struct trap_info *t = &w.store->exec.trap;
        assert_int_equal(call_deep(&w, 50), TRAP_UNREACHABLE);
        assert_int_equal(t->nframes, 51);
        for (uint32_t i = 0; i < TRAP_FRAMES; i++) {
            assert_int_equal(t->frames[i].func, func);
            assert_ptr_equal(t->frames[i].instance, w.instance);
            assert_int_equal(t->frames[i].offset,
                             body + (i == 0 ? UNREACHABLE_AT : CALL_AT));
        }
        world_free(&w);
    }
}

static void an_exhausted_stack_traps_in_the_callee(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(lanes); k++) {
        struct world w = world_new(&lanes[k]);
        uint32_t func = index_of(&w, "deep"), body = body_offset(&w, func);
        const struct trap_info *t = &w.store->exec.trap;
        for (int again = 0; again < 2; again++) {
            int64_t stack_left = w.store->exec.stack_left;
            w.store->exec.fuel = INT64_MAX;
            assert_int_equal(call_deep(&w, UINT32_MAX), TRAP_STACK);
            assert_int_equal(t->frames[0].offset, body);
            assert_int_equal(t->frames[1].offset, body + CALL_AT);
            assert_true(t->nframes > 100);
            assert_int_equal(w.store->exec.stack_left, stack_left);
            assert_ptr_equal(w.store->exec.value_top, w.store->exec.value_base);
        }
        world_free(&w);
    }
}

/* The last unit is used up; a charge that does not fit costs nothing. */
static void fuel_runs_out_at_a_charge_point(void **state)
{
    (void)state;
    struct world w = world_new(&lanes[3]);
    const struct trap_info *t = &w.store->exec.trap;
    uint32_t func = index_of(&w, "deep");
    int64_t start = w.store->exec.fuel;
    assert_int_equal(call_deep(&w, 5), TRAP_UNREACHABLE);
    int64_t used = start - w.store->exec.fuel;
    w.store->exec.fuel = used;
    assert_int_equal(call_deep(&w, 5), TRAP_UNREACHABLE);
    assert_int_equal(w.store->exec.fuel, 0);
    w.store->exec.fuel = used - 1;
    assert_int_equal(call_deep(&w, 5), TRAP_FUEL);
    assert_true(w.store->exec.fuel >= 0);
    assert_int_equal(t->nframes, 6);
    assert_int_equal(t->frames[0].func, func);
    w.store->exec.fuel = 0;
    assert_int_equal(call_deep(&w, 5), TRAP_FUEL);
    assert_int_equal(t->frames[0].offset, body_offset(&w, func));
    world_free(&w);
}

static void an_interrupt_stops_at_a_charge_point(void **state)
{
    (void)state;
    struct world w = world_new(&lanes[4]);
    w.store->exec.interrupt = 1;
    assert_int_equal(call_deep(&w, 5), TRAP_INTERRUPT);
    w.store->exec.interrupt = 0;
    assert_int_equal(call_deep(&w, 5), TRAP_UNREACHABLE);
    world_free(&w);
}

/* ---- exhaustion ---------------------------------------------------------------------- */

/* Every allocation of translating fails once; the function can be called afterwards. */
static void translation_without_memory_is_a_trap(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (int64_t n = 1;; n++) {
        struct world w = world_new(&lanes[0]);
        atomic_store(&w.engine->heap.fail_at, n);
        enum trap trap = call_deep(&w, 0);
        atomic_store(&w.engine->heap.fail_at, 0);
        if (trap == TRAP_OUT_OF_MEMORY) {
            const struct trap_info *t = &w.store->exec.trap;
            failures++;
            assert_int_equal(t->nframes, 1);
            assert_int_equal(t->frames[0].offset, body_offset(&w, index_of(&w, "deep")));
            trap = call_deep(&w, 0);
            assert_int_equal(trap, TRAP_UNREACHABLE);
            world_free(&w);
            continue;
        }
        assert_int_equal(trap, TRAP_UNREACHABLE);
        world_free(&w);
        break;
    }
    assert_true(failures > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_become_the_cells_expected),
        cmocka_unit_test(functions_give_the_results_expected),
        cmocka_unit_test(a_backtrace_has_every_frame),
        cmocka_unit_test(an_exhausted_stack_traps_in_the_callee),
        cmocka_unit_test(fuel_runs_out_at_a_charge_point),
        cmocka_unit_test(an_interrupt_stops_at_a_charge_point),
        cmocka_unit_test(translation_without_memory_is_a_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
