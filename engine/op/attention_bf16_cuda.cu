/* Attention in bf16 on the tensor cores, head width 32 and 64 (FlashAttention-2: Dao 2023; formulas: attention.h).
 *
 * Both passes hold scores in registers as the fragments of mma.m16n8k16: lane L has rows L / 4 and L / 4 + 8 and columns
 * 2 (L % 4), +1 of each 16 x 8 piece, and two such pieces, rounded to bf16, are the left operand of the next product. A block is seven
 * warps of 16 rows, 112: what 99 tokens round up to, and half of what 196 do. Tiles in shared memory are swizzled, so that the eight rows that
 * ldmatrix reads lie in eight different groups of banks; rows beyond the end are zeros there.
 *
 * Forward: a warp owns 16 queries; keys come in tiles of 64, the next one on its way while this one is used; online softmax in powers of two.
 * Backward: a block owns a head. Chunks of 112 keys (width 64) or 224 (width 32), whose dk and dv stay in registers, a warp owning
 * every seventh group of 16; for each chunk all queries pass in tiles of 112. Scores are made transposed, [keys, queries], so that p and ds are at
 * once the left operands of dv += p^T do and dk += ds^T q; ds goes through shared memory for dq = ds k, where a warp owns 16 queries.
 * So there are five products, p is made once, and no sum crosses blocks. Where the keys take more than one chunk, dq is summed in float32
 * in scratch, by the thread that made it; then a block takes several heads, to keep that scratch small enough for the second-level cache.
 *
 * Two blocks share a multiprocessor, so a thread has 128 registers (four warps on a quarter of 512 a lane); what the inner loops need fits.
 *
 * Predictions to test, computed and not measured (H200: 4.3 TB/s; mma.sync taken as 500 TFLOP/s; tokens padded to 16), batch 2048:
 *                                  forward: GB, us by bytes; TFLOP, us by products      backward
 *   encoder 99 x 99, 12 x 64              1.25   290              0.079   160           2.5   580     0.20   390
 *   decoder 196 x 196, 8 x 32             0.82   190              0.091   180           1.7   380     0.23   450
 *   decoder 196 x 588, 8 x 32             1.65   380              0.26    520           3.3   770     0.65  1290
 * So a layer of the encoder should take 0.35 to 0.5 ms forward and 0.7 to 1.1 ms backward, since bytes and products overlap in part only. The
 * backward's other limit is shared memory: a 16 x 16 piece takes 25 ldmatrix.x4 at width 64 (100 cycles of a multiprocessor) for its 40 mma
 * (76 cycles at 500 TFLOP/s), 520 us for a layer of the encoder; at width 32 it takes 9 (36 cycles) for 20 (38). */
#include <algorithm>

#include "engine/op/attention_cuda.h"
#include "engine/op/mma.h"

static constexpr int WARPS = 7, THREADS = WARPS * WARP, ROWS = 16 * WARPS, KEY_TILE = 64, STAGES = 2;
static constexpr int BLOCKS = 2; /* that a multiprocessor should hold */

static constexpr float LOG2_E = 1.44269504f, LN_2 = 0.69314718f;

static __device__ inline float exp2_fast(float x) {
#ifdef CUDA_HOST
	return exp2f(x);
#else
	float y;
	asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
	return y;
#endif
}

/* The same for all lanes, and by the shuffle the compiler knows it: what follows from it needs no register of each lane's own. */
static __device__ inline int warp_of() { return __shfl_sync(0xffffffffu, (int)(threadIdx.x / WARP), 0); }
/* A lane's first row and column in a 16 x 8 piece. */
static __device__ inline int row_of(unsigned lane) { return (int)(lane / 4); }
static __device__ inline int column_of(unsigned lane) { return (int)(lane % 4 * 2); }

/* ---- tiles [rows, D] in shared memory ---- */

/* Where PACK, 8 elements of a row, lies; 64 / D rows fill the 32 banks. */
template <int D> static __device__ inline int tile_index(int row, int pack) { return row * D + (pack ^ row / (64 / D) % (D / 8)) * 8; }

