/* app/figure_pictures.c -- the figures that are tables of pictures: reconstruction, crossmodal, sparse, dataset, masks; and the curriculum's. */
#include <stdlib.h>
#include <string.h>

#include "app/draws.h"
#include "app/figures.h"
#include "engine/base/err.h"

const char *const figure_shown_name[GRANULARITIES] = {"semantic", "instance", "RGB"};
const enum whatif_mask figure_only[GRANULARITIES] = {WHATIF_ONLY_SEMSEG, WHATIF_ONLY_INSTANCE, WHATIF_ONLY_RGB};

int figure_classes(const struct dataset *d, struct paint_class classes[CLASSES_MAX]) {
	int n = dataset_classes(d);
	for (int i = 0; i < n; i++) {
		const struct class_info *c = dataset_class(d, i);
		classes[i] = (struct paint_class){.r = c->r, .g = c->g, .b = c->b, .thing = c->thing};
		snprintf(classes[i].name, sizeof classes[i].name, "%s", c->name);
	}
	return n;
}

/* ---- panels ----------------------------------------------------------------------------------------------------------------------------- */

void figure_head(struct panels_head *h, const char *group, const char *text, const char *note) {
	snprintf(h->group, sizeof h->group, "%s", group);
	snprintf(h->text, sizeof h->text, "%s", text);
	snprintf(h->note, sizeof h->note, "%s", note);
}

void figure_name_sample(char out[48], const struct value *list, int i) { snprintf(out, 48, "%s/%.0f", split_name[list->split], list->list[i]); }

void figure_panel(struct panel *p, enum panel_look look, struct image *im, int side, const uint8_t *mask) {
	p->look = look;
	p->picture = *im;
	p->side = side;
	if (mask) memcpy(p->mask, mask, (size_t)side * (size_t)side);
	*im = (struct image){0};
}

/* A sample's own map of a granularity, counted for the legend. */
static int paint_target(struct figure_job *job, enum granularity g, const struct sample_shape *shape, const uint8_t *rgb, const uint8_t *labels, struct image *out) {
	int cells = shape->image_size / shape->patch * CELLS_SIDE;
	if (g == RGB) return paint_planes(out, rgb, shape->image_size);
	if (g == INSTANCE) return paint_instances(out, labels, cells, cells);
	for (int i = 0; i < cells * cells; i++) job->panels->cells[0][labels[i] < job->class_count ? labels[i] : CLASSES_MAX]++;
	return paint_classes(out, labels, cells, cells, job->classes, job->class_count);
}

int figure_target(struct figure_job *job, const struct whatif *w, enum granularity g, struct image *out) {
	const struct sample_shape shape = {w->config.image_size, w->config.patch, w->config.instances};
	return paint_target(job, g, &shape, w->rgb, g == RGB ? NULL : w->labels[g], out);
}

static int prediction_of(struct figure_job *job, const struct whatif *w, enum granularity g, struct image *out) {
	int cells = config_cells_side(&w->config), rc;
	if (g == RGB) {
		rc = image_new(out, w->config.image_size, w->config.image_size);
		if (!rc) whatif_pixels(w, out->pixels);
		return rc;
	}
	uint8_t *labels = malloc((size_t)cells * (size_t)cells);
	if (!labels) return err_set(ERR_MEMORY, "no memory for a prediction's labels");
	whatif_labels(w, g, labels);
	for (int i = 0; g == SEMSEG && i < cells * cells; i++) job->panels->cells[1][labels[i] < job->class_count ? labels[i] : CLASSES_MAX]++;
	rc = g == SEMSEG ? paint_classes(out, labels, cells, cells, job->classes, job->class_count) : paint_instances(out, labels, cells, cells);
	free(labels);
	return rc;
}

/* What the encoder saw of G. */
static int put_input(struct figure_job *job, struct panel *p, const struct whatif *w, enum granularity g) {
	struct image im = {0};
	int rc = figure_target(job, w, g, &im);
	if (!rc) figure_panel(p, PANEL_MASKED, &im, config_side(&w->config), w->draw.final[g]);
	return rc;
}

