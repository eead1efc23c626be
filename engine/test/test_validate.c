/* test_validate.c - function bodies: what is refused, where and why; and what is learned.
 *
 * Each body is put into a module with a fixed surrounding (see `surrounding`), as the only
 * defined function whose body matters.  Offsets count from the body's first instruction. */
#include "wasm/module.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(s)  (const uint8_t *)(s), sizeof(s) - 1
#define NO_LOCALS BYTES("\x00")

/* Everything in front of the code section:
 *   types     0 []->[]  1 [i32 i32]->[i32]  2 []->[i32]  3 [i32]->[i32 i32]  4 [i32]->[]
 *             5 [funcref]->[]  6 [f64]->[f32]
 *   functions 0: the body under test; 1 of type 1, exported; 2 of type 0
 *   tables    0 funcref, 1 externref      memory 0
 *   globals   0 mutable i32, 1 immutable i64
 *   elements  0 passive funcref           data count 1
 * @ stands for the type index of function 0. */
static const char surrounding[] = "\0asm\1\0\0\0"
                                  "\x01\x21\x07\x60\0\0\x60\2\x7F\x7F\1\x7F\x60\0\1\x7F\x60"
                                  "\1\x7F\2\x7F\x7F\x60\1\x7F\0\x60\1\x70\0"
                                  "\x60\1\x7C\1\x7D"
                                  "\x03\4\3@\1\0"
                                  "\x04\7\2\x70\0\1\x6F\0\1"
                                  "\x05\3\1\0\1"
                                  "\x06\x0B\2\x7F\1\x41\0\x0B\x7E\0\x42\0\x0B"
                                  "\x07\5\1\1\x61\0\1"
                                  "\x09\4\1\1\0\0"
                                  "\x0C\1\1";
static const char behind[] = "\4\0\x20\0\x0B\2\0\x0B" /* functions 1, 2 */
                             "\x0B\3\1\1\0";          /* data */

struct buffer {
    uint8_t at[512];
    size_t len;
};

static void put(struct buffer *b, const void *bytes, size_t len)
{
    assert_true(b->len + len <= sizeof b->at);
    memcpy(b->at + b->len, bytes, len);
    b->len += len;
}

static void put_u32(struct buffer *b, size_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(b, &(uint8_t){ (uint8_t)(value | 0x80) }, 1);
    put(b, &(uint8_t){ (uint8_t)value }, 1);
}

/* Returns the offset of the body's first instruction. */
static size_t build(struct buffer *b, uint8_t type, const uint8_t *locals, size_t nlocals,
                    const uint8_t *body, size_t nbody)
{
    size_t size = nlocals + nbody, tail = 8;
    b->len = 0;
    put(b, surrounding, sizeof surrounding - 1);
    *(uint8_t *)memchr(b->at, '@', b->len) = type;
    put(b, "\x0A", 1);
    put_u32(b, 1 + (size >= 0x80 ? 2u : 1u) + size + tail);
    put_u32(b, 3);
    put_u32(b, size);
    put(b, locals, nlocals);
    size_t start = b->len;
    put(b, body, nbody);
    put(b, behind, sizeof behind - 1);
    return start;
}

static struct heap heap;

/* ---- refused ------------------------------------------------------------------------- */

#define MISMATCH "type mismatch: "

