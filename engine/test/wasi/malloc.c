/* malloc, realloc and free in many sizes, with a check of every byte; memory grows. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 300, ROUNDS = 3000 };

static struct block {
    uint8_t *at;
    size_t size;
    uint8_t fill;
} blocks[BLOCKS];

static uint32_t state = 12345;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void check(const struct block *b)
{
    for (size_t i = 0; i < b->size; i++)
        if (b->at[i] != b->fill) {
            printf("byte %zu of %zu is wrong\n", i, b->size);
            exit(1);
        }
}

static void change(struct block *b)
{
    size_t size = next() % 7 == 0 ? next() % 40000 : next() % 200;
    check(b);
    if (next() % 3 == 0) {
        free(b->at);
        b->at = NULL;
    }
    b->at = realloc(b->at, size + 1);
    if (b->at == NULL) {
        printf("no memory\n");
        exit(2);
    }
    b->size = size;
    b->fill = (uint8_t)next();
    memset(b->at, b->fill, size);
}

int main(void)
{
    size_t total = 0;
    for (int i = 0; i < ROUNDS; i++)
        change(&blocks[next() % BLOCKS]);
    for (int i = 0; i < BLOCKS; i++) {
        check(&blocks[i]);
        total += blocks[i].size;
        free(blocks[i].at);
    }
    uint8_t *big = calloc(1 << 20, 8);
    if (big == NULL || big[(8 << 20) - 1] != 0)
        return 3;
    free(big);
    printf("%zu bytes at the end\n", total);
    return 0;
}
