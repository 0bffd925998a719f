#include "viewer/figures/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/figures/figure.h"
#include "viewer/figures/legend.h"
#include "viewer/figures/patches.h"
#include "viewer/figures/sheet_layout.h"

static const char *const column_head[SHEET_COLUMNS] = {"input", "visible to the encoder", "prediction", "prediction in place", "target"};

/* ---- cells ------------------------------------------------------------------------------------------------------------- */

static int draw_cell(struct figure *f, const struct sheet_row *r, enum sheet_column column, const struct sheet_box *b) {
	struct image composite = {0};
	if (column == SHEET_COMPOSITE) {
		int rc = paint_composite(&composite, &r->target, &r->prediction, r->mask, r->side);
		if (rc) return rc;
	}
	figure_image(f, b->x, b->y, b->size, b->size, column == SHEET_COMPOSITE ? &composite : column == SHEET_PREDICTION ? &r->prediction : &r->target);
	image_free(&composite);
	const struct patches patches = {r->side, r->mask, b->x, b->y, b->size};
	if (column == SHEET_MASKED) patches_hide(f, &patches);
	else if (column == SHEET_COMPOSITE) patches_seams(f, &patches);
	figure_frame(f, b->x, b->y, b->size, b->size);
	return 0;
}

/* ---- labels ------------------------------------------------------------------------------------------------------------ */

static int masked_count(const struct sheet_row *r) {
	int n = 0;
	for (int i = 0; i < r->side * r->side; i++) n += r->mask[i];
	return n;
}

static void draw_row_label(struct figure *f, const struct sheet *s, const struct sheet_row *r, enum granularity g, const struct sheet_box *cell) {
	char text[64];
	int patches = r->side * r->side, masked = masked_count(r);
	double x = cell->x - SHEET_GAP - 2, y = cell->y + cell->size / 2 - 12;
	figure_text(f, TEXT_STRONG, x, y, 1, granularity_name[g]);
	snprintf(text, sizeof text, "%d of %d visible", patches - masked, patches);
	figure_text(f, TEXT_NOTE, x, y += 18, 1, text);
	if (masked && isfinite(r->loss)) {
		snprintf(text, sizeof text, "loss %.3f", r->loss);
		figure_text(f, TEXT_NOTE, x, y += 15, 1, text);
	}
	if (isfinite(r->right)) {
		snprintf(text, sizeof text, "%.0f %% right", 100 * r->right);
		figure_text(f, TEXT_NOTE, x, y += 15, 1, text);
	}
	if (g == RGB && s->norm_pix) figure_text(f, TEXT_NOTE, x, y += 15, 1, "norm_pix");
}

/* ---- the cascade's lane -------------------------------------------------------------------------------------------------- */

static const double disc = 9.5; /* a stage number's radius */

static void draw_stage_number(struct figure *f, double x, double y, int number) {
	char text[16];
	snprintf(text, sizeof text, "%d", number);
	cairo_t *cr = figure_cairo(f);
	cairo_new_path(cr);
	cairo_arc(cr, x, y, disc, 0, 2 * M_PI);
	figure_set_colour(f, COLOUR_PAPER);
	cairo_fill_preserve(cr);
	figure_set_colour(f, COLOUR_ACCENT);
	cairo_set_line_width(cr, 1.3);
	cairo_stroke(cr);
	figure_text(f, TEXT_HEAD, x, y + 0.36 * figure_text_size(TEXT_HEAD), 0.5, text);
}

/* From stage to stage along the lane's middle; past a stage in between, in a bow to the left (one stage) of it. */
static void draw_stage_arrow(struct figure *f, double x, double y0, double y1, bool bow) {
	cairo_t *cr = figure_cairo(f);
	double way = y1 > y0 ? 1 : -1;
	figure_set_colour(f, COLOUR_ACCENT);
	if (!bow) {
		figure_arrow(f, x, y0 + way * disc, x, y1 - way * (disc + 2));
		return;
	}
	double bend = SHEET_LANE / 2 - 6, end_y = y1 - way * (disc + 6);
	cairo_set_line_width(cr, 1.3);
	cairo_move_to(cr, x - disc * 0.7, y0 + way * disc * 0.7);
	cairo_curve_to(cr, x - bend, y0 + way * 40, x - bend, y1 - way * 60, x - 10, end_y - way * 5);
	cairo_stroke(cr);
	figure_set_colour(f, COLOUR_ACCENT);
	figure_arrow(f, x - 12, end_y - way * 9, x - disc * 0.62, y1 - way * disc * 0.95);
}

