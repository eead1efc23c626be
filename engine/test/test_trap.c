/* test_trap.c - runtime/trap.c: activations, faults, the handlers of others, texts.
 *
 * The tier is made here: it runs one instruction that faults, recognizes its address and
 * resumes behind it.  What concerns the handlers that were there before runs in
 * children, one a case, before this process has installed the engine's. */
#include "runtime/trap.h"
#include "base/os.h"
#include "runtime/engine.h"
#include "runtime/objects.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <cmocka.h>

/* ---- instructions that fault --------------------------------------------------------- */

/* bool probe_<name>(address): runs the instruction; true when it was resumed behind the
 * fault. */
#define PROBE(name, instruction)                                  \
    extern const uint8_t site_##name[], resume_##name[];          \
    NOINLINE static bool probe_##name(const void *address)        \
    {                                                             \
        uint64_t faulted = 0, p = (uintptr_t)address;             \
        __asm__ volatile("site_" #name ": " instruction "\n"      \
                         "jmp 1f\n"                               \
                         "resume_" #name ": mov $1, %[faulted]\n" \
                         "1:"                                     \
                         : [faulted] "+&r"(faulted), [p] "+&r"(p) \
                         :                                        \
                         : "rax", "rdx", "cc", "memory");         \
        return faulted != 0;                                      \
    }

#pragma GCC visibility push(hidden)
PROBE(load, "movb (%[p]), %%al")
PROBE(ud2, "ud2")
PROBE(divide,
      "xor %%edx, %%edx\n xor %%eax, %%eax\n xor %k[p], %k[p]\n divide_at: div %k[p]")
extern const uint8_t divide_at[];
/* Sends the process a signal from an address the tier knows. */
extern const uint8_t sent_at[];
NOINLINE static void send_from_site(void)
{
    long number = SYS_kill;
    __asm__ volatile("syscall\n sent_at: nop"
                     : "+a"(number)
                     : "D"(getpid()), "S"(SIGSEGV)
                     : "rcx", "r11", "memory");
}
#pragma GCC visibility pop

static const struct site {
    const uint8_t *at, *resume;
} sites[] = {
    { site_load, resume_load },
    { site_ud2, resume_ud2 },
    { divide_at, resume_divide },
    { sent_at, sent_at },
};

/* What the tier saw last on this thread. */
static THREAD_LOCAL struct {
    int signal;
    void *address;
    const uint8_t *sp;
} seen;

static bool probe_fault(struct activation *a, struct fault *f)
{
    ucontext_t *c = f->ucontext;
    const uint8_t *pc = (const uint8_t *)c->uc_mcontext.gregs[REG_RIP];
    assert_ptr_equal(a, activation_current());
    for (size_t i = 0; i < COUNT(sites); i++) {
        if (pc != sites[i].at)
            continue;
        errno = EBADF;
        seen.signal = f->signal;
        seen.address = f->address;
        seen.sp = __builtin_frame_address(0);
        c->uc_mcontext.gregs[REG_RIP] = (greg_t)sites[i].resume;
        return true;
    }
    return false;
}

/* slots[0]: address to load from; 0 afterwards when it could be read. */
static enum trap probe_call(struct func *f, uint64_t *slots)
{
    struct activation a;
    struct exec *x = &f->store->exec;
    activation_push(&a, x, ACTIVATION_INTERP);
    bool faulted = probe_load((const void *)(uintptr_t)slots[0]);
    if (faulted)
        trap_begin(x, TRAP_MEMORY_BOUNDS);
    activation_pop(&a);
    slots[0] = 0;
    return faulted ? TRAP_MEMORY_BOUNDS : TRAP_NONE;
}

/* A frame that names the activation. */
static void probe_walk(const struct activation *a, struct trap_info *t)
{
    trap_push_frame(t, NULL, (uint32_t)a->stack_left, 0);
}

static const struct tier probe_tier = { .name = "probe",
                                        .id = TIER_INTERP,
                                        .call = probe_call,
                                        .fault = probe_fault,
                                        .walk = probe_walk };
static const struct tier *const tiers[TIER_COUNT] = { &probe_tier };

struct world {
    struct engine *engine;
    struct store *store;
    struct fncode code;
    struct func func;
};

static void world_new(struct world *w, struct config config)
{
    struct fail f = { .kind = FAIL_NONE };
    memset(w, 0, sizeof *w);
    w->engine = engine_new(&config, tiers, &f);
    assert_non_null(w->engine);
    w->store = store_new(w->engine);
    assert_non_null(w->store);
    w->code.tier = TIER_INTERP;
    w->func.store = w->store;
    w->func.code = &w->code;
}

