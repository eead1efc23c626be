/* worker.c - the worker process and its parent.
 *
 * They talk over a pair of sockets, a byte at a time: the worker says that a script is done, the
 * parent, when it has read the log, that the next may begin.  The end of the stream is the end
 * of the other process. */
#include "spectest/worker.h"
#include "api/api.h"
#include "spectest/json_pool.h"
#include "spectest/script.h"
#include "tools/wx/value.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker {
    pid_t pid;
    int socket;
};

/* ---- in the worker -------------------------------------------------------------------------- */

static bool say(int socket) { return send(socket, "", 1, MSG_NOSIGNAL) == 1; }

/* Waits for a byte.  false: the other process is gone. */
static bool hear(int socket)
{
    char byte;
    ssize_t n;
    do
        n = recv(socket, &byte, 1, 0);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

/* A worker that dies does so in a test, not for a debugger: no core file; and it does not
 * outlive its parent, whatever it is doing. */
static void become_worker(pid_t parent)
{
    struct rlimit no_core = { 0, 0 };
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
}

static _Noreturn void work(const struct worker_job *job, size_t first, int socket,
                           struct log *log)
{
    wx_engine *engine;
    wx_error err;
    if (wx_engine_new(job->config, &engine, &err) != WX_OK) {
        fprintf(stderr, "wx spec: %s\n", err.text);
        _exit(EXIT_FAILURE);
    }
    if (job->junk != 0) {
        api_engine(engine)->config.junk = job->junk;
        api_engine(engine)->heap.poison = true;
    }
    json_pool_use();
    for (size_t i = first; i < job->n; i++) {
        script_run(engine, job->paths[i], log);
        json_pool_reset();
        if (!say(socket) || !hear(socket))
            break;
    }
    wx_engine_free(engine);
    exit(EXIT_SUCCESS); /* not _exit: leak checkers report here */
}

/* ---- in the parent -------------------------------------------------------------------------- */

static bool start(struct worker *w, const struct worker_job *job, size_t first,
                  struct log *log)
{
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    fflush(NULL);
    w->socket = ends[0];
    w->pid = fork();
    if (w->pid == 0) {
        close(ends[0]);
        become_worker(parent);
        work(job, first, ends[1], log);
    }
    close(ends[1]);
    if (w->pid < 0)
        close(ends[0]);
    return w->pid > 0;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Is there something to hear within the limit? */
static bool wait_for(int socket, uint64_t seconds)
{
    int64_t deadline = now_ms() + (int64_t)seconds * 1000;
    struct pollfd p = { .fd = socket, .events = POLLIN };
    int n;
    do {
        int64_t left = deadline - now_ms();
        n = poll(&p, 1, left > 0 ? (int)(left < INT32_MAX ? left : INT32_MAX) : 0);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* Waits for the end of the worker, which is told how if it is not on its way. */
static int reap(struct worker *w, bool kill_it)
{
    int status = 0;
    if (kill_it)
        kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(w->socket);
    w->pid = 0;
    return status;
}

static void describe_death(struct text *t, int status)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    text_clear(t);
    if (name)
        text_add(t, "worker died: SIG%s", name);
    else if (WIFSIGNALED(status))
        text_add(t, "worker died: signal %d", WTERMSIG(status));
    else
        text_add(t, "worker exited with %d", WEXITSTATUS(status));
}

static size_t count_records(const struct log *log)
{
    struct record r;
    size_t cursor = 0, n = 0;
    while (log_next(log, &cursor, &r))
        n++;
    return n;
}

/* The worker did not finish the script: buries it and completes the log. */
static void bury(struct worker *w, const struct worker_job *job, const char *path,
                 bool hangs, struct log *log)
{
    struct text reason;
    int status = reap(w, hangs);
    describe_death(&reason, status);
    if (hangs) {
        text_clear(&reason);
        text_add(&reason, "no result within %llu s",
                 (unsigned long long)job->timeout_seconds);
    }
    script_fail_rest(path, count_records(log), reason.at, "not run: the worker had ended",
                     log);
}

/* Runs script i, by the worker that is there or a new one. */
static bool run_script(struct worker *w, const struct worker_job *job, size_t i,
                       struct log *log)
{
    log_reset(log);
    if (w->pid > 0)
        say(w->socket);
    else if (!start(w, job, i, log))
        return false;
    bool hangs = !wait_for(w->socket, job->timeout_seconds);
    if (hangs || !hear(w->socket))
        bury(w, job, job->paths[i], hangs, log);
    job->done(job->env, i, log);
    return true;
}

/* Lets the last worker free its engine.  Its end is part of the test: it must be a good one. */
static bool finish(struct worker *w, uint64_t seconds)
{
    if (w->pid <= 0)
        return true;
    struct text reason;
    say(w->socket);
    int status = reap(w, !wait_for(w->socket, seconds));
    if (status == 0)
        return true;
    describe_death(&reason, status);
    fprintf(stderr, "wx spec: after the last script: %s\n", reason.at);
    return false;
}

bool worker_run(const struct worker_job *job)
{
    struct worker w = { 0 };
    struct log *log = log_new();
    bool ok = log != NULL;
    for (size_t i = 0; ok && i < job->n; i++)
        ok = run_script(&w, job, i, log);
    if (!ok)
        fprintf(stderr, "wx spec: cannot start a worker: %s\n", strerror(errno));
    ok = finish(&w, job->timeout_seconds) && ok;
    log_free(log);
    return ok;
}
