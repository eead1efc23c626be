/* value.h - values, types and names as text.
 *
 * A value is written TYPE:VALUE and can be read back: i32:7, i64:-3, f32:1.5, f64:-inf,
 * f32:nan:0x400001, funcref:null, v128:0x and 32 hex digits.  Floats have as many digits as are
 * needed to read back the same bits.  A host reference is written by its number, externref:3. */
#ifndef WX_TOOLS_VALUE_H
#define WX_TOOLS_VALUE_H

#include "wx.h"

/* Text of bounded length; what does not fit is cut. */
struct text {
    char at[256];
    size_t len;
};

void text_clear(struct text *t);
void text_add(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A name in quotes; what is not printable ASCII is escaped as in the Wasm text format. */
void text_add_name(struct text *t, wx_name name);
void text_add_value(struct text *t, const wx_value *v);
/* Values, separated by blanks; "nothing" if n is 0. */
void text_add_values(struct text *t, const wx_value *v, size_t n);
/* (i32, i32) -> (i64) */
void text_add_functype(struct text *t, wx_functype type);

/* "i32"; "unknown type" for one that is not known here. */
const char *value_type_name(wx_valtype type);
/* false when no type has that name. */
bool value_type_parse(const char *name, wx_valtype *out);

/* Reads text as a value of out->type, with or without "TYPE:" in front.  Host references are
 * made in s.  NULL, or why not: "out of range". */
const char *value_parse(const char *text, wx_store *s, wx_value *out);

/* Host references stand for a number. */
wx_status value_extern_new(wx_store *s, uint32_t number, wx_ref **out, wx_error *err);
/* false when r is not a host reference. */
bool value_extern_number(wx_ref *r, uint32_t *number);

#endif
