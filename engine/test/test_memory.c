/* test_memory.c - memories, tables and their bulk operations, under both strategies.
 *
 * No tier is needed: an engine whose table is empty but for a name. */
#include "base/os.h"
#include "runtime/engine.h"
#include "runtime/objects.h"
#include "runtime/pool.h"
#include "runtime/store.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE    UINT64_C(65536)
#define REFUSED UINT64_MAX

static const struct tier no_tier = { .name = "none", .id = TIER_INTERP };
static const struct tier *const tiers[TIER_COUNT] = { &no_tier };

struct world {
    struct engine *engine;
    struct store *store;
};

static struct world world_new(struct config config)
{
    struct fail f = { .kind = FAIL_NONE };
    struct world w = { engine_new(&config, tiers, &f), NULL };
    assert_non_null(w.engine);
    w.store = store_new(w.engine);
    assert_non_null(w.store);
    return w;
}

/* Nothing of the engine's heap is left when it ends. */
static void world_free(struct world *w)
{
    store_free(w->store);
    engine_free(w->engine);
}

static const enum memory_strategy strategies[] = { MEMORY_GUARD, MEMORY_CHECK };

static struct memory_type pages(uint64_t min, uint64_t max)
{
    return (struct memory_type){ .limits = { .min = min, .max = max, .has_max = max != 0 },
                                 .page_log2 = 16 };
}

static struct memory *new_memory(struct store *s, struct memory_type type)
{
    struct fail f = { .kind = FAIL_NONE };
    struct memory *m = memory_new(s, type, &f);
    assert_non_null(m);
    assert_int_equal(f.kind, FAIL_NONE);
    return m;
}

/* ---- access -------------------------------------------------------------------------- */

static sigjmp_buf fault_exit;

static void leave(int signal) { siglongjmp(fault_exit, signal); }

/* Does reading that byte fault? */
static bool faults(const volatile uint8_t *p)
{
    struct sigaction ours = { .sa_handler = leave, .sa_flags = SA_NODEFER }, before;
    sigaction(SIGSEGV, &ours, &before);
    bool faulted = true;
    if (sigsetjmp(fault_exit, 1) == 0) {
        (void)*p;
        faulted = false;
    }
    sigaction(SIGSEGV, &before, NULL);
    return faulted;
}

static void a_memory_is_zero_and_ends_at_its_length(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(strategies); k++) {
        struct world w = world_new((struct config){ .memory = strategies[k] });
        struct memory *m = new_memory(w.store, pages(2, 4));
        assert_int_equal(m->bytes, 2 * PAGE);
        assert_int_equal(m->guard, strategies[k] == MEMORY_GUARD);
        for (uint64_t i = 0; i < m->bytes; i++)
            assert_int_equal(m->base[i], 0);
        assert_false(faults(m->base + 2 * PAGE - 1));
        assert_true(faults(m->base + 2 * PAGE));
        assert_true(faults(m->base + 3 * PAGE));
        world_free(&w);
    }
}

static void guard_pages_reach_as_far_as_any_32_bit_access(void **state)
{
    (void)state;
    struct world w = world_new((struct config){ .memory = MEMORY_GUARD });
    struct memory *m = new_memory(w.store, pages(0, 0));
    assert_true(faults(m->base));
    assert_true(faults(m->base + UINT32_MAX));
    assert_true(faults(m->base + 2 * (uint64_t)UINT32_MAX + 15));
    world_free(&w);
}

static void growth_keeps_base_and_contents(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(strategies); k++) {
        struct world w = world_new((struct config){ .memory = strategies[k] });
        struct memory *m = new_memory(w.store, pages(1, 10));
        uint8_t *base = m->base;
        memset(base, 7, PAGE);
        assert_int_equal(memory_grow(m, 0), 1);
        assert_int_equal(memory_grow(m, 3), 1);
        assert_int_equal(memory_grow(m, 7), REFUSED);
        assert_int_equal(memory_grow(m, UINT64_MAX), REFUSED);
        assert_int_equal(memory_grow(m, 6), 4);
        assert_int_equal(memory_grow(m, 1), REFUSED);
        assert_ptr_equal(m->base, base);
        assert_int_equal(m->bytes, 10 * PAGE);
        assert_int_equal(base[PAGE - 1], 7);
        assert_int_equal(base[PAGE], 0);
        assert_int_equal(base[10 * PAGE - 1], 0);
        assert_true(faults(base + 10 * PAGE));
        world_free(&w);
    }
}

