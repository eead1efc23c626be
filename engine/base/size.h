/* size.h - arithmetic on sizes that come from the input: saturates instead of wrapping.
 * A saturated size fails every limit check and every allocation. */
#ifndef WX_BASE_SIZE_H
#define WX_BASE_SIZE_H

#include <stddef.h>
#include <stdint.h>

static inline size_t size_add(size_t a, size_t b)
{
    size_t sum;
    return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

static inline size_t size_mul(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

/* n rounded up to a multiple of align, a power of two. */
static inline size_t size_align(size_t n, size_t align)
{
    return size_add(n, align - 1) & ~(align - 1);
}

#endif
