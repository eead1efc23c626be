/* record.c - the log of a script, in shared memory. */
#include "spectest/record.h"
#include <string.h>
#include <sys/mman.h>

/* Pages that are not written cost nothing; the largest script needs about a megabyte. */
enum { LOG_BYTES = 256 << 20 };

struct log {
    size_t used; /* of bytes */
    bool full;   /* a record was lost */
    struct log_stats stats;
    uint8_t bytes[];
};

struct header {
    uint32_t size; /* with the texts */
    uint32_t line;
    uint8_t kind, verdict;
};

enum { CAPACITY = LOG_BYTES - sizeof(struct log) };

const struct kind_info kinds[KIND_COUNT] = {
#define SPEC_KIND(name, text, assertion) [KIND_##name] = { text, assertion },
    SPEC_KINDS(SPEC_KIND)
#undef SPEC_KIND
};

enum kind kind_find(const char *name)
{
    enum kind k = 0;
    while (k < KIND_UNKNOWN && strcmp(kinds[k].name, name) != 0)
        k++;
    return k;
}

struct log *log_new(void)
{
    void *p = mmap(NULL, LOG_BYTES, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void log_free(struct log *l)
{
    if (l)
        munmap(l, LOG_BYTES);
}

void log_reset(struct log *l)
{
    l->used = 0;
    l->full = false;
    l->stats = (struct log_stats){ 0 };
}

struct log_stats *log_stats(struct log *l) { return &l->stats; }

static bool has_texts_of(uint32_t verdict)
{
    return verdict == VERDICT_FAILED || verdict == VERDICT_UNASKED;
}

static uint8_t *append_text(uint8_t *at, const char *text)
{
    size_t size = strlen(text) + 1;
    memcpy(at, text, size);
    return at + size;
}

void log_append(struct log *l, const struct record *r)
{
    bool has_texts = has_texts_of(r->verdict);
    size_t texts = has_texts ? strlen(r->reason) + strlen(r->got) + strlen(r->want) + 3 : 0;
    size_t size = sizeof(struct header) + texts;
    if (l->used > CAPACITY || CAPACITY - l->used < size) {
        l->full = true;
        return;
    }
    struct header h = { .size = (uint32_t)size,
                        .line = r->line,
                        .kind = (uint8_t)r->kind,
                        .verdict = (uint8_t)r->verdict };
    uint8_t *at = l->bytes + l->used;
    memcpy(at, &h, sizeof h);
    at += sizeof h;
    if (has_texts)
        append_text(append_text(append_text(at, r->reason), r->got), r->want);
    l->used += size;
}

bool log_intact(const struct log *l, size_t cursor)
{
    return !l->full && cursor == l->used;
}

/* The text at *at, which ends before end; NULL if it does not. */
static const char *next_text(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *text = *at;
    const uint8_t *nul = memchr(text, '\0', (size_t)(end - text));
    *at = nul ? nul + 1 : end;
    return nul ? (const char *)text : NULL;
}

bool log_next(const struct log *l, size_t *cursor, struct record *out)
{
    struct header h;
    size_t used = l->used < CAPACITY ? l->used : CAPACITY;
    if (*cursor > used || used - *cursor < sizeof h)
        return false;
    memcpy(&h, l->bytes + *cursor, sizeof h);
    if (h.size < sizeof h || h.size > used - *cursor || h.kind >= KIND_COUNT ||
        h.verdict >= VERDICT_COUNT)
        return false;
    *out = (struct record){ h.line, h.kind, h.verdict, "", "", "" };
    const uint8_t *at = l->bytes + *cursor + sizeof h, *end = l->bytes + *cursor + h.size;
    if (has_texts_of(h.verdict)) {
        out->reason = next_text(&at, end);
        out->got = next_text(&at, end);
        out->want = next_text(&at, end);
        if (!out->reason || !out->got || !out->want)
            return false;
    }
    *cursor += h.size;
    return true;
}
