/* Instance-guided masking (Eq. 7, 8): a share rho of the masked patches on objects, whole instances first, the rest on the background. */
#include <math.h>

#include "engine/mask/parts.h"

static int background_size(const struct mask_groups *objects) { return objects->label[0] == 0 ? objects->size[0] : 0; }

int mask_instance_quota(const struct mask_options *o, const struct mask_groups *objects, int k) {
	int patches = o->side * o->side, background = background_size(objects), object = patches - background;
	int asked = (int)((mask_fixed(o->rho) * (uint64_t)k + (1ull << 31)) >> 32); /* round(rho K), halves up */
	int quota = asked < object ? asked : object;
	return k - quota > background ? k - background : quota; /* what the background can't hold comes back */
}

/* Our reading of "based on their size and spatial significance" [D]: area x centrality, with area n in patches and centrality
 * 1 - (distance of the instance's centroid from the image's centre) / (half the image's diagonal).
 * In integers up to the root: with X, Y the sums of 2x - (side - 1), 2y - (side - 1) over its patches, the distance is
 * sqrt(X^2 + Y^2) / 2n, half the diagonal is side / sqrt 2, so that the product is n - sqrt((X^2 + Y^2) / 2) / side. */
static double significance(const struct mask_groups *objects, int i, int side) {
	int64_t x = 0, y = 0, n = objects->size[i];
	for (int j = 0; j < n; j++) {
		int p = objects->patch[objects->first[i] + j];
		x += 2 * (p % side) - (side - 1);
		y += 2 * (p / side) - (side - 1);
	}
	return (double)n - sqrt((double)(x * x + y * y) / 2) / side;
}

/* Indices of the objects' groups, the most significant first, ties to the lower id. Returns how many. */
static int order_objects(const struct mask_groups *objects, int side, int *order) {
	double key[PARTS_MAX];
	int count = 0;
	for (int i = objects->label[0] == 0; i < objects->count; i++) {
		int at = count++;
		key[i] = significance(objects, i, side);
		for (; at > 0 && key[order[at - 1]] < key[i]; at--) order[at] = order[at - 1];
		order[at] = i;
	}
	return count;
}

void mask_instance(const struct mask_options *o, const struct mask_groups *objects, int k, struct rng *r, uint8_t *mask) {
	struct mask_groups own = *objects; /* mask_pick() reorders */
	int order[PARTS_MAX], count = order_objects(objects, o->side, order), left = mask_instance_quota(o, objects, k);
	int background = k - left;
	for (int j = 0; j < count && left > 0; j++) {
		int i = order[j], part = own.size[i] < left ? own.size[i] : left;
		mask_pick(r, own.patch + own.first[i], own.size[i], part, mask);
		left -= part;
	}
	mask_pick(r, own.patch, background_size(objects), background, mask);
}
