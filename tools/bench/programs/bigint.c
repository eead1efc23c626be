/* bigint.c - big integers: a Fibonacci number by doubling, then its decimal digits.
 *
 * Numbers are little-endian arrays of 32-bit limbs with 64-bit products.
 *     F(2n) = F(n) * (2 F(n+1) - F(n)),  F(2n+1) = F(n)^2 + F(n+1)^2 */
#include "bench.h"
#include <string.h>

enum { INDEX = 60000, LIMBS = 1400 };

struct big {
    uint32_t len, limb[LIMBS];
};

static void trim(struct big *x)
{
    while (x->len > 0 && x->limb[x->len - 1] == 0)
        x->len--;
}

static void multiply(struct big *out, const struct big *a, const struct big *b)
{
    memset(out->limb, 0, (a->len + b->len) * sizeof *out->limb);
    for (uint32_t i = 0; i < a->len; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->len; j++) {
            carry += (uint64_t)a->limb[i] * b->limb[j] + out->limb[i + j];
            out->limb[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        out->limb[i + b->len] = (uint32_t)carry;
    }
    out->len = a->len + b->len;
    trim(out);
}

static uint32_t limb_at(const struct big *x, uint32_t i)
{
    return i < x->len ? x->limb[i] : 0;
}

static void add(struct big *out, const struct big *a, const struct big *b)
{
    uint32_t len = (a->len > b->len ? a->len : b->len) + 1;
    uint64_t carry = 0;
    for (uint32_t i = 0; i < len; i++) {
        carry += (uint64_t)limb_at(a, i) + limb_at(b, i);
        out->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    out->len = len;
    trim(out);
}

static void subtract(struct big *out, const struct big *a, const struct big *b)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->len; i++) {
        uint64_t d = (uint64_t)a->limb[i] - limb_at(b, i) - borrow;
        out->limb[i] = (uint32_t)d;
        borrow = d >> 63;
    }
    out->len = a->len;
    trim(out);
}

/* Divides x by a billion; returns the remainder. */
static uint32_t shift_out(struct big *x)
{
    uint64_t rest = 0;
    for (uint32_t i = x->len; i-- > 0;) {
        rest = rest << 32 | x->limb[i];
        x->limb[i] = (uint32_t)(rest / 1000000000);
        rest %= 1000000000;
    }
    trim(x);
    return (uint32_t)rest;
}

uint64_t kernel(void)
{
    static struct big f, g, t, u, v; /* F(n) and F(n+1), n = the leading bits of INDEX */
    f.len = 0;
    g = (struct big){ .len = 1, .limb = { 1 } };
    for (int bit = 15; bit >= 0; bit--) {
        add(&t, &g, &g);
        subtract(&t, &t, &f);
        multiply(&u, &f, &t);
        multiply(&t, &f, &f);
        multiply(&v, &g, &g);
        add(&g, &t, &v);
        f = u;
        if (INDEX >> bit & 1) {
            add(&t, &f, &g);
            f = g;
            g = t;
        }
    }
    uint64_t sum = 0;
    while (f.len > 0)
        sum = bench_mix(sum, shift_out(&f));
    return sum;
}
