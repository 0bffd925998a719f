#include "engine/op/optimizer.h"

#include <math.h>
#include <string.h>

#include "engine/op/cpu.h"

void adamw_cpu(struct device *d, float *master, act *compute, const float *gradient, float *m, float *v, int64_t n, int64_t decayed,
               const double *guard, const struct adamw_step *s) {
	const struct adamw_step a = *s;
	const float decay = 1 - a.lr * a.decay, rate = a.lr / a.correction1, root = 1 / sqrtf(a.correction2);
	if (!isfinite(guard[0]) || !isfinite(guard[1])) return;
	threads_apply(d);
#pragma omp parallel for simd schedule(static)
	for (int64_t i = 0; i < n; i++) {
		float keep = i < decayed ? decay : 1, g = gradient[i];
		m[i] = a.beta1 * m[i] + (1 - a.beta1) * g;
		v[i] = a.beta2 * v[i] + (1 - a.beta2) * g * g;
		master[i] = master[i] * keep - rate * m[i] / (sqrtf(v[i]) * root + a.epsilon);
	}
	if (compute != master) convert_cpu(d, compute, master, n);
}

/* A fixed number of pieces, added in order: the result does not depend on the number of threads. */
void sum_squares_cpu(struct device *d, double *out, const float *x, int64_t n) {
	enum { PIECES = 256 };
	double piece[PIECES];
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < PIECES; i++) {
		double sum = 0;
#pragma omp simd reduction(+ : sum)
		for (int64_t j = n * i / PIECES; j < n * (i + 1) / PIECES; j++) sum += (double)x[j] * x[j];
		piece[i] = sum;
	}
	*out = 0;
	for (int i = 0; i < PIECES; i++) *out += piece[i];
}

void convert_cpu(struct device *d, act *out, const float *x, int64_t n) {
	threads_apply(d);
	if (out == x) return;
#pragma omp parallel
	{
		struct span span = thread_span(n);
		memcpy((float *)out + span.first, x + span.first, sizeof *x * (size_t)(span.last - span.first));
	}
}

void widen_cpu(struct device *d, float *out, const act *x, int64_t n) { convert_cpu(d, out, x, n); }
