/* compile.c - one function, from its bytes to published code. */
#include "baseline/compile.h"
#include "baseline/emit.h"
#include "baseline/junk.h"
#include "base/cpu.h"
#include <assert.h>
#include <time.h>

typedef void emitter(struct compiler *c);

static emitter *const emitters[OP_COUNT] = {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) \
    [OP_##name] = baseline_##name,
#include "wasm/ops.def"
};

static void init_config(struct compiler *c)
{
    const struct engine *e = c->modcode->engine;
    uint64_t cpu = e->config.cpu_mask;
    c->config = &e->config;
    c->charges = e->config.fuel || e->config.interruptible;
    c->entered = e->config.policy == POLICY_TIERED;
    c->avx = (cpu & CPU_BIT(AVX)) != 0;
    c->bmi1 = (cpu & CPU_BIT(BMI1)) != 0;
    c->bmi2 = (cpu & CPU_BIT(BMI2)) != 0;
    c->lzcnt = (cpu & CPU_BIT(LZCNT)) != 0;
    c->guard0 = c->module->nmemories > 0 && engine_guards(e, &c->module->memories[0].type);
}

/* stack[-1] stands below the first value: a new one's slot is its neighbour's plus 1. */
static void init_stack(struct compiler *c)
{
    c->stack = arena_array(c->scratch, struct value, (size_t)c->info->max_height + 2);
    *c->stack++ =
        (struct value){ .kind = V_SLOT, .reg = NO_REG, .slot = c->info->operand_slot - 1 };
}

static void compiler_init(struct compiler *c, const struct fncode *fn,
                          struct arena *scratch)
{
    memset(c, 0, offsetof(struct compiler, exit));
    c->modcode = fn->modcode;
    c->module = fn->modcode->module;
    c->decl = &c->module->funcs[fn->func];
    c->info = c->decl->info;
    c->body = c->pc = c->decl->body;
    c->scratch = scratch;
    c->hint = NO_REG;
    init_config(c);
}

/* Which operation follows which, and where its topmost operands are: that says what was pushed. */
static void note_operation(const struct compiler *c, enum op before, enum op op)
{
    uint32_t top = c->sp > 0 ? c->stack[c->sp - 1].kind : 0;
    uint32_t below = c->sp > 1 ? c->stack[c->sp - 2].kind : 0;
    FEEDBACK(OPERATION, (uint32_t)before << 16 | (uint32_t)op, below << 8 | top);
}

/* What became of an operation: its code in steps of about an instruction, and what is on top. */
static void note_lowering(const struct compiler *c, enum op op, uint32_t begin)
{
    uint32_t top = c->sp > 0 ? c->stack[c->sp - 1].kind : 0;
    FEEDBACK(LOWERING, op, (asm_pos(&c->a) - begin) / 4 << 8 | top);
}

enum {
#define WX_OP(name, code, text, imm, sig, width, trap, feature) code_##name = (code),
#include "wasm/ops.def"
};

/* local.get and i32.const, which emit nothing where the window has room, and are two fifths of all
 * instructions: true if the next instruction was one. */
static ALWAYS_INLINE bool push_operand(struct compiler *c)
{
    const uint8_t *p = c->pc + 1;
    uint8_t byte = p[-1];
    if (c->sp - c->stable >= STACK_WINDOW)
        return false;
    if (byte == code_local_get)
        stack_push_local(c, code_u32(&p));
    else if (byte == code_i32_const)
        stack_push_const(c, T_I32, (uint32_t)code_s32(&p));
    else
        return false;
    c->pc = p;
    return true;
}

static void compile_body(struct compiler *c)
{
    enum op before = OP_nop;
    bool plain = c->config->junk == 0;
    init_stack(c);
    frame_plan(c);
    code_need(c, CODE_ROOM);
    frame_prologue(c);
    control_open(c);
    while (!c->done) {
        if (plain && push_operand(c))
            continue;
        c->bank[GPRS].lock = c->bank[XMMS].lock = 0;
        c->at = (uint32_t)(c->pc - c->body);
        junk_between(c);
        code_need(c, CODE_ROOM);
        enum op op = code_op(&c->pc);
        note_operation(c, before, op);
        uint32_t begin = asm_pos(&c->a);
        emitters[op](c);
        note_lowering(c, op, begin);
        before = op;
    }
    loop_entry_emit(c);
    cold_emit(c);
}

