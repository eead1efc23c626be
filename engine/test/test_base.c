/* test_base.c - arenas, vectors, bit sets, failures, sizes, the system, the processor. */
#include "base/arena.h"
#include "base/bits.h"
#include "base/cpu.h"
#include "base/fail.h"
#include "base/os.h"
#include "base/size.h"
#include "base/vec.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- arena.h ------------------------------------------------------------------------- */

static void arena_allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct arena a;
    jmp_buf oom;
    arena_init(&a, &heap);
    if (setjmp(oom) != 0)
        fail_msg("out of memory");
    a.oom = &oom;
    uint8_t *p[200];
    for (size_t i = 0; i < COUNT(p); i++) {
        p[i] = arena_alloc(&a, i);
        assert_int_equal((uintptr_t)p[i] % 16, 0);
        memset(p[i], (int)i, i);
    }
    for (size_t i = 0; i < COUNT(p); i++)
        for (size_t k = 0; k < i; k++)
            assert_int_equal(p[i][k], (uint8_t)i);
    arena_free(&a);
    assert_int_equal(heap.bytes, 0);
}

static void arena_zalloc_is_zero_after_reset(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct arena a;
    jmp_buf oom;
    arena_init(&a, &heap);
    if (setjmp(oom) != 0)
        fail_msg("out of memory");
    a.oom = &oom;
    memset(arena_alloc(&a, 48), 0xFF, 48);
    arena_reset(&a);
    const uint8_t *p = arena_zalloc(&a, 48);
    for (int i = 0; i < 48; i++)
        assert_int_equal(p[i], 0);
    arena_free(&a);
    assert_int_equal(heap.bytes, 0);
}

static void arena_reset_keeps_one_block(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct arena a;
    arena_init(&a, &heap);
    for (int i = 0; i < 1000; i++)
        assert_non_null(arena_try(&a, 1000));
    size_t before = heap.bytes;
    assert_true(before >= 1000 * 1000);
    assert_int_equal(before, a.total);
    arena_reset(&a);
    assert_true(heap.bytes > 0 && heap.bytes < before / 4);
    assert_int_equal(heap.bytes, a.total);
    arena_free(&a);
    assert_int_equal(heap.bytes, 0);
    assert_true(heap.peak >= before);
}

static void arena_try_refuses_what_cannot_be(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct arena a;
    arena_init(&a, &heap);
    assert_null(arena_try(&a, SIZE_MAX));
    assert_null(arena_try(&a, (size_t)PTRDIFF_MAX + 1));
    a.limit = 100000;
    assert_null(arena_try(&a, 100001));
    assert_non_null(arena_try(&a, 1000));
    arena_free(&a);
}

static bool exhausts(struct arena *a, size_t n)
{
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return true;
    a->oom = &oom;
    arena_alloc(a, n);
    a->oom = NULL;
    return false;
}

static void arena_alloc_jumps_on_exhaustion(void **state)
{
    (void)state;
    struct heap heap = { .limit = 200000 };
    struct arena a;
    arena_init(&a, &heap);
    assert_false(exhausts(&a, 1000));
    assert_true(exhausts(&a, 300000));
    assert_true(exhausts(&a, size_mul(SIZE_MAX / 2, 3)));
    assert_false(exhausts(&a, 1000));
    arena_free(&a);
    assert_int_equal(heap.bytes, 0);
}

static void heap_fails_at_the_nth_allocation_and_after(void **state)
{
    (void)state;
    struct heap heap = { .fail_at = 3 };
    void *a = heap_alloc(&heap, 10), *b = heap_alloc(&heap, 10);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(heap_alloc(&heap, 10));
    assert_null(heap_realloc(&heap, a, 10, 20));
    heap.fail_at = 0;
    a = heap_realloc(&heap, a, 10, 200);
    assert_non_null(a);
    assert_int_equal(heap.bytes, 210);
    heap_free(&heap, a, 200);
    heap_free(&heap, b, 10);
    assert_int_equal(heap.bytes, 0);
}

/* ---- vec.h --------------------------------------------------------------------------- */

