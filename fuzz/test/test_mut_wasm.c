/* test_mut_wasm.c - the mutations of modules (mutators.def) one by one: each applies soon, changes
 * the bytes, does what its name says, and gives a valid module as often as its row promises;
 * those that only move code change no result; of a case with two modules both are changed, and
 * they can still be linked. */
#include "mut/mut.h"
#include "oracle.h"
#include "wxgen.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { MAX_SIZE = 1 << 16, SEEDS = 200 };

/* What of a tree a mutation changes by its nature. */
struct shape {
    int64_t funcs, globals, locals, calls;
};

/* valid: at least this share of the results validates, in percent; the others are dropped.
 * What changes by how much: exactly. */
struct promise {
    const char *name;
    mut_wasm_fn *fn;
    uint32_t valid;
    struct shape change;
    bool keeps_locals, keeps_calls; /* change says so */
};

#define ROW(name, ...)                  \
    {                                   \
#name, wasm_##name, __VA_ARGS__ \
    }

/* clang-format off */
static const struct promise promises[] = {
    ROW(replace,      90, { 0, 0, 0, 0 }, true, false),
    ROW(operands,     90, { 0, 0, 0, 0 }, true, true),
    ROW(operation,    95, { 0, 0, 0, 0 }, true, true),
    ROW(immediate,    50, { 0, 0, 0, 0 }, true, true),
    ROW(wrap,         80, { 0, 0, 0, 0 }, true, true),
    ROW(operate,     100, { 0, 0, 0, 0 }, true, true),
    ROW(delete,       90, { 0, 0, 0, 0 }, true, false),
    ROW(duplicate,    90, { 0, 0, 0, 0 }, true, false),
    ROW(outline,     100, { 1, 0, 0, 1 }, true, true),
    ROW(hoist,       100, { 0, 0, 1, 0 }, true, true),
    ROW(call,        100, { 0, 0, 0, 1 }, true, true),
    ROW(add_func,    100, { 1, 0, 0, 0 }, false, false),
    ROW(drop_func,    95, { -1, 0, 0, 0 }, false, false),
    ROW(add_global,  100, { 0, 1, 0, 0 }, true, true),
    ROW(drop_global, 100, { 0, -1, 0, 0 }, true, true),
    ROW(limits,       95, { 0, 0, 0, 0 }, true, true),
    ROW(segment,      95, { 0, 0, 0, 0 }, true, true),
    ROW(splice,       90, { 0, 0, 0, 0 }, false, false),
    ROW(script,      100, { 0, 0, 0, 0 }, true, true),
};
/* clang-format on */

/* A row is missing: does not compile. */
enum {
#define WX_MUT_WASM(name, weight, text) COUNT_##name,
#include "mut/mutators.def"
    MUTATORS
};
_Static_assert(COUNT(promises) == MUTATORS, "a promise for each mutation");

static struct shape shape_of(const struct tree *t)
{
    struct shape s = { .funcs = t->nfuncs, .globals = t->nglobals };
    for (uint32_t f = 0; f < t->nfuncs; f++) {
        s.locals += t->funcs[f].nlocals;
        for (uint32_t i = 0; i < t->funcs[f].code.len; i++) {
            enum op op = t->funcs[f].code.at[i].op;
            s.calls += op == OP_call || op == OP_call_indirect;
        }
    }
    return s;
}

/* ---- a mutation under way ------------------------------------------------------------------ */

struct bench {
    uint8_t data[MAX_SIZE];
    size_t size;
    struct heap heap;
    struct arena a;
    struct fuzz_case c, before;
    struct dna rng;
    struct mutation m;
};

/* A module with its sections; its size. */
static size_t make_module(uint64_t seed, uint8_t *out)
{
    size_t len;
    wxgen_case *c = wxgen_from_seed(seed, NULL);
    const uint8_t *data = wxgen_file(c, &len);
    memcpy(out, data, len);
    wxgen_free(c);
    return len;
}

