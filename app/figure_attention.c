/* app/figure_attention.c -- what layers look at, over the samples' own pictures (paper Fig. 1). */
#include <math.h>
#include <string.h>

#include "app/attending.h"
#include "app/figures.h"
#include "engine/base/err.h"

enum { MAPS = 24 /* columns of one model */ };

/* A column: one layer's and head's attention, over the picture or alone. */
struct map { struct attend_choice choice; bool plain; };
struct asked {
	int maps, captures;
	struct map map[MAPS];
	struct attention_layer layer[ATTENTION_LAYERS_MAX]; /* that must be captured */
	enum granularity of;                                /* whose patches are looked at */
	double mass;                                        /* the share inside of the contour */
	bool contrast;                                      /* colours begin at the smallest weight */
};

/* ---- what is asked for ------------------------------------------------------------------------------------------------------------------ */

static bool same_layer(struct attention_layer a, struct attention_layer b) { return a.kind == b.kind && a.stage == b.stage && a.block == b.block; }

static void add_captures(struct asked *q, const struct attend_choice *choice) {
	struct attention_layer wanted[ATTENTION_LAYERS_MAX];
	int n = attending_captures(choice, wanted);
	for (int i = 0; i < n; i++) {
		int k = 0;
		while (k < q->captures && !same_layer(q->layer[k], wanted[i])) k++;
		if (k == q->captures) q->layer[q->captures++] = wanted[i];
	}
}

static int add_map(struct asked *q, const struct attend_choice *choice, bool plain) {
	if (q->maps == MAPS) return err_set(ERR_ARGUMENT, "a figure holds at most %d maps of a model (name fewer layers or heads)", MAPS);
	q->map[q->maps++] = (struct map){*choice, plain};
	return 0;
}

static int add_choice(struct asked *q, const struct call *c, const struct model_config *config, struct attend_choice *choice) {
	const char *look = call_text(c, "look");
	int rc = attending_query(call_given(c, "query") ? call_text(c, "query") : NULL, config, choice);
	if (!rc) add_captures(q, choice);
	if (!rc && strcmp(look, "plain") != 0) rc = add_map(q, choice, false);
	if (!rc && strcmp(look, "overlay") != 0) rc = add_map(q, choice, true);
	return rc;
}

static int read_asked(const struct call *c, const struct model_config *config, struct asked *q) {
	char layer[VALUE_TEXT_BYTES], head[VALUE_TEXT_BYTES];
	const char *layers = call_text(c, "layers");
	int rc = 0;
	*q = (struct asked){.of = (enum granularity)call_int(c, "granularity", RGB), .mass = (double)call_int(c, "mass", 50) / 100, .contrast = call_given(c, "contrast")};
	if (!config->active[q->of]) return err_set(ERR_ARGUMENT, "%s is not in this model (granularities)", granularity_name[q->of]);
	while (!rc && figure_next_part(&layers, layer, sizeof layer)) {
		const char *heads = call_text(c, "head");
		while (!rc && figure_next_part(&heads, head, sizeof head)) {
			struct attend_choice choice = {.granularity = q->of};
			rc = attention_layer_parse(config, layer, &choice.layer);
			if (!rc) rc = attending_head(head, &choice.head);
			if (!rc) rc = add_choice(q, c, config, &choice);
		}
	}
	return rc || q->maps ? rc : err_set(ERR_ARGUMENT, "there is no map to draw (layers and head name at least one each)");
}

/* ---- maps --------------------------------------------------------------------------------------------------------------------------------- */

/* The sample's map of the granularity, in grey under the weights' colours, or those alone; the contour runs around what holds MASS. */
static int put_map(struct figure_job *job, struct panel *p, const struct whatif *w, const struct asked *q, bool plain, const struct attend_view *v) {
	float most = 0, least = INFINITY, threshold = attend_threshold(v, q->mass);
	uint8_t outside[PATCHES_MAX];
	struct image im = {0};
	for (int n = 0; n < v->patches; n++) {
		if (v->present[n]) most = fmaxf(most, v->weight[n]), least = fminf(least, v->weight[n]);
		outside[n] = !(v->present[n] && v->weight[n] >= threshold);
	}
	int rc = figure_target(job, w, q->of, &im);
	if (rc) return rc;
	paint_weights(&im, v->side, v->weight, v->present, q->contrast && least < most ? least : 0, most, MAP_CIVIDIS, plain);
	figure_panel(p, PANEL_PASTED, &im, v->side, outside);
	return 0;
}

