/* probe.c - the parent's side.  See probe.h. */
#include "tools/find/probe.h"
#include "audit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SERVES = 2000, TIMEOUT_MS = 2000, LOG_MAX = 64 * 1024, LINE_MAX_TEXT = 512 };

#define MEMORY_MAX (UINT64_C(2) << 30)

bool prober_init(struct prober *p)
{
    memset(p, 0, sizeof *p);
    p->timeout_ms = TIMEOUT_MS;
    p->memory = MEMORY_MAX;
    p->shared = mmap(NULL, sizeof *p->shared, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p->log = memfd_create("log", MFD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    return p->shared != MAP_FAILED && p->log >= 0;
}

/* ---- children ------------------------------------------------------------------------------ */

/* Of AddressSanitizer, in programs that have it: its shadow is more memory than any limit, and it
 * has limits of its own. */
void __asan_init(void) __attribute__((weak));

/* Memory of its own; address space is reserved freely.  Twice what is a finding (child.c). */
static void limit_child(const struct prober *p)
{
    struct rlimit data = { 2 * p->memory, 2 * p->memory }, core = { 0, 0 };
    if (__asan_init == NULL)
        setrlimit(RLIMIT_DATA, &data);
    setrlimit(RLIMIT_CORE, &core);
}

static void start_child(struct prober *p)
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
        perror("pipe");
        exit(1);
    }
    fflush(NULL);
    p->pid = fork();
    if (p->pid < 0) {
        perror("fork");
        exit(1);
    }
    if (p->pid == 0) {
        dup2(p->log, STDERR_FILENO);
        close(to[1]);
        close(from[0]);
        limit_child(p);
        child_serve(p->shared, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    p->to_child = to[1];
    p->from_child = from[0];
    p->served = 0;
}

static int end_child(struct prober *p, int signal_number)
{
    int status = 0;
    if (p->pid == 0)
        return 0;
    close(p->to_child);
    close(p->from_child);
    if (signal_number != 0)
        kill(p->pid, signal_number);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    p->pid = 0;
    return status;
}

void prober_fresh(struct prober *p) { end_child(p, SIGKILL); }

void prober_free(struct prober *p)
{
    end_child(p, SIGKILL);
    munmap(p->shared, sizeof *p->shared);
    close(p->log);
}

double prober_seconds(void)
{
    double seconds = 0;
    const int who[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
    for (size_t i = 0; i < COUNT(who); i++) {
        struct rusage u;
        getrusage(who[i], &u);
        seconds += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                   1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    }
    return seconds;
}

/* ---- deaths -------------------------------------------------------------------------------- */

static void copy_line(char out[SIGHT_TEXT], const char *from)
{
    size_t n = strcspn(from, "\n");
    n = n < SIGHT_TEXT - 1 ? n : SIGHT_TEXT - 1;
    memcpy(out, from, n);
    out[n] = 0;
}

/* "audit: function 3 at +0x1f: mov ...: rule" */
static void read_audit(struct sight *s, const char *at)
{
    char line[LINE_MAX_TEXT];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    s->kind = SIGHT_AUDIT;
    (void)sscanf(line, "audit: function %u at +%x", &s->func, &s->offset);
    for (int rule = AUDIT_OK + 1; rule < AUDIT_RULE_COUNT; rule++) {
        size_t n = strlen(audit_rules[rule]), len = strlen(line);
        if (len >= n && strcmp(line + len - n, audit_rules[rule]) == 0)
            snprintf(s->text, SIGHT_TEXT, "%.*s", SIGHT_TEXT - 1, audit_rules[rule]);
    }
}

/* "reference evaluator: not so: WHAT; function 3, offset 0x14c" */
static void read_check(struct sight *s, const char *what)
{
    const char *place = strstr(what, "; function ");
    s->kind = SIGHT_CHECK;
    copy_line(s->text, what);
    s->text[strcspn(s->text, ";")] = 0;
    s->func = UINT32_MAX;
    if (place != NULL)
        (void)sscanf(place, "; function %u, offset 0x%x", &s->func, &s->offset);
}

static const struct mark {
    const char *text;
    enum sight_kind kind;
} marks[] = {
    { "Assertion `", SIGHT_ASSERT },
    { "SUMMARY: ", SIGHT_SANITIZER },
    { "runtime error: ", SIGHT_SANITIZER },
};

static const char check_head[] = "reference evaluator: not so: ";

static void read_log(struct prober *p, struct sight *s)
{
    static char log[LOG_MAX];
    ssize_t n = pread(p->log, log, LOG_MAX - 1, 0);
    log[n > 0 ? n : 0] = 0;
    const char *audit = strstr(log, "audit: function ");
    const char *check = strstr(log, check_head);
    if (audit != NULL)
        read_audit(s, audit);
    else if (check != NULL)
        read_check(s, check + sizeof check_head - 1);
    for (size_t i = 0; i < COUNT(marks) && s->kind == SIGHT_SIGNAL; i++) {
        const char *at = strstr(log, marks[i].text);
        if (at == NULL)
            continue;
        s->kind = marks[i].kind;
        copy_line(s->text, at);
    }
}

/* Which function it was in is the cause more than the signal is. */
static void read_crash(struct prober *p, struct sight *s)
{
    char top[CRASH_TEXT];
    size_t n = strlen(s->text);
    crash_names(&p->shared->crash, top, s->trail);
    if (s->kind == SIGHT_SIGNAL && top[0] != 0 && n < SIGHT_TEXT)
        snprintf(s->text + n, SIGHT_TEXT - n, " in %s", top);
}

static void judge_death(struct prober *p, struct sight *s, int status)
{
    s->kind = SIGHT_SIGNAL;
    if (WIFSIGNALED(status))
        snprintf(s->text, SIGHT_TEXT, "SIG%s", sigabbrev_np(WTERMSIG(status)));
    else
        snprintf(s->text, SIGHT_TEXT, "exit %d", WEXITSTATUS(status));
    read_log(p, s);
    read_crash(p, s);
    if (s->kind == SIGHT_SIGNAL && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        s->kind = SIGHT_MEMORY;
}

/* ---- cases --------------------------------------------------------------------------------- */

static void wait_for_sight(struct prober *p)
{
    struct sight *s = &p->shared->sight;
    struct pollfd fd = { .fd = p->from_child, .events = POLLIN };
    uint8_t done;
    int n = poll(&fd, 1, (int)p->timeout_ms);
    if (n == 0) {
        end_child(p, SIGKILL);
        memset(s, 0, sizeof *s);
        s->kind = SIGHT_HANG;
    } else if (read(p->from_child, &done, 1) != 1) {
        int status = end_child(p, 0);
        memset(s, 0, sizeof *s);
        judge_death(p, s, status);
    }
}

const struct sight *probe(struct prober *p, const struct plan *plan, const uint8_t *bytes,
                          size_t size)
{
    struct exchange *x = p->shared;
    p->tried++;
    x->sight.kind = SIGHT_CANNOT_TELL;
    if (size > PROBE_CASE)
        return &x->sight;
    if (p->served++ == CHILD_SERVES)
        prober_fresh(p);
    if (ftruncate(p->log, 0) != 0 || lseek(p->log, 0, SEEK_SET) != 0)
        return &x->sight;
    if (p->pid == 0)
        start_child(p);
    x->plan = *plan;
    x->memory = p->memory;
    x->size = (uint32_t)size;
    x->nsteps = x->nevents = 0;
    x->ran = false;
    x->crash.n = 0;
    memcpy(x->input, bytes, size);
    if (write(p->to_child, "", 1) == 1)
        wait_for_sight(p);
    if (x->sight.kind == SIGHT_MEMORY) /* its peak stays */
        prober_fresh(p);
    return &x->sight;
}