static void world_free(struct world *w)
{
    store_free(w->store);
    engine_free(w->engine);
}

/* ---- the handlers of others ---------------------------------------------------------- */

enum { CALLED = 40, CALLED_WRONGLY, SURVIVED };

static uint8_t *const nowhere = (uint8_t *)0x1234000;

static void plain_handler(int signal)
{
    _exit(signal == SIGSEGV ? CALLED : CALLED_WRONGLY);
}

/* Blocked as the kernel would have: SIGUSR1 by sa_mask, SIGUSR2 by the program, SIGSEGV
 * itself. */
static void full_handler(int signal, siginfo_t *info, void *context)
{
    sigset_t mask;
    const ucontext_t *c = context;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    bool right = signal == SIGSEGV && info->si_addr == nowhere &&
                 info->si_code == SEGV_MAPERR &&
                 (const uint8_t *)c->uc_mcontext.gregs[REG_RIP] == site_load &&
                 sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGUSR2) &&
                 sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGTERM);
    _exit(right ? CALLED : CALLED_WRONGLY);
}

/* A fault inside the handler calls it again, since it is SA_NODEFER. */
static void nested_handler(int signal)
{
    static volatile int depth;
    if (++depth == 2)
        _exit(CALLED);
    (void)probe_load(nowhere);
    _exit(CALLED_WRONGLY + signal);
}

static sigjmp_buf jump;

static void jumping_handler(int signal) { siglongjmp(jump, signal); }

/* Repairs and returns: the instruction is run again. */
static void repairing_handler(int signal)
{
    uint8_t *p = os_private_map(nowhere, OS_PAGE, OS_READ_WRITE);
    if (p != nowhere)
        _exit(CALLED_WRONGLY + signal);
}

static void install(void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(SIGSEGV, &action, NULL);
}

static void install_full(void)
{
    struct sigaction action = { .sa_sigaction = full_handler, .sa_flags = SA_SIGINFO };
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaction(SIGSEGV, &action, NULL);
}

static void has_none(void) { install(SIG_DFL, 0); }
static void ignores(void) { install(SIG_IGN, 0); }
static void has_plain(void) { install(plain_handler, 0); }
static void has_once(void) { install(repairing_handler, (int)SA_RESETHAND); }
static void has_nested(void) { install(nested_handler, SA_NODEFER); }
static void has_jumping(void) { install(jumping_handler, 0); }
static void has_repairing(void) { install(repairing_handler, 0); }

static void fault(void) { (void)probe_load(nowhere); }

static void fault_twice(void)
{
    fault();
    os_release(nowhere, OS_PAGE);
    fault();
}

static void fault_and_jump(void)
{
    for (int i = 0; i < 3; i++)
        if (sigsetjmp(jump, 1) == 0) {
            fault();
            _exit(CALLED_WRONGLY);
        }
}

static void be_sent(void) { kill(getpid(), SIGSEGV); }

/* Wasm runs, but the fault is in other code. */
static void fault_in_host(void)
{
    struct world w;
    struct activation a;
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    activation_push(&a, &w.store->exec, ACTIVATION_INTERP);
    __asm__ volatile("movb (%0), %%al" : : "r"(nowhere) : "rax");
    activation_pop(&a);
}

static void be_sent_in_wasm(void)
{
    struct world w;
    struct activation a;
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    activation_push(&a, &w.store->exec, ACTIVATION_INTERP);
    send_from_site();
    activation_pop(&a);
}

/* The signal that ends the process, or 256 + its exit code. */
#define EXITS(code) (256 + (code))

