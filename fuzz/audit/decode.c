/* decode.c - machine code to struct ins, and which bytes of a body are what. */
#include "audit/flow.h"
#include "base/cpu.h"
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

/* ---- what may stand in code ---------------------------------------------------------- */

static const bool allowed[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#define WX_AUDIT_OP(name) [ZYDIS_MNEMONIC_##name] = true,
#include "audit/ops.def"
};

#define CPU_NONE UINT64_MAX /* no processor that compilers know of */

/* The feature beyond the floor that an instruction needs, or 0. */
static uint64_t cpu_needed(const ZydisDecodedInstruction *z)
{
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_LZCNT: return CPU_BIT(LZCNT);
    case ZYDIS_MNEMONIC_TZCNT:
    case ZYDIS_MNEMONIC_ANDN: return CPU_BIT(BMI1);
    case ZYDIS_MNEMONIC_RORX:
    case ZYDIS_MNEMONIC_SHLX:
    case ZYDIS_MNEMONIC_SARX:
    case ZYDIS_MNEMONIC_SHRX: return CPU_BIT(BMI2);
    default:
        if (z->encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY)
            return 0;
        return z->encoding == ZYDIS_INSTRUCTION_ENCODING_VEX ? CPU_BIT(AVX) : CPU_NONE;
    }
}

static void check_cpu(struct auditor *a, uint64_t needed, uint32_t at)
{
    if ((a->config->cpu_mask & needed) != needed)
        audit_fail(a, AUDIT_CPU, at);
}

static void check_allowed(struct auditor *a, const ZydisDecodedInstruction *z, uint32_t at)
{
    const uint64_t prefixes = ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_REP |
                              ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE |
                              ZYDIS_ATTRIB_HAS_SEGMENT;
    if (!allowed[z->mnemonic] || (z->attributes & prefixes) != 0 ||
        z->meta.category == ZYDIS_CATEGORY_STRINGOP ||
        z->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR || z->address_width != 64)
        audit_fail(a, AUDIT_INSTRUCTION, at);
    else
        check_cpu(a, cpu_needed(z), at);
}

/* ---- operands ------------------------------------------------------------------------ */

/* The number of a general register, or NO_REG. */
static uint8_t gpr_of(ZydisRegister r)
{
    ZydisRegister wide = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, r);
    if (ZydisRegisterGetClass(wide) != ZYDIS_REGCLASS_GPR64)
        return NO_REG;
    return (uint8_t)ZydisRegisterGetId(wide);
}

static void note_write(struct ins *in, const ZydisDecodedOperand *o)
{
    uint8_t reg = gpr_of(o->reg.value);
    if (reg == NO_REG || (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) == 0)
        return;
    uint16_t bit = (uint16_t)(1U << reg);
    if (o->size == 64)
        in->wrote64 |= bit;
    else if (o->size == 32)
        in->wrote32 |= bit;
    else
        in->wrote_part |= bit;
}

