/* matmul_main.c - a matrix product in main itself: a function that is entered once.
 *
 * An engine that changes to better code only when a function is called again never does here. */
#include "bench.h"
#include <string.h>

enum { N = 160 };
static double a[N][N], b[N][N], c[N][N];

int main(int argc, char **argv)
{
    bench_begin(argc, argv);
    while (bench_more()) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                a[i][j] = i * 0.25 - j * 0.5;
                b[i][j] = j * 0.125 + i;
            }
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double sum = 0;
                for (int k = 0; k < N; k++)
                    sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
        uint64_t bits, sum = 0;
        for (int i = 0; i < N; i++) {
            memcpy(&bits, &c[i][(i * 7) % N], sizeof bits);
            sum = bench_mix(sum, bits);
        }
        bench_lap(sum);
    }
    return bench_report();
}
