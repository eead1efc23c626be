/* perfmap.h - names of compiled functions for the profiler perf of Linux. */
#ifndef WX_X64_PERFMAP_H
#define WX_X64_PERFMAP_H

#include "x64/codemap.h"

/* Appends the function's address, size and name to /tmp/perf-PID.map, which perf reads when
 * it reports samples of the process.  A file that cannot be written changes nothing. */
void perfmap_note(const struct code_body *b);

#endif
