/* siphash.c - 64-bit adds, rotates and exclusive ors: SipHash-2-4 of short messages. */
#include "bench.h"
#include <string.h>

static uint64_t rol(uint64_t x, unsigned n) { return x << n | x >> (64 - n); }

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rol(v[1], 13) ^ v[0];
    v[0] = rol(v[0], 32);
    v[2] += v[3];
    v[3] = rol(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rol(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rol(v[1], 17) ^ v[2];
    v[2] = rol(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

static uint64_t siphash(const uint64_t key[2], const uint8_t *text, uint32_t len)
{
    uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                      key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
    uint64_t word, last = (uint64_t)len << 56;
    uint32_t i = 0;
    for (; i + 8 <= len; i += 8) {
        memcpy(&word, text + i, 8);
        absorb(v, word);
    }
    for (uint32_t j = 0; i + j < len; j++)
        last |= (uint64_t)text[i + j] << 8 * j;
    absorb(v, last);
    v[2] ^= 0xff;
    for (int round = 0; round < 4; round++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t kernel(void)
{
    uint64_t key[2] = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u }, sum = 0;
    uint8_t text[64];
    for (uint8_t i = 0; i < sizeof text; i++)
        text[i] = i;
    for (uint32_t i = 0; i < 150000; i++) {
        uint64_t hash = siphash(key, text, i % 61);
        text[i % 64] = (uint8_t)hash;
        sum = bench_mix(sum, hash);
    }
    return sum;
}
