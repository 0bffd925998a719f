/* engine/train/whatif.h -- one sample through the live weights under any mask, changing nothing (design.md, "what-if").
 *
 * Threads: whatif_run() is a trainer_work: it runs on the trainer thread between two steps, on a workspace of the
 * what-ifs' own. */
#pragma once

#include "engine/mask/mask_file.h"
#include "engine/model/capture.h"
#include "engine/train/trainer.h"

enum whatif_mask {
	WHATIF_TRAINING,                          /* the very mask of training at STEP */
	WHATIF_SEMANTIC, WHATIF_INSTANCE, WHATIF_RANDOM, WHATIF_BLOCK, WHATIF_TUBE,
	WHATIF_NONE,                              /* everything visible */
	WHATIF_ONLY_SEMSEG, WHATIF_ONLY_INSTANCE, WHATIF_ONLY_RGB, /* that granularity visible, or VISIBLE random patches of it; the others masked */
	WHATIF_MASKS,                             /* those that need no more than their name */
	WHATIF_GIVEN = WHATIF_MASKS,              /* made by hand: GIVEN */
};
extern const char *const whatif_mask_name[WHATIF_MASKS + 1]; /* "training", ..., "only-rgb", "given" */
bool whatif_kind_drawn(enum whatif_mask kind);                   /* by a generator, with a budget over all granularities */

/* One stage's output D_g replaced, to see what follows downstream of it (paper Eq. 2: the next stage's KV = Z + scatter(D_g)).
 *
 * [D] A stage hands on hidden tokens, and no map has tokens of its own. So the map is given those that the model itself makes of it: in a
 * forward pass of its own, granularity g shows the substituted map whole (every patch visible), everything else is as in the what-if; its D_g
 * then stands in for the what-if's. Q, Z and KV downstream keep the what-if's own context. The prediction of g becomes the head's
 * reading of the substituted D_g; the encoder sees more tokens in that pass than in training, and losses never asked for visible patches:
 * so D_g is what the network makes of the truth, not the truth. Stages before g are as they were. */
struct whatif_substitute {
	bool on;
	enum granularity stage;
	enum split split;                         /* whose map: the what-if's own sample is the ground truth */
	int index;
	bool relative;                            /* INDEX counts from the what-if's own sample, round the split's end (0: its own); whatif_run() puts the sample's number there */
};

/* Asked, then answered in place. */
struct whatif {
	enum split split;
	int index;
	int64_t step;                             /* curriculum position and epoch; -1: where the run is */
	enum whatif_mask mask;
	int visible;                              /* V; 0: the run's, and for only-* all patches. Ignored by none and given */
	bool seeded;                              /* masks drawn from SEED, not the run's */
	uint64_t seed;
	const struct given_mask *given;           /* borrowed; WHATIF_GIVEN */
	struct whatif_substitute substitute;
	const struct attention_layer *layers;     /* borrowed, [captures]: whose attention is wanted */
	int captures;                             /* at most ATTENTION_LAYERS_MAX */
	/* Results, the caller's: whatif_free(). Shapes as in model.h for one sample. */
	struct model_config config;
	int64_t trained;                          /* the weights' step */
	struct mask_draw draw;
	uint8_t *rgb, *labels[2];                 /* [3,S,S]; [4 side, 4 side] each */
	float *prediction[GRANULARITIES];         /* [N, out] */
	struct model_losses losses;
	struct attention_map maps[ATTENTION_LAYERS_MAX]; /* the first CAPTURES */
};
int whatif_run(struct trainer_access *a, void *whatif);
void whatif_free(struct whatif *w);

/* WORK with the weights of CHECKPOINT (or plain weights) in place of the live ones: they stand in a model of their own that is gone
 * afterwards. Its access's step is the file's, 0 for plain weights. The file must fit the run's model. */
int whatif_with(struct trainer_access *a, const char *checkpoint, trainer_work work, void *context);

/* The mask in use, to be saved. */
void whatif_mask_given(const struct whatif *w, struct given_mask *out);

/* Predictions as pictures. LABELS [4 side, 4 side]: the most likely class of each cell. */
void whatif_labels(const struct whatif *w, enum granularity g, uint8_t *labels);
/* RGB [S,S,3] bytes, interleaved; with norm_pix each patch gets its target's mean and deviation back, as MAE shows it. */
void whatif_pixels(const struct whatif *w, uint8_t *rgb);
