/* fd.c - descriptors 0, 1 and 2: read, write, what they are.
 *
 * A descriptor is a stream here, whatever it is to the host: seeking is SPIPE.  Non-blocking is
 * emulated by asking whether the host's descriptor is ready, because setting it there would
 * change it for every process that shares it. */
#include "wasi/wasi.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDSTAT_SIZE = 24, FILESTAT_SIZE = 64, IOVEC_SIZE = 8, IOVECS = 64 };
enum { FLAG_APPEND = 1, FLAG_NONBLOCK = 4 };

enum filetype {
    FILETYPE_UNKNOWN,
    FILETYPE_BLOCK,
    FILETYPE_CHARACTER,
    FILETYPE_DIRECTORY,
    FILETYPE_REGULAR,
    FILETYPE_DATAGRAM,
    FILETYPE_STREAM,
};

enum {
    RIGHT_READ = 1 << 1,
    RIGHT_SEEK = 1 << 2,
    RIGHT_SET_FLAGS = 1 << 3,
    RIGHT_TELL = 1 << 5,
    RIGHT_WRITE = 1 << 6,
    RIGHT_FILESTAT = 1 << 21,
    RIGHT_POLL = 1 << 27,
};

struct wasi_fd *wasi_fd_at(struct wasi *w, uint32_t fd)
{
    return fd < WASI_STDIO && w->fds[fd].open ? &w->fds[fd] : NULL;
}

enum wasi_error wasi_fd_close(struct wasi_call *c)
{
    struct wasi_fd *fd = wasi_fd_at(c->wasi, wasi_u32(c, 0));
    if (fd == NULL)
        return WASI_BADF;
    fd->open = false;
    return WASI_SUCCESS;
}

/* ---- reading and writing ------------------------------------------------------------- */

/* The first IOVECS of a guest's vectors: a call may transfer less than asked for. */
static enum wasi_error gather(const struct wasi_call *c, struct iovec *out, int *n)
{
    uint32_t count = wasi_u32(c, 2);
    const uint8_t *p = guest_at(c, wasi_u32(c, 1), (uint64_t)count * IOVEC_SIZE);
    if (p == NULL)
        return WASI_FAULT;
    *n = count < IOVECS ? (int)count : IOVECS;
    for (int i = 0; i < *n; i++, p += IOVEC_SIZE) {
        uint32_t len = guest_load32(p + 4);
        out[i] = (struct iovec){ guest_at(c, guest_load32(p), len), len };
        if (out[i].iov_base == NULL)
            return WASI_FAULT;
    }
    return WASI_SUCCESS;
}

static bool is_ready(const struct wasi_fd *fd, short events)
{
    struct pollfd p = { .fd = fd->host, .events = events };
    return (fd->flags & FLAG_NONBLOCK) == 0 || poll(&p, 1, 0) != 0;
}

typedef ssize_t transfer_fn(int fd, const struct iovec *v, int n);

static enum wasi_error transfer(struct wasi_call *c, transfer_fn *fn, short events)
{
    struct iovec v[IOVECS];
    int n;
    ssize_t done;
    const struct wasi_fd *fd = wasi_fd_at(c->wasi, wasi_u32(c, 0));
    if (fd == NULL)
        return WASI_BADF;
    enum wasi_error error = gather(c, v, &n);
    if (error != WASI_SUCCESS)
        return error;
    if (guest_at(c, wasi_u32(c, 3), sizeof(uint32_t)) == NULL)
        return WASI_FAULT;
    if (!is_ready(fd, events))
        return WASI_AGAIN;
    do
        done = fn(fd->host, v, n);
    while (done < 0 && errno == EINTR);
    return done < 0 ? wasi_error_of(errno) : guest_put32(c, wasi_u32(c, 3), (uint32_t)done);
}

enum wasi_error wasi_fd_read(struct wasi_call *c) { return transfer(c, readv, POLLIN); }

enum wasi_error wasi_fd_write(struct wasi_call *c) { return transfer(c, writev, POLLOUT); }

