/* test_decode.c - modules as bytes: what is refused, at which offset, under which
 * features; what a loaded module holds; and that no input costs memory out of
 * proportion. */
#include "wasm/module.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1
#define HEADER   "\0asm\1\0\0\0"

static struct heap heap;

/* ---- refused ------------------------------------------------------------------------- */

#define MVP    FEATURE_BIT(MVP)
#define LEVEL2 features_of_level(2)
#define MALF   FAIL_MALFORMED
#define INV    FAIL_INVALID
#define EXH    FAIL_EXHAUSTED

static const struct {
    const char *fact;
    bool mvp; /* the first version's features alone, else those of level 2 */
    const uint8_t *bytes;
    size_t len;
    enum fail_kind kind;
    size_t offset;
    const char *text;
} refused[] = {
    /* frame */
    { "empty", false, BYTES(""), MALF, 0, "unexpected end" },
    { "cut_magic", false, BYTES("\0as"), MALF, 3, "unexpected end" },
    { "wrong_magic", false, BYTES("asm\0\1\0\0\0"), MALF, 0, "magic header not detected" },
    { "wrong_version", false, BYTES("\0asm\2\0\0\0"), MALF, 4, "unknown binary version" },
    { "section_without_size", false, BYTES(HEADER "\1"), MALF, 9, "unexpected end" },
    { "section_beyond_the_module", false, BYTES(HEADER "\1\5\0"), MALF, 8,
      "length out of bounds" },
    { "unknown_section", false, BYTES(HEADER "\x0E\0"), MALF, 8,
      "malformed section id: 14" },
    { "tag_section", false, BYTES(HEADER "\x0D\1\0"), MALF, 8,
      "malformed section id: tag section requires feature exceptions, which this version" },
    { "sections_out_of_order", false, BYTES(HEADER "\3\1\0\1\1\0"), MALF, 11,
      "unexpected content after last section: type section is out of order" },
    { "section_twice", false, BYTES(HEADER "\1\1\0\1\1\0"), MALF, 11,
      "unexpected content after last section: type section is repeated" },
    { "bytes_left_in_section", false, BYTES(HEADER "\1\2\0\0"), MALF, 11,
      "section size mismatch" },
    { "custom_without_name", false, BYTES(HEADER "\0\0"), MALF, 10, "unexpected end" },
    { "custom_name_beyond_section", false, BYTES(HEADER "\0\2\5a"), MALF, 10,
      "length out of bounds" },
    { "custom_name_not_utf8", false, BYTES(HEADER "\0\2\1\xFF"), MALF, 11,
      "malformed UTF-8 encoding" },
    { "surrogate_in_name", false, BYTES(HEADER "\0\4\3\xED\xA0\x80"), MALF, 11,
      "malformed UTF-8 encoding" },
    { "overlong_name", false, BYTES(HEADER "\0\3\2\xC0\x80"), MALF, 11,
      "malformed UTF-8 encoding" },
    { "code_point_beyond_unicode", false, BYTES(HEADER "\0\5\4\xF4\x90\x80\x80"), MALF, 11,
      "malformed UTF-8 encoding" },
    /* types */
    { "struct_type", false, BYTES(HEADER "\1\3\1\x5F\0"), MALF, 11,
      "malformed function type: a struct, array or recursive type requires feature gc" },
    { "unknown_form", false, BYTES(HEADER "\1\3\1\x61\0"), MALF, 11,
      "malformed function type: form 0x61" },
    { "long_form", false, BYTES(HEADER "\1\4\1\xE0\x7F\0"), MALF, 11,
      "integer representation too long" },
    { "v128_parameter", false, BYTES(HEADER "\1\5\1\x60\1\x7B\0"), MALF, 13,
      "malformed value type: v128 requires feature simd" },
    { "typed_reference_parameter", false, BYTES(HEADER "\1\6\1\x60\1\x64\0\0"), MALF, 13,
      "malformed value type: a typed reference requires feature function-references" },
    { "unknown_value_type", false, BYTES(HEADER "\1\5\1\x60\1\x50\0"), MALF, 13,
      "malformed value type: 0x50" },
    { "funcref_parameter_of_old", true, BYTES(HEADER "\1\5\1\x60\1\x70\0"), MALF, 13,
      "malformed value type: funcref requires feature reference-types" },
    { "two_results_of_old", true, BYTES(HEADER "\1\6\1\x60\0\2\x7F\x7F"), INV, 13,
      "invalid result arity: 2 results require feature multi-value" },
    { "count_beyond_section", false, BYTES(HEADER "\1\6\xFF\xFF\xFF\xFF\x0F\x60"), MALF, 10,
      "length out of bounds" },
    /* imports and declarations */
    { "tag_import", false, BYTES(HEADER "\2\6\1\0\0\4\0\0"), MALF, 13,
      "malformed import kind: a tag requires feature exceptions" },
    { "unknown_import_kind", false, BYTES(HEADER "\2\5\1\0\0\5\0"), MALF, 13,
      "malformed import kind" },
    { "import_of_unknown_type", false, BYTES(HEADER "\2\5\1\0\0\0\1"), INV, 14,
      "unknown type 1" },
    { "function_of_unknown_type", false, BYTES(HEADER "\3\2\1\0\x0A\4\1\2\0\x0B"), INV, 11,
      "unknown type 0" },
    { "mutable_import_of_old", true, BYTES(HEADER "\2\6\1\0\0\3\x7F\1"), INV, 14,
      "mutable globals cannot be imported" },
    { "two_tables_of_old", true, BYTES(HEADER "\4\7\2\x70\0\0\x70\0\0"), INV, 10,
      "multiple tables" },
    { "externref_table_of_old", true, BYTES(HEADER "\4\4\1\x6F\0\0"), MALF, 11,
      "malformed reference type: externref requires feature reference-types" },
    { "table_of_numbers", false, BYTES(HEADER "\4\4\1\x7F\0\0"), MALF, 11,
      "malformed reference type" },
    { "table_with_initial_value", false, BYTES(HEADER "\4\7\1\x40\0\x70\0\0\x0B"), MALF, 11,
      "malformed reference type: a table's initial value requires feature "
      "function-references" },
    { "huge_table", false, BYTES(HEADER "\4\7\1\x70\0\x81\xAD\xE2\4"), EXH, 11,
      "table element count 10000001 exceeds the limit of 10000000" },
    { "two_memories", false, BYTES(HEADER "\5\5\2\0\0\0\0"), INV, 10, "multiple memories" },
    { "shared_memory", false, BYTES(HEADER "\5\4\1\3\0\1"), MALF, 11,
      "integer too large: limits flag 2 requires feature threads" },
    { "memory64", false, BYTES(HEADER "\5\3\1\4\0"), MALF, 11,
      "integer too large: limits flag 4 requires feature memory64" },
    { "memory_beyond_4_gib", false, BYTES(HEADER "\5\5\1\0\x81\x80\4"), INV, 11,
      "memory size must be at most 65536 pages (4GiB)" },
    { "minimum_above_maximum", false, BYTES(HEADER "\5\4\1\1\2\1"), INV, 11,
      "size minimum must not be greater than maximum" },
    { "global_of_mutability_2", false, BYTES(HEADER "\6\6\1\x7F\2\x41\0\x0B"), MALF, 12,
      "malformed mutability" },
    /* constant expressions */
    { "add_is_not_constant", false, BYTES(HEADER "\6\x09\1\x7F\0\x41\0\x41\0\x6A\x0B"), INV,
      17, "constant expression required: found i32.add" },
    { "empty_initializer", false, BYTES(HEADER "\6\4\1\x7F\0\x0B"), INV, 13,
      "type mismatch: constant expression leaves 0 values, expects i32" },
    { "initializer_of_wrong_type", false, BYTES(HEADER "\6\6\1\x7F\0\x42\0\x0B"), INV, 15,
      "type mismatch: constant expression of type i64, expects i32" },
    { "own_global_in_initializer", false,
      BYTES(HEADER "\6\x0B\2\x7F\0\x41\0\x0B\x7F\0\x23\0\x0B"), INV, 18,
      "unknown global 0" },
    { "mutable_global_in_initializer", false,
      BYTES(HEADER "\2\6\1\0\0\3\x7F\1\6\6\1\x7F\0\x23\0\x0B"), INV, 21,
      "constant expression required: global 0 is mutable" },
    { "malformed_behind_invalid_initializer", false,
      BYTES(HEADER "\6\7\1\x7F\0\x6A\xFF\0\x0B"), MALF, 14, "illegal opcode ff" },
    { "initializer_without_end", false, BYTES(HEADER "\6\5\1\x7F\0\x41\0"), MALF, 15,
      "unexpected end of section or function" },
    /* exports, start */
    { "export_of_unknown_function", false, BYTES(HEADER "\7\4\1\0\0\0"), INV, 13,
      "unknown function 0" },
    { "export_of_unknown_memory", false, BYTES(HEADER "\7\4\1\0\2\0"), INV, 13,
      "unknown memory 0" },
    { "unknown_export_kind", false, BYTES(HEADER "\7\4\1\0\5\0"), MALF, 12,
      "malformed export kind" },
    { "export_twice", false, BYTES(HEADER "\5\3\1\0\0\7\x09\2\1a\2\0\1a\2\0"), INV, 21,
      "duplicate export name: \"a\"" },
    { "start_of_unknown_function", false, BYTES(HEADER "\x08\1\0"), INV, 10,
      "unknown function 0" },
    { "start_with_parameter", false,
      BYTES(HEADER "\1\5\1\x60\1\x7F\0\3\2\1\0\x08\1\0\x0A\4\1\2\0\x0B"), INV, 21,
      "start function" },
    /* segments */
    { "element_kind_8", false, BYTES(HEADER "\x09\3\1\x08\0"), MALF, 11,
      "malformed elements segment kind" },
    { "passive_elements_of_old", true, BYTES(HEADER "\x09\4\1\1\0\0"), MALF, 11,
      "malformed elements segment kind: a segment other than active in table 0 requires "
      "feature bulk-memory" },
    { "elements_without_table", false, BYTES(HEADER "\x09\6\1\0\x41\0\x0B\0"), INV, 12,
      "unknown table 0" },
    { "elements_of_wrong_type", false, BYTES(HEADER "\4\4\1\x6F\0\0\x09\6\1\0\x41\0\x0B\0"),
      INV, 17, "type mismatch: segment of funcref for a table of externref" },
    { "element_of_unknown_function", false, BYTES(HEADER "\x09\5\1\1\0\1\0"), INV, 14,
      "unknown function 0" },
    { "element_expression_of_wrong_type", false,
      BYTES(HEADER "\x09\7\1\5\x6F\1\xD0\x70\x0B"), INV, 16,
      "type mismatch: constant expression of type funcref, expects externref" },
    { "data_without_memory", false, BYTES(HEADER "\x0B\6\1\0\x41\0\x0B\0"), INV, 12,
      "unknown memory 0" },
    { "data_kind_3", false, BYTES(HEADER "\x0B\3\1\3\0"), MALF, 11,
      "malformed data segment kind" },
    { "data_offset_of_i64", false, BYTES(HEADER "\5\3\1\0\0\x0B\6\1\0\x42\0\x0B\0"), INV,
      19, "type mismatch" },
    { "data_longer_than_section", false, BYTES(HEADER "\x0B\4\1\1\2a"), MALF, 14,
      "unexpected end" },
    { "data_count_of_old", true, BYTES(HEADER "\x0C\1\0"), MALF, 8,
      "malformed section id: data count section requires feature bulk-memory" },
    { "data_count_without_data", false, BYTES(HEADER "\x0C\1\1"), MALF, 11,
      "data count and data section have inconsistent lengths" },
    /* code */
    { "function_without_code", false, BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0"), MALF, 18,
      "function and code section have inconsistent lengths" },
    { "code_without_function", false, BYTES(HEADER "\x0A\4\1\2\0\x0B"), MALF, 10,
      "function and code section have inconsistent lengths" },
    { "body_beyond_section", false, BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\x0A\4\1\3\0\x0B"),
      MALF, 21, "unexpected end of section or function" },
    { "locals_overflow", false,
      BYTES(HEADER
            "\1\4\1\x60\0\0\3\2\1\0\x0A\x0C\1\x0A\2\xFF\xFF\xFF\xFF\x0F\x7F\1\x7F\x0B"),
      MALF, 22, "too many locals" },
    { "data_count_required", false,
      BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\x0A\7\1\5\0\xFC\x09\0\x0B\x0B\3\1\1\0"), MALF,
      25, "data count section required" },
    /* features of instructions */
    { "sign_extension_of_old", true,
      BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\x0A\x08\1\6\0\x41\0\xC0\x1A\x0B"), MALF, 25,
      "illegal opcode: i32.extend8_s requires feature sign-extension" },
    { "saturating_conversion_of_old", true,
      BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\x0A\6\1\4\0\xFC\0\x0B"), MALF, 23,
      "illegal opcode: i32.trunc_sat_f32_s requires feature saturating-float-to-int" },
    { "block_type_index_of_old", true,
      BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\x0A\7\1\5\0\2\0\x0B\x0B"), INV, 23,
      "block type 0 requires feature multi-value" },
    { "second_table_of_old", true,
      BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\4\4\1\x70\0\0\x0A\x09\1\7\0\x41\0\x11\0\1\x0B"),
      MALF, 33, "zero byte expected: another index requires feature reference-types" },
    /* malformed beats invalid, wherever it stands */
    { "malformed_section_behind_invalid_one", false, BYTES(HEADER "\3\2\1\0\x0A\1\1"), MALF,
      15, "unexpected end" },
};

