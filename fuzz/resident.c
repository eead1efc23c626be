/* resident.c - asks the kernel, by /proc/self/pagemap.  See resident.h. */
#include "resident.h"
#include <fcntl.h>
#include <unistd.h>

/* An open map is that of the process that opened it, also in its children. */
static int map_of_process(void)
{
    static int fd = -1;
    static pid_t owner;
    if (owner != getpid()) {
        if (fd >= 0)
            close(fd);
        fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
        owner = getpid();
    }
    return fd;
}

bool resident_ask(struct resident *r, const uint8_t *base, size_t npages)
{
    int fd = map_of_process();
    size_t bytes = npages * sizeof *r->page;
    off_t at = (off_t)((uintptr_t)base / RESIDENT_PAGE * sizeof *r->page);
    return fd >= 0 && npages <= RESIDENT_PAGES &&
           pread(fd, r->page, bytes, at) == (ssize_t)bytes;
}
