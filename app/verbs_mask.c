/* app/verbs_mask.c -- mask, mask stats: training's masks, drawn again for people and for pandas. They ask nothing of the trainer thread and change
 * nothing: a mask depends on the options, the step and the sample alone. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/csv.h"
#include "app/draws.h"
#include "app/progress.h"
#include "app/verbs.h"
#include "engine/base/err.h"
#include "engine/mask/mask_file.h"
#include "engine/mask/stats.h"
#include "engine/train/redraw.h"

static int place_of(struct app *a, const struct call *c, struct place *p) {
	int rc = place_at(a, call_int(c, "step", app_step(a)), p);
	if (rc) return rc;
	if (call_given(c, "generator")) p->options.generator = (enum mask_generator)call_int(c, "generator", 0);
	return mask_options_check(&p->options);
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

/* ---- mask ------------------------------------------------------------------------------------------------------------------ */

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
	int epoch, rc = place_of(a, c, &p);
	if (!rc) rc = place_sample(&p, sample->split, sample->integer, &epoch, &used);
	if (!rc) rc = sample_masks_new(&one, &p);
	if (!rc) rc = sample_masks_draw(one, &p, sample->split, (int)sample->integer, epoch);
	if (!rc && call_given(c, "csv")) rc = write_draw(call_text(c, "csv"), &one->draw);
	if (!rc) {
		const struct mask_names names = {class_name, p.data};
		fprintf(a->out, "%s/%lld at ", split_name[sample->split], (long long)sample->integer);
		print_place(a, &p);
		if (sample->split == TRAIN) fprintf(a->out, "epoch %d; this step's batch %s\n", epoch, used ? "holds it" : "does not hold it: the mask it would get");
		mask_print(a->out, &one->draw, &one->stats, &names, unicode(), colour(a));
		if (call_given(c, "csv")) fprintf(a->out, "wrote %s\n", call_text(c, "csv"));
	}
	sample_masks_free(one);
	return rc;
}

int verb_mask_save(struct app *a, const struct call *c) {
	static struct given_mask given;
	const struct value *sample = call_value(c, "SAMPLE");
	struct place p = {0};
	struct sample_masks *one = NULL;
	bool used;
	int epoch, rc = place_of(a, c, &p);
	if (!rc) rc = place_sample(&p, sample->split, sample->integer, &epoch, &used);
	if (!rc) rc = sample_masks_new(&one, &p);
	if (!rc) rc = sample_masks_draw(one, &p, sample->split, (int)sample->integer, epoch);
	if (!rc) {
		given.side = one->draw.side;
		memcpy(given.final, one->draw.final, sizeof given.final);
		rc = mask_file_write(call_text(c, "FILE"), &given);
	}
	if (!rc) fprintf(a->out, "saved the mask of %s/%lld at step %lld: %s\n", split_name[sample->split], (long long)sample->integer, (long long)p.step, call_text(c, "FILE"));
	sample_masks_free(one);
	return rc;
}

/* ---- mask stats ------------------------------------------------------------------------------------------------------------ */

static int write_summary(const char *path, const struct mask_summary *s, const struct mask_names *names, int64_t step) {
	struct csv csv;
	int rc = csv_open(&csv, path);
	return rc ? rc : csv_close(&csv, mask_summary_csv(csv.f, s, names, step));
}

int verb_mask_stats(struct app *a, const struct call *c) {
	struct place p = {0};
	int rc = place_of(a, c, &p);
	if (rc) return rc;
	const struct mask_names names = {class_name, p.data};
	int64_t count = call_int(c, "samples", 0);
	struct mask_summary *s = calloc(1, sizeof *s);
	rc = s ? masks_summarise(a, &p, count, s) : err_set(ERR_MEMORY, "no memory for a summary");
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
