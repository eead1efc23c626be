/* helpers.h - the C functions of helpers.def, and what stubs.c and thunk.c share.
 *
 * Compiled code reaches them through instance.helpers, by enum helper. */
#ifndef WX_X64_HELPERS_H
#define WX_X64_HELPERS_H

#include "x64/stubs.h"

/* For engine.helpers. */
extern const void *const helper_table[HELPER_COUNT];

uint64_t helper_memory_grow(struct instance *i, uint32_t memory, uint64_t delta);
enum trap helper_memory_init(struct instance *i, uint64_t data_memory, uint64_t dst,
                             uint32_t src, uint32_t n);
enum trap helper_memory_copy(struct instance *i, uint64_t dst_src_memory, uint64_t dst,
                             uint64_t src, uint64_t n);
enum trap helper_memory_fill(struct instance *i, uint32_t memory, uint64_t dst,
                             uint32_t byte, uint64_t n);
void helper_data_drop(struct instance *i, uint32_t data);
enum trap helper_table_init(struct instance *i, uint64_t elem_table, uint64_t dst,
                            uint32_t src, uint32_t n);
enum trap helper_table_copy(struct instance *i, uint64_t dst_src_table, uint64_t dst,
                            uint64_t src, uint64_t n);
enum trap helper_table_fill(struct instance *i, uint32_t table, uint64_t dst, ref value,
                            uint64_t n);
uint64_t helper_table_grow(struct instance *i, uint32_t table, uint64_t delta, ref value);
void helper_elem_drop(struct instance *i, uint32_t elem);

/* Where calls of the defined function continue; NULL after a trap, exec->trap complete. */
const void *stub_resolve(struct instance *i, uint32_t defined);
/* Runs the defined function in the interpreter.  A trap is complete. */
enum trap stub_interp_call(struct instance *i, uint32_t defined, uint64_t *slots);
/* Runs a host function.  A trap is complete. */
enum trap stub_host_call(struct instance *host, struct func *f, struct instance *caller,
                         uint64_t *slots);

/* The way into generated code and, jumped to, out of it after a trap (enter.c). */
enum trap compiled_enter(struct func *f, uint64_t *slots, struct instance *i,
                         void **entry_sp, const void *thunk);
extern const char compiled_trap_exit[];

/* Appends the frame of a defined function that was called but did not begin. */
void compiled_walk_callee(const struct instance *i, uint32_t defined, struct trap_info *t);

#endif
