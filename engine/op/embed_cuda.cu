/* From bytes and labels to the encoder's tokens, on the GPU. All of it is bound by memory: each value is read once and written once.
 *
 * The gathers give each row to one warp, and read whole lines of pixels, or the class table out of L1. The class table's gradient
 * is a sum by label, which would tempt to atomics: instead each warp owns a contiguous run of rows and a table of its own in shared memory, and
 * each of its lanes one column, so that no two threads ever touch the same element; the tables are then added in order.
 *
 * PREDICTED (bytes over 4.3 TB/s; not measured), base at batch 2048 in bf16; 98 visible tokens a sample, a third of them (66,900) a granularity:
 *                             reads MB                                writes MB          us
 *   normalise                 308                                     1233              358
 *   gather_pixels             206                                     103                72
 *   gather_classes            labels 1, the table from L1             137                32
 *   gather_classes_backward   137 + partial tables 7                  7                  35   (semseg)
 *   tokens_forward            308; positions 617 more from L2         311               144
 *   tokens_backward           311                                     308               144
 * gather_classes_backward is the only one whose arithmetic comes near its transfers: 12 warps a processor add 133,800 stretches of 512 values,
 * each some 600 cycles of dependent adds, in about 30 us. */
#include "engine/op/embed.h"
#include "engine/op/patch_cuda.h"

static constexpr int THREADS = 256;
static constexpr int WARPS = THREADS / WARP;
static constexpr int TEAMS_MAX = 4; /* warps of a block of class_sums(), each with its own table: four up to 144 classes, else two */
static constexpr size_t TABLES_BYTES = 72 << 10; /* of a block at most: three fit a processor of an H100 or H200, one any from sm_80 on */
static constexpr int ROWS = 4; /* of class_sums(), all loaded before the first is added: 4 KiB in flight a warp in bf16 */
static constexpr int64_t SUM_BLOCKS = 396; /* of class_sums(), three on every such processor. A constant: it decides the sums' last bits */
static constexpr int GLOBAL_BLOCKS = 128; /* shares of the batch in the global token's gradient */

/* ---- normalise ---- */

/* Block (k, p): a stretch of plane p = 3 sample + channel. EACH pieces a thread, a block apart: whole lines are written. */
template <int N>
static __global__ void __launch_bounds__(THREADS) normalise_planes(float *rgb, const uint8_t *bytes, int64_t plane, float3 scale, float3 shift) {
	int channel = (int)blockIdx.y % 3;
	float a = channel == 0 ? scale.x : channel == 1 ? scale.y : scale.z, b = channel == 0 ? shift.x : channel == 1 ? shift.y : shift.z;
	int64_t first = piece_first<N>(), step = piece_step<N>(), start = (int64_t)blockIdx.y * plane;
	piece<uint8_t, N> in[EACH] = {};
#pragma unroll
	for (int i = 0; i < EACH; i++)
		if (first + i * step < plane) in[i] = piece_load<N>(bytes + start + first + i * step);
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		piece<float, N> out;
#pragma unroll
		for (int j = 0; j < N; j++) out.v[j] = (float)in[i].v[j] * a + b;
		float *to = rgb + start + first + i * step;
		if (first + i * step >= plane) return;
		if constexpr (N == 4)
			__stcs((float4 *)to, __builtin_bit_cast(float4, out)); /* piece_store() became four stores here (seen in PTX) */
		else
			*to = out.v[0];
	}
}

void normalise_cuda(struct device *d, float *rgb, const uint8_t *bytes, int batch, int size) {
	int64_t plane = (int64_t)size * size;
	float scale[3], shift[3];
	for (int c = 0; c < 3; c++) {
		scale[c] = 1 / (255 * image_std[c]);
		shift[c] = -image_mean[c] / image_std[c];
	}
	PIECES(plane % 4 == 0, 4,
	       launch(d, normalise_planes<N>, dim3(blocks_along(plane, THREADS, N), (unsigned)batch * 3), dim3(THREADS), 0, rgb, bytes, plane,
	              make_float3(scale[0], scale[1], scale[2]), make_float3(shift[0], shift[1], shift[2])));
}

