/* app/repl.h -- the two ways in that read standard input: a prompt on a terminal, and lines from a pipe.
 * Threads: main thread only. */
#pragma once

#include <stddef.h>

struct app;

/* Until quit, Ctrl-D, SIGTERM or SIGHUP. Training goes on beside the prompt; an error is printed and the prompt returns. */
int repl_prompt(struct app *a);
/* Until quit, the end of input or the first error. */
int repl_lines(struct app *a);

/* For the workbench, which has the same prompt and the same history. WAITING: lines that wait or run. */
struct view;
void repl_prompt_text(const struct app *a, const struct view *v, int waiting, char *out, size_t capacity);
const char *repl_history_file(char *out, size_t capacity); /* NULL: none is kept */