static const struct {
    const char *fact;
    uint8_t type;
    const uint8_t *body;
    size_t len;
    size_t offset;
    const char *text;
} refused[] = {
    /* operands */
    { "add_of_nothing", 0, BYTES("\x6A\x0B"), 0,
      MISMATCH "i32.add expects i32 for operand 2, found nothing" },
    { "add_of_one", 0, BYTES("\x41\0\x6A\x1A\x0B"), 2,
      MISMATCH "i32.add expects i32 for operand 1, found nothing" },
    { "add_of_i64_first", 0, BYTES("\x42\0\x41\0\x6A\x1A\x0B"), 4,
      MISMATCH "i32.add expects i32 for operand 1, found i64" },
    { "add_of_f32_second", 0, BYTES("\x41\0\x43\0\0\0\0\x6A\x1A\x0B"), 7,
      MISMATCH "i32.add expects i32 for operand 2, found f32" },
    { "operands_of_the_block_around", 0, BYTES("\x41\0\x02\x40\x45\x1A\x0B\x1A\x0B"), 4,
      MISMATCH "i32.eqz expects i32 for operand 1, found nothing" },
    { "drop_of_nothing", 0, BYTES("\x1A\x0B"), 0,
      MISMATCH "drop expects a value for operand 1, found nothing" },
    { "value_too_many", 0, BYTES("\x41\0\x0B"), 2,
      MISMATCH "operands left at end: 1 beyond the results" },
    { "result_missing", 2, BYTES("\x0B"), 0,
      MISMATCH "end expects i32 for result 1, found nothing" },
    { "result_of_wrong_type", 2, BYTES("\x42\0\x0B"), 2,
      MISMATCH "end expects i32 for result 1, found i64" },
    { "wrong_operand_behind_unreachable", 0, BYTES("\x00\x42\0\x45\x1A\x0B"), 3,
      MISMATCH "i32.eqz expects i32 for operand 1, found i64" },
    { "value_too_many_behind_unreachable", 0, BYTES("\x00\x42\0\x0B"), 3,
      MISMATCH "operands left at end: 1" },
    { "select_of_two_types", 0, BYTES("\x41\0\x42\0\x41\0\x1B\x1A\x0B"), 6,
      MISMATCH "select between i32 and i64" },
    { "select_of_references", 0, BYTES("\xD0\x70\xD0\x70\x41\0\x1B\x1A\x0B"), 6,
      MISMATCH "select without a type takes numbers, found funcref and funcref" },
    { "select_of_two_values", 0, BYTES("\x1C\2\x7F\x7F\x0B"), 0, "invalid result arity" },
    { "store_of_wrong_type", 0, BYTES("\x41\0\x42\0\x36\2\0\x0B"), 4,
      MISMATCH "i32.store expects i32 for operand 2, found i64" },
    { "store_to_wrong_address", 0, BYTES("\x42\0\x41\0\x36\2\0\x0B"), 4,
      MISMATCH "i32.store expects i32 for operand 1, found i64" },
    { "is_null_of_a_number", 0, BYTES("\x41\0\xD1\x1A\x0B"), 2,
      MISMATCH "ref.is_null expects a reference, found i32" },
    /* control */
    { "if_without_condition", 0, BYTES("\x04\x40\x0B\x0B"), 0,
      MISMATCH "if expects i32 for operand 1, found nothing" },
    { "if_with_result_and_no_else", 0, BYTES("\x41\0\x04\x7F\x41\0\x0B\x1A\x0B"), 6,
      MISMATCH "if without else needs results equal to parameters" },
    { "first_arm_without_result", 0, BYTES("\x41\0\x04\x7F\x05\x41\0\x0B\x1A\x0B"), 4,
      MISMATCH "else expects i32 for result 1, found nothing" },
    { "block_parameter_missing", 0, BYTES("\x02\4\x1A\x0B\x0B"), 0,
      MISMATCH "block expects i32 for operand 1, found nothing" },
    { "loop_takes_parameters_at_its_label", 0,
      BYTES("\x03\2\x0C\0\x0B\x1A\x03\3\x0C\0\x0B\x0B"), 6,
      MISMATCH "loop expects i32 for operand 1, found nothing" },
    { "br_without_value", 0, BYTES("\x02\x7F\x0C\0\x0B\x1A\x0B"), 2,
      MISMATCH "br expects i32 for label value 1, found nothing" },
    { "br_if_of_wrong_value", 0, BYTES("\x02\x7F\x42\0\x41\0\x0D\0\x0B\x1A\x0B"), 6,
      MISMATCH "br_if expects i32 for label value 1, found i64" },
    { "br_if_without_condition", 0, BYTES("\x0D\0\x0B"), 0,
      MISMATCH "br_if expects i32 for its last operand, found nothing" },
    { "br_table_of_two_arities", 0,
      BYTES("\x02\x40\x02\x7F\x41\0\x41\0\x0E\1\0\1\x0B\x1A\x0B\x0B"), 8,
      MISMATCH "br_table to labels of 1 and of 0 values" },
    { "br_table_of_two_types", 0,
      BYTES("\x02\x7D\x02\x7F\x41\0\x41\0\x0E\1\0\1\x0B\x1A\x00\x0B\x1A\x0B"), 8,
      MISMATCH "br_table expects f32 for label value 1, found i32" },
    { "return_without_value", 2, BYTES("\x0F\x0B"), 0,
      MISMATCH "return expects i32 for result 1, found nothing" },
    { "label_too_deep", 0, BYTES("\x02\x40\x0C\2\x0B\x0B"), 2, "unknown label 2" },
    { "label_of_br_table", 0, BYTES("\x41\0\x0E\1\0\1\x0B"), 2, "unknown label 1" },
    { "else_without_if", 0, BYTES("\x02\x40\x05\x0B\x0B"), 2, "END opcode expected" },
    { "two_elses", 0, BYTES("\x41\0\x04\x40\x05\x05\x0B\x0B"), 5, "END opcode expected" },
    /* indices */
    { "unknown_local", 4, BYTES("\x20\1\x1A\x0B"), 0, "unknown local 1" },
    { "unknown_local_set", 4, BYTES("\x41\0\x21\1\x0B"), 2, "unknown local 1" },
    { "unknown_local_tee", 4, BYTES("\x41\0\x22\xFF\xFF\xFF\xFF\x0F\x1A\x0B"), 2,
      "unknown local 4294967295" },
    { "unknown_global", 0, BYTES("\x23\2\x1A\x0B"), 0, "unknown global 2" },
    { "immutable_global", 0, BYTES("\x42\0\x24\1\x0B"), 2, "global is immutable" },
    { "unknown_function", 0, BYTES("\x10\3\x0B"), 0, "unknown function 3" },
    { "unknown_type_of_call", 0, BYTES("\x41\0\x11\7\0\x0B"), 2, "unknown type 7" },
    { "unknown_type_of_block", 0, BYTES("\x02\7\x0B\x0B"), 0, "unknown type 7" },
    { "unknown_table", 0, BYTES("\x41\0\x11\0\2\x0B"), 2, "unknown table 2" },
    { "call_through_externref", 0, BYTES("\x41\0\x11\0\1\x0B"), 2,
      MISMATCH "call_indirect through a table of externref" },
    { "call_indirect_index", 0, BYTES("\x41\0\x42\0\x11\4\0\x0B"), 4,
      MISMATCH "call_indirect expects i32 for operand 2, found i64" },
    { "unknown_data_segment", 0, BYTES("\xFC\x09\1\x0B"), 0, "unknown data segment 1" },
    { "unknown_elem_segment", 0, BYTES("\xFC\x0D\1\x0B"), 0, "unknown elem segment 1" },
    { "init_of_externref_table", 0, BYTES("\x41\0\x41\0\x41\0\xFC\x0C\0\1\x0B"), 6,
      MISMATCH "table.init from funcref to a table of externref" },
    { "copy_between_tables", 0, BYTES("\x41\0\x41\0\x41\0\xFC\x0E\0\1\x0B"), 6,
      MISMATCH "table.copy from externref to a table of funcref" },
    { "undeclared_function", 0, BYTES("\xD2\2\x1A\x0B"), 0,
      "undeclared function reference" },
    { "unknown_function_of_ref", 0, BYTES("\xD2\3\x1A\x0B"), 0, "unknown function 3" },
    /* memory */
    { "alignment_of_8_for_4_bytes", 0, BYTES("\x41\0\x28\3\0\x1A\x0B"), 2,
      "alignment must not be larger than natural" },
    { "alignment_of_2_to_the_32", 0, BYTES("\x41\0\x28\x20\0\x1A\x0B"), 2,
      "alignment must not be larger than natural" },
    { "memory_index_without_multi_memory", 0, BYTES("\x41\0\x28\x42\0\0\x1A\x0B"), 2,
      "alignment must not be larger than natural" },
    /* encoding */
    { "illegal_opcode", 0, BYTES("\x06\x0B"), 0, "illegal opcode 06" },
    { "illegal_opcode_ff", 0, BYTES("\xFF\x0B"), 0, "illegal opcode ff" },
    { "illegal_prefixed_opcode", 0, BYTES("\xFC\x12\x0B"), 0, "illegal opcode fc 12" },
    { "illegal_prefixed_opcode_of_two_bytes", 0, BYTES("\xFC\xFF\1\x0B"), 0,
      "illegal opcode fc ff" },
    { "opcode_behind_unknown_prefix", 0, BYTES("\xFD\x0C\x0B"), 0, "illegal opcode fd 0c" },
    { "body_without_end", 0, BYTES("\x41\0\x1A"), 3, "END opcode expected" },
    { "block_without_end", 0, BYTES("\x02\x40\x0B"), 3, "END opcode expected" },
    { "bytes_behind_the_end", 0, BYTES("\x0B\x01"), 1, "section size mismatch" },
    { "cut_constant", 0, BYTES("\x43\0\0"), 3, "unexpected end of section or function" },
    { "cut_br_table", 0, BYTES("\x41\0\x0E\x20\0\x0B"), 6,
      "unexpected end of section or function" },
    { "memory_size_of_memory_1", 0, BYTES("\x3F\1\x1A\x0B"), 1, "zero byte expected" },
    { "block_of_unknown_type", 0, BYTES("\x02\x4E\x0B\x0B"), 1, "malformed value type" },
    /* what is malformed further on wins over what is invalid */
    { "malformed_behind_invalid", 0, BYTES("\x6A\x01\xFF\x0B"), 2, "illegal opcode ff" },
    { "unended_behind_invalid", 0, BYTES("\x02\x40\x6A\x0B"), 4, "END opcode expected" },
    { "malformed_immediate_of_the_invalid", 0,
      BYTES("\x41\0\x36\2\x80\x80\x80\x80\x10\x0B"), 4, "integer too large" },
};

