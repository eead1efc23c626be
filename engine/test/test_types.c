/* test_types.c - canonical types: identity by recursion group, subtyping, names,
 * threads. */
#include "wasm/types.h"
#include "base/compiler.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct heap heap;

static int new_registry(void **state)
{
    *state = types_new(&heap);
    return *state == NULL;
}

static int free_registry(void **state)
{
    types_free(*state);
    return heap.bytes != 0;
}

#define CONCRETE(id, nullable) VT_REF_OF(HEAP_CONCRETE + (uint32_t)(id), nullable)

static struct type struct_def(const struct field *fields, uint32_t n, uint32_t super,
                              bool final)
{
    return (struct type){
        .kind = COMP_STRUCT, .super = super, .final = final, .nfields = n, .fields = fields
    };
}

static void equal_function_types_are_one(void **state)
{
    valtype a[] = { VT_I32, VT_I64 }, b[] = { VT_I32, VT_I64, VT_F64 };
    const struct type *t = types_func(*state, a, 2, a, 1);
    assert_ptr_equal(t, types_func(*state, b, 2, b, 1));
    assert_ptr_not_equal(t, types_func(*state, a, 1, a, 2));
    assert_ptr_not_equal(t, types_func(*state, b, 3, b, 1));
    assert_ptr_not_equal(t, types_func(*state, a, 2, NULL, 0));
    assert_ptr_equal(types_get(*state, t->id), t);
    assert_int_equal(t->nparams, 2);
    assert_int_equal(t->param_slots, 2);
    assert_int_equal(t->params[1], VT_I64);
    assert_int_equal(t->results[0], VT_I32);
    assert_int_equal(t->depth, 0);
    assert_int_equal(t->display[0], t->id);
    assert_true(t->final);
}

static void v128_takes_two_slots(void **state)
{
    valtype types[] = { VT_I32, VT_V128, VT_FUNCREF };
    const struct type *t = types_func(*state, types, 3, types, 2);
    assert_int_equal(t->param_slots, 4);
    assert_int_equal(t->result_slots, 3);
}

/* Enough types to fill several chunks of ids and to grow the buckets. */
static void many_types_keep_their_ids(void **state)
{
    static const valtype kinds[] = { VT_I32, VT_I64, VT_F32, VT_F64 };
    enum { LEN = 6, COUNT_TYPES = 1 << 2 * LEN };
    static uint32_t ids[COUNT_TYPES];
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < COUNT_TYPES; i++) {
            valtype params[LEN];
            for (uint32_t k = 0; k < LEN; k++)
                params[k] = kinds[i >> 2 * k & 3];
            const struct type *t = types_func(*state, params, LEN, NULL, 0);
            if (pass == 0)
                ids[i] = t->id;
            assert_int_equal(t->id, ids[i]);
            assert_ptr_equal(types_get(*state, t->id), t);
        }
    for (uint32_t i = 1; i < COUNT_TYPES; i++)
        assert_int_equal(ids[i], ids[0] + i);
}

/* (rec (type $a (struct (field (ref null $b)))) (type $b (struct (field (ref $a))))) */
static const struct type *pair(struct type_registry *r, const struct type *extra)
{
    struct field to_b = { .type = CONCRETE(TYPE_LOCAL + 1, true) };
    struct field to_a = { .type = CONCRETE(TYPE_LOCAL, false), .mutable_ = true };
    struct type defs[3] = {
        struct_def(&to_b, 1, NO_TYPE, true),
        struct_def(&to_a, 1, NO_TYPE, true),
    };
    if (extra == NULL)
        return types_group(r, defs, 2);
    defs[2] = *extra;
    return types_group(r, defs, 3);
}

static void groups_are_one_by_structure(void **state)
{
    types_func(*state, NULL, 0, NULL, 0);
    const struct type *a = pair(*state, NULL), *b = a + 1;
    assert_ptr_equal(a, pair(*state, NULL));
    assert_int_equal(b->id, a->id + 1);
    assert_int_equal(a->fields[0].type, CONCRETE(b->id, true));
    assert_int_equal(b->fields[0].type, CONCRETE(a->id, false));
    struct type more = struct_def(NULL, 0, NO_TYPE, true);
    assert_ptr_not_equal(a, pair(*state, &more));
}

