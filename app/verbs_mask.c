/* app/verbs_mask.c -- mask, mask stats: training's masks, drawn again for people and for pandas. They ask nothing of the trainer thread and change
 * nothing: a mask depends on the options, the step and the sample alone. */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/data/loader.h"
#include "engine/mask/stats.h"
#include "engine/train/redraw.h"

/* What decides the masks of a step. */
struct place {
	struct dataset *data;
	struct trainer_fixed fixed;
	struct trainer_live live;     /* in force at that step */
	struct mask_options options;
	struct sample_shape shape;
	int64_t step;
	double t, mix[SOURCES];
};

static int place_at(struct app *a, const struct call *c, struct place *p) {
	int rc = app_data(a, &p->data);
	if (!rc) rc = app_resolve(a, &p->fixed, &p->live);
	if (rc) return rc;
	p->step = call_int(c, "step", app_step(a));
	if (a->trainer) {
		p->fixed = *trainer_fixed(a->trainer);
		trainer_live_at(a->trainer, p->step, &p->live);
	}
	if (p->step > p->live.total_steps)
		return err_set(ERR_ARGUMENT, "step %lld is behind the run's end at %lld (total_steps)", (long long)p->step, (long long)p->live.total_steps);
	p->options = trainer_mask_options(&p->fixed, &p->live);
	if (call_given(c, "generator")) p->options.generator = (enum mask_generator)call_int(c, "generator", 0);
	p->shape = (struct sample_shape){p->fixed.model.image_size, p->fixed.model.patch, p->fixed.model.instances};
	p->t = (double)p->step / (double)p->live.total_steps;
	trainer_mix(&p->live, p->step, p->mix);
	return mask_options_check(&p->options);
}

/* Where a sample is read to, and its masks drawn. */
struct sample_masks {
	uint8_t *rgb, *instance, *semseg;
	struct mask_draw draw;
	struct mask_stats stats;
};

static void one_free(struct sample_masks *one) {
	if (!one) return;
	free(one->rgb);
	free(one->instance);
	free(one->semseg);
	free(one);
}

static int one_new(struct sample_masks **out, const struct place *p) {
	size_t cells = (size_t)config_cells_side(&p->fixed.model) * (size_t)config_cells_side(&p->fixed.model);
	struct sample_masks *one = *out = calloc(1, sizeof *one);
	if (one && (one->rgb = malloc(3 * (size_t)p->shape.image_size * (size_t)p->shape.image_size)) && (one->instance = malloc(cells)) &&
	    (one->semseg = malloc(cells)))
		return 0;
	one_free(one);
	*out = NULL;
	return err_set(ERR_MEMORY, "no memory for a sample");
}

static int one_draw(struct sample_masks *one, const struct place *p, enum split split, int index, int epoch) {
	int rc = sample_load(p->data, split, index, epoch, p->fixed.seed, &p->shape, one->rgb, one->instance, one->semseg);
	if (rc) return rc;
	mask_draw(&p->options, p->mix, (uint32_t)epoch, (uint32_t)index, one->semseg, one->instance, &one->draw);
	mask_stats_of(&p->options, &one->draw, &one->stats);
	return 0;
}

/* ---- printing ------------------------------------------------------------------------------------------------------------ */

static const char *class_name(const void *data, int label) { return label < dataset_classes(data) ? dataset_class(data, label)->name : NULL; }

