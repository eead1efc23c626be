/* arbiter.c - see arbiter.h. */
#include "tools/find/arbiter.h"
#include "outside/check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

const char *const arbiter_texts[] = {
    [ARBITER_NONE] = "no engine from outside was asked",
    [ARBITER_REFERENCE] = "an engine from outside agrees",
    [ARBITER_TIERS] = "an engine from outside agrees with the tiers",
    [ARBITER_NEITHER] = "an engine from outside cannot tell",
};

/* "node" in a folder of PATH. */
static bool find_on_path(char out[PATH_SIZE])
{
    const char *path = getenv("PATH");
    while (path != NULL && *path != 0) {
        int n = (int)strcspn(path, ":");
        snprintf(out, PATH_SIZE, "%.*s/node", n, path);
        if (access(out, X_OK) == 0)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

static const char *choose_node(const char *node, char found[PATH_SIZE])
{
    const char *named = getenv("WX_FUZZ_V8");
    if (node != NULL)
        return strcmp(node, "none") == 0 ? NULL : node;
    return named != NULL ? named : find_on_path(found) ? found : NULL;
}

static enum arbiter judge(struct outside_check *k, const uint8_t *bytes, size_t size)
{
    static const uint32_t tiers = 1U << OWN_BASELINE | 1U << OWN_INTERP;
    struct fuzz_case c;
    jmp_buf oom;
    uint32_t agree;
    k->arena.oom = &oom;
    if (setjmp(oom) != 0 || !case_read(bytes, size, &k->arena, &c) ||
        !outside_agreement(k, &c, &agree))
        return ARBITER_NONE;
    bool reference = (agree & 1U << OWN_REFERENCE) != 0;
    if (reference && (agree & tiers) == 0)
        return ARBITER_REFERENCE;
    return !reference && (agree & tiers) == tiers ? ARBITER_TIERS : ARBITER_NEITHER;
}

NORETURN static void serve(const char *node, const uint8_t *bytes, size_t size)
{
    static struct outside_check check;
    char found[PATH_SIZE];
    int quiet = open("/dev/null", O_WRONLY);
    dup2(quiet, STDERR_FILENO);
    bool ready = outside_check_init(&check, choose_node(node, found),
                                    getenv("WX_FUZZ_ENGINE"), getenv("WX_FUZZ_ENGINE_SO"));
    enum arbiter answer = ready ? judge(&check, bytes, size) : ARBITER_NONE;
    outside_check_free(&check);
    _exit((int)answer);
}

enum arbiter arbiter_ask(const char *node, const uint8_t *bytes, size_t size)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        serve(node, bytes, size);
    if (pid < 0)
        return ARBITER_NONE;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) <= ARBITER_NEITHER
               ? (enum arbiter)WEXITSTATUS(status)
               : ARBITER_NONE;
}
