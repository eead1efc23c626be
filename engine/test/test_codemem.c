/* test_codemem.c - code memory and the code map, under both mappings.
 *
 * Code under test stores a number and returns; compiled_enter runs it. */
#include "base/arena.h"
#include "x64/asm.h"
#include "x64/helpers.h"
#include "x64/region.h"
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const enum code_mapping mappings[] = { CODE_DUAL, CODE_SINGLE };

struct world {
    struct heap heap;
    struct code_region *region;
    struct code_chunk *chunk;
};

static void world_open(struct world *w, enum code_mapping mapping)
{
    memset(w, 0, sizeof *w);
    w->region = code_region_map(&w->heap, mapping);
    assert_non_null(w->region);
    w->chunk = code_chunk_new(w->region);
    assert_non_null(w->chunk);
}

static void world_close(struct world *w)
{
    if (w->chunk != NULL)
        code_chunk_free(w->chunk);
    code_region_free(w->region);
    assert_int_equal(w->heap.bytes, 0);
}

/* ---- writing and running code -------------------------------------------------------- */

enum { CODE_ROOM = 64 };

/* mov [rsi], number; ret */
static size_t emit_store(const struct code_space *s, int32_t number)
{
    struct assembler a;
    asm_init(&a, s->rw, s->size, (uint64_t)s->rx);
    asm_mov_mi(&a, W64, mem_base(RSI, 0), number);
    asm_ret(&a);
    return asm_pos(&a);
}

/* Code that stores the number, or NULL. */
static const uint8_t *try_write(struct code_chunk *c, int32_t number)
{
    struct code_space s;
    if (!code_reserve(c, CODE_ROOM, &s))
        return NULL;
    size_t size = emit_store(&s, number);
    return code_commit(c, &s, size) ? s.rx : NULL;
}

static const uint8_t *write_code(struct code_chunk *c, int32_t number)
{
    const uint8_t *code = try_write(c, number);
    assert_non_null(code);
    return code;
}

static uint64_t run(const uint8_t *code)
{
    struct instance i = { .mem0 = NULL };
    uint64_t slots[1] = { 0 };
    void *sp;
    assert_int_equal(compiled_enter(NULL, slots, &i, &sp, code), TRAP_NONE);
    return slots[0];
}

static bool in_region(const struct code_region *r, const uint8_t *rx, size_t size)
{
    return rx >= r->rx && rx + size <= r->rx + r->size;
}

/* ---- mapping ------------------------------------------------------------------------- */

static void written_code_runs(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        world_open(&w, mappings[m]);
        const uint8_t *first = write_code(w.chunk, 7), *second = write_code(w.chunk, 8);
        assert_int_equal(run(first), 7);
        assert_int_equal(run(second), 8);
        assert_int_equal((uintptr_t)first % 16, 0);
        assert_int_equal((uintptr_t)second % 16, 0);
        world_close(&w);
    }
}

/* Lines of /proc/self/maps that are writable and executable. */
static int writable_executable_mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512], access[5];
    int count = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "%*s %4s", access) == 1)
            count += access[1] == 'w' && access[2] == 'x';
    fclose(f);
    return count;
}

static void no_address_is_writable_and_executable(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space open, data;
        world_open(&w, mappings[m]);
        write_code(w.chunk, 1);
        assert_true(code_data(w.chunk, 8, &data));
        assert_true(code_reserve(w.chunk, CODE_ROOM, &open));
        assert_int_equal(writable_executable_mappings(), 0);
        code_cancel(w.chunk, &open);
        assert_int_equal(writable_executable_mappings(), 0);
        world_close(&w);
    }
}

/* Runs body under a limit. */
static void limited(__rlimit_resource_t what, rlim_t limit, void (*body)(void *), void *env)
{
    struct rlimit before, tight;
    assert_int_equal(getrlimit(what, &before), 0);
    tight = (struct rlimit){ limit, before.rlim_max };
    assert_int_equal(setrlimit(what, &tight), 0);
    body(env);
    assert_int_equal(setrlimit(what, &before), 0);
}

static void make_region(void *env)
{
    struct world *w = env;
    w->region = code_region_new(&w->heap, CODE_DUAL);
}

/* No file descriptors; files too small. */
static const struct {
    __rlimit_resource_t what;
    rlim_t limit;
} refusals[] = { { RLIMIT_NOFILE, 0 }, { RLIMIT_FSIZE, 1 << 20 } };

