/* A batch on its way into a workspace, and results on their way out. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/internal.h"

static int check(const struct workspace *w, const struct model_input *in) {
	const struct model_config *c = &w->model->config;
	size_t patches = (size_t)config_patches(c);
	if (in->batch < 1 || in->batch > w->batch_max)
		return err_set(ERR_ARGUMENT, "a batch of %d does not fit the workspace (1 to %d)", in->batch, w->batch_max);
	for (int g = 0; g < GRANULARITIES; g++)
		if (c->active[g] && (!in->mask[g] || (g == RGB ? !in->rgb && !in->rgb_normalised : !in->labels[g])))
			return err_set(ERR_ARGUMENT, "the batch has no %s or no mask of it (the model's granularities need both)",
			               granularity_name[g]);
	for (int b = 0; b < in->batch; b++) {
		int visible = 0;
		for (int g = 0; g < GRANULARITIES; g++)
			for (size_t n = 0; c->active[g] && n < patches; n++) visible += !in->mask[g][(size_t)b * patches + n];
		if (visible != w->visible)
			return err_set(ERR_ARGUMENT,
			               "sample %d of the batch has %d visible tokens, not %d (every sample needs the same number)",
			               b, visible, w->visible);
	}
	return 0;
}

/* Index arrays on the host: packed rows by granularity; for each token of each sample its row and its place in the position table; and
 * the reverse, the slot of each sequence row. */
static void index_build(struct workspace *w, struct input_set *set, const struct model_input *in) {
	const struct layout *l = &w->model->layout;
	int patches = config_patches(&w->model->config), next = 0;
	size_t tokens = (size_t)in->batch * (size_t)w->visible, sequence = (size_t)(l->groups * patches);
	int32_t *index = set->host_index, *row = index + tokens, *place = row + tokens, *slot = place + tokens;
	memset(w->taken, 0, (size_t)in->batch * sizeof *w->taken);
	for (int i = 0; i < l->groups; i++) {
		enum granularity g = l->sequence[i];
		set->first[g] = next;
		for (int b = 0; b < in->batch; b++)
			for (int n = 0; n < patches; n++) {
				bool masked = in->mask[g][(size_t)b * (size_t)patches + (size_t)n];
				int32_t *s = &slot[(size_t)b * sequence + (size_t)(i * patches + n)];
				*s = masked ? -1 : w->taken[b];
				if (masked) continue;
				size_t t = (size_t)b * (size_t)w->visible + (size_t)w->taken[b]++;
				index[next] = b * patches + n;
				row[t] = next++;
				place[t] = (int)g * patches + n;
			}
		set->count[g] = next - set->first[g];
	}
}

/* Masked cells with a class, or masked pixel values, of one sample. */
static int valid_targets(const struct workspace *w, const struct model_input *in, enum granularity g, int b) {
	const struct model_config *c = &w->model->config;
	int side = config_side(c), patches = side * side, valid = 0, classes = g == RGB ? 0 : config_labels(c, g);
	const uint8_t *mask = in->mask[g] + (size_t)b * (size_t)patches;
	if (g == RGB) {
		for (int n = 0; n < patches; n++) valid += mask[n] != 0;
		return valid * config_out(c, RGB);
	}
	const uint8_t *cell = in->labels[g] + (size_t)b * (size_t)patches * CELLS;
	for (int y = 0; y < side * CELLS_SIDE; y++)
		for (int x = 0; x < side * CELLS_SIDE; x++, cell++)
			valid += mask[y / CELLS_SIDE * side + x / CELLS_SIDE] && *cell < classes;
	return valid;
}

/* Two sets: no queued work uses this one, so its upload overtakes what is queued. One: it must wait its turn. */
static void send(const struct workspace *w, void *to, const void *from, size_t bytes) {
	if (w->sets == INPUT_SETS) device_upload_ahead(workspace_device(w), to, from, bytes);
	else device_upload(workspace_device(w), to, from, bytes);
}

static void send_all(struct workspace *w, struct input_set *set, const struct model_input *in) {
	const struct model_config *c = &w->model->config;
	size_t batch = (size_t)in->batch, patches = (size_t)config_patches(c), groups = (size_t)w->model->layout.groups,
	       pixels = 3 * (size_t)c->image_size * (size_t)c->image_size;
	if (c->active[RGB] && set->normalised) device_upload(workspace_device(w), w->rgb, in->rgb_normalised, batch * pixels * sizeof(float));
	else if (c->active[RGB]) send(w, set->rgb_bytes, in->rgb, batch * pixels);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!c->active[g]) continue;
		send(w, set->mask[g], in->mask[g], batch * patches);
		if (g != RGB) send(w, set->labels[g], in->labels[g], batch * patches * CELLS);
	}
	send(w, set->index, set->host_index, (3 * batch * (size_t)w->visible + batch * patches * groups) * sizeof *set->index);
}

int workspace_load(struct workspace *w, const struct model_input *in) {
	const struct model_config *c = &w->model->config;
	int rc = check(w, in);
	/* What was loaded and never used is replaced, as soon as its own upload has read the host's memory. */
	if (!rc && w->next) rc = device_ahead_done(workspace_device(w));
	if (rc) return rc;
	struct input_set *set = w->next ? w->next : &w->set[w->in == w->set ? w->sets - 1 : 0];
	set->batch = in->batch;
	set->normalised = in->rgb_normalised != NULL;
	index_build(w, set, in);
	send_all(w, set, in);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!c->active[g]) continue;
#pragma omp parallel for schedule(static)
		for (int b = 0; b < in->batch; b++) set->valid[g][b] = valid_targets(w, in, g, b);
	}
	w->next = set;
	return 0;
}

/* ---- results ---- */

static void copy_out(const struct workspace *w, float *host, const act *from, size_t count) {
	struct device *d = workspace_device(w);
	if (d->act_bytes == sizeof(float)) {
		device_download(d, host, from, count * sizeof *host);
		return;
	}
	/* Widened piece by piece through scratch, which holds nothing between two passes. */
	float *scratch = (float *)w->residual;
	size_t piece = encoder_shape(w).rows * (size_t)w->model->config.width * d->act_bytes / sizeof *scratch;
	for (size_t i = 0; i < count; i += piece) {
		size_t n = count - i < piece ? count - i : piece;
		d->op->widen(d, scratch, act_at(d, from, i), (int64_t)n);
		device_download(d, host + i, scratch, n * sizeof *host);
	}
}

void workspace_prediction(struct workspace *w, enum granularity g, float *host) {
	const struct layout *l = &w->model->layout;
	for (int i = 0; i < l->groups; i++)
		if (l->stages[i].granularity == g)
			copy_out(w, host, w->stages[i].prediction,
			         decoder_shape(w).rows * (size_t)config_out(&w->model->config, g));
}

void workspace_encoded(struct workspace *w, float *host) {
	copy_out(w, host, w->encoded, encoder_shape(w).rows * (size_t)w->model->config.width);
}
