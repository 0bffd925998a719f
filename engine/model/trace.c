#include "engine/model/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/internal.h"
#include "engine/model/safetensors.h"

/* A trace on its way: the batch as read, and the results as they will be written. */
struct trace {
	struct model *model;
	struct safetensors *file;
	int batch, visible;
	float *rgb;
	uint8_t *labels[2], *mask[GRANULARITIES];
	struct workspace *workspace;
	float *gradients;         /* device memory, model_size() */
	struct tensor_info *out;
	char (*names)[96];
	int outs;
};

/* ---- reading the batch ---- */

/* The tensor NAME of that type and of [B, rest...]; NDIM counts B. */
static int find(struct trace *t, const char *name, enum tensor_type type, int ndim, const int64_t *shape,
                const struct tensor_info **out) {
	char has[120], wants[120];
	const char *path = safetensors_path(t->file);
	const struct tensor_info *found = safetensors_find(t->file, name);
	struct tensor_info want = {.ndim = ndim};
	if (!found)
		return err_set(ERR_FORMAT,
		               "%s has no tensor %s (trace needs rgb, instance, semseg and mask.* of the active granularities)",
		               path, name);
	if (found->type != type)
		return err_set(ERR_FORMAT, "%s: %s is of type %s, not %s", path, name, tensor_type_name(found->type),
		               tensor_type_name(type));
	bool same = found->ndim == ndim && found->shape[0] >= 1 && found->shape[0] <= BATCH_MAX &&
	            (t->batch == 0 || found->shape[0] == t->batch);
	for (int i = 1; same && i < ndim; i++) same = found->shape[i] == shape[i];
	tensor_shape_format(found, has, sizeof has);
	for (int i = 0; i < ndim; i++) want.shape[i] = i ? shape[i] : t->batch;
	tensor_shape_format(&want, wants, sizeof wants);
	if (!same && t->batch == 0)
		return err_set(ERR_FORMAT, "%s: %s is %s, not [B%s with B from 1 to %d", path, name, has, wants + 2, BATCH_MAX);
	if (!same) return err_set(ERR_FORMAT, "%s: %s is %s, not %s", path, name, has, wants);
	t->batch = (int)found->shape[0];
	*out = found;
	return 0;
}

/* Integers 0 .. LIMIT - 1, or EXTRA (-1: none), as bytes; *OUT is the caller's. */
static int read_bytes(struct trace *t, const struct tensor_info *from, int limit, int extra, uint8_t **out) {
	*out = malloc(from->count);
	if (!*out) return err_set(ERR_MEMORY, "no memory for %s", from->name);
	for (size_t i = 0; i < from->count; i++) {
		int32_t value;
		memcpy(&value, (const char *)from->data + i * sizeof value, sizeof value);
		if ((value < 0 || value >= limit) && value != extra)
			return err_set(ERR_FORMAT, "%s: %s holds %d at element %zu (0 to %d%s)", safetensors_path(t->file),
			               from->name, value, i, limit - 1, extra >= 0 ? ", or 255" : "");
		(*out)[i] = (uint8_t)value;
	}
	return 0;
}

static int read_rgb(struct trace *t) {
	int64_t size = t->model->config.image_size;
	const struct tensor_info *from = NULL;
	int rc = find(t, "rgb", TENSOR_F32, 4, (int64_t[]){0, 3, size, size}, &from);
	if (rc) return rc;
	t->rgb = malloc(from->bytes);
	if (!t->rgb) return err_set(ERR_MEMORY, "no memory for rgb");
	memcpy(t->rgb, from->data, from->bytes);
	return 0;
}

static int read_granularity(struct trace *t, enum granularity g) {
	const struct model_config *c = &t->model->config;
	int64_t cells = config_cells_side(c);
	const struct tensor_info *from = NULL;
	char name[32];
	int rc;
	if (g == RGB) {
		if ((rc = read_rgb(t))) return rc;
	} else {
		if ((rc = find(t, granularity_name[g], TENSOR_I32, 3, (int64_t[]){0, cells, cells}, &from))) return rc;
		int unlabelled = g == SEMSEG; /* C itself, or 255 */
		if ((rc = read_bytes(t, from, config_labels(c, g) + unlabelled, unlabelled ? UNLABELLED : -1, &t->labels[g])))
			return rc;
	}
	snprintf(name, sizeof name, "mask.%s", granularity_name[g]);
	if ((rc = find(t, name, TENSOR_I32, 2, (int64_t[]){0, config_patches(c)}, &from))) return rc;
	return read_bytes(t, from, 2, -1, &t->mask[g]);
}

/* The visible tokens of the first sample; workspace_load() holds the others to it. */
static int count_visible(struct trace *t) {
	int patches = config_patches(&t->model->config);
	for (int g = 0; g < GRANULARITIES; g++)
		for (int n = 0; t->mask[g] && n < patches; n++) t->visible += !t->mask[g][n];
	if (t->visible) return 0;
	return err_set(ERR_FORMAT, "%s: no token of the first sample is visible (a mask's 0 is visible)",
	               safetensors_path(t->file));
}

