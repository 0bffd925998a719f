#include "app/drifts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/progress.h"
#include "engine/base/err.h"

int drifts_named(const struct dirent *e) {
	size_t n = strlen(e->d_name), m = strlen(".safetensors");
	return n > m && strcmp(e->d_name + n - m, ".safetensors") == 0;
}

static int make_room(struct drifts *d, int more) {
	struct attend_drift_request *all = realloc(d->request, (size_t)(d->count + more) * sizeof *all);
	if (!all) return err_set(ERR_MEMORY, "no memory for %d checkpoints", d->count + more);
	d->request = all;
	return 0;
}

int drifts_collect(const char *path, const struct attend_drift_request *like, struct drifts *out) {
	struct stat st;
	struct dirent **entries = NULL;
	bool folder = path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	int n = folder ? scandir(path, &entries, drifts_named, alphasort) : 1, rc = 0;
	if (n < 1) rc = err_set(ERR_FILE, "there is no checkpoint in %s (a folder of .safetensors files is expected)", path);
	else rc = make_room(out, n);
	for (int i = 0; i < n; i++) {
		char *inner = NULL;
		if (!rc && path && asprintf(&inner, "%s%s%s", path, folder ? "/" : "", folder ? entries[i]->d_name : "") < 0) rc = err_set(ERR_MEMORY, "no memory for a path");
		if (!rc) {
			out->request[out->count] = *like;
			out->request[out->count++].checkpoint = inner;
		}
		if (folder) free(entries[i]);
	}
	free(entries);
	return rc;
}

static int by_step(const void *a, const void *b) {
	const struct attend_drift_request *x = a, *y = b;
	return (x->result.step > y->result.step) - (x->result.step < y->result.step);
}

/* In order of steps; what a folder holds twice (last.safetensors) counts once. */
static void sort(struct drifts *d) {
	int kept = 0;
	qsort(d->request, (size_t)d->count, sizeof *d->request, by_step);
	for (int i = 0; i < d->count; i++) {
		if (kept && memcmp(&d->request[i].result, &d->request[kept - 1].result, sizeof d->request->result) == 0) free((char *)d->request[i].checkpoint);
		else d->request[kept++] = d->request[i];
	}
	d->count = kept;
}

int drifts_evaluate(struct app *a, struct trainer *t, const char *what, struct drifts *d) {
	int rc = 0;
	for (int i = 0; !rc && i < d->count; i++) {
		progress_tell(a, what, "checkpoints", i, d->count);
		rc = app_call(a, t, attend_drift_run, &d->request[i], NULL);
		if (!rc && i + 1 < d->count && (rc = app_interrupted())) err_set(rc, "%s was stopped by a signal after %d of %d checkpoints", what, i + 1, d->count);
	}
	progress_end(a);
	if (!rc) sort(d);
	return rc;
}

void drifts_free(struct drifts *d) {
	for (int i = 0; i < d->count; i++) free((char *)d->request[i].checkpoint);
	free(d->request);
	*d = (struct drifts){0};
}

/* ---- the window's curve ---------------------------------------------------------------------------------------------------------------- */

double drift_ratio(const struct attend_drift *d) { return d->objects / d->object_area; }

void drift_curve_put(struct drift_curve *c, double step, double ratio) {
	int at = 0;
	if (c->count == DRIFT_POINTS) {
		for (int i = 0; i < DRIFT_POINTS / 2; i++) c->step[i] = c->step[2 * i], c->ratio[i] = c->ratio[2 * i];
		c->count = DRIFT_POINTS / 2;
	}
	while (at < c->count && c->step[at] < step) at++;
	if (at == c->count || c->step[at] > step) {
		memmove(c->step + at + 1, c->step + at, sizeof *c->step * (size_t)(c->count - at));
		memmove(c->ratio + at + 1, c->ratio + at, sizeof *c->ratio * (size_t)(c->count - at));
		c->count++;
	}
	c->step[at] = step, c->ratio[at] = ratio;
}

/* At even steps, by straight lines between the points. */
double drift_curve_at(const struct drift_curve *c, double step) {
	int i = 1;
	while (i < c->count - 1 && c->step[i] < step) i++;
	if (c->count < 2) return c->count ? c->ratio[0] : NAN;
	double share = (step - c->step[i - 1]) / (c->step[i] - c->step[i - 1]);
	return c->ratio[i - 1] + fmin(1, fmax(0, share)) * (c->ratio[i] - c->ratio[i - 1]);
}

/* ---- collected while the window stands ---------------------------------------------------------------------------------------------------- */

int drifting_run(struct drifting *d, const char *folder) {
	const struct attend_drift_request like = {.mask = WHATIF_ONLY_RGB, .samples = DRIFT_IMAGES};
	drifts_free(&d->files);
	d->at = 0;
	int rc = drifts_collect(folder, &like, &d->files);
	if (rc) drifts_free(&d->files);
	return rc;
}

static uint64_t post_file(struct drifting *d, struct trainer *t) {
	d->file = true;
	return trainer_call(t, attend_drift_run, &d->files.request[d->at]);
}

uint64_t drifting_post(struct drifting *d, struct trainer *t, int images, int64_t step, int64_t spacing) {
	if (d->at < d->files.count) return post_file(d, t);
	if (images > DRIFT_IMAGES) images = DRIFT_IMAGES;
	if (d->next == 0 && (spacing <= 0 || images < 1 || (d->begun && llabs(step - d->last) < spacing))) return 0;
	if (d->next == 0) d->sum = (struct attend_drift){0}, d->begun = true, d->last = step;
	const struct attend_choice choice = attend_drift_choice(&trainer_fixed(t)->model);
	d->file = false;
	d->layer = choice.layer;
	d->images = images;
	d->whatif = (struct whatif){.split = VAL, .index = d->next, .step = -1, .mask = WHATIF_ONLY_RGB, .layers = &d->layer, .captures = 1};
	return trainer_call(t, whatif_run, &d->whatif);
}

static int take_image(struct drifting *d) {
	const struct attend_choice choice = attend_drift_choice(&d->whatif.config);
	struct attend_view *v = malloc(sizeof *v);
	int rc = v ? attend_view(&d->whatif, &choice, v) : err_set(ERR_MEMORY, "no memory to read an attention map");
	if (!rc) attend_drift_add(&d->sum, &v->numbers);
	free(v);
	return rc;
}

/* The point of an image by image stands between its first step and its last. */
bool drifting_take(struct drifting *d, const struct answer *answer, struct drift_curve *curve) {
	if (d->file) {
		const struct attend_drift *r = &d->files.request[d->at++].result;
		if (answer->code) return drifts_free(&d->files), d->at = 0, err_set(answer->code, "%s", answer->message), false;
		drift_curve_put(curve, (double)r->step, drift_ratio(r));
		return true;
	}
	int rc = answer->code ? err_set(answer->code, "%s", answer->message) : take_image(d);
	int64_t trained = d->whatif.trained;
	whatif_free(&d->whatif);
	d->next = rc || d->next + 1 == d->images ? 0 : d->next + 1;
	if (d->next == 0 && !rc && d->sum.samples) drift_curve_put(curve, (double)(d->last + trained) / 2, drift_ratio(&d->sum));
	return rc == 0;
}

void drifting_fini(struct drifting *d) {
	drifts_free(&d->files);
	*d = (struct drifting){0};
}
