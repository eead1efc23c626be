/* clock.c - the four clocks of preview 1. */
#include "wasi/wasi.h"
#include <errno.h>
#include <time.h>

static const clockid_t clocks[] = {
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID,
};

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

bool wasi_clock_now(uint32_t clock, uint64_t *now)
{
    struct timespec t;
    if (clock >= COUNT(clocks) || clock_gettime(clocks[clock], &t) != 0)
        return false;
    *now = nanoseconds(t);
    return true;
}

enum wasi_error wasi_clock_time_get(struct wasi_call *c)
{
    uint64_t now;
    if (!wasi_clock_now(wasi_u32(c, 0), &now))
        return WASI_INVAL;
    return guest_put64(c, wasi_u32(c, 2), now);
}

enum wasi_error wasi_clock_res_get(struct wasi_call *c)
{
    struct timespec t;
    uint32_t clock = wasi_u32(c, 0);
    if (clock >= COUNT(clocks) || clock_getres(clocks[clock], &t) != 0)
        return WASI_INVAL;
    return guest_put64(c, wasi_u32(c, 1), nanoseconds(t));
}