static void bench_begin(struct bench *b, uint64_t seed, jmp_buf *oom)
{
    b->heap = (struct heap){ 0 };
    arena_init(&b->a, &b->heap);
    b->size = make_module(seed, b->data);
    assert_true(case_read(b->data, b->size, &b->a, &b->c));
    b->a.oom = oom;
    b->before = b->c;
    b->rng = (struct dna){ .stream = seed + 1 };
    b->m = (struct mutation){ .a = &b->a, .rng = &b->rng, .c = &b->c };
    b->m.t = tree_read(&b->a, b->c.wasm, b->c.wasm_len);
    assert_non_null(b->m.t);
}

static bool loads(const uint8_t *wasm, size_t len)
{
    struct fail fail = { 0 };
    struct heap heap = { 0 };
    struct type_registry *types = types_new(&heap);
    struct module *m = module_load(&heap, types, features_of_level(9), wasm, len, &fail);
    bool valid = m != NULL;
    if (valid)
        module_free(m);
    types_free(types);
    return valid;
}

/* ---- promises ------------------------------------------------------------------------------ */

struct tally {
    uint32_t done, valid, changed;
};

static bool differ(struct bytes_out a, struct bytes_out b)
{
    return a.len != b.len || memcmp(a.at, b.at, a.len) != 0;
}

static void check_shape(const struct promise *p, const struct shape *old,
                        const struct shape *now)
{
    assert_int_equal(now->funcs - old->funcs, p->change.funcs);
    assert_int_equal(now->globals - old->globals, p->change.globals);
    if (p->keeps_locals)
        assert_int_equal(now->locals - old->locals, p->change.locals);
    if (p->keeps_calls)
        assert_int_equal(now->calls - old->calls, p->change.calls);
}

/* One mutation of the case of a seed. */
NOINLINE static void try_mutator(const struct promise *p, uint64_t seed,
                                 struct tally *tally)
{
    static struct bench b;
    jmp_buf oom;
    assert_int_equal(setjmp(oom), 0);
    bench_begin(&b, seed, &oom);
    struct shape old = shape_of(b.m.t);
    struct bytes_out before = tree_write(&b.a, b.m.t);
    if (p->fn(&b.m)) {
        struct shape now = shape_of(b.m.t);
        struct bytes_out out = tree_write(&b.a, b.m.t);
        bool valid = loads(out.at, out.len);
        check_shape(p, &old, &now);
        tally->done++;
        tally->valid += valid;
        tally->changed += differ(before, out) || memcmp(&b.c, &b.before, sizeof b.c) != 0;
    }
    arena_free(&b.a);
}

static void each_mutation_keeps_its_promise(void **state)
{
    (void)state;
    printf("%-12s %8s %8s %8s of %d\n", "mutation", "applied", "changed", "valid", SEEDS);
    for (size_t f = 0; f < COUNT(promises); f++) {
        const struct promise *p = &promises[f];
        struct tally tally = { 0 };
        for (uint64_t seed = 0; seed < SEEDS; seed++)
            try_mutator(p, seed, &tally);
        printf("%-12s %8u %8u %8u\n", p->name, tally.done, tally.changed, tally.valid);
        assert_true(tally.done >= SEEDS / 4);
        assert_true(tally.changed * 10 >= tally.done * 8);
        assert_true(tally.valid * 100 >= tally.done * p->valid);
    }
}

/* ---- outlined code does the same ----------------------------------------------------------- */

/* false: it cannot be run, or exhaustion ends it. */
static bool run(struct oracle *o, const struct fuzz_case *c, struct run *r)
{
    *r = (struct run){ .oracle = o, .c = c, .lane = LANE_INTERP_FUEL };
    r->steps = arena_zarray(&o->arena, struct step, 1 + CASE_MAX_ACTIONS);
    return run_case(r) == RUN_OK && !r->exhausted;
}

/* All but places, fuel and stack, which are others. */
static void assert_same_steps(const struct run *x, const struct run *y)
{
    assert_int_equal(x->nsteps, y->nsteps);
    for (uint32_t k = 0; k < x->nsteps; k++) {
        const struct step *a = &x->steps[k], *b = &y->steps[k];
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->trap, b->trap);
        assert_int_equal(a->results, b->results);
        assert_int_equal(a->memories, b->memories);
        assert_int_equal(a->globals, b->globals);
        assert_int_equal(a->tables, b->tables);
        assert_int_equal(a->host, b->host);
    }
}

