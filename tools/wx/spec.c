/* spec.c - wx spec: finds the scripts, has them run by workers, reports. */
#include "spectest/report.h"
#include "spectest/worker.h"
#include "tools/wx/commands.h"
#include "tools/wx/file.h"
#include "tools/wx/spec_engine.h"
#include "tools/wx/value.h"
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct run {
    const char *filter;
    LIST(char *) paths;
    struct report report;
};

/* ---- the scripts ---------------------------------------------------------------------------- */

/* "i32" of "spec/i32/i32.json". */
static void script_name(struct text *t, const char *path)
{
    const char *base = file_base(path);
    size_t len = strlen(base);
    bool json = len > 5 && strcmp(base + len - 5, ".json") == 0;
    text_clear(t);
    text_add(t, "%.*s", (int)(json ? len - 5 : len), base);
}

static void add_script(struct run *r, const char *path)
{
    struct text name;
    script_name(&name, path);
    if (!r->filter || fnmatch(r->filter, name.at, 0) == 0)
        list_push(&r->paths, strcpy(list_alloc(NULL, strlen(path) + 1, 1), path));
}

static bool add_path(struct run *r, const char *path, bool given);

static bool add_folder(struct run *r, const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    bool ok = true;
    for (const struct dirent *e; ok && (e = readdir(folder));) {
        char inner[PATH_MAX];
        if (e->d_name[0] == '.')
            continue;
        int n = snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        ok = n > 0 && (size_t)n < sizeof inner && add_path(r, inner, false);
    }
    closedir(folder);
    return ok;
}

/* A script or a folder of scripts.  false after a message. */
static bool add_path(struct run *r, const char *path, bool given)
{
    size_t len = strlen(path);
    bool json = len > 5 && strcmp(path + len - 5, ".json") == 0;
    struct stat st;
    if (!given && len > 5 && strcmp(path + len - 5, ".wasm") == 0)
        return true; /* most files of a suite, without a stat */
    bool ok = stat(path, &st) == 0;
    if (ok && S_ISDIR(st.st_mode))
        ok = add_folder(r, path);
    else if (ok && (given || json))
        add_script(r, path);
    if (!ok && given)
        fprintf(stderr, "wx spec: %s: %s\n", path, strerror(errno));
    return ok;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool find_scripts(struct run *r, const struct options *o)
{
    for (size_t i = 0; i < o->args.len; i++)
        if (!add_path(r, o->args.at[i], true))
            return false;
    if (r->paths.len == 0) {
        fprintf(stderr, "wx spec: no script %s\n", o->args.len ? "matches" : "is given");
        return false;
    }
    qsort(r->paths.at, r->paths.len, sizeof *r->paths.at, compare_paths);
    return true;
}

/* ---- the run -------------------------------------------------------------------------------- */

static void script_done(void *env, size_t index, struct log *log)
{
    struct run *r = env;
    struct text name;
    script_name(&name, r->paths.at[index]);
    report_script(&r->report, name.at, index, log);
}

/* Does this library run with that configuration? */
static bool check_config(const wx_config *config)
{
    wx_engine *e;
    wx_error err;
    if (wx_engine_new(config, &e, &err) != WX_OK) {
        fprintf(stderr, "wx spec: %s\n", err.text);
        return false;
    }
    wx_engine_free(e);
    return true;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* In the engine of this library, or in another one. */
static bool run_all(struct run *r, const struct options *o)
{
    const char *const *paths = (const char *const *)r->paths.at;
    if (o->engine) {
        struct spec_engine e = spec_engine_find(o->engine, o->engine_check);
        e.timeout_seconds = (unsigned)o->timeout_seconds;
        return spec_engine_run(&e, paths, r->paths.len, script_done, r);
    }
    struct worker_job job = { .paths = paths,
                              .n = r->paths.len,
                              .config = &o->config,
                              .junk = o->junk,
                              .timeout_seconds = o->timeout_seconds,
                              .done = script_done,
                              .env = r };
    return worker_run(&job);
}

static int run_scripts(struct run *r, const struct options *o)
{
    double start = now();
    r->report.failures_only = o->failures_only;
    r->report.progress = isatty(STDERR_FILENO);
    r->report.nscripts = r->paths.len;
    if (!report_open(&r->report, o->json))
        return EXIT_USAGE;
    bool ok = run_all(r, o);
    bool compiles = o->config.tier != WX_TIER_INTERP && !o->engine;
    ok = report_close(&r->report, compiles, now() - start) && ok;
    return ok && report_good(&r->report) ? EXIT_OK : EXIT_FAILED;
}

int command_spec(const struct options *o)
{
    struct run r = { .filter = o->filter };
    struct ledger ledger = { 0 };
    int code = EXIT_USAGE;
    if (o->ledger)
        r.report.ledger = &ledger;
    if ((!o->ledger || ledger_read(&ledger, o->ledger)) && check_config(&o->config) &&
        find_scripts(&r, o))
        code = run_scripts(&r, o);
    for (size_t i = 0; i < r.paths.len; i++)
        free(r.paths.at[i]);
    list_free(&r.paths);
    ledger_free(&ledger);
    return code;
}
