/* dijkstra.c - shortest paths in a sparse graph, with a binary heap that knows its places. */
#include "bench.h"

enum { NODES = 24000, DEGREE = 5, EDGES = NODES * DEGREE };
static uint32_t first_edge[NODES + 1], target[EDGES], weight[EDGES];
static uint32_t distance[NODES], heap[NODES], place[NODES], heap_len;

static void make_graph(void)
{
    uint32_t seed = 5, edge = 0;
    for (uint32_t n = 0; n < NODES; n++) {
        first_edge[n] = edge;
        target[edge] = (n + 1) % NODES; /* so that every node can be reached */
        weight[edge++] = 5000;
        for (uint32_t i = 1; i < DEGREE; i++) {
            target[edge] = bench_random(&seed) % NODES;
            weight[edge++] = 1 + (bench_random(&seed) >> 8) % 1000;
        }
    }
    first_edge[NODES] = edge;
}

static void put(uint32_t at, uint32_t node)
{
    heap[at] = node;
    place[node] = at;
}

static void sift_up(uint32_t at)
{
    uint32_t node = heap[at];
    for (; at > 0 && distance[heap[(at - 1) / 2]] > distance[node]; at = (at - 1) / 2)
        put(at, heap[(at - 1) / 2]);
    put(at, node);
}

static void sift_down(uint32_t at)
{
    uint32_t node = heap[at];
    for (uint32_t child; (child = 2 * at + 1) < heap_len; at = child) {
        child += child + 1 < heap_len && distance[heap[child + 1]] < distance[heap[child]];
        if (distance[heap[child]] >= distance[node])
            break;
        put(at, heap[child]);
    }
    put(at, node);
}

static uint32_t pop(void)
{
    uint32_t node = heap[0];
    put(0, heap[--heap_len]);
    sift_down(0);
    return node;
}

static void relax(uint32_t node)
{
    for (uint32_t e = first_edge[node]; e < first_edge[node + 1]; e++) {
        uint32_t to = target[e], d = distance[node] + weight[e];
        if (d < distance[to]) {
            distance[to] = d;
            sift_up(place[to]);
        }
    }
}

uint64_t kernel(void)
{
    make_graph();
    heap_len = NODES;
    for (uint32_t i = 0; i < NODES; i++) {
        distance[i] = i == 0 ? 0 : UINT32_MAX / 2;
        put(i, i);
    }
    uint64_t sum = 0;
    while (heap_len > 1) {
        uint32_t node = pop();
        sum = bench_mix(sum, (uint64_t)node << 32 | distance[node]);
        relax(node);
    }
    return sum;
}
