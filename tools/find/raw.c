/* raw.c - see raw.h. */
#include "tools/find/raw.h"
#include <stdlib.h>
#include <string.h>

static const struct plan oracle = { .mode = PROBE_ORACLE };

bool raw_loads(struct prober *p, const uint8_t *data, size_t size)
{
    const struct plan load = { .mode = PROBE_LOAD };
    probe(p, &load, data, size);
    return p->shared->ran;
}

static bool shows(struct prober *p, const uint8_t *data, size_t size, const char *name)
{
    char now[SIGHT_TEXT];
    const struct sight *s = probe(p, &oracle, data, size);
    if (!sight_is_finding(s))
        return false;
    sight_name(s, now);
    return strcmp(now, name) == 0;
}

/* Long ranges first. */
static void remove_ranges(struct prober *p, uint8_t *data, size_t *size, double deadline,
                          const char *name, uint8_t *room)
{
    for (size_t n = *size / 2; n > 0; n /= 2)
        for (size_t at = 0; at + n <= *size && prober_seconds() < deadline;) {
            memcpy(room, data, at);
            memcpy(room + at, data + at + n, *size - at - n);
            if (!shows(p, room, *size - n, name)) {
                at += n;
                continue;
            }
            *size -= n;
            memcpy(data, room, *size);
        }
}

bool raw_reduce(struct prober *p, uint8_t *data, size_t *size, double deadline,
                char name[SIGHT_TEXT])
{
    enum { SHORT_MS = 500 };
    uint32_t usual = p->timeout_ms;
    prober_fresh(p);
    const struct sight *s = probe(p, &oracle, data, *size);
    uint8_t *room = sight_is_finding(s) ? malloc(*size) : NULL;
    if (room == NULL)
        return false;
    sight_name(s, name);
    if (s->kind == SIGHT_HANG && usual > SHORT_MS)
        p->timeout_ms = SHORT_MS;
    remove_ranges(p, data, size, deadline, name, room);
    p->timeout_ms = usual;
    free(room);
    return true;
}