static void bad_modules_are_refused(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct fail f;
        features enabled = refused[i].mvp ? MVP : LEVEL2;
        struct module *m =
            module_load(&heap, r, enabled, refused[i].bytes, refused[i].len, &f);
        bool same = strncmp(f.text, refused[i].text, strlen(refused[i].text)) == 0;
        if (m != NULL || !same || f.offset != refused[i].offset ||
            f.kind != refused[i].kind)
            fail_msg("%s: kind %d at %zu: %s", refused[i].fact, (int)f.kind, f.offset,
                     m != NULL ? "accepted" : f.text);
    }
    types_free(r);
    assert_int_equal(heap.bytes, 0);
}

/* ---- a loaded module ----------------------------------------------------------------- */

/* A module with something in every section:
 *   (module $mod
 *     (type [i32]->[i32]) (type []->[])
 *     (import "m" "f" (func (type 0))) (import "m" "g" (global i32))
 *     (table 2 3 funcref) (memory 1 2) (global (mut i64) (i64.const 5))
 *     (func $first (type 1)) (func $second (type 0) (local i64) ...)
 *     (export "" (func 1)) (export "mem" (memory 0)) (export "f2" (func 2)) (start 1)
 *     (elem (i32.const 0) func 1 2) (elem declare funcref (ref.func 2))
 *     (data (i32.const 8) "hi") (data "x")) */
