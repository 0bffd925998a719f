/* engine/model/parameters.h -- the parameter table: every name, shape, initial distribution and decay, from the configuration
 * (spec.md sections 3 and 7), and where each layer finds its own.
 *
 * A layer holds row numbers of the table, never pointers, so that one layout serves weights, gradients and moments.
 * Decayed parameters are the linear and patch-projection weights; class, task, global and mask embeddings, biases and norms are
 * not decayed (as in MultiMAE's no_weight_decay lists).
 * Threads: plain data. */
#pragma once

#include "engine/model/config.h"
#include "engine/model/model.h"

struct linear { int weight, bias, in, out; };
struct norm { int weight, bias, width; };
struct mlp { struct linear fc1, fc2; };

struct block {
	struct norm norm1;
	struct linear qkv, proj;
	struct norm norm2;
	struct mlp mlp;
};

struct stage {
	enum granularity granularity;
	struct norm query_norm, context_norm; /* these and the three linears exist with cross-attention only */
	struct linear q, kv, proj;
	struct norm out_norm;
	struct mlp mlp;
	struct block blocks[STAGE_BLOCKS];
	struct linear head;
};

struct adapter {
	int class_emb;      /* -1 for rgb */
	struct linear proj; /* over 3 P P pixels, or 64 x 16 embedded cells */
};

enum { PARAMETERS_MAX = 12 * DEPTH_MAX + 192 }; /* 12 a block; a stage has 43 */

struct layout {
	int count;
	struct parameter rows[PARAMETERS_MAX];
	size_t size, decayed; /* floats of a flat buffer, and of its decayed beginning */

	int groups;                                /* active granularities ... */
	enum granularity sequence[GRANULARITIES];  /* ... in token order: rgb, instance, semseg */
	int group[GRANULARITIES];                  /* place in sequence, -1 if inactive */

	struct adapter adapter[GRANULARITIES];
	int global_tokens;
	struct block encoder[DEPTH_MAX];
	struct linear proj_context;
	int mask_token, task[GRANULARITIES];
	struct stage stages[GRANULARITIES];
};

/* C has passed model_config_check(). */
void layout_build(struct layout *l, const struct model_config *c);
/* The starting values of row I, COUNT floats, drawn from (SEED, RNG_INIT, 0, I). */
void parameter_draw(const struct layout *l, int i, uint64_t seed, float *out);
/* Fixed 2-D sin-cos positions [side * side, width]: with Q = width/4 and w_i = 10000^(-i/Q), column x, row y:
 * [sin(y w), cos(y w), sin(x w), cos(x w)]. */
void positions_sincos(float *out, int side, int width);
