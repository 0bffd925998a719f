/* viewer/gallery_parts.h -- what gallery.c (state, keys, mouse) and gallery_draw.c share. */
#pragma once

#include "viewer/gallery.h"
#include "viewer/panel.h"
#include "viewer/text.h"

enum { SHOWN_MAX = GRANULARITIES * BOARD_COLUMNS, UNDO_MAX = 64, WISHES = 32 };
enum { TOP = 34, BOTTOM = 54, GUTTER = 158, CELL_GAP = 4, GROUP_GAP = 16, ROW_GAP = 10, CAPTION = 24, CELL_LEAST = 40, MARGIN = 12, HEADS = 42 };

enum { BACK = 0x14171c, BAND = 0x1b1f26, INK = 0xe9ebee, GREY = 0xa3a9b4, FAINT = 0x6d7480, RULE = 0x30363f, ACCENT = 0x5aa9f0, FLIP = 0xf0a04b, EMPTY = 0x20252d };
enum { SWATCH = 11, BAR = 120 };
enum { ROOM_FOR_PANEL = 760 /* a window's width from which on the panel stands beside the cells, not over them */ };

/* The side panel: what the app put there, and where the hand is. */
struct side {
	struct controls given, list;        /* the app's; with the painter's before them */
	bool shown[SECTIONS];
	int scroll;
	int focus, held;                    /* the id that keys change, and the one that the mouse drags; 0: none */
};

struct hand { bool on; uint8_t mask[GRANULARITIES][PATCHES_MAX]; };
/* A slider of visible patches: the mask that it found, and the order in which patches are revealed; so that what was masked comes back. */
struct slide { bool on; int row; uint8_t found[PATCHES_MAX]; int order[PATCHES_MAX]; };
struct stroke { int row; struct hand before; };
struct shown { enum granularity g; enum board_column column; };
struct wish { enum gallery_wish what; int row; };

/* A picture, and the same made smaller where the window has no room for it. */
struct picture { bool made; struct image whole, small; };

struct gallery {
	struct text *text;
	int width, height;                  /* of the surface that was drawn last */
	struct board_head head;
	struct board_row *row[BOARD_ROWS];
	int rows;
	bool column[BOARD_COLUMNS];
	char state[400], note[200];
	struct picture picture[BOARD_ROWS][GRANULARITIES][BOARD_COLUMNS];
	struct board_row *other[BOARD_ROWS]; /* what is not shown: a checkpoint's rows, or while those are, the live ones; */
	struct picture other_picture[BOARD_ROWS][GRANULARITIES][BOARD_COLUMNS];
	bool flipped;
	struct board_look look;
	int map;                            /* of COLOUR_MAPS; COLOUR_MAPS: by the metric */
	bool contrast, help, one, shift, changed;
	double zoom, u, v;                  /* 1: a picture fills its cell; (u, v): the place in the cells' middle, 0..1 */
	int cell, scroll_x, scroll_y;       /* cell 0: as large as fits */
	int at_row, at, reference;          /* selected row and column, and the column to flip to */
	int x, y;                           /* the pointer */
	enum gallery_button held;
	bool painting;
	struct hand hand[BOARD_ROWS];
	struct stroke undo[UNDO_MAX];
	int undos;
	struct wish wish[WISHES];
	int wishes;
	struct slide slide[GRANULARITIES];
	struct side side;
	struct attended_choice attend;
	int press_x, press_y;               /* where the mouse was pressed on the cells */
};

/* Where things stand in a window of this size. */
struct places {
	bool stacked;                       /* a line per granularity */
	int lines;                          /* of a sample */
	int cell, shown, pitch;             /* PITCH: of a sample's rows; as high as its cells or, where there is room, its words */
	int row[BOARD_ROWS], rows;          /* the rows that are shown */
	struct shown show[SHOWN_MAX];
	int line[SHOWN_MAX], x[SHOWN_MAX];  /* of each column: its line and its left edge from the area's */
	int content_width, content_height;
	struct box area;
};
void gallery_places(const struct gallery *g, struct places *p);
struct box gallery_box(const struct gallery *g, const struct places *p, int row, int column); /* ROW of p->row */
/* Which cell is at (X, Y), and the place of its picture, 0..1. */
bool gallery_hit(const struct gallery *g, const struct places *p, int x, int y, int *row, int *column, double *u, double *v);
int gallery_finest(const struct gallery *g);  /* a picture's edge in pixels, of the finest granularity shown */
const uint8_t *gallery_mask_of(const struct gallery *g, int row, enum granularity of); /* by hand, or the row's own */

void gallery_forget(struct gallery *g, enum board_column from); /* pictures of these columns are painted again */
int gallery_patch(const struct board_part *p, double u, double v); /* -1: beyond the picture */
void gallery_want(struct gallery *g, enum gallery_wish what, int row);
/* Masks by hand: a stroke begins with what can be undone, and ends with the wish to see it; the last visible patch can't be masked. */
void stroke_begin(struct gallery *g, int row);
void stroke_end(struct gallery *g, int row);
void stroke_undo(struct gallery *g);
void strokes_drop(struct gallery *g);
/* painter.c: its section of the panel, whose ids are its own. */
enum { PAINTER_IDS = 1000 };
void painter_controls(const struct gallery *g, struct controls *out);
void painter_take(struct gallery *g, const struct control *k);
void painter_visible(struct gallery *g, int row, enum granularity of, int visible); /* so many, at random; back: the same ones */
void painter_only(struct gallery *g, int row, enum granularity of);
void painter_forget(struct gallery *g, int row);                 /* another hand than a slider's has changed the mask */

/* A colour map between what its ends stand for, its right end at RIGHT; returns where its left end and a gap are. RIGHT: there is no room. */
int gallery_draw_map(struct gallery *g, struct surface *c, int right, int y, enum colour_map map, const char *name, const char *low, const char *high);
int gallery_gutter_height(const struct gallery *g); /* gallery_draw.c: of the words beside a sample's cells, where it is one line */

/* gallery_side.c: the panel, hidden while none of its sections is shown. Those that take a key or the mouse say whether it was theirs. */
struct panel_place side_place(const struct gallery *g);
bool side_holds(const struct gallery *g, int x, int y);
bool side_press(struct gallery *g, int key, int with);
bool side_pointer(struct gallery *g, int x);
bool side_button(struct gallery *g, bool down);
bool side_wheel(struct gallery *g, double steps, int with);
void side_toggle(struct gallery *g, enum panel_section section); /* shows it with the focus in it; once more: hides it */
void side_fill(struct gallery *g);                                /* the list anew; after what it tells has changed */
void side_settle(struct gallery *g);                              /* after the list or the sections have changed */
/* gallery_explore.c: the attention explorer. Words are "" where there is nothing to say. */
bool explore_on(const struct gallery *g);
void explore_toggle(struct gallery *g);
bool explore_press(struct gallery *g, int key);
void explore_click(struct gallery *g);
void explore_draw_cell(struct gallery *g, struct surface *c, struct box clip, int row, const struct shown *s, double x, double y, double patch);
void explore_title(const struct gallery *g, char *out, size_t capacity);
void explore_part_words(const struct gallery *g, int row, enum granularity of, char *out, size_t capacity); /* lines, for beside the cells */
void explore_value_words(const struct gallery *g, int row, enum granularity of, int patch, char *out, size_t capacity);
int explore_scale(struct gallery *g, struct surface *c, int right, int y);
/* panel_draw.c: FOCUS is an item, or CONTROL_NONE. */
void panel_draw(struct text *t, struct surface *c, const struct controls *list, const struct panel_place *p, int focus);
