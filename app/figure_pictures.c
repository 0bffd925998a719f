/* app/figure_pictures.c -- the figures that are tables of pictures: reconstruction, crossmodal, sparse, dataset, masks; and the curriculum's. */
#include <stdlib.h>
#include <string.h>

#include "app/draws.h"
#include "app/figures.h"
#include "app/progress.h"
#include "engine/base/err.h"

static const char *const shown_name[GRANULARITIES] = {"semantic", "instance", "RGB"};
static const enum whatif_mask only[GRANULARITIES] = {WHATIF_ONLY_SEMSEG, WHATIF_ONLY_INSTANCE, WHATIF_ONLY_RGB};

int figure_classes(const struct dataset *d, struct paint_class classes[CLASSES_MAX]) {
	int n = dataset_classes(d);
	for (int i = 0; i < n; i++) {
		const struct class_info *c = dataset_class(d, i);
		classes[i] = (struct paint_class){.r = c->r, .g = c->g, .b = c->b, .thing = c->thing};
		snprintf(classes[i].name, sizeof classes[i].name, "%s", c->name);
	}
	return n;
}

/* ---- what-ifs ------------------------------------------------------------------------------------------------------------------------- */

struct run { struct app *app; struct whatif *whatif; int count; const char *checkpoint, *what; struct weights_name *name; };

static int run_all(struct trainer_access *access, void *context) {
	struct run *r = context;
	int rc = r->name ? weights_name_of(access, r->name) : 0;
	for (int i = 0; !rc && i < r->count; i++) {
		progress_tell(r->app, r->what, "predictions", i, r->count);
		rc = whatif_run(access, &r->whatif[i]);
		if (!rc && (rc = app_interrupted())) err_set(rc, "%s was stopped by a signal after %d of %d predictions", r->what, i + 1, r->count);
	}
	progress_end(r->app);
	return rc;
}

static int run_with(struct trainer_access *access, void *context) {
	struct run *r = context;
	return r->checkpoint ? whatif_with(access, r->checkpoint, run_all, r) : run_all(access, r);
}

int figure_whatifs(struct app *a, struct whatif *w, int count, const char *checkpoint, const char *what, struct weights_name *name) {
	struct run run = {a, w, count, checkpoint, what, name};
	struct trainer *t;
	int rc = app_trainer(a, true, &t);
	return rc ? rc : app_call(a, t, run_with, &run, NULL);
}

void figure_free_whatifs(struct whatif *w, int count) {
	for (int i = 0; w && i < count; i++) whatif_free(&w[i]);
	free(w);
}

