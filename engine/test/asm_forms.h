/* asm_forms.h - every form of the encoder as a row: how to emit it and what Zydis must see.
 *
 * A row's operands are what Zydis must see, two characters each: kind and size
 *      kind  a b c   general register v->r[0], [1], [2]       x y z   the same for xmm
 *            A C     rax, rcx                                 m       memory v->m
 *            i       immediate v->imm, sign-extended          u       unsigned, 8 bits
 *            n       shift count below the width in bits      t       branch target v->imm
 *            o       the variant's operation as immediate
 *      size  1 2 4 8 bytes   w that of v->w   o that of the variant   . not compared */
#ifndef WX_TEST_ASM_FORMS_H
#define WX_TEST_ASM_FORMS_H

#include "x64/asm.h"
#include <Zydis/Zydis.h>

/* One of the operations that share a form. */
struct asm_variant {
    ZydisMnemonic mnemonic; /* INVALID: the form does not have this operation */
    uint32_t op;
    unsigned bytes; /* of a memory operand of size 'o' */
};

struct asm_values {
    uint8_t r[3];
    struct mem m;
    int64_t imm;
    enum width w;
    uint32_t op;
};

struct asm_form {
    const char *name;
    const struct asm_variant *variants;
    size_t variant_count;
    unsigned widths; /* set of operand widths: v->w is one */
    const char *operands;
    void (*emit)(struct assembler *a, const struct asm_values *v);
};

extern const struct asm_form asm_forms[];
extern const size_t asm_nforms;

/* The first operand of one of these kinds, or NULL. */
const char *asm_form_find(const struct asm_form *f, const char *kinds);
/* The row of that name. */
const struct asm_form *asm_form_named(const char *name);
/* What Zydis calls the conditional jump. */
ZydisMnemonic asm_jcc_mnemonic(enum cc cc);

#endif
