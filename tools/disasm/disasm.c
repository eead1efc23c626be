/* disasm.c - the program wx-disasm: compiles a module's functions and prints their machine code.
 *
 *     wx disasm [--function F] [--memory STRATEGY] [--cpu MASK] FILE
 *
 * One line an instruction: its distance from the function's start, its bytes, its text.  Where
 * the code map has something to say of it, that follows behind a semicolon: the Wasm
 * instruction by its offset in FILE, and the trap or call.  The format is for people. */
#include "api/api.h"
#include "tools/wx/load.h"
#include "tools/wx/options.h"
#include "wasm/opcode.h"
#include "x64/codemap.h"
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

enum { BYTES_SHOWN = 10, INSTRUCTION = 128 };

static size_t module_offset(const struct code_body *b, uint32_t offset)
{
    const struct module *m = b->fn->modcode->module;
    return (size_t)(m->funcs[b->fn->func].body - m->bytes) + offset;
}

static const char *site_text(const struct code_site *s)
{
    if (s->flags & SITE_DIVIDE)
        return "integer divide by zero or overflow";
    return s->kind == TRAP_NONE ? "a trap of the helper" : trap_texts[s->kind];
}

static void print_bytes(const uint8_t *at, unsigned n)
{
    for (unsigned i = 0; i < BYTES_SHOWN; i++)
        if (i < n)
            printf("%02x ", at[i]);
        else
            printf("   ");
}

/* What the code map says of the instruction at..end: the trap there, the call that returns
 * behind it. */
static void print_site(const struct code_body *b, const uint8_t *at, const uint8_t *end)
{
    const struct code_site *trap = code_body_site(b, at), *call = code_body_call(b, end);
    if (trap != NULL && (trap->flags & SITE_CALL) == 0)
        printf("  ; 0x%zx: %s", module_offset(b, trap->offset), site_text(trap));
    if (call != NULL)
        printf("  ; 0x%zx: call", module_offset(b, call->offset));
}

/* Prints the instruction at pc; returns its length. */
static unsigned print_instruction(const ZydisDecoder *decoder, const ZydisFormatter *format,
                                  const struct code_body *b, const uint8_t *pc)
{
    ZydisDecodedInstruction in;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    char text[INSTRUCTION];
    size_t left = (size_t)(b->start + b->size - pc);
    printf("  +0x%04zx  ", (size_t)(pc - b->start));
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder, pc, left, &in, operands))) {
        print_bytes(pc, 1);
        printf(".byte 0x%02x\n", *pc);
        return 1;
    }
    /* Addresses within the code count from its start. */
    ZyanU64 at = (ZyanU64)(pc - b->start);
    ZydisFormatterFormatInstruction(format, &in, operands, in.operand_count_visible, text,
                                    sizeof text, at, NULL);
    print_bytes(pc, in.length);
    bool has_site =
        code_body_site(b, pc) != NULL || code_body_call(b, pc + in.length) != NULL;
    printf(has_site ? "%-40s" : "%s", text);
    print_site(b, pc, pc + in.length);
    printf("\n");
    return in.length;
}

static void print_body(const struct code_body *b)
{
    const struct module *m = b->fn->modcode->module;
    struct name name = module_func_name(m, b->fn->func);
    ZydisDecoder decoder;
    ZydisFormatter format;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    ZydisFormatterInit(&format, ZYDIS_FORMATTER_STYLE_INTEL);
    ZydisFormatterSetProperty(&format, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    printf("function %u \"%.*s\", 0x%zx in the module, %u bytes of code, frame %u bytes\n",
           b->fn->func, (int)name.len, name.at, module_offset(b, 0), b->size,
           b->frame_bytes);
    for (const uint8_t *pc = b->start; pc < b->start + b->size;)
        pc += print_instruction(&decoder, &format, b, pc);
    printf("\n");
}

/* ---- which functions ------------------------------------------------------------------ */

static bool is_function(const struct module *m, uint32_t func, const char *wanted)
{
    char index[16];
    struct name name = module_func_name(m, func);
    snprintf(index, sizeof index, "%u", func);
    return wanted == NULL || strcmp(wanted, index) == 0 ||
           (strlen(wanted) == name.len && memcmp(wanted, name.at, name.len) == 0);
}

/* Compiles and prints one function.  false after a message. */
static bool print_function(struct modcode *code, struct fncode *fn)
{
    struct fail f = { .func = FAIL_NO_FUNC, .offset = FAIL_NO_OFFSET };
    if (!code->engine->tiers[TIER_BASELINE]->prepare(fn, &f)) {
        fprintf(stderr, "wx disasm: function %u: %s\n", fn->func, f.text);
        return false;
    }
    const void *pc = atomic_load_explicit(&fn->compiled, memory_order_acquire);
    print_body(codemap_find(code->engine->region, pc));
    return true;
}

static int disassemble(const struct options *o, wx_module *handle)
{
    struct modcode *code = handle->code;
    const struct module *m = code->module;
    bool found = false, ok = true;
    for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
        if (!is_function(m, i, o->function))
            continue;
        found = true;
        ok = print_function(code, &code->fns[i - m->nimported_funcs]) && ok;
    }
    if (!found && o->function != NULL)
        fprintf(stderr, "wx disasm: %s defines no function %s\n", o->args.at[0],
                o->function);
    return ok && (found || o->function == NULL) ? EXIT_OK : EXIT_FAILED;
}

/* ---- the program ---------------------------------------------------------------------- */

static int run(const struct options *o)
{
    wx_engine *e;
    wx_error err;
    if (wx_engine_new(&o->config, &e, &err) != WX_OK) {
        fprintf(stderr, "wx disasm: %s\n", err.text);
        return EXIT_FAILED;
    }
    wx_module *m = load_module(e, o->args.at[0], stderr);
    int code = m != NULL ? disassemble(o, m) : EXIT_FAILED;
    wx_module_free(m);
    wx_engine_free(e);
    return code;
}

static int help(void)
{
    printf(
        "usage: wx disasm [OPTIONS] FILE\n\n"
        "Compiles the functions of FILE and prints their machine code, an instruction a\n"
        "line. Behind a semicolon: where in FILE the Wasm instruction is, and whether the\n"
        "code traps or calls there.\n\n");
    options_help(FOR_DISASM);
    return EXIT_OK;
}

static int usage(void)
{
    fprintf(stderr, "wx disasm: one file is needed; see 'wx disasm --help'\n");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options o;
    int code = EXIT_USAGE;
    options_init(&o);
    o.config.tier = WX_TIER_BASELINE;
    if (options_parse(&o, FOR_DISASM, "disasm", argc - 1, argv + 1))
        code = o.help ? help() : o.args.len == 1 ? run(&o) : usage();
    options_free(&o);
    return code;
}
