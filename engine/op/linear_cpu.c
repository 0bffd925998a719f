/* A matmul is cut into pieces, each one single-threaded product, dealt to the threads as they come free (cpu.h). What costs beside the
 * products is every further pass over memory: so a forward piece is a run of rows whose result stays in the
 * second-level cache, and bias, GELU and the bias's gradient are applied to it right beside its product.
 * oneDNN multiplies thin pieces at full speed only where neither side is transposed (measured: 205 against 150 GFLOP/s
 * at 24 x 768 x 3072), so w is transposed first, once: in * out elements against 2 * rows * in * out operations. */
#include "engine/op/linear.h"

#include "engine/op/cpu.h"
#include "engine/op/gemm.h"
#include "engine/op/tile.h"
#include "engine/op/vmath.h"

enum {
	PIECE_FLOATS = 128 << 10, /* 512 KiB: half of a common second-level cache, the weights' panels take the other */
	PIECE_ROWS = 32,          /* fewer make the packing of the weights show */
	BLOCK_SIDE = 48,          /* likewise, for the weight's gradient */
};

static struct pieces row_pieces(const struct device *d, int rows, int width) {
	int most = PIECE_FLOATS / width;
	return pieces_of(d, rows, most > PIECE_ROWS ? most : PIECE_ROWS, PIECE_ROWS);
}

static int least(int a, int b) { return a < b ? a : b; }

static void bias_add(float *restrict y, const float *restrict b, int rows, int out) {
	for (int i = 0; i < rows; i++, y += out) {
#pragma omp simd
		for (int j = 0; j < out; j++) y[j] += b[j];
	}
}

static void bias_gelu(float *restrict y, float *restrict pre, const float *restrict b, int rows, int out) {
	for (int i = 0; i < rows; i++, y += out, pre += out) {
#pragma omp simd
		for (int j = 0; j < out; j++) {
			float u = pre[j] + (b ? b[j] : 0);
			pre[j] = u;
			y[j] = gelu_v(u);
		}
	}
}

/* TO [in, to_step] = w [out, in] transposed, by all threads together. */
static void weight_turn(float *to, int to_step, const float *w, int in, int out) {
	struct span span = thread_span((in + LANES - 1) / LANES);
	int first = (int)span.first * LANES, last = (int)span.last * LANES < in ? (int)span.last * LANES : in;
	tile_transpose(to + (size_t)first * to_step, (size_t)to_step, w + first, (size_t)in, out, last - first, 1);
#pragma omp barrier
}

/* The same in bf16: the product first, then bias and GELU in a pass of their own (the library's threads are not ours). */
static void forward_bf16(struct device *d, float *y, float *gelu, const float *x, const float *w, const float *b, int rows, int in, int out) {
	const bf16 *left = bf16_round(d, BF16_X, x, rows, in), *right = bf16_round(d, BF16_W, w, out, in);
	if (!left || !right) return;
	gemm_bf16(d, false, true, rows, out, in, left, right, false, y);
	if (!gelu && !b) return;
#pragma omp parallel
	{
		struct span span = thread_span(rows);
		int64_t at = span.first * out;
		int n = (int)(span.last - span.first);
		if (gelu) bias_gelu(gelu + at, y + at, b, n, out);
		else bias_add(y + at, b, n, out);
	}
}

/* y = x w^T + b and, unless NULL, gelu = GELU(y). */
static void forward(struct device *d, float *y, float *gelu, const float *x, const float *w, const float *b, int rows, int in, int out) {
	if (cpu_in_bf16(d)) {
		forward_bf16(d, y, gelu, x, w, b, rows, in, out);
		return;
	}
	int step = lanes_round(out);
	struct pieces p = row_pieces(d, rows, gelu ? 2 * out : out);
	if (!cpu_scratch_reserve(d, (size_t)in * step / (size_t)d->threads + LANES)) return;
	float *turned = cpu_scratch(d, 0); /* all threads' scratch as one */
	threads_apply(d);
#pragma omp parallel
	{
		weight_turn(turned, step, w, in, out);
#pragma omp for schedule(dynamic, 1)
		for (int i = 0; i < p.count; i++) {
			size_t first = (size_t)i * p.size;
			int n = least(p.size, rows - i * p.size);
			float *to = y + first * out;
			gemm(d, false, false, n, out, in, 1, x + first * in, in, turned, step, 0, to, out);
			if (gelu) bias_gelu(gelu + first * out, to, b, n, out);
			else if (b) bias_add(to, b, n, out);
		}
	}
}

