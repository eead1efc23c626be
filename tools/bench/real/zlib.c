/* zlib.c - a text is compressed at three levels, decompressed, and both checksums are taken. */
#include "bench.h"
#include "zlib.h"
#include <stdlib.h>
#include <string.h>

enum { SIZE = 30000 };
static uint8_t plain[SIZE], packed[SIZE + SIZE / 8], again[SIZE];

/* Lines like those of a log: words of a vocabulary that drifts, and numbers. */
static void make_text(void)
{
    static const char *const words[] = { "request",  "from",       "cache",  "missed",
                                         "in",       "the",        "second", "pool",
                                         "worker",   "started",    "took",   "again",
                                         "warning:", "connection", "closed", "by" };
    uint32_t seed = 6;
    for (uint32_t at = 0, line = 0; at < SIZE; line++) {
        char text[160] = "";
        uint32_t len = 0;
        for (uint32_t i = 0; i < 5 + line % 5; i++) {
            uint32_t r = bench_random(&seed);
            const char *word = words[(r % 11 + line / 400) % 16];
            memcpy(text + len, word, strlen(word));
            len += (uint32_t)strlen(word);
            text[len++] = ' ';
            for (r >>= 8; r % 3 == 0 && len < 140; r >>= 2)
                text[len++] = (char)('0' + r % 10);
        }
        text[len++] = '\n';
        uint32_t room = SIZE - at < len ? SIZE - at : len;
        memcpy(plain + at, text, room);
        at += room;
    }
}

uint64_t kernel(void)
{
    static const int levels[] = { 1, 6, 9 };
    make_text();
    uint64_t sum = bench_mix(adler32(1, plain, SIZE), crc32(0, plain, SIZE));
    for (int i = 0; i < 3; i++) {
        uLongf size = sizeof packed, back = sizeof again;
        memset(again, 0, sizeof again);
        if (compress2(packed, &size, plain, SIZE, levels[i]) != Z_OK)
            exit(1);
        if (uncompress(again, &back, packed, size) != Z_OK ||
            memcmp(plain, again, SIZE) != 0)
            exit(1);
        sum = bench_mix(sum, size);
        sum = bench_mix(sum, crc32(0, packed, (uInt)size));
    }
    return sum;
}
