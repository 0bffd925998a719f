/* tui/pane.h -- a pane is a file: how it draws, which keys it has, which of its settings a command changes.
 *
 * draw() gets the view and its own settings and fills a grid: no I/O, no clock, no allocation that lasts, any size. A key is a row: it runs a
 * command, which is echoed and recorded like one that was typed, so that there is nothing to learn twice and a session replays. The
 * command's text may hold %S (the step looked at), %N (the sample), and the settings commands `pane NAME key=value`.
 * Threads: main thread only. */
#pragma once

#include "tui/screen.h"
#include "tui/view.h"

enum { PANE_SETTINGS = 8 };

/* A setting of a pane: an integer in a range, or one of WORDS. `pane losses log=on`, `pane masks sample=train/7`. */
struct pane_setting {
	const char *name, *help;
	const char *const *words;        /* NULL-terminated; NULL: an integer */
	int least, most, initial;        /* of an integer */
};

struct pane_key { int key; const char *command, *help; };

struct pane {
	const char *name;                /* "losses": also the word of the commands */
	const char *title;
	char digit;                      /* toggles it in single-key mode */
	int priority;                    /* the smaller, the later it is dropped where room is short */
	int least_width, least_height;   /* inside its frame: below it the pane is dropped */
	void (*draw)(const struct view *v, const int *setting, struct look look, struct grid g);
	/* Rows inside the frame at that width: below LEAST it says less than it should, above WISH it gains nothing (but for those that are ELASTIC). Both are set
	 * to least_height before. They must not depend on what changes while one looks. NULL: they stay. */
	void (*rows)(const struct view *v, const int *setting, int width, int *least, int *wish);
	bool elastic;                    /* takes the rows that are left: a chart */
	/* What stands right of the title, in parts with ", " between, the first the most important; "" nothing. */
	void (*state)(const struct view *v, const int *setting, char *out, int capacity);
	/* A click or the wheel inside: the command that it means, or "" (a row of keys may be reused). NULL: none. */
	void (*mouse)(const struct view *v, const int *setting, const struct grid *g, const struct mouse *m, char *command, int capacity);
	struct pane_setting settings[PANE_SETTINGS + 1];   /* ends with name NULL */
	struct pane_key keys[24];                           /* ends with key 0 */
};

extern const struct pane_key common_keys[];           /* of every pane, unless it has the key itself; ends with key 0 */
extern const struct pane *const panes[];              /* tui/panes.c: NULL-terminated, in the order of their digits */
