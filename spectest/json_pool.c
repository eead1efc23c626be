/* json_pool.c - jansson's memory in chunks that are kept and used again. */
#include "spectest/json_pool.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 1 << 20, ALIGN = 16 };

struct chunk {
    struct chunk *next;
    size_t size; /* of bytes */
    _Alignas(ALIGN) uint8_t bytes[];
};

static struct chunk *chunks;  /* newest last */
static struct chunk *current; /* NULL: none is in use */
static size_t used;           /* of current */

static struct chunk *new_chunk(size_t size)
{
    size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    struct chunk *c = malloc(sizeof *c + bytes);
    if (c)
        *c = (struct chunk){ .size = bytes };
    return c;
}

/* Makes a chunk of at least that size current: the next one kept, or a new one before it. */
static bool next_chunk(size_t size)
{
    struct chunk **link = current ? &current->next : &chunks;
    struct chunk *c = *link;
    if (!c || c->size < size) {
        c = new_chunk(size);
        if (!c)
            return false;
        c->next = *link;
        *link = c;
    }
    current = c;
    used = 0;
    return true;
}

static void *pool_alloc(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if ((!current || current->size - used < size) && !next_chunk(size))
        return NULL;
    void *p = current->bytes + used;
    used += size;
    return p;
}

static void pool_free(void *p) { (void)p; }

void json_pool_use(void) { json_set_alloc_funcs(pool_alloc, pool_free); }

void json_pool_reset(void)
{
    current = NULL;
    used = 0;
}
