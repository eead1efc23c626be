/* template.h - a command line with places for a module and a function, run by the shell.
 *
 * Standard output and error are kept; the module is a file in a folder of this object,
 * which is removed with it.  Used by command.c, and by wx spec --engine. */
#ifndef WX_FUZZ_OUTSIDE_TEMPLATE_H
#define WX_FUZZ_OUTSIDE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct template;

/* One run of the program. */
struct template_run {
    bool started, late; /* late: it was ended at the time limit */
    int status;         /* as of waitpid */
    char *out, *err;    /* NUL-terminated */
    size_t out_len, err_len;
};

/* {wasm} or {}: the module; {func}: the function.  NULL: no folder can be made. */
struct template *template_new(const char *text, unsigned seconds);
void template_free(struct template *t); /* NULL is allowed */
bool template_has_func(const struct template *t);

/* Runs the program on a module; func may hold only letters, digits and '_'. */
void template_run(struct template *t, const uint8_t *wasm, size_t len, const char *func,
                  struct template_run *r);
void template_done(struct template_run *r);
/* The first line of what it printed on standard error, else on standard output, that is not
 * empty. */
const char *template_message(const struct template_run *r);

#endif