static void head_map(const struct map *m, bool beside, double objects, double area, struct panels_head *h) {
	char layer[ATTENTION_NAME_BYTES];
	attention_layer_name(m->choice.layer, layer);
	if (beside) return (void)snprintf(h->note, sizeof h->note, "weights alone");
	if (m->choice.head == ATTEND_MEAN) snprintf(h->text, sizeof h->text, "%s", layer);
	else if (m->choice.head == ATTEND_ROLLOUT) snprintf(h->text, sizeof h->text, "rollout 0\u2013%d", m->choice.layer.block);
	else snprintf(h->text, sizeof h->text, "%s h%d", layer, m->choice.head);
	if (isfinite(objects)) snprintf(h->note, sizeof h->note, "%.0f %% (%.0f %%)", 100 * objects, 100 * area);
}

/* One column; the share on objects is the mean over the samples that have any. */
static int fill_map(struct figure_job *job, const struct asked *q, const struct whatif *w, int k, int column) {
	struct panels *p = job->panels;
	const struct map *m = &q->map[k];
	double objects = 0, area = 0;
	int counted = 0, rc = 0;
	for (int i = 0; !rc && i < p->rows; i++) {
		struct attend_view v;
		struct panel *panel = panels_at(p, i, column);
		rc = attend_view(&w[i], &m->choice, &v);
		if (!rc) rc = put_map(job, panel, &w[i], q, m->plain, &v);
		if (!rc && m->choice.query.kind == ATTEND_PATCH) panel->marked = 1 + m->choice.query.patch;
		if (!rc && isfinite(v.numbers.objects)) objects += v.numbers.objects, area += v.numbers.object_area, counted++;
	}
	bool beside = m->plain && k > 0 && !q->map[k - 1].plain;
	if (!rc) head_map(m, beside, counted ? objects / counted : NAN, area / counted, &p->column[column]);
	return rc;
}

/* ---- the figure --------------------------------------------------------------------------------------------------------------------------- */

static void ask_attention(const struct figure_job *job, const void *context, struct whatif *w, int i) {
	const struct asked *q = context;
	(void)i;
	w->mask = (enum whatif_mask)call_int(job->call, "mask", figure_only[q->of]);
	w->layers = q->layer;
	w->captures = q->captures;
}

static void caption(struct figure_job *job, const struct asked *q, const struct whatif *w) {
	char query[32];
	struct panels *p = job->panels;
	attending_query_name(&q->map[0].choice.query, query, sizeof query);
	bool stages = false, encoder = false;
	for (int k = 0; k < q->maps; k++) *(q->map[k].choice.layer.kind == ATTENTION_ENCODER ? &encoder : &stages) = true;
	if (stages && encoder && !call_given(job->call, "query")) snprintf(query, sizeof query, "global, in stages mean");
	snprintf(p->caption, sizeof p->caption, "attention over %s patches, query %s, mask %s; outlined: the patches that hold %.0f\u00a0%% of it; under a layer: share on objects (if it were uniform)",
	         figure_shown_name[q->of], query, whatif_mask_name[w->mask], 100 * q->mass);
	snprintf(p->scale[0], sizeof p->scale[0], "%s", q->contrast ? "smallest" : "0");
	snprintf(p->scale[1], sizeof p->scale[1], "largest weight of the map");
}

static int open_attention(struct figure_job *job, const struct asked *q, const struct whatif *w) {
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	int rc = panels_init(p, list->count, 1 + job->models * q->maps);
	job->class_count = figure_classes(job->app->data, job->classes);
	for (int i = 0; !rc && i < list->count; i++) {
		struct image im = {0};
		rc = figure_target(job, &w[i], RGB, &im);
		if (!rc) figure_panel(panels_at(p, i, 0), PANEL_PLAIN, &im, w[i].draw.side, NULL);
		figure_name_sample(p->row[i].text, list, i);
	}
	if (rc) return rc;
	figure_head(&p->column[0], "", "sample", "");
	caption(job, q, w);
	figure_take_title(job, p->title);
	return 0;
}

static int fill_attention(struct figure_job *job, void *context, const struct whatif *w, int model, const char *name) {
	const struct asked *q = context;
	int rc = model ? 0 : open_attention(job, q, w), first = 1 + model * q->maps;
	for (int k = 0; !rc && k < q->maps; k++) rc = fill_map(job, q, w, k, first + k);
	if (!rc) snprintf(job->panels->column[first].group, sizeof job->panels->column[0].group, "%s", name);
	return rc;
}

int figure_attention(struct figure_job *job) {
	static const struct model_filler filler = {1, ask_attention, fill_attention};
	struct trainer *t;
	struct asked q;
	int rc = app_trainer(job->app, true, &t);
	if (!rc) rc = figure_models(job);
	if (!rc) rc = read_asked(job->call, &trainer_fixed(t)->model, &q);
	return rc ? rc : figure_each_model(job, &filler, &q);
}
