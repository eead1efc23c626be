/* earlier.h - findings that need another case before them in the same process.
 *
 * What is recycled (memories, stacks, code) holds what an earlier case has left, so some findings
 * show nothing in a new process.  The case that they need is looked for and kept with them, in a
 * section "wx.prev" (case.h): from then on they replay alone. */
#ifndef WX_TOOLS_FIND_EARLIER_H
#define WX_TOOLS_FIND_EARLIER_H

#include "tools/find/probe.h"
#include "tools/find/tree.h"

enum { RANDOM_CASE = 16 };

/* Case number `number` of those that follow from seed: DNA that expands. */
void earlier_random(uint64_t seed, uint64_t number, uint8_t dna[RANDOM_CASE]);

/* The case of data as a module, with that of prev before it; prev NULL: without any. */
struct bytes_out earlier_join(struct arena *a, const uint8_t *data, size_t size,
                              const uint8_t *prev, size_t prev_size);

/* Candidate number i; false: there is none. */
typedef bool earlier_fn(void *env, uint32_t i, const uint8_t **data, size_t *size);

/* Looks for the first candidate before which the case shows something, in a new process; one that
 * does so alone is the finding itself. */
bool earlier_find(struct prober *p, struct arena *a, const uint8_t *data, size_t size,
                  earlier_fn *candidate, void *env, struct bytes_out *out);

/* The same among the case itself and generated ones. */
bool earlier_guess(struct prober *p, struct arena *a, const uint8_t *data, size_t size,
                   struct bytes_out *out);

#endif
