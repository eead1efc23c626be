/* test_stubs.c - entering compiled code, thunks, lazy compilation, tiers, threads, fork. */
#include "compiled_world.h"
#include "x64/helpers.h"
#include "x64/thunk.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <cmocka.h>

static const struct config baseline = { .policy = POLICY_BASELINE };
/* Functions with an odd index are compiled, the others interpreted. */
static const struct config mixed = { .policy = POLICY_MASK,
                                     .tier_mask = 0xAAAAAAAAAAAAAAAA };

static uint64_t call2(struct func *f, uint64_t x, uint64_t y)
{
    uint64_t slots[2] = { x, y };
    assert_int_equal(func_call(f, slots), TRAP_NONE);
    return slots[0];
}

/* ---- calls --------------------------------------------------------------------------- */

static void functions_compile_at_their_first_call(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    const struct type *t = type_new(w->engine, "ii:i");
    struct spec spec = { .functions = { { t, emit_to_next }, { t, emit_add } },
                         .nfunctions = 2 };
    struct modcode *c = module_new(w, &spec);
    struct instance *i = instantiate(w->store, c, NULL);
    assert_int_equal(w->prepared, 0);
    assert_int_equal(call2(own_func(i, 1), 40, 2), 42);
    assert_int_equal(w->prepared, 1);
    assert_int_equal(call2(own_func(i, 0), 0xFFFFFFFF, 3), 2);
    assert_int_equal(w->prepared, 2);
    assert_int_equal(call2(own_func(i, 0), 5, 6), 11);
    assert_int_equal(w->prepared, 2);
    assert_ptr_equal(c->entries[1], c->fns[1].compiled);
    modcode_free(c);
    world_free(w);
}

/* ---- every signature, every direction ------------------------------------------------ */

/* The value with that number, in slots of its type: recognizable, no bit of it zero by rule but
 * the upper halves of 32-bit types. */
static void put_value(uint64_t *slot, valtype t, uint64_t number)
{
    uint64_t pattern = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    slot[0] = t == VT_I32 || t == VT_F32 ? (uint32_t)(pattern >> 16) : pattern;
    if (t == VT_V128)
        slot[1] = ~pattern;
}

/* Numbers of the values: parameters from 1,000, results from 5,000. */
enum { FIRST_PARAM = 1000, FIRST_RESULT = 5000, SLOTS = 4096 };

static void put_values(uint64_t *slots, const valtype *types, uint32_t n, uint64_t first)
{
    for (uint32_t i = 0; i < n; i++) {
        put_value(slots, types[i], first + i);
        slots += vt_slots(types[i]);
    }
}

static bool are_values(const uint64_t *slots, const valtype *types, uint32_t n,
                       uint64_t first)
{
    uint64_t want[SLOTS] = { 0 };
    uint32_t count = 0;
    put_values(want, types, n, first);
    for (uint32_t i = 0; i < n; i++)
        count += vt_slots(types[i]);
    return memcmp(slots, want, count * sizeof *slots) == 0;
}

static uint32_t answers;

/* Checks the parameters, returns the results. */
static enum trap answer(const struct func *f, uint64_t *slots)
{
    const struct type *t = f->type;
    assert_true(are_values(slots, t->params, t->nparams, FIRST_PARAM));
    put_values(slots, t->results, t->nresults, FIRST_RESULT);
    answers++;
    return TRAP_NONE;
}

static enum trap interp_answer(struct func *f, uint64_t *slots) { return answer(f, slots); }

static enum trap host_answer(void *env, struct func *self, struct instance *caller,
                             uint64_t *slots)
{
    assert_ptr_equal(caller, *(struct instance **)env);
    return answer(self, slots);
}

static void ask(struct func *f)
{
    static uint64_t slots[SLOTS];
    const struct type *t = f->type;
    uint32_t before = answers;
    put_values(slots, t->params, t->nparams, FIRST_PARAM);
    assert_int_equal(func_call(f, slots), TRAP_NONE);
    assert_int_equal(answers, before + 1);
    assert_true(are_values(slots, t->results, t->nresults, FIRST_RESULT));
}

