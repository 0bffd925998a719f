#include "engine/op/gemm.h"

#include <string.h>

#include "engine/op/cpu.h"
#include "engine/op/tile.h"

static void rows_scale(int rows, int count, float *c, size_t ldc, float by) {
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < count; j++) c[i * ldc + j] = by == 0 ? 0 : c[i * ldc + j] * by;
}

/* Without OpenMP, oneDNN's own threads would be out of our sight (and the thread sanitizer's): then the loop below serves. */
#if defined HAVE_DNNL && defined _OPENMP
#include <dnnl.h>

void gemm(struct device *d, bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
          float beta, float *c, int ldc) {
	threads_apply(d);
	if (k == 0) rows_scale(m, n, c, (size_t)ldc, beta); /* an empty sum; oneDNN would leave C as it is */
	else dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

#else

/* Panels of B, packed once and used by all rows of A; C's rows go through a buffer where whole vectors would write past the panel. */
enum { COLUMNS = TILE_VECTORS * LANES, DEPTH = 256, ROWS = 16 * TILE_ROWS };

/* TO [depth, COLUMNS] = alpha times op(B)'s panel, zeros beyond COUNT columns. */
static void pack(float *to, float alpha, const float *b, int ldb, bool transpose, int depth, int count) {
	if (transpose) memset(to, 0, sizeof *to * COLUMNS * (size_t)depth);
	if (transpose) tile_transpose(to, COLUMNS, b, (size_t)ldb, count, depth, alpha);
	for (int p = 0; p < depth && !transpose; p++)
		for (int j = 0; j < COLUMNS; j++) to[p * COLUMNS + j] = j < count ? alpha * b[(size_t)p * ldb + j] : 0;
}

/* C [rows, count] += A [rows, depth] PACKED, or = at the first of several depths. */
static void rows_product(int rows, int count, int depth, const float *a, size_t a_row, size_t a_depth, const float *packed, float *c, size_t ldc,
                         bool accumulate) {
	float out[ROWS * COLUMNS];
	if (count == COLUMNS) {
		tile_product(rows, COLUMNS, depth, a, a_row, a_depth, packed, COLUMNS, c, ldc, accumulate);
		return;
	}
	tile_product(rows, lanes_round(count), depth, a, a_row, a_depth, packed, COLUMNS, out, COLUMNS, false);
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < count; j++) c[i * ldc + j] = out[i * COLUMNS + j] + (accumulate ? c[i * ldc + j] : 0);
}

void gemm(struct device *d, bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
          float beta, float *c, int ldc) {
	size_t a_row = transpose_a ? 1 : (size_t)lda, a_depth = transpose_a ? (size_t)lda : 1;
	threads_apply(d);
#pragma omp parallel for schedule(dynamic, 1)
	for (int j = 0; j < n; j += COLUMNS) {
		int count = n - j < COLUMNS ? n - j : COLUMNS;
		float packed[DEPTH * COLUMNS];
		if (k == 0 || (beta != 0 && beta != 1)) rows_scale(m, count, c + j, (size_t)ldc, beta);
		for (int p = 0; p < k; p += DEPTH) {
			int depth = k - p < DEPTH ? k - p : DEPTH;
			pack(packed, alpha, transpose_b ? b + (size_t)j * ldb + p : b + (size_t)p * ldb + j, ldb, transpose_b, depth, count);
			for (int i = 0; i < m; i += ROWS)
				rows_product(m - i < ROWS ? m - i : ROWS, count, depth, a + (size_t)i * a_row + (size_t)p * a_depth, a_row, a_depth, packed,
				             c + (size_t)i * ldc + j, (size_t)ldc, p > 0 || beta != 0);
		}
	}
}

#endif
