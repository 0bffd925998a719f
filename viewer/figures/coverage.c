#include "viewer/figures/coverage.h"

#include <math.h>
#include <stdio.h>

#include "viewer/colour_map.h"
#include "viewer/figures/coverage_layout.h"
#include "viewer/figures/figure.h"
#include "viewer/figures/plot.h"

static const enum figure_colour hue[GRANULARITIES] = {COLOUR_GREEN, COLOUR_PURPLE, COLOUR_VERMILION};
static const char *const shown_name[GRANULARITIES] = {"semantic", "instance", "RGB"};

static int draw_map(struct figure *f, const struct coverage *c, int m, double low, double high) {
	enum granularity g = c->map[m];
	struct coverage_box b = coverage_map(c, m);
	struct image im;
	char text[64];
	int rc = image_new(&im, c->side, c->side);
	if (rc) return rc;
	for (int i = 0; i < c->side * c->side; i++) colour_map_at(MAP_CIVIDIS, (c->share[g][i] - low) / (high - low), im.pixels + 3 * (size_t)i);
	figure_image(f, b.x, b.y, b.width, b.height, &im);
	image_free(&im);
	figure_frame(f, b.x, b.y, b.width, b.height);
	figure_text(f, TEXT_STRONG, b.x + b.width / 2, b.y - 23, 0.5, shown_name[g]);
	snprintf(text, sizeof text, "masked %.1f %% on average", 100 * c->mean[g]);
	figure_text(f, TEXT_NOTE, b.x + b.width / 2, b.y - 8, 0.5, text);
	return 0;
}

static void draw_scale(struct figure *f, const struct coverage *c, double low, double high) {
	struct coverage_box b = coverage_map(c, c->maps - 1);
	double x = b.x + b.width + COVERAGE_GAP, width = 14;
	struct image ramp;
	char text[32];
	if (image_new(&ramp, 1, 256)) return;
	for (int i = 0; i < 256; i++) colour_map_at(MAP_CIVIDIS, 1 - i / 255.0, ramp.pixels + 3 * (size_t)i);
	figure_image(f, x, b.y, width, b.height, &ramp);
	image_free(&ramp);
	figure_frame(f, x, b.y, width, b.height);
	for (int i = 0; i <= 4; i++) {
		double v = low + (high - low) * i / 4, y = b.y + b.height * (1 - i / 4.0);
		figure_set_colour(f, COLOUR_GREY);
		figure_line(f, x + width + 1, y, x + width + 5, y, 1);
		snprintf(text, sizeof text, "%.3g %%", 100 * v);
		figure_text(f, TEXT_NOTE, x + width + 8, y + 4, 0, text);
	}
}

static void draw_dot(struct figure *f, double x, double y, enum figure_colour colour) {
	cairo_t *cr = figure_cairo(f);
	cairo_new_path(cr);
	cairo_arc(cr, x, y, 4.2, 0, 2 * M_PI);
	figure_set_colour(f, colour);
	cairo_fill_preserve(cr);
	figure_set_colour(f, COLOUR_PAPER);
	cairo_set_line_width(cr, 1);
	cairo_stroke(cr);
}

static void draw_class(struct figure *f, const struct coverage *c, int i, const struct plot *p) {
	const struct coverage_class *k = &c->of[i];
	char text[64];
	double y = coverage_bar_y(c, i), low = INFINITY, high = -INFINITY;
	snprintf(text, sizeof text, "%.1f %%", 100 * k->area);
	figure_text(f, TEXT_NOTE, p->x - 10, y + 4, 1, text);
	figure_text_fit(f, TEXT_PLAIN, p->x - 60, y + 4, 1, p->x - 60 - COVERAGE_MARGIN, k->name);
	figure_set_tint(f, COLOUR_RULE, 0.45);
	figure_line(f, p->x, y, p->x + p->width, y, 0.8);
	for (int m = 0; m < c->maps; m++)
		if (isfinite(k->masked[c->map[m]])) low = fmin(low, k->masked[c->map[m]]), high = fmax(high, k->masked[c->map[m]]);
	figure_set_colour(f, COLOUR_RULE);
	if (low < high) figure_line(f, plot_x(p, low), y, plot_x(p, high), y, 2);
	for (int m = 0; m < c->maps; m++)
		if (isfinite(k->masked[c->map[m]])) draw_dot(f, plot_x(p, k->masked[c->map[m]]), y, hue[c->map[m]]);
}

static void draw_classes(struct figure *f, const struct coverage *c) {
	struct coverage_box b = coverage_bars(c);
	struct plot p = {b.x, b.y, b.width, b.height, {coverage_least(c), 1, false, "masked share of the class's patches", 0}, {0, 1, false, NULL, 0}};
	double x = b.x + b.width;
	figure_text(f, TEXT_NOTE, b.x - 60, b.y - 8, 1, "class");
	figure_text(f, TEXT_NOTE, b.x - 10, b.y - 8, 1, "area");
	for (int m = c->maps - 1; m >= 0; m--) {
		x -= figure_text(f, TEXT_NOTE, x, b.y - 8, 1, shown_name[c->map[m]]) + 9;
		draw_dot(f, x, b.y - 12, hue[c->map[m]]);
		x -= 14;
	}
	int least = (int)lround(10 * p.across.low), step = least < 5 ? 2 : 1;
	for (int tick = 10; tick >= least; tick -= step) {
		char text[16];
		double at = plot_x(&p, tick / 10.0);
		snprintf(text, sizeof text, "%d %%", 10 * tick);
		figure_set_tint(f, COLOUR_RULE, 0.45);
		figure_line(f, at, b.y, at, b.y + b.height, 0.8);
		figure_text(f, TEXT_NOTE, at, b.y + b.height + 15, 0.5, text);
	}
	figure_text(f, TEXT_HEAD, b.x + b.width / 2, b.y + b.height + 32, 0.5, p.across.label);
	for (int i = 0; i < c->classes; i++) draw_class(f, c, i, &p);
}

static void measure(struct figure *scratch, const void *data, double *width, double *height) {
	(void)scratch;
	const struct coverage *c = data;
	struct coverage_box last = coverage_map(c, GRANULARITIES - 1), bars = coverage_bars(c);
	*width = last.x + last.width + COVERAGE_SCALE + COVERAGE_MARGIN;
	*height = bars.y + bars.height + COVERAGE_AXIS + (*c->caption ? 16 : 0);
}

static int draw(struct figure *f, const void *data) {
	const struct coverage *c = data;
	double low, high, width, height;
	int rc = 0;
	measure(f, data, &width, &height);
	coverage_scale(c, &low, &high);
	figure_title(f, COVERAGE_MARGIN, width, c->title);
	for (int m = 0; !rc && m < c->maps; m++) rc = draw_map(f, c, m, low, high);
	draw_scale(f, c, low, high);
	draw_classes(f, c);
	if (*c->caption) figure_text_fit(f, TEXT_NOTE, COVERAGE_MARGIN, height - 12, 0, width - 2 * COVERAGE_MARGIN, c->caption);
	return rc;
}

const struct drawing drawing_coverage = {measure, draw};
