/* Rows of engine/op/loss.h. The gradient output is that of the objective: the sum over samples of weight * (sum of cell losses or
 * squared differences). The first of several samples has no masked patch. */
#include <math.h>

#include "tests/ops/op_table.h"

extern const struct op_row loss_rows[];

enum { BATCH, SIDE, CLASSES, LOSS_ONLY };
enum { PATCH = CLASSES, NORM = 4 };
enum { SAMPLE_LOSS, GRADIENT, PREDICTION, TARGET, MASK, WEIGHT };

static int64_t patches(const struct call *c) { return (int64_t)c->n[BATCH] * c->n[SIDE] * c->n[SIDE]; }

static void mask_put(struct call *c) {
	double *mask = operand_put(c, "mask", IN, U8, patches(c));
	int64_t first = c->n[BATCH] > 1 ? patches(c) / c->n[BATCH] : 0;
	for (int64_t i = 0; i < patches(c); i++) mask[i] = i >= first && rng_below(&c->rng, 6) > 0;
	if (c->n[BATCH] == 1) mask[0] = 1;
	double *weight = operand_put(c, "weight", IN, F32, c->n[BATCH]);
	for (int b = 0; b < c->n[BATCH]; b++) weight[b] = 0.5 + 0.1 * b;
}

static void entropy_setup(struct call *c) {
	int64_t width = (int64_t)c->n[CLASSES] * 16, cells = patches(c) * 16;
	operand_put(c, "sample_loss", OUT, F32, c->n[BATCH]);
	operand_put(c, "dlogits", c->n[LOSS_ONLY] ? ABSENT : OUT, ACT, patches(c) * width);
	double *logits = operand_put(c, "logits", IN, ACT, patches(c) * width);
	for (int64_t j = 0; j < patches(c) * width; j++) logits[j] = 4 * logits[j] + (j % 7 == 0 ? 30 : 0);
	double *labels = operand_put(c, "labels", IN, U8, cells);
	for (int64_t j = 0; j < cells; j++) {
		uint32_t kind = rng_below(&c->rng, 8);
		labels[j] = kind == 0 ? UNLABELLED : kind == 1 ? c->n[CLASSES] : (int)rng_below(&c->rng, (uint32_t)c->n[CLASSES]);
		if (j * c->n[BATCH] / cells == c->n[BATCH] - 1 && c->n[BATCH] > 2) labels[j] = UNLABELLED; /* the last of three or more: none valid */
	}
	mask_put(c);
	c->plain = !c->n[LOSS_ONLY];
}
static void entropy_run(struct device *d, struct call *c) {
	struct patch_shape s = {c->n[BATCH], c->n[SIDE], 8};
	d->op->cross_entropy(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->n[CLASSES], &s);
}
/* One cell: its loss; its gradient into D, if any. Logits of one cell lie 16 apart. */
static double cell_entropy(double *d, const double *logits, int label, int classes, double weight) {
	double top = -INFINITY, sum = 0;
	for (int j = 0; j < classes; j++) top = fmax(top, logits[j * 16]);
	for (int j = 0; j < classes; j++) sum += exp(logits[j * 16] - top);
	for (int j = 0; d && j < classes; j++) d[j * 16] = (exp(logits[j * 16] - top) / sum - (j == label)) * weight;
	return top + log(sum) - logits[label * 16];
}
static void entropy_truth(struct call *c) {
	int side = c->n[SIDE], classes = c->n[CLASSES];
	c->objective = 0;
	for (int64_t j = 0; c->v[GRADIENT] && j < c->operand[GRADIENT].count; j++) c->v[GRADIENT][j] = 0;
	for (int b = 0; b < c->n[BATCH]; b++) {
		double loss = 0;
		int count = 0;
		for (int i = 0; i < side * side * 16; i++) {
			int n = i / 16, y = n / side * 4 + i % 16 / 4, x = n % side * 4 + i % 4, label = (int)c->v[TARGET][((int64_t)b * side * 4 + y) * side * 4 + x];
			int64_t patch = (int64_t)b * side * side + n, at = patch * classes * 16 + i % 16;
			if (!c->v[MASK][patch] || label >= classes) continue;
			loss += cell_entropy(c->v[GRADIENT] ? c->v[GRADIENT] + at : NULL, c->v[PREDICTION] + at, label, classes, c->v[WEIGHT][b]);
			count++;
		}
		c->v[SAMPLE_LOSS][b] = count ? loss / count : 0;
		c->objective += c->v[WEIGHT][b] * loss;
	}
}

