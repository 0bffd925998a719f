/* viewer/figures/schedule.h -- the curriculum over the run (paper Fig. 3): alpha, beta, gamma as curves, the phases as bands, and under them the masks
 * that a sample gets at places along the run, each column under its place on the curves' axis.
 * Threads: plain data. */
#pragma once

#include "viewer/figures/panels.h"

enum { SCHEDULE_POINTS = 501, SCHEDULE_PHASES = 65 };

struct schedule {
	char title[160];
	int points;
	double t[SCHEDULE_POINTS], mix[3][SCHEDULE_POINTS]; /* progress; alpha (semantic), beta (instance), gamma (random) */
	int phases;                                         /* bands, in order */
	struct { double begin, end; int source; } phase[SCHEDULE_PHASES];
	struct panels panels;                               /* two columns or more, at even steps from t = 0 to 1; its title is left empty */
};
void schedule_fini(struct schedule *s);

/* The curves' box, in figure units. */
struct schedule_box { double x, y, width, height; };
struct schedule_box schedule_curves(const struct schedule *s);
