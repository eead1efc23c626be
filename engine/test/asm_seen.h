/* asm_seen.h - what Zydis sees of encoded instructions, compared with what was asked for. */
#ifndef WX_TEST_ASM_SEEN_H
#define WX_TEST_ASM_SEEN_H

#include "asm_forms.h"

struct asm_seen {
    uint64_t exec;    /* where the buffer runs */
    uint64_t address; /* where the instruction runs */
    ZydisDecodedInstruction ins;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
};

/* Disassembles the instruction at offset at of a's buffer, of which no byte is beyond a->p. */
bool asm_see(const ZydisDecoder *decoder, const struct assembler *a, uint32_t at,
             struct asm_seen *s);

/* The address that a RIP-relative or branch operand means. */
uint64_t asm_seen_absolute(const struct asm_seen *s, const ZydisDecodedOperand *op);

ZydisRegister asm_seen_register(unsigned n, unsigned bytes);
bool asm_seen_is_gpr(const ZydisDecodedOperand *op, unsigned n, unsigned bytes);
bool asm_seen_is_imm(const ZydisDecodedOperand *op, int64_t imm, unsigned bytes);

/* Mnemonic, number of operands and each operand are those of the form with these values. */
bool asm_seen_matches(const struct asm_seen *s, const struct asm_form *form,
                      const struct asm_variant *variant, const struct asm_values *v);

/* The length of the shortest encoding that Zydis's own encoder finds; 0 if it cannot tell.
 * Not for xchg, which leaves the byte of a form to nop: 90 is xchg eax, eax; nor for mov with an
 * absolute address, whose form for rax is shorter but slow: its prefix 67 stalls the decoder. */
size_t asm_seen_shortest(const struct asm_seen *s);

#endif
