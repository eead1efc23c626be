/* prove.c - see prove.h. */
#include "tools/find/prove.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, MOST_FLAGS = 24, LINE_SIZE = 512 };

static const char flags_head[] = ";; flags: wx spec ";

/* Runs it without output; the exit code, or 256 and more. */
static int run(char *const argv[])
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int quiet = open("/dev/null", O_RDWR);
        dup2(quiet, STDOUT_FILENO);
        dup2(quiet, STDERR_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0)
        return 256;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

/* The program wx beside this one. */
static bool find_runner(char out[PATH_SIZE])
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_SIZE - 4);
    if (n <= 0)
        return false;
    out[n] = 0;
    char *slash = strrchr(out, '/');
    if (slash == NULL)
        return false;
    strcpy(slash + 1, "wx");
    return access(out, X_OK) == 0;
}

/* The flags in the script's comments, as words in line. */
static int read_flags(const char *script, char line[LINE_SIZE], char *words[MOST_FLAGS])
{
    FILE *f = fopen(script, "r");
    int n = 0;
    bool found = false;
    while (f != NULL && !found && fgets(line, LINE_SIZE, f) != NULL)
        found = strncmp(line, flags_head, sizeof flags_head - 1) == 0;
    if (f != NULL)
        fclose(f);
    char *rest = line + sizeof flags_head - 1, *word;
    while (found && n < MOST_FLAGS && (word = strtok_r(rest, " \n", &rest)) != NULL)
        words[n++] = word;
    return n;
}

/* wx spec FLAGS JSON */
static enum proof run_script(const char *script, char *wx, char *json)
{
    enum { FAILED = 1 };
    char line[LINE_SIZE], *argv[MOST_FLAGS + 4] = { wx, "spec" };
    int n = 2 + read_flags(script, line, argv + 2);
    argv[n++] = json;
    int code = run(argv);
    return code == 0 ? PROOF_PASSES : code == FAILED ? PROOF_FAILS : PROOF_NONE;
}

/* A folder for what wast2json writes: the script's modules. */
enum proof prove_script(const char *script)
{
    char folder[] = "/tmp/wx-prove-XXXXXX", json[64], wx[PATH_SIZE];
    if (!find_runner(wx) || mkdtemp(folder) == NULL)
        return PROOF_NONE;
    snprintf(json, sizeof json, "%s/script.json", folder);
    char *convert[] = { "wast2json", (char *)script, "-o", json, NULL };
    char *clean[] = { "rm", "-r", folder, NULL };
    enum proof proof = run(convert) == 0 ? run_script(script, wx, json) : PROOF_NONE;
    run(clean);
    return proof;
}