static void refused_memfd_falls_back_to_one_mapping(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(refusals); k++) {
        struct world w = { .region = NULL };
        limited(refusals[k].what, refusals[k].limit, make_region, &w);
        assert_non_null(w.region);
        assert_false(w.region->dual);
        w.chunk = code_chunk_new(w.region);
        assert_int_equal(run(write_code(w.chunk, 11)), 11);
        world_close(&w);
    }
}

static uint64_t address_space_used(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu", &pages), 1);
    fclose(f);
    return (uint64_t)pages * OS_PAGE;
}

/* Bytes of the region that a process with so much address space left gets; 0: none. */
static size_t region_size_with(uint64_t left)
{
    struct world w = { .region = NULL };
    limited(RLIMIT_AS, address_space_used() + left, make_region, &w);
    size_t size = w.region != NULL ? w.region->size : 0;
    if (w.region != NULL)
        code_region_free(w.region);
    return size;
}

static void little_address_space_makes_a_small_region(void **state)
{
    (void)state;
    assert_int_equal(region_size_with(1 << 20), 0);
    size_t size = region_size_with(200 << 20);
    assert_true(size >= REGION_LEAST && size <= 50 << 20);
}

/* ---- granules ------------------------------------------------------------------------ */

static void freed_granules_are_used_again(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space data;
        world_open(&w, mappings[m]);
        struct code_chunk *first = code_chunk_new(w.region);
        const uint8_t *at = write_code(first, 1);
        write_code(w.chunk, 2);
        code_chunk_free(first);
        struct code_chunk *second = code_chunk_new(w.region);
        assert_true(code_data(second, 1, &data));
        assert_int_equal((uintptr_t)data.rx / GRANULE, (uintptr_t)at / GRANULE);
        *data.rw = 3;
        assert_int_equal(*data.rx, 3);
        assert_int_equal(run(write_code(second, 4)), 4);
        code_chunk_free(second);
        world_close(&w);
    }
}

/* Enough functions for several granules; all of them keep working. */
static void chunks_grow_by_granules(void **state)
{
    (void)state;
    enum { FUNCTIONS = 500 };
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        const uint8_t *code[FUNCTIONS];
        world_open(&w, mappings[m]);
        struct code_chunk *other = code_chunk_new(w.region);
        for (int i = 0; i < FUNCTIONS; i++) {
            struct code_space s;
            assert_true(code_reserve(w.chunk, 1000, &s));
            emit_store(&s, i);
            assert_true(code_commit(w.chunk, &s, 1000));
            assert_true(in_region(w.region, s.rx, s.size));
            assert_int_equal(run(write_code(other, i)), i);
            code[i] = s.rx;
        }
        for (int i = 0; i < FUNCTIONS; i++)
            assert_int_equal(run(code[i]), i);
        code_chunk_free(other);
        world_close(&w);
    }
}

static void large_functions_take_granules_in_a_row(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space s;
        world_open(&w, mappings[m]);
        write_code(w.chunk, 1);
        assert_true(code_reserve(w.chunk, 5 * GRANULE + 1, &s));
        memset(s.rw, 0x90, 5 * GRANULE);
        struct code_space tail = { s.rw + 5 * GRANULE - 32, s.rx + 5 * GRANULE - 32, 32 };
        emit_store(&tail, 9);
        assert_true(code_commit(w.chunk, &s, 5 * GRANULE));
        assert_int_equal(run(s.rx), 9);
        world_close(&w);
    }
}

static void exhausted_regions_refuse_and_recover(void **state)
{
    (void)state;
    enum { PART = REGION_BYTES / 16 };
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space s;
        int count = 0;
        world_open(&w, mappings[m]);
        assert_false(code_reserve(w.chunk, (size_t)REGION_BYTES + 1, &s));
        assert_false(code_reserve(w.chunk, SIZE_MAX, &s));
        assert_false(code_data(w.chunk, SIZE_MAX, &s));
        for (; code_reserve(w.chunk, PART, &s); count++)
            assert_true(code_commit(w.chunk, &s, PART));
        assert_int_equal(count, 16);
        assert_false(code_data(w.chunk, 1, &s));
        code_chunk_free(w.chunk);
        w.chunk = code_chunk_new(w.region);
        assert_int_equal(run(write_code(w.chunk, 1)), 1);
        world_close(&w);
    }
}

