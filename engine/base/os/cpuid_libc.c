/* cpuid_libc.c - os_cpuid from what glibc (2.33 or later) keeps.
 *
 * The C library has asked the processor at its own start.  In a virtual machine each CPUID
 * leaves to the hypervisor, which takes microseconds. */
#include "base/os.h"
#include <string.h>
#include <sys/platform/x86.h>

static const struct cpuid_feature *kept(uint32_t leaf)
{
    switch (leaf) {
    case 1: return __x86_get_cpuid_feature_leaf(CPUID_INDEX_1);
    case 7: return __x86_get_cpuid_feature_leaf(CPUID_INDEX_7);
    case 0x80000001: return __x86_get_cpuid_feature_leaf(CPUID_INDEX_80000001);
    default: return NULL;
    }
}

void os_cpuid(uint32_t leaf, uint32_t regs[4])
{
    const struct cpuid_feature *f = kept(leaf);
    memset(regs, 0, 4 * sizeof *regs);
    if (f != NULL)
        memcpy(regs, f->cpuid_array, 4 * sizeof *regs);
}