static void pixel_setup(struct call *c) {
	int64_t values = patches(c) * 3 * c->n[PATCH] * c->n[PATCH];
	operand_put(c, "sample_loss", OUT, F32, c->n[BATCH]);
	operand_put(c, "dpred", c->n[LOSS_ONLY] ? ABSENT : OUT, ACT, values);
	operand_put(c, "pred", IN, ACT, values);
	operand_put(c, "rgb", IN, F32, values);
	mask_put(c);
	c->plain = !c->n[LOSS_ONLY];
}
static void pixel_run(struct device *d, struct call *c) {
	struct patch_shape s = {c->n[BATCH], c->n[SIDE], c->n[PATCH]};
	d->op->pixel_loss(d, c->p[0], c->p[1], c->p[2], c->p[3], c->p[4], c->p[5], c->n[NORM], &s);
}
/* Value J, in (channel, y, x) order, of patch N of sample B. */
static double pixel_at(const struct call *c, int b, int n, int j) {
	int side = c->n[SIDE], patch = c->n[PATCH], size = side * patch, area = patch * patch;
	int y = n / side * patch + j % area / patch, x = n % side * patch + j % patch;
	return c->v[TARGET][(((int64_t)b * 3 + j / area) * size + y) * size + x];
}
static void pixel_truth(struct call *c) {
	int width = 3 * c->n[PATCH] * c->n[PATCH], per_image = c->n[SIDE] * c->n[SIDE];
	c->objective = 0;
	for (int b = 0; b < c->n[BATCH]; b++) {
		double loss = 0;
		int64_t count = 0;
		for (int n = 0; n < per_image; n++) {
			int64_t at = ((int64_t)b * per_image + n) * width;
			bool masked = c->v[MASK][b * per_image + n];
			double mean = 0, variance = 0;
			for (int j = 0; j < width; j++) mean += pixel_at(c, b, n, j) / width;
			for (int j = 0; j < width; j++) variance += pow(pixel_at(c, b, n, j) - mean, 2) / (width - 1);
			for (int j = 0; j < width; j++) {
				double target = c->n[NORM] ? (pixel_at(c, b, n, j) - mean) / sqrt(variance + 1e-6) : pixel_at(c, b, n, j);
				double difference = masked ? c->v[PREDICTION][at + j] - target : 0;
				if (c->v[GRADIENT]) c->v[GRADIENT][at + j] = 2 * difference * c->v[WEIGHT][b];
				loss += difference * difference;
			}
			count += masked ? width : 0;
		}
		c->v[SAMPLE_LOSS][b] = count ? loss / (double)count : 0;
		c->objective += c->v[WEIGHT][b] * loss;
	}
}

const struct op_row loss_rows[] = {
	{.name = "cross_entropy", .shape = "batch side classes loss_only", .forward = "cross_entropy", .tolerance = 1e-6, .setup = entropy_setup,
	 .run = entropy_run, .truth = entropy_truth, .alias = {{"dlogits", "logits"}},
	 .shapes = {{1, 1, 1, 0}, {1, 3, 2, 0}, {3, 7, 33, 0}, {2, 5, 133, 0}, {4, 3, 31, 1}, {1, 8, 255, 0}}},
	{.name = "pixel_loss", .shape = "batch side patch loss_only norm_pix", .forward = "pixel_loss", .tolerance = 1e-6, .setup = pixel_setup,
	 .run = pixel_run, .truth = pixel_truth, .alias = {{"dpred", "pred"}},
	 .shapes = {{1, 1, 1, 0, 0}, {1, 3, 2, 0, 1}, {3, 7, 8, 0, 0}, {2, 5, 16, 0, 1}, {4, 3, 11, 1, 1}, {3, 3, 5, 0, 0}}},
	{0},
};