/* COUNT rows from FIRST on into TILE, shared out among WORKERS threads; row 0 of both is the tile's first, rows >= LEFT become zeros. */
template <int D, int COUNT, int WORKERS>
static __device__ inline void rows_fetch(bf16 *tile, const bf16 *from, int stride, int first, int left, int worker) {
	enum { AT_ONCE = WORKERS / (D / 8) };
	int pack = worker % (D / 8), own = worker / (D / 8);
#pragma unroll 1
	for (int i = 0; i < COUNT; i += AT_ONCE) {
		int row = first + i + own;
		if (COUNT % AT_ONCE == 0 || i + own < COUNT)
			copy_async16(tile + tile_index<D>(row, pack), from + (row < left ? row * stride : 0) + 8 * pack, row < left);
	}
}

/* A lane's part of an address, the same wherever a 16 x 16 piece lies, since the swizzle repeats every 8 rows: in bytes, at column 0; its
 * exclusive or with 32 bytes for every 16 columns is the part for those. STRAIGHT: matrices row by row, TURNED: column by column. */
struct lane_part {
	unsigned straight, turned, lane;
};
template <int D> static __device__ inline struct lane_part lane_part_of(int lane) {
	unsigned straight = (unsigned)tile_index<D>(lane % 16, lane / 16), turned = (unsigned)tile_index<D>(lane / 16 * 8 + lane % 8, lane / 8 % 2);
	return {straight * (unsigned)sizeof(bf16), turned * (unsigned)sizeof(bf16), (unsigned)lane};
}
static __device__ inline const char *piece_at(const bf16 *row, unsigned part, int column) {
	return (const char *)row + (part ^ (unsigned)column * sizeof(bf16));
}

/* The fragments of a 16 x 16 left operand whose rows are the tile's. */
template <int D> static __device__ inline void left_load(uint32_t a[4], const bf16 *tile, int row, int column, struct lane_part l) {
	ldmatrix_x4(a, piece_at(tile + row * D, l.straight, column));
}
/* Two 16 x 8 right operands: their 16 columns are rows of the tile (the product with the tile's transpose). */
template <int D> static __device__ inline void right_load_turned(uint32_t b[4], const bf16 *tile, int row, int column, struct lane_part l) {
	ldmatrix_x4(b, piece_at(tile + row * D, l.turned, column));
}
/* Two 16 x 8 right operands: their 16 rows are rows of the tile. */
template <int D> static __device__ inline void right_load(uint32_t b[4], const bf16 *tile, int row, int column, struct lane_part l) {
	ldmatrix_x4_trans(b, piece_at(tile + row * D, l.straight, column));
}
/* c [16, 16] as two pieces += a b. */
static __device__ inline void mma_pair(float c[2][4], const uint32_t a[4], const uint32_t b[4]) {
	mma_bf16(c[0], a, b);
	mma_bf16(c[1], a, b + 2);
}

/* The left operand made of a 16 x 16 result. */
static __device__ inline void left_of(uint32_t a[4], const float c[2][4]) {
#pragma unroll
	for (int i = 0; i < 4; i++) a[i] = bf16_pair(c[i / 2][i % 2 * 2], c[i / 2][i % 2 * 2 + 1]);
}

/* Four lanes that share a row hold words 0..3 (columns 2 t, +1) of four pieces; afterwards lane T holds piece T's 16 bytes. */
static __device__ inline void quad_turn(uint32_t w[4], int lane) {
#pragma unroll
	for (int step = 2; step > 0; step /= 2)
#pragma unroll
		for (int n = 0; n < 2; n++) {
			int low = step == 2 ? n : 2 * n, high = low + step;
			bool upper = lane & step;
			uint32_t got = __shfl_xor_sync(0xffffffffu, upper ? w[low] : w[high], step);
			if (upper) w[low] = got;
			else w[high] = got;
		}
}

/* The warp stores its 16 rows [16, D], times FACTOR by half; rows >= LEFT are not there. */
template <int D>
static __device__ inline void rows_store(bf16 *to, int stride, int first, int left, const float c[D / 8][4], const float factor[2], int lane) {
#pragma unroll
	for (int half = 0; half < 2; half++)
#pragma unroll
		for (int j = 0; j < D / 8; j += 4) {
			int row = first + 8 * half + row_of(lane);
			alignas(16) uint32_t w[4];
#pragma unroll
			for (int i = 0; i < 4; i++) w[i] = bf16_pair(c[j + i][2 * half] * factor[half], c[j + i][2 * half + 1] * factor[half]);
			quad_turn(w, lane);
			if (row < left) *(uint4 *)(to + (int64_t)row * stride + 8 * (j + lane % 4)) = make_uint4(w[0], w[1], w[2], w[3]);
		}
}