static void bad_bodies_are_refused(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct buffer b;
        struct fail f;
        size_t start =
            build(&b, refused[i].type, NO_LOCALS, refused[i].body, refused[i].len);
        struct module *m = module_load(&heap, r, features_of_level(2), b.at, b.len, &f);
        bool same = strncmp(f.text, refused[i].text, strlen(refused[i].text)) == 0;
        if (m != NULL || !same || f.offset != start + refused[i].offset || f.func != 0)
            fail_msg("%s: function %u, +%zd: %s", refused[i].fact, f.func,
                     (ptrdiff_t)(f.offset - start), m != NULL ? "accepted" : f.text);
    }
    types_free(r);
    assert_int_equal(heap.bytes, 0);
}

/* ---- learned ------------------------------------------------------------------------- */

struct text {
    char at[2048];
    size_t len;
};

static void say(struct text *t, const char *format, ...) PRINTF(2, 3);
static void say(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    t->len += (size_t)vsnprintf(t->at + t->len, sizeof t->at - t->len, format, args);
    va_end(args);
    assert_true(t->len < sizeof t->at);
}

static void say_block(struct text *t, const struct func_info *info, const struct block *b)
{
    static const char *const kinds[] = { "func", "block", "loop", "if" };
    say(t, "%s %u", kinds[b->kind], b->start);
    if (b->else_ != 0)
        say(t, " else %u", b->else_);
    say(t, " end %u in %u height %u%s", b->end, b->parent, b->height,
        b->is_target ? " target" : "");
    if (b->assigned != NULL)
        say(t, " sets");
    for (uint32_t i = 0; b->assigned != NULL && i < info->nlocals; i++)
        if (bits_has(b->assigned, i))
            say(t, " %u", i);
    say(t, "\n");
}

