/* engine/model/config.h -- the shape of a C2FMAE, and the presets (spec.md section 3; paper sections III-B, III-C, IV-A).
 * Threads: plain data. */
#pragma once

#include <stdbool.h>

#include "engine/base/types.h"

enum { CLASS_WIDTH = 64 /* a class embedding's width (MultiMAE) */, MLP_RATIO = 4, DEPTH_MAX = 64, STAGE_BLOCKS = 2 };

struct model_config {
	char preset[16];                   /* the row it came from, for people */
	int image_size, patch;             /* S, P */
	int width, depth, heads;           /* encoder: D */
	int decoder_width, decoder_heads;  /* d */
	int classes, instances;            /* C, K (background included) */
	bool active[GRANULARITIES];        /* granularities=...: inputs and targets alike */
	int stages;                        /* how many are active */
	enum granularity stage[GRANULARITIES]; /* stage_order, the active ones */
	bool cascade;                      /* decoder=cascade; false: parallel (KV_i = Z) */
	bool cumulative;                   /* cascade=cumulative: all earlier stages are added, not the previous alone */
	bool cross_attention;              /* off: x = Q_i */
	bool norm_pix;
};

/* What a preset sets, and the training defaults that go with it. */
struct model_preset {
	const char *name;
	int image_size, patch, width, depth, heads, decoder_width, decoder_heads;
	int visible;                       /* V */
	int batch, total_steps;
	double lr;                         /* peak; 0: 1e-4 * batch / 256 */
	const char *help;
};

extern const struct model_preset model_presets[]; /* ends with name == NULL */
const struct model_preset *model_preset_find(const char *name); /* NULL if unknown */

/* A whole configuration from a preset: all granularities, cascade, stage order S,I,R, 133 classes, 32 instances. */
struct model_config model_config_of(const struct model_preset *p);
/* Checks ranges and divisibility; ERR_ARGUMENT with a sentence. */
int model_config_check(const struct model_config *c);

static inline int config_side(const struct model_config *c) { return c->image_size / c->patch; }
static inline int config_patches(const struct model_config *c) { return config_side(c) * config_side(c); }
static inline int config_cells_side(const struct model_config *c) { return config_side(c) * CELLS_SIDE; }
static inline int config_labels(const struct model_config *c, enum granularity g) { return g == SEMSEG ? c->classes : c->instances; }
/* Width of a granularity's head: C*16, K*16, 3*P*P. */
static inline int config_out(const struct model_config *c, enum granularity g) {
	return g == RGB ? 3 * c->patch * c->patch : config_labels(c, g) * CELLS;
}
