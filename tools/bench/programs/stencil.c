/* stencil.c - heat spreading over a grid of doubles: five loads, neighbours in memory. */
#include "bench.h"
#include <string.h>

enum { N = 192, STEPS = 90 };
static double grid[2][N][N];

static void step(double (*restrict to)[N], double (*restrict from)[N])
{
    for (int y = 1; y < N - 1; y++)
        for (int x = 1; x < N - 1; x++)
            to[y][x] =
                from[y][x] + 0.2 * (from[y - 1][x] + from[y + 1][x] + from[y][x - 1] +
                                    from[y][x + 1] - 4 * from[y][x]);
}

uint64_t kernel(void)
{
    uint64_t sum = 0, bits;
    memset(grid, 0, sizeof grid);
    for (int i = 0; i < N; i++)
        grid[0][0][i] = grid[1][0][i] = 100.0 - i;
    grid[0][N / 2][N / 2] = 1e6;
    for (int i = 0; i < STEPS; i++)
        step(grid[~i & 1], grid[i & 1]);
    for (int y = 0; y < N; y += 7)
        for (int x = 0; x < N; x += 5) {
            memcpy(&bits, &grid[STEPS & 1][y][x], sizeof bits);
            sum = bench_mix(sum, bits);
        }
    return sum;
}
