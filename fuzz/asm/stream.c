/* stream.c - from bytes to instructions.  See stream.h. */
#include "asm/stream.h"
#include "base/compiler.h"

enum { SKIP_FORMS = 7, NOP_MOST = 40, TABLE_MOST = 3 };

static const int32_t displacements[] = {
    0, 1, -1, 8, 127, 128, -128, -129, 0x7FF8, 0x12345678, INT32_MAX, INT32_MIN,
};
static const int64_t immediates[] = {
    0,      1,      -1,    2,     126,   127,       128,       -127,          -128,
    -129,   255,    256,   32767, 32768, -32768,    -32769,    65535,         65536,
    0x7FFF, -65535, 0xFFF, -255,  -256,  INT32_MAX, INT32_MIN, INT32_MIN + 1, 0x12345678,
};

/* ---- operands ---------------------------------------------------------------------------- */

static int32_t pick_displacement(struct dna *d)
{
    return dna_chance(d, 100) ? (int32_t)dna_bits(d, 4)
                              : displacements[dna_below(d, COUNT(displacements))];
}

static struct mem pick_mem(struct stream *s)
{
    uint32_t base = dna_below(s->d, GPR_COUNT + 2), index = dna_below(s->d, GPR_COUNT);
    int32_t disp = pick_displacement(s->d);
    if (base == GPR_COUNT)
        return mem_offset(disp / 2);
    enum gpr b = base > GPR_COUNT ? NO_REG : (enum gpr)base;
    if (index == RSP)
        return mem_base(b, disp);
    return mem_index(b, (enum gpr)index, 1U << dna_below(s->d, 4), disp);
}

/* A branch of 5 or 6 bytes reaches every distance of 32 bits from its end. */
static int64_t pick_target(struct stream *s, const struct asm_form *form)
{
    uint64_t end = asm_exec(&s->a) + (form->variant_count > 1 ? 6 : 5);
    if (s->ntargets > 0 && dna_chance(s->d, 128))
        return (int64_t)s->targets[dna_below(s->d, (uint32_t)s->ntargets)];
    return (int64_t)end + pick_displacement(s->d);
}

static int64_t pick_immediate(struct stream *s, const struct asm_form *form, enum width w)
{
    struct dna *d = s->d;
    if (asm_form_find(form, "t"))
        return pick_target(s, form);
    if (asm_form_find(form, "n"))
        return dna_below(d, 8U << w);
    if (asm_form_find(form, "u"))
        return dna_u8(d);
    if (!asm_form_find(form, "i"))
        return 0;
    return dna_chance(d, 100) ? (int32_t)dna_bits(d, 4)
                              : immediates[dna_below(d, COUNT(immediates))];
}

static enum width pick_width(struct dna *d, unsigned widths)
{
    uint32_t choice = dna_below(d, 4);
    while (!(widths >> choice & 1))
        choice = (choice + 1) % 4;
    return (enum width)choice;
}

/* ---- items --------------------------------------------------------------------------------- */

/* The next item; what is emitted until item_end belongs to it. */
static struct item *item_begin(struct stream *s, enum item_kind kind)
{
    struct item *i = &s->items[s->nitems++];
    *i = (struct item){ .kind = kind, .at = asm_pos(&s->a), .label = -1 };
    size_t room = (size_t)(s->a.limit - s->a.p);
    memset(s->a.p, 0xCC, room < STREAM_ROOM ? room : STREAM_ROOM);
    return i;
}

static void item_end(struct stream *s, struct item *i) { i->len = asm_pos(&s->a) - i->at; }

static int pick_label(struct stream *s, struct item *i)
{
    i->label = (int)dna_below(s->d, STREAM_LABELS);
    i->backward = label_bound(&s->labels[i->label]);
    return i->label;
}

static void emit_form(struct stream *s)
{
    struct item *i = item_begin(s, ITEM_FORM);
    i->form = &asm_forms[dna_below(s->d, (uint32_t)asm_nforms)];
    uint32_t n = dna_below(s->d, (uint32_t)i->form->variant_count);
    while (i->form->variants[n].mnemonic == ZYDIS_MNEMONIC_INVALID)
        n = (n + 1) % (uint32_t)i->form->variant_count;
    i->variant = &i->form->variants[n];
    i->v.op = i->variant->op;
    i->v.w = pick_width(s->d, i->form->widths);
    for (int r = 0; r < 3; r++)
        i->v.r[r] = dna_u8(s->d) & 15;
    i->v.imm = pick_immediate(s, i->form, i->v.w);
    if (asm_form_find(i->form, "m")) {
        bool at_label = dna_chance(s->d, 40);
        i->v.m = at_label ? mem_label(&s->a, &s->labels[pick_label(s, i)]) : pick_mem(s);
    }
    i->form->emit(&s->a, &i->v);
    item_end(s, i);
    for (uint32_t k = ASM_TOUCH; k < 2 * ASM_TOUCH; k++)
        s->overrun |= s->a.start[i->at + k] != 0xCC;
}

