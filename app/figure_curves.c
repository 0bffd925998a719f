/* app/figure_curves.c -- the figures made of numbers: losses, coverage. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/curves.h"
#include "app/draws.h"
#include "app/figures.h"
#include "engine/base/err.h"

enum { RUNS = 8, WINDOW = 20 /* steps of a smoothed loss */ };

/* ---- losses --------------------------------------------------------------------------------------------------------------------------------- */

struct runs { int count; struct history run[RUNS]; };

static void name_run(struct history *h, const char *dir) {
	size_t n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/') n--;
	size_t begin = n;
	while (begin > 0 && dir[begin - 1] != '/') begin--;
	snprintf(h->name, sizeof h->name, "%.*s", (int)(n - begin), dir + begin);
}

/* The present run if it has a step, then those of runs=DIR,DIR. */
static int read_runs(struct figure_job *job, struct runs *r) {
	struct app *a = job->app;
	int rc = curves_own(a, &r->run[0]);
	if (rc) return rc;
	name_run(&r->run[0], *a->session.dir ? a->session.dir : "this run");
	r->count = r->run[0].count > 0 || r->run[0].val_count > 0;
	const char *list = call_given(job->call, "runs") ? call_text(job->call, "runs") : "";
	char dir[VALUE_TEXT_BYTES];
	while (!rc && figure_next_part(&list, dir, sizeof dir)) {
		if (r->count == RUNS) return err_set(ERR_ARGUMENT, "a figure holds at most %d runs (name fewer)", RUNS);
		rc = curves_open(&r->run[r->count], dir);
		if (!rc) name_run(&r->run[r->count++], dir);
	}
	if (!rc && !r->count) return err_set(ERR_STATE, "there are no losses to draw (train, load a checkpoint, or name runs=DIR,DIR)");
	return rc;
}

/* The mean over WINDOW steps around each: unlike an exponential mean, it lags behind nothing. */
static void smooth_over(double *out, const double *in, int64_t count) {
	for (int64_t i = 0; i < count; i++) {
		double sum = 0;
		int n = 0;
		for (int64_t k = i - WINDOW / 2; k <= i + WINDOW / 2; k++)
			if (k >= 0 && k < count && isfinite(in[k])) sum += in[k], n++;
		out[i] = n ? sum / n : NAN;
	}
}

static int add_training(struct curves *c, const struct history *h, int run, int runs) {
	double *smooth = malloc((size_t)(h->count + 1) * sizeof *smooth);
	int rc = smooth ? 0 : err_set(ERR_MEMORY, "no memory for a figure's curves");
	for (int g = 0; !rc && g < GRANULARITIES; g++) {
		struct curve curve = {.row = 0, .column = g, .hue = runs > 1 ? run : 7, .pale = true};
		smooth_over(smooth, h->loss[g], h->count);
		rc = curves_add(c, &curve, h->step, h->loss[g], h->count);
		curve.pale = false;
		if (runs > 1) snprintf(curve.name, sizeof curve.name, "%s", h->name);
		if (!rc) rc = curves_add(c, &curve, h->step, smooth, h->count);
	}
	free(smooth);
	return rc;
}

/* One run: a colour for each kind of mask. Several: a colour for each run, a dash for each kind. */
static int add_validation(struct curves *c, const struct history *h, int run, int runs) {
	int rc = 0;
	for (int s = 0; s < SOURCES; s++)
		for (int g = 0; !rc && g < GRANULARITIES; g++) {
			struct curve curve = {.row = 1, .column = g, .hue = runs > 1 ? run : s, .dash = runs > 1 ? s : 0};
			if (runs == 1 || run == 0) snprintf(curve.name, sizeof curve.name, "%s", mask_source_name[s]);
			rc = curves_add(c, &curve, h->val_step, h->val[s][g], h->val_count);
		}
	return rc;
}

