/* file.c - reads whole files. */
#include "tools/wx/file.h"
#include "tools/wx/list.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads to the end of file; room for one byte more than the size that stat told, so that a
 * regular file takes one read and one for the end. */
static bool read_all(int fd, size_t size_hint, struct file *out)
{
    LIST(uint8_t) bytes = { 0 };
    list_room(&bytes, size_hint + 1);
    for (;;) {
        list_room(&bytes, 1);
        ssize_t n = read(fd, bytes.at + bytes.len, bytes.cap - bytes.len);
        if (n > 0) {
            bytes.len += (size_t)n;
        } else if (n == 0) {
            *out = (struct file){ .bytes = bytes.at, .len = bytes.len };
            return true;
        } else if (errno != EINTR) {
            list_free(&bytes);
            return false;
        }
    }
}

bool file_read(const char *path, struct file *out, const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool ok = fd >= 0 && fstat(fd, &st) == 0 &&
              read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 4095, out);
    if (!ok)
        *why = strerror(errno);
    if (fd >= 0)
        close(fd);
    return ok;
}

void file_free(struct file *f)
{
    free(f->bytes);
    *f = (struct file){ 0 };
}

const char *file_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
