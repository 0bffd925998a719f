#include "engine/op/sequence.h"

#include <string.h>

#include "engine/op/cpu.h"

void sequence_forward_cpu(struct device *d, act *z, const act *context, const act *mask_token, const act *const task[GRANULARITIES],
                          const float *position, const int32_t *slot, int batch, int groups, int patches, int visible, int width) {
	int tokens = groups * patches;
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < batch * tokens; i++) {
		int b = i / tokens, g = i % tokens / patches;
		const float *in = slot[i] < 0 ? mask_token : (const float *)context + ((size_t)b * (visible + 1) + slot[i]) * width;
		const float *at = position + (size_t)(i % patches) * width, *kind = task[g];
		float *out = (float *)z + (size_t)i * width;
#pragma omp simd
		for (int j = 0; j < width; j++) out[j] = in[j] + at[j] + kind[j];
	}
}

/* The thread's sums: the mask token's, then each granularity's. Samples are dealt whole, so that a thread zeroes the rows it fills. */
void sequence_backward_cpu(struct device *d, act *dcontext, float *dmask_token, float *const dtask[GRANULARITIES], const act *dz, const int32_t *slot,
                           int batch, int groups, int patches, int visible, int width) {
	int tokens = groups * patches;
	size_t row = sizeof(float) * (size_t)width;
	if (!cpu_scratch_reserve(d, (size_t)(1 + groups) * width)) return;
	threads_apply(d);
#pragma omp parallel
	{
		float *sums = thread_sums_begin(d, (1 + groups) * width);
		struct span span = thread_span(batch);
		for (int64_t b = span.first; b < span.last; b++) {
			float *context = (float *)dcontext + (size_t)b * (visible + 1) * width;
			memset(context, 0, row * (size_t)(visible + 1));
			for (int t = 0; t < tokens; t++) {
				const float *in = (const float *)dz + ((size_t)b * tokens + t) * width;
				int at = slot[b * tokens + t];
				column_sums_add(sums + (size_t)(1 + t / patches) * width, in, 1, width);
				if (at < 0)
					column_sums_add(sums, in, 1, width);
				else
					memcpy(context + (size_t)at * width, in, row);
			}
		}
		thread_sums_end(d, dmask_token, 0, width);
		for (int g = 0; g < groups; g++) thread_sums_end(d, dtask[g], (1 + g) * width, width);
	}
}

void rows_copy_cpu(struct device *d, act *out, const act *z, int first, int n, int tokens, int batch, int width) {
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int b = 0; b < batch; b++)
		memcpy((float *)out + (size_t)b * n * width, (const float *)z + ((size_t)b * tokens + first) * width, sizeof(float) * (size_t)n * width);
}

void rows_add_cpu(struct device *d, act *z, const act *x, int first, int n, int tokens, int batch, int width) {
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int b = 0; b < batch; b++) {
		float *out = (float *)z + ((size_t)b * tokens + first) * width;
		const float *in = (const float *)x + (size_t)b * n * width;
#pragma omp simd
		for (int64_t j = 0; j < (int64_t)n * width; j++) out[j] += in[j];
	}
}
