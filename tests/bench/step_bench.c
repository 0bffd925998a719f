/* tests/bench/step_bench.c -- whole training steps of the model on random input: load, forward, losses, backward, AdamW.
 *
 * usage: step_bench PRESET BATCH [THREADS] [STEPS] [PRECISION]    THREADS 0: all cores; STEPS timed after one to warm up; fp32 or bf16
 *
 * Useful FLOPs of a step: multiply-adds of the matmuls that the specification asks for, attention included, counted twice (a multiply
 * and an add), times three (forward, d input, d weight), less the d input of the pixels' projection, which nobody needs. Heads count
 * the masked patches only, though the engine predicts all. Norms, GELU, softmax, losses and AdamW count nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/device/spin.h"
#include "engine/model/model.h"

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Random pixels, labels and masks with exactly VISIBLE visible tokens a sample. */
static struct model_input input_new(const struct model_config *c, int batch, int visible) {
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

/* Of one training step, in 1e9. */
static double useful_gflop(const struct model_config *c, const struct model_input *in, int visible) {
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

static int run_step(struct model *m, struct workspace *w, const struct model_input *in, int64_t step, double *loss) {
	static const double ones[GRANULARITIES] = {1, 1, 1};
	const struct optimizer_config adamw = {.lr = 1e-4, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.05};
	struct model_losses losses;
	int rc;
	if ((rc = workspace_load(w, in)) || (rc = model_forward(w)) || (rc = model_loss(w, ones, true, &losses, NULL)) ||
	    (rc = model_backward(w)) || (rc = model_update(m, &adamw, step)))
		return rc;
	*loss = losses.total;
	return device_sync(model_device(m));
}

static int by_value(const void *a, const void *b) {
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv) {
	spin_briefly(argv); /* as the program does */
	const struct model_preset *preset = argc > 1 ? model_preset_find(argv[1]) : NULL;
	int batch = argc > 2 ? atoi(argv[2]) : 0, threads = argc > 3 ? atoi(argv[3]) : 0, steps = argc > 4 ? atoi(argv[4]) : 3;
	const char *precision = argc > 5 ? argv[5] : "fp32";
	if (!preset || batch < 1 || steps < 1) {
		fprintf(stderr, "usage: step_bench tiny|small|base|large BATCH [THREADS] [STEPS] [fp32|bf16]\n");
		return 2;
	}
	struct model_config c = model_config_of(preset);
	struct device *d = NULL;
	struct model *m = NULL;
	struct workspace *w = NULL;
	double loss = 0, *ms = calloc((size_t)steps, sizeof *ms);
	if (device_open(&d, "cpu", precision, threads) || model_new(&m, d, &c, 1, true) || workspace_new(&w, m, batch, preset->visible, true))
		goto fail;
	struct model_input in = input_new(&c, batch, preset->visible);
	for (int i = -1; i < steps; i++) {
		double start = now_ms();
		if (run_step(m, w, &in, i + 2, &loss)) goto fail;
		if (i >= 0) ms[i] = now_ms() - start;
	}
	qsort(ms, (size_t)steps, sizeof *ms, by_value);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	double gflop = useful_gflop(&c, &in, preset->visible);
	printf("c2f %s batch %d %d threads %s: %.1f ms/step %.2f images/s (median %.1f ms; %.1f useful GFLOP a step, %.0f GFLOP/s; "
	       "peak %.2f GiB; loss %.4f)\n",
	       preset->name, batch, d->threads, d->precision, ms[0], batch / ms[0] * 1e3, ms[steps / 2], gflop, gflop / ms[0] * 1e3,
	       (double)usage.ru_maxrss / 1048576, loss);
	workspace_free(w);
	model_free(m);
	device_close(d);
	return loss == loss ? 0 : 1;
fail:
	fprintf(stderr, "step_bench: %s\n", err_message());
	return 1;
}
