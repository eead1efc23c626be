/* float.c - see float.h.
 *
 * A finite number is taken apart into sign, mag and e: (-1)^sign * mag * 2^e, exactly;
 * results are put together from the same, rounded once.  Where digits are dropped on the
 * way, their being there is kept in the lowest bit (sticky), below what rounding looks at.
 * spec: op-fadd and its neighbours */
#include "ref/float.h"

typedef unsigned __int128 u128;

/* ---- bits ---------------------------------------------------------------------------- */

static uint64_t one(unsigned bit) { return UINT64_C(1) << bit; }
static uint64_t low_bits(unsigned n) { return n == 64 ? UINT64_MAX : one(n) - 1; }
static unsigned sign_at(struct format f) { return f.exponent + f.fraction; }
static bool sign_of(struct format f, uint64_t a) { return (a >> sign_at(f) & 1) != 0; }
static uint64_t magnitude(struct format f, uint64_t a) { return a & (one(sign_at(f)) - 1); }
static uint64_t infinity(struct format f) { return low_bits(f.exponent) << f.fraction; }
static bool is_nan(struct format f, uint64_t a) { return magnitude(f, a) > infinity(f); }
static bool is_infinite(struct format f, uint64_t a)
{
    return magnitude(f, a) == infinity(f);
}
static bool is_zero(struct format f, uint64_t a) { return magnitude(f, a) == 0; }
static uint64_t quiet(struct format f, uint64_t a) { return a | one(f.fraction - 1); }
static int bias(struct format f) { return (int)low_bits(f.exponent - 1); }

static uint64_t with_sign(struct format f, bool sign, uint64_t bits)
{
    return sign ? bits | one(sign_at(f)) : bits;
}

static uint64_t default_nan(struct format f)
{
    return with_sign(f, true, quiet(f, infinity(f)));
}

/* The NaN that two operands make; false: neither is one. */
static bool nan_of(struct format f, uint64_t a, uint64_t b, uint64_t *r)
{
    if (!is_nan(f, a) && !is_nan(f, b))
        return false;
    *r = quiet(f, is_nan(f, a) ? a : b);
    return true;
}

uint64_t float_abs(struct format f, uint64_t a) { return magnitude(f, a); }
uint64_t float_neg(struct format f, uint64_t a) { return a ^ one(sign_at(f)); }

uint64_t float_copysign(struct format f, uint64_t a, uint64_t b)
{
    return with_sign(f, sign_of(f, b), magnitude(f, a));
}

/* ---- apart and together -------------------------------------------------------------- */

struct number {
    bool sign;
    int e;
    uint64_t mag;
};

static struct number unpack(struct format f, uint64_t a)
{
    uint64_t field = a >> f.fraction & low_bits(f.exponent);
    struct number n = { sign_of(f, a), (int)field, a & low_bits(f.fraction) };
    if (field == 0)
        n.e = 1;
    else
        n.mag |= one(f.fraction);
    n.e -= bias(f) + (int)f.fraction;
    return n;
}

/* With the highest bit of a number that is not zero in its place. */
static struct number unpack_normal(struct format f, uint64_t a)
{
    struct number n = unpack(f, a);
    while (n.mag < one(f.fraction)) {
        n.mag <<= 1;
        n.e--;
    }
    return n;
}

static int highest_bit(uint64_t mag)
{
    int n = 0;
    while ((mag >>= 1) != 0)
        n++;
    return n;
}

/* mag / 2^shift, to nearest, ties to even. */
static uint64_t shift_rounded(uint64_t mag, int shift)
{
    if (shift <= 0)
        return mag << -shift;
    if (shift > 64)
        return 0;
    uint64_t half = one((unsigned)shift - 1), rest = mag & (half + half - 1);
    uint64_t kept = shift == 64 ? 0 : mag >> shift;
    return kept + (rest > half || (rest == half && (kept & 1) != 0));
}

static uint64_t pack(struct format f, struct number n)
{
    if (n.mag == 0)
        return with_sign(f, n.sign, 0);
    int e = highest_bit(n.mag) + n.e, lowest = 1 - bias(f);
    if (e > bias(f))
        return with_sign(f, n.sign, infinity(f));
    bool normal = e >= lowest;
    int last = (normal ? e : lowest) - (int)f.fraction;
    uint64_t bits = shift_rounded(n.mag, last - n.e);
    /* A carry out of the fraction arrives in the exponent, as it should. */
    if (normal)
        bits += ((uint64_t)(e - lowest)) << f.fraction;
    return with_sign(f, n.sign, bits);
}