static const struct chain_case {
    const char *name;
    void (*before)(void); /* the embedder, before the engine */
    void (*act)(void);
    int end;
} chain_cases[] = {
    { "default action ends the process", has_none, fault, SIGSEGV },
    { "default action, signal sent", has_none, be_sent, SIGSEGV },
    { "default action, fault in the host", has_none, fault_in_host, SIGSEGV },
    { "default action, sent in Wasm", has_none, be_sent_in_wasm, SIGSEGV },
    { "ignored, a fault cannot be", ignores, fault, SIGSEGV },
    { "ignored, signal sent", ignores, be_sent, EXITS(SURVIVED) },
    { "ignored, sent in Wasm", ignores, be_sent_in_wasm, EXITS(SURVIVED) },
    { "plain handler", has_plain, fault, EXITS(CALLED) },
    { "plain handler, signal sent", has_plain, be_sent, EXITS(CALLED) },
    { "plain handler, fault in the host", has_plain, fault_in_host, EXITS(CALLED) },
    { "plain handler, sent in Wasm", has_plain, be_sent_in_wasm, EXITS(CALLED) },
    { "handler with mask and siginfo", install_full, fault, EXITS(CALLED) },
    { "handler that repairs", has_repairing, fault_twice, EXITS(SURVIVED) },
    { "one-shot handler, once", has_once, fault, EXITS(SURVIVED) },
    { "one-shot handler, twice", has_once, fault_twice, SIGSEGV },
    { "nested handler", has_nested, fault, EXITS(CALLED) },
    { "jumping handler", has_jumping, fault_and_jump, EXITS(SURVIVED) },
};

static int end_of(const struct chain_case *c)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        c->before();
        trap_thread_init();
        c->act();
        _exit(SURVIVED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : EXITS(WEXITSTATUS(status));
}