static void say_info(struct text *t, const struct func_info *info)
{
    t->len = 0;
    say(t, "header %u operands %u height %u frame %u\n", info->header_slot,
        info->operand_slot, info->max_height, info->frame_slots);
    say(t, "calls %u weight %u loops %u%s%s\n", info->ncalls, info->call_weight,
        info->nloops, info->has_memory_op ? " memory" : "",
        info->has_helper_op ? " helper" : "");
    for (uint32_t i = 0; i < info->nlocals; i++) {
        char name[32];
        say(t, "%s at %u weight %u\n", vt_name(info->local_types[i], name),
            info->local_slots[i], info->local_weights[i]);
    }
    for (uint32_t i = 0; i < info->nblocks; i++)
        say_block(t, info, &info->blocks[i]);
    for (uint32_t i = 0; i < info->ncharges; i++)
        say(t, "%s%u:%u", i == 0 ? "charges " : " ", info->charges[i].at,
            info->charges[i].cost);
    say(t, "\n");
}

static const struct {
    const char *fact;
    uint8_t type;
    const uint8_t *locals;
    size_t nlocals;
    const uint8_t *body;
    size_t len;
    const char *info;
} learned[] = {
    { "empty_body", 0, NO_LOCALS, BYTES("\x0B"),
      "header 0 operands 3 height 0 frame 3\n"
      "calls 0 weight 0 loops 0\n"
      "func 0 end 0 in 0 height 0\n"
      "charges 0:1\n" },
    { "parameters_come_first", 1, BYTES("\x02\2\x7E\1\x7C"),
      BYTES("\x20\0\x20\1\x6A\x42\0\x21\3\x0B"),
      "header 5 operands 8 height 2 frame 10\n"
      "calls 0 weight 0 loops 0\n"
      "i32 at 0 weight 1\n"
      "i32 at 1 weight 1\n"
      "i64 at 2 weight 0\n"
      "i64 at 3 weight 1\n"
      "f64 at 4 weight 0\n"
      "func 0 end 9 in 0 height 0\n"
      "charges 0:6\n" },
    /* 0 block  2 loop  4 local.get  6 br_if 1  8 br 0  10 end  11 end  12 end */
    { "loop_in_block", 4, NO_LOCALS,
      BYTES("\x02\x40\x03\x40\x20\0\x0D\1\x0C\0\x0B\x0B\x0B"),
      "header 1 operands 4 height 1 frame 5\n"
      "calls 0 weight 0 loops 1\n"
      "i32 at 0 weight 8\n"
      "func 0 end 12 in 0 height 0\n"
      "block 0 end 11 in 0 height 0 target\n"
      "loop 2 end 10 in 1 height 0 target sets\n"
      "charges 0:2 4:3 12:1\n" },
    /* 0 i32.const  2 i32.const  4 if [i32]  6 call 1 ...: both arms live */
    { "if_with_else_in_operands", 2, NO_LOCALS,
      BYTES("\x41\7\x41\1\x04\x7F\x41\2\x05\x41\3\x0B\x6A\x0B"),
      "header 0 operands 3 height 2 frame 5\n"
      "calls 0 weight 0 loops 0\n"
      "func 0 end 13 in 0 height 0\n"
      "if 4 else 8 end 11 in 0 height 1 target\n"
      "charges 0:3 6:2 9:2 12:2\n" },
    { "arm_that_returns_makes_no_target", 0, NO_LOCALS,
      BYTES("\x41\0\x04\x40\x0F\x05\x01\x0B\x0B"),
      "header 0 operands 3 height 1 frame 4\n"
      "calls 0 weight 0 loops 0\n"
      "func 0 end 8 in 0 height 0 target\n"
      "if 2 else 5 end 7 in 0 height 0\n"
      "charges 0:2 4:1 6:2 8:1\n" },
    { "if_without_else", 0, NO_LOCALS, BYTES("\x41\0\x04\x40\x00\x0B\x0B"),
      "header 0 operands 3 height 1 frame 4\n"
      "calls 0 weight 0 loops 0\n"
      "func 0 end 6 in 0 height 0\n"
      "if 2 end 5 in 0 height 0 target\n"
      "charges 0:2 4:1 6:1\n" },
    /* Behind the inner end nothing runs, though its type is not polymorphic. */
    { "block_nothing_leaves", 4, NO_LOCALS,
      BYTES("\x02\x40\x02\x40\x0C\1\x0B\x20\0\x1A\x0B\x20\0\x1A\x0B"),
      "header 1 operands 4 height 1 frame 5\n"
      "calls 0 weight 0 loops 0\n"
      "i32 at 0 weight 1\n"
      "func 0 end 14 in 0 height 0\n"
      "block 0 end 10 in 0 height 0 target\n"
      "block 2 end 6 in 1 height 0\n"
      "charges 0:3 11:3\n" },
    { "unreachable_code_counts_nothing", 4, NO_LOCALS,
      BYTES("\x00\x03\x40\x20\0\x0D\0\x10\2\x41\0\x21\0\x0B\x0B"),
      "header 1 operands 4 height 1 frame 5\n"
      "calls 0 weight 0 loops 1\n"
      "i32 at 0 weight 0\n"
      "func 0 end 14 in 0 height 0\n"
      "loop 1 end 13 in 0 height 0 sets 0\n"
      "charges 0:1\n" },
    /* 0 loop 2 local.set 1  6 loop 8 local.tee 2 12 drop 13 end 14 end */
    { "inner_sets_are_in_outer_sets", 0, BYTES("\x01\3\x7F"),
      BYTES("\x03\x40\x41\0\x21\1\x03\x40\x41\0\x22\2\x1A\x0B\x0B\x0B"),
      "header 3 operands 6 height 1 frame 7\n"
      "calls 0 weight 0 loops 2\n"
      "i32 at 0 weight 0\n"
      "i32 at 1 weight 8\n"
      "i32 at 2 weight 64\n"
      "func 0 end 15 in 0 height 0\n"
      "loop 0 end 14 in 0 height 0 sets 1 2\n"
      "loop 6 end 13 in 1 height 0 sets 2\n"
      "charges 0:1 2:3 8:4 14:1 15:1\n" },
    { "calls_and_helpers", 0, NO_LOCALS,
      BYTES("\x41\0\x41\0\x10\1\x1A\x03\x40\x41\0\x11\0\0\x41\0\x40\0\x1A\x0B\x0B"),
      "header 0 operands 3 height 2 frame 5\n"
      "calls 2 weight 17 loops 1 memory helper\n"
      "func 0 end 20 in 0 height 0\n"
      "loop 7 end 19 in 0 height 0 sets\n"
      "charges 0:5 9:6 20:1\n" },
    { "br_table_marks_each_label", 0, NO_LOCALS,
      BYTES("\x02\x40\x02\x40\x03\x40\x41\0\x0E\2\0\1\3\x0B\x0B\x0B\x0B"),
      "header 0 operands 3 height 1 frame 4\n"
      "calls 0 weight 0 loops 1\n"
      "func 0 end 16 in 0 height 0 target\n"
      "block 0 end 15 in 0 height 0\n"
      "block 2 end 14 in 1 height 0 target\n"
      "loop 4 end 13 in 2 height 0 target sets\n"
      "charges 0:3 6:2 15:1 16:1\n" },
    /* parameters of a block stay where they are: height is below them */
    { "block_parameters", 0, NO_LOCALS,
      BYTES("\x41\0\x41\0\x02\3\x41\0\x0B\x1A\x1A\x1A\x0B"),
      "header 0 operands 3 height 3 frame 6\n"
      "calls 0 weight 0 loops 0\n"
      "func 0 end 12 in 0 height 0\n"
      "block 4 end 8 in 0 height 1\n"
      "charges 0:5 9:4\n" },
    { "loads_touch_memory", 0, NO_LOCALS, BYTES("\x41\0\x2D\0\0\x1A\x0B"),
      "header 0 operands 3 height 1 frame 4\n"
      "calls 0 weight 0 loops 0 memory\n"
      "func 0 end 6 in 0 height 0\n"
      "charges 0:4\n" },
    /* six loops deep is as deep as weights go: 8^6 */
    { "weights_stop_at_six_loops", 4, NO_LOCALS,
      BYTES("\x03\x40\x03\x40\x03\x40\x03\x40\x03\x40\x03\x40\x03\x40\x20\0\x1A"
            "\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B"),
      "header 1 operands 4 height 1 frame 5\n"
      "calls 0 weight 0 loops 7\n"
      "i32 at 0 weight 262144\n"
      "func 0 end 24 in 0 height 0\n"
      "loop 0 end 23 in 0 height 0 sets\n"
      "loop 2 end 22 in 1 height 0 sets\n"
      "loop 4 end 21 in 2 height 0 sets\n"
      "loop 6 end 20 in 3 height 0 sets\n"
      "loop 8 end 19 in 4 height 0 sets\n"
      "loop 10 end 18 in 5 height 0 sets\n"
      "loop 12 end 17 in 6 height 0 sets\n"
      "charges 0:1 2:1 4:1 6:1 8:1 10:1 12:1 14:3 18:1 19:1 20:1 21:1 22:1 23:1 24:1\n" },
};

