/* pipeline.c - see pipeline.h. */
#include "tools/find/pipeline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t all_instructions(const struct reducer *r)
{
    return tree_instructions(r->trees[0]) +
           (r->trees[1] != NULL ? tree_instructions(r->trees[1]) : 0);
}

/* Operations that compilers treat alike are one group of causes, by parts of their names. */
static const struct group {
    const char *part, *name;
} groups[] = {
    { ".load", "load" },          { ".store", "store" },      { ".eq", "compare" },
    { ".neg", "sign" },           { ".nearest", "rounding" }, { ".ne", "compare" },
    { ".lt", "compare" },         { ".gt", "compare" },       { ".le", "compare" },
    { ".ge", "compare" },         { ".shl", "shift" },        { ".shr", "shift" },
    { ".rot", "shift" },          { ".div", "division" },     { ".rem", "division" },
    { ".add", "arithmetic" },     { ".sub", "arithmetic" },   { ".mul", "arithmetic" },
    { ".and", "arithmetic" },     { ".or", "arithmetic" },    { ".xor", "arithmetic" },
    { ".min", "min and max" },    { ".max", "min and max" },  { ".clz", "count of zeros" },
    { ".ctz", "count of zeros" }, { "local.", "local" },      { "global.", "global" },
};

static void name_operation(char *out, size_t room, enum op op)
{
    const char *text = op_infos[op].text, *name = NULL;
    for (size_t i = 0; i < COUNT(groups) && name == NULL; i++)
        if (strstr(text, groups[i].part) != NULL)
            name = groups[i].name;
    bool typed = name != NULL && (text[0] == 'i' || text[0] == 'f') &&
                 op_infos[op].imm != IMM_MEMARG;
    if (name == NULL)
        snprintf(out, room, "%s", text);
    else
        snprintf(out, room, "%.*s%s", typed ? 4 : 0, text, name);
    char *dot = typed ? strchr(out, '.') : NULL;
    if (dot != NULL)
        *dot = ' ';
}

/* Where a wrong value was seen in the culprit, how it showed in the end does not matter. */
static void name_bucket(struct outcome *out, const struct culprit *c)
{
    char operation[64];
    if (!c->has_insn) {
        snprintf(out->bucket, sizeof out->bucket, "%s", out->name);
        return;
    }
    name_operation(operation, sizeof operation, c->op);
    if (c->good != c->odd)
        snprintf(out->bucket, sizeof out->bucket, "%s/value/%s", family_names[c->family],
                 operation);
    else
        snprintf(out->bucket, sizeof out->bucket, "%s/%s", out->name, operation);
}

static void write_script(struct reducer *r, const struct culprit *c, const char *stem,
                         struct outcome *out)
{
    snprintf(out->script, PIPELINE_PATH, "%s.wast", stem);
    FILE *f = fopen(out->script, "w");
    bool ok = f != NULL && wast_write(r, c, f);
    if (f != NULL)
        fclose(f);
    if (ok)
        return;
    unlink(out->script);
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

void pipeline_run(struct prober *p, const uint8_t *data, size_t size, double seconds,
                  const char *stem, bool script, struct outcome *out)
{
    static struct reducer r;
    struct culprit c;
    double start = prober_seconds();
    uint32_t timeout = p->timeout_ms;
    memset(out, 0, sizeof *out);
    out->found = reducer_init(&r, p, data, size, seconds);
    if (out->found) {
        out->before = all_instructions(&r);
        reduce(&r);
        out->after = all_instructions(&r);
        out->actions = r.c.nactions;
        snprintf(out->name, sizeof out->name, "%s", r.name);
        out->located = bisect(&r, &c);
        culprit_text(&c, out->culprit, sizeof out->culprit);
        name_bucket(out, &c);
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
