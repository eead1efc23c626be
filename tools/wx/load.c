/* load.c - loads modules from files and reports what is wrong with them. */
#include "tools/wx/load.h"
#include "tools/wx/file.h"

static void print_error(FILE *to, const char *path, const wx_error *err)
{
    fprintf(to, "%s:", path);
    if (err->offset != WX_NO_OFFSET)
        fprintf(to, "0x%zx:", err->offset);
    if (err->func_index != WX_NO_FUNCTION)
        fprintf(to, " function %u:", err->func_index);
    fprintf(to, " %s\n", err->text);
}

wx_module *load_module(wx_engine *e, const char *path, FILE *to)
{
    struct file file;
    const char *why;
    if (!file_read(path, &file, &why)) {
        fprintf(stderr, "wx: cannot read %s: %s\n", path, why);
        return NULL;
    }
    wx_module *m = NULL;
    wx_error err;
    if (wx_module_new(e, file.bytes, file.len, &m, &err) != WX_OK)
        print_error(to, path, &err);
    file_free(&file);
    return m;
}
