/* arena.h - memory owned by lifetime: a module, a store, the scratch of one compilation.
 *
 * An arena hands out memory from blocks and frees all of it at once.  malloc and free appear
 * in arena.c only.  All arenas of an engine draw on its heap, which counts bytes and can be told
 * to fail, so that exhaustion is a test (arena_test).
 *
 * Exhaustion.  Inside an operation that began with `if (setjmp(oom)) ...; arena.oom = &oom`,
 * arena_alloc never returns NULL: it longjmps there.  Such an operation (load, translate,
 * compile) holds no Wasm or host frame.  Code that running Wasm can reach uses arena_try. */
#ifndef WX_BASE_ARENA_H
#define WX_BASE_ARENA_H

#include "base/compiler.h"
#include "base/size.h"
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Source of an engine's memory.  Any thread. */
struct heap {
    _Atomic size_t bytes; /* now allocated */
    _Atomic size_t peak;
    size_t limit; /* 0: none */
    _Atomic int64_t
        fail_at; /* > 0: the fail_at-th allocation from now fails, and all after */
    bool poison; /* fill what is given out and what is given back (HEAP_POISON) */
};

/* malloc/realloc/free through the heap's accounting.  NULL when refused.  size is the size the
 * block was allocated with. */
void *heap_alloc(struct heap *h, size_t size);
void *heap_realloc(struct heap *h, void *p, size_t old_size, size_t new_size);
void heap_free(struct heap *h, void *p, size_t size);

/* In memory that nobody owns, or nobody has written yet.  The hostile build poisons always,
 * other builds where a test asks for it. */
enum { HEAP_POISON = 0xA5 };

struct arena_block;

struct arena {
    struct heap *heap;
    struct arena_block *blocks; /* newest first */
    uint8_t *p, *end;           /* free part of the newest block */
    jmp_buf *oom;               /* where arena_alloc goes on exhaustion */
    size_t total;               /* bytes obtained from the heap */
    size_t limit;               /* on total; 0: none */
};

void arena_init(struct arena *a, struct heap *h);
void arena_free(struct arena *a);  /* frees all; the arena may be used again */
void arena_reset(struct arena *a); /* frees all but one block, which is reused */

/* n bytes, aligned to 16, contents undefined.  arena_zalloc: zeroed.  n == 0 is allowed. */
void *arena_alloc(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);
/* As arena_alloc, but NULL on exhaustion. */
void *arena_try(struct arena *a, size_t n);

/* count objects of a type. */
#define arena_array(a, type, count) \
    ((type *)arena_alloc((a), size_mul(sizeof(type), (count))))
#define arena_zarray(a, type, count) \
    ((type *)arena_zalloc((a), size_mul(sizeof(type), (count))))
#define arena_new(a, type) ((type *)arena_zalloc((a), sizeof(type)))

#endif
