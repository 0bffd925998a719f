/* tui/grid.h -- a rectangle of character cells: what panes draw into, what screen.c shows, what the golden tests print.
 *
 * No terminal here: a cell has a character and a style; screen.c turns it into what the terminal can do (24-bit colour, 256, 16, none).
 * A grid is a view of cells that somebody else owns; a part of a grid is a grid. Whatever is drawn outside is left out, at any size down to
 * 0 x 0, so no pane has to know how large it is in order to be safe.
 * Threads: plain data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 0xRRGGBB, or the terminal's own. */
enum { COLOUR_DEFAULT = 0x1000000 };

enum attribute { BOLD = 1, DIM = 2, UNDERLINE = 4, REVERSE = 8 };

struct style { uint32_t fg, bg; unsigned attributes; };

/* RUNE 0: the right half of a wide character, which the cell to the left holds. COMBINING: up to two marks on top, 0 none. */
struct cell { uint32_t rune, combining[2]; struct style style; };

struct grid {
	int width, height, stride;
	struct cell *cells;      /* [height][stride], the first WIDTH of each row are this grid's */
};

extern const struct style style_plain; /* the terminal's colours, no attribute */

/* Memory of a grid of its own, all blanks: free(g->cells) by the caller. ERR_MEMORY. Sizes below 1 give an empty grid. */
int grid_new(struct grid *g, int width, int height);
/* The part of G from (X, Y), clipped to it. */
struct grid grid_part(const struct grid *g, int x, int y, int width, int height);

void grid_clear(struct grid *g, struct style s);
void grid_put(struct grid *g, int x, int y, uint32_t rune, struct style s);
/* UTF-8 text from column X on; a broken byte becomes '?', a control character '.'; characters that only steer the text (joiners, direction marks) are left
 * out; cut at the edge (a wide character never in half). Returns the columns that the whole text needs. */
int grid_text(struct grid *g, int x, int y, struct style s, const char *utf8);
int grid_textf(struct grid *g, int x, int y, struct style s, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Right-aligned: the last column of the text is X. */
int grid_text_right(struct grid *g, int x, int y, struct style s, const char *utf8);
int grid_columns(const char *utf8);             /* columns of TEXT */
void grid_fill(struct grid *g, int x, int y, int width, int height, uint32_t rune, struct style s);
/* The frame of a pane: a rule with TITLE in it at the top row. FOCUSED panes have a double or bold rule and a mark, never colour alone.
 * Returns what is inside (all below the rule). */
struct grid grid_frame(struct grid *g, const char *title, const char *right, bool focused, bool unicode);

/* The next character of *UTF8 and its columns (0: combining); moves on. 0 at the end. */
uint32_t utf8_next(const char **utf8, int *columns);
int utf8_columns(uint32_t rune);                /* 0, 1 or 2 */
int utf8_put(char out[5], uint32_t rune);       /* bytes written, NUL not counted */
