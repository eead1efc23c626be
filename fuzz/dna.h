/* dna.h - fuzzer bytes read as a tree of choices.
 *
 * A range of bytes; reading past its end yields zeros, or, in an expanding range, a stream that
 * is a function of the whole input, so that short inputs already make rich modules.  Zero is the
 * smallest choice everywhere, so truncation shrinks.  dna_split cuts a sub-range whose length is
 * coded in its parent: bytes inserted into one part of the tree leave the others alone.
 *
 * Two reads in one expression must be sequenced (no f(dna_u8(d), dna_u8(d))): the order is part of
 * what a case means, and compilers differ. */
#ifndef WX_FUZZ_DNA_H
#define WX_FUZZ_DNA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a range of the bytes is about. */
enum dna_kind { DNA_SUBTREE, DNA_CONSTANT };

struct dna_range {
    uint32_t at, len;
    enum dna_kind kind;
};

/* Ranges noted while reading, for mutators; those that do not fit are left out. */
enum { DNA_MOST_RANGES = 400 };
struct dna_trace {
    const uint8_t *base;
    uint32_t n;
    struct dna_range ranges[DNA_MOST_RANGES];
};

struct dna {
    const uint8_t *p, *end;
    uint64_t stream;         /* state of the expansion; 0: zeros */
    struct dna_trace *trace; /* mostly NULL */
};

/* Notes the bytes from `from` up to `to`. */
static inline void dna_note(struct dna *d, const uint8_t *from, const uint8_t *to,
                            enum dna_kind kind)
{
    struct dna_trace *t = d->trace;
    if (t != NULL && t->n < DNA_MOST_RANGES && to > from)
        t->ranges[t->n++] =
            (struct dna_range){ (uint32_t)(from - t->base), (uint32_t)(to - from), kind };
}

/* splitmix64's finaliser: every bit of x reaches every bit of the result. */
static inline uint64_t dna_hash(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static inline uint8_t dna_u8(struct dna *d)
{
    if (d->p < d->end)
        return *d->p++;
    if (d->stream == 0)
        return 0;
    d->stream = dna_hash(d->stream) | 1;
    return (uint8_t)(d->stream >> 32);
}

/* No bytes left and no expansion: only smallest choices remain. */
static inline bool dna_empty(const struct dna *d)
{
    return d->p == d->end && d->stream == 0;
}

static inline uint64_t dna_bits(struct dna *d, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)dna_u8(d) << 8 * i;
    return value;
}

/* A choice in [0, n), n in 1..256 from one byte, else from two. */
static inline uint32_t dna_below(struct dna *d, uint32_t n)
{
    return n <= 1 ? 0 : (uint32_t)dna_bits(d, n <= 256 ? 1 : 2) % n;
}

/* A choice in [0, n), each as often as its weight says. */
static inline uint32_t dna_weighted(struct dna *d, const uint32_t *weights, uint32_t n)
{
    uint32_t total = 0, k = 0;
    for (uint32_t i = 0; i < n; i++)
        total += weights[i];
    uint32_t choice = dna_below(d, total);
    while (choice >= weights[k])
        choice -= weights[k++];
    return k;
}

/* True in about `in256` of 256 cases; false for zero. */
static inline bool dna_chance(struct dna *d, uint32_t in256)
{
    return dna_u8(d) >= 256 - in256;
}

/* Cuts a sub-range off the front: its share of what is left is coded in one byte. */
static inline struct dna dna_split(struct dna *d)
{
    size_t share = dna_u8(d);
    size_t len = (size_t)(d->end - d->p) * share / 256;
    struct dna child = { d->p, d->p + len,
                         d->stream == 0 ? 0 : dna_hash(d->stream ^ share) | 1, d->trace };
    dna_note(d, d->p, d->p + len, DNA_SUBTREE);
    d->p += len;
    return child;
}

#endif
