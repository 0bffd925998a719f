#include "engine/train/probe.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/data/loader.h"
#include "engine/mask/mask.h"

struct probe {
	int samples, batch, cells, patches;
	size_t rgb_bytes;                            /* of one sample */
	struct model_config config;
	uint8_t *rgb, *labels[2];
	uint8_t *mask[SOURCES][GRANULARITIES];       /* [samples, N] */
	float *sample[GRANULARITIES];                /* [batch]: scratch */
};

void probe_free(struct probe *p) {
	if (!p) return;
	free(p->rgb);
	for (int i = 0; i < 2; i++) free(p->labels[i]);
	for (int g = 0; g < GRANULARITIES; g++) {
		free(p->sample[g]);
		for (int s = 0; s < SOURCES; s++) free(p->mask[s][g]);
	}
	free(p);
}

static int allocate(struct probe *p) {
	size_t n = (size_t)p->samples;
	bool ok = (p->rgb = malloc(n * p->rgb_bytes)) != NULL;
	for (int i = 0; i < 2; i++) ok = (p->labels[i] = malloc(n * (size_t)p->cells)) && ok;
	for (int g = 0; g < GRANULARITIES; g++) {
		ok = (p->sample[g] = malloc(sizeof(float) * (size_t)p->batch)) && ok;
		for (int s = 0; s < SOURCES; s++) ok = (p->mask[s][g] = malloc(n * (size_t)p->patches)) && ok;
	}
	return ok ? 0 : err_set(ERR_MEMORY, "no memory for %d validation samples (set eval_samples lower)", p->samples);
}

static void draw_masks(struct probe *p, const struct mask_options *base, int i) {
	static const enum mask_generator kind[SOURCES] = {MASK_SEMANTIC, MASK_INSTANCE, MASK_RANDOM};
	for (int s = 0; s < SOURCES; s++) {
		struct mask_options o = *base;
		struct mask_draw draw;
		double mix[SOURCES] = {0};
		mix[s] = 1;
		o.generator = kind[s];
		mask_draw(&o, mix, 0, (uint32_t)i, p->labels[SEMSEG] + (size_t)i * (size_t)p->cells, p->labels[INSTANCE] + (size_t)i * (size_t)p->cells, &draw);
		for (int g = 0; g < GRANULARITIES; g++) memcpy(p->mask[s][g] + (size_t)i * (size_t)p->patches, draw.final[g], (size_t)p->patches);
	}
}

int probe_new(struct probe **out, struct dataset *d, const struct trainer_fixed *fixed, int samples) {
	*out = NULL;
	int count = dataset_count(d, VAL);
	if (count < 1) return err_set(ERR_STATE, "no validation curve (the data set has no val split; add ROOT/val to see one)");
	struct probe *p = calloc(1, sizeof *p);
	if (!p) return err_set(ERR_MEMORY, "no memory for the validation set");
	const struct model_config *c = &fixed->model;
	int side = config_cells_side(c);
	*p = (struct probe){.samples = samples < count ? samples : count, .batch = fixed->batch, .cells = side * side,
		.patches = config_patches(c), .rgb_bytes = 3 * (size_t)c->image_size * (size_t)c->image_size, .config = *c};
	int rc = allocate(p);

	struct trainer_live plain = {0};
	mask_options_default(&plain.mask);
	struct mask_options options = trainer_mask_options(fixed, &plain);
	struct rng r;
	rng_init(&r, fixed->seed, RNG_PROBE, 0, 0);
	options.seed = (uint64_t)rng_u32(&r) << 32 | rng_u32(&r);

	struct sample_shape shape = {c->image_size, c->patch, c->instances};
	for (int i = 0; !rc && i < p->samples; i++) {
		rc = sample_load(d, VAL, i, 0, fixed->seed, &shape, p->rgb + (size_t)i * p->rgb_bytes,
		                 p->labels[INSTANCE] + (size_t)i * (size_t)p->cells, p->labels[SEMSEG] + (size_t)i * (size_t)p->cells);
		if (!rc) draw_masks(p, &options, i);
	}
	if (rc) probe_free(p);
	else *out = p;
	return rc;
}

/* Whether sample I of the probe has something to be judged by in granularity G under masks S. */
static bool has_target(const struct probe *p, int s, enum granularity g, int i) {
	const uint8_t *mask = p->mask[s][g] + (size_t)i * (size_t)p->patches;
	int side = config_side(&p->config), cells = config_cells_side(&p->config);
	for (int n = 0; n < p->patches; n++) {
		if (!mask[n]) continue;
		if (g == RGB) return true;
		const uint8_t *first = p->labels[g] + (size_t)i * (size_t)p->cells + (n / side) * CELLS_SIDE * cells + (n % side) * CELLS_SIDE;
		for (int c = 0; c < CELLS; c++)
			if (first[c / CELLS_SIDE * cells + c % CELLS_SIDE] < config_labels(&p->config, g)) return true;
	}
	return false;
}

int probe_run(struct probe *p, struct workspace *w, double val[SOURCES][GRANULARITIES]) {
	const double ones[GRANULARITIES] = {1, 1, 1};
	for (int s = 0; s < SOURCES; s++) {
		double sum[GRANULARITIES] = {0};
		int valid[GRANULARITIES] = {0};
		for (int first = 0; first < p->samples; first += p->batch) {
			size_t at = (size_t)first;
			struct model_input in = {.batch = p->samples - first < p->batch ? p->samples - first : p->batch, .rgb = p->rgb + at * p->rgb_bytes,
				.labels = {p->labels[0] + at * (size_t)p->cells, p->labels[1] + at * (size_t)p->cells}};
			for (int g = 0; g < GRANULARITIES; g++) in.mask[g] = p->mask[s][g] + at * (size_t)p->patches;
			struct model_losses losses;
			int rc = workspace_load(w, &in);
			if (!rc) rc = model_forward(w);
			if (!rc) rc = model_loss(w, ones, false, &losses, p->sample);
			if (rc) return rc;
			for (int g = 0; g < GRANULARITIES; g++)
				for (int i = 0; p->config.active[g] && i < in.batch; i++)
					if (has_target(p, s, (enum granularity)g, first + i)) sum[g] += p->sample[g][i], valid[g]++;
		}
		for (int g = 0; g < GRANULARITIES; g++) val[s][g] = valid[g] ? sum[g] / valid[g] : 0;
	}
	return 0;
}
