/* list.c - the memory of growable arrays. */
#include "tools/wx/list.h"
#include <stdbool.h>
#include <stdio.h>

void *list_alloc(void *old, size_t count, size_t size)
{
    size_t bytes;
    bool wrapped = __builtin_mul_overflow(count, size, &bytes);
    void *p = wrapped ? NULL : realloc(old, bytes ? bytes : 1);
    if (!p) {
        fprintf(stderr, "wx: out of memory\n");
        exit(1);
    }
    return p;
}

void *list_grow(void *at, size_t size, size_t len, size_t *cap, size_t more)
{
    size_t wanted = *cap ? *cap * 2 : 8;
    while (wanted - len < more)
        wanted *= 2;
    *cap = wanted;
    return list_alloc(at, wanted, size);
}
