/* From three binary masks to one (Eq. 10, 11).
 *
 * A score takes at most eight values, one for each set of sources that mask the patch. So top-K takes whole classes of patches, best first,
 * and chooses uniformly inside the one where K is reached. With two sources in play the classes are: both, the heavier alone, the lighter alone,
 * neither; the first two hold exactly K patches: the heavier source wins whole, whatever its share above 1/2. */
#include "engine/mask/parts.h"

void mask_blend_topk(const double mix[SOURCES], const uint8_t source[SOURCES][PATCHES_MAX], int patches, int k, struct rng *ties, uint8_t *mask) {
	uint64_t share[SOURCES], score[PATCHES_MAX], best;
	uint16_t pool[PATCHES_MAX];
	int left = k;
	for (int j = 0; j < SOURCES; j++) share[j] = mask_fixed(mix[j]);
	for (int p = 0; p < patches; p++) {
		score[p] = 1; /* 0 is kept for what has been taken */
		for (int j = 0; j < SOURCES; j++) score[p] += source[j][p] ? share[j] : 0;
	}
	while (left > 0) {
		int n = 0;
		best = 0;
		for (int p = 0; p < patches; p++)
			if (score[p] > best) best = score[p];
		for (int p = 0; p < patches; p++) {
			if (score[p] != best) continue;
			pool[n++] = (uint16_t)p;
			score[p] = 0;
		}
		mask_pick(ties, pool, n, n < left ? n : left, mask);
		left -= n < left ? n : left;
	}
}

int mask_blend_sample(const double mix[SOURCES], struct rng *r) {
	double u = rng_uniform(r);
	int chosen = 0;
	for (int j = 0; j < SOURCES; j++) {
		if (!(mix[j] > 0)) continue;
		chosen = j;
		if (u < mix[j]) break;
		u -= mix[j];
	}
	return chosen;
}