static void facts_of_bodies_are_exact(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(learned); i++) {
        struct buffer b;
        struct fail f;
        struct text t;
        build(&b, learned[i].type, learned[i].locals, learned[i].nlocals, learned[i].body,
              learned[i].len);
        struct module *m = module_load(&heap, r, features_of_level(2), b.at, b.len, &f);
        if (m == NULL)
            fail_msg("%s: %s at 0x%zx", learned[i].fact, f.text, f.offset);
        say_info(&t, m->funcs[0].info);
        if (strcmp(t.at, learned[i].info) != 0)
            fail_msg("%s: got\n%s", learned[i].fact, t.at);
        module_free(m);
    }
    types_free(r);
    assert_int_equal(heap.bytes, 0);
}

/* An engine that charges for nothing asks for no charge points; all other facts stay. */
static void charges_are_listed_when_asked_for(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(learned); i++) {
        struct buffer b;
        struct fail f;
        struct text t;
        size_t before = (size_t)(strstr(learned[i].info, "charges") - learned[i].info);
        build(&b, learned[i].type, learned[i].locals, learned[i].nlocals, learned[i].body,
              learned[i].len);
        struct module *m =
            module_load_facts(&heap, r, features_of_level(2), 0, b.at, b.len, &f);
        assert_non_null(m);
        say_info(&t, m->funcs[0].info);
        assert_int_equal(m->funcs[0].info->ncharges, 0);
        if (strncmp(t.at, learned[i].info, before) != 0)
            fail_msg("%s: got\n%s", learned[i].fact, t.at);
        module_free(m);
    }
    types_free(r);
}