static int put_target(struct figure_job *job, struct panel *p, const struct whatif *w, enum granularity g) {
	struct image im = {0};
	int rc = figure_target(job, w, g, &im);
	if (!rc) figure_panel(p, PANEL_PLAIN, &im, config_side(&w->config), NULL);
	return rc;
}

/* The prediction, on the visible patches unless RAW. */
static int put_prediction(struct figure_job *job, struct panel *p, const struct whatif *w, enum granularity g, bool raw) {
	struct image target = {0}, prediction = {0}, pasted = {0};
	int side = config_side(&w->config), rc = prediction_of(job, w, g, &prediction);
	if (!rc && raw) figure_panel(p, PANEL_PLAIN, &prediction, side, NULL);
	if (!rc && !raw) rc = figure_target(job, w, g, &target);
	if (!rc && !raw) rc = paint_composite(&pasted, &target, &prediction, w->draw.final[g], side);
	if (!rc && !raw) figure_panel(p, PANEL_PASTED, &pasted, side, w->draw.final[g]);
	image_free(&target);
	image_free(&prediction);
	return rc;
}

void figure_take_title(const struct figure_job *job, char title[FIGURE_TITLE_BYTES]) {
	if (call_given(job->call, "title")) snprintf(title, FIGURE_TITLE_BYTES, "%s", call_text(job->call, "title"));
}

void figure_dress(struct figure_job *job, struct panels *p, bool instances) {
	p->classes = job->classes;
	p->class_count = job->class_count;
	p->legend = call_int(job->call, "legend", 1);
	p->instances = instances;
	figure_take_title(job, p->title);
}

static void say_weights(struct figure_job *job, const struct whatif *w, const char *masks) {
	char steps[48] = "";
	if (job->models == 1) snprintf(steps, sizeof steps, " after %lld steps", (long long)w->trained); /* else the heads say it */
	snprintf(job->panels->caption, sizeof job->panels->caption, "%s%s; %.100s%s", w->config.preset, steps, masks,
	        w->config.norm_pix ? "; rgb with its target's mean and deviation in each patch (norm_pix)" : "");
}

/* ---- reconstruction (paper Fig. 4) -------------------------------------------------------------------------------------------------------- */

static void head_stages(struct panels *p, const struct model_config *c, int first, const char *group) {
	for (int i = 0; i < c->stages; i++) figure_head(&p->column[first + i], i ? "" : group, figure_shown_name[c->stage[i]], "");
}

/* A table that begins with the live weights' answers. */
static int open_table(struct figure_job *job, const struct model_config *c, int rows, int columns) {
	job->class_count = figure_classes(job->app->data, job->classes);
	int rc = panels_init(job->panels, rows, columns);
	if (!rc) figure_dress(job, job->panels, c->active[INSTANCE]);
	return rc;
}

static const char *predictions_head(const struct figure_job *job, const char *model) { return job->models > 1 ? model : "predictions"; }

/* INPUTS columns, then each model's predictions, then targets: where those of MODEL begin. */
static int predictions_at(const struct model_config *c, int inputs, int model) { return inputs + model * c->stages; }

static void ask_reconstruction(const struct figure_job *job, const void *context, struct whatif *w, int i) {
	(void)context, (void)i;
	w->mask = (enum whatif_mask)call_int(job->call, "mask", 0);
	w->step = call_int(job->call, "step", -1);
	w->visible = (int)call_int(job->call, "visible", 0);
}

