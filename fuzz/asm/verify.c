/* verify.c - is the buffer what the items say?  See stream.h.
 *
 * Zydis decodes each item at its place; lengths, operands and targets must be those asked for, and
 * no instruction may be longer than Zydis's own encoder makes it. */
#include "asm/stream.h"
#include "base/compiler.h"
#include <stdio.h>

uint64_t stream_forms[1024];

/* What verification looks at: the code where it runs. */
struct view {
    const struct stream *s;
    struct assembler a;
    ZydisDecoder decoder;
};

static bool see(const struct view *v, uint32_t at, struct asm_seen *seen)
{
    return asm_see(&v->decoder, &v->a, at, seen);
}

static uint32_t target_of(const struct view *v, const struct item *i)
{
    return i->label >= 0 ? label_pos(&v->s->labels[i->label]) : i->target;
}

static bool form_holds(const struct view *v, const struct item *i)
{
    struct asm_seen seen;
    struct asm_values values = i->v;
    if (i->label >= 0)
        values.m = mem_offset((int32_t)target_of(v, i));
    if (!see(v, i->at, &seen) || seen.ins.length != i->len ||
        !asm_seen_matches(&seen, i->form, i->variant, &values))
        return false;
    size_t best = asm_seen_shortest(&seen);
    stream_forms[i->form - asm_forms]++;
    return best == 0 || best >= i->len;
}

/* Bytes that a branch takes: short backward when in reach, and in a skip. */
static uint32_t jump_length(const struct item *i, uint32_t target)
{
    bool conditional =
        i->mnemonic != ZYDIS_MNEMONIC_JMP && i->mnemonic != ZYDIS_MNEMONIC_CALL;
    int64_t rel = (int64_t)target - (i->at + 2);
    if (i->kind == ITEM_JUMP && i->mnemonic != ZYDIS_MNEMONIC_CALL &&
        (i->label < 0 || (i->backward && imm_fits8(rel))))
        return 2;
    return conditional ? 6 : 5;
}

static bool jump_holds(const struct view *v, const struct item *i)
{
    struct asm_seen seen;
    uint32_t target = target_of(v, i);
    return see(v, i->at, &seen) && seen.ins.mnemonic == i->mnemonic &&
           seen.ins.length == i->len && i->len == jump_length(i, target) &&
           asm_seen_absolute(&seen, &seen.ops[0]) == v->a.exec + (uint64_t)target;
}

static bool patch_holds(const struct view *v, const struct item *i)
{
    struct asm_seen seen;
    uint64_t want = i->v.imm != 0 ? (uint64_t)i->v.imm : v->a.exec + i->target;
    return see(v, i->at, &seen) && seen.ins.mnemonic == ZYDIS_MNEMONIC_CALL &&
           seen.ins.length == i->len && i->len == 5 &&
           asm_seen_absolute(&seen, &seen.ops[0]) == want;
}

static bool nop_holds(const struct view *v, const struct item *i)
{
    struct asm_seen seen;
    uint32_t done = 0, count = 0;
    for (; done < i->len; done += seen.ins.length, count++)
        if (!see(v, i->at + done, &seen) || seen.ins.mnemonic != ZYDIS_MNEMONIC_NOP)
            return false;
    return done == i->len && count == (i->len + 8) / 9;
}

/* The shortest: 5 bytes (and REX) zero-extend 32 bits, 7 sign-extend them, 10 hold all. */
static uint32_t mov_length(const struct item *i)
{
    uint64_t imm = (uint64_t)i->v.imm;
    if (i->v.w == W64)
        return 10;
    if (imm <= UINT32_MAX)
        return i->v.r[0] < 8 ? 5 : 6;
    return imm_fits32(i->v.imm) ? 7 : 10;
}

static bool mov_holds(const struct view *v, const struct item *i)
{
    struct asm_seen seen;
    unsigned bytes = i->len < 7 ? 4 : 8;
    return see(v, i->at, &seen) && seen.ins.mnemonic == ZYDIS_MNEMONIC_MOV &&
           seen.ins.length == i->len && i->len == mov_length(i) &&
           asm_seen_is_gpr(&seen.ops[0], i->v.r[0], bytes) &&
           asm_seen_is_imm(&seen.ops[1], i->v.imm, bytes);
}

