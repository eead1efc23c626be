/* asm.c - the encoder's core: memory operands, VEX prefixes, labels.
 *
 * A forward reference is a 32-bit field that awaits the label's position.  Until then the
 * field holds the label's previous reference, so the chain lives in the code itself.  A
 * reference, in label.chain or in a field, is
 *
 *      bit 0      3                       32
 *          +------+------------------------+
 *          | kind | 1 + offset of the field |    0 ends the chain
 *          +------+------------------------+
 *
 * kind says what the field becomes: below LINK_OFFSET it is the number of bytes between the
 * field and the end of its instruction, from where a displacement counts; LINK_OFFSET means
 * the offset from the buffer's start.  Example, two forward jumps and their target:
 *
 *      10: E9 [00 00 00 00]    chain = 12 << 3   (all hex; field at 11, the first, so 0)
 *      15: E9 [90 00 00 00]    chain = 17 << 3   (12 << 3 = 90)
 *      1A:                     bind: [16] = 1A - 1A = 0, [11] = 1A - 15 = 5 */
#include "x64/asm.h"
#include "base/compiler.h"

enum { LINK_OFFSET = 7 };

/* Writes what a field of this kind at offset `field` says about offset `target`. */
static void write_field(struct assembler *a, uint32_t field, uint32_t kind, uint32_t target)
{
    uint32_t value = kind == LINK_OFFSET ? target : target - (field + 4 + kind);
    memcpy(a->start + field, &value, 4);
}

/* Ties the 4 bytes at field to l, now or when it is bound. */
static void link_field(struct assembler *a, struct label *l, uint8_t *field, uint32_t kind)
{
    uint32_t at = (uint32_t)(field - a->start);
    assert(at < ASM_SPAN - 1);
    if (label_bound(l)) {
        write_field(a, at, kind, label_pos(l));
    } else {
        memcpy(field, &l->chain, 4);
        l->chain = (at + 1) << 3 | kind;
    }
}

/* ---- memory operands ----------------------------------------------------------------- */

struct mem mem_label(struct assembler *a, struct label *l)
{
    if (label_bound(l))
        return mem_offset((int32_t)label_pos(l));
    a->pending = l;
    return (struct mem){ RIP_REG, NO_REG, 1, 1, 0 };
}

/* REX bits X and B of m.  NO_REG and RIP_REG have bit 4 set, so they count as 0. */
static uint32_t mem_rex_x(struct mem m) { return (m.index & 0x18) == 8; }

static uint32_t mem_rex_b(struct mem m) { return (m.base & 0x18) == 8; }

static uint8_t *put_disp32(uint8_t *p, int32_t disp)
{
    memcpy(p, &disp, 4);
    return p + 4;
}

static uint8_t sib_byte(unsigned scale, unsigned index, unsigned base)
{
    unsigned shift = (scale >> 1) - (scale >> 3); /* 1 2 4 8 -> 0 1 2 3 */
    return (uint8_t)(shift << 6 | (index & 7) << 3 | (base & 7));
}

/* mod 00, rm 101: RIP plus disp32. */
static uint8_t *put_mem_rip(struct assembler *a, uint8_t *p, unsigned reg, struct mem m,
                            uint32_t tail)
{
    *p++ = (uint8_t)((reg & 7) << 3 | 5);
    if (m.label)
        link_field(a, a->pending, p, tail);
    else
        write_field(a, (uint32_t)(p - a->start), tail, (uint32_t)m.disp);
    return p + 4;
}

/* mod 00, SIB with base 101: disp32 and perhaps an index (100: none). */
static uint8_t *put_mem_no_base(uint8_t *p, unsigned reg, struct mem m)
{
    *p++ = (uint8_t)((reg & 7) << 3 | 4);
    *p++ = sib_byte(m.scale, m.index == NO_REG ? 4 : m.index, 5);
    return put_disp32(p, m.disp);
}

/* ModRM, SIB and displacement of an operand with a base register, in `size` bytes of a word.
 * With mod 00, base 101 would mean RIP, so rbp and r13 take a disp8 of 0; base 100 announces
 * a SIB byte, so rsp and r12 have one. */
struct operand_bytes {
    uint64_t word;
    unsigned size;
};

enum { MOD_DISP8 = 0x40, MOD_DISP32 = 0x80, RM_SIB = 4 };

