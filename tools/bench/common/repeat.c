/* repeat.c - the main of programs that define kernel(). */
#include "bench.h"

int main(int argc, char **argv)
{
    uint64_t (*volatile run_kernel)(void) = kernel; /* not to be inlined or hoisted */
    bench_begin(argc, argv);
    while (bench_more())
        bench_lap(run_kernel());
    return bench_report();
}
