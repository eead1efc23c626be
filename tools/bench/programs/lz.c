/* lz.c - compression by back references, decompression and comparison.
 *
 * A token is a byte below 0x80, then that many literals plus one, or a length and a distance:
 *     0nnnnnnn literal*n+1        1nnnnnnn dddddddd dddddddd   copy n+4 bytes from d back */
#include "bench.h"
#include <string.h>

enum { SIZE = 1 << 18, TABLE = 1 << 13, LEAST = 4, MOST = 127 + LEAST };
static uint8_t plain[SIZE], packed[SIZE + SIZE / 64], again[SIZE];
static uint32_t recent[TABLE]; /* position + 1 of the last occurrence */

static uint32_t slot(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word * 2654435761u >> 19;
}

static uint32_t match_length(const uint8_t *a, const uint8_t *b, uint32_t most)
{
    uint32_t n = 0;
    while (n < most && a[n] == b[n])
        n++;
    return n;
}

static uint8_t *put_literals(uint8_t *out, const uint8_t *from, uint32_t n)
{
    while (n > 0) {
        uint32_t some = n < 128 ? n : 128;
        *out++ = (uint8_t)(some - 1);
        memcpy(out, from, some);
        out += some;
        from += some;
        n -= some;
    }
    return out;
}

static uint32_t compress(const uint8_t *in, uint32_t size, uint8_t *out)
{
    uint8_t *start = out;
    uint32_t literals = 0, i = 0;
    memset(recent, 0, sizeof recent);
    while (i + LEAST <= size) {
        uint32_t *seen = &recent[slot(in + i)], from = *seen, n = 0;
        *seen = i + 1;
        if (from != 0 && i - (from - 1) < 65536)
            n = match_length(in + from - 1, in + i, size - i < MOST ? size - i : MOST);
        if (n < LEAST) {
            i++;
            continue;
        }
        out = put_literals(out, in + literals, i - literals);
        uint32_t distance = i - (from - 1);
        *out++ = (uint8_t)(0x80 | (n - LEAST));
        *out++ = (uint8_t)distance;
        *out++ = (uint8_t)(distance >> 8);
        literals = i += n;
    }
    return (uint32_t)(put_literals(out, in + literals, size - literals) - start);
}

static uint32_t decompress(const uint8_t *in, uint32_t size, uint8_t *out)
{
    uint8_t *start = out;
    for (const uint8_t *end = in + size; in < end;) {
        uint32_t token = *in++;
        if (token < 0x80) {
            memcpy(out, in, token + 1);
            out += token + 1;
            in += token + 1;
            continue;
        }
        const uint8_t *from = out - (in[0] | (uint32_t)in[1] << 8);
        in += 2;
        for (uint32_t n = (token & 0x7f) + LEAST; n > 0; n--)
            *out++ = *from++;
    }
    return (uint32_t)(out - start);
}

/* Words of a small vocabulary, now and then a new one. */
static void make_text(void)
{
    uint32_t seed = 8, at = 0;
    while (at < SIZE) {
        uint32_t r = bench_random(&seed), word = r % 7 == 0 ? r >> 8 : (r >> 8) % 200;
        for (uint32_t i = 0; i < 3 + r % 5 && at < SIZE; i++, word = word * 69069 + 1)
            plain[at++] = (uint8_t)('a' + (word >> 9) % 26);
        if (at < SIZE)
            plain[at++] = ' ';
    }
}

uint64_t kernel(void)
{
    make_text();
    memset(again, 0, sizeof again);
    uint32_t size = compress(plain, SIZE, packed);
    uint32_t back = decompress(packed, size, again);
    uint64_t sum = memcmp(plain, again, SIZE) == 0 && back == SIZE;
    for (uint32_t i = 0; i < size; i += 3)
        sum = sum * 31 + packed[i];
    return bench_mix(sum, size);
}