int figure_losses(struct figure_job *job) {
	static const char *const column[GRANULARITIES] = {"semantic", "instance", "RGB"};
	struct curves *c = &job->data.curves;
	struct runs *r = calloc(1, sizeof *r);
	int rc = r ? read_runs(job, r) : err_set(ERR_MEMORY, "no memory for curves");
	if (!rc) rc = curves_init(c, 2, GRANULARITIES);
	for (int i = 0; !rc && i < r->count; i++) {
		rc = add_training(c, &r->run[i], i, r->count);
		if (!rc) rc = add_validation(c, &r->run[i], i, r->count);
	}
	if (!rc) {
		c->log = call_int(job->call, "log", 1);
		snprintf(c->across, sizeof c->across, "step");
		snprintf(c->row[0], sizeof c->row[0], "training loss");
		snprintf(c->row[1], sizeof c->row[1], "validation loss");
		for (int g = 0; g < GRANULARITIES; g++) snprintf(c->column[g], sizeof c->column[g], "%s", column[g]);
		snprintf(c->caption, sizeof c->caption, "training: every step pale, means of %d steps; validation: fixed images under one frozen mask of each kind%s", WINDOW,
		        r->count > 1 ? " (semantic solid, instance dashed, random dotted)" : "");
		figure_take_title(job, c->title);
	}
	for (int i = 0; r && i < RUNS; i++) history_free(&r->run[i]);
	free(r);
	return rc;
}

/* ---- coverage ------------------------------------------------------------------------------------------------------------------------------- */

static int by_area(const void *a, const void *b) {
	int64_t x = ((const struct mask_region *)a)->patches, y = ((const struct mask_region *)b)->patches;
	return (x < y) - (x > y);
}

static void fill_classes(struct figure_job *job, struct mask_summary *s, struct coverage *c) {
	int64_t all = 0;
	struct mask_region *region = s->total.region;
	for (int i = 0; i < s->total.regions; i++) all += region[i].patches;
	qsort(region, (size_t)s->total.regions, sizeof *region, by_area);
	for (int i = 0; i < s->total.regions && region[i].patches > 0 && c->classes < COVERAGE_CLASSES; i++) {
		struct coverage_class *k = &c->of[c->classes++];
		bool named = region[i].label < job->class_count;
		snprintf(k->name, sizeof k->name, "%s", named ? job->classes[region[i].label].name : "unlabelled");
		k->area = (double)region[i].patches / (double)all;
		for (int g = 0; g < GRANULARITIES; g++) k->masked[g] = s->total.active[g] ? (double)region[i].masked[g] / (double)region[i].patches : NAN;
	}
}

int figure_coverage(struct figure_job *job) {
	struct coverage *c = &job->data.coverage;
	struct place p;
	int64_t samples = call_int(job->call, "samples", 256);
	struct mask_summary *s = calloc(1, sizeof *s);
	int rc = s ? place_at(job->app, call_int(job->call, "step", app_step(job->app)), &p) : err_set(ERR_MEMORY, "no memory for a summary");
	if (!rc && call_given(job->call, "t")) rc = place_at(job->app, llround(call_value(job->call, "t")->real * (double)p.live.total_steps), &p);
	if (!rc) rc = masks_summarise(job->app, &p, samples, s);
	if (!rc) {
		job->class_count = figure_classes(p.data, job->classes);
		c->side = s->side;
		for (int g = 0; g < GRANULARITIES; g++) {
			if (!s->total.active[g]) continue;
			c->map[c->maps++] = (enum granularity)g;
			for (int i = 0; i < s->patches; i++) c->mean[g] += (c->share[g][i] = (double)s->position[g][i] / (double)samples) / s->patches;
		}
		fill_classes(job, s, c);
		snprintf(c->caption, sizeof c->caption, "masks of %lld samples at step %lld (t = %.3g): curriculum %s, α %.2g, β %.2g, γ %.2g, blend %s", (long long)samples,
		        (long long)p.step, p.t, job->app->curriculum.name, p.mix[0], p.mix[1], p.mix[2], mask_blend_name[p.options.blend]);
		figure_take_title(job, c->title);
	}
	free(s);
	return rc;
}
