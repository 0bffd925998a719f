/* viewer/curves_data.c -- the contents of a table of plots and their places; no drawing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "viewer/figures/curves_layout.h"

int curves_init(struct curves *c, int rows, int columns) {
	*c = (struct curves){.rows = rows, .columns = columns};
	if (rows < 1 || rows > CURVES_ROWS || columns < 1 || columns > CURVES_COLUMNS)
		return err_set(ERR_ARGUMENT, "a figure of %d x %d plots can't be made (1 to %d x %d)", rows, columns, CURVES_ROWS, CURVES_COLUMNS);
	c->curve = calloc(CURVES_MAX, sizeof *c->curve);
	return c->curve ? 0 : err_set(ERR_MEMORY, "no memory for a figure's curves");
}

void curves_fini(struct curves *c) {
	for (int i = 0; i < c->count; i++) {
		free(c->curve[i].x);
		free(c->curve[i].y);
	}
	free(c->curve);
	*c = (struct curves){0};
}

static double *copy(const double *from, int64_t count) {
	double *to = malloc((size_t)(count + 1) * sizeof *to);
	if (to && count > 0) memcpy(to, from, (size_t)count * sizeof *to);
	return to;
}

int curves_add(struct curves *c, const struct curve *curve, const double *x, const double *y, int64_t count) {
	if (c->count == CURVES_MAX) return err_set(ERR_ARGUMENT, "a figure holds at most %d curves (leave runs out)", CURVES_MAX);
	struct curve *mine = &c->curve[c->count];
	*mine = *curve;
	mine->count = count;
	mine->x = copy(x, count);
	mine->y = copy(y, count);
	c->count++;
	return mine->x && mine->y ? 0 : err_set(ERR_MEMORY, "no memory for a figure's curves");
}

struct curves_box curves_plot(const struct curves *c, int row, int column) {
	return (struct curves_box){
		CURVES_MARGIN + CURVES_AXIS + column * (CURVES_WIDTH + CURVES_NAMES + CURVES_AXIS),
		CURVES_MARGIN + (*c->title ? CURVES_TITLE : 0) + CURVES_HEAD + row * (CURVES_HEIGHT + CURVES_GAP), CURVES_WIDTH, CURVES_HEIGHT};
}

static void widen(double v, bool log, double *low, double *high) {
	if (!isfinite(v) || (log && !(v > 0))) return;
	*low = fmin(*low, v), *high = fmax(*high, v);
}

bool curves_range(const struct curves *c, int column, double *low, double *high) {
	*low = INFINITY, *high = -INFINITY;
	for (int i = 0; i < c->count; i++) {
		const struct curve *k = &c->curve[i];
		for (int64_t n = 0; k->column == column && n < k->count; n++) widen(k->y[n], c->log, low, high);
	}
	return *low <= *high;
}
