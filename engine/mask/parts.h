/* engine/mask/parts.h -- what mask_draw() is put together from; for this room alone (mask.c, stats.c and the tests of the parts).
 *
 * Shares, weights and scores are turned into integers of 2^-32 before anything is compared or divided: so quotas and ties are exact,
 * and no compiler's rounding (fused multiply-add, another libm) can move a patch. A mask argument is [N], zeroed by
 * the caller; the function sets exactly K of its patches to 1.
 * Threads: pure. */
#pragma once

#include <stdint.h>

#include "engine/base/rng.h"
#include "engine/mask/mask.h"

/* X, 0..1, in units of 2^-32; nothing above 0 becomes 0. */
uint64_t mask_fixed(double x);

/* --- apportion.c: shares into whole numbers --- */
enum { PARTS_MAX = 256 };
/* Deals TOTAL (<= the sum of CAP, <= 3 PATCHES_MAX) over N parts in proportion to WEIGHT (<= 2^42 each, 2^42 in sum) by largest
 * remainder, ties to the lower part; no part gets more than its CAP, and what it can't hold is dealt again over the others, in
 * proportion. Parts of weight 0 get only what the others can't hold, in proportion to their caps. */
void mask_apportion(int total, int parts, const uint64_t *weight, const int *cap, int *out);

/* --- pick.c: uniform choice, and patches by label --- */
/* Sets K of the N patches in POOL, every subset equally likely; reorders POOL. Takes min(K, N - K) numbers. */
void mask_pick(struct rng *r, uint16_t *pool, int n, int k, uint8_t *mask);

/* Patches sorted by label, raster order within. */
struct mask_groups {
	int count;
	uint8_t label[PARTS_MAX];       /* ascending */
	int size[PARTS_MAX];
	int first[PARTS_MAX];           /* into patch */
	uint16_t patch[PATCHES_MAX];
};
void mask_group(const uint8_t *labels, int patches, struct mask_groups *out);

/* --- one file each --- */
/* Visible counts: Dirichlet(a) over the active granularities; 0 for the others. */
void mask_budget(const struct mask_options *o, struct rng *r, int visible[GRANULARITIES]);

/* How many of each group semantic guidance masks (Eq. 6), and the mask (Eq. 5). */
void mask_semantic_quota(const struct mask_options *o, const struct mask_groups *regions, int k, int *quota);
void mask_semantic(const struct mask_options *o, const struct mask_groups *regions, int k, struct rng *r, uint8_t *mask);

/* How many object patches instance guidance masks (Eq. 8), and the mask (Eq. 7). */
int mask_instance_quota(const struct mask_options *o, const struct mask_groups *objects, int k);
void mask_instance(const struct mask_options *o, const struct mask_groups *objects, int k, struct rng *r, uint8_t *mask);

void mask_random(int patches, int k, struct rng *r, uint8_t *mask); /* Eq. 9 */
void mask_block(int side, int k, struct rng *r, uint8_t *mask);
/* ORDER [N]: a permutation of the patches, shared by the granularities. */
void mask_tube(const uint16_t *order, int k, uint8_t *mask);

/* The K highest of alpha M_sem + beta M_ins + gamma M_rnd (Eq. 10, 11), ties uniformly at random. */
void mask_blend_topk(const double mix[SOURCES], const uint8_t source[SOURCES][PATCHES_MAX], int patches, int k, struct rng *ties, uint8_t *mask);
/* A source, drawn with probabilities alpha, beta, gamma. */
int mask_blend_sample(const double mix[SOURCES], struct rng *r);
