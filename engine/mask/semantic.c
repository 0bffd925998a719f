/* Semantic-guided masking (Eq. 5, 6): region c gets w_c |P_c| / sum(w |P|) of the K masked patches; inside a region, uniform choice. */
#include "engine/mask/parts.h"

void mask_semantic_quota(const struct mask_options *o, const struct mask_groups *regions, int k, int *quota) {
	double w[PARTS_MAX], most = 0;
	uint64_t weight[PARTS_MAX];
	for (int i = 0; i < regions->count; i++) {
		int c = regions->label[i];
		w[i] = o->class_weight[c < o->classes ? c : o->classes];
		if (w[i] > most) most = w[i];
	}
	/* Relative to the largest weight present; all zero: apportioned by size, which is what equal weights give. */
	for (int i = 0; i < regions->count; i++) weight[i] = most > 0 ? mask_fixed(w[i] / most) * (uint64_t)regions->size[i] : 0;
	mask_apportion(k, regions->count, weight, regions->size, quota);
}

void mask_semantic(const struct mask_options *o, const struct mask_groups *regions, int k, struct rng *r, uint8_t *mask) {
	struct mask_groups own = *regions; /* mask_pick() reorders */
	int quota[PARTS_MAX];
	mask_semantic_quota(o, regions, k, quota);
	for (int i = 0; i < own.count; i++) mask_pick(r, own.patch + own.first[i], own.size[i], quota[i], mask);
}
