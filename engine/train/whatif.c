#include "engine/train/whatif.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/data/loader.h"
#include "engine/data/transform.h"
#include "engine/model/weights.h"
#include "engine/train/checkpoint.h"
#include "engine/train/redraw.h"

const char *const whatif_mask_name[WHATIF_MASKS + 1] = {"training", "semantic", "instance", "random", "block", "tube",
	"none", "only-semseg", "only-instance", "only-rgb", "given"};

/* How each kind of mask comes about: by a generator, or by leaving whole granularities visible. */
static const struct { bool drawn; enum mask_generator generator; bool visible[GRANULARITIES]; } kinds[WHATIF_MASKS + 1] = {
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

bool whatif_kind_drawn(enum whatif_mask kind) { return kinds[kind].drawn; }

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
	for (int i = 0; i < w->captures; i++) attention_map_free(&w->maps[i]);
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

/* Whole granularities visible, the rest masked. */
static void open_wide(struct whatif *w, const bool visible[GRANULARITIES]) {
	for (int g = 0; g < GRANULARITIES; g++) memset(w->draw.final[g], !(w->config.active[g] && visible[g]), (size_t)w->draw.patches);
}

/* SHOWN: the granularities among which the visible patches are chosen. */
static int draw(struct trainer_access *a, struct whatif *w, int epoch, const bool shown[GRANULARITIES]) {
	struct trainer_live live;
	trainer_live_at(a->trainer, w->step, &live);
	struct mask_options o = trainer_mask_options(a->fixed, &live);
	if (w->mask != WHATIF_TRAINING) o.generator = kinds[w->mask].drawn ? kinds[w->mask].generator : MASK_RANDOM;
	if (w->visible > 0) o.visible = w->visible;
	if (w->seeded) o.seed = w->seed;
	memcpy(o.active, shown, sizeof o.active);
	int rc = mask_options_check(&o);
	if (rc) return rc;
	double mix[SOURCES];
	trainer_mix(&live, w->step, mix);
	mask_draw(&o, mix, (uint32_t)epoch, (uint32_t)w->index, w->labels[SEMSEG], w->labels[INSTANCE], &w->draw);
	return 0;
}

static int take_given(struct whatif *w) {
	if (w->given->side != w->draw.side)
		return err_set(ERR_ARGUMENT, "the mask has %d x %d patches, the model %d x %d", w->given->side, w->given->side, w->draw.side, w->draw.side);
	for (int g = 0; g < GRANULARITIES; g++)
		for (int n = 0; n < w->draw.patches; n++) w->draw.final[g][n] = !w->config.active[g] || w->given->final[g][n];
	return 0;
}

/* What a generator fills in besides the masks, for masks of every kind. */
static int describe(struct whatif *w) {
	struct mask_draw *d = &w->draw;
	int shown = 0;
	memcpy(d->active, w->config.active, sizeof d->active);
	for (int g = 0; g < GRANULARITIES; g++) {
		d->visible[g] = 0;
		for (int n = 0; n < d->patches; n++) d->visible[g] += !d->final[g][n];
		shown += d->visible[g];
	}
	if (shown) return 0;
	return err_set(ERR_ARGUMENT, "mask=%s leaves nothing visible of this model's granularities", whatif_mask_name[w->mask]);
}

static int choose_masks(struct trainer_access *a, struct whatif *w, int epoch) {
	const bool *visible = kinds[w->mask].visible;
	int rc = 0, patches = config_patches(&w->config);
	w->draw = (struct mask_draw){.side = config_side(&w->config), .patches = patches, .chosen = -1};
	patch_labels(w->labels[SEMSEG], w->draw.side, w->draw.semantic);
	patch_labels(w->labels[INSTANCE], w->draw.side, w->draw.instance);
	int only = visible[INSTANCE] + 2 * visible[RGB]; /* the granularity, if it is one */
	bool sparse = visible[SEMSEG] + visible[INSTANCE] + visible[RGB] == 1 && w->config.active[only] && w->visible > 0 && w->visible < patches;
	if (w->mask == WHATIF_GIVEN) rc = take_given(w);
	else if (kinds[w->mask].drawn) rc = draw(a, w, epoch, w->config.active);
	else if (sparse) rc = draw(a, w, epoch, visible);
	else open_wide(w, visible);
	return rc ? rc : describe(w);
}

/* A sample as step STEP sees it. */
static int read_sample(struct trainer_access *a, const struct whatif *w, enum split split, int index, int *epoch, uint8_t *rgb, uint8_t *const labels[2]) {
	const struct model_config *c = &w->config;
	int count = dataset_count(a->dataset, split), rc = 0;
	bool used;
	*epoch = 0;
	if (index < 0 || index >= count)
		return err_set(ERR_ARGUMENT, "there is no sample %s/%d (%s has %d: 0 to %d)", split_name[split], index, split_name[split], count, count - 1);
	if (split == TRAIN) rc = redraw_epoch(a->fixed->seed, count, a->fixed->batch, w->step, index, epoch, &used);
	const struct sample_shape shape = {c->image_size, c->patch, c->instances};
	return rc ? rc : sample_load(a->dataset, split, index, *epoch, a->fixed->seed, &shape, rgb, labels[INSTANCE], labels[SEMSEG]);
}

/* Allocating takes longer than a forward pass of one image, so the memory is kept while V stays. */
static int spare_ready(struct trainer_access *a, int visible) {
	struct spare *s = a->spare;
	if (s->workspace && s->visible == visible) return 0;
	workspace_free(s->workspace);
	*s = (struct spare){.visible = visible};
	return workspace_new(&s->workspace, a->model, 1, visible, false);
}

/* The pass that makes the substituted D_g: into a workspace of its own, *OUT. */
static int substitute_forward(struct trainer_access *a, const struct whatif *w, int visible, const struct model_input *in, struct workspace **out) {
	enum granularity g = w->substitute.stage;
	static const uint8_t shown[PATCHES_MAX];
	struct model_input whole = *in;
	whole.mask[g] = shown;
	int rc = workspace_new(out, a->model, 1, visible - w->draw.visible[g] + w->draw.patches, false);
	if (!rc) rc = workspace_load(*out, &whole);
	return rc ? rc : model_forward(*out);
}

static int substitute(struct trainer_access *a, const struct whatif *w, int visible, const struct model_input *in, struct workspace **out) {
	const struct whatif_substitute *s = &w->substitute;
	size_t cells = (size_t)config_cells_side(&w->config) * (size_t)config_cells_side(&w->config), pixels = 3 * (size_t)w->config.image_size * (size_t)w->config.image_size;
	if (!w->config.active[s->stage]) return err_set(ERR_ARGUMENT, "%s has no stage in this model to substitute", granularity_name[s->stage]);
	if (!w->config.cascade) return err_set(ERR_ARGUMENT, "nothing follows from a substituted stage (decoder=parallel: no stage reads another)");
	if (s->split == w->split && s->index == w->index) return substitute_forward(a, w, visible, in, out);
	uint8_t *memory = malloc(pixels + 2 * cells);
	if (!memory) return err_set(ERR_MEMORY, "no memory for the substituted map");
	uint8_t *const labels[2] = {memory + pixels, memory + pixels + cells};
	struct model_input other = *in;
	int epoch, rc = read_sample(a, w, s->split, s->index, &epoch, memory, labels);
	if (s->stage == RGB) other.rgb = memory;
	else other.labels[s->stage] = labels[s->stage];
	if (!rc) rc = substitute_forward(a, w, visible, &other, out);
	free(memory);
	return rc;
}

static int predict(struct trainer_access *a, struct whatif *w) {
	const double ones[GRANULARITIES] = {1, 1, 1};
	const struct model_input in = {.batch = 1, .rgb = w->rgb, .labels = {w->labels[0], w->labels[1]},
		.mask = {w->draw.final[SEMSEG], w->draw.final[INSTANCE], w->draw.final[RGB]}};
	int visible = w->draw.visible[SEMSEG] + w->draw.visible[INSTANCE] + w->draw.visible[RGB];
	struct workspace *other = NULL;
	int rc = spare_ready(a, visible);
	struct workspace *space = a->spare->workspace;
	if (!rc && w->substitute.on) rc = substitute(a, w, visible, &in, &other);
	if (!rc) rc = workspace_load(space, &in);
	if (!rc && other) workspace_substitute(space, w->substitute.stage, other);
	if (!rc) rc = capture_forward(space, w->layers, w->captures, w->maps);
	if (other && space) workspace_substitute(space, w->substitute.stage, NULL);
	workspace_free(other);
	for (int g = 0; !rc && g < GRANULARITIES; g++)
		if (w->config.active[g]) workspace_prediction(space, (enum granularity)g, w->prediction[g]);
	return rc ? rc : model_loss(space, ones, false, &w->losses, NULL);
}

static void resolve(struct whatif_substitute *s, const struct whatif *w, int count) {
	s->split = w->split;
	s->index = count > 0 ? (w->index + s->index) % count : w->index;
	s->relative = false;
}

int whatif_run(struct trainer_access *a, void *whatif) {
	struct whatif *w = whatif;
	if (!a->dataset) return err_set(ERR_STATE, "there is no data to predict on (data open DIR, or data scenes)");
	w->config = a->fixed->model;
	w->trained = a->step;
	if (w->step < 0) w->step = a->step;
	if (w->substitute.relative) resolve(&w->substitute, w, dataset_count(a->dataset, w->split));
	int epoch, rc = allocate(w);
	if (!rc) rc = read_sample(a, w, w->split, w->index, &epoch, w->rgb, w->labels);
	if (!rc) rc = choose_masks(a, w, epoch);
	if (!rc) rc = predict(a, w);
	if (rc) whatif_free(w);
	return rc;
}

int whatif_with(struct trainer_access *a, const char *checkpoint, trainer_work work, void *context) {
	struct checkpoint_info info;
	struct spare spare = {0};
	struct trainer_access other = *a;
	int rc = checkpoint_read_info(checkpoint, &info);
	if (!rc) rc = model_new(&other.model, model_device(a->model), &a->fixed->model, a->fixed->seed, false);
	if (rc) return rc;
	other.spare = &spare;
	other.workspace = NULL;
	other.step = info.full ? info.step : 0;
	rc = weights_load(other.model, checkpoint);
	if (!rc) rc = work(&other, context);
	workspace_free(spare.workspace);
	model_free(other.model);
	return rc;
}

void whatif_mask_given(const struct whatif *w, struct given_mask *out) {
	out->side = w->draw.side;
	memcpy(out->final, w->draw.final, sizeof out->final);
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
