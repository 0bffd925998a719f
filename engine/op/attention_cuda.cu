/* Attention on the GPU: who computes it, and the kernels without tensor cores (float32 products, either element type, head width up to 128).
 *
 * Their structure is FlashAttention-2's (Dao 2023; formulas: attention.h): a block owns a long tile of rows, 64, and the other side passes in
 * short tiles of 32, as float32 in shared memory, rows padded to D. Rows are queries in the forward and for dq, keys for dk and dv,
 * so that no sum crosses blocks. A warp makes the scores that it uses afterwards. The map is made row by row: it is for pictures. */
#include "engine/op/attention_cuda.h"

extern "C" {
#include "engine/base/err.h"
}

/* Thread (down, across) of 16 x 8 computes rows down + 16 i of the long tile, columns across + 8 j of the short one. */
static constexpr int THREADS = 128, DOWN = 16, ACROSS = 8, SHORT = 32, COLUMNS = SHORT / ACROSS, WIDTH_MAX = 128;

/* D: the head width that fits, 32, 64 or 128. */
template <int D> struct plain {
	enum {
		ROWS = D == 128 ? 2 : 4,      /* of a thread */
		LONG = DOWN * ROWS,
		STEP = D + 4,                 /* floats from row to row: eight rows' 16 bytes lie in different banks */
		SCORES_STEP = SHORT + 4,
		OUT = D / ACROSS              /* a thread's columns of [LONG, D]: 4 in every 32 */
	};
};

static __device__ inline int down_of() { return (int)threadIdx.x / ACROSS; }
static __device__ inline int across_of() { return (int)threadIdx.x % ACROSS; }
static __device__ inline int column_of(int c) { return c / 4 * 4 * ACROSS + across_of() * 4 + c % 4; }

/* TILE [ROWS, D] = FROM [left, width], the rest zeros. */
template <typename T, int D, int ROWS> static __device__ inline void tile_load(float *tile, const T *from, int stride, int left, int width) {
	for (int i = (int)threadIdx.x; i < ROWS * D; i += THREADS) {
		int row = i / D, e = i % D;
		tile[row * plain<D>::STEP + e] = row < left && e < width ? widen(from[(int64_t)row * stride + e]) : 0;
	}
}

/* c = a b^T; a [LONG, D], b [SHORT, D]. */
template <int D> static __device__ inline void scores_make(float c[plain<D>::ROWS][COLUMNS], const float *a, const float *b) {
	enum { ROWS = plain<D>::ROWS, STEP = plain<D>::STEP };
	for (int i = 0; i < ROWS * COLUMNS; i++) c[i / COLUMNS][i % COLUMNS] = 0;
	for (int e = 0; e < D; e += 4) {
		float4 x[ROWS], y[COLUMNS];
#pragma unroll
		for (int i = 0; i < ROWS; i++) x[i] = *(const float4 *)(a + (down_of() + DOWN * i) * STEP + e);
#pragma unroll
		for (int j = 0; j < COLUMNS; j++) y[j] = *(const float4 *)(b + (across_of() + ACROSS * j) * STEP + e);
#pragma unroll
		for (int i = 0; i < ROWS; i++)
#pragma unroll
			for (int j = 0; j < COLUMNS; j++) c[i][j] += x[i].x * y[j].x + x[i].y * y[j].y + x[i].z * y[j].z + x[i].w * y[j].w;
	}
}

/* P [LONG, SHORT] for the warp's own rows: what scores_add() reads. */
template <int D> static __device__ inline void scores_put(float *p, const float c[plain<D>::ROWS][COLUMNS]) {
	__syncwarp();
#pragma unroll
	for (int i = 0; i < plain<D>::ROWS; i++)
#pragma unroll
		for (int j = 0; j < COLUMNS; j++) p[(down_of() + DOWN * i) * plain<D>::SCORES_STEP + across_of() + ACROSS * j] = c[i][j];
	__syncwarp();
}