static const char everything[] = HEADER "\1\x09\2\x60\1\x7F\1\x7F\x60\0\0"
                                        "\2\x0E\2\1m\1f\0\0\1m\1g\3\x7F\0"
                                        "\3\3\2\1\0"
                                        "\4\5\1\x70\1\2\3"
                                        "\5\4\1\1\1\2"
                                        "\6\6\1\x7E\1\x42\5\x0B"
                                        "\7\x0F\3\0\0\1\3mem\2\0\2f2\0\2"
                                        "\x08\1\1"
                                        "\x09\x0E\2\0\x41\0\x0B\2\1\2\7\x70\1\xD2\2\x0B"
                                        "\x0C\1\2"
                                        "\x0A\x0B\2\2\0\x0B\6\1\1\x7E\x20\0\x0B"
                                        "\x0B\x0B\2\0\x41\x08\x0B\2hi\1\1x"
                                        "\0\x1D\4name\0\4\3mod\1\x10\2\1\5first\2\6second";

static struct module *load_everything(struct type_registry *r)
{
    struct fail f;
    struct module *m = module_load(&heap, r, LEVEL2, BYTES(everything), &f);
    if (m == NULL)
        fail_msg("%s at %zu", f.text, f.offset);
    return m;
}

static bool is(struct name name, const char *text)
{
    return name.len == strlen(text) && memcmp(name.at, text, name.len) == 0;
}

