/* frame.h - frames of interpreted functions on the value stack.
 *
 *     fp                    + header_slot                     + frame_slots
 *     +---------------------+------------+-----------+----------+- - - - - - - -+
 *     | params | locals     | return     | caller fp | instance | operands      |
 *     +---------------------+------------+-----------+----------+- - - - - - - -+
 *                             +0           +8          +16
 *
 * The header is written by the callee's entry cell.  return is the cell to go on at in the
 * caller; the one before it is the call site (cell.h).  instance is the one the function
 * runs in: a call that may have gone to another instance is followed by a cell that takes
 * it back from here. Results are written from slot 0 on, over the header when they are
 * many, so a return reads the header first. */
#ifndef WX_INTERP_FRAME_H
#define WX_INTERP_FRAME_H

#include "interp/cell.h"

struct frame_header {
    const struct cell *ret;
    uint64_t *caller;
    struct instance *instance;
};
_Static_assert(sizeof(struct frame_header) == 8 * FRAME_HEADER_SLOTS,
               "module.h reserves them");

static inline struct frame_header *frame_header(uint64_t *fp, uint32_t offset)
{
    return (struct frame_header *)(void *)((uint8_t *)fp + offset);
}

/* The frame of the caller, from the frame of the callee and the return address. */
static inline uint64_t *frame_caller(uint64_t *fp, const struct cell *ret)
{
    return (uint64_t *)(void *)((uint8_t *)fp - ret[-1].a);
}

/* Traps (walk.c).  Each completes exec->trap, frames included, and returns the kind. */

/* At the instruction of pc, in the frame fp of inst. */
enum trap walk_trap(enum trap kind, const struct cell *pc, uint64_t *fp,
                    struct instance *inst);
/* As above, for a trap that has begun: kind, address and size are in place. */
enum trap walk_begun(const struct cell *pc, uint64_t *fp, struct instance *inst);
/* An access to memory at effective address ea. */
enum trap walk_memory(uint64_t ea, const struct cell *pc, uint64_t *fp,
                      struct instance *inst);
/* At the entry of fn, before it has a frame header; fp is where its frame would be. */
enum trap walk_entry(enum trap kind, const struct fncode *fn, uint64_t *fp,
                     struct instance *inst, const struct cell *ret);
/* struct tier.walk */
void walk_activation(const struct activation *a, struct trap_info *t);
/* The function that a cell belongs to. */
const struct program *walk_program(const struct interp *in, const struct cell *pc);

#endif
