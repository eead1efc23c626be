/* arith.c - the small program: a hot function of i32 arithmetic, comparisons and branches.
 *
 * A few milliseconds of native work; what an engine adds to it as a whole process is the price
 * of starting, of compiling, and of changing over to compiled code. */
#include "bench.h"

__attribute__((noinline)) static uint32_t steps_to_one(uint32_t n)
{
    uint32_t steps = 0;
    while (n != 1 && steps < 400) {
        if (n % 2 == 0)
            n = n / 2;
        else if (n > 1u << 30)
            n = n - 1 + (n >> 7);
        else
            n = 3 * n + 1;
        steps++;
    }
    return steps;
}

uint64_t kernel(void)
{
    uint32_t best = 0, best_at = 0, sum = 0;
    for (uint32_t n = 1; n < 20000; n++) {
        uint32_t steps = steps_to_one(n);
        sum = sum * 31 + steps;
        if (steps > best) {
            best = steps;
            best_at = n;
        }
    }
    return (uint64_t)sum << 32 | best_at;
}
