/* stubs.c - entry tables, lazy compilation, and the thunks of an engine.
 *
 * A call goes through a word of its module's entry table, which holds in turn
 *
 *     mov eax, i; jmp resolve    at first: the function's stub
 *     compiled code              once there is some (compiled_publish)
 *     mov eax, i; jmp thunk      its bridge, while it runs in the interpreter
 *
 * Words change under modcode.lock and are read by anyone.  Thunks are found by canonical type id
 * in segments of doubling size, which never move, so that finding one takes no lock. */
#include "x64/stubs.h"
#include "base/arena.h"
#include "base/size.h"
#include "runtime/engine.h"
#include "runtime/trap.h"
#include "x64/helpers.h"
#include "x64/perfmap.h"
#include "x64/thunk.h"
#include <assert.h>
#include <string.h>

/* ---- the engine ---------------------------------------------------------------------- */

typedef _Atomic(const void *) thunk_row[THUNK_COUNT];

/* Segment k holds the rows of 2^(k + FIRST_SEGMENT_LOG2) types. */
enum { FIRST_SEGMENT_LOG2 = HOSTILE(1, 5), SEGMENTS = 32 - FIRST_SEGMENT_LOG2 };

struct stubs {
    struct heap *heap;
    pthread_mutex_t lock; /* making thunks */
    struct code_chunk *chunk;
    uint64_t resolve; /* address of the resolve stub */
    _Atomic(thunk_row *) segments[SEGMENTS];
};

static size_t segment_bytes(uint32_t segment)
{
    return sizeof(thunk_row) << (segment + FIRST_SEGMENT_LOG2);
}

static void stubs_free(struct stubs *s)
{
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        thunk_row *rows = atomic_load_explicit(&s->segments[i], memory_order_relaxed);
        if (rows != NULL)
            heap_free(s->heap, rows, segment_bytes(i));
    }
    if (s->chunk != NULL)
        code_chunk_free(s->chunk);
    pthread_mutex_destroy(&s->lock);
    heap_free(s->heap, s, sizeof *s);
}

static bool emit_resolve(struct stubs *s)
{
    struct code_space space;
    struct assembler a;
    if (!code_reserve(s->chunk, RESOLVE_ROOM, &space))
        return false;
    asm_init(&a, space.rw, space.size, (uint64_t)space.rx);
    thunk_emit_resolve(&a);
    struct code_body body = { .start = space.rx, .size = asm_pos(&a), .kind = BODY_STUB };
    s->resolve = (uint64_t)space.rx;
    return code_commit(s->chunk, &space, asm_pos(&a)) && codemap_add(s->chunk, &body);
}

static struct stubs *stubs_new(struct engine *e)
{
    struct stubs *s = heap_alloc(&e->heap, sizeof *s);
    if (s == NULL)
        return NULL;
    memset(s, 0, sizeof *s);
    s->heap = &e->heap;
    pthread_mutex_init(&s->lock, NULL);
    s->chunk = code_chunk_new(e->region);
    if (s->chunk != NULL && emit_resolve(s))
        return s;
    stubs_free(s);
    return NULL;
}

/* Where nothing is ever compiled, no executable memory is mapped either. */
static bool compiles(const struct engine *e) { return e->config.policy != POLICY_INTERP; }

bool compiled_engine_init(struct engine *e)
{
    if (e->region != NULL || !compiles(e))
        return true;
    e->region = code_region_new(&e->heap, e->config.perf_map ? CODE_SINGLE : CODE_DUAL);
    e->stubs = e->region != NULL ? stubs_new(e) : NULL;
    e->helpers = helper_table;
    if (e->stubs == NULL)
        compiled_engine_free(e);
    return e->stubs != NULL;
}

void compiled_engine_free(struct engine *e)
{
    if (e->stubs != NULL)
        stubs_free(e->stubs);
    if (e->region != NULL)
        code_region_free(e->region);
    e->stubs = NULL;
    e->region = NULL;
    e->helpers = NULL;
}

/* ---- thunks -------------------------------------------------------------------------- */

static uint32_t segment_of(uint32_t id, uint32_t *row)
{
    uint64_t n = (uint64_t)id + (1U << FIRST_SEGMENT_LOG2);
    uint32_t log2 = 63 - (uint32_t)__builtin_clzll(n);
    *row = (uint32_t)(n - (UINT64_C(1) << log2));
    return log2 - FIRST_SEGMENT_LOG2;
}

/* The rows of a segment, made when missing; under s->lock. */
static thunk_row *segment_rows(struct stubs *s, uint32_t segment)
{
    thunk_row *rows = NULL;
    if (segment < SEGMENTS)
        rows = atomic_load_explicit(&s->segments[segment], memory_order_relaxed);
    if (rows != NULL || segment >= SEGMENTS)
        return rows;
    rows = heap_alloc(s->heap, segment_bytes(segment));
    if (rows == NULL)
        return NULL;
    memset(rows, 0, segment_bytes(segment));
    atomic_store_explicit(&s->segments[segment], rows, memory_order_release);
    return rows;
}

