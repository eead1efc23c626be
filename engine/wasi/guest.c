/* guest.c - checked access to a guest's memory; error numbers. */
#include "wasi/wasi.h"
#include <errno.h>
#include <string.h>

uint8_t *guest_at(const struct wasi_call *c, uint32_t address, uint64_t size)
{
    if (c->memory == NULL || size > c->memory_size || address > c->memory_size - size)
        return NULL;
    return c->memory + address;
}

uint32_t guest_load32(const uint8_t *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

uint64_t guest_load64(const uint8_t *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

void guest_store32(uint8_t *p, uint32_t value) { memcpy(p, &value, sizeof value); }

void guest_store64(uint8_t *p, uint64_t value) { memcpy(p, &value, sizeof value); }

enum wasi_error guest_put32(const struct wasi_call *c, uint32_t address, uint32_t value)
{
    uint8_t *p = guest_at(c, address, sizeof value);
    if (p == NULL)
        return WASI_FAULT;
    guest_store32(p, value);
    return WASI_SUCCESS;
}

enum wasi_error guest_put64(const struct wasi_call *c, uint32_t address, uint64_t value)
{
    uint8_t *p = guest_at(c, address, sizeof value);
    if (p == NULL)
        return WASI_FAULT;
    guest_store64(p, value);
    return WASI_SUCCESS;
}

enum wasi_error wasi_error_of(int host_errno)
{
    static const struct {
        int host;
        enum wasi_error error;
    } rows[] = {
#define WX_WASI_ERROR(name, number, host) { host, WASI_##name },
#include "wasi/errors.def"
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].host == host_errno)
            return rows[i].error;
    return WASI_IO;
}
