#include "engine/train/whatif.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/data/loader.h"
#include "engine/train/redraw.h"

const char *const whatif_mask_name[WHATIF_MASKS] = {"training", "semantic", "instance", "random", "block", "tube",
	"none", "only-semseg", "only-instance", "only-rgb"};

/* How each kind of mask comes about: by a generator, or by leaving whole granularities visible. */
static const struct { bool drawn; enum mask_generator generator; bool visible[GRANULARITIES]; } kinds[WHATIF_MASKS] = {
	[WHATIF_TRAINING] = {.drawn = true, .generator = MASK_CURRICULUM},
	[WHATIF_SEMANTIC] = {.drawn = true, .generator = MASK_SEMANTIC},
	[WHATIF_INSTANCE] = {.drawn = true, .generator = MASK_INSTANCE},
	[WHATIF_RANDOM] = {.drawn = true, .generator = MASK_RANDOM},
	[WHATIF_BLOCK] = {.drawn = true, .generator = MASK_BLOCK},
	[WHATIF_TUBE] = {.drawn = true, .generator = MASK_TUBE},
	[WHATIF_NONE] = {.visible = {true, true, true}},
	[WHATIF_ONLY_SEMSEG] = {.visible = {[SEMSEG] = true}},
	[WHATIF_ONLY_INSTANCE] = {.visible = {[INSTANCE] = true}},
	[WHATIF_ONLY_RGB] = {.visible = {[RGB] = true}},
};

void whatif_free(struct whatif *w) {
	free(w->rgb);
	w->rgb = NULL;
	for (int i = 0; i < 2; i++) {
		free(w->labels[i]);
		w->labels[i] = NULL;
	}
	for (int g = 0; g < GRANULARITIES; g++) {
		free(w->prediction[g]);
		w->prediction[g] = NULL;
	}
}

static int allocate(struct whatif *w) {
	const struct model_config *c = &w->config;
	size_t cells = (size_t)config_cells_side(c) * (size_t)config_cells_side(c);
	bool ok = (w->rgb = malloc(3 * (size_t)c->image_size * (size_t)c->image_size)) != NULL;
	for (int i = 0; i < 2; i++) ok = (w->labels[i] = malloc(cells)) && ok;
	for (int g = 0; g < GRANULARITIES; g++)
		ok = (w->prediction[g] = calloc((size_t)config_patches(c) * (size_t)config_out(c, (enum granularity)g), sizeof(float))) && ok;
	return ok ? 0 : err_set(ERR_MEMORY, "no memory for a prediction");
}

/* All patches of G but VISIBLE random ones are masked; fewer visible are a part of more. */
static void keep_some(struct whatif *w, enum granularity g, uint64_t seed, int epoch) {
	int order[PATCHES_MAX];
	struct rng r;
	rng_init(&r, seed, RNG_MASK_RANDOM, (uint32_t)epoch, (uint32_t)w->index);
	for (int i = 0; i < w->draw.patches; i++) order[i] = i;
	rng_shuffle(&r, order, w->draw.patches);
	for (int i = w->visible; i < w->draw.patches; i++) w->draw.final[g][order[i]] = 1;
	w->draw.visible[g] = w->visible;
}

/* Whole granularities visible (of only-*, VISIBLE patches where that is given), the rest masked. */
static int open_wide(struct whatif *w, const bool visible[GRANULARITIES], uint64_t seed, int epoch) {
	int shown = 0;
	if (w->mask != WHATIF_NONE && w->visible > w->draw.patches)
		return err_set(ERR_ARGUMENT, "mask=%s can't leave %d patches visible (a granularity has %d)", whatif_mask_name[w->mask], w->visible, w->draw.patches);
	for (int g = 0; g < GRANULARITIES; g++) {
		bool open = w->config.active[g] && visible[g];
		w->draw.visible[g] = open ? w->draw.patches : 0;
		memset(w->draw.final[g], !open, (size_t)w->draw.patches);
		if (open && w->mask != WHATIF_NONE && w->visible > 0) keep_some(w, (enum granularity)g, seed, epoch);
		shown += w->draw.visible[g];
	}
	w->draw.chosen = -1;
	if (!shown) return err_set(ERR_ARGUMENT, "mask=%s leaves nothing visible (that granularity is not in this model)", whatif_mask_name[w->mask]);
	return 0;
}

static int draw(struct trainer_access *a, struct whatif *w, int epoch) {
	struct trainer_live live;
	trainer_live_at(a->trainer, w->step, &live);
	struct mask_options o = trainer_mask_options(a->fixed, &live);
	if (w->mask != WHATIF_TRAINING) o.generator = kinds[w->mask].generator;
	if (w->visible > 0) o.visible = w->visible;
	int rc = mask_options_check(&o);
	if (rc) return rc;
	double mix[SOURCES];
	trainer_mix(&live, w->step, mix);
	mask_draw(&o, mix, (uint32_t)epoch, (uint32_t)w->index, w->labels[SEMSEG], w->labels[INSTANCE], &w->draw);
	return 0;
}

