/* background.c - the queue of wanted functions and the thread that compiles them.
 *
 * Two locks: `lock` is the queue's and is held for moments; `gate` is held while a function is
 * taken off the queue and compiled, so whoever holds it knows that nothing is being compiled.
 * Order: gate, lock, modcode's.
 *
 * Fork.  The child has no such thread.  So fork takes both locks of every engine first, which
 * means that no compilation is under way, and the child makes them anew; what is queued stays so
 * until the next function is wanted, which starts a thread there.  Code memory has its own part in
 * fork (x64/codefork.c), which must come after this one: it keeps writers out, for whom the gate
 * would wait.  Handlers before a fork run last registered first, and an engine maps its code
 * memory before it wants a function.
 *
 * The list of engines is global: fork is. */
#include "runtime/background.h"
#include <signal.h>
#include <string.h>

enum { WANTED_NOT, WANTED_QUEUED, WANTED_DONE };

struct background {
    struct engine *engine;
    struct background *next; /* in the list of all */
    pthread_mutex_t gate, lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool started, stop;
    struct fncode *first, *last; /* the queue, linked by fncode.behind */
};

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct background *list;

/* ---- fork ---------------------------------------------------------------------------- */

static void before(void)
{
    pthread_mutex_lock(&list_lock);
    for (struct background *b = list; b != NULL; b = b->next) {
        pthread_mutex_lock(&b->gate);
        pthread_mutex_lock(&b->lock);
    }
}

static void in_parent(void)
{
    for (struct background *b = list; b != NULL; b = b->next) {
        pthread_mutex_unlock(&b->lock);
        pthread_mutex_unlock(&b->gate);
    }
    pthread_mutex_unlock(&list_lock);
}

static void init_locks(struct background *b)
{
    pthread_mutex_init(&b->gate, NULL);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->wake, NULL);
}

static void in_child(void)
{
    for (struct background *b = list; b != NULL; b = b->next) {
        init_locks(b);
        b->started = false;
    }
    pthread_mutex_unlock(&list_lock);
}

static void register_once(void) { pthread_atfork(before, in_parent, in_child); }

static void list_add(struct background *b)
{
    pthread_once(&registered, register_once);
    pthread_mutex_lock(&list_lock);
    b->next = list;
    list = b;
    pthread_mutex_unlock(&list_lock);
}

static void list_remove(const struct background *b)
{
    pthread_mutex_lock(&list_lock);
    struct background **at = &list;
    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
    pthread_mutex_unlock(&list_lock);
}

/* ---- the thread ---------------------------------------------------------------------- */

static void push(struct background *b, struct fncode *fn)
{
    fn->behind = NULL;
    *(b->first != NULL ? &b->last->behind : &b->first) = fn;
    b->last = fn;
}

static struct fncode *take(struct background *b)
{
    pthread_mutex_lock(&b->lock);
    struct fncode *fn = b->first;
    if (fn != NULL)
        b->first = fn->behind;
    pthread_mutex_unlock(&b->lock);
    return fn;
}

static void compile_one(struct background *b)
{
    struct fail ignored = { .kind = FAIL_NONE };
    pthread_mutex_lock(&b->gate);
    struct fncode *fn = take(b);
    if (fn != NULL) {
        b->engine->tiers[TIER_BASELINE]->prepare(fn, &ignored);
        atomic_store_explicit(&fn->wanted, WANTED_DONE, memory_order_release);
    }
    pthread_mutex_unlock(&b->gate);
}

/* false: time to end. */
static bool wait(struct background *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->first == NULL && !b->stop)
        pthread_cond_wait(&b->wake, &b->lock);
    bool stop = b->stop;
    pthread_mutex_unlock(&b->lock);
    return !stop;
}

static void *run(void *background)
{
    struct background *b = background;
    while (wait(b))
        compile_one(b);
    return NULL;
}

/* Signals are the embedder's threads' to take, but for those that the thread itself would cause:
 * blocked, they end the process past every handler. */
static bool start(struct background *b)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT };
    sigset_t set, old;
    sigfillset(&set);
    for (size_t i = 0; i < COUNT(own); i++)
        sigdelset(&set, own[i]);
    pthread_sigmask(SIG_SETMASK, &set, &old);
    b->started = pthread_create(&b->thread, NULL, run, b) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return b->started;
}

/* ---- engines ------------------------------------------------------------------------- */

/* The engine's, made when there is none; NULL: no memory. */
static struct background *background_of(struct engine *e)
{
    struct background *b = atomic_load_explicit(&e->background, memory_order_acquire);
    struct background *made = b == NULL ? heap_alloc(&e->heap, sizeof *b) : NULL;
    if (made == NULL)
        return b;
    memset(made, 0, sizeof *made);
    made->engine = e;
    init_locks(made);
    if (atomic_compare_exchange_strong_explicit(
            &e->background, &b, made, memory_order_acq_rel, memory_order_acquire)) {
        list_add(made);
        return made;
    }
    heap_free(&e->heap, made, sizeof *made);
    return b;
}

bool background_want(struct fncode *fn)
{
    struct background *b = background_of(fn->modcode->engine);
    if (b == NULL)
        return false;
    pthread_mutex_lock(&b->lock);
    bool ready = b->started || start(b);
    if (ready && atomic_load_explicit(&fn->wanted, memory_order_relaxed) == WANTED_NOT) {
        atomic_store_explicit(&fn->wanted, WANTED_QUEUED, memory_order_relaxed);
        push(b, fn);
    }
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    return ready;
}

bool background_done(const struct fncode *fn)
{
    return atomic_load_explicit(&fn->wanted, memory_order_acquire) == WANTED_DONE;
}

static void drop_queued(struct background *b, const struct modcode *c)
{
    struct fncode *fn = b->first, *behind;
    b->first = NULL;
    for (; fn != NULL; fn = behind) {
        behind = fn->behind;
        if (fn->modcode != c)
            push(b, fn);
    }
}

void background_forget(struct modcode *c)
{
    struct background *b =
        atomic_load_explicit(&c->engine->background, memory_order_acquire);
    if (b == NULL)
        return;
    pthread_mutex_lock(&b->gate);
    pthread_mutex_lock(&b->lock);
    drop_queued(b, c);
    pthread_mutex_unlock(&b->lock);
    pthread_mutex_unlock(&b->gate);
}

void background_end(struct engine *e)
{
    struct background *b = atomic_load_explicit(&e->background, memory_order_acquire);
    if (b == NULL)
        return;
    list_remove(b);
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    if (b->started)
        pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->wake);
    pthread_mutex_destroy(&b->lock);
    pthread_mutex_destroy(&b->gate);
    heap_free(&e->heap, b, sizeof *b);
}
