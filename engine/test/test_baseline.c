/* test_baseline.c - what the official suite does not ask of the baseline compiler: argument
 * permutations and cycles, register pressure, bodies at the limits, exhaustion. */
#include "baseline_module.h"
#include "base/cpu.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct config configs[] = {
    { .memory = MEMORY_GUARD, .cpu_mask = UINT64_MAX },
    { .memory = MEMORY_CHECK, .cpu_mask = 0 },
    { .memory = MEMORY_GUARD,
      .cpu_mask = UINT64_MAX,
      .fuel = true,
      .logical_stack = true,
      .interruptible = true },
};

static uint32_t random_below(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % n);
}

static void shuffle(uint64_t *state, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = random_below(state, i), t = order[i - 1];
        order[i - 1] = order[k];
        order[k] = t;
    }
}

static void give_budgets(struct running *r)
{
    r->store->exec.fuel = INT64_MAX / 2;
    r->store->exec.stack_left = INT32_MAX;
}

static struct func *own(struct running *r, uint32_t i)
{
    return &r->instance->own_funcs[i];
}

/* ---- permutations -------------------------------------------------------------------- */

enum { WIDE = 20, MIXED = 2 * WIDE };

/* Parameters and results of a permuting function: n letters, chosen by their index. */
static char letter_of(uint32_t i) { return "IFif"[(i * 7 + i / 5) % 4]; }

static uint64_t value_of(uint32_t i)
{
    return letter_of(i) == 'I' || letter_of(i) == 'F'
               ? UINT64_C(0x4010000000000001) * (i + 1)
               : 0x40000001 + i * 5;
}

/* A function of n parameters whose results are the parameters in that order; with `call`,
 * by way of function 0, which permutes them as `order` says. */
static void permuting_type(char *type, uint32_t n, const uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++) {
        type[i] = letter_of(i);
        type[n + 1 + i] = letter_of(order[i]);
    }
    type[n] = ':';
    type[2 * n + 1] = '\0';
}

static void put_gets(struct bytes *b, uint32_t n, const uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++)
        put_op_u32(b, OP_local_get, order[i]);
}

/* Function 0 permutes; function 1 calls it, so that arguments and results come from
 * wherever the first call's results were left. */
static void check_permutation(struct config config, uint32_t n, const uint32_t *order)
{
    char type[2 * MIXED + 2];
    uint32_t same[MIXED];
    uint64_t slots[MIXED] = { 0 };
    permuting_type(type, n, order);
    for (uint32_t i = 0; i < n; i++)
        same[i] = i;
    struct body bodies[2] = { { .type = type, .locals = "" },
                              { .type = type, .locals = "" } };
    put_gets(&bodies[0].code, n, order);
    put_gets(&bodies[1].code, n, same);
    put_op_u32(&bodies[1].code, OP_call, 0);
    struct running r = run_module(config, bodies, 2, 0);
    give_budgets(&r);
    for (uint32_t f = 0; f < 2; f++) {
        for (uint32_t i = 0; i < n; i++)
            slots[i] = value_of(i);
        assert_int_equal(func_call(own(&r, f), slots), TRAP_NONE);
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(slots[i], value_of(order[i]));
    }
    running_free(&r);
}

static void parameters_come_back_in_any_order(void **state)
{
    (void)state;
    uint64_t seed = 1;
    uint32_t order[MIXED];
    for (size_t k = 0; k < COUNT(configs); k++)
        for (uint32_t n = 1; n <= MIXED; n++)
            for (uint32_t times = 0; times < 6; times++) {
                shuffle(&seed, order, n);
                check_permutation(configs[k], n, order);
            }
}

