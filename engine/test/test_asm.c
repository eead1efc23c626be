/* test_asm.c - every form of the encoder, disassembled again by Zydis.
 *
 * Each row of asm_forms.c gets every combination of registers, every shape of address and the
 * boundary immediates; mnemonic, length, and each operand are compared.  Then what is not a form:
 * labels, skips, jump tables, nops. */
#include "asm_seen.h"
#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define M(name) ZYDIS_MNEMONIC_##name

/* ---- the bench ----------------------------------------------------------------------- */

/* The code under test runs, as it were, at EXEC. */
enum { EXEC = 0x7F000000, BUFFER = 4096 };

struct bench {
    ZydisDecoder decoder;
    uint8_t code[BUFFER];
    struct assembler a;
    size_t encodings;
};

static void bench_init(struct bench *b)
{
    ZydisDecoderInit(&b->decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    asm_init(&b->a, b->code, sizeof b->code, EXEC);
}

static bool disassemble(struct bench *b, uint32_t at, struct asm_seen *s)
{
    return asm_see(&b->decoder, &b->a, at, s);
}

static void complain(const struct bench *b, const struct asm_form *row,
                     const struct asm_values *v)
{
    char hex[3 * ASM_TOUCH + 1] = "";
    for (uint32_t i = 0; i < asm_pos(&b->a) && i < ASM_TOUCH; i++)
        snprintf(hex + 3 * i, 4, " %02X", b->code[i]);
    fail_msg("%s op %u width %u: r %u %u %u imm %lld mem %02x %02x %u %d gives%s",
             row->name, v->op, v->w, v->r[0], v->r[1], v->r[2], (long long)v->imm,
             v->m.base, v->m.index, v->m.scale, v->m.disp, hex);
}

static void check(struct bench *b, const struct asm_form *row,
                  const struct asm_variant *variant, const struct asm_values *v)
{
    struct asm_seen s;
    b->a.p = b->a.start;
    memset(b->code, 0xCC, 2 * ASM_TOUCH);
    row->emit(&b->a, v);
    b->encodings++;
    bool good = disassemble(b, 0, &s) && s.ins.length == asm_pos(&b->a) &&
                asm_seen_matches(&s, row, variant, v);
    for (size_t i = ASM_TOUCH; i < 2 * ASM_TOUCH; i++)
        good = good && b->code[i] == 0xCC;
    size_t best = good ? asm_seen_shortest(&s) : 0;
    if (!good || (best && best < s.ins.length))
        complain(b, row, v);
}

/* ---- sweeps -------------------------------------------------------------------------- */

static const int32_t displacements[] = {
    0, 1, -1, 127, 128, -128, -129, 0x12345678, INT32_MAX, INT32_MIN,
};

enum { BASES = 18, INDEXES = 16, SCALES = 4 };
enum { SHAPES = BASES * INDEXES * SCALES * (int)COUNT(displacements) };

/* Address shape number n: every base, none and RIP; every index but rsp, and none. */
static struct mem shape(size_t n)
{
    size_t base = n % BASES, index = n / BASES % INDEXES;
    unsigned scale = 1U << n / (BASES * INDEXES) % SCALES;
    int32_t disp = displacements[n / (BASES * INDEXES * SCALES) % COUNT(displacements)];
    if (base == 17)
        return mem_offset(disp / 2);
    enum gpr b = base == 16 ? NO_REG : (enum gpr)base;
    return index == RSP ? mem_base(b, disp) : mem_index(b, (enum gpr)index, scale, disp);
}

static const int64_t immediates[] = {
    0,     1,    -1,   2,      126,    127,       128,       -127,          -128,
    -129,  254,  255,  256,    32767,  32768,     -32768,    -32769,        65535,
    65536, -255, -256, 0x7FFF, -65535, INT32_MAX, INT32_MIN, INT32_MIN + 1, 0x12345678,
};
static const int64_t bytes[] = { 0, 1, 2, 127, 128, 129, 255 };
static const int64_t targets[] = {
    EXEC,
    EXEC + 5,
    EXEC + 133,
    EXEC - 127,
    EXEC + (int64_t)INT32_MAX,
    EXEC + 6 - 0x80000000LL,
};

/* How many register fields the row uses. */
static unsigned register_count(const struct asm_form *row)
{
    return asm_form_find(row, "cz")   ? 3
           : asm_form_find(row, "by") ? 2
           : asm_form_find(row, "ax") ? 1
                                      : 0;
}

/* Immediate number n of the kind that the row takes. */
static int64_t immediate(const struct asm_form *row, enum width w, size_t n)
{
    if (asm_form_find(row, "n"))
        return (int64_t)(n % (8U << w));
    if (asm_form_find(row, "u"))
        return bytes[n % COUNT(bytes)];
    if (asm_form_find(row, "t"))
        return targets[n % COUNT(targets)];
    return immediates[n % COUNT(immediates)];
}

static size_t immediate_count(const struct asm_form *row, enum width w)
{
    return asm_form_find(row, "n")     ? 8U << w
           : asm_form_find(row, "iut") ? COUNT(immediates)
                                       : 1;
}

static void set_registers(struct asm_values *v, size_t n)
{
    v->r[0] = n & 15;
    v->r[1] = n >> 4 & 15;
    v->r[2] = n >> 8 & 15;
}

/* Every combination of registers; then every address, and every immediate, each with
 * registers that change from one to the next. */
static void sweep(struct bench *b, const struct asm_form *row,
                  const struct asm_variant *variant, enum width w)
{
    struct asm_values v = { .w = w, .op = variant->op };
    size_t combinations = (size_t)1 << 4 * register_count(row);
    for (size_t n = 0; n < combinations; n++) {
        set_registers(&v, n);
        v.m = shape(n * 37);
        v.imm = immediate(row, w, n);
        check(b, row, variant, &v);
    }
    for (size_t n = 0; asm_form_find(row, "m") && n < SHAPES; n++) {
        set_registers(&v, n * 7);
        v.m = shape(n);
        v.imm = immediate(row, w, n);
        check(b, row, variant, &v);
    }
    for (size_t n = 0; n < 16 * immediate_count(row, w); n++) {
        set_registers(&v, n * 7);
        v.m = shape(n * 41);
        v.imm = immediate(row, w, n / 16);
        check(b, row, variant, &v);
    }
}

static void every_form_decodes_to_what_was_asked(void **state)
{
    (void)state;
    struct bench b = { .encodings = 0 };
    bench_init(&b);
    for (const struct asm_form *row = asm_forms; row < asm_forms + asm_nforms; row++)
        for (size_t i = 0; i < row->variant_count; i++)
            for (unsigned w = W8; w <= W64; w++)
                if ((row->widths >> w & 1) && row->variants[i].mnemonic != M(INVALID))
                    sweep(&b, row, &row->variants[i], (enum width)w);
    print_message("%zu encodings of %zu forms\n", b.encodings, asm_nforms);
}

/* ---- forms whose encoding depends on the value --------------------------------------- */

static void mov_ri_is_the_shortest(void **state)
{
    static const struct {
        uint64_t imm;
        unsigned len, high_len; /* for rax to rdi, for r8 to r15 */
    } cases[] = {
        { 0, 5, 6 },
        { 1, 5, 6 },
        { 0x7FFFFFFF, 5, 6 },
        { 0x80000000, 5, 6 },
        { 0xFFFFFFFF, 5, 6 },
        { 0x100000000, 10, 10 },
        { UINT64_MAX, 7, 7 },
        { (uint64_t)INT32_MIN, 7, 7 },
        { (uint64_t)INT32_MIN - 1, 10, 10 },
        { 0x123456789ABCDEF0, 10, 10 },
        { (uint64_t)INT64_MIN, 10, 10 },
    };
    (void)state;
    struct bench b;
    struct asm_seen s;
    bench_init(&b);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned r = 0; r < GPR_COUNT; r++) {
            b.a.p = b.a.start;
            asm_mov_ri(&b.a, (enum gpr)r, cases[i].imm);
            assert_true(disassemble(&b, 0, &s));
            assert_int_equal(s.ins.mnemonic, M(MOV));
            assert_int_equal(s.ins.length, asm_pos(&b.a));
            assert_int_equal(s.ins.length, r < 8 ? cases[i].len : cases[i].high_len);
            assert_true(asm_seen_is_gpr(&s.ops[0], r, s.ins.length < 7 ? 4 : 8));
            assert_true(asm_seen_is_imm(&s.ops[1], (int64_t)cases[i].imm,
                                        s.ins.length < 7 ? 4 : 8));
        }
}

