/* spec_engine_module.c - a module of the suite that judges itself.  See spec_engine.h. */
#include "outside/graft.h"
#include "tools/wx/spec_engine.h"
#include "wx.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The module "spectest": see spectest/host.h. */
enum { TABLE_MIN = 10, TABLE_MAX = 20, MEMORY_MIN = 1, MEMORY_MAX = 2 };

struct maker {
    struct graft g;
    const struct spec_plan *plan;
    struct module *const
        *others;                /* those of the providers, loaded; NULL where that failed */
    const struct type *results; /* of the step being made */
};

static const char *field(const json_t *c, const char *name)
{
    return json_string_value(json_object_get(c, name));
}

/* ---- imports ----------------------------------------------------------------------- */

static bool is_spectest(const struct import *im)
{
    return im->module.len == 8 && memcmp(im->module.at, "spectest", 8) == 0;
}

/* The registered module that an import names, or NULL. */
static const struct module *find_provider(const struct maker *k, const struct import *im)
{
    for (size_t i = k->plan->nproviders; i-- > 0;) {
        const char *name = k->plan->providers[i].name;
        if (strlen(name) == im->module.len &&
            memcmp(name, im->module.at, im->module.len) == 0)
            return k->others[i];
    }
    return NULL;
}

/* A function of a registered module that can be copied, or NULL. */
static const struct func_decl *find_copy(const struct maker *k, const struct import *im,
                                         const struct module **from)
{
    *from = find_provider(k, im);
    const struct export *e =
        *from != NULL ? module_export(*from, im->name.at, im->name.len) : NULL;
    if (im->kind != EXTERN_FUNC || e == NULL || e->kind != EXTERN_FUNC ||
        e->index < (*from)->nimported_funcs)
        return NULL;
    const struct func_decl *f = &(*from)->funcs[e->index];
    return f->type == k->g.m->funcs[im->index].type && graft_is_portable(f) ? f : NULL;
}

static const struct import *import_of_func(const struct module *m, uint32_t func)
{
    for (uint32_t i = 0; i < m->nimports; i++)
        if (m->imports[i].kind == EXTERN_FUNC && m->imports[i].index == func)
            return &m->imports[i];
    return NULL;
}

/* The print functions, which print nothing, or a copy. */
static void import_body(struct graft *g, uint32_t func, struct sink *code)
{
    const struct module *from;
    const struct maker *k = g->env;
    const struct func_decl *f = find_copy(k, import_of_func(g->m, func), &from);
    if (f != NULL) {
        const uint8_t *entry = from->bytes + f->offset;
        sink_bytes(code, entry, (size_t)(f->body_end - entry));
        return;
    }
    sink_u(code, 0);
    sink_op(code, OP_end);
}

static uint64_t import_global(struct graft *g, uint32_t global)
{
    float narrow = 666.6f;
    double wide = 666.6;
    uint64_t bits = 0;
    switch (g->m->globals[global].type.type) {
    case VT_F32: memcpy(&bits, &narrow, sizeof narrow); break;
    case VT_F64: memcpy(&bits, &wide, sizeof wide); break;
    default: bits = 666; break;
    }
    return bits;
}

static bool import_limits(struct graft *g, const struct import *im, struct limits *l)
{
    bool table = im->kind == EXTERN_TABLE;
    (void)g;
    l->min = table ? TABLE_MIN : MEMORY_MIN;
    l->max = table ? TABLE_MAX : MEMORY_MAX;
    l->has_max = true;
    return true;
}

/* What spectest has can be put inside, and copies. */
static const char *judge_imports(const struct maker *k)
{
    const struct module *m = k->g.m, *from;
    for (uint32_t i = 0; i < m->nimports; i++) {
        const struct import *im = &m->imports[i];
        if (is_spectest(im) && im->kind == EXTERN_FUNC &&
            m->funcs[im->index].type->nresults != 0)
            return "an import that spectest does not have";
        if (!is_spectest(im) && find_copy(k, im, &from) == NULL)
            return "imports from another module";
    }
    return NULL;
}

/* ---- constants --------------------------------------------------------------------- */

