/* Linear layers: products by cuBLASLt (matmul_cuda.cu), and our own kernels for what it does not do: GELU in the exact form (float), whatever
 * it can't fuse at a shape, the sums of a bias's gradient, and whole products where it offers nothing (odd widths in bf16).
 *
 * GELU in float is the erf form, in bf16 the tanh form, in both directions: what cuBLASLt's epilogues compute, so that fused or not is a
 * question of speed. */
#include "engine/op/matmul_cuda.h"

enum { THREADS = 256 };

/* ---- GELU, element by element ---- */

/* u Phi(u) and its slope Phi(u) + u phi(u); erfc keeps Phi's tail exact. */
static __device__ inline float gelu_exact(float u) { return 0.5f * u * erfcf(-0.707106781f * u); }
static __device__ inline float gelu_slope_exact(float u) {
	return 0.5f * erfcf(-0.707106781f * u) + 0.398942280f * u * expf(-0.5f * u * u);
}

/* u/2 (1 + tanh t) = u s, s = 1 / (1 + exp(-2t)), 2t = 2 sqrt(2 / pi) (u + 0.044715 u^3). */
static __device__ inline float gelu_sigmoid(float u) { return 1.0f / (1.0f + expf(-1.595769122f * u * (1.0f + 0.044715f * u * u))); }
static __device__ inline float gelu_tanh(float u) { return u * gelu_sigmoid(u); }
static __device__ inline float gelu_slope_tanh(float u) {
	float s = gelu_sigmoid(u);
	return s + u * s * (1.0f - s) * 1.595769122f * (1.0f + 3 * 0.044715f * u * u);
}

template <typename T> static __device__ inline float gelu(float u) { return sizeof(T) == 2 ? gelu_tanh(u) : gelu_exact(u); }
template <typename T> static __device__ inline float gelu_slope(float u) { return sizeof(T) == 2 ? gelu_slope_tanh(u) : gelu_slope_exact(u); }

/* SLOPE: to *= gelu'(pre); else to = gelu(pre). A thread has V elements: a pack, or one where addresses are not aligned. */
template <typename T, int V, bool SLOPE> static __global__ void gelu_kernel(T *to, const T *pre, int64_t n) {
	int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * V;
	if (V > 1 && at + V <= n) {
		float u[pack<T>::N], g[pack<T>::N];
		pack_load(u, pre + at);
		if (SLOPE) pack_load(g, to + at);
#pragma unroll
		for (int i = 0; i < pack<T>::N; i++) u[i] = SLOPE ? g[i] * gelu_slope<T>(u[i]) : gelu<T>(u[i]);
		pack_store(to + at, u);
		return;
	}
	for (int64_t i = at; i < n && i < at + V; i++) {
		float u = widen(pre[i]);
		to[i] = narrow<T>(SLOPE ? widen(to[i]) * gelu_slope<T>(u) : gelu<T>(u));
	}
}

template <typename T, bool SLOPE> static void gelu_launch(struct device *d, void *to, const void *pre, int64_t n) {
	const int N = pack<T>::N;
	if (packs<T>(to, N) && packs<T>(pre, N))
		launch(d, gelu_kernel<T, N, SLOPE>, dim3((unsigned)ceil_div(n, THREADS * N)), dim3(THREADS), 0, (T *)to, (const T *)pre, n);
	else launch(d, gelu_kernel<T, 1, SLOPE>, dim3((unsigned)ceil_div(n, THREADS)), dim3(THREADS), 0, (T *)to, (const T *)pre, n);
}

/* ---- column sums: db [out] of dy [rows, out], in two stages ----
 * Stage 1: a block sums a piece of the rows over a strip of 32 V columns (a warp reads a row of it at once), its warps every WARPS-th row;
 * partial [pieces, out]. Stage 2: the same over the pieces, one column a lane. The order depends on the shape alone. */

enum {
	WARPS = THREADS / (int)WARP,
	SUM_BLOCKS = 1024,      /* enough to fill the GPU several times over ... */
	PIECES_MAX = 256,       /* ... and not so many that stage 2 shows */
	PIECE_ROWS = 64,        /* at least */
};

template <typename T, int V> static __device__ inline void columns_add(float sum[V], const T *at) {
	if (V == 1) {
		sum[0] += widen(*at);
		return;
	}
	float x[pack<T>::N];
	pack_load(x, at);
#pragma unroll
	for (int i = 0; i < V; i++) sum[i] += x[i];
}