static void movabs_always_takes_eight_bytes(void **state)
{
    (void)state;
    struct bench b;
    struct asm_seen s;
    bench_init(&b);
    for (unsigned r = 0; r < GPR_COUNT; r++) {
        b.a.p = b.a.start;
        asm_movabs(&b.a, (enum gpr)r, r);
        assert_true(disassemble(&b, 0, &s));
        assert_int_equal(asm_pos(&b.a), 10);
        assert_int_equal(s.ins.length, 10);
        assert_true(s.ins.mnemonic == M(MOV) && asm_seen_is_gpr(&s.ops[0], r, 8));
        assert_true(asm_seen_is_imm(&s.ops[1], r, 8));
    }
}

static void nops_fill_exactly(void **state)
{
    (void)state;
    struct bench b;
    struct asm_seen s;
    bench_init(&b);
    for (size_t n = 0; n < 100; n++) {
        uint32_t count = 0, at = 0;
        b.a.p = b.a.start;
        asm_nop(&b.a, n);
        assert_int_equal(asm_pos(&b.a), n);
        for (; at < n; at += s.ins.length, count++) {
            assert_true(disassemble(&b, at, &s));
            assert_int_equal(s.ins.mnemonic, M(NOP));
        }
        assert_int_equal(count, (n + 8) / 9);
    }
}