/* out += p b; p [LONG, SHORT], b [SHORT, D]. */
template <int D> static __device__ inline void scores_add(float out[plain<D>::ROWS][plain<D>::OUT], const float *p, const float *b) {
	for (int j = 0; j < SHORT; j++) {
#pragma unroll
		for (int c = 0; c < plain<D>::OUT; c += 4) {
			float4 y = *(const float4 *)(b + j * plain<D>::STEP + column_of(c));
#pragma unroll
			for (int i = 0; i < plain<D>::ROWS; i++) {
				float x = p[(down_of() + DOWN * i) * plain<D>::SCORES_STEP + j];
				out[i][c] += x * y.x, out[i][c + 1] += x * y.y, out[i][c + 2] += x * y.z, out[i][c + 3] += x * y.w;
			}
		}
	}
}

/* TO [left, width] = out, rows times FACTOR. */
template <typename T, int D>
static __device__ inline void rows_write(T *to, int stride, int left, int width, const float out[plain<D>::ROWS][plain<D>::OUT],
                                         const float factor[plain<D>::ROWS]) {
#pragma unroll
	for (int i = 0; i < plain<D>::ROWS; i++)
#pragma unroll
		for (int c = 0; c < plain<D>::OUT; c++) {
			int row = down_of() + DOWN * i;
			if (row < left && column_of(c) < width) to[(int64_t)row * stride + column_of(c)] = narrow<T>(out[i][c] * factor[i]);
		}
}

/* Over the eight threads of a row. */
static __device__ inline float across_max(float x) {
	for (int lane = ACROSS / 2; lane > 0; lane /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, lane));
	return x;
}
static __device__ inline float across_sum(float x) {
	for (int lane = ACROSS / 2; lane > 0; lane /= 2) x += __shfl_xor_sync(0xffffffffu, x, lane);
	return x;
}

/* ---- forward ---- */

template <typename T, int D> static __global__ void __launch_bounds__(THREADS)
forward_kernel(T *o, float *lse, const T *q, const T *k, const T *v, struct attention_shape s, int tiles, float scale) {
	enum { ROWS = plain<D>::ROWS, LONG = plain<D>::LONG, STEP = plain<D>::STEP };
	SHARED(float, queries);                             /* [LONG, D] */
	float *keys = queries + LONG * STEP, *values = keys + SHORT * STEP, *p = values + SHORT * STEP; /* [SHORT, D], [SHORT, D], [LONG, SHORT] */
	int first = (int)blockIdx.x % tiles * LONG, left = s.queries - first, width = s.heads * s.head_dim;
	struct head h = head_at(&s, (int)blockIdx.x / tiles);
	float out[ROWS][plain<D>::OUT] = {}, top[ROWS], sum[ROWS] = {}, c[ROWS][COLUMNS];
#pragma unroll
	for (int i = 0; i < ROWS; i++) top[i] = -INFINITY;

	tile_load<T, D, LONG>(queries, q + h.q + (int64_t)first * s.q_stride, s.q_stride, left, s.head_dim);
	for (int key = 0; key < s.keys; key += SHORT) {
		int keys_left = s.keys - key;
		__syncthreads();
		tile_load<T, D, SHORT>(keys, k + h.k + (int64_t)key * s.k_stride, s.k_stride, keys_left, s.head_dim);
		tile_load<T, D, SHORT>(values, v + h.v + (int64_t)key * s.v_stride, s.v_stride, keys_left, s.head_dim);
		__syncthreads();
		scores_make<D>(c, queries, keys);
#pragma unroll
		for (int i = 0; i < ROWS; i++) {
			float most = top[i];
#pragma unroll
			for (int j = 0; j < COLUMNS; j++) {
				c[i][j] = across_of() + ACROSS * j < keys_left ? c[i][j] * scale : -INFINITY;
				most = fmaxf(most, c[i][j]);
			}
			most = across_max(most);
			float shrink = expf(top[i] - most);
			top[i] = most;
			sum[i] *= shrink;
#pragma unroll
			for (int j = 0; j < COLUMNS; j++) sum[i] += c[i][j] = expf(c[i][j] - most);
#pragma unroll
			for (int e = 0; e < plain<D>::OUT; e++) out[i][e] *= shrink;
		}
		scores_put<D>(p, c);
		scores_add<D>(out, p, values);
	}
	float inverse[ROWS];
#pragma unroll
	for (int i = 0; i < ROWS; i++) {
		int row = down_of() + DOWN * i;
		sum[i] = across_sum(sum[i]);
		inverse[i] = 1 / sum[i];
		if (across_of() == 0 && row < left) lse[h.statistic + first + row] = top[i] + logf(sum[i]);
	}
	rows_write<T, D>(o + h.out + (int64_t)first * width, width, left, s.head_dim, out, inverse);
}

