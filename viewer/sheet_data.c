/* viewer/sheet_data.c -- a sheet's contents and the places of its cells; no drawing, so that a build without Cairo has it too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "viewer/figures/sheet_layout.h"

int sheet_init(struct sheet *s, int samples, const struct paint_class *classes, int class_count) {
	*s = (struct sheet){.classes = classes, .class_count = class_count, .stages = GRANULARITIES, .stage = {SEMSEG, INSTANCE, RGB}, .cascade = true};
	if (samples < 1 || class_count < 0 || class_count > CLASSES_MAX)
		return err_set(ERR_ARGUMENT, "a sheet of %d samples and %d classes can't be made (at least one sample, at most %d classes)", samples, class_count, CLASSES_MAX);
	s->sample = calloc((size_t)samples, sizeof *s->sample);
	if (!s->sample) return err_set(ERR_MEMORY, "no memory for a sheet of %d samples", samples);
	s->samples = samples;
	return 0;
}

void sheet_fini(struct sheet *s) {
	for (int i = 0; i < s->samples; i++)
		for (int g = 0; g < GRANULARITIES; g++) {
			image_free(&s->sample[i].row[g].target);
			image_free(&s->sample[i].row[g].prediction);
		}
	free(s->sample);
	*s = (struct sheet){0};
}

/* Takes over both pictures, whatever it returns. */
static int set_row(struct sheet *s, int sample, enum granularity g, int side, const uint8_t *mask, struct image *target, struct image *prediction) {
	int rc = 0;
	if (sample < 0 || sample >= s->samples || side < 1 || side * side > PATCHES_MAX)
		rc = err_set(ERR_ARGUMENT, "sample %d in %d x %d patches doesn't fit a sheet of %d samples (at most %d patches each)", sample, side, side, s->samples, PATCHES_MAX);
	else if (target->width != target->height || target->width % side || prediction->width != target->width || prediction->height != target->height)
		rc = err_set(ERR_ARGUMENT, "%s of %d x %d and a prediction of %d x %d pixels don't fit %d x %d patches (both must be square, equal, and a multiple of the patches)",
			granularity_name[g], target->width, target->height, prediction->width, prediction->height, side, side);
	if (rc) {
		image_free(target);
		image_free(prediction);
		return rc;
	}
	struct sheet_row *r = &s->sample[sample].row[g];
	image_free(&r->target);
	image_free(&r->prediction);
	*r = (struct sheet_row){.used = true, .side = side, .target = *target, .prediction = *prediction, .right = NAN, .loss = NAN};
	memcpy(r->mask, mask, (size_t)side * (size_t)side);
	return 0;
}

static int paint_labels(const struct sheet *s, struct image *out, enum granularity g, const uint8_t *grid, int cells) {
	return g == SEMSEG ? paint_classes(out, grid, cells, cells, s->classes, s->class_count) : paint_instances(out, grid, cells, cells);
}

static double share_right(enum granularity g, int unlabelled, int side, const uint8_t *target, const uint8_t *prediction, const uint8_t *mask) {
	int cells = side * CELLS_SIDE, of = 0, right = 0;
	for (int y = 0; y < cells; y++)
		for (int x = 0; x < cells; x++) {
			int t = target[y * cells + x];
			if (!mask[y / CELLS_SIDE * side + x / CELLS_SIDE] || (g == SEMSEG && t >= unlabelled)) continue;
			of++;
			right += t == prediction[y * cells + x];
		}
	return of ? (double)right / of : NAN;
}

int sheet_labels(struct sheet *s, int sample, enum granularity g, int side, const uint8_t *target, const uint8_t *prediction, const uint8_t *mask) {
	struct image t = {0}, p = {0};
	int cells = side * CELLS_SIDE, rc = paint_labels(s, &t, g, target, cells);
	if (!rc) rc = paint_labels(s, &p, g, prediction, cells);
	if (rc) {
		image_free(&t);
		return rc;
	}
	rc = set_row(s, sample, g, side, mask, &t, &p);
	if (rc) return rc;
	s->sample[sample].row[g].right = share_right(g, s->class_count, side, target, prediction, mask);
	for (int i = 0; g == SEMSEG && i < cells * cells; i++) {
		s->cells[0][target[i] < s->class_count ? target[i] : CLASSES_MAX]++;
		s->cells[1][prediction[i] < s->class_count ? prediction[i] : CLASSES_MAX]++;
	}
	return 0;
}