static void nops_are_the_recommended_ones(void **state)
{
    (void)state;
    struct bench b;
    uint8_t want[9];
    bench_init(&b);
    for (size_t n = 1; n <= sizeof want; n++) {
        b.a.p = b.a.start;
        asm_nop(&b.a, n);
        assert_true(ZYAN_SUCCESS(ZydisEncoderNopFill(want, n)));
        assert_memory_equal(b.code, want, n);
    }
}

static void align_counts_from_exec(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    b.a.exec = EXEC + 3;
    asm_align(&b.a, 16);
    assert_int_equal(asm_exec(&b.a), EXEC + 16);
    asm_align(&b.a, 16);
    assert_int_equal(asm_exec(&b.a), EXEC + 16);
}

static void cc_invert_pairs_conditions(void **state)
{
    (void)state;
    assert_int_equal(cc_invert(CC_B), CC_AE);
    assert_int_equal(cc_invert(CC_G), CC_LE);
    for (unsigned cc = CC_O; cc <= CC_G; cc++)
        assert_int_equal(cc_invert(cc_invert((enum cc)cc)), cc);
}

static void fop_sse_picks_the_row_by_width(void **state)
{
    (void)state;
    assert_int_equal(fop_sse(FOP_CMP, F32), SSE_CMPSS);
    assert_int_equal(fop_sse(FOP_CMP, F64), SSE_CMPSD);
    assert_int_equal(fop_sse(FOP_SQRT, F64), SSE_SQRTSD);
    assert_int_equal(fop_sse(FOP_XOR, F64), SSE_XORPD);
}

static void room_is_exact(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    assert_true(asm_room(&b.a, BUFFER));
    assert_false(asm_room(&b.a, BUFFER + 1));
    asm_ret(&b.a);
    assert_false(asm_room(&b.a, BUFFER));
    assert_true(asm_room(&b.a, BUFFER - 1));
}

/* ---- labels -------------------------------------------------------------------------- */

/* A jump at offset `at` reaches offset `target` and is len bytes long. */
static void assert_reaches(struct bench *b, uint32_t at, ZydisMnemonic mnemonic, size_t op,
                           uint32_t target, size_t len)
{
    struct asm_seen s;
    assert_true(disassemble(b, at, &s));
    assert_int_equal(s.ins.mnemonic, mnemonic);
    assert_int_equal(asm_seen_absolute(&s, &s.ops[op]), EXEC + (uint64_t)target);
    assert_int_equal(s.ins.length, len);
}

