/* Rows of engine/op/embed.h. */
#include <stdlib.h>

#include "tests/ops/op_table.h"

extern const struct op_row embed_rows[];

/* --- normalise: batch size --- */
static int64_t image_values(const struct call *c) { return (int64_t)c->n[0] * 3 * c->n[1] * c->n[1]; }

static void normalise_setup(struct call *c) {
	operand_put(c, "rgb", OUT, F32, image_values(c));
	double *bytes = operand_put(c, "bytes", IN, U8, image_values(c));
	for (int64_t j = 0; j < image_values(c); j++) bytes[j] = rng_below(&c->rng, 256);
}
static void normalise_run(struct device *d, struct call *c) { d->op->normalise(d, c->p[0], c->p[1], c->n[0], c->n[1]); }
static void normalise_truth(struct call *c) {
	static const double mean[] = {0.485, 0.456, 0.406}, deviation[] = {0.229, 0.224, 0.225};
	int64_t plane = (int64_t)c->n[1] * c->n[1];
	for (int64_t j = 0; j < image_values(c); j++) c->v[0][j] = (c->v[1][j] / 255 - mean[j / plane % 3]) / deviation[j / plane % 3];
}

/* --- gathers: batch side patch rows, and for classes: classes width table_rows --- */
enum { BATCH, SIDE, PATCH, ROWS, LABELS, WIDTH, TABLE };

static struct patch_shape shape_of(const struct call *c) { return (struct patch_shape){c->n[BATCH], c->n[SIDE], c->n[PATCH]}; }

static void index_put(struct call *c) {
	double *index = operand_put(c, "index", IN, I32, c->n[ROWS]);
	for (int i = 0; i < c->n[ROWS]; i++) index[i] = rng_below(&c->rng, (uint32_t)(c->n[BATCH] * c->n[SIDE] * c->n[SIDE]));
}
static void pixels_setup(struct call *c) {
	int size = c->n[SIDE] * c->n[PATCH];
	operand_put(c, "rows", OUT, ACT, (int64_t)c->n[ROWS] * 3 * c->n[PATCH] * c->n[PATCH]);
	operand_put(c, "rgb", IN, F32, (int64_t)c->n[BATCH] * 3 * size * size);
	index_put(c);
}
static void pixels_run(struct device *d, struct call *c) {
	struct patch_shape s = shape_of(c);
	d->op->gather_pixels(d, c->p[0], c->p[1], c->p[2], c->n[ROWS], &s);
}
static void pixels_truth(struct call *c) {
	int side = c->n[SIDE], patch = c->n[PATCH], size = side * patch;
	double *out = c->v[0];
	for (int i = 0; i < c->n[ROWS]; i++)
		for (int channel = 0; channel < 3; channel++)
			for (int y = 0; y < patch; y++)
				for (int x = 0; x < patch; x++) {
					int at = (int)c->v[2][i], b = at / (side * side), row = at % (side * side) / side * patch + y, column = at % side * patch + x;
					*out++ = c->v[1][(((int64_t)b * 3 + channel) * size + row) * size + column];
				}
}

/* The label under cell CELL (in y, x order) of the patch that row I names. */
static int label_at(const struct call *c, const double *labels, const double *index, int i, int cell) {
	int side = c->n[SIDE], at = (int)index[i], b = at / (side * side), y = at % (side * side) / side * 4 + cell / 4, x = at % side * 4 + cell % 4;
	return (int)labels[((int64_t)b * side * 4 + y) * side * 4 + x];
}
static void labels_put(struct call *c) {
	int64_t n = (int64_t)c->n[BATCH] * c->n[SIDE] * c->n[SIDE] * 16;
	double *labels = operand_put(c, "labels", IN, U8, n);
	for (int64_t j = 0; j < n; j++) {
		uint32_t kind = rng_below(&c->rng, 12);
		labels[j] = kind == 0 ? UNLABELLED : kind == 1 ? c->n[LABELS] : (int)rng_below(&c->rng, (uint32_t)c->n[LABELS]);
	}
}
static void classes_setup(struct call *c) {
	operand_put(c, "rows", OUT, ACT, (int64_t)c->n[ROWS] * c->n[WIDTH] * 16);
	operand_put(c, "table", IN, ACT, (int64_t)c->n[TABLE] * c->n[WIDTH]);
	labels_put(c);
	index_put(c);
}
static void classes_run(struct device *d, struct call *c) {
	struct patch_shape s = shape_of(c);
	d->op->gather_classes(d, c->p[0], c->p[1], c->p[2], c->p[3], c->n[ROWS], c->n[LABELS], c->n[WIDTH], &s);
}
static void classes_truth(struct call *c) {
	for (int i = 0; i < c->n[ROWS]; i++)
		for (int cell = 0; cell < 16; cell++) {
			int label = label_at(c, c->v[2], c->v[3], i, cell);
			for (int e = 0; e < c->n[WIDTH]; e++)
				c->v[0][((int64_t)i * c->n[WIDTH] + e) * 16 + cell] = label < c->n[LABELS] ? c->v[1][label * c->n[WIDTH] + e] : 0;
		}
}
static void classes_backward_setup(struct call *c) {
	operand_put(c, "dtable", OUT, F32, (int64_t)c->n[TABLE] * c->n[WIDTH]);
	operand_put(c, "drows", IN, ACT, (int64_t)c->n[ROWS] * c->n[WIDTH] * 16);
	labels_put(c);
	index_put(c);
}
static void classes_backward_run(struct device *d, struct call *c) {
	struct patch_shape s = shape_of(c);
	d->op->gather_classes_backward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->n[ROWS], c->n[LABELS], c->n[TABLE], c->n[WIDTH], &s);
}
static void classes_backward_truth(struct call *c) {
	for (int j = 0; j < c->n[TABLE] * c->n[WIDTH]; j++) c->v[0][j] = 0;
	for (int i = 0; i < c->n[ROWS]; i++)
		for (int cell = 0; cell < 16; cell++) {
			int label = label_at(c, c->v[2], c->v[3], i, cell);
			for (int e = 0; e < c->n[WIDTH] && label < c->n[LABELS]; e++)
				c->v[0][label * c->n[WIDTH] + e] += c->v[1][((int64_t)i * c->n[WIDTH] + e) * 16 + cell];
		}
}

