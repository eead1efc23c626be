/* files.c - see files.h. */
#include "files.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int each_file(const char *path, size_t size, files_fn *fn, void *env)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(size != 0 ? size : 1);
    int failed = f == NULL || data == NULL || fread(data, 1, size, f) != size;
    if (f != NULL)
        fclose(f);
    if (failed)
        perror(path);
    else
        fn(env, path, data, size);
    free(data);
    return failed;
}

static int each_entry(const char *folder, const char *name, files_fn *fn, void *env)
{
    char path[4096];
    if (name[0] == '.')
        return 0;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
        return files_each(path, fn, env);
    fprintf(stderr, "%s/%s: name too long\n", folder, name);
    return 1;
}

int files_each(const char *path, files_fn *fn, void *env)
{
    struct stat st;
    struct dirent **entries;
    if (stat(path, &st) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(st.st_mode))
        return each_file(path, (size_t)st.st_size, fn, env);
    int failed = 0, n = scandir(path, &entries, NULL, alphasort);
    if (n < 0)
        return 1;
    for (int i = 0; i < n; i++) {
        failed |= each_entry(path, entries[i]->d_name, fn, env);
        free(entries[i]);
    }
    free(entries);
    return failed;
}
