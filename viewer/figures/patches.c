#include "viewer/figures/patches.h"

#include <stdbool.h>

/* Rectangles of the patches whose mask is WANTED, runs along a row joined, as one path. False: there are none. */
static bool path_of(cairo_t *cr, const struct patches *p, int wanted) {
	double patch = p->size / p->side;
	bool any = false;
	cairo_new_path(cr);
	for (int y = 0; y < p->side; y++)
		for (int x = 0, run; x < p->side; x += run) {
			for (run = 0; x + run < p->side && p->mask[y * p->side + x + run] == wanted;) run++;
			if (run) cairo_rectangle(cr, p->x + x * patch, p->y + y * patch, run * patch, patch), any = true;
			else run = 1;
		}
	return any;
}

/* Faint lines between all patches. */
static void draw_grid(struct figure *f, const struct patches *p) {
	cairo_t *cr = figure_cairo(f);
	double patch = p->size / p->side;
	for (int i = 1; i < p->side; i++) {
		cairo_move_to(cr, p->x + i * patch, p->y);
		cairo_rel_line_to(cr, 0, p->size);
		cairo_move_to(cr, p->x, p->y + i * patch);
		cairo_rel_line_to(cr, p->size, 0);
	}
	cairo_set_source_rgba(cr, 1, 1, 1, 0.35);
	cairo_set_line_width(cr, 0.6);
	cairo_stroke(cr);
}

void patches_hide(struct figure *f, const struct patches *p) {
	static const enum figure_colour source[] = {COLOUR_BLUE, COLOUR_ORANGE, COLOUR_NEUTRAL};
	if (path_of(figure_cairo(f), p, 1)) figure_hatch(f);
	for (int s = 0; s < 3; s++)
		if (path_of(figure_cairo(f), p, 2 + s)) figure_hatch_tinted(f, source[s]);
	draw_grid(f, p);
}

void patches_seams(struct figure *f, const struct patches *p) {
	cairo_t *cr = figure_cairo(f);
	double patch = p->size / p->side;
	cairo_new_path(cr);
	for (int y = 0; y < p->side; y++)
		for (int x = 0; x < p->side; x++) {
			bool here = p->mask[y * p->side + x];
			if (x + 1 < p->side && !p->mask[y * p->side + x + 1] == here) {
				cairo_move_to(cr, p->x + (x + 1) * patch, p->y + y * patch);
				cairo_rel_line_to(cr, 0, patch);
			}
			if (y + 1 < p->side && !p->mask[(y + 1) * p->side + x] == here) {
				cairo_move_to(cr, p->x + x * patch, p->y + (y + 1) * patch);
				cairo_rel_line_to(cr, patch, 0);
			}
		}
	/* Dark under light: one of the two shows on any picture. */
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_SQUARE);
	cairo_set_source_rgba(cr, 0, 0, 0, 0.28);
	cairo_set_line_width(cr, 1.6);
	cairo_stroke_preserve(cr);
	cairo_set_source_rgba(cr, 1, 1, 1, 0.65);
	cairo_set_line_width(cr, 0.6);
	cairo_stroke(cr);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
}

void patches_mark(struct figure *f, const struct patches *p, int patch) {
	double size = p->size / p->side, x = p->x + patch % p->side * size, y = p->y + patch / p->side * size;
	cairo_t *cr = figure_cairo(f);
	cairo_rectangle(cr, x, y, size, size);
	figure_set_colour(f, COLOUR_PAPER);
	cairo_set_line_width(cr, 3);
	cairo_stroke_preserve(cr);
	figure_set_colour(f, COLOUR_VERMILION);
	cairo_set_line_width(cr, 1.6);
	cairo_stroke(cr);
}
