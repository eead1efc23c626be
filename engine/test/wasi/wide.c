/* 64-bit integers: arithmetic, shifts, division, bit counts, a hash. */
#include <inttypes.h>
#include <stdio.h>

static uint64_t hash(const void *data, size_t n)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (const uint8_t *p = data; n > 0; n--, p++)
        h = (h ^ *p) * UINT64_C(0x100000001B3);
    return h;
}

static uint64_t times(uint64_t a, uint64_t b, uint64_t modulus)
{
    uint64_t sum = 0;
    for (; b > 0; b >>= 1) {
        if (b & 1)
            sum = sum >= modulus - a ? sum - (modulus - a) : sum + a;
        a = a >= modulus - a ? a - (modulus - a) : a + a;
    }
    return sum;
}

static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus)
{
    uint64_t result = 1, b = base % modulus;
    for (; exponent > 0; exponent >>= 1, b = times(b, b, modulus))
        if (exponent & 1)
            result = times(result, b, modulus);
    return result;
}

static volatile int64_t values[] = { 0, 1, -1, 7, -7, INT64_MAX, INT64_MIN + 1, 1LL << 40 };
enum { N = sizeof values / sizeof *values };

static void table(void)
{
    for (int i = 0; i < N; i++)
        for (int k = 1; k < N; k += 2) {
            int64_t a = values[i], b = values[k];
            printf("%" PRId64 " %" PRId64 " %" PRIu64 " %" PRIx64 "\n", a / b, a % b,
                   (uint64_t)a / (uint64_t)b, (uint64_t)a * (uint64_t)b);
        }
}

static void bits(void)
{
    for (int i = 0; i < N; i++) {
        uint64_t v = (uint64_t)values[i];
        int shift = (i * 13) & 63;
        printf("%" PRIx64 " %" PRIx64 " %" PRIx64 " %d", v << shift, v >> shift,
               (uint64_t)(values[i] >> shift), __builtin_popcountll(v));
        if (v != 0)
            printf(" %d %d", __builtin_clzll(v), __builtin_ctzll(v));
        printf("\n");
    }
}

int main(void)
{
    table();
    bits();
    printf("%016" PRIx64 "\n", hash("WebAssembly", 11));
    printf("%" PRIu64 "\n", power(UINT64_C(0x123456789ABCDEF), UINT64_C(0xFEDCBA987654321),
                                  UINT64_C(0xFFFFFFFFFFFFFFC5)));
    return 0;
}
