/* The decoder's full sequence on the GPU: gathers, and sums over the batch. Bound by memory; every row is read once and written once.
 *
 * Forward a thread keeps what all samples have in common (position + task, the mask token) and goes through eight samples, all loaded before the
 * first is stored; backward a block goes through one granularity's rows of a fixed share of the samples and leaves one row of partial sums.
 *
 * PREDICTED (bytes over 4.3 TB/s; not measured), base at batch 2048 in bf16; 588 tokens of 256 elements, 98 + 1 context rows a sample:
 *                          reads MB            writes MB                         us
 *   sequence_forward       104 + slots 5       617                              169
 *   sequence_backward      617 + slots 5       100 (named rows) + 104 (zeros)   192
 *   rows_copy  196 rows    206                 206                               96
 *   rows_add   196 rows    411                 206                              143 */
#include "engine/op/pieces_cuda.h"
extern "C" {
#include "engine/op/sequence.h"
}

static constexpr int THREADS = 256;
static constexpr int SAMPLES = 8; /* that a thread of sequence_rows() goes through */
static constexpr int TEAMS = THREADS / WARP;
static constexpr int64_t GROUP_BLOCKS = 176; /* backward, for each of three granularities: four blocks on every processor of an H100 or H200.
                                                  A constant: which samples a block adds up decides the sums' last bits */

/* ---- forward ---- */

/* Thread: N columns of token t = g patches + n, of SAMPLES samples. */
template <typename T, int N>
static __global__ void __launch_bounds__(THREADS)
        sequence_rows(T *z, const T *context, const T *mask_token, const T *task0, const T *task1, const T *task2, const float *position,
                      const int32_t *slot, int batch, int tokens, int patches, int visible, int width) {
	int item = (int)(blockIdx.x * THREADS + threadIdx.x), pieces = width / N, t = item / pieces, column = item % pieces * N, g = t / patches;
	if (t >= tokens) return;
	const T *task = g == 0 ? task0 : (g == 1 ? task1 : task2);
	piece<T, N> masked = piece_load<N>(mask_token + column), kind = piece_load<N>(task + column), in[SAMPLES];
	piece<float, N> place = piece_load<N>(position + (int64_t)(t % patches) * width + column);
#pragma unroll
	for (int j = 0; j < N; j++) place.v[j] += widen(kind.v[j]);
	int first = (int)blockIdx.y * SAMPLES;
#pragma unroll
	for (int i = 0; i < SAMPLES; i++) {
		int b = first + i, at = b < batch ? slot[(int64_t)b * tokens + t] : -1;
		in[i] = at < 0 ? masked : piece_load<N>(context + ((int64_t)b * (visible + 1) + at) * width + column);
	}
#pragma unroll
	for (int i = 0; i < SAMPLES; i++) {
		if (first + i >= batch) return;
#pragma unroll
		for (int j = 0; j < N; j++) in[i].v[j] = narrow<T>(widen(in[i].v[j]) + place.v[j]);
		piece_store<N>(z + ((int64_t)(first + i) * tokens + t) * width + column, in[i]);
	}
}

template <typename T>
static void forward(struct device *d, act *z, const act *context, const act *mask_token, const act *const *task, const float *position,
                    const int32_t *slot, int batch, int groups, int patches, int visible, int width) {
	bool whole = packs<T>(z, width) && packs<T>(context, width) && packs<T>(mask_token, width) && packs<float>(position, width);
	for (int g = 0; g < groups; g++) whole = whole && packs<T>(task[g], width);
	int tokens = groups * patches;
	PIECES(whole, pack<T>::N,
	       launch(d, sequence_rows<T, N>, dim3((unsigned)ceil_div((int64_t)tokens * (width / N), THREADS), (unsigned)ceil_div(batch, SAMPLES)),
	              dim3(THREADS), 0, z, context, mask_token, task[0], groups > 1 ? task[1] : NULL, groups > 2 ? task[2] : NULL, position, slot,
	              batch, tokens, patches, visible, width));
}

void sequence_forward_cuda(struct device *d, act *z, const act *context, const act *mask_token, const act *const task[GRANULARITIES],
                           const float *position, const int32_t *slot, int batch, int groups, int patches, int visible, int width) {
	ACT_TYPES(d, forward<T>(d, z, context, mask_token, task, position, slot, batch, groups, patches, visible, width));
}

/* ---- backward ---- */

/* Block (c, p, g): 32 N columns of granularity g's rows of samples p, p + gridDim.y, ...; a warp has every eighth row of a sample. A row
 * with a slot goes to dcontext. Sums of masked rows go to row g gridDim.y + p of PARTIAL [groups gridDim.y, width], sums of all to the same row of
 * the matrix behind it. */
