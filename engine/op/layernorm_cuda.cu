/* LayerNorm on the GPU. Bound by memory: a row is read once, lives in the registers of a warp or half a warp, and is written once.
 *
 * A row of up to 1024 elements in whole 16-byte packs lies in LANES lanes of a warp, VALUES elements in each. Rows of up to 512 elements take half
 * a warp: two rows share every instruction of the sums' butterflies. Other rows (an odd width, or a wider one) go by the plain kernels at the end,
 * which read a row again, from the cache, for each pass.
 * Blocks loop over the rows. Forward, the grid follows the processors (a row's result does not depend on it); backward it is fixed, because
 * which rows a block adds up decides the last bits of dgamma and dbeta. gamma and beta are read again for each row, from the first cache: kept
 * in registers, widened, they would take as many as two more rows.
 *
 * PREDICTED (bytes over 4.3 TB/s; not measured), base at batch 2048 in bf16:
 *                                       rows x width                bytes an element                       MB       us
 *   layernorm_forward                   202,752 x 768 (encoder)     x, y: 4                               623      145
 *   residual_layernorm_forward          202,752 x 768               x, r, sum, y: 8                     1,246      290
 *                                       401,408 x 256 (a stage)     8                                     822      191
 *                                     1,204,224 x 256 (context)     8                                   2,466      574
 *   layernorm_backward with add         202,752 x 768               dy, x, add, dx: 8                   1,246      290
 *                                       401,408 x 256               8                                     822      191
 *   add                                 202,752 x 768               a, b, y: 6                            934      217
 * The rows' statistics are 8 bytes a row and the partial sums 528 x 2 x width floats: under 1 % of these. */
#include "engine/op/pieces_cuda.h"
extern "C" {
#include "engine/op/layernorm.h"
}

static constexpr int THREADS = 128;
static constexpr int ROWS_PLAIN = THREADS / WARP; /* rows of a block of a plain kernel */
static constexpr int WIDTH_MAX = 1024; /* of the rows that registers hold */
static constexpr int PLAIN_TEAMS = 8;
static constexpr int64_t PLAIN_BLOCKS = 64; /* of PLAIN_TEAMS, along the rows; constant too */

/* Blocks that a processor holds at once, by a thread's registers (65,536 over 128 threads): VALUES and what is beside them, forward; backward the row
 * twice, dgamma and dbeta. */
static constexpr int forward_resident(int values) { return values <= 16 ? 7 : values <= 24 ? 5 : 4; }
static constexpr int backward_resident(int values) { return values <= 16 ? 4 : values <= 24 ? 3 : 2; }
static constexpr int64_t backward_blocks(int values) { return 132 * backward_resident(values); } /* a round of an H100 or H200; constant: see above */
static constexpr size_t PARTIAL_ROWS = 132 * 4; /* the most rows of partial sums: of backward_blocks(), or PLAIN_BLOCKS teams of eight */

/* Runs the rest with LANES and VALUES for rows of WIDTH elements. */
/* clang-format off */
#define SHARES(width, ...)                                                                     \
	do {                                                                                   \
		if ((width) <= 128) { constexpr int LANES = 16, VALUES = 8; __VA_ARGS__; }          \
		else if ((width) <= 256) { constexpr int LANES = 16, VALUES = 16; __VA_ARGS__; }    \
		else if ((width) <= 384) { constexpr int LANES = 16, VALUES = 24; __VA_ARGS__; }    \
		else if ((width) <= 512) { constexpr int LANES = 16, VALUES = 32; __VA_ARGS__; }    \
		else if ((width) <= 768) { constexpr int LANES = 32, VALUES = 24; __VA_ARGS__; }    \
		else { constexpr int LANES = 32, VALUES = 32; __VA_ARGS__; }                        \
	} while (0)
/* clang-format on */

template <int LANES> static __device__ inline float lanes_sum(float x) {
#pragma unroll
	for (int lane = LANES / 2; lane > 0; lane /= 2) x += __shfl_xor_sync(0xffffffffu, x, lane);
	return x;
}

/* A lane's packs of a row, and back; zeros behind the row's end and where not VALID. */
template <int LANES, int PACKS, typename T>
static __device__ inline void share_load(pack<T> (&p)[PACKS], const T *row, int lane, int width, bool valid) {
#pragma unroll
	for (int i = 0; i < PACKS; i++) {
		int at = (i * LANES + lane) * pack<T>::N;
		p[i] = valid && at < width ? *(const pack<T> *)(row + at) : pack<T>{};
	}
}
template <int LANES, int PACKS, typename T> static __device__ inline void share_store(T *row, const pack<T> (&p)[PACKS], int lane, int width) {
#pragma unroll
	for (int i = 0; i < PACKS; i++) {
		int at = (i * LANES + lane) * pack<T>::N;
		if (at < width) *(pack<T> *)(row + at) = p[i];
	}
}

