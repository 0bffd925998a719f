/* tui/prompt.h -- a line of input with editing, history and Tab, beside other work: readline's callback interface, fed by the caller's poll loop.
 *
 * readline never catches a signal nor writes the environment: the program owns both. Without readline the lines are read as the
 * terminal gives them. There is one terminal, so there is one prompt.
 * Threads: main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct prompt_hooks {
	void *context;
	/* A finished line, or NULL at the end of input (Ctrl-D). Borrowed. The terminal is in its normal mode meanwhile. */
	void (*line)(void *context, const char *line);
	/* What may stand at the end of LINE (the text before the cursor): *START is where the words replace it, *WORDS count words, both the
	 * callee's until the next call. */
	int (*complete)(void *context, const char *line, size_t *start, char *const **words);
};

/* Shows the prompt on standard output. HISTORY: a file, read now and written by prompt_close(); NULL: none is kept. HOOKS are copied. */
void prompt_open(const struct prompt_hooks *hooks, const char *text, const char *history);
void prompt_close(void);          /* gives the terminal back */
void prompt_text(const char *text); /* changes the text; redraws if it is another */
void prompt_feed(void);           /* standard input is readable: may call the hooks */
void prompt_interrupt(void);      /* Ctrl-C: an empty line */
void prompt_resize(void);         /* SIGWINCH */
void prompt_above(const char *line); /* prints a line above the prompt, which stays as it is */
bool prompt_ended(void);          /* the end of input was seen */

/* The history, which the workbench's line (line.h) shares. */
void prompt_history_read(const char *history);
void prompt_history_write(void);
void prompt_remember(const char *line);
/* readline's list of what may stand for TEXT, at START..END of its line, from H; the caller's (readline frees it). NULL: nothing. With readline only. */
char **prompt_complete(const struct prompt_hooks *h, const char *text, int start, int end);
