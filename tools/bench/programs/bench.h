/* bench.h - what every benchmark program shares: time the kernel, print a checksum.
 *
 * A program defines `uint64_t kernel(void)`, whose result every engine must reproduce.  main runs
 * it three times and prints the checksum and the best time; start-up and compilation of the first
 * run are thereby excluded, as far as an engine compiles at first calls. */
#ifndef BENCH_H
#define BENCH_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

uint64_t kernel(void);

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(void)
{
    uint64_t (*volatile run_kernel)(void) = kernel; /* not to be inlined or hoisted */
    double best = 1e300;
    uint64_t sum = 0;
    for (int run = 0; run < 3; run++) {
        double start = now_ms();
        sum = run_kernel();
        double took = now_ms() - start;
        best = took < best ? took : best;
    }
    printf("checksum %016" PRIx64 "\nkernel_ms %.3f\n", sum, best);
    return 0;
}

#endif
