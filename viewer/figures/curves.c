#include "viewer/figures/curves.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viewer/figures/curves_layout.h"
#include "viewer/figures/figure.h"
#include "viewer/figures/plot.h"

static const enum figure_colour hue[] = {COLOUR_BLUE, COLOUR_ORANGE, COLOUR_NEUTRAL, COLOUR_GREEN, COLOUR_PURPLE, COLOUR_VERMILION, COLOUR_SKY, COLOUR_INK};

static void draw_curve(struct figure *f, const struct plot *p, const struct curve *k) {
	plot_line(f, p, k->x, k->y, k->count, hue[k->hue % 8], k->pale ? 0.8 : 1.8, (enum dash)(k->dash % DASHES), k->pale ? 0.32 : 1);
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
			names[n] = (struct plot_name){plot_y(&p, y), hue[k->hue % 8], ""};
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

static void measure(struct figure *scratch, const void *data, double *width, double *height) {
	(void)scratch;
	const struct curves *c = data;
	struct curves_box last = curves_plot(c, c->rows - 1, c->columns - 1);
	*width = last.x + last.width + CURVES_NAMES + CURVES_MARGIN;
	*height = last.y + last.height + CURVES_FOOT + (*c->caption ? CURVES_CAPTION : 0) + CURVES_MARGIN / 2.0;
}

static int draw(struct figure *f, const void *data) {
	const struct curves *c = data;
	double width, height;
	measure(f, data, &width, &height);
	const struct axis across = across_of(c);
	figure_title(f, CURVES_MARGIN, width, c->title);
	for (int r = 0; r < c->rows; r++)
		for (int k = 0; k < c->columns; k++) draw_plot(f, c, r, k, &across);
	if (*c->caption) figure_text_fit(f, TEXT_NOTE, CURVES_MARGIN + CURVES_AXIS, height - CURVES_MARGIN + 2, 0, width - CURVES_AXIS - 2 * CURVES_MARGIN, c->caption);
	return 0;
}

const struct drawing drawing_curves = {measure, draw};
