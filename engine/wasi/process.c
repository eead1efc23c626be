/* process.c - the program's surroundings: arguments, environment, exit, random bytes. */
#include "wasi/wasi.h"
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/random.h>

static enum wasi_error put_sizes(const struct wasi_call *c, const struct wasi_strings *s)
{
    uint8_t *count = guest_at(c, wasi_u32(c, 0), sizeof s->count);
    uint8_t *size = guest_at(c, wasi_u32(c, 1), sizeof s->size);
    if (count == NULL || size == NULL)
        return WASI_FAULT;
    guest_store32(count, s->count);
    guest_store32(size, s->size);
    return WASI_SUCCESS;
}

/* Pointers to the strings, then, elsewhere, the strings. */
static enum wasi_error put_strings(const struct wasi_call *c, const struct wasi_strings *s)
{
    uint32_t address = wasi_u32(c, 1);
    uint8_t *pointers = guest_at(c, wasi_u32(c, 0), (uint64_t)s->count * 4);
    uint8_t *bytes = guest_at(c, address, s->size);
    if (pointers == NULL || bytes == NULL)
        return WASI_FAULT;
    for (uint32_t i = 0, at = 0; i < s->count; i++) {
        guest_store32(pointers + (size_t)i * 4, address + at);
        at += (uint32_t)strlen(s->bytes + at) + 1;
    }
    if (s->size > 0)
        memcpy(bytes, s->bytes, s->size);
    return WASI_SUCCESS;
}

enum wasi_error wasi_args_sizes_get(struct wasi_call *c)
{
    return put_sizes(c, &c->wasi->args);
}

enum wasi_error wasi_args_get(struct wasi_call *c)
{
    return put_strings(c, &c->wasi->args);
}

enum wasi_error wasi_environ_sizes_get(struct wasi_call *c)
{
    return put_sizes(c, &c->wasi->env);
}

enum wasi_error wasi_environ_get(struct wasi_call *c)
{
    return put_strings(c, &c->wasi->env);
}

enum wasi_error wasi_proc_exit(struct wasi_call *c)
{
    c->wasi->exited = c->exit = true;
    c->wasi->exit_code = wasi_u32(c, 0);
    return WASI_SUCCESS;
}

enum wasi_error wasi_random_get(struct wasi_call *c)
{
    size_t size = wasi_u32(c, 1);
    uint8_t *p = guest_at(c, wasi_u32(c, 0), size);
    if (p == NULL)
        return WASI_FAULT;
    while (size > 0) {
        ssize_t n = getrandom(p, size, 0);
        if (n < 0 && errno != EINTR)
            return wasi_error_of(errno);
        p += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return WASI_SUCCESS;
}

enum wasi_error wasi_sched_yield(struct wasi_call *c)
{
    (void)c;
    sched_yield();
    return WASI_SUCCESS;
}

enum wasi_error wasi_nosys(struct wasi_call *c)
{
    (void)c;
    return WASI_NOSYS;
}
