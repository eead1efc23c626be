/* finding.h - what fuzz_diff leaves beside the input that showed a difference.
 *
 * libFuzzer writes the input as PREFIXcrash-SHA1; PREFIXcrash-SHA1.report says in lines of
 * "key: value" what differed, and PREFIXcrash-SHA1.report.wasm is the module with configuration
 * and script (script.h).  The last line of the report is a command that reproduces.  Programs
 * without libFuzzer write them when the environment has WX_FUZZ_REPORT=PREFIX. */
#ifndef WX_FUZZ_FINDING_H
#define WX_FUZZ_FINDING_H

#include "oracle.h"
#include <stdio.h>

/* Looks for -artifact_prefix in the command line; writes: the program has libFuzzer. */
void finding_begin(int argc, char **argv, bool writes);
void finding_write(const struct finding *f, const uint8_t *data, size_t size);

/* The lines, to out; the command at the end runs the module. */
void finding_print(FILE *out, const struct finding *f, const char *hash,
                   const char *module);

/* The SHA-1 of the bytes, as libFuzzer names its artifacts: for names only. */
void finding_hash(const uint8_t *data, size_t size, char out[41]);

#endif
