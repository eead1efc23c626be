/* crash.h - where a child died: the functions on the stack, by name.
 *
 * The handler runs behind the engine's own, which passes on what is no trap.  It notes addresses
 * in memory that the parent shares; the parent finds names in the program's symbol table, which
 * is the same file.  What lies in no file is compiled code, behind which nothing is known. */
#ifndef WX_TOOLS_FIND_CRASH_H
#define WX_TOOLS_FIND_CRASH_H

#include <stddef.h>
#include <stdint.h>

enum { CRASH_FRAMES = 32, CRASH_TEXT = 160 };

struct crash {
    volatile uint32_t n;
    uintptr_t pcs[CRASH_FRAMES]; /* the innermost first */
};

/* From now on signals that end this process fill in *c, which stays. */
void crash_watch(struct crash *c);

/* top: the innermost function of this program, "compiled code", or empty.  trail: up to four,
 * "memory_grow < helper_memory_grow". */
void crash_names(const struct crash *c, char top[CRASH_TEXT], char trail[CRASH_TEXT]);

#endif
