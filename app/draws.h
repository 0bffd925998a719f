/* app/draws.h -- what decides the masks of a step, and one sample's masks drawn again: for `mask`, `mask stats` and the workbench's panes.
 * They ask nothing of the trainer thread and change nothing: a mask depends on the options, the step and the sample alone.
 * Threads: whoever owns the app. */
#pragma once

#include "app/app.h"
#include "engine/data/transform.h"
#include "engine/mask/stats.h"

struct place {
	struct dataset *data;
	struct trainer_fixed fixed;
	struct trainer_live live;     /* in force at that step */
	struct mask_options options;
	struct sample_shape shape;
	int64_t step;
	double t, mix[SOURCES];
};

/* ERR_ARGUMENT for a step behind the run's end; opens the data set if it was not. */
int place_at(struct app *a, int64_t step, struct place *p);
/* The epoch in which the step sees the sample, and whether its batch holds it (validation: 0, false). ERR_ARGUMENT: there is no such sample. */
int place_sample(const struct place *p, enum split split, int64_t index, int *epoch, bool *used);

/* Where a sample is read to, and its masks drawn. */
struct sample_masks {
	uint8_t *rgb, *instance, *semseg; /* [3, S, S]; [4 side, 4 side] each */
	struct mask_draw draw;
	struct mask_stats stats;
};
int sample_masks_new(struct sample_masks **out, const struct place *p);
void sample_masks_free(struct sample_masks *one); /* NULL is fine */
/* Reads the sample and draws its masks. */
int sample_masks_draw(struct sample_masks *one, const struct place *p, enum split split, int index, int epoch);
/* The masks alone, of the sample that was read before. */
void sample_masks_redraw(struct sample_masks *one, const struct place *p, int index, int epoch);

/* OUT (zeroed) gets the COUNT samples that training takes from the step on, in its order, all at the step's mix. ERR_CANCELLED. */
int masks_summarise(struct app *a, const struct place *p, int64_t count, struct mask_summary *out);
