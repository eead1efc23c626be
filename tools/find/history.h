/* history.h - what a function did in the reference evaluator: its instructions in the order in
 * which they ran. */
#ifndef WX_TOOLS_FIND_HISTORY_H
#define WX_TOOLS_FIND_HISTORY_H

#include "tools/find/reduce.h"

struct moment {
    uint32_t index, execution; /* of the instruction with this number in the body */
    uint32_t
        step; /* in which it ran: 0 at instantiation, then the actions from 1; UINT32_MAX:
                      not known */
    bool first;
};

struct history {
    struct moment *at; /* lies in the kept arena */
    uint32_t n;
};

/* Of a defined function of the active module. */
struct history history_read(struct reducer *r, uint32_t func);
/* The number in the body of what lies at the offset in the module; false: nothing does. */
bool history_index(const struct code *c, uint32_t offset, uint32_t *index);

#endif
