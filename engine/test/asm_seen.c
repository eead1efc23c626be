/* asm_seen.c - see asm_seen.h. */
#include "asm_seen.h"

bool asm_see(const ZydisDecoder *decoder, const struct assembler *a, uint32_t at,
             struct asm_seen *s)
{
    s->exec = a->exec;
    s->address = a->exec + at;
    return ZYAN_SUCCESS(
        ZydisDecoderDecodeFull(decoder, a->start + at, asm_pos(a) - at, &s->ins, s->ops));
}

uint64_t asm_seen_absolute(const struct asm_seen *s, const ZydisDecodedOperand *op)
{
    ZyanU64 address = 0;
    ZydisCalcAbsoluteAddress(&s->ins, op, s->address, &address);
    return address;
}

ZydisRegister asm_seen_register(unsigned n, unsigned bytes)
{
    switch (bytes) { /* Zydis counts ah, ch, dh, bh between bl and spl */
    case 1: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR8, (ZyanU8)(n < 4 ? n : n + 4));
    case 2: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR16, (ZyanU8)n);
    case 4: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR32, (ZyanU8)n);
    default: return ZydisRegisterEncode(ZYDIS_REGCLASS_GPR64, (ZyanU8)n);
    }
}

bool asm_seen_is_gpr(const ZydisDecodedOperand *op, unsigned n, unsigned bytes)
{
    return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           op->reg.value == asm_seen_register(n, bytes);
}

static bool is_xmm(const ZydisDecodedOperand *op, unsigned n)
{
    return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           op->reg.value == ZydisRegisterEncode(ZYDIS_REGCLASS_XMM, (ZyanU8)n);
}

/* Bits of the displacement in the shortest encoding of m. */
static unsigned displacement_bits(struct mem m)
{
    if (m.base == NO_REG)
        return 32;
    if (m.disp == 0 && m.base != RBP && m.base != R13)
        return 0;
    return m.disp >= -128 && m.disp <= 127 ? 8 : 32;
}

static bool is_mem(const struct asm_seen *s, const ZydisDecodedOperand *op, struct mem m)
{
    if (op->type != ZYDIS_OPERAND_TYPE_MEMORY)
        return false;
    if (m.base == RIP_REG)
        return op->mem.base == ZYDIS_REGISTER_RIP &&
               asm_seen_absolute(s, op) == s->exec + (uint64_t)(int64_t)m.disp;
    ZydisRegister base =
        m.base == NO_REG ? ZYDIS_REGISTER_NONE : asm_seen_register(m.base, 8);
    ZydisRegister index =
        m.index == NO_REG ? ZYDIS_REGISTER_NONE : asm_seen_register(m.index, 8);
    unsigned scale = m.index == NO_REG ? 0 : m.scale;
    return op->mem.base == base && op->mem.index == index && op->mem.scale == scale &&
           op->mem.disp.value == m.disp && s->ins.raw.disp.size == displacement_bits(m);
}

bool asm_seen_is_imm(const ZydisDecodedOperand *op, int64_t imm, unsigned bytes)
{
    uint64_t mask = bytes == 8 ? UINT64_MAX : (1ULL << 8 * bytes) - 1;
    return op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
           ((op->imm.value.u ^ (uint64_t)imm) & mask) == 0;
}

static bool is_operand(const struct asm_seen *s, const ZydisDecodedOperand *op, char kind,
                       unsigned bytes, const struct asm_values *v)
{
    switch (kind) {
    case 'a':
    case 'b':
    case 'c': return asm_seen_is_gpr(op, v->r[kind - 'a'], bytes);
    case 'x':
    case 'y':
    case 'z': return is_xmm(op, v->r[kind - 'x']);
    case 'C': return asm_seen_is_gpr(op, RCX, bytes);
    case 'm': return is_mem(s, op, v->m) && (!bytes || op->size == 8 * bytes);
    case 'i':
    case 'n':
    case 'u': return asm_seen_is_imm(op, v->imm, bytes);
    case 'o': return asm_seen_is_imm(op, v->op, bytes);
    case 't': return asm_seen_absolute(s, op) == (uint64_t)v->imm;
    default: return false;
    }
}

static unsigned operand_bytes(char size, const struct asm_values *v,
                              const struct asm_variant *variant)
{
    switch (size) {
    case 'w': return 1U << v->w;
    case 'o': return variant->bytes;
    case '.': return 0;
    default: return (unsigned)(size - '0');
    }
}

bool asm_seen_matches(const struct asm_seen *s, const struct asm_form *form,
                      const struct asm_variant *variant, const struct asm_values *v)
{
    size_t count = strlen(form->operands) / 2;
    if (s->ins.mnemonic != variant->mnemonic || s->ins.operand_count_visible != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *want = form->operands + 2 * i;
        if (!is_operand(s, &s->ops[i], want[0], operand_bytes(want[1], v, variant), v))
            return false;
    }
    return true;
}

/* A mov between rax and an absolute address has a form of its own, with prefix 67. */
static bool has_offset_form(const struct asm_seen *s)
{
    for (size_t i = 0; s->ins.mnemonic == ZYDIS_MNEMONIC_MOV && i < 2; i++)
        if (s->ops[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
            return s->ops[i].mem.base == ZYDIS_REGISTER_NONE &&
                   s->ops[i].mem.index == ZYDIS_REGISTER_NONE;
    return false;
}

size_t asm_seen_shortest(const struct asm_seen *s)
{
    ZydisEncoderRequest request;
    uint8_t code[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZyanUSize len = sizeof code;
    if (s->ins.mnemonic == ZYDIS_MNEMONIC_XCHG || has_offset_form(s) ||
        !ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(
            &s->ins, s->ops, s->ins.operand_count_visible, &request)))
        return 0;
    return ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&request, code, &len)) ? len : 0;
}
