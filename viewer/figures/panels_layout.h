/* viewer/figures/panels_layout.h -- the measures of a table of pictures, in figure units. */
#pragma once

#include "viewer/figures/panels.h"

enum {
	PANELS_MAX = 256,
	PANELS_MARGIN = 16, PANELS_TITLE = 30,
	PANELS_CELL = 104,     /* near this */
	PANELS_LABELS = 58,    /* the rows' names and the legend's: at least this, */
	PANELS_LABELS_MOST = 200, /* and at most this */
	PANELS_LEAST = 440,    /* where caption, legend or title stand: the figure's width without its right margin */
	PANELS_GAP = 5, PANELS_APART = 18,
	PANELS_GROUP = 24, PANELS_HEAD = 19, PANELS_NOTE = 15,
};

double panels_labels(const struct panels *p); /* the width that the rows' names take */
double panels_top(const struct panels *p);    /* where the heads of columns begin */
double panels_heads(const struct panels *p);  /* their height */
/* All but title, caption and legend. */
struct figure;
int panels_draw_body(struct figure *f, const struct panels *p);
/* Caption and legend, from Y on; returns the y below. INK false: measures alone. */
double panels_draw_foot(struct figure *f, const struct panels *p, double y, bool ink);
