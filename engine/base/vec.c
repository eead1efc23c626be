/* vec.c - growth of arrays inside an arena.  See vec.h. */
#include "base/vec.h"
#include "base/size.h"
#include <string.h>

void *vec_grow(struct arena *a, void *at, size_t elem_size, uint32_t len, uint32_t *cap,
               uint32_t more)
{
    size_t want = (size_t)len + more;
    size_t room = (size_t)*cap * 2;
    if (room < 8)
        room = 8;
    if (room < want)
        room = want;
    if (room > UINT32_MAX)
        longjmp(*a->oom, 1);
    void *grown = arena_alloc(a, size_mul(room, elem_size));
    if (len != 0)
        memcpy(grown, at, len * elem_size);
    *cap = (uint32_t)room;
    return grown;
}
