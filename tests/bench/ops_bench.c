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
#include "engine/op/gemm.h"
#include "tests/bench/workload.h"

enum { RUNS_MIN = 3, RUNS_MAX = 1000 };
static const double seconds_each = 0.2;

static clockid_t clock_used = CLOCK_MONOTONIC;

static double now(void) {
	struct timespec t;
	clock_gettime(clock_used, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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
