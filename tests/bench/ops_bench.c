/* tests/bench/ops_bench.c -- every op of a training step at the shapes of base (batch 16) and tiny (batch 64): time, rate, share of the
 * matmul ceiling measured in the same run, and what the step should take by their sum.
 *
 * usage: ops_bench [PRESET BATCH]... [threads=N]    N = 1 counts processor time, which neighbours on the machine do not lengthen
 * GB/s counts every operand once (an in-out one twice); GFLOP/s counts matmuls only. Each op's operands are alone in the caches,
 * which flatters small ones: the sum is a lower bound of the step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/device/spin.h"
#include "engine/model/config.h"
#include "engine/op/gemm.h"
#include "tests/ops/op_table.h"

enum { RUNS_MIN = 3, RUNS_MAX = 1000, ENTRIES_MAX = 128 };
static const double seconds_each = 0.2;

/* One line: an op at a shape, and how often a step calls it. */
struct entry {
	const char *op, *where;
	int times, n[SHAPE_MAX];
};

struct plan { struct entry entry[ENTRIES_MAX]; int entries; };

static clockid_t clock_used = CLOCK_MONOTONIC;

static double now(void) {
	struct timespec t;
	clock_gettime(clock_used, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

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

static void plan_new(struct plan *p, const struct model_config *c, int batch, int visible) {
	p->entries = 0;
	plan_adapters(p, c, batch, visible);
	plan_block(p, "encoder", c->depth, batch, visible + 1, c->width, c->heads);
	plan_decoder(p, c, batch, visible);
	plan_heads(p, c, batch);
	plan_add(p, "optimizer", 1, "adamw", weights_of(c), 0, 0, 0, 0, 0, 0);
	plan_add(p, "optimizer", 1, "sum_squares", weights_of(c), 0, 0, 0, 0, 0, 0);
}

/* The best GFLOP/s of a few products, large and of a model's shape. */
static double ceiling(struct device *d) {
	static const int shape[][3] = {{1024, 1024, 1024}, {2048, 2048, 2048}, {1584, 768, 768}, {3136, 768, 256}, {2112, 576, 192}};
	float *a = calloc(2048 * 2048, 4), *b = calloc(2048 * 2048, 4), *c = calloc(4096 * 1024, 4);
	double best = 0;
	for (int i = 0; a && b && c && i < 2048 * 2048; i++) a[i] = (float)(i % 17) - 8, b[i] = (float)(i % 13) - 6;
	for (size_t s = 0; a && b && c && s < sizeof shape / sizeof *shape; s++) {
		int m = shape[s][0], n = shape[s][1], k = shape[s][2];
		double until = now() + 2 * seconds_each;
		for (int run = 0; run < RUNS_MIN || now() < until; run++) {
			double start = now();
			gemm(d, false, false, m, n, k, 1, a, k, b, n, 0, c, n);
			double rate = 2e-9 * m * n * k / (now() - start);
			best = rate > best ? rate : best;
		}
	}
	free(a);
	free(b);
	free(c);
	return best;
}

static double call_bytes(const struct call *c, const struct device *d) {
	const size_t element[] = {[ACT] = d->act_bytes, [F32] = 4, [F64] = 8, [U8] = 1, [I32] = 4};
	double sum = 0;
	for (int i = 0; i < c->operands; i++) {
		const struct operand *o = &c->operand[i];
		if (o->role != ABSENT) sum += (double)o->count * (double)element[o->type] * (o->role == INOUT ? 2 : 1);
	}
	return sum;
}

/* The shortest of many runs, in ms: others share the machine. Negative: no memory. */
static double call_time(struct call *c, struct device *d) {
	double best = 1e30, until;
	if (call_load(c, d, 0)) return -1;
	until = now() + seconds_each;
	for (int run = 0; run < RUNS_MIN || (run < RUNS_MAX && now() < until); run++) {
		double start = now();
		c->row->run(d, c);
		device_sync(d);
		double took = (now() - start) * 1e3;
		best = took < best ? took : best;
	}
	call_unload(c, d);
	return best;
}

/* A number, or a dash where there is nothing to say. */
static const char *cell(char out[16], double v, const char *format) {
	if (v > 0) snprintf(out, 16, format, v);
	else snprintf(out, 16, "-");
	return out;
}

static int bench(struct device *d, const char *preset, int batch, double top) {
	const struct model_preset *p = model_preset_find(preset);
	if (!p || batch < 1) return err_set(ERR_ARGUMENT, "unknown preset or batch: %s %d (try base 16)", preset, batch);
	struct model_config config = model_config_of(p);
	struct plan plan;
	plan_new(&plan, &config, batch, p->visible);
	double total = 0, flops = 0;
	printf("%s, batch %d\n%-10s %-27s %-28s %5s %9s %9s %8s %7s %8s\n", preset, batch, "where", "op", "shape", "times", "ms each", "ms step", "GFLOP/s",
	       "GB/s", "ceiling");
	for (int i = 0; i < plan.entries; i++) {
		const struct entry *e = &plan.entry[i];
		struct call c;
		char shape[64] = "", rate[16], share[16];
		call_new(&c, op_row_find(e->op), e->n, 0);
		double ms = call_time(&c, d), work = c.row->flops ? c.row->flops(e->n) : 0, speed = work / ms * 1e-6;
		if (ms < 0) return ERR_MEMORY;
		for (int j = 0, last = e->n[5] || e->n[6] ? 7 : 5; j < last && (j == 0 || e->n[j] || j < 3); j++)
			snprintf(shape + strlen(shape), sizeof shape - strlen(shape), j ? " %d" : "%d", e->n[j]);
		printf("%-10s %-27s %-28s %5d %9.3f %9.2f %8s %7.1f %8s\n", e->where, e->op, shape, e->times, ms, ms * e->times, cell(rate, speed, "%.0f"),
		       call_bytes(&c, d) / ms * 1e-6, cell(share, 100 * speed / top, "%.0f %%"));
		fflush(stdout);
		total += ms * e->times;
		flops += work * e->times;
		call_free(&c);
	}
	printf("%s, batch %d: %.1f ms a step by this sum, %.1f images/s, %.1f GFLOP, %.0f GFLOP/s, %.0f %% of the ceiling\n\n", preset, batch, total,
	       batch / total * 1e3, flops * 1e-9, flops / total * 1e-6, flops / total * 1e-4 / top);
	return 0;
}

int main(int argc, char **argv) {
	spin_briefly(argv); /* as the program does */
	int threads = 0, rc = 0, given = 0;
	struct device *d;
	for (int i = 1; i < argc; i++) sscanf(argv[i], "threads=%d", &threads);
	if (threads == 1) clock_used = CLOCK_PROCESS_CPUTIME_ID;
	if (device_open(&d, "cpu", "fp32", threads)) {
		fprintf(stderr, "error: %s\n", err_message());
		return 1;
	}
	double top = ceiling(d);
	printf("%s; matmul ceiling %.0f GFLOP/s\n\n", d->name, top);
	for (int i = 1; rc == 0 && i + 1 < argc; i++) {
		if (strchr(argv[i], '=')) continue;
		rc = bench(d, argv[i], atoi(argv[i + 1]), top);
		i++;
		given++;
	}
	if (!given) {
		rc = bench(d, "base", 16, top);
		if (rc == 0) rc = bench(d, "tiny", 64, top);
	}
	if (rc) fprintf(stderr, "error: %s\n", err_message());
	device_close(d);
	return rc ? 1 : 0;
}
