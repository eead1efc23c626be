/* hook.h - outside oracles in fuzz_diff.
 *
 * The environment says whom to ask: WX_FUZZ_V8 (a node program), WX_FUZZ_ENGINE (a command
 * template), WX_FUZZ_ENGINE_SO (a library with the standard C API); without any nothing is
 * asked.  They are asked about 1 of 64 inputs that were the same in all lanes
 * (WX_FUZZ_OUTSIDE_EVERY changes that), chosen by their bytes, so that an input that was
 * asked about is so again when it is replayed; and on every mismatch, as a vote. */
#ifndef WX_FUZZ_OUTSIDE_HOOK_H
#define WX_FUZZ_OUTSIDE_HOOK_H

#include "oracle.h"

/* Exits with a message when the environment asks for what cannot be had. */
void outside_hook_begin(void);
void outside_hook_end(void);
/* All lanes did the same.  Reports and aborts when an outside engine does something else,
 * in a function named after what it did. */
void outside_hook_same(const uint8_t *data, size_t size);
/* Two lanes of f differ: prints with whom the outside engines agree. */
void outside_hook_vote(struct oracle *o, const uint8_t *data, size_t size,
                       const struct finding *f);

#endif