static enum wasi_error stream_only(struct wasi_call *c)
{
    return wasi_fd_at(c->wasi, wasi_u32(c, 0)) == NULL ? WASI_BADF : WASI_SPIPE;
}

enum wasi_error wasi_fd_seek(struct wasi_call *c) { return stream_only(c); }

enum wasi_error wasi_fd_tell(struct wasi_call *c) { return stream_only(c); }

/* ---- what a descriptor is ------------------------------------------------------------ */

static enum filetype filetype_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFBLK: return FILETYPE_BLOCK;
    case S_IFCHR: return FILETYPE_CHARACTER;
    case S_IFDIR: return FILETYPE_DIRECTORY;
    case S_IFREG: return FILETYPE_REGULAR;
    case S_IFSOCK: return FILETYPE_STREAM;
    default: return FILETYPE_UNKNOWN;
    }
}

/* Guests take a character device that cannot seek for a terminal. */
static uint64_t rights_of(int host, enum filetype type)
{
    uint64_t rights =
        RIGHT_READ | RIGHT_WRITE | RIGHT_SET_FLAGS | RIGHT_FILESTAT | RIGHT_POLL;
    return type == FILETYPE_CHARACTER && isatty(host) ? rights
                                                      : rights | RIGHT_SEEK | RIGHT_TELL;
}

enum wasi_error wasi_fd_fdstat_get(struct wasi_call *c)
{
    struct stat st;
    const struct wasi_fd *fd = wasi_fd_at(c->wasi, wasi_u32(c, 0));
    uint8_t *p = guest_at(c, wasi_u32(c, 1), FDSTAT_SIZE);
    if (fd == NULL)
        return WASI_BADF;
    if (p == NULL)
        return WASI_FAULT;
    if (fstat(fd->host, &st) != 0)
        return wasi_error_of(errno);
    enum filetype type = filetype_of(st.st_mode);
    memset(p, 0, FDSTAT_SIZE);
    p[0] = (uint8_t)type;
    p[2] = (uint8_t)fd->flags;
    guest_store64(p + 8, rights_of(fd->host, type));
    return WASI_SUCCESS;
}

enum wasi_error wasi_fd_fdstat_set_flags(struct wasi_call *c)
{
    struct wasi_fd *fd = wasi_fd_at(c->wasi, wasi_u32(c, 0));
    uint32_t flags = wasi_u32(c, 1);
    if (fd == NULL)
        return WASI_BADF;
    if ((flags & ~(uint32_t)(FLAG_APPEND | FLAG_NONBLOCK)) != 0)
        return WASI_NOTSUP;
    fd->flags = (uint16_t)flags;
    return WASI_SUCCESS;
}

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

enum wasi_error wasi_fd_filestat_get(struct wasi_call *c)
{
    struct stat st;
    const struct wasi_fd *fd = wasi_fd_at(c->wasi, wasi_u32(c, 0));
    uint8_t *p = guest_at(c, wasi_u32(c, 1), FILESTAT_SIZE);
    if (fd == NULL)
        return WASI_BADF;
    if (p == NULL)
        return WASI_FAULT;
    if (fstat(fd->host, &st) != 0)
        return wasi_error_of(errno);
    memset(p, 0, FILESTAT_SIZE);
    guest_store64(p, st.st_dev);
    guest_store64(p + 8, st.st_ino);
    p[16] = (uint8_t)filetype_of(st.st_mode);
    guest_store64(p + 24, st.st_nlink);
    guest_store64(p + 32, (uint64_t)st.st_size);
    guest_store64(p + 40, nanoseconds(st.st_atim));
    guest_store64(p + 48, nanoseconds(st.st_mtim));
    guest_store64(p + 56, nanoseconds(st.st_ctim));
    return WASI_SUCCESS;
}

/* No directory is opened beforehand: the guest stops looking at the first BADF. */
enum wasi_error wasi_fd_prestat_get(struct wasi_call *c)
{
    (void)c;
    return WASI_BADF;
}

enum wasi_error wasi_fd_prestat_dir_name(struct wasi_call *c)
{
    (void)c;
    return WASI_BADF;
}
