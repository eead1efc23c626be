/* handlers.h - every handler, written once.
 *
 * Included with different definitions of HANDLER(name, body): as an enumeration (cell.h),
 * as functions (dispatch_tail.c), as steps of longer ones (dispatch_tail_fused.c), as labels
 * (dispatch_loop.c), as tables of addresses.
 * GUARD_HANDLER: exists only where accesses to memory may go unchecked.  COLD_HANDLER:
 * calls C, compiled apart from the others, which are leaves.
 *
 * A body sees the state of the machine
 *
 *     pc     const struct cell *      this cell
 *     fp     uint64_t *               the frame's slot 0
 *     mem0   uint8_t *                base of memory 0
 *     inst   struct instance *
 *     limit  const uint64_t *         end of the value stack
 *     acc    uint64_t                 integer accumulator
 *     facc   float,  dacc  double     float accumulators
 *
 * and ends in one of
 *
 *     NEXT()       on to the next cell
 *     DISPATCH()   on to the cell that pc has been set to
 *     LEAVE(trap)  out of the interpreter
 *     TRAP(kind)   a trap at pc
 *     DIVERT(name)   on with a cold handler, at this cell
 *
 * Variants.  An operation comes in one handler per combination of operand classes, S a
 * slot, A the accumulator of its type, I the immediate; and, last letter, per destination:
 * A the accumulator, S the accumulator and the slot d.  The S handler follows its A handler
 * at once: the translator relies on it.  The operation itself is stated once.
 *
 * The order of families here is their order in memory. */
#include "interp/handlers_move.h"
#include "interp/handlers_branch.h"
#include "interp/handlers_memory.h"
#include "interp/handlers_num.h"
#include "interp/handlers_call.h"
#include "interp/handlers_cold.h"
