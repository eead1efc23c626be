/* chacha20.c - rotates by constants in sixteen live values (RFC 8439). */
#include "bench.h"
#include <string.h>

static uint32_t rol(uint32_t x, unsigned n) { return x << n | x >> (32 - n); }

#define QUARTER(a, b, c, d)                                                             \
    (a += b, d = rol(d ^ a, 16), c += d, b = rol(b ^ c, 12), a += b, d = rol(d ^ a, 8), \
     c += d, b = rol(b ^ c, 7))

static void block(const uint32_t in[16], uint32_t out[16])
{
    uint32_t x[16];
    memcpy(x, in, sizeof x);
    for (int round = 0; round < 10; round++) {
        QUARTER(x[0], x[4], x[8], x[12]);
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]);
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; i++)
        out[i] = x[i] + in[i];
}

uint64_t kernel(void)
{
    static const char constant[] = "expand 32-byte k";
    uint32_t state[16], out[16];
    uint64_t sum = 0;
    memcpy(state, constant, 16);
    for (uint32_t i = 4; i < 16; i++)
        state[i] = i * 0x03020100u;
    state[12] = 0;
    for (int i = 0; i < 24000; i++) {
        block(state, out);
        state[12]++;
        for (int j = 0; j < 16; j += 2)
            sum += (uint64_t)out[j] << 32 | out[j + 1];
    }
    return bench_mix(sum, out[15]);
}
