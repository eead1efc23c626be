/* perfmap.c - a line for each function, as perf's documentation of JIT interfaces has it:
 * start and size in hexadecimal, then the name to the end of the line.
 *
 * Each line is one write to a file opened for appending, so threads and engines of a process
 * share the file, and nothing is kept open.  A symbolic link of somebody else's is not
 * followed, since the folder is open to all. */
#include "x64/perfmap.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE = 256 };

/* The name as one line of text. */
static void print_name(char out[LINE], struct name name)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < name.len && n < LINE - 1; i++)
        if ((uint8_t)name.at[i] >= ' ')
            out[n++] = name.at[i];
    out[n] = 0;
}

void perfmap_note(const struct code_body *b)
{
    char path[64], name[LINE], line[2 * LINE];
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    print_name(name, module_func_name(b->fn->modcode->module, b->fn->func));
    int len = snprintf(line, sizeof line, "%lx %x wasm[%u] %s\n", (unsigned long)b->start,
                       b->size, b->fn->func, name);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    ssize_t written = write(fd, line, (size_t)len);
    (void)written;
    close(fd);
}
