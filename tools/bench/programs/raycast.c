/* raycast.c - a maze drawn by ray casting: 32-bit floats, conversions, data-dependent loops. */
#include "bench.h"
#include <math.h>

enum { MAP = 24, WIDTH = 320, HEIGHT = 200, FRAMES = 40, TEXTURE = 64 };
static uint8_t map[MAP][MAP], texture[TEXTURE][TEXTURE], screen[WIDTH][HEIGHT];

struct ray {
    float x, y, dx, dy; /* origin and direction */
    float distance, u;  /* of the wall that was hit: distance and place in the texture */
    uint32_t wall;
};

static void make_world(void)
{
    uint32_t seed = 11;
    for (int y = 0; y < MAP; y++)
        for (int x = 0; x < MAP; x++) {
            bool edge = x == 0 || y == 0 || x == MAP - 1 || y == MAP - 1;
            uint32_t r = bench_random(&seed) >> 5;
            map[y][x] = (uint8_t)(edge ? 1 : r % 5 == 0 ? 1 + r % 3 : 0);
        }
    map[12][12] = 0;
    for (uint32_t y = 0; y < TEXTURE; y++)
        for (uint32_t x = 0; x < TEXTURE; x++)
            texture[y][x] = (uint8_t)((x ^ y) * 3 + (x * y >> 4));
}

/* Steps from grid line to grid line until a wall is in the way. */
static void cast(struct ray *r)
{
    int x = (int)r->x, y = (int)r->y;
    int sx = r->dx < 0 ? -1 : 1, sy = r->dy < 0 ? -1 : 1;
    float step_x = fabsf(1 / r->dx), step_y = fabsf(1 / r->dy);
    float next_x = (sx > 0 ? (float)(x + 1) - r->x : r->x - (float)x) * step_x;
    float next_y = (sy > 0 ? (float)(y + 1) - r->y : r->y - (float)y) * step_y;
    bool side = false;
    do {
        side = next_y < next_x;
        if (side) {
            r->distance = next_y;
            next_y += step_y;
            y += sy;
        } else {
            r->distance = next_x;
            next_x += step_x;
            x += sx;
        }
    } while (map[y][x] == 0);
    float hit = side ? r->x + r->distance * r->dx : r->y + r->distance * r->dy;
    r->u = hit - floorf(hit);
    r->wall = map[y][x] + (side ? 4u : 0u);
}

static void draw(const struct ray *r, uint8_t *column)
{
    float height = (float)HEIGHT / (r->distance + 0.01f);
    int top = (int)(((float)HEIGHT - height) * 0.5f), bottom = (int)(height + (float)top);
    const uint8_t *texels = texture[(int)(r->u * TEXTURE) & (TEXTURE - 1)];
    float v = 0, step = (float)TEXTURE / height;
    if (top < 0)
        v = (float)-top * step;
    for (int y = 0; y < HEIGHT; y++) {
        if (y < top || y >= bottom) {
            column[y] = (uint8_t)(y < HEIGHT / 2 ? 16 : 32 + y / 8);
            continue;
        }
        column[y] =
            (uint8_t)(texels[(int)v & (TEXTURE - 1)] >> (r->wall & 1)) ^ (uint8_t)r->wall;
        v += step;
    }
}

uint64_t kernel(void)
{
    uint64_t sum = 0;
    float dx = 1, dy = 0.0625f, turn_c = 0.8f, turn_s = 0.6f;
    make_world();
    for (int frame = 0; frame < FRAMES; frame++) {
        for (int i = 0; i < WIDTH; i++) {
            float side = (float)(2 * i) / WIDTH - 1;
            struct ray r = { 12.4f, 12.6f, dx - dy * side, dy + dx * side, 0, 0, 0 };
            cast(&r);
            draw(&r, screen[i]);
        }
        float turned = dx * turn_c - dy * turn_s;
        dy = dx * turn_s + dy * turn_c;
        dx = turned;
        for (int i = 0; i < WIDTH * HEIGHT; i += 37)
            sum = sum * 31 + screen[i / HEIGHT][i % HEIGHT];
    }
    return sum;
}