/* Of the ud2 for a stack that is too small; reg: the index of the function to be called. */
static const struct code_site interp_overflow = {
    .pc = THUNK_OVERFLOW,
    .kind = TRAP_STACK,
    .flags = SITE_PROLOGUE,
    .reg = RAX,
    .reg2 = NO_REG,
};

static const struct code_site host_overflow = {
    .pc = THUNK_OVERFLOW,
    .kind = TRAP_STACK,
    .flags = SITE_PROLOGUE,
    .reg = NO_REG,
    .reg2 = NO_REG,
};

static struct code_body thunk_body(enum thunk kind, const uint8_t *start, uint32_t size)
{
    if (kind == THUNK_ENTRY)
        return (struct code_body){ .start = start, .size = size, .kind = BODY_ENTRY };
    return (struct code_body){
        .start = start,
        .size = size,
        .kind = BODY_STUB,
        .nsites = 1,
        .sites = kind == THUNK_INTERP ? &interp_overflow : &host_overflow,
    };
}

static const void *thunk_make(struct stubs *s, enum thunk kind, const struct type *t)
{
    struct code_space space;
    struct assembler a;
    if (!code_reserve(s->chunk, thunk_room(t), &space))
        return NULL;
    asm_init(&a, space.rw, space.size, (uint64_t)space.rx);
    thunk_emit(&a, kind, t);
    assert(asm_pos(&a) <= space.size);
    struct code_body body = thunk_body(kind, space.rx, asm_pos(&a));
    if (!code_commit(s->chunk, &space, asm_pos(&a)) || !codemap_add(s->chunk, &body))
        return NULL;
    return space.rx + (kind == THUNK_ENTRY ? 0 : THUNK_CHECKED_START);
}

static const void *thunk_new(struct stubs *s, enum thunk kind, const struct type *t)
{
    uint32_t row, segment = segment_of(t->id, &row);
    thunk_row *rows = segment_rows(s, segment);
    if (rows == NULL)
        return NULL;
    const void *thunk = atomic_load_explicit(&rows[row][kind], memory_order_relaxed);
    if (thunk == NULL) {
        thunk = thunk_make(s, kind, t);
        atomic_store_explicit(&rows[row][kind], thunk, memory_order_release);
    }
    return thunk;
}

const void *thunk_get(struct engine *e, enum thunk kind, const struct type *t)
{
    struct stubs *s = e->stubs;
    uint32_t row, segment = segment_of(t->id, &row);
    thunk_row *rows = segment < SEGMENTS ? atomic_load_explicit(&s->segments[segment],
                                                                memory_order_acquire)
                                         : NULL;
    const void *thunk =
        rows != NULL ? atomic_load_explicit(&rows[row][kind], memory_order_acquire) : NULL;
    if (LIKELY(thunk != NULL))
        return thunk;
    pthread_mutex_lock(&s->lock);
    thunk = thunk_new(s, kind, t);
    pthread_mutex_unlock(&s->lock);
    return thunk;
}

/* ---- modules ------------------------------------------------------------------------- */

static uint32_t defined_count(const struct modcode *c)
{
    return c->module->nfuncs - c->module->nimported_funcs;
}

/* mov eax, i; jmp to */
static void emit_bridge(struct assembler *a, uint32_t i, uint64_t to)
{
    asm_mov_ri32(a, RAX, i);
    asm_jmp(a, to);
}

enum { BRIDGE_ROOM = 2 * ASM_TOUCH };

static bool entries_new(struct modcode *c)
{
    uint32_t n = defined_count(c);
    struct code_space words, code;
    struct assembler a;
    if (n == 0)
        return true;
    if (!code_data(c->stubs_chunk, size_mul(n, sizeof(void *)), &words) ||
        !code_reserve(c->stubs_chunk, size_mul(n, BRIDGE_ROOM), &code))
        return false;
    c->entries_rw = (void **)(void *)words.rw;
    c->entries = (void *const *)(void *)words.rx;
    asm_init(&a, code.rw, code.size, (uint64_t)code.rx);
    for (uint32_t i = 0; i < n; i++) {
        c->entries_rw[i] = code.rx + asm_pos(&a);
        emit_bridge(&a, i, c->engine->stubs->resolve);
    }
    return code_commit(c->stubs_chunk, &code, asm_pos(&a));
}

bool compiled_module_init(struct modcode *c)
{
    if (c->chunk != NULL || c->engine->region == NULL)
        return true;
    c->chunk = code_chunk_new(c->engine->region);
    c->stubs_chunk = code_chunk_new(c->engine->region);
    if (c->chunk != NULL && c->stubs_chunk != NULL && entries_new(c))
        return true;
    compiled_module_free(c);
    return false;
}

