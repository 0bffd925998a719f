/* engine/mask/mask.h -- which patches of a sample are masked (spec.md section 4; paper section III-D, Eq. 5 to 11).
 *
 * mask_draw() is a pure function of its arguments: the same (seed, epoch, index, labels, mix, options) give the same
 * masks on any machine, alone or in a batch. Quotas and scores are decided in integers. Every purpose has its own stream (base/rng.h),
 * which the active granularities advance in the order semseg, instance, rgb: so the three sources are the same
 * whatever blend or generator makes the final mask of them. docs/masks.md says what each generator does.
 * Threads: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/types.h"
#include "engine/mask/curriculum.h"

enum mask_generator {
	MASK_CURRICULUM, /* the blend of the three sources at the curriculum's mix */
	MASK_SEMANTIC, MASK_INSTANCE, MASK_RANDOM, /* one source alone */
	MASK_BLOCK,      /* BEiT's block-wise */
	MASK_TUBE,       /* the same positions in every granularity */
	MASK_GENERATORS
};
extern const char *const mask_generator_name[MASK_GENERATORS]; /* "curriculum", "semantic", ... */

enum mask_blend { BLEND_TOPK, BLEND_SAMPLE, MASK_BLENDS };
extern const char *const mask_blend_name[MASK_BLENDS]; /* "topk", "sample" */

struct mask_options {
	int side;                         /* patches along an edge; N = side^2 <= PATCHES_MAX */
	bool active[GRANULARITIES];
	int visible;                      /* V over the active granularities, exactly */
	int classes;                      /* C: a semantic label >= C is one region of its own, "unlabelled" */
	double dirichlet;                 /* a > 0 */
	double rho;                       /* share of K_g that instance guidance puts on objects, 0..1 */
	enum mask_blend blend;
	enum mask_generator generator;
	double class_weight[CLASSES_MAX + 1]; /* w_c >= 0; [C] is the unlabelled region's. A region of weight 0 is masked only where K_g
	                                       * exceeds all the others; when all are 0, weights count as equal */
	uint64_t seed;
};
void mask_options_default(struct mask_options *o); /* rho 0.75, a 1, topk, curriculum, weights 1 */
int mask_options_check(const struct mask_options *o); /* ERR_ARGUMENT with a sentence; 1 <= V < active * N */

/* One sample's masks; 1 = masked. An inactive granularity has n_g = 0 and is masked everywhere. The three sources are drawn for every
 * generator. */
struct mask_draw {
	int side, patches;
	bool active[GRANULARITIES];
	int visible[GRANULARITIES];               /* n_g; masked K_g = N - n_g */
	uint8_t semantic[PATCHES_MAX], instance[PATCHES_MAX]; /* patch labels used for guidance; semantic >= C is stored as UNLABELLED */
	uint8_t source[GRANULARITIES][SOURCES][PATCHES_MAX];
	uint8_t final[GRANULARITIES][PATCHES_MAX];
	double mix[SOURCES];                      /* alpha, beta, gamma as requested; 1 for a single source's generator; 0, 0, 0 for block and tube */
	int chosen;                               /* blend=sample: the source drawn; -1 otherwise */
};

/* CELLS: label grids [4 side, 4 side] of the sample after its crop. O must pass mask_options_check(). */
void mask_draw(const struct mask_options *o, const double mix[SOURCES], uint32_t epoch, uint32_t index, const uint8_t *semantic_cells,
               const uint8_t *instance_cells, struct mask_draw *out);
