/* Rows of engine/op/attention.h. Strides are wider than the heads by PAD elements, which must stay as they were. */
#include <math.h>
#include <stdlib.h>

#include "tests/ops/op_table.h"

extern const struct op_row attention_rows[];

static struct attention_shape shape_of(const int *n) {
	int stride = n[1] * n[2] + n[5];
	return (struct attention_shape){.batch = n[0], .heads = n[1], .head_dim = n[2], .queries = n[3], .keys = n[4], .q_stride = stride,
	                                .k_stride = stride, .v_stride = stride + n[5]};
}

static int64_t q_size(const struct attention_shape *s) { return (int64_t)s->batch * s->queries * s->q_stride; }
static int64_t k_size(const struct attention_shape *s) { return (int64_t)s->batch * s->keys * s->k_stride; }
static int64_t v_size(const struct attention_shape *s) { return (int64_t)s->batch * s->keys * s->v_stride; }
static int64_t o_size(const struct attention_shape *s) { return (int64_t)s->batch * s->queries * s->heads * s->head_dim; }
static int64_t statistic_size(const struct attention_shape *s) { return (int64_t)s->batch * s->heads * s->queries; }

static void input_put(struct call *c, const char *name, int64_t count, double scale) {
	double *v = operand_put(c, name, IN, ACT, count);
	for (int64_t j = 0; j < count; j++) v[j] *= scale;
}

static const double *row_at(const double *p, const struct attention_shape *s, int tokens, int stride, int b, int t, int h) {
	return p + ((int64_t)b * tokens + t) * stride + (int64_t)h * s->head_dim;
}

/* P [keys] = softmax of a query's scores; returns log of the sum. */
static double weights(double *p, const double *q, const double *k, const struct attention_shape *s, int b, int h, int t) {
	const double *query = row_at(q, s, s->queries, s->q_stride, b, t, h);
	double top = -INFINITY, sum = 0;
	for (int j = 0; j < s->keys; j++) {
		const double *key = row_at(k, s, s->keys, s->k_stride, b, j, h);
		p[j] = 0;
		for (int e = 0; e < s->head_dim; e++) p[j] += query[e] * key[e];
		p[j] /= sqrt(s->head_dim);
		top = fmax(top, p[j]);
	}
	for (int j = 0; j < s->keys; j++) sum += exp(p[j] - top);
	for (int j = 0; j < s->keys; j++) p[j] = exp(p[j] - top) / sum;
	return top + log(sum);
}

static void inputs_put(struct call *c, const struct attention_shape *s, bool values) {
	input_put(c, "q", q_size(s), c->n[6]);
	input_put(c, "k", k_size(s), 1);
	if (values) input_put(c, "v", v_size(s), 1);
}

static void forward_setup(struct call *c) {
	struct attention_shape s = shape_of(c->n);
	operand_put(c, "o", OUT, ACT, o_size(&s));
	operand_put(c, "lse", OUT, F32, statistic_size(&s));
	inputs_put(c, &s, true);
}
static void forward_run(struct device *d, struct call *c) {
	struct attention_shape s = shape_of(c->n);
	d->op->attention_forward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], &s);
}
static void forward_truth(struct call *c) {
	struct attention_shape s = shape_of(c->n);
	double *p = malloc((size_t)s.keys * sizeof *p);
	for (int b = 0; b < s.batch; b++)
		for (int h = 0; h < s.heads; h++)
			for (int t = 0; t < s.queries; t++) {
				c->v[1][((int64_t)b * s.heads + h) * s.queries + t] = weights(p, c->v[2], c->v[3], &s, b, h, t);
				double *o = c->v[0] + (((int64_t)b * s.queries + t) * s.heads + h) * s.head_dim;
				for (int e = 0; e < s.head_dim; e++) o[e] = 0;
				for (int j = 0; j < s.keys; j++)
					for (int e = 0; e < s.head_dim; e++) o[e] += p[j] * row_at(c->v[4], &s, s.keys, s.v_stride, b, j, h)[e];
			}
	free(p);
}