/* A group that names itself is not a group that names it from outside. */
static void inside_and_outside_references_differ(void **state)
{
    struct field self = { .type = CONCRETE(TYPE_LOCAL, true) };
    struct type def = struct_def(&self, 1, NO_TYPE, true);
    const struct type *inner = types_group(*state, &def, 1);
    struct field other = { .type = CONCRETE(inner->id, true) };
    struct type outer = struct_def(&other, 1, NO_TYPE, true);
    const struct type *t = types_group(*state, &outer, 1);
    assert_ptr_not_equal(t, inner);
    assert_int_equal(t->fields[0].type, inner->fields[0].type);
}

static void displays_name_supertypes(void **state)
{
    struct field field = { .type = VT_I32 };
    struct type base = struct_def(NULL, 0, NO_TYPE, false);
    const struct type *top = types_group(*state, &base, 1);
    struct type defs[2] = {
        struct_def(&field, 1, top->id, false),
        struct_def(&field, 1, TYPE_LOCAL, true),
    };
    const struct type *mid = types_group(*state, defs, 2), *leaf = mid + 1;
    assert_int_equal(leaf->super, mid->id);
    assert_int_equal(leaf->depth, 2);
    assert_int_equal(leaf->display[0], top->id);
    assert_int_equal(leaf->display[1], mid->id);
    assert_int_equal(leaf->display[2], leaf->id);
    assert_true(types_match(*state, CONCRETE(leaf->id, false), CONCRETE(top->id, true)));
    assert_false(types_match(*state, CONCRETE(top->id, false), CONCRETE(leaf->id, false)));
}

/* spec: match-valtype.  Concrete types: 0 is a function, 1 a struct, 2 an array. */
enum { FUNC_ID, STRUCT_ID, ARRAY_ID };
#define REF(h)      VT_REF_OF(HEAP_##h, false)
#define NULLABLE(h) VT_REF_OF(HEAP_##h, true)

static const struct {
    valtype sub, super;
    bool match;
} matches[] = {
    { VT_I32, VT_I32, true },
    { VT_I32, VT_I64, false },
    { VT_BOTTOM, VT_F64, true },
    { VT_BOTTOM, VT_FUNCREF, true },
    { VT_I32, VT_FUNCREF, false },
    { VT_FUNCREF, VT_I32, false },
    { VT_FUNCREF, VT_EXTERNREF, false },
    { REF(FUNC), NULLABLE(FUNC), true },
    { NULLABLE(FUNC), REF(FUNC), false },
    { NULLABLE(I31), NULLABLE(EQ), true },
    { NULLABLE(I31), NULLABLE(ANY), true },
    { NULLABLE(EQ), NULLABLE(ANY), true },
    { NULLABLE(ANY), NULLABLE(EQ), false },
    { NULLABLE(STRUCT), NULLABLE(ARRAY), false },
    { NULLABLE(NONE), NULLABLE(I31), true },
    { NULLABLE(NONE), NULLABLE(FUNC), false },
    { NULLABLE(NOFUNC), NULLABLE(FUNC), true },
    { NULLABLE(NOEXTERN), NULLABLE(EXTERN), true },
    { NULLABLE(NOEXN), NULLABLE(EXN), true },
    { CONCRETE(FUNC_ID, false), VT_FUNCREF, true },
    { CONCRETE(FUNC_ID, true), NULLABLE(ANY), false },
    { CONCRETE(STRUCT_ID, true), NULLABLE(STRUCT), true },
    { CONCRETE(STRUCT_ID, true), NULLABLE(EQ), true },
    { CONCRETE(STRUCT_ID, true), NULLABLE(ARRAY), false },
    { CONCRETE(ARRAY_ID, false), REF(ANY), true },
    { NULLABLE(NONE), CONCRETE(ARRAY_ID, true), true },
    { NULLABLE(NOFUNC), CONCRETE(FUNC_ID, true), true },
    { NULLABLE(NONE), CONCRETE(FUNC_ID, true), false },
    { NULLABLE(NOFUNC), CONCRETE(STRUCT_ID, true), false },
    { NULLABLE(STRUCT), CONCRETE(STRUCT_ID, true), false },
    { CONCRETE(STRUCT_ID, true), CONCRETE(ARRAY_ID, true), false },
};

