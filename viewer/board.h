/* viewer/board.h -- what the viewer's window shows, as plain data: for each sample and granularity the target, the cascade's prediction and the
 * mask; and the pictures that are made of them.
 *
 * Whoever fills a board needs no window, and whoever shows one no engine.
 * Threads: plain data; pure functions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/image.h"
#include "engine/base/types.h"
#include "viewer/attended.h"
#include "viewer/colour_map.h"
#include "viewer/paint.h"

enum board_column { BOARD_INPUT, BOARD_MASKED, BOARD_PREDICTION, BOARD_COMPOSITE, BOARD_TARGET, BOARD_ERROR, BOARD_ATTENTION, BOARD_COLUMNS };
extern const char *const board_column_name[BOARD_COLUMNS], *const board_column_short[BOARD_COLUMNS]; /* the latter for narrow cells */

enum { BOARD_ROWS = 16, BOARD_SOURCES = 3 };

struct board_part {                          /* one granularity of one sample */
	bool used;
	int side, visible;                   /* patches along an edge; how many are visible */
	int edge;                            /* of the grids below: 4 side for labels, the picture's for rgb */
	double loss;                         /* NAN: none */
	uint8_t mask[PATCHES_MAX];           /* [side, side], 1 = masked */
	uint8_t sources[PATCHES_MAX];        /* bit s: source s (semantic, instance, random) masks it */
	uint8_t *target, *prediction;        /* labels [edge, edge]; rgb [edge, edge, 3] */
	float *cost;                         /* labels: -ln p(target) [edge, edge], NAN where there is no target; rgb: NULL */
	struct attended_keys *keys;          /* what the chosen attention reads here; NULL: it was not asked for */
};

struct board_row {
	char name[32], detail[160];          /* "val/3"; lines: "mask training\nat step 120" */
	char weights[64];                    /* whose they are; "": the live ones */
	int64_t trained;                     /* the step of the weights */
	bool sourced;                        /* SOURCES are told */
	struct board_part part[GRANULARITIES];
	struct attended attended;
};

/* ERR_MEMORY. EDGE's grids are the caller's to fill. */
int board_part_init(struct board_part *p, enum granularity g, int side, int edge);
void board_row_free(struct board_row *r);    /* frees R too; NULL is fine */

struct board_head {
	char title[160];
	int stages;                          /* the decoder's order */
	enum granularity stage[GRANULARITIES];
	bool cascade;
	int samples[SPLITS];                 /* of the data set */
	int class_count;
	struct paint_class classes[CLASSES_MAX];
	struct attended_layers layers;       /* whose attention can be asked for, first to last */
};

/* How errors are shown: for rgb the mean over channels of the signed, absolute or squared difference; for labels right or wrong, or the
 * cross-entropy. */
enum board_metric { METRIC_SIGNED, METRIC_ABSOLUTE, METRIC_SQUARED, BOARD_METRICS };
const char *board_metric_name(enum board_metric m, enum granularity g);

struct board_look {
	enum board_metric metric;
	bool map_chosen;                     /* else blue-orange for what is signed, cividis for the rest */
	enum colour_map map;
	double limit[2];                     /* what the ends of the map stand for: labels, rgb; 0: standard (3 nats; 255 levels, 255^2) */
	bool plain, contrast;                /* attention: without the picture; colours from its least weight on, not from 0 */
};
enum colour_map board_map(const struct board_look *l, enum granularity g);
enum colour_map board_weight_map(const struct board_look *l);
double board_limit(const struct board_look *l, enum granularity g);
bool board_two_colours(const struct board_look *l, enum granularity g); /* right and wrong: no scale */
extern const uint8_t board_right[3], board_wrong[3], board_hidden[3];

/* The error at a cell or pixel, as METRIC says; labels under METRIC_SIGNED: 0 right, 1 wrong. NAN: no target. */
double board_error(const struct board_part *p, enum granularity g, enum board_metric metric, int x, int y);
/* The largest |error| of the masked patches, MASK in place of the part's own; 0 if there is none. */
double board_largest(const struct board_part *p, enum granularity g, enum board_metric metric, const uint8_t *mask);
/* One cell's picture, EDGE x EDGE. MASK as above. ERR_MEMORY. */
int board_picture(struct image *out, const struct board_head *h, const struct board_part *p, enum granularity g, enum board_column column,
                  const uint8_t *mask, const struct board_look *look);
