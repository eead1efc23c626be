/* dispatch_no_tail.c - stands in for the tail dispatcher where the compiler cannot build
 * it. */
#include "interp/cell.h"

bool dispatch_tail(struct dispatcher *d)
{
    (void)d;
    return false;
}
