/* command_triage.c - wx fuzz triage: a folder of findings by cause.
 *
 * Each file that is a case and shows something is made smaller and located; findings with the
 * same bucket are one row of a Markdown table, with the smallest case.  Files whose names end in
 * .report, .wast, .md or .min.wasm belong to findings and are passed over. */
#include "tools/find/pipeline.h"
#include "tools/fuzz/commands.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_BUCKETS = 1000 };

struct bucket {
    struct outcome smallest;
    char file[PIPELINE_PATH];
    uint32_t count;
};

struct triage {
    const struct find_options *o;
    struct prober p;
    struct bucket *buckets;
    uint32_t nbuckets, findings, silent;
};

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static bool is_ours(const char *name)
{
    static const char *const ends[] = { ".report", ".report.wasm", ".wast", ".md",
                                        ".min.wasm" };
    for (size_t i = 0; i < COUNT(ends); i++)
        if (ends_with(name, ends[i]))
            return true;
    return name[0] == '.';
}

static struct bucket *bucket_of(struct triage *t, const char *name)
{
    for (uint32_t i = 0; i < t->nbuckets; i++)
        if (strcmp(t->buckets[i].smallest.bucket, name) == 0)
            return &t->buckets[i];
    return t->nbuckets < MOST_BUCKETS ? &t->buckets[t->nbuckets++] : NULL;
}

static void sort_in(struct triage *t, const char *path, const struct outcome *out)
{
    struct bucket *b = bucket_of(t, out->bucket);
    t->findings++;
    if (b == NULL || (b->count++ > 0 && b->smallest.after <= out->after))
        return;
    b->smallest = *out;
    snprintf(b->file, sizeof b->file, "%s", path);
}

static void look_at(struct triage *t, const char *path)
{
    struct outcome out;
    size_t size;
    uint8_t *data = find_load(path, &size);
    if (data == NULL)
        return;
    pipeline_run(&t->p, data, size, t->o->seconds, path, t->o->all, &out);
    free(data);
    if (out.found)
        sort_in(t, path, &out);
    else
        t->silent++;
    fprintf(stderr, "%s: %s\n", path, out.found ? out.bucket : "nothing");
}

static int by_count(const void *a, const void *b)
{
    const struct bucket *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1)
                                : strcmp(x->smallest.bucket, y->smallest.bucket);
}

static void print_table(struct triage *t)
{
    char repro[2 * PIPELINE_PATH];
    qsort(t->buckets, t->nbuckets, sizeof *t->buckets, by_count);
    printf("| cause | findings | instructions | where | reproduce |\n");
    printf("|-------|---------:|-------------:|-------|-----------|\n");
    for (uint32_t i = 0; i < t->nbuckets; i++) {
        const struct bucket *b = &t->buckets[i];
        const char *file = b->smallest.minimal[0] != 0 ? b->smallest.minimal : b->file;
        pipeline_repro(file, repro, sizeof repro);
        printf("| %s | %u | %u | %s | `%s` |\n", b->smallest.bucket, b->count,
               b->smallest.after, b->smallest.culprit, repro);
    }
    printf("\n%u findings of %u causes; %u files show nothing\n", t->findings, t->nbuckets,
           t->silent);
}

static bool each_file(struct triage *t)
{
    struct dirent **entries;
    struct stat st;
    char path[PIPELINE_PATH];
    int n = scandir(t->o->input, &entries, NULL, alphasort);
    if (n < 0) {
        perror(t->o->input);
        return false;
    }
    for (int i = 0; i < n; i++) {
        int len =
            snprintf(path, sizeof path - 16, "%s/%s", t->o->input, entries[i]->d_name);
        bool fits = len > 0 && len < (int)sizeof path - 16;
        if (fits && !is_ours(entries[i]->d_name) && stat(path, &st) == 0 &&
            S_ISREG(st.st_mode))
            look_at(t, path);
        free(entries[i]);
    }
    free(entries);
    return true;
}

int fuzz_command_triage(int argc, char **argv)
{
    static struct triage t;
    struct find_options o;
    if (!find_options_parse(&o, "triage", TAKES_SECONDS | TAKES_ALL, argc, argv))
        return EXIT_USAGE;
    t.o = &o;
    t.buckets = calloc(MOST_BUCKETS, sizeof *t.buckets);
    if (t.buckets == NULL || !prober_init(&t.p))
        return EXIT_FAILED;
    t.p.timeout_ms = o.timeout_ms;
    t.p.memory = o.memory;
    t.p.node = o.node;
    int code = EXIT_FAILED;
    if (setjmp(t.p.oom) == 0 && each_file(&t)) {
        print_table(&t);
        code = EXIT_OK;
    }
    prober_free(&t.p);
    free(t.buckets);
    return code;
}
