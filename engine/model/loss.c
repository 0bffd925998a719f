/* Losses: the mean over a sample's valid masked cells or values, then the mean over the samples that have any (spec.md section 3). */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/internal.h"

static int samples_with_targets(const struct workspace *w, enum granularity g) {
	int n = 0;
	for (int b = 0; b < w->batch; b++) n += w->in->valid[g][b] > 0;
	return n;
}

/* d total / d (one cell's or value's loss) of each sample: weight / samples / cells. They go to a set that no earlier work uses. */
static void upload_weights(struct workspace *w, const double weights[GRANULARITIES]) {
	const struct input_set *in = w->in;
	size_t batch = (size_t)w->batch_max;
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!w->model->config.active[g]) continue;
		int samples = samples_with_targets(w, g);
		for (int b = 0; b < w->batch; b++)
			in->host_weight[(size_t)g * batch + (size_t)b] =
			        in->valid[g][b] ? (float)(weights[g] / samples / in->valid[g][b]) : 0;
	}
	device_upload_ahead(workspace_device(w), in->weight, in->host_weight, GRANULARITIES * batch * sizeof *in->weight);
}

static void run(const struct workspace *w, int i, bool gradient) {
	struct device *d = workspace_device(w);
	const struct model_config *c = &w->model->config;
	struct patch_shape shape = workspace_patches(w);
	enum granularity g = w->model->layout.stages[i].granularity;
	act *prediction = w->stages[i].prediction, *out = gradient ? prediction : NULL;
	float *sample = w->sample_loss + (size_t)i * (size_t)w->batch;
	const struct input_set *in = w->in;
	const float *weight = in->weight + (size_t)g * (size_t)w->batch_max;
	if (g == RGB) d->op->pixel_loss(d, sample, out, prediction, w->rgb, in->mask[g], weight, c->norm_pix, &shape);
	else d->op->cross_entropy(d, sample, out, prediction, in->labels[g], in->mask[g], weight, config_labels(c, g), &shape);
}

static size_t sample_losses(const struct workspace *w) { return (size_t)w->model->layout.groups * (size_t)w->batch; }

int model_loss_queue(struct workspace *w, const double weights[GRANULARITIES], bool gradient) {
	if (w->batch == 0) return err_set(ERR_STATE, "no batch is loaded (workspace_load comes before model_loss)");
	memcpy(w->loss_weights, weights, sizeof w->loss_weights);
	upload_weights(w, weights);
	for (bool go = !gradient || recording_begin(w, RECORD_LOSS, 0); go; go = gradient && recording_end(w, RECORD_LOSS))
		for (int i = 0; i < w->model->layout.groups; i++) run(w, i, gradient);
	device_fetch(workspace_device(w), w->host_loss, w->sample_loss, sample_losses(w) * sizeof *w->host_loss);
	return 0;
}

/* The mean over samples that have a target; 0 when none has. HOST: the losses of stage G's samples. */
static double mean(const struct workspace *w, enum granularity g, const float *host, float *sample) {
	const int *valid = w->in->valid[g];
	int samples = samples_with_targets(w, g);
	double sum = 0;
	for (int b = 0; b < w->batch; b++) {
		if (valid[b]) sum += host[b];
		if (sample) sample[b] = valid[b] ? host[b] : 0;
	}
	return samples ? sum / samples : 0;
}

void model_loss_read(const struct workspace *w, struct model_losses *out, float *sample[GRANULARITIES]) {
	const struct layout *l = &w->model->layout;
	*out = (struct model_losses){.total = 0};
	for (int i = 0; i < l->groups; i++) {
		enum granularity g = l->stages[i].granularity;
		out->of[g] = mean(w, g, w->host_loss + (size_t)i * (size_t)w->batch, sample ? sample[g] : NULL);
	}
	for (int g = 0; g < GRANULARITIES; g++) out->total += w->model->config.active[g] ? w->loss_weights[g] * out->of[g] : 0;
}

int model_loss(struct workspace *w, const double weights[GRANULARITIES], bool gradient, struct model_losses *out,
               float *sample[GRANULARITIES]) {
	*out = (struct model_losses){.total = 0};
	int rc = model_loss_queue(w, weights, gradient);
	if (!rc) rc = device_sync(workspace_device(w));
	if (!rc) model_loss_read(w, out, sample);
	return rc;
}

/* ---- the guard ---- */

int model_guard_queue(struct workspace *w) {
	struct model *m = w->model;
	struct device *d = m->device;
	if (!m->buffer[GRADIENTS]) return err_set(ERR_STATE, "this model was made for inference (it has no gradients)");
	d->op->sum_squares(d, m->guard, m->buffer[GRADIENTS], (int64_t)m->layout.size);
	d->op->sum_squares(d, m->guard + 1, w->sample_loss, (int64_t)sample_losses(w));
	device_fetch(d, w->host_guard, m->guard, 2 * sizeof *w->host_guard);
	return 0;
}

bool model_guard_read(const struct workspace *w, double *norm) {
	*norm = sqrt(w->host_guard[0]);
	return isfinite(w->host_guard[0]) && isfinite(w->host_guard[1]);
}
