/* nbody.c - double-precision floats in loops, with square roots and divisions. */
#include "bench.h"
#include <math.h>
#include <string.h>

enum { BODIES = 5, STEPS = 60000 };

struct body {
    double p[3], v[3], mass;
};

static struct body bodies[BODIES];

static void reset(void)
{
    for (int i = 0; i < BODIES; i++) {
        struct body *b = &bodies[i];
        for (int k = 0; k < 3; k++) {
            b->p[k] = (i + 1) * 1.7 + k * 0.31 * (i - 2);
            b->v[k] = 0.01 * (i - 2) * (k + 1);
        }
        b->mass = 1.0 / (1 + i);
    }
}

static void attract(struct body *a, struct body *b, double dt)
{
    double d[3], square = 1e-3;
    for (int k = 0; k < 3; k++) {
        d[k] = a->p[k] - b->p[k];
        square += d[k] * d[k];
    }
    double mag = dt / (square * sqrt(square));
    for (int k = 0; k < 3; k++) {
        a->v[k] -= d[k] * b->mass * mag;
        b->v[k] += d[k] * a->mass * mag;
    }
}

uint64_t kernel(void)
{
    reset();
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < BODIES; i++)
            for (int j = i + 1; j < BODIES; j++)
                attract(&bodies[i], &bodies[j], 0.001);
        for (int i = 0; i < BODIES; i++)
            for (int k = 0; k < 3; k++)
                bodies[i].p[k] += 0.001 * bodies[i].v[k];
    }
    uint64_t bits;
    memcpy(&bits, &bodies[0].p[0], sizeof bits);
    return bits;
}