/* C -> compiled -> host and C -> compiled -> interpreter. */
static void round_trip(struct world *w, const char *signature)
{
    const struct type *t = type_new(w->engine, signature);
    struct spec spec = {
        .imports = { t },
        .nimports = 1,
        .functions = { { t, emit_to_import }, { t, NULL }, { t, emit_to_next } },
        .nfunctions = 3
    };
    struct modcode *c = module_new(w, &spec);
    struct instance *i = NULL;
    struct func *host = host_new(w->store, t, host_answer, &i);
    i = instantiate(w->store, c, &host);
    ask(own_func(i, 0));
    ask(own_func(i, 2));
    ask(own_func(i, 2));
    modcode_free(c);
}

/* Any sequence of types, by a seed. */
static void random_letters(char *out, uint32_t n, uint32_t seed)
{
    static const char letters[] = "iIfFvrIF";
    for (uint32_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        out[i] = letters[seed >> 29];
    }
    out[n] = '\0';
}

static void random_signature(char *out, uint32_t nparams, uint32_t nresults, uint32_t seed)
{
    random_letters(out, nparams, seed);
    out[nparams] = ':';
    random_letters(out + nparams + 1, nresults, seed + 1);
}

static void all_signatures_survive_the_round_trip(void **state)
{
    (void)state;
    struct world *w = world_new(mixed);
    char signature[2048];
    w->interp = interp_answer;
    for (uint32_t seed = 0; seed < 300; seed++) {
        random_signature(signature, seed % 23, seed % 13, seed);
        round_trip(w, signature);
    }
    round_trip(w, "iiiiiiii:iiiiiiii");
    round_trip(w, "ffffffffff:ffffff");
    round_trip(w, "vvvvvvvvvv:vvvvvv");
    world_free(w);
}

static void the_largest_signature_survives_the_round_trip(void **state)
{
    (void)state;
    struct world *w = world_new(mixed);
    char signature[LIMIT_PARAMS + LIMIT_RESULTS + 2];
    w->interp = interp_answer;
    for (uint32_t seed = 0; seed < 3; seed++) {
        random_signature(signature, LIMIT_PARAMS, LIMIT_RESULTS, seed);
        round_trip(w, signature);
    }
    world_free(w);
}

/* ---- the machine's state ------------------------------------------------------------- */

static enum trap host_reenters(void *env, struct func *self, struct instance *caller,
                               uint64_t *slots)
{
    (void)self;
    (void)caller;
    (void)slots;
    struct func *const *f = env;
    uint64_t none[1];
    assert_int_equal(func_call(*f, none), TRAP_UNREACHABLE);
    return TRAP_NONE;
}

static const uint8_t callee_saved[] = { RBX, RBP, R12, R13 };

/* Ruins every register that a callee must keep, then traps. */
static void emit_ruin(struct emission *e)
{
    for (size_t i = 0; i < COUNT(callee_saved); i++)
        asm_mov_ri(&e->a, callee_saved[i], 0xDEAD);
    emit_unreachable(e);
}

/* Calls the host with numbers in the callee-saved registers, returns their sum. */
static void emit_sum_over_call(struct emission *e)
{
    emit_frame(e, 56);
    for (int i = 0; i < 4; i++)
        asm_mov_mr(&e->a, W64, mem_base(RSP, 16 + 8 * i), callee_saved[i]);
    for (int i = 0; i < 4; i++)
        asm_mov_ri(&e->a, callee_saved[i], UINT64_C(1) << i);
    emit_call_import(e, 0, 3);
    asm_zero(&e->a, RAX);
    for (int i = 0; i < 4; i++) {
        asm_alu_rr(&e->a, ALU_ADD, W64, RAX, callee_saved[i]);
        asm_mov_rm(&e->a, W64, callee_saved[i], mem_base(RSP, 16 + 8 * i));
    }
    emit_return(e);
}

