/* app/figure_attention.c -- what layers look at, over the samples' own pictures (paper Fig. 1). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/figures.h"
#include "engine/base/err.h"
#include "engine/train/attend.h"

enum { LAYERS = 12, MODELS = 6 };

struct asked { int layers, models; struct attention_layer layer[LAYERS]; char model[MODELS][VALUE_TEXT_BYTES]; /* "": the present weights */ };

/* The next part of a list with commas; false at its end. */
static bool next_part(const char **list, char *out, size_t capacity) {
	size_t n = strcspn(*list, ",");
	if (!**list) return false;
	snprintf(out, capacity, "%.*s", (int)n, *list);
	*list += n + ((*list)[n] == ',');
	return true;
}

static int read_asked(const struct call *c, const struct model_config *config, struct asked *q) {
	char part[VALUE_TEXT_BYTES];
	const char *layers = call_text(c, "layers"), *files = call_given(c, "checkpoints") ? call_text(c, "checkpoints") : "";
	*q = (struct asked){.models = 1};
	for (int rc; next_part(&layers, part, sizeof part);) {
		if (q->layers == LAYERS) return err_set(ERR_ARGUMENT, "a figure holds at most %d layers (name fewer)", LAYERS);
		if ((rc = attention_layer_parse(config, part, &q->layer[q->layers++]))) return rc;
	}
	while (next_part(&files, part, sizeof part)) {
		if (q->models == MODELS) return err_set(ERR_ARGUMENT, "a figure holds at most %d checkpoints (name fewer)", MODELS - 1);
		snprintf(q->model[q->models++], sizeof q->model[0], "%s", part);
	}
	return 0;
}

/* The picture in grey under the weights' colours; MASK: the patches outside of half of the mass. */
static int paint_attention(const struct whatif *w, const struct attend_view *v, struct image *out, uint8_t mask[PATCHES_MAX]) {
	float most = 0, half = attend_threshold(v, 0.5);
	int rc = paint_planes(out, w->rgb, w->config.image_size);
	for (int n = 0; n < v->patches; n++) {
		most = fmaxf(most, v->weight[n]);
		mask[n] = !(v->present[n] && v->weight[n] >= half);
	}
	if (!rc) paint_weights(out, v->side, v->weight, v->present, 0, most, MAP_CIVIDIS, false);
	return rc;
}

/* One model's columns, from FIRST on. */
static int fill_model(struct figure_job *job, const struct asked *q, const struct whatif *w, int samples, int first) {
	struct panels *p = job->panels;
	int rc = 0;
	for (int k = 0; !rc && k < q->layers; k++) {
		bool encoder = q->layer[k].kind == ATTENTION_ENCODER;
		const struct attend_choice choice = {.layer = q->layer[k], .head = ATTEND_MEAN, .query = {encoder ? ATTEND_GLOBAL : ATTEND_TOKENS, RGB, 0}, .granularity = RGB};
		double objects = 0, area = 0;
		int counted = 0;
		attention_layer_name(q->layer[k], p->column[first + k].text);
		for (int i = 0; !rc && i < samples; i++) {
			struct attend_view v;
			struct image im = {0};
			uint8_t mask[PATCHES_MAX];
			rc = attend_view(&w[i], &choice, &v);
			if (!rc) rc = paint_attention(&w[i], &v, &im, mask);
			if (!rc) figure_panel(panels_at(p, i, first + k), PANEL_PASTED, &im, v.side, mask);
			if (!rc && isfinite(v.numbers.objects)) objects += v.numbers.objects, area += v.numbers.object_area, counted++;
		}
		if (counted) snprintf(p->column[first + k].note, sizeof p->column[0].note, "%.0f %% (%.0f %%)", 100 * objects / counted, 100 * area / counted);
	}
	return rc;
}

static void name_model(const char *file, const struct whatif *w, char *out, size_t capacity) {
	const char *slash = strrchr(file, '/');
	if (*file) snprintf(out, capacity, "%.60s", slash ? slash + 1 : file);
	else snprintf(out, capacity, "step %lld", (long long)w->trained);
}

static int draw_models(struct figure_job *job, const struct asked *q) {
	struct panels *p = job->panels;
	const struct value *list = call_value(job->call, "samples");
	int rc = panels_init(p, list->count, 1 + q->models * q->layers);
	for (int m = 0; !rc && m < q->models; m++) {
		struct whatif *w;
		int samples, first = 1 + m * q->layers;
		rc = figure_make_whatifs(job, 1, &w, &samples);
		for (int i = 0; !rc && i < samples; i++) w[i].mask = (enum whatif_mask)call_int(job->call, "mask", 0), w[i].layers = q->layer, w[i].captures = q->layers;
		if (!rc) rc = figure_whatifs(job->app, w, samples, *q->model[m] ? q->model[m] : NULL, "figure");
		if (!rc) rc = fill_model(job, q, w, samples, first);
		if (!rc) name_model(q->model[m], &w[0], p->column[first].group, sizeof p->column[0].group);
		for (int i = 0; !rc && m == 0 && i < samples; i++) {
			struct image im = {0};
			rc = paint_planes(&im, w[i].rgb, w[i].config.image_size);
			if (!rc) figure_panel(panels_at(p, i, 0), PANEL_PLAIN, &im, w[i].draw.side, NULL);
			figure_name_sample(p->row[i].text, list, i);
		}
		figure_free_whatifs(w, samples);
	}
	return rc;
}

int figure_attention(struct figure_job *job) {
	struct panels *p = job->panels;
	struct trainer *t;
	struct asked q;
	int rc = app_trainer(job->app, true, &t);
	if (!rc) rc = read_asked(job->call, &trainer_fixed(t)->model, &q);
	if (!rc) rc = draw_models(job, &q);
	if (rc) return rc;
	snprintf(p->column[0].text, sizeof p->column[0].text, "sample");
	snprintf(p->caption, sizeof p->caption, "yellow: the largest weight; outlined: the patches that hold half of the attention; under a layer: share on objects (if it were uniform)");
	if (call_given(job->call, "title")) snprintf(p->title, sizeof p->title, "%s", call_text(job->call, "title"));
	return 0;
}
