/* A trap after output; the output is there, the exit code is that of a trap. */
#include <stdio.h>

static int (*volatile nothing)(int);

int main(void)
{
    printf("before\n");
    fflush(stdout);
    return nothing(1);
}