/* What doesn't depend on the weights: masked inputs, targets, heads. */
static int fill_given(struct figure_job *job, const struct whatif *w) {
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	const struct model_config *c = &w[0].config;
	int targets = predictions_at(c, c->stages, job->models), visible = 0, rc = open_table(job, c, list->count, targets + c->stages);
	char text[160];
	if (rc) return rc;
	head_stages(p, c, 0, "masked inputs");
	head_stages(p, c, targets, "targets");
	for (int i = 0; i < list->count; i++) {
		figure_name_sample(p->row[i].text, list, i);
		for (int k = 0; !rc && k < c->stages; k++) {
			rc = put_input(job, panels_at(p, i, k), &w[i], c->stage[k]);
			if (!rc) rc = put_target(job, panels_at(p, i, targets + k), &w[i], c->stage[k]);
		}
	}
	for (int g = 0; g < GRANULARITIES; g++) visible += c->active[g] ? w[0].draw.visible[g] : 0;
	snprintf(text, sizeof text, "%s masks, %d of %d patches visible", whatif_mask_name[w[0].mask], visible, c->stages * w[0].draw.patches);
	say_weights(job, &w[0], text);
	return rc;
}

static int fill_reconstruction(struct figure_job *job, void *context, const struct whatif *w, int model, const char *name) {
	(void)context;
	const struct model_config *c = &w[0].config;
	int rc = model ? 0 : fill_given(job, w), first = predictions_at(c, c->stages, model);
	if (!rc) head_stages(job->panels, c, first, predictions_head(job, name));
	for (int i = 0; !rc && i < job->panels->rows; i++)
		for (int k = 0; !rc && k < c->stages; k++)
			rc = put_prediction(job, panels_at(job->panels, i, first + k), &w[i], c->stage[k], call_given(job->call, "raw"));
	return rc;
}

int figure_reconstruction(struct figure_job *job) {
	static const struct model_filler filler = {1, ask_reconstruction, fill_reconstruction};
	int rc = figure_models(job);
	return rc ? rc : figure_each_model(job, &filler, NULL);
}

/* ---- crossmodal (paper Fig. 5) --------------------------------------------------------------------------------------------------------------- */

/* The granularities that are visible whole, each in a what-if of its own. */
struct crossing { int inputs; enum granularity from[GRANULARITIES]; };

static void ask_crossmodal(const struct figure_job *job, const void *context, struct whatif *w, int i) {
	(void)job;
	w->mask = figure_only[((const struct crossing *)context)->from[i]];
}

static int open_crossmodal(struct figure_job *job, const struct crossing *x, const struct whatif *w) {
	struct panels *p = job->panels;
	const struct model_config *c = &w[0].config;
	char group[64];
	int rc = open_table(job, c, call_value(job->call, "samples")->count * job->models, (x->inputs + 1) * c->stages);
	if (rc) return rc;
	for (int k = 0; k < x->inputs; k++) {
		snprintf(group, sizeof group, "from %s", figure_shown_name[x->from[k]]);
		head_stages(p, c, k * c->stages, group);
		for (int j = 0; j < c->stages; j++)
			snprintf(p->column[k * c->stages + j].note, sizeof p->column[0].note, c->stage[j] == x->from[k] ? "input" : "predicted");
	}
	head_stages(p, c, x->inputs * c->stages, "targets");
	say_weights(job, &w[0], "one granularity visible whole, the others masked whole");
	return 0;
}

/* Models stand below each other: a sample's row for each; the targets in the first. */
static int fill_crossmodal(struct figure_job *job, void *context, const struct whatif *w, int model, const char *name) {
	const struct crossing *x = context;
	const struct model_config *c = &w[0].config;
	const struct value *list = call_value(job->call, "samples");
	struct panels *p = job->panels;
	int rc = model ? 0 : open_crossmodal(job, x, w);
	for (int i = 0; !rc && i < list->count; i++) {
		int row = i * job->models + model;
		if (model == 0) figure_name_sample(job->models > 1 ? p->row[row].group : p->row[row].text, list, i);
		if (job->models > 1) snprintf(p->row[row].text, sizeof p->row[row].text, "%.47s", name);
		for (int k = 0; k < x->inputs; k++)
			for (int j = 0; !rc && j < c->stages; j++) {
				struct panel *panel = panels_at(p, row, k * c->stages + j);
				const struct whatif *one = &w[i * x->inputs + k];
				bool given = c->stage[j] == x->from[k];
				rc = given ? put_target(job, panel, one, x->from[k]) : put_prediction(job, panel, one, c->stage[j], true);
				if (given) panel->look = PANEL_GIVEN;
			}
		for (int j = 0; !rc && model == 0 && j < c->stages; j++) rc = put_target(job, panels_at(p, row, x->inputs * c->stages + j), &w[i * x->inputs], c->stage[j]);
	}
	return rc;
}