/* A case whose module has been outlined a few times, if it still ends. */
NOINLINE static bool outline_and_compare(struct oracle *o, uint64_t seed)
{
    enum { TIMES = 4 };
    static struct bench b;
    jmp_buf oom;
    struct run before, after;
    bool compared = false;
    assert_int_equal(setjmp(oom), 0);
    bench_begin(&b, seed, &oom);
    o->arena.oom = &oom;
    b.c.fuel = UINT64_C(1) << 20;
    if (run(o, &b.c, &before)) {
        for (uint32_t k = 0; k < TIMES; k++)
            wasm_outline(&b.m);
        struct bytes_out out = tree_write(&b.a, b.m.t);
        b.c.wasm = out.at;
        b.c.wasm_len = out.len;
        compared = run(o, &b.c, &after);
        if (compared)
            assert_same_steps(&before, &after);
    }
    arena_reset(&o->arena);
    arena_free(&b.a);
    return compared;
}

static void outlined_code_does_the_same(void **state)
{
    (void)state;
    struct oracle o;
    uint32_t compared = 0;
    oracle_init(&o);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        compared += outline_and_compare(&o, seed);
    printf("outlined: %u of %d cases compared\n", compared, SEEDS);
    assert_true(compared > SEEDS / 2);
    oracle_free(&o);
}

/* ---- two modules --------------------------------------------------------------------------- */

static size_t no_bytes(uint8_t *data, size_t size, size_t max)
{
    (void)data, (void)max;
    return size;
}

static bool second_changed(const uint8_t *old, size_t nold, const uint8_t *now, size_t nnow)
{
    struct heap heap = { 0 };
    struct arena a;
    struct fuzz_case x, y;
    arena_init(&a, &heap);
    bool changed =
        case_read(old, nold, &a, &x) && case_read(now, nnow, &a, &y) && x.second != NULL &&
        y.second != NULL &&
        (x.second_len != y.second_len || memcmp(x.second, y.second, x.second_len) != 0);
    arena_free(&a);
    return changed;
}

static bool has_second(const uint8_t *data, size_t size)
{
    struct heap heap = { 0 };
    struct arena a;
    struct fuzz_case c;
    arena_init(&a, &heap);
    bool has = case_read(data, size, &a, &c) && c.second != NULL;
    arena_free(&a);
    return has;
}

/* Chains of mutations; after each the case links and does the same in all of its lanes. */
static void both_modules_change_and_link(void **state)
{
    (void)state;
    enum { LENGTH = 12 };
    static uint8_t data[MAX_SIZE], before[MAX_SIZE];
    uint32_t changed = 0, seconds = 0;
    struct oracle o;
    struct finding f;
    oracle_init(&o);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        size_t size = make_module(seed, data);
        for (uint32_t i = 0; i < LENGTH && has_second(data, size); i++) {
            size_t old = size;
            memcpy(before, data, size);
            size = mut_mutate(data, size, sizeof data, seed * 1000 + i, no_bytes, false);
            if (!mut_is_module(data, size)) { /* a fresh start */
                memcpy(data, before, size = old);
                continue;
            }
            seconds++;
            changed += second_changed(before, old, data, size);
            assert_int_not_equal(oracle_run(&o, data, size, &f), VERDICT_DIFFERENT);
        }
    }
    printf("second modules: %u of %u mutations changed them; %u cases unlinkable\n",
           changed, seconds, (unsigned)o.stats.unlinkable);
    assert_true(seconds > SEEDS);
    assert_true(changed * 10 > seconds);
    assert_int_equal(o.stats.unlinkable, 0);
    assert_int_equal(o.stats.invalid, 0);
    assert_int_equal(o.stats.compared, seconds);
    oracle_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mutation_keeps_its_promise),
        cmocka_unit_test(outlined_code_does_the_same),
        cmocka_unit_test(both_modules_change_and_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
