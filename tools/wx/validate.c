/* validate.c - wx validate: loads each file and reports what is wrong with it. */
#include "tools/wx/commands.h"
#include "tools/wx/file.h"
#include "tools/wx/value.h"
#include <stdio.h>

/* FILE:0x2b: function 3: type mismatch */
static void print_error(const char *path, const wx_error *err)
{
    printf("%s:", path);
    if (err->offset != WX_NO_OFFSET)
        printf("0x%zx:", err->offset);
    if (err->func_index != WX_NO_FUNCTION)
        printf(" function %u:", err->func_index);
    printf(" %s\n", err->text);
}

static bool validate(wx_engine *e, const char *path, bool verbose)
{
    struct file file;
    const char *why;
    if (!file_read(path, &file, &why)) {
        fprintf(stderr, "wx validate: cannot read %s: %s\n", path, why);
        return false;
    }
    wx_module *m;
    wx_error err;
    bool ok = wx_module_new(e, file.bytes, file.len, &m, &err) == WX_OK;
    file_free(&file);
    if (ok)
        wx_module_free(m);
    else
        print_error(path, &err);
    if (ok && verbose)
        printf("%s: OK\n", path);
    return ok;
}

int command_validate(const struct options *o)
{
    wx_engine *e;
    wx_error err;
    if (o->args.len == 0) {
        fprintf(stderr, "wx validate: no file is given; see 'wx help validate'\n");
        return EXIT_USAGE;
    }
    if (wx_engine_new(&o->config, &e, &err) != WX_OK) {
        fprintf(stderr, "wx validate: %s\n", err.text);
        return EXIT_FAILED;
    }
    bool ok = true;
    for (size_t i = 0; i < o->args.len; i++)
        ok = validate(e, o->args.at[i], o->verbose) && ok;
    wx_engine_free(e);
    return ok ? EXIT_OK : EXIT_FAILED;
}