static void backward_setup(struct call *c) {
	struct attention_shape s = shape_of(c->n);
	operand_put(c, "dq", INOUT, ACT, q_size(&s));
	operand_put(c, "dk", INOUT, ACT, k_size(&s));
	operand_put(c, "dv", INOUT, ACT, v_size(&s));
	operand_put(c, "do", IN, ACT, o_size(&s));
	operand_put(c, "o", IN, ACT, o_size(&s));
	operand_put(c, "lse", IN, F32, statistic_size(&s));
	inputs_put(c, &s, true);
	c->plain = !c->n[5]; /* padding keeps what was there, which is no gradient */
}
static void backward_run(struct device *d, struct call *c) {
	struct attention_shape s = shape_of(c->n);
	d->op->attention_backward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->p[6], c->p[7], c->p[8], &s);
}
/* Zeroes the heads' columns and leaves the padding. */
static void heads_zero(double *p, const struct attention_shape *s, int tokens, int stride) {
	for (int64_t t = 0; t < (int64_t)s->batch * tokens; t++)
		for (int e = 0; e < s->heads * s->head_dim; e++) p[t * stride + e] = 0;
}
static void backward_truth(struct call *c) {
	struct attention_shape s = shape_of(c->n);
	double *p = malloc((size_t)s.keys * sizeof *p), scale = 1 / sqrt(s.head_dim);
	heads_zero(c->v[0], &s, s.queries, s.q_stride);
	heads_zero(c->v[1], &s, s.keys, s.k_stride);
	heads_zero(c->v[2], &s, s.keys, s.v_stride);
	for (int b = 0; b < s.batch; b++)
		for (int h = 0; h < s.heads; h++)
			for (int t = 0; t < s.queries; t++) {
				int64_t out = (((int64_t)b * s.queries + t) * s.heads + h) * s.head_dim;
				const double *g = c->v[3] + out, *o = c->v[4] + out, *query = row_at(c->v[6], &s, s.queries, s.q_stride, b, t, h);
				double delta = 0, *dq = c->v[0] + (query - c->v[6]);
				weights(p, c->v[6], c->v[7], &s, b, h, t);
				for (int e = 0; e < s.head_dim; e++) delta += g[e] * o[e];
				for (int j = 0; j < s.keys; j++) {
					const double *key = row_at(c->v[7], &s, s.keys, s.k_stride, b, j, h), *value = row_at(c->v[8], &s, s.keys, s.v_stride, b, j, h);
					double dp = 0, *dk = c->v[1] + (key - c->v[7]), *dv = c->v[2] + (value - c->v[8]);
					for (int e = 0; e < s.head_dim; e++) dp += g[e] * value[e];
					double ds = p[j] * (dp - delta) * scale;
					for (int e = 0; e < s.head_dim; e++) {
						dq[e] += ds * key[e];
						dk[e] += ds * query[e];
						dv[e] += p[j] * g[e];
					}
				}
			}
	free(p);
}

static void map_setup(struct call *c) {
	struct attention_shape s = shape_of(c->n);
	operand_put(c, "p", OUT, F32, statistic_size(&s) * s.keys);
	inputs_put(c, &s, false);
}
static void map_run(struct device *d, struct call *c) {
	struct attention_shape s = shape_of(c->n);
	d->op->attention_map(d, c->p[0], c->p[1], c->p[2], &s);
}
static void map_truth(struct call *c) {
	struct attention_shape s = shape_of(c->n);
	for (int b = 0; b < s.batch; b++)
		for (int h = 0; h < s.heads; h++)
			for (int t = 0; t < s.queries; t++)
				weights(c->v[0] + (((int64_t)b * s.heads + h) * s.queries + t) * s.keys, c->v[1], c->v[2], &s, b, h, t);
}

static double forward_flops(const int *n) { return 4.0 * n[0] * n[1] * n[2] * n[3] * n[4]; }
static double backward_flops(const int *n) { return 2 * forward_flops(n); } /* useful: making p again is not counted */
static double map_flops(const int *n) { return forward_flops(n) / 2; }

/* The last factor scales q: 25 makes scores beyond 100, whose exponentials overflow unless the largest is taken off, and whose
 * float32 ulp is as much larger. The last two are for the GPU's tensor cores: more heads than blocks, several tiles on both sides. */
#define ATTENTION_SHAPES                                                                                                                     \
	{{1, 1, 1, 1, 1, 0, 1}, {2, 3, 8, 31, 33, 5, 1}, {1, 2, 33, 33, 31, 1, 1}, {2, 1, 64, 99, 99, 0, 2}, {1, 2, 32, 133, 588, 32, 25}, \
	 {1, 1, 32, 588, 133, 0, 1}, {2, 4, 32, 17, 240, 8, 1}, {1, 1, 64, 113, 225, 64, 1}}

const struct op_row attention_rows[] = {
	{.name = "attention_forward", .shape = "batch heads head_dim queries keys pad scale", .tolerance = 2e-6, .tolerance_grows = 6, .setup = forward_setup,
	 .run = forward_run, .truth = forward_truth, .flops = forward_flops, .shapes = ATTENTION_SHAPES},
	{.name = "attention_backward", .shape = "batch heads head_dim queries keys pad scale", .forward = "attention_forward", .tolerance = 2e-6, .tolerance_grows = 6,
	 .setup = backward_setup, .run = backward_run, .truth = backward_truth, .flops = backward_flops, .shapes = ATTENTION_SHAPES},
	{.name = "attention_map", .shape = "batch heads head_dim queries keys pad scale", .tolerance = 2e-6, .tolerance_grows = 6, .setup = map_setup, .run = map_run,
	 .truth = map_truth, .flops = map_flops, .shapes = ATTENTION_SHAPES},
	{0},
};
