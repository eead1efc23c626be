/* global.c - globals that the embedder makes; those of a module lie in its instance. */
#include "runtime/objects.h"

struct global *global_new(struct store *s, struct global_type type, const uint64_t value[2])
{
    struct global *g = store_alloc(s, sizeof *g);
    if (g == NULL)
        return NULL;
    g->value[0] = value[0];
    g->value[1] = value[1];
    g->type = type.type;
    g->mutable_ = type.mutable_;
    g->store = s;
    return g;
}
