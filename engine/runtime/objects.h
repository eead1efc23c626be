/* objects.h - making and ending the objects of a store; what store.h does not show.
 *
 * The records (struct memory, struct table) are the caller's: an instance's lie inside
 * its block. Once a record is listed in the store (store_room first, then store_add_*),
 * the store ends it. */
#ifndef WX_RUNTIME_OBJECTS_H
#define WX_RUNTIME_OBJECTS_H

#include "base/fail.h"
#include "runtime/store.h"

/* Sets up a memory or table of type->limits.min.  On failure, FAIL_EXHAUSTED, nothing is
 * held. */
bool memory_init(struct memory *m, struct store *s, const struct memory_type *type,
                 struct fail *f);
void memory_free(struct memory *m);
bool table_init(struct table *t, struct store *s, const struct table_type *type, ref init,
                struct fail *f);
void table_free(struct table *t);

/* Zeroed memory that lives as long as the store; NULL: exhausted. */
void *store_alloc(struct store *s, size_t size);

/* Makes room so that the lists can take that many more without failing. */
bool store_room(struct store *s, uint32_t memories, uint32_t tables, uint32_t host_funcs);
void store_add_memory(struct store *s, struct memory *m);
void store_add_table(struct store *s, struct table *t);
/* Ends what was added behind those lengths. */
void store_truncate(struct store *s, uint32_t memories, uint32_t tables);

/* Asks the limiter. */
bool store_admits_memory(struct store *s, uint64_t current_bytes, uint64_t desired_bytes);
bool store_admits_table(struct store *s, uint64_t current, uint64_t desired);

/* Gives a new record its compiled-ABI entry in each tier present. */
bool func_prepare(struct func *f);

/* The value of a constant expression, in two words as struct global keeps it.  false:
 * memory exhausted.  spec: valid-constant */
MUST_CHECK bool const_eval(struct instance *i, struct const_expr e, uint64_t value[2]);

/* Begins a trap of a bulk operation: [address, address + length) exceeds size. */
enum trap trap_bounds(struct exec *x, enum trap kind, uint64_t address, uint64_t length,
                      uint64_t size);

/* Whether [at, at + n) exceeds size. */
static inline bool out_of_bounds(uint64_t at, uint64_t n, uint64_t size)
{
    return n > size || at > size - n;
}

#endif