/* Block (strip, piece): to[piece, :] = sums of rows [piece * piece_rows, + piece_rows) of X [rows, columns]. */
template <typename T, int V> static __global__ void column_sums_kernel(float *to, const T *x, int64_t rows, int64_t piece_rows, int columns) {
	__shared__ float partial[WARPS][WARP * V];
	int lane = (int)threadIdx.x % WARP, warp = (int)threadIdx.x / WARP, column = ((int)blockIdx.x * WARP + lane) * V;
	int64_t first = blockIdx.y * piece_rows, last = first + piece_rows < rows ? first + piece_rows : rows;
	float sum[V] = {};
	if (column < columns) {
#pragma unroll 4
		for (int64_t row = first + warp; row < last; row += WARPS) columns_add<T, V>(sum, x + row * columns + column);
	}
#pragma unroll
	for (int i = 0; i < V; i++) partial[warp][i * WARP + lane] = sum[i];
	__syncthreads();
	for (int i = (int)threadIdx.x; i < WARP * V; i += THREADS) {
		float total = 0;
		int to_column = ((int)blockIdx.x * WARP + i % WARP) * V + i / WARP;
#pragma unroll
		for (int w = 0; w < WARPS; w++) total += partial[w][i];
		if (to_column < columns) to[(int64_t)blockIdx.y * columns + to_column] = total;
	}
}

template <typename T, int V> static void column_sums_launch(struct device *d, float *to, const T *x, int64_t rows, int columns) {
	int64_t strips = ceil_div(columns, WARP * V), pieces = ceil_div(rows, PIECE_ROWS);
	if (pieces > ceil_div(SUM_BLOCKS, strips)) pieces = ceil_div(SUM_BLOCKS, strips);
	if (pieces > PIECES_MAX) pieces = PIECES_MAX;
	int64_t piece_rows = ceil_div(rows, pieces);
	pieces = ceil_div(rows, piece_rows);
	float *partial = pieces == 1 ? to : (float *)cuda_scratch(d, sizeof(float) * (size_t)pieces * (size_t)columns);
	if (!partial) return;
	launch(d, column_sums_kernel<T, V>, dim3((unsigned)strips, (unsigned)pieces), dim3(THREADS), 0, partial, x, rows, piece_rows, columns);
	if (pieces == 1) return;
	launch(d, column_sums_kernel<float, 1>, dim3((unsigned)ceil_div(columns, WARP)), dim3(THREADS), 0, to, (const float *)partial, pieces, pieces,
	       columns);
}

template <typename T> static void column_sums(struct device *d, float *to, const act *x, int rows, int columns) {
	if (packs<T>(x, columns)) column_sums_launch<T, pack<T>::N>(d, to, (const T *)x, rows, columns);
	else column_sums_launch<T, 1>(d, to, (const T *)x, rows, columns);
}

/* ---- a product of our own, at every size and alignment ----
 * to [m, n] = left right + vector, or to += that: a block makes TILE x TILE elements, a thread 4 x 4 of them, DEPTH terms of the sums at a time
 * through shared memory. left(i, k) is at left[i * left_i + k * left_k], right(k, j) at right[k * right_k + j * right_j]; one stride of
 * each is 1, and neighbouring threads read along it. */

enum { TILE = 64, DEPTH = 16, EACH = 4, TILE_PITCH = TILE + EACH /* rows of shared memory stay 16-byte aligned, and leave each other's banks */ };

struct strides { int64_t left_i, left_k, right_k, right_j; };

/* tile[k][i] = source[(first + i) * stride_i + (depth + k) * stride_k], zeros outside [count, terms]. */
template <typename T>
static __device__ inline void tile_load(float tile[DEPTH][TILE_PITCH], const T *source, int64_t first, int64_t count, int64_t stride_i, int64_t depth,
                                        int64_t terms, int64_t stride_k) {
	for (int e = (int)threadIdx.x; e < TILE * DEPTH; e += THREADS) {
		int i = stride_i == 1 ? e % TILE : e / DEPTH, k = stride_i == 1 ? e / TILE : e % DEPTH;
		bool inside = first + i < count && depth + k < terms;
		tile[k][i] = inside ? widen(source[(first + i) * stride_i + (depth + k) * stride_k]) : 0;
	}
}

template <typename T, typename O>
static __global__ void tiles_kernel(O *to, const T *left, const T *right, const T *vector, int64_t m, int64_t n, int64_t terms, struct strides s,
                                    bool accumulate) {
	__shared__ __align__(16) float lefts[DEPTH][TILE_PITCH], rights[DEPTH][TILE_PITCH];
	int64_t row = (int64_t)blockIdx.x * TILE, column = (int64_t)blockIdx.y * TILE;
	int down = (int)threadIdx.x / (TILE / EACH) * EACH, across = (int)threadIdx.x % (TILE / EACH) * EACH;
	float sum[EACH][EACH] = {};
	for (int64_t depth = 0; depth < terms; depth += DEPTH) {
		tile_load(lefts, left, row, m, s.left_i, depth, terms, s.left_k);
		tile_load(rights, right, column, n, s.right_j, depth, terms, s.right_k);
		__syncthreads();
#pragma unroll
		for (int k = 0; k < DEPTH; k++) {
			float x[EACH], y[EACH];
			pack_load(x, &lefts[k][down]);
			pack_load(y, &rights[k][across]);
#pragma unroll
			for (int i = 0; i < EACH * EACH; i++) sum[i / EACH][i % EACH] += x[i / EACH] * y[i % EACH];
		}
		__syncthreads();
	}
	for (int i = 0; i < EACH && row + down + i < m; i++)
		for (int j = 0; j < EACH && column + across + j < n; j++) {
			O *at = to + (row + down + i) * n + column + across + j;
			float value = sum[i][j] + (vector ? widen(vector[column + across + j]) : 0);
			*at = narrow<O>(accumulate ? widen(*at) + value : value);
		}
}

