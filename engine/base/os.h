/* os.h - what the engine asks of the operating system: address space, code mappings, stacks.
 *
 * The only door to mmap and its family.  Sizes and addresses are multiples of OS_PAGE unless
 * said otherwise.  A refusal is a status, never an abort; errno says why.  Any thread. */
#ifndef WX_BASE_OS_H
#define WX_BASE_OS_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OS_PAGE = 4096 };

enum os_access { OS_NONE, OS_READ, OS_READ_WRITE, OS_READ_EXEC };

/* Address space without access, memory or accounting.  NULL: refused. */
void *os_reserve(size_t size);
void os_release(void *p, size_t size);

/* Changes the access of part of a mapping.  os_protect(p, n, OS_READ_WRITE) commits a part of
 * a reservation: pages read as zero until written.  n == 0 does nothing. */
MUST_CHECK bool os_protect(void *p, size_t size, enum os_access access);

/* Gives the memory of private pages back: they read as zero when touched again. */
void os_discard(void *p, size_t size);

/* Memory of the pages of p[0..size), which is writable and about to be written: in one call what
 * else each first write does.  p and size need not be aligned.  A hint. */
void os_populate(void *p, size_t size);

/* Memory that can be mapped at several addresses, with different access: code, written through
 * one mapping and executed through another. */

/* A file descriptor (close-on-exec) of size zero bytes; -1: refused. */
int os_shared_new(size_t size);
void os_shared_free(int fd);

/* Maps size bytes of fd from offset.  at NULL: anywhere; else exactly there, in place of what is
 * mapped there.  NULL: refused. */
void *os_shared_map(int fd, void *at, size_t offset, size_t size, enum os_access access);

/* Private memory, zeroed, as os_shared_map; for when os_shared_new is refused and for the copy a
 * forked child makes. */
void *os_private_map(void *at, size_t size, enum os_access access);

/* Bounds of the calling thread's stack: it may grow down to low.  Slow on the main thread (tens
 * of microseconds): cache it.  When unknown: {NULL, NULL}. */
struct os_stack {
    uint8_t *low, *high;
};
struct os_stack os_thread_stack(void);

/* What CPUID says of leaf 1, 7 or 0x80000001 (subleaf 0), in the order eax, ebx, ecx, edx;
 * zeros where the processor has no such leaf. */
void os_cpuid(uint32_t leaf, uint32_t regs[4]);

/* Processor time of the calling thread, and time since an arbitrary start, in nanoseconds. */
uint64_t os_thread_time(void);
uint64_t os_monotonic_time(void);

#endif
