/* test_reader.c - LEB128 in its strict form, and the first error that sticks. */
#include "base/reader.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum form { U32, U64, S32, S33, S64 };

#define BYTES(s)  (const uint8_t *)(s), sizeof(s) - 1
#define TOO_LONG  "integer representation too long"
#define TOO_LARGE "integer too large"
#define THE_END   "unexpected end of section or function"

/* One integer from the first `len` bytes of a longer input; text NULL: it is read, else
 * refused at `offset`. */
static const struct {
    const char *fact;
    enum form form;
    const uint8_t *bytes;
    size_t total, len;
    int64_t value;
    size_t offset;
    const char *text;
} integers[] = {
    { "u32_zero", U32, BYTES("\x00"), 1, 0, 0, NULL },
    { "u32_one_byte", U32, BYTES("\x7F"), 1, 127, 0, NULL },
    { "u32_two_bytes", U32, BYTES("\x80\x01"), 2, 128, 0, NULL },
    { "u32_padded_zero", U32, BYTES("\x80\x80\x80\x80\x00"), 5, 0, 0, NULL },
    { "u32_greatest", U32, BYTES("\xFF\xFF\xFF\xFF\x0F"), 5, 0xFFFFFFFF, 0, NULL },
    { "u32_bit_32", U32, BYTES("\xFF\xFF\xFF\xFF\x1F"), 5, 0, 0, TOO_LARGE },
    { "u32_six_bytes", U32, BYTES("\x80\x80\x80\x80\x80\x00"), 6, 0, 0, TOO_LONG },
    { "u32_six_bytes_beat_unused_bits", U32, BYTES("\x80\x80\x80\x80\xF0\x00"), 6, 0, 0,
      TOO_LONG },
    { "u32_cut", U32, BYTES("\x80\x80"), 2, 0, 2, THE_END },
    { "u32_empty", U32, BYTES(""), 0, 0, 0, THE_END },
    { "u32_over_the_end_is_judged_first", U32, BYTES("\x80\x80\x80\x80\x80\x00"), 2, 0, 0,
      TOO_LONG },
    { "u32_over_the_end", U32, BYTES("\x80\x80\x00"), 2, 0, 2, THE_END },
    { "u64_greatest", U64, BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), 10, -1, 0,
      NULL },
    { "u64_bit_64", U64, BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x03"), 10, 0, 0,
      TOO_LARGE },
    { "u64_eleven_bytes", U64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), 11, 0,
      0, TOO_LONG },
    { "s32_minus_one", S32, BYTES("\x7F"), 1, -1, 0, NULL },
    { "s32_63", S32, BYTES("\x3F"), 1, 63, 0, NULL },
    { "s32_64_needs_two_bytes", S32, BYTES("\xC0\x00"), 2, 64, 0, NULL },
    { "s32_minus_65", S32, BYTES("\xBF\x7F"), 2, -65, 0, NULL },
    { "s32_least", S32, BYTES("\x80\x80\x80\x80\x78"), 5, INT32_MIN, 0, NULL },
    { "s32_greatest", S32, BYTES("\xFF\xFF\xFF\xFF\x07"), 5, INT32_MAX, 0, NULL },
    { "s32_unused_bits_do_not_repeat_the_sign", S32, BYTES("\xFF\xFF\xFF\xFF\x0F"), 5, 0, 0,
      TOO_LARGE },
    { "s32_unused_bits_of_a_positive", S32, BYTES("\x80\x80\x80\x80\x70"), 5, 0, 0,
      TOO_LARGE },
    { "s32_six_bytes", S32, BYTES("\xFF\xFF\xFF\xFF\xFF\x7F"), 6, 0, 0, TOO_LONG },
    { "s32_cut", S32, BYTES("\xFF\xFF"), 2, 0, 2, THE_END },
    { "s33_greatest", S33, BYTES("\xFF\xFF\xFF\xFF\x0F"), 5, 0xFFFFFFFF, 0, NULL },
    { "s33_least", S33, BYTES("\x80\x80\x80\x80\x70"), 5, -INT64_C(0x100000000), 0, NULL },
    { "s33_too_large", S33, BYTES("\x80\x80\x80\x80\x60"), 5, 0, 0, TOO_LARGE },
    { "s64_least", S64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7F"), 10, INT64_MIN, 0,
      NULL },
    { "s64_greatest", S64, BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00"), 10, INT64_MAX,
      0, NULL },
    { "s64_unused_bits", S64, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7E"), 10, 0, 0,
      TOO_LARGE },
};

static int64_t read_form(struct reader *r, enum form form)
{
    switch (form) {
    case U32: return reader_u32(r);
    case U64: return (int64_t)reader_u64(r);
    case S32: return reader_s32(r);
    case S33: return reader_s33(r);
    case S64: return reader_s64(r);
    }
    return 0;
}

static void integers_are_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(integers); i++) {
        struct fail f = { .kind = FAIL_NONE };
        struct reader outer;
        reader_init(&outer, integers[i].bytes, integers[i].total, &f);
        struct reader r = reader_sub(&outer, integers[i].len);
        int64_t value = read_form(&r, integers[i].form);
        const char *want = integers[i].text != NULL ? integers[i].text : "";
        if (value != integers[i].value || strcmp(f.text, want) != 0 ||
            (want[0] != '\0' && f.offset != integers[i].offset) || r.p != r.end)
            fail_msg("%s: got %lld \"%s\" at %zu", integers[i].fact, (long long)value,
                     f.text, f.offset);
    }
}

static void first_error_sticks(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 7 };
    struct fail f = { .kind = FAIL_NONE };
    struct reader r;
    reader_init(&r, bytes, sizeof bytes, &f);
    assert_int_equal(reader_byte(&r), 1);
    assert_int_equal(f.kind, FAIL_NONE);
    assert_int_equal(reader_u32(&r), 0);
    assert_int_equal(reader_byte(&r), 0);
    assert_int_equal(reader_s64(&r), 0);
    assert_null(reader_bytes(&r, 1));
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(f.kind, FAIL_MALFORMED);
    assert_int_equal(f.offset, 1);
    assert_string_equal(f.text, TOO_LONG);
}

static void sub_reader_stops_at_its_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 1, 2, 3, 4 };
    struct fail f = { .kind = FAIL_NONE };
    struct reader r;
    reader_init(&r, bytes, sizeof bytes, &f);
    reader_byte(&r);
    struct reader sub = reader_sub(&r, 2);
    assert_ptr_equal(reader_bytes(&sub, 2), bytes + 1);
    assert_int_equal(reader_byte(&r), 4);
    assert_int_equal(reader_byte(&sub), 0);
    assert_int_equal(f.offset, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_strict),
        cmocka_unit_test(first_error_sticks),
        cmocka_unit_test(sub_reader_stops_at_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
