/* viewer/figures/curves.h -- a table of plots with lines: training and validation losses of one run or several.
 *
 * Make one with curves_init(), add lines with curves_add(); drawing_curves (drawing.h) draws it. All plots of a column have one scale.
 * Threads: plain data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "viewer/drawing.h"

enum { CURVES_MAX = 128, CURVES_ROWS = 4, CURVES_COLUMNS = 4, CURVES_HUES = 8 };

struct curve {
	int row, column;
	char name[64];              /* at the line's end; "": none */
	int hue;                    /* 0 ..: one of CURVES_HUES that the colour-blind can tell apart */
	int dash;                   /* 0 solid, 1 dashed, 2 dotted */
	bool pale;                  /* drawn thin and pale, below the others: what a smoothed line was made from */
	int64_t count;
	double *x, *y;              /* owned; NaN parts the line */
};

struct curves {
	char title[160], caption[240], across[32]; /* ACROSS: the x axis's label */
	int rows, columns;
	char row[CURVES_ROWS][48], column[CURVES_COLUMNS][48];
	char legend[CURVES_HUES][128]; /* below the plots: what a hue stands for; "": no word */
	bool log;                   /* the y axes */
	int count;
	struct curve *curve;
};

int curves_init(struct curves *c, int rows, int columns);      /* ERR_ARGUMENT, ERR_MEMORY */
void curves_fini(struct curves *c);                            /* a zeroed one is fine */
/* Copies X and Y into a new line, whose place and look CURVE says. ERR_MEMORY, ERR_ARGUMENT (more than CURVES_MAX). */
int curves_add(struct curves *c, const struct curve *curve, const double *x, const double *y, int64_t count);

struct curves_box { double x, y, width, height; };
struct curves_box curves_plot(const struct curves *c, int row, int column); /* in figure units */
/* The scale of a column: the least and the largest of its lines. False: there is nothing to show. */
bool curves_range(const struct curves *c, int column, double *low, double *high);