/* --- tokens: batch visible width places --- */
static void rows_put(struct call *c) {
	int n = c->n[0] * c->n[1];
	int *order = rows_order_new(c, n);
	double *row = operand_put(c, "row", IN, I32, n);
	for (int i = 0; i < n; i++) row[i] = order[i];
	free(order);
}
static void tokens_setup(struct call *c) {
	int batch = c->n[0], visible = c->n[1], width = c->n[2];
	operand_put(c, "x", OUT, ACT, (int64_t)batch * (visible + 1) * width);
	operand_put(c, "rows", IN, ACT, (int64_t)batch * visible * width);
	rows_put(c);
	operand_put(c, "position", IN, F32, (int64_t)c->n[3] * width);
	double *place = operand_put(c, "place", IN, I32, (int64_t)batch * visible);
	for (int i = 0; i < batch * visible; i++) place[i] = rng_below(&c->rng, (uint32_t)c->n[3]);
	operand_put(c, "global", IN, ACT, width);
}
static void tokens_run(struct device *d, struct call *c) {
	d->op->tokens_forward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->n[0], c->n[1], c->n[2]);
}
static void tokens_truth(struct call *c) {
	int visible = c->n[1], width = c->n[2];
	for (int b = 0; b < c->n[0]; b++)
		for (int t = 0; t <= visible; t++)
			for (int j = 0; j < width; j++) {
				double *out = &c->v[0][((int64_t)b * (visible + 1) + t) * width + j];
				int i = b * visible + t;
				*out = t == visible ? c->v[5][j] : c->v[1][(int64_t)c->v[2][i] * width + j] + c->v[3][(int64_t)c->v[4][i] * width + j];
			}
}
static void tokens_backward_setup(struct call *c) {
	int batch = c->n[0], visible = c->n[1], width = c->n[2];
	operand_put(c, "drows", OUT, ACT, (int64_t)batch * visible * width);
	operand_put(c, "dglobal", OUT, F32, width);
	operand_put(c, "dx", IN, ACT, (int64_t)batch * (visible + 1) * width);
	rows_put(c);
}
static void tokens_backward_run(struct device *d, struct call *c) {
	d->op->tokens_backward(d, c->p[0], c->p[1], c->p[2], c->p[3], c->n[0], c->n[1], c->n[2]);
}
static void tokens_backward_truth(struct call *c) {
	int visible = c->n[1], width = c->n[2];
	for (int j = 0; j < width; j++) c->v[1][j] = 0;
	for (int b = 0; b < c->n[0]; b++)
		for (int t = 0; t <= visible; t++)
			for (int j = 0; j < width; j++) {
				double g = c->v[2][((int64_t)b * (visible + 1) + t) * width + j];
				if (t == visible)
					c->v[1][j] += g;
				else
					c->v[0][(int64_t)c->v[3][b * visible + t] * width + j] = g;
			}
}

#define CLASS_SHAPES {{1, 1, 4, 1, 1, 1, 2}, {2, 3, 8, 31, 5, 7, 6}, {3, 7, 8, 99, 133, 64, 134}, {2, 5, 16, 33, 32, 64, 32}}
#define TOKEN_SHAPES {{1, 1, 1, 1}, {3, 31, 33, 99}, {2, 33, 99, 48}, {5, 98, 133, 588}}

const struct op_row embed_rows[] = {
	{.name = "normalise", .shape = "batch size", .tolerance = 3e-7, .setup = normalise_setup, .run = normalise_run, .truth = normalise_truth,
	 .shapes = {{1, 1}, {2, 33}, {3, 64}}},
	{.name = "gather_pixels", .shape = "batch side patch rows", .tolerance = 1e-9, .setup = pixels_setup, .run = pixels_run, .truth = pixels_truth,
	 .shapes = {{1, 1, 1, 1}, {2, 3, 8, 31}, {3, 7, 16, 33}, {2, 5, 11, 99}}},
	{.name = "gather_classes", .shape = "batch side patch rows classes width table_rows", .tolerance = 1e-9, .setup = classes_setup,
	 .run = classes_run, .truth = classes_truth, .shapes = CLASS_SHAPES},
	{.name = "gather_classes_backward", .shape = "batch side patch rows classes width table_rows", .forward = "gather_classes", .tolerance = 1e-6,
	 .setup = classes_backward_setup, .run = classes_backward_run, .truth = classes_backward_truth, .shapes = CLASS_SHAPES},
	{.name = "tokens_forward", .shape = "batch visible width places", .tolerance = 1e-7, .setup = tokens_setup, .run = tokens_run,
	 .truth = tokens_truth, .shapes = TOKEN_SHAPES},
	{.name = "tokens_backward", .shape = "batch visible width places", .forward = "tokens_forward", .tolerance = 3e-7,
	 .setup = tokens_backward_setup, .run = tokens_backward_run, .truth = tokens_backward_truth, .shapes = TOKEN_SHAPES},
	{0},
};
