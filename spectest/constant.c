/* constant.c - constants of a script: to values, against values, to text. */
#include "spectest/constant.h"
#include <errno.h>
#include <string.h>

/* Lanes of a v128. */
static const struct lane {
    const char *name;
    wx_valtype type; /* what a lane is compared as */
    size_t bytes;
} lanes[] = {
    { "i8", WX_I32, 1 },  { "i16", WX_I32, 2 }, { "i32", WX_I32, 4 },
    { "i64", WX_I64, 8 }, { "f32", WX_F32, 4 }, { "f64", WX_F64, 8 },
};

/* The digits of a "value"; negative numbers are their two's complement. */
static bool parse_bits(const char *text, uint64_t *out)
{
    if (!text || !*text)
        return false;
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static const char *field(const json_t *c, const char *name)
{
    return json_string_value(json_object_get(c, name));
}

/* Host reference number n, made when first asked for.  NULL when memory is refused. */
static wx_ref *extern_number(struct externs *x, uint64_t n)
{
    enum { MOST = 1 << 20 };
    if (n >= MOST)
        return NULL;
    while (x->refs.len <= n)
        list_push(&x->refs, NULL);
    wx_ref **ref = &x->refs.at[n];
    if (!*ref)
        value_extern_new(x->store, (uint32_t)n, ref, NULL);
    return *ref;
}

static bool ref_value(struct externs *x, const char *text, wx_value *out)
{
    uint64_t n;
    out->of.ref = NULL;
    if (text && strcmp(text, "null") == 0)
        return true;
    if (out->type != WX_EXTERNREF || !parse_bits(text, &n))
        return false;
    out->of.ref = extern_number(x, n);
    return out->of.ref != NULL;
}

/* ---- v128 ----------------------------------------------------------------------------------- */

static const struct lane *find_lane(const json_t *c)
{
    const char *name = field(c, "lane_type");
    for (size_t i = 0; name && i < sizeof lanes / sizeof *lanes; i++)
        if (strcmp(lanes[i].name, name) == 0)
            return &lanes[i];
    return NULL;
}

/* The list of lanes; NULL when its length is wrong. */
static const json_t *lane_list(const json_t *c, const struct lane *lane)
{
    const json_t *list = json_object_get(c, "value");
    return lane && json_array_size(list) == 16 / lane->bytes ? list : NULL;
}

static bool v128_value(const json_t *c, wx_value *out)
{
    const struct lane *lane = find_lane(c);
    const json_t *list = lane_list(c, lane);
    for (size_t i = 0; list && i < json_array_size(list); i++) {
        uint64_t bits;
        if (!parse_bits(json_string_value(json_array_get(list, i)), &bits))
            return false;
        memcpy(out->of.v128 + i * lane->bytes, &bits, lane->bytes);
    }
    return list != NULL;
}

/* ---- comparison ----------------------------------------------------------------------------- */

/* spec: canonical-nan, arithmetic-nan */
static bool nan_matches(const char *pattern, uint64_t bits, uint64_t quiet, uint64_t sign)
{
    if (strcmp(pattern, "nan:canonical") == 0)
        return (bits & ~sign) == quiet;
    return (bits & quiet) == quiet;
}

/* The bits of a number of that width against "value". */
static bool bits_match(const char *want, wx_valtype type, uint64_t bits, uint64_t mask)
{
    bool is_nan =
        want && (strcmp(want, "nan:canonical") == 0 || strcmp(want, "nan:arithmetic") == 0);
    if (is_nan && type == WX_F32)
        return nan_matches(want, bits, 0x7FC00000u, 0x80000000u);
    if (is_nan && type == WX_F64)
        return nan_matches(want, bits, UINT64_C(0x7FF8000000000000), UINT64_C(1) << 63);
    uint64_t expected;
    return parse_bits(want, &expected) && (expected & mask) == bits;
}

static bool v128_matches(const json_t *c, const wx_value *v)
{
    const struct lane *lane = find_lane(c);
    const json_t *list = lane_list(c, lane);
    for (size_t i = 0; list && i < json_array_size(list); i++) {
        uint64_t bits = 0, mask = UINT64_MAX >> (64 - 8 * lane->bytes);
        memcpy(&bits, v->of.v128 + i * lane->bytes, lane->bytes);
        const char *want = json_string_value(json_array_get(list, i));
        if (!bits_match(want, lane->type, bits, mask))
            return false;
    }
    return list != NULL;
}

/* A reference without a number stands for any of its kind that is not null. */
static bool ref_matches(struct externs *x, const char *want, const wx_value *v)
{
    if (want && strcmp(want, "null") == 0)
        return !v->of.ref;
    if (!v->of.ref)
        return false;
    if (v->type == WX_FUNCREF)
        return wx_ref_func(v->of.ref) != NULL;
    uint32_t number;
    if (!want)
        return value_extern_number(v->of.ref, &number);
    uint64_t n;
    wx_ref *expected = parse_bits(want, &n) ? extern_number(x, n) : NULL;
    return expected && wx_ref_same(expected, v->of.ref);
}

bool constant_matches(struct externs *x, const json_t *c, const wx_value *v)
{
    const char *type = field(c, "type"), *want = field(c, "value");
    wx_valtype wanted;
    if (!type || !value_type_parse(type, &wanted) || wanted != v->type)
        return false;
    switch (v->type) {
    case WX_I32: return bits_match(want, WX_I32, (uint32_t)v->of.i32, UINT32_MAX);
    case WX_I64: return bits_match(want, WX_I64, (uint64_t)v->of.i64, UINT64_MAX);
    case WX_F32: return bits_match(want, WX_F32, v->of.f32_bits, UINT32_MAX);
    case WX_F64: return bits_match(want, WX_F64, v->of.f64_bits, UINT64_MAX);
    case WX_V128: return v128_matches(c, v);
    default: return ref_matches(x, want, v);
    }
}

/* ---- values --------------------------------------------------------------------------------- */

bool constant_value(struct externs *x, const json_t *c, wx_value *out)
{
    const char *type = field(c, "type"), *value = field(c, "value");
    *out = (wx_value){ 0 };
    if (!type || !value_type_parse(type, &out->type))
        return false;
    uint64_t bits;
    switch (out->type) {
    case WX_I32:
    case WX_F32:
        if (!parse_bits(value, &bits))
            return false;
        out->of.f32_bits = (uint32_t)bits;
        return true;
    case WX_I64:
    case WX_F64: return parse_bits(value, &out->of.f64_bits);
    case WX_V128: return v128_value(c, out);
    default: return ref_value(x, value, out);
    }
}

void constant_print(struct text *t, const json_t *c)
{
    const char *type = field(c, "type"), *value = field(c, "value");
    wx_value v = { 0 };
    uint64_t bits;
    bool known = type && value_type_parse(type, &v.type);
    if (known && v.type == WX_V128 && v128_value(c, &v)) {
        text_add_value(t, &v);
    } else if (known && v.type != WX_EXTERNREF && v.type != WX_FUNCREF &&
               parse_bits(value, &bits)) {
        v.of.f64_bits = bits;
        text_add_value(t, &v);
    } else {
        text_add(t, "%s:%s", type ? type : "?", value ? value : "not null");
    }
}