/* ---- accepted ------------------------------------------------------------------------ */

static const struct {
    const char *fact;
    uint8_t type;
    const uint8_t *body;
    size_t len;
} accepted[] = {
    { "anything_behind_unreachable", 2, BYTES("\x00\x6A\x1B\x0B") },
    { "br_table_behind_unreachable", 0,
      BYTES("\x02\x7D\x02\x7F\x00\x0E\1\0\1\x0B\x1A\x00\x0B\x1A\x0B") },
    { "select_behind_unreachable_keeps_the_known_type", 2,
      BYTES("\x00\x41\0\x41\0\x1B\x0B") },
    { "return_with_values_below", 2, BYTES("\x42\0\x41\0\x0F\x0B") },
    { "br_with_values_below", 0, BYTES("\x02\x40\x41\0\x41\0\x0C\0\x0B\x0B") },
    { "br_if_keeps_its_values", 2, BYTES("\x41\0\x41\0\x0D\0\x0B") },
    { "loop_label_takes_parameters", 0, BYTES("\x41\0\x03\4\x0C\0\x0B\x0B") },
    { "if_with_parameters_equal_to_results", 0, BYTES("\x42\0\x1A\x41\0\x04\x40\x0B\x0B") },
    { "typed_select_of_references", 0, BYTES("\xD0\x70\xD0\x70\x41\0\x1C\1\x70\x1A\x0B") },
    { "declared_function", 0, BYTES("\xD2\1\x1A\x0B") },
    { "padded_prefixed_opcode", 0, BYTES("\x43\0\0\0\0\xFC\x80\x80\0\x1A\x0B") },
    { "data_drop_and_elem_drop", 0, BYTES("\xFC\x09\0\xFC\x0D\0\x0B") },
};

