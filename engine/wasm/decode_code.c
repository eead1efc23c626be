/* decode_code.c - the code section: entries, local declarations, one body after the other.
 * spec: binary-codesec */
#include "base/bugs.h"
#include "wasm/decode.h"

/* The body stops within a block.  What stands behind it decides what the input lacks:
 * nothing (the module is cut off), another section (the entry's length lies), another
 * entry. */
void decode_missing_end(struct decoder *d, struct reader *body)
{
    const char *text = "END opcode expected";
    if (body->end == d->module_end)
        text = "unexpected end of section or function";
    else if (body->end == d->r.end)
        text = "section size mismatch";
    reader_fail(body, body->end, "%s: the function's body does not end", text);
}

/* ---- local declarations -------------------------------------------------------------- */

static bool check_local_counts(struct decoder *d, const uint8_t *at, uint64_t nlocals)
{
    if (nlocals > UINT32_MAX) {
        reader_fail(&d->r, at, "too many locals: %llu", (unsigned long long)nlocals);
        return false;
    }
    d->nlocals += nlocals;
    return WX_BUG(X30) || (DECODE_LIMIT(d, at, nlocals, LOCALS) &&
                           decode_limit(d, at, d->nlocals, LIMIT_MODULE_LOCALS + d->m->len,
                                        limit_texts.MODULE_LOCALS));
}

/* Nothing is expanded before the counts have been checked.  spec: binary-local */
static bool local_groups(struct decoder *d, struct body *b)
{
    struct reader *r = &b->r;
    const struct type *type = d->m->funcs[b->func].type;
    const uint8_t *at = r->p;
    uint64_t nlocals = type != NULL ? type->nparams : 0;
    uint32_t ngroups = reader_u32(r);
    if (ngroups > reader_left(r) / 2) {
        reader_fail_end(r, r->end);
        return false;
    }
    d->groups.len = 0;
    for (uint32_t i = 0; i < ngroups && decode_ok(d); i++) {
        struct local_group group = { .count = reader_u32(r) };
        group.type = decode_valtype(d, r);
        nlocals += group.count;
        vec_push(&d->scratch, &d->groups, group);
    }
    b->groups = d->groups.at;
    b->ngroups = ngroups;
    if (!decode_ok(d) || !check_local_counts(d, at, nlocals))
        return false;
    b->nlocals = (uint32_t)nlocals;
    return true;
}

/* ---- entries ------------------------------------------------------------------------- */

static void entry(struct decoder *d, struct body *b)
{
    struct func_decl *f = &d->m->funcs[b->func];
    f->offset = (uint32_t)reader_offset(&b->r, b->r.p);
    if (!local_groups(d, b))
        return;
    f->body = b->r.p;
    f->body_end = b->r.end;
    if (d->invalid.kind == FAIL_NONE)
        validate_body(d, b);
    else
        decode_skim_body(d, &b->r, 1);
}

/* Reads the entry of function `func` and gives failures their function. */
static void numbered_entry(struct decoder *d, uint32_t func)
{
    const uint8_t *at = d->r.p;
    uint32_t size = reader_u32(&d->r);
    bool was_valid = d->invalid.kind == FAIL_NONE;
    if (size > reader_left(&d->r)) {
        reader_fail(
            &d->r, at,
            "unexpected end of section or function: body of %u bytes, %zu bytes left", size,
            reader_left(&d->r));
    } else if (DECODE_LIMIT(d, at, size, FUNCTION_BYTES)) {
        struct body b = { .func = func, .r = reader_sub(&d->r, size) };
        entry(d, &b);
    }
    if (!decode_ok(d))
        d->malformed.func = func;
    if (was_valid)
        d->invalid.func = func;
}

void decode_code_section(struct decoder *d)
{
    struct module *m = d->m;
    const uint8_t *at = d->r.p;
    uint32_t n = DECODE_COUNT(d, 1, FUNCTIONS);
    uint32_t declared = m->nfuncs - m->nimported_funcs;
    d->has_code = true;
    if (decode_ok(d) && n != declared)
        reader_fail(
            &d->r, at,
            "function and code section have inconsistent lengths: %u functions, %u bodies",
            declared, n);
    for (uint32_t i = 0; i < n && decode_ok(d); i++)
        numbered_entry(d, m->nimported_funcs + i);
}
