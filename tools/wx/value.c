/* value.c - values, types and names to and from text. */
#include "tools/wx/value.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { F32_PAYLOAD_BITS = 23, F64_PAYLOAD_BITS = 52, F32_DIGITS = 9, F64_DIGITS = 17 };

static const struct {
    wx_valtype type;
    const char *name;
} types[] = {
    { WX_I32, "i32" },
    { WX_I64, "i64" },
    { WX_F32, "f32" },
    { WX_F64, "f64" },
    { WX_V128, "v128" },
    { WX_FUNCREF, "funcref" },
    { WX_EXTERNREF, "externref" },
};

enum { NTYPES = sizeof types / sizeof *types };

const char *value_type_name(wx_valtype type)
{
    for (size_t i = 0; i < NTYPES; i++)
        if (types[i].type == type)
            return types[i].name;
    return "unknown type";
}

bool value_type_parse(const char *name, wx_valtype *out)
{
    for (size_t i = 0; i < NTYPES; i++) {
        if (strcmp(types[i].name, name) == 0) {
            *out = types[i].type;
            return true;
        }
    }
    return false;
}

/* ---- to text -------------------------------------------------------------------------------- */

void text_clear(struct text *t)
{
    t->len = 0;
    t->at[0] = '\0';
}

void text_add(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = sizeof t->at - t->len;
    int n = vsnprintf(t->at + t->len, room, format, args);
    va_end(args);
    if (n > 0)
        t->len += (size_t)n < room ? (size_t)n : room - 1;
}

void text_add_name(struct text *t, wx_name name)
{
    text_add(t, "\"");
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\')
            text_add(t, "%c", c);
        else
            text_add(t, "\\%02x", c);
    }
    text_add(t, "\"");
}

/* A float's bits as sign, exponent field all ones or not, payload. */
static bool add_special(struct text *t, uint64_t bits, unsigned payload_bits, bool negative)
{
    uint64_t exponent = (payload_bits == F32_PAYLOAD_BITS ? 0xFFu : 0x7FFu);
    uint64_t payload = bits & ((UINT64_C(1) << payload_bits) - 1);
    if ((bits >> payload_bits & exponent) != exponent)
        return false;
    text_add(t, negative ? "-" : "");
    if (payload)
        text_add(t, "nan:0x%llx", (unsigned long long)payload);
    else
        text_add(t, "inf");
    return true;
}

static void add_f32(struct text *t, const wx_value *v)
{
    uint32_t bits = v->of.f32_bits;
    if (add_special(t, bits, F32_PAYLOAD_BITS, bits >> 31))
        return;
    char digits[32];
    for (int n = 1; n <= F32_DIGITS; n++) {
        snprintf(digits, sizeof digits, "%.*g", n, (double)v->of.f32);
        wx_value back = { .of.f32 = strtof(digits, NULL) };
        if (back.of.f32_bits == bits)
            break;
    }
    text_add(t, "%s", digits);
}

static void add_f64(struct text *t, const wx_value *v)
{
    uint64_t bits = v->of.f64_bits;
    if (add_special(t, bits, F64_PAYLOAD_BITS, bits >> 63))
        return;
    char digits[32];
    for (int n = 1; n <= F64_DIGITS; n++) {
        snprintf(digits, sizeof digits, "%.*g", n, v->of.f64);
        wx_value back = { .of.f64 = strtod(digits, NULL) };
        if (back.of.f64_bits == bits)
            break;
    }
    text_add(t, "%s", digits);
}

static void add_ref(struct text *t, const wx_value *v)
{
    uint32_t number;
    if (!v->of.ref)
        text_add(t, "null");
    else if (value_extern_number(v->of.ref, &number))
        text_add(t, "%u", number);
    else
        text_add(t, "not null");
}

static void add_v128(struct text *t, const wx_value *v)
{
    text_add(t, "0x");
    for (size_t i = sizeof v->of.v128; i-- > 0;)
        text_add(t, "%02x", v->of.v128[i]);
}

void text_add_value(struct text *t, const wx_value *v)
{
    text_add(t, "%s:", value_type_name(v->type));
    switch (v->type) {
    case WX_I32: text_add(t, "%d", v->of.i32); break;
    case WX_I64: text_add(t, "%lld", (long long)v->of.i64); break;
    case WX_F32: add_f32(t, v); break;
    case WX_F64: add_f64(t, v); break;
    case WX_V128: add_v128(t, v); break;
    default: add_ref(t, v); break;
    }
}

void text_add_values(struct text *t, const wx_value *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text_add(t, i ? " " : "");
        text_add_value(t, &v[i]);
    }
    if (!n)
        text_add(t, "nothing");
}

static void add_types(struct text *t, const wx_valtype *list, size_t n)
{
    text_add(t, "(");
    for (size_t i = 0; i < n; i++)
        text_add(t, "%s%s", i ? ", " : "", value_type_name(list[i]));
    text_add(t, ")");
}

void text_add_functype(struct text *t, wx_functype type)
{
    add_types(t, type.params, type.nparams);
    text_add(t, " -> ");
    add_types(t, type.results, type.nresults);
}

/* ---- from text ------------------------------------------------------------------------------ */

/* The data of a host reference is its number, off by one so that it is never NULL. */
wx_status value_extern_new(wx_store *s, uint32_t number, wx_ref **out, wx_error *err)
{
    void *data = (void *)((uintptr_t)number + 1);
    return wx_ref_extern_new(s, data, NULL, out, err);
}