static void cancelled_space_is_handed_out_again(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space first, second;
        world_open(&w, mappings[m]);
        write_code(w.chunk, 1);
        assert_true(code_reserve(w.chunk, CODE_ROOM, &first));
        code_cancel(w.chunk, &first);
        assert_true(code_reserve(w.chunk, CODE_ROOM, &second));
        assert_ptr_equal(first.rx, second.rx);
        code_cancel(w.chunk, &second);
        world_close(&w);
    }
}

/* Large reservations of which little is kept do not use the region up. */
static void unused_granules_go_back(void **state)
{
    (void)state;
    enum { LARGE = REGION_BYTES / 4 + 1, TIMES = 50 };
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space s;
        const uint8_t *code[TIMES];
        world_open(&w, mappings[m]);
        for (int i = 0; i < TIMES; i++) {
            assert_true(code_reserve(w.chunk, LARGE, &s));
            size_t used = emit_store(&s, i);
            assert_true(code_commit(w.chunk, &s, used));
            code[i] = s.rx;
            assert_true(code_reserve(w.chunk, REGION_BYTES / 2, &s));
            code_cancel(w.chunk, &s);
        }
        for (int i = 0; i < TIMES; i++)
            assert_int_equal(run(code[i]), i);
        world_close(&w);
    }
}

static uintptr_t page(const void *p) { return (uintptr_t)p / OS_PAGE; }

/* Data taken while a reservation is open stays out of its way. */
static void data_and_code_share_no_page(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space data[3], code;
        world_open(&w, mappings[m]);
        assert_true(code_data(w.chunk, 24, &data[0]));
        assert_true(code_reserve(w.chunk, 3 * OS_PAGE + 64, &code));
        assert_true(code_data(w.chunk, 5000, &data[1]));
        assert_true(code_data(w.chunk, 8, &data[2]));
        for (size_t d = 0; d < COUNT(data); d++) {
            memset(data[d].rw, (int)d + 1, data[d].size);
            assert_int_equal(data[d].rx[data[d].size - 1], d + 1);
            assert_true(page(data[d].rx) > page(code.rx + code.size - 1) ||
                        page(data[d].rx + data[d].size - 1) < page(code.rx));
        }
        assert_true(data[0].rx + data[0].size <= data[1].rx ||
                    data[1].rx + data[1].size <= data[0].rx);
        size_t used = emit_store(&code, 5);
        assert_true(code_commit(w.chunk, &code, used));
        assert_int_equal(run(code.rx), 5);
        assert_int_equal(data[0].rx[0], 1);
        world_close(&w);
    }
}

/* ---- exhaustion of the heap ---------------------------------------------------------- */

static bool use_everything(struct world *w)
{
    struct code_body body = { .kind = BODY_STUB, .size = 1 };
    struct code_space data;
    w->chunk = code_chunk_new(w->region);
    if (w->chunk == NULL || !code_data(w->chunk, 8, &data))
        return false;
    for (int i = 0; i < 40; i++) {
        body.start = try_write(w->chunk, i);
        if (body.start == NULL || !codemap_add(w->chunk, &body))
            return false;
        assert_int_equal(run(body.start), i);
    }
    return true;
}

static void failing_allocations_are_survived(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        bool done = false;
        int64_t n = 1;
        for (; !done; n++) {
            struct world w = { .chunk = NULL };
            w.heap.fail_at = n;
            w.region = code_region_map(&w.heap, mappings[m]);
            assert_non_null(w.region);
            done = use_everything(&w);
            world_close(&w);
        }
        assert_true(n > 4);
    }
}

/* ---- fork ---------------------------------------------------------------------------- */

/* Runs body in a child; whether it returned true. */
static bool in_child(bool (*body)(struct world *), struct world *w)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(body(w) ? 42 : 1);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

static const uint8_t *shared_code;

static bool write_in_grandchild(struct world *w)
{
    const uint8_t *code = try_write(w->chunk, 300);
    return code != NULL && run(code) == 300 && run(shared_code) == 1;
}

/* Writes where the parent will write, and twice, then forks again. */
static bool write_in_child(struct world *w)
{
    const uint8_t *a = try_write(w->chunk, 100), *b = try_write(w->chunk, 101);
    if (a == NULL || b == NULL || run(shared_code) != 1)
        return false;
    bool ok = run(a) == 100 && run(b) == 101 && in_child(write_in_grandchild, w);
    return ok && run(a) == 100 && run(b) == 101;
}

