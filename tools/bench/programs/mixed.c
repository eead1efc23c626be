/* mixed.c - several small kinds of work in turn, as in the usual measure of small processors:
 * a linked list searched, reversed and merge sorted; matrices of 16-bit numbers; a state machine
 * over the letters of numbers; a CRC over every result. */
#include "bench.h"
#include <stddef.h>
#include <string.h>

enum { LIST = 160, MATRIX = 12, TEXT = 600, ROUNDS = 150 };

static uint16_t crc16(uint16_t crc, uint32_t value)
{
    for (int i = 0; i < 32; i++, value >>= 1) {
        bool bit = (crc ^ value) & 1;
        crc >>= 1;
        if (bit)
            crc ^= 0xa001;
    }
    return crc;
}

/* ---- list ----------------------------------------------------------------------------------- */

struct item {
    struct item *next;
    int16_t value, rank;
};

typedef int32_t order(const struct item *a, const struct item *b);

static struct item items[LIST];

static int32_t by_value(const struct item *a, const struct item *b)
{
    return a->value - b->value;
}

static int32_t by_rank(const struct item *a, const struct item *b)
{
    return a->rank - b->rank;
}

static struct item *list_make(uint32_t seed)
{
    for (int i = 0; i < LIST; i++) {
        items[i].next = i + 1 < LIST ? &items[i + 1] : NULL;
        items[i].value = (int16_t)bench_random(&seed);
        items[i].rank = (int16_t)i;
    }
    return items;
}

static struct item *list_reverse(struct item *list)
{
    struct item *done = NULL;
    while (list != NULL) {
        struct item *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static struct item *list_find(struct item *list, int16_t rank)
{
    while (list != NULL && list->rank != rank)
        list = list->next;
    return list;
}

static struct item *merge(struct item *a, struct item *b, order *compare)
{
    struct item *head = NULL, **tail = &head;
    while (a != NULL && b != NULL) {
        struct item **from = compare(a, b) <= 0 ? &a : &b;
        *tail = *from;
        tail = &(*tail)->next;
        *from = *tail;
    }
    *tail = a != NULL ? a : b;
    return head;
}

static struct item *list_sort(struct item *list, order *compare)
{
    if (list == NULL || list->next == NULL)
        return list;
    struct item *middle = list;
    for (struct item *end = list->next; end && end->next; end = end->next->next)
        middle = middle->next;
    struct item *second = middle->next;
    middle->next = NULL;
    return merge(list_sort(list, compare), list_sort(second, compare), compare);
}

static uint16_t list_work(uint16_t crc, uint32_t seed)
{
    static order *volatile orders[2] = { by_value, by_rank };
    struct item *list = list_make(seed);
    for (int16_t rank = 0; rank < LIST; rank += 11) {
        crc = crc16(crc, (uint16_t)list_find(list, rank)->value);
        list = list_reverse(list);
    }
    list = list_sort(list, orders[0]);
    for (const struct item *i = list; i != NULL; i = i->next)
        crc = crc16(crc, (uint16_t)i->rank);
    list = list_sort(list, orders[1]);
    return crc16(crc, (uint16_t)list->next->value);
}

/* ---- matrix --------------------------------------------------------------------------------- */

typedef int16_t matrix[MATRIX][MATRIX];

static uint16_t matrix_work(uint16_t crc, uint32_t seed)
{
    static matrix a, b;
    static int32_t c[MATRIX][MATRIX];
    for (int i = 0; i < MATRIX; i++)
        for (int j = 0; j < MATRIX; j++) {
            a[i][j] = (int16_t)(bench_random(&seed) & 0xff);
            b[i][j] = (int16_t)(a[i][j] + (int16_t)seed % 64);
        }
    for (int i = 0; i < MATRIX; i++)
        for (int j = 0; j < MATRIX; j++) {
            c[i][j] = 0;
            for (int k = 0; k < MATRIX; k++) {
                int32_t product = a[i][k] * b[k][j];
                c[i][j] += (product >> 2 & 0xf) * (product >> 5 & 0x7f);
            }
        }
    for (int i = 0; i < MATRIX; i++)
        crc = crc16(crc, (uint32_t)c[i][(i * 5) % MATRIX]);
    return crc;
}

/* ---- state machine -------------------------------------------------------------------------- */

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, POWER, INVALID, STATES };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static enum state next_state(enum state s, char c)
{
    switch (s) {
    case START: return is_digit(c) ? INTEGER : c == '-' ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN: return is_digit(c) ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER:
        return is_digit(c) ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case POINT: return is_digit(c) ? FRACTION : INVALID;
    case FRACTION: return is_digit(c) ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case EXPONENT: return is_digit(c) || c == '-' ? POWER : INVALID;
    case POWER: return is_digit(c) ? POWER : INVALID;
    default: return INVALID;
    }
}

static uint16_t state_work(uint16_t crc, uint32_t seed)
{
    static const char letters[] = "0123456789012345,,,.-ex";
    static char text[TEXT];
    uint32_t counts[STATES] = { 0 };
    enum state s = START;
    for (int i = 0; i < TEXT; i++)
        text[i] = letters[(bench_random(&seed) >> 6) % (sizeof letters - 1)];
    for (int i = 0; i < TEXT; i++) {
        if (text[i] == ',') {
            counts[s]++;
            s = START;
        } else {
            s = next_state(s, text[i]);
        }
    }
    for (int i = 0; i < STATES; i++)
        crc = crc16(crc, counts[i]);
    return crc;
}

uint64_t kernel(void)
{
    uint16_t crc = 0;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        crc = list_work(crc, round * 7919);
        crc = matrix_work(crc, round + crc);
        crc = state_work(crc, round * 104729 + crc + 1u);
    }
    return crc;
}
