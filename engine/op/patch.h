/* engine/op/patch.h -- where a patch's pixels and label cells lie in their images; for C, and for kernels (patch_cuda.h). */
#pragma once

#include <stddef.h>

#include "engine/op/op.h"

#ifdef __cplusplus
#define PATCH_INLINE static __host__ __device__ inline
#else
#define PATCH_INLINE static inline
#endif

PATCH_INLINE int patch_count(const struct patch_shape *s) { return s->side * s->side; }

/* Offset of the first pixel of patch N of sample B in channel C of [B, 3, S, S]. Rows are side * patch apart. */
PATCH_INLINE size_t patch_pixel(const struct patch_shape *s, int b, int n, int c) {
	size_t size = (size_t)s->side * s->patch;
	return (((size_t)b * 3 + c) * size + (size_t)(n / s->side) * s->patch) * size + (size_t)(n % s->side) * s->patch;
}

/* Offset of the first label of patch N of sample B in [B, 4 side, 4 side]. Lines are 4 side apart. */
PATCH_INLINE size_t patch_cell(const struct patch_shape *s, int b, int n) {
	size_t size = (size_t)s->side * CELLS_SIDE;
	return ((size_t)b * size + (size_t)(n / s->side) * CELLS_SIDE) * size + (size_t)(n % s->side) * CELLS_SIDE;
}

/* Copies the 16 labels of patch N of sample B, in (y, x) order, out of [B, 4 side, 4 side]. */
static inline void patch_labels(uint8_t out[CELLS], const uint8_t *labels, const struct patch_shape *s, int b, int n) {
	const uint8_t *at = labels + patch_cell(s, b, n);
	for (int y = 0; y < CELLS_SIDE; y++)
		for (int x = 0; x < CELLS_SIDE; x++) out[y * CELLS_SIDE + x] = at[(size_t)y * (size_t)s->side * CELLS_SIDE + x];
}