static void a_memory_grows_to_4_gib_at_most(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(strategies); k++) {
        struct world w = world_new((struct config){ .memory = strategies[k] });
        struct memory *m = new_memory(w.store, pages(0, 0));
        assert_int_equal(memory_grow(m, 65537), REFUSED);
        assert_int_equal(memory_grow(m, 65536), 0);
        assert_int_equal(m->bytes, UINT64_C(1) << 32);
        m->base[UINT32_MAX] = 1;
        assert_true(faults(m->base + (UINT64_C(1) << 32)));
        assert_int_equal(memory_grow(m, 1), REFUSED);
        world_free(&w);
    }
}

static void small_pages_have_explicit_checks(void **state)
{
    (void)state;
    struct world w = world_new((struct config){ .memory = MEMORY_GUARD });
    struct memory_type bytes = { .limits = { .min = 10 }, .page_log2 = 0 };
    struct memory_type wide = { .limits = { .min = 1, .is64 = true }, .page_log2 = 16 };
    struct memory *m = new_memory(w.store, bytes), *m64 = new_memory(w.store, wide);
    assert_false(m->guard);
    assert_false(engine_guards(w.engine, &bytes));
    assert_int_equal(m->bytes, 10);
    assert_int_equal(memory_grow(m, 5000), 10);
    assert_int_equal(m->bytes, 5010);
    m->base[5009] = 1;
    assert_false(m64->guard);
    assert_int_equal(memory_grow(m64, 100), 1);
    assert_int_equal(memory_grow(m64, UINT64_C(1) << 47), REFUSED);
    world_free(&w);
}

/* ---- limits -------------------------------------------------------------------------- */

static void the_configuration_limits_memories(void **state)
{
    (void)state;
    struct fail f = { .kind = FAIL_NONE };
    struct world w = world_new((struct config){ .max_memory_bytes = 3 * PAGE });
    assert_null(memory_new(w.store, pages(4, 0), &f));
    assert_int_equal(f.kind, FAIL_EXHAUSTED);
    struct memory *m = new_memory(w.store, pages(1, 100));
    assert_int_equal(memory_grow(m, 3), REFUSED);
    assert_int_equal(memory_grow(m, 2), 1);
    world_free(&w);
}

struct quota {
    uint64_t most, current, desired;
};

static bool within_quota(void *env, uint64_t current, uint64_t desired)
{
    struct quota *q = env;
    q->current = current;
    q->desired = desired;
    return desired <= q->most;
}

static void the_limiter_is_asked_and_obeyed(void **state)
{
    (void)state;
    struct world w = world_new((struct config){ .memory = MEMORY_AUTO });
    struct quota memory = { .most = 2 * PAGE }, table = { .most = 20 };
    struct fail f = { .kind = FAIL_NONE };
    struct memory *m = new_memory(w.store, pages(1, 0));
    struct table_type type = { .elem = VT_FUNCREF, .limits = { .min = 10 } };
    struct table *t = table_new(w.store, type, 0, &f);
    assert_non_null(t);
    w.store->limiter = (struct limiter){ &memory, within_quota, NULL };
    assert_int_equal(memory_grow(m, 2), REFUSED);
    assert_int_equal(memory.current, PAGE);
    assert_int_equal(memory.desired, 3 * PAGE);
    assert_int_equal(memory_grow(m, 1), 1);
    assert_null(memory_new(w.store, pages(3, 0), &f));
    assert_int_equal(f.kind, FAIL_EXHAUSTED);
    w.store->limiter = (struct limiter){ &table, NULL, within_quota };
    assert_int_equal(table_grow(t, 11, 0), REFUSED);
    assert_int_equal(table.desired, 21);
    assert_int_equal(table_grow(t, 10, 0), 10);
    world_free(&w);
}

