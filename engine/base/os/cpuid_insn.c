/* cpuid_insn.c - os_cpuid by the instruction, where the C library has no answer. */
#include "base/os.h"
#include <cpuid.h>
#include <string.h>

void os_cpuid(uint32_t leaf, uint32_t regs[4])
{
    if (!__get_cpuid_count(leaf, 0, &regs[0], &regs[1], &regs[2], &regs[3]))
        memset(regs, 0, 4 * sizeof *regs);
}
