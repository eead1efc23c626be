/* export_main.c - writes the module of an input, with its configuration and script.
 *
 *     fuzz_export INPUT MODULE.wasm
 *
 * The header of the DNA goes to the custom section "wx.fuzz", so that the module replays as the
 * input does and stays the same when the generator changes. */
#include "case.h"
#include "files.h"
#include <stdio.h>
#include <string.h>

struct output {
    const char *path;
    bool failed;
};

static void write_header(FILE *out, const uint8_t *data, size_t size)
{
    static const uint8_t name[] = {
        0, 8 + DNA_HEADER, 7, 'w', 'x', '.', 'f', 'u', 'z', 'z'
    };
    uint8_t header[DNA_HEADER];
    case_header(data, size, header);
    fwrite(name, 1, sizeof name, out);
    fwrite(header, 1, sizeof header, out);
}

static void write_module(struct output *o, const uint8_t *data, size_t size,
                         const struct fuzz_case *c)
{
    FILE *out = fopen(o->path, "wb");
    if (out == NULL) {
        perror(o->path);
        o->failed = true;
        return;
    }
    fwrite(c->wasm, 1, c->wasm_len, out);
    if (c->generated)
        write_header(out, data, size);
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
        write_module(o, data, size, &c);
    } else {
        fprintf(stderr, "%s: not a case\n", path);
        o->failed = true;
    }
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    struct output o = { .path = argv[argc - 1] };
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz_export INPUT MODULE.wasm\n");
        return 2;
    }
    return files_each(argv[1], export, &o) | o.failed;
}
