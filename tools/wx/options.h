/* options.h - the options of every subcommand: one table parses them and prints the help. */
#ifndef WX_TOOLS_OPTIONS_H
#define WX_TOOLS_OPTIONS_H

#include "tools/wx/list.h"
#include "wx.h"

/* Which subcommands an option belongs to. */
enum command_bit { FOR_RUN = 1, FOR_VALIDATE = 2, FOR_SPEC = 4, FOR_DISASM = 8 };

enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1, /* a file that cannot be loaded, a failed assertion */
    EXIT_USAGE = 2,  /* the command line is wrong */
    EXIT_TRAP = 134, /* as a shell reports SIGABRT */
};

struct options {
    LIST(const char *) args; /* what is not an option */
    bool help;
    wx_config config;
    /* run */
    const char *invoke;
    LIST(const char *) env; /* NAME=VALUE */
    bool inherit_env;
    bool stats;
    uint64_t fuel;
    /* disasm */
    const char *function;
    /* validate */
    bool verbose;
    /* spec */
    const char *filter;
    const char *json;
    const char *ledger;
    const char *engine, *engine_check;
    bool failures_only;
    uint64_t junk; /* 0: none */
    uint64_t timeout_seconds;
};

void options_init(struct options *o);
void options_free(struct options *o);

/* Parses argv[0..argc) for one subcommand; name is for messages.  Options may stand anywhere;
 * after "--" nothing is an option, and after the FILE of wx run what begins with a single dash
 * is an argument.  false after a message on stderr. */
bool options_parse(struct options *o, enum command_bit command, const char *name, int argc,
                   char **argv);

/* Prints the options of a subcommand. */
void options_help(enum command_bit command);

#endif
