/* sha256.c - rotates, shifts and adds on 32-bit words (FIPS 180-4). */
#include "bench.h"
#include <math.h>
#include <string.h>

static uint32_t k[64], state[8];

static uint32_t ror(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

/* The first 32 bits of the fractional parts of roots of primes. */
static void make_constants(void)
{
    uint32_t n = 0;
    for (uint32_t p = 2; n < 64; p++) {
        uint32_t d = 2;
        while (d * d <= p && p % d != 0)
            d++;
        if (d * d <= p)
            continue;
        double cube = cbrt(p), square = sqrt(p);
        if (n < 8)
            state[n] = (uint32_t)((square - floor(square)) * 4294967296.0);
        k[n++] = (uint32_t)((cube - floor(cube)) * 4294967296.0);
    }
}

static uint32_t schedule(const uint32_t *w, int i)
{
    uint32_t a = w[i - 15], b = w[i - 2];
    return w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] +
           (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
}

static void block(const uint8_t *p)
{
    uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = schedule(w, i);
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = ror(e, 6) ^ ror(e, 11) ^ ror(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i];
        uint32_t s0 = ror(a, 2) ^ ror(a, 13) ^ ror(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    const uint32_t v[8] = { a, b, c, d, e, f, g, h };
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

uint64_t kernel(void)
{
    static uint8_t message[1 << 16];
    make_constants();
    for (uint32_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7 + (i >> 8));
    for (int round = 0; round < 16; round++)
        for (uint32_t i = 0; i < sizeof message; i += 64)
            block(message + i);
    return (uint64_t)state[0] << 32 | state[7];
}
