#include "engine/op/cpu.h"

enum { PIECES_MIN = 8 };

struct pieces pieces_of(const struct device *d, int n, int size_max, int size_min) {
	int count = PIECES_MIN;
	while (count < 2 * d->threads || n > (int64_t)count * size_max) count *= 2;
	int size = (n + count - 1) / count;
	if (size < size_min) size = size_min;
	return (struct pieces){(n + size - 1) / size, size};
}

void column_sums_add(float *restrict sums, const float *restrict x, int rows, int width) {
	size_t step = (size_t)width;
	int i = 0;
	/* four rows at a time: the sums are loaded and stored a quarter as often */
	for (; i + 4 <= rows; i += 4, x += 4 * step) {
#pragma omp simd
		for (int j = 0; j < width; j++) sums[j] += (x[j] + x[step + j]) + (x[2 * step + j] + x[3 * step + j]);
	}
	for (; i < rows; i++, x += step) {
#pragma omp simd
		for (int j = 0; j < width; j++) sums[j] += x[j];
	}
}

void column_sums_fold(float *restrict out, const float *restrict sums, size_t step, int count, int width) {
	struct span span = thread_span(width);
	for (int64_t j = span.first; j < span.last; j++) out[j] = 0;
	for (int i = 0; i < count; i++, sums += step) {
#pragma omp simd
		for (int64_t j = span.first; j < span.last; j++) out[j] += sums[j];
	}
}

float *thread_sums_begin(const struct device *d, int width) {
	float *sums = cpu_scratch(d, thread_index());
	memset(sums, 0, sizeof *sums * (size_t)width);
	return sums;
}

void thread_sums_end(const struct device *d, float *out, int first, int width) {
#pragma omp barrier
	column_sums_fold(out, cpu_scratch(d, 0) + first, (size_t)(cpu_scratch(d, 1) - cpu_scratch(d, 0)), thread_count(), width);
}
