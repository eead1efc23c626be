/* trivial.c - does nothing: what a process costs before any work. */
int main(void) { return 0; }