/* ---- forward ---- */

/* RESIDUAL: SUM = X + R first, and the statistics are those of the sum as it is stored. */
template <typename T, int LANES, int VALUES, bool RESIDUAL>
static __global__ void __launch_bounds__(THREADS, forward_resident(VALUES))
        normalise_rows(T *sum, T *y, float *mean, float *rstd, const T *x, const T *r, const T *gamma, const T *beta, int rows, int width) {
	constexpr int N = pack<T>::N, PACKS = VALUES / N, TEAMS = THREADS / LANES;
	int lane = (int)threadIdx.x % LANES, team = (int)threadIdx.x / LANES;
	for (int first = (int)blockIdx.x * TEAMS; first < rows; first += (int)gridDim.x * TEAMS) {
		int row = first + team;
		bool valid = row < rows;
		int64_t at = (int64_t)row * width;
		pack<T> in[PACKS], other[PACKS];
		share_load<LANES>(in, x + at, lane, width, valid);
		if constexpr (RESIDUAL) share_load<LANES>(other, r + at, lane, width, valid);
		float v[VALUES], total = 0, square = 0;
#pragma unroll
		for (int i = 0; i < VALUES; i++) {
			if constexpr (RESIDUAL) in[i / N].v[i % N] = narrow<T>(widen(in[i / N].v[i % N]) + widen(other[i / N].v[i % N]));
			v[i] = widen(in[i / N].v[i % N]);
			total += v[i];
		}
		if constexpr (RESIDUAL)
			if (valid) share_store<LANES>(sum + at, in, lane, width);
		float m = lanes_sum<LANES>(total) / (float)width;
#pragma unroll
		for (int i = 0; i < VALUES; i++)
			if ((i / N * LANES + lane) * N < width) square += (v[i] - m) * (v[i] - m);
		float s = 1 / sqrtf(lanes_sum<LANES>(square) / (float)width + LAYERNORM_EPSILON);
		pack<T> scale[PACKS], shift[PACKS];
		share_load<LANES>(scale, gamma, lane, width, true);
		share_load<LANES>(shift, beta, lane, width, true);
#pragma unroll
		for (int i = 0; i < VALUES; i++)
			in[i / N].v[i % N] = narrow<T>((v[i] - m) * s * widen(scale[i / N].v[i % N]) + widen(shift[i / N].v[i % N]));
		if (!valid) continue;
		share_store<LANES>(y + at, in, lane, width);
		if (lane == 0) mean[row] = m, rstd[row] = s;
	}
}

/* One warp a row, of any width. */
template <typename T, bool RESIDUAL>
static __global__ void __launch_bounds__(THREADS)
        normalise_rows_plain(T *sum, T *y, float *mean, float *rstd, const T *x, const T *r, const T *gamma, const T *beta, int rows, int width) {
	int lane = (int)threadIdx.x % WARP, row = (int)(blockIdx.x * ROWS_PLAIN + threadIdx.x / WARP);
	int64_t at = (int64_t)row * width;
	if (row >= rows) return;
	const T *in = RESIDUAL ? sum + at : x + at; /* a lane reads again only what it wrote itself */
	float total = 0, square = 0;
	for (int j = lane; j < width; j += WARP) {
		if constexpr (RESIDUAL) sum[at + j] = narrow<T>(widen(x[at + j]) + widen(r[at + j]));
		total += widen(in[j]);
	}
	float m = warp_sum(total) / (float)width;
	for (int j = lane; j < width; j += WARP) square += (widen(in[j]) - m) * (widen(in[j]) - m);
	float s = 1 / sqrtf(warp_sum(square) / (float)width + LAYERNORM_EPSILON);
	for (int j = lane; j < width; j += WARP) y[at + j] = narrow<T>((widen(in[j]) - m) * s * widen(gamma[j]) + widen(beta[j]));
	if (lane == 0) mean[row] = m, rstd[row] = s;
}

