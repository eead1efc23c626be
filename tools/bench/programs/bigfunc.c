/* bigfunc.c - one very large function: a machine with 2,048 states, each its own code.
 *
 * Compilers whose cost grows faster than the function, or whose jumps and frames have a limit,
 * show it here. */
#include "bench.h"

static uint32_t rol(uint32_t x, uint32_t n) { return x << n | x >> (32 - n); }

#define STATE(n)                                          \
    case n:                                               \
        x = rol(x, (n) % 31 + 1) ^ (y + (n)*2654435761u); \
        if (x & (1u << (n) % 13))                         \
            y += x >> (n) % 7;                            \
        else                                              \
            y = (y ^ (x << (n) % 5)) + z;                 \
        z = z * ((n)*8u + 5u) + (n);                      \
        break;

#define STATES4(n)    STATE(n) STATE(n + 1) STATE(n + 2) STATE(n + 3)
#define STATES16(n)   STATES4(n) STATES4(n + 4) STATES4(n + 8) STATES4(n + 12)
#define STATES64(n)   STATES16(n) STATES16(n + 16) STATES16(n + 32) STATES16(n + 48)
#define STATES256(n)  STATES64(n) STATES64(n + 64) STATES64(n + 128) STATES64(n + 192)
#define STATES1024(n) STATES256(n) STATES256(n + 256) STATES256(n + 512) STATES256(n + 768)

uint64_t kernel(void)
{
    uint32_t x = 1, y = 2, z = 3;
    for (uint32_t step = 0; step < 200000; step++)
        switch ((x ^ z >> 16) % 2048) {
            STATES1024(0)
            STATES1024(1024)
        }
    return ((uint64_t)x << 32 | y) ^ z;
}
