/* command_pipeline.c - wx fuzz pipeline, repro and wast: one finding from the command line. */
#include "tools/find/command.h"
#include "tools/find/pipeline.h"
#include "tools/fuzz/commands.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- repro --------------------------------------------------------------------------------- */

/* In the lanes that the oracle chooses; then, if nothing is seen, in every other. */
static int reproduce(const struct find_options *o, struct prober *p, const uint8_t *data,
                     size_t size)
{
    struct plan plan;
    struct sight s;
    char name[SIGHT_TEXT];
    if (!plan_find(p, data, size, &plan, &s)) {
        printf("%s: nothing\n", o->input);
        return EXIT_OK;
    }
    sight_name(&s, name);
    printf("%s: %s", o->input, name);
    if (s.kind == SIGHT_DIFFERENT)
        printf(", lane %s, step %u", lane_name(finding_odd(&s.finding)), s.finding.step);
    if (s.trail[0] != 0)
        printf(", in %s", s.trail);
    printf("\n");
    if (s.kind == SIGHT_DIFFERENT)
        report_finding(&s.finding);
    return EXIT_FAILED;
}

int fuzz_command_repro(int argc, char **argv)
{
    return find_with_input("repro", 0, argc, argv, reproduce);
}

/* ---- pipeline ------------------------------------------------------------------------------ */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* FOLDER/NNNN-NAME with the next number that no file of the folder begins with. */
static void next_stem(const char *folder, const char *name, char out[PIPELINE_PATH])
{
    unsigned most = 0, n;
    DIR *d = opendir(folder);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (sscanf(e->d_name, "%4u-", &n) == 1 && n > most)
            most = n;
    if (d != NULL)
        closedir(d);
    snprintf(out, PIPELINE_PATH, "%s/%04u-%s", folder, most + 1, name);
}

static void stem_of(const struct find_options *o, char out[PIPELINE_PATH])
{
    const char *place = o->out != NULL ? o->out : o->input;
    if (o->out != NULL && is_folder(o->out)) {
        next_stem(o->out, o->name != NULL ? o->name : "finding", out);
        return;
    }
    snprintf(out, PIPELINE_PATH, "%s", place);
    size_t n = strlen(out);
    if (n > 5 && strcmp(out + n - 5, ".wast") == 0)
        out[n - 5] = 0;
}

static int pipeline(const struct find_options *o, struct prober *p, const uint8_t *data,
                    size_t size)
{
    struct outcome out;
    char stem[PIPELINE_PATH - 16], full[PIPELINE_PATH], repro[2 * PIPELINE_PATH];
    stem_of(o, full);
    snprintf(stem, sizeof stem, "%.*s", (int)sizeof stem - 1, full);
    pipeline_run(p, data, size, o->seconds, stem, true, &out);
    if (!out.found)
        return EXIT_FAILED;
    pipeline_repro(out.minimal, repro, sizeof repro);
    printf("bucket: %s\nculprit: %s\ninstructions: %u, now %u; actions: %u; %.1f s\n"
           "minimal: %s\nregression: %s\nreproduce: %s\n",
           out.bucket, out.culprit, out.before, out.after, out.actions, out.seconds,
           out.minimal, out.script, repro);
    return out.script[0] != 0 ? EXIT_OK : EXIT_FAILED;
}

int fuzz_command_pipeline(int argc, char **argv)
{
    return find_with_input("pipeline", TAKES_OUT | TAKES_SECONDS | TAKES_NAME, argc, argv,
                           pipeline);
}

/* ---- wast ---------------------------------------------------------------------------------- */

/* As it is, without making it smaller. */
static int script(const struct find_options *o, struct prober *p, const uint8_t *data,
                  size_t size)
{
    static struct reducer r;
    struct culprit c;
    if (!reducer_init(&r, p, data, size, o->seconds))
        return EXIT_FAILED;
    bisect(&r, &c);
    FILE *f = o->out == NULL ? stdout : fopen(o->out, "w");
    bool ok = f != NULL && wast_write(&r, &c, false, f);
    if (f == NULL)
        perror(o->out);
    else if (!ok)
        fprintf(stderr, "wx fuzz wast: a script cannot say it; keep the module\n");
    if (f != NULL && f != stdout)
        fclose(f);
    reducer_free(&r);
    return ok ? EXIT_OK : EXIT_FAILED;
}

int fuzz_command_wast(int argc, char **argv)
{
    return find_with_input("wast", TAKES_OUT | TAKES_SECONDS, argc, argv, script);
}