/* ---- forward ---- */

static __device__ inline float quad_max(float x) {
	x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
	return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}
static __device__ inline float quad_sum(float x) {
	x += __shfl_xor_sync(0xffffffffu, x, 1);
	return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

/* A warp's 16 queries: two rows a lane. */
template <int D> struct queries {
	uint32_t q[D / 16][4];
	float out[D / 8][4], top[2], sum[2]; /* top: the largest raw score so far; sum: this lane's share */
};

/* Scores become exp2(SCALE (score - largest)); what was summed so far follows the new largest. */
template <int D> static __device__ inline void softmax_step(struct queries<D> *w, float c[KEY_TILE / 8][4], float scale) {
#pragma unroll
	for (int half = 0; half < 2; half++) {
		float top = w->top[half];
#pragma unroll
		for (int j = 0; j < KEY_TILE / 8; j++) top = fmaxf(top, fmaxf(c[j][2 * half], c[j][2 * half + 1]));
		top = quad_max(top);
		float shrink = exp2_fast((w->top[half] - top) * scale), sum = 0, shift = top * scale;
#pragma unroll
		for (int j = 0; j < KEY_TILE / 8; j++)
#pragma unroll
			for (int e = 2 * half; e < 2 * half + 2; e++) sum += c[j][e] = exp2_fast(c[j][e] * scale - shift);
		w->sum[half] = w->sum[half] * shrink + sum;
		w->top[half] = top;
#pragma unroll
		for (int j = 0; j < D / 8; j++) w->out[j][2 * half] *= shrink, w->out[j][2 * half + 1] *= shrink;
	}
}

/* TAIL: only LEFT of the tile's keys are there. */
template <int D, bool TAIL>
static __device__ inline void keys_step(struct queries<D> *w, const bf16 *k, const bf16 *v, int left, float scale, struct lane_part l) {
	float c[KEY_TILE / 8][4] = {};
	uint32_t a[4], b[4];
#pragma unroll
	for (int g = 0; g < KEY_TILE / 16; g++) {
		if (TAIL && 16 * g >= left) continue;
#pragma unroll
		for (int e = 0; e < D; e += 16) {
			right_load_turned<D>(b, k, 16 * g, e, l);
			mma_pair(c + 2 * g, w->q[e / 16], b);
		}
	}
	if (TAIL)
#pragma unroll
		for (int i = 0; i < KEY_TILE / 2; i++)
			if (i / 4 * 8 + column_of(l.lane) + i % 2 >= left) c[i / 4][i % 4] = -INFINITY;
	softmax_step<D>(w, c, scale);
#pragma unroll
	for (int g = 0; g < KEY_TILE / 16; g++) {
		if (TAIL && 16 * g >= left) continue;
		left_of(a, c + 2 * g);
#pragma unroll
		for (int e = 0; e < D; e += 16) {
			right_load<D>(b, v, 16 * g, e, l);
			mma_pair(w->out + e / 8, a, b);
		}
	}
}

/* SCALE: log2(e) / sqrt(D), so that exp(score / sqrt(D)) is a power of two. */
template <int D> static __global__ void __launch_bounds__(THREADS, BLOCKS)
forward_kernel(bf16 *o, float *lse, const bf16 *q, const bf16 *k, const bf16 *v, struct attention_shape s, int tiles, float scale) {
	SHARED(bf16, queries_tile);                         /* [ROWS, D], then STAGES x (k, v) [KEY_TILE, D] */
	int warp = warp_of(), lane = (int)(threadIdx.x % WARP);
	int head = (int)blockIdx.x / tiles, first = (int)blockIdx.x % tiles * ROWS, left = s.queries - first, steps = (s.keys + KEY_TILE - 1) / KEY_TILE;
	struct head h = head_at(&s, head);
	struct queries<D> w = {.out = {}, .top = {-INFINITY, -INFINITY}, .sum = {}};
	struct lane_part l = lane_part_of<D>(lane);
	bool busy = 16 * warp < left;

	auto stage_at = [&](int step) { return queries_tile + ROWS * D + step % STAGES * 2 * KEY_TILE * D; };
	auto stage_fetch = [&](int step) {
		int key = step * KEY_TILE;
		if (step < steps) {
			rows_fetch<D, KEY_TILE, THREADS>(stage_at(step), k + h.k + (int64_t)key * s.k_stride, s.k_stride, 0, s.keys - key, (int)threadIdx.x);
			rows_fetch<D, KEY_TILE, THREADS>(stage_at(step) + KEY_TILE * D, v + h.v + (int64_t)key * s.v_stride, s.v_stride, 0, s.keys - key,
			                                 (int)threadIdx.x);
		}
		copy_async_commit();
	};
	rows_fetch<D, 16, WARP>(queries_tile, q + h.q + (int64_t)first * s.q_stride, s.q_stride, 16 * warp, left, lane);
	copy_async_commit();
	for (int step = 0; step < STAGES; step++) stage_fetch(step);
	copy_async_wait<STAGES>();
	__syncwarp(); /* the warp's own queries, fetched by its lanes */
#pragma unroll
	for (int e = 0; e < D; e += 16) left_load<D>(w.q[e / 16], queries_tile, 16 * warp, e, l);
	for (int step = 0; step < steps; step++) {
		bf16 *stage = stage_at(step);
		int keys_left = s.keys - step * KEY_TILE;
		copy_async_wait<STAGES - 1>();
		__syncthreads();
		if (busy && keys_left >= KEY_TILE) keys_step<D, false>(&w, stage, stage + KEY_TILE * D, KEY_TILE, scale, l);
		else if (busy) keys_step<D, true>(&w, stage, stage + KEY_TILE * D, keys_left, scale, l);
		__syncthreads();
		stage_fetch(step + STAGES);
	}
	if (!busy) return;
	float inverse[2];
#pragma unroll
	for (int half = 0; half < 2; half++) {
		int row = 16 * warp + 8 * half + row_of(lane);
		float sum = quad_sum(w.sum[half]);
		inverse[half] = 1 / sum;
		if (lane % 4 == 0 && row < left) lse[h.statistic + first + row] = (w.top[half] * scale + log2f(sum)) * LN_2;
	}
	int width = s.heads * D;
	rows_store<D>(o + h.out + (int64_t)first * width, width, 16 * warp, left, w.out, inverse, lane);
}

/* ---- backward ---- */

/* Groups of 16 keys a warp, and the keys that a block holds at once. */
template <int D> struct chunk {
	enum { GROUPS = 64 / D, KEYS = ROWS * GROUPS };
};
static constexpr int DS_STEP = ROWS + 8; /* elements from a key's row of ds to the next: 240 bytes, so that eight rows lie in different banks */

template <int D> struct key_groups {
	uint32_t v[chunk<D>::GROUPS][D / 16][4]; /* k as well would not fit in 128 registers: it is read again for every piece */
	float dk[chunk<D>::GROUPS][D / 8][4], dv[chunk<D>::GROUPS][D / 8][4];
};

/* Queries FIRST .. FIRST + 16 of the tile against the warp's keys, of which LEFT are in the chunk: dk, dv and the ds rows [keys, queries].
 * STATISTIC holds (lse log2(e), delta) by query: (inf, 0) where there is none. */
template <int D>
static __device__ inline void pieces_backward(struct key_groups<D> *w, bf16 *ds, const bf16 *k, const bf16 *q, const bf16 *g, const float2 *statistic,
                                              int first, int left, float scale, struct lane_part l, int warp) {
	enum { GROUPS = chunk<D>::GROUPS };
	float p[GROUPS][2][4] = {}, dp[GROUPS][2][4] = {};
	uint32_t a[4], b[4], pa[GROUPS][4], dsa[GROUPS][4];
#pragma unroll
	for (int e = 0; e < D; e += 16) {
		right_load_turned<D>(b, q, first, e, l);
#pragma unroll
		for (int m = 0; m < GROUPS; m++) {
			left_load<D>(a, k, 16 * (warp + WARPS * m), e, l);
			mma_pair(p[m], a, b);
		}
		right_load_turned<D>(b, g, first, e, l);
#pragma unroll
		for (int m = 0; m < GROUPS; m++) mma_pair(dp[m], w->v[m][e / 16], b);
	}
#pragma unroll
	for (int n = 0; n < 2; n++) {
		float4 two = *(const float4 *)(statistic + first + 8 * n + column_of(l.lane));
#pragma unroll
		for (int m = 0; m < GROUPS; m++)
#pragma unroll
			for (int i = 0; i < 4; i++) {
				bool valid = 16 * (warp + WARPS * m) + row_of(l.lane) + i / 2 * 8 < left; /* else zeros beside a low lse would overflow */
				float x = exp2_fast(valid ? p[m][n][i] * scale - (i % 2 ? two.z : two.x) : -INFINITY);
				p[m][n][i] = x;
				dp[m][n][i] = x * (dp[m][n][i] - (i % 2 ? two.w : two.y));
			}
	}
#pragma unroll
	for (int m = 0; m < GROUPS; m++) {
		left_of(pa[m], p[m]);
		left_of(dsa[m], dp[m]);
		bf16 *row = ds + (16 * (warp + WARPS * m) + row_of(l.lane)) * DS_STEP + first + column_of(l.lane);
#pragma unroll
		for (int i = 0; i < 4; i++) *(uint32_t *)(row + i % 2 * 8 * DS_STEP + i / 2 * 8) = dsa[m][i];
	}
#pragma unroll
	for (int e = 0; e < D; e += 16) {
		right_load<D>(b, g, first, e, l);
#pragma unroll
		for (int m = 0; m < GROUPS; m++) mma_pair(w->dv[m] + e / 8, pa[m], b);
		right_load<D>(b, q, first, e, l);
#pragma unroll
		for (int m = 0; m < GROUPS; m++) mma_pair(w->dk[m] + e / 8, dsa[m], b);
	}
}

/* dq [16, D] += ds k over the chunk's LEFT keys; the warp's queries begin at FIRST. */
template <int D>
static __device__ inline void queries_backward(float dq[D / 8][4], const bf16 *ds, const bf16 *k, int first, int left, struct lane_part l) {
	uint32_t a[4], b[4];
#pragma unroll 1
	for (int key = 0; key < left; key += 16) {
		ldmatrix_x4_trans(a, ds + (key + l.lane / 16 * 8 + l.lane % 8) * DS_STEP + first + l.lane / 8 % 2 * 8);
#pragma unroll
		for (int e = 0; e < D; e += 16) {
			right_load<D>(b, k, key, e, l);
			mma_pair(dq + e / 8, a, b);
		}
	}
}

/* The rows of O that a warp multiplies with those of do for delta: asked for early, used when do has arrived. */
template <int D> struct delta_rows {
	pack<bf16> o[D / 16];
	float lse;
};
template <int D>
static __device__ inline void delta_fetch(struct delta_rows<D> *w, const bf16 *o, int stride, const float *lse, int first, int left, int lane) {
#pragma unroll
	for (int i = 0; i < D / 16; i++) {
		int row = first + (i * WARP + lane) / (D / 8);
		w->o[i] = *(const pack<bf16> *)(o + (int64_t)(row < left ? row : 0) * stride + lane % (D / 8) * 8);
	}
	w->lse = lane < 16 && first + lane < left ? lse[first + lane] * LOG2_E : INFINITY;
}
/* DO's rows beyond the end are zeros, so delta is. A lane reads what it fetched itself. */
template <int D> static __device__ inline void delta_write(float2 *statistic, const struct delta_rows<D> *w, bf16 *g, int first, int lane) {
#pragma unroll
	for (int i = 0; i < D / 16; i++) {
		int row = first + (i * WARP + lane) / (D / 8);
		float a[8], b[8], sum = 0;
		pack_load(a, w->o[i].v);
		pack_load(b, g + tile_index<D>(row, lane % (D / 8)));
#pragma unroll
		for (int e = 0; e < 8; e++) sum += a[e] * b[e];
#pragma unroll
		for (int step = D / 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, step);
		if (lane % (D / 8) == 0) statistic[row].y = sum;
	}
	if (lane < 16) statistic[first + lane].x = w->lse;
}

/* PARTIAL [gridDim.x, tiles, ROWS * D]: dq between chunks, in the order of the fragments; not read where one chunk holds all keys. */
template <int D> static __global__ void __launch_bounds__(THREADS, BLOCKS)
backward_kernel(bf16 *dq, bf16 *dk, bf16 *dv, const bf16 *dout, const bf16 *o, const float *lse, const bf16 *q, const bf16 *k, const bf16 *v,
                float4 *partial, struct attention_shape s, int heads, float scale) {
	constexpr int GROUPS = chunk<D>::GROUPS, KEYS = chunk<D>::KEYS;
	SHARED(bf16, keys);                                 /* [KEYS, D] */
	bf16 *q_tile = keys + KEYS * D, *g_tile = q_tile + ROWS * D, *ds = g_tile + ROWS * D; /* [ROWS, D], [ROWS, D], [KEYS, DS_STEP] */
	float2 *statistic = (float2 *)(ds + KEYS * DS_STEP); /* [ROWS] */
	bf16 *values = ds;                                  /* [KEYS, D], in registers before ds is written */
	int warp = warp_of(), lane = (int)(threadIdx.x % WARP), width = s.heads * D, tiles = (s.queries + ROWS - 1) / ROWS, own = 16 * warp;
	const struct lane_part l = lane_part_of<D>(lane);
	const float factor[2] = {scale * LN_2, scale * LN_2}, one[2] = {1, 1};

	for (int head = (int)blockIdx.x; head < heads; head += (int)gridDim.x) {
		struct head h = head_at(&s, head);
		auto tile_fetch = [&](int first) {
			rows_fetch<D, 16, WARP>(q_tile, q + h.q + (int64_t)first * s.q_stride, s.q_stride, own, s.queries - first, lane);
			rows_fetch<D, 16, WARP>(g_tile, dout + h.out + (int64_t)first * width, width, own, s.queries - first, lane);
			copy_async_commit();
		};
		for (int key = 0; key < s.keys; key += KEYS) {
			struct key_groups<D> w = {};
			int keys_left = s.keys - key;
#pragma unroll
			for (int m = 0; m < GROUPS; m++) {
				rows_fetch<D, 16, WARP>(keys, k + h.k + (int64_t)key * s.k_stride, s.k_stride, own + ROWS * m, keys_left, lane);
				rows_fetch<D, 16, WARP>(values, v + h.v + (int64_t)key * s.v_stride, s.v_stride, own + ROWS * m, keys_left, lane);
			}
			tile_fetch(0);
			for (int tile = 0; tile < tiles; tile++) {
				int first = tile * ROWS, left = s.queries - first;
				struct delta_rows<D> rows;
				delta_fetch<D>(&rows, o + h.out + (int64_t)first * width, width, lse + h.statistic + first, own, left, lane);
				copy_async_wait<0>();
				if (tile == 0) {
					__syncwarp(); /* the warp's own keys and values, fetched by its lanes */
#pragma unroll
					for (int m = 0; m < GROUPS; m++)
#pragma unroll
						for (int e = 0; e < D; e += 16) left_load<D>(w.v[m][e / 16], values, own + ROWS * m, e, l);
				}
				delta_write<D>(statistic, &rows, g_tile, own, lane);
				__syncthreads();
				if (own < keys_left)
					for (int i = 0; i < min(ROWS, left); i += 16)
						pieces_backward<D>(&w, ds, keys, q_tile, g_tile, statistic, i, keys_left, scale, l, warp);
				__syncthreads();
				if (tile + 1 < tiles) tile_fetch(first + ROWS);
				if (own < left) {
					float c[D / 8][4] = {};
					float4 *kept = partial + ((int64_t)blockIdx.x * tiles + tile) * (ROWS * D / 4) + warp * (16 * D / 4) + lane;
					if (key > 0)
#pragma unroll
						for (int j = 0; j < D / 8; j++) {
							float4 x = kept[j * WARP];
							c[j][0] = x.x, c[j][1] = x.y, c[j][2] = x.z, c[j][3] = x.w;
						}
					queries_backward<D>(c, ds, keys, own, min(KEYS, keys_left), l);
					if (keys_left <= KEYS) rows_store<D>(dq + h.q + (int64_t)first * s.q_stride, s.q_stride, own, left, c, factor, lane);
					else
#pragma unroll
						for (int j = 0; j < D / 8; j++) kept[j * WARP] = make_float4(c[j][0], c[j][1], c[j][2], c[j][3]);
				}
			}
#pragma unroll
			for (int m = 0; m < GROUPS; m++) {
				rows_store<D>(dk + h.k + (int64_t)key * s.k_stride, s.k_stride, own + ROWS * m, keys_left, w.dk[m], factor, lane);
				rows_store<D>(dv + h.v + (int64_t)key * s.v_stride, s.v_stride, own + ROWS * m, keys_left, w.dv[m], one, lane);
			}
			__syncthreads(); /* keys and ds are free again */
		}
	}
}

/* ---- the host's side ---- */

static bool stride_fits(const void *p, int stride) { return packs<bf16>(p, stride); }

static bool shape_fits(const struct device *d, const struct attention_shape *s, const act *q, const act *k, const act *v, const act *o) {
	return d->act_bytes == 2 && (s->head_dim == 32 || s->head_dim == 64) && stride_fits(q, s->q_stride) && stride_fits(k, s->k_stride) &&
	       stride_fits(v, s->v_stride) && stride_fits(o, s->head_dim);
}

static float scale_of(const struct attention_shape *s) { return LOG2_E / sqrtf((float)s->head_dim); }

template <int D>
static void forward_launch(struct device *d, bf16 *o, float *lse, const bf16 *q, const bf16 *k, const bf16 *v, const struct attention_shape *s) {
	int tiles = (int)ceil_div(s->queries, ROWS);
	size_t bytes = sizeof(bf16) * (ROWS + STAGES * 2 * KEY_TILE) * D;
	launch(d, forward_kernel<D>, dim3((unsigned)(s->batch * s->heads * tiles)), dim3(THREADS), bytes, o, lse, q, k, v, *s, tiles, scale_of(s));
}

bool attention_forward_mma(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s) {
	if (!shape_fits(d, s, q, k, v, o)) return false;
	auto run = s->head_dim == 64 ? forward_launch<64> : forward_launch<32>;
	run(d, (bf16 *)o, lse, (const bf16 *)q, (const bf16 *)k, (const bf16 *)v, s);
	return true;
}

template <int D>
static void backward_launch(struct device *d, bf16 *dq, bf16 *dk, bf16 *dv, const bf16 *dout, const bf16 *o, const float *lse, const bf16 *q,
                            const bf16 *k, const bf16 *v, const struct attention_shape *s) {
	constexpr int KEYS = chunk<D>::KEYS;
	int heads = s->batch * s->heads, blocks = heads;
	float4 *partial = NULL;
	if (s->keys > KEYS) {
		blocks = std::min(blocks, BLOCKS * cuda_of(d)->processors);
		partial = (float4 *)cuda_scratch(d, (size_t)blocks * (size_t)ceil_div(s->queries, ROWS) * ROWS * D * sizeof(float));
		if (!partial) return;
	}
	size_t bytes = sizeof(bf16) * ((KEYS + 2 * ROWS) * D + KEYS * DS_STEP) + ROWS * sizeof(float2);
	launch(d, backward_kernel<D>, dim3((unsigned)blocks), dim3(THREADS), bytes, dq, dk, dv, dout, o, lse, q, k, v, partial, *s, heads, scale_of(s));
}

bool attention_backward_mma(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse, const act *q, const act *k,
                            const act *v, const struct attention_shape *s) {
	if (!shape_fits(d, s, q, k, v, o) || !shape_fits(d, s, dq, dk, dv, dout)) return false;
	auto run = s->head_dim == 64 ? backward_launch<64> : backward_launch<32>;
	run(d, (bf16 *)dq, (bf16 *)dk, (bf16 *)dv, (const bf16 *)dout, (const bf16 *)o, lse, (const bf16 *)q, (const bf16 *)k, (const bf16 *)v, s);
	return true;
}
