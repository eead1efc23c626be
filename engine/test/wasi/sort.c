/* qsort and bsearch through function pointers of several types. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int up(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int down(const void *a, const void *b) { return up(b, a); }

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef int compare(const void *, const void *);

static void numbers(compare *order)
{
    int v[1000];
    uint32_t s = 7;
    for (int i = 0; i < 1000; i++) {
        s = s * 1103515245 + 12345;
        v[i] = (int)(s >> 8) % 100000 - 50000;
    }
    qsort(v, 1000, sizeof *v, order);
    for (int i = 1; i < 1000; i++)
        if (order(&v[i - 1], &v[i]) > 0)
            printf("out of order at %d\n", i);
    int *found = bsearch(&v[333], v, 1000, sizeof *v, order);
    printf("%d %d %d %d\n", v[0], v[500], v[999], found != NULL && *found == v[333]);
}

static int twice(int n) { return 2 * n; }
static int square(int n) { return n * n; }
static int negate(int n) { return -n; }

int main(void)
{
    const char *words[] = { "table", "memory", "global", "func", "elem", "data", "type" };
    int (*const steps[])(int) = { twice, square, negate, square, twice };
    int n = 3;
    numbers(up);
    numbers(down);
    qsort(words, 7, sizeof *words, by_text);
    for (int i = 0; i < 7; i++)
        printf("%s ", words[i]);
    for (int i = 0; i < 5; i++)
        n = steps[i](n);
    printf("%d\n", n);
    return 0;
}
