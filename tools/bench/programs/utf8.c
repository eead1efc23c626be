/* utf8.c - byte parsing: encodes code points as UTF-8, damages some bytes, decodes strictly. */
#include "bench.h"

enum { POINTS = 120000, BAD = 0xfffd };
static uint8_t text[POINTS * 4 + 4];

static uint8_t *encode(uint8_t *p, uint32_t c)
{
    if (c < 0x80) {
        *p++ = (uint8_t)c;
        return p;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    *p++ = (uint8_t)(lead[more] | c >> 6 * more);
    while (more-- > 0)
        *p++ = (uint8_t)(0x80 | (c >> 6 * more & 0x3f));
    return p;
}

/* The code point at *p, which is moved behind it; BAD moves by one byte. */
static uint32_t decode(const uint8_t **p)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    uint32_t c = *(*p)++;
    if (c < 0x80)
        return c;
    int more = c < 0xc2 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 0;
    if (more == 0)
        return BAD;
    c &= 0x3fu >> more;
    for (int i = 0; i < more; i++) {
        if (((*p)[i] & 0xc0) != 0x80)
            return BAD;
        c = c << 6 | ((*p)[i] & 0x3fu);
    }
    if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return BAD;
    *p += more;
    return c;
}

static uint32_t point(uint32_t *seed)
{
    static const uint32_t ends[] = { 0x80, 0x80, 0x80, 0x800, 0xd800, 0x110000 };
    uint32_t r = bench_random(seed);
    return (r >> 8) % ends[r % 6];
}

uint64_t kernel(void)
{
    uint32_t seed = 7, counts[4] = { 0 };
    uint8_t *end = text;
    for (int i = 0; i < POINTS; i++)
        end = encode(end, point(&seed));
    uint32_t size = (uint32_t)(end - text);
    for (int i = 0; i < 200; i++)
        text[bench_random(&seed) % size] = (uint8_t)bench_random(&seed);
    uint64_t sum = 0;
    for (int round = 0; round < 3; round++)
        for (const uint8_t *p = text; p < end;) {
            uint32_t c = decode(&p);
            counts[c == BAD ? 3 : c < 0x80 ? 0 : c < 0x10000 ? 1 : 2]++;
            sum = sum * 31 + c;
        }
    for (int i = 0; i < 4; i++)
        sum = bench_mix(sum, counts[i]);
    return sum;
}
