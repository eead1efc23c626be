/* vec.h - growable arrays inside an arena.
 *
 *     VEC(uint32_t) heights = { 0 };
 *     vec_push(&arena, &heights, 3);
 *     heights.at[heights.len - 1]
 *
 * Growth doubles and leaves the old copy to the arena.  Exhaustion as arena_alloc. */
#ifndef WX_BASE_VEC_H
#define WX_BASE_VEC_H

#include "base/arena.h"

#define VEC(T)             \
    struct {               \
        T *at;             \
        uint32_t len, cap; \
    }

/* Makes room for n more elements. */
#define vec_room(a, v, n)                                                                \
    ((v)->cap - (v)->len >= (uint32_t)(n)                                                \
         ? (void)0                                                                       \
         : (void)((v)->at = vec_grow((a), (v)->at, sizeof *(v)->at, (v)->len, &(v)->cap, \
                                     (uint32_t)(n))))

#define vec_push(a, v, ...) \
    (vec_room((a), (v), 1), (void)((v)->at[(v)->len++] = (__VA_ARGS__)))

#define vec_top(v) ((v)->at[(v)->len - 1])
#define vec_pop(v) ((v)->at[--(v)->len])

/* A copy of at[0..len) with room for more elements; *cap is updated. */
void *vec_grow(struct arena *a, void *at, size_t elem_size, uint32_t len, uint32_t *cap,
               uint32_t more);

#endif
