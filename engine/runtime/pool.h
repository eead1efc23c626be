/* pool.h - reservations of address space, recycled: linear memories and value stacks.
 *
 * To map, protect and unmap a guard memory costs more than all else an instantiation
 * does, so an engine keeps what its stores give back.
 *
 *     base              committed                       size
 *     +-----------------+-------------------------------+
 *     | read-write      | no access                     |
 *     +-----------------+-------------------------------+
 *
 * All sizes are multiples of OS_PAGE.  Any thread. */
#ifndef WX_RUNTIME_POOL_H
#define WX_RUNTIME_POOL_H

#include "base/arena.h"

struct memory_pool;

struct reservation {
    uint8_t *base;
    uint64_t size;
    uint64_t committed;
};

struct memory_pool *pool_new(struct heap *h); /* NULL: memory exhausted */
void pool_free(struct memory_pool *p); /* all reservations must have been given back */

/* What a new owner finds in the committed part. */
enum pool_contents { POOL_ZERO, POOL_ANY };

/* Exactly size bytes reserved, the first `commit` of them accessible.  false: refused by
 * the system. */
MUST_CHECK bool pool_take(struct memory_pool *p, uint64_t size, uint64_t commit,
                          enum pool_contents contents, struct reservation *out);
void pool_give(struct memory_pool *p, const struct reservation *r);

/* Commits more, zeroed. */
MUST_CHECK bool pool_commit(struct reservation *r, uint64_t commit);

#endif