static valtype type_of(const json_t *c)
{
    static const struct {
        const char *name;
        valtype type;
    } types[] = { { "i32", VT_I32 },         { "i64", VT_I64 },
                  { "f32", VT_F32 },         { "f64", VT_F64 },
                  { "funcref", VT_FUNCREF }, { "externref", VT_EXTERNREF } };
    const char *name = field(c, "type");
    for (size_t i = 0; name != NULL && i < COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return VT_BOTTOM;
}

static bool bits_of(const json_t *c, uint64_t *out)
{
    const char *text = field(c, "value");
    char *end;
    errno = 0;
    *out = text == NULL || *text == '\0' ? 0 : strtoull(text, &end, 10);
    return text != NULL && *text != '\0' && *end == '\0' && errno == 0;
}

static bool is_value(const json_t *c, const char *value)
{
    const char *text = field(c, "value");
    return text != NULL && strcmp(text, value) == 0;
}

/* Pushes an argument.  false: it cannot be made inside of a module. */
static bool put_argument(struct sink *s, const json_t *c)
{
    uint64_t bits = 0;
    valtype t = type_of(c);
    bool ok = vt_is_ref(t) ? is_value(c, "null") : vt_is_num(t) && bits_of(c, &bits);
    if (ok)
        sink_const(s, t, bits);
    return ok;
}

/* ---- comparisons ------------------------------------------------------------------- */

/* bits on the stack -> are those of mask equal to want? */
static void compare_bits(struct sink *s, bool wide, uint64_t mask, uint64_t want)
{
    sink_const(s, wide ? VT_I64 : VT_I32, mask);
    sink_op(s, wide ? OP_i64_and : OP_i32_and);
    sink_const(s, wide ? VT_I64 : VT_I32, want);
    sink_op(s, wide ? OP_i64_eq : OP_i32_eq);
}

/* A number on the stack against a constant.  spec: canonical-nan, arithmetic-nan */
static bool match_number(struct sink *s, valtype t, const json_t *c)
{
    bool wide = t == VT_I64 || t == VT_F64;
    uint64_t bits, all = wide ? UINT64_MAX : UINT32_MAX;
    uint64_t quiet = wide ? UINT64_C(0x7FF8000000000000) : 0x7FC00000;
    if (t == VT_F32)
        sink_op(s, OP_i32_reinterpret_f32);
    else if (t == VT_F64)
        sink_op(s, OP_i64_reinterpret_f64);
    if (is_value(c, "nan:canonical"))
        compare_bits(s, wide, all >> 1, quiet);
    else if (is_value(c, "nan:arithmetic"))
        compare_bits(s, wide, quiet, quiet);
    else if (bits_of(c, &bits))
        compare_bits(s, wide, all, bits & all);
    else
        return false;
    return true;
}

/* local -> 1 if it is what c says.  false: that cannot be told inside of a module. */
static bool put_match(struct maker *k, struct sink *s, uint32_t local, const json_t *c)
{
    valtype t = type_of(c);
    if (local >= k->results->nresults || k->results->results[local] != t) {
        sink_i32(s, 0);
        return t != VT_BOTTOM;
    }
    sink_op_u(s, OP_local_get, local);
    if (!vt_is_ref(t))
        return match_number(s, t, c);
    sink_op(s, OP_ref_is_null);
    if (is_value(c, "null"))
        return true;
    sink_op(s, OP_i32_eqz);
    return field(c, "value") == NULL; /* any of its kind */
}

/* 1 if the results, in locals from 0 on, are those of a command. */
static bool put_matches(struct maker *k, struct sink *s, const json_t *command)
{
    const json_t *either = json_object_get(command, "either");
    const json_t *list = either ? either : json_object_get(command, "expected");
    size_t n = json_array_size(list), wanted = either ? 1 : n;
    sink_i32(s, either == NULL && wanted == k->results->nresults);
    for (size_t i = 0; i < n; i++) {
        if (!put_match(k, s, either ? 0 : (uint32_t)i, json_array_get(list, i)))
            return false;
        sink_op(s, either ? OP_i32_or : OP_i32_and);
    }
    return true;
}

/* ---- steps ------------------------------------------------------------------------- */

static const struct export *find_export(const struct maker *k, const json_t *action,
                                        enum extern_kind kind)
{
    const json_t *name = json_object_get(action, "field");
    const struct export *e =
        module_export(k->g.m, json_string_value(name), json_string_length(name));
    return e != NULL && e->kind == kind ? e : NULL;
}

/* Pushes the results of the action; k->results says their types. */
static void put_action(struct maker *k, struct sink *s, struct step *step)
{
    const json_t *action = json_object_get(step->command, "action");
    const char *type = field(action, "type");
    bool is_get = type != NULL && strcmp(type, "get") == 0;
    const struct export *e = find_export(k, action, is_get ? EXTERN_GLOBAL : EXTERN_FUNC);
    const json_t *args = json_object_get(action, "args");
    if (e == NULL) {
        step->missing = "no such export";
        return;
    }
    if (is_get) {
        sink_op_u(s, OP_global_get, e->index);
        return;
    }
    if (json_array_size(args) != k->results->nparams)
        step->missing = "another number of arguments";
    for (size_t i = 0; i < json_array_size(args); i++)
        if (!put_argument(s, json_array_get(args, i)))
            step->unasked = "arguments that only a host can make";
    sink_op_u(s, OP_call, e->index);
}

/* The type of an action's function; for a global a type that returns its value. */
static const struct type *action_type(const struct maker *k, const json_t *action,
                                      struct type *of_global)
{
    const struct export *e = find_export(k, action, EXTERN_FUNC);
    if (e != NULL)
        return k->g.m->funcs[e->index].type;
    e = find_export(k, action, EXTERN_GLOBAL);
    if (e != NULL) {
        of_global->nresults = 1;
        of_global->results = &k->g.m->globals[e->index].type.type;
    }
    return of_global;
}

static void put_locals(struct maker *k, struct sink *s)
{
    sink_u(s, k->results->nresults);
    for (uint32_t i = 0; i < k->results->nresults; i++) {
        sink_u(s, 1);
        if (!sink_type(s, k->results->results[i]))
            k->g.why = "a value type that wx does not know";
    }
}

/* A function [] -> [i32] that performs a step and judges it; nothing for one that cannot be
 * asked. */
static uint32_t add_step(struct maker *k, struct step *step)
{
    struct type of_global = { .kind = COMP_FUNC };
    struct sink s = sink_new(k->g.arena);
    k->results = action_type(k, json_object_get(step->command, "action"), &of_global);
    put_locals(k, &s);
    put_action(k, &s, step);
    for (uint32_t i = k->results->nresults; i-- > 0 && step->missing == NULL;)
        sink_op_u(&s, OP_local_set, i);
    if (step->kind != STEP_MATCH)
        sink_i32(&s, step->kind == STEP_RUN);
    else if (!put_matches(k, &s, step->command) && step->unasked == NULL)
        step->unasked = "results that only a host can tell";
    sink_op(&s, OP_end);
    if (step->missing != NULL || step->unasked != NULL) { /* its code may be anything */
        s.len = 0;
        sink_u(&s, 0);
        sink_i32(&s, 1);
        sink_op(&s, OP_end);
    }
    return graft_func(&k->g, graft_type(&k->g, "v_i"), s);
}

/* ---- single functions -------------------------------------------------------------- */

static bool in_prefix(const struct step *step)
{
    return step->kind != STEP_TRAP && step->missing == NULL && step->unasked == NULL;
}

/* [i32] -> []: performs the steps before that one. */
static uint32_t add_prefix(struct maker *k, const struct step *steps, const uint32_t *funcs,
                           size_t n)
{
    struct sink s = sink_new(k->g.arena);
    sink_u(&s, 0);
    for (size_t i = 0; i < n; i++) {
        if (!in_prefix(&steps[i]))
            continue;
        sink_op_u(&s, OP_local_get, 0);
        sink_i32(&s, (int32_t)i);
        sink_op(&s, OP_i32_le_u);
        sink_block(&s, OP_if);
        sink_op(&s, OP_return);
        sink_op(&s, OP_end);
        sink_op_u(&s, OP_call, funcs[i]);
        sink_op(&s, OP_drop);
    }
    sink_op(&s, OP_end);
    return graft_func(&k->g, graft_type(&k->g, "i_v"), s);
}

static uint32_t add_all(struct maker *k, const struct step *steps, const uint32_t *funcs,
                        size_t n)
{
    struct sink s = sink_new(k->g.arena);
    sink_u(&s, 0);
    for (size_t i = 0; i < n; i++) {
        if (!in_prefix(&steps[i]))
            continue;
        sink_op_u(&s, OP_call, funcs[i]);
        sink_op(&s, OP_i32_eqz);
        sink_block(&s, OP_if);
        sink_i32(&s, (int32_t)i + 1);
        sink_op(&s, OP_return);
        sink_op(&s, OP_end);
    }
    sink_i32(&s, 0);
    sink_op(&s, OP_end);
    return graft_func(&k->g, graft_type(&k->g, "v_i"), s);
}

static uint32_t add_single(struct maker *k, uint32_t prefix, uint32_t step, size_t number)
{
    struct sink s = sink_new(k->g.arena);
    sink_u(&s, 0);
    sink_i32(&s, (int32_t)number);
    sink_op_u(&s, OP_call, prefix);
    sink_op_u(&s, OP_call, step);
    sink_op(&s, OP_end);
    return graft_func(&k->g, graft_type(&k->g, "v_i"), s);
}

/* ---- the module -------------------------------------------------------------------- */

static void export_started(struct maker *k)
{
    struct sink s = sink_new(k->g.arena);
    sink_u(&s, 0);
    sink_i32(&s, 1);
    sink_op(&s, OP_end);
    graft_export(&k->g, "started", graft_func(&k->g, graft_type(&k->g, "v_i"), s));
}

/* May it leave something behind that later steps see? */
static bool changes_state(const struct maker *k, const struct step *step)
{
    const json_t *action = json_object_get(step->command, "action");
    const struct export *e = find_export(k, action, EXTERN_FUNC);
    return e != NULL && !graft_is_pure(k->g.m, e->index);
}

static void add_steps(struct maker *k, struct step *steps, uint32_t *funcs, size_t n)
{
    bool broken = false;
    for (size_t i = 0; i < n; i++) {
        if (broken)
            steps[i].unasked = "what such a command has left behind";
        funcs[i] = add_step(k, &steps[i]);
        broken |= steps[i].unasked != NULL && changes_state(k, &steps[i]);
    }
}

static void make(struct maker *k, struct step *steps, size_t n, bool single)
{
    uint32_t *funcs = arena_array(k->g.arena, uint32_t, n + 1);
    char name[32];
    export_started(k);
    add_steps(k, steps, funcs, n);
    uint32_t prefix = single ? add_prefix(k, steps, funcs, n) : 0;
    if (single)
        graft_export(&k->g, "all", add_all(k, steps, funcs, n));
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "step_%zu", i);
        if (steps[i].missing == NULL && steps[i].unasked == NULL)
            graft_export(&k->g, name,
                         single ? add_single(k, prefix, funcs[i], i) : funcs[i]);
    }
}

