/* viewer/schedule_data.c -- the curriculum figure's contents and places; no drawing. */
#include "viewer/figures/panels_layout.h"
#include "viewer/figures/schedule_layout.h"

void schedule_fini(struct schedule *s) {
	panels_fini(&s->panels);
	*s = (struct schedule){0};
}

static double top_of(const struct schedule *s) { return PANELS_MARGIN + (*s->title ? PANELS_TITLE : 0) + SCHEDULE_PHASE; }

struct schedule_box schedule_curves(const struct schedule *s) {
	struct panels_box first = panels_cell(&s->panels, 0, 0), last = panels_cell(&s->panels, 0, s->panels.columns - 1);
	double left = first.x + first.size / 2;
	return (struct schedule_box){left, top_of(s), last.x + last.size / 2 - left, SCHEDULE_CURVES};
}

double schedule_drop(const struct schedule *s) { return top_of(s) + SCHEDULE_CURVES + SCHEDULE_AXIS - PANELS_MARGIN; }
