/* engine/op/patch_cuda.h -- what embed_cuda.cu and loss_cuda.cu share: a patch's pixels and labels as a kernel's threads read them.
 * Device memory is 64-byte aligned: labels are read in lines of four, pixels and rows of whole patches in pieces without asking. */
#pragma once

#include "engine/op/pieces_cuda.h"

extern "C" {
#include "engine/op/patch.h"
}

/* Pixels of a thread's piece: 16 bytes of rgb. Every patch that the model permits is a multiple of four pixels wide; others go one by one. */
static constexpr int PIXELS = 4;

/* From a patch's first pixel to its value J in (channel, y, x) order. */
static __device__ inline int64_t pixel_step(const struct patch_shape *s, int j) {
	int line = j / s->patch, channel = line / s->patch, size = s->side * s->patch;
	return ((int64_t)channel * size + (line - channel * s->patch)) * size + (j - line * s->patch);
}

/* The labels of N cells from cell FIRST on, both multiples of four, of the patch whose first label is at AT. */
template <int N> static __device__ inline void cells_load(uint8_t label[N], const uint8_t *at, const struct patch_shape *s, int first) {
#pragma unroll
	for (int i = 0; i < N; i += CELLS_SIDE) {
		piece<uint8_t, CELLS_SIDE> line = piece_load<CELLS_SIDE>(at + (int64_t)((first + i) / CELLS_SIDE) * s->side * CELLS_SIDE);
#pragma unroll
		for (int x = 0; x < CELLS_SIDE; x++) label[i + x] = line.v[x];
	}
}
