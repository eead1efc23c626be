/* cold.h - what cold handlers do, as plain C.  See handlers_cold.h. */
#ifndef WX_INTERP_COLD_H
#define WX_INTERP_COLD_H

#include "interp/cell.h"

/* Traps, complete with frames: return the kind. */
enum trap cold_trap_table(uint64_t what, const struct cell *pc, uint64_t *fp,
                          struct instance *inst);
enum trap cold_trap_entry(const struct cell *pc, uint64_t *fp, struct instance *inst,
                          const struct cell *ret);

/* Translates the function of a lazy cell and gives its entry; NULL: exec->trap says why
 * not. */
const struct cell *cold_lazy(const struct cell *pc, uint64_t *fp, struct instance *inst,
                             const struct cell *ret);
/* Has the function of an entry_heat cell compiled, and gives the cell to go on at. */
const struct cell *cold_hot(const struct cell *pc);
/* At a loop_heat cell whose count has run out: has the function compiled and goes on there.
 * ret NULL: nothing happened, the interpreter goes on; else the activation has ended, with
 * that trap or with results from fp[0] on, and its caller goes on at ret. */
struct loop_exit {
    const struct cell *ret;
    enum trap trap;
};
struct loop_exit cold_loop_hot(const struct cell *pc, uint64_t *fp, struct instance *inst);

/* Call a compiled function, its frame at fp, or a host function from the call site pc, in
 * the frame fp of inst. */
enum trap cold_enter_compiled(const struct cell *pc, uint64_t *fp, struct instance *inst,
                              const struct cell *ret);
enum trap cold_call_host(struct func *f, const struct cell *pc, uint64_t *fp,
                         struct instance *inst);

/* Instructions: operands in slots[0] on, result in slots[0]; a trap has begun. */
typedef enum trap cold_instruction(const struct cell *pc, uint64_t *slots,
                                   struct instance *inst);
cold_instruction cold_memory_grow, cold_memory_init, cold_data_drop, cold_memory_copy,
    cold_memory_fill;
cold_instruction cold_table_get, cold_table_set, cold_table_grow, cold_table_fill,
    cold_table_init, cold_elem_drop, cold_table_copy;

#endif
