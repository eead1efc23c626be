/* editdist.c - edit distance of two strings: dynamic programming, three-way minima. */
#include "bench.h"

enum { N = 1100 };
static uint8_t a[N], b[N];

static uint32_t least(uint32_t x, uint32_t y) { return x < y ? x : y; }

uint64_t kernel(void)
{
    static uint32_t row[N + 1];
    uint32_t seed = 21;
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) {
        a[i] = (uint8_t)("acgt"[bench_random(&seed) >> 7 & 3]);
        b[i] = (uint8_t)("acgt"[bench_random(&seed) >> 7 & 3]);
    }
    for (uint32_t j = 0; j <= N; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= N; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= N; j++) {
            uint32_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(least(diagonal, row[j - 1]) + 1, replaced);
        }
        sum = bench_mix(sum, row[N]);
    }
    return sum;
}