static ALWAYS_INLINE struct operand_bytes based_bytes(unsigned reg, struct mem m)
{
    unsigned rm = m.base & 7, digit = (reg & 7) << 3;
    uint64_t disp = (uint32_t)m.disp;
    struct operand_bytes o = { disp << 8 | digit | rm, 1 };
    if (m.index != NO_REG || rm == RM_SIB) {
        uint32_t sib = sib_byte(m.scale, m.index != NO_REG ? m.index : RM_SIB, rm);
        o = (struct operand_bytes){ disp << 16 | sib << 8 | digit | RM_SIB, 2 };
    }
    if (m.disp == 0 && rm != 5)
        return o;
    bool disp8 = imm_fits8(m.disp);
    o.word |= disp8 ? MOD_DISP8 : MOD_DISP32;
    o.size += disp8 ? 1 : 4;
    return o;
}

static NOINLINE uint8_t *put_mem_rare(struct assembler *a, uint8_t *p, unsigned reg,
                                      struct mem m, uint32_t tail)
{
    return m.base == RIP_REG ? put_mem_rip(a, p, reg, m, tail) : put_mem_no_base(p, reg, m);
}

static inline uint8_t *put_mem(struct assembler *a, uint8_t *p, unsigned reg, struct mem m,
                               uint32_t tail)
{
    if (m.base >= GPR_COUNT)
        return put_mem_rare(a, p, reg, m, tail);
    struct operand_bytes o = based_bytes(reg, m);
    memcpy(p, &o.word, sizeof o.word);
    return p + o.size;
}

static NOINLINE void emit_rm_rare(struct assembler *a, uint32_t op, unsigned reg,
                                  struct mem m)
{
    uint8_t *p = asm_put_prefix(a->p, op);
    uint32_t rex =
        0x40 | (op >> 12 & 1) << 3 | reg >> 3 << 2 | mem_rex_x(m) << 1 | mem_rex_b(m);
    bool has_rex = rex != 0x40 || ((op & ASM_REG8) && reg >= 4);
    *p = (uint8_t)rex;
    p = asm_put_opcode(p + has_rex, op);
    a->p = put_mem(a, p, reg, m, op >> 16 & 7);
}

/* Nearly all have a base register, no prefix and a one-byte opcode: at most eight bytes, which
 * are stored at once. */
void asm_emit_rm(struct assembler *a, uint32_t op, unsigned reg, struct mem m)
{
    assert(reg < 16 && m.index != RSP);
    if (((op & ASM_OP(3, 3, 0)) | (m.base & 0xF0)) != 0) {
        emit_rm_rare(a, op, reg, m);
        return;
    }
    struct operand_bytes o = based_bytes(reg, m);
    uint32_t rex = (op >> 12 & 1) << 3 | reg >> 3 << 2 | m.base >> 3;
    if (m.index != NO_REG)
        rex |= (uint32_t)m.index >> 3 << 1;
    o.word = o.word << 8 | (op & 0xFF);
    if (rex != 0 || ((op & ASM_REG8) && reg >= 4)) {
        o.word = o.word << 8 | 0x40 | rex;
        o.size++;
    }
    memcpy(a->p, &o.word, sizeof o.word);
    a->p += o.size + 1;
}

/* ---- VEX ----------------------------------------------------------------------------- */

/* C5 [R vvvv L pp] when that says it all, else C4 [R X B map] [W vvvv L pp]; R, X, B and
 * vvvv are stored inverted, L is 0.  Then the opcode. */
static uint8_t *put_vex(uint8_t *p, uint32_t op, unsigned reg, unsigned v, uint32_t x,
                        uint32_t b)
{
    uint32_t map = op >> 8 & 3, w = op >> 12 & 1, not_r = (~reg >> 3 & 1) << 7;
    uint32_t last = (~v & 15) << 3 | (op >> 10 & 3);
    assert(reg < 16 && v < 16 && map != MAP_1);
    if (map == MAP_0F && !(w | x | b)) {
        *p++ = 0xC5;
        *p++ = (uint8_t)(not_r | last);
    } else {
        *p++ = 0xC4;
        *p++ = (uint8_t)(not_r | (x ^ 1) << 6 | (b ^ 1) << 5 | map);
        *p++ = (uint8_t)(w << 7 | last);
    }
    *p++ = (uint8_t)op;
    return p;
}

