/* Every conversion of printf, and scanf back. */
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>

static void integers(void)
{
    printf("[%d] [%i] [%5d] [%-5d] [%05d] [%+d] [% d]\n", 42, -42, 42, 42, 42, 42, 42);
    printf("[%u] [%o] [%#o] [%x] [%X] [%#x]\n", 3000000000u, 8, 8, 0xBEEF, 0xBEEF, 255);
    printf("[%hhd] [%hd] [%lld] [%llu]\n", (signed char)-1, (short)-300,
           -9000000000000000000LL, 18000000000000000000ULL);
    printf("[%" PRId64 "] [%" PRIx64 "] [%zu] [%td]\n", INT64_MIN, UINT64_MAX, sizeof(int),
           (ptrdiff_t)-5);
    printf("[%.3d] [%8.3d] [%*d] [%-*d] [%.*d]\n", 7, 7, 6, 7, 6, 7, 4, 7);
}

static void floats(void)
{
    printf("[%f] [%.2f] [%10.3f] [%-10.1f] [%+.0f] [%#.0f]\n", 3.14159265358979, 2.5,
           -1.0 / 3, 2.25, 0.5, 3.0);
    printf("[%e] [%.3E] [%g] [%G] [%g] [%g]\n", 123456.789, 0.00012345, 1e-5, 1e20,
           100000.0, 1000000.0);
    printf("[%a] [%.2a]\n", 1.0, 3.140625);
    printf("[%f] [%F] [%f] [%g] [%.17g]\n", INFINITY, -INFINITY, NAN, -0.0, 0.1);
    printf("[%.20f] [%.0f]\n", 1e-10, 1e22);
}

static void strings(void)
{
    int n = 0;
    printf("[%s] [%10s] [%-10s] [%.3s] [%c] [%%]\n", "wasm", "right", "left", "cut off",
           'x');
    printf("%s%n", "twelve chars", &n);
    printf(" -> %d\n", n);
}

static void back(void)
{
    int i = 0;
    double d = 0;
    char word[10] = "";
    unsigned x = 0;
    int n = sscanf("  -17 2.5e3 hello 0xff", "%d %lf %9s %x", &i, &d, word, &x);
    printf("%d: %d %g %s %u\n", n, i, d, word, x);
}

int main(void)
{
    integers();
    floats();
    strings();
    back();
    return 0;
}
