/* strmap.c - a map of any keys: hash and comparison of each kind are called through pointers. */
#include "bench.h"
#include <stddef.h>
#include <string.h>

enum { BUCKETS = 4096, ENTRIES = 6000, ROUNDS = 6, KEY = 16 };

struct key_kind {
    uint32_t (*hash)(const char *key);
    bool (*equal)(const char *a, const char *b);
};

struct entry {
    struct entry *next;
    const char *key;
    uint32_t value;
};

struct map {
    const struct key_kind *kind;
    struct entry *bucket[BUCKETS];
};

static char keys[ENTRIES][KEY];
static struct entry entries[3 * ENTRIES];
static uint32_t used;

static uint32_t exact_hash(const char *key)
{
    uint32_t h = 0;
    for (; *key != 0; key++)
        h = h * 31 + (uint8_t)*key;
    return h;
}

static bool exact_equal(const char *a, const char *b) { return strcmp(a, b) == 0; }

static char fold(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c; }

static uint32_t folded_hash(const char *key)
{
    uint32_t h = 5381;
    for (; *key != 0; key++)
        h = (h << 5) + h + (uint8_t)fold(*key);
    return h;
}

static bool folded_equal(const char *a, const char *b)
{
    while (*a != 0 && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) == fold(*b);
}

static uint32_t prefix_hash(const char *key)
{
    return (uint8_t)key[0] * 131u + (uint8_t)key[1];
}

static bool prefix_equal(const char *a, const char *b) { return strncmp(a, b, 3) == 0; }

static const struct key_kind kinds[] = { { exact_hash, exact_equal },
                                         { folded_hash, folded_equal },
                                         { prefix_hash, prefix_equal } };

static struct entry *map_at(struct map *m, const char *key)
{
    struct entry **e = &m->bucket[m->kind->hash(key) % BUCKETS];
    while (*e != NULL && !m->kind->equal((*e)->key, key))
        e = &(*e)->next;
    if (*e == NULL) {
        *e = &entries[used++];
        **e = (struct entry){ .key = key };
    }
    return *e;
}

static void make_keys(void)
{
    static const char letters[] = "abcdeXYZ";
    uint32_t seed = 77;
    for (int i = 0; i < ENTRIES; i++) {
        uint32_t len = 3 + bench_random(&seed) % (KEY - 4);
        for (uint32_t j = 0; j < len; j++)
            keys[i][j] = letters[bench_random(&seed) >> 9 & 7];
        keys[i][len] = 0;
    }
}

uint64_t kernel(void)
{
    static struct map maps[3];
    uint64_t sum = 0;
    make_keys();
    used = 0;
    memset(maps, 0, sizeof maps);
    for (int k = 0; k < 3; k++)
        maps[k].kind = &kinds[k];
    for (uint32_t round = 0; round < ROUNDS; round++)
        for (uint32_t i = 0; i < ENTRIES; i++)
            for (int k = 0; k < 3; k++)
                sum = sum * 33 +
                      (map_at(&maps[k], keys[(i * 17) % ENTRIES])->value += round + i);
    return bench_mix(sum, used);
}