static void a_trap_inside_a_host_call_leaves_the_registers_alone(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    const struct type *t = type_new(w->engine, ":"), *sum = type_new(w->engine, ":I");
    struct spec spec = { .imports = { t },
                         .nimports = 1,
                         .functions = { { sum, emit_sum_over_call }, { t, emit_ruin } },
                         .nfunctions = 2 };
    struct modcode *c = module_new(w, &spec);
    struct func *ruin = NULL, *host = host_new(w->store, t, host_reenters, &ruin);
    struct instance *i = instantiate(w->store, c, &host);
    ruin = own_func(i, 1);
    uint64_t slots[1];
    for (int n = 0; n < 3; n++) {
        assert_int_equal(func_call(own_func(i, 0), slots), TRAP_NONE);
        assert_int_equal(slots[0], 15);
    }
    assert_null(w->store->exec.top);
    assert_null(activation_current());
    modcode_free(c);
    world_free(w);
}

/* () -> i32: the rounding mode. */
static void emit_mxcsr(struct emission *e)
{
    emit_frame(e, 24);
    emit_call_import(e, 0, 3);
    asm_stmxcsr(&e->a, mem_base(RSP, 0));
    asm_mov_rm(&e->a, W32, RAX, mem_base(RSP, 0));
    asm_alu_ri(&e->a, ALU_AND, W32, RAX, _MM_ROUND_MASK);
    emit_return(e);
}

static enum trap host_sees_its_mode(void *env, struct func *self, struct instance *caller,
                                    uint64_t *slots)
{
    (void)env;
    (void)self;
    (void)caller;
    (void)slots;
    assert_int_equal(_MM_GET_ROUNDING_MODE(), _MM_ROUND_UP);
    return TRAP_NONE;
}

static void rounding_modes_do_not_mix(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    const struct type *t = type_new(w->engine, ":"), *mode = type_new(w->engine, ":i");
    struct spec spec = { .imports = { t },
                         .nimports = 1,
                         .functions = { { mode, emit_mxcsr } },
                         .nfunctions = 1 };
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, t, host_sees_its_mode, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    uint64_t slots[1] = { 99 };
    _MM_SET_ROUNDING_MODE(_MM_ROUND_UP);
    enum trap trap = func_call(own_func(i, 0), slots);
    unsigned after = _MM_GET_ROUNDING_MODE();
    _MM_SET_ROUNDING_MODE(_MM_ROUND_NEAREST);
    assert_int_equal(trap, TRAP_NONE);
    assert_int_equal(slots[0], _MM_ROUND_NEAREST);
    assert_int_equal(after, _MM_ROUND_UP);
    modcode_free(c);
    world_free(w);
}

/* ---- helpers ------------------------------------------------------------------------- */

static void helpers_reach_the_objects_of_their_instance(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    struct spec spec = { .pages = 1 };
    struct modcode *c = module_new(w, &spec);
    struct instance *i = instantiate(w->store, c, NULL);
    struct exec *x = i->exec;
    assert_int_equal(helper_memory_grow(i, 0, 2), 1);
    assert_int_equal(helper_memory_grow(i, 0, 0), 3);
    assert_int_equal(helper_memory_grow(i, 0, UINT64_C(1) << 48), UINT64_MAX);
    assert_int_equal(helper_memory_fill(i, 0, 10, 7, 3), TRAP_NONE);
    assert_int_equal(helper_memory_copy(i, 0, 20, 11, 3), TRAP_NONE);
    assert_memory_equal(i->mem0 + 20, "\7\7\0", 3);
    assert_int_equal(helper_memory_fill(i, 0, 3 << 16, 7, 1), TRAP_MEMORY_BOUNDS);
    assert_int_equal(x->pending, TRAP_MEMORY_BOUNDS);
    assert_int_equal(x->trap.address, 3 << 16);
    modcode_free(c);
    world_free(w);
}

/* ---- tiers --------------------------------------------------------------------------- */

static uint32_t interpreted;

