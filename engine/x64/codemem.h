/* codemem.h - memory for machine code: one region per engine, mapped twice (memfd).
 *
 * The writer sees it read-write at one address, the processor executes it at another; no address
 * is ever writable and executable.  Where memfd is refused, one mapping that is switched between
 * RW and RX.  Chunks of the region belong to a module (or to the engine, for stubs).  After fork
 * the child gets a private copy at the same addresses (pthread_atfork). */
#ifndef WX_X64_CODEMEM_H
#define WX_X64_CODEMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap;
struct code_region;
struct code_chunk;

/* CODE_SINGLE is for systems that refuse memfd, which CODE_DUAL comes to by itself, and for
 * profilers: perf takes the memfd for a file and asks no perf map about it. */
enum code_mapping { CODE_DUAL, CODE_SINGLE };

struct code_region *code_region_new(struct heap *h,
                                    enum code_mapping m); /* NULL: exhausted */
void code_region_free(struct code_region *r);

struct code_chunk *code_chunk_new(struct code_region *r);
void code_chunk_free(struct code_chunk *c);

/* Space to write: size bytes at rw, which will execute at rx.  Aligned to 16. */
struct code_space {
    uint8_t *rw, *rx;
    size_t size;
};

/* Reserves size bytes; at most one reservation is open per chunk (modcode.compiling).  A chunk grows
 * by further granules of the region.  false: region or memory exhausted. */
bool code_reserve(struct code_chunk *c, size_t size, struct code_space *out);
/* Keeps the first used bytes.  false: the system refuses to make them executable (only where the
 * region is mapped once); nothing is kept then. */
bool code_commit(struct code_chunk *c, const struct code_space *s, size_t used);
/* Keeps nothing. */
void code_cancel(struct code_chunk *c, const struct code_space *s);

/* Words readable by code rip-relative (entry tables, constants): as code_reserve, committed. */
bool code_data(struct code_chunk *c, size_t size, struct code_space *out);

#endif
