/* Standard input to standard output, in upper case; lines counted to standard error. */
#include <ctype.h>
#include <stdio.h>

int main(void)
{
    int c, lines = 0, bytes = 0;
    while ((c = getchar()) != EOF) {
        lines += c == '\n';
        bytes++;
        putchar(toupper(c));
    }
    fprintf(stderr, "to nobody\n");
    printf("%d lines, %d bytes\n", lines, bytes);
    return ferror(stdin) ? 1 : 0;
}