static void declarations_are_kept(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    struct module *m = load_everything(r);
    assert_int_equal(m->ntypes, 2);
    assert_int_equal(m->nimports, 2);
    assert_true(is(m->imports[1].module, "m") && is(m->imports[1].name, "g"));
    assert_int_equal(m->imports[1].kind, EXTERN_GLOBAL);
    assert_int_equal(m->imports[1].index, 0);
    assert_int_equal(m->nfuncs, 3);
    assert_int_equal(m->nimported_funcs, 1);
    assert_ptr_equal(m->funcs[0].type, m->types[0]);
    assert_null(m->funcs[0].info);
    assert_ptr_equal(m->funcs[1].type, m->types[1]);
    assert_int_equal(m->funcs[2].body_end - m->funcs[2].body, 3);
    assert_ptr_equal(m->bytes + m->funcs[2].offset + 3, m->funcs[2].body);
    assert_int_equal(m->funcs[2].info->nlocals, 2);
    assert_int_equal(m->tables[0].type.limits.max, 3);
    assert_null(m->tables[0].init.at);
    assert_int_equal(m->memories[0].type.limits.min, 1);
    assert_int_equal(m->memories[0].type.page_log2, 16);
    assert_int_equal(m->nglobals, 2);
    assert_true(m->globals[1].type.mutable_);
    assert_int_equal(m->globals[1].init.len, 3);
    assert_int_equal(m->globals[1].init.at[1], 5);
    assert_true(m->has_start);
    assert_int_equal(m->start, 1);
    module_free(m);
    types_free(r);
    assert_int_equal(heap.bytes, 0);
}

