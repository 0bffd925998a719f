/* Rows of engine/op/sequence.h. */
#include <stdlib.h>

#include "tests/ops/op_table.h"

extern const struct op_row sequence_rows[];

enum { BATCH, GROUPS, PATCHES, VISIBLE, WIDTH };

static int tokens(const struct call *c) { return c->n[GROUPS] * c->n[PATCHES]; }
static int64_t z_size(const struct call *c) { return (int64_t)c->n[BATCH] * tokens(c) * c->n[WIDTH]; }
static int64_t context_size(const struct call *c) { return (int64_t)c->n[BATCH] * (c->n[VISIBLE] + 1) * c->n[WIDTH]; }

/* Each sample's V visible tokens, at random places, in order. */
static void slots_put(struct call *c) {
	int n = tokens(c);
	double *slot = operand_put(c, "slot", IN, I32, (int64_t)c->n[BATCH] * n);
	for (int b = 0; b < c->n[BATCH]; b++, slot += n) {
		int *order = rows_order_new(c, n);
		for (int i = 0; i < n; i++) slot[i] = -1;
		for (int i = 0; i < c->n[VISIBLE]; i++) slot[order[i]] = 0;
		free(order);
		for (int i = 0, next = 0; i < n; i++)
			if (slot[i] == 0) slot[i] = next++;
	}
}

/* The G granularities' vectors lie behind one another; the op takes a pointer to each. */
static void task_pointers(float *out[GRANULARITIES], void *task, const struct call *c, size_t element) {
	for (int g = 0; g < GRANULARITIES; g++) out[g] = g < c->n[GROUPS] ? (void *)((char *)task + (size_t)g * c->n[WIDTH] * element) : NULL;
}

static void forward_setup(struct call *c) {
	operand_put(c, "z", OUT, ACT, z_size(c));
	operand_put(c, "context", IN, ACT, context_size(c));
	operand_put(c, "mask_token", IN, ACT, c->n[WIDTH]);
	operand_put(c, "task", IN, ACT, (int64_t)c->n[GROUPS] * c->n[WIDTH]);
	operand_put(c, "position", IN, F32, (int64_t)c->n[PATCHES] * c->n[WIDTH]);
	slots_put(c);
}
static void forward_run(struct device *d, struct call *c) {
	float *task[GRANULARITIES];
	task_pointers(task, c->p[3], c, d->act_bytes);
	d->op->sequence_forward(d, c->p[0], c->p[1], c->p[2], (const act *const *)task, c->p[4], c->p[5], c->n[BATCH], c->n[GROUPS], c->n[PATCHES],
	                        c->n[VISIBLE], c->n[WIDTH]);
}
static void forward_truth(struct call *c) {
	int width = c->n[WIDTH];
	for (int i = 0; i < c->n[BATCH] * tokens(c); i++) {
		int b = i / tokens(c), t = i % tokens(c), slot = (int)c->v[5][i];
		for (int j = 0; j < width; j++)
			c->v[0][(int64_t)i * width + j] = (slot < 0 ? c->v[2][j] : c->v[1][((int64_t)b * (c->n[VISIBLE] + 1) + slot) * width + j]) +
			                                  c->v[4][(int64_t)(t % c->n[PATCHES]) * width + j] + c->v[3][t / c->n[PATCHES] * width + j];
	}
}

