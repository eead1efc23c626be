/* list.h - growable arrays of the command line program.
 *
 *     LIST(const char *) paths = { 0 };
 *     list_push(&paths, "a.json");
 *     list_free(&paths);
 *
 * Out of memory ends the program with a message: there is nothing to go on with. */
#ifndef WX_TOOLS_LIST_H
#define WX_TOOLS_LIST_H

#include <stddef.h>
#include <stdlib.h>

#define LIST(T)          \
    struct {             \
        T *at;           \
        size_t len, cap; \
    }

/* Makes room for n more elements. */
#define list_room(l, n)                                                                \
    ((l)->cap - (l)->len >= (n) ? (void)0                                              \
                                : (void)((l)->at = list_grow((l)->at, sizeof *(l)->at, \
                                                             (l)->len, &(l)->cap, (n))))

#define list_push(l, ...) (list_room((l), 1), (void)((l)->at[(l)->len++] = (__VA_ARGS__)))

#define list_free(l) (free((l)->at), (l)->at = NULL, (void)((l)->len = (l)->cap = 0))

/* As realloc, of count objects, and never NULL. */
void *list_alloc(void *old, size_t count, size_t size);
void *list_grow(void *at, size_t size, size_t len, size_t *cap, size_t more);

#endif