/* Bytes of address space this process has mapped (terabytes under a sanitizer). */
static rlim_t mapped(void)
{
    unsigned long n = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%lu", &n) != 1)
        n = 0;
    if (f != NULL)
        fclose(f);
    return (rlim_t)n * OS_PAGE;
}

/* In a child, since the limit stays. */
static int under_address_limit(void)
{
    rlim_t most = mapped() + ((rlim_t)1 << 30);
    struct rlimit limit = { most, most };
    struct config automatic = { .memory = MEMORY_AUTO }, guard = { .memory = MEMORY_GUARD };
    struct fail f = { .kind = FAIL_NONE };
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return 10;
    struct engine *e = engine_new(&automatic, tiers, &f);
    struct store *s = e != NULL ? store_new(e) : NULL;
    struct memory *m = s != NULL ? memory_new(s, pages(1, 0), &f) : NULL;
    if (m == NULL || m->guard || e->config.memory != MEMORY_CHECK)
        return 11;
    if (memory_grow(m, 100) != 1 || memory_grow(m, 60000) != REFUSED)
        return 12;
    for (int i = 0; i < 8; i++)
        if ((m = memory_new(s, pages(1, 0), &f)) == NULL || memory_grow(m, 100) != 1)
            return 14;
    store_free(s);
    /* Recycled address space of one size serves as another. */
    s = store_new(e);
    if (s == NULL || memory_new(s, pages(10000, 10000), &f) == NULL)
        return 15;
    struct engine *e2 = engine_new(&guard, tiers, &f);
    struct store *s2 = e2 != NULL ? store_new(e2) : NULL;
    if (s2 == NULL || memory_new(s2, pages(1, 0), &f) != NULL || f.kind != FAIL_EXHAUSTED)
        return 13;
    return 0;
}

static void without_address_space_memories_are_checked(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(under_address_limit());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- recycling ----------------------------------------------------------------------- */

/* Whatever one store leaves behind, the next finds zero, and no access beyond its
 * length. */
static void recycled_memories_are_clean(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 1, 3, 1, 40, 2, 0, 1, 12, 9, 8, 7, 60, 1 };
    for (size_t k = 0; k < COUNT(strategies); k++) {
        struct world w = world_new((struct config){ .memory = strategies[k] });
        for (size_t i = 0; i < COUNT(sizes); i++) {
            struct memory *m = new_memory(w.store, pages(sizes[i], 64));
            memory_grow(m, i % 3);
            for (uint64_t b = 0; b < m->bytes; b += 64)
                assert_int_equal(m->base[b], 0);
            assert_true(faults(m->base + m->bytes));
            memset(m->base, 0xEE, m->bytes);
            store_free(w.store);
            w.store = store_new(w.engine);
            assert_non_null(w.store);
        }
        world_free(&w);
    }
}

static void the_pool_gives_the_size_that_fits(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct memory_pool *p = pool_new(&heap);
    struct reservation a, b, c;
    assert_true(pool_take(p, 1 << 20, 1 << 16, POOL_ZERO, &a));
    assert_true(pool_take(p, 1 << 20, 1 << 17, POOL_ZERO, &b));
    pool_give(p, &a);
    pool_give(p, &b);
    assert_true(pool_take(p, 1 << 20, 1 << 16, POOL_ZERO, &c));
    assert_ptr_equal(c.base, a.base);
    pool_give(p, &c);
    assert_true(pool_take(p, 1 << 21, 1 << 16, POOL_ZERO, &c));
    assert_int_equal(c.size, 1 << 21);
    pool_give(p, &c);
    pool_free(p);
    assert_int_equal(heap.bytes, 0);
}

static void the_pool_survives_more_than_it_holds(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct memory_pool *p = pool_new(&heap);
    struct reservation r[200];
    for (size_t i = 0; i < COUNT(r); i++) {
        assert_true(pool_take(p, 1 << 20, OS_PAGE, POOL_ZERO, &r[i]));
        r[i].base[0] = 1;
    }
    for (size_t i = 0; i < COUNT(r); i++)
        pool_give(p, &r[i]);
    for (size_t i = 0; i < COUNT(r); i++) {
        assert_true(pool_take(p, 1 << 20, OS_PAGE, POOL_ZERO, &r[i]));
        assert_int_equal(r[i].base[0], 0);
    }
    for (size_t i = 0; i < COUNT(r); i++)
        pool_give(p, &r[i]);
    pool_free(p);
}