static void backward_jumps_are_short_when_in_reach(void **state)
{
    static const struct {
        uint32_t gap;
        size_t jmp, jcc;
    } cases[] = {
        { 0, 2, 2 },   { 1, 2, 2 },   { 125, 2, 2 },
        { 126, 2, 2 }, { 127, 5, 6 }, { 1000, 5, 6 },
    };
    (void)state;
    struct bench b;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (unsigned cc = 0; cc <= CC_G; cc++) {
            struct label jmp = { 0 }, jcc = { 0 }, call = { 0 };
            bench_init(&b);
            asm_nop(&b.a, 3);
            asm_bind(&b.a, &jmp);
            asm_nop(&b.a, cases[i].gap);
            asm_jmp_label(&b.a, &jmp);
            assert_reaches(&b, 3 + cases[i].gap, M(JMP), 0, 3, cases[i].jmp);
            uint32_t at = asm_pos(&b.a);
            asm_bind(&b.a, &jcc);
            asm_nop(&b.a, cases[i].gap);
            asm_jcc_label(&b.a, (enum cc)cc, &jcc);
            assert_reaches(&b, at + cases[i].gap, asm_jcc_mnemonic((enum cc)cc), 0, at,
                           cases[i].jcc);
            at = asm_pos(&b.a);
            asm_bind(&b.a, &call);
            asm_nop(&b.a, cases[i].gap);
            asm_call_label(&b.a, &call);
            assert_reaches(&b, at + cases[i].gap, M(CALL), 0, at, 5);
        }
}

static void forward_references_of_every_kind_resolve(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct label l = { 0 };
    uint32_t at[9] = { 0 };
    assert_false(label_used(&l));
    asm_jmp_label(&b.a, &l);
    at[1] = asm_pos(&b.a);
    asm_jcc_label(&b.a, CC_NE, &l);
    at[2] = asm_pos(&b.a);
    asm_call_label(&b.a, &l);
    at[3] = asm_pos(&b.a);
    asm_lea(&b.a, W64, R9, mem_label(&b.a, &l));
    at[4] = asm_pos(&b.a);
    asm_alu_mi(&b.a, ALU_CMP, W32, mem_label(&b.a, &l), 1);
    at[5] = asm_pos(&b.a);
    asm_alu_mi(&b.a, ALU_CMP, W16, mem_label(&b.a, &l), 1000);
    at[6] = asm_pos(&b.a);
    asm_mov_mi(&b.a, W64, mem_label(&b.a, &l), 1000);
    at[7] = asm_pos(&b.a);
    asm_sse_rmi(&b.a, SSE_ROUNDSD, XMM9, mem_label(&b.a, &l), 3);
    at[8] = asm_pos(&b.a);
    asm_v_rrmi(&b.a, SSE_CMPSD, XMM9, XMM1, mem_label(&b.a, &l), 3);
    assert_true(label_used(&l) && !label_bound(&l));
    asm_nop(&b.a, 300);
    asm_bind(&b.a, &l);
    uint32_t end = asm_pos(&b.a);
    assert_true(label_bound(&l) && !label_used(&l) && label_pos(&l) == end);
    assert_reaches(&b, at[0], M(JMP), 0, end, 5);
    assert_reaches(&b, at[1], M(JNZ), 0, end, 6);
    assert_reaches(&b, at[2], M(CALL), 0, end, 5);
    assert_reaches(&b, at[3], M(LEA), 1, end, 7);
    assert_reaches(&b, at[4], M(CMP), 0, end, 7);
    assert_reaches(&b, at[5], M(CMP), 0, end, 9);
    assert_reaches(&b, at[6], M(MOV), 0, end, 11);
    assert_reaches(&b, at[7], M(ROUNDSD), 1, end, 11);
    assert_reaches(&b, at[8], M(VCMPSD), 2, end, 9);
}

static void memory_operands_reach_bound_labels_and_addresses(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    struct label l = { 0 };
    asm_nop(&b.a, 40);
    asm_bind(&b.a, &l);
    asm_nop(&b.a, 200);
    asm_fop_rm(&b.a, FOP_ADD, F64, XMM3, mem_label(&b.a, &l));
    assert_reaches(&b, 240, M(ADDSD), 1, 40, 8);
    asm_alu_mi(&b.a, ALU_ADD, W64, mem_label(&b.a, &l), 1000);
    assert_reaches(&b, 248, M(ADD), 0, 40, 11);
    asm_mov_rm(&b.a, W32, R10, mem_exec(&b.a, EXEC + 77));
    assert_reaches(&b, 259, M(MOV), 1, 77, 7);
}

