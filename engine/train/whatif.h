/* engine/train/whatif.h -- one sample through the live weights under any mask, changing nothing (design.md, "what-if").
 *
 * Threads: whatif_run() is a trainer_work: it runs on the trainer thread between two steps, on a workspace of the
 * what-ifs' own. */
#pragma once

#include "engine/train/trainer.h"

enum whatif_mask {
	WHATIF_TRAINING,                          /* the very mask of training at STEP */
	WHATIF_SEMANTIC, WHATIF_INSTANCE, WHATIF_RANDOM, WHATIF_BLOCK, WHATIF_TUBE,
	WHATIF_NONE,                              /* everything visible */
	WHATIF_ONLY_SEMSEG, WHATIF_ONLY_INSTANCE, WHATIF_ONLY_RGB, /* that granularity visible, or VISIBLE random patches of it; the others masked */
	WHATIF_MASKS
};
extern const char *const whatif_mask_name[WHATIF_MASKS]; /* "training", ..., "only-rgb" */

/* Asked, then answered in place. */
struct whatif {
	enum split split;
	int index;
	int64_t step;                             /* curriculum position and epoch; -1: where the run is */
	enum whatif_mask mask;
	int visible;                              /* V; 0: the run's, and for only-* all patches. Ignored by none */
	/* Results, the caller's: whatif_free(). Shapes as in model.h for one sample. */
	struct model_config config;
	int64_t trained;                          /* the weights' step */
	struct mask_draw draw;
	uint8_t *rgb, *labels[2];                 /* [3,S,S]; [4 side, 4 side] each */
	float *prediction[GRANULARITIES];         /* [N, out] */
	struct model_losses losses;
};
int whatif_run(struct trainer_access *a, void *whatif);
void whatif_free(struct whatif *w);

/* Predictions as pictures. LABELS [4 side, 4 side]: the most likely class of each cell. */
void whatif_labels(const struct whatif *w, enum granularity g, uint8_t *labels);
/* RGB [S,S,3] bytes, interleaved; with norm_pix each patch gets its target's mean and deviation back, as MAE shows it. */
void whatif_pixels(const struct whatif *w, uint8_t *rgb);
