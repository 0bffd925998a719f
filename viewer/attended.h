/* viewer/attended.h -- what attention reads, as plain data: the choice of a layer, head and query, and for each granularity the weights of its patches
 * with the numbers about them. app/exploring.c fills it; the arithmetic behind the numbers is engine/train/attend.h.
 * Threads: plain data; pure functions. */
#pragma once

#include <stdbool.h>

#include "engine/base/types.h"

enum { ATTENDED_LAYERS = 80, ATTENDED_HEADS = 64, ATTENDED_MEAN = -1, ATTENDED_ROLLOUT = -2 /* heads; rollout in the encoder alone */ };

struct attended_layer { char name[24]; bool encoder; enum granularity stage; int heads; };
struct attended_layers { int count, last; struct attended_layer of[ATTENDED_LAYERS]; }; /* LAST: the encoder's last */

enum attended_asker { ASKER_GLOBAL, ASKER_MEAN, ASKER_PATCH };
struct attended_choice {
	int layer;                           /* of the layers; -1: the encoder's last */
	int head;
	enum attended_asker asker;
	enum granularity of;                 /* the asking patch; a stage asks with its own patch at the same place */
	int patch;
	int share;                           /* %: the contour goes around the patches that together hold so much of the mass */
	bool plain;                          /* the weights' colours alone; else over the picture in grey */
};

struct attended_keys {                       /* of one granularity */
	int present_count;
	bool present[PATCHES_MAX];           /* a key stands for the patch: visible ones alone in the encoder, the stage's own in its self-attention */
	float weight[PATCHES_MAX];
	float before[PATCHES_MAX];           /* the share of the granularity's mass on patches that weigh more: attended_rank() */
	double least, most;                  /* of all granularities of the sample: the ends of its scale */
	double mass, objects, object_area, area50, entropy, relative, distance[ATTENDED_HEADS]; /* as attend_numbers; NAN: not defined */
};

struct attended {                            /* of one sample */
	bool asked, known;                   /* asked and not known: WHY says why */
	char what[96], why[240];             /* "encoder.3, head mean, query rgb:12" */
	struct attended_choice choice;       /* as it was resolved: a layer, a stage's own granularity */
	int heads;
	double global;                       /* mass on the global token */
};

void attended_rank(struct attended_keys *k, int patches);
/* Whether the contour of SHARE % goes around patch N: the same patches as those of attend_threshold() or more weight. */
bool attended_inside(const struct attended_keys *k, int n, int share);

/* Brings a choice into what there is: another layer may have fewer heads, and a stage has no global token. */
void attended_settle(struct attended_choice *c, const struct attended_layers *l);
void attended_step_layer(struct attended_choice *c, const struct attended_layers *l, int by);   /* round at the ends */
void attended_step_head(struct attended_choice *c, const struct attended_layers *l, int by);    /* mean, rollout (encoder), 0, 1, ... */
void attended_step_share(struct attended_choice *c);                                            /* 50, 60, ... 90, 50 */
/* The patch asks; the same again: the layer's usual query. */
void attended_pick(struct attended_choice *c, const struct attended_layers *l, enum granularity of, int patch);
