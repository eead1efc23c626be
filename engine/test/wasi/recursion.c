/* Deep and branching recursion. */
#include <stdint.h>
#include <stdio.h>

static unsigned ackermann(unsigned m, unsigned n)
{
    if (m == 0)
        return n + 1;
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static int is_odd(int n);
static int is_even(int n) { return n == 0 ? 1 : is_odd(n - 1); }
static int is_odd(int n) { return n == 0 ? 0 : is_even(n - 1); }

static int queens(int n, unsigned row, unsigned left, unsigned right)
{
    int count = 0;
    unsigned all = (1u << n) - 1, free = all & ~(row | left | right);
    if (row == all)
        return 1;
    while (free != 0) {
        unsigned bit = free & -free;
        free -= bit;
        count += queens(n, row | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

static uint64_t collatz(uint64_t n, uint64_t steps)
{
    if (n == 1)
        return steps;
    return collatz(n % 2 == 0 ? n / 2 : 3 * n + 1, steps + 1);
}

static void hanoi(int n, int from, int to, int by, unsigned *moves)
{
    if (n == 0)
        return;
    hanoi(n - 1, from, by, to, moves);
    ++*moves;
    hanoi(n - 1, by, to, from, moves);
}

int main(void)
{
    unsigned moves = 0;
    hanoi(14, 1, 2, 3, &moves);
    printf("%u %d %d %d %llu %u\n", ackermann(2, 30), is_even(500), is_odd(500),
           queens(8, 0, 0, 0), (unsigned long long)collatz(837799, 0), moves);
    return 0;
}
