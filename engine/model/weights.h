/* engine/model/weights.h -- a model's weights in a file (spec.md section 7), and from one.
 *
 * Loading checks everything before it changes anything: every parameter is there under its name, with its shape and a
 * floating-point type; nothing else is, but for parameters of parts that the model's options leave out (other granularities,
 * cross-attention) and what a checkpoint adds (optimizer.*, history). Encoder positions may come with it:
 * input_adapters.G.pos_emb as [1, D, side, side] (MultiMAE), [1, N, D] or [N, D], or pos_embed [1, N, D] or [1, 1 + N, D] (MAE, class
 * token first) for every granularity without its own; a file without them brings back the sin-cos ones. Saving writes positions only
 * where they are foreign.
 * The row of class_emb that stands for unlabelled cells is zero by definition, whatever a file holds there.
 * Threads: as the model's. */
#pragma once

#include "engine/model/model.h"
#include "engine/model/safetensors.h"

int weights_save(struct model *m, const char *path);
int weights_load(struct model *m, const char *path);
/* A number that names the weights: FNV-1a (64 bits) over the parameters' names and bytes, in the table's order. ERR_MEMORY. */
int weights_hash(struct model *m, uint64_t *out);

/* What a checkpoint adds: both moments (optimizer.m.NAME, optimizer.v.NAME), tensors of its own, metadata. Streams one parameter at a
 * time. */
struct weights_extra {
	bool moments;
	const struct tensor_info *tensors;
	int count;
	const struct safetensors_meta_pair *meta;
	int metas;
};
int weights_save_with(struct model *m, const char *path, const struct weights_extra *extra);
