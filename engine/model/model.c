#include "engine/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/model/internal.h"

static const char *const buffer_name[MODEL_BUFFERS] = {"weights", "gradients", "moment1", "moment2"};

static void take_all(struct model *m, bool training) {
	const struct model_config *c = &m->config;
	struct arena *a = &m->arena;
	size_t patches = (size_t)config_patches(c);
	arena_init(a, m->device);
	for (int i = 0; i < (training ? MODEL_BUFFERS : 1); i++)
		arena_take(a, &m->buffer[i], sizeof(float), 1, m->layout.size, "%s", buffer_name[i]);
	if (m->device->act_bytes != sizeof(float))
		arena_take(a, &m->compute, m->device->act_bytes, 1, m->layout.size, "compute weights");
	arena_take(a, &m->positions, sizeof(float), GRANULARITIES * patches, (size_t)c->width, "positions");
	arena_take(a, &m->decoder_positions, sizeof(float), patches, (size_t)c->decoder_width, "decoder positions");
	arena_take(a, &m->guard, sizeof(double), 1, 2, "guard");
}

static int allocate(struct model *m, bool training) {
	take_all(m, training);
	int rc = arena_commit(&m->arena, "the model");
	if (rc == 0 && !m->compute) m->compute = m->buffer[WEIGHTS];
	return rc;
}

/* Every parameter has a random stream of its own, so they are drawn by all threads at once. */
static int draw(struct model *m, uint64_t seed) {
	float *host = calloc(m->layout.size, sizeof *host);
	if (!host) return err_set(ERR_MEMORY, "no memory for the initial weights (%zu bytes)", m->layout.size * sizeof *host);
#pragma omp parallel for schedule(dynamic)
	for (int i = 0; i < m->layout.count; i++) parameter_draw(&m->layout, i, seed, host + m->layout.rows[i].offset);
	device_upload(m->device, m->buffer[WEIGHTS], host, m->layout.size * sizeof *host);
	if (m->compute != m->buffer[WEIGHTS])
		m->device->op->convert(m->device, m->compute, m->buffer[WEIGHTS], (int64_t)m->layout.size);
	free(host);
	return 0;
}

static int place_decoder(struct model *m) {
	const struct model_config *c = &m->config;
	size_t count = (size_t)config_patches(c) * (size_t)c->decoder_width;
	float *host = malloc(count * sizeof *host);
	if (!host) return err_set(ERR_MEMORY, "no memory for the decoder's positions");
	positions_sincos(host, config_side(c), c->decoder_width);
	device_upload(m->device, m->decoder_positions, host, count * sizeof *host);
	free(host);
	return 0;
}

int model_new(struct model **out, struct device *d, const struct model_config *c, uint64_t seed, bool training) {
	*out = NULL;
	int rc = model_config_check(c);
	if (rc) return rc;
	struct model *m = calloc(1, sizeof *m);
	if (!m) return err_set(ERR_MEMORY, "no memory for a model");
	m->device = d;
	m->config = *c;
	layout_build(&m->layout, c);
	if ((rc = allocate(m, training)) || (rc = draw(m, seed)) || (rc = place_decoder(m))) goto fail;
	for (int g = 0; g < GRANULARITIES; g++)
		if ((rc = model_set_positions(m, g, NULL))) goto fail;
	*out = m;
	return 0;
fail:
	model_free(m);
	return rc;
}

void model_free(struct model *m) {
	if (!m) return;
	arena_fini(&m->arena);
	free(m);
}

const struct model_config *model_config(const struct model *m) { return &m->config; }
struct device *model_device(const struct model *m) { return m->device; }
void model_each(const struct model *m, each_tensor each, void *context) { arena_each(&m->arena, each, context); }

int model_plan(const struct model_config *c, size_t act_bytes, bool training, each_tensor each, void *context, size_t *bytes) {
	struct device device = {.act_bytes = act_bytes};
	struct model *m = calloc(1, sizeof *m);
	*bytes = 0;
	if (!m) return err_set(ERR_MEMORY, "no memory to plan a model");
	m->device = &device;
	m->config = *c;
	layout_build(&m->layout, c);
	take_all(m, training);
	int rc = arena_plan(&m->arena, "the model");
	if (!rc) arena_each(&m->arena, each, context);
	*bytes = m->arena.bytes;
	model_free(m);
	return rc;
}

int model_parameters(const struct model *m) { return m->layout.count; }
const struct parameter *model_parameter(const struct model *m, int i) { return &m->layout.rows[i]; }

int model_find(const struct model *m, const char *name) {
	for (int i = 0; i < m->layout.count; i++)
		if (strcmp(m->layout.rows[i].name, name) == 0) return i;
	return -1;
}

size_t model_size(const struct model *m) { return m->layout.size; }
size_t model_decayed(const struct model *m) { return m->layout.decayed; }
float *model_buffer(struct model *m, enum model_buffer which) { return m->buffer[which]; }

void model_get(struct model *m, enum model_buffer which, int i, float *host) {
	const struct parameter *p = &m->layout.rows[i];
	device_download(m->device, host, m->buffer[which] + p->offset, p->count * sizeof *host);
}

void model_set(struct model *m, enum model_buffer which, int i, const float *host) {
	const struct parameter *p = &m->layout.rows[i];
	float *to = m->buffer[which] + p->offset;
	device_upload(m->device, to, host, p->count * sizeof *host);
	if (which == WEIGHTS && m->compute != m->buffer[WEIGHTS])
		m->device->op->convert(m->device, act_at(m->device, m->compute, p->offset), to, (int64_t)p->count);
}

/* Floats of one granularity's positions [N, D]; the table holds one such block a granularity. */
static size_t positions_count(const struct model *m) { return (size_t)config_patches(&m->config) * (size_t)m->config.width; }

void model_place(struct model *m, enum granularity g, const float *host, bool foreign) {
	size_t count = positions_count(m);
	device_upload(m->device, m->positions + (size_t)g * count, host, count * sizeof *host);
	m->foreign_positions[g] = foreign;
}

int model_set_positions(struct model *m, enum granularity g, const float *host) {
	if (host) {
		model_place(m, g, host, true);
		return 0;
	}
	float *own = malloc(positions_count(m) * sizeof *own);
	if (!own) return err_set(ERR_MEMORY, "no memory for the encoder's positions");
	positions_sincos(own, config_side(&m->config), m->config.width);
	model_place(m, g, own, false);
	free(own);
	return 0;
}

bool model_get_positions(struct model *m, enum granularity g, float *host) {
	size_t count = positions_count(m);
	if (host) device_download(m->device, host, m->positions + (size_t)g * count, count * sizeof *host);
	return m->foreign_positions[g];
}

int model_update(struct model *m, const struct optimizer_config *c, int64_t step) {
	struct device *d = m->device;
	if (!m->buffer[GRADIENTS])
		return err_set(ERR_STATE, "this model was made for inference (it has no gradients to update from)");
	struct adamw_step s = {.lr = (float)c->lr, .beta1 = (float)c->beta1, .beta2 = (float)c->beta2, .epsilon = (float)c->epsilon,
	                       .decay = (float)c->decay};
	s.correction1 = (float)(1 - pow(c->beta1, (double)step));
	s.correction2 = (float)(1 - pow(c->beta2, (double)step));
	d->op->adamw(d, m->buffer[WEIGHTS], m->compute, m->buffer[GRADIENTS], m->buffer[MOMENT1], m->buffer[MOMENT2], (int64_t)m->layout.size,
	             (int64_t)m->layout.decayed, m->guard, &s);
	return 0;
}
