/* app/verbs_predict.c -- predict: samples through the live weights under any mask, as a sheet. Changes nothing of the run. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/figures.h"
#include "app/verbs.h"
#include "app/whatifs.h"
#include "engine/base/err.h"
#include "viewer/figures/sheet.h"

struct prediction { struct whatif *whatif; int count; };

static int fill_labels(struct sheet *s, int sample, const struct whatif *w, enum granularity g) {
	int side = config_cells_side(&w->config);
	uint8_t *predicted = malloc((size_t)side * (size_t)side);
	if (!predicted) return err_set(ERR_MEMORY, "no memory for a prediction's labels");
	whatif_labels(w, g, predicted);
	int rc = sheet_labels(s, sample, g, config_side(&w->config), w->labels[g], predicted, w->draw.final[g]);
	free(predicted);
	return rc;
}

static int fill_pixels(struct sheet *s, int sample, const struct whatif *w) {
	struct image target = {0}, predicted = {0};
	int rc = paint_planes(&target, w->rgb, w->config.image_size);
	if (!rc) rc = image_new(&predicted, w->config.image_size, w->config.image_size);
	if (!rc) {
		whatif_pixels(w, predicted.pixels);
		rc = sheet_pixels(s, sample, config_side(&w->config), &target, &predicted, w->draw.final[RGB]);
	}
	image_free(&target);
	image_free(&predicted);
	return rc;
}

static int fill_sample(struct sheet *s, int sample, const struct whatif *w) {
	struct sheet_sample *out = &s->sample[sample];
	int rc = 0;
	snprintf(out->name, sizeof out->name, "%s/%d", split_name[w->split], w->index);
	char what[112];
	whatif_describe(w, what, sizeof what);
	snprintf(out->detail, sizeof out->detail, "%s; visible semseg %d, instance %d, rgb %d", what, w->draw.visible[SEMSEG],
	        w->draw.visible[INSTANCE], w->draw.visible[RGB]);
	for (int g = 0; !rc && g < GRANULARITIES; g++) {
		if (!w->config.active[g]) continue;
		rc = g == RGB ? fill_pixels(s, sample, w) : fill_labels(s, sample, w, (enum granularity)g);
		out->row[g].loss = w->losses.of[g];
	}
	return rc;
}

static int write_sheet(struct app *a, const struct prediction *p, const struct provenance *from, const char *path) {
	const struct model_config *config = &p->whatif[0].config;
	const struct figure_output output = {.text = from->text, .texts = from->texts};
	struct sheet sheet = {0};
	struct paint_class classes[CLASSES_MAX];
	int rc = sheet_init(&sheet, p->count, classes, figure_classes(a->data, classes));
	for (int i = 0; !rc && i < p->count; i++) rc = fill_sample(&sheet, i, &p->whatif[i]);
	if (!rc) {
		const char *name = dataset_name(a->data), *last = strrchr(name, '/');
		snprintf(sheet.title, sizeof sheet.title, "C2FMAE %s on %s, step %lld", config->preset, last && last[1] ? last + 1 : name,
		         (long long)p->whatif[0].trained);
		sheet.stages = config->stages;
		memcpy(sheet.stage, config->stage, sizeof sheet.stage);
		sheet.cascade = config->cascade;
		sheet.cumulative = config->cumulative;
		sheet.norm_pix = config->norm_pix;
		sheet.across = p->count < 4 ? 1 : 2;
		rc = sheet_write(&sheet, path, &output);
	}
	sheet_fini(&sheet);
	return rc;
}

/* out=FILE, or figures/ of the run, or the folder that the program stands in. */
static int choose_path(struct app *a, const struct call *c, const struct whatif *w, char *path) {
	char name[128];
	if (call_given(c, "out")) return snprintf(path, PATH_MAX, "%s", call_text(c, "out")), 0;
	snprintf(name, sizeof name, "predict-%s-%d-%s-step-%lld.png", split_name[w->split], w->index, whatif_mask_name[w->mask],
	        (long long)w->trained);
	char inner[160];
	snprintf(inner, sizeof inner, "figures/%s", name);
	if (a->session.script) return session_path(&a->session, inner, path);
	snprintf(path, PATH_MAX, "%s", name);
	return 0;
}

static void print_losses(struct app *a, const struct whatif *w) {
	char what[112];
	whatif_describe(w, what, sizeof what);
	fprintf(a->out, "%s/%d, %s:", split_name[w->split], w->index, what);
	for (int g = 0; g < GRANULARITIES; g++)
		if (w->config.active[g])
			fprintf(a->out, " %s %.4f (%d of %d visible)%s", granularity_name[g], w->losses.of[g], w->draw.visible[g],
			        w->draw.patches, g == RGB ? "" : ",");
	fprintf(a->out, "\n");
}

int verb_predict(struct app *a, const struct call *c) {
	static struct given_mask given;
	char path[PATH_MAX];
	struct whatif first = {0};
	struct weights_name name;
	int64_t count = call_int(c, "count", 1);
	struct prediction p = {calloc((size_t)count, sizeof *p.whatif), (int)count};
	struct provenance *from = malloc(sizeof *from);
	int rc = p.whatif && from ? whatif_take(c, &first, &given) : err_set(ERR_MEMORY, "no memory for %d predictions", p.count);
	for (int i = 0; !rc && i < p.count; i++) {
		p.whatif[i] = first;
		p.whatif[i].index += i;
	}
	if (!rc) rc = figure_whatifs(a, p.whatif, p.count, NULL, "predict", &name);
	if (!rc) rc = choose_path(a, c, &p.whatif[0], path);
	if (!rc) rc = provenance_of(a, c, &name, from);
	if (!rc) rc = write_sheet(a, &p, from, path);
	for (int i = 0; p.whatif && i < p.count; i++) {
		if (!rc) print_losses(a, &p.whatif[i]);
		whatif_free(&p.whatif[i]);
	}
	free(p.whatif);
	free(from);
	if (!rc) fprintf(a->out, "wrote %s\n", path);
	return rc;
}