static enum trap interp_add(struct func *f, uint64_t *slots)
{
    (void)f;
    interpreted++;
    slots[0] = (uint32_t)(slots[0] + slots[1]);
    return TRAP_NONE;
}

/* Its functions have the indices 1, which calls 2, and 2. */
static struct spec caller_and_add(struct world *w)
{
    const struct type *t = type_new(w->engine, "ii:i");
    return (struct spec){ .imports = { t },
                          .nimports = 1,
                          .functions = { { t, emit_to_next }, { t, emit_add } },
                          .nfunctions = 2 };
}

static void tier_up_replaces_the_entry(void **state)
{
    (void)state;
    struct world *w = world_new(mixed);
    struct spec spec = caller_and_add(w);
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, spec.imports[0], host_answer, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    w->interp = interp_add;
    interpreted = 0;
    assert_int_equal(call2(own_func(i, 0), 1, 2), 3);
    assert_int_equal(call2(own_func(i, 0), 3, 4), 7);
    assert_int_equal(interpreted, 2);
    assert_int_equal(w->prepared, 1);
    engine_tier_up(&c->fns[1]);
    assert_int_equal(w->prepared, 2);
    assert_int_equal(call2(own_func(i, 0), 5, 6), 11);
    assert_int_equal(interpreted, 2);
    modcode_free(c);
    world_free(w);
}

static void tier_up_before_the_first_call_counts(void **state)
{
    (void)state;
    struct world *w = world_new(mixed);
    struct spec spec = caller_and_add(w);
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, spec.imports[0], host_answer, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    interpreted = 0;
    engine_tier_up(&c->fns[1]);
    assert_int_equal(call2(own_func(i, 0), 5, 6), 11);
    assert_int_equal(interpreted, 0);
    modcode_free(c);
    world_free(w);
}

static void declined_functions_are_interpreted(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    struct spec spec = caller_and_add(w);
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, spec.imports[0], host_answer, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    struct fail f = { .kind = FAIL_NONE };
    w->interp = interp_add;
    interpreted = 0;
    assert_true(w->engine->tiers[TIER_BASELINE]->prepare(&c->fns[0], &f));
    w->refuse = FAIL_USAGE;
    for (int n = 0; n < 3; n++)
        assert_int_equal(call2(own_func(i, 0), 5, 6), 11);
    assert_int_equal(interpreted, 3);
    modcode_free(c);
    world_free(w);
}

static void without_an_interpreter_a_decline_is_an_error(void **state)
{
    (void)state;
    struct world *w = world_new_without_interp(baseline);
    struct spec spec = caller_and_add(w);
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, spec.imports[0], host_answer, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    struct trap_info *t = &w->store->exec.trap;
    uint64_t slots[2] = { 1, 2 };
    w->refuse = FAIL_USAGE;
    assert_int_equal(func_call(own_func(i, 1), slots), TRAP_HOST);
    assert_string_equal(t->text, "refused by the test");
    modcode_free(c);
    world_free(w);
}

static void failure_to_compile_is_a_trap_that_passes(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    struct spec spec = caller_and_add(w);
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, spec.imports[0], host_answer, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    struct trap_info *t = &w->store->exec.trap;
    struct fail f = { .kind = FAIL_NONE };
    uint64_t slots[2] = { 1, 2 };
    assert_true(w->engine->tiers[TIER_BASELINE]->prepare(&c->fns[0], &f));
    w->refuse = FAIL_EXHAUSTED;
    assert_int_equal(func_call(own_func(i, 0), slots), TRAP_OUT_OF_MEMORY);
    assert_int_equal(t->kind, TRAP_OUT_OF_MEMORY);
    assert_int_equal(t->nframes, 2);
    for (uint32_t n = 0; n < 2; n++) {
        assert_ptr_equal(t->frames[n].instance, i);
        assert_int_equal(t->frames[n].func, 2 - n);
        assert_int_equal(t->frames[n].offset, BODY_OFFSET(2 - n) + 5 * n);
    }
    w->refuse = FAIL_NONE;
    assert_int_equal(call2(own_func(i, 0), 1, 2), 3);
    modcode_free(c);
    world_free(w);
}