static void note_memory(struct auditor *a, struct ins *in, const ZydisDecodedOperand *o)
{
    in->reads_mem |= (o->actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
    in->writes_mem |= (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    in->is_lea = o->mem.type == ZYDIS_MEMOP_TYPE_AGEN;
    in->disp = o->mem.disp.value;
    in->scale = o->mem.scale;
    in->index = gpr_of(o->mem.index);
    in->base = gpr_of(o->mem.base);
    if (o->mem.base == ZYDIS_REGISTER_RIP) {
        in->base = RIP_BASE;
        in->disp += in->at + in->len;
    }
    if (o->mem.type != ZYDIS_MEMOP_TYPE_MEM && o->mem.type != ZYDIS_MEMOP_TYPE_AGEN)
        audit_fail(a, AUDIT_INSTRUCTION, in->at);
}

static void note_operand(struct auditor *a, struct ins *in, unsigned i,
                         const ZydisDecodedOperand *o)
{
    in->bytes[i] = (uint8_t)(o->size / 8);
    in->reg[i] = NO_REG;
    switch (o->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        in->reg[i] = gpr_of(o->reg.value);
        in->kind[i] = in->reg[i] != NO_REG ? OPERAND_GPR : OPERAND_OTHER;
        break;
    case ZYDIS_OPERAND_TYPE_MEMORY:
        in->kind[i] = OPERAND_MEM;
        note_memory(a, in, o);
        break;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        in->kind[i] = OPERAND_IMM;
        in->imm = o->imm.value.s;
        if (o->imm.is_relative)
            in->imm += in->at + in->len;
        break;
    default: audit_fail(a, AUDIT_INSTRUCTION, in->at);
    }
}

/* The stack's memory of these is theirs by definition; any other is looked at. */
static bool uses_stack(uint16_t mnemonic)
{
    return mnemonic == ZYDIS_MNEMONIC_PUSH || mnemonic == ZYDIS_MNEMONIC_POP ||
           mnemonic == ZYDIS_MNEMONIC_CALL || mnemonic == ZYDIS_MNEMONIC_RET;
}

static void note_operands(struct auditor *a, struct ins *in,
                          const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops)
{
    for (unsigned i = 0; i < z->operand_count; i++) {
        bool visible = i < z->operand_count_visible;
        if (ops[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
            note_write(in, &ops[i]);
        if (visible && i < OPERANDS)
            note_operand(a, in, i, &ops[i]);
        else if (ops[i].type == ZYDIS_OPERAND_TYPE_MEMORY && !uses_stack(in->mnemonic))
            audit_fail(a, AUDIT_INSTRUCTION, in->at);
    }
}

static bool changes_flags(const ZydisDecodedInstruction *z)
{
    const ZydisAccessedFlags *f = z->cpu_flags;
    return f != NULL && (f->modified | f->set_0 | f->set_1 | f->undefined) != 0;
}

/* ---- bytes --------------------------------------------------------------------------- */

static const uint8_t *code_at(const struct auditor *a, uint32_t at)
{
    return a->body->start + at;
}

static bool zydis(const uint8_t *p, size_t n, ZydisDecodedInstruction *z,
                  ZydisDecodedOperand *ops)
{
    ZydisDecoder d;
    ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&d, p, n, z, ops));
}

/* ---- instructions seen before -------------------------------------------------------- */

/* What bytes decode to depends on nothing but them, and most instructions come again and again:
 * decoding costs more than all the rest of an audit.  Kept is what no rule was against. */
struct seen {
    uint8_t bytes[15];
    bool relative;   /* imm counts from the end of the instruction */
    uint64_t needed; /* of the processor */
    struct ins ins;  /* as if at offset 0; len 0: nothing is kept here */
};

enum { SEEN_BITS = 12, SEEN_LONGEST = 11 };

static struct seen seen_before[1 << SEEN_BITS];
static uint32_t
    seen_tags[1 << SEEN_BITS]; /* of their bytes; small enough to stay in caches */

/* Of the first n bytes, n <= SEEN_LONGEST; head holds that many or zeros behind them. */
static uint64_t seen_hash(const uint64_t head[2], size_t n)
{
    uint64_t low = n < 8 ? head[0] & ((UINT64_C(1) << 8 * n) - 1) : head[0];
    uint64_t high = n > 8 ? head[1] & ((UINT64_C(1) << 8 * (n - 8)) - 1) : 0;
    return (low ^ high << 17 ^ n << 59) * UINT64_C(0x9E3779B97F4A7C15);
}

static size_t seen_head(const uint8_t *bytes, size_t len, uint64_t head[2])
{
    size_t n = len < SEEN_LONGEST ? len : SEEN_LONGEST;
    head[0] = head[1] = 0;
    if (n == SEEN_LONGEST)
        memcpy(head, bytes, SEEN_LONGEST);
    else
        memcpy(head, bytes, n);
    return n;
}

static size_t seen_slot(uint64_t hash) { return hash >> (64 - SEEN_BITS); }

/* No instruction is the beginning of another one: the first length that fits is right. */
static const struct seen *seen_find(const uint8_t *bytes, size_t len)
{
    uint64_t head[2];
    size_t most = seen_head(bytes, len, head);
    for (size_t n = 1; n <= most; n++) {
        uint64_t hash = seen_hash(head, n);
        const struct seen *s = &seen_before[seen_slot(hash)];
        if (seen_tags[seen_slot(hash)] == (uint32_t)hash && s->ins.len == n &&
            memcmp(s->bytes, bytes, n) == 0)
            return s;
    }
    return NULL;
}

static void seen_keep(const uint8_t *bytes, const struct ins *in, bool relative,
                      uint64_t needed)
{
    uint64_t head[2];
    if (in->len > SEEN_LONGEST)
        return;
    seen_head(bytes, in->len, head);
    uint64_t hash = seen_hash(head, in->len);
    struct seen *s = &seen_before[seen_slot(hash)];
    seen_tags[seen_slot(hash)] = (uint32_t)hash;
    *s = (struct seen){ .relative = relative, .needed = needed, .ins = *in };
    memcpy(s->bytes, bytes, in->len);
    s->ins.at = 0;
    if (relative)
        s->ins.imm -= in->at;
    if (in->base == RIP_BASE)
        s->ins.disp -= in->at;
}

static struct ins seen_at(const struct seen *s, uint32_t at)
{
    struct ins in = s->ins;
    in.at = at;
    if (s->relative)
        in.imm += at;
    if (in.base == RIP_BASE)
        in.disp += at;
    return in;
}

static void mark_code(struct auditor *a, const struct ins *in)
{
    for (uint32_t i = 0; i < in->len; i++) {
        if (a->marks[in->at + i] != MARK_NONE)
            audit_fail(a, AUDIT_OVERLAP, in->at);
        a->marks[in->at + i] = i == 0 ? MARK_CODE : MARK_INSIDE;
    }
}

static bool is_relative(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops)
{
    bool relative = false;
    for (unsigned i = 0; i < z->operand_count_visible; i++)
        relative |= ops[i].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && ops[i].imm.is_relative;
    return relative;
}

/* false: there is no instruction. */
static bool decode_new(struct auditor *a, uint32_t at, struct ins *out)
{
    ZydisDecodedInstruction z;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
    if (!zydis(code_at(a, at), a->size - at, &z, ops)) {
        audit_fail(a, AUDIT_DECODE, at);
        return false;
    }
    struct ins in = { .at = at,
                      .len = z.length,
                      .mnemonic = (uint16_t)z.mnemonic,
                      .cc = z.opcode & 15,
                      .base = NO_REG,
                      .index = NO_REG };
    check_allowed(a, &z, at);
    note_operands(a, &in, &z, ops);
    in.sets_flags = changes_flags(&z);
    if (!audit_failed(a))
        seen_keep(code_at(a, at), &in, is_relative(&z, ops), cpu_needed(&z));
    *out = in;
    return true;
}

/* The instruction at an offset that was not decoded before, or NULL. */
static const struct ins *decode_one(struct auditor *a, uint32_t at)
{
    struct ins in;
    const struct seen *s = seen_find(code_at(a, at), a->size - at);
    if (s != NULL) {
        in = seen_at(s, at);
        check_cpu(a, s->needed, at);
    } else if (!decode_new(a, at, &in)) {
        return NULL;
    }
    mark_code(a, &in);
    a->calls |= in.mnemonic == ZYDIS_MNEMONIC_CALL;
    a->ins_at[at] = a->ins.len;
    vec_push(a->scratch, &a->ins, in);
    return &vec_top(&a->ins);
}

/* ---- following jumps ----------------------------------------------------------------- */

bool decode_target(struct auditor *a, uint32_t from, int64_t target)
{
    if (target < 0 || target >= a->size || a->marks[target] == MARK_INSIDE ||
        a->marks[target] == MARK_DATA) {
        audit_fail(a, AUDIT_TARGET, from);
        return false;
    }
    uint32_t at = (uint32_t)target;
    if (a->jumps_to[at] < UINT8_MAX)
        a->jumps_to[at]++;
    if (a->block_at[at] != 0)
        return true;
    a->late_target |= a->marks[at] == MARK_CODE;
    vec_push(a->scratch, &a->blocks, arena_new(a->scratch, struct node));
    a->block_at[at] = a->blocks.len;
    vec_push(a->scratch, &a->todo, at);
    return true;
}

static bool is_jump(const struct ins *in)
{
    return in->kind[0] == OPERAND_IMM && in->mnemonic != ZYDIS_MNEMONIC_PUSH &&
           in->mnemonic != ZYDIS_MNEMONIC_CALL && in->mnemonic != ZYDIS_MNEMONIC_RET;
}

/* Whether control goes on behind in. */
static bool goes_on(const struct ins *in)
{
    return in->mnemonic != ZYDIS_MNEMONIC_JMP && in->mnemonic != ZYDIS_MNEMONIC_RET &&
           in->mnemonic != ZYDIS_MNEMONIC_UD2;
}

static void decode_straight(struct auditor *a, uint32_t at)
{
    while (!audit_failed(a)) {
        if (at >= a->size || a->marks[at] == MARK_INSIDE || a->marks[at] == MARK_DATA) {
            audit_fail(a, AUDIT_TARGET, at);
            return;
        }
        if (a->marks[at] == MARK_CODE)
            return;
        const struct ins *next = decode_one(a, at);
        if (next == NULL)
            return;
        struct ins in = *next;
        if (is_jump(&in)) {
            decode_target(a, at, in.imm);
            if (goes_on(&in))
                decode_target(a, at, at + in.len);
        }
        if (!goes_on(&in))
            return;
        at += in.len;
    }
}

void decode_from(struct auditor *a, uint32_t at)
{
    decode_target(a, at, at);
    while (a->todo.len > 0 && !audit_failed(a))
        decode_straight(a, vec_pop(&a->todo));
}

/* ---- data and padding ---------------------------------------------------------------- */

bool decode_data(struct auditor *a, int64_t at, uint64_t bytes)
{
    if (at < 0 || at > a->size || bytes > a->size - (uint64_t)at)
        return false;
    for (uint64_t i = (uint64_t)at; i < (uint64_t)at + bytes; i++) {
        if (a->marks[i] == MARK_CODE || a->marks[i] == MARK_INSIDE)
            return false;
        a->marks[i] = MARK_DATA;
    }
    return true;
}

static uint32_t code_end(const struct auditor *a)
{
    uint32_t end = a->size;
    while (end > 0 && a->marks[end - 1] != MARK_CODE && a->marks[end - 1] != MARK_INSIDE)
        end--;
    return end;
}

void decode_gaps(struct auditor *a)
{
    ZydisDecodedInstruction z;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
    uint32_t end = code_end(a);
    for (uint32_t at = 0; at < end;) {
        if (a->marks[at] != MARK_NONE) {
            at++;
            continue;
        }
        if (!zydis(code_at(a, at), end - at, &z, ops) || z.mnemonic != ZYDIS_MNEMONIC_NOP) {
            audit_fail(a, AUDIT_GAP, at);
            return;
        }
        at += z.length;
    }
}

/* ---- text ---------------------------------------------------------------------------- */

void decode_print(const struct code_body *b, uint32_t at, char *text, size_t size)
{
    ZydisDecodedInstruction z;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
    ZydisFormatter f;
    snprintf(text, size, "?");
    if (at >= b->size || !zydis(b->start + at, b->size - at, &z, ops))
        return;
    ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL);
    ZydisFormatterFormatInstruction(&f, &z, ops, z.operand_count_visible, text, size,
                                    (uint64_t)b->start + at, NULL);
}
