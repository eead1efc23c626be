/* cli.h - the command line of fuzz_outside and wx fuzz outside. */
#ifndef WX_FUZZ_OUTSIDE_CLI_H
#define WX_FUZZ_OUTSIDE_CLI_H

/* argv[0..argc): options and files.  The exit code; name is for the usage. */
int outside_cli(const char *name, int argc, char **argv);

#endif
