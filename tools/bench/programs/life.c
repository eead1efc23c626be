/* life.c - Conway's game on a torus of bytes: eight loads and a table per cell. */
#include "bench.h"
#include <string.h>

enum { SIZE = 128, GENERATIONS = 96 };
static uint8_t board[2][SIZE][SIZE];

static void generation(uint8_t (*to)[SIZE], uint8_t (*from)[SIZE])
{
    static const uint8_t next[2][9] = { { [3] = 1 }, { [2] = 1, [3] = 1 } };
    for (uint32_t y = 0; y < SIZE; y++) {
        const uint8_t *up = from[(y - 1) % SIZE], *here = from[y],
                      *down = from[(y + 1) % SIZE];
        for (uint32_t x = 0; x < SIZE; x++) {
            uint32_t left = (x - 1) % SIZE, right = (x + 1) % SIZE;
            uint32_t n = up[left] + up[x] + up[right] + here[left] + here[right] +
                         down[left] + down[x] + down[right];
            to[y][x] = next[here[x]][n];
        }
    }
}

uint64_t kernel(void)
{
    uint32_t seed = 4;
    uint64_t sum = 0, word;
    for (uint32_t i = 0; i < SIZE * SIZE; i++)
        board[0][i / SIZE][i % SIZE] = bench_random(&seed) % 3 == 0;
    for (int i = 0; i < GENERATIONS; i++)
        generation(board[~i & 1], board[i & 1]);
    for (uint32_t i = 0; i < SIZE * SIZE; i += 8) {
        memcpy(&word, &board[GENERATIONS & 1][i / SIZE][i % SIZE], sizeof word);
        sum = bench_mix(sum, word);
    }
    return sum;
}
