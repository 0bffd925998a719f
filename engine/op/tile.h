/* engine/op/tile.h -- the inner product of our own matmuls: a tile of C held in registers over the whole depth.
 *
 *     C [rows, columns] (+)= A [rows, depth] B [depth, columns]
 *
 * A's element (i, p) is at a[i * a_row + p * a_depth], so that a transposed A is a matter of strides; B's and C's rows lie ldb and ldc
 * apart, and COLUMNS is a multiple of LANES: whoever packs B pads it. dnnl_sgemm packs both sides anew in each call, which at
 * attention's sizes (33 x 33 x 64) costs as much as the product; here B is packed once and used for many rows.
 * Written with the compiler's vectors: gcc keeps an array of them in registers where it would not keep a loop's partial sums. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __AVX512F__
enum { LANES = 16, TILE_VECTORS = 4, TILE_ROWS = 6 }; /* 24 of 32 registers hold sums */
#elif defined __AVX__
enum { LANES = 8, TILE_VECTORS = 2, TILE_ROWS = 6 };  /* 12 of 16 */
#else
enum { LANES = 4, TILE_VECTORS = 2, TILE_ROWS = 6 };
#endif

typedef float lanes __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t lanes_index __attribute__((vector_size(LANES * 4)));

static inline int lanes_round(int n) { return (n + LANES - 1) / LANES * LANES; }

/* Sums and largest values of rows are kept LANES at a time, in an array that the compiler holds in one register (an `omp simd`
 * reduction would end in LANES dependent additions), and folded by halves. */
static inline float fold_sum(float part[LANES]) {
#pragma GCC unroll 4
	for (int s = LANES / 2; s; s /= 2)
#pragma omp simd
		for (int l = 0; l < s; l++) part[l] += part[l + s];
	return part[0];
}

static inline float fold_max(float part[LANES]) {
#pragma GCC unroll 4
	for (int s = LANES / 2; s; s /= 2)
#pragma omp simd
		for (int l = 0; l < s; l++) part[l] = part[l + s] > part[l] ? part[l + s] : part[l];
	return part[0];
}

/* COLUMNS: a multiple of LANES. ACCUMULATE: add to C, else overwrite it. */
void tile_product(int rows, int columns, int depth, const float *a, size_t a_row, size_t a_depth, const float *b, size_t ldb, float *c, size_t ldc,
                  bool accumulate);

/* TO [columns, to_step] = scale * FROM [rows, step] transposed; TO's rows are filled with zeros up to a multiple of LANES. */
void tile_transpose(float *to, size_t to_step, const float *from, size_t step, int rows, int columns, float scale);
