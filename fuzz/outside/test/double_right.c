/* double_right.c - the double as it should be. */
#include "outside/test/double.h"

int64_t double_result(int64_t value) { return value; }