static int copy_image(struct image *out, const struct image *im) {
	int rc = image_new(out, im->width, im->height);
	if (!rc) memcpy(out->pixels, im->pixels, 3 * (size_t)im->width * (size_t)im->height);
	return rc;
}

int sheet_pixels(struct sheet *s, int sample, int side, const struct image *target, const struct image *prediction, const uint8_t *mask) {
	struct image t = {0}, p = {0};
	int rc = copy_image(&t, target);
	if (!rc) rc = copy_image(&p, prediction);
	if (rc) {
		image_free(&t);
		return rc;
	}
	return set_row(s, sample, RGB, side, mask, &t, &p);
}

/* ---- places ---------------------------------------------------------------------------------------------------------- */

int sheet_across(const struct sheet *s) {
	int across = s->across;
	if (across < 1) /* a block is nearly twice as wide as tall: up to four lines for each column still make a page */
		for (across = 1; s->samples > 4 * across * across;) across++;
	return across > s->samples ? s->samples : across;
}

static bool row_exists(const struct sheet *s, enum granularity g) {
	for (int i = 0; i < s->samples; i++)
		if (s->sample[i].row[g].used) return true;
	return false;
}

int sheet_row_of(const struct sheet *s, enum granularity g) {
	int row = 0;
	for (int i = 0; i < (int)g; i++) row += row_exists(s, i);
	return row_exists(s, g) ? row : -1;
}

int sheet_rows(const struct sheet *s) {
	int rows = 0;
	for (int g = 0; g < GRANULARITIES; g++) rows += row_exists(s, g);
	return rows;
}

double sheet_cell_size(const struct sheet *s) {
	int edge = 0; /* of the largest picture: the rgb's, where there is one */
	for (int i = 0; i < s->samples; i++)
		for (int g = 0; g < GRANULARITIES; g++)
			if (s->sample[i].row[g].target.width > edge) edge = s->sample[i].row[g].target.width;
	return edge ? edge * fmax(1, round((double)SHEET_CELL / edge)) : SHEET_CELL;
}

double sheet_block_width(const struct sheet *s) { return SHEET_LABELS + SHEET_COLUMNS * sheet_cell_size(s) + 3 * SHEET_GAP + SHEET_LANE; }

double sheet_block_height(const struct sheet *s) {
	int rows = sheet_rows(s);
	return SHEET_CAPTION + rows * sheet_cell_size(s) + (rows - 1) * SHEET_GAP + SHEET_SAMPLE_GAP;
}

double sheet_heads_y(const struct sheet *s) { return SHEET_MARGIN + (*s->title ? SHEET_TITLE : 0) + (*s->subtitle ? SHEET_SUBTITLE : 0); }

struct sheet_box sheet_block(const struct sheet *s, int sample) {
	int across = sheet_across(s);
	return (struct sheet_box){SHEET_MARGIN + sample % across * (sheet_block_width(s) + SHEET_BLOCK_GAP),
		sheet_heads_y(s) + SHEET_HEAD + sample / across * sheet_block_height(s), 0};
}

double sheet_legend_y(const struct sheet *s) {
	int across = sheet_across(s), lines = (s->samples + across - 1) / across;
	return sheet_heads_y(s) + SHEET_HEAD + lines * sheet_block_height(s);
}

struct sheet_box sheet_cell(const struct sheet *s, int sample, enum granularity g, enum sheet_column column) {
	double size = sheet_cell_size(s);
	struct sheet_box b = sheet_block(s, sample);
	b.x += SHEET_LABELS + column * (size + SHEET_GAP) + (column >= SHEET_PREDICTION ? SHEET_LANE - SHEET_GAP : 0);
	b.y += SHEET_CAPTION + sheet_row_of(s, g) * (size + SHEET_GAP);
	b.size = size;
	return b;
}