static void good_bodies_are_accepted(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct buffer b;
        struct fail f;
        size_t start =
            build(&b, accepted[i].type, NO_LOCALS, accepted[i].body, accepted[i].len);
        struct module *m = module_load(&heap, r, features_of_level(2), b.at, b.len, &f);
        if (m == NULL)
            fail_msg("%s: +%zd: %s", accepted[i].fact, (ptrdiff_t)(f.offset - start),
                     f.text);
        module_free(m);
    }
    types_free(r);
}

/* ---- limits -------------------------------------------------------------------------- */

static uint8_t *append(uint8_t *to, const char *bytes, size_t len)
{
    memcpy(to, bytes, len);
    return to + len;
}

/* A size in five bytes. */
static uint8_t *append_size(uint8_t *to, size_t size)
{
    for (unsigned i = 0; i < 5; i++)
        *to++ = (uint8_t)((size >> 7 * i & 0x7F) | (i < 4 ? 0x80 : 0));
    return to;
}

/* One function []->[] whose body is `unit` n times, `tail` n times, and an end.  locals
 * "" is a body without locals. */
static struct module *load_repeated(struct type_registry *r, const char *locals,
                                    const char *unit, const char *tail, uint32_t n,
                                    struct fail *f)
{
    static const char head[] = "\0asm\1\0\0\0\x01\4\1\x60\0\0\x03\2\1\0\x0A";
    size_t nlocals = locals[0] != '\0' ? strlen(locals) : 1;
    size_t body = nlocals + (strlen(unit) + strlen(tail)) * n + 1;
    size_t total = sizeof head - 1 + 5 + 1 + 5 + body;
    uint8_t *bytes = heap_alloc(&heap, total);
    uint8_t *p = append(bytes, head, sizeof head - 1);
    p = append_size(p, 1 + 5 + body);
    p = append_size(append(p, "\1", 1), body);
    p = append(p, locals, nlocals);
    for (uint32_t i = 0; i < n; i++)
        p = append(p, unit, strlen(unit));
    for (uint32_t i = 0; i < n; i++)
        p = append(p, tail, strlen(tail));
    p = append(p, "\x0B", 1);
    assert_ptr_equal(p, bytes + total);
    struct module *m = module_load(&heap, r, features_of_level(2), bytes, total, f);
    heap_free(&heap, bytes, total);
    return m;
}