static void other_handlers_are_called_as_before(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT(chain_cases); i++) {
        int end = end_of(&chain_cases[i]);
        if (end != chain_cases[i].end) {
            print_message("%s: got %d, want %d\n", chain_cases[i].name, end,
                          chain_cases[i].end);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- faults -------------------------------------------------------------------------- */

static void a_fault_of_wasm_becomes_a_trap(void **state)
{
    (void)state;
    struct world w;
    struct fail f = { .kind = FAIL_NONE };
    world_new(&w, (struct config){ .memory = MEMORY_GUARD });
    struct memory_type type = { .limits = { .min = 1 }, .page_log2 = 16 };
    struct memory *m = memory_new(w.store, type, &f);
    for (int i = 0; i < 1000; i++) {
        uint64_t slots[1] = { (uintptr_t)(m->base + 65536 + i) };
        assert_int_equal(func_call(&w.func, slots), TRAP_MEMORY_BOUNDS);
        assert_int_equal(seen.signal, SIGSEGV);
        assert_ptr_equal(seen.address, m->base + 65536 + i);
        slots[0] = (uintptr_t)(m->base + 65535);
        assert_int_equal(func_call(&w.func, slots), TRAP_NONE);
    }
    assert_null(activation_current());
    world_free(&w);
}

static void every_fault_signal_reaches_the_tier(void **state)
{
    (void)state;
    struct world w;
    struct activation a;
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    int fd = os_shared_new(0);
    uint8_t *beyond = os_shared_map(fd, NULL, 0, OS_PAGE, OS_READ_WRITE);
    assert_non_null(beyond);
    trap_thread_init();
    activation_push(&a, &w.store->exec, ACTIVATION_INTERP);
    assert_true(probe_load(nowhere));
    assert_int_equal(seen.signal, SIGSEGV);
    assert_true(probe_load((void *)(UINT64_C(1) << 63)));
    assert_int_equal(seen.signal, SIGSEGV);
    assert_true(probe_load(beyond));
    assert_int_equal(seen.signal, SIGBUS);
    assert_true(probe_ud2(NULL));
    assert_int_equal(seen.signal, SIGILL);
    assert_true(probe_divide(NULL));
    assert_int_equal(seen.signal, SIGFPE);
    activation_pop(&a);
    os_release(beyond, OS_PAGE);
    os_shared_free(fd);
    world_free(&w);
}

static void a_fault_keeps_errno(void **state)
{
    (void)state;
    struct world w;
    uint64_t slots[1] = { (uintptr_t)nowhere };
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    errno = EXDEV;
    assert_int_equal(func_call(&w.func, slots), TRAP_MEMORY_BOUNDS);
    assert_int_equal(errno, EXDEV);
    world_free(&w);
}

/* An alternate stack of the thread is used, and is still its own afterwards. */
static void an_alternate_stack_is_used_and_kept(void **state)
{
    (void)state;
    static uint8_t memory[256 * 1024];
    stack_t ours = { .ss_sp = memory, .ss_size = sizeof memory }, before, after;
    struct world w;
    uint64_t slots[1] = { (uintptr_t)nowhere };
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    assert_int_equal(sigaltstack(&ours, &before), 0);
    assert_int_equal(func_call(&w.func, slots), TRAP_MEMORY_BOUNDS);
    assert_int_equal(sigaltstack(&before, &after), 0);
    assert_ptr_equal(after.ss_sp, memory);
    assert_true(seen.sp > memory && seen.sp < memory + sizeof memory);
    world_free(&w);
}

/* ---- activations --------------------------------------------------------------------- */

static void activations_link_by_thread_and_by_store(void **state)
{
    (void)state;
    struct world v, w;
    struct activation a, b, c;
    world_new(&v, (struct config){ .memory = MEMORY_AUTO });
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    struct exec *x = &v.store->exec, *y = &w.store->exec;
    trap_thread_init();
    x->stack_left = 1;
    activation_push(&a, x, ACTIVATION_INTERP);
    activation_push(&b, y, ACTIVATION_INTERP);
    x->stack_left = 3;
    activation_push(&c, x, ACTIVATION_INTERP);
    assert_ptr_equal(activation_current(), &c);
    assert_ptr_equal(c.outer, &b);
    assert_ptr_equal(c.below, &a);
    assert_ptr_equal(x->top, &c);
    assert_ptr_equal(y->top, &b);
    x->stack_left = -100;
    activation_pop(&c);
    assert_int_equal(x->stack_left, 3);
    assert_ptr_equal(x->top, &a);
    activation_pop(&b);
    assert_null(y->top);
    activation_pop(&a);
    assert_int_equal(x->stack_left, 1);
    assert_null(activation_current());
    world_free(&v);
    world_free(&w);
}

static void a_walk_shows_the_activations_of_the_store(void **state)
{
    (void)state;
    struct world v, w;
    struct activation a[3], other;
    world_new(&v, (struct config){ .memory = MEMORY_AUTO });
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    struct exec *x = &v.store->exec;
    trap_thread_init();
    for (int i = 0; i < 3; i++) {
        x->stack_left = 10 + i;
        activation_push(&a[i], x, ACTIVATION_INTERP);
        if (i == 1)
            activation_push(&other, &w.store->exec, ACTIVATION_INTERP);
    }
    trap_begin(x, TRAP_UNREACHABLE);
    trap_walk_outer(&a[2]);
    assert_int_equal(x->trap.nframes, 2);
    assert_int_equal(x->trap.frames[0].func, 11);
    assert_int_equal(x->trap.frames[1].func, 10);
    activation_pop(&a[2]);
    activation_pop(&other);
    activation_pop(&a[1]);
    activation_pop(&a[0]);
    world_free(&v);
    world_free(&w);
}

static void frames_beyond_the_room_are_counted(void **state)
{
    (void)state;
    struct trap_info t = { .nframes = 0 };
    for (uint32_t i = 0; i < 3 * TRAP_FRAMES; i++)
        trap_push_frame(&t, NULL, i, 0);
    assert_int_equal(t.nframes, 3 * TRAP_FRAMES);
    assert_int_equal(t.frames[TRAP_FRAMES - 1].func, TRAP_FRAMES - 1);
}

static void the_native_limit_is_the_tightest_around(void **state)
{
    (void)state;
    struct world v, w;
    struct activation a, b, c;
    uint8_t *here = __builtin_frame_address(0);
    world_new(&v, (struct config){ .native_stack = 64 * 1024 });
    world_new(&w, (struct config){ .native_stack = 256 * 1024 });
    struct exec *x = &v.store->exec, *y = &w.store->exec;
    trap_thread_init();
    activation_push(&a, x, ACTIVATION_COMPILED);
    uint8_t *limit = x->native_limit;
    assert_true(limit < here && limit > here - 80 * 1024);
    activation_push(&b, y, ACTIVATION_COMPILED);
    assert_ptr_equal(y->native_limit, limit);
    activation_push(&c, x, ACTIVATION_COMPILED);
    assert_ptr_equal(x->native_limit, limit);
    activation_pop(&c);
    activation_pop(&b);
    activation_pop(&a);
    activation_push(&b, y, ACTIVATION_COMPILED);
    limit = y->native_limit;
    assert_true(limit < here - 240 * 1024);
    activation_push(&a, x, ACTIVATION_COMPILED);
    activation_push(&c, y, ACTIVATION_COMPILED);
    assert_ptr_equal(y->native_limit, x->native_limit);
    activation_pop(&c);
    activation_pop(&a);
    assert_ptr_equal(y->native_limit, limit);
    activation_pop(&b);
    world_free(&v);
    world_free(&w);
}

static void *limit_of_small_thread(void *store)
{
    struct exec *x = &((struct store *)store)->exec;
    struct os_stack s = os_thread_stack();
    struct activation a;
    trap_thread_init();
    activation_push(&a, x, ACTIVATION_COMPILED);
    bool right = x->native_limit >= s.low + 128 * 1024 && x->native_limit < s.high;
    activation_pop(&a);
    return right ? store : NULL;
}

static void the_native_limit_leaves_room_on_a_small_stack(void **state)
{
    (void)state;
    struct world w;
    pthread_t thread;
    pthread_attr_t attr;
    void *result = NULL;
    world_new(&w, (struct config){ .native_stack = 64 * 1024 * 1024 });
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 * 1024);
    assert_int_equal(pthread_create(&thread, &attr, limit_of_small_thread, w.store), 0);
    pthread_join(thread, &result);
    assert_ptr_equal(result, w.store);
    pthread_attr_destroy(&attr);
    world_free(&w);
}

/* ---- MXCSR and host functions -------------------------------------------------------- */

enum { TOWARDS_ZERO = 0x7F80, UPWARDS = 0x5F80, NEAREST = 0x1F80, CONTROL = 0xFFC0 };

static unsigned control(void) { return _mm_getcsr() & CONTROL; }

static enum trap rounding_host(void *env, struct func *self, struct instance *caller,
                               uint64_t *slots)
{
    (void)env;
    (void)self;
    (void)caller;
    slots[0] = control();
    _mm_setcsr(UPWARDS);
    return TRAP_NONE;
}

static void wasm_and_host_have_their_own_rounding(void **state)
{
    (void)state;
    struct world w;
    struct activation a;
    uint64_t slots[1] = { 0 };
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    const struct type *type = types_func(w.engine->types, NULL, 0, NULL, 0);
    struct func *host = func_new_host(w.store, type, rounding_host, NULL, NULL);
    assert_non_null(host);
    trap_thread_init();
    _mm_setcsr(TOWARDS_ZERO);
    activation_push(&a, &w.store->exec, ACTIVATION_INTERP);
    assert_int_equal(control(), NEAREST);
    assert_int_equal(func_call_host(host, w.store->host_instance, slots), TRAP_NONE);
    assert_int_equal(slots[0], TOWARDS_ZERO);
    assert_int_equal(control(), NEAREST);
    activation_pop(&a);
    assert_int_equal(control(), UPWARDS);
    _mm_setcsr(NEAREST);
    world_free(&w);
}

static enum trap bare_trap(void *env, struct func *self, struct instance *caller,
                           uint64_t *slots)
{
    (void)self;
    (void)caller;
    (void)slots;
    return *(enum trap *)env;
}

static void count_end(void *env) { *(enum trap *)env = TRAP_COUNT; }

static void a_trap_of_the_host_is_begun(void **state)
{
    (void)state;
    struct world w;
    uint64_t slots[1] = { 0 };
    enum trap kind = TRAP_HOST;
    world_new(&w, (struct config){ .logical_stack = true });
    const struct type *type = types_func(w.engine->types, NULL, 0, NULL, 0);
    struct func *host = func_new_host(w.store, type, bare_trap, &kind, count_end);
    struct trap_info *t = &w.store->exec.trap;
    t->nframes = 9;
    strcpy(t->text, "stale");
    assert_int_equal(func_call(host, slots), TRAP_HOST);
    assert_int_equal(t->kind, TRAP_HOST);
    assert_int_equal(t->nframes, 0);
    assert_string_equal(t->text, "");
    w.store->exec.stack_left = STACK_HOST_COST;
    kind = TRAP_NONE;
    assert_int_equal(func_call(host, slots), TRAP_NONE);
    assert_int_equal(w.store->exec.stack_left, STACK_HOST_COST);
    w.store->exec.stack_left = STACK_HOST_COST - 1;
    assert_int_equal(func_call(host, slots), TRAP_STACK);
    assert_int_equal(t->kind, TRAP_STACK);
    world_free(&w);
    assert_int_equal(kind, TRAP_COUNT);
}

/* ---- texts --------------------------------------------------------------------------- */

static const struct text_case {
    struct trap_info trap;
    const char *text;
} text_cases[] = {
    { { .kind = TRAP_UNREACHABLE }, "unreachable" },
    { { .kind = TRAP_MEMORY_BOUNDS, .width = 4, .address = 0x10000, .size = 65536 },
      "out of bounds memory access: address 0x10000, 4 bytes, memory of 65536 bytes" },
    { { .kind = TRAP_MEMORY_BOUNDS, .width = 1, .address = 7, .size = 0 },
      "out of bounds memory access: address 0x7, 1 byte, memory of 0 bytes" },
    { { .kind = TRAP_MEMORY_BOUNDS, .address = UINT64_MAX, .size = 1 },
      "out of bounds memory access: address 0xffffffffffffffff, memory of 1 bytes" },
    { { .kind = TRAP_TABLE_BOUNDS, .width = 1, .address = 10, .size = 10 },
      "out of bounds table access: index 10, table of 10" },
    { { .kind = TRAP_TABLE_BOUNDS, .width = 5, .address = 6, .size = 10 },
      "out of bounds table access: index 6, 5 elements, table of 10" },
    { { .kind = TRAP_NULL_FUNC, .address = 2 }, "uninitialized element 2" },
    { { .kind = TRAP_TABLE_INDEX, .address = 7 }, "undefined element 7" },
    { { .kind = TRAP_HOST, .text = "no such file" },
      "host function trapped: no such file" },
    { { .kind = TRAP_HOST }, "host function trapped" },
    { { .kind = TRAP_STACK }, "call stack exhausted" },
};

static void messages_begin_with_the_text_of_the_suite(void **state)
{
    (void)state;
    char text[256];
    for (size_t i = 0; i < COUNT(text_cases); i++) {
        trap_message(&text_cases[i].trap, text, sizeof text);
        assert_string_equal(text, text_cases[i].text);
    }
    for (int kind = 0; kind < TRAP_COUNT; kind++) {
        struct trap_info t = { .kind = (enum trap)kind };
        trap_message(&t, text, sizeof text);
        assert_memory_equal(text, trap_texts[kind], strlen(trap_texts[kind]));
    }
}

/* ---- threads and processes ----------------------------------------------------------- */

static bool traps_often(struct world *w)
{
    for (int i = 0; i < 2000; i++) {
        uint64_t slots[1] = { (uintptr_t)nowhere };
        if (func_call(&w->func, slots) != TRAP_MEMORY_BOUNDS)
            return false;
    }
    return activation_current() == NULL;
}

/* An engine of the thread's own, destroyed while others run. */
static void *trapping_thread(void *unused)
{
    struct world w;
    (void)unused;
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    bool right = traps_often(&w);
    world_free(&w);
    return right ? &seen : NULL;
}

static void two_engines_trap_on_two_threads(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < COUNT(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, trapping_thread, NULL), 0);
        for (size_t i = 0; i < COUNT(threads); i++) {
            void *result = NULL;
            pthread_join(threads[i], &result);
            assert_non_null(result);
        }
    }
}

