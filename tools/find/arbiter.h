/* arbiter.h - who is right when interpreter and compiler agree against the reference evaluator.
 *
 * All tiers share the code of the runtime, so two equal answers of theirs are one witness.  An
 * engine of other people (fuzz/outside/) is asked about the external module of the case: V8, or
 * whom the environment names (outside/hook.h). */
#ifndef WX_TOOLS_FIND_ARBITER_H
#define WX_TOOLS_FIND_ARBITER_H

#include <stddef.h>
#include <stdint.h>

enum arbiter {
    ARBITER_NONE,      /* nobody to ask, or nothing was answered */
    ARBITER_REFERENCE, /* agrees with the reference evaluator: the tiers are wrong */
    ARBITER_TIERS,     /* agrees with interpreter and compiler */
    ARBITER_NEITHER,   /* the external module does not show it, or somebody else is wrong */
};

/* For people: "an engine from outside ...". */
extern const char *const arbiter_texts[];

/* node: a node program; NULL: WX_FUZZ_V8, or the one on PATH; "none": V8 is not asked.  Runs in a
 * child process. */
enum arbiter arbiter_ask(const char *node, const uint8_t *bytes, size_t size);

#endif