template <typename T, typename O>
static void tiles_launch(struct device *d, const struct matmul *c, const act *left, const act *right, int m, int n, int terms, struct strides s) {
	launch(d, tiles_kernel<T, O>, dim3((unsigned)ceil_div(m, TILE), (unsigned)ceil_div(n, TILE)), dim3(THREADS), 0, (O *)c->to, (const T *)left,
	       (const T *)right, (const T *)c->vector, m, n, terms, s, c->accumulate);
}

template <typename T> static void tiles(struct device *d, const struct matmul *c) {
	int64_t in = c->in, out = c->out;
	switch (c->kind) {
	case MATMUL_Y: tiles_launch<T, T>(d, c, c->b, c->a, c->rows, c->out, c->in, {in, 1, 1, in}); return;
	case MATMUL_DX: tiles_launch<T, T>(d, c, c->b, c->a, c->rows, c->in, c->out, {out, 1, in, 1}); return;
	case MATMUL_DW: tiles_launch<T, float>(d, c, c->b, c->a, c->out, c->in, c->rows, {1, out, in, 1}); return;
	}
}

/* ---- the ops ---- */

void matmul_by_parts(struct device *d, const struct matmul *m) {
	struct matmul product = *m;
	product.with = MATMUL_PLAIN;
	product.side = NULL;
	switch (m->with) {
	case MATMUL_PLAIN: ACT_TYPES(d, tiles<T>(d, m)); return;
	case MATMUL_GELU:
		product.to = m->side;
		matmul_run(d, &product);
		ACT_TYPES(d, (gelu_launch<T, false>(d, m->to, m->side, (int64_t)m->rows * m->out)));
		return;
	case MATMUL_GELU_SLOPE:
		matmul_run(d, &product);
		ACT_TYPES(d, (gelu_launch<T, true>(d, m->to, m->side, (int64_t)m->rows * m->in)));
		return;
	case MATMUL_BIAS_SUMS:
		product.vector = NULL;
		matmul_run(d, &product);
		ACT_TYPES(d, column_sums<T>(d, (float *)m->vector, m->b, m->rows, m->out));
		return;
	}
}

void linear_forward_cuda(struct device *d, act *y, const act *x, const act *w, const act *b, int rows, int in, int out) {
	struct matmul product = {MATMUL_Y, MATMUL_PLAIN, rows, in, out, w, x, y, (void *)b, NULL, false};
	if (rows > 0) matmul_run(d, &product);
}

void linear_gelu_forward_cuda(struct device *d, act *y, act *pre, const act *x, const act *w, const act *b, int rows, int in, int out) {
	struct matmul product = {MATMUL_Y, MATMUL_GELU, rows, in, out, w, x, y, (void *)b, pre, false};
	if (rows > 0) matmul_run(d, &product);
}

/* dw and db; without rows both are zero. */
static void weight_gradient(struct device *d, float *dw, float *db, const act *dy, const act *x, int rows, int in, int out) {
	struct matmul product = {MATMUL_DW, db ? MATMUL_BIAS_SUMS : MATMUL_PLAIN, rows, in, out, x, dy, dw, db, NULL, false};
	if (rows > 0) {
		matmul_run(d, &product);
		return;
	}
	cuda_failed(d, cudaMemsetAsync(dw, 0, sizeof *dw * (size_t)in * (size_t)out, cuda_of(d)->compute), "clearing a gradient");
	if (db) cuda_failed(d, cudaMemsetAsync(db, 0, sizeof *db * (size_t)out, cuda_of(d)->compute), "clearing a gradient");
}

void linear_backward_cuda(struct device *d, act *dx, float *dw, float *db, const act *dy, const act *x, const act *w, int rows, int in, int out,
                          bool accumulate) {
	struct matmul product = {MATMUL_DX, MATMUL_PLAIN, rows, in, out, w, dy, dx, NULL, NULL, accumulate};
	weight_gradient(d, dw, db, dy, x, rows, in, out);
	if (dx && rows > 0) matmul_run(d, &product);
}

void linear_gelu_backward_cuda(struct device *d, act *dpre, float *dw, float *db, const act *dy, const act *y, const act *w, const act *pre, int rows,
                               int in, int out) {
	struct matmul product = {MATMUL_DX, MATMUL_GELU_SLOPE, rows, in, out, w, dy, dpre, NULL, (act *)pre, false};
	weight_gradient(d, dw, db, dy, y, rows, in, out);
	if (rows > 0) matmul_run(d, &product);
}
