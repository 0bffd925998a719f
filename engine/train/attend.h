/* engine/train/attend.h -- what attention maps say: one query's weights over the patches of a granularity, and numbers about them.
 *
 * A what-if brings the maps (whatif.layers, whatif.maps); all here is arithmetic on them, and asks nothing of the trainer. From app/:
 *
 *     struct attention_layer layers[ATTENTION_LAYERS_MAX];
 *     struct whatif w = {.split = VAL, .index = 3, .step = -1, .mask = WHATIF_ONLY_RGB, .layers = layers};
 *     w.captures = attention_layers(&trainer_fixed(t)->model, layers);   // or the one that attention_layer_parse() names
 *     app_call(a, t, whatif_run, &w, NULL);                             // whatif_run_on(): another checkpoint's weights
 *     struct attend_choice c = {.layer = layers[0], .head = ATTEND_MEAN, .query = {ATTEND_GLOBAL}, .granularity = RGB};
 *     struct attend_view v;
 *     attend_view(&w, &c, &v);                                          // v.weight [N], v.present [N], v.numbers
 *     whatif_free(&w);
 *
 * Threads: pure. */
#pragma once

#include "engine/train/whatif.h"

enum attend_query_kind { ATTEND_GLOBAL, ATTEND_TOKENS /* the mean over all of the layer's queries */, ATTEND_PATCH };
struct attend_query { enum attend_query_kind kind; enum granularity granularity; int patch; };

/* A head's index, or: */
enum {
	ATTEND_MEAN = -1,      /* mean over heads */
	/* Attention rollout over encoder blocks 0 .. layer.block (Abnar and Zuidema 2020): the product of A = 0.5 mean over heads + 0.5 I, the
	 * identity standing for the residual connection. Every one of these blocks must have been captured. */
	ATTEND_ROLLOUT = -2,
};

struct attend_choice {
	struct attention_layer layer;          /* captured */
	int head;
	struct attend_query query;             /* ATTEND_GLOBAL: encoder layers alone. A patch that is masked is no token of the encoder */
	enum granularity granularity;          /* of the keys shown */
};

enum { ATTEND_HEADS_MAX = 64 };

/* Objects, area, entropy and distance concern the keys of the chosen granularity, weights scaled to sum to 1 over those present. NAN: not
 * defined (no key of it is present, it has no mass, or the query has no place). */
struct attend_numbers {
	double mass[GRANULARITIES], global;    /* share of the query's attention on each granularity's keys, and on the global token: together 1 */
	double objects;                        /* share on objects: a patch counts by its share of object cells [D] */
	double object_area;                    /* what uniform attention over the patches present would give */
	double area50;                         /* the least share of the patches present that holds half the mass: 0.5 if it is uniform */
	double entropy, relative;              /* nats; over ln(patches present): 1 if it is uniform */
	/* Mean distance from query to key, in patches, of every head of the layer, whatever HEAD is (Raghu et al. 2021; Dosovitskiy et al. 2021,
	 * fig. 7), over the keys of the chosen granularity. A patch query: its own; otherwise the mean over all queries that have a place. */
	int heads;
	double distance[ATTEND_HEADS_MAX];
};

struct attend_view {
	int side, patches, present_count;
	float weight[PATCHES_MAX];             /* of the query's attention, as it is: sums to numbers.mass[granularity]; 0 where absent */
	bool present[PATCHES_MAX];             /* a key stands for the patch: always in the decoder, visible ones alone in the encoder */
	bool masked[PATCHES_MAX];              /* the what-if masked it */
	float object[PATCHES_MAX];             /* the patch's share of cells with instance > 0 */
	struct attend_numbers numbers;
};

/* ERR_ARGUMENT with a sentence: a layer that was not captured, a head or query that is not there. */
int attend_view(const struct whatif *w, const struct attend_choice *c, struct attend_view *out);

/* The least weight among the patches that together hold SHARE (0..1) of the mass: where a contour runs. 0 without mass. */
float attend_threshold(const struct attend_view *v, double share);

/* The paper's "attention drift" as numbers: what the encoder's global token looks at in its last block, mean over heads, over rgb
 * patches. The paper shows maps and defines no number. [D] Mean over the frozen probe's images (the first SAMPLES of val) under MASK (by
 * default only-rgb: as a fine-tuned encoder would see them). */
struct attend_drift {
	int64_t step, samples;                 /* the weights'; images that count: an image needs objects and background */
	double objects, object_area, area50, relative; /* means; objects / object_area above 1: more than chance */
};
struct attend_drift_request {
	enum whatif_mask mask;                 /* asked */
	int samples;
	const char *checkpoint;                /* NULL: the live weights */
	struct attend_drift result;
};
/* What it looks at, and one image more in the means (an image without objects, or without background, does not count). */
struct attend_choice attend_drift_choice(const struct model_config *c);
void attend_drift_add(struct attend_drift *d, const struct attend_numbers *n);
int attend_drift_run(struct trainer_access *a, void *request); /* a trainer_work */
