/* bench.h - what every benchmark program shares: repeat, time, check, report.
 *
 * A program is run as `PROGRAM [REPS]`.  It repeats its kernel REPS times and prints the checksum
 * that every engine must reproduce, and the time of the first, of the best and of all repetitions:
 *
 *     checksum 00000000002143ed
 *     reps 3
 *     clock thread
 *     first_ns 4730121
 *     best_ns 4627110
 *     total_ns 13990417
 *
 * Most programs only define kernel(); repeat.c has the main that repeats it.  A program whose
 * point is that main itself is hot has a main of its own, with the loop of repeat.c in it.
 *
 * Programs do no floating-point arithmetic but + - * / sqrt and conversions, so that the results
 * are the same bits everywhere.  They do not use stdio, which would be most of their size. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* One repetition; must return the same value each time. */
uint64_t kernel(void);

/* Reads the repetition count; exits with 2 when the arguments make no sense. */
void bench_begin(int argc, char **argv);

/* Whether another repetition is to run; if so, its time starts now. */
bool bench_more(void);

/* The repetition has ended; exits with 1 when its sum is not that of the others. */
void bench_lap(uint64_t sum);

/* Prints the report.  Returns the exit code of the program. */
int bench_report(void);

/* Folds a value into a running checksum (FNV-1a, eight bytes at a time, high bits mixed down). */
static inline uint64_t bench_mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 1099511628211u;
    return sum ^ sum >> 29;
}

/* A small generator of numbers (the state is the caller's, not 0). */
static inline uint32_t bench_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    return *state = x ^ x << 5;
}

#endif
