/* Tube masking (VideoMAE, arXiv 2203.12602, along granularities instead of time): one random order of the positions; granularity g masks the
 * first K_g of it. So the masks are nested: what the granularity with the fewest masked patches hides is hidden in all. */
#include "engine/mask/parts.h"

void mask_tube(const uint16_t *order, int k, uint8_t *mask) {
	for (int i = 0; i < k; i++) mask[order[i]] = 1;
}
