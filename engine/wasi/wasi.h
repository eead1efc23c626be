/* wasi.h - what the files of WASI preview 1 share: the state of a program, one call, guest
 * memory.
 *
 * A handler takes its arguments from a struct call and returns an error number; results go to
 * guest memory.  Every guest address is checked against the memory that the calling instance
 * exports as "memory"; one outside it is FAULT, and nothing has been written then.
 * The program has the three standard descriptors and no files.  Descriptors of the host are the
 * embedder's: the guest's fd_close and flags change its own view only. */
#ifndef WX_WASI_WASI_H
#define WX_WASI_WASI_H

#include "base/arena.h"
#include "wx.h"

enum wasi_error {
#define WX_WASI_ERROR(name, number, host) WASI_##name = (number),
#include "wasi/errors.def"
};

enum { WASI_STDIO = 3 };

/* Strings, each with its NUL, one behind the other. */
struct wasi_strings {
    uint32_t count, size;
    char *bytes;
};

struct wasi_fd {
    int host;
    bool open;
    uint16_t flags; /* FDFLAGS as set by the guest */
};

struct wasi_door;

struct wasi {
    struct heap *heap;
    struct wasi_door *doors; /* one for each function */
    struct wasi_strings args, env;
    struct wasi_fd fds[WASI_STDIO];
    bool exited;
    uint32_t exit_code;
};

/* One call from a guest. */
struct wasi_call {
    struct wasi *wasi;
    const wx_value *args;
    uint8_t *memory; /* NULL: the caller has none */
    uint64_t memory_size;
    bool exit; /* set by proc_exit: end the program */
};

typedef enum wasi_error wasi_handler(struct wasi_call *c);

wasi_handler wasi_nosys;
#define WX_WASI(name, params, results, handler) wasi_handler wasi_##handler;
#include "wasi/functions.def"

static inline uint32_t wasi_u32(const struct wasi_call *c, int i)
{
    return (uint32_t)c->args[i].of.i32;
}

static inline uint64_t wasi_u64(const struct wasi_call *c, int i)
{
    return (uint64_t)c->args[i].of.i64;
}

/* ---- guest memory: guest.c ----------------------------------------------------------- */

/* size bytes at a guest address; NULL when they do not all lie in the memory. */
uint8_t *guest_at(const struct wasi_call *c, uint32_t address, uint64_t size);

/* Little-endian words at a checked address. */
uint32_t guest_load32(const uint8_t *p);
uint64_t guest_load64(const uint8_t *p);
void guest_store32(uint8_t *p, uint32_t value);
void guest_store64(uint8_t *p, uint64_t value);

enum wasi_error guest_put32(const struct wasi_call *c, uint32_t address, uint32_t value);
enum wasi_error guest_put64(const struct wasi_call *c, uint32_t address, uint64_t value);

/* The error that errno names. */
enum wasi_error wasi_error_of(int host_errno);

/* ---- descriptors and clocks ---------------------------------------------------------- */

/* The open descriptor of that number, or NULL. */
struct wasi_fd *wasi_fd_at(struct wasi *w, uint32_t fd);

/* Nanoseconds on a guest's clock; false when there is no such clock. */
bool wasi_clock_now(uint32_t clock, uint64_t *nanoseconds);

#endif
