/* Rows of engine/op/layernorm.h. */
#include <math.h>

#include "tests/ops/op_table.h"

extern const struct op_row layernorm_rows[];

#define ROWS(c) ((c)->n[0])
#define WIDTH(c) ((c)->n[1])

static int64_t size(const struct call *c) { return (int64_t)ROWS(c) * WIDTH(c); }

/* Rows off zero and of different scales, so that a wrong mean or variance shows. */
static void rows_put(struct call *c, const char *name) {
	double *x = operand_put(c, name, IN, ACT, size(c));
	for (int64_t j = 0; j < size(c); j++) x[j] = x[j] * (1 + (double)(j / WIDTH(c) % 3)) + 2;
}

static void normalise_rows(double *y, double *mean, double *rstd, const double *x, const double *gamma, const double *beta, int rows, int width) {
	for (int i = 0; i < rows; i++, x += width, y += width) {
		double sum = 0, square = 0;
		for (int j = 0; j < width; j++) sum += x[j];
		mean[i] = sum / width;
		for (int j = 0; j < width; j++) square += (x[j] - mean[i]) * (x[j] - mean[i]);
		rstd[i] = 1 / sqrt(square / width + 1e-6);
		for (int j = 0; j < width; j++) y[j] = (x[j] - mean[i]) * rstd[i] * gamma[j] + beta[j];
	}
}

static void forward_setup(struct call *c) {
	operand_put(c, "y", OUT, ACT, size(c));
	operand_put(c, "mean", OUT, F32, ROWS(c));
	operand_put(c, "rstd", OUT, F32, ROWS(c));
	rows_put(c, "x");
	operand_put(c, "gamma", IN, ACT, WIDTH(c));
	operand_put(c, "beta", IN, ACT, WIDTH(c));
}
static void forward_run(struct device *d, struct call *c) {
	d->op->layernorm_forward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], ROWS(c), WIDTH(c));
}
static void forward_truth(struct call *c) { normalise_rows(c->v[0], c->v[1], c->v[2], c->v[3], c->v[4], c->v[5], ROWS(c), WIDTH(c)); }

static void residual_setup(struct call *c) {
	operand_put(c, "sum", OUT, ACT, size(c));
	operand_put(c, "y", OUT, ACT, size(c));
	operand_put(c, "mean", OUT, F32, ROWS(c));
	operand_put(c, "rstd", OUT, F32, ROWS(c));
	rows_put(c, "x");
	rows_put(c, "r");
	operand_put(c, "gamma", IN, ACT, WIDTH(c));
	operand_put(c, "beta", IN, ACT, WIDTH(c));
}
static void residual_run(struct device *d, struct call *c) {
	d->op->residual_layernorm_forward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->p[6], c->p[7], ROWS(c), WIDTH(c));
}
static void residual_truth(struct call *c) {
	for (int64_t j = 0; j < size(c); j++) c->v[0][j] = c->v[4][j] + c->v[5][j];
	normalise_rows(c->v[1], c->v[2], c->v[3], c->v[0], c->v[6], c->v[7], ROWS(c), WIDTH(c));
}

static void backward_setup(struct call *c) {
	operand_put(c, "dx", OUT, ACT, size(c));
	operand_put(c, "dgamma", OUT, F32, WIDTH(c));
	operand_put(c, "dbeta", OUT, F32, WIDTH(c));
	operand_put(c, "dy", IN, ACT, size(c));
	rows_put(c, "x");
	operand_put(c, "mean", IN, F32, ROWS(c));
	operand_put(c, "rstd", IN, F32, ROWS(c));
	operand_put(c, "gamma", IN, ACT, WIDTH(c));
	operand_put(c, "add", c->n[2] ? IN : ABSENT, ACT, size(c));
	c->plain = !c->n[2];
}
static void backward_run(struct device *d, struct call *c) {
	d->op->layernorm_backward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->p[6], c->p[7], c->p[8], ROWS(c), WIDTH(c));
}
static void backward_truth(struct call *c) {
	double *dx = c->v[0], *dgamma = c->v[1], *dbeta = c->v[2];
	const double *dy = c->v[3], *x = c->v[4], *mean = c->v[5], *rstd = c->v[6], *gamma = c->v[7], *add = c->v[8];
	int width = WIDTH(c);
	for (int j = 0; j < width; j++) dgamma[j] = dbeta[j] = 0;
	for (int i = 0; i < ROWS(c); i++, dx += width, dy += width, x += width) {
		double g_mean = 0, gx_mean = 0;
		for (int j = 0; j < width; j++) {
			double xhat = (x[j] - mean[i]) * rstd[i];
			dgamma[j] += dy[j] * xhat;
			dbeta[j] += dy[j];
			g_mean += dy[j] * gamma[j] / width;
			gx_mean += dy[j] * gamma[j] * xhat / width;
		}
		for (int j = 0; j < width; j++)
			dx[j] = (dy[j] * gamma[j] - g_mean - (x[j] - mean[i]) * rstd[i] * gx_mean) * rstd[i] + (add ? add[(int64_t)i * width + j] : 0);
	}
}

static void add_setup(struct call *c) {
	operand_put(c, "y", OUT, ACT, c->n[0]);
	operand_put(c, "a", IN, ACT, c->n[0]);
	operand_put(c, "b", IN, ACT, c->n[0]);
}
static void add_run(struct device *d, struct call *c) { d->op->add(d, c->p[0], c->p[1], c->p[2], c->n[0]); }
static void add_truth(struct call *c) {
	for (int j = 0; j < c->n[0]; j++) c->v[0][j] = c->v[1][j] + c->v[2][j];
}

const struct op_row layernorm_rows[] = {
	{.name = "layernorm_forward", .shape = "rows width", .tolerance = 5e-7, .setup = forward_setup, .run = forward_run, .truth = forward_truth,
	 .shapes = {{1, 2}, {31, 33}, {33, 31}, {99, 133}, {588, 96}, {133, 768}}},
	{.name = "residual_layernorm_forward", .shape = "rows width", .tolerance = 5e-7, .setup = residual_setup, .run = residual_run,
	 .truth = residual_truth, .alias = {{"sum", "x"}}, .shapes = {{1, 2}, {31, 33}, {33, 31}, {99, 133}, {588, 96}, {133, 768}}},
	{.name = "layernorm_backward", .shape = "rows width add", .forward = "layernorm_forward", .tolerance = 1e-6, .setup = backward_setup,
	 .run = backward_run, .truth = backward_truth, .alias = {{"dx", "add"}},
	 .shapes = {{1, 3, 0}, {31, 33, 1}, {33, 31, 0}, {99, 133, 1}, {588, 96, 0}, {133, 768, 1}}},
	{.name = "add", .shape = "count", .tolerance = 1e-7, .setup = add_setup, .run = add_run, .truth = add_truth, .alias = {{"y", "a"}, {"y", "b"}},
	 .shapes = {{1}, {31}, {33}, {9999}}},
	{0},
};