static void segments_are_kept(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    struct module *m = load_everything(r);
    assert_int_equal(m->nelems, 2);
    assert_int_equal(m->elems[0].mode, SEGMENT_ACTIVE);
    assert_int_equal(m->elems[0].len, 2);
    assert_int_equal(m->elems[0].funcs[1], 2);
    assert_int_equal(m->elems[1].mode, SEGMENT_DECLARED);
    assert_null(m->elems[1].funcs);
    assert_int_equal(m->elems[1].exprs[0].len, 3);
    assert_int_equal(m->ndatas, 2);
    assert_int_equal(m->datas[0].mode, SEGMENT_ACTIVE);
    assert_int_equal(m->datas[0].offset.at[1], 8);
    assert_memory_equal(m->datas[0].bytes, "hi", 2);
    assert_int_equal(m->datas[1].mode, SEGMENT_PASSIVE);
    assert_int_equal(m->datas[1].len, 1);
    assert_true(m->has_data_count);
    module_free(m);
    types_free(r);
}

static void exports_and_names_are_found(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    struct module *m = load_everything(r);
    assert_ptr_equal(module_export(m, "", 0), &m->exports[0]);
    assert_ptr_equal(module_export(m, "mem", 3), &m->exports[1]);
    assert_ptr_equal(module_export(m, "f2", 2), &m->exports[2]);
    assert_null(module_export(m, "f", 1));
    assert_null(module_export(m, "f22", 3));
    assert_true(is(m->name, "mod"));
    assert_true(is(module_func_name(m, 0), ""));
    assert_true(is(module_func_name(m, 1), "first"));
    assert_true(is(module_func_name(m, 2), "second"));
    assert_true(is(module_func_name(m, 3), ""));
    module_free(m);
    struct fail f;
    m = module_load(&heap, r, LEVEL2, BYTES(HEADER), &f);
    assert_null(module_export(m, "", 0));
    module_free(m);
    types_free(r);
}

