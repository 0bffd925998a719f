/* Rows of engine/op/linear.h. */
#include <math.h>

#include "tests/ops/op_table.h"

extern const struct op_row linear_rows[];

static double linear_flops(const int *n) { return 2.0 * n[0] * n[1] * n[2]; }
static double backward_flops(const int *n) { return (n[3] == 2 ? 2.0 : 4.0) * n[0] * n[1] * n[2]; }

static double normal_cdf(double u) { return 0.5 * erfc(-u / sqrt(2)); }

static void product(double *y, const double *x, const double *w, const double *b, int rows, int in, int out) {
	for (int i = 0; i < rows; i++)
		for (int o = 0; o < out; o++) {
			double sum = b ? b[o] : 0;
			for (int j = 0; j < in; j++) sum += x[(int64_t)i * in + j] * w[(int64_t)o * in + j];
			y[(int64_t)i * out + o] = sum;
		}
}

static void forward_operands(struct call *c) {
	const int *n = c->n;
	operand_put(c, "x", IN, ACT, (int64_t)n[0] * n[1]);
	operand_put(c, "w", IN, ACT, (int64_t)n[1] * n[2]);
	operand_put(c, "b", n[4] ? IN : ABSENT, ACT, n[2]);
}

static void forward_setup(struct call *c) {
	operand_put(c, "y", OUT, ACT, (int64_t)c->n[0] * c->n[2]);
	forward_operands(c);
}
static void forward_run(struct device *d, struct call *c) {
	d->op->linear_forward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->n[0], c->n[1], c->n[2]);
}
static void forward_truth(struct call *c) { product(c->v[0], c->v[1], c->v[2], c->v[3], c->n[0], c->n[1], c->n[2]); }

static void backward_setup(struct call *c) {
	static const enum operand_role dx_role[] = {OUT, INOUT, ABSENT};
	const int *n = c->n;
	operand_put(c, "dx", dx_role[n[3]], ACT, (int64_t)n[0] * n[1]);
	operand_put(c, "dw", OUT, F32, (int64_t)n[1] * n[2]);
	operand_put(c, "db", n[4] ? OUT : ABSENT, F32, n[2]);
	operand_put(c, "dy", IN, ACT, (int64_t)n[0] * n[2]);
	operand_put(c, "x", IN, ACT, (int64_t)n[0] * n[1]);
	operand_put(c, "w", IN, ACT, (int64_t)n[1] * n[2]);
	c->plain = n[3] == 0;
}
static void backward_run(struct device *d, struct call *c) {
	d->op->linear_backward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->n[0], c->n[1], c->n[2], c->n[3] == 1);
}
static void backward_truth(struct call *c) {
	double *dx = c->v[0], *dw = c->v[1], *db = c->v[2];
	const double *dy = c->v[3], *x = c->v[4], *w = c->v[5];
	int rows = c->n[0], in = c->n[1], out = c->n[2];
	for (int64_t j = 0; c->n[3] == 0 && j < (int64_t)rows * in; j++) dx[j] = 0;
	for (int64_t j = 0; j < (int64_t)in * out; j++) dw[j] = 0;
	for (int o = 0; db && o < out; o++) db[o] = 0;
	for (int i = 0; i < rows; i++)
		for (int o = 0; o < out; o++) {
			double g = dy[(int64_t)i * out + o];
			if (db) db[o] += g;
			for (int j = 0; j < in; j++) {
				if (dx) dx[(int64_t)i * in + j] += g * w[(int64_t)o * in + j];
				dw[(int64_t)o * in + j] += g * x[(int64_t)i * in + j];
			}
		}
}

static void gelu_forward_setup(struct call *c) {
	operand_put(c, "y", OUT, ACT, (int64_t)c->n[0] * c->n[2]);
	operand_put(c, "pre", OUT, ACT, (int64_t)c->n[0] * c->n[2]);
	forward_operands(c);
}
static void gelu_forward_run(struct device *d, struct call *c) {
	d->op->linear_gelu_forward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->n[0], c->n[1], c->n[2]);
}
static void gelu_forward_truth(struct call *c) {
	product(c->v[1], c->v[2], c->v[3], c->v[4], c->n[0], c->n[1], c->n[2]);
	for (int64_t j = 0; j < c->operand[0].count; j++) c->v[0][j] = c->v[1][j] * normal_cdf(c->v[1][j]);
}

