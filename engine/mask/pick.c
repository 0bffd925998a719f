#include "engine/mask/parts.h"

void mask_pick(struct rng *r, uint16_t *pool, int n, int k, uint8_t *mask) {
	/* Choosing K to set and choosing N - K to leave are the same choice: make the shorter one. */
	bool set = k <= n - k;
	int chosen = set ? k : n - k;
	if (!set)
		for (int i = 0; i < n; i++) mask[pool[i]] = 1;
	for (int i = 0; i < chosen; i++) {
		int j = i + (int)rng_below(r, (uint32_t)(n - i));
		uint16_t p = pool[j];
		pool[j] = pool[i];
		pool[i] = p;
		mask[p] = set;
	}
}

void mask_group(const uint8_t *labels, int patches, struct mask_groups *out) {
	int size[PARTS_MAX] = {0}, next[PARTS_MAX], first = 0;
	for (int p = 0; p < patches; p++) size[labels[p]]++;
	out->count = 0;
	for (int label = 0; label < PARTS_MAX; label++) {
		if (size[label] == 0) continue;
		out->label[out->count] = (uint8_t)label;
		out->size[out->count] = size[label];
		out->first[out->count++] = next[label] = first;
		first += size[label];
	}
	for (int p = 0; p < patches; p++) out->patch[next[labels[p]]++] = (uint16_t)p;
}

void mask_random(int patches, int k, struct rng *r, uint8_t *mask) {
	uint16_t pool[PATCHES_MAX];
	for (int p = 0; p < patches; p++) pool[p] = (uint16_t)p;
	mask_pick(r, pool, patches, k, mask);
}
