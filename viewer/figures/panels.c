#include "viewer/figures/panels.h"

#include <math.h>

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
	figure_text(f, TEXT_STRONG, (left + right) / 2, y + 13, 0.5, p->column[first].group);
	figure_set_colour(f, COLOUR_RULE);
	figure_line(f, left, y + 19.5, right, y + 19.5, 1);
}

static void draw_column_heads(struct figure *f, const struct panels *p) {
	for (int c = 0; c < p->columns; c++) {
		const struct panels_head *h = &p->column[c];
		struct panels_box b = panels_cell(p, 0, c);
		double y = b.y - 5;
		if (*h->group) draw_group(f, p, c, panels_top(p));
		if (*h->note) figure_text(f, TEXT_NOTE, b.x + b.size / 2, y, 0.5, h->note);
		for (int i = 0; i < p->columns; i++)
			if (*p->column[i].note) { y -= PANELS_NOTE; break; } /* heads stand in one line */
		if (*h->text) figure_text(f, TEXT_HEAD, b.x + b.size / 2, y, 0.5, h->text);
	}
}

static void draw_row_head(struct figure *f, const struct panels *p, int row) {
	const struct panels_head *h = &p->row[row];
	struct panels_box b = panels_cell(p, row, 0);
	int lines = !!*h->group + !!*h->text + !!*h->note;
	double x = b.x - 8, y = b.y + b.size / 2 + 4 - 8 * (lines - 1);
	if (*h->group) figure_text(f, TEXT_STRONG, x, y, 1, h->group), y += 16;
	if (*h->text) figure_text(f, TEXT_HEAD, x, y, 1, h->text), y += 16;
	if (*h->note) figure_text(f, TEXT_NOTE, x, y, 1, h->note);
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

double panels_draw_foot(struct figure *f, const struct panels *p, double y, bool ink) {
	double left = panels_cell(p, 0, 0).x, right = panels_width(p) - PANELS_MARGIN;
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
	if (*p->title) figure_text_fit(f, TEXT_TITLE, PANELS_MARGIN, PANELS_MARGIN + 16, panels_width(p) - 2 * PANELS_MARGIN, p->title);
	panels_draw_foot(f, p, panels_foot(p), true);
	return panels_draw_body(f, p);
}

const struct drawing drawing_panels = {measure, draw};
