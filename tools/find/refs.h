/* refs.h - every place of a tree that names something by its index. */
#ifndef WX_TOOLS_FIND_REFS_H
#define WX_TOOLS_FIND_REFS_H

#include "tools/find/tree.h"

enum space { SPACE_FUNC, SPACE_TABLE, SPACE_MEMORY, SPACE_GLOBAL, SPACE_ELEM, SPACE_DATA };

typedef void refs_fn(void *env, uint32_t *index);

/* Calls fn for each index of the space in t: instructions, exports, segments, start. */
void refs_each(struct tree *t, enum space space, refs_fn *fn, void *env);

/* A copy in which every index may be changed. */
struct tree *refs_copy(struct arena *a, const struct tree *t);

/* How many places name index. */
uint32_t refs_count(const struct tree *t, enum space space, uint32_t index);

/* Makes index `from` be called `to`, those between one less (from < to) or one more, or, for to
 * UINT32_MAX, every index above from one less. */
void refs_move(struct tree *t, enum space space, uint32_t from, uint32_t to);

#endif