void asm_emit_vrr(struct assembler *a, uint32_t op, unsigned reg, unsigned v, unsigned rm)
{
    assert(rm < 16);
    uint8_t *p = put_vex(a->p, op, reg, v, 0, rm >> 3);
    *p = (uint8_t)(0xC0 | (reg & 7) << 3 | (rm & 7));
    a->p = p + 1;
}

void asm_emit_vrm(struct assembler *a, uint32_t op, unsigned reg, unsigned v, struct mem m)
{
    assert(m.index != RSP);
    uint8_t *p = put_vex(a->p, op, reg, v, mem_rex_x(m), mem_rex_b(m));
    a->p = put_mem(a, p, reg, m, op >> 16 & 7);
}

/* ---- labels -------------------------------------------------------------------------- */

void asm_bind(struct assembler *a, struct label *l)
{
    assert(!label_bound(l));
    uint32_t target = asm_pos(a), next;
    for (uint32_t link = l->chain; link; link = next) {
        uint32_t field = (link >> 3) - 1;
        memcpy(&next, a->start + field, 4);
        write_field(a, field, link & 7, target);
    }
    *l = (struct label){ .pos = target + 1 };
}

/* The rel8 that an instruction of 2 bytes at p needs to reach l, if there is one. */
static bool short_reach(const struct assembler *a, const struct label *l, int32_t *rel)
{
    if (!label_bound(l))
        return false;
    *rel = (int32_t)(label_pos(l) - asm_pos(a) - 2);
    return imm_fits8(*rel);
}

static void put_label32(struct assembler *a, struct label *l)
{
    link_field(a, l, a->p, 0);
    a->p += 4;
}

void asm_jmp_label(struct assembler *a, struct label *l)
{
    int32_t rel;
    if (short_reach(a, l, &rel)) {
        asm_put_byte(a, 0xEB);
        asm_put_byte(a, (uint32_t)rel);
    } else {
        asm_put_byte(a, 0xE9);
        put_label32(a, l);
    }
}

void asm_jcc_label(struct assembler *a, enum cc cc, struct label *l)
{
    int32_t rel;
    if (short_reach(a, l, &rel)) {
        asm_put_byte(a, 0x70U | cc);
        asm_put_byte(a, (uint32_t)rel);
    } else {
        asm_put_byte(a, 0x0F);
        asm_put_byte(a, 0x80U | cc);
        put_label32(a, l);
    }
}

void asm_call_label(struct assembler *a, struct label *l)
{
    asm_put_byte(a, 0xE8);
    put_label32(a, l);
}

uint8_t *asm_jmp_skip(struct assembler *a)
{
    asm_put_byte(a, 0xEB);
    return a->p++;
}

uint8_t *asm_jcc_skip(struct assembler *a, enum cc cc)
{
    asm_put_byte(a, 0x70U | cc);
    return a->p++;
}

void asm_skip_end(struct assembler *a, uint8_t *field)
{
    ptrdiff_t distance = a->p - (field + 1);
    assert(distance >= 0 && distance <= INT8_MAX);
    *field = (uint8_t)distance;
}

void asm_patch_rel32(uint8_t *field, const uint8_t *target)
{
    ptrdiff_t rel = target - (field + 4);
    assert(imm_fits32(rel));
    put_disp32(field, (int32_t)rel);
}

void asm_offset_label(struct assembler *a, struct label *l)
{
    link_field(a, l, a->p - 4, LINK_OFFSET);
}

/* Entries are offsets from the buffer's start, because only then can an entry whose label
 * is not bound yet be resolved without knowing which table it is in. */
void asm_jump_table(struct assembler *a, enum gpr index, enum gpr tmp, struct label *table)
{
    assert(index != tmp);
    asm_lea(a, W64, tmp, mem_offset(0));
    asm_movsxd_rm(a, index, mem_index(tmp, index, 4, INT32_MAX));
    asm_offset_label(a, table);
    asm_alu_rr(a, ALU_ADD, W64, index, tmp);
    asm_jmp_r(a, index);
}

void asm_jump_table_entry(struct assembler *a, struct label *l)
{
    a->p += 4;
    asm_offset_label(a, l);
}
