/* fuse.h - which cells in a row have a handler of their own.
 *
 * A dispatcher may have handlers that do several cells in a row (fused.def).  When a function
 * is finished, each cell gets the one for the longest row that begins there, or its own; the
 * cells themselves stay as they are, so whoever comes to a cell in the middle of a row goes on
 * from there.
 *
 * The rows are a tree of handlers by number: `roots` says where those that begin with a
 * handler are, `edges`, a hash table, how they go on, `ends` where one is complete.  Most cells
 * begin no row: `masks` tells without a look into the table.  */
#ifndef WX_INTERP_FUSE_H
#define WX_INTERP_FUSE_H

#include "interp/cell.h"

struct fuse_edge {
    uint32_t from; /* node << 16 | handler; 0: free */
    uint32_t to;
};

struct fuser {
    uint16_t roots[H_COUNT];            /* nodes; 0: no row begins so */
    uint32_t nnodes, max_nodes, nedges; /* nedges: a power of two */
    struct fuse_edge *edges;
    const void **ends; /* by node: the address of the row's handler, or NULL */
    uint64_t *masks; /* by node: a bit for each handler, modulo 64, that it goes on with */
};

/* For the rows of a dispatcher; NULL: memory exhausted. */
struct fuser *fuser_new(struct heap *h, const struct dispatcher *d);
void fuser_free(struct heap *h, struct fuser *f);

static inline uint64_t fuser_mask(uint32_t handler) { return UINT64_C(1) << handler % 64; }

/* The node behind a node, 0 when no row goes on so. */
static inline uint32_t fuser_next(const struct fuser *f, uint32_t node, uint32_t handler)
{
    uint32_t key = node << 16 | handler;
    if ((f->masks[node] & fuser_mask(handler)) == 0)
        return 0;
    for (uint32_t i = key * UINT32_C(0x9E3779B1) >> 16;; i++) {
        const struct fuse_edge *e = &f->edges[i & (f->nedges - 1)];
        if (e->from == key || e->from == 0)
            return e->to;
    }
}

#endif