/* ---- backward ---- */

/* dq, and DELTA [batch, heads, queries] for the kernel below. */
template <typename T, int D> static __global__ void __launch_bounds__(THREADS)
queries_kernel(T *dq, float *delta, const T *dout, const T *o, const float *lse, const T *q, const T *k, const T *v, struct attention_shape s,
               int tiles, float scale) {
	enum { ROWS = plain<D>::ROWS, LONG = plain<D>::LONG, STEP = plain<D>::STEP };
	SHARED(float, queries);                             /* [LONG, D] */
	float *gradients = queries + LONG * STEP, *keys = gradients + LONG * STEP; /* [LONG, D], [SHORT, D] */
	float *values = keys + SHORT * STEP, *ds = values + SHORT * STEP;          /* [SHORT, D], [LONG, SHORT] */
	int first = (int)blockIdx.x % tiles * LONG, left = s.queries - first, width = s.heads * s.head_dim;
	struct head h = head_at(&s, (int)blockIdx.x / tiles);
	float out[ROWS][plain<D>::OUT] = {}, del[ROWS], log_sum[ROWS], factor[ROWS], p[ROWS][COLUMNS], dp[ROWS][COLUMNS];

	tile_load<T, D, LONG>(queries, q + h.q + (int64_t)first * s.q_stride, s.q_stride, left, s.head_dim);
	tile_load<T, D, LONG>(gradients, dout + h.out + (int64_t)first * width, width, left, s.head_dim);
	__syncthreads();
#pragma unroll
	for (int i = 0; i < ROWS; i++) {
		int row = down_of() + DOWN * i;
		int64_t at = h.statistic + first + row;
		del[i] = 0;
		if (row < left)
			for (int e = across_of(); e < s.head_dim; e += ACROSS) del[i] += gradients[row * STEP + e] * widen(o[h.out + (int64_t)(first + row) * width + e]);
		del[i] = across_sum(del[i]);
		if (across_of() == 0 && row < left) delta[at] = del[i];
		log_sum[i] = row < left ? lse[at] : INFINITY;
		factor[i] = scale;
	}
	for (int key = 0; key < s.keys; key += SHORT) {
		int keys_left = s.keys - key;
		__syncthreads();
		tile_load<T, D, SHORT>(keys, k + h.k + (int64_t)key * s.k_stride, s.k_stride, keys_left, s.head_dim);
		tile_load<T, D, SHORT>(values, v + h.v + (int64_t)key * s.v_stride, s.v_stride, keys_left, s.head_dim);
		__syncthreads();
		scores_make<D>(p, queries, keys);
		scores_make<D>(dp, gradients, values);
#pragma unroll
		for (int i = 0; i < ROWS; i++)
#pragma unroll
			for (int j = 0; j < COLUMNS; j++)
				dp[i][j] = across_of() + ACROSS * j < keys_left ? expf(p[i][j] * scale - log_sum[i]) * (dp[i][j] - del[i]) : 0;
		scores_put<D>(ds, dp);
		scores_add<D>(out, ds, keys);
	}
	rows_write<T, D>(dq + h.q + (int64_t)first * s.q_stride, s.q_stride, left, s.head_dim, out, factor);
}