/* ---- gathers: a warp a row ---- */

template <typename T, int N>
static __global__ void __launch_bounds__(THREADS) pixel_rows(T *rows, const float *rgb, const int32_t *index, int n, struct patch_shape s) {
	int i = (int)(blockIdx.x * WARPS + threadIdx.x / WARP), lane = (int)threadIdx.x % WARP, width = 3 * s.patch * s.patch;
	if (i >= n) return;
	const float *in = rgb + patch_pixel(&s, index[i] / patch_count(&s), index[i] % patch_count(&s), 0);
#pragma unroll 3
	for (int j = lane * N; j < width; j += WARP * N) {
		piece<float, N> pixels = piece_load<N>(in + pixel_step(&s, j));
		piece<T, N> out;
#pragma unroll
		for (int k = 0; k < N; k++) out.v[k] = narrow<T>(pixels.v[k]);
		piece_store<N>(rows + (int64_t)i * width + j, out);
	}
}

template <typename T>
static void gather_pixels(struct device *d, act *rows, const float *rgb, const int32_t *index, int n, const struct patch_shape *s) {
	PIECES(s->patch % PIXELS == 0, PIXELS,
	       launch(d, pixel_rows<T, N>, dim3((unsigned)ceil_div(n, WARPS)), dim3(THREADS), 0, rows, rgb, index, n, *s));
}

void gather_pixels_cuda(struct device *d, act *rows, const float *rgb, const int32_t *index, int n, const struct patch_shape *s) {
	ACT_TYPES(d, gather_pixels<T>(d, rows, rgb, index, n, s));
}

/* A lane keeps its part of the cells, N of 16, and goes through the embedding: its 16 bytes are an eighth or a quarter of a 128-byte line. */
template <typename T>
static __global__ void __launch_bounds__(THREADS)
        class_rows(T *rows, const T *table, const uint8_t *labels, const int32_t *index, int n, int classes, int width, struct patch_shape s) {
	constexpr int N = pack<T>::N, PARTS = CELLS / N;
	int i = (int)(blockIdx.x * WARPS + threadIdx.x / WARP), lane = (int)threadIdx.x % WARP, first = lane % PARTS * N;
	if (i >= n) return;
	uint8_t label[N];
	cells_load<N>(label, labels + patch_cell(&s, index[i] / patch_count(&s), index[i] % patch_count(&s)), &s, first);
#pragma unroll 2
	for (int e = lane / PARTS; e < width; e += WARP / PARTS) {
		piece<T, N> out;
#pragma unroll
		for (int c = 0; c < N; c++) out.v[c] = label[c] < classes ? table[label[c] * width + e] : narrow<T>(0);
		piece_store<N>(rows + ((int64_t)i * width + e) * CELLS + first, out);
	}
}

template <typename T>
static void gather_classes(struct device *d, act *rows, const act *table, const uint8_t *labels, const int32_t *index, int n, int classes, int width,
                           const struct patch_shape *s) {
	launch(d, class_rows<T>, dim3((unsigned)ceil_div(n, WARPS)), dim3(THREADS), 0, rows, table, labels, index, n, classes, width, *s);
}

void gather_classes_cuda(struct device *d, act *rows, const act *table, const uint8_t *labels, const int32_t *index, int n, int classes, int width,
                         const struct patch_shape *s) {
	ACT_TYPES(d, gather_classes<T>(d, rows, table, labels, index, n, classes, width, s));
}

/* ---- the class table's gradient ---- */

/* Block (k, c): 32 columns; each warp its own run of rows, summed by label into its own table; the block's tables, added, are row k of PARTIAL
 * [gridDim.x, classes, width]. A lane's 16 cells are contiguous, so a warp reads 1 KiB (bf16) in one stretch. Labels are the whole warp's: no
 * divergence, no bank conflict. Neighbouring cells mostly share their label, so a sum stays in a register until the label changes. */
