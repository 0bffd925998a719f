/* tui/line.h -- the line being typed, inside the workbench: readline edits (with ~/.inputrc, history, C-r, Tab), frame_draw() shows.
 *
 * readline never touches the terminal here: it is fed bytes, and what it would show is asked for. Only one of prompt.h and this is open at a time.
 * Threads: main thread only. */
#pragma once

#include "tui/prompt.h"

/* What keys may ask for beside editing: C-x s, C-x o, C-x 1, C-x 2, C-l. */
enum line_wish { WISH_NONE, WISH_KEYS, WISH_NEXT_PANE, WISH_ONE, WISH_ALL, WISH_REDRAW };

/* ERR_STATE where c2f was built without readline. HOOKS are copied; HISTORY as prompt_open(). */
int line_open(const struct prompt_hooks *hooks, const char *history);
void line_close(void);                                /* writes the history */
void line_feed(const char *bytes, int n);             /* typed bytes: may call the hooks */
void line_interrupt(void);                            /* Ctrl-C: an empty line */
const char *line_text(int *cursor);                   /* UTF-8 as typed; bytes before the cursor */
const char *line_prompt(void);                        /* readline's own, while it searches the history; else NULL */
enum line_wish line_wish(void);                       /* the last wish, taken */
/* Tab's candidates since the last change of the line; 0: none. Borrowed until the next line_feed(). */
int line_matches(char *const **out);
bool line_busy(void);                                 /* a key sequence is incomplete */
