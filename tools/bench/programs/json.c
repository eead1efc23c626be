/* json.c - byte parsing: writes a JSON text, then reads it by recursive descent. */
#include "bench.h"
#include <string.h>

enum { CAPACITY = 1 << 21, RECORDS = 12000 };
static char text[CAPACITY];
static uint32_t length;

static void put(const char *s)
{
    uint32_t n = (uint32_t)strlen(s);
    memcpy(text + length, s, n);
    length += n;
}

static void put_number(uint32_t n)
{
    char digits[12];
    int at = sizeof digits - 1;
    digits[at] = 0;
    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    put(digits + at);
}

static void put_record(uint32_t *seed, uint32_t i)
{
    static const char *const names[] = { "alder", "b\\u00e4rlauch", "cedar\\n",
                                         "dill \\\"x\\\"" };
    put("  {\"id\": ");
    put_number(i);
    put(", \"name\": \"");
    put(names[bench_random(seed) % 4]);
    put("\", \"price\": -");
    put_number(bench_random(seed) % 1000);
    put(".");
    put_number(bench_random(seed) % 10000);
    put("e-2, \"sold\": ");
    put(bench_random(seed) % 2 ? "true" : "false");
    put(", \"sizes\": [1, [2, 3, {}], null, ");
    put_number(bench_random(seed));
    put("]},\n");
}

/* ---- reading: each function reads one thing at *p and folds it into sum --------------------- */

struct reader {
    const char *p;
    uint64_t sum;
    uint32_t errors;
};

static void value(struct reader *r);

static void space(struct reader *r)
{
    while (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r')
        r->p++;
}

static bool take(struct reader *r, char c)
{
    space(r);
    if (*r->p != c)
        return false;
    r->p++;
    return true;
}

static uint32_t escape(struct reader *r)
{
    char c = *r->p++;
    if (c != 'u')
        return c == 'n' ? '\n' : (uint8_t)c;
    uint32_t code = 0;
    for (int i = 0; i < 4; i++, r->p++)
        code = code << 4 | (uint32_t)(*r->p <= '9' ? *r->p - '0' : (*r->p | 32) - 'a' + 10);
    return code;
}

static void string(struct reader *r)
{
    if (!take(r, '"')) {
        r->errors++;
        return;
    }
    uint32_t hash = 0;
    while (*r->p != '"' && *r->p != 0) {
        char c = *r->p++;
        hash = hash * 33 + (c == '\\' ? escape(r) : (uint8_t)c);
    }
    r->errors += !take(r, '"');
    r->sum = bench_mix(r->sum, hash);
}

static double digits(struct reader *r, double n, double *scale)
{
    for (; *r->p >= '0' && *r->p <= '9'; r->p++) {
        n = n * 10 + (*r->p - '0');
        *scale *= 10;
    }
    return n;
}

static void number(struct reader *r)
{
    double sign = 1, scale = 1, skip = 1;
    if (*r->p == '-') {
        sign = -1;
        r->p++;
    }
    double n = digits(r, 0, &skip);
    if (*r->p == '.') {
        r->p++;
        n = digits(r, n, &scale);
    }
    if (*r->p == 'e') {
        bool down = *++r->p == '-';
        r->p += down;
        for (int power = (int)digits(r, 0, &skip); power > 0; power--)
            n = down ? n / 10 : n * 10;
    }
    n = sign * n / scale;
    uint64_t bits;
    memcpy(&bits, &n, sizeof bits);
    r->sum = bench_mix(r->sum, bits);
}

static void word(struct reader *r)
{
    static const char *const words[] = { "true", "false", "null" };
    for (uint32_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(r->p, words[i], n) == 0) {
            r->p += n;
            r->sum = bench_mix(r->sum, i);
            return;
        }
    }
    r->errors++;
    r->p += *r->p != 0;
}

static void members(struct reader *r, char close)
{
    if (take(r, close))
        return;
    do {
        if (close == '}') {
            string(r);
            r->errors += !take(r, ':');
        }
        value(r);
    } while (take(r, ','));
    r->errors += !take(r, close);
    r->sum = bench_mix(r->sum, (uint8_t)close);
}

static void value(struct reader *r)
{
    space(r);
    switch (*r->p) {
    case '{':
        r->p++;
        members(r, '}');
        break;
    case '[':
        r->p++;
        members(r, ']');
        break;
    case '"': string(r); break;
    case 't':
    case 'f':
    case 'n': word(r); break;
    default: number(r);
    }
}

uint64_t kernel(void)
{
    uint32_t seed = 99;
    length = 0;
    put("[\n");
    for (uint32_t i = 0; i < RECORDS; i++)
        put_record(&seed, i);
    put("  null]\n");
    text[length] = 0;
    struct reader r = { text, 0, 0 };
    value(&r);
    return r.sum + r.errors;
}
