#include "app/draws.h"

#include <stdlib.h>

#include "app/progress.h"
#include "engine/base/err.h"
#include "engine/data/loader.h"
#include "engine/train/redraw.h"

int place_at(struct app *a, int64_t step, struct place *p) {
	int rc = app_data(a, &p->data);
	if (!rc) rc = app_resolve(a, &p->fixed, &p->live);
	if (rc) return rc;
	p->step = step;
	if (a->trainer) {
		p->fixed = *trainer_fixed(a->trainer);
		trainer_live_at(a->trainer, p->step, &p->live);
	}
	if (p->step > p->live.total_steps)
		return err_set(ERR_ARGUMENT, "step %lld is behind the run's end at %lld (total_steps)", (long long)p->step, (long long)p->live.total_steps);
	p->options = trainer_mask_options(&p->fixed, &p->live);
	p->shape = (struct sample_shape){p->fixed.model.image_size, p->fixed.model.patch, p->fixed.model.instances};
	p->t = (double)p->step / (double)p->live.total_steps;
	trainer_mix(&p->live, p->step, p->mix);
	return mask_options_check(&p->options);
}

int place_sample(const struct place *p, enum split split, int64_t index, int *epoch, bool *used) {
	int count = dataset_count(p->data, split);
	*epoch = 0;
	*used = false;
	if (index >= count)
		return err_set(ERR_ARGUMENT, "there is no sample %s/%lld (%s has %d samples)", split_name[split], (long long)index,
		               split_name[split], count);
	return split == TRAIN ? redraw_epoch(p->fixed.seed, count, p->fixed.batch, p->step, (int)index, epoch, used) : 0;
}

void sample_masks_free(struct sample_masks *one) {
	if (!one) return;
	free(one->rgb);
	free(one->instance);
	free(one->semseg);
	free(one);
}

int sample_masks_new(struct sample_masks **out, const struct place *p) {
	size_t cells = (size_t)config_cells_side(&p->fixed.model) * (size_t)config_cells_side(&p->fixed.model);
	struct sample_masks *one = *out = calloc(1, sizeof *one);
	if (one && (one->rgb = malloc(3 * (size_t)p->shape.image_size * (size_t)p->shape.image_size)) && (one->instance = malloc(cells)) &&
	    (one->semseg = malloc(cells)))
		return 0;
	sample_masks_free(one);
	*out = NULL;
	return err_set(ERR_MEMORY, "no memory for a sample");
}

int sample_masks_draw(struct sample_masks *one, const struct place *p, enum split split, int index, int epoch) {
	int rc = sample_load(p->data, split, index, epoch, p->fixed.seed, &p->shape, one->rgb, one->instance, one->semseg);
	if (rc) return rc;
	sample_masks_redraw(one, p, index, epoch);
	return 0;
}

void sample_masks_redraw(struct sample_masks *one, const struct place *p, int index, int epoch) {
	mask_draw(&p->options, p->mix, (uint32_t)epoch, (uint32_t)index, one->semseg, one->instance, &one->draw);
	mask_stats_of(&p->options, &one->draw, &one->stats);
}

int masks_summarise(struct app *a, const struct place *p, int64_t count, struct mask_summary *out) {
	struct order *order = NULL;
	struct sample_masks *one = NULL;
	int rc = order_new(&order, p->fixed.seed, dataset_count(p->data, TRAIN));
	if (!rc) rc = sample_masks_new(&one, p);
	for (int64_t i = 0; !rc && i < count; i++) {
		int epoch, index = order_at(order, p->step * p->fixed.batch + i, &epoch);
		progress_tell(a, "mask stats", "samples", i, count);
		rc = sample_masks_draw(one, p, TRAIN, index, epoch);
		if (!rc) mask_summary_add(out, &p->options, &one->draw, &one->stats);
		if (!rc && (rc = app_interrupted())) err_set(rc, "mask stats was stopped by a signal after %lld of %lld samples", (long long)i + 1, (long long)count);
	}
	progress_end(a);
	sample_masks_free(one);
	order_free(order);
	return rc;
}
