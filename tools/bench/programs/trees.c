/* trees.c - pointers: binary search trees built, walked and freed in a pool. */
#include "bench.h"
#include <stddef.h>

enum { NODES = 1 << 14, ROUNDS = 3 };

struct node {
    uint32_t key, count;
    struct node *child[2];
};

static struct node pool[NODES], *free_nodes;

static struct node *node_new(uint32_t key)
{
    struct node *n = free_nodes;
    free_nodes = n->child[0];
    *n = (struct node){ .key = key, .count = 1 };
    return n;
}

static void node_free(struct node *n)
{
    if (n == NULL)
        return;
    node_free(n->child[0]);
    node_free(n->child[1]);
    n->child[0] = free_nodes;
    free_nodes = n;
}

static void insert(struct node **at, uint32_t key)
{
    while (*at != NULL && (*at)->key != key)
        at = &(*at)->child[key > (*at)->key];
    if (*at == NULL)
        *at = node_new(key);
    else
        (*at)->count++;
}

static uint64_t fold(const struct node *n, uint32_t depth, uint64_t sum)
{
    if (n == NULL)
        return sum;
    sum = fold(n->child[0], depth + 1, sum);
    sum = bench_mix(sum, (uint64_t)n->key << 16 | n->count * 64 | depth);
    return fold(n->child[1], depth + 1, sum);
}

uint64_t kernel(void)
{
    uint32_t seed = 2463534242u;
    uint64_t sum = 0;
    free_nodes = NULL;
    for (int i = 0; i < NODES; i++) {
        pool[i].child[0] = free_nodes;
        free_nodes = &pool[i];
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct node *root = NULL;
        for (int i = 0; i < NODES; i++)
            insert(&root, bench_random(&seed) % 20011);
        sum = fold(root, 0, sum);
        node_free(root);
    }
    return sum;
}