static void an_interpreting_engine_maps_no_code(void **state)
{
    (void)state;
    struct world *w = world_new((struct config){ .policy = POLICY_INTERP });
    struct spec spec = caller_and_add(w);
    struct modcode *c = module_new(w, &spec);
    struct func *host = host_new(w->store, spec.imports[0], host_answer, NULL);
    struct instance *i = instantiate(w->store, c, &host);
    w->interp = interp_add;
    assert_null(w->engine->region);
    assert_null(c->chunk);
    assert_int_equal(call2(own_func(i, 0), 1, 2), 3);
    modcode_free(c);
    world_free(w);
}

/* ---- exhaustion ---------------------------------------------------------------------- */

static bool make_all_thunks(struct engine *e, const struct type *const *types, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (int kind = 0; kind < THUNK_COUNT; kind++)
            if (thunk_get(e, (enum thunk)kind, types[i]) == NULL)
                return false;
    return true;
}

static void failing_allocations_leave_nothing_behind(void **state)
{
    (void)state;
    enum { TYPES = 100 };
    struct heap heap = { .limit = 0 };
    struct engine types_of = { .types = types_new(&heap) };
    const struct type *types[TYPES];
    char signature[64];
    for (uint32_t i = 0; i < TYPES; i++) {
        random_signature(signature, 20, 3, i);
        types[i] = type_new(&types_of, signature);
    }
    bool done = false;
    int64_t n = 1;
    for (; !done; n++) {
        struct engine e = { .config = baseline, .heap = { .fail_at = n } };
        if (compiled_engine_init(&e)) {
            done = make_all_thunks(&e, types, TYPES);
            compiled_engine_free(&e);
        }
        assert_int_equal(e.heap.bytes, 0);
        assert_null(e.region);
    }
    assert_true(n > 5);
    types_free(types_of.types);
}

/* ---- threads ------------------------------------------------------------------------- */

enum { THREADS = 2, SHARED_TYPES = 400 };

struct generator {
    struct engine *engine;
    const struct type *const *types;
    pthread_barrier_t *start;
    const void *thunks[SHARED_TYPES][THUNK_COUNT];
};

static void *generate(void *env)
{
    struct generator *g = env;
    pthread_barrier_wait(g->start);
    for (uint32_t i = 0; i < SHARED_TYPES; i++)
        for (int kind = 0; kind < THUNK_COUNT; kind++)
            g->thunks[i][kind] = thunk_get(g->engine, (enum thunk)kind, g->types[i]);
    return NULL;
}

