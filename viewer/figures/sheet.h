/* viewer/figures/sheet.h -- the prediction sheet (spec.md section 9, paper Fig. 4): for each sample and granularity, coarse to fine,
 * the input, what the encoder saw of it, the cascade's prediction, the prediction pasted on the visible patches, and the target.
 *
 * Fill a sheet with sheet_init(), sheet_labels() or sheet_pixels() for each granularity of each sample, and the plain fields;
 * sheet_write() draws it into a file whose name ends in .png, .pdf or .svg, sheet_render() into memory for a window (drawing.h).
 * Threads: a sheet belongs to one thread; two sheets may be drawn at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"
#include "engine/base/types.h"
#include "viewer/drawing.h"
#include "viewer/paint.h"

enum sheet_column { SHEET_INPUT, SHEET_MASKED, SHEET_PREDICTION, SHEET_COMPOSITE, SHEET_TARGET, SHEET_COLUMNS };

struct sheet_row {                            /* one granularity of one sample; made by sheet_labels() or sheet_pixels() */
	bool used;
	int side;                             /* patches along an edge */
	uint8_t mask[PATCHES_MAX];            /* [side, side], 1 = masked */
	struct image target, prediction;      /* square, their edge a multiple of side */
	double right;                         /* share of the masked, labelled cells predicted right; NAN for rgb or if there are none */
	double loss;                          /* NAN (as made), or nothing masked: not printed */
};

struct sheet_sample {
	char name[64];                        /* "val/3" */
	char detail[160];                     /* "mask semantic, step 400": printed behind the name */
	struct sheet_row row[GRANULARITIES];
};

struct sheet {
	char title[160], subtitle[240];       /* either may be empty */
	const struct paint_class *classes;    /* borrowed */
	int class_count;
	int stages;                           /* the decoder's order, printed as numbers; with cascade, joined by arrows */
	enum granularity stage[GRANULARITIES];
	bool cascade, cumulative, norm_pix;
	int across;                           /* samples side by side; 0: 1 up to 4 samples, 2 up to 16, 3 up to 36, ... */
	int samples;
	struct sheet_sample *sample;
	int64_t cells[2][CLASSES_MAX + 1];    /* how many cells of each class in targets, in predictions; [..][CLASSES_MAX]: unlabelled */
};

/* SAMPLES >= 1. CLASSES are borrowed until sheet_fini(). The stages are set to S, I, R, cascade. ERR_ARGUMENT, ERR_MEMORY. */
int sheet_init(struct sheet *s, int samples, const struct paint_class *classes, int class_count);
void sheet_fini(struct sheet *s);             /* a zeroed sheet is fine */

/* Sets the row of G (SEMSEG or INSTANCE) from label grids [4 side, 4 side] and MASK [side, side]; all are copied. */
int sheet_labels(struct sheet *s, int sample, enum granularity g, int side, const uint8_t *target, const uint8_t *prediction, const uint8_t *mask);
/* Sets the row of RGB; the pictures are copied. Under norm_pix the caller has given each predicted patch its target's mean and deviation back
 * (engine/train/whatif.h), and sets s->norm_pix, so that the sheet says so. */
int sheet_pixels(struct sheet *s, int sample, int side, const struct image *target, const struct image *prediction, const uint8_t *mask);

/* Where a cell lies, in figure units (two PNG pixels each by default): its left and top edge, and its edge's length. */
struct sheet_box { double x, y, size; };
struct sheet_box sheet_cell(const struct sheet *s, int sample, enum granularity g, enum sheet_column column);

static inline int sheet_write(const struct sheet *s, const char *path, const struct figure_output *o) { return drawing_write(&drawing_sheet, s, path, o); }
static inline int sheet_render(const struct sheet *s, int width, struct image *out) { return drawing_render(&drawing_sheet, s, width, out); }