/* A malformed name section leaves the module without names; functions then go by
 * exports. */
static void malformed_names_are_ignored(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t cut = 1; cut < 22; cut++) {
        struct fail f;
        uint8_t bytes[sizeof everything - 1];
        size_t len = sizeof bytes - cut, size_at = sizeof bytes - 30;
        memcpy(bytes, everything, len);
        assert_int_equal(bytes[size_at], 0x1D);
        bytes[size_at] = (uint8_t)(0x1D - cut);
        struct module *m = module_load(&heap, r, LEVEL2, bytes, len, &f);
        assert_non_null(m);
        bool whole = cut == 18; /* behind the module's name */
        assert_int_equal(m->name.len, whole ? 3 : 0);
        assert_null(m->func_names);
        assert_true(is(module_func_name(m, 2), "f2"));
        module_free(m);
    }
    types_free(r);
}

/* The message names the function; control characters of its name do not get into the
 * line. */
static void failures_name_their_function(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    static const char module[] =
        HEADER "\1\4\1\x60\0\0\3\3\2\0\0\x0A\x08\2\2\0\x0B\3\0\x6A\x0B"
               "\0\x0D\4name\1\6\1\1\3a\nb";
    struct fail f;
    assert_null(module_load(&heap, r, LEVEL2, BYTES(module), &f));
    assert_int_equal(f.kind, FAIL_INVALID);
    assert_int_equal(f.func, 1);
    assert_string_equal(f.text,
                        "type mismatch: i32.add expects i32 for operand 2, found nothing "
                        "(in function \"a?b\")");
    assert_null(module_load(&heap, r, LEVEL2, BYTES(HEADER "\x0E\0"), &f));
    assert_int_equal(f.func, FAIL_NO_FUNC);
    types_free(r);
}

/* ---- exhaustion ---------------------------------------------------------------------- */

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    for (int64_t n = 1;; n++) {
        struct heap h = { .fail_at = 0 };
        struct type_registry *r = types_new(&h);
        struct fail f;
        h.fail_at = n;
        struct module *m = module_load(&h, r, LEVEL2, BYTES(everything), &f);
        h.fail_at = 0;
        if (m != NULL) {
            assert_true(n > 3);
            module_free(m);
            types_free(r);
            return;
        }
        assert_int_equal(f.kind, FAIL_EXHAUSTED);
        assert_string_equal(f.text, "out of memory");
        types_free(r);
        assert_int_equal(h.bytes, 0);
    }
}

/* Loads an import of a type that is not there, behind which globals and exports want memory; the
 * n-th allocation fails.  Returns how many were still allowed. */
static int64_t load_unknown_type(int64_t n, enum fail_kind *kind)
{
    struct heap h = { .fail_at = 0 };
    struct type_registry *r = types_new(&h);
    struct fail f;
    h.fail_at = n;
    assert_null(module_load(&h, r, LEVEL2,
                            BYTES(HEADER "\2\7\1\1h\1f\0\5"
                                         "\6\6\1\x7F\0\x41\0\x0B"
                                         "\7\5\1\1g\3\0"),
                            &f));
    int64_t left = h.fail_at;
    h.fail_at = 0;
    types_free(r);
    *kind = f.kind;
    return left;
}