static bool unicode(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

static bool colour(const struct app *a) {
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
	return isatty(fileno(a->out)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

static void print_place(struct app *a, const struct place *p) {
	fprintf(a->out, "step %lld of %lld, t = %.4g; phase %s; generator %s", (long long)p->step, (long long)p->live.total_steps, p->t,
	        mask_source_name[curriculum_phase(&p->live.curriculum, p->t)], mask_generator_name[p->options.generator]);
	if (p->options.generator == MASK_CURRICULUM) fprintf(a->out, " %s, blend %s", p->live.curriculum.name, mask_blend_name[p->options.blend]);
	fprintf(a->out, "; visible %d\n", p->options.visible);
}

/* ---- CSV: a new file, then renamed ---------------------------------------------------------------------------------------- */

struct csv { FILE *f; const char *path; char fresh[PATH_MAX]; };

static int csv_open(struct csv *csv, const char *path) {
	csv->path = path;
	if (snprintf(csv->fresh, sizeof csv->fresh, "%s.new", path) >= (int)sizeof csv->fresh) return err_set(ERR_ARGUMENT, "the CSV file's path is too long");
	if ((csv->f = fopen(csv->fresh, "wb"))) return 0;
	return err_set(ERR_FILE, "can't write %s (%s; check the folder)", path, strerror(errno));
}

static int csv_close(struct csv *csv, int rc) {
	if (fclose(csv->f) != 0 && !rc) rc = err_set(ERR_FILE, "can't write %s (%s)", csv->path, strerror(errno));
	if (!rc && rename(csv->fresh, csv->path) != 0) rc = err_set(ERR_FILE, "can't write %s (%s)", csv->path, strerror(errno));
	if (rc) remove(csv->fresh);
	return rc;
}

/* ---- mask ------------------------------------------------------------------------------------------------------------------ */

static int find_sample(const struct place *p, const struct value *sample, int *epoch, bool *used) {
	int count = dataset_count(p->data, sample->split);
	*epoch = 0;
	*used = false;
	if (sample->integer >= count)
		return err_set(ERR_ARGUMENT, "there is no sample %s/%lld (%s has %d samples)", split_name[sample->split], (long long)sample->integer,
		               split_name[sample->split], count);
	return sample->split == TRAIN ? redraw_epoch(p->fixed.seed, count, p->fixed.batch, p->step, (int)sample->integer, epoch, used) : 0;
}

static int write_draw(const char *path, const struct mask_draw *draw) {
	struct csv csv;
	int rc = csv_open(&csv, path);
	return rc ? rc : csv_close(&csv, mask_csv(csv.f, draw));
}

int verb_mask(struct app *a, const struct call *c) {
	const struct value *sample = call_value(c, "SAMPLE");
	struct place p = {0};
	struct sample_masks *one = NULL;
	bool used;
	int epoch, rc = place_at(a, c, &p);
	if (!rc) rc = find_sample(&p, sample, &epoch, &used);
	if (!rc) rc = one_new(&one, &p);
	if (!rc) rc = one_draw(one, &p, sample->split, (int)sample->integer, epoch);
	if (!rc && call_given(c, "csv")) rc = write_draw(call_text(c, "csv"), &one->draw);
	if (!rc) {
		const struct mask_names names = {class_name, p.data};
		fprintf(a->out, "%s/%lld at ", split_name[sample->split], (long long)sample->integer);
		print_place(a, &p);
		if (sample->split == TRAIN) fprintf(a->out, "epoch %d; this step's batch %s\n", epoch, used ? "holds it" : "does not hold it: the mask it would get");
		mask_print(a->out, &one->draw, &one->stats, &names, unicode(), colour(a));
		if (call_given(c, "csv")) fprintf(a->out, "wrote %s\n", call_text(c, "csv"));
	}
	one_free(one);
	return rc;
}

/* ---- mask stats ------------------------------------------------------------------------------------------------------------ */

/* The COUNT samples that training takes from the step on, in its order, all at the step's mix. */
static int summarise(const struct place *p, int64_t count, struct mask_summary *out) {
	struct order *order = NULL;
	struct sample_masks *one = NULL;
	int rc = order_new(&order, p->fixed.seed, dataset_count(p->data, TRAIN));
	if (!rc) rc = one_new(&one, p);
	for (int64_t i = 0; !rc && i < count; i++) {
		int epoch, index = order_at(order, p->step * p->fixed.batch + i, &epoch);
		rc = one_draw(one, p, TRAIN, index, epoch);
		if (!rc) mask_summary_add(out, &p->options, &one->draw, &one->stats);
		if (!rc && (rc = app_interrupted())) err_set(rc, "mask stats was stopped by a signal after %lld of %lld samples", (long long)i + 1, (long long)count);
	}
	one_free(one);
	order_free(order);
	return rc;
}

static int write_summary(const char *path, const struct mask_summary *s, const struct mask_names *names, int64_t step) {
	struct csv csv;
	int rc = csv_open(&csv, path);
	return rc ? rc : csv_close(&csv, mask_summary_csv(csv.f, s, names, step));
}

int verb_mask_stats(struct app *a, const struct call *c) {
	struct place p = {0};
	int rc = place_at(a, c, &p);
	if (rc) return rc;
	const struct mask_names names = {class_name, p.data};
	int64_t count = call_int(c, "samples", 0);
	struct mask_summary *s = calloc(1, sizeof *s);
	rc = s ? summarise(&p, count, s) : err_set(ERR_MEMORY, "no memory for a summary");
	if (!rc && call_given(c, "csv")) rc = write_summary(call_text(c, "csv"), s, &names, p.step);
	if (!rc) {
		fprintf(a->out, "%lld samples from ", (long long)count);
		print_place(a, &p);
		mask_summary_print(a->out, s, &names, unicode());
		if (call_given(c, "csv")) fprintf(a->out, "wrote %s\n", call_text(c, "csv"));
	}
	free(s);
	return rc;
}
