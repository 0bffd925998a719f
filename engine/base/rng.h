/* engine/base/rng.h -- counter-based random numbers (Philox4x32-10: Salmon et al., SC 2011).
 *
 * A stream is named by (seed, purpose, epoch, index) and by nothing else: no global state, no order of
 * calls between streams. So sample i's mask at epoch e can be drawn again, alone, exactly as training
 * drew it, whatever the batch size or the number of threads (spec.md section 4).
 * Threads: a stream belongs to whoever initialised it; different streams are independent. */
#pragma once

#include <stdint.h>

/* What a stream is drawn for. Append only: the numbers are part of every recorded run. */
enum rng_purpose {
	RNG_INIT = 1,      /* parameter initialisation; index = the parameter's row in the table */
	RNG_ORDER,         /* the order of samples in an epoch */
	RNG_CROP,          /* crop and flip of a training sample */
	RNG_BUDGET,        /* the Dirichlet draw of visible counts */
	RNG_MASK_SEMANTIC, /* the three source masks ... */
	RNG_MASK_INSTANCE,
	RNG_MASK_RANDOM,
	RNG_MASK_TIES,     /* ... the blend's tie-breaking, or the choice of blend=sample */
	RNG_MASK_OTHER,    /* block, tube and the other generators */
	RNG_SCENE,         /* the procedural data set */
	RNG_PROBE,         /* the frozen validation masks */
};

struct rng {
	uint32_t key[2];     /* the seed */
	uint32_t counter[4]; /* block, index, epoch, purpose */
	uint32_t block[4];   /* numbers made and not yet given */
	int left;
};

void rng_init(struct rng *r, uint64_t seed, enum rng_purpose purpose, uint32_t epoch, uint32_t index);

uint32_t rng_u32(struct rng *r);
double rng_uniform(struct rng *r);                /* [0, 1), 53 bits */
double rng_range(struct rng *r, double lo, double hi);
uint32_t rng_below(struct rng *r, uint32_t n);    /* 0..n-1 without bias; n >= 1 */
double rng_normal(struct rng *r);                 /* mean 0, variance 1 (Box-Muller, one of the pair) */
double rng_gamma(struct rng *r, double shape);    /* Gamma(shape, 1), shape > 0 (Marsaglia-Tsang) */
void rng_shuffle(struct rng *r, int *v, int n);   /* Fisher-Yates: every order equally likely */
