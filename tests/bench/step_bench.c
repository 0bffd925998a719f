/* tests/bench/step_bench.c -- whole training steps of the model on random input: load, forward, losses, backward, AdamW.
 *
 * usage: step_bench PRESET BATCH [THREADS] [STEPS] [PRECISION]    THREADS 0: all cores; STEPS timed after one to warm up; fp32 or bf16 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/device/spin.h"
#include "tests/bench/workload.h"

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
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
	input_free(&in);
	workspace_free(w);
	model_free(m);
	device_close(d);
	return loss == loss ? 0 : 1;
fail:
	fprintf(stderr, "step_bench: %s\n", err_message());
	return 1;
}
