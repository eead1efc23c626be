/* pipeline.c - see pipeline.h. */
#include "tools/find/pipeline.h"
#include "tools/find/prove.h"
#include "tools/find/raw.h"
#include "tools/find/signature.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As a script that was seen to fail; false: it cannot be said in one. */
static bool write_wast(struct reducer *r, const struct culprit *c, bool junk,
                       const char *path)
{
    FILE *f = fopen(path, "w");
    bool ok = f != NULL && wast_write(r, c, junk, f);
    if (f != NULL)
        fclose(f);
    if (ok && prove_script(path) != PROOF_PASSES)
        return true;
    unlink(path);
    return false;
}

static void write_script(struct reducer *r, const struct culprit *c, const char *stem,
                         struct outcome *out)
{
    snprintf(out->script, PIPELINE_PATH, "%s.wast", stem);
    if (write_wast(r, c, false, out->script) || write_wast(r, c, true, out->script))
        return;
    snprintf(out->script, PIPELINE_PATH, "%s.wasm", stem);
    if (!find_store(out->script, r->bytes, r->size))
        out->script[0] = 0;
}

static void write_minimal(const struct reducer *r, const char *stem, struct outcome *out)
{
    snprintf(out->minimal, PIPELINE_PATH, "%s.min.wasm", stem);
    if (!find_store(out->minimal, r->bytes, r->size))
        out->minimal[0] = 0;
}

/* What cannot be taken apart has no instructions: its name is all that is known. */
static void run_raw(struct prober *p, const uint8_t *data, size_t size, double seconds,
                    const char *stem, struct outcome *out)
{
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        return;
    memcpy(copy, data, size);
    out->found = raw_reduce(p, copy, &size, prober_seconds() + seconds, out->name);
    snprintf(out->bucket, sizeof out->bucket, "loading/%s", out->name);
    snprintf(out->culprit, sizeof out->culprit, "loading, %zu bytes", size);
    if (out->found && stem != NULL) {
        snprintf(out->minimal, PIPELINE_PATH, "%s.min.wasm", stem);
        snprintf(out->script, PIPELINE_PATH, "%s.wasm", stem);
        if (!find_store(out->minimal, copy, size) || !find_store(out->script, copy, size))
            out->minimal[0] = out->script[0] = 0;
    }
    free(copy);
}

void pipeline_run(struct prober *p, const uint8_t *data, size_t size, double seconds,
                  const char *stem, bool script, struct outcome *out)
{
    static struct reducer r;
    struct culprit c;
    double start = prober_seconds();
    uint32_t timeout = p->timeout_ms;
    memset(out, 0, sizeof *out);
    if (!raw_loads(p, data, size)) {
        run_raw(p, data, size, seconds, stem, out);
        if (!out->found)
            fprintf(stderr,
                    "no case, or no valid module, and nothing is seen when it is loaded\n");
        out->seconds = prober_seconds() - start;
        return;
    }
    out->found = reducer_init(&r, p, data, size, seconds);
    if (out->found) {
        out->before = reduce_size(&r);
        reduce(&r);
        out->after = reduce_size(&r);
        out->actions = r.c.nactions;
        snprintf(out->name, sizeof out->name, "%s", r.name);
        out->located = bisect(&r, &c);
        culprit_text(&c, out->culprit, sizeof out->culprit);
        signature_name(&r, &c, out->bucket, sizeof out->bucket);
        if (stem != NULL)
            write_minimal(&r, stem, out);
        if (stem != NULL && script)
            write_script(&r, &c, stem, out);
    }
    reducer_free(&r);
    p->timeout_ms = timeout;
    out->seconds = prober_seconds() - start;
}

void pipeline_repro(const char *file, char *out, size_t room)
{
    static const char *const variables[] = { "WX_BUG", "WX_AUDIT" };
    char program[PIPELINE_PATH];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(variables); i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && n < room)
            n += (size_t)snprintf(out + n, room - n, "%s=%s ", variables[i], value);
    }
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = 0;
    if (n < room)
        snprintf(out + n, room - n, "%s repro %s", program, file);
}
