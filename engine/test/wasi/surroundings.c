/* Arguments, environment, clocks, random bytes, sleeping, what the descriptors are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        printf("no clock\n");
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void clocks(void)
{
    struct timespec resolution, nap = { 0, 3000000 };
    double before = now(CLOCK_MONOTONIC);
    int slept = nanosleep(&nap, NULL);
    double passed = now(CLOCK_MONOTONIC) - before;
    printf("%d %d %d\n", slept, passed >= 0.003, passed < 5);
    printf("%d %d\n", now(CLOCK_REALTIME) > 1.6e9, time(NULL) > 1600000000);
    printf("%d %d\n", clock_getres(CLOCK_MONOTONIC, &resolution),
           resolution.tv_sec == 0 && resolution.tv_nsec > 0);
}

static void randomness(void)
{
    unsigned char a[1000] = { 0 }, b[256] = { 0 };
    int seen = 0;
    for (size_t i = 0; i < sizeof a; i += 200)
        if (getentropy(a + i, 200) != 0)
            printf("no entropy\n");
    for (size_t i = 0; i < sizeof a; i++)
        b[a[i]] = 1;
    for (size_t i = 0; i < sizeof b; i++)
        seen += b[i];
    printf("%d\n", seen > 200);
}

static void files(void)
{
    int fd = open("/etc/passwd", O_RDONLY);
    printf("%d %d\n", fd, errno != 0);
    printf("%d %d\n", (int)lseek(1, 0, SEEK_CUR), errno == ESPIPE);
    printf("%d %d\n", (int)write(77, "x", 1), errno == EBADF);
    printf("%d\n", isatty(1));
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("%d: \"%s\"\n", i, argv[i]);
    printf("%s %s %s\n", getenv("COLOUR"), getenv("EMPTY"),
           getenv("NOT_SET") ? "?" : "none");
    clocks();
    randomness();
    files();
    return 0;
}
