/* thunk.h - code between the compiled ABI and slots: one thunk for each signature and direction,
 * made when first needed and kept as long as the engine. */
#ifndef WX_X64_THUNK_H
#define WX_X64_THUNK_H

#include "x64/abi.h"

struct engine;
struct type;

enum thunk {
    THUNK_ENTRY,  /* C to compiled: rdi = func, rsi = slots */
    THUNK_INTERP, /* compiled to interpreter: eax = index among the defined functions */
    THUNK_HOST,   /* compiled to host: rax = func, r11 = the caller's instance */
    THUNK_COUNT,
};

/* The thunk's address; NULL: memory exhausted.  Any thread. */
const void *thunk_get(struct engine *e, enum thunk kind, const struct type *t);

/* ---- emission (thunk.c), used by stubs.c ---- */

/* A thunk that checks the stack begins with the ud2 it jumps to then. */
enum { THUNK_OVERFLOW = 0, THUNK_CHECKED_START = 16 };

/* Bytes that thunk_emit may touch. */
size_t thunk_room(const struct type *t);
void thunk_emit(struct assembler *a, enum thunk kind, const struct type *t);

/* The stub that all functions without code share: eax = index among the defined functions. */
enum { RESOLVE_ROOM = 1024 };
void thunk_emit_resolve(struct assembler *a);

#endif
