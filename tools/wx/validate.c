/* validate.c - wx validate: loads each file and reports what is wrong with it. */
#include "tools/wx/commands.h"
#include "tools/wx/load.h"
#include <stdio.h>

static bool validate(wx_engine *e, const char *path, bool verbose)
{
    wx_module *m = load_module(e, path, stdout);
    if (m && verbose)
        printf("%s: OK\n", path);
    wx_module_free(m);
    return m != NULL;
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