static void backward_setup(struct call *c) {
	operand_put(c, "dcontext", OUT, ACT, context_size(c));
	operand_put(c, "dmask_token", OUT, F32, c->n[WIDTH]);
	operand_put(c, "dtask", OUT, F32, (int64_t)c->n[GROUPS] * c->n[WIDTH]);
	operand_put(c, "dz", IN, ACT, z_size(c));
	slots_put(c);
}
static void backward_run(struct device *d, struct call *c) {
	float *task[GRANULARITIES];
	task_pointers(task, c->p[2], c, sizeof(float));
	d->op->sequence_backward(d, c->p[0], c->p[1], task, c->p[3], c->p[4], c->n[BATCH], c->n[GROUPS], c->n[PATCHES], c->n[VISIBLE], c->n[WIDTH]);
}
static void backward_truth(struct call *c) {
	int width = c->n[WIDTH];
	for (int64_t j = 0; j < context_size(c); j++) c->v[0][j] = 0;
	for (int j = 0; j < width; j++) c->v[1][j] = 0;
	for (int j = 0; j < c->n[GROUPS] * width; j++) c->v[2][j] = 0;
	for (int i = 0; i < c->n[BATCH] * tokens(c); i++) {
		int b = i / tokens(c), slot = (int)c->v[4][i];
		for (int j = 0; j < width; j++) {
			double g = c->v[3][(int64_t)i * width + j];
			c->v[2][i % tokens(c) / c->n[PATCHES] * width + j] += g;
			if (slot < 0)
				c->v[1][j] += g;
			else
				c->v[0][((int64_t)b * (c->n[VISIBLE] + 1) + slot) * width + j] = g;
		}
	}
}

/* --- rows: batch n first tokens width --- */
static int64_t whole(const struct call *c) { return (int64_t)c->n[0] * c->n[3] * c->n[4]; }
static int64_t part(const struct call *c) { return (int64_t)c->n[0] * c->n[1] * c->n[4]; }
static int64_t row_in_z(const struct call *c, int64_t j) { /* where element J of the part lies */
	int64_t sample = (int64_t)c->n[1] * c->n[4];
	return j / sample * c->n[3] * c->n[4] + (int64_t)c->n[2] * c->n[4] + j % sample;
}
static void copy_setup(struct call *c) {
	operand_put(c, "out", OUT, ACT, part(c));
	operand_put(c, "z", IN, ACT, whole(c));
}
static void copy_run(struct device *d, struct call *c) { d->op->rows_copy(d, c->p[0], c->p[1], c->n[2], c->n[1], c->n[3], c->n[0], c->n[4]); }
static void copy_truth(struct call *c) {
	for (int64_t j = 0; j < part(c); j++) c->v[0][j] = c->v[1][row_in_z(c, j)];
}
static void add_setup(struct call *c) {
	operand_put(c, "z", INOUT, ACT, whole(c));
	operand_put(c, "x", IN, ACT, part(c));
}
static void add_run(struct device *d, struct call *c) { d->op->rows_add(d, c->p[0], c->p[1], c->n[2], c->n[1], c->n[3], c->n[0], c->n[4]); }
static void add_truth(struct call *c) {
	for (int64_t j = 0; j < part(c); j++) c->v[0][row_in_z(c, j)] += c->v[1][j];
}

#define SEQUENCE_SHAPES {{1, 1, 1, 1, 1}, {3, 3, 16, 31, 33}, {2, 2, 49, 1, 99}, {1, 3, 64, 190, 96}, {5, 1, 33, 31, 133}}
#define ROWS_SHAPES {{1, 1, 0, 1, 1}, {3, 31, 33, 99, 31}, {2, 33, 0, 99, 133}, {5, 7, 92, 99, 96}}

const struct op_row sequence_rows[] = {
	{.name = "sequence_forward", .shape = "batch groups patches visible width", .tolerance = 2e-7, .setup = forward_setup, .run = forward_run,
	 .truth = forward_truth, .shapes = SEQUENCE_SHAPES},
	{.name = "sequence_backward", .shape = "batch groups patches visible width", .forward = "sequence_forward", .tolerance = 1e-6,
	 .setup = backward_setup, .run = backward_run, .truth = backward_truth, .shapes = SEQUENCE_SHAPES},
	{.name = "rows_copy", .shape = "batch n first tokens width", .tolerance = 1e-9, .setup = copy_setup, .run = copy_run, .truth = copy_truth,
	 .shapes = ROWS_SHAPES},
	{.name = "rows_add", .shape = "batch n first tokens width", .tolerance = 1e-7, .setup = add_setup, .run = add_run, .truth = add_truth,
	 .shapes = ROWS_SHAPES},
	{0},
};
