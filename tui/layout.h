/* tui/layout.h -- where the panes stand, which has the focus, and the whole frame.
 *
 *     status bar                 always
 *     panes                      in one, two or three columns; dropped by priority where room is short
 *     log                        the last lines of what was said
 *     prompt                     always
 *
 * The settings are plain data (struct ui), changed by commands (`pane`, `focus`, `layout`) and by nothing else.
 * Threads: pure. */
#pragma once

#include "tui/pane.h"

enum { PANES_MAX = 12 };
enum layout { LAYOUT_AUTO, LAYOUT_WIDE, LAYOUT_TALL, LAYOUT_ONE, LAYOUTS };
extern const char *const layout_name[LAYOUTS]; /* "auto", "wide", "tall", "one" */

struct ui {
	enum layout layout;
	int focus;                                /* a row of panes[] */
	bool shown[PANES_MAX];
	int setting[PANES_MAX][PANE_SETTINGS];    /* by the pane's table */
	bool keys;                                /* single-key mode */
	bool help;                                /* the focused pane's keys are shown */
	int scroll;                               /* lines that the log is scrolled back */
	char search[64];                          /* in the log; "" none */
};
void ui_default(struct ui *u);
int pane_find(const char *name);              /* row of panes[], or -1 */
int pane_count(void);

/* What the frame needs beside the view: the line that is being typed. Columns and text are the prompt's. */
struct frame_prompt {
	const char *prompt, *text;                /* UTF-8 */
	int cursor;                               /* bytes of TEXT before the cursor */
	char *const *matches;                     /* Tab's candidates, shown above the prompt; MATCHES of them, 0: none */
	int match_count;
};

struct placed { int pane; struct grid grid; };     /* the frame included */
struct frame { int count; struct placed placed[PANES_MAX]; int cursor_x, cursor_y; };

/* Draws everything into G. OUT says where the panes stand (for the mouse) and where the cursor goes (-1: hidden). */
void frame_draw(const struct ui *u, const struct view *v, struct look look, const struct frame_prompt *p, struct grid *g, struct frame *out);
