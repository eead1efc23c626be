/* raw.h - findings that cannot be taken apart: inputs at which loading crashes, hangs or takes too
 * much memory, also those that are no valid module.
 *
 * Nothing of them is loaded in this process.  They get smaller by bytes alone. */
#ifndef WX_TOOLS_FIND_RAW_H
#define WX_TOOLS_FIND_RAW_H

#include "tools/find/probe.h"

/* Whether the modules of the case can be taken apart, asked of a child. */
bool raw_loads(struct prober *p, const uint8_t *data, size_t size);

/* Removes bytes of data[0..*size) as long as the sight has the same name, at most until the
 * processor time `deadline`.  false: nothing is seen. */
bool raw_reduce(struct prober *p, uint8_t *data, size_t *size, double deadline,
                char name[SIGHT_TEXT]);

#endif
