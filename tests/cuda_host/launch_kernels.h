/* tests/cuda_host/launch_kernels.h -- small kernels for launch_test.c. Pointers are device memory. */
#pragma once

#include <stdint.h>

#include "engine/device/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out [blocks * threads]: each thread adds 1 + its index over the grid to its own element. */
void kernels_index(struct device *d, int *out, int blocks, int threads);
/* out [3 * 4 * 5 * 7 * 2 * 3]: its index again, from three dimensions of grid and block. */
void kernels_three(struct device *d, int *out);
/* out [blocks][2]: block_sum() of x [blocks * threads], then of its squares. */
void kernels_sum(struct device *d, float *out, const float *x, int blocks, int threads);
/* out [9][64]: what two warps' lanes get from each warp function of their thread number. */
enum { SHUFFLES = 9 };
void kernels_shuffles(struct device *d, int *out);
/* c [16][8] += a [16][16] b, b as [8][16] or, ROWS, as [16][8]; a and b hold bf16 and come through ldmatrix. */
void kernels_product(struct device *d, float *c, const uint16_t *a, const uint16_t *b, bool rows);
/* out [5][32]: shared memory in front of the waits, behind wait<1>, behind wait<0>, of a copy that is not valid, of one that no wait covers. */
void kernels_copies(struct device *d, float *out, const float *x);
/* out [64]: reversed x [64] by shared memory, without the barrier that this needs. */
void kernels_race(struct device *d, float *out, const float *x);
/* out[0]: shared memory that nobody wrote. */
void kernels_unwritten(struct device *d, float *out);
/* The mistakes that must end the program. */
enum mistake {
	BARRIER_AND_RETURN, TWO_BARRIERS, LANES_AND_RETURN, LANES_APART, HALF_A_WARP, SOME_LANES, BEYOND_SHARED, BEFORE_SHARED, BEHIND_MEMORY, NO_POINTER,
	HOST_POINTER, UNALIGNED_LDMATRIX, LDMATRIX_OF_GLOBAL, COPY_TO_GLOBAL, COPY_FROM_SHARED, MISTAKES
};
void kernels_mistake(struct device *d, enum mistake what, float *p);
/* Launches what no GPU would: the failure is in device_sync(). */
void kernels_too_large(struct device *d, int *out, bool shared);
uint16_t kernels_bf16(float x);

#ifdef __cplusplus
}
#endif