static void *borrowing_thread(void *world) { return traps_often(world) ? world : NULL; }

static void a_store_goes_from_thread_to_thread(void **state)
{
    (void)state;
    struct world w;
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        void *result = NULL;
        assert_int_equal(pthread_create(&thread, NULL, borrowing_thread, &w), 0);
        pthread_join(thread, &result);
        assert_ptr_equal(result, &w);
        assert_true(traps_often(&w));
    }
    world_free(&w);
}

static void a_forked_child_traps_too(void **state)
{
    (void)state;
    struct world w;
    int status = 0;
    world_new(&w, (struct config){ .memory = MEMORY_AUTO });
    assert_true(traps_often(&w));
    pid_t child = fork();
    if (child == 0)
        _exit(traps_often(&w) ? SURVIVED : CALLED_WRONGLY);
    assert_true(traps_often(&w));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SURVIVED);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_handlers_are_called_as_before), /* first: see above */
        cmocka_unit_test(a_fault_of_wasm_becomes_a_trap),
        cmocka_unit_test(every_fault_signal_reaches_the_tier),
        cmocka_unit_test(a_fault_keeps_errno),
        cmocka_unit_test(an_alternate_stack_is_used_and_kept),
        cmocka_unit_test(activations_link_by_thread_and_by_store),
        cmocka_unit_test(a_walk_shows_the_activations_of_the_store),
        cmocka_unit_test(frames_beyond_the_room_are_counted),
        cmocka_unit_test(the_native_limit_is_the_tightest_around),
        cmocka_unit_test(the_native_limit_leaves_room_on_a_small_stack),
        cmocka_unit_test(wasm_and_host_have_their_own_rounding),
        cmocka_unit_test(a_trap_of_the_host_is_begun),
        cmocka_unit_test(messages_begin_with_the_text_of_the_suite),
        cmocka_unit_test(two_engines_trap_on_two_threads),
        cmocka_unit_test(a_store_goes_from_thread_to_thread),
        cmocka_unit_test(a_forked_child_traps_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
