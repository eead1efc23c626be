/* double.h - what the two builds of the double differ in. */
#ifndef WX_FUZZ_OUTSIDE_TEST_DOUBLE_H
#define WX_FUZZ_OUTSIDE_TEST_DOUBLE_H

#include <stdint.h>

/* What a call returns, given what it computed. */
int64_t double_result(int64_t value);

#endif