int figure_crossmodal(struct figure_job *job) {
	struct crossing x = {0};
	struct trainer *t;
	int rc = app_trainer(job->app, true, &t);
	if (!rc) rc = figure_models(job);
	if (rc) return rc;
	const struct model_config *c = &trainer_fixed(t)->model;
	for (int i = 0; i < c->stages; i++)
		if (!call_given(job->call, "from") || call_int(job->call, "from", 0) == (int64_t)c->stage[i]) x.from[x.inputs++] = c->stage[i];
	if (!x.inputs) return err_set(ERR_ARGUMENT, "from=%s is not in this model (set granularities)", call_text(job->call, "from"));
	return figure_each_model(job, &(struct model_filler){x.inputs, ask_crossmodal, fill_crossmodal}, &x);
}

/* ---- sparse (paper Fig. 6) ------------------------------------------------------------------------------------------------------------------------ */

/* MOST patches of OF, and in COUNTS - 1 further rows half as many. */
struct few { enum granularity of; int most, counts; };

static void ask_sparse(const struct figure_job *job, const void *context, struct whatif *w, int i) {
	const struct few *few = context;
	(void)job;
	w->mask = figure_only[few->of];
	w->visible = few->most >> i;
}

static int open_sparse(struct figure_job *job, const struct few *few, const struct whatif *w) {
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	const struct model_config *c = &w[0].config;
	int targets = predictions_at(c, 1, job->models), rc = 0;
	char text[96];
	if (few->most > w[0].draw.patches) rc = err_set(ERR_ARGUMENT, "visible=%d is more than there is (a granularity has %d patches)", few->most, w[0].draw.patches);
	if (!rc) rc = open_table(job, c, list->count * few->counts, targets + c->stages);
	if (rc) return rc;
	figure_head(&p->column[0], "visible", figure_shown_name[few->of], "");
	head_stages(p, c, targets, "targets");
	for (int i = 0; !rc && i < p->rows; i++) {
		if (i % few->counts == 0) figure_name_sample(p->row[i].group, list, i / few->counts);
		snprintf(p->row[i].note, sizeof p->row[i].note, "%d of %d patches", w[i].visible, w[i].draw.patches);
		rc = put_input(job, panels_at(p, i, 0), &w[i], few->of);
		for (int k = 0; !rc && i % few->counts == 0 && k < c->stages; k++) rc = put_target(job, panels_at(p, i, targets + k), &w[i], c->stage[k]);
	}
	snprintf(text, sizeof text, "a few patches of %s visible, all others masked", figure_shown_name[few->of]);
	say_weights(job, &w[0], text);
	return rc;
}

static int fill_sparse(struct figure_job *job, void *context, const struct whatif *w, int model, const char *name) {
	const struct few *few = context;
	const struct model_config *c = &w[0].config;
	int rc = model ? 0 : open_sparse(job, few, w), first = predictions_at(c, 1, model);
	if (!rc) head_stages(job->panels, c, first, predictions_head(job, name));
	for (int i = 0; !rc && i < job->panels->rows; i++)
		for (int k = 0; !rc && k < c->stages; k++) rc = put_prediction(job, panels_at(job->panels, i, first + k), &w[i], c->stage[k], c->stage[k] != few->of);
	return rc;
}