template <typename T, bool RESIDUAL>
static void forward(struct device *d, act *sum, act *y, float *mean, float *rstd, const act *x, const act *r, const act *gamma, const act *beta,
                    int rows, int width) {
	bool whole = width <= WIDTH_MAX && packs<T>(y, width) && packs<T>(x, width) && packs<T>(gamma, width) && packs<T>(beta, width) &&
	             packs<T>(sum, width) && packs<T>(r, width);
	if (whole) {
		SHARES(width, int64_t blocks = lesser(ceil_div(rows, THREADS / LANES), (int64_t)cuda_of(d)->processors * forward_resident(VALUES));
		       launch(d, normalise_rows<T, LANES, VALUES, RESIDUAL>, dim3((unsigned)blocks), dim3(THREADS), 0, sum, y, mean, rstd, x, r,
		              gamma, beta, rows, width));
	} else {
		launch(d, normalise_rows_plain<T, RESIDUAL>, dim3((unsigned)ceil_div(rows, ROWS_PLAIN)), dim3(THREADS), 0, sum, y, mean, rstd, x, r,
		       gamma, beta, rows, width);
	}
}

void layernorm_forward_cuda(struct device *d, act *y, float *mean, float *rstd, const act *x, const act *gamma, const act *beta, int rows,
                            int width) {
	ACT_TYPES(d, (forward<T, false>(d, NULL, y, mean, rstd, x, NULL, gamma, beta, rows, width)));
}

void residual_layernorm_forward_cuda(struct device *d, act *sum, act *y, float *mean, float *rstd, const act *x, const act *r, const act *gamma,
                                     const act *beta, int rows, int width) {
	ACT_TYPES(d, (forward<T, true>(d, sum, y, mean, rstd, x, r, gamma, beta, rows, width)));
}

/* ---- backward ---- */

/* dx, and the block's sums of dgamma into row blockIdx.x of PARTIAL [gridDim.x, width], of dbeta into the same row of the matrix behind it. */
template <typename T, int LANES, int VALUES>
static __global__ void __launch_bounds__(THREADS, backward_resident(VALUES))
        row_gradients(T *dx, float *partial, const T *dy, const T *x, const float *mean, const float *rstd, const T *gamma, const T *add, int rows,
                      int width) {
	constexpr int N = pack<T>::N, PACKS = VALUES / N, TEAMS = THREADS / LANES;
	__shared__ float shared[THREADS * VALUES];
	int lane = (int)threadIdx.x % LANES, team = (int)threadIdx.x / LANES;
	float dgamma[VALUES] = {0}, dbeta[VALUES] = {0};
	for (int first = (int)blockIdx.x * TEAMS; first < rows; first += (int)gridDim.x * TEAMS) {
		int row = first + team;
		bool valid = row < rows;
		int64_t at = (int64_t)row * width;
		pack<T> gradient[PACKS], in[PACKS], out[PACKS], scale[PACKS];
		share_load<LANES>(gradient, dy + at, lane, width, valid);
		share_load<LANES>(in, x + at, lane, width, valid);
		share_load<LANES>(out, add + at, lane, width, valid && add);
		share_load<LANES>(scale, gamma, lane, width, true);
		float m = valid ? mean[row] : 0, s = valid ? rstd[row] : 0, xhat[VALUES], g[VALUES], g_sum = 0, gx_sum = 0;
#pragma unroll
		for (int i = 0; i < VALUES; i++) {
			float dy_i = widen(gradient[i / N].v[i % N]);
			xhat[i] = (widen(in[i / N].v[i % N]) - m) * s;
			g[i] = dy_i * widen(scale[i / N].v[i % N]);
			dgamma[i] += dy_i * xhat[i];
			dbeta[i] += dy_i;
			g_sum += g[i];
			gx_sum += g[i] * xhat[i];
		}
		float g_mean = lanes_sum<LANES>(g_sum) / (float)width, gx_mean = lanes_sum<LANES>(gx_sum) / (float)width;
#pragma unroll
		for (int i = 0; i < VALUES; i++)
			out[i / N].v[i % N] = narrow<T>(widen(out[i / N].v[i % N]) + (g[i] - g_mean - xhat[i] * gx_mean) * s);
		if (valid) share_store<LANES>(dx + at, out, lane, width);
	}
	block_columns<LANES, N>(partial + (int64_t)blockIdx.x * width, dgamma, shared, width);
	block_columns<LANES, N>(partial + ((int64_t)gridDim.x + blockIdx.x) * width, dbeta, shared, width);
}

