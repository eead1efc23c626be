/* feedback.h - what a compiler did, as counters that libFuzzer takes for coverage.
 *
 *     FEEDBACK(SPILL, kind, type);
 *
 * Only in builds with WX_FEEDBACK, which the fuzz harness sets; elsewhere the macro is empty and
 * nothing of this is in the binary.  Counters are hashed: a few collisions do no harm. */
#ifndef WX_BASE_FEEDBACK_H
#define WX_BASE_FEEDBACK_H

#include <stdint.h>

enum feedback_kind {
    FEEDBACK_OPERATION, /* a pair of operations, and where the operands of the second are */
    FEEDBACK_LOWERING,  /* an operation, how much code became of it, what it left where */
    FEEDBACK_TRAP,      /* a kind of trap, and the opcode of what can end in it */
    FEEDBACK_SPILL,     /* a value goes to its slot: from where, of what type */
    FEEDBACK_RELOAD,    /* a value comes from memory: from where, into which register */
    FEEDBACK_EVICT,     /* a copy of a local is given up */
    FEEDBACK_FIXED,     /* an instruction wants a register that is in use */
    FEEDBACK_CYCLE,     /* registers change places before a call */
};

#ifdef WX_FEEDBACK

enum { FEEDBACK_COUNTERS = 1 << 14 };
extern volatile uint8_t feedback_counters[FEEDBACK_COUNTERS];

static inline void feedback_count(enum feedback_kind kind, uint32_t a, uint32_t b)
{
    uint32_t h = (((uint32_t)kind * 0x9E3779B1u ^ a) * 0x85EBCA77u ^ b) * 0xC2B2AE3Du;
    volatile uint8_t *counter = &feedback_counters[h >> 18];
    *counter = (uint8_t)(*counter + (*counter < UINT8_MAX));
}

#define FEEDBACK(kind, a, b) feedback_count(FEEDBACK_##kind, (a), (b))
#else
#define FEEDBACK(kind, a, b) ((void)(a), (void)(b))
#endif

#endif