int figure_sparse(struct figure_job *job) {
	struct few few = {(enum granularity)call_int(job->call, "of", RGB), (int)call_int(job->call, "visible", 16), 1 + (int)call_int(job->call, "halvings", 2)};
	if (few.most >> (few.counts - 1) < 1) return err_set(ERR_ARGUMENT, "visible=%d can't be halved %d times (give fewer halvings)", few.most, few.counts - 1);
	int rc = figure_models(job);
	return rc ? rc : figure_each_model(job, &(struct model_filler){few.counts, ask_sparse, fill_sparse}, &few);
}

/* ---- samples and masks without the model ----------------------------------------------------------------------------------------------------------- */

static int read_sample(const struct place *p, const struct value *list, int i, struct sample_masks *one) {
	bool used;
	int epoch, rc = place_sample(p, list->split, (int64_t)list->list[i], &epoch, &used);
	return rc ? rc : sample_masks_draw(one, p, list->split, (int)list->list[i], epoch);
}

/* A column for each sample; of a single one, its three maps side by side. */
int figure_dataset(struct figure_job *job) {
	static const enum granularity order[GRANULARITIES] = {RGB, INSTANCE, SEMSEG};
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	struct place place;
	struct sample_masks *one = NULL;
	bool single = list->count == 1;
	int rc = place_at(job->app, app_step(job->app), &place);
	if (!rc) job->class_count = figure_classes(job->app->data, job->classes), rc = panels_init(p, single ? 1 : GRANULARITIES, single ? GRANULARITIES : list->count);
	if (!rc) rc = sample_masks_new(&one, &place);
	if (!rc) figure_dress(job, p, true);
	for (int k = 0; !rc && k < GRANULARITIES; k++) figure_head(single ? &p->column[k] : &p->row[k], "", figure_shown_name[order[k]], "");
	for (int i = 0; !rc && i < list->count; i++) {
		figure_name_sample(single ? p->row[0].text : p->column[i].text, list, i);
		rc = read_sample(&place, list, i, one);
		for (int k = 0; !rc && k < GRANULARITIES; k++) {
			struct image im = {0};
			rc = paint_target(job, order[k], &place.shape, one->rgb, order[k] == SEMSEG ? one->semseg : one->instance, &im);
			if (!rc) figure_panel(single ? panels_at(p, 0, k) : panels_at(p, k, i), PANEL_PLAIN, &im, one->draw.side, NULL);
		}
	}
	sample_masks_free(one);
	return rc;
}

/* Of each masked patch the source of most weight that holds it (patches.h); block and tube have none. */
static void name_sources(const struct mask_draw *d, enum granularity g, uint8_t out[PATCHES_MAX]) {
	for (int n = 0; n < d->patches; n++) {
		int best = -1;
		for (int s = 0; s < SOURCES; s++)
			if (d->source[g][s][n] && d->mix[s] > 0 && (d->chosen < 0 || d->chosen == s) && (best < 0 || d->mix[s] > d->mix[best])) best = s;
		out[n] = d->final[g][n] ? (uint8_t)(best < 0 ? 1 : 2 + best) : 0;
	}
}

static int put_masks(struct figure_job *job, const struct place *place, const struct sample_masks *one, int first_row, int column, bool plain) {
	uint8_t mask[PATCHES_MAX];
	int rc = 0;
	for (int g = 0, r = first_row; !rc && g < GRANULARITIES; g++) {
		struct image im = {0};
		if (!place->fixed.model.active[g]) continue;
		rc = paint_target(job, (enum granularity)g, &place->shape, one->rgb, g == SEMSEG ? one->semseg : one->instance, &im);
		name_sources(&one->draw, (enum granularity)g, mask);
		if (!rc) figure_panel(panels_at(job->panels, r++, column), plain ? PANEL_PLAIN : PANEL_MASKED, &im, one->draw.side, mask);
	}
	return rc;
}

