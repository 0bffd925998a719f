/* Rows of engine/op/optimizer.h. */
#include <math.h>

#include "tests/ops/op_table.h"

extern const struct op_row optimizer_rows[];

static const struct adamw_step step = {.lr = 3e-3f, .beta1 = 0.9f, .beta2 = 0.95f, .epsilon = 1e-8f, .decay = 0.05f,
                                       .correction1 = 0.271f /* 1 - 0.9^3 */, .correction2 = 0.142625f /* 1 - 0.95^3 */};

static void adamw_setup(struct call *c) {
	operand_put(c, "master", INOUT, F32, c->n[0]);
	operand_put(c, "compute", OUT, ACT, c->n[0]);
	operand_put(c, "gradient", IN, F32, c->n[0]);
	operand_put(c, "m", INOUT, F32, c->n[0]);
	double *v = operand_put(c, "v", INOUT, F32, c->n[0]);
	for (int j = 0; j < c->n[0]; j++) v[j] *= v[j];
	operand_put(c, "guard", IN, F64, 2);
}
/* A third of the elements, and at odd places, take the decay. */
static int decayed_of(const struct call *c) { return c->n[0] / 3 + c->n[1]; }
static void adamw_run(struct device *d, struct call *c) { d->op->adamw(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->n[0], decayed_of(c), c->p[5], &step); }
static void adamw_truth(struct call *c) {
	double beta1 = step.beta1, beta2 = step.beta2;
	for (int j = 0; j < c->n[0]; j++) {
		double decay = j < decayed_of(c) ? step.decay : 0;
		double g = c->v[2][j], *m = &c->v[3][j], *v = &c->v[4][j];
		*m = beta1 * *m + (1 - beta1) * g;
		*v = beta2 * *v + (1 - beta2) * g * g;
		c->v[0][j] -= (double)step.lr * (decay * c->v[0][j] + *m / step.correction1 / (sqrt(*v / step.correction2) + step.epsilon));
		c->v[1][j] = c->v[0][j];
	}
}

static void squares_setup(struct call *c) {
	operand_put(c, "out", OUT, F64, 1);
	operand_put(c, "x", IN, F32, c->n[0]);
}
static void squares_run(struct device *d, struct call *c) { d->op->sum_squares(d, c->p[0], c->p[1], c->n[0]); }
static void squares_truth(struct call *c) {
	c->v[0][0] = 0;
	for (int j = 0; j < c->n[0]; j++) c->v[0][0] += c->v[1][j] * c->v[1][j];
}

static void convert_setup(struct call *c) {
	operand_put(c, "out", OUT, ACT, c->n[0]);
	operand_put(c, "x", IN, F32, c->n[0]);
}
static void convert_run(struct device *d, struct call *c) { d->op->convert(d, c->p[0], c->p[1], c->n[0]); }
static void widen_setup(struct call *c) {
	operand_put(c, "out", OUT, F32, c->n[0]);
	operand_put(c, "x", IN, ACT, c->n[0]);
}
static void widen_run(struct device *d, struct call *c) { d->op->widen(d, c->p[0], c->p[1], c->n[0]); }
static void copy_truth(struct call *c) {
	for (int j = 0; j < c->n[0]; j++) c->v[0][j] = c->v[1][j];
}

#define COUNTS {{1}, {31}, {33}, {9999}}

const struct op_row optimizer_rows[] = {
	{.name = "adamw", .shape = "count decay(0 a third, 1 one more)", .tolerance = 2e-7, .setup = adamw_setup, .run = adamw_run, .truth = adamw_truth,
	 .alias = {{"compute", "master"}}, .shapes = {{1, 0}, {1, 1}, {31, 0}, {33, 1}, {9999, 1}}},
	{.name = "sum_squares", .shape = "count", .tolerance = 1e-13, .setup = squares_setup, .run = squares_run, .truth = squares_truth, .shapes = COUNTS},
	{.name = "convert", .shape = "count", .tolerance = 1e-9, .setup = convert_setup, .run = convert_run, .truth = copy_truth, .alias = {{"out", "x"}},
	 .shapes = COUNTS},
	{.name = "widen", .shape = "count", .tolerance = 1e-9, .setup = widen_setup, .run = widen_run, .truth = copy_truth, .alias = {{"out", "x"}},
	 .shapes = COUNTS},
	{0},
};
