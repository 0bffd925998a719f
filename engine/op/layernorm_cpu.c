#include "engine/op/layernorm.h"

#include <math.h>

#include "engine/op/cpu.h"
#include "engine/op/tile.h"

/* y, mean and rstd of a row whose sum is known. A second pass over a row in the first cache: the variance of centred values keeps
 * its digits. */
static void row_forward(float *restrict y, float *mean, float *rstd, const float *restrict x, float sum, const float *restrict gamma,
                        const float *restrict beta, int width) {
	float m = sum / (float)width, square[LANES] = {0};
	int j = 0;
	for (; j + LANES <= width; j += LANES)
#pragma omp simd
		for (int l = 0; l < LANES; l++) square[l] += (x[j + l] - m) * (x[j + l] - m);
	for (; j < width; j++) square[j % LANES] += (x[j] - m) * (x[j] - m);
	float r = 1 / sqrtf(fold_sum(square) / (float)width + LAYERNORM_EPSILON), shift = -m * r;
#pragma omp simd
	for (j = 0; j < width; j++) y[j] = (x[j] * r + shift) * gamma[j] + beta[j];
	*mean = m;
	*rstd = r;
}

void layernorm_forward_cpu(struct device *d, act *y, float *mean, float *rstd, const act *x, const act *gamma, const act *beta, int rows, int width) {
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < rows; i++) {
		const float *in = (const float *)x + (size_t)i * width;
		float total[LANES] = {0};
		int j = 0;
		for (; j + LANES <= width; j += LANES)
#pragma omp simd
			for (int l = 0; l < LANES; l++) total[l] += in[j + l];
		for (; j < width; j++) total[j % LANES] += in[j];
		row_forward((float *)y + (size_t)i * width, mean + i, rstd + i, in, fold_sum(total), gamma, beta, width);
	}
}

void residual_layernorm_forward_cpu(struct device *d, act *sum, act *y, float *mean, float *rstd, const act *x, const act *r, const act *gamma,
                                    const act *beta, int rows, int width) {
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < rows; i++) {
		float *s = (float *)sum + (size_t)i * width, total[LANES] = {0};
		const float *a = (const float *)x + (size_t)i * width, *b = (const float *)r + (size_t)i * width;
		int j = 0;
		for (; j + LANES <= width; j += LANES)
#pragma omp simd
			for (int l = 0; l < LANES; l++) {
				float v = a[j + l] + b[j + l];
				s[j + l] = v;
				total[l] += v;
			}
		for (; j < width; j++) total[j % LANES] += s[j] = a[j] + b[j];
		row_forward((float *)y + (size_t)i * width, mean + i, rstd + i, s, fold_sum(total), gamma, beta, width);
	}
}

/* SUMS: the thread's dgamma, then its dbeta. DX may be ADD. */
static void row_backward(float *dx, float *restrict sums, const float *dy, const float *x, float mean, float rstd, const float *restrict gamma,
                         const float *add, int width) {
	float *dgamma = sums, *dbeta = sums + width, g_sum[LANES] = {0}, gx_sum[LANES] = {0};
	int j = 0;
	for (; j + LANES <= width; j += LANES)
#pragma omp simd
		for (int l = 0; l < LANES; l++) {
			float xhat = (x[j + l] - mean) * rstd, g = dy[j + l] * gamma[j + l];
			dgamma[j + l] += dy[j + l] * xhat;
			dbeta[j + l] += dy[j + l];
			g_sum[l] += g;
			gx_sum[l] += g * xhat;
		}
	for (; j < width; j++) {
		float xhat = (x[j] - mean) * rstd, g = dy[j] * gamma[j];
		dgamma[j] += dy[j] * xhat;
		dbeta[j] += dy[j];
		g_sum[j % LANES] += g;
		gx_sum[j % LANES] += g * xhat;
	}
	float g_mean = fold_sum(g_sum) / (float)width, slope = fold_sum(gx_sum) / (float)width * rstd;
	if (add) {
#pragma omp simd
		for (j = 0; j < width; j++) dx[j] = add[j] + (dy[j] * gamma[j] - g_mean - (x[j] - mean) * slope) * rstd;
	} else {
#pragma omp simd
		for (j = 0; j < width; j++) dx[j] = (dy[j] * gamma[j] - g_mean - (x[j] - mean) * slope) * rstd;
	}
}

void layernorm_backward_cpu(struct device *d, act *dx, float *dgamma, float *dbeta, const act *dy, const act *x, const float *mean, const float *rstd,
                            const act *gamma, const act *add, int rows, int width) {
	if (!cpu_scratch_reserve(d, 2 * (size_t)width)) return;
	threads_apply(d);
#pragma omp parallel
	{
		float *sums = thread_sums_begin(d, 2 * width);
		struct span span = thread_span(rows);
		for (int64_t i = span.first; i < span.last; i++) {
			int64_t at = i * width;
			row_backward((float *)dx + at, sums, (const float *)dy + at, (const float *)x + at, mean[i], rstd[i], gamma,
			             add ? (const float *)add + at : NULL, width);
		}
		thread_sums_end(d, dgamma, 0, width);
		thread_sums_end(d, dbeta, width, width);
	}
}

void add_cpu(struct device *d, act *y, const act *a, const act *b, int64_t n) {
	float *out = y;
	const float *p = a, *q = b;
	threads_apply(d);
#pragma omp parallel for simd schedule(static)
	for (int64_t i = 0; i < n; i++) out[i] = p[i] + q[i];
}