int figure_make_whatifs(struct figure_job *job, int per, struct whatif **out, int *samples) {
	const struct value *list = call_value(job->call, "samples");
	*samples = list->count;
	*out = calloc((size_t)(list->count * per), sizeof **out);
	for (int i = 0; *out && i < list->count * per; i++) (*out)[i] = (struct whatif){.split = list->split, .index = (int)list->list[i / per], .step = -1};
	return *out ? 0 : err_set(ERR_MEMORY, "no memory for %d predictions", list->count * per);
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

static int target_of(struct figure_job *job, const struct whatif *w, enum granularity g, struct image *out) {
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
	int rc = target_of(job, w, g, &im);
	if (!rc) figure_panel(p, PANEL_MASKED, &im, config_side(&w->config), w->draw.final[g]);
	return rc;
}

static int put_target(struct figure_job *job, struct panel *p, const struct whatif *w, enum granularity g) {
	struct image im = {0};
	int rc = target_of(job, w, g, &im);
	if (!rc) figure_panel(p, PANEL_PLAIN, &im, config_side(&w->config), NULL);
	return rc;
}

/* The prediction, on the visible patches unless RAW. */
static int put_prediction(struct figure_job *job, struct panel *p, const struct whatif *w, enum granularity g, bool raw) {
	struct image target = {0}, prediction = {0}, pasted = {0};
	int side = config_side(&w->config), rc = prediction_of(job, w, g, &prediction);
	if (!rc && raw) figure_panel(p, PANEL_PLAIN, &prediction, side, NULL);
	if (!rc && !raw) rc = target_of(job, w, g, &target);
	if (!rc && !raw) rc = paint_composite(&pasted, &target, &prediction, w->draw.final[g], side);
	if (!rc && !raw) figure_panel(p, PANEL_PASTED, &pasted, side, w->draw.final[g]);
	image_free(&target);
	image_free(&prediction);
	return rc;
}

void figure_dress(struct figure_job *job, struct panels *p, bool instances) {
	p->classes = job->classes;
	p->class_count = job->class_count;
	p->legend = call_int(job->call, "legend", 1);
	p->instances = instances;
	if (call_given(job->call, "title")) snprintf(p->title, sizeof p->title, "%s", call_text(job->call, "title"));
}

static void say_weights(struct panels *p, const struct whatif *w, const char *masks) {
	snprintf(p->caption, sizeof p->caption, "%s after %lld steps; %.100s%s", w->config.preset, (long long)w->trained, masks,
	        w->config.norm_pix ? "; rgb with its target's mean and deviation in each patch (norm_pix)" : "");
}

static void open_job(struct figure_job *job) { job->class_count = figure_classes(job->app->data, job->classes); }

/* ---- reconstruction (paper Fig. 4) -------------------------------------------------------------------------------------------------------- */

static void head_stages(struct panels *p, const struct model_config *c, int first, const char *group) {
	for (int i = 0; i < c->stages; i++) figure_head(&p->column[first + i], i ? "" : group, shown_name[c->stage[i]], "");
}

static int fill_reconstruction(struct figure_job *job, const struct whatif *w, int samples) {
	struct panels *p = job->panels;
	const struct model_config *c = &w[0].config;
	const struct value *list = call_value(job->call, "samples");
	char text[160];
	int rc = panels_init(p, samples, 3 * c->stages);
	if (rc) return rc;
	figure_dress(job, p, c->active[INSTANCE]);
	head_stages(p, c, 0, "masked inputs");
	head_stages(p, c, c->stages, "predictions");
	head_stages(p, c, 2 * c->stages, "targets");
	for (int i = 0; i < samples; i++) {
		figure_name_sample(p->row[i].text, list, i);
		for (int k = 0; !rc && k < c->stages; k++) {
			rc = put_input(job, panels_at(p, i, k), &w[i], c->stage[k]);
			if (!rc) rc = put_prediction(job, panels_at(p, i, c->stages + k), &w[i], c->stage[k], call_given(job->call, "raw"));
			if (!rc) rc = put_target(job, panels_at(p, i, 2 * c->stages + k), &w[i], c->stage[k]);
		}
	}
	int visible = 0;
	for (int g = 0; g < GRANULARITIES; g++) visible += c->active[g] ? w[0].draw.visible[g] : 0;
	snprintf(text, sizeof text, "%s masks, %d of %d patches visible", whatif_mask_name[w[0].mask], visible, c->stages * w[0].draw.patches);
	say_weights(p, &w[0], text);
	return rc;
}

int figure_reconstruction(struct figure_job *job) {
	struct whatif *w;
	int samples, rc = figure_make_whatifs(job, 1, &w, &samples);
	for (int i = 0; !rc && i < samples; i++) {
		w[i].mask = (enum whatif_mask)call_int(job->call, "mask", 0);
		w[i].step = call_int(job->call, "step", -1);
		w[i].visible = (int)call_int(job->call, "visible", 0);
	}
	if (!rc) rc = figure_whatifs(job->app, w, samples, NULL, "figure", &job->weights);
	if (!rc) open_job(job), rc = fill_reconstruction(job, w, samples);
	figure_free_whatifs(w, samples);
	return rc;
}

/* ---- crossmodal (paper Fig. 5) --------------------------------------------------------------------------------------------------------------- */

/* Each sample has INPUTS what-ifs, of which FROM names the visible granularity. */
static int fill_crossmodal(struct figure_job *job, const struct whatif *w, int samples, int inputs, const enum granularity *from) {
	struct panels *p = job->panels;
	const struct model_config *c = &w[0].config;
	char group[64];
	int rc = panels_init(p, samples, (inputs + 1) * c->stages);
	if (rc) return rc;
	figure_dress(job, p, c->active[INSTANCE]);
	p->instances = c->active[INSTANCE];
	for (int k = 0; k < inputs; k++) {
		snprintf(group, sizeof group, "from %s", shown_name[from[k]]);
		head_stages(p, c, k * c->stages, group);
		for (int j = 0; j < c->stages; j++)
			snprintf(p->column[k * c->stages + j].note, sizeof p->column[0].note, c->stage[j] == from[k] ? "input" : "predicted");
	}
	head_stages(p, c, inputs * c->stages, "targets");
	for (int i = 0; i < samples; i++) {
		figure_name_sample(p->row[i].text, call_value(job->call, "samples"), i);
		for (int k = 0; k < inputs; k++)
			for (int j = 0; !rc && j < c->stages; j++) {
				struct panel *panel = panels_at(p, i, k * c->stages + j);
				const struct whatif *one = &w[i * inputs + k];
				rc = c->stage[j] == from[k] ? put_target(job, panel, one, from[k]) : put_prediction(job, panel, one, c->stage[j], true);
				if (c->stage[j] == from[k]) panel->look = PANEL_GIVEN;
			}
		for (int j = 0; !rc && j < c->stages; j++) rc = put_target(job, panels_at(p, i, inputs * c->stages + j), &w[i * inputs], c->stage[j]);
	}
	say_weights(p, &w[0], "one granularity visible whole, the others masked whole");
	return rc;
}

int figure_crossmodal(struct figure_job *job) {
	struct whatif *w;
	struct trainer *t;
	enum granularity from[GRANULARITIES];
	int samples, inputs = 0, rc = app_trainer(job->app, true, &t);
	if (rc) return rc;
	const struct model_config *c = &trainer_fixed(t)->model;
	for (int i = 0; i < c->stages; i++)
		if (!call_given(job->call, "from") || call_int(job->call, "from", 0) == (int64_t)c->stage[i]) from[inputs++] = c->stage[i];
	if (!inputs) return err_set(ERR_ARGUMENT, "from=%s is not in this model (set granularities)", call_text(job->call, "from"));
	rc = figure_make_whatifs(job, inputs, &w, &samples);
	for (int i = 0; !rc && i < samples * inputs; i++) w[i].mask = only[from[i % inputs]];
	if (!rc) rc = figure_whatifs(job->app, w, samples * inputs, NULL, "figure", &job->weights);
	if (!rc) open_job(job), rc = fill_crossmodal(job, w, samples, inputs, from);
	figure_free_whatifs(w, samples * inputs);
	return rc;
}

/* ---- sparse (paper Fig. 6) ------------------------------------------------------------------------------------------------------------------------ */

static int fill_sparse(struct figure_job *job, const struct whatif *w, int samples, int counts, enum granularity of) {
	struct panels *p = job->panels;
	const struct model_config *c = &w[0].config;
	char text[96];
	int rc = panels_init(p, samples * counts, 1 + 2 * c->stages);
	if (rc) return rc;
	figure_dress(job, p, c->active[INSTANCE]);
	figure_head(&p->column[0], "visible", shown_name[of], "");
	head_stages(p, c, 1, "predictions");
	head_stages(p, c, 1 + c->stages, "targets");
	for (int i = 0; i < samples * counts; i++) {
		if (i % counts == 0) figure_name_sample(p->row[i].group, call_value(job->call, "samples"), i / counts);
		snprintf(p->row[i].note, sizeof p->row[i].note, "%d of %d patches", w[i].visible, w[i].draw.patches);
		rc = rc ? rc : put_input(job, panels_at(p, i, 0), &w[i], of);
		for (int k = 0; !rc && k < c->stages; k++) rc = put_prediction(job, panels_at(p, i, 1 + k), &w[i], c->stage[k], c->stage[k] != of);
		for (int k = 0; !rc && i % counts == 0 && k < c->stages; k++) rc = put_target(job, panels_at(p, i, 1 + c->stages + k), &w[i], c->stage[k]);
	}
	snprintf(text, sizeof text, "a few patches of %s visible, all others masked", shown_name[of]);
	say_weights(p, &w[0], text);
	return rc;
}

int figure_sparse(struct figure_job *job) {
	struct whatif *w;
	enum granularity of = (enum granularity)call_int(job->call, "of", RGB);
	int samples, most = (int)call_int(job->call, "visible", 16), counts = 1 + (int)call_int(job->call, "halvings", 2), rc;
	if (most >> (counts - 1) < 1) return err_set(ERR_ARGUMENT, "visible=%d can't be halved %d times (give fewer halvings)", most, counts - 1);
	rc = figure_make_whatifs(job, counts, &w, &samples);
	for (int i = 0; !rc && i < samples * counts; i++) w[i].mask = only[of], w[i].visible = most >> i % counts;
	if (!rc) rc = figure_whatifs(job->app, w, samples * counts, NULL, "figure", &job->weights);
	if (!rc && most > w[0].draw.patches) rc = err_set(ERR_ARGUMENT, "visible=%d is more than there is (a granularity has %d patches)", most, w[0].draw.patches);
	if (!rc) open_job(job), rc = fill_sparse(job, w, samples, counts, of);
	figure_free_whatifs(w, samples * counts);
	return rc;
}

/* ---- samples and masks without the model ----------------------------------------------------------------------------------------------------------- */

static int read_sample(const struct place *p, const struct value *list, int i, struct sample_masks *one) {
	bool used;
	int epoch, rc = place_sample(p, list->split, (int64_t)list->list[i], &epoch, &used);
	return rc ? rc : sample_masks_draw(one, p, list->split, (int)list->list[i], epoch);
}

int figure_dataset(struct figure_job *job) {
	static const enum granularity order[GRANULARITIES] = {RGB, INSTANCE, SEMSEG};
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	struct place place;
	struct sample_masks *one = NULL;
	int rc = place_at(job->app, app_step(job->app), &place);
	if (!rc) open_job(job), rc = panels_init(p, GRANULARITIES, list->count);
	if (!rc) rc = sample_masks_new(&one, &place);
	if (!rc) figure_dress(job, p, true);
	for (int r = 0; !rc && r < GRANULARITIES; r++) snprintf(p->row[r].text, sizeof p->row[r].text, "%s", shown_name[order[r]]);
	for (int i = 0; !rc && i < list->count; i++) {
		figure_name_sample(p->column[i].text, list, i);
		rc = read_sample(&place, list, i, one);
		for (int r = 0; !rc && r < GRANULARITIES; r++) {
			struct image im = {0};
			rc = paint_target(job, order[r], &place.shape, one->rgb, order[r] == SEMSEG ? one->semseg : one->instance, &im);
			if (!rc) figure_panel(panels_at(p, r, i), PANEL_PLAIN, &im, one->draw.side, NULL);
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
	if (!rc) open_job(job), rc = sample_masks_new(&one, &place);
	for (int g = 0; !rc && g < GRANULARITIES; g++) active += place.fixed.model.active[g];
	if (!rc) rc = panels_init(p, list->count * active, first + columns);
	if (!rc) figure_dress(job, p, place.fixed.model.active[INSTANCE]), p->sources = true;
	for (int i = 0; !rc && i < list->count; i++)
		for (int g = 0, r = i * active; g < GRANULARITIES; g++) {
			if (!place.fixed.model.active[g]) continue;
			if (r == i * active && list->count > 1) figure_name_sample(p->row[r].group, list, i);
			snprintf(p->row[r++].text, sizeof p->row[0].text, "%s", shown_name[g]);
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