/* dx alone, one warp a row, of any width. */
template <typename T>
static __global__ void __launch_bounds__(THREADS)
        row_gradients_plain(T *dx, const T *dy, const T *x, const float *mean, const float *rstd, const T *gamma, const T *add, int rows, int width) {
	int lane = (int)threadIdx.x % WARP, row = (int)(blockIdx.x * ROWS_PLAIN + threadIdx.x / WARP);
	int64_t at = (int64_t)row * width;
	if (row >= rows) return;
	float m = mean[row], s = rstd[row], g_sum = 0, gx_sum = 0;
	for (int j = lane; j < width; j += WARP) {
		float g = widen(dy[at + j]) * widen(gamma[j]);
		g_sum += g;
		gx_sum += g * (widen(x[at + j]) - m) * s;
	}
	float g_mean = warp_sum(g_sum) / (float)width, slope = warp_sum(gx_sum) / (float)width * s;
	for (int j = lane; j < width; j += WARP) {
		float back = (widen(dy[at + j]) * widen(gamma[j]) - g_mean - (widen(x[at + j]) - m) * slope) * s;
		dx[at + j] = narrow<T>((add ? widen(add[at + j]) : 0) + back);
	}
}

/* Its sums: each of the gridDim.y PLAIN_TEAMS teams has a row of PARTIAL for dgamma, and one behind all of those for dbeta. */
template <typename T>
static __global__ void __launch_bounds__(WARP *PLAIN_TEAMS)
        column_gradients_plain(float *partial, const T *dy, const T *x, const float *mean, const float *rstd, int rows, int width) {
	int column = (int)(blockIdx.x * WARP + threadIdx.x % WARP), team = (int)(blockIdx.y * PLAIN_TEAMS + threadIdx.x / WARP);
	int teams = (int)gridDim.y * PLAIN_TEAMS;
	float dgamma = 0, dbeta = 0;
	if (column >= width) return;
	for (int row = team; row < rows; row += teams) {
		int64_t at = (int64_t)row * width + column;
		float gradient = widen(dy[at]);
		dgamma += gradient * (widen(x[at]) - mean[row]) * rstd[row];
		dbeta += gradient;
	}
	partial[(int64_t)team * width + column] = dgamma;
	partial[(int64_t)(teams + team) * width + column] = dbeta;
}

template <typename T>
static void backward(struct device *d, act *dx, float *dgamma, float *dbeta, const act *dy, const act *x, const float *mean, const float *rstd,
                     const act *gamma, const act *add, int rows, int width) {
	bool whole = width <= WIDTH_MAX && packs<T>(dx, width) && packs<T>(dy, width) && packs<T>(x, width) && packs<T>(gamma, width) &&
	             packs<T>(add, width);
	int64_t blocks = lesser(ceil_div(rows, PLAIN_TEAMS), PLAIN_BLOCKS), count = blocks * PLAIN_TEAMS;
	float *partial = (float *)cuda_scratch(d, sizeof(float) * 2 * PARTIAL_ROWS * (size_t)width);
	if (!partial) return;
	if (whole) {
		SHARES(width, count = lesser(ceil_div(rows, THREADS / LANES), backward_blocks(VALUES));
		       launch(d, row_gradients<T, LANES, VALUES>, dim3((unsigned)count), dim3(THREADS), 0, dx, partial, dy, x, mean, rstd, gamma, add,
		              rows, width));
	} else {
		launch(d, column_gradients_plain<T>, dim3((unsigned)ceil_div(width, WARP), (unsigned)blocks), dim3(WARP * PLAIN_TEAMS), 0, partial,
		       dy, x, mean, rstd, rows, width);
		launch(d, row_gradients_plain<T>, dim3((unsigned)ceil_div(rows, ROWS_PLAIN)), dim3(THREADS), 0, dx, dy, x, mean, rstd, gamma, add,
		       rows, width);
	}
	partial_sums(d, {{{dgamma, partial, (int)count}, {dbeta, partial + count * width, (int)count}}}, 2, width);
}

void layernorm_backward_cuda(struct device *d, act *dx, float *dgamma, float *dbeta, const act *dy, const act *x, const float *mean,
                             const float *rstd, const act *gamma, const act *add, int rows, int width) {
	ACT_TYPES(d, backward<T>(d, dx, dgamma, dbeta, dy, x, mean, rstd, gamma, add, rows, width));
}

/* ---- sums of two streams ---- */

template <typename T, int N> static __global__ void __launch_bounds__(THREADS) add_streams(T *y, const T *a, const T *b, int64_t n) {
	pieces_add<N>(y, a, b, n);
}

template <typename T> static void add(struct device *d, act *y, const act *a, const act *b, int64_t n) {
	PIECES(packs<T>(y, n) && packs<T>(a, n) && packs<T>(b, n), pack<T>::N,
	       launch(d, add_streams<T, N>, dim3(blocks_along(n, THREADS, N)), dim3(THREADS), 0, y, a, b, n));
}

void add_cuda(struct device *d, act *y, const act *a, const act *b, int64_t n) { ACT_TYPES(d, add<T>(d, y, a, b, n)); }