/* Everything that is loaded for one module. */
struct loaded {
    struct heap heap;
    struct type_registry *types; /* one, so that equal types are the same */
    struct module *m, **others;
};

static struct module *load(struct loaded *l, const struct file *file)
{
    struct fail f = { 0 };
    return module_load(&l->heap, l->types, features_of_level(9), file->bytes, file->len,
                       &f);
}

static void unload(struct loaded *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (l->others[i] != NULL)
            module_free(l->others[i]);
    free(l->others);
    if (l->m != NULL)
        module_free(l->m);
    if (l->types != NULL)
        types_free(l->types);
}

static bool load_all(struct loaded *l, const struct spec_plan *p)
{
    *l = (struct loaded){ .types = NULL };
    l->others = calloc(p->nproviders + 1, sizeof *l->others);
    l->types = l->others != NULL ? types_new(&l->heap) : NULL;
    if (l->types == NULL)
        return false;
    l->m = load(l, p->module);
    for (size_t i = 0; i < p->nproviders; i++)
        l->others[i] = load(l, &p->providers[i].module);
    return l->m != NULL;
}

static const char *make_loaded(const struct spec_plan *p, const struct loaded *l,
                               struct arena *a, struct sink *out)
{
    struct maker *k = arena_new(a, struct maker);
    graft_init(&k->g, a, l->m, false);
    k->g.env = k;
    k->g.import_body = import_body;
    k->g.import_global = import_global;
    k->g.import_limits = import_limits;
    k->plan = p;
    k->others = l->others;
    const char *why = judge_imports(k);
    if (why != NULL)
        return why;
    make(k, p->steps, p->n, p->single);
    *out = graft_write(&k->g);
    return k->g.why;
}

bool spec_module_make(const struct spec_plan *p, struct arena *a, struct sink *out,
                      const char **why)
{
    struct loaded l;
    jmp_buf oom;
    *why = NULL;
    if (!load_all(&l, p))
        *why = "a module that wx cannot read";
    a->oom = &oom;
    if (setjmp(oom) != 0)
        *why = "out of memory";
    else if (*why == NULL)
        *why = make_loaded(p, &l, a, out);
    a->oom = NULL;
    unload(&l, l.others != NULL ? p->nproviders : 0);
    return *why == NULL;
}