/* dk and dv. */
template <typename T, int D> static __global__ void __launch_bounds__(THREADS)
keys_kernel(T *dk, T *dv, const T *dout, const float *delta, const float *lse, const T *q, const T *k, const T *v, struct attention_shape s,
            int tiles, float scale) {
	enum { ROWS = plain<D>::ROWS, LONG = plain<D>::LONG, STEP = plain<D>::STEP };
	SHARED(float, keys);                                /* [LONG, D] */
	float *values = keys + LONG * STEP, *queries = values + LONG * STEP;       /* [LONG, D], [SHORT, D] */
	float *gradients = queries + SHORT * STEP, *scores = gradients + SHORT * STEP; /* [SHORT, D], [LONG, SHORT] */
	int first = (int)blockIdx.x % tiles * LONG, left = s.keys - first, width = s.heads * s.head_dim;
	struct head h = head_at(&s, (int)blockIdx.x / tiles);
	float gk[ROWS][plain<D>::OUT] = {}, gv[ROWS][plain<D>::OUT] = {}, factor[ROWS], one[ROWS], p[ROWS][COLUMNS], dp[ROWS][COLUMNS];

	tile_load<T, D, LONG>(keys, k + h.k + (int64_t)first * s.k_stride, s.k_stride, left, s.head_dim);
	tile_load<T, D, LONG>(values, v + h.v + (int64_t)first * s.v_stride, s.v_stride, left, s.head_dim);
	for (int query = 0; query < s.queries; query += SHORT) {
		int queries_left = s.queries - query;
		__syncthreads();
		tile_load<T, D, SHORT>(queries, q + h.q + (int64_t)query * s.q_stride, s.q_stride, queries_left, s.head_dim);
		tile_load<T, D, SHORT>(gradients, dout + h.out + (int64_t)query * width, width, queries_left, s.head_dim);
		__syncthreads();
		scores_make<D>(p, keys, queries);
		scores_make<D>(dp, values, gradients);
#pragma unroll
		for (int j = 0; j < COLUMNS; j++) {
			int column = across_of() + ACROSS * j;
			int64_t at = h.statistic + query + column;
			float del = column < queries_left ? delta[at] : 0, log_sum = column < queries_left ? lse[at] : INFINITY;
#pragma unroll
			for (int i = 0; i < ROWS; i++) {
				p[i][j] = down_of() + DOWN * i < left ? expf(p[i][j] * scale - log_sum) : 0;
				dp[i][j] = p[i][j] * (dp[i][j] - del);
			}
		}
		scores_put<D>(scores, p);
		scores_add<D>(gv, scores, gradients);
		scores_put<D>(scores, dp);
		scores_add<D>(gk, scores, queries);
	}
#pragma unroll
	for (int i = 0; i < ROWS; i++) factor[i] = scale, one[i] = 1;
	rows_write<T, D>(dk + h.k + (int64_t)first * s.k_stride, s.k_stride, left, s.head_dim, gk, factor);
	rows_write<T, D>(dv + h.v + (int64_t)first * s.v_stride, s.v_stride, left, s.head_dim, gv, one);
}

/* ---- the map ---- */

/* A warp a row, twice over it: scores with their largest and sum, then the quotients; a lane comes back to the keys that it wrote. */
template <typename T> static __global__ void __launch_bounds__(THREADS)
map_kernel(float *p, const T *q, const T *k, struct attention_shape s, int64_t rows, float scale) {
	int lane = (int)threadIdx.x % WARP;
	int64_t row = (int64_t)blockIdx.x * (THREADS / WARP) + threadIdx.x / WARP;
	if (row >= rows) return;
	struct head h = head_at(&s, (int)(row / s.queries));
	const T *query = q + h.q + row % s.queries * s.q_stride;
	float *out = p + row * s.keys, top = -INFINITY, sum = 0;
	for (int j = lane; j < s.keys; j += WARP) {
		const T *key = k + h.k + (int64_t)j * s.k_stride;
		float score = 0;
		for (int e = 0; e < s.head_dim; e++) score += widen(query[e]) * widen(key[e]);
		out[j] = score * scale;
		top = fmaxf(top, out[j]);
	}
	top = warp_max(top);
	for (int j = lane; j < s.keys; j += WARP) sum += out[j] = expf(out[j] - top);
	sum = warp_sum(sum);
	for (int j = lane; j < s.keys; j += WARP) out[j] /= sum;
}

