/* dispatch_tail_cold.c - the handlers of the tail dispatcher that call C. */
#include "interp/dispatch_tail.h"

#define HANDLER(name, ...)
#define GUARD_HANDLER(name, ...)
#define COLD_HANDLER(name, ...) \
    TAIL_CONVENTION enum trap tail_cold_##name(STATE) __VA_ARGS__
#include "interp/handlers.h"
