/* app/figure_drift.c -- the paper's attention drift along a run, from its checkpoints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/drifts.h"
#include "app/figures.h"
#include "engine/base/err.h"

/* checkpoints=, else those of the run, else those beside the checkpoint that was loaded. */
static int find_folder(const struct figure_job *job, char out[PATH_MAX]) {
	const struct app *a = job->app;
	const char *given = call_text(job->call, "checkpoints"), *slash = strrchr(a->loaded, '/');
	if (given) return snprintf(out, PATH_MAX, "%s", given), 0;
	if (*a->session.dir && snprintf(out, PATH_MAX, "%s/checkpoints", a->session.dir) < PATH_MAX && access(out, F_OK) == 0) return 0;
	if (!*a->loaded) return err_set(ERR_STATE, "there are no checkpoints to draw a curve from (train with save_every=N, or name checkpoints=FOLDER)");
	return snprintf(out, PATH_MAX, "%.*s", slash ? (int)(slash - a->loaded) : 1, slash ? a->loaded : "."), 0;
}

static int draw_curves(struct figure_job *job, const struct drifts *d) {
	enum { OBJECTS, UNIFORM, RATIO, CHANCE, HALF, ENTROPY, LINES };
	static const struct curve line[LINES] = {{.column = 0, .name = "attention"}, {.column = 0, .name = "if even", .hue = 2, .dash = 1}, {.column = 1}, {.column = 1, .name = "if even", .hue = 2, .dash = 1}, {.column = 2, .name = "half mass"},
		{.column = 2, .name = "entropy", .hue = 1}};
	static const char *const column[3] = {"share on objects", "share / even share", "area, entropy (even: 0.5, 1)"};
	struct curves *c = &job->data.curves;
	double *x = malloc((size_t)d->count * sizeof *x), *y = malloc((size_t)d->count * sizeof *y);
	int rc = x && y ? curves_init(c, 1, 3) : err_set(ERR_MEMORY, "no memory for a figure's curves");
	for (int k = 0; !rc && k < LINES; k++) {
		for (int i = 0; i < d->count; i++) {
			const struct attend_drift *r = &d->request[i].result;
			const double of[LINES] = {r->objects, r->object_area, drift_ratio(r), 1, r->area50, r->relative};
			x[i] = (double)r->step, y[i] = of[k];
		}
		rc = curves_add(c, &line[k], x, y, d->count);
	}
	for (int k = 0; !rc && k < 3; k++) snprintf(c->column[k], sizeof c->column[k], "%s", column[k]);
	free(x);
	free(y);
	return rc;
}

int figure_drift(struct figure_job *job) {
	struct drifts d = {0};
	struct trainer_live live;
	struct trainer *t;
	char folder[PATH_MAX];
	int rc = app_trainer(job->app, true, &t);
	if (!rc) rc = find_folder(job, folder);
	if (rc) return rc;
	trainer_live_copy(t, &live);
	const struct attend_drift_request like = {.mask = (enum whatif_mask)call_int(job->call, "mask", WHATIF_ONLY_RGB), .samples = (int)call_int(job->call, "samples", live.eval_samples)};
	struct curves *c = &job->data.curves;
	if (!call_given(job->call, "checkpoints")) rc = drifts_collect(NULL, &like, &d); /* the present weights; when they answer, the last step's checkpoint is written */
	if (!rc && d.count) rc = drifts_evaluate(job->app, t, "figure drift", &d);
	if (!rc) rc = drifts_collect(folder, &like, &d);
	if (!rc) rc = drifts_evaluate(job->app, t, "figure drift", &d);
	if (!rc && d.count < 2) rc = err_set(ERR_STATE, "%s holds the weights of one step alone, and a curve needs two (train with save_every=N, or name checkpoints=FOLDER)", folder);
	if (!rc) rc = draw_curves(job, &d);
	if (!rc) {
		snprintf(c->across, sizeof c->across, "step");
		snprintf(c->caption, sizeof c->caption, "the global token's attention in the encoder's last block, over rgb patches; means of %d validation images, mask %s",
		         (int)d.request->result.samples, whatif_mask_name[like.mask]);
		figure_take_title(job, c->title);
	}
	drifts_free(&d);
	return rc;
}
