/* suite.h - fuzz_wast: commands of the official suite in engines of random configuration.
 *
 * The bytes choose a script, some of its commands, some of them twice, and a configuration.  The
 * choice runs in a plain interpreter first; whatever holds there must hold in the other engine.
 * The whole script, each command once, must hold in both. */
#ifndef WX_FUZZ_WAST_SUITE_H
#define WX_FUZZ_WAST_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct suite;

/* The converted scripts below a folder (wast2json); NULL after a message. */
struct suite *suite_new(const char *folder);
void suite_free(struct suite *s);
/* false after a message on stderr: a mismatch. */
bool suite_run(struct suite *s, const uint8_t *data, size_t size);
void suite_stats(const struct suite *s);

#endif