void linear_forward_cpu(struct device *d, act *y, const act *x, const act *w, const act *b, int rows, int in, int out) {
	forward(d, y, NULL, x, w, b, rows, in, out);
}

void linear_gelu_forward_cpu(struct device *d, act *y, act *pre, const act *x, const act *w, const act *b, int rows, int in, int out) {
	forward(d, pre, y, x, w, b, rows, in, out);
}

/* dw and, unless NULL, dx. False: no memory. */
static bool backward_bf16(struct device *d, float *dx, float *dw, const float *dy, const float *x, const float *w, int rows, int in, int out,
                          bool accumulate) {
	const bf16 *g = bf16_round(d, BF16_DY, dy, rows, out), *input = bf16_round(d, BF16_X, x, rows, in),
	           *weight = dx ? bf16_round(d, BF16_W, w, out, in) : NULL;
	if (!g || !input || (dx && !weight)) return false;
	gemm_bf16(d, true, false, out, in, rows, g, input, false, dw);
	if (dx) gemm_bf16(d, false, false, rows, in, out, g, weight, accumulate, dx);
	return true;
}

/* The weight's gradient in blocks, none of which splits the sum over rows. A block packs its share of dy and of x: the grid is
 * the one that packs least. */
struct grid { int down, across, height, width; };

static struct grid grid_of(const struct device *d, int out, int in) {
	int count = pieces_of(d, 1 << 20, 1 << 20, 1).count, best = 1;
	for (int across = 2; across <= count; across *= 2)
		if ((int64_t)out * across + (int64_t)in * (count / across) < (int64_t)out * best + (int64_t)in * (count / best)) best = across;
	int height = lanes_round((out + count / best - 1) / (count / best)), width = lanes_round((in + best - 1) / best);
	if (height < BLOCK_SIDE) height = BLOCK_SIDE;
	if (width < BLOCK_SIDE) width = BLOCK_SIDE;
	return (struct grid){(out + height - 1) / height, (in + width - 1) / width, height, width};
}

void linear_backward_cpu(struct device *d, act *dx, float *dw, float *db, const act *dy, const act *x, const act *w, int rows, int in, int out,
                         bool accumulate) {
	const float *g = dy;
	struct grid grid = grid_of(d, out, in);
	struct pieces p = row_pieces(d, rows, in > out ? in : out);
	size_t step = (size_t)lanes_round(out);
	if (!cpu_scratch_reserve(d, (size_t)p.count * step / (size_t)d->threads + LANES)) return;
	float *sums = cpu_scratch(d, 0); /* [pieces][step] over all threads' scratch */
	if (cpu_in_bf16(d)) {
		if (!backward_bf16(d, dx, dw, dy, x, w, rows, in, out, accumulate)) return;
		grid.down = 0, dx = NULL; /* both done: what is left is db */
	}
	threads_apply(d);
#pragma omp parallel
	{
#pragma omp for schedule(dynamic, 1) nowait
		for (int i = 0; i < grid.down * grid.across; i++) {
			int o = i / grid.across * grid.height, j = i % grid.across * grid.width;
			gemm(d, true, false, least(grid.height, out - o), least(grid.width, in - j), rows, 1, g + o, out, (const float *)x + j, in, 0,
			     dw + (size_t)o * in + j, in);
		}
#pragma omp for schedule(dynamic, 1)
		for (int i = 0; i < p.count; i++) {
			size_t first = (size_t)i * p.size;
			int n = least(p.size, rows - i * p.size);
			if (db) memset(sums + i * step, 0, sizeof *sums * step);
			if (db) column_sums_add(sums + i * step, g + first * out, n, out);
			if (dx) gemm(d, false, false, n, in, out, 1, g + first * out, out, w, in, accumulate ? 1 : 0, (float *)dx + first * in, in);
		}
		if (db) column_sums_fold(db, sums, step, p.count, out);
	}
}

void linear_gelu_backward_cpu(struct device *d, act *dpre, float *dw, float *db, const act *dy, const act *y, const act *w, const act *pre, int rows,
                              int in, int out) {
	const float *u = pre;
	float *g = dpre;
	linear_backward_cpu(d, dpre, dw, db, dy, y, w, rows, in, out, false);
#pragma omp parallel for simd schedule(static)
	for (int64_t i = 0; i < (int64_t)rows * in; i++) g[i] *= gelu_slope_v(u[i]);
}
