/* os_linux.c - os.h for Linux. */
#include "base/os.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int protection(enum os_access access)
{
    switch (access) {
    case OS_NONE: return PROT_NONE;
    case OS_READ: return PROT_READ;
    case OS_READ_WRITE: return PROT_READ | PROT_WRITE;
    case OS_READ_EXEC: return PROT_READ | PROT_EXEC;
    }
    return PROT_NONE;
}

static void *mapped(void *p) { return p != MAP_FAILED ? p : NULL; }

void *os_reserve(size_t size)
{
    return mapped(
        mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

void os_release(void *p, size_t size)
{
    if (p != NULL)
        munmap(p, size);
}

bool os_protect(void *p, size_t size, enum os_access access)
{
    return size == 0 || mprotect(p, size, protection(access)) == 0;
}

void os_discard(void *p, size_t size)
{
    if (size != 0)
        madvise(p, size, MADV_DONTNEED);
}

/* Since Linux 5.14. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

void os_populate(void *p, size_t size)
{
    uintptr_t low = (uintptr_t)p & ~(uintptr_t)(OS_PAGE - 1);
    madvise((void *)low, (uintptr_t)p + size - low, MADV_POPULATE_WRITE);
}

/* Beyond the limit on file sizes, ftruncate does not only refuse: it raises SIGXFSZ. */
static bool may_be_file_size(size_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || size <= limit.rlim_cur;
}

int os_shared_new(size_t size)
{
    int fd = may_be_file_size(size) ? memfd_create("wx-code", MFD_CLOEXEC) : -1;
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)size) == 0)
        return fd;
    close(fd);
    return -1;
}

void os_shared_free(int fd)
{
    if (fd >= 0)
        close(fd);
}

void *os_shared_map(int fd, void *at, size_t offset, size_t size, enum os_access access)
{
    int fixed = at != NULL ? MAP_FIXED : 0;
    return mapped(
        mmap(at, size, protection(access), MAP_SHARED | fixed, fd, (off_t)offset));
}

void *os_private_map(void *at, size_t size, enum os_access access)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at != NULL ? MAP_FIXED : 0);
    return mapped(mmap(at, size, protection(access), flags, -1, 0));
}

struct os_stack os_thread_stack(void)
{
    struct os_stack stack = { NULL, NULL };
    pthread_attr_t attr;
    void *low;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return stack;
    if (pthread_attr_getstack(&attr, &low, &size) == 0) {
        stack.low = low;
        stack.high = stack.low + size;
    }
    pthread_attr_destroy(&attr);
    return stack;
}

static uint64_t clock_read(clockid_t clock)
{
    struct timespec t = { 0, 0 };
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

uint64_t os_thread_time(void) { return clock_read(CLOCK_THREAD_CPUTIME_ID); }

uint64_t os_monotonic_time(void) { return clock_read(CLOCK_MONOTONIC); }