/* lea tmp, [start]; movsxd index, [tmp + index * 4 + table]; add index, tmp; jmp index */
static bool switch_holds(const struct view *v, const struct item *i)
{
    static const char *const names[] = { "lea", "movsxd_rm", "alu_rr", "jmp_r" };
    uint8_t index = i->v.r[0], tmp = i->v.r[1];
    struct asm_values values[COUNT(names)] = {
        { .r = { tmp }, .m = mem_offset(0), .w = W64 },
        { .r = { index },
          .m = mem_index((enum gpr)tmp, (enum gpr)index, 4, (int32_t)target_of(v, i)),
          .w = W64 },
        { .r = { index, tmp }, .w = W64, .op = ALU_ADD },
        { .r = { index }, .w = W64 },
    };
    struct asm_seen seen;
    uint32_t at = i->at;
    for (size_t k = 0; k < COUNT(names); k++, at += seen.ins.length) {
        const struct asm_form *form = asm_form_named(names[k]);
        if (!see(v, at, &seen))
            return false;
        if (k == 1) { /* the table's place always takes 32 bits */
            if (seen.ins.mnemonic != ZYDIS_MNEMONIC_MOVSXD ||
                seen.ops[1].mem.disp.value != values[k].m.disp ||
                seen.ops[1].mem.base != asm_seen_register(tmp, 8) ||
                seen.ops[1].mem.index != asm_seen_register(index, 8) ||
                !asm_seen_is_gpr(&seen.ops[0], index, 8))
                return false;
        } else if (!asm_seen_matches(&seen, form, &form->variants[0], &values[k])) {
            return false;
        }
    }
    return at == i->at + i->len;
}

static bool entry_holds(const struct view *v, const struct item *i)
{
    uint32_t word;
    memcpy(&word, v->a.start + i->at, sizeof word);
    return i->len == 4 && word == target_of(v, i);
}

static bool (*const checks[])(const struct view *, const struct item *) = {
    [ITEM_FORM] = form_holds, [ITEM_JUMP] = jump_holds,     [ITEM_PATCH] = patch_holds,
    [ITEM_NOP] = nop_holds,   [ITEM_SWITCH] = switch_holds, [ITEM_ENTRY] = entry_holds,
    [ITEM_MOV] = mov_holds,
};

static void complain(const struct view *v, const struct item *i)
{
    static const char *const kinds[] = { "form",       "branch", "patched call", "nop",
                                         "jump table", "entry",  "mov" };
    fprintf(stderr,
            "asm mismatch: %s %s at %u, width %u op %u r %u %u %u imm %lld label %d:",
            kinds[i->kind], i->form != NULL ? i->form->name : "", i->at, i->v.w, i->v.op,
            i->v.r[0], i->v.r[1], i->v.r[2], (long long)i->v.imm, i->label);
    for (uint32_t k = 0; k < i->len; k++)
        fprintf(stderr, " %02X", v->a.start[i->at + k]);
    fprintf(stderr, "\n");
}

bool stream_verify(const struct stream *s, const uint8_t *code)
{
    struct view v = { .s = s, .a = s->a };
    uint32_t at = 0;
    v.a.start = (uint8_t *)(uintptr_t)code;
    v.a.p = v.a.start + asm_pos(&s->a);
    ZydisDecoderInit(&v.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (s->overrun)
        fprintf(stderr, "asm mismatch: bytes beyond ASM_TOUCH were touched\n");
    for (uint32_t k = 0; k < s->nitems; k++) {
        const struct item *i = &s->items[k];
        if (i->at == at && checks[i->kind](&v, i)) {
            at += i->len;
            continue;
        }
        complain(&v, i);
        return false;
    }
    return !s->overrun && at == asm_pos(&s->a);
}
