/* viewer/panel.h -- the window's side panel: controls as plain data, where each stands, and how one is changed.
 *
 * The app fills a list (what there is to choose, and what is chosen); the viewer shows it and edits the values; the app reads them by id.
 * A control belongs to a section, and a section is shown or not. panel_draw.c draws.
 * Threads: plain data; pure functions. */
#pragma once

#include <stdbool.h>

#include "viewer/surface.h"

enum control_kind {
	CONTROL_HEADING,
	CONTROL_TEXT,       /* a line: LABEL grey, TEXT behind it */
	CONTROL_CHOICE,     /* one of NAME: VALUE */
	CONTROL_SLIDER,     /* LEAST <= VALUE <= MOST */
	CONTROL_BUTTON,
	CONTROL_BARS,       /* OF[VALUES] as columns from 0; one can be clicked: VALUE */
	CONTROL_CURVE,      /* OF[VALUES] as a line, from the least to the largest */
};
enum panel_section { SECTION_PAINTER, SECTION_WHATIF, SECTION_ATTENTION, SECTIONS };
enum { CONTROLS_MAX = 72, CONTROL_NAMES = 80, CONTROL_VALUES = 128, CONTROL_NONE = -1 };

struct control {
	enum control_kind kind;
	enum panel_section section;
	int id;                              /* the app's, > 0; 0: it can't be changed */
	char label[64], text[96];            /* TEXT of a slider stands in place of its number */
	int value, least, most;              /* a slider's; a choice: value of 0 to most */
	int mark;                            /* a tick on a slider's track: what is usual; out of its range: none. Bars: the one in the accent's colour, CONTROL_NONE */
	char name[CONTROL_NAMES][48];
	int values;
	float of[CONTROL_VALUES];            /* NAN: none */
};
struct controls { int count; struct control item[CONTROLS_MAX]; };

/* The next control of the list, zeroed but for these, for the caller to fill; in a full list the last one is overwritten. */
struct control *controls_add(struct controls *c, enum control_kind kind, enum panel_section section, int id, const char *label);
void control_add_name(struct control *k, const char *name);              /* one more to choose from; beyond CONTROL_NAMES: dropped */
const struct control *controls_find(const struct controls *c, int id);   /* NULL: none */

struct panel_place {
	struct box box;
	int scroll;
	bool shown[SECTIONS];
};
enum { PANEL_WIDTH = 272 };

int panel_height(const struct controls *c, const bool shown[SECTIONS]);  /* of all that is shown, 0: nothing is */
struct box panel_item(const struct controls *c, const struct panel_place *p, int item); /* height 0: not shown */
struct box panel_track(struct box item);                                 /* a slider's, in its box */
struct box panel_value(struct box item);                                 /* where a choice's name stands */
int panel_hit(const struct controls *c, const struct panel_place *p, int x, int y);     /* CONTROL_NONE */
int panel_next(const struct controls *c, const struct panel_place *p, int item, int by); /* the next that can be changed; ITEM if there is none */

/* What a hand does. True: the value is another, or the button was pressed. */
bool control_step(struct control *k, int by);                            /* a wheel's notch or an arrow: a slider stops at its ends, a choice goes round */
bool control_slide(struct control *k, struct box item, int x);           /* a slider, to the place under X */
bool control_click(struct control *k, struct box item, int x);           /* slider: as above; choice: the one before on the left half of its name, else the next; bars: the one at X */
