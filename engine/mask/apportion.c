#include <assert.h>

#include "engine/mask/parts.h"

uint64_t mask_fixed(double x) {
	uint64_t v = (uint64_t)(x * 0x1p32 + 0.5); /* the product is exact: fused or not, one rounding */
	return v == 0 && x > 0 ? 1 : v;
}

/* Gives their cap to the parts whose proportional share exceeds it and closes them (weight 0), until none does; returns what is left
 * to deal. */
static int close_full(int total, int parts, uint64_t *weight, const int *cap, int *out) {
	for (bool closed = true; closed;) {
		uint64_t sum = 0;
		int pass = total;
		closed = false;
		for (int i = 0; i < parts; i++) sum += weight[i];
		for (int i = 0; i < parts; i++) {
			if ((uint64_t)pass * weight[i] <= (uint64_t)cap[i] * sum) continue;
			out[i] = cap[i];
			total -= cap[i];
			weight[i] = 0;
			closed = true;
		}
	}
	return total;
}

/* Largest remainder over the open parts (weight > 0), none of which can exceed its cap any more. Returns what no part could take: TOTAL
 * when none is open, else 0. */
static int deal_open(int total, int parts, const uint64_t *weight, int *out) {
	uint64_t remainder[PARTS_MAX] = {0}, sum = 0;
	int left = total;
	for (int i = 0; i < parts; i++) sum += weight[i];
	if (sum == 0) return total;
	for (int i = 0; i < parts; i++) {
		if (weight[i] == 0) continue;
		uint64_t product = (uint64_t)total * weight[i]; /* < 2^12 * 2^42 */
		out[i] = (int)(product / sum);
		remainder[i] = product % sum;
		left -= out[i];
	}
	while (left > 0) { /* fewer than there are remainders above 0 */
		int best = 0;
		for (int i = 1; i < parts; i++)
			if (remainder[i] > remainder[best]) best = i;
		out[best]++;
		remainder[best] = 0;
		left--;
	}
	return 0;
}

static int deal(int total, int parts, const uint64_t *weight, const int *cap, int *out) {
	uint64_t open[PARTS_MAX];
	for (int i = 0; i < parts; i++) open[i] = weight[i];
	return deal_open(close_full(total, parts, open, cap, out), parts, open, out);
}

void mask_apportion(int total, int parts, const uint64_t *weight, const int *cap, int *out) {
	uint64_t rest[PARTS_MAX];
	assert(parts <= PARTS_MAX);
	for (int i = 0; i < parts; i++) out[i] = 0;
	int left = deal(total, parts, weight, cap, out);
	if (left == 0) return;
	for (int i = 0; i < parts; i++) rest[i] = weight[i] ? 0 : (uint64_t)cap[i];
	left = deal(left, parts, rest, cap, out);
	assert(left == 0);
}