static void vec_keeps_its_elements_as_it_grows(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct arena a;
    jmp_buf oom;
    VEC(uint64_t) v = { 0 };
    arena_init(&a, &heap);
    if (setjmp(oom) != 0)
        fail_msg("out of memory");
    a.oom = &oom;
    for (uint64_t i = 0; i < 10000; i++)
        vec_push(&a, &v, i * i);
    assert_int_equal(v.len, 10000);
    assert_true(v.cap >= v.len && v.cap <= 2 * v.len);
    for (uint64_t i = 0; i < 10000; i++)
        assert_int_equal(v.at[i], i * i);
    assert_int_equal(vec_top(&v), 9999 * 9999);
    assert_int_equal(vec_pop(&v), 9999 * 9999);
    assert_int_equal(v.len, 9999);
    arena_free(&a);
}

static bool vec_overflows(struct arena *a)
{
    jmp_buf oom;
    VEC(uint8_t) v = { .at = NULL, .len = UINT32_MAX, .cap = UINT32_MAX };
    if (setjmp(oom) != 0)
        return true;
    a->oom = &oom;
    vec_room(a, &v, 1);
    a->oom = NULL;
    return false;
}

static void vec_beyond_32_bits_is_exhaustion(void **state)
{
    (void)state;
    struct heap heap = { 0 };
    struct arena a;
    arena_init(&a, &heap);
    assert_true(vec_overflows(&a));
    arena_free(&a);
}

/* ---- bits.h, size.h, fail.h ---------------------------------------------------------- */

static void bits_change_alone(void **state)
{
    (void)state;
    uint64_t set[BITS_WORDS(130)] = { 0 };
    assert_int_equal(COUNT(set), 3);
    for (uint32_t i = 0; i < 130; i++) {
        bits_set(set, i);
        for (uint32_t k = 0; k < 130; k++)
            assert_int_equal(bits_has(set, k), k == i);
        bits_clear(set, i);
    }
    assert_int_equal(set[0] | set[1] | set[2], 0);
}

static void sizes_saturate(void **state)
{
    (void)state;
    assert_int_equal(size_add(3, 4), 7);
    assert_int_equal(size_add(SIZE_MAX, 1), SIZE_MAX);
    assert_int_equal(size_mul(3, 4), 12);
    assert_int_equal(size_mul(SIZE_MAX / 2, 3), SIZE_MAX);
    assert_int_equal(size_align(0, 16), 0);
    assert_int_equal(size_align(1, 16), 16);
    assert_int_equal(size_align(16, 16), 16);
    assert_true(size_align(SIZE_MAX, 16) > PTRDIFF_MAX);
}

static void the_first_failure_wins(void **state)
{
    (void)state;
    struct fail f = { .kind = FAIL_NONE };
    assert_false(fail_at(&f, FAIL_INVALID, 7, "type %d", 3));
    assert_false(fail_at(&f, FAIL_MALFORMED, 9, "later"));
    assert_int_equal(f.kind, FAIL_INVALID);
    assert_int_equal(f.offset, 7);
    assert_int_equal(f.func, FAIL_NO_FUNC);
    assert_string_equal(f.text, "type 3");
}

static void a_long_failure_text_is_cut(void **state)
{
    (void)state;
    struct fail f = { .kind = FAIL_NONE };
    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fail_at(&f, FAIL_INVALID, 0, "%s", text);
    assert_int_equal(strlen(f.text), sizeof f.text - 1);
}

/* ---- os.h ---------------------------------------------------------------------------- */

static void reserved_pages_commit_as_zero_and_discard_to_zero(void **state)
{
    (void)state;
    size_t size = (size_t)8 << 30;
    uint8_t *p = os_reserve(size);
    assert_non_null(p);
    assert_true(os_protect(p, 3 * OS_PAGE, OS_READ_WRITE));
    for (int i = 0; i < 3 * OS_PAGE; i++)
        assert_int_equal(p[i], 0);
    memset(p, 0x55, 3 * OS_PAGE);
    os_discard(p + OS_PAGE, OS_PAGE);
    assert_int_equal(p[OS_PAGE - 1], 0x55);
    assert_int_equal(p[OS_PAGE], 0);
    assert_int_equal(p[2 * OS_PAGE], 0x55);
    os_release(p, size);
}

static void an_impossible_reservation_is_a_status(void **state)
{
    (void)state;
    assert_null(os_reserve((size_t)1 << 60));
}