/* No call left the instance: it need not be saved. */
static void drop_save_instance(struct compiler *c)
{
    uint8_t *end = c->a.p;
    for (uint32_t i = 0; i < c->ninstance_saves && !c->crosses; i++) {
        c->a.p = c->a.start + c->instance_saves[i];
        asm_nop(&c->a, c->instance_len);
    }
    c->a.p = end;
}

static struct code_body describe(const struct compiler *c, struct fncode *fn,
                                 const struct code_space *space,
                                 const struct code_site *sites)
{
    return (struct code_body){
        .start = space->rx,
        .size = asm_pos(&c->a),
        .kind = BODY_FUNCTION,
        .frame_bytes = c->frame_bytes,
        .instance_at = c->crosses ? c->instance_at : 0,
        .saved = c->saved,
        .fn = fn,
        .nsites = c->sites.len,
        .sites = sites,
    };
}

/* Under modcode.lock. */
static bool publish_locked(struct compiler *c, struct fncode *fn,
                           const struct code_space *space)
{
    bool oom = false;
    size_t bytes = c->sites.len * sizeof(struct code_site);
    struct code_chunk *chunk = c->modcode->chunk;
    struct code_site *sites = arena_try(&c->modcode->arena, bytes);
    const struct loop_entries *entries = loop_entry_table(c, &oom);
    if (sites == NULL || oom) {
        code_cancel(chunk, space);
        return false;
    }
    if (bytes != 0)
        memcpy(sites, c->sites.at, bytes);
    struct code_body body = describe(c, fn, space, sites);
    body.entries = entries;
    return code_commit(chunk, space, body.size) && compiled_publish(fn, &body);
}

static bool publish(struct compiler *c, struct fncode *fn, const struct code_space *space)
{
    pthread_mutex_lock(&c->modcode->lock);
    bool done = publish_locked(c, fn, space);
    pthread_mutex_unlock(&c->modcode->lock);
    return done;
}

/* Space of size bytes, or less where the region has no more, but more than least. */
static bool reserve(struct compiler *c, size_t size, size_t least, struct code_space *space)
{
    for (size_t more = size - least; more >= CODE_ROOM; more /= 2)
        if (code_reserve(c->modcode->chunk, least + more, space))
            return true;
    return false;
}

/* Compiles into a space of size bytes; EXIT_ROOM when it is too small.  Then *least, which
 * is known to be too small before, is its size. */
static int attempt(struct compiler *c, struct fncode *fn, struct arena *scratch,
                   size_t size, size_t *least)
{
    struct code_space space;
    compiler_init(c, fn, scratch);
    if (!reserve(c, size, *least, &space))
        return EXIT_MEMORY;
    *least = space.size;
    scratch->oom = &c->exit;
    int left = setjmp(c->exit);
    if (left != 0) {
        code_cancel(c->modcode->chunk, &space);
        return left;
    }
    asm_init(&c->a, space.rw, space.size, (uint64_t)(uintptr_t)space.rx);
    compile_body(c);
    drop_save_instance(c);
    return publish(c, fn, &space) ? 0 : EXIT_MEMORY;
}

/* Code is three to five times as long as its body; rare shapes need more. */
static size_t first_guess(const struct fncode *fn)
{
    const struct func_decl *d = &fn->modcode->module->funcs[fn->func];
    return HOSTILE(1, 2) * CODE_ROOM + HOSTILE(0, 12) * (size_t)(d->body_end - d->body);
}

/* Not the thread's CPU time: to ask for it costs as much as a small function does. */
static uint64_t nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void count(const struct compiler *c, uint64_t began)
{
    struct code_stats *s = &c->modcode->stats;
    pthread_mutex_lock(&c->modcode->lock);
    s->compiled++;
    s->bytes_in += (uint64_t)(c->decl->body_end - c->decl->body);
    s->bytes_out += asm_pos(&c->a);
    s->nanoseconds += nanoseconds() - began;
    pthread_mutex_unlock(&c->modcode->lock);
}

bool compile_function(struct fncode *fn, struct fail *f)
{
    struct compiler c;
    struct arena scratch;
    uint64_t began = nanoseconds();
    int left = EXIT_ROOM;
    size_t size = first_guess(fn), least = 0;
    arena_init(&scratch, &fn->modcode->engine->heap);
    for (; left == EXIT_ROOM && size < ASM_SPAN; size = least * 4) {
        left = attempt(&c, fn, &scratch, size, &least);
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    if (left != 0)
        return fail_at(f, FAIL_EXHAUSTED, FAIL_NO_OFFSET,
                       "no memory to compile function %u", fn->func);
    count(&c, began);
    return true;
}