/* ---- tables -------------------------------------------------------------------------- */

static void a_table_grows_to_its_maximum(void **state)
{
    (void)state;
    struct world w = world_new((struct config){ .memory = MEMORY_AUTO });
    struct fail f = { .kind = FAIL_NONE };
    struct table_type type = { .elem = VT_FUNCREF,
                               .limits = { .min = 2, .max = 1000, .has_max = true } };
    struct table *t = table_new(w.store, type, 5, &f);
    assert_non_null(t);
    assert_int_equal(t->elems[1], 5);
    for (uint64_t size = 2; size < 500; size++)
        assert_int_equal(table_grow(t, 1, size), size);
    assert_int_equal(table_grow(t, 500, 77), 500);
    assert_int_equal(table_grow(t, 1, 0), REFUSED);
    assert_int_equal(table_grow(t, UINT64_MAX, 0), REFUSED);
    assert_int_equal(table_grow(t, 0, 0), 1000);
    for (uint64_t i = 2; i < 1000; i++)
        assert_int_equal(t->elems[i], i < 500 ? i : 77);
    t = table_new(w.store, type, 0, &f);
    assert_int_equal(table_grow(t, 700, 6), 2);
    assert_int_equal(t->elems[701], 6);
    type.limits = (struct limits){ .min = UINT32_MAX };
    assert_null(table_new(w.store, type, 0, &f));
    assert_int_equal(f.kind, FAIL_EXHAUSTED);
    world_free(&w);
}

static void the_configuration_limits_tables(void **state)
{
    (void)state;
    struct world w = world_new((struct config){ .max_table_elements = 100 });
    struct fail f = { .kind = FAIL_NONE };
    struct table_type type = { .elem = VT_EXTERNREF, .limits = { .min = 100 } };
    struct table *t = table_new(w.store, type, 0, &f);
    assert_non_null(t);
    assert_int_equal(table_grow(t, 1, 0), REFUSED);
    world_free(&w);
}

/* ---- bulk operations ----------------------------------------------------------------- */

/* An instance by hand: one memory of a page, two tables of 10, a data and an element
 * segment. */
struct bulk {
    struct world w;
    struct memory *memories[1];
    struct table *tables[2];
    struct data_instance data;
    struct elem_instance elem;
    ref refs[4];
    struct instance i; /* ends in an array of its own globals: none */
};

static const uint8_t data_bytes[] = "abcdefgh";

static void bulk_new(struct bulk *b, struct config config)
{
    struct fail f = { .kind = FAIL_NONE };
    struct table_type type = { .elem = VT_FUNCREF, .limits = { .min = 10 } };
    memset(b, 0, sizeof *b);
    b->w = world_new(config);
    b->memories[0] = new_memory(b->w.store, pages(1, 1));
    b->tables[0] = table_new(b->w.store, type, 1, &f);
    b->tables[1] = table_new(b->w.store, type, 2, &f);
    b->data = (struct data_instance){ data_bytes, 8 };
    for (ref r = 0; r < COUNT(b->refs); r++)
        b->refs[r] = 100 + r;
    b->elem = (struct elem_instance){ b->refs, COUNT(b->refs) };
    b->i = (struct instance){ .exec = &b->w.store->exec, .store = b->w.store };
    b->i.memories = b->memories;
    b->i.tables = b->tables;
    b->i.datas = &b->data;
    b->i.elems = &b->elem;
}

