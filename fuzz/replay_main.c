/* replay_main.c - runs a fuzz target over files and folders, without a fuzzing engine.
 *
 *     fuzz_diff_replay FILE|FOLDER...
 *
 * Folders are walked in sorted order.  A finding aborts, as under a fuzzing engine, after the name
 * of the file has been printed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned long inputs;

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, got;
    if (f == NULL) {
        perror(path);
        return 1;
    }
    do {
        data = realloc(data, size + 65536);
        got = fread(data + size, 1, 65536, f);
        size += got;
    } while (got == 65536);
    fclose(f);
    uint8_t *exact =
        malloc(size != 0 ? size : 1); /* so that ASan sees reads past the end */
    memcpy(exact, data, size);
    free(data);
    if (getenv("REPLAY_VERBOSE") != NULL)
        fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    inputs++;
    free(exact);
    return 0;
}

static int run_path(const char *path)
{
    struct stat st;
    struct dirent **entries;
    int failed = 0;
    if (stat(path, &st) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(st.st_mode))
        return run_file(path);
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char child[4096];
        if (entries[i]->d_name[0] != '.' &&
            snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name) <
                (int)sizeof child)
            failed |= run_path(child);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        failed |= run_path(argv[i]);
    printf("%lu inputs replayed\n", inputs);
    return failed;
}