/* Arguments of one kind in the registers they arrive in, permuted: chains and cycles. */
static void check_rotation(struct config config, char letter, uint32_t n,
                           const uint32_t *order)
{
    char type[WIDE + 3], sum_type[WIDE + 3];
    memset(type, letter, n);
    strcpy(type + n, letter == 'I' ? ":I" : ":F");
    strcpy(sum_type, type);
    struct body bodies[2] = { { .type = sum_type, .locals = "" },
                              { .type = type, .locals = "" } };
    struct bytes *sum = &bodies[0].code;
    put_op_u32(sum, OP_local_get, 0);
    for (uint32_t i = 1; i < n; i++) {
        put_op(sum, letter == 'I' ? OP_i64_const : OP_f64_const);
        double ten = 10;
        if (letter == 'I')
            put_s64(sum, 10);
        else
            put_bytes(sum, &ten, 8);
        put_op(sum, letter == 'I' ? OP_i64_mul : OP_f64_mul);
        put_op_u32(sum, OP_local_get, i);
        put_op(sum, letter == 'I' ? OP_i64_add : OP_f64_add);
    }
    put_gets(&bodies[1].code, n, order);
    put_op_u32(&bodies[1].code, OP_call, 0);
    struct running r = run_module(config, bodies, 2, 0);
    give_budgets(&r);
    uint64_t slots[WIDE], want = 0;
    for (uint32_t i = 0; i < n; i++) {
        double value = i + 1;
        slots[i] = i + 1;
        if (letter == 'F')
            memcpy(&slots[i], &value, 8);
        want = want * 10 + order[i] + 1;
    }
    assert_int_equal(func_call(own(&r, 1), slots), TRAP_NONE);
    double got;
    memcpy(&got, slots, 8);
    assert_int_equal(letter == 'I' ? slots[0] : (uint64_t)got, want);
    running_free(&r);
}

static void arguments_change_places(void **state)
{
    (void)state;
    uint64_t seed = 2;
    uint32_t order[WIDE];
    for (size_t k = 0; k < COUNT(configs); k++)
        for (uint32_t n = 2; n <= 8; n++)
            for (uint32_t times = 0; times < 20; times++) {
                shuffle(&seed, order, n);
                check_rotation(configs[k], 'I', n, order);
                check_rotation(configs[k], 'F', n, order);
            }
}

/* ---- locals that are copied before they change -------------------------------------- */

/* Every local is read, then all are set anew in another order: the values on the stack
 * must be those from before.  A loop does it twice, so that a permutation's square comes
 * out. */
static void check_reassignment(struct config config, char letter, uint32_t n,
                               const uint32_t *order)
{
    char type[WIDE + 3];
    memset(type, letter, n);
    strcpy(type + n, ":I");
    type[n + 1] = letter;
    for (uint32_t ask = 0; ask < n; ask++) {
        struct body body = { .type = type, .locals = "i" };
        struct bytes *b = &body.code;
        put_op(b, OP_loop);
        put(b, 0x40);
        for (uint32_t i = 0; i < n; i++)
            put_op_u32(b, OP_local_get, order[i]);
        for (uint32_t i = n; i-- > 0;)
            put_op_u32(b, OP_local_set, i);
        put_op_u32(b, OP_local_get, n);
        put_op(b, OP_i32_eqz);
        put_op(b, OP_i32_const);
        put_s64(b, 1);
        put_op_u32(b, OP_local_set, n);
        put_op_u32(b, OP_br_if, 0);
        put_op(b, OP_end);
        put_op_u32(b, OP_local_get, ask);
        struct running r = run_module(config, &body, 1, 0);
        give_budgets(&r);
        uint64_t slots[WIDE];
        for (uint32_t i = 0; i < n; i++)
            slots[i] = 1000 + i;
        assert_int_equal(func_call(own(&r, 0), slots), TRAP_NONE);
        assert_int_equal(slots[0], 1000 + order[order[ask]]);
        running_free(&r);
    }
}

static void locals_are_copied_before_they_change(void **state)
{
    (void)state;
    uint64_t seed = 3;
    uint32_t order[WIDE];
    for (size_t k = 0; k < COUNT(configs); k++)
        for (uint32_t n = 2; n <= WIDE; n += 3) {
            shuffle(&seed, order, n);
            check_reassignment(configs[k], 'I', n, order);
            check_reassignment(configs[k], 'F', n, order);
        }
}

/* ---- register pressure --------------------------------------------------------------- */

/* A balanced tree of 2^depth leaves, all from memory, so that each wants a register. */
static void put_tree(struct bytes *b, uint32_t depth, uint32_t *leaf)
{
    if (depth == 0) {
        put_op(b, OP_i32_const);
        put_s64(b, (int64_t)*leaf * 4);
        put_op_u32(b, OP_i32_load, 2);
        put_u32(b, 0);
        ++*leaf;
        return;
    }
    put_tree(b, depth - 1, leaf);
    put_tree(b, depth - 1, leaf);
    put_op(b, depth % 2 != 0 ? OP_i32_sub : OP_i32_rotl);
}

