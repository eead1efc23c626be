/* resident.h - which pages of a memory hold anything: the others read as zeros. */
#ifndef WX_FUZZ_RESIDENT_H
#define WX_FUZZ_RESIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESIDENT_PAGE = 4096, RESIDENT_PAGES = 256 };

/* What the kernel knows of RESIDENT_PAGES pages. */
struct resident {
    uint64_t page[RESIDENT_PAGES];
};

/* Asks about npages <= RESIDENT_PAGES pages of private memory from base, which is aligned.  false:
 * the kernel does not tell. */
bool resident_ask(struct resident *r, const uint8_t *base, size_t npages);

/* false: page i was never touched since it was mapped or given back. */
static inline bool resident_has(const struct resident *r, size_t i)
{
    enum { PRESENT = 63, SWAPPED = 62 };
    return (r->page[i] >> PRESENT & 1) != 0 || (r->page[i] >> SWAPPED & 1) != 0;
}

#endif