/* ---- the host's side ---- */

static float scale_of(const struct attention_shape *s) { return 1 / sqrtf((float)s->head_dim); }

/* True: recorded. */
static bool width_refused(struct device *d, const struct attention_shape *s) {
	if (s->head_dim <= WIDTH_MAX) return false;
	cuda_fail(d, ERR_ARGUMENT, "attention heads of width %d (the GPU takes up to %d; choose more heads, or use device=cpu)", s->head_dim, WIDTH_MAX);
	return true;
}

/* Shared memory for LONG_TILES and SHORT_TILES of width D, and one of scores. */
template <int D> static size_t tiles_bytes(int long_tiles, int short_tiles) {
	size_t rows = (size_t)(long_tiles * plain<D>::LONG + short_tiles * SHORT);
	return sizeof(float) * (rows * plain<D>::STEP + (size_t)plain<D>::LONG * plain<D>::SCORES_STEP);
}

template <typename T, int D>
static void forward_launch(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s) {
	int tiles = (int)ceil_div(s->queries, plain<D>::LONG);
	launch(d, forward_kernel<T, D>, dim3((unsigned)(s->batch * s->heads * tiles)), dim3(THREADS), tiles_bytes<D>(1, 2), (T *)o, lse, (const T *)q,
	       (const T *)k, (const T *)v, *s, tiles, scale_of(s));
}

template <typename T, int D>
static void backward_launch(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse, const act *q, const act *k,
                            const act *v, const struct attention_shape *s) {
	int heads = s->batch * s->heads, q_tiles = (int)ceil_div(s->queries, plain<D>::LONG), k_tiles = (int)ceil_div(s->keys, plain<D>::LONG);
	float *delta = (float *)cuda_scratch(d, sizeof(float) * (size_t)heads * (size_t)s->queries);
	if (!delta) return;
	launch(d, queries_kernel<T, D>, dim3((unsigned)(heads * q_tiles)), dim3(THREADS), tiles_bytes<D>(2, 2), (T *)dq, delta, (const T *)dout,
	       (const T *)o, lse, (const T *)q, (const T *)k, (const T *)v, *s, q_tiles, scale_of(s));
	launch(d, keys_kernel<T, D>, dim3((unsigned)(heads * k_tiles)), dim3(THREADS), tiles_bytes<D>(2, 2), (T *)dk, (T *)dv, (const T *)dout, delta, lse,
	       (const T *)q, (const T *)k, (const T *)v, *s, k_tiles, scale_of(s));
}

void attention_forward_cuda(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s) {
	if (attention_forward_mma(d, o, lse, q, k, v, s) || width_refused(d, s)) return;
	ACT_TYPES(d, (s->head_dim <= 32   ? forward_launch<T, 32>
	              : s->head_dim <= 64 ? forward_launch<T, 64>
	                                  : forward_launch<T, WIDTH_MAX>)(d, o, lse, q, k, v, s));
}

void attention_backward_cuda(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse, const act *q, const act *k,
                             const act *v, const struct attention_shape *s) {
	if (attention_backward_mma(d, dq, dk, dv, dout, o, lse, q, k, v, s) || width_refused(d, s)) return;
	ACT_TYPES(d, (s->head_dim <= 32   ? backward_launch<T, 32>
	              : s->head_dim <= 64 ? backward_launch<T, 64>
	                                  : backward_launch<T, WIDTH_MAX>)(d, dq, dk, dv, dout, o, lse, q, k, v, s));
}

void attention_map_cuda(struct device *d, float *p, const act *q, const act *k, const struct attention_shape *s) {
	int64_t rows = (int64_t)s->batch * s->heads * s->queries;
	ACT_TYPES(d, launch(d, map_kernel<T>, dim3((unsigned)ceil_div(rows, THREADS / WARP)), dim3(THREADS), 0, p, (const T *)q, (const T *)k, *s, rows,
	                    scale_of(s)));
}