static void memory_operations_have_their_effect(void **state)
{
    (void)state;
    struct bulk b;
    bulk_new(&b, (struct config){ .memory = MEMORY_AUTO });
    uint8_t *m = b.memories[0]->base;
    assert_int_equal(bulk_memory_init(&b.i, 0, 0, 10, 2, 6), TRAP_NONE);
    assert_memory_equal(m + 10, "cdefgh", 6);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 12, 10, 6), TRAP_NONE);
    assert_memory_equal(m + 10, "cdcdefgh", 8);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 9, 10, 8), TRAP_NONE);
    assert_memory_equal(m + 9, "cdcdefgh", 8);
    for (int i = 0; i < 2000; i++)
        m[100 + i] = (uint8_t)(i % 251);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 137, 100, 2000), TRAP_NONE);
    for (int i = 0; i < 2000; i++)
        assert_int_equal(m[137 + i], i % 251);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 100, 137, 2000), TRAP_NONE);
    for (int i = 0; i < 2000; i++)
        assert_int_equal(m[100 + i], i % 251);
    assert_int_equal(bulk_memory_fill(&b.i, 0, PAGE - 3, 0x1FF, 3), TRAP_NONE);
    assert_int_equal(m[PAGE - 1], 0xFF);
    assert_int_equal(m[PAGE - 4], 0);
    world_free(&b.w);
}

static void memory_operations_trap_before_their_effect(void **state)
{
    (void)state;
    struct bulk b;
    bulk_new(&b, (struct config){ .memory = MEMORY_AUTO });
    struct trap_info *t = &b.w.store->exec.trap;
    uint8_t *m = b.memories[0]->base;
    assert_int_equal(bulk_memory_fill(&b.i, 0, PAGE - 3, 1, 4), TRAP_MEMORY_BOUNDS);
    assert_int_equal(t->kind, TRAP_MEMORY_BOUNDS);
    assert_int_equal(t->address, PAGE - 3);
    assert_int_equal(t->width, 4);
    assert_int_equal(t->size, PAGE);
    assert_int_equal(m[PAGE - 1], 0);
    assert_int_equal(bulk_memory_fill(&b.i, 0, UINT64_MAX, 1, 2), TRAP_MEMORY_BOUNDS);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 0, PAGE, 1), TRAP_MEMORY_BOUNDS);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, PAGE, 0, 1), TRAP_MEMORY_BOUNDS);
    assert_int_equal(bulk_memory_init(&b.i, 0, 0, 0, 5, 4), TRAP_MEMORY_BOUNDS);
    assert_int_equal(m[0], 0);
    /* A length of zero reaches one past the end, no further. */
    assert_int_equal(bulk_memory_fill(&b.i, 0, PAGE, 1, 0), TRAP_NONE);
    assert_int_equal(bulk_memory_fill(&b.i, 0, PAGE + 1, 1, 0), TRAP_MEMORY_BOUNDS);
    assert_int_equal(bulk_memory_init(&b.i, 0, 0, 0, 8, 0), TRAP_NONE);
    bulk_data_drop(&b.i, 0);
    assert_int_equal(bulk_memory_init(&b.i, 0, 0, 0, 0, 1), TRAP_MEMORY_BOUNDS);
    assert_int_equal(bulk_memory_init(&b.i, 0, 0, 0, 0, 0), TRAP_NONE);
    world_free(&b.w);
}

static void table_operations_have_their_effect(void **state)
{
    (void)state;
    struct bulk b;
    ref r = 0;
    bulk_new(&b, (struct config){ .memory = MEMORY_AUTO });
    const ref *t0 = b.tables[0]->elems, *t1 = b.tables[1]->elems;
    assert_int_equal(bulk_table_init(&b.i, 0, 1, 6, 0, 4), TRAP_NONE);
    assert_int_equal(t1[5], 2);
    assert_int_equal(t1[9], 103);
    assert_int_equal(bulk_table_copy(&b.i, 0, 1, 0, 5, 5), TRAP_NONE);
    assert_int_equal(t0[1], 100);
    assert_int_equal(bulk_table_copy(&b.i, 0, 0, 1, 0, 5), TRAP_NONE);
    assert_int_equal(t0[5], 103);
    assert_int_equal(bulk_table_fill(&b.i, 0, 8, 9, 2), TRAP_NONE);
    assert_int_equal(t0[9], 9);
    assert_int_equal(bulk_table_set(&b.i, 0, 7, 70), TRAP_NONE);
    assert_int_equal(bulk_table_get(&b.i, 0, 7, &r), TRAP_NONE);
    assert_int_equal(r, 70);
    world_free(&b.w);
}

