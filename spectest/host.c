/* host.c - the module "spectest". */
#include "spectest/host.h"
#include <string.h>

static const struct {
    const char *name;
    size_t nparams;
    wx_valtype params[2];
} functions[] = {
    { "print", 0, { 0 } },
    { "print_i32", 1, { WX_I32 } },
    { "print_i64", 1, { WX_I64 } },
    { "print_f32", 1, { WX_F32 } },
    { "print_f64", 1, { WX_F64 } },
    { "print_i32_f32", 2, { WX_I32, WX_F32 } },
    { "print_f64_f64", 2, { WX_F64, WX_F64 } },
};

static const struct {
    const char *name;
    wx_value value;
} globals[] = {
    { "global_i32", { .type = WX_I32, .of.i32 = 666 } },
    { "global_i64", { .type = WX_I64, .of.i64 = 666 } },
    { "global_f32", { .type = WX_F32, .of.f32 = 666.6f } },
    { "global_f64", { .type = WX_F64, .of.f64 = 666.6 } },
};

static wx_status define(wx_linker *l, const char *name, wx_extern value, wx_error *err)
{
    wx_name module = { "spectest", strlen("spectest") };
    return wx_linker_define(l, module, (wx_name){ name, strlen(name) }, value, err);
}

static wx_status print(void *env, wx_caller *caller, const wx_value *args, size_t nargs,
                       wx_value *results, size_t nresults, wx_error *err)
{
    (void)env, (void)caller, (void)args, (void)nargs;
    (void)results, (void)nresults, (void)err;
    return WX_OK;
}

static wx_status define_functions(wx_store *s, wx_linker *l, wx_error *err)
{
    wx_status status = WX_OK;
    for (size_t i = 0; !status && i < sizeof functions / sizeof *functions; i++) {
        wx_functype type = { .params = functions[i].params,
                             .nparams = functions[i].nparams };
        wx_extern x = { .kind = WX_KIND_FUNC };
        status = wx_func_new(s, type, print, NULL, NULL, &x.of.func, err);
        if (!status)
            status = define(l, functions[i].name, x, err);
    }
    return status;
}

static wx_status define_globals(wx_store *s, wx_linker *l, wx_error *err)
{
    wx_status status = WX_OK;
    for (size_t i = 0; !status && i < sizeof globals / sizeof *globals; i++) {
        wx_globaltype type = { .type = globals[i].value.type, .mut = false };
        wx_extern x = { .kind = WX_KIND_GLOBAL };
        status = wx_global_new(s, type, globals[i].value, &x.of.global, err);
        if (!status)
            status = define(l, globals[i].name, x, err);
    }
    return status;
}

static wx_status define_table(wx_store *s, wx_linker *l, wx_error *err)
{
    wx_tabletype type = { .elem = WX_FUNCREF, .limits = { 10, 20, true } };
    wx_extern x = { .kind = WX_KIND_TABLE };
    wx_value null = { .type = WX_FUNCREF };
    wx_status status = wx_table_new(s, type, null, &x.of.table, err);
    return status ? status : define(l, "table", x, err);
}

static wx_status define_memory(wx_store *s, wx_linker *l, wx_error *err)
{
    wx_memorytype type = { .limits = { 1, 2, true } };
    wx_extern x = { .kind = WX_KIND_MEMORY };
    wx_status status = wx_memory_new(s, type, &x.of.memory, err);
    return status ? status : define(l, "memory", x, err);
}

wx_status host_define(wx_store *s, wx_linker *l, wx_error *err)
{
    wx_status status = define_functions(s, l, err);
    if (!status)
        status = define_globals(s, l, err);
    if (!status)
        status = define_table(s, l, err);
    return status ? status : define_memory(s, l, err);
}
