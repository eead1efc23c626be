/* file.h - whole files as bytes. */
#ifndef WX_TOOLS_FILE_H
#define WX_TOOLS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file {
    uint8_t *bytes;
    size_t len;
};

/* Reads a regular file or a pipe.  false: *why says why not.  The caller frees with file_free. */
bool file_read(const char *path, struct file *out, const char **why);
void file_free(struct file *f);

/* The last component of a path: "b.json" of "a/b.json". */
const char *file_base(const char *path);

#endif
