/* region.h - the insides of a code region, for codemem.c, codefork.c and codemap.c alone.
 *
 * A region is an array of granules.  A run is what a chunk took at once: granules in a row.
 *
 *     start              code_end          data_start                end
 *     +------------------+-----------------+-------------------------+
 *     | code, growing -> | free            | <- data, whole pages    |
 *     +------------------+-----------------+-------------------------+
 *
 * All positions are offsets in the region, so they serve both mappings.  Code and data never
 * share a page: a word that is written next to code would cost the processor its pipeline.
 *
 * Locks.  `writers` is held shared from code_reserve to code_commit and exclusively by fork, so
 * that a child never sees half a function; `lock` guards the granules.  A chunk is guarded by
 * its owner (modcode.compiling, modcode.lock).  Readers of the code map hold nothing: they see granules, run.nbodies
 * and run.bodies through acquire loads, and their own chunk cannot be freed under them. */
#ifndef WX_X64_REGION_H
#define WX_X64_REGION_H

#include "base/bits.h"
#include "base/compiler.h"
#include "base/os.h"
#include "x64/codemap.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
    GRANULE = HOSTILE(OS_PAGE, 64 * 1024),
    REGION_BYTES = HOSTILE(16 << 20, 1 << 30),
    REGION_LEAST = 16 << 20, /* what is asked for when address space is short */
    GRANULES = REGION_BYTES / GRANULE,
};

/* The bodies of a run, by address.  An outgrown list is kept: a reader may be in it. */
struct body_list {
    struct body_list *outgrown;
    uint32_t cap;
    struct code_body at[];
};

struct code_run {
    struct code_run *next; /* of the chunk */
    uint32_t start, end;
    uint32_t code_end, data_start;
    _Atomic uint32_t nbodies;
    _Atomic(struct body_list *) bodies;
};

struct code_chunk {
    struct code_region *region;
    struct code_run *runs;     /* newest first */
    struct code_run *run;      /* code grows here; NULL at first */
    struct code_run *open;     /* the run of the open reservation, or NULL */
    uint32_t code_at, data_at; /* the next code, the next data */
    uint32_t open_end;         /* end of the open reservation, else code_at */
    uint32_t data_end;
};

struct code_region {
    struct heap *heap;
    uint8_t *rw, *rx; /* the same memory; one address when not dual */
    size_t size;
    bool dual;
    bool sealed; /* nothing may be written any more: a child without a copy of its own */
    int child;   /* file of the child's copy while fork runs, or -1 */
    struct code_region *next; /* in the list of fork */
    pthread_rwlock_t writers;
    pthread_mutex_t lock;
    uint32_t first_free; /* no free granule below */
    uint64_t used[BITS_WORDS(GRANULES)];
    _Atomic(struct code_run *) granules[GRANULES];
};

struct code_region *code_region_map(struct heap *h, enum code_mapping mapping);

/* Enters a dual region in the list that fork looks at, and takes it out again. */
void code_fork_add(struct code_region *r);
void code_fork_remove(struct code_region *r);

/* Forgets the bodies of a run. */
void codemap_forget(struct heap *h, struct code_run *run);

#endif