static void parent_and_child_write_different_code(void **state)
{
    (void)state;
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        struct code_space data;
        world_open(&w, mappings[m]);
        assert_true(code_data(w.chunk, 8, &data));
        memcpy(data.rw, "parents", 8);
        shared_code = write_code(w.chunk, 1);
        assert_true(in_child(write_in_child, &w));
        const uint8_t *mine = write_code(w.chunk, 200);
        assert_int_equal(run(mine), 200);
        assert_int_equal(run(shared_code), 1);
        assert_true(in_child(write_in_child, &w));
        assert_int_equal(run(mine), 200);
        assert_memory_equal(data.rx, "parents", 8);
        world_close(&w);
    }
}

/* The parent's writes after the fork are not the child's. */
static void child_keeps_what_it_was_born_with(void **state)
{
    (void)state;
    struct world w;
    struct code_space data;
    int go[2];
    char byte = 0;
    world_open(&w, CODE_DUAL);
    assert_true(code_data(w.chunk, 8, &data));
    data.rw[0] = 1;
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(read(go[0], &byte, 1) == 1 && data.rx[0] == 1 ? 42 : 1);
    data.rw[0] = 2;
    assert_int_equal(write(go[1], &byte, 1), 1);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_int_equal(data.rx[0], 2);
    close(go[0]);
    close(go[1]);
    world_close(&w);
}

static bool runs_but_cannot_write(struct world *w)
{
    struct code_space data;
    return run(shared_code) == 1 && try_write(w->chunk, 5) == NULL &&
           !code_data(w->chunk, 8, &data);
}

static void fork_sealed(void *env) { assert_true(in_child(runs_but_cannot_write, env)); }

static void child_without_a_copy_is_sealed(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, CODE_DUAL);
    shared_code = write_code(w.chunk, 1);
    limited(RLIMIT_NOFILE, 0, fork_sealed, &w);
    assert_int_equal(run(write_code(w.chunk, 6)), 6);
    assert_true(in_child(write_in_child, &w));
    world_close(&w);
}

struct writer {
    struct code_region *region;
    _Atomic bool stop;
    uint64_t wrong;
};

/* Compiles, runs and frees without pause. */
static void *write_always(void *env)
{
    struct writer *w = env;
    for (int32_t i = 0; !w->stop; i++) {
        struct code_chunk *c = code_chunk_new(w->region);
        const uint8_t *code = try_write(c, i);
        w->wrong += code == NULL || run(code) != (uint64_t)i;
        code_chunk_free(c);
    }
    return NULL;
}

static void fork_waits_for_writers(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, CODE_DUAL);
    struct writer writer = { w.region, false, 0 };
    pthread_t thread;
    shared_code = write_code(w.chunk, 1);
    assert_int_equal(pthread_create(&thread, NULL, write_always, &writer), 0);
    for (int i = 0; i < 50; i++)
        assert_true(in_child(write_in_grandchild, &w));
    writer.stop = true;
    pthread_join(thread, NULL);
    assert_int_equal(writer.wrong, 0);
    world_close(&w);
}

/* ---- the code map -------------------------------------------------------------------- */

static struct code_body add_body(struct world *w, size_t size)
{
    struct code_space s;
    assert_true(code_reserve(w->chunk, size, &s));
    assert_true(code_commit(w->chunk, &s, size));
    struct code_body b = { .start = s.rx, .size = (uint32_t)size, .kind = BODY_STUB };
    assert_true(codemap_add(w->chunk, &b));
    return b;
}

static void bodies_are_found_by_any_pc_inside(void **state)
{
    (void)state;
    enum { BODIES = 3000, SIZE = 33 };
    static const uint8_t *starts[BODIES];
    for (size_t m = 0; m < COUNT(mappings); m++) {
        struct world w;
        world_open(&w, mappings[m]);
        int count = m == 0 ? BODIES : BODIES / 10;
        for (int i = 0; i < count; i++)
            starts[i] = add_body(&w, SIZE).start;
        for (int i = 0; i < count; i++) {
            const struct code_body *b = codemap_find(w.region, starts[i]);
            assert_non_null(b);
            assert_ptr_equal(b->start, starts[i]);
            assert_ptr_equal(codemap_find(w.region, starts[i] + SIZE - 1), b);
            assert_null(codemap_find(w.region, starts[i] + SIZE));
        }
        world_close(&w);
    }
}