template <typename T, int N>
static __global__ void __launch_bounds__(THREADS)
        sequence_gradients(T *__restrict__ dcontext, float *__restrict__ partial, const T *__restrict__ dz, const int32_t *__restrict__ slot,
                           int batch, int patches, int visible, int width) {
	__shared__ float shared[THREADS * N];
	int column = (int)(blockIdx.x * WARP + threadIdx.x % WARP) * N, team = (int)threadIdx.x / WARP, groups = (int)gridDim.z, g = (int)blockIdx.z;
	float masked[N] = {0}, all[N] = {0};
	for (int b = column < width ? (int)blockIdx.y : batch; b < batch; b += (int)gridDim.y) {
		int64_t first = ((int64_t)b * groups + g) * patches;
#pragma unroll 4
		for (int n = team; n < patches; n += TEAMS) {
			int at = slot[first + n];
			piece<T, N> in = piece_load<N>(dz + (first + n) * width + column);
			if (at >= 0) piece_store<N>(dcontext + ((int64_t)b * (visible + 1) + at) * width + column, in);
#pragma unroll
			for (int j = 0; j < N; j++) {
				all[j] += widen(in.v[j]);
				masked[j] += at < 0 ? widen(in.v[j]) : 0;
			}
		}
	}
	int64_t row = (int64_t)g * gridDim.y + blockIdx.y;
	int start = (int)blockIdx.x * WARP * N, columns = width - start < WARP * N ? width - start : WARP * N;
	block_columns<WARP, N>(partial + row * width + start, masked, shared, columns);
	block_columns<WARP, N>(partial + ((int64_t)groups * gridDim.y + row) * width + start, all, shared, columns);
}

template <typename T>
static void backward(struct device *d, act *dcontext, float *dmask_token, float *const *dtask, const act *dz, const int32_t *slot, int batch,
                     int groups, int patches, int visible, int width) {
	int64_t blocks = lesser(batch, GROUP_BLOCKS), rows = groups * blocks;
	float *partial = (float *)cuda_scratch(d, sizeof(float) * 2 * GRANULARITIES * GROUP_BLOCKS * (size_t)width);
	if (!partial) return;
	cuda_failed(d, cudaMemsetAsync(dcontext, 0, sizeof(T) * (size_t)batch * (size_t)(visible + 1) * (size_t)width, cuda_of(d)->compute),
	            "clearing rows");
	PIECES(packs<T>(dcontext, width) && packs<T>(dz, width), pack<T>::N,
	       launch(d, sequence_gradients<T, N>, dim3((unsigned)ceil_div(width, WARP * N), (unsigned)blocks, (unsigned)groups), dim3(THREADS), 0,
	              dcontext, partial, dz, slot, batch, patches, visible, width));
	struct partials sums = {{{dmask_token, partial, (int)rows}}};
	for (int g = 0; g < groups; g++) sums.of[1 + g] = {dtask[g], partial + (rows + g * blocks) * width, (int)blocks};
	partial_sums(d, sums, 1 + groups, width);
}

/* Rows that no slot names are zeroed by clearing all of dcontext first: finding them would take a kernel of its own to save 24 us of a step. */
void sequence_backward_cuda(struct device *d, act *dcontext, float *dmask_token, float *const dtask[GRANULARITIES], const act *dz,
                            const int32_t *slot, int batch, int groups, int patches, int visible, int width) {
	ACT_TYPES(d, backward<T>(d, dcontext, dmask_token, dtask, dz, slot, batch, groups, patches, visible, width));
}

/* ---- a granularity's rows: COUNT contiguous elements of each sample ---- */

template <typename T, int N>
static __global__ void __launch_bounds__(THREADS) copy_rows(T *__restrict__ out, const T *__restrict__ z, int64_t count, int64_t z_stride) {
	int64_t first = piece_first<N>(), step = piece_step<N>();
#pragma unroll
	for (int i = 0; i < EACH; i++)
		if (first + i * step < count)
			piece_copy<N>(out + blockIdx.y * count + first + i * step, z + blockIdx.y * z_stride + first + i * step);
}

template <typename T, int N> static __global__ void __launch_bounds__(THREADS) add_rows(T *z, const T *x, int64_t count, int64_t z_stride) {
	pieces_add<N>(z + blockIdx.y * z_stride, z + blockIdx.y * z_stride, x + blockIdx.y * count, count);
}

/* WIDTH in whole packs makes every stride and start so. */
template <typename T> static void copy(struct device *d, act *out, const act *z, int first, int n, int tokens, int batch, int width) {
	PIECES(packs<T>(out, width) && packs<T>(z, width), pack<T>::N, int64_t count = (int64_t)n * width;
	       launch(d, copy_rows<T, N>, dim3(blocks_along(count, THREADS, N), (unsigned)batch), dim3(THREADS), 0, out,
	              (const T *)z + (int64_t)first * width, count, (int64_t)tokens * width));
}
template <typename T> static void add(struct device *d, act *z, const act *x, int first, int n, int tokens, int batch, int width) {
	PIECES(packs<T>(z, width) && packs<T>(x, width), pack<T>::N, int64_t count = (int64_t)n * width;
	       launch(d, add_rows<T, N>, dim3(blocks_along(count, THREADS, N), (unsigned)batch), dim3(THREADS), 0, (T *)z + (int64_t)first * width, x,
	              count, (int64_t)tokens * width));
}

void rows_copy_cuda(struct device *d, act *out, const act *z, int first, int n, int tokens, int batch, int width) {
	ACT_TYPES(d, copy<T>(d, out, z, first, n, tokens, batch, width));
}
void rows_add_cuda(struct device *d, act *z, const act *x, int first, int n, int tokens, int batch, int width) {
	ACT_TYPES(d, add<T>(d, z, x, first, n, tokens, batch, width));
}
