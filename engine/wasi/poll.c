/* poll.c - poll_oneoff: waits for clocks and for descriptors.
 *
 *     subscription, 48 bytes                      event, 32 bytes
 *      0 userdata  u64                             0 userdata  u64
 *      8 kind      u8                              8 error     u16
 *     16 clock: id u32     fd: number u32         10 kind      u8
 *     24        timeout u64                       16 bytes     u64   (descriptors)
 *     40        flags   u16, 1: absolute          24 flags     u16 */
#include "wasi/wasi.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

enum { SUBSCRIPTION_SIZE = 48, EVENT_SIZE = 32 };
enum kind { KIND_CLOCK, KIND_READ, KIND_WRITE };
enum { CLOCK_ABSOLUTE = 1, EVENT_HANGUP = 1, MONOTONIC = 1 };

struct subscription {
    uint64_t userdata;
    enum kind kind;
    uint32_t id; /* of the clock, or the descriptor */
    uint64_t timeout;
    bool absolute;
};

/* What one wait is for. */
struct wait {
    struct pollfd fds[WASI_STDIO];
    uint64_t start;   /* monotonic time */
    uint64_t timeout; /* until the first clock; UINT64_MAX: none */
};

static struct subscription subscription_at(const uint8_t *p)
{
    return (struct subscription){
        .userdata = guest_load64(p),
        .kind = (enum kind)p[8],
        .id = guest_load32(p + 16),
        .timeout = guest_load64(p + 24),
        .absolute = (p[40] & CLOCK_ABSOLUTE) != 0,
    };
}

/* Nanoseconds from now; 0 for a clock that does not exist, which is reported at once. */
static uint64_t time_left(const struct subscription *s)
{
    uint64_t now;
    if (!wasi_clock_now(s->id, &now))
        return 0;
    if (!s->absolute)
        return s->timeout;
    return s->timeout > now ? s->timeout - now : 0;
}

static void wait_for(struct wait *w, struct wasi *wasi, const struct subscription *s)
{
    uint64_t timeout = 0;
    const struct wasi_fd *fd = NULL;
    if (s->kind == KIND_CLOCK)
        timeout = time_left(s);
    else if ((fd = wasi_fd_at(wasi, s->id)) != NULL)
        timeout = UINT64_MAX;
    if (fd != NULL) {
        w->fds[s->id].fd = fd->host;
        w->fds[s->id].events |= s->kind == KIND_READ ? POLLIN : POLLOUT;
    }
    w->timeout = timeout < w->timeout ? timeout : w->timeout;
}

static enum wasi_error wait_now(struct wait *w)
{
    struct timespec t = { .tv_sec = (time_t)(w->timeout / 1000000000),
                          .tv_nsec = (long)(w->timeout % 1000000000) };
    int n = ppoll(w->fds, WASI_STDIO, w->timeout == UINT64_MAX ? NULL : &t, NULL);
    return n < 0 && errno != EINTR ? wasi_error_of(errno) : WASI_SUCCESS;
}

static uint64_t bytes_ready(int fd)
{
    int n = 0;
    return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

static void put_event(uint8_t *p, const struct subscription *s, enum wasi_error error)
{
    memset(p, 0, EVENT_SIZE);
    guest_store64(p, s->userdata);
    p[8] = (uint8_t)error;
    p[10] = (uint8_t)s->kind;
}

static bool clock_event(const struct subscription *s, uint64_t passed, uint8_t *event)
{
    uint64_t now;
    if (!wasi_clock_now(s->id, &now)) {
        put_event(event, s, WASI_INVAL);
        return true;
    }
    if (s->absolute ? now < s->timeout : passed < s->timeout)
        return false;
    put_event(event, s, WASI_SUCCESS);
    return true;
}

static bool fd_event(const struct wait *w, const struct wasi_call *c,
                     const struct subscription *s, uint8_t *event)
{
    const struct wasi_fd *fd = wasi_fd_at(c->wasi, s->id);
    if (fd == NULL) {
        put_event(event, s, WASI_BADF);
        return true;
    }
    short events = w->fds[s->id].revents;
    short wanted = s->kind == KIND_READ ? POLLIN : POLLOUT;
    if ((events & (wanted | POLLERR | POLLHUP | POLLNVAL)) == 0)
        return false;
    put_event(event, s, (events & POLLNVAL) != 0 ? WASI_BADF : WASI_SUCCESS);
    guest_store64(event + 16, s->kind == KIND_READ ? bytes_ready(fd->host) : 0);
    event[24] = (events & POLLHUP) != 0 ? EVENT_HANGUP : 0;
    return true;
}

/* Writes the events that have happened; returns how many. */
static uint32_t collect(const struct wasi_call *c, const struct wait *w, const uint8_t *in,
                        uint8_t *out, uint32_t n)
{
    uint64_t now = w->start;
    uint32_t events = 0;
    wasi_clock_now(MONOTONIC, &now);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t event[EVENT_SIZE];
        struct subscription s = subscription_at(in + (size_t)i * SUBSCRIPTION_SIZE);
        bool happened = s.kind == KIND_CLOCK ? clock_event(&s, now - w->start, event)
                                             : fd_event(w, c, &s, event);
        if (happened)
            memcpy(out + (size_t)events++ * EVENT_SIZE, event, EVENT_SIZE);
    }
    return events;
}

static bool kinds_known(const uint8_t *in, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (subscription_at(in + (size_t)i * SUBSCRIPTION_SIZE).kind > KIND_WRITE)
            return false;
    return true;
}

static enum wasi_error wait_once(struct wasi_call *c, const uint8_t *in, uint32_t n,
                                 struct wait *w)
{
    for (int i = 0; i < WASI_STDIO; i++)
        w->fds[i] = (struct pollfd){ .fd = -1 };
    w->timeout = UINT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        struct subscription s = subscription_at(in + (size_t)i * SUBSCRIPTION_SIZE);
        wait_for(w, c->wasi, &s);
    }
    return wait_now(w);
}

enum wasi_error wasi_poll_oneoff(struct wasi_call *c)
{
    uint32_t n = wasi_u32(c, 2), events = 0;
    const uint8_t *in = guest_at(c, wasi_u32(c, 0), (uint64_t)n * SUBSCRIPTION_SIZE);
    uint8_t *out = guest_at(c, wasi_u32(c, 1), (uint64_t)n * EVENT_SIZE);
    struct wait w = { .start = 0 };
    if (in == NULL || out == NULL || guest_at(c, wasi_u32(c, 3), sizeof n) == NULL)
        return WASI_FAULT;
    if (n == 0 || !kinds_known(in, n))
        return WASI_INVAL;
    wasi_clock_now(MONOTONIC, &w.start);
    while (events == 0) {
        enum wasi_error error = wait_once(c, in, n, &w);
        if (error != WASI_SUCCESS)
            return error;
        events = collect(c, &w, in, out, n);
    }
    return guest_put32(c, wasi_u32(c, 3), events);
}
