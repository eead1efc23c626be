/* answer.c - see answer.h. */
#include "outside/answer.h"
#include "wasm/opcode.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    uint32_t traps;
} messages[] = {
#define OUTSIDE_TRAP(text, traps) { text, traps },
#include "outside/traps.def"
};

static const struct {
    const char *text, *reason;
} allowed[] = {
#define OUTSIDE_ALLOWED(text, reason) { text, reason },
#include "outside/allowed.def"
};

/* Does text contain words, letters of either case?  Not by strcasestr: libFuzzer would take
 * the messages for what inputs are compared with. */
static bool contains(const char *text, const char *words)
{
    for (; *text != '\0'; text++) {
        size_t n = 0;
        while (words[n] != '\0' && tolower((uint8_t)text[n]) == tolower((uint8_t)words[n]))
            n++;
        if (words[n] == '\0')
            return true;
    }
    return false;
}

uint32_t answer_traps(const char *text)
{
    for (size_t i = 0; i < COUNT(messages); i++)
        if (contains(text, messages[i].text))
            return messages[i].traps;
    return 0;
}

const char *answer_allowed(const char *text)
{
    for (size_t i = 0; i < COUNT(allowed); i++)
        if (contains(text, allowed[i].text))
            return allowed[i].reason;
    return NULL;
}

/* ---- reading ----------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Decimal digits up to the end; a sign negates modulo 2^64. */
static uint64_t read_number(const char *text, size_t len)
{
    bool negative = len > 0 && *text == '-';
    uint64_t v = 0;
    for (size_t i = negative; i < len && is_digit(text[i]); i++)
        v = v * 10 + (uint64_t)(text[i] - '0');
    return negative ? 0 - v : v;
}

bool answer_number(const char *text, size_t len, uint64_t *out)
{
    size_t end = len;
    while (end > 0 && !is_digit(text[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && is_digit(text[start - 1]))
        start--;
    if (start == end)
        return false;
    if (start > 0 && text[start - 1] == '-')
        start--;
    *out = read_number(text + start, end - start);
    return true;
}

struct answer_line *answer_add(struct answer *a, const char *name)
{
    uint32_t i = a->nlines < ANSWER_MAX_LINES ? a->nlines++ : ANSWER_MAX_LINES - 1;
    struct answer_line *l = &a->lines[i];
    *l = (struct answer_line){ 0 };
    snprintf(l->name, sizeof l->name, "%s", name);
    return l;
}

void answer_say(struct answer *a, enum answer_kind kind, const char *text)
{
    a->kind = kind;
    snprintf(a->text, sizeof a->text, "%s", text);
    a->text[strcspn(a->text, "\n")] = '\0';
}

/* NAME() => OUTCOME */
static void parse_line(struct answer *a, const char *line, size_t len)
{
    static const char arrow[] = "() => ", error[] = "error: ";
    const char *at = memmem(line, len, arrow, sizeof arrow - 1);
    char name[24];
    if (at == NULL || (size_t)(at - line) >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(at - line), line);
    struct answer_line *l = answer_add(a, name);
    const char *rest = at + sizeof arrow - 1;
    size_t left = len - (size_t)(rest - line);
    l->trapped = left >= sizeof error - 1 && memcmp(rest, error, sizeof error - 1) == 0;
    if (l->trapped)
        snprintf(l->text, sizeof l->text, "%.*s", (int)(left - (sizeof error - 1)),
                 rest + sizeof error - 1);
    else
        answer_number(rest, left, &l->value);
}

void answer_parse(struct answer *a, const char *text, size_t len)
{
    a->kind = ANSWER_RAN;
    a->nlines = 0;
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        parse_line(a, text, n);
        text += n + (newline != NULL);
    }
}

/* ---- comparing --------------------------------------------------------------------- */

static bool same_traps(const char *a, const char *b)
{
    uint32_t left = answer_traps(a), right = answer_traps(b);
    return left == 0 || right == 0 || (left & right) != 0;
}

static enum answer_verdict compare_lines(const struct answer_line *a,
                                         const struct answer_line *b)
{
    bool one = a->trapped != b->trapped;
    if ((a->trapped && answer_allowed(a->text) != NULL) ||
        (b->trapped && answer_allowed(b->text) != NULL))
        return ANSWERS_CANNOT_TELL;
    if (one || strcmp(a->name, b->name) != 0)
        return ANSWERS_DIFFER;
    bool same = a->trapped ? same_traps(a->text, b->text) : a->value == b->value;
    return same ? ANSWERS_SAME : ANSWERS_DIFFER;
}

/* One of them did not run. */
static enum answer_verdict compare_kinds(const struct answer *a, const struct answer *b)
{
    if (a->kind == ANSWER_UNAVAILABLE || b->kind == ANSWER_UNAVAILABLE)
        return ANSWERS_CANNOT_TELL;
    if (answer_allowed(a->text) != NULL || answer_allowed(b->text) != NULL)
        return ANSWERS_CANNOT_TELL;
    return a->kind == b->kind && same_traps(a->text, b->text) ? ANSWERS_SAME
                                                              : ANSWERS_DIFFER;
}

enum answer_verdict answer_compare(const struct answer *a, const struct answer *b,
                                   uint32_t *line)
{
    *line = UINT32_MAX;
    if (a->kind != ANSWER_RAN || b->kind != ANSWER_RAN)
        return compare_kinds(a, b);
    uint32_t n = a->nlines < b->nlines ? a->nlines : b->nlines;
    for (uint32_t i = 0; i < n; i++) {
        enum answer_verdict v = compare_lines(&a->lines[i], &b->lines[i]);
        *line = i;
        if (v != ANSWERS_SAME)
            return v;
    }
    *line = n;
    return a->nlines == b->nlines ? ANSWERS_SAME : ANSWERS_DIFFER;
}
