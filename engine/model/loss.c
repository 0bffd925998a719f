/* Losses: the mean over a sample's valid masked cells or values, then the mean over the samples that have any (spec.md section 3). */
#include "engine/base/err.h"
#include "engine/model/internal.h"

static int samples_with_targets(const struct workspace *w, enum granularity g) {
	int n = 0;
	for (int b = 0; b < w->batch; b++) n += w->valid[g][b] > 0;
	return n;
}

/* d total / d (one cell's or value's loss) of each sample: weight / samples / cells. */
static void upload_weights(struct workspace *w, const double weights[GRANULARITIES]) {
	size_t batch = (size_t)w->batch_max;
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!w->model->config.active[g]) continue;
		int samples = samples_with_targets(w, g);
		for (int b = 0; b < w->batch; b++)
			w->host_weight[(size_t)g * batch + (size_t)b] =
			        w->valid[g][b] ? (float)(weights[g] / samples / w->valid[g][b]) : 0;
	}
	device_upload(workspace_device(w), w->weight, w->host_weight, GRANULARITIES * batch * sizeof *w->weight);
}

static void run(const struct workspace *w, int i, bool gradient) {
	struct device *d = workspace_device(w);
	const struct model_config *c = &w->model->config;
	struct patch_shape shape = workspace_patches(w);
	enum granularity g = w->model->layout.stages[i].granularity;
	act *prediction = w->stages[i].prediction, *out = gradient ? prediction : NULL;
	float *sample = w->sample_loss + (size_t)g * (size_t)w->batch_max;
	const float *weight = w->weight + (size_t)g * (size_t)w->batch_max;
	if (g == RGB) d->op->pixel_loss(d, sample, out, prediction, w->rgb, w->mask[g], weight, c->norm_pix, &shape);
	else d->op->cross_entropy(d, sample, out, prediction, w->labels[g], w->mask[g], weight, config_labels(c, g), &shape);
}

/* The mean over samples that have a target; 0 when none has. */
static double mean(const struct workspace *w, enum granularity g, float *sample) {
	const float *host = w->host_loss + (size_t)g * (size_t)w->batch_max;
	int samples = samples_with_targets(w, g);
	double sum = 0;
	for (int b = 0; b < w->batch; b++) {
		if (w->valid[g][b]) sum += host[b];
		if (sample) sample[b] = w->valid[g][b] ? host[b] : 0;
	}
	return samples ? sum / samples : 0;
}

int model_loss(struct workspace *w, const double weights[GRANULARITIES], bool gradient, struct model_losses *out,
               float *sample[GRANULARITIES]) {
	struct device *d = workspace_device(w);
	*out = (struct model_losses){.total = 0};
	if (w->batch == 0) return err_set(ERR_STATE, "no batch is loaded (workspace_load comes before model_loss)");
	upload_weights(w, weights);
	for (int i = 0; i < w->model->layout.groups; i++) run(w, i, gradient);
	device_download(d, w->host_loss, w->sample_loss, GRANULARITIES * (size_t)w->batch_max * sizeof *w->host_loss);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!w->model->config.active[g]) continue;
		out->of[g] = mean(w, g, sample ? sample[g] : NULL);
		out->total += weights[g] * out->of[g];
	}
	return device_sync(d);
}
