/* double_wrong.c - a double with a bug: a few results lose their lowest bit; one in a
 * thousand kills the process. */
#include "outside/test/double.h"
#include <stdlib.h>

int64_t double_result(int64_t value)
{
    uint64_t v = (uint64_t)value;
    if ((v & 0x3FF) == 0x1FF)
        abort();
    return (v & 0x3F) == 0x15 ? (int64_t)(v & ~UINT64_C(1)) : value;
}