static void draw_lane(struct figure *f, const struct sheet *s, int sample) {
	double y[GRANULARITIES] = {0}, x = 0;
	int row[GRANULARITIES] = {0}, n = 0;
	for (int i = 0; i < s->stages; i++) {
		if (!s->sample[sample].row[s->stage[i]].used) continue;
		struct sheet_box b = sheet_cell(s, sample, s->stage[i], SHEET_PREDICTION);
		x = b.x - SHEET_LANE / 2.0;
		y[n] = b.y + b.size / 2;
		row[n++] = sheet_row_of(s, s->stage[i]);
	}
	if (n < 2) return;
	for (int i = 1; s->cascade && i < n; i++) draw_stage_arrow(f, x, y[i - 1], y[i], abs(row[i] - row[i - 1]) > 1);
	if (s->cascade && s->cumulative && n == 3) draw_stage_arrow(f, x, y[0], y[2], abs(row[2] - row[0]) > 1);
	for (int i = 0; i < n; i++) draw_stage_number(f, x, y[i], i + 1);
}

static int draw_sample(struct figure *f, const struct sheet *s, int sample) {
	const struct sheet_sample *p = &s->sample[sample];
	struct sheet_box block = sheet_block(s, sample);
	double x = block.x + SHEET_LABELS, right = block.x + sheet_block_width(s);
	x += figure_text_fit(f, TEXT_STRONG, x, block.y + 16, 0, right - x, p->name) + 12;
	figure_text_fit(f, TEXT_PLAIN, x, block.y + 16, 0, right - x, p->detail);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!p->row[g].used) continue;
		for (int c = 0; c < SHEET_COLUMNS; c++) {
			struct sheet_box b = sheet_cell(s, sample, g, c);
			if (c == 0) draw_row_label(f, s, &p->row[g], g, &b);
			int rc = draw_cell(f, &p->row[g], c, &b);
			if (rc) return rc;
		}
	}
	draw_lane(f, s, sample);
	return 0;
}

static void draw_heads(struct figure *f, const struct sheet *s) {
	double y = SHEET_MARGIN;
	if (*s->title) figure_text_fit(f, TEXT_TITLE, SHEET_MARGIN, (y += SHEET_TITLE) - 12, 0, sheet_block_width(s), s->title);
	if (*s->subtitle) figure_text_fit(f, TEXT_PLAIN, SHEET_MARGIN, (y += SHEET_SUBTITLE) - 10, 0, sheet_block_width(s), s->subtitle);
	for (int i = 0; i < sheet_across(s); i++)
		for (int c = 0; c < SHEET_COLUMNS; c++) {
			struct sheet_box b = sheet_cell(s, i, s->stage[0], c);
			figure_text(f, TEXT_HEAD, b.x + b.size / 2, sheet_heads_y(s) + 16, 0.5, column_head[c]);
		}
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------- */

static double draw_legend(struct figure *f, const struct sheet *s, bool ink) {
	const struct legend l = {.classes = s->classes, .count = s->class_count, .cells = s->cells, .masked = true, .instances = sheet_row_of(s, INSTANCE) >= 0};
	return legend_draw(f, &l, SHEET_MARGIN + SHEET_LABELS, sheet_block(s, sheet_across(s) - 1).x + sheet_block_width(s), sheet_legend_y(s) + 8, ink);
}

static int draw_sheet(struct figure *f, const void *data) {
	const struct sheet *s = data;
	draw_heads(f, s);
	for (int i = 0; i < s->samples; i++) {
		int rc = draw_sample(f, s, i);
		if (rc) return rc;
	}
	draw_legend(f, s, true);
	return 0;
}

static void measure(struct figure *scratch, const void *data, double *width, double *height) {
	const struct sheet *s = data;
	int across = sheet_across(s);
	*width = 2 * SHEET_MARGIN + across * sheet_block_width(s) + (across - 1) * SHEET_BLOCK_GAP;
	*height = ceil(draw_legend(scratch, s, false)) + SHEET_MARGIN - 8;
}

const struct drawing drawing_sheet = {measure, draw_sheet};
