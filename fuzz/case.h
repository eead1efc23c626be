/* case.h - a test case: a module, a configuration, a script of actions; made from fuzzer bytes.
 *
 * Input, two faces:
 *   - bytes that start with \0asm are a module as it is (seeds from anywhere); configuration and
 *     script come from a custom section "wx.fuzz" holding the DNA header below, else from a hash
 *     of the module;
 *   - anything else is DNA: byte 0 is the version, then the header, then the tree from which the
 *     generator (gen.h) builds an always-valid module.  Bytes that are missing read as zero, and
 *     zero is the smallest choice everywhere.
 *
 *     DNA:  | version | 31 bytes of header (see case.c) | tree ... |
 *
 * A case may have a second module, which imports what the first exports (module name "a"); a
 * module as it is carries it in a custom section "wx.link".
 *
 * A module as it is may carry another case in a section "wx.prev", which runs before it in the same
 * engine and is not compared: for findings that need what an earlier case has left behind.
 *
 * A case is a function of its bytes alone: same bytes, same case, on every machine. */
#ifndef WX_FUZZ_CASE_H
#define WX_FUZZ_CASE_H

#include "base/arena.h"
#include <wx.h>

enum { DNA_VERSION = 4, DNA_HEADER = 32, CASE_MAX_ACTIONS = 12 };

/* Flags of the header that say how the DNA is read; the others are the lanes'. */
enum { CASE_EXPAND = 1, CASE_ONE_MODULE = 16 };

enum action_kind {
    ACTION_CALL,        /* exported function number index */
    ACTION_GROW_MEMORY, /* exported memory number index, by seed % 3 pages */
    ACTION_GROW_TABLE,  /* exported table number index, by seed % 5 elements, null */
    ACTION_SET_GLOBAL,  /* exported mutable global number index */
    ACTION_SET_TABLE, /* exported funcref table: element seed, exported function or null */
    ACTION_WRITE_MEMORY, /* 8 bytes of seed somewhere in the exported memory */
    ACTION_LINK,         /* instantiate the second module, if that has not been done */
};

/* index is taken modulo the number of exports of that kind, those of the second module included
 * once it is there; without any, nothing happens.
 * Argument i of type t is case_value(seed, i, t). */
struct action {
    enum action_kind kind;
    uint32_t index;
    uint64_t seed;
};

struct fuzz_case {
    const uint8_t *wasm;
    size_t wasm_len;
    const uint8_t *second; /* NULL: there is none */
    size_t second_len;
    const uint8_t *earlier; /* the bytes of the case before, or NULL */
    size_t earlier_len;
    bool generated;     /* by gen.c: must validate */
    bool trap_free;     /* generated without trapping operations: a trap is a bug, except
                               exhaustion and host traps */
    bool check_memory;  /* memory strategy of the lanes beside the first */
    bool baseline_cpu;  /* compilers restricted to x86-64-v2 */
    bool deterministic; /* every lane runs with fuel and logical stack */
    uint64_t tier_mask; /* of the mixed-tier lane */
    uint64_t fuel;      /* budget of each action */
    uint64_t host_seed; /* decides what host functions do */
    struct action actions[CASE_MAX_ACTIONS];
    uint32_t nactions;
};

/* Fills *c from data[0..size); everything it points to lies in a or in data.  false: not a case
 * (too short, unknown version): skip the input. */
bool case_read(const uint8_t *data, size_t size, struct arena *a, struct fuzz_case *c);

/* The beginning of a custom section "wx.link" with a module of that size behind it, or of one
 * "wx.prev" with a case; its length. */
enum { CASE_LINK_HEAD = 16 };
size_t case_link_head(uint8_t out[CASE_LINK_HEAD], size_t size);
size_t case_prev_head(uint8_t out[CASE_LINK_HEAD], size_t size);

/* The header of DNA, expanded as case_read does. */
void case_header(const uint8_t *data, size_t size, uint8_t header[DNA_HEADER]);

/* The same for DNA, and where its subtrees and constants lie. */
struct dna_trace;
bool case_trace(const uint8_t *data, size_t size, struct arena *a, struct fuzz_case *c,
                struct dna_trace *trace);

/* A value of type t that depends only on its arguments: half from a table of interesting values,
 * half raw bits of seed.  References are left null (the caller picks objects). */
wx_value case_value(uint64_t seed, uint32_t i, wx_valtype t);

/* A well-mixed word from two. */
uint64_t case_mix(uint64_t a, uint64_t b);

#endif
