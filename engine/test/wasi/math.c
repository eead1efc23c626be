/* Floats: the C library's functions, conversions, comparisons with NaN, bits of results. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t bits(double d)
{
    uint64_t b;
    memcpy(&b, &d, sizeof b);
    return b;
}

static uint32_t bits32(float f)
{
    uint32_t b;
    memcpy(&b, &f, sizeof b);
    return b;
}

static volatile double values[] = { 0.0, -0.0, 0.5, -1.5, 2.5, 1e-300, 1e300, 12345.678 };
enum { N = sizeof values / sizeof *values };

static void functions(void)
{
    for (int i = 0; i < N; i++) {
        double x = values[i];
        printf("%.15g %.15g %.15g %.15g %.15g\n", sqrt(fabs(x)), floor(x), ceil(x),
               trunc(x), nearbyint(x));
        printf("%.12g %.12g %.12g %.12g\n", sin(fmod(x, 6.25)), exp(fmod(x, 9.0)),
               log1p(fabs(x)), pow(fabs(x), 0.25));
    }
}

static void arithmetic(void)
{
    double sum = 0, product = 1;
    float single = 1;
    for (int i = 1; i <= 1000; i++) {
        sum += 1.0 / (i * (double)i);
        product *= 1 + 1.0 / (1000.0 * i);
        single = single * 1.0001f + 0.001f;
    }
    printf("%016llx %016llx %08x\n", (unsigned long long)bits(sum),
           (unsigned long long)bits(product), bits32(single));
    printf("%.17g %.9g\n", sum, (double)single);
}

static void conversions(void)
{
    for (int i = 0; i < N; i++) {
        double x = values[i];
        if (fabs(x) < 1e9)
            printf("%d %u %lld ", (int)x, (unsigned)fabs(x), (long long)x);
        printf("%08x\n", bits32((float)x));
    }
    volatile uint64_t big = UINT64_C(0xFFFFFFFFFFFFFBFF);
    volatile int64_t negative = INT64_MIN + 1;
    printf("%.17g %.17g %.9g\n", (double)big, (double)negative, (double)(float)big);
}

static void comparisons(void)
{
    volatile double nan = NAN, one = 1;
    printf("%d%d%d%d%d%d %d%d%d\n", nan<one, nan> one, nan == nan, nan != nan, nan <= one,
           one >= nan, one < 2, isnan(nan) != 0, signbit(-0.0) != 0);
    printf("%g %g %g %g\n", fmin(nan, one), fmax(one, nan), copysign(one, -0.0),
           hypot(3 * one, 4 * one));
}

int main(void)
{
    functions();
    arithmetic();
    conversions();
    comparisons();
    return 0;
}
