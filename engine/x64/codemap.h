/* codemap.h - pc -> what is known about the code there.  Written by compilers and stubs, read by
 * the signal handler, backtraces, later exceptions and the collector.  Readers take no lock.
 *
 * Code is registered per body (a function or a stub).  A body's sites are sorted by pc. */
#ifndef WX_X64_CODEMAP_H
#define WX_X64_CODEMAP_H

#include "runtime/code.h"
#include "x64/codemem.h"

enum site_flags {
    SITE_CALL = 1,     /* pc is a return address; no trap */
    SITE_PROLOGUE = 2, /* no frame yet: [rsp] is the return address */
    SITE_DIVIDE = 4,   /* SIGFPE at a division: kind by the divisor in reg */
};

/* A place where code can trap or call.  The effective address (memory traps) or the element
 * index (table traps) is reg + (reg2 << scale) + disp, for messages; NO_REG counts as 0. */
struct code_site {
    uint32_t pc;     /* bytes from the body's start: of the faulting instruction, or the
                               return address of a call */
    uint32_t offset; /* of the Wasm instruction, bytes from func_decl.body */
    uint32_t disp;
    uint8_t kind; /* enum trap; TRAP_NONE: take exec->pending */
    uint8_t flags;
    uint8_t width;  /* bytes of a memory access */
    uint8_t memory; /* memory or table index, for the message's size */
    uint8_t reg, reg2, scale;
    uint8_t wide; /* 1: registers count in full (memory64); 0: low 32 bits */
};

/* Where an interpreted activation may enter a function: once, with its frame in the buffer
 * (exec.h), from where the code goes on to the loop whose number is in LOOP_BUFFER. */
struct loop_entries {
    uint32_t at; /* bytes from the body's start */
    uint32_t n;
    struct loop_entry {
        uint32_t start; /* of the `loop` opcode, bytes from func_decl.body */
        uint32_t slots; /* of the frame that are in use at its head */
    } loops[];
};

enum body_kind {
    BODY_FUNCTION,
    BODY_ENTRY, /* C -> compiled thunk: a walk ends here */
    BODY_STUB,  /* lazy stubs, thunks to C: no frame of their own worth showing */
};

struct code_body {
    const uint8_t *start; /* executable address */
    uint32_t size;
    enum body_kind kind;
    uint32_t frame_bytes; /* from rsp (after the prologue) to the return address */
    uint32_t instance_at; /* rsp + instance_at holds r14; 0: never saved, the
                                               callee's instance is the same as this one */
    uint8_t saved;        /* bit i: the i-th of rbx rbp r12 r13 is saved, in
                                               this order downwards from the return address */
    struct fncode *fn;    /* BODY_FUNCTION */
    uint32_t nsites;
    const struct code_site *sites;
    const struct loop_entries *entries; /* BODY_FUNCTION; or NULL */
};

/* Registers a body; it and its sites live as long as the module's (engine's) code.  Bodies of
 * one chunk are added in address order.  false: memory exhausted. */
bool codemap_add(struct code_chunk *chunk, const struct code_body *body);

/* The body that contains pc, or NULL.  Async-signal-safe. */
const struct code_body *codemap_find(const struct code_region *r, const void *pc);

/* The site of that pc, or NULL: of an instruction that traps, and of a return address.  An
 * instruction that traps may stand at a return address; then its pc has one of each, in any order. */
const struct code_site *code_body_site(const struct code_body *b, const void *pc);
const struct code_site *code_body_call(const struct code_body *b, const void *pc);

#endif
