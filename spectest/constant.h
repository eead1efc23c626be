/* constant.h - the constants of a converted script: arguments and expected results.
 *
 * A constant is { "type": "f32", "value": "1069547520" }: integers and the bits of floats in
 * decimal, "nan:canonical" and "nan:arithmetic" as results, "null" or a number as references; a
 * v128 has "lane_type" and a list of lanes. */
#ifndef WX_SPECTEST_CONSTANT_H
#define WX_SPECTEST_CONSTANT_H

#include "tools/wx/list.h"
#include "tools/wx/value.h"
#include <jansson.h>

/* The host references of a script: number n is always the same object. */
struct externs {
    wx_store *store;
    LIST(wx_ref *) refs;
};

/* A constant as argument.  false: it is not one that we know. */
bool constant_value(struct externs *x, const json_t *c, wx_value *out);
/* Does v match a constant as result? */
bool constant_matches(struct externs *x, const json_t *c, const wx_value *v);
/* As it is printed for people. */
void constant_print(struct text *t, const json_t *c);

#endif