static void shared_pages_show_at_both_addresses(void **state)
{
    (void)state;
    int fd = os_shared_new(4 * OS_PAGE);
    assert_true(fd >= 0);
    uint8_t *rw = os_shared_map(fd, NULL, 0, 4 * OS_PAGE, OS_READ_WRITE);
    const uint8_t *rx = os_shared_map(fd, NULL, 0, 4 * OS_PAGE, OS_READ_EXEC);
    const uint8_t *third = os_shared_map(fd, NULL, 2 * OS_PAGE, OS_PAGE, OS_READ);
    assert_non_null(rw);
    assert_non_null(rx);
    assert_non_null(third);
    rw[2 * OS_PAGE + 5] = 77;
    assert_int_equal(rx[2 * OS_PAGE + 5], 77);
    assert_int_equal(third[5], 77);
    /* In place of what is mapped there: the child of a fork separates itself this way. */
    uint8_t *own = os_private_map(rw, 4 * OS_PAGE, OS_READ_WRITE);
    assert_ptr_equal(own, rw);
    assert_int_equal(rw[2 * OS_PAGE + 5], 0);
    assert_int_equal(rx[2 * OS_PAGE + 5], 77);
    os_release(rw, 4 * OS_PAGE);
    os_shared_free(fd);
}

static void the_stack_contains_this_frame(void **state)
{
    (void)state;
    struct os_stack s = os_thread_stack();
    uint8_t *here = __builtin_frame_address(0);
    assert_non_null(s.low);
    assert_true(here > s.low && here < s.high);
    assert_true(s.high - s.low >= 64 * 1024);
}

static void clocks_advance(void **state)
{
    (void)state;
    uint64_t cpu = os_thread_time(), wall = os_monotonic_time();
    while (os_thread_time() == cpu)
        ;
    assert_true(os_monotonic_time() > wall);
}

/* ---- cpu.h --------------------------------------------------------------------------- */

/* The compiler's own runtime is the second opinion. */
static void cpu_features_agree_with_the_compiler(void **state)
{
    (void)state;
    uint64_t set = cpu_detect();
#define AGREES(feature, text) \
    assert_int_equal((set & CPU_BIT(feature)) != 0, __builtin_cpu_supports(text) != 0)
    __builtin_cpu_init();
    AGREES(SSE3, "sse3");
    AGREES(SSSE3, "ssse3");
    AGREES(SSE41, "sse4.1");
    AGREES(SSE42, "sse4.2");
    AGREES(POPCNT, "popcnt");
    AGREES(AVX, "avx");
    AGREES(FMA, "fma");
    AGREES(AVX2, "avx2");
    AGREES(BMI1, "bmi");
    AGREES(BMI2, "bmi2");
    AGREES(AVX512VL, "avx512vl");
#undef AGREES
    assert_int_equal(set & CPU_V2, CPU_V2);
    assert_int_equal(set >> CPU_COUNT, 0);
}

static void cpu_features_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < CPU_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(cpu_names[i], cpu_names[k]);
    assert_string_equal(cpu_names[CPU_SSE41], "sse4.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_allocations_are_aligned_and_apart),
        cmocka_unit_test(arena_zalloc_is_zero_after_reset),
        cmocka_unit_test(arena_reset_keeps_one_block),
        cmocka_unit_test(arena_try_refuses_what_cannot_be),
        cmocka_unit_test(arena_alloc_jumps_on_exhaustion),
        cmocka_unit_test(heap_fails_at_the_nth_allocation_and_after),
        cmocka_unit_test(vec_keeps_its_elements_as_it_grows),
        cmocka_unit_test(vec_beyond_32_bits_is_exhaustion),
        cmocka_unit_test(bits_change_alone),
        cmocka_unit_test(sizes_saturate),
        cmocka_unit_test(the_first_failure_wins),
        cmocka_unit_test(a_long_failure_text_is_cut),
        cmocka_unit_test(reserved_pages_commit_as_zero_and_discard_to_zero),
        cmocka_unit_test(an_impossible_reservation_is_a_status),
        cmocka_unit_test(shared_pages_show_at_both_addresses),
        cmocka_unit_test(the_stack_contains_this_frame),
        cmocka_unit_test(clocks_advance),
        cmocka_unit_test(cpu_features_agree_with_the_compiler),
        cmocka_unit_test(cpu_features_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