static void jump_table_entries_count_from_the_start(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) { /* whether the second target is bound first */
        struct bench b;
        struct asm_seen s;
        bench_init(&b);
        struct label table = { 0 }, first = { 0 }, second = { 0 };
        asm_nop(&b.a, 9);
        if (early)
            asm_bind(&b.a, &second);
        asm_jump_table(&b.a, RCX, R13, &table);
        asm_bind(&b.a, &table);
        asm_jump_table_entry(&b.a, &first);
        asm_jump_table_entry(&b.a, &second);
        asm_jump_table_entry(&b.a, &first);
        asm_bind(&b.a, &first);
        asm_nop(&b.a, 5);
        if (!early)
            asm_bind(&b.a, &second);
        uint32_t entry[3];
        memcpy(entry, b.code + label_pos(&table), sizeof entry);
        assert_int_equal(entry[0], label_pos(&first));
        assert_int_equal(entry[1], label_pos(&second));
        assert_int_equal(entry[2], label_pos(&first));
        assert_reaches(&b, 9, M(LEA), 1, 0, 7);
        assert_true(disassemble(&b, 16, &s));
        struct mem m = mem_index(R13, RCX, 4, (int32_t)label_pos(&table));
        assert_int_equal(s.ins.mnemonic, M(MOVSXD));
        assert_int_equal(s.ops[1].mem.disp.value, m.disp);
        assert_int_equal(s.ops[1].mem.base, asm_seen_register(R13, 8));
        assert_int_equal(s.ops[1].mem.index, asm_seen_register(RCX, 8));
        assert_true(disassemble(&b, 24, &s));
        assert_true(s.ins.mnemonic == M(ADD) && asm_seen_is_gpr(&s.ops[0], RCX, 8));
        assert_true(asm_seen_is_gpr(&s.ops[1], R13, 8));
        assert_true(disassemble(&b, 27, &s));
        assert_true(s.ins.mnemonic == M(JMP) && asm_seen_is_gpr(&s.ops[0], RCX, 8));
        assert_int_equal(label_pos(&table), 29);
    }
}

static void skips_land_behind_what_they_skip(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 128; n++) {
        struct bench b;
        bench_init(&b);
        uint8_t *jcc = asm_jcc_skip(&b.a, CC_A);
        asm_nop(&b.a, n);
        asm_skip_end(&b.a, jcc);
        uint8_t *jmp = asm_jmp_skip(&b.a);
        asm_nop(&b.a, n);
        asm_skip_end(&b.a, jmp);
        assert_reaches(&b, 0, M(JNBE), 0, 2 + n, 2);
        assert_reaches(&b, 2 + n, M(JMP), 0, 4 + 2 * n, 2);
    }
}

static void patched_calls_reach_their_target(void **state)
{
    (void)state;
    struct bench b;
    bench_init(&b);
    asm_nop(&b.a, 20);
    asm_call(&b.a, EXEC);
    asm_patch_rel32(b.a.p - 4, b.code + 3);
    assert_reaches(&b, 20, M(CALL), 0, 3, 5);
    asm_patch_rel32(b.a.p - 4, b.code + 3000);
    assert_reaches(&b, 20, M(CALL), 0, 3000, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_decodes_to_what_was_asked),
        cmocka_unit_test(mov_ri_is_the_shortest),
        cmocka_unit_test(movabs_always_takes_eight_bytes),
        cmocka_unit_test(nops_fill_exactly),
        cmocka_unit_test(nops_are_the_recommended_ones),
        cmocka_unit_test(align_counts_from_exec),
        cmocka_unit_test(cc_invert_pairs_conditions),
        cmocka_unit_test(fop_sse_picks_the_row_by_width),
        cmocka_unit_test(room_is_exact),
        cmocka_unit_test(backward_jumps_are_short_when_in_reach),
        cmocka_unit_test(forward_references_of_every_kind_resolve),
        cmocka_unit_test(memory_operands_reach_bound_labels_and_addresses),
        cmocka_unit_test(jump_table_entries_count_from_the_start),
        cmocka_unit_test(skips_land_behind_what_they_skip),
        cmocka_unit_test(patched_calls_reach_their_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
