/* fft.c - the fast Fourier transform, there and back: strided access to pairs of doubles. */
#include "bench.h"
#include <math.h>
#include <string.h>

enum { BITS = 13, N = 1 << BITS };

struct complex {
    double re, im;
};

static struct complex data[N], roots[N];

static struct complex times(struct complex a, struct complex b)
{
    return (struct complex){ a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re };
}

/* The N-th roots of unity, by halving the angle: exact where sqrt is. */
static void make_roots(void)
{
    struct complex w = { -1, 0 };
    roots[0] = (struct complex){ 1, 0 };
    for (int step = N / 2; step >= 1; step /= 2) {
        for (int i = step; i < N; i += 2 * step)
            roots[i] = i == step ? w : times(roots[i - step], w);
        double c = w.re;
        w.re = sqrt((1 + c) / 2);
        w.im = sqrt((1 - c) / 2);
    }
}

static void reorder(void)
{
    for (uint32_t i = 0, j = 0; i < N; i++) {
        if (i < j) {
            struct complex t = data[i];
            data[i] = data[j];
            data[j] = t;
        }
        uint32_t bit = N / 2;
        for (; j & bit; bit /= 2)
            j ^= bit;
        j |= bit;
    }
}

static void transform(bool back)
{
    reorder();
    for (int half = 1; half < N; half *= 2)
        for (int start = 0; start < N; start += 2 * half)
            for (int i = 0; i < half; i++) {
                struct complex w = roots[i * (N / 2 / half)];
                if (back)
                    w.im = -w.im;
                struct complex a = data[start + i], b = times(data[start + i + half], w);
                data[start + i] = (struct complex){ a.re + b.re, a.im + b.im };
                data[start + i + half] = (struct complex){ a.re - b.re, a.im - b.im };
            }
}

static uint64_t fold(uint64_t sum)
{
    uint64_t bits[2];
    for (int i = 0; i < N; i += 13) {
        memcpy(bits, &data[i], sizeof bits);
        sum = bench_mix(bench_mix(sum, bits[0]), bits[1]);
    }
    return sum;
}

uint64_t kernel(void)
{
    uint32_t seed = 3;
    make_roots();
    for (int i = 0; i < N; i++)
        data[i] = (struct complex){ bench_random(&seed) / 4294967296.0, i % 7 };
    uint64_t sum = 0;
    for (int round = 0; round < 10; round++) {
        transform(false);
        sum = fold(sum);
        for (int i = 0; i < N; i++) {
            data[i].re /= N;
            data[i].im /= N;
        }
        transform(true);
        sum = fold(sum);
    }
    return sum;
}
