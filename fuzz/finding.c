/* finding.c - see finding.h. */
#include "finding.h"
#include "script.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FINDING_PATH = 4096, SHA_WORDS = 5, SHA_BLOCK = 64 };

static struct {
    char prefix[FINDING_PATH];
    bool writes;
} files;

void finding_begin(int argc, char **argv, bool writes)
{
    static const char flag[] = "-artifact_prefix=";
    const char *prefix = getenv("WX_FUZZ_REPORT");
    files.writes = writes || prefix != NULL;
    for (int i = 1; i < argc && prefix == NULL; i++)
        if (strncmp(argv[i], flag, sizeof flag - 1) == 0)
            prefix = argv[i] + sizeof flag - 1;
    snprintf(files.prefix, sizeof files.prefix, "%s", prefix != NULL ? prefix : "");
}

/* ---- SHA-1 --------------------------------------------------------------------------------- */

static uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

static uint32_t choose(int t, uint32_t b, uint32_t c, uint32_t d)
{
    switch (t / 20) {
    case 0: return ((b & c) | (~b & d)) + 0x5A827999;
    case 1: return (b ^ c ^ d) + 0x6ED9EBA1;
    case 2: return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
    default: return (b ^ c ^ d) + 0xCA62C1D6;
    }
}

static void sha_block(uint32_t h[SHA_WORDS], const uint8_t *p)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)p[4 * t] << 24 | (uint32_t)p[4 * t + 1] << 16 |
               (uint32_t)p[4 * t + 2] << 8 | p[4 * t + 3];
    for (int t = 16; t < 80; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (int t = 0; t < 80; t++) {
        uint32_t next = rotate(a, 5) + choose(t, b, c, d) + e + w[t];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void finding_hash(const uint8_t *data, size_t size, char out[41])
{
    uint32_t h[SHA_WORDS] = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 };
    uint8_t last[2 * SHA_BLOCK] = { 0 };
    size_t whole = size / SHA_BLOCK * SHA_BLOCK, rest = size - whole;
    for (size_t i = 0; i < whole; i += SHA_BLOCK)
        sha_block(h, data + i);
    if (rest > 0)
        memcpy(last, data + whole, rest);
    last[rest] = 0x80;
    size_t end = rest < SHA_BLOCK - 8 ? SHA_BLOCK : 2 * SHA_BLOCK;
    for (size_t i = 0; i < 8; i++)
        last[end - 1 - i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
    for (size_t i = 0; i < end; i += SHA_BLOCK)
        sha_block(h, last + i);
    for (size_t i = 0; i < SHA_WORDS; i++)
        snprintf(out + 8 * i, 9, "%08" PRIx32, h[i]);
}

/* ---- the report ---------------------------------------------------------------------------- */

static const char *const field_names[FINDING_COUNT] = {
#define WX_FIELD(member, text, deterministic) [FINDING_##member] = (text),
#include "fields.def"
    [FINDING_trap_free] = "a trap in a trap-free module",
    [FINDING_invalid] = "a generated module that does not validate",
    [FINDING_nan] = "NaN payload",
};

static void print_words(FILE *out, const char *key, const uint64_t *a, uint32_t n)
{
    fprintf(out, "%s:", key);
    for (uint32_t i = 0; i < n; i++)
        fprintf(out, " 0x%" PRIx64, a[i]);
    fprintf(out, "\n");
}

static void print_side(FILE *out, const char *side, const struct step *s)
{
    char key[32];
    fprintf(out, "%s outcome: status %" PRIu64 ", trap %" PRIu64 "%s%s\n", side, s->status,
            s->trap, s->message[0] != 0 ? ", " : "", s->message);
    snprintf(key, sizeof key, "%s results", side);
    print_words(out, key, s->result,
                s->nresults < STEP_MAX_VALUES ? s->nresults : STEP_MAX_VALUES);
    snprintf(key, sizeof key, "%s globals", side);
    print_words(out, key, s->global,
                s->nglobals < STEP_MAX_GLOBALS ? s->nglobals : STEP_MAX_GLOBALS);
}

/* The variables that change what is seen, and this program. */
static void print_command(FILE *out, const char *module)
{
    static const char *const variables[] = { "WX_BUG", "WX_AUDIT", "WX_FUZZ_FIELDS",
                                             "WX_FUZZ_JUNK" };
    char program[FINDING_PATH];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    fprintf(out, "reproduce: ");
    for (size_t i = 0; i < COUNT(variables); i++)
        if (getenv(variables[i]) != NULL)
            fprintf(out, "%s=%s ", variables[i], getenv(variables[i]));
    fprintf(out, "%s %s\n", program, module);
}

void finding_print(FILE *out, const struct finding *f, const char *hash, const char *module)
{
    enum lane odd = f->vote == VOTE_SECOND ? f->first : f->second;
    fprintf(out, "input: %s\nmodule: %s\n", hash, module);
    fprintf(out, "lanes: %s; %s\nodd: %s\n", lane_name(f->first), lane_name(f->second),
            lane_name(odd));
    fprintf(out, "field: %s\nstep: %u\nbucket: %s/%s\n", field_names[f->kind], f->step,
            field_names[f->kind], lane_name(odd));
    fprintf(out, "configuration: %s%s\n",
            f->deterministic ? "fuel and logical stack" : "plain",
            f->trap_free ? ", trap-free module" : "");
    print_side(out, "first", &f->a);
    print_side(out, "second", &f->b);
    print_command(out, module);
}

/* ---- files --------------------------------------------------------------------------------- */

static void write_case(FILE *out, const struct fuzz_case *c)
{
    uint8_t script[SCRIPT_MAX], link[CASE_LINK_HEAD];
    fwrite(c->wasm, 1, c->wasm_len, out);
    if (!c->generated)
        return;
    if (c->second != NULL) {
        fwrite(link, 1, case_link_head(link, c->second_len), out);
        fwrite(c->second, 1, c->second_len, out);
    }
    fwrite(script, 1, script_write(c, script), out);
}

static void write_module(const char *path, const uint8_t *data, size_t size)
{
    struct heap heap = { 0 };
    struct arena arena;
    struct fuzz_case c;
    arena_init(&arena, &heap);
    FILE *out = fopen(path, "wb");
    if (out != NULL && case_read(data, size, &arena, &c))
        write_case(out, &c);
    if (out == NULL)
        perror(path);
    else
        fclose(out);
    arena_free(&arena);
}

void finding_write(const struct finding *f, const uint8_t *data, size_t size)
{
    char hash[41], input[FINDING_PATH + 64], path[FINDING_PATH + 96];
    if (!files.writes)
        return;
    finding_hash(data, size, hash);
    snprintf(input, sizeof input, "%scrash-%s", files.prefix, hash);
    snprintf(path, sizeof path, "%s.report.wasm", input);
    write_module(path, data, size);
    char module[sizeof path];
    memcpy(module, path, sizeof path);
    snprintf(path, sizeof path, "%s.report", input);
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        perror(path);
        return;
    }
    finding_print(out, f, hash, module);
    fclose(out);
    fprintf(stderr, "  report: %s\n", path);
}
