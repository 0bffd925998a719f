/* tests/unit/model_fixture.h -- a micro model and random batches for it. Include after cmocka.h. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/model/model.h"

#define OK(call) do { if ((call) != 0) fail_msg("%s: %s", #call, err_message()); } while (0)

/* 16 patches of 4 x 4 pixels, 5 classes, 4 instances, width 32, depth 2. */
static inline struct model_config micro_config(void) {
	struct model_config c = model_config_of(model_preset_find("tiny"));
	c.image_size = 16, c.patch = 4, c.width = 32, c.depth = 2, c.heads = 2, c.decoder_width = 24, c.decoder_heads = 3;
	c.classes = 5, c.instances = 4;
	return c;
}

struct micro_batch {
	struct model_input input;
	float *rgb;
	uint8_t *labels[2], *mask[GRANULARITIES];
};

/* BATCH random samples with exactly VISIBLE visible tokens each, spread over the active granularities; a tenth of the semantic cells
 * is unlabelled. */
static inline struct micro_batch micro_batch_new(const struct model_config *c, int batch, int visible, uint64_t seed) {
	struct micro_batch m = {.input.batch = batch};
	int patches = config_patches(c), pixels = 3 * c->image_size * c->image_size, active[GRANULARITIES], count = 0;
	struct rng r;
	rng_init(&r, seed, RNG_SCENE, 0, 0);
	m.rgb = malloc((size_t)(batch * pixels) * sizeof *m.rgb);
	for (int i = 0; i < batch * pixels; i++) m.rgb[i] = (float)rng_normal(&r);
	for (int g = 0; g < 2; g++) {
		m.labels[g] = malloc((size_t)(batch * patches * CELLS));
		for (int i = 0; i < batch * patches * CELLS; i++)
			m.labels[g][i] = g == SEMSEG && rng_below(&r, 10) == 0
			                         ? UNLABELLED
			                         : (uint8_t)rng_below(&r, (uint32_t)config_labels(c, g));
	}
	for (int g = 0; g < GRANULARITIES; g++) {
		m.mask[g] = malloc((size_t)(batch * patches));
		memset(m.mask[g], 1, (size_t)(batch * patches));
		if (c->active[g]) active[count++] = g;
	}
	int *order = malloc((size_t)(count * patches) * sizeof *order);
	for (int b = 0; b < batch; b++) {
		for (int i = 0; i < count * patches; i++) order[i] = i;
		rng_shuffle(&r, order, count * patches);
		for (int i = 0; i < visible; i++) m.mask[active[order[i] / patches]][b * patches + order[i] % patches] = 0;
	}
	free(order);
	m.input.rgb_normalised = m.rgb;
	for (int g = 0; g < 2; g++) m.input.labels[g] = m.labels[g];
	for (int g = 0; g < GRANULARITIES; g++) m.input.mask[g] = m.mask[g];
	return m;
}

static inline void micro_batch_free(struct micro_batch *m) {
	free(m->rgb);
	for (int g = 0; g < 2; g++) free(m->labels[g]);
	for (int g = 0; g < GRANULARITIES; g++) free(m->mask[g]);
}

/* Moves every parameter away from its special starting value (zero biases, unit norms); the zero row stays. */
static inline void micro_perturb(struct model *m, float by, uint64_t seed) {
	const struct model_config *c = model_config(m);
	for (int i = 0; i < model_parameters(m); i++) {
		const struct parameter *p = model_parameter(m, i);
		float *w = malloc(p->count * sizeof *w);
		size_t moved = p->count;
		struct rng r;
		rng_init(&r, seed, RNG_PROBE, 0, (uint32_t)i);
		model_get(m, WEIGHTS, i, w);
		if (strcmp(p->name, "input_adapters.semseg.class_emb.weight") == 0) moved = (size_t)c->classes * CLASS_WIDTH;
		for (size_t k = 0; k < moved; k++) w[k] += by * (float)rng_normal(&r);
		model_set(m, WEIGHTS, i, w);
		free(w);
	}
}

static inline double micro_loss(struct workspace *w, bool gradient) {
	static const double ones[GRANULARITIES] = {1, 0.7, 1.3};
	struct model_losses losses;
	OK(model_forward(w));
	OK(model_loss(w, ones, gradient, &losses, NULL));
	if (gradient) OK(model_backward(w));
	return losses.total;
}
