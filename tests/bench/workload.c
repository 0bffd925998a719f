#include "tests/bench/workload.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/rng.h"

static void plan_add(struct plan *p, const char *where, int times, const char *op, int n0, int n1, int n2, int n3, int n4, int n5, int n6) {
	if (times && p->entries < ENTRIES_MAX) p->entry[p->entries++] = (struct entry){op, where, times, {n0, n1, n2, n3, n4, n5, n6}};
}

/* A linear layer forward and backward. DX as the row's shape has it. */
static void plan_linear(struct plan *p, const char *where, int times, int rows, int in, int out, int dx) {
	plan_add(p, where, times, "linear_forward", rows, in, out, 0, 1, 0, 0);
	plan_add(p, where, times, "linear_backward", rows, in, out, dx, 1, 0, 0);
}

static void plan_mlp(struct plan *p, const char *where, int times, int rows, int width) {
	plan_add(p, where, times, "residual_layernorm_forward", rows, width, 0, 0, 0, 0, 0);
	plan_add(p, where, times, "linear_gelu_forward", rows, width, MLP_RATIO * width, 0, 1, 0, 0);
	plan_add(p, where, times, "linear_forward", rows, MLP_RATIO * width, width, 0, 1, 0, 0);
	plan_add(p, where, times, "linear_gelu_backward", rows, MLP_RATIO * width, width, 0, 1, 0, 0);
	plan_add(p, where, times, "linear_backward", rows, width, MLP_RATIO * width, 0, 1, 0, 0);
	plan_add(p, where, times, "layernorm_backward", rows, width, 1, 0, 0, 0, 0);
}

static void plan_attention(struct plan *p, const char *where, int times, int batch, int heads, int width, int queries, int keys, int pad) {
	plan_add(p, where, times, "attention_forward", batch, heads, width / heads, queries, keys, pad, 1);
	plan_add(p, where, times, "attention_backward", batch, heads, width / heads, queries, keys, pad, 1);
}

static void plan_block(struct plan *p, const char *where, int times, int batch, int tokens, int width, int heads) {
	int rows = batch * tokens;
	plan_add(p, where, times, "residual_layernorm_forward", rows, width, 0, 0, 0, 0, 0);
	plan_linear(p, where, times, rows, width, 3 * width, 0);
	plan_attention(p, where, times, batch, heads, width, tokens, tokens, 2 * width);
	plan_linear(p, where, times, rows, width, width, 0);
	plan_add(p, where, times, "layernorm_backward", rows, width, 1, 0, 0, 0, 0);
	plan_mlp(p, where, times, rows, width);
}

static void plan_adapters(struct plan *p, const struct model_config *c, int batch, int visible) {
	int rows = batch * visible / GRANULARITIES, side = config_side(c);
	plan_add(p, "adapters", 1, "normalise", batch, c->image_size, 0, 0, 0, 0, 0);
	plan_add(p, "adapters", 1, "gather_pixels", batch, side, c->patch, rows, 0, 0, 0);
	plan_add(p, "adapters", 2, "gather_classes", batch, side, c->patch, rows, c->classes, CLASS_WIDTH, c->classes + 1);
	plan_add(p, "adapters", 2, "gather_classes_backward", batch, side, c->patch, rows, c->classes, CLASS_WIDTH, c->classes + 1);
	plan_linear(p, "adapters", 1, rows, 3 * c->patch * c->patch, c->width, 2);
	plan_linear(p, "adapters", 2, rows, CLASS_WIDTH * CELLS, c->width, 0);
	plan_add(p, "adapters", 1, "tokens_forward", batch, visible, c->width, GRANULARITIES * side * side, 0, 0, 0);
	plan_add(p, "adapters", 1, "tokens_backward", batch, visible, c->width, GRANULARITIES * side * side, 0, 0, 0);
}

static void plan_decoder(struct plan *p, const struct model_config *c, int batch, int visible) {
	int n = config_patches(c), all = GRANULARITIES * n, rows = batch * n, width = c->decoder_width;
	plan_linear(p, "context", 1, batch * (visible + 1), c->width, width, 0);
	plan_add(p, "context", 1, "sequence_forward", batch, GRANULARITIES, n, visible, width, 0, 0);
	plan_add(p, "context", 1, "sequence_backward", batch, GRANULARITIES, n, visible, width, 0, 0);
	plan_add(p, "cross", GRANULARITIES, "rows_copy", batch, n, 0, all, width, 0, 0);
	plan_add(p, "cross", GRANULARITIES - 1, "rows_copy", batch, all, 0, all, width, 0, 0);
	plan_add(p, "cross", 2 * GRANULARITIES - 1, "rows_add", batch, n, 0, all, width, 0, 0);
	plan_add(p, "cross", GRANULARITIES - 1, "add", batch * all * width, 0, 0, 0, 0, 0, 0);
	plan_add(p, "cross", GRANULARITIES, "layernorm_forward", rows, width, 0, 0, 0, 0, 0);
	plan_add(p, "cross", GRANULARITIES, "layernorm_forward", batch * all, width, 0, 0, 0, 0, 0);
	plan_add(p, "cross", GRANULARITIES, "layernorm_backward", rows, width, 0, 0, 0, 0, 0);
	plan_add(p, "cross", GRANULARITIES, "layernorm_backward", batch * all, width, 0, 0, 0, 0, 0);
	plan_linear(p, "cross", GRANULARITIES, rows, width, width, 0);
	plan_linear(p, "cross", GRANULARITIES, batch * all, width, 2 * width, 0);
	plan_attention(p, "cross", GRANULARITIES, batch, c->decoder_heads, width, n, all, width);
	plan_linear(p, "cross", GRANULARITIES, rows, width, width, 0);
	plan_mlp(p, "cross", GRANULARITIES, rows, width);
	plan_block(p, "decoder", 2 * GRANULARITIES, batch, n, width, c->decoder_heads);
	plan_add(p, "decoder", 1 + GRANULARITIES, "add", rows * width, 0, 0, 0, 0, 0, 0);
}

