/* template.c - see template.h. */
#include "outside/template.h"
#include "outside/process.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct template
{
    char *text;
    unsigned seconds;
    char folder[PATH_MAX / 2], file[PATH_MAX];
};

struct template *template_new(const char *text, unsigned seconds)
{
    struct template *t = calloc(1, sizeof *t);
    const char *tmp = getenv("TMPDIR");
    if (t == NULL)
        return NULL;
    t->seconds = seconds;
    t->text = strdup(text);
    snprintf(t->folder, sizeof t->folder, "%s/wx-outside-XXXXXX",
             tmp != NULL ? tmp : "/tmp");
    if (t->text == NULL || mkdtemp(t->folder) == NULL) {
        free(t->text);
        free(t);
        return NULL;
    }
    snprintf(t->file, sizeof t->file, "%s/module.wasm", t->folder);
    return t;
}

void template_free(struct template *t)
{
    if (t == NULL)
        return;
    unlink(t->file);
    rmdir(t->folder);
    free(t->text);
    free(t);
}

bool template_has_func(const struct template *t)
{
    return strstr(t->text, "{func}") != NULL;
}

/* ---- the command line -------------------------------------------------------------- */

static const struct {
    const char *name;
    bool is_func;
} places[] = { { "{wasm}", false }, { "{func}", true }, { "{}", false } };

enum { NPLACES = sizeof places / sizeof *places };

/* The place that text begins with, or NPLACES. */
static size_t place_at(const char *text)
{
    size_t i = 0;
    while (i < NPLACES && strncmp(text, places[i].name, strlen(places[i].name)) != 0)
        i++;
    return i;
}

/* The file's name is ours, but where TMPDIR points may need quotes. */
static void put_file(FILE *out, const char *file)
{
    putc('\'', out);
    for (; *file != '\0'; file++)
        if (*file == '\'')
            fputs("'\\''", out);
        else
            putc(*file, out);
    putc('\'', out);
}

static char *command_line(const struct template *t, const char *func)
{
    char *line = NULL;
    size_t size;
    bool has_file = false;
    FILE *out = open_memstream(&line, &size);
    if (out == NULL)
        return NULL;
    for (const char *p = t->text; *p != '\0';) {
        size_t place = place_at(p);
        if (place == NPLACES) {
            putc(*p++, out);
            continue;
        }
        has_file |= !places[place].is_func;
        if (places[place].is_func)
            fputs(func, out);
        else
            put_file(out, t->file);
        p += strlen(places[place].name);
    }
    if (!has_file) {
        putc(' ', out);
        put_file(out, t->file);
    }
    return fclose(out) == 0 ? line : NULL;
}

/* ---- one run ----------------------------------------------------------------------- */

static bool write_module(const struct template *t, const uint8_t *wasm, size_t len)
{
    FILE *out = fopen(t->file, "wbe");
    bool ok = out != NULL && fwrite(wasm, 1, len, out) == len;
    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    return ok;
}

/* What was written to fd, which is closed. */
static char *read_output(int fd, size_t *len)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = malloc((size_t)(size > 0 ? size : 0) + 1);
    ssize_t n = text != NULL && size > 0 ? pread(fd, text, (size_t)size, 0) : 0;
    *len = n > 0 ? (size_t)n : 0;
    if (text != NULL)
        text[*len] = '\0';
    close(fd);
    return text;
}

static void run_line(const struct template *t, char *line, struct template_run *r)
{
    char shell[] = "/bin/sh", option[] = "-c";
    char *argv[] = { shell, option, line, NULL };
    struct process p = { 0 };
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = memfd_create("stdout", MFD_CLOEXEC),
        err = memfd_create("stderr", MFD_CLOEXEC);
    r->started = in >= 0 && out >= 0 && err >= 0 && process_start(&p, argv, in, out, err);
    r->late = r->started && !process_wait(&p, 1000 * t->seconds, &r->status);
    if (r->late)
        r->status = process_kill(&p);
    close(in);
    r->out = read_output(out, &r->out_len);
    r->err = read_output(err, &r->err_len);
}

void template_run(struct template *t, const uint8_t *wasm, size_t len, const char *func,
                  struct template_run *r)
{
    *r = (struct template_run){ 0 };
    char *line = command_line(t, func);
    if (line != NULL && write_module(t, wasm, len))
        run_line(t, line, r);
    free(line);
}

void template_done(struct template_run *r)
{
    free(r->out);
    free(r->err);
}

const char *template_message(const struct template_run *r)
{
    const char *text = r->err_len > 0 ? r->err : r->out_len > 0 ? r->out : "no output";
    return text + strspn(text, "\n");
}
