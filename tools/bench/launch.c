/* launch.c - runs a command once and says what it cost: launch SECONDS OUTPUT COMMAND [ARG...]
 *
 * The command's standard output goes to the file OUTPUT, its errors to OUTPUT.err; its input is
 * empty.  It is killed, with its process group, after SECONDS.  Prints one line:
 *
 *     exit 0 wall_ns 1234567 cpu_ns 1200000 rss_kb 2048
 *
 * with `signal N` or `timeout 0` instead of `exit N`.  A program of its own, since the peak memory
 * of a child is never less than that of the process that started it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static pid_t child;
static volatile sig_atomic_t late;

static void on_alarm(int signal)
{
    (void)signal;
    late = 1;
    kill(-child, SIGKILL);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t in_ns(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_usec * 1000;
}

static void start(const char *output, char **command)
{
    char errors[4096];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    snprintf(errors, sizeof errors, "%s.err", output);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int failed = posix_spawnp(&child, command[0], &files, &attributes, command, environ);
    if (failed) {
        fprintf(stderr, "launch: %s: %s\n", command[0], strerror(failed));
        exit(127);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: launch SECONDS OUTPUT COMMAND [ARG...]\n");
        return 2;
    }
    int status;
    struct rusage used;
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    int64_t begin = now();
    start(argv[2], argv + 3);
    signal(SIGALRM, on_alarm);
    alarm((unsigned)atoi(argv[1]));
    while (wait4(child, &status, 0, &used) < 0)
        continue;
    int64_t wall = now() - begin;
    sigprocmask(SIG_BLOCK, &alarms,
                NULL); /* the child's number may be another's from here on */
    const char *how = late ? "timeout" : WIFSIGNALED(status) ? "signal" : "exit";
    int code = late ? 0 : WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    printf("%s %d wall_ns %lld cpu_ns %lld rss_kb %ld\n", how, code, (long long)wall,
           (long long)(in_ns(used.ru_utime) + in_ns(used.ru_stime)), used.ru_maxrss);
    return 0;
}
