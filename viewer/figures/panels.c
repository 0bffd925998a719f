#include "viewer/figures/panels.h"

#include <math.h>
#include <stddef.h>

#include "viewer/colour_map.h"
#include "viewer/figures/figure.h"
#include "viewer/figures/legend.h"
#include "viewer/figures/panels_layout.h"
#include "viewer/figures/patches.h"

static void draw_panel(struct figure *f, const struct panel *p, const struct panels_box *b) {
	if (p->look == PANEL_NONE) return;
	const struct patches patches = {p->side, p->mask, b->x, b->y, b->size};
	figure_image(f, b->x, b->y, b->size, b->size, &p->picture);
	if (p->look == PANEL_MASKED) patches_hide(f, &patches);
	else if (p->look == PANEL_PASTED) patches_seams(f, &patches);
	if (p->marked) patches_mark(f, &patches, p->marked - 1);
	if (p->look == PANEL_GIVEN) {
		figure_set_colour(f, COLOUR_ACCENT);
		cairo_set_line_width(figure_cairo(f), 2.2);
		cairo_rectangle(figure_cairo(f), b->x - 1.1, b->y - 1.1, b->size + 2.2, b->size + 2.2);
		cairo_stroke(figure_cairo(f));
	} else
		figure_frame(f, b->x, b->y, b->size, b->size);
}

/* The name over a group of columns, and a rule as wide as the group. */
static void draw_group(struct figure *f, const struct panels *p, int first, double y) {
	int last = first;
	while (last + 1 < p->columns && !*p->column[last + 1].group) last++;
	struct panels_box a = panels_cell(p, 0, first), b = panels_cell(p, 0, last);
	double left = a.x, right = b.x + b.size;
	figure_text_fit(f, TEXT_STRONG, (left + right) / 2, y + 13, 0.5, right - left, p->column[first].group);
	figure_set_colour(f, COLOUR_RULE);
	figure_line(f, left, y + 19.5, right, y + 19.5, 1);
}

static void draw_column_heads(struct figure *f, const struct panels *p) {
	for (int c = 0; c < p->columns; c++) {
		const struct panels_head *h = &p->column[c];
		struct panels_box b = panels_cell(p, 0, c);
		double y = b.y - 5;
		if (*h->group) draw_group(f, p, c, panels_top(p));
		if (*h->note) figure_text_fit(f, TEXT_NOTE, b.x + b.size / 2, y, 0.5, b.size + PANELS_GAP, h->note);
		for (int i = 0; i < p->columns; i++)
			if (*p->column[i].note) { y -= PANELS_NOTE; break; } /* heads stand in one line */
		if (*h->text) figure_text_fit(f, TEXT_HEAD, b.x + b.size / 2, y, 0.5, b.size + PANELS_GAP, h->text);
	}
}

static void draw_row_head(struct figure *f, const struct panels *p, int row) {
	const struct panels_head *h = &p->row[row];
	struct panels_box b = panels_cell(p, row, 0);
	int lines = !!*h->group + !!*h->text + !!*h->note;
	double x = b.x - 8, y = b.y + b.size / 2 + 4 - 8 * (lines - 1), width = panels_labels(p) - 8;
	if (*h->group) figure_text_fit(f, TEXT_STRONG, x, y, 1, width, h->group), y += 16;
	if (*h->text) figure_text_fit(f, TEXT_HEAD, x, y, 1, width, h->text), y += 16;
	if (*h->note) figure_text_fit(f, TEXT_NOTE, x, y, 1, width, h->note);
}

int panels_draw_body(struct figure *f, const struct panels *p) {
	draw_column_heads(f, p);
	for (int r = 0; r < p->rows; r++) {
		draw_row_head(f, p, r);
		for (int c = 0; c < p->columns; c++) {
			struct panels_box b = panels_cell(p, r, c);
			draw_panel(f, panels_at(p, r, c), &b);
		}
	}
	return 0;
}

static bool any_masked(const struct panels *p) {
	for (int i = 0; i < p->rows * p->columns; i++)
		if (p->panel[i].look == PANEL_MASKED) return true;
	return false;
}

/* The colours of weights, and what stands at their ends. */
static void draw_scale(struct figure *f, const struct panels *p, double x, double y) {
	enum { BAR = 120, TALL = 10, STEPS = 256 };
	struct image ramp;
	x += figure_text(f, TEXT_NOTE, x, y, 0, p->scale[0]) + 6;
	if (image_new(&ramp, STEPS, 1)) return;
	for (int i = 0; i < STEPS; i++) colour_map_at(MAP_CIVIDIS, i / (STEPS - 1.0), ramp.pixels + 3 * (size_t)i);
	figure_image(f, x, y - TALL + 1, BAR, TALL, &ramp);
	figure_frame(f, x, y - TALL + 1, BAR, TALL);
	image_free(&ramp);
	figure_text(f, TEXT_NOTE, x + BAR + 6, y, 0, p->scale[1]);
}

double panels_draw_foot(struct figure *f, const struct panels *p, double y, bool ink) {
	double left = panels_cell(p, 0, 0).x, right = panels_width(p) - PANELS_MARGIN;
	if (*p->scale[0]) y += 20;
	if (*p->scale[0] && ink) draw_scale(f, p, left, y);
	if (*p->caption) y = figure_text_wrap(f, TEXT_NOTE, left, y + 20, right - left, 15, p->caption, ink) + 2;
	if (!p->legend) return y;
	const struct legend l = {p->classes, p->class_count, p->cells, .masked = any_masked(p), .sources = p->sources, .instances = p->instances};
	return legend_draw(f, &l, left, right, y + 20, ink) - 12;
}

static void measure(struct figure *scratch, const void *data, double *width, double *height) {
	*width = panels_width(data);
	*height = ceil(panels_draw_foot(scratch, data, panels_foot(data), false)) + PANELS_MARGIN;
}

static int draw(struct figure *f, const void *data) {
	const struct panels *p = data;
	figure_title(f, PANELS_MARGIN, panels_width(p), p->title);
	panels_draw_foot(f, p, panels_foot(p), true);
	return panels_draw_body(f, p);
}

const struct drawing drawing_panels = {measure, draw};
