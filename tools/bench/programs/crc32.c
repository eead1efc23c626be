/* crc32.c - table lookups that depend on one another: CRC-32 by bytes and by words of four. */
#include "bench.h"

enum { LENGTH = 1 << 19, POLYNOMIAL = 0xedb88320 };
static uint32_t table[4][256];
static uint8_t data[LENGTH];

static void make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ (uint32_t)POLYNOMIAL : c >> 1;
        table[0][i] = c;
    }
    for (int k = 1; k < 4; k++)
        for (uint32_t i = 0; i < 256; i++)
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 0xff];
}

static uint32_t crc_bytes(uint32_t c, const uint8_t *p, uint32_t n)
{
    for (; n > 0; n--)
        c = c >> 8 ^ table[0][(c ^ *p++) & 0xff];
    return c;
}

static uint32_t crc_words(uint32_t c, const uint8_t *p, uint32_t n)
{
    for (; n >= 4; n -= 4, p += 4) {
        c ^= p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        c = table[3][c & 0xff] ^ table[2][c >> 8 & 0xff] ^ table[1][c >> 16 & 0xff] ^
            table[0][c >> 24];
    }
    return crc_bytes(c, p, n);
}

uint64_t kernel(void)
{
    uint32_t seed = 1;
    make_tables();
    for (uint32_t i = 0; i < LENGTH; i++)
        data[i] = (uint8_t)bench_random(&seed);
    uint32_t slow = ~crc_bytes(~0u, data, LENGTH);
    uint32_t fast = ~crc_words(~0u, data, LENGTH - 3);
    fast = ~crc_words(~fast, data + LENGTH - 3, 3);
    return (uint64_t)slow << 32 | fast;
}
