/* untraced.c - comparisons that libFuzzer is not told about.
 *
 * It keeps what is compared in order to put those operands into inputs.  The bytes that the decoder
 * compares are those of a generated module, which no input contains, so this is of no use to
 * the targets that generate; the calls are a tenth of their time.  The linker sends the calls
 * here (--wrap); coverage stays.  fuzz_load, whose inputs are modules, is not linked with this. */
#include <stdint.h>

#define UNTRACED(name, type)                              \
    void __wrap___sanitizer_cov_trace_##name(type, type); \
    void __wrap___sanitizer_cov_trace_##name(type a, type b) { (void)a, (void)b; }

UNTRACED(cmp1, uint8_t)
UNTRACED(cmp2, uint16_t)
UNTRACED(cmp4, uint32_t)
UNTRACED(cmp8, uint64_t)
UNTRACED(const_cmp1, uint8_t)
UNTRACED(const_cmp2, uint16_t)
UNTRACED(const_cmp4, uint32_t)
UNTRACED(const_cmp8, uint64_t)

void __wrap___sanitizer_cov_trace_switch(uint64_t, const uint64_t *);
void __wrap___sanitizer_cov_trace_switch(uint64_t value, const uint64_t *cases)
{
    (void)value, (void)cases;
}
