/* trap.c - the thread's activations, the signal handlers, the texts of traps.
 *
 * Signals.  The handlers are installed once per process and stay.  A fault is offered to
 * the tiers of the engine whose activation is current on the faulting thread; a tier
 * that recognizes it edits the interrupted context.  Everything else goes to the handler
 * that was there before, as the kernel would have called it: with its mask, its
 * signature, its one-shot flag; the default action is taken by restoring it and letting
 * the fault repeat.  The handlers run on the thread's alternate stack if it has one,
 * which is never replaced; else on the stack of the code that faulted, which the margin
 * of the native limit leaves room for. */
#include "runtime/trap.h"
#include "base/os.h"
#include "runtime/engine.h"
#include "runtime/store.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <xmmintrin.h>

enum {
    MXCSR_WASM = 0x1F80,       /* nearest, no traps, denormals kept */
    MXCSR_CONTROL = 0xFFC0,    /* all but the sticky flags */
    STACK_MARGIN = 128 * 1024, /* for C that Wasm calls, and for a signal */
};

/* What the engine knows of a thread.  Read by the signal handlers. */
static THREAD_LOCAL struct {
    struct activation *current;
    struct os_stack stack;
    bool ready;
} thread;

/* ---- signals ------------------------------------------------------------------------- */

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };

/* The handlers that were there before ours, by position in signals. */
static struct sigaction previous[COUNT(signals)];
static pthread_once_t registered = PTHREAD_ONCE_INIT;

static struct sigaction *previous_of(int signal)
{
    for (size_t i = 0; i < COUNT(signals); i++)
        if (signals[i] == signal)
            return &previous[i];
    return NULL;
}

static bool has_flag(const struct sigaction *s, unsigned flag)
{
    return ((unsigned)s->sa_flags & flag) != 0;
}

/* Whether the signal was sent (kill, raise) rather than raised by an instruction. */
static bool is_sent(const siginfo_t *info) { return info->si_code <= 0; }

static bool offer_to_tiers(struct fault *fault)
{
    struct activation *a = thread.current;
    if (a == NULL)
        return false;
    const struct tier *const *tiers = a->exec->store->engine->tiers;
    for (int t = 0; t < TIER_COUNT; t++)
        if (tiers[t] != NULL && tiers[t]->fault != NULL && tiers[t]->fault(a, fault))
            return true;
    return false;
}

/* The process ends: an instruction's fault repeats on return, a sent signal is sent
 * again and stays pending until this handler returns. */
static void default_action(int signal, const siginfo_t *info)
{
    struct sigaction action = { .sa_handler = SIG_DFL };
    sigaction(signal, &action, NULL);
    if (is_sent(info))
        raise(signal);
}

/* Calls a handler under the mask the kernel would have given it.  Returning from our own
 * handler restores the interrupted code's mask. */
static void call_handler(const struct sigaction *s, int signal, siginfo_t *info,
                         void *context)
{
    const ucontext_t *interrupted = context;
    sigset_t mask;
    sigorset(&mask, &interrupted->uc_sigmask, &s->sa_mask);
    if (!has_flag(s, SA_NODEFER))
        sigaddset(&mask, signal);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (has_flag(s, SA_SIGINFO))
        s->sa_sigaction(signal, info, context);
    else
        s->sa_handler(signal);
}

static void chain(int signal, siginfo_t *info, void *context)
{
    struct sigaction *p = previous_of(signal), copy = *p;
    if (has_flag(&copy, SA_RESETHAND))
        *p = (struct sigaction){ .sa_handler = SIG_DFL };
    if (copy.sa_handler == SIG_IGN && is_sent(info))
        return;
    if (copy.sa_handler == SIG_DFL || copy.sa_handler == SIG_IGN)
        default_action(signal, info);
    else
        call_handler(&copy, signal, info, context);
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
    int saved = errno;
    struct fault fault = { signal, info->si_addr, context };
    if (is_sent(info) || !offer_to_tiers(&fault))
        chain(signal, info, context);
    errno = saved;
}

