/* load.h - any bytes: the loader neither crashes nor takes more memory than it may; and when memory
 * is refused, which a part of the inputs tries, it says so and leaves nothing behind. */
#ifndef WX_FUZZ_LOAD_H
#define WX_FUZZ_LOAD_H

#include <stddef.h>
#include <stdint.h>

/* Aborts unless that holds for these bytes. */
void load_check(const uint8_t *data, size_t size);

#endif
