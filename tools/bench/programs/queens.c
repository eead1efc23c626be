/* queens.c - recursion with bit masks: backtracking over the boards of twelve queens. */
#include "bench.h"

enum { N = 12 };

static uint32_t place(uint32_t columns, uint32_t left, uint32_t right)
{
    const uint32_t all = (1u << N) - 1;
    if (columns == all)
        return 1;
    uint32_t found = 0;
    for (uint32_t free = all & ~(columns | left | right); free != 0; free &= free - 1) {
        uint32_t bit = free & -free;
        found += place(columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}

uint64_t kernel(void) { return place(0, 0, 0); }
