/* sieve.c - integer loops over a byte array. */
#include "bench.h"
#include <string.h>

enum { N = 2000000 };
static uint8_t composite[N];

uint64_t kernel(void)
{
    uint64_t sum = 0;
    memset(composite, 0, sizeof composite);
    for (uint32_t i = 2; i < N; i++) {
        if (composite[i])
            continue;
        sum = sum * 31 + i;
        for (uint64_t j = (uint64_t)i * i; j < N; j += i)
            composite[j] = 1;
    }
    return sum;
}
