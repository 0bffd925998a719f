/* A thread takes one (batch, head) at a time, and a block of its queries: their scores stay in the second-level cache between the
 * products, and dk and dv are summed by one thread in one order. Heads are columns of wider rows. What serves as the right side of a
 * product is packed once a head, padded to whole vectors (and transposed where the product needs it so): a small
 * share of the work, after which every product runs at the speed of its multiply-adds (tile.h). */
#include "engine/op/attention.h"

#include <math.h>

#include "engine/op/cpu.h"
#include "engine/op/tile.h"
#include "engine/op/vmath.h"

enum { SCORES_FLOATS = 96 << 10 }; /* 384 KiB of scores at once */

/* Padded sizes, and how many queries make a block. */
struct plan {
	int keys, head_dim, rows;
	float scale;
};

static struct plan plan_of(const struct attention_shape *s, int score_blocks) {
	int keys = lanes_round(s->keys), most = SCORES_FLOATS / score_blocks / keys / TILE_ROWS * TILE_ROWS;
	int blocks = (s->queries + most) / (most > 1 ? most : 1);
	int rows = ((s->queries + blocks - 1) / blocks + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
	return (struct plan){keys, lanes_round(s->head_dim), rows, 1 / sqrtf((float)s->head_dim)};
}

/* One (batch, head): where it begins in each operand. */
struct head {
	size_t q, k, v;
	size_t out;       /* o and its gradient */
	size_t statistic; /* lse */
};

static struct head head_at(const struct attention_shape *s, int i) {
	size_t b = (size_t)(i / s->heads), h = (size_t)(i % s->heads) * s->head_dim;
	return (struct head){
		.q = b * s->queries * s->q_stride + h,
		.k = b * s->keys * s->k_stride + h,
		.v = b * s->keys * s->v_stride + h,
		.out = b * s->queries * s->heads * s->head_dim + h,
		.statistic = (size_t)i * s->queries,
	};
}

/* A matrix in the thread's scratch. */
static float *cut(float **scratch, int rows, int step) {
	float *p = *scratch;
	*scratch += (size_t)rows * step;
	return p;
}

/* TO [rows, padded] = FROM [rows, width], rows STEP apart. */
static void pack(float *restrict to, int padded, const float *restrict from, int step, int rows, int width) {
	for (int i = 0; i < rows; i++, to += padded, from += step) {
#pragma omp simd
		for (int j = 0; j < width; j++) to[j] = from[j];
		for (int j = width; j < padded; j++) to[j] = 0;
	}
}

/* TO, rows STEP apart, = FROM [rows, padded] by SCALE. */
static void unpack(float *restrict to, int step, const float *restrict from, int padded, int rows, int width, float scale) {
	for (int i = 0; i < rows; i++, to += step, from += padded) {
#pragma omp simd
		for (int j = 0; j < width; j++) to[j] = from[j] * scale;
	}
}

/* SCORES [rows, padded] become exp(score - the row's largest), 0 in the padding. TOP and SUM [rows]: the largest, and the sum. Pass by
 * pass over all rows: one row alone would wait for its own largest and its own sum. */
static void exponentials(float *restrict scores, float *restrict top, float *restrict sum, int rows, int n, int padded) {
	for (int t = 0; t < rows; t++) {
		float *row = scores + (size_t)t * padded, most[LANES];
		for (int j = n; j < padded; j++) row[j] = -INFINITY;
		for (int l = 0; l < LANES; l++) most[l] = -INFINITY;
		for (int j = 0; j < padded; j += LANES)
#pragma omp simd
			for (int l = 0; l < LANES; l++) most[l] = row[j + l] > most[l] ? row[j + l] : most[l];
		top[t] = fold_max(most);
	}
	for (int t = 0; t < rows; t++) {
		float *row = scores + (size_t)t * padded, most = top[t], total[LANES] = {0};
		for (int j = 0; j < padded; j += LANES)
#pragma omp simd
			for (int l = 0; l < LANES; l++) {
				float e = exp_v(row[j + l] - most);
				row[j + l] = e;
				total[l] += e;
			}
		sum[t] = fold_sum(total);
	}
}

static size_t forward_floats(const struct attention_shape *s, const struct plan *p) {
	return (size_t)s->head_dim * p->keys + (size_t)s->keys * p->head_dim + (size_t)p->rows * (p->keys + p->head_dim + 2);
}

void attention_forward_cpu(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s) {
	const struct plan p = plan_of(s, 1);
	int width = s->heads * s->head_dim;
	if (!cpu_scratch_reserve(d, forward_floats(s, &p))) return;
	threads_apply(d);
#pragma omp parallel for schedule(dynamic, 1)
	for (int i = 0; i < s->batch * s->heads; i++) {
		struct head h = head_at(s, i);
		float *scratch = cpu_scratch(d, thread_index());
		float *keys = cut(&scratch, s->head_dim, p.keys), *values = cut(&scratch, s->keys, p.head_dim);
		float *scores = cut(&scratch, p.rows, p.keys), *out = cut(&scratch, p.rows, p.head_dim);
		float *top = cut(&scratch, p.rows, 1), *sum = cut(&scratch, p.rows, 1);
		tile_transpose(keys, (size_t)p.keys, (const float *)k + h.k, (size_t)s->k_stride, s->keys, s->head_dim, p.scale);
		pack(values, p.head_dim, (const float *)v + h.v, s->v_stride, s->keys, s->head_dim);
		for (int first = 0; first < s->queries; first += p.rows) {
			int rows = s->queries - first < p.rows ? s->queries - first : p.rows;
			tile_product(rows, p.keys, s->head_dim, (const float *)q + h.q + (size_t)first * s->q_stride, (size_t)s->q_stride, 1, keys,
			             (size_t)p.keys, scores, (size_t)p.keys, false);
			exponentials(scores, top, sum, rows, s->keys, p.keys);
			for (int t = 0; t < rows; t++) lse[h.statistic + first + t] = top[t] + logf(sum[t]);
			tile_product(rows, p.head_dim, s->keys, scores, (size_t)p.keys, 1, values, (size_t)p.head_dim, out, (size_t)p.head_dim, false);
			for (int t = 0; t < rows; t++)
				unpack((float *)o + h.out + (size_t)(first + t) * width, 0, out + (size_t)t * p.head_dim, 0, 1, s->head_dim, 1 / sum[t]);
		}
	}
}

/* DELTA [rows] = row sums of o times its gradient; o's rows lie STEP apart, its gradient is packed. */
static void deltas(float *restrict delta, const float *restrict out, int step, const float *restrict gout, int padded, int rows, int head_dim) {
	for (int t = 0; t < rows; t++, out += step, gout += padded) {
		float sum[LANES] = {0};
		int j = 0;
		for (; j + LANES <= head_dim; j += LANES)
#pragma omp simd
			for (int l = 0; l < LANES; l++) sum[l] += out[j + l] * gout[j + l];
		for (; j < head_dim; j++) sum[j % LANES] += out[j] * gout[j];
		delta[t] = fold_sum(sum);
	}
}

/* Scores become p, DP becomes ds without its factor 1/sqrt(head_dim). What comes of the padding is never read. */
static void scores_backward(float *restrict p, float *restrict dp, const float *lse, const float *delta, int rows, int padded) {
	padded &= -LANES;
	for (int t = 0; t < rows; t++, p += padded, dp += padded) {
		float log_sum = lse[t], del = delta[t];
#pragma omp simd
		for (int j = 0; j < padded; j++) {
			p[j] = exp_v(p[j] - log_sum);
			dp[j] = p[j] * (dp[j] - del);
		}
	}
}

static size_t backward_floats(const struct attention_shape *s, const struct plan *p) {
	return 2 * (size_t)s->head_dim * p->keys + 3 * (size_t)s->keys * p->head_dim + (size_t)p->rows * (2 * p->keys + 3 * p->head_dim + 1);
}

void attention_backward_cpu(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse, const act *q, const act *k,
                            const act *v, const struct attention_shape *s) {
	const struct plan p = plan_of(s, 2);
	const int width = s->heads * s->head_dim, dim = s->head_dim;
	const size_t keys_step = (size_t)p.keys, dim_step = (size_t)p.head_dim;
	if (!cpu_scratch_reserve(d, backward_floats(s, &p))) return;
	threads_apply(d);
#pragma omp parallel for schedule(dynamic, 1)
	for (int i = 0; i < s->batch * s->heads; i++) {
		struct head h = head_at(s, i);
		float *scratch = cpu_scratch(d, thread_index());
		float *keys_turned = cut(&scratch, dim, p.keys), *values_turned = cut(&scratch, dim, p.keys);
		float *keys = cut(&scratch, s->keys, p.head_dim), *gk = cut(&scratch, s->keys, p.head_dim), *gv = cut(&scratch, s->keys, p.head_dim);
		float *weights = cut(&scratch, p.rows, p.keys), *ds = cut(&scratch, p.rows, p.keys);
		float *queries = cut(&scratch, p.rows, p.head_dim), *gout = cut(&scratch, p.rows, p.head_dim), *gq = cut(&scratch, p.rows, p.head_dim), *delta = cut(&scratch, p.rows, 1);
		tile_transpose(keys_turned, keys_step, (const float *)k + h.k, (size_t)s->k_stride, s->keys, dim, p.scale);
		tile_transpose(values_turned, keys_step, (const float *)v + h.v, (size_t)s->v_stride, s->keys, dim, 1);
		pack(keys, p.head_dim, (const float *)k + h.k, s->k_stride, s->keys, dim);
		for (int first = 0; first < s->queries; first += p.rows) {
			int rows = s->queries - first < p.rows ? s->queries - first : p.rows;
			size_t out_row = h.out + (size_t)first * width, q_row = h.q + (size_t)first * s->q_stride;
			pack(queries, p.head_dim, (const float *)q + q_row, s->q_stride, rows, dim);
			pack(gout, p.head_dim, (const float *)dout + out_row, width, rows, dim);
			tile_product(rows, p.keys, dim, queries, dim_step, 1, keys_turned, keys_step, weights, keys_step, false);
			tile_product(rows, p.keys, dim, gout, dim_step, 1, values_turned, keys_step, ds, keys_step, false);
			deltas(delta, (const float *)o + out_row, width, gout, p.head_dim, rows, dim);
			scores_backward(weights, ds, lse + h.statistic + first, delta, rows, p.keys);
			tile_product(s->keys, p.head_dim, rows, weights, 1, keys_step, gout, dim_step, gv, dim_step, first > 0);
			tile_product(s->keys, p.head_dim, rows, ds, 1, keys_step, queries, dim_step, gk, dim_step, first > 0);
			tile_product(rows, p.head_dim, s->keys, ds, keys_step, 1, keys, dim_step, gq, dim_step, false);
			unpack((float *)dq + q_row, s->q_stride, gq, p.head_dim, rows, dim, p.scale);
		}
		unpack((float *)dk + h.k, s->k_stride, gk, p.head_dim, s->keys, dim, p.scale);
		unpack((float *)dv + h.v, s->v_stride, gv, p.head_dim, s->keys, dim, 1);
	}
}

void attention_map_cpu(struct device *d, float *map, const act *q, const act *k, const struct attention_shape *s) {
	const struct plan p = plan_of(s, 1);
	if (!cpu_scratch_reserve(d, (size_t)p.keys * (s->head_dim + 1))) return;
	threads_apply(d);
#pragma omp parallel for schedule(dynamic, 1)
	for (int i = 0; i < s->batch * s->heads; i++) {
		struct head h = head_at(s, i);
		float *scratch = cpu_scratch(d, thread_index()), *keys = cut(&scratch, s->head_dim, p.keys), *row = scratch, top, sum;
		tile_transpose(keys, (size_t)p.keys, (const float *)k + h.k, (size_t)s->k_stride, s->keys, s->head_dim, p.scale);
		for (int t = 0; t < s->queries; t++) {
			tile_product(1, p.keys, s->head_dim, (const float *)q + h.q + (size_t)t * s->q_stride, 0, 1, keys, (size_t)p.keys, row, (size_t)p.keys, false);
			exponentials(row, &top, &sum, 1, s->keys, p.keys);
			unpack(map + (h.statistic + (size_t)t) * s->keys, 0, row, 0, 1, s->keys, 1 / sum);
		}
	}
}