static const struct {
    const char *fact, *locals, *unit, *tail;
    uint32_t n;
    const char *text; /* NULL: accepted */
} repeated[] = {
    { "deep_blocks", "", "\x02\x40", "\x0B", 49999, NULL },
    { "too_deep_blocks", "", "\x02\x40", "\x0B", 50001, "nested block count" },
    { "tall_stack", "", "\x41\x01", "\x1A", 100000, NULL },
    { "too_tall_stack", "", "\x41\x01", "\x1A", 1000001, "operand count" },
    { "locals_at_the_limit", "\x01\xD0\x86\x03\x7F", "\x01", "", 1, NULL },
    { "locals_beyond_the_limit", "\x01\xD1\x86\x03\x7F", "\x01", "", 1, "local count" },
};

static void nesting_and_height_are_limited(void **state)
{
    (void)state;
    struct type_registry *r = types_new(&heap);
    for (size_t i = 0; i < COUNT(repeated); i++) {
        struct fail f;
        struct module *m = load_repeated(r, repeated[i].locals, repeated[i].unit,
                                         repeated[i].tail, repeated[i].n, &f);
        const char *text = repeated[i].text;
        bool right = text == NULL ? m != NULL
                                  : m == NULL && f.kind == FAIL_EXHAUSTED &&
                                        strncmp(f.text, text, strlen(text)) == 0;
        if (!right)
            fail_msg("%s: %s", repeated[i].fact, m != NULL ? "accepted" : f.text);
        module_free(m);
    }
    types_free(r);
}

/* 20,000 loops that each set one of 50,000 locals: their sets must not take a gigabyte,
 * and each must still hold the local that the loop sets. */
static void assigned_sets_stay_in_proportion(void **state)
{
    (void)state;
    enum { LOOPS = 20000, SET = 49999 };
    struct type_registry *r = types_new(&heap);
    struct fail f;
    heap.peak = heap.bytes;
    /* loop, i32.const 1, local.set 49999, end */
    struct module *m = load_repeated(r, "\x01\xD0\x86\x03\x7F",
                                     "\x03\x40\x41\x01\x21\xCF\x86\x03\x0B", "", LOOPS, &f);
    assert_non_null(m);
    const struct func_info *info = m->funcs[0].info;
    assert_int_equal(info->nloops, LOOPS);
    for (uint32_t i = 1; i < info->nblocks; i++)
        assert_true(bits_has(info->blocks[i].assigned, SET));
    assert_false(bits_has(info->blocks[1].assigned, 0));
    assert_true(heap.peak < 16 << 20);
    module_free(m);
    types_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(facts_of_bodies_are_exact),
        cmocka_unit_test(charges_are_listed_when_asked_for),
        cmocka_unit_test(good_bodies_are_accepted),
        cmocka_unit_test(nesting_and_height_are_limited),
        cmocka_unit_test(assigned_sets_stay_in_proportion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
