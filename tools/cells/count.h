/* count.h - where dispatch_count.c keeps how often a cell ran: in the word of its handler. */
#ifndef WX_TOOLS_CELLS_COUNT_H
#define WX_TOOLS_CELLS_COUNT_H

#include <stdint.h>

#define COUNT_ONE     (UINT64_C(1) << 16)
#define COUNT_HANDLER (COUNT_ONE - 1)

#endif
