/* ledger.c - reads the list of expected failures. */
#include "spectest/ledger.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Parses "script:LINE reason", which it may change. */
static bool parse_entry(char *text, struct ledger_entry *out)
{
    char *reason = text + strcspn(text, " \t\n");
    if (*reason)
        *reason++ = '\0';
    reason += strspn(reason, " \t\n");
    char *colon = strrchr(text, ':'), *end;
    if (!*reason || !colon || colon == text || !isdigit((unsigned char)colon[1]))
        return false;
    *colon = '\0';
    unsigned long line = strtoul(colon + 1, &end, 10);
    *out = (struct ledger_entry){ .script = text, .line = (uint32_t)line };
    return *end == '\0' && line <= UINT32_MAX;
}

static bool read_lines(struct ledger *l, FILE *file, const char *path)
{
    char *text = NULL;
    size_t cap = 0;
    bool ok = true;
    for (unsigned number = 1; ok && getline(&text, &cap, file) >= 0; number++) {
        struct ledger_entry e;
        char *start = text + strspn(text, " \t\n");
        if (*start == '\0' || *start == '#')
            continue;
        ok = parse_entry(start, &e);
        if (ok && ledger_find(l, e.script, e.line))
            ok = false;
        if (ok) {
            e.script = strcpy(list_alloc(NULL, strlen(e.script) + 1, 1), e.script);
            list_push(&l->entries, e);
        } else {
            fprintf(stderr, "%s:%u: not SCRIPT.wast:LINE REASON, or a line listed twice\n",
                    path, number);
        }
    }
    free(text);
    return ok;
}

bool ledger_read(struct ledger *l, const char *path)
{
    *l = (struct ledger){ 0 };
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "wx spec: cannot read %s: %s\n", path, strerror(errno));
        return false;
    }
    bool ok = read_lines(l, file, path);
    fclose(file);
    return ok;
}

void ledger_free(struct ledger *l)
{
    for (size_t i = 0; i < l->entries.len; i++)
        free(l->entries.at[i].script);
    list_free(&l->entries);
}

struct ledger_entry *ledger_find(struct ledger *l, const char *script, uint32_t line)
{
    for (size_t i = 0; i < l->entries.len; i++) {
        struct ledger_entry *e = &l->entries.at[i];
        if (e->line == line && strcmp(e->script, script) == 0)
            return e;
    }
    return NULL;
}