template <typename T>
static __global__ void __launch_bounds__(WARP *TEAMS_MAX, 3)
        class_sums(float *partial, const T *drows, const uint8_t *labels, const int32_t *index, int n, int classes, int width, struct patch_shape s) {
	SHARED(float, tables); /* [teams, classes, 32] */
	int lane = (int)threadIdx.x % WARP, team = (int)threadIdx.x / WARP, teams = (int)blockDim.x / WARP, e = (int)blockIdx.y * WARP + lane;
	int64_t run = (int64_t)blockIdx.x * teams + team, runs = (int64_t)gridDim.x * teams;
	int first = (int)(n * run / runs), last = e < width ? (int)(n * (run + 1) / runs) : 0, held = classes;
	float *table = tables + team * classes * WARP + lane, sum = 0;
	for (int c = 0; c < classes; c++) table[c * WARP] = 0;
	for (int i = first; i < last; i += ROWS) {
		piece<T, CELLS> value[ROWS];
		uint8_t label[ROWS][CELLS];
#pragma unroll
		for (int r = 0; r < ROWS; r++) {
			if (i + r >= last) break;
			cells_load<CELLS>(label[r], labels + patch_cell(&s, index[i + r] / patch_count(&s), index[i + r] % patch_count(&s)), &s, 0);
			value[r] = piece_load<CELLS>(drows + ((int64_t)(i + r) * width + e) * CELLS);
		}
#pragma unroll
		for (int r = 0; r < ROWS; r++) {
			if (i + r >= last) break;
#pragma unroll
			for (int c = 0; c < CELLS; c++) {
				if (label[r][c] != held) {
					if (held < classes) table[held * WARP] += sum;
					held = label[r][c];
					sum = 0;
				}
				sum += widen(value[r].v[c]);
			}
		}
	}
	if (held < classes) table[held * WARP] += sum;
	__syncthreads();
	for (int c = team; c < classes && e < width; c += teams) {
		float total = 0;
		for (int t = 0; t < teams; t++) total += tables[(t * classes + c) * WARP + lane];
		partial[((int64_t)blockIdx.x * classes + c) * width + e] = total;
	}
}

template <typename T>
static void gather_classes_backward(struct device *d, float *dtable, const act *drows, const uint8_t *labels, const int32_t *index, int n,
                                    int classes, int table_rows, int width, const struct patch_shape *s) {
	size_t table_bytes = sizeof(float) * WARP * (size_t)classes;
	int teams = table_bytes * TEAMS_MAX <= TABLES_BYTES ? TEAMS_MAX : TEAMS_MAX / 2;
	int64_t slices = ceil_div(width, WARP), blocks = lesser(ceil_div(n, teams * ROWS), ceil_div(SUM_BLOCKS, slices));
	float *partial = (float *)cuda_scratch(d, sizeof(float) * (size_t)blocks * (size_t)classes * (size_t)width);
	if (!partial) return;
	launch(d, class_sums<T>, dim3((unsigned)blocks, (unsigned)slices), dim3(WARP * (unsigned)teams), table_bytes * (size_t)teams, partial, drows,
	       labels, index, n, classes, width, *s);
	partial_sums(d, {{{dtable, partial, (int)blocks}}}, 1, classes * width);
	size_t used = (size_t)classes * (size_t)width, all = (size_t)table_rows * (size_t)width;
	if (all == used) return;
	cuda_failed(d, cudaMemsetAsync(dtable + used, 0, sizeof(float) * (all - used), cuda_of(d)->compute), "clearing a gradient");
}

void gather_classes_backward_cuda(struct device *d, float *dtable, const act *drows, const uint8_t *labels, const int32_t *index, int n, int classes,
                                  int table_rows, int width, const struct patch_shape *s) {
	ACT_TYPES(d, gather_classes_backward<T>(d, dtable, drows, labels, index, n, classes, table_rows, width, s));
}

/* ---- tokens: a warp a token ---- */