static void wide_range(double *v, int64_t n) {
	for (int64_t j = 0; j < n; j++) v[j] *= 3;
}
/* z = y w^T + b, y = gelu(pre): what the backward is the gradient of. */
static void gelu_linear_setup(struct call *c) {
	const int *n = c->n;
	operand_put(c, "z", OUT, ACT, (int64_t)n[0] * n[2]);
	operand_put(c, "y", OUT, ACT, (int64_t)n[0] * n[1]);
	wide_range(operand_put(c, "pre", IN, ACT, (int64_t)n[0] * n[1]), (int64_t)n[0] * n[1]);
	operand_put(c, "w", IN, ACT, (int64_t)n[1] * n[2]);
	operand_put(c, "b", n[4] ? IN : ABSENT, ACT, n[2]);
}
static void gelu_linear_truth(struct call *c) {
	for (int64_t j = 0; j < c->operand[1].count; j++) c->v[1][j] = c->v[2][j] * normal_cdf(c->v[2][j]);
	product(c->v[0], c->v[1], c->v[3], c->v[4], c->n[0], c->n[1], c->n[2]);
}
static void gelu_backward_setup(struct call *c) {
	const int *n = c->n;
	operand_put(c, "dpre", OUT, ACT, (int64_t)n[0] * n[1]);
	operand_put(c, "dw", OUT, F32, (int64_t)n[1] * n[2]);
	operand_put(c, "db", n[4] ? OUT : ABSENT, F32, n[2]);
	operand_put(c, "dz", IN, ACT, (int64_t)n[0] * n[2]);
	operand_put(c, "y", IN, ACT, (int64_t)n[0] * n[1]);
	operand_put(c, "w", IN, ACT, (int64_t)n[1] * n[2]);
	wide_range(operand_put(c, "pre", IN, ACT, (int64_t)n[0] * n[1]), (int64_t)n[0] * n[1]);
}
static void gelu_backward_run(struct device *d, struct call *c) {
	d->op->linear_gelu_backward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->p[6], c->n[0], c->n[1], c->n[2]);
}
static void gelu_backward_truth(struct call *c) {
	double *dpre = c->v[0];
	const double *pre = c->v[6];
	backward_truth(c);
	for (int64_t j = 0; j < c->operand[0].count; j++)
		dpre[j] *= normal_cdf(pre[j]) + pre[j] * exp(-pre[j] * pre[j] / 2) / sqrt(2 * M_PI);
}

#define LINEAR_SHAPES {{1, 1, 1, 0, 1}, {31, 33, 99, 0, 1}, {33, 133, 31, 0, 0}, {99, 588, 65, 0, 1}, {588, 31, 133, 0, 1}, {133, 192, 99, 0, 1}}

const struct op_row linear_rows[] = {
	{.name = "linear_forward", .shape = "rows in out - bias", .tolerance = 1e-6, .setup = forward_setup, .run = forward_run, .truth = forward_truth,
	 .flops = linear_flops, .shapes = LINEAR_SHAPES},
	{.name = "linear_backward", .shape = "rows in out dx(0 set,1 add,2 none) bias", .forward = "linear_forward", .tolerance = 1e-6,
	 .setup = backward_setup, .run = backward_run, .truth = backward_truth, .flops = backward_flops,
	 .shapes = {{1, 1, 1, 0, 1}, {31, 33, 99, 0, 1}, {33, 133, 31, 1, 0}, {99, 588, 65, 2, 1}, {588, 31, 133, 1, 1}, {133, 192, 99, 0, 1}, {99, 31, 33, 2, 0}}},
	{.name = "linear_gelu_forward", .shape = "rows in out - bias", .tolerance = 1e-6, .setup = gelu_forward_setup, .run = gelu_forward_run,
	 .truth = gelu_forward_truth, .flops = linear_flops, .shapes = LINEAR_SHAPES},
	{.name = "gelu_linear", .shape = "rows in out - bias", .setup = gelu_linear_setup, .truth = gelu_linear_truth},
	{.name = "linear_gelu_backward", .shape = "rows in out - bias", .forward = "gelu_linear", .tolerance = 1e-6, .setup = gelu_backward_setup,
	 .run = gelu_backward_run, .truth = gelu_backward_truth, .flops = backward_flops, .shapes = LINEAR_SHAPES},
	{0},
};
