/* export_main.c - writes the module of an input, with its configuration and script.
 *
 *     fuzz_export INPUT MODULE.wasm
 *     fuzz_export INPUTS FOLDER       each input as FOLDER/NAME.wasm
 *
 * A second module goes to the custom section "wx.link", configuration and script to "wx.case"
 * (script.h), so that the module replays as the input does and stays the same when the generator
 * changes. */
#include "files.h"
#include "script.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct output {
    const char *path;
    bool folder; /* path is one */
    bool failed;
};

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static FILE *output_open(const struct output *o, const char *input)
{
    char path[4096];
    const char *slash = strrchr(input, '/');
    const char *name = slash == NULL ? input : slash + 1;
    snprintf(path, sizeof path, "%s/%s.wasm", o->path, name);
    FILE *out = fopen(o->folder ? path : o->path, "wb");
    if (out == NULL)
        perror(o->folder ? path : o->path);
    return out;
}

static void write_sections(FILE *out, const struct fuzz_case *c)
{
    uint8_t script[SCRIPT_MAX], link[CASE_LINK_HEAD];
    if (c->second != NULL) {
        fwrite(link, 1, case_link_head(link, c->second_len), out);
        fwrite(c->second, 1, c->second_len, out);
    }
    fwrite(script, 1, script_write(c, script), out);
}

static void write_module(struct output *o, const char *input, const struct fuzz_case *c)
{
    FILE *out = output_open(o, input);
    if (out == NULL) {
        o->failed = true;
        return;
    }
    fwrite(c->wasm, 1, c->wasm_len, out);
    if (c->generated)
        write_sections(out, c);
    o->failed |= fclose(out) != 0;
}

static void export(void *env, const char *path, const uint8_t *data, size_t size)
{
    struct output *o = env;
    struct fuzz_case c;
    struct heap heap = { 0 };
    struct arena arena;
    arena_init(&arena, &heap);
    if (case_read(data, size, &arena, &c)) {
        write_module(o, path, &c);
    } else {
        fprintf(stderr, "%s: not a case\n", path);
        o->failed = true;
    }
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    struct output o = { .path = argv[argc - 1], .folder = is_folder(argv[argc - 1]) };
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz_export INPUT MODULE.wasm | INPUTS FOLDER\n");
        return 2;
    }
    return files_each(argv[1], export, &o) | o.failed;
}