static void register_handlers(void)
{
    struct sigaction ours = { .sa_sigaction = on_signal,
                              .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigemptyset(&ours.sa_mask);
    for (size_t i = 0; i < COUNT(signals); i++) {
        sigaction(signals[i], NULL, &previous[i]);
        sigaction(signals[i], &ours, NULL);
    }
}

void trap_thread_init(void)
{
    if (LIKELY(thread.ready))
        return;
    pthread_once(&registered, register_handlers);
    thread.stack = os_thread_stack();
    thread.ready = true;
}

/* ---- activations --------------------------------------------------------------------- */

struct activation *activation_current(void) { return thread.current; }

static bool is_default(uint32_t mxcsr) { return (mxcsr & MXCSR_CONTROL) == MXCSR_WASM; }

static uint8_t *higher(uint8_t *a, uint8_t *b) { return a > b ? a : b; }

/* How far down code entered at sp may go.  On a stack that is not the thread's own (a
 * coroutine's) only the configuration can say. */
static uint8_t *stack_floor(const struct exec *x, uint8_t *sp)
{
    uintptr_t at = (uintptr_t)sp, size = x->store->engine->config.native_stack;
    uint8_t *floor = at > size ? sp - size : NULL;
    if (sp < thread.stack.low || sp >= thread.stack.high)
        return floor;
    return higher(floor, thread.stack.low + STACK_MARGIN);
}

/* A nested activation keeps the tighter of the limits around it. */
static uint8_t *native_limit(const struct exec *x, uint8_t *sp)
{
    uint8_t *limit = x->top != NULL ? x->native_limit : stack_floor(x, sp);
    if (thread.current != NULL)
        limit = higher(limit, thread.current->exec->native_limit);
    return limit;
}

void activation_push(struct activation *a, struct exec *x, enum activation_kind kind)
{
    assert(thread.ready);
    a->outer = thread.current;
    a->below = x->top;
    a->exec = x;
    a->kind = kind;
    a->stack_left = x->stack_left;
    a->native_limit = x->native_limit;
    a->mxcsr = _mm_getcsr();
    x->native_limit = native_limit(x, __builtin_frame_address(0));
    x->top = a;
    thread.current = a;
    if (!is_default(a->mxcsr))
        _mm_setcsr(MXCSR_WASM);
}

void activation_pop(struct activation *a)
{
    struct exec *x = a->exec;
    assert(thread.current == a && x->top == a);
    x->stack_left = a->stack_left;
    x->native_limit = a->native_limit;
    x->top = a->below;
    thread.current = a->outer;
    if (!is_default(a->mxcsr))
        _mm_setcsr(a->mxcsr);
}

void trap_host_enter(struct activation *a)
{
    if (!is_default(a->mxcsr))
        _mm_setcsr(a->mxcsr);
}

void trap_host_leave(struct activation *a)
{
    a->mxcsr = _mm_getcsr();
    if (!is_default(a->mxcsr))
        _mm_setcsr(MXCSR_WASM);
}

/* ---- backtraces and texts ------------------------------------------------------------ */

static void walk(const struct activation *a, struct trap_info *t)
{
    const struct tier *const *tiers = a->exec->store->engine->tiers;
    int id = a->kind == ACTIVATION_INTERP ? TIER_INTERP : TIER_BASELINE;
    if (tiers[id] != NULL && tiers[id]->walk != NULL)
        tiers[id]->walk(a, t);
}

void trap_walk_outer(struct activation *inner)
{
    for (struct activation *a = inner->below; a != NULL; a = a->below)
        walk(a, &inner->exec->trap);
}

typedef unsigned long long ull;

static void memory_text(const struct trap_info *t, const char *text, char *buf, size_t size)
{
    if (t->width == 0)
        snprintf(buf, size, "%s: address 0x%llx, memory of %llu bytes", text,
                 (ull)t->address, (ull)t->size);
    else
        snprintf(buf, size, "%s: address 0x%llx, %u byte%s, memory of %llu bytes", text,
                 (ull)t->address, t->width, t->width == 1 ? "" : "s", (ull)t->size);
}

static void table_text(const struct trap_info *t, const char *text, char *buf, size_t size)
{
    if (t->width <= 1)
        snprintf(buf, size, "%s: index %llu, table of %llu", text, (ull)t->address,
                 (ull)t->size);
    else
        snprintf(buf, size, "%s: index %llu, %u elements, table of %llu", text,
                 (ull)t->address, t->width, (ull)t->size);
}

void trap_message(const struct trap_info *t, char *buf, size_t size)
{
    const char *text = t->kind < TRAP_COUNT ? trap_texts[t->kind] : "unknown trap";
    if (t->text[0] != '\0') {
        snprintf(buf, size, "%s: %s", text, t->text);
        return;
    }
    switch (t->kind) {
    case TRAP_MEMORY_BOUNDS: memory_text(t, text, buf, size); break;
    case TRAP_TABLE_BOUNDS: table_text(t, text, buf, size); break;
    case TRAP_TABLE_INDEX:
    case TRAP_NULL_FUNC: snprintf(buf, size, "%s %llu", text, (ull)t->address); break;
    default: snprintf(buf, size, "%s", text); break;
    }
}