static uint64_t pack_wide(struct format f, bool sign, u128 mag, int e)
{
    uint64_t dropped = 0;
    for (; mag >> 64 != 0; e++) {
        dropped |= (uint64_t)mag & 1;
        mag >>= 1;
    }
    return pack(f, (struct number){ sign, e, (uint64_t)mag | dropped });
}

/* ---- arithmetic ---------------------------------------------------------------------- */

/* mag * 2^64 / 2^shift, sticky. */
static u128 aligned(uint64_t mag, int shift)
{
    u128 wide = (u128)mag << 64;
    if (shift >= 128)
        return mag != 0;
    u128 kept = wide >> shift;
    return kept | (kept << shift != wide);
}

static uint64_t add_finite(struct format f, uint64_t a, uint64_t b)
{
    struct number x = unpack(f, a), y = unpack(f, b);
    int e = x.e > y.e ? x.e : y.e;
    u128 p = aligned(x.mag, e - x.e), q = aligned(y.mag, e - y.e);
    if (x.sign == y.sign)
        return pack_wide(f, x.sign, p + q, e - 64);
    if (p == q)
        return 0;
    return p > q ? pack_wide(f, x.sign, p - q, e - 64)
                 : pack_wide(f, y.sign, q - p, e - 64);
}

uint64_t float_add(struct format f, uint64_t a, uint64_t b)
{
    uint64_t nan;
    if (nan_of(f, a, b, &nan))
        return nan;
    if (is_infinite(f, a) && is_infinite(f, b) && a != b)
        return default_nan(f);
    if (is_infinite(f, a) || is_infinite(f, b))
        return is_infinite(f, a) ? a : b;
    return add_finite(f, a, b);
}

uint64_t float_sub(struct format f, uint64_t a, uint64_t b)
{
    uint64_t nan;
    return nan_of(f, a, b, &nan) ? nan : float_add(f, a, float_neg(f, b));
}

uint64_t float_mul(struct format f, uint64_t a, uint64_t b)
{
    uint64_t nan;
    bool sign = sign_of(f, a) != sign_of(f, b);
    if (nan_of(f, a, b, &nan))
        return nan;
    if (is_infinite(f, a) || is_infinite(f, b))
        return is_zero(f, a) || is_zero(f, b) ? default_nan(f)
                                              : with_sign(f, sign, infinity(f));
    struct number x = unpack(f, a), y = unpack(f, b);
    return pack_wide(f, sign, (u128)x.mag * y.mag, x.e + y.e);
}

uint64_t float_div(struct format f, uint64_t a, uint64_t b)
{
    uint64_t nan;
    bool sign = sign_of(f, a) != sign_of(f, b);
    if (nan_of(f, a, b, &nan))
        return nan;
    if ((is_infinite(f, a) && is_infinite(f, b)) || (is_zero(f, a) && is_zero(f, b)))
        return default_nan(f);
    if (is_infinite(f, a) || is_zero(f, b))
        return with_sign(f, sign, infinity(f));
    if (is_infinite(f, b) || is_zero(f, a))
        return with_sign(f, sign, 0);
    struct number x = unpack_normal(f, a), y = unpack_normal(f, b);
    u128 dividend = (u128)x.mag << 64, quotient = dividend / y.mag;
    bool rest = dividend % y.mag != 0;
    return pack_wide(f, sign, quotient << 1 | rest, x.e - y.e - 65);
}

/* The integer square root, digit by digit. */
static uint64_t root_of(u128 n)
{
    uint64_t root = 0;
    for (unsigned bit = 60; bit-- > 0;) {
        uint64_t next = root | one(bit);
        if ((u128)next * next <= n)
            root = next;
    }
    return root;
}

uint64_t float_sqrt(struct format f, uint64_t a)
{
    if (is_nan(f, a))
        return quiet(f, a);
    if (is_zero(f, a))
        return a;
    if (sign_of(f, a))
        return default_nan(f);
    if (is_infinite(f, a))
        return a;
    struct number x = unpack_normal(f, a);
    int shift = (x.e & 1) != 0 ? 63 : 64;
    u128 n = (u128)x.mag << shift;
    uint64_t root = root_of(n);
    bool rest = (u128)root * root != n;
    return pack(f, (struct number){ false, (x.e - shift) / 2 - 1, root << 1 | rest });
}

/* ---- comparison ---------------------------------------------------------------------- */

/* Of numbers, zeros being equal. */
static bool less(struct format f, uint64_t a, uint64_t b)
{
    if (is_zero(f, a) && is_zero(f, b))
        return false;
    if (sign_of(f, a) != sign_of(f, b))
        return sign_of(f, a);
    return sign_of(f, a) ? magnitude(f, a) > magnitude(f, b)
                         : magnitude(f, a) < magnitude(f, b);
}