static int read_batch(struct trace *t, const char *path) {
	int rc = safetensors_open(&t->file, path);
	for (int g = GRANULARITIES - 1; rc == 0 && g >= 0; g--)
		if (t->model->config.active[g]) rc = read_granularity(t, g);
	return rc ? rc : count_visible(t);
}

/* ---- the results ---- */

/* A result of that name and shape: host memory for it, in *DATA. */
static int add(struct trace *t, const char *prefix, const char *name, int ndim, const int64_t *shape, float **data) {
	struct tensor_info *o = &t->out[t->outs];
	snprintf(t->names[t->outs], sizeof *t->names, "%s%s", prefix, name);
	*o = tensor_of(t->names[t->outs], TENSOR_F32, ndim, shape, NULL);
	*data = malloc(o->bytes);
	if (!*data) return err_set(ERR_MEMORY, "no memory for the trace's %s (%zu bytes)", t->names[t->outs], o->bytes);
	o->data = *data;
	t->outs++;
	return 0;
}

static int add_outputs(struct trace *t) {
	const struct model_config *c = &t->model->config;
	float *data;
	int rc = add(t, "", "encoded", 3, (int64_t[]){t->batch, t->visible + 1, c->width}, &data);
	if (rc) return rc;
	workspace_encoded(t->workspace, data);
	for (int g = 0; g < GRANULARITIES; g++) {
		if (!c->active[g]) continue;
		if ((rc = add(t, "pred.", granularity_name[g], 3, (int64_t[]){t->batch, config_patches(c), config_out(c, g)},
		              &data)))
			return rc;
		workspace_prediction(t->workspace, g, data);
	}
	return 0;
}

static int add_losses(struct trace *t, const struct model_losses *losses) {
	float *data;
	int rc = add(t, "loss.", "total", 1, (int64_t[]){1}, &data);
	if (rc) return rc;
	*data = (float)losses->total;
	for (int g = 0; g < GRANULARITIES; g++) {
		if ((rc = add(t, "loss.", granularity_name[g], 1, (int64_t[]){1}, &data))) return rc;
		*data = (float)losses->of[g];
	}
	return 0;
}

static int add_gradients(struct trace *t) {
	for (int i = 0; i < t->model->layout.count; i++) {
		const struct parameter *p = &t->model->layout.rows[i];
		int64_t shape[4];
		float *data;
		for (int k = 0; k < p->ndim; k++) shape[k] = p->shape[k];
		int rc = add(t, "grad.", p->name, p->ndim, shape, &data);
		if (rc) return rc;
		device_download(t->model->device, data, t->gradients + p->offset, p->count * sizeof *data);
	}
	return 0;
}

static int compute(struct trace *t, const double loss_weights[GRANULARITIES], bool gradients) {
	const struct model_input in = {.batch = t->batch,
	                               .rgb_normalised = t->rgb,
	                               .labels = {t->labels[SEMSEG], t->labels[INSTANCE]},
	                               .mask = {t->mask[SEMSEG], t->mask[INSTANCE], t->mask[RGB]}};
	struct device *d = t->model->device;
	struct model_losses losses;
	int rc = workspace_new(&t->workspace, t->model, t->batch, t->visible, gradients);
	if (rc) return rc;
	if (gradients &&
	    (rc = device_alloc(d, (void **)&t->gradients, t->model->layout.size * sizeof(float), "a trace's gradients")))
		return rc;
	t->workspace->gradients = t->gradients;
	if ((rc = workspace_load(t->workspace, &in)) || (rc = model_forward(t->workspace)) || (rc = add_outputs(t))) return rc;
	if ((rc = model_loss(t->workspace, loss_weights, gradients, &losses, NULL)) || (rc = add_losses(t, &losses))) return rc;
	if (!gradients) return 0;
	if ((rc = model_backward(t->workspace)) || (rc = device_sync(d))) return rc;
	return add_gradients(t);
}

static void fini(struct trace *t) {
	for (int i = 0; i < t->outs; i++) free((void *)t->out[i].data);
	free(t->out);
	free(t->names);
	free(t->rgb);
	for (int g = 0; g < 2; g++) free(t->labels[g]);
	for (int g = 0; g < GRANULARITIES; g++) free(t->mask[g]);
	workspace_free(t->workspace);
	device_free(t->model->device, t->gradients);
	safetensors_close(t->file);
}

int trace_run(struct model *m, const char *batch_path, const char *out_path, const double loss_weights[GRANULARITIES],
              bool gradients) {
	struct trace t = {.model = m};
	size_t most = 1 + GRANULARITIES + 1 + GRANULARITIES + (size_t)m->layout.count;
	int rc = 0;
	t.out = calloc(most, sizeof *t.out);
	t.names = calloc(most, sizeof *t.names);
	if (!t.out || !t.names) rc = err_set(ERR_MEMORY, "no memory for a trace");
	if (rc == 0) rc = read_batch(&t, batch_path);
	if (rc == 0) rc = compute(&t, loss_weights, gradients);
	if (rc == 0) rc = safetensors_write(out_path, t.out, t.outs, NULL, 0);
	fini(&t);
	return rc;
}