static uint32_t rotl(uint32_t x, uint32_t n)
{
    n &= 31;
    return n == 0 ? x : x << n | x >> (32 - n);
}

static uint32_t tree_value(const uint32_t *memory, uint32_t depth, uint32_t *leaf)
{
    if (depth == 0)
        return memory[(*leaf)++];
    uint32_t x = tree_value(memory, depth - 1, leaf);
    uint32_t y = tree_value(memory, depth - 1, leaf);
    return depth % 2 != 0 ? x - y : rotl(x, y);
}

static void deep_expressions_spill(void **state)
{
    (void)state;
    enum { DEPTH = 10, LEAVES = 1 << DEPTH };
    uint64_t seed = 4;
    for (size_t k = 0; k < COUNT(configs); k++) {
        struct body body = { .type = ":i", .locals = "" };
        uint32_t memory[LEAVES], leaf = 0;
        put_tree(&body.code, DEPTH, &leaf);
        struct running r = run_module(configs[k], &body, 1, 0);
        give_budgets(&r);
        for (uint32_t i = 0; i < LEAVES; i++)
            memory[i] = random_below(&seed, INT32_MAX) * 2 + 1;
        memcpy(r.instance->mem0, memory, sizeof memory);
        uint64_t slots[1];
        assert_int_equal(func_call(own(&r, 0), slots), TRAP_NONE);
        leaf = 0;
        assert_int_equal(slots[0], tree_value(memory, DEPTH, &leaf));
        running_free(&r);
    }
}

/* ---- bodies at the limits ------------------------------------------------------------ */

enum {
    BODY_MAX = HOSTILE(500000, 7600000),
    OPERANDS = HOSTILE(100000, 990000),
    NATIVE_STACK = 1 << 20,
};

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Compiles it in time that only a linear compiler needs, and runs it.  A frame of
 * megabytes does not fit the stack. */
static void check_huge(const char *what, struct body body, uint64_t want)
{
    struct fail f = { .kind = FAIL_NONE };
    struct config config = configs[2];
    config.native_stack = NATIVE_STACK;
    struct running r = run_module(config, &body, 1, 0);
    double began = cpu_seconds();
    if (!compile_now(&r, 0, &f))
        fail_msg("%s: %s", what, f.text);
    double took = cpu_seconds() - began;
    if (took > 30)
        fail_msg("%s took %.1f s", what, took);
    give_budgets(&r);
    uint64_t slots[1] = { 0 };
    bool fits = r.code->module->funcs[0].info->frame_slots * 8 + 65536 < NATIVE_STACK;
    assert_int_equal(func_call(own(&r, 0), slots), fits ? TRAP_NONE : TRAP_STACK);
    assert_int_equal(slots[0], fits ? want : 0);
    running_free(&r);
}

static void put_const(struct bytes *b, int64_t value)
{
    put_op(b, OP_i32_const);
    put_s64(b, value);
}

/* Aliases of one local pile up, and it is set again and again. */
static struct body many_aliases(void)
{
    struct body body = { .type = ":i", .locals = "ii" };
    struct bytes *b = &body.code;
    uint32_t n = 0;
    for (; b->len < BODY_MAX / 2; n++) {
        put_op_u32(b, OP_local_get, n % 2);
        put_const(b, 7);
        put_op_u32(b, OP_local_set, n % 2);
    }
    while (n-- > 1)
        put_op(b, OP_drop);
    return body;
}

static struct body many_blocks(void)
{
    struct body body = { .type = ":i", .locals = "" };
    struct bytes *b = &body.code;
    enum { DEPTH = 49000 };
    for (uint32_t i = 0; i < DEPTH; i++) {
        put_const(b, 1);
        put_op(b, OP_block);
        put(b, 0x40);
        put_const(b, 0);
        put_op_u32(b, OP_br_if, i);
    }
    for (uint32_t i = 0; i < DEPTH; i++) {
        put_op(b, OP_end);
        put_op(b, OP_drop);
    }
    put_const(b, 42);
    return body;
}

