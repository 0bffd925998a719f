#include "viewer/figures/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/figures/figure.h"
#include "viewer/figures/sheet_layout.h"

static const char *const column_head[SHEET_COLUMNS] = {"input", "visible to the encoder", "prediction", "prediction in place", "target"};

/* ---- cells ------------------------------------------------------------------------------------------------------------- */

/* Rectangles of the patches whose mask is WANTED, runs along a row joined, as one path. */
static void patches_path(cairo_t *cr, const struct sheet_row *r, const struct sheet_box *b, int wanted) {
	double patch = b->size / r->side;
	cairo_new_path(cr);
	for (int y = 0; y < r->side; y++)
		for (int x = 0, run; x < r->side; x += run) {
			for (run = 0; x + run < r->side && r->mask[y * r->side + x + run] == wanted;) run++;
			if (run) cairo_rectangle(cr, b->x + x * patch, b->y + y * patch, run * patch, patch);
			else run = 1;
		}
}

/* The patches' borders between masked and visible, so that one sees what was given and what was made up. */
static void draw_seams(struct figure *f, const struct sheet_row *r, const struct sheet_box *b) {
	cairo_t *cr = figure_cairo(f);
	double patch = b->size / r->side;
	cairo_new_path(cr);
	for (int y = 0; y < r->side; y++)
		for (int x = 0; x < r->side; x++) {
			int here = r->mask[y * r->side + x];
			if (x + 1 < r->side && r->mask[y * r->side + x + 1] != here) {
				cairo_move_to(cr, b->x + (x + 1) * patch, b->y + y * patch);
				cairo_rel_line_to(cr, 0, patch);
			}
			if (y + 1 < r->side && r->mask[(y + 1) * r->side + x] != here) {
				cairo_move_to(cr, b->x + x * patch, b->y + (y + 1) * patch);
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

/* Faint lines between all patches. */
static void draw_grid(struct figure *f, const struct sheet_row *r, const struct sheet_box *b) {
	cairo_t *cr = figure_cairo(f);
	double patch = b->size / r->side;
	for (int i = 1; i < r->side; i++) {
		cairo_move_to(cr, b->x + i * patch, b->y);
		cairo_rel_line_to(cr, 0, b->size);
		cairo_move_to(cr, b->x, b->y + i * patch);
		cairo_rel_line_to(cr, b->size, 0);
	}
	cairo_set_source_rgba(cr, 1, 1, 1, 0.35);
	cairo_set_line_width(cr, 0.6);
	cairo_stroke(cr);
}

static int draw_cell(struct figure *f, const struct sheet_row *r, enum sheet_column column, const struct sheet_box *b) {
	struct image composite = {0};
	if (column == SHEET_COMPOSITE) {
		int rc = paint_composite(&composite, &r->target, &r->prediction, r->mask, r->side);
		if (rc) return rc;
	}
	figure_image(f, b->x, b->y, b->size, b->size, column == SHEET_COMPOSITE ? &composite : column == SHEET_PREDICTION ? &r->prediction : &r->target);
	image_free(&composite);
	if (column == SHEET_MASKED) {
		patches_path(figure_cairo(f), r, b, 1);
		figure_hatch(f);
		draw_grid(f, r, b);
	} else if (column == SHEET_COMPOSITE)
		draw_seams(f, r, b);
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
	x += figure_text_fit(f, TEXT_STRONG, x, block.y + 16, right - x, p->name) + 12;
	figure_text_fit(f, TEXT_PLAIN, x, block.y + 16, right - x, p->detail);
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
	if (*s->title) figure_text_fit(f, TEXT_TITLE, SHEET_MARGIN, (y += SHEET_TITLE) - 12, sheet_block_width(s), s->title);
	if (*s->subtitle) figure_text_fit(f, TEXT_PLAIN, SHEET_MARGIN, (y += SHEET_SUBTITLE) - 10, sheet_block_width(s), s->subtitle);
	for (int i = 0; i < sheet_across(s); i++)
		for (int c = 0; c < SHEET_COLUMNS; c++) {
			struct sheet_box b = sheet_cell(s, i, s->stage[0], c);
			figure_text(f, TEXT_HEAD, b.x + b.size / 2, sheet_heads_y(s) + 16, 0.5, column_head[c]);
		}
}

/* ---- the legend ------------------------------------------------------------------------------------------------------------ */

enum { LEGEND_CLASSES = 24, LEGEND_LINE = 19, LEGEND_SWATCH = 12, LEGEND_INDENT = 56 };

/* The classes to list: those in a target first, then those predicted alone, by how many cells they have; at most LEGEND_CLASSES.
 * LISTED gets 1 for each; returns how many classes are present and not listed. */
static int legend_choose(const struct sheet *s, bool listed[CLASSES_MAX]) {
	int left = 0;
	memset(listed, 0, CLASSES_MAX * sizeof *listed);
	for (int k = 0; k <= CLASSES_MAX; k++) {
		int best = -1;
		int64_t most = 0;
		for (int c = 0; c < s->class_count; c++) {
			int64_t weight = s->cells[0][c] ? s->cells[0][c] + INT32_MAX : s->cells[1][c];
			if (!listed[c] && weight > most) best = c, most = weight;
		}
		if (best < 0) break;
		if (k < LEGEND_CLASSES) {
			listed[best] = true;
			continue;
		}
		for (int c = 0; c < s->class_count; c++) left += !listed[c] && (s->cells[0][c] || s->cells[1][c]);
		break;
	}
	return left;
}

/* The pen of a legend that flows; F NULL: nothing is drawn, as to measure it a figure is needed anyway. */
struct legend { struct figure *f; double left, right, x, y; bool draw; };

static void legend_item(struct legend *l, const char *name, const struct paint_class *colour) {
	double width = LEGEND_SWATCH + 6 + figure_text_width(l->f, TEXT_NOTE, name) + 16;
	if (l->x + width > l->right && l->x > l->left) l->x = l->left, l->y += LEGEND_LINE;
	if (l->draw) {
		double top = l->y - LEGEND_SWATCH + 2;
		cairo_t *cr = figure_cairo(l->f);
		if (colour) {
			figure_set_rgb(l->f, colour->r, colour->g, colour->b);
			figure_fill(l->f, l->x, top, LEGEND_SWATCH, LEGEND_SWATCH);
		} else {
			cairo_rectangle(cr, l->x, top, LEGEND_SWATCH, LEGEND_SWATCH);
			figure_hatch(l->f);
		}
		figure_frame(l->f, l->x, top, LEGEND_SWATCH, LEGEND_SWATCH);
		figure_text(l->f, TEXT_NOTE, l->x + LEGEND_SWATCH + 6, l->y, 0, name);
	}
	l->x += width;
}

static void legend_head(struct legend *l, const char *text) {
	if (l->x > l->left) l->y += LEGEND_LINE;
	l->x = l->left;
	if (l->draw) figure_text(l->f, TEXT_NOTE, l->left - 12, l->y, 1, text);
}

/* Returns the y below its last line. */
static double draw_legend(struct figure *f, const struct sheet *s, bool draw) {
	struct legend l = {.f = f, .draw = draw, .left = SHEET_MARGIN + SHEET_LABELS, .y = sheet_legend_y(s) + 8};
	l.right = sheet_block(s, sheet_across(s) - 1).x + sheet_block_width(s);
	l.x = l.left;
	bool listed[CLASSES_MAX];
	int more = legend_choose(s, listed);
	for (int thing = 1; thing >= 0; thing--) {
		bool headed = false;
		for (int c = 0; c < s->class_count; c++) {
			if (!listed[c] || s->classes[c].thing != thing) continue;
			if (!headed) legend_head(&l, thing ? "things" : "stuff");
			headed = true;
			legend_item(&l, s->classes[c].name, &s->classes[c]);
		}
	}
	legend_head(&l, "other");
	legend_item(&l, "masked patch", NULL);
	struct paint_class grey = {"unlabelled", PAINT_UNLABELLED, PAINT_UNLABELLED, PAINT_UNLABELLED, false};
	if (s->cells[0][CLASSES_MAX]) legend_item(&l, grey.name, &grey);
	struct paint_class dark = {.name = "instance background"};
	uint8_t rgb[3];
	paint_instance_colour(0, rgb);
	dark.r = rgb[0], dark.g = rgb[1], dark.b = rgb[2];
	if (sheet_row_of(s, INSTANCE) >= 0) legend_item(&l, dark.name, &dark);
	if (more && draw) {
		char text[64];
		snprintf(text, sizeof text, "and %d more predicted classes", more);
		figure_text(f, TEXT_NOTE, l.x, l.y, 0, text);
	}
	return l.y + LEGEND_LINE;
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------- */

static int draw_sheet(struct figure *f, const struct sheet *s) {
	draw_heads(f, s);
	for (int i = 0; i < s->samples; i++) {
		int rc = draw_sample(f, s, i);
		if (rc) return rc;
	}
	draw_legend(f, s, true);
	return 0;
}

/* The legend's height needs a font, so it is laid out once on a figure of no consequence. */
static int measure(const struct sheet *s, double *width, double *height) {
	struct figure *f;
	int across = sheet_across(s), rc = figure_open_memory(&f, 64, 64, 64);
	if (rc) return rc;
	*width = 2 * SHEET_MARGIN + across * sheet_block_width(s) + (across - 1) * SHEET_BLOCK_GAP;
	*height = ceil(draw_legend(f, s, false)) + SHEET_MARGIN - 8;
	figure_discard(f);
	return 0;
}

int sheet_write(const struct sheet *s, const char *path, const struct figure_output *o) {
	double width, height;
	struct figure *f = NULL;
	int rc = measure(s, &width, &height);
	if (!rc) rc = figure_open(&f, path, width, height, o);
	if (!rc) rc = draw_sheet(f, s);
	if (!rc) return figure_close(f);
	figure_discard(f);
	return rc;
}

int sheet_render(const struct sheet *s, int pixels, struct image *out) {
	double width, height;
	struct figure *f = NULL;
	*out = (struct image){0};
	int rc = measure(s, &width, &height);
	if (!rc) rc = figure_open_memory(&f, width, height, pixels);
	if (!rc) rc = draw_sheet(f, s);
	if (!rc) return figure_close_memory(f, out);
	figure_discard(f);
	return rc;
}