static bool unordered(struct format f, uint64_t a, uint64_t b)
{
    return is_nan(f, a) || is_nan(f, b);
}

uint64_t float_lt(struct format f, uint64_t a, uint64_t b)
{
    return !unordered(f, a, b) && less(f, a, b);
}

uint64_t float_le(struct format f, uint64_t a, uint64_t b)
{
    return !unordered(f, a, b) && !less(f, b, a);
}

uint64_t float_eq(struct format f, uint64_t a, uint64_t b)
{
    return !unordered(f, a, b) && !less(f, a, b) && !less(f, b, a);
}

uint64_t float_min(struct format f, uint64_t a, uint64_t b)
{
    uint64_t nan;
    if (nan_of(f, a, b, &nan))
        return nan;
    if (is_zero(f, a) && is_zero(f, b))
        return a | b;
    return less(f, b, a) ? b : a;
}

uint64_t float_max(struct format f, uint64_t a, uint64_t b)
{
    uint64_t nan;
    if (nan_of(f, a, b, &nan))
        return nan;
    if (is_zero(f, a) && is_zero(f, b))
        return a & b;
    return less(f, a, b) ? b : a;
}

/* ---- rounding and conversion --------------------------------------------------------- */

/* Whether the magnitude is rounded up: odd: that of the integer below it is odd; rest
 * and half: what lies above that integer, and half of one. */
static bool rounds_up(enum rounding how, bool sign, bool odd, uint64_t rest, uint64_t half)
{
    switch (how) {
    case ROUND_UP: return !sign && rest != 0;
    case ROUND_DOWN: return sign && rest != 0;
    case ROUND_TO_ZERO: return false;
    case ROUND_NEAREST: break;
    }
    return rest > half || (rest == half && odd);
}

uint64_t float_round(struct format f, uint64_t a, enum rounding how)
{
    if (is_nan(f, a))
        return quiet(f, a);
    struct number n = unpack(f, a);
    if (is_infinite(f, a) || n.e >= 0)
        return a;
    /* All of it is fraction, and less than a quarter, when -e is large. */
    unsigned below = -n.e > 60 ? 60 : (unsigned)-n.e;
    uint64_t rest = n.mag & low_bits(below), whole = n.mag >> below;
    whole += rounds_up(how, n.sign, (whole & 1) != 0, rest, one(below - 1));
    return pack(f, (struct number){ n.sign, 0, whole });
}

uint64_t float_convert(struct format from, uint64_t a, struct format to)
{
    bool sign = sign_of(from, a);
    uint64_t payload = a & low_bits(from.fraction);
    if (is_nan(from, a)) {
        payload = from.fraction < to.fraction ? payload << (to.fraction - from.fraction)
                                              : payload >> (from.fraction - to.fraction);
        return with_sign(to, sign, quiet(to, infinity(to) | payload));
    }
    if (is_infinite(from, a))
        return with_sign(to, sign, infinity(to));
    return pack(to, unpack(from, a));
}

uint64_t float_of_int(unsigned w, bool is_signed, uint64_t a, struct format to)
{
    bool negative = is_signed && (a >> (w - 1) & 1) != 0;
    uint64_t mag = negative ? (~a + 1) & low_bits(w) : a;
    return pack(to, (struct number){ negative, 0, mag });
}

/* The highest magnitude that an integer of that sign can have. */
static uint64_t limit_of(unsigned w, bool is_signed, bool negative)
{
    if (!is_signed)
        return negative ? 0 : low_bits(w);
    return negative ? one(w - 1) : one(w - 1) - 1;
}

enum trap float_to_int(struct format f, uint64_t a, unsigned w, bool is_signed, uint64_t *r)
{
    *r = 0;
    if (is_nan(f, a))
        return TRAP_CONVERSION;
    struct number n = unpack(f, a);
    uint64_t limit = limit_of(w, is_signed, n.sign), mag;
    bool huge = is_infinite(f, a) || n.e + (int)f.fraction >= 64;
    if (huge)
        mag = UINT64_MAX;
    else
        mag = n.e >= 0 ? n.mag << n.e : n.e > -64 ? n.mag >> -n.e : 0;
    bool outside = huge || mag > limit;
    if (outside)
        mag = limit;
    *r = n.sign ? (~mag + 1) & low_bits(w) : mag;
    return outside ? TRAP_INT_OVERFLOW : TRAP_NONE;
}
