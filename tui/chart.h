/* tui/chart.h -- curves in a grid: braille dots (2 x 4 a cell), half blocks (1 x 2) or ASCII, with axes, a log scale, marks and a crosshair.
 *
 *     struct chart c = {.x0 = 0, .x1 = 5000, .log = true, .crosshair = NAN};     y range is worked out from the series
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
	double crosshair;            /* x; it and the values there then stand in the legend; NaN: none */
};

/* Clears G and draws. Top row: the legend (marks, names, values: the last ones, or those at the crosshair), where there is room; then the plot, y labels left of it, x labels
 * below. Where curves share a cell, the one with more dots gives its colour; of equals the earlier one. Time: linear in the points
 * that are shown. On no memory nothing is drawn. */
void chart_draw(const struct chart *c, struct grid g, struct look look, const struct series *series, int count);
/* The column of grid G in which x is drawn, -1: outside of what is shown; and back: the x in the middle of a column, x0 or x1 beside the plot. For mouse
 * and cursor; they depend on the range and the grid's size only. */
int chart_column(const struct chart *c, const struct grid *g, double x);
double chart_x(const struct chart *c, const struct grid *g, int column);
/* Exponential mean of Y [count] with the weight of about WINDOW values, unbiased from the first one on; window <= 1 copies. NaN and infinite values are
 * kept as they are and left out of the mean. OUT may be Y. */
void chart_smooth(double *out, const double *y, int64_t count, double window);
/* "12.3k", "0.0031": at most 6 columns; "nan", "inf". */
void chart_number(char *out, int capacity, double v);
/* A small curve in one row, a column the mean of its values: eighth blocks (half blocks where the charset has no more), or ASCII " .:-=+*#". */
void chart_spark(struct grid g, struct look look, struct style s, const double *y, int64_t count);
/* A bar of a share 0..1 in reverse video, the rest dotted, with TEXT over it (NULL: none). */
void chart_bar(struct grid g, struct look look, struct style s, double share, const char *text);
