/* fuse.c - the tree of rows of cells (fuse.h). */
#include "interp/fuse.h"
#include <string.h>

static size_t edges_size(const struct fuser *f) { return f->nedges * sizeof *f->edges; }
static size_t ends_size(const struct fuser *f) { return f->max_nodes * sizeof *f->ends; }
static size_t masks_size(const struct fuser *f) { return f->max_nodes * sizeof *f->masks; }

/* The node behind `node`, made when it is not there. */
static uint32_t grow(struct fuser *f, uint32_t node, uint32_t handler)
{
    uint32_t to = fuser_next(f, node, handler);
    if (to != 0)
        return to;
    uint32_t key = node << 16 | handler, i = key * UINT32_C(0x9E3779B1) >> 16;
    while (f->edges[i & (f->nedges - 1)].from != 0)
        i++;
    to = f->nnodes++;
    f->edges[i & (f->nedges - 1)] = (struct fuse_edge){ key, to };
    f->masks[node] |= fuser_mask(handler);
    return to;
}

static uint32_t length(const struct fused *row)
{
    uint32_t n = 0;
    while (n < FUSED_MAX && row->parts[n] != H_COUNT)
        n++;
    return n;
}

static void add(struct fuser *f, const struct fused *row, const void *address)
{
    uint16_t *root = &f->roots[row->parts[0]];
    if (*root == 0)
        *root = (uint16_t)f->nnodes++;
    uint32_t node = *root, n = length(row);
    for (uint32_t i = 1; i < n; i++)
        node = grow(f, node, row->parts[i]);
    f->ends[node] = address;
}

/* How many handlers two rows begin with in common. */
static uint32_t common(const struct fused *a, const struct fused *b)
{
    uint32_t n = 0;
    while (n < length(a) && a->parts[n] == b->parts[n])
        n++;
    return n;
}

/* At most so many nodes; exactly, where rows that begin alike are together. */
static uint32_t count_nodes(const struct dispatcher *d)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < d->nfused; i++) {
        n += length(&d->fused[i]);
        n -= i != 0 ? common(&d->fused[i], &d->fused[i - 1]) : 0;
    }
    return n;
}

static bool make_room(struct heap *h, struct fuser *f, const struct dispatcher *d)
{
    f->nnodes = 1;
    f->max_nodes = count_nodes(d);
    for (f->nedges = 1; f->nedges < 2 * f->max_nodes;)
        f->nedges *= 2;
    f->edges = heap_alloc(h, edges_size(f));
    f->ends = heap_alloc(h, ends_size(f));
    f->masks = heap_alloc(h, masks_size(f));
    return f->edges != NULL && f->ends != NULL && f->masks != NULL;
}

struct fuser *fuser_new(struct heap *h, const struct dispatcher *d)
{
    struct fuser *f = heap_alloc(h, sizeof *f);
    if (f == NULL)
        return NULL;
    memset(f, 0, sizeof *f);
    if (!make_room(h, f, d)) {
        fuser_free(h, f);
        return NULL;
    }
    memset(f->edges, 0, edges_size(f));
    memset(f->ends, 0, ends_size(f));
    memset(f->masks, 0, masks_size(f));
    for (uint32_t i = 0; i < d->nfused; i++)
        add(f, &d->fused[i], d->fused_addresses[i]);
    return f;
}

void fuser_free(struct heap *h, struct fuser *f)
{
    if (f == NULL)
        return;
    heap_free(h, f->edges, edges_size(f));
    heap_free(h, f->ends, ends_size(f));
    heap_free(h, f->masks, masks_size(f));
    heap_free(h, f, sizeof *f);
}
