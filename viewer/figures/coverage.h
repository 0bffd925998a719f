/* viewer/figures/coverage.h -- how often masks took each position and each class, over many samples: a heat map for each granularity on one scale, and the
 * classes' masked shares.
 * Threads: plain data. */
#pragma once

#include "engine/base/types.h"
#include "viewer/drawing.h"

enum { COVERAGE_CLASSES = 16 };

struct coverage_class {
	char name[48];
	double area;                                   /* its share of all patches */
	double masked[GRANULARITIES];                  /* of its patches, the share that was masked; NaN: that granularity is not there */
};

struct coverage {
	char title[160], caption[240];
	int maps;                                      /* granularities shown, coarse to fine */
	enum granularity map[GRANULARITIES];
	int side;
	double share[GRANULARITIES][PATCHES_MAX];      /* [side, side]: of the draws, those that masked the position */
	double mean[GRANULARITIES];                    /* over positions */
	int classes;                                   /* by falling area */
	struct coverage_class of[COVERAGE_CLASSES];
};

struct coverage_box { double x, y, width, height; };
struct coverage_box coverage_map(const struct coverage *c, int map);
struct coverage_box coverage_bars(const struct coverage *c);     /* the classes' plot: masked shares from coverage_least() to 1 across */
double coverage_bar_y(const struct coverage *c, int i);          /* the middle of class I's line */
double coverage_least(const struct coverage *c);                 /* the least share of a class, down to a whole tenth */
/* The heat maps' scale: the least and the largest share, to a whole per cent. */
void coverage_scale(const struct coverage *c, double *low, double *high);