static void table_operations_trap_before_their_effect(void **state)
{
    (void)state;
    struct bulk b;
    ref r = 0;
    bulk_new(&b, (struct config){ .memory = MEMORY_AUTO });
    struct trap_info *t = &b.w.store->exec.trap;
    assert_int_equal(bulk_table_fill(&b.i, 0, 9, 9, 2), TRAP_TABLE_BOUNDS);
    assert_int_equal(t->address, 9);
    assert_int_equal(t->width, 2);
    assert_int_equal(t->size, 10);
    assert_int_equal(b.tables[0]->elems[9], 1);
    assert_int_equal(bulk_table_copy(&b.i, 0, 1, 0, 1, 10), TRAP_TABLE_BOUNDS);
    assert_int_equal(bulk_table_init(&b.i, 0, 0, 0, 1, 4), TRAP_TABLE_BOUNDS);
    assert_int_equal(bulk_table_get(&b.i, 0, 10, &r), TRAP_TABLE_BOUNDS);
    assert_int_equal(bulk_table_set(&b.i, 0, UINT64_MAX, 1), TRAP_TABLE_BOUNDS);
    bulk_elem_drop(&b.i, 0);
    assert_int_equal(bulk_table_init(&b.i, 0, 0, 0, 0, 1), TRAP_TABLE_BOUNDS);
    assert_int_equal(bulk_table_init(&b.i, 0, 0, 10, 0, 0), TRAP_NONE);
    assert_int_equal(b.tables[0]->elems[0], 1);
    world_free(&b.w);
}

/* Bounds first, then the whole length is paid, then the effect. */
static void bulk_operations_charge_their_length(void **state)
{
    (void)state;
    struct bulk b;
    bulk_new(&b, (struct config){ .fuel = true });
    struct exec *x = &b.w.store->exec;
    x->fuel = 100;
    assert_int_equal(bulk_memory_fill(&b.i, 0, 0, 1, 60), TRAP_NONE);
    assert_int_equal(x->fuel, 40);
    assert_int_equal(bulk_memory_fill(&b.i, 0, 0, 2, 41), TRAP_FUEL);
    assert_int_equal(x->trap.kind, TRAP_FUEL);
    assert_int_equal(x->fuel, 40);
    assert_int_equal(b.memories[0]->base[0], 1);
    assert_int_equal(bulk_memory_fill(&b.i, 0, PAGE, 2, 41), TRAP_MEMORY_BOUNDS);
    assert_int_equal(bulk_table_fill(&b.i, 0, 0, 2, 10), TRAP_NONE);
    assert_int_equal(bulk_table_copy(&b.i, 0, 1, 0, 0, 10), TRAP_NONE);
    assert_int_equal(bulk_table_init(&b.i, 0, 0, 0, 0, 4), TRAP_NONE);
    assert_int_equal(bulk_memory_init(&b.i, 0, 0, 0, 0, 8), TRAP_NONE);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 0, 0, 8), TRAP_NONE);
    assert_int_equal(x->fuel, 0);
    assert_int_equal(bulk_memory_copy(&b.i, 0, 0, 0, 0, 0), TRAP_NONE);
    world_free(&b.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memory_is_zero_and_ends_at_its_length),
        cmocka_unit_test(guard_pages_reach_as_far_as_any_32_bit_access),
        cmocka_unit_test(growth_keeps_base_and_contents),
        cmocka_unit_test(a_memory_grows_to_4_gib_at_most),
        cmocka_unit_test(small_pages_have_explicit_checks),
        cmocka_unit_test(the_configuration_limits_memories),
        cmocka_unit_test(the_limiter_is_asked_and_obeyed),
        cmocka_unit_test(without_address_space_memories_are_checked),
        cmocka_unit_test(recycled_memories_are_clean),
        cmocka_unit_test(the_pool_gives_the_size_that_fits),
        cmocka_unit_test(the_pool_survives_more_than_it_holds),
        cmocka_unit_test(a_table_grows_to_its_maximum),
        cmocka_unit_test(the_configuration_limits_tables),
        cmocka_unit_test(memory_operations_have_their_effect),
        cmocka_unit_test(memory_operations_trap_before_their_effect),
        cmocka_unit_test(table_operations_have_their_effect),
        cmocka_unit_test(table_operations_trap_before_their_effect),
        cmocka_unit_test(bulk_operations_charge_their_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
