/* place.h - streams of instructions in code memory: several functions in several chunks.
 *
 * Each input fills reservations of all sizes, across granules, commits or cancels them, puts data
 * beside them, patches calls between them, and frees and reuses chunks.  Whatever happens to one
 * function, the others stay what they were. */
#ifndef WX_FUZZ_ASM_PLACE_H
#define WX_FUZZ_ASM_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place;

struct place *place_new(void); /* NULL: no memory */
void place_free(struct place *p);
/* false after a message on stderr: a mismatch. */
bool place_run(struct place *p, const uint8_t *data, size_t size);
/* How many instructions of how many forms have been checked. */
void place_stats(void);

#endif
