/* engine/model/capture.h -- the attention of chosen layers, as a forward pass computes it (Vaswani et al. 2017, eq. 1: the softmax itself).
 *
 * A forward's layers share their activations, so the maps are taken on the way: behind each layer that was asked for, p = softmax(q k^T /
 * sqrt(head_dim)) is made from the very q and k that the fused path used, and goes to host memory. Every row of a map sums to 1.
 * Nothing else changes: predictions and losses are those of a forward without it. Device memory for the largest map asked for is taken for
 * the call. Threads: as the model's. */
#pragma once

#include <stdbool.h>

#include "engine/model/model.h"

enum attention_kind {
	ATTENTION_ENCODER,   /* self-attention of encoder block BLOCK: visible tokens and the global token; masked ones are absent */
	ATTENTION_CROSS,     /* STAGE's queries, its own N patches, read the patches of all active granularities, masked ones too */
	ATTENTION_STAGE,     /* self-attention of STAGE's block BLOCK (0 .. STAGE_BLOCKS - 1) behind it, among its own N patches */
	ATTENTION_KINDS
};

struct attention_layer { enum attention_kind kind; enum granularity stage; int block; };
bool attention_layer_same(struct attention_layer a, struct attention_layer b);

enum { GLOBAL_TOKEN = -1 };
struct attention_token { int granularity, patch; };  /* GLOBAL_TOKEN, 0: the global token; else enum granularity, raster index */

struct attention_map {
	struct attention_layer layer;
	int heads, queries, keys;
	float *values;                               /* [heads, queries, keys] */
	struct attention_token *query, *key;         /* [queries], [keys], in sequence order: rgb, instance, semseg, global last */
};
void attention_map_free(struct attention_map *m);

enum { ATTENTION_LAYERS_MAX = DEPTH_MAX + GRANULARITIES * (1 + STAGE_BLOCKS), ATTENTION_NAME_BYTES = 24 };

/* Every layer of a model, first to last; returns how many. Without cross_attention stages have no ATTENTION_CROSS. */
int attention_layers(const struct model_config *c, struct attention_layer out[ATTENTION_LAYERS_MAX]);
/* "encoder.3", "rgb.cross", "rgb.1". */
void attention_layer_name(struct attention_layer l, char out[ATTENTION_NAME_BYTES]);
/* Those names, and short ones: "3" is encoder.3, "last" the encoder's last, "rgb" is rgb.cross. ERR_ARGUMENT lists what there is. */
int attention_layer_parse(const struct model_config *c, const char *text, struct attention_layer *out);

/* model_forward() of the one sample that is loaded; MAPS [COUNT] receives LAYERS' maps, the caller's: attention_map_free() each. W: a
 * workspace without backward. ERR_MEMORY; no map is left then. */
int capture_forward(struct workspace *w, const struct attention_layer *layers, int count, struct attention_map *maps);
