/* crash.c - see crash.h. */
#include "tools/find/crash.h"
#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

enum { TRAIL = 4, HANDLER_STACK = 64 * 1024 };

/* ---- in the child -------------------------------------------------------------------------- */

static struct crash *noted;

/* Frames above the one that the signal interrupted are the handler's. */
static void on_signal(int signal_number, siginfo_t *info, void *context)
{
    const ucontext_t *u = context;
    uintptr_t pc = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
    void *frames[CRASH_FRAMES];
    int n = backtrace(frames, CRASH_FRAMES), first = 0;
    (void)info;
    while (first < n && (uintptr_t)frames[first] != pc)
        first++;
    noted->pcs[0] = pc;
    noted->n = 1;
    for (int i = first + 1; i < n; i++)
        noted->pcs[noted->n++] = (uintptr_t)frames[i];
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void crash_watch(struct crash *c)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
    static uint8_t stack[HANDLER_STACK];
    stack_t own = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = on_signal,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    void *frame[1];
    noted = c;
    c->n = 0;
    backtrace(frame, 1); /* loads what it needs now */
    sigaltstack(&own, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

/* ---- names --------------------------------------------------------------------------------- */

struct program {
    const uint8_t *at; /* the file */
    size_t size;
    uintptr_t base; /* where it lies in memory */
};

static bool program_open(struct program *p)
{
    Dl_info info;
    struct stat st;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && dladdr((void *)crash_watch, &info) != 0;
    p->at =
        !ok ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    p->size = ok ? (size_t)st.st_size : 0;
    p->base = ok ? (uintptr_t)info.dli_fbase : 0;
    if (fd >= 0)
        close(fd);
    return p->at != MAP_FAILED;
}

/* The function of the symbol table that holds the address; NULL: none does. */
static const char *symbol_in(const struct program *p, const Elf64_Shdr *table,
                             const char *strings, uintptr_t address)
{
    const Elf64_Sym *symbols = (const void *)(p->at + table->sh_offset);
    for (uint64_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
        const Elf64_Sym *s = &symbols[i];
        if (ELF64_ST_TYPE(s->st_info) == STT_FUNC && address >= s->st_value &&
            address < s->st_value + s->st_size)
            return strings + s->st_name;
    }
    return NULL;
}

static const char *program_symbol(const struct program *p, uintptr_t pc)
{
    const Elf64_Ehdr *head = (const void *)p->at;
    const Elf64_Shdr *sections = (const void *)(p->at + head->e_shoff);
    uintptr_t address = head->e_type == ET_DYN ? pc - p->base : pc;
    for (uint16_t i = 0; i < head->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB) {
            const Elf64_Shdr *names = &sections[sections[i].sh_link];
            return symbol_in(p, &sections[i], (const char *)p->at + names->sh_offset,
                             address);
        }
    return NULL;
}

/* NULL: of a library, which is passed over. */
static const char *name_of(const struct program *p, uintptr_t pc)
{
    Dl_info info;
    if (dladdr((void *)pc, &info) == 0)
        return "compiled code";
    return (uintptr_t)info.dli_fbase == p->base ? program_symbol(p, pc) : NULL;
}

void crash_names(const struct crash *c, char top[CRASH_TEXT], char trail[CRASH_TEXT])
{
    struct program p;
    size_t n = 0;
    top[0] = trail[0] = 0;
    if (c->n == 0 || !program_open(&p))
        return;
    uint32_t count = c->n < CRASH_FRAMES ? c->n : CRASH_FRAMES;
    for (uint32_t i = 0, shown = 0; i < count && shown < TRAIL; i++) {
        /* A return address may be behind the end of a function that does not return. */
        const char *name = name_of(&p, c->pcs[i] - (i > 0));
        if (name == NULL)
            continue;
        if (shown++ == 0)
            snprintf(top, CRASH_TEXT, "%s", name);
        if (n < CRASH_TEXT)
            n += (size_t)snprintf(trail + n, CRASH_TEXT - n, "%s%s", n > 0 ? " < " : "",
                                  name);
    }
    munmap((void *)p.at, p.size);
}
