/* mandelbrot.c - float compares and multiplications in a loop with an early exit. */
#include "bench.h"

uint64_t kernel(void)
{
    uint64_t sum = 0;
    for (int y = 0; y < 200; y++)
        for (int x = 0; x < 200; x++) {
            double cr = x / 80.0 - 1.8, ci = y / 80.0 - 1.25, r = 0, i = 0;
            uint32_t n = 0;
            for (; n < 200 && r * r + i * i < 4; n++) {
                double t = r * r - i * i + cr;
                i = 2 * r * i + ci;
                r = t;
            }
            sum = sum * 33 + n;
        }
    return sum;
}
