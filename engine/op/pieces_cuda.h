/* engine/op/pieces_cuda.h -- what layernorm_cuda.cu, sequence_cuda.cu and optimizer_cuda.cu share: rows moved in pieces of N elements, and sums
 * over rows in an order that the shape alone fixes.
 *
 * A kernel is compiled twice: for pieces of 16 bytes, and for N = 1, which serves rows or pointers that are no whole pieces.
 * Sums over rows (gradients of parameters that every row shares) take three steps: each thread adds its rows' values of its columns, block_columns()
 * adds a block's threads into one row of partial sums, partial_sums() adds the blocks' rows. The GPU's number of processors is nowhere in it. */
#pragma once

#include "engine/op/cuda.h"

template <typename T, int N> struct piece {
	static constexpr size_t BYTES = N * sizeof(T);
	alignas(BYTES < 16 ? BYTES : 16) T v[N];
};
template <int N, typename T> static __device__ inline piece<T, N> piece_load(const T *at) { return *(const piece<T, N> *)at; }
template <int N, typename T> static __device__ inline void piece_store(T *at, const piece<T, N> &p) { *(piece<T, N> *)at = p; }
/* As one assignment: the compiler stores a piece that was loaded and only stored again element by element (seen in PTX, nvcc 13.0). */
template <int N, typename T> static __device__ inline void piece_copy(T *to, const T *from) { *(piece<T, N> *)to = *(const piece<T, N> *)from; }

static inline int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* Runs the rest with N = COUNT where WHOLE pieces may be used, else with N = 1. */
#define PIECES(whole, count, ...)                                                                                                                    \
	do {                                                                                                                                         \
		if (whole) {                                                                                                                         \
			constexpr int N = (count);                                                                                                   \
			__VA_ARGS__;                                                                                                                 \
		} else {                                                                                                                             \
			constexpr int N = 1;                                                                                                         \
			__VA_ARGS__;                                                                                                                 \
		}                                                                                                                                    \
	} while (0)

static constexpr int EACH = 4; /* pieces of a thread that goes along a buffer, all loaded before the first is used */
static inline unsigned blocks_along(int64_t count, int threads, int n) { return (unsigned)ceil_div(count, (int64_t)threads * EACH * n); }

/* Where a thread's first piece begins, and how far it is from one to the next. */
template <int N> static __device__ inline int64_t piece_first() { return ((int64_t)blockIdx.x * EACH * blockDim.x + threadIdx.x) * N; }
template <int N> static __device__ inline int64_t piece_step() { return (int64_t)blockDim.x * N; }

/* The block's share of out = a + b, COUNT elements in whole pieces; OUT may be A or B. */
template <int N, typename T> static __device__ inline void pieces_add(T *out, const T *a, const T *b, int64_t count) {
	int64_t first = piece_first<N>(), step = piece_step<N>();
	piece<T, N> p[EACH], q[EACH];
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		if (first + i * step >= count) break;
		p[i] = piece_load<N>(a + first + i * step);
		q[i] = piece_load<N>(b + first + i * step);
	}
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		if (first + i * step >= count) break;
#pragma unroll
		for (int j = 0; j < N; j++) p[i].v[j] = narrow<T>(widen(p[i].v[j]) + widen(q[i].v[j]));
		piece_store<N>(out + first + i * step, p[i]);
	}
}

/* out[c] = the sum over a block's teams of LANES threads of column c < COLUMNS, in the teams' order. Lane L of a team holds the columns
 * (i LANES + L) N + j in v[i N + j]. SHARED: as many floats as the block's threads have values; free again behind the call. */
template <int LANES, int N, int VALUES>
static __device__ inline void block_columns(float *out, const float (&v)[VALUES], float *shared, int columns) {
	int lane = (int)threadIdx.x % LANES, team = (int)threadIdx.x / LANES, teams = (int)blockDim.x / LANES;
#pragma unroll
	for (int i = 0; i < VALUES; i++) shared[team * LANES * VALUES + (i / N * LANES + lane) * N + i % N] = v[i];
	__syncthreads();
	for (int c = (int)threadIdx.x; c < columns; c += (int)blockDim.x) {
		float sum = 0;
		for (int t = 0; t < teams; t++) sum += shared[t * LANES * VALUES + c];
		out[c] = sum;
	}
	__syncthreads();
}

/* out [width] = the sum of rows [count, width], added in a fixed order. */
struct partial {
	float *out;
	const float *rows;
	int count;
};
struct partials {
	struct partial of[GRANULARITIES + 1];
};

/* The first SUMS of P in one launch; no rows give zeros. */
void partial_sums(struct device *d, const struct partials &p, int sums, int width);