static void threads_share_thunks(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    static const struct type *types[SHARED_TYPES];
    static struct generator generators[THREADS];
    pthread_barrier_t start;
    pthread_t threads[THREADS];
    char signature[64];
    for (uint32_t i = 0; i < SHARED_TYPES; i++) {
        random_signature(signature, 12, 3, i);
        types[i] = type_new(w->engine, signature);
    }
    pthread_barrier_init(&start, NULL, THREADS);
    for (int t = 0; t < THREADS; t++) {
        generators[t] = (struct generator){ w->engine, types, &start, { { NULL } } };
        assert_int_equal(pthread_create(&threads[t], NULL, generate, &generators[t]), 0);
    }
    for (int t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    assert_non_null(generators[0].thunks[0][0]);
    assert_memory_equal(generators[0].thunks, generators[1].thunks,
                        sizeof generators[0].thunks);
    pthread_barrier_destroy(&start);
    world_free(w);
}

struct caller {
    struct store *store;
    struct instance *instance;
    pthread_barrier_t *start;
    uint64_t wrong;
};

static void *call_always(void *env)
{
    struct caller *c = env;
    pthread_barrier_wait(c->start);
    for (uint64_t n = 0; n < 1000; n++) {
        uint64_t slots[2] = { n, 1 };
        enum trap trap = func_call(own_func(c->instance, 0), slots);
        c->wrong += trap != TRAP_NONE || slots[0] != n + 1;
    }
    return NULL;
}

static struct caller caller_new(struct world *w, struct modcode *c,
                                pthread_barrier_t *start)
{
    struct store *s = store_new(w->engine);
    assert_non_null(s);
    return (struct caller){ s, instantiate(s, c, NULL), start, 0 };
}

static void threads_share_a_module(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    const struct type *t = type_new(w->engine, "ii:i");
    struct spec spec = { .functions = { { t, emit_to_next }, { t, emit_add } },
                         .nfunctions = 2 };
    for (int round = 0; round < 20; round++) {
        struct modcode *c = module_new(w, &spec);
        struct caller callers[THREADS];
        pthread_barrier_t start;
        pthread_t threads[THREADS];
        w->prepared = 0;
        pthread_barrier_init(&start, NULL, THREADS);
        for (int k = 0; k < THREADS; k++) {
            callers[k] = caller_new(w, c, &start);
            assert_int_equal(pthread_create(&threads[k], NULL, call_always, &callers[k]),
                             0);
        }
        for (int k = 0; k < THREADS; k++) {
            pthread_join(threads[k], NULL);
            assert_int_equal(callers[k].wrong, 0);
            store_free(callers[k].store);
        }
        assert_int_equal(w->prepared, 2);
        pthread_barrier_destroy(&start);
        modcode_free(c);
    }
    world_free(w);
}

/* ---- fork ---------------------------------------------------------------------------- */

static bool works(struct instance *i)
{
    return call2(own_func(i, 0), 20, 22) == 42 && call2(own_func(i, 1), 1, 2) == 3;
}

static void parent_and_child_compile_after_fork(void **state)
{
    (void)state;
    struct world *w = world_new(baseline);
    const struct type *t = type_new(w->engine, "ii:i");
    struct spec before = { .functions = { { t, emit_to_next }, { t, emit_add } },
                           .nfunctions = 2 };
    struct spec after = { .functions = { { t, emit_add }, { t, emit_add } },
                          .nfunctions = 2 };
    struct modcode *old = module_new(w, &before), *lazy = module_new(w, &before);
    struct instance *i = instantiate(w->store, old, NULL);
    struct instance *j = instantiate(w->store, lazy, NULL);
    assert_true(works(i));
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct modcode *mine = module_new(w, &before);
        bool ok = works(i) && works(instantiate(w->store, mine, NULL)) && works(j);
        modcode_free(old);
        _exit(ok && works(j) ? 42 : 1);
    }
    struct modcode *mine = module_new(w, &after);
    struct instance *k = instantiate(w->store, mine, NULL);
    assert_true(works(k) && works(j));
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_true(works(i) && works(j) && works(k));
    modcode_free(mine);
    modcode_free(lazy);
    modcode_free(old);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_compile_at_their_first_call),
        cmocka_unit_test(all_signatures_survive_the_round_trip),
        cmocka_unit_test(the_largest_signature_survives_the_round_trip),
        cmocka_unit_test(a_trap_inside_a_host_call_leaves_the_registers_alone),
        cmocka_unit_test(rounding_modes_do_not_mix),
        cmocka_unit_test(helpers_reach_the_objects_of_their_instance),
        cmocka_unit_test(tier_up_replaces_the_entry),
        cmocka_unit_test(tier_up_before_the_first_call_counts),
        cmocka_unit_test(declined_functions_are_interpreted),
        cmocka_unit_test(without_an_interpreter_a_decline_is_an_error),
        cmocka_unit_test(failure_to_compile_is_a_trap_that_passes),
        cmocka_unit_test(an_interpreting_engine_maps_no_code),
        cmocka_unit_test(failing_allocations_leave_nothing_behind),
        cmocka_unit_test(threads_share_thunks),
        cmocka_unit_test(threads_share_a_module),
        cmocka_unit_test(parent_and_child_compile_after_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
