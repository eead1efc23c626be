/* exit from deep inside, after handlers and with buffered output. */
#include <stdio.h>
#include <stdlib.h>

static void last(void) { printf("last\n"); }

static void down(int n)
{
    if (n == 0)
        exit(42);
    down(n - 1);
    printf("not reached\n");
}

int main(void)
{
    atexit(last);
    printf("first");
    down(20);
    return 0;
}
