/* viewer/coverage_data.c -- the coverage figure's places and scale; no drawing. */
#include <math.h>

#include "viewer/figures/coverage_layout.h"

static double top_of(const struct coverage *c) { return COVERAGE_MARGIN + (*c->title ? COVERAGE_TITLE : 0) + COVERAGE_HEAD; }

struct coverage_box coverage_map(const struct coverage *c, int map) {
	return (struct coverage_box){COVERAGE_MARGIN + map * (COVERAGE_MAP + COVERAGE_GAP), top_of(c), COVERAGE_MAP, COVERAGE_MAP};
}

struct coverage_box coverage_bars(const struct coverage *c) {
	double right = COVERAGE_MARGIN + GRANULARITIES * (COVERAGE_MAP + COVERAGE_GAP);
	return (struct coverage_box){COVERAGE_MARGIN + COVERAGE_LABELS, top_of(c) + COVERAGE_MAP + COVERAGE_HEAD,
	        right - COVERAGE_MARGIN - COVERAGE_LABELS - COVERAGE_GAP, c->classes * COVERAGE_CLASS};
}

double coverage_bar_y(const struct coverage *c, int i) { return coverage_bars(c).y + (i + 0.5) * COVERAGE_CLASS; }

double coverage_least(const struct coverage *c) {
	double least = 0.9;
	for (int i = 0; i < c->classes; i++)
		for (int m = 0; m < c->maps; m++)
			if (c->of[i].masked[c->map[m]] < least) least = c->of[i].masked[c->map[m]];
	return floor(least * 10 + 1e-9) / 10;
}

void coverage_scale(const struct coverage *c, double *low, double *high) {
	*low = 1, *high = 0;
	for (int m = 0; m < c->maps; m++)
		for (int i = 0; i < c->side * c->side; i++) *low = fmin(*low, c->share[c->map[m]][i]), *high = fmax(*high, c->share[c->map[m]][i]);
	*low = floor(*low * 100 + 1e-9) / 100, *high = ceil(*high * 100 - 1e-9) / 100;
	if (!(*low < *high)) *low = fmax(0, *high - 0.01), *high = *low + 0.01;
}