static void nothing_is_found_elsewhere(void **state)
{
    (void)state;
    struct world w;
    int elsewhere = 0;
    world_open(&w, CODE_DUAL);
    assert_null(codemap_find(w.region, w.region->rx));
    struct code_body b = add_body(&w, 3 * GRANULE);
    assert_non_null(codemap_find(w.region, b.start + 3 * GRANULE - 1));
    assert_null(codemap_find(w.region, b.start + 3 * GRANULE));
    assert_null(codemap_find(w.region, w.region->rw));
    assert_null(codemap_find(w.region, w.region->rx + w.region->size));
    assert_null(codemap_find(w.region, w.region->rx - 1));
    assert_null(codemap_find(w.region, &elsewhere));
    assert_null(codemap_find(w.region, NULL));
    code_chunk_free(w.chunk);
    w.chunk = NULL;
    assert_null(codemap_find(w.region, b.start));
    world_close(&w);
}

static void traps_and_calls_may_share_a_pc(void **state)
{
    (void)state;
    static const struct code_site sites[] = {
        { .pc = 0, .offset = 1 },
        { .pc = 9, .offset = 2, .flags = SITE_CALL },
        { .pc = 9, .offset = 3 },
        { .pc = 12, .offset = 4 },
        { .pc = 12, .offset = 5, .flags = SITE_CALL },
        { .pc = 20, .offset = 6, .flags = SITE_CALL },
    };
    static const uint8_t code[32];
    struct code_body b = {
        .start = code, .size = 32, .nsites = COUNT(sites), .sites = sites
    };
    assert_int_equal(code_body_site(&b, code)->offset, 1);
    assert_int_equal(code_body_call(&b, code + 9)->offset, 2);
    assert_int_equal(code_body_site(&b, code + 9)->offset, 3);
    assert_int_equal(code_body_site(&b, code + 12)->offset, 4);
    assert_int_equal(code_body_call(&b, code + 12)->offset, 5);
    assert_int_equal(code_body_call(&b, code + 20)->offset, 6);
    assert_null(code_body_site(&b, code + 20));
    assert_null(code_body_call(&b, code));
    assert_null(code_body_site(&b, code + 10));
    assert_null(code_body_site(&b, code + 31));
}

struct reader {
    struct code_region *region;
    _Atomic(const uint8_t *) newest;
    _Atomic bool stop;
    _Atomic uint64_t lookups;
    uint64_t misses;
};

static void *look_always(void *env)
{
    struct reader *r = env;
    for (; !r->stop; r->lookups++) {
        const uint8_t *start = r->newest;
        const struct code_body *b = codemap_find(r->region, start + 5);
        if (b == NULL || b->start != start)
            r->misses++;
    }
    return NULL;
}

static void readers_see_what_was_published(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, CODE_DUAL);
    struct reader r = { .region = w.region };
    pthread_t thread;
    r.newest = add_body(&w, 16).start;
    assert_int_equal(pthread_create(&thread, NULL, look_always, &r), 0);
    while (r.lookups == 0)
        sched_yield();
    for (int i = 0; i < 20000; i++)
        r.newest = add_body(&w, 16).start;
    r.stop = true;
    pthread_join(thread, NULL);
    assert_int_equal(r.misses, 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_code_runs),
        cmocka_unit_test(no_address_is_writable_and_executable),
        cmocka_unit_test(refused_memfd_falls_back_to_one_mapping),
        cmocka_unit_test(little_address_space_makes_a_small_region),
        cmocka_unit_test(freed_granules_are_used_again),
        cmocka_unit_test(chunks_grow_by_granules),
        cmocka_unit_test(large_functions_take_granules_in_a_row),
        cmocka_unit_test(exhausted_regions_refuse_and_recover),
        cmocka_unit_test(cancelled_space_is_handed_out_again),
        cmocka_unit_test(unused_granules_go_back),
        cmocka_unit_test(data_and_code_share_no_page),
        cmocka_unit_test(failing_allocations_are_survived),
        cmocka_unit_test(parent_and_child_write_different_code),
        cmocka_unit_test(child_keeps_what_it_was_born_with),
        cmocka_unit_test(child_without_a_copy_is_sealed),
        cmocka_unit_test(fork_waits_for_writers),
        cmocka_unit_test(bodies_are_found_by_any_pc_inside),
        cmocka_unit_test(nothing_is_found_elsewhere),
        cmocka_unit_test(traps_and_calls_may_share_a_pc),
        cmocka_unit_test(readers_see_what_was_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
