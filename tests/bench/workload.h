/* tests/bench/workload.h -- what a training step consists of, for the benchmarks: its ops and their shapes, random input, useful FLOPs. */
#pragma once

#include "engine/model/model.h"
#include "tests/ops/op_table.h"

enum { ENTRIES_MAX = 128 };

/* One line: an op at a shape, and how often a step calls it. */
struct entry {
	const char *op, *where;
	int times, n[SHAPE_MAX];
};
struct plan { struct entry entry[ENTRIES_MAX]; int entries; };
void plan_new(struct plan *p, const struct model_config *c, int batch, int visible);

/* Random pixels, labels and masks with exactly VISIBLE visible tokens a sample; the caller's, input_free(). */
struct model_input input_new(const struct model_config *c, int batch, int visible);
void input_free(struct model_input *in);

/* Useful FLOPs of one training step, in 1e9: multiply-adds of the matmuls that the specification asks for, attention included, counted twice (a
 * multiply and an add), times three (forward, d input, d weight), less the d input of the pixels' projection, which nobody needs. Heads count
 * the masked patches only, though the engine predicts all. Norms, GELU, softmax, losses and AdamW count nothing. */
double useful_gflop(const struct model_config *c, const struct model_input *in, int visible);
