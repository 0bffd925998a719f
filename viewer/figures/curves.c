#include "viewer/figures/curves.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viewer/figures/curves_layout.h"
#include "viewer/figures/figure.h"
#include "viewer/figures/plot.h"

static const enum figure_colour hue[CURVES_HUES] = {COLOUR_BLUE, COLOUR_ORANGE, COLOUR_NEUTRAL, COLOUR_GREEN, COLOUR_PURPLE, COLOUR_VERMILION, COLOUR_SKY, COLOUR_INK};

static void draw_curve(struct figure *f, const struct plot *p, const struct curve *k) {
	plot_line(f, p, k->x, k->y, k->count, hue[k->hue % CURVES_HUES], k->pale ? 0.8 : 1.8, (enum dash)(k->dash % DASHES), k->pale ? 0.32 : 1);
}

/* The last finite value, where the line's name stands. */
static bool end_of(const struct curve *k, double *y) {
	for (int64_t i = k->count - 1; i >= 0; i--)
		if (isfinite(*y = k->y[i])) return true;
	return false;
}

static void draw_plot(struct figure *f, const struct curves *c, int row, int column, const struct axis *across) {
	struct curves_box b = curves_plot(c, row, column);
	struct plot p = {b.x, b.y, b.width, b.height, *across, {.log = c->log, .label = column == 0 ? c->row[row] : NULL}};
	struct plot_name names[CURVES_MAX];
	int n = 0;
	bool any = curves_range(c, column, &p.up.low, &p.up.high);
	axis_round(&p.up);
	plot_axes(f, &p, row == c->rows - 1);
	if (row == 0) figure_text(f, TEXT_STRONG, b.x + b.width / 2, b.y - 9, 0.5, c->column[column]);
	if (!any) figure_text(f, TEXT_PLAIN, b.x + b.width / 2, b.y + b.height / 2, 0.5, "nothing measured");
	for (int pale = 1; pale >= 0; pale--)
		for (int i = 0; i < c->count; i++) {
			const struct curve *k = &c->curve[i];
			if (k->row != row || k->column != column || k->pale != pale) continue;
			draw_curve(f, &p, k);
			double y;
			if (!*k->name || !end_of(k, &y)) continue;
			names[n] = (struct plot_name){plot_y(&p, y), hue[k->hue % CURVES_HUES], ""};
			snprintf(names[n++].text, sizeof names[0].text, "%s", k->name);
		}
	plot_names(f, &p, names, n);
}

/* One x axis for all. */
static struct axis across_of(const struct curves *c) {
	struct axis a = {INFINITY, -INFINITY, false, c->across, 3};
	for (int i = 0; i < c->count; i++)
		for (int64_t n = 0; n < c->curve[i].count; n++) a.low = fmin(a.low, c->curve[i].x[n]), a.high = fmax(a.high, c->curve[i].x[n]);
	axis_round(&a);
	return a;
}

/* Each hue's name behind a piece of its line, in as many lines as it takes; returns the y below. */
static double draw_legend(struct figure *f, const struct curves *c, double left, double right, double y, bool ink) {
	enum { PIECE = 20, LINE = 17, APART = 22, NAME_MOST = 320 };
	double x = left;
	bool any = false;
	for (int i = 0; i < CURVES_HUES; i++) {
		if (!*c->legend[i]) continue;
		double width = PIECE + 6 + fmin(NAME_MOST, figure_text_width(f, TEXT_NOTE, c->legend[i]));
		if (x > left && x + width > right) x = left, y += LINE;
		any = true;
		if (ink) {
			figure_set_colour(f, hue[i]);
			figure_line(f, x, y - 4, x + PIECE, y - 4, 1.8);
			figure_text_fit(f, TEXT_NOTE, x + PIECE + 6, y, 0, NAME_MOST, c->legend[i]);
		}
		x += width + APART;
	}
	return any ? y + LINE : y;
}

/* Legend and caption, from below the last axis on. */
static double draw_foot(struct figure *f, const struct curves *c, bool ink) {
	struct curves_box last = curves_plot(c, c->rows - 1, c->columns - 1);
	double left = CURVES_MARGIN + CURVES_AXIS, right = last.x + last.width + CURVES_NAMES;
	double y = draw_legend(f, c, left, right, last.y + last.height + CURVES_FOOT + 10, ink);
	return *c->caption ? figure_text_wrap(f, TEXT_NOTE, left, y, right - left, 15, c->caption, ink) : y - 17;
}

static void measure(struct figure *scratch, const void *data, double *width, double *height) {
	const struct curves *c = data;
	struct curves_box last = curves_plot(c, c->rows - 1, c->columns - 1);
	*width = last.x + last.width + CURVES_NAMES + CURVES_MARGIN;
	*height = draw_foot(scratch, c, false) + CURVES_MARGIN;
}

static int draw(struct figure *f, const void *data) {
	const struct curves *c = data;
	struct curves_box last = curves_plot(c, c->rows - 1, c->columns - 1);
	const struct axis across = across_of(c);
	figure_title(f, CURVES_MARGIN, last.x + last.width + CURVES_NAMES + CURVES_MARGIN, c->title);
	for (int r = 0; r < c->rows; r++)
		for (int k = 0; k < c->columns; k++) draw_plot(f, c, r, k, &across);
	draw_foot(f, c, true);
	return 0;
}

const struct drawing drawing_curves = {measure, draw};
