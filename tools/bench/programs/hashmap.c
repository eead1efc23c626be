/* hashmap.c - string keys in an open-addressing table: byte loops, memory-bound lookups. */
#include "bench.h"
#include <string.h>

enum { SLOTS = 1 << 17, KEYS = 60000 };
static struct {
    char key[12];
    uint32_t count;
} table[SLOTS];

static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s != 0; s++)
        h = (h ^ (uint8_t)*s) * 16777619u;
    return h;
}

static uint32_t *lookup(const char *key)
{
    uint32_t i = hash(key) % SLOTS;
    while (table[i].key[0] != 0 && strcmp(table[i].key, key) != 0)
        i = (i + 1) % SLOTS;
    if (table[i].key[0] == 0)
        strcpy(table[i].key, key);
    return &table[i].count;
}

static void make_key(char key[12], uint32_t n)
{
    int len = 0;
    for (key[len++] = 'k'; n != 0; n /= 26)
        key[len++] = (char)('a' + n % 26);
    key[len] = 0;
}

uint64_t kernel(void)
{
    uint64_t sum = 0;
    char key[12];
    memset(table, 0, sizeof table);
    for (int round = 0; round < 4; round++)
        for (uint32_t i = 0; i < KEYS; i++) {
            make_key(key, i * 7 % KEYS);
            sum = sum * 31 + ++*lookup(key);
        }
    return sum;
}
