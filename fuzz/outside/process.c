/* process.c - see process.h. */
#include "outside/process.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* No core files, no endless output. */
static void set_limits(void)
{
    struct rlimit no_core = { 0, 0 }, output = { 64 << 20, 64 << 20 };
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_FSIZE, &output);
}

static _Noreturn void become(char *const argv[], pid_t parent, int in, int out, int err)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(PROCESS_NO_PROGRAM);
    set_limits();
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], argv);
    _exit(PROCESS_NO_PROGRAM);
}

bool process_start(struct process *p, char *const argv[], int in, int out, int err)
{
    pid_t parent = getpid();
    p->pid = fork();
    if (p->pid == 0)
        become(argv, parent, in, out, err);
    if (p->pid < 0)
        p->pid = 0;
    else
        setpgid(p->pid, p->pid); /* whichever of both is first */
    return p->pid > 0;
}

static int reap(struct process *p)
{
    int status = 0;
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
    return status;
}

bool process_wait(struct process *p, unsigned milliseconds, int *status)
{
    int fd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    struct pollfd poller = { .fd = fd, .events = POLLIN };
    int n;
    do
        n = poll(&poller, 1, (int)milliseconds);
    while (n < 0 && errno == EINTR);
    if (fd >= 0)
        close(fd);
    if (n > 0)
        *status = reap(p);
    return n > 0;
}

int process_kill(struct process *p)
{
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL);
    return reap(p);
}

void process_describe(int status, char *text, size_t size)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    if (name != NULL)
        snprintf(text, size, "SIG%s", name);
    else if (WIFSIGNALED(status))
        snprintf(text, size, "signal %d", WTERMSIG(status));
    else
        snprintf(text, size, "exit code %d", WEXITSTATUS(status));
}
