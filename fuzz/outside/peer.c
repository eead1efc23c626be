/* peer.c - engines behind one process that is asked again and again: V8, and the standard C
 * API.
 *
 * Question and answer are frames on a socket, which is the process's standard input and
 * output: the length, 4 bytes, little-endian, and that many bytes.  A question is a module;
 * an answer is text, "ran" and the lines of answer.h, or "not started: " and why. */
#include "outside/outside.h"
#include "outside/process.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PEER_USES = 20000, PEER_MAX_ANSWER = 1 << 20, PEER_MAX_ARGS = 8, PEER_FAILURES = 2 };

struct peer {
    struct outside outside;
    char *argv[PEER_MAX_ARGS];
    char path[PATH_MAX], script[PATH_MAX], text[64];
    struct process process;
    int socket;
    uint32_t uses, failures; /* in a row: of a program that cannot be started */
    char *answer;
};

/* ---- frames ------------------------------------------------------------------------ */

enum frame_status { FRAME_OK, FRAME_END, FRAME_LATE };

static enum frame_status status_of(ssize_t n)
{
    return n > 0                                                ? FRAME_OK
           : n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? FRAME_LATE
                                                                : FRAME_END;
}

static enum frame_status send_all(int fd, const void *bytes, size_t n)
{
    for (const uint8_t *at = bytes; n > 0;) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return status_of(sent);
        at += sent;
        n -= (size_t)sent;
    }
    return FRAME_OK;
}

static enum frame_status receive_all(int fd, void *bytes, size_t n)
{
    for (uint8_t *at = bytes; n > 0;) {
        ssize_t got = recv(fd, at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return status_of(got);
        at += got;
        n -= (size_t)got;
    }
    return FRAME_OK;
}

static enum frame_status exchange(struct peer *p, const struct question *q, uint32_t *len)
{
    enum frame_status s = send_all(p->socket, &q->len, sizeof q->len);
    if (s == FRAME_OK)
        s = send_all(p->socket, q->wasm, q->len);
    if (s == FRAME_OK)
        s = receive_all(p->socket, len, sizeof *len);
    if (s == FRAME_OK && *len > PEER_MAX_ANSWER)
        s = FRAME_END;
    return s == FRAME_OK ? receive_all(p->socket, p->answer, *len) : s;
}

/* ---- the process ------------------------------------------------------------------- */

static int stop(struct peer *p)
{
    int status = 0;
    if (p->process.pid == 0)
        return 0;
    close(p->socket);
    if (!process_wait(&p->process, 1000, &status))
        status = process_kill(&p->process);
    return status;
}

static bool start(struct peer *p)
{
    int ends[2];
    struct timeval limit = { .tv_sec = OUTSIDE_SECONDS };
    if (p->process.pid != 0 && p->uses++ >= PEER_USES)
        stop(p);
    if (p->process.pid != 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    bool started = process_start(&p->process, p->argv, ends[1], ends[1], STDERR_FILENO);
    close(ends[1]);
    if (!started)
        close(ends[0]);
    p->socket = ends[0];
    p->uses = 0;
    return started;
}

/* The process did not answer. */
static void bury(struct peer *p, bool late, struct answer *a)
{
    char text[ANSWER_TEXT];
    int status = late ? process_kill(&p->process) : stop(p);
    if (late) {
        close(p->socket);
        snprintf(text, sizeof text, "no answer within %d s", OUTSIDE_SECONDS);
    } else {
        process_describe(status, text, sizeof text);
    }
    bool none = !late && WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_NO_PROGRAM;
    p->failures += none;
    answer_say(a, none ? ANSWER_UNAVAILABLE : late ? ANSWER_HUNG : ANSWER_CRASHED, text);
}

static void ask(struct outside *o, const struct question *q, struct answer *a)
{
    static const char refused[] = "not started: ";
    struct peer *p = (struct peer *)(void *)o;
    uint32_t len = 0;
    *a = (struct answer){ 0 };
    if (p->failures >= PEER_FAILURES || !start(p)) {
        answer_say(a, ANSWER_UNAVAILABLE, "the program cannot be started");
        return;
    }
    enum frame_status s = exchange(p, q, &len);
    if (s != FRAME_OK) {
        bury(p, s == FRAME_LATE, a);
        return;
    }
    p->answer[len] = '\0';
    p->failures = 0;
    if (strncmp(p->answer, refused, sizeof refused - 1) == 0)
        answer_say(a, ANSWER_NOT_STARTED, p->answer + sizeof refused - 1);
    else
        answer_parse(a, p->answer, len);
}

static void peer_free(struct outside *o)
{
    struct peer *p = (struct peer *)(void *)o;
    stop(p);
    free(p->answer);
    free(p);
}

static struct peer *peer_new(const char *name, const char *path)
{
    struct peer *p = calloc(1, sizeof *p);
    char *answer = malloc(PEER_MAX_ANSWER + 1);
    if (p == NULL || answer == NULL) {
        fprintf(stderr, "outside: out of memory\n");
        free(p);
        free(answer);
        return NULL;
    }
    p->answer = answer;
    p->outside = (struct outside){ .name = name, .form = EXTERNAL_MANY, .host = true };
    p->outside.ask = ask;
    p->outside.free = peer_free;
    snprintf(p->path, sizeof p->path, "%s", path);
    return p;
}

/* A file beside this program, or where the environment says. */
static bool companion(const char *variable, const char *name, char out[PATH_MAX])
{
    const char *given = getenv(variable);
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (given != NULL)
        snprintf(out, PATH_MAX, "%s", given);
    else if (slash != NULL)
        snprintf(slash + 1, (size_t)(out + PATH_MAX - slash - 1), "%s", name);
    if (access(out, R_OK) == 0)
        return true;
    fprintf(stderr, "outside: cannot read %s (%s says where it is): %s\n", out, variable,
            strerror(errno));
    return false;
}

/* ---- the two engines --------------------------------------------------------------- */

struct outside *outside_v8(const char *node)
{
    struct peer *p = peer_new("V8", node);
    if (p == NULL)
        return NULL;
    if (!companion("WX_FUZZ_V8_SCRIPT", "v8.mjs", p->script)) {
        peer_free(&p->outside);
        return NULL;
    }
    snprintf(p->text, sizeof p->text, "--no-warnings");
    p->argv[0] = p->path;
    p->argv[1] = p->text;
    p->argv[2] = p->script;
    return &p->outside;
}

struct outside *outside_capi(const char *library)
{
    struct peer *p = peer_new("the C API", library);
    if (p == NULL)
        return NULL;
    if (!companion("WX_FUZZ_CAPI", "fuzz_capi", p->script)) {
        peer_free(&p->outside);
        return NULL;
    }
    p->argv[0] = p->script;
    p->argv[1] = p->path;
    return &p->outside;
}

void outside_free(struct outside *o)
{
    if (o != NULL)
        o->free(o);
}