static void plan_heads(struct plan *p, const struct model_config *c, int batch) {
	int rows = batch * config_patches(c), side = config_side(c);
	for (enum granularity g = SEMSEG; g < GRANULARITIES; g++) plan_linear(p, "heads", 1, rows, c->decoder_width, config_out(c, g), g < RGB);
	plan_add(p, "heads", 1, "cross_entropy", batch, side, c->classes, 0, 0, 0, 0);
	plan_add(p, "heads", 1, "cross_entropy", batch, side, c->instances, 0, 0, 0, 0);
	plan_add(p, "heads", 1, "pixel_loss", batch, side, c->patch, 0, 0, 0, 0);
}

/* Floats of the model, near enough for AdamW: blocks, adapters, heads. */
static int weights_of(const struct model_config *c) {
	int64_t d = c->width, e = c->decoder_width, n = c->depth * 12 * d * d + 2 * CLASS_WIDTH * CELLS * d + 3 * c->patch * c->patch * d + d * e;
	for (enum granularity g = SEMSEG; g < GRANULARITIES; g++) n += (4 + 8 + 2 * 12) * e * e + config_out(c, g) * e;
	return (int)n;
}

void plan_new(struct plan *p, const struct model_config *c, int batch, int visible) {
	p->entries = 0;
	plan_adapters(p, c, batch, visible);
	plan_block(p, "encoder", c->depth, batch, visible + 1, c->width, c->heads);
	plan_decoder(p, c, batch, visible);
	plan_heads(p, c, batch);
	plan_add(p, "optimizer", 1, "adamw", weights_of(c), 0, 0, 0, 0, 0, 0);
	plan_add(p, "optimizer", 1, "sum_squares", weights_of(c), 0, 0, 0, 0, 0, 0);
}

struct model_input input_new(const struct model_config *c, int batch, int visible) {
	size_t patches = (size_t)config_patches(c), pixels = 3 * (size_t)c->image_size * (size_t)c->image_size;
	uint8_t *rgb = malloc((size_t)batch * pixels), *labels = malloc(2 * (size_t)batch * patches * CELLS),
	        *mask = malloc(3 * (size_t)batch * patches);
	int *order = malloc(3 * patches * sizeof *order);
	struct rng r;
	rng_init(&r, 1, RNG_SCENE, 0, 0);
	for (size_t i = 0; i < (size_t)batch * pixels; i++) rgb[i] = (uint8_t)rng_u32(&r);
	for (size_t i = 0; i < 2 * (size_t)batch * patches * CELLS; i++)
		labels[i] =
		        (uint8_t)rng_below(&r, (uint32_t)config_labels(c, i < (size_t)batch * patches * CELLS ? SEMSEG : INSTANCE));
	memset(mask, 1, 3 * (size_t)batch * patches);
	for (int b = 0; b < batch; b++) {
		for (int i = 0; i < 3 * (int)patches; i++) order[i] = i;
		rng_shuffle(&r, order, 3 * (int)patches);
		for (int i = 0; i < visible; i++)
			mask[(size_t)order[i] / patches * (size_t)batch * patches + (size_t)b * patches +
			     (size_t)order[i] % patches] = 0;
	}
	free(order);
	struct model_input in = {.batch = batch, .rgb = rgb, .labels = {labels, labels + (size_t)batch * patches * CELLS}};
	for (int g = 0; g < GRANULARITIES; g++) in.mask[g] = mask + (size_t)g * (size_t)batch * patches;
	return in;
}

/* FLOPs of a transformer block over T tokens of width W: 12 W^2 weights, and two T x T x W attention products. */
static double block_flops(double tokens, double width) { return 2 * tokens * 12 * width * width + 4 * tokens * tokens * width; }

double useful_gflop(const struct model_config *c, const struct model_input *in, int visible) {
	double width = c->width, d = c->decoder_width, n = config_patches(c), forward = 0, unneeded = 0;
	for (int g = 0; g < GRANULARITIES; g++) {
		double masked = 0, rows = in->batch * n;
		for (size_t i = 0; i < (size_t)rows; i++) masked += in->mask[g][i];
		double patch = g == RGB ? config_out(c, RGB) : CLASS_WIDTH * CELLS, adapter = 2 * (rows - masked) * patch * width;
		if (g == RGB) unneeded = adapter;
		forward += adapter + 2 * masked * d * config_out(c, g);
		/* a stage: q, proj and MLP; kv; attention; two blocks */
		forward += in->batch * (2 * n * 10 * d * d + 2 * 3 * n * 2 * d * d + 4 * n * 3 * n * d + 2 * block_flops(n, d));
	}
	forward += in->batch * (c->depth * block_flops(visible + 1, width) + 2 * visible * width * d);
	return (3 * forward - unneeded) * 1e-9;
}

void input_free(struct model_input *in) {
	free((void *)in->rgb);
	free((void *)in->labels[0]);
	free((void *)in->mask[0]);
}
