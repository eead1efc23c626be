/* test_mut.c - what mutators make is a case again: DNA that generates, modules that validate.
 * The mutations of modules one by one: test_mut_wasm.c. */
#include "mut/mut.h"
#include "wasm/module.h"
#include "wxgen.h"
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MAX_SIZE = 1 << 16 };

static size_t some_bytes(uint8_t *data, size_t size, size_t max)
{
    uint64_t h = size;
    for (size_t i = 0; i < size; i++)
        h = dna_hash(h ^ data[i]);
    if (size < max && h % 3 == 0)
        data[size++] = (uint8_t)(h >> 8);
    else if (size > 2 && h % 3 == 1)
        size -= (h >> 8) % 2 + 1;
    if (size > 0)
        data[(h >> 16) % size] ^= (uint8_t)(h >> 40);
    return size;
}

static bool load(const uint8_t *wasm, size_t len, struct fail *fail)
{
    struct heap heap = { 0 };
    struct type_registry *types = types_new(&heap);
    struct module *m = module_load(&heap, types, features_of_level(9), wasm, len, fail);
    bool valid = m != NULL;
    if (valid)
        module_free(m);
    types_free(types);
    return valid;
}

static bool loads(const uint8_t *wasm, size_t len)
{
    struct fail fail = { 0 };
    return load(wasm, len, &fail);
}

static bool is_valid_module(const uint8_t *wasm, size_t len)
{
    struct fail fail = { 0 };
    bool valid = load(wasm, len, &fail);
    if (!valid)
        print_error("offset %zu: %s\n", (size_t)fail.offset, fail.text);
    return valid;
}

/* A case whose modules validate. */
static bool is_valid_case(const uint8_t *data, size_t size)
{
    struct heap heap = { 0 };
    struct arena a;
    struct fuzz_case c;
    arena_init(&a, &heap);
    bool valid = case_read(data, size, &a, &c) && is_valid_module(c.wasm, c.wasm_len) &&
                 (c.second == NULL || is_valid_module(c.second, c.second_len));
    arena_free(&a);
    return valid;
}

/* A module with its sections, or DNA. */
static size_t make_input(uint64_t seed, bool module, uint8_t *out)
{
    size_t len;
    wxgen_case *c = wxgen_from_seed(seed, NULL);
    const uint8_t *data = module ? wxgen_file(c, &len) : wxgen_bytes(c, &len);
    memcpy(out, data, len);
    wxgen_free(c);
    return len;
}

/* Chains of mutations: each starts from what the one before made. */
static void chain(bool module, uint32_t chains, uint32_t length, uint32_t *changed)
{
    static uint8_t data[MAX_SIZE], before[MAX_SIZE];
    for (uint32_t k = 0; k < chains; k++) {
        size_t size = make_input(k, module, data);
        for (uint32_t i = 0; i < length; i++) {
            size_t old = size;
            memcpy(before, data, size);
            size = mut_mutate(data, size, sizeof data, k * 1000 + i, some_bytes, false);
            assert_in_range(size, 1, sizeof data);
            assert_true(size == 1 || is_valid_case(data, size));
            *changed += size != old || memcmp(before, data, size) != 0;
            if (size < 2)
                size = make_input(k + i, module, data);
        }
    }
}

static void modules_stay_valid(void **state)
{
    (void)state;
    uint32_t changed = 0;
    chain(true, 60, 50, &changed);
    assert_true(changed > 60 * 50 * 95 / 100);
}

static void dna_stays_a_case(void **state)
{
    (void)state;
    uint32_t changed = 0;
    chain(false, 60, 50, &changed);
    assert_true(changed > 60 * 50 * 90 / 100);
}

