/* app/repl.h -- the two ways in that read standard input: a prompt on a terminal, and lines from a pipe.
 * Threads: main thread only. */
#pragma once

struct app;

/* Until quit, Ctrl-D, SIGTERM or SIGHUP. Training goes on beside the prompt; an error is printed and the prompt returns. */
int repl_prompt(struct app *a);
/* Until quit, the end of input or the first error. */
int repl_lines(struct app *a);
