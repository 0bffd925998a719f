/* AdamW and what else walks the flat buffers, on the GPU. Bound by memory: one pass, four floats a thread and buffer.
 *
 * PREDICTED (bytes over 4.3 TB/s; not measured), base in bf16 with about 100 M parameters:
 *                   bytes an element                                                 MB     us
 *   adamw           16 (master, gradient, m, v) read, 12 + 2 (compute) written    3,000    698
 *   sum_squares     4 read                                                          400     93
 *   convert, widen  6                                                               600    140 */
#include "engine/op/pieces_cuda.h"
extern "C" {
#include "engine/op/optimizer.h"
}

static constexpr int THREADS = 256;
static constexpr int FLOATS = pack<float>::N;
static constexpr int64_t SQUARES_BLOCKS = 132 * 8; /* every processor of an H100 or H200 is full; constant, because it decides the sum's last bits */

/* ---- AdamW ---- */

struct rates {
	float beta1, beta2, decay, rate, root, epsilon;
}; /* decay: 1 - lr decay; rate: lr / correction1; root: correction2^-1/2 */

/* COMPUTE may be MASTER. */
template <typename T, int N>
static __global__ void __launch_bounds__(THREADS) adamw_pieces(float *master, T *compute, const float *gradient, float *m, float *v, int64_t n,
                                                               int64_t decayed, const double *guard, struct rates r) {
	int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * N;
	if (at >= n || !isfinite(guard[0]) || !isfinite(guard[1])) return;
	piece<float, N> w = piece_load<N>(master + at), first = piece_load<N>(m + at), second = piece_load<N>(v + at),
	                g = piece_load<N>(gradient + at);
	piece<T, N> copy;
#pragma unroll
	for (int j = 0; j < N; j++) {
		first.v[j] = r.beta1 * first.v[j] + (1 - r.beta1) * g.v[j];
		second.v[j] = r.beta2 * second.v[j] + (1 - r.beta2) * g.v[j] * g.v[j];
		w.v[j] = w.v[j] * (at + j < decayed ? r.decay : 1) - r.rate * first.v[j] / (sqrtf(second.v[j]) * r.root + r.epsilon);
		copy.v[j] = narrow<T>(w.v[j]);
	}
	piece_store<N>(m + at, first);
	piece_store<N>(v + at, second);
	piece_store<N>(master + at, w);
	if ((const void *)compute != (const void *)master) piece_store<N>(compute + at, copy);
}

template <typename T>
static void step(struct device *d, float *master, act *compute, const float *gradient, float *m, float *v, int64_t n, int64_t decayed,
                 const double *guard, const struct rates &r) {
	bool whole = packs<float>(master, n) && packs<float>(compute, n) && packs<float>(gradient, n) && packs<float>(m, n) && packs<float>(v, n);
	PIECES(whole, FLOATS,
	       launch(d, adamw_pieces<T, N>, dim3((unsigned)ceil_div(n, THREADS * N)), dim3(THREADS), 0, master, compute, gradient, m, v, n, decayed,
	              guard, r));
}

void adamw_cuda(struct device *d, float *master, act *compute, const float *gradient, float *m, float *v, int64_t n, int64_t decayed,
                const double *guard, const struct adamw_step *s) {
	struct rates r = {s->beta1, s->beta2, 1 - s->lr * s->decay, s->lr / s->correction1, 1 / sqrtf(s->correction2), s->epsilon};
	ACT_TYPES(d, step<T>(d, master, compute, gradient, m, v, n, decayed, guard, r));
}

/* ---- the sum of squares ---- */

/* *out = the sum over a block; halves are added to halves. */
static __device__ inline void block_total(double *out, double x) {
	__shared__ double sum[THREADS];
	sum[threadIdx.x] = x;
	for (int half = THREADS / 2; half > 0; half /= 2) {
		__syncthreads();
		if ((int)threadIdx.x < half) sum[threadIdx.x] += sum[threadIdx.x + half];
	}
	if (threadIdx.x == 0) *out = sum[0];
}

template <int N> static __global__ void __launch_bounds__(THREADS) square_pieces(double *partial, const float *x, int64_t n) {
	double sum = 0;
#pragma unroll 4
	for (int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * N; at < n; at += (int64_t)gridDim.x * THREADS * N) {
		piece<float, N> p = piece_load<N>(x + at);
#pragma unroll
		for (int j = 0; j < N; j++) sum += (double)p.v[j] * p.v[j];
	}
	block_total(partial + blockIdx.x, sum);
}

static __global__ void __launch_bounds__(THREADS) add_squares(double *out, const double *partial, int count) {
	double sum = 0;
	for (int i = (int)threadIdx.x; i < count; i += THREADS) sum += partial[i];
	block_total(out, sum);
}

void sum_squares_cuda(struct device *d, double *out, const float *x, int64_t n) {
	double *partial = (double *)cuda_scratch(d, sizeof(double) * SQUARES_BLOCKS);
	int64_t blocks = 0;
	if (!partial) return;
	PIECES(packs<float>(x, n), FLOATS, blocks = lesser(ceil_div(n, THREADS * N), SQUARES_BLOCKS);
	       launch(d, square_pieces<N>, dim3((unsigned)blocks), dim3(THREADS), 0, partial, x, n));
	launch(d, add_squares, dim3(1), dim3(THREADS), 0, out, partial, blocks);
}

/* ---- between float and the element type ---- */

template <typename TO, typename FROM, int N> static __global__ void __launch_bounds__(THREADS) convert_pieces(TO *out, const FROM *x, int64_t n) {
	int64_t first = piece_first<N>(), step = piece_step<N>();
	piece<FROM, N> in[EACH];
#pragma unroll
	for (int i = 0; i < EACH; i++)
		if (first + i * step < n) in[i] = piece_load<N>(x + first + i * step);
#pragma unroll
	for (int i = 0; i < EACH; i++) {
		if (first + i * step >= n) break;
		piece<TO, N> p;
#pragma unroll
		for (int j = 0; j < N; j++) p.v[j] = narrow<TO>(widen(in[i].v[j]));
		piece_store<N>(out + first + i * step, p);
	}
}

template <typename TO, typename FROM> static void change(struct device *d, void *out, const void *x, int64_t n) {
	if (out == x) return; /* float to float */
	PIECES(packs<float>(out, n) && packs<float>(x, n), FLOATS,
	       launch(d, convert_pieces<TO, FROM, N>, dim3(blocks_along(n, THREADS, N)), dim3(THREADS), 0, out, x, n));
}

void convert_cuda(struct device *d, act *out, const float *x, int64_t n) { ACT_TYPES(d, (change<T, float>(d, out, x, n))); }
void widen_cuda(struct device *d, float *out, const act *x, int64_t n) { ACT_TYPES(d, (change<float, T>(d, out, x, n))); }