/* Thousands of locals, and blocks that might be tempted to visit them all. */
static struct body many_locals(void)
{
    struct body body = { .type = ":i", .locals = "i*50000" };
    struct bytes *b = &body.code;
    for (uint32_t i = 0; b->len < BODY_MAX - 64; i++) {
        put_op(b, OP_block);
        put(b, 0x40);
        put_op_u32(b, OP_local_get, i % 50000);
        put_op_u32(b, OP_br_if, 0);
        put_const(b, 0);
        put_op_u32(b, OP_local_set, i * 7 % 50000);
        put_op(b, OP_end);
    }
    put_op_u32(b, OP_local_get, 49999);
    return body;
}

static struct body many_labels(void)
{
    struct body body = { .type = ":i", .locals = "i" };
    struct bytes *b = &body.code;
    enum { LABELS = 65520, DEPTH = 1000 };
    put_const(b, 5);
    put_op_u32(b, OP_local_set, 0);
    for (uint32_t i = 0; i < DEPTH; i++) {
        put_op(b, OP_block);
        put(b, VT_I32);
    }
    put_const(b, 9);
    put_const(b, 3);
    put_op_u32(b, OP_br_table, LABELS);
    for (uint32_t i = 0; i <= LABELS; i++)
        put_u32(b, i % DEPTH);
    for (uint32_t i = 0; i < DEPTH; i++) {
        put_op(b, OP_end);
        put_op_u32(b, OP_local_get, 0);
        put_op(b, OP_i32_add);
    }
    return body;
}

static struct body many_operands(void)
{
    struct body body = { .type = ":i", .locals = "" };
    struct bytes *b = &body.code;
    uint32_t n = 0;
    for (; n < OPERANDS; n++) {
        put_const(b, 0);
        put_op_u32(b, OP_i32_load, 2);
        put_u32(b, 0);
    }
    while (n-- > 1)
        put_op(b, OP_i32_add);
    return body;
}

static void bodies_at_the_limits_compile_in_linear_time(void **state)
{
    (void)state;
    check_huge("aliases", many_aliases(), 0);
    check_huge("blocks", many_blocks(), 42);
    check_huge("locals", many_locals(), 0);
    check_huge("labels", many_labels(), 9 + 5 * 997);
    check_huge("operands", many_operands(), 0);
}

/* ---- exhaustion ---------------------------------------------------------------------- */

static struct body sample(void)
{
    struct body body = { .type = "iF:i", .locals = "i*40" };
    struct bytes *b = &body.code;
    for (uint32_t i = 0; i < 200; i++) {
        put_op_u32(b, OP_local_get, 0);
        put_op_u32(b, OP_i32_load, 2);
        put_u32(b, i);
        put_op_u32(b, OP_local_get, 1);
        put_op(b, OP_i32_trunc_f64_s);
        put_op(b, OP_i32_add);
        put_op_u32(b, OP_local_set, 2 + i % 40);
    }
    put_op_u32(b, OP_local_get, 3);
    return body;
}

static void exhaustion_is_a_status_and_can_be_tried_again(void **state)
{
    (void)state;
    struct body body = sample();
    struct running r = run_module(configs[0], &body, 1, 0);
    uint32_t failures = 0;
    for (int64_t n = 1;; n++) {
        struct fail f = { .kind = FAIL_NONE };
        atomic_store(&r.engine->heap.fail_at, n);
        bool done = compile_now(&r, 0, &f);
        atomic_store(&r.engine->heap.fail_at, 0);
        if (done)
            break;
        assert_int_equal(f.kind, FAIL_EXHAUSTED);
        failures++;
    }
    assert_true(failures > 0);
    assert_int_equal(r.code->stats.compiled, 1);
    uint64_t slots[2] = { 0, 0 };
    assert_int_equal(func_call(own(&r, 0), slots), TRAP_NONE);
    assert_int_equal(slots[0], 0);
    running_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_come_back_in_any_order),
        cmocka_unit_test(arguments_change_places),
        cmocka_unit_test(locals_are_copied_before_they_change),
        cmocka_unit_test(deep_expressions_spill),
        cmocka_unit_test(bodies_at_the_limits_compile_in_linear_time),
        cmocka_unit_test(exhaustion_is_a_status_and_can_be_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