void compiled_module_free(struct modcode *c)
{
    if (c->chunk != NULL)
        code_chunk_free(c->chunk);
    if (c->stubs_chunk != NULL)
        code_chunk_free(c->stubs_chunk);
    c->chunk = c->stubs_chunk = NULL;
    c->entries_rw = NULL;
    c->entries = NULL;
}

bool compiled_func_init(struct func *f)
{
    struct engine *e = f->store->engine;
    if (e->region == NULL)
        return true;
    if (f->host == NULL) {
        struct modcode *c = f->code->modcode;
        f->entry = &c->entries[f->index - c->module->nimported_funcs];
        return true;
    }
    f->host_entry = (void *)thunk_get(e, THUNK_HOST, f->type);
    f->entry = &f->host_entry;
    return f->host_entry != NULL;
}

static uint32_t defined_index(const struct fncode *fn)
{
    return fn->func - fn->modcode->module->nimported_funcs;
}

static void set_entry(struct fncode *fn, const void *code)
{
    void **word = &fn->modcode->entries_rw[defined_index(fn)];
    __atomic_store_n(word, (void *)code, __ATOMIC_RELEASE);
}

bool compiled_publish(struct fncode *fn, const struct code_body *body)
{
    if (!codemap_add(fn->modcode->chunk, body))
        return false;
    if (fn->modcode->engine->config.perf_map)
        perfmap_note(body);
    atomic_store_explicit(&fn->compiled, (void *)body->start, memory_order_release);
    set_entry(fn, body->start);
    return true;
}

/* ---- resolving ----------------------------------------------------------------------- */

static const struct tier *tier_of(const struct fncode *fn, enum tier_id id)
{
    return fn->modcode->engine->tiers[id];
}

static const void *compiled_code(struct fncode *fn)
{
    return atomic_load_explicit(&fn->compiled, memory_order_acquire);
}

static const struct type *type_of(const struct fncode *fn)
{
    return fn->modcode->module->funcs[fn->func].type;
}

/* A bridge to the interpreter; under modcode.lock. */
static const void *bridge_new(struct fncode *fn)
{
    struct modcode *c = fn->modcode;
    const void *thunk = thunk_get(c->engine, THUNK_INTERP, type_of(fn));
    struct code_space space;
    struct assembler a;
    if (thunk == NULL || !code_reserve(c->stubs_chunk, BRIDGE_ROOM, &space))
        return NULL;
    asm_init(&a, space.rw, space.size, (uint64_t)space.rx);
    emit_bridge(&a, defined_index(fn), (uint64_t)thunk);
    if (!code_commit(c->stubs_chunk, &space, asm_pos(&a)))
        return NULL;
    set_entry(fn, space.rx);
    return space.rx;
}

static const void *resolve_interp(struct fncode *fn)
{
    struct modcode *c = fn->modcode;
    pthread_mutex_lock(&c->lock);
    const void *code = compiled_code(fn);
    if (code == NULL)
        code = bridge_new(fn);
    pthread_mutex_unlock(&c->lock);
    return code;
}

/* What the function runs in first, and for what a compiler declined the interpreter, where this
 * library has one. */
static const void *resolve(struct fncode *fn, struct fail *f)
{
    const struct tier *tier = tier_of(fn, fn->tier);
    bool interprets = tier_of(fn, TIER_INTERP) != NULL;
    if (fn->tier == TIER_INTERP || (fn->declined && interprets))
        return resolve_interp(fn);
    if (tier->prepare(fn, f))
        return compiled_code(fn);
    return f->kind == FAIL_USAGE && interprets ? resolve_interp(fn) : NULL;
}

/* Makes the trap of a function that cannot be run. */
static void begin_failure(struct exec *x, const struct fail *f)
{
    bool declined = f->kind == FAIL_USAGE;
    trap_begin(x, declined ? TRAP_HOST : TRAP_OUT_OF_MEMORY);
    if (declined)
        memcpy(x->trap.text, f->text, sizeof x->trap.text - 1);
    x->trap.text[sizeof x->trap.text - 1] = '\0';
}

static void add_frames(struct exec *x)
{
    compiled_walk(x->top, &x->trap);
    trap_walk_outer(x->top);
}

const void *stub_resolve(struct instance *i, uint32_t defined)
{
    struct fail f = { .kind = FAIL_NONE };
    const void *code = resolve(&i->code->fns[defined], &f);
    if (code == NULL) {
        begin_failure(i->exec, &f);
        compiled_walk_callee(i, defined, &i->exec->trap);
        add_frames(i->exec);
    }
    return code;
}

enum trap stub_interp_call(struct instance *i, uint32_t defined, uint64_t *slots)
{
    return i->store->engine->tiers[TIER_INTERP]->call(&i->own_funcs[defined], slots);
}

enum trap stub_host_call(struct instance *host, struct func *f, struct instance *caller,
                         uint64_t *slots)
{
    enum trap trap = func_call_host(f, caller, slots);
    if (trap != TRAP_NONE && host->exec->trap.nframes == 0)
        add_frames(host->exec);
    return trap;
}