/* Long DNA, so that there are subtrees to work on. */
static void trees_of_dna_are_worked_on(void **state)
{
    (void)state;
    static uint8_t data[MAX_SIZE];
    for (uint32_t k = 0; k < 400; k++) {
        struct dna rng = { .stream = k * 2 + 1 };
        size_t size = 1500;
        for (size_t i = 0; i < size; i++)
            data[i] = dna_u8(&rng);
        data[0] = DNA_VERSION;
        data[1] &= 0xFE;
        for (uint32_t i = 0; i < 8; i++) {
            size = mut_mutate(data, size, 4096, k * 31 + i, some_bytes, false);
            assert_true(size == 1 || is_valid_case(data, size));
        }
    }
}

static void children_of_two_are_valid(void **state)
{
    (void)state;
    static uint8_t a[MAX_SIZE], b[MAX_SIZE], out[MAX_SIZE];
    uint32_t born = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        bool module = seed % 2 == 0;
        size_t na = make_input(seed, module, a), nb = make_input(seed + 1000, module, b);
        size_t n = mut_cross(a, na, b, nb, out, sizeof out, seed);
        assert_true(n == 0 || is_valid_case(out, n));
        born += n != 0;
    }
    assert_true(born > 200);
}

/* Only when asked to, and then seldom. */
static void corruption_is_an_option(void **state)
{
    (void)state;
    static uint8_t data[MAX_SIZE];
    uint32_t broken = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        size_t size = make_input(seed % 10, true, data);
        size = mut_mutate(data, size, sizeof data, seed, some_bytes, true);
        broken += !loads(data, size);
    }
    assert_in_range(broken, 5, 100);
}

/* ---- as AFL++ does it ---------------------------------------------------------------------- */

struct afl_state;
typedef void *init_fn(struct afl_state *afl, unsigned int seed);
typedef size_t fuzz_fn(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
                       size_t add_size, size_t max_size);
typedef size_t post_fn(void *data, uint8_t *buf, size_t size, uint8_t **out);
typedef void deinit_fn(void *data);

static void *symbol(void *library, const char *name)
{
    void *at = dlsym(library, name);
    assert_non_null(at);
    return at;
}

static void the_plug_in_mutates_ten_thousand_times(void **state)
{
    (void)state;
    static uint8_t inputs[8][MAX_SIZE];
    size_t sizes[8];
    void *library = dlopen(WX_MUTATOR, RTLD_NOW);
    if (library == NULL)
        print_error("%s\n", dlerror());
    assert_non_null(library);
    init_fn *init = (init_fn *)symbol(library, "afl_custom_init");
    fuzz_fn *fuzz = (fuzz_fn *)symbol(library, "afl_custom_fuzz");
    post_fn *post = (post_fn *)symbol(library, "afl_custom_post_process");
    deinit_fn *deinit = (deinit_fn *)symbol(library, "afl_custom_deinit");
    for (uint32_t i = 0; i < 8; i++)
        sizes[i] = make_input(i, i % 2 == 0, inputs[i]);
    void *data = init(NULL, 7);
    for (uint32_t n = 0; n < 10000; n++) {
        uint8_t *out, *done, *in = inputs[n % 8], *add = inputs[(n + 2) % 8];
        size_t size = fuzz(data, in, sizes[n % 8], &out, add, sizes[(n + 2) % 8], MAX_SIZE);
        size = post(data, out, size, &done);
        assert_true(size == 1 || is_valid_case(done, size));
        if (n % 16 == 15 && size > 1) { /* the queue grows */
            memcpy(inputs[n % 8], done, size);
            sizes[n % 8] = size;
        }
    }
    uint8_t lost[4] = { 0x7F, 1, 2, 3 }, *out;
    assert_int_equal(post(data, lost, sizeof lost, &out), sizeof lost);
    assert_int_equal(out[0], DNA_VERSION);
    deinit(data);
    dlclose(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules_stay_valid),
        cmocka_unit_test(dna_stays_a_case),
        cmocka_unit_test(trees_of_dna_are_worked_on),
        cmocka_unit_test(children_of_two_are_valid),
        cmocka_unit_test(corruption_is_an_option),
        cmocka_unit_test(the_plug_in_mutates_ten_thousand_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
