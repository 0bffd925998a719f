/* BEiT's block-wise masking (arXiv 2106.08254, Algorithm 1, and its code's masking_generator.py), with exactly K masked patches.
 *
 * A block has an area drawn between BLOCK_MIN patches of BEiT's 14 x 14 grid, scaled to this one, and what is still to be masked, and an
 * aspect drawn log-uniformly in 0.3 .. 1/0.3; it is taken if it masks something new and not too much. As in BEiT's code, the first time that
 * ten tries find no such block, the blocks end; what is missing then is added at the edge of what is masked [D] (BEiT leaves it unmasked). */
#include <math.h>

#include "engine/mask/parts.h"

enum { TRIES = 10, BLOCK_MIN = 16, BEIT_PATCHES = 196 };
static const double ASPECT_MIN = 0.3;

/* Masks one block of at most LEFT new patches; returns how many are new, 0 if this try found none. */
static int try_block(int side, int left, struct rng *r, uint8_t *mask) {
	double area = rng_range(r, (double)BLOCK_MIN * side * side / BEIT_PATCHES, left);
	double aspect = exp(rng_range(r, log(ASPECT_MIN), -log(ASPECT_MIN)));
	int height = (int)lround(sqrt(area * aspect)), width = (int)lround(sqrt(area / aspect)), fresh = 0;
	if (height < 1 || width < 1 || height > side || width > side) return 0;
	int top = (int)rng_below(r, (uint32_t)(side - height) + 1), start = (int)rng_below(r, (uint32_t)(side - width) + 1);
	for (int y = top; y < top + height; y++)
		for (int x = start; x < start + width; x++) fresh += !mask[y * side + x];
	if (fresh > left) return 0;
	for (int y = top; y < top + height; y++)
		for (int x = start; x < start + width; x++) mask[y * side + x] = 1;
	return fresh;
}

static bool touches(const uint8_t *mask, int side, int p) {
	int x = p % side, y = p / side;
	return (x > 0 && mask[p - 1]) || (x < side - 1 && mask[p + 1]) || (y > 0 && mask[p - side]) || (y < side - 1 && mask[p + side]);
}

/* Masks one more patch beside those that are, uniformly; any patch when none is. */
static void grow(int side, struct rng *r, uint8_t *mask) {
	uint16_t edge[PATCHES_MAX];
	int n = 0;
	for (int p = 0; p < side * side; p++)
		if (!mask[p] && touches(mask, side, p)) edge[n++] = (uint16_t)p;
	mask[n ? edge[rng_below(r, (uint32_t)n)] : rng_below(r, (uint32_t)(side * side))] = 1;
}

void mask_block(int side, int k, struct rng *r, uint8_t *mask) {
	int left = k;
	for (int tries = 0; left > 0 && tries < TRIES; tries++) {
		int fresh = try_block(side, left, r, mask);
		if (fresh) tries = -1;
		left -= fresh;
	}
	for (; left > 0; left--) grow(side, r, mask);
}
