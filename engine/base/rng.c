#include "engine/base/rng.h"

#include <math.h>

static void philox_round(uint32_t c[4], const uint32_t k[2]) {
	uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
	uint32_t c1 = c[1], c3 = c[3];
	c[0] = (uint32_t)(p1 >> 32) ^ c1 ^ k[0];
	c[1] = (uint32_t)p1;
	c[2] = (uint32_t)(p0 >> 32) ^ c3 ^ k[1];
	c[3] = (uint32_t)p0;
}

static void refill(struct rng *r) {
	uint32_t k[2] = {r->key[0], r->key[1]};
	for (int i = 0; i < 4; i++) r->block[i] = r->counter[i];
	for (int i = 0; i < 10; i++) {
		philox_round(r->block, k);
		k[0] += 0x9E3779B9u;
		k[1] += 0xBB67AE85u;
	}
	r->counter[0]++;
	r->left = 4;
}

void rng_init(struct rng *r, uint64_t seed, enum rng_purpose purpose, uint32_t epoch, uint32_t index) {
	*r = (struct rng){.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .counter = {0, index, epoch, (uint32_t)purpose}};
}

uint32_t rng_u32(struct rng *r) {
	if (r->left == 0) refill(r);
	return r->block[4 - r->left--];
}

double rng_uniform(struct rng *r) {
	uint32_t hi = rng_u32(r) >> 5, lo = rng_u32(r) >> 6; /* 27 + 26 bits */
	return (hi * 67108864.0 + lo) / 9007199254740992.0;
}

double rng_range(struct rng *r, double lo, double hi) { return lo + (hi - lo) * rng_uniform(r); }

uint32_t rng_below(struct rng *r, uint32_t n) {
	/* Lemire's multiply-shift, rejecting the few values that would favour small results. */
	uint32_t threshold = -n % n;
	for (;;) {
		uint64_t m = (uint64_t)rng_u32(r) * n;
		if ((uint32_t)m >= threshold) return (uint32_t)(m >> 32);
	}
}

double rng_normal(struct rng *r) {
	double u = 1.0 - rng_uniform(r); /* (0, 1]: the logarithm is finite */
	return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * rng_uniform(r));
}

double rng_gamma(struct rng *r, double shape) {
	if (shape < 1.0) return rng_gamma(r, shape + 1.0) * pow(1.0 - rng_uniform(r), 1.0 / shape);
	double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
	for (;;) {
		double x = rng_normal(r), v = 1.0 + c * x;
		if (v <= 0.0) continue;
		v = v * v * v;
		if (log(1.0 - rng_uniform(r)) < 0.5 * x * x + d * (1.0 - v + log(v))) return d * v;
	}
}

void rng_shuffle(struct rng *r, int *v, int n) {
	for (int i = n - 1; i > 0; i--) {
		int j = (int)rng_below(r, (uint32_t)i + 1), t = v[i];
		v[i] = v[j];
		v[j] = t;
	}
}
