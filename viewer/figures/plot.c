#include "viewer/figures/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKS = 5, NAME_LINE = 14 };

static double place(const struct axis *a, double v) {
	return a->log ? (log(v) - log(a->low)) / (log(a->high) - log(a->low)) : (v - a->low) / (a->high - a->low);
}

double plot_x(const struct plot *p, double value) { return p->x + p->width * place(&p->across, value); }
double plot_y(const struct plot *p, double value) { return p->y + p->height * (1 - place(&p->up, value)); }

/* 1, 2 or 5 times a power of ten. */
static double step_of(const struct axis *a) {
	double one = (a->high - a->low) / (a->ticks ? a->ticks : TICKS), ten = pow(10, floor(log10(one))), n = one / ten;
	return ten * (n < 1.5 ? 1 : n < 3.5 ? 2 : n < 7.5 ? 5 : 10);
}

void axis_round(struct axis *a) {
	if (!isfinite(a->low) || !isfinite(a->high) || a->low > a->high || (a->log && !(a->low > 0))) a->low = a->log ? 0.1 : 0, a->high = 1;
	if (a->log) {
		double margin = fmax(pow(a->high / a->low, 0.04), 1.02);
		a->low /= margin, a->high *= margin;
		return;
	}
	if (a->high - a->low < 1e-12) a->high = a->low + 1;
	double step = step_of(a);
	a->low = floor(a->low / step + 1e-9) * step;
	a->high = ceil(a->high / step - 1e-9) * step;
}

static int even_ticks(const struct axis *a, double tick[TICKS_MAX]) {
	double step = step_of(a);
	int n = 0;
	for (double k = ceil(a->low / step - 1e-9); k * step <= a->high + 1e-9 * step && n < TICKS_MAX; k++) tick[n++] = k * step;
	return n;
}

int axis_ticks(const struct axis *a, double tick[TICKS_MAX]) {
	int n = 0;
	if (!a->log) return even_ticks(a, tick);
	static const double mantissa[3][6] = {{1, 1.5, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}};
	int wide = (a->high / a->low > 9) + (a->high / a->low > 200);
	for (double ten = pow(10, floor(log10(a->low))); ten <= a->high; ten *= 10)
		for (int m = 0; m < 6 && n < TICKS_MAX; m++) {
			double v = ten * mantissa[wide][m];
			if (v >= a->low && v <= a->high) tick[n++] = v;
		}
	return n < 2 ? even_ticks(a, tick) : n; /* less than an octave */
}

void plot_axes(struct figure *f, const struct plot *p, bool numbers) {
	double tick[TICKS_MAX], bottom = p->y + p->height, widest = 0;
	char text[32];
	int n = axis_ticks(&p->up, tick);
	for (int i = 0; i < n; i++) {
		double y = plot_y(p, tick[i]);
		figure_set_tint(f, COLOUR_RULE, 0.45);
		figure_line(f, p->x, y, p->x + p->width, y, 0.8);
		snprintf(text, sizeof text, "%.6g", fabs(tick[i]) < 1e-12 ? 0 : tick[i]);
		widest = fmax(widest, figure_text(f, TEXT_NOTE, p->x - 6, y + 4, 1, text));
	}
	if (p->up.label) figure_text_up(f, TEXT_HEAD, p->x - widest - 14, p->y + p->height / 2, 0.5, p->up.label);
	n = axis_ticks(&p->across, tick);
	for (int i = 0; i < n; i++) {
		double x = plot_x(p, tick[i]);
		figure_set_colour(f, COLOUR_GREY);
		figure_line(f, x, bottom, x, bottom + 4, 1);
		snprintf(text, sizeof text, "%.6g", fabs(tick[i]) < 1e-12 ? 0 : tick[i]);
		if (numbers) figure_text(f, TEXT_NOTE, x, bottom + 16, 0.5, text);
	}
	if (numbers && p->across.label) figure_text(f, TEXT_HEAD, p->x + p->width / 2, bottom + 33, 0.5, p->across.label);
	figure_set_colour(f, COLOUR_GREY);
	figure_line(f, p->x, p->y, p->x, bottom + 0.5, 1);
	figure_line(f, p->x, bottom, p->x + p->width, bottom, 1);
}

void plot_line(struct figure *f, const struct plot *p, const double *x, const double *y, int64_t count, enum figure_colour colour, double width,
               enum dash dash, double share) {
	static const double lengths[DASHES][2] = {{0, 0}, {7, 3.5}, {1.6, 2.6}};
	cairo_t *cr = figure_cairo(f);
	bool pen_down = false;
	int drawn = 0;
	double last_x = 0, last_y = 0;
	cairo_save(cr);
	cairo_rectangle(cr, p->x, p->y - 2, p->width + 2, p->height + 4);
	cairo_clip(cr);
	cairo_new_path(cr);
	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(y[i]) || (p->up.log && !(y[i] > 0))) {
			pen_down = false;
			continue;
		}
		if (pen_down) cairo_line_to(cr, plot_x(p, x[i]), plot_y(p, y[i]));
		else cairo_move_to(cr, plot_x(p, x[i]), plot_y(p, y[i]));
		pen_down = true;
		last_x = plot_x(p, x[i]), last_y = plot_y(p, y[i]), drawn++;
	}
	if (drawn == 1) { /* no line goes through one point: a disc */
		cairo_reset_clip(cr);
		cairo_new_path(cr);
		width *= 1.5;
		cairo_arc(cr, last_x, last_y, width / 2, 0, 2 * M_PI);
	}
	figure_set_tint(f, colour, share);
	cairo_set_line_width(cr, width);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	if (dash != DASH_SOLID) cairo_set_dash(cr, lengths[dash], 2, 0);
	cairo_stroke(cr);
	cairo_restore(cr);
}

static int by_y(const void *a, const void *b) {
	double x = ((const struct plot_name *)a)->y, y = ((const struct plot_name *)b)->y;
	return (x > y) - (x < y);
}

void plot_names(struct figure *f, const struct plot *p, struct plot_name *names, int count) {
	qsort(names, (size_t)count, sizeof *names, by_y);
	for (int i = 1; i < count; i++) names[i].y = fmax(names[i].y, names[i - 1].y + NAME_LINE);
	for (int i = count - 1; i >= 0; i--) { /* what was pushed out below comes back up */
		double limit = i == count - 1 ? p->y + p->height - 5 /* off the axis's last number */ : names[i + 1].y - NAME_LINE;
		names[i].y = fmin(names[i].y, limit);
	}
	for (int i = 0; i < count; i++) figure_text_in(f, TEXT_NOTE, names[i].colour, p->x + p->width + 7, names[i].y + 4, 0, names[i].text);
}
