/* fuse.h - which cells in a row have a handler of their own.
 *
 * A dispatcher may have handlers that do several cells in a row (fused.def).  When a function
 * is finished, each cell gets the one for the longest row that begins there, or its own; the
 * cells themselves stay as they are, so whoever comes to a cell in the middle of a row goes on
 * from there.
 *
 * The rows are a tree of handlers, constant, by index of its nodes; 0 is no node.  What can
 * follow a node are nodes in succession, the most frequent first. */
#ifndef WX_INTERP_FUSE_H
#define WX_INTERP_FUSE_H

#include "interp/cell.h"

struct fuse_node {
    uint16_t first, count; /* the nodes that can follow */
    uint16_t row;          /* index of the row that ends here, plus 1; 0: none does */
};

struct fuser {
    const uint16_t *roots; /* [H_COUNT]: the node that rows with this handler begin with */
    const uint16_t *handlers;      /* by node */
    const struct fuse_node *nodes; /* by node */
    const void *const *addresses;  /* of the rows' handlers */
    uint32_t nrows;
};

/* The node behind a node, 0 when no row goes on so. */
static inline uint32_t fuser_next(const struct fuser *f, uint32_t node, uint32_t handler)
{
    const struct fuse_node *n = &f->nodes[node];
    for (uint32_t next = n->first, end = next + n->count; next != end; next++)
        if (f->handlers[next] == handler)
            return next;
    return 0;
}

#endif
