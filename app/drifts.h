/* app/drifts.h -- the paper's attention drift along a run (engine/train/attend.h): of checkpoints, for `attend drift` and `figure drift`; and point by
 * point while the window's explorer follows the live weights.
 *
 * Threads: drifts_* main thread; drifting_* the thread that runs commands, a curve under its owner's lock. */
#pragma once

#include <dirent.h>

#include "app/app.h"
#include "engine/train/attend.h"

struct drifts { int count; struct attend_drift_request *request; };
/* One for the live weights (PATH NULL), for a file, or for every checkpoint of a folder, behind what is in OUT; the caller's also on failure. */
int drifts_collect(const char *path, const struct attend_drift_request *like, struct drifts *out);
int drifts_evaluate(struct app *a, struct trainer *t, const char *what, struct drifts *d); /* and in order of steps, none twice */
void drifts_free(struct drifts *d);

int drifts_named(const struct dirent *e);            /* for scandir(): a file that may be a checkpoint: NAME.safetensors */

double drift_ratio(const struct attend_drift *d); /* attention on objects over what even attention would give: 1 is chance */

enum { DRIFT_POINTS = 64, DRIFT_IMAGES = 8 };
struct drift_curve { int count; double step[DRIFT_POINTS], ratio[DRIFT_POINTS]; };
void drift_curve_put(struct drift_curve *c, double step, double ratio); /* in order; the same step: replaced; full: every second one goes */
double drift_curve_at(const struct drift_curve *c, double step);        /* between its points; NAN: there is none */

/* What the window collects: the first DRIFT_IMAGES of val, one what-if an image, so that no step waits for more than that; and the run's checkpoints
 * on request, each in one go. */
struct drifting {
	struct drifts files;
	int at;                                /* of FILES: the next */
	bool file, begun;
	struct attend_drift sum;
	struct whatif whatif;
	struct attention_layer layer;
	int next, images;
	int64_t last;                          /* the step at which a point was begun last */
};
int drifting_run(struct drifting *d, const char *folder); /* every checkpoint in it; ERR_FILE */
/* Asks for the next image or checkpoint that is due: of IMAGES in val, SPACING steps from point to point (0: none). 0: nothing is. */
uint64_t drifting_post(struct drifting *d, struct trainer *t, int images, int64_t step, int64_t spacing);
bool drifting_take(struct drifting *d, const struct answer *answer, struct drift_curve *curve); /* false: err_message() */
void drifting_fini(struct drifting *d);
