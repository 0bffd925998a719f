/* viewer/gallery.h -- the viewer's window without the window: a board's cells side by side, what keys and mouse do to them, and how they are drawn.
 *
 * All cells show the same place of their pictures at the same size (linked zoom). Where few samples are shown each granularity has a line of
 * its own, else a sample is one line: whichever gives the larger cells. viewer/window.h puts it on a screen; a test needs none.
 * Threads: one thread. */
#pragma once

#include "viewer/board.h"
#include "viewer/panel.h"
#include "viewer/surface.h"

struct gallery;

/* ERR_MEMORY; ERR_STATE in a build without Cairo, whose text it needs. */
int gallery_new(struct gallery **out);
void gallery_free(struct gallery *g);                                       /* NULL is fine */

void gallery_head(struct gallery *g, const struct board_head *h);           /* copied */
void gallery_rows(struct gallery *g, int rows);                             /* how many samples; rows beyond are dropped */
void gallery_row(struct gallery *g, int row, struct board_row *taken);      /* the gallery's from now on */
/* The same sample under the same mask with a checkpoint's weights, and which of the two is shown; the marks of what masked it are taken from the row. */
void gallery_other_row(struct gallery *g, int row, struct board_row *taken);
void gallery_flip(struct gallery *g, bool others);
void gallery_columns(struct gallery *g, const bool column[BOARD_COLUMNS]);
void gallery_state(struct gallery *g, const char *words);                   /* beside the title: "training, step 120; every 10 steps" */
void gallery_note(struct gallery *g, const char *words);                    /* in the line of values until the pointer moves */

/* The side panel: copied. What a hand changes there is asked for with GALLERY_CONTROL, and read by its id. */
void gallery_controls(struct gallery *g, const struct controls *c);
const struct control *gallery_control(const struct gallery *g, int id);     /* NULL: there is none */
void gallery_section(struct gallery *g, enum panel_section section, bool shown);
bool gallery_shows(const struct gallery *g, enum panel_section section);
struct box gallery_control_box(const struct gallery *g, int id);            /* as the window was drawn last; for tests */

/* The attention explorer: on while the column attention is shown. GALLERY_ATTEND: a hand has changed its choice, or whether it is on. */
void gallery_attend(struct gallery *g, const struct attended_choice *c);
const struct attended_choice *gallery_attended(const struct gallery *g);    /* NULL: it is off */
const struct board_row *gallery_selected(const struct gallery *g);          /* borrowed; NULL: not computed yet */
const struct board_head *gallery_headed(const struct gallery *g);           /* borrowed */

/* A key's character, or one of these. */
enum gallery_key { KEY_BACK = 8, KEY_NEXT_COLUMN = 9, KEY_ENTER = 13, KEY_ESCAPE = 27, KEY_TO_LEFT = 256, KEY_TO_RIGHT, KEY_TO_TOP, KEY_TO_BOTTOM, KEY_PAGE_BACK, KEY_PAGE_ON };
enum { WITH_SHIFT = 1, WITH_CTRL = 2 };
enum gallery_button { BUTTON_NONE, BUTTON_LEFT, BUTTON_MIDDLE, BUTTON_RIGHT };
void gallery_press(struct gallery *g, int key, int with);                   /* characters come with their own case; digits as digits */
void gallery_shift(struct gallery *g, bool held);                           /* while it is held, the reference column is shown */
void gallery_pointer(struct gallery *g, int x, int y);                      /* moved there */
void gallery_button(struct gallery *g, enum gallery_button b, bool down, int clicks, int with);
void gallery_wheel(struct gallery *g, double steps, int with);

/* What was asked for that the gallery can't do itself; the oldest first. *ROW: of STROKE. */
enum gallery_wish { GALLERY_NOTHING, GALLERY_NEXT, GALLERY_PREVIOUS, GALLERY_REFRESH, GALLERY_HOLD, GALLERY_STROKE /* a mask by hand has changed */,
	GALLERY_REDRAW /* no mask by hand any more */, GALLERY_SAVE, GALLERY_CLOSE, GALLERY_FLIP, GALLERY_SAVE_MASK, GALLERY_LOAD_MASK /* of *ROW */,
	GALLERY_CONTROL /* *ROW: the control's id */, GALLERY_ATTEND };
enum gallery_wish gallery_wish(struct gallery *g, int *row);
const uint8_t *gallery_mask(const struct gallery *g, int row, enum granularity of); /* [side, side]; NULL: not painted by hand */

void gallery_paint(struct gallery *g, int row, const uint8_t mask[GRANULARITIES][PATCHES_MAX]); /* as if by hand; without a wish */
void gallery_unpaint(struct gallery *g, int row);                           /* the row's own mask again; likewise */
int gallery_at_row(const struct gallery *g);                                /* the selected one */

bool gallery_changed(const struct gallery *g);                              /* since it was drawn last */
int gallery_draw(struct gallery *g, struct surface *c);
/* Where a cell was drawn: the COLUMN-th of those that are shown. For tests. */
struct box gallery_cell(struct gallery *g, int row, int column);