static void subtyping_follows_the_hierarchies(void **state)
{
    struct field element = { .type = VT_I32 };
    struct type structure = struct_def(&element, 1, NO_TYPE, true), array = structure;
    array.kind = COMP_ARRAY;
    assert_int_equal(types_func(*state, NULL, 0, NULL, 0)->id, FUNC_ID);
    assert_int_equal(types_group(*state, &structure, 1)->id, STRUCT_ID);
    assert_int_equal(types_group(*state, &array, 1)->id, ARRAY_ID);
    for (size_t i = 0; i < COUNT(matches); i++) {
        char sub[32], super[32];
        if (types_match(*state, matches[i].sub, matches[i].super) != matches[i].match)
            fail_msg("%s <= %s", vt_name(matches[i].sub, sub),
                     vt_name(matches[i].super, super));
    }
}

static void names_are_those_of_the_text_format(void **state)
{
    (void)state;
    static const struct {
        valtype type;
        const char *name;
    } rows[] = {
        { VT_I32, "i32" },
        { VT_V128, "v128" },
        { VT_FUNCREF, "funcref" },
        { VT_EXTERNREF, "externref" },
        { REF(FUNC), "(ref func)" },
        { NULLABLE(NONE), "nullref" },
        { CONCRETE(3, true), "(ref null 3)" },
        { CONCRETE(4000000, false), "(ref 4000000)" },
    };
    char buf[32];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(vt_name(rows[i].type, buf), rows[i].name);
}

/* ---- exhaustion and threads ---------------------------------------------------------- */

static void exhaustion_leaves_the_registry_whole(void **state)
{
    (void)state;
    valtype params[100];
    for (size_t i = 0; i < COUNT(params); i++)
        params[i] = VT_I32;
    for (int64_t n = 1;; n++) {
        struct heap h = { .fail_at = n };
        struct type_registry *r = types_new(&h);
        bool done = r != NULL;
        for (uint32_t i = 0; r != NULL && i < COUNT(params); i++) {
            const struct type *t = types_func(r, params, i, NULL, 0);
            done = done && t != NULL;
            if (t != NULL)
                assert_ptr_equal(types_get(r, t->id), t);
        }
        types_free(r);
        assert_int_equal(h.bytes, 0);
        if (done)
            return;
    }
}

struct racer {
    struct type_registry *r;
    uint32_t ids[512];
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    for (uint32_t i = 0; i < COUNT(racer->ids); i++) {
        valtype params[9];
        for (uint32_t k = 0; k < COUNT(params); k++)
            params[k] = i >> k & 1 ? VT_I32 : VT_F64;
        racer->ids[i] = types_func(racer->r, params, COUNT(params), NULL, 0)->id;
        types_get(racer->r, racer->ids[i]);
    }
    return NULL;
}

static void threads_agree_on_ids(void **state)
{
    static struct racer racers[4];
    pthread_t threads[COUNT(racers)];
    for (size_t i = 0; i < COUNT(racers); i++) {
        racers[i].r = *state;
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < COUNT(racers); i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 1; i < COUNT(racers); i++)
        assert_memory_equal(racers[i].ids, racers[0].ids, sizeof racers[0].ids);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_registry, free_registry)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_function_types_are_one),
        TEST(v128_takes_two_slots),
        TEST(many_types_keep_their_ids),
        TEST(groups_are_one_by_structure),
        TEST(inside_and_outside_references_differ),
        TEST(displays_name_supertypes),
        TEST(subtyping_follows_the_hierarchies),
        cmocka_unit_test(names_are_those_of_the_text_format),
        cmocka_unit_test(exhaustion_leaves_the_registry_whole),
        TEST(threads_agree_on_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
