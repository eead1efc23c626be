/* signature.h - the name of a finding's cause, by which findings are sorted.
 *
 * The tier; the operation that went wrong first, or the group of those that compilers treat alike;
 * and how it went wrong, where that tells causes apart:
 *
 *   another value   a value is wrong that the operation does not make
 *   upper half      of a value only the upper 32 bits are wrong; of operations that cannot get
 *                   that wrong themselves the name is "value"
 *   constant        it goes wrong only with a constant as an operand, or one beyond the width of a
 *                   shift; of a wide one, which no immediate of 32 bits holds, the operation is
 *                   left out
 *
 * Where the value that is wrong is what a tier moves, not what an operation computes (ends of
 * blocks, branches, calls and their results), the operation is "moves"; where it was wrong at the start of a
 * function, "entry"; where only the place of a trap is wrong, "place".  Of what goes wrong when
 * code is made, the rule or assertion is the name; of a crash that has no instruction, the function
 * of this program that crashed. */
#ifndef WX_TOOLS_FIND_SIGNATURE_H
#define WX_TOOLS_FIND_SIGNATURE_H

#include "tools/find/bisect.h"

void signature_name(struct reducer *r, const struct culprit *c, char *out, size_t room);

#endif
