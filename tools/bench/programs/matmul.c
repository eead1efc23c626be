/* matmul.c - a float matrix product: loads, multiplications, three nested loops. */
#include "bench.h"
#include <string.h>

enum { N = 160 };
static double a[N][N], b[N][N], c[N][N];

uint64_t kernel(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i * 0.5 - j * 0.25;
            b[i][j] = j * 0.125 + i;
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    uint64_t bits;
    memcpy(&bits, &c[N / 2][N / 3], sizeof bits);
    return bits;
}
