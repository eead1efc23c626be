/* regex.c - regular expressions: patterns are compiled to a program, which a backtracking
 * machine runs over lines of text.
 *
 *     pattern  = branch ('|' branch)*        piece = atom ('*' | '+' | '?')?
 *     branch   = piece*                      atom  = '(' pattern ')' | '[' '^'? a-b... ']' | . | c
 *
 * SPLIT tries its first way, then its second. */
#include "bench.h"
#include <string.h>

enum { MAX_CODE = 256, LINES = 220, LINE = 40 };
enum op { CHAR, ANY, CLASS, SPLIT, JUMP, MATCH };

struct insn {
    enum op op;
    uint32_t x, y; /* CHAR: x; CLASS: x is an index; SPLIT, JUMP: distances */
};

struct compiler {
    const char *p;
    uint32_t len, nclasses;
    struct insn code[MAX_CODE];
    uint32_t classes[16][8]; /* sets of bytes */
};

static void pattern(struct compiler *c);

static void emit(struct compiler *c, enum op op, uint32_t x, uint32_t y)
{
    c->code[c->len++] = (struct insn){ op, x, y };
}

/* Makes room for an instruction at `at`; code behind it moves, its distances stay right. */
static void insert(struct compiler *c, uint32_t at, enum op op, uint32_t x, uint32_t y)
{
    memmove(&c->code[at + 1], &c->code[at], (c->len - at) * sizeof *c->code);
    c->code[at] = (struct insn){ op, x, y };
    c->len++;
}

static void class(struct compiler *c)
{
    uint32_t *set = c->classes[c->nclasses];
    bool inverted = *c->p == '^';
    c->p += inverted;
    memset(set, inverted ? 0xff : 0, sizeof c->classes[0]);
    for (; *c->p != ']'; c->p++) {
        uint32_t first = (uint8_t)*c->p, last = first;
        if (c->p[1] == '-') {
            c->p += 2;
            last = (uint8_t)*c->p;
        }
        for (uint32_t b = first; b <= last; b++)
            set[b / 32] ^= 1u << b % 32;
    }
    c->p++;
    emit(c, CLASS, c->nclasses++, 0);
}

static void atom(struct compiler *c)
{
    char ch = *c->p++;
    if (ch == '(') {
        pattern(c);
        c->p++;
    } else if (ch == '[') {
        class(c);
    } else {
        emit(c, ch == '.' ? ANY : CHAR, (uint8_t)ch, 0);
    }
}

static void piece(struct compiler *c)
{
    uint32_t start = c->len;
    atom(c);
    uint32_t size = c->len - start;
    char repeat = *c->p;
    if (repeat == '+')
        emit(c, SPLIT, -size, 1);
    else if (repeat == '?')
        insert(c, start, SPLIT, 1, size + 1);
    else if (repeat == '*') {
        insert(c, start, SPLIT, 1, size + 2);
        emit(c, JUMP, -(size + 1), 0);
    } else
        return;
    c->p++;
}

static void pattern(struct compiler *c)
{
    uint32_t start = c->len;
    while (*c->p != 0 && *c->p != ')' && *c->p != '|')
        piece(c);
    if (*c->p != '|')
        return;
    c->p++;
    uint32_t size = c->len - start;
    insert(c, start, SPLIT, 1, size + 2);
    uint32_t jump = c->len;
    emit(c, JUMP, 0, 0);
    pattern(c);
    c->code[jump].x = c->len - jump;
}

static bool in_class(const struct compiler *c, uint32_t set, uint8_t byte)
{
    return c->classes[set][byte / 32] >> byte % 32 & 1;
}

/* The end of the match that starts at s, or NULL. */
static const char *match(const struct compiler *c, uint32_t pc, const char *s)
{
    for (;;) {
        const struct insn *i = &c->code[pc];
        switch (i->op) {
        case CHAR:
            if ((uint8_t)*s != i->x)
                return NULL;
            break;
        case ANY:
            if (*s == 0)
                return NULL;
            break;
        case CLASS:
            if (*s == 0 || !in_class(c, i->x, (uint8_t)*s))
                return NULL;
            break;
        case SPLIT: {
            const char *end = match(c, pc + i->x, s);
            if (end != NULL)
                return end;
            pc += i->y;
            continue;
        }
        case JUMP: pc += i->x; continue;
        case MATCH: return s;
        }
        s++;
        pc++;
    }
}

static uint64_t search(const struct compiler *c, const char *line, uint64_t sum)
{
    for (const char *s = line; *s != 0; s++) {
        const char *end = match(c, 0, s);
        if (end != NULL)
            sum = bench_mix(sum, (uint64_t)(s - line) << 8 | (uint64_t)(end - s));
    }
    return sum;
}

static void make_line(char *line, uint32_t *seed)
{
    static const char alphabet[] = "aaabbbcd01289@.-  ";
    for (int i = 0; i < LINE - 1; i++)
        line[i] = alphabet[(bench_random(seed) >> 8) % (sizeof alphabet - 1)];
    line[LINE - 1] = 0;
}

uint64_t kernel(void)
{
    static const char *const patterns[] = {
        "a(b|c)*d",      "[a-c]+@[a-d]+",       "(0|1|2)?[0-9]+[.]",
        "[^ ]+ +[^ ]+ ", "(a|ab)(c|bcd)*(d|1)", "(aa?)*(ba?)*d",
        ".*8.*9",
    };
    static char lines[LINES][LINE];
    uint32_t seed = 31337;
    uint64_t sum = 0;
    for (int i = 0; i < LINES; i++)
        make_line(lines[i], &seed);
    for (uint32_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct compiler c = { .p = patterns[i] };
        pattern(&c);
        emit(&c, MATCH, 0, 0);
        for (int k = 0; k < LINES; k++)
            sum = search(&c, lines[k], sum);
    }
    return sum;
}
