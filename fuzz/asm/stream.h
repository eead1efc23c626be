/* stream.h - random instructions through the encoder, and what must be seen of them.
 *
 * A stream fills one buffer: forms of the encoder (engine/test/asm_forms.c) with operands from the
 * fuzzer's bytes, labels and branches to them, skips, jump tables, nops.  Every piece of the buffer
 * has an item that says what it must be.  Items lie end to end; verify.c checks that and each of
 * them against Zydis, after all labels are bound. */
#ifndef WX_FUZZ_ASM_STREAM_H
#define WX_FUZZ_ASM_STREAM_H

#include "asm_seen.h"
#include "dna.h"

enum { STREAM_ITEMS = 64, STREAM_LABELS = 6, STREAM_ROOM = 64 };

enum item_kind {
    ITEM_FORM,   /* form, variant, values; its memory operand may be a label */
    ITEM_JUMP,   /* a branch with this mnemonic to a label or a place */
    ITEM_PATCH,  /* a call whose target is still to be patched */
    ITEM_NOP,    /* nothing but nops */
    ITEM_SWITCH, /* the instructions of a jump table; label: the table */
    ITEM_ENTRY,  /* 4 bytes: the offset of a label */
    ITEM_MOV,    /* the shortest mov of a 64-bit immediate, or one of 10 bytes */
};

struct item {
    enum item_kind kind;
    uint32_t at, len;
    int label;       /* number, or -1 */
    uint32_t target; /* ITEM_JUMP without label: offset in the buffer */
    ZydisMnemonic mnemonic;
    const struct asm_form *form;
    const struct asm_variant *variant;
    struct asm_values v;
    bool backward; /* the label was bound already: a short branch if in reach */
};

struct stream {
    struct dna *d;
    struct assembler a;
    const uint64_t *targets; /* addresses of other functions, for calls and jumps */
    size_t ntargets;
    struct item items[STREAM_ITEMS];
    uint32_t nitems;
    struct label labels[STREAM_LABELS];
    bool overrun; /* an emitter touched bytes beyond ASM_TOUCH */
};

/* Fills s->a, which has at least STREAM_ROOM bytes, until bytes, items or room run out. */
void stream_fill(struct stream *s);

/* Are the bytes of the buffer at code (its executable mapping) what the items say?  If not, says
 * what is wrong on stderr. */
bool stream_verify(const struct stream *s, const uint8_t *code);

/* How often each form was checked: [asm_nforms]. */
extern uint64_t stream_forms[];

#endif