bool value_extern_number(wx_ref *r, uint32_t *number)
{
    uintptr_t data = (uintptr_t)wx_ref_extern_data(r);
    *number = (uint32_t)(data - 1);
    return data != 0;
}

static bool eat_sign(const char **text)
{
    bool negative = **text == '-';
    if (negative || **text == '+')
        ++*text;
    return negative;
}

/* Unsigned decimal, or hexadecimal after 0x. */
static const char *parse_digits(const char *text, uint64_t *out)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = text + (hex ? 2 : 0);
    const char *allowed = hex ? "0123456789abcdefABCDEF" : "0123456789";
    size_t len = strspn(digits, allowed);
    if (len == 0 || digits[len] != '\0')
        return "not an integer";
    errno = 0;
    *out = strtoull(digits, NULL, hex ? 16 : 10);
    return errno ? "out of range" : NULL;
}

/* -2^(bits-1) .. 2^bits - 1, so signed and unsigned readings are both accepted. */
static const char *parse_int(const char *text, unsigned bits, uint64_t *out)
{
    uint64_t magnitude;
    bool negative = eat_sign(&text);
    const char *why = parse_digits(text, &magnitude);
    uint64_t limit = negative ? UINT64_C(1) << (bits - 1) : UINT64_MAX >> (64 - bits);
    if (!why && magnitude > limit)
        why = "out of range";
    *out = negative ? 0 - magnitude : magnitude;
    return why;
}

/* What can follow the sign of a float that is not a number: inf, nan, nan:0x400001. */
static bool is_special(const char *text)
{
    return strncmp(text, "inf", 3) == 0 || strncmp(text, "nan", 3) == 0;
}

static const char *parse_special(const char *text, unsigned payload_bits, uint64_t *payload)
{
    if (strcmp(text, "inf") == 0) {
        *payload = 0;
    } else if (strcmp(text, "nan") == 0) {
        *payload = UINT64_C(1) << (payload_bits - 1);
    } else if (strncmp(text, "nan:0x", 6) == 0) {
        const char *why = parse_digits(text + 4, payload);
        if (why)
            return why;
        if (*payload == 0 || *payload >> payload_bits)
            return "NaN payload out of range";
    } else {
        return "not a number";
    }
    return NULL;
}

static bool is_number(const char *text)
{
    return (text[0] >= '0' && text[0] <= '9') ||
           (text[0] == '.' && text[1] >= '0' && text[1] <= '9');
}

static const char *parse_f32(const char *text, wx_value *out)
{
    const char *magnitude = text;
    bool negative = eat_sign(&magnitude);
    if (is_special(magnitude)) {
        uint64_t payload = 0;
        const char *why = parse_special(magnitude, F32_PAYLOAD_BITS, &payload);
        out->of.f32_bits = (uint32_t)negative << 31 | 0x7F800000u | (uint32_t)payload;
        return why;
    }
    char *end;
    out->of.f32 = strtof(text, &end);
    if (!is_number(magnitude) || *end)
        return "not a number";
    return (out->of.f32_bits & 0x7F800000u) == 0x7F800000u ? "out of range" : NULL;
}

static const char *parse_f64(const char *text, wx_value *out)
{
    const uint64_t exponent = UINT64_C(0x7FF) << F64_PAYLOAD_BITS;
    const char *magnitude = text;
    bool negative = eat_sign(&magnitude);
    if (is_special(magnitude)) {
        uint64_t payload = 0;
        const char *why = parse_special(magnitude, F64_PAYLOAD_BITS, &payload);
        out->of.f64_bits = (uint64_t)negative << 63 | exponent | payload;
        return why;
    }
    char *end;
    out->of.f64 = strtod(text, &end);
    if (!is_number(magnitude) || *end)
        return "not a number";
    return (out->of.f64_bits & exponent) == exponent ? "out of range" : NULL;
}

static const char *parse_v128(const char *text, wx_value *out)
{
    if (strncmp(text, "0x", 2) != 0 || strspn(text + 2, "0123456789abcdefABCDEF") != 32 ||
        text[34] != '\0')
        return "not 0x and 32 hex digits";
    for (size_t i = 0; i < sizeof out->of.v128; i++) {
        char byte[3] = { text[32 - 2 * i], text[33 - 2 * i], '\0' };
        out->of.v128[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return NULL;
}

static const char *parse_ref(const char *text, wx_store *s, wx_value *out)
{
    out->of.ref = NULL;
    if (strcmp(text, "null") == 0)
        return NULL;
    if (out->type != WX_EXTERNREF)
        return "only null can be given";
    uint64_t number;
    const char *why = parse_digits(text, &number);
    if (!why && number >= UINT32_MAX)
        why = "out of range";
    if (why)
        return why;
    bool ok = value_extern_new(s, (uint32_t)number, &out->of.ref, NULL) == WX_OK;
    return ok ? NULL : "out of memory";
}

const char *value_parse(const char *text, wx_store *s, wx_value *out)
{
    const char *name = value_type_name(out->type);
    size_t len = strlen(name);
    if (strncmp(text, name, len) == 0 && text[len] == ':')
        text += len + 1;
    uint64_t bits = 0;
    const char *why = NULL;
    switch (out->type) {
    case WX_I32:
        why = parse_int(text, 32, &bits);
        out->of.i32 = (int32_t)bits;
        return why;
    case WX_I64:
        why = parse_int(text, 64, &bits);
        out->of.i64 = (int64_t)bits;
        return why;
    case WX_F32: return parse_f32(text, out);
    case WX_F64: return parse_f64(text, out);
    case WX_V128: return parse_v128(text, out);
    default: return parse_ref(text, s, out);
    }
}