static int prepare(struct trainer_access *a, struct whatif *w) {
	const struct model_config *c = &w->config;
	int count = dataset_count(a->dataset, w->split), epoch = 0, rc = 0;
	if (w->index < 0 || w->index >= count)
		return err_set(ERR_ARGUMENT, "there is no sample %s/%d (%s has %d: 0 to %d)", split_name[w->split], w->index, split_name[w->split], count, count - 1);
	bool used;
	if (w->split == TRAIN) rc = redraw_epoch(a->fixed->seed, count, a->fixed->batch, w->step, w->index, &epoch, &used);
	const struct sample_shape shape = {c->image_size, c->patch, c->instances};
	if (!rc) rc = sample_load(a->dataset, w->split, w->index, epoch, a->fixed->seed, &shape, w->rgb, w->labels[INSTANCE], w->labels[SEMSEG]);
	if (rc) return rc;
	w->draw.side = config_side(c);
	w->draw.patches = config_patches(c);
	return kinds[w->mask].drawn ? draw(a, w, epoch) : open_wide(w, kinds[w->mask].visible, a->fixed->seed, epoch);
}

/* Allocating takes longer than a forward pass of one image, so the memory is kept while V stays. */
static int spare_ready(struct trainer_access *a, int visible) {
	struct spare *s = a->spare;
	if (s->workspace && s->visible == visible) return 0;
	workspace_free(s->workspace);
	*s = (struct spare){.visible = visible};
	return workspace_new(&s->workspace, a->model, 1, visible, false);
}

static int predict(struct trainer_access *a, struct whatif *w) {
	const double ones[GRANULARITIES] = {1, 1, 1};
	int visible = 0;
	for (int g = 0; g < GRANULARITIES; g++) visible += w->config.active[g] ? w->draw.visible[g] : 0;
	int rc = spare_ready(a, visible);
	if (rc) return rc;
	struct workspace *space = a->spare->workspace;
	const struct model_input in = {.batch = 1, .rgb = w->rgb, .labels = {w->labels[0], w->labels[1]},
		.mask = {w->draw.final[SEMSEG], w->draw.final[INSTANCE], w->draw.final[RGB]}};
	rc = workspace_load(space, &in);
	if (!rc) rc = model_forward(space);
	for (int g = 0; !rc && g < GRANULARITIES; g++)
		if (w->config.active[g]) workspace_prediction(space, (enum granularity)g, w->prediction[g]);
	return rc ? rc : model_loss(space, ones, false, &w->losses, NULL);
}

int whatif_run(struct trainer_access *a, void *whatif) {
	struct whatif *w = whatif;
	if (!a->dataset) return err_set(ERR_STATE, "there is no data to predict on (data open DIR, or data scenes)");
	w->config = a->fixed->model;
	w->trained = a->step;
	if (w->step < 0) w->step = a->step;
	int rc = allocate(w);
	if (!rc) rc = prepare(a, w);
	if (!rc) rc = predict(a, w);
	if (rc) whatif_free(w);
	return rc;
}

void whatif_labels(const struct whatif *w, enum granularity g, uint8_t *labels) {
	int side = config_side(&w->config), cells = config_cells_side(&w->config), classes = config_labels(&w->config, g);
	for (int n = 0; n < side * side; n++) {
		const float *logits = w->prediction[g] + (size_t)n * (size_t)classes * CELLS;
		for (int cell = 0; cell < CELLS; cell++) {
			int best = 0;
			for (int k = 1; k < classes; k++)
				if (logits[k * CELLS + cell] > logits[best * CELLS + cell]) best = k;
			labels[(n / side * CELLS_SIDE + cell / CELLS_SIDE) * cells + n % side * CELLS_SIDE + cell % CELLS_SIDE] = (uint8_t)best;
		}
	}
}

/* ImageNet's statistics, as op/embed.h normalises. */
static const double channel_mean[3] = {0.485, 0.456, 0.406}, channel_std[3] = {0.229, 0.224, 0.225};

/* Mean and deviation of patch N's normalised target, for norm_pix. */
static void patch_statistics(const struct whatif *w, int n, double *mean, double *deviation) {
	int p = w->config.patch, side = config_side(&w->config), size = w->config.image_size, values = 3 * p * p;
	double sum = 0, squares = 0;
	for (int v = 0; v < values; v++) {
		int c = v / (p * p), y = n / side * p + v / p % p, x = n % side * p + v % p;
		double u = (w->rgb[(c * size + y) * size + x] / 255.0 - channel_mean[c]) / channel_std[c];
		sum += u;
		squares += u * u;
	}
	*mean = sum / values;
	*deviation = sqrt(fmax(0, squares - sum * *mean) / (values - 1) + 1e-6);
}

void whatif_pixels(const struct whatif *w, uint8_t *rgb) {
	int p = w->config.patch, side = config_side(&w->config), size = w->config.image_size;
	for (int n = 0; n < side * side; n++) {
		double mean = 0, deviation = 1;
		if (w->config.norm_pix) patch_statistics(w, n, &mean, &deviation);
		const float *patch = w->prediction[RGB] + (size_t)n * (size_t)(3 * p * p);
		for (int v = 0; v < 3 * p * p; v++) {
			int c = v / (p * p), y = n / side * p + v / p % p, x = n % side * p + v % p;
			double u = ((patch[v] * deviation + mean) * channel_std[c] + channel_mean[c]) * 255;
			rgb[(y * size + x) * 3 + c] = (uint8_t)(u < 0 ? 0 : u > 255 ? 255 : lrint(u));
		}
	}
}
