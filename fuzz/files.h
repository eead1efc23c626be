/* files.h - calls a function with the contents of files, for programs that replay inputs. */
#ifndef WX_FUZZ_FILES_H
#define WX_FUZZ_FILES_H

#include <stddef.h>
#include <stdint.h>

/* data is a block of exactly size bytes, so that sanitizers see reads past its end. */
typedef void files_fn(void *env, const char *path, const uint8_t *data, size_t size);

/* A file, or all files below a folder in sorted order but those whose names begin with a dot.
 * 0, or 1 when something could not be read. */
int files_each(const char *path, files_fn *fn, void *env);

#endif