/* The masks of every sample at COLUMNS even places from t = 0 to 1, from column FIRST on; the preset's curriculum in place of the run's if one is named. */
static int fill_masks(struct figure_job *job, int first, int columns) {
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	struct place place;
	struct sample_masks *one = NULL;
	const char *name = call_given(job->call, "preset") ? call_text(job->call, "preset") : job->app->curriculum.name;
	int active = 0, rc = place_at(job->app, 0, &place);
	if (!rc) job->class_count = figure_classes(job->app->data, job->classes), rc = sample_masks_new(&one, &place);
	for (int g = 0; !rc && g < GRANULARITIES; g++) active += place.fixed.model.active[g];
	if (!rc) rc = panels_init(p, list->count * active, first + columns);
	if (!rc) figure_dress(job, p, place.fixed.model.active[INSTANCE]), p->sources = true;
	for (int i = 0; !rc && i < list->count; i++)
		for (int g = 0, r = i * active; g < GRANULARITIES; g++) {
			if (!place.fixed.model.active[g]) continue;
			if (r == i * active && list->count > 1) figure_name_sample(p->row[r].group, list, i);
			snprintf(p->row[r++].text, sizeof p->row[0].text, "%s", figure_shown_name[g]);
		}
	for (int k = -first; !rc && k < columns; k++) {
		double t = k < 0 ? 0 : columns > 1 ? (double)k / (columns - 1) : 0;
		struct panels_head *h = &p->column[first + k];
		rc = place_at(job->app, (int64_t)(t * (double)place.live.total_steps + 0.5), &place);
		if (!rc && call_given(job->call, "preset")) {
			rc = curriculum_preset(&place.live.curriculum, call_text(job->call, "preset"));
			trainer_mix(&place.live, place.step, place.mix);
		}
		if (k < 0) snprintf(h->text, sizeof h->text, "sample");
		else {
			snprintf(h->text, sizeof h->text, "t = %.3g", t);
			snprintf(h->note, sizeof h->note, "%.2g · %.2g · %.2g", place.mix[0], place.mix[1], place.mix[2]);
		}
		for (int i = 0; !rc && i < list->count; i++) {
			rc = read_sample(&place, list, i, one);
			if (!rc) rc = put_masks(job, &place, one, i * active, first + k, k < 0);
		}
	}
	if (!rc) snprintf(p->caption, sizeof p->caption, "curriculum %s, blend %s, %d of %d patches visible; under t: α · β · γ", name, mask_blend_name[place.options.blend],
		place.options.visible, active * one->draw.patches);
	sample_masks_free(one);
	return rc;
}

int figure_masks(struct figure_job *job) { return fill_masks(job, 1, (int)call_int(job->call, "places", 5)); }

/* ---- curriculum (paper Fig. 3) --------------------------------------------------------------------------------------------------------------------- */

static void fill_schedule(const struct curriculum *c, struct schedule *s) {
	s->points = SCHEDULE_POINTS;
	for (int i = 0; i < s->points; i++) {
		double mix[SOURCES], t = s->t[i] = (double)i / (SCHEDULE_POINTS - 1);
		int source = (int)curriculum_phase(c, t);
		curriculum_at(c, t, mix);
		for (int k = 0; k < SOURCES; k++) s->mix[k][i] = mix[k];
		if (s->phases && s->phase[s->phases - 1].source == source) s->phase[s->phases - 1].end = t;
		else if (s->phases < SCHEDULE_PHASES) {
			if (s->phases) s->phase[s->phases - 1].end = t;
			s->phase[s->phases].begin = t, s->phase[s->phases].end = t, s->phase[s->phases++].source = source;
		}
	}
}

int figure_curriculum(struct figure_job *job) {
	struct schedule *s = &job->data.schedule;
	struct curriculum c = job->app->curriculum;
	int rc = call_given(job->call, "preset") ? curriculum_preset(&c, call_text(job->call, "preset")) : 0;
	job->panels = &s->panels;
	if (!rc) rc = fill_masks(job, 0, (int)call_int(job->call, "places", 5));
	fill_schedule(&c, s);
	memcpy(s->title, s->panels.title, sizeof s->title);
	*s->panels.title = '\0';
	return rc;
}
