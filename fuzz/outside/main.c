/* main.c - the program fuzz_outside. */
#include "outside/cli.h"

int main(int argc, char **argv) { return outside_cli("fuzz_outside", argc - 1, argv + 1); }