static void emit_jump(struct stream *s)
{
    struct item *i = item_begin(s, ITEM_JUMP);
    struct label *l = &s->labels[pick_label(s, i)];
    enum cc cc = (enum cc)dna_below(s->d, 16);
    switch (dna_below(s->d, 4)) {
    case 0:
        i->mnemonic = ZYDIS_MNEMONIC_JMP;
        asm_jmp_label(&s->a, l);
        break;
    case 1:
        i->mnemonic = ZYDIS_MNEMONIC_CALL;
        asm_call_label(&s->a, l);
        break;
    default:
        i->mnemonic = asm_jcc_mnemonic(cc);
        asm_jcc_label(&s->a, cc, l);
        break;
    }
    item_end(s, i);
}

static void emit_patch(struct stream *s)
{
    struct item *i = item_begin(s, ITEM_PATCH);
    i->mnemonic = ZYDIS_MNEMONIC_CALL;
    i->target = i->at + 5;
    asm_call(&s->a, asm_exec(&s->a) + 5);
    item_end(s, i);
}

static bool has_room(const struct stream *s)
{
    return s->nitems < STREAM_ITEMS && asm_room(&s->a, STREAM_ROOM);
}

static void emit_skip(struct stream *s)
{
    struct item *i = item_begin(s, ITEM_JUMP);
    enum cc cc = (enum cc)dna_below(s->d, 16);
    bool always = dna_chance(s->d, 64);
    i->mnemonic = always ? ZYDIS_MNEMONIC_JMP : asm_jcc_mnemonic(cc);
    uint8_t *field = always ? asm_jmp_skip(&s->a) : asm_jcc_skip(&s->a, cc);
    item_end(s, i);
    for (uint32_t n = dna_below(s->d, SKIP_FORMS + 1); n > 0 && has_room(s); n--)
        emit_form(s);
    asm_skip_end(&s->a, field);
    i->target = asm_pos(&s->a);
}

static void emit_nop(struct stream *s)
{
    struct item *i = item_begin(s, ITEM_NOP);
    uint32_t n = dna_below(s->d, NOP_MOST);
    if (dna_chance(s->d, 64))
        asm_align(&s->a, (size_t)1 << n % 6);
    else
        asm_nop(&s->a, n);
    item_end(s, i);
}

static void emit_mov(struct stream *s)
{
    struct item *i = item_begin(s, ITEM_MOV);
    i->v.r[0] = dna_u8(s->d) & 15;
    bool always = dna_chance(s->d, 64);
    i->v.imm = dna_chance(s->d, 128) ? (int64_t)dna_bits(s->d, 8)
                                     : immediates[dna_below(s->d, COUNT(immediates))];
    i->v.w = always ? W64 : W32;
    if (always)
        asm_movabs(&s->a, (enum gpr)i->v.r[0], (uint64_t)i->v.imm);
    else
        asm_mov_ri(&s->a, (enum gpr)i->v.r[0], (uint64_t)i->v.imm);
    item_end(s, i);
}

static void emit_switch(struct stream *s)
{
    uint32_t free = STREAM_LABELS;
    while (free > 0 &&
           (label_bound(&s->labels[free - 1]) || label_used(&s->labels[free - 1])))
        free--;
    if (free == 0 || s->nitems + TABLE_MOST >= STREAM_ITEMS)
        return;
    struct item *i = item_begin(s, ITEM_SWITCH);
    i->label = (int)free - 1;
    i->v.r[0] = dna_u8(s->d) & 15;
    i->v.r[1] = (uint8_t)((i->v.r[0] + 1 + dna_below(s->d, 15)) & 15);
    if (i->v.r[0] == RSP) /* cannot be an index */
        i->v.r[0] = i->v.r[1] == RAX ? RCX : RAX;
    asm_jump_table(&s->a, (enum gpr)i->v.r[0], (enum gpr)i->v.r[1], &s->labels[i->label]);
    item_end(s, i);
    asm_bind(&s->a, &s->labels[i->label]);
    for (uint32_t n = dna_below(s->d, TABLE_MOST) + 1; n > 0; n--) {
        struct item *entry = item_begin(s, ITEM_ENTRY);
        asm_jump_table_entry(&s->a, &s->labels[pick_label(s, entry)]);
        item_end(s, entry);
    }
}

static void bind_some(struct stream *s)
{
    struct label *l = &s->labels[dna_below(s->d, STREAM_LABELS)];
    if (!label_bound(l))
        asm_bind(&s->a, l);
}

void stream_fill(struct stream *s)
{
    static void (*const emitters[16])(struct stream *) = {
        emit_form, emit_form,   emit_form,  emit_form, emit_form, emit_form,
        emit_form, emit_jump,   emit_jump,  bind_some, emit_skip, emit_nop,
        emit_mov,  emit_switch, emit_patch, emit_form,
    };
    for (int n = 0; n < STREAM_ITEMS && has_room(s) && !dna_empty(s->d); n++)
        emitters[dna_below(s->d, 16)](s);
    for (int n = 0; n < STREAM_LABELS; n++)
        if (!label_bound(&s->labels[n]))
            asm_bind(&s->a, &s->labels[n]);
}
