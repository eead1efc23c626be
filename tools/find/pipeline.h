/* pipeline.h - everything that is done with one finding: seen again, made smaller, located,
 * written down. */
#ifndef WX_TOOLS_FIND_PIPELINE_H
#define WX_TOOLS_FIND_PIPELINE_H

#include "tools/find/options.h"
#include "tools/find/wast.h"

enum { PIPELINE_PATH = 4096 };

struct outcome {
    bool found, located;
    char name[SIGHT_TEXT]; /* as seen in the simplest lanes */
    char bucket[SIGHT_TEXT +
                64]; /* the tier and the group of the operation that went wrong */
    char culprit[SIGHT_TEXT];
    uint32_t before, after, actions; /* instructions; actions of the script */
    double seconds;                  /* of processor time */
    char minimal[PIPELINE_PATH];     /* the files written, or empty */
    char script[PIPELINE_PATH];
};

/* stem: what the names of the files begin with: STEM.min.wasm, STEM.wast.  NULL: none are
 * written.  script: the .wast, too.  A script that cannot say it is a second copy of the module:
 * that replays as an input of fuzz_diff. */
void pipeline_run(struct prober *p, const uint8_t *data, size_t size, double seconds,
                  const char *stem, bool script, struct outcome *out);

/* "WX_BUG=S05 wx-fuzz repro FILE": the variables that change what is seen, this program. */
void pipeline_repro(const char *file, char *out, size_t room);

#endif