template <typename T, int N>
static __global__ void __launch_bounds__(THREADS) token_rows(T *x, const T *rows, const int32_t *row, const float *position, const int32_t *place,
                                                             const T *global, int batch, int visible, int width) {
	int i = (int)(blockIdx.x * WARPS + threadIdx.x / WARP), lane = (int)threadIdx.x % WARP, b = i / (visible + 1), t = i % (visible + 1);
	if (b >= batch) return;
	bool last = t == visible;
	int at = last ? 0 : b * visible + t;
	const T *in = last ? global : rows + (int64_t)row[at] * width;
	const float *add = position + (last ? 0 : (int64_t)place[at] * width);
	T *out = x + (int64_t)i * width;
#pragma unroll 3
	for (int j = lane * N; j < width; j += WARP * N) {
		piece<T, N> p = piece_load<N>(in + j);
		if (!last) {
			piece<float, N> q = piece_load<N>(add + j);
#pragma unroll
			for (int k = 0; k < N; k++) p.v[k] = narrow<T>(widen(p.v[k]) + q.v[k]);
		}
		piece_store<N>(out + j, p);
	}
}

template <typename T>
static void tokens_forward(struct device *d, act *x, const act *rows, const int32_t *row, const float *position, const int32_t *place,
                           const act *global, int batch, int visible, int width) {
	bool whole = packs<T>(x, width) && packs<T>(rows, width) && packs<T>(global, width) && packs<float>(position, width);
	PIECES(whole, pack<T>::N,
	       launch(d, token_rows<T, N>, dim3((unsigned)ceil_div((int64_t)batch * (visible + 1), WARPS)), dim3(THREADS), 0, x, rows, row, position,
	              place, global, batch, visible, width));
}

void tokens_forward_cuda(struct device *d, act *x, const act *rows, const int32_t *row, const float *position, const int32_t *place,
                         const act *global, int batch, int visible, int width) {
	ACT_TYPES(d, tokens_forward<T>(d, x, rows, row, position, place, global, batch, visible, width));
}

template <typename T, int N>
static __global__ void __launch_bounds__(THREADS) token_gradients(T *drows, const T *dx, const int32_t *row, int batch, int visible, int width) {
	int i = (int)(blockIdx.x * WARPS + threadIdx.x / WARP), lane = (int)threadIdx.x % WARP;
	if (i >= batch * visible) return;
	const T *in = dx + ((int64_t)i + i / visible) * width; /* every sample before has one token more */
	T *out = drows + (int64_t)row[i] * width;
#pragma unroll 3
	for (int j = lane * N; j < width; j += WARP * N) piece_copy<N>(out + j, in + j);
}

/* Block (c, k): THREADS columns of the global tokens of samples k, k + gridDim.y, ...; their sums are row k of PARTIAL [gridDim.y, width]. */
template <typename T> static __global__ void __launch_bounds__(THREADS) global_sums(float *partial, const T *dx, int batch, int visible, int width) {
	int column = (int)(blockIdx.x * THREADS + threadIdx.x);
	if (column >= width) return;
	float sum = 0;
#pragma unroll 8
	for (int b = (int)blockIdx.y; b < batch; b += (int)gridDim.y) sum += widen(dx[((int64_t)b * (visible + 1) + visible) * width + column]);
	partial[(int64_t)blockIdx.y * width + column] = sum;
}

template <typename T>
static void tokens_backward(struct device *d, act *drows, float *dglobal, const act *dx, const int32_t *row, int batch, int visible, int width) {
	int blocks = batch < GLOBAL_BLOCKS ? batch : GLOBAL_BLOCKS;
	float *partial = (float *)cuda_scratch(d, sizeof(float) * (size_t)blocks * (size_t)width);
	if (!partial) return;
	PIECES(packs<T>(drows, width) && packs<T>(dx, width), pack<T>::N,
	       launch(d, token_gradients<T, N>, dim3((unsigned)ceil_div((int64_t)batch * visible, WARPS)), dim3(THREADS), 0, drows, dx, row, batch,
	              visible, width));
	launch(d, global_sums<T>, dim3((unsigned)ceil_div(width, THREADS), (unsigned)blocks), dim3(THREADS), 0, partial, dx, batch, visible, width);
	partial_sums(d, {{{dglobal, partial, blocks}}}, 1, width);
}

void tokens_backward_cuda(struct device *d, act *drows, float *dglobal, const act *dx, const int32_t *row, int batch, int visible, int width) {
	ACT_TYPES(d, tokens_backward<T>(d, drows, dglobal, dx, row, batch, visible, width));
}