static void exhaustion_hides_what_was_invalid_before(void **state)
{
    enum { MANY = 1000 };
    enum fail_kind kind;
    (void)state;
    int64_t allocations = MANY - load_unknown_type(MANY, &kind);
    assert_int_equal(kind, FAIL_INVALID);
    assert_true(allocations > 2);
    for (int64_t n = 1; n <= allocations; n++) {
        load_unknown_type(n, &kind);
        assert_int_equal(kind, FAIL_EXHAUSTED);
    }
}

/* Counts are checked against the bytes that remain before memory is asked for. */
static const struct {
    const char *fact;
    const uint8_t *bytes;
    size_t len;
} greedy[] = {
    { "types", BYTES(HEADER "\1\6\xC0\x84\x3D\x60\0\0") },
    { "imports", BYTES(HEADER "\2\6\xC0\x84\x3D\0\0\0") },
    { "functions", BYTES(HEADER "\3\6\xC0\x84\x3D\0\0\0") },
    { "globals", BYTES(HEADER "\6\6\xC0\x84\x3D\x7F\0\0") },
    { "exports", BYTES(HEADER "\7\6\xC0\x84\x3D\0\0\0") },
    { "elements", BYTES(HEADER "\x09\6\xC0\x84\x3D\1\0\0") },
    { "data", BYTES(HEADER "\x0B\6\xC0\x84\x3D\1\0\0") },
    { "functions_of_a_segment", BYTES(HEADER "\x09\x08\1\1\0\xC0\x84\x3D\0\0") },
    { "locals",
      BYTES(HEADER "\1\4\1\x60\0\0\3\2\1\0\x0A\x0A\1\x08\1\xFF\xFF\xFF\xFF\x0F\x7F\x0B") },
};

static void counts_cost_nothing_before_they_are_checked(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(greedy); i++) {
        struct fail f;
        size_t before = heap.peak = heap.bytes;
        assert_null(module_load(&heap, r, LEVEL2, greedy[i].bytes, greedy[i].len, &f));
        if (heap.peak - before > 256 * 1024)
            fail_msg("%s: %zu bytes", greedy[i].fact, heap.peak - before);
    }
    types_free(r);
}

/* 4,000 functions of five bytes, 50,000 locals each. */
static void locals_of_all_functions_are_limited(void **state)
{
    (void)state;
    enum { FUNCS = 4000, BODY = 8 };
    static uint8_t bytes[64 + FUNCS * (1 + BODY)];
    static const char head[] = HEADER "\1\4\1\x60\0\0\3\xA2\x1F\xA0\x1F";
    static const char body[BODY + 1] = "\7\1\xD0\x86\3\x7F\1\x0B";
    size_t len = sizeof head - 1;
    memcpy(bytes, head, len);
    len += FUNCS;
    memcpy(bytes + len, "\x0A\x82\xFA\1\xA0\x1F", 6);
    len += 6;
    for (unsigned i = 0; i < FUNCS; i++, len += BODY)
        memcpy(bytes + len, body, BODY);
    struct type_registry *r = types_new(&heap);
    struct fail f;
    heap.peak = heap.bytes;
    assert_null(module_load(&heap, r, LEVEL2, bytes, len, &f));
    assert_int_equal(f.kind, FAIL_EXHAUSTED);
    assert_memory_equal(f.text, "local of all functions", 22);
    assert_true(heap.peak < 32 << 20);
    types_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_modules_are_refused),
        cmocka_unit_test(declarations_are_kept),
        cmocka_unit_test(segments_are_kept),
        cmocka_unit_test(exports_and_names_are_found),
        cmocka_unit_test(malformed_names_are_ignored),
        cmocka_unit_test(failures_name_their_function),
        cmocka_unit_test(failed_allocations_are_reported),
        cmocka_unit_test(exhaustion_hides_what_was_invalid_before),
        cmocka_unit_test(counts_cost_nothing_before_they_are_checked),
        cmocka_unit_test(locals_of_all_functions_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
