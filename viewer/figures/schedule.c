#include "viewer/figures/schedule.h"

#include <math.h>
#include <stdio.h>

#include "viewer/figures/figure.h"
#include "viewer/figures/panels_layout.h"
#include "viewer/figures/plot.h"
#include "viewer/figures/schedule_layout.h"

static const enum figure_colour hue[3] = {COLOUR_BLUE, COLOUR_ORANGE, COLOUR_NEUTRAL};
static const char *const phase_name[3] = {"semantic-guided", "instance-guided", "random"};
static const char *const curve_name[3] = {"α semantic", "β instance", "γ random"};

static void draw_phases(struct figure *f, const struct schedule *s, const struct plot *p) {
	for (int i = 0; i < s->phases; i++) {
		double left = plot_x(p, s->phase[i].begin), right = plot_x(p, s->phase[i].end);
		figure_set_tint(f, hue[s->phase[i].source], 0.1);
		figure_fill(f, left, p->y, right - left, p->height);
		if (figure_text_width(f, TEXT_NOTE, phase_name[s->phase[i].source]) + 6 < right - left)
			figure_text(f, TEXT_NOTE, (left + right) / 2, p->y - 6, 0.5, phase_name[s->phase[i].source]);
		if (i > 0) {
			figure_set_colour(f, COLOUR_FAINT);
			figure_line(f, left, p->y, left, p->y + p->height, 0.8);
		}
	}
}

static void draw_curves(struct figure *f, const struct schedule *s) {
	struct schedule_box b = schedule_curves(s);
	struct plot p = {b.x, b.y, b.width, b.height, {0, 1, false, "progress t", 0}, {0, 1, false, "share", 0}};
	struct plot_name names[3];
	draw_phases(f, s, &p);
	plot_axes(f, &p, true);
	for (int k = 0; k < 3; k++) {
		plot_line(f, &p, s->t, s->mix[k], s->points, hue[k], 2.2, DASH_SOLID, 1);
		names[k] = (struct plot_name){plot_y(&p, s->mix[k][s->points - 1]), hue[k], ""};
		snprintf(names[k].text, sizeof names[k].text, "%s", curve_name[k]);
	}
	plot_names(f, &p, names, 3);
}

/* From each column's head up to its place on the axis. */
static void draw_stems(struct figure *f, const struct schedule *s) {
	struct schedule_box b = schedule_curves(s);
	double top = b.y + b.height + SCHEDULE_AXIS;
	figure_set_colour(f, COLOUR_RULE);
	for (int c = 0; c < s->panels.columns; c++) {
		double x = b.x + b.width * c / (s->panels.columns - 1);
		figure_line(f, x, top - 6, x, top + 4, 1);
	}
}

static void measure(struct figure *scratch, const void *data, double *width, double *height) {
	const struct schedule *s = data;
	*width = panels_width(&s->panels) + SCHEDULE_NAMES;
	*height = ceil(schedule_drop(s) + panels_draw_foot(scratch, &s->panels, panels_foot(&s->panels), false)) + PANELS_MARGIN;
}

static int draw(struct figure *f, const void *data) {
	const struct schedule *s = data;
	cairo_t *cr = figure_cairo(f);
	figure_title(f, PANELS_MARGIN, panels_width(&s->panels) + SCHEDULE_NAMES, s->title);
	draw_curves(f, s);
	draw_stems(f, s);
	cairo_translate(cr, 0, schedule_drop(s));
	int rc = panels_draw_body(f, &s->panels);
	panels_draw_foot(f, &s->panels, panels_foot(&s->panels), true);
	cairo_translate(cr, 0, -schedule_drop(s));
	return rc;
}

const struct drawing drawing_schedule = {measure, draw};
