/* tui/chart.h -- curves in a grid: braille dots (2 x 4 a cell), half blocks (1 x 2) or ASCII, with axes, a log scale, marks and a crosshair.
 *
 *     struct chart c = {.x0 = 0, .x1 = 5000, .log = true};          y range is worked out from the series
 *     chart_draw(&c, grid, look, series, count);
 * A column shows every value that falls into it (a vertical stroke from the smallest to the largest), so that a spike of one step is seen.
 * NaN and infinite values are gaps, counted in the legend. Threads: pure; no clock. */
#pragma once

#include "tui/theme.h"

struct series {
	const char *name;            /* for the legend; NULL: none */
	struct style style;
	char mark;                   /* ASCII: the character of its dots; elsewhere drawn at its end, so that curves are told apart without colour */
	int64_t count;
	const double *x, *y;         /* x ascending */
	bool points;                 /* single points (validation) instead of a line */
};

struct chart_line { double x; char mark; struct style style; const char *label; }; /* a vertical line: a phase's end, an edit, the cursor */

struct chart {
	double x0, x1;               /* shown range */
	double y0, y1;               /* y0 < y1: fixed; else worked out from what is shown, with a little room */
	bool log;                    /* logarithmic y; values <= 0 are gaps */
	const char *x_name, *y_name; /* NULL: none */
	const struct chart_line *lines;
	int line_count;
	double crosshair;            /* x of the crosshair, values are written beside it; NaN: none */
};

void chart_draw(const struct chart *c, struct grid g, struct look look, const struct series *series, int count);
/* Where x lies in a grid of that size: the column (from 0) of the plot; and back. For mouse and cursor. -1: outside. */
int chart_column(const struct chart *c, const struct grid *g, double x);
double chart_x(const struct chart *c, const struct grid *g, int column);
/* Exponential mean of Y [count] with the weight of about WINDOW values; window <= 1 copies. */
void chart_smooth(double *out, const double *y, int64_t count, double window);
/* "12.3k", "0.0031": at most 6 columns. */
void chart_number(char *out, int capacity, double v);
/* A small curve in one row: eighth blocks, or ASCII " .:-=+*#". */
void chart_spark(struct grid g, struct look look, struct style s, const double *y, int64_t count);
/* A bar of a share 0..1 with TEXT over it. */
void chart_bar(struct grid g, struct look look, struct style s, double share, const char *text);
