/* engine/device/cpu.h -- what the CPU's ops share beside the number of threads: scratch memory.
 *
 * An op reserves what its shape needs before it starts its threads; scratch only grows, so a step allocates nothing once every
 * shape has been seen (the first step). Where memory is short the op does nothing and device_sync() says so.
 * Threads: cpu_scratch(d, i) belongs to thread I of the parallel region that the op runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/device/device.h"

struct cpu_state {
	float *scratch;  /* [threads][floats] */
	size_t floats;   /* a thread's, a multiple of 16 */
	size_t refused;  /* bytes that could not be had since the last sync */
	const char *failed;      /* what else went wrong since then: a sentence */
	struct bf16_state *bf16; /* precision=bf16 (op/gemm.h); else NULL */
};

/* At least FLOATS for each thread. False: no memory, and the op must not run. */
bool cpu_scratch_reserve(struct device *d, size_t floats);

static inline bool cpu_in_bf16(const struct device *d) { return ((const struct cpu_state *)d->state)->bf16 != NULL; }

static inline float *cpu_scratch(const struct device *d, int thread) {
	const struct cpu_state *state = d->state;
	return state->scratch + (size_t)thread * state->floats;
}
