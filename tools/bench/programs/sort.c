/* sort.c - heap sort through a comparison function: call_indirect, memory moves. */
#include "bench.h"

enum { N = 30000 };
static uint32_t values[N];

typedef int comparison(uint32_t x, uint32_t y);

static int ascending(uint32_t x, uint32_t y) { return x < y ? -1 : x > y; }

static int descending(uint32_t x, uint32_t y) { return x < y ? 1 : -(x > y); }

static void sift(uint32_t *v, uint32_t root, uint32_t n, comparison *compare)
{
    uint32_t moved = v[root];
    for (uint32_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && compare(v[child], v[child + 1]) < 0)
            child++;
        if (compare(moved, v[child]) >= 0)
            break;
        v[root] = v[child];
    }
    v[root] = moved;
}

static void sort(uint32_t *v, uint32_t n, comparison *compare)
{
    for (uint32_t i = n / 2; i-- > 0;)
        sift(v, i, n, compare);
    for (uint32_t i = n; i-- > 1;) {
        uint32_t top = v[0];
        v[0] = v[i];
        v[i] = top;
        sift(v, 0, i, compare);
    }
}

uint64_t kernel(void)
{
    static comparison *volatile orders[2] = { ascending, descending };
    uint32_t seed = 12345;
    for (int i = 0; i < N; i++)
        values[i] = seed = seed * 1664525 + 1013904223;
    sort(values, N, orders[0]);
    uint64_t sum = values[N / 2];
    sort(values, N, orders[1]);
    return sum << 32 | values[N / 3];
}
