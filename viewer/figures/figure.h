/* viewer/figures/figure.h -- one drawing surface for every figure: PNG, PDF and SVG files, or memory (a window), through one Cairo context.
 *
 * A figure draws once, in units of 1/96 inch at natural size, y down; figure_open() scales the context so that the same calls give
 * any size. Paper is white; colours and text styles come from the tables here, so that all figures look like one family.
 * Text is UTF-8 in DejaVu Sans, or the font that was asked for, with unhinted metrics (the layout is the same in every format); bytes that are no UTF-8 print as '?'.
 * Cairo is named in viewer/ only; a figure's header is free of it (sheet.h), so that a build without Cairo has the same functions.
 * Threads: a figure belongs to one thread. */
#pragma once

#include <cairo/cairo.h>
#include <stdbool.h>

#include "engine/base/image.h"
#include "viewer/drawing.h"

struct figure;

/* A figure of WIDTH x HEIGHT units for the file PATH. *OUT is the caller's: figure_close() or figure_discard(). ERR_ARGUMENT if the
 * name ends otherwise or the size is beyond what can be made; ERR_FILE, ERR_MEMORY. */
int figure_open(struct figure **out, const char *path, double width, double height, const struct figure_output *o);
/* A part of one, in memory. */
int figure_open_memory(struct figure **out, const struct drawing_part *part);
/* Finishes the file and puts it in place whole (or leaves PATH as it was), and frees F in either case. */
int figure_close(struct figure *f);
/* Hands over what was drawn in memory: image_free(); frees F in either case. */
int figure_close_memory(struct figure *f, struct image *out);
void figure_discard(struct figure *f);  /* frees; writes nothing; NULL is fine */

/* A kind of figure: its size in units, with a scratch figure to measure text on, and what draws it. DATA is its plain struct. */
struct drawing {
	void (*measure)(struct figure *scratch, const void *data, double *width, double *height);
	int (*draw)(struct figure *f, const void *data);
};

enum { FIGURE_MARGIN = 16, FIGURE_TITLE = 30 /* the height of a title's line */ };

cairo_t *figure_cairo(const struct figure *f); /* borrowed, for what the helpers below don't draw */

struct colour { double r, g, b; };
/* From COLOUR_BLUE on: hues of Okabe and Ito 2008, which the colour-blind can tell apart; the sources of masks are blue, orange and neutral. */
enum figure_colour { COLOUR_PAPER, COLOUR_INK, COLOUR_GREY, COLOUR_FAINT, COLOUR_RULE, COLOUR_HIDDEN, COLOUR_HATCH, COLOUR_ACCENT,
	COLOUR_BLUE, COLOUR_ORANGE, COLOUR_NEUTRAL, COLOUR_GREEN, COLOUR_PURPLE, COLOUR_VERMILION, COLOUR_SKY, FIGURE_COLOURS };
void figure_set_colour(struct figure *f, enum figure_colour c);
void figure_set_tint(struct figure *f, enum figure_colour c, double share); /* SHARE of the colour, the rest paper */
void figure_set_rgb(struct figure *f, uint8_t r, uint8_t g, uint8_t b);

enum text_style { TEXT_TITLE, TEXT_HEAD, TEXT_STRONG, TEXT_PLAIN, TEXT_NOTE, TEXT_STYLES };
double figure_text_size(enum text_style style);                                /* the em, in units */
double figure_text_width(struct figure *f, enum text_style style, const char *text);
/* Draws with the baseline at Y; ALIGN 0: X is the left end, 0.5: the centre, 1: the right end. Returns the width. */
double figure_text(struct figure *f, enum text_style style, double x, double y, double align, const char *text);
/* The same in another colour, and bottom to top, with the baseline at X and ALIGN along Y. */
double figure_text_in(struct figure *f, enum text_style style, enum figure_colour colour, double x, double y, double align, const char *text);
void figure_text_up(struct figure *f, enum text_style style, double x, double y, double align, const char *text);
/* The same, at most WIDTH wide; what doesn't fit ends in an ellipsis. */
double figure_text_fit(struct figure *f, enum text_style style, double x, double y, double align, double width, const char *text);

/* A title in the upper margin of a figure WIDTH wide: smaller where it is long, and then as figure_text_fit(); "": nothing. */
void figure_title(struct figure *f, double margin, double width, const char *text);

/* Words in lines of at most WIDTH, LINE apart, the first baseline at Y. Returns the last baseline; INK false: measures alone. */
double figure_text_wrap(struct figure *f, enum text_style style, double x, double y, double width, double line, const char *text, bool ink);

/* IM over the box, each of its pixels a sharp rectangle; smoothed only where the surface has fewer pixels than IM. */
void figure_image(struct figure *f, double x, double y, double width, double height, const struct image *im);
void figure_fill(struct figure *f, double x, double y, double width, double height);
/* The grey, hatched stuff of what is hidden, over the boxes that the context's current path holds; consumes the path.
 * The hatch's phase is the page's, so that neighbours join. */
void figure_hatch(struct figure *f);
void figure_hatch_tinted(struct figure *f, enum figure_colour tint);
/* The outline just outside a box, so that no pixel of it is covered. */
void figure_frame(struct figure *f, double x, double y, double width, double height);
void figure_line(struct figure *f, double x0, double y0, double x1, double y1, double width);
void figure_arrow(struct figure *f, double x0, double y0, double x1, double y1);
