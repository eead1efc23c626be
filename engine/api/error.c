/* error.c - wx_error: failures and traps of the layers below in the words of wx.h, and the
 * reports of host functions the other way round.
 *
 * A trap that a host function passes on (a failed wx_func_call inside it) stays what it was:
 * kind, text and frames.  It is recognised by comparison with the last trap of the store. */
#include "api/api.h"
#include "runtime/trap.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WX_TRAP(name, text) _Static_assert((int)WX_TRAP_##name == (int)TRAP_##name, text);
#include "wasm/traps.def"
_Static_assert((int)WX_MAX_FRAMES == (int)TRAP_FRAMES, "frames are copied one to one");
_Static_assert(WX_NO_OFFSET == FAIL_NO_OFFSET, "same value");
_Static_assert(WX_NO_FUNCTION == FAIL_NO_FUNC, "same value");
_Static_assert(sizeof(((wx_error *)0)->text) == sizeof(((struct fail *)0)->text), "copied");

const char *wx_trap_text(wx_trap trap)
{
    return (unsigned)trap < TRAP_COUNT ? trap_texts[trap] : "unknown trap";
}

/* The frames are left as they are: nframes says how many count. */
void error_clear(wx_error *err, wx_status status)
{
    err->status = status;
    err->trap = WX_TRAP_NONE;
    err->func_index = WX_NO_FUNCTION;
    err->offset = WX_NO_OFFSET;
    err->text[0] = 0;
    err->nframes = 0;
}

wx_status error_misuse(wx_error *err, const char *format, ...)
{
    if (err == NULL)
        return WX_MISUSE;
    error_clear(err, WX_MISUSE);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return WX_MISUSE;
}

wx_status error_exhausted(wx_error *err, const char *what)
{
    if (err != NULL) {
        error_clear(err, WX_EXHAUSTED);
        snprintf(err->text, sizeof err->text, "%s", what);
    }
    return WX_EXHAUSTED;
}

static wx_status status_of(enum fail_kind kind)
{
    switch (kind) {
    case FAIL_NONE: break;
    case FAIL_MALFORMED: return WX_MALFORMED;
    case FAIL_INVALID: return WX_INVALID;
    case FAIL_UNLINKABLE: return WX_UNLINKABLE;
    case FAIL_TRAP: return WX_TRAP;
    case FAIL_EXCEPTION: return WX_EXCEPTION;
    case FAIL_EXHAUSTED: return WX_EXHAUSTED;
    case FAIL_USAGE: return WX_MISUSE;
    }
    return WX_EXHAUSTED;
}

wx_status error_of_fail(wx_error *err, const struct fail *f)
{
    wx_status status = status_of(f->kind);
    if (err == NULL)
        return status;
    error_clear(err, status);
    err->func_index = f->func;
    err->offset = f->offset;
    memcpy(err->text, f->text, sizeof err->text);
    return status;
}

static void copy_name(char out[WX_MAX_NAME], struct name name)
{
    size_t len = name.len < WX_MAX_NAME - 1 ? name.len : WX_MAX_NAME - 1;
    while (len > 0 && len < name.len && ((uint8_t)name.at[len] & 0xC0) == 0x80)
        len--;
    memcpy(out, name.at, len);
    out[len] = 0;
}

static wx_frame frame_of(const struct trap_frame *f)
{
    const struct module *m = f->instance->module;
    wx_frame frame = {
        .func_index = f->func,
        .offset = f->offset,
        .func_offset = f->offset - m->funcs[f->func].offset,
    };
    copy_name(frame.func_name, module_func_name(m, f->func));
    copy_name(frame.module_name, m->name);
    return frame;
}

static wx_status status_of_trap(const struct trap_info *t)
{
    return t->exception ? WX_EXCEPTION : WX_TRAP;
}

static wx_trap public_kind(const struct trap_info *t)
{
    return t->exception ? WX_TRAP_NONE : (wx_trap)t->kind;
}

static void text_of_trap(const struct trap_info *t, char text[WX_MAX_TEXT])
{
    if (t->exception)
        snprintf(text, WX_MAX_TEXT, "%s", t->text[0] != 0 ? t->text : "uncaught exception");
    else
        trap_message(t, text, WX_MAX_TEXT);
}

wx_status error_of_trap(wx_error *err, const struct exec *x)
{
    const struct trap_info *t = &x->trap;
    wx_status status = status_of_trap(t);
    if (err == NULL)
        return status;
    error_clear(err, status);
    err->trap = public_kind(t);
    text_of_trap(t, err->text);
    err->nframes = t->nframes;
    for (uint32_t i = 0; i < t->nframes && i < WX_MAX_FRAMES; i++)
        err->frames[i] = frame_of(&t->frames[i]);
    return status;
}

static bool same_place(const wx_error *err, const struct trap_info *t)
{
    return err->nframes == t->nframes &&
           (t->nframes == 0 || (err->frames[0].func_index == t->frames[0].func &&
                                err->frames[0].offset == t->frames[0].offset));
}

/* Does err describe the trap that x holds? */
static bool is_last_trap(const wx_error *err, wx_status status, const struct exec *x)
{
    const struct trap_info *t = &x->trap;
    char text[WX_MAX_TEXT];
    if (t->kind == TRAP_NONE || err->status != status || status_of_trap(t) != status ||
        err->trap != public_kind(t) || !same_place(err, t))
        return false;
    text_of_trap(t, text);
    return strcmp(text, err->text) == 0;
}

static enum trap kind_of(const wx_error *err, wx_status status)
{
    if (status == WX_EXHAUSTED)
        return TRAP_OUT_OF_MEMORY;
    bool named = err->trap > WX_TRAP_NONE && (unsigned)err->trap < TRAP_COUNT;
    return status == WX_TRAP && named ? (enum trap)err->trap : TRAP_HOST;
}

enum trap error_to_trap(const wx_error *err, wx_status status, struct exec *x)
{
    struct trap_info *t = &x->trap;
    if (is_last_trap(err, status, x))
        return t->kind;
    trap_begin(x, kind_of(err, status));
    t->exception = status == WX_EXCEPTION;
    snprintf(t->text, sizeof t->text, "%.*s", (int)sizeof t->text - 1, err->text);
    return t->kind;
}
