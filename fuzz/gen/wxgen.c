/* wxgen.c - libwxgen: the generator behind a C interface.  See wxgen.h.
 *
 * A seed with a configuration becomes DNA: a header and a few bytes that expand (case.h). */
#include "wxgen.h"
#include "gen/gen.h"
#include "script.h"
#include <stdlib.h>
#include <string.h>

enum { SEED_BYTES = DNA_HEADER + 8 };

struct wxgen_case {
    struct heap heap;
    struct arena arena;
    struct fuzz_case c;
    uint8_t *dna, *file;
    size_t dna_len, file_len;
};

_Static_assert(WXGEN_LINK == (int)ACTION_LINK, "the kinds of actions are the harness's");
_Static_assert(WXGEN_TRAPS_DENSE == (int)TRAPS_DENSE, "and so are the densities of traps");

unsigned wxgen_version(void) { return DNA_VERSION; }

/* ---- configuration ------------------------------------------------------------------------- */

void wxgen_config_init(wxgen_config *c)
{
    *c = (wxgen_config){ .traps = WXGEN_TRAPS_ANY, .swarm = true };
}

const char *wxgen_mode_name(unsigned i)
{
    static const char *const names[] = {
#define WX_GEN_MODE(name, share, text) #name,
#include "gen/modes.def"
    };
    return i < COUNT(names) ? names[i] : NULL;
}

/* Those that the generator knows to leave out. */
static const enum feature switchable[] = {
    FEATURE_MUTABLE_GLOBALS, FEATURE_SIGN_EXTENSION, FEATURE_SATURATING_FLOAT_TO_INT,
    FEATURE_MULTI_VALUE,     FEATURE_BULK_MEMORY,    FEATURE_REFERENCE_TYPES,
};

const char *wxgen_feature_name(unsigned i)
{
    return i < COUNT(switchable) ? feature_infos[switchable[i]].text : NULL;
}

/* The header's bits of a list of features; false: an unknown name. */
static bool features_of(const char *list, uint32_t *bits)
{
    while (list != NULL && *list != 0) {
        size_t len = strcspn(list, ","), found = 0;
        for (unsigned i = 0; i < COUNT(switchable); i++) {
            const char *name = wxgen_feature_name(i);
            if (strlen(name) != len || memcmp(name, list, len) != 0)
                continue;
            *bits |= 1u << (switchable[i] - 1);
            found = 1;
        }
        if (!found)
            return false;
        list += len + (list[len] == ',');
    }
    return true;
}

static bool mode_of(const char *name, uint8_t *mode)
{
    *mode = 0;
    for (unsigned i = 0; name != NULL && wxgen_mode_name(i) != NULL; i++)
        if (strcmp(name, wxgen_mode_name(i)) == 0)
            *mode = (uint8_t)(i + 1);
    return name == NULL || *mode != 0;
}

static bool header_of(const wxgen_config *c, uint8_t dna[SEED_BYTES])
{
    uint32_t without = c->swarm ? dna[21] | (uint32_t)dna[22] << 8 : 0;
    uint8_t mode;
    if (!features_of(c->without, &without) || !mode_of(c->mode, &mode))
        return false;
    if (!c->swarm)
        dna[3] = dna[4] = 0;
    uint8_t traps = c->traps == WXGEN_TRAPS_ANY ? dna[2] & 3 : (uint8_t)c->traps;
    dna[0] = DNA_VERSION;
    dna[1] = CASE_EXPAND | (c->one_module ? CASE_ONE_MODULE : 0);
    dna[2] = (uint8_t)(mode << 2 | traps);
    dna[21] = (uint8_t)without;
    dna[22] = (uint8_t)(without >> 8);
    return true;
}

/* ---- cases --------------------------------------------------------------------------------- */

static void make_file(wxgen_case *g)
{
    const struct fuzz_case *c = &g->c;
    size_t room = c->wasm_len + CASE_LINK_HEAD + c->second_len + SCRIPT_MAX;
    uint8_t *p = g->file = arena_alloc(&g->arena, room);
    memcpy(p, c->wasm, c->wasm_len);
    p += c->wasm_len;
    if (c->second != NULL) {
        p += case_link_head(p, c->second_len);
        memcpy(p, c->second, c->second_len);
        p += c->second_len;
    }
    p += script_write(c, p);
    g->file_len = (size_t)(p - g->file);
}

static bool make_case(wxgen_case *g, const uint8_t *data, size_t size)
{
    jmp_buf oom;
    if (setjmp(oom) != 0)
        return false;
    g->arena.oom = &oom;
    g->dna = arena_alloc(&g->arena, size);
    g->dna_len = size;
    memcpy(g->dna, data, size);
    if (!case_read(g->dna, size, &g->arena, &g->c) || !g->c.generated)
        return false;
    g->arena.oom = &oom;
    make_file(g);
    return true;
}

wxgen_case *wxgen_from_bytes(const uint8_t *data, size_t size)
{
    wxgen_case *g = size == 0 ? NULL : calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    arena_init(&g->arena, &g->heap);
    if (make_case(g, data, size))
        return g;
    wxgen_free(g);
    return NULL;
}

wxgen_case *wxgen_from_seed(uint64_t seed, const wxgen_config *c)
{
    uint8_t dna[SEED_BYTES];
    wxgen_config usual;
    wxgen_config_init(&usual);
    for (uint64_t i = 0; i < SEED_BYTES; i++)
        dna[i] = (uint8_t)case_mix(seed, i);
    return header_of(c == NULL ? &usual : c, dna) ? wxgen_from_bytes(dna, sizeof dna)
                                                  : NULL;
}

void wxgen_free(wxgen_case *c)
{
    if (c == NULL)
        return;
    arena_free(&c->arena);
    free(c);
}

size_t wxgen_nmodules(const wxgen_case *c) { return c->c.second == NULL ? 1 : 2; }

const uint8_t *wxgen_module(const wxgen_case *c, size_t i, size_t *len)
{
    *len = i == 0 ? c->c.wasm_len : c->c.second_len;
    return i == 0 ? c->c.wasm : c->c.second;
}

bool wxgen_is_trap_free(const wxgen_case *c) { return c->c.trap_free; }

const uint8_t *wxgen_file(const wxgen_case *c, size_t *len)
{
    *len = c->file_len;
    return c->file;
}

const uint8_t *wxgen_bytes(const wxgen_case *c, size_t *len)
{
    *len = c->dna_len;
    return c->dna;
}

/* ---- the script ---------------------------------------------------------------------------- */

size_t wxgen_nactions(const wxgen_case *c) { return c->c.nactions; }

wxgen_action wxgen_action_at(const wxgen_case *c, size_t i)
{
    const struct action *a = &c->c.actions[i];
    return (wxgen_action){ (wxgen_action_kind)a->kind, a->index, a->seed };
}

uint64_t wxgen_argument(uint64_t seed, uint32_t i, wxgen_type type)
{
    static const wx_valtype types[] = { WX_I32, WX_I64, WX_F32, WX_F64 };
    wx_value v = case_value(seed, i, types[type]);
    return type == WXGEN_I32 || type == WXGEN_F32 ? v.of.f64_bits & UINT32_MAX
                                                  : v.of.f64_bits;
}
