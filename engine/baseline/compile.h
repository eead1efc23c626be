/* compile.h - compiling one function. */
#ifndef WX_BASELINE_COMPILE_H
#define WX_BASELINE_COMPILE_H

#include "runtime/code.h"

/* Compiles fn and publishes its code.  Under modcode.compiling.  FAIL_EXHAUSTED. */
bool compile_function(struct fncode *fn, struct fail *f);

#endif
