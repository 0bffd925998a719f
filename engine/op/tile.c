#include "engine/op/tile.h"

#define INLINE static inline __attribute__((always_inline))

INLINE void tile(const int rows, const int vectors, int depth, const float *a, size_t a_row, size_t a_depth, const float *b, size_t ldb, float *c,
                 size_t ldc, bool accumulate) {
	lanes sum[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 8
	for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
		for (int v = 0; v < vectors; v++) sum[i][v] = accumulate ? *(const lanes *)(c + i * ldc + v * LANES) : (lanes){0};
	for (int p = 0; p < depth; p++) {
		lanes right[TILE_VECTORS];
#pragma GCC unroll 8
		for (int v = 0; v < vectors; v++) right[v] = *(const lanes *)(b + p * ldb + v * LANES);
#pragma GCC unroll 8
		for (int i = 0; i < rows; i++) {
			lanes left = a[i * a_row + p * a_depth] - (lanes){0};
#pragma GCC unroll 8
			for (int v = 0; v < vectors; v++) sum[i][v] += left * right[v];
		}
	}
#pragma GCC unroll 8
	for (int i = 0; i < rows; i++)
#pragma GCC unroll 8
		for (int v = 0; v < vectors; v++) *(lanes *)(c + i * ldc + v * LANES) = sum[i][v];
}

/* All rows of C over VECTORS columns. */
INLINE void panel(const int vectors, int rows, int depth, const float *a, size_t a_row, size_t a_depth, const float *b, size_t ldb, float *c, size_t ldc,
                  bool accumulate) {
	int i = 0;
	for (; i + TILE_ROWS <= rows; i += TILE_ROWS) tile(TILE_ROWS, vectors, depth, a + i * a_row, a_row, a_depth, b, ldb, c + i * ldc, ldc, accumulate);
	for (; i + 3 <= rows; i += 3) tile(3, vectors, depth, a + i * a_row, a_row, a_depth, b, ldb, c + i * ldc, ldc, accumulate);
	for (; i < rows; i++) tile(1, vectors, depth, a + i * a_row, a_row, a_depth, b, ldb, c + i * ldc, ldc, accumulate);
}

void tile_product(int rows, int columns, int depth, const float *a, size_t a_row, size_t a_depth, const float *b, size_t ldb, float *c, size_t ldc,
                  bool accumulate) {
	for (int j = 0; j < columns; j += TILE_VECTORS * LANES, b += TILE_VECTORS * LANES, c += TILE_VECTORS * LANES) {
		int vectors = (columns - j) / LANES;
		if (vectors >= TILE_VECTORS) panel(TILE_VECTORS, rows, depth, a, a_row, a_depth, b, ldb, c, ldc, accumulate);
		else if (vectors == 3) panel(TILE_VECTORS < 3 ? TILE_VECTORS : 3, rows, depth, a, a_row, a_depth, b, ldb, c, ldc, accumulate);
		else if (vectors == 2) panel(2, rows, depth, a, a_row, a_depth, b, ldb, c, ldc, accumulate);
		else panel(1, rows, depth, a, a_row, a_depth, b, ldb, c, ldc, accumulate);
	}
}

/* The rounds of a transposition, each a pair of shuffles that is one instruction a vector: the first or second two elements of every
 * four, interleaved by one or by two; the even or odd fours. */
enum shuffle { ONES, TWOS, FOURS };

INLINE lanes shuffle(lanes a, lanes b, const enum shuffle kind, const int second) {
	lanes_index from;
#pragma GCC unroll 16
	for (int l = 0; l < LANES; l++) {
		int four = l / 4, at = l % 4;
		from[l] = kind == ONES   ? 4 * four + 2 * second + at / 2 + (at % 2 ? LANES : 0)
		          : kind == TWOS ? 4 * four + 2 * second + at % 2 + (at / 2 ? LANES : 0)
		                         : 4 * (2 * four + second) + at;
	}
#ifndef __clang__
	return __builtin_shuffle(a, b, from);
#else /* clang has it for constants only, and finds the instruction by itself */
	lanes out;
#pragma GCC unroll 16
	for (int l = 0; l < LANES; l++) out[l] = from[l] < LANES ? a[from[l]] : b[from[l] - LANES];
	return out;
#endif
}

INLINE void exchange(lanes row[LANES], const int distance, const enum shuffle kind) {
#pragma GCC unroll 16
	for (int n = 0; n < LANES / 2; n++) {
		int i = n / distance * 2 * distance + n % distance;
		lanes a = row[i], b = row[i + distance];
		row[i] = shuffle(a, b, kind, 0);
		row[i + distance] = shuffle(a, b, kind, 1);
	}
}

/* A square of LANES rows. Of FROM only HEIGHT rows exist; zeros stand for the others. */
INLINE void square(float *to, size_t to_step, const float *from, size_t step, int height, float scale) {
	lanes row[LANES];
#pragma GCC unroll 16
	for (int i = 0; i < LANES; i++) {
		row[i] = (lanes){0};
		if (i < height) row[i] = *(const lanes *)(from + i * step) * scale;
	}
	exchange(row, 1, ONES);
	exchange(row, 2, TWOS);
#pragma GCC unroll 2
	for (int distance = 4; distance < LANES; distance *= 2) exchange(row, distance, FOURS);
	/* within four rows, the first two rounds leave columns 0 2 1 3 */
#pragma GCC unroll 16
	for (int i = 0; i < LANES; i++) *(lanes *)(to + ((i & ~3) + i % 2 * 2 + i / 2 % 2) * to_step) = row[i];
}

void tile_transpose(float *to, size_t to_step, const float *from, size_t step, int rows, int columns, float scale) {
	int j = 0;
	for (; j + LANES <= columns; j += LANES)
		for (int i = 0; i < rows; i += LANES) {
			float *at = to + j * to_step + i;
			if (i + LANES <= rows) square(at, to_step, from + i * step + j, step, LANES, scale);
			else square(at, to_step, from + i * step + j, step, rows - i, scale);
		}
	for (; j < columns; j++)
		for (int i = 0; i < lanes_round(rows); i++) to[j * to_step + i] = i < rows ? scale * from[i * step + j] : 0;
}
