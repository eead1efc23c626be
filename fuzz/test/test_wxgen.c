/* test_wxgen.c - what wxgen.h promises: valid modules, determinism, configuration, variety. */
#include "tools/fuzz/gen_stats.h"
#include "wasm/module.h"
#include "wxgen.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_valid(const uint8_t *wasm, size_t len, features enabled)
{
    struct heap heap = { 0 };
    struct fail fail = { 0 };
    struct type_registry *types = types_new(&heap);
    struct module *m = module_load(&heap, types, enabled, wasm, len, &fail);
    if (m == NULL)
        print_error("offset %zu: %s\n", (size_t)fail.offset, fail.text);
    bool valid = m != NULL;
    if (valid)
        module_free(m);
    types_free(types);
    return valid;
}

static void assert_valid(const wxgen_case *c, features enabled)
{
    for (size_t i = 0, len; i < wxgen_nmodules(c); i++) {
        const uint8_t *wasm = wxgen_module(c, i, &len);
        assert_true(is_valid(wasm, len, enabled));
    }
}

static void every_mode_makes_valid_modules(void **state)
{
    (void)state;
    for (unsigned m = 0; wxgen_mode_name(m) != NULL; m++) {
        for (uint64_t seed = 0; seed < 300; seed++) {
            wxgen_config config = { (wxgen_traps)(seed % 5), NULL, wxgen_mode_name(m),
                                    seed % 3 != 0, seed % 7 == 0 };
            wxgen_case *c = wxgen_from_seed(seed, &config);
            assert_non_null(c);
            assert_valid(c, features_of_level(2));
            assert_true(!config.one_module || wxgen_nmodules(c) == 1);
            assert_true(config.traps != WXGEN_TRAPS_NONE || wxgen_is_trap_free(c));
            wxgen_free(c);
        }
    }
}

static void any_bytes_make_valid_modules(void **state)
{
    (void)state;
    uint8_t data[600];
    srand(1);
    for (int n = 0; n < 1500; n++) {
        size_t size = 1 + (size_t)rand() % sizeof data;
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)(rand() >> 7);
        data[0] = (uint8_t)wxgen_version();
        wxgen_case *c = wxgen_from_bytes(data, size);
        assert_int_equal(c != NULL, size > 1);
        if (c != NULL)
            assert_valid(c, features_of_level(2));
        wxgen_free(c);
    }
}

static void features_that_are_off_are_not_used(void **state)
{
    (void)state;
    for (unsigned f = 0; wxgen_feature_name(f) != NULL; f++) {
        features enabled = features_of_level(2);
        for (unsigned i = 0; i < FEATURE_COUNT; i++)
            if (strcmp(feature_infos[i].text, wxgen_feature_name(f)) == 0)
                enabled &= ~(UINT64_C(1) << i);
        assert_true(enabled != features_of_level(2));
        for (uint64_t seed = 0; seed < 300; seed++) {
            wxgen_config config = { WXGEN_TRAPS_ANY, wxgen_feature_name(f), NULL, false,
                                    false };
            wxgen_case *c = wxgen_from_seed(seed, &config);
            assert_valid(c, enabled);
            wxgen_free(c);
        }
    }
}

static void assert_same_case(const wxgen_case *a, const wxgen_case *b)
{
    size_t len, other_len;
    const uint8_t *file = wxgen_file(a, &len), *other = wxgen_file(b, &other_len);
    assert_int_equal(len, other_len);
    assert_memory_equal(file, other, len);
    assert_int_equal(wxgen_nactions(a), wxgen_nactions(b));
    for (size_t i = 0; i < wxgen_nactions(a); i++) {
        wxgen_action x = wxgen_action_at(a, i), y = wxgen_action_at(b, i);
        assert_true(x.kind == y.kind && x.index == y.index && x.seed == y.seed);
    }
}

static void the_same_bytes_make_the_same_case(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        size_t len;
        wxgen_case *a = wxgen_from_seed(seed, NULL), *b = wxgen_from_seed(seed, NULL);
        const uint8_t *dna = wxgen_bytes(a, &len);
        wxgen_case *c = wxgen_from_bytes(dna, len);
        assert_same_case(a, b);
        assert_same_case(a, c);
        wxgen_free(a);
        wxgen_free(b);
        wxgen_free(c);
    }
}

static void what_is_unknown_is_refused(void **state)
{
    (void)state;
    const uint8_t old[] = { (uint8_t)(wxgen_version() - 1), 0, 0, 0 };
    wxgen_config mode = { .mode = "fancy" }, feature = { .without = "bulk-memory,colour" };
    assert_null(wxgen_from_bytes(old, sizeof old));
    assert_null(wxgen_from_bytes(old, 0));
    assert_null(wxgen_from_seed(1, &mode));
    assert_null(wxgen_from_seed(1, &feature));
}

static void arguments_have_the_width_of_their_type(void **state)
{
    (void)state;
    uint64_t wide = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        assert_true(wxgen_argument(seed << 20, 1, WXGEN_I32) <= UINT32_MAX);
        assert_true(wxgen_argument(seed << 20, 1, WXGEN_F32) <= UINT32_MAX);
        wide |= wxgen_argument(seed << 20, 1, WXGEN_I64);
    }
    assert_true(wide > UINT32_MAX);
}

/* The shares that the design asks for. */
static void cases_are_varied(void **state)
{
    (void)state;
    enum { CASES = 4000 };
    uint32_t sizes[CASES];
    struct gen_stats *s = calloc(1, sizeof *s);
    s->sizes = sizes;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        wxgen_case *c = wxgen_from_seed(seed, NULL);
        gen_stats_add(s, c);
        wxgen_free(c);
    }
    assert_int_equal(s->invalid, 0);
    assert_true(gen_stats_size(s, 50) >= 100);
    assert_true(s->with_imports * 2 >= s->cases);
    assert_true(s->with_second * 10 >= s->cases);
    for (enum op op = 0; op < OP_COUNT; op++)
        assert_true(s->ops.present[op] > 0);
    free(s);
}

/* Enumeration reaches what chance would not: nearly every pair that types allow. */
static void pairs_of_operations_are_covered(void **state)
{
    (void)state;
    enum { CASES = 6000 };
    static uint32_t sizes[CASES];
    struct gen_stats *s = calloc(1, sizeof *s);
    wxgen_config config = { WXGEN_TRAPS_NATURAL, NULL, "pairs", false, true };
    s->sizes = sizes;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        wxgen_case *c = wxgen_from_seed(seed, &config);
        gen_stats_add(s, c);
        wxgen_free(c);
    }
    uint32_t seen, all = gen_stats_pairs(s, &seen);
    assert_true(all > 8000);
    assert_true(seen * 100 >= all * 95);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_makes_valid_modules),
        cmocka_unit_test(any_bytes_make_valid_modules),
        cmocka_unit_test(features_that_are_off_are_not_used),
        cmocka_unit_test(the_same_bytes_make_the_same_case),
        cmocka_unit_test(what_is_unknown_is_refused),
        cmocka_unit_test(arguments_have_the_width_of_their_type),
        cmocka_unit_test(cases_are_varied),
        cmocka_unit_test(pairs_of_operations_are_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
