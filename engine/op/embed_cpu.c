#include "engine/op/embed.h"

#include <string.h>

#include "engine/op/cpu.h"
#include "engine/op/patch.h"
#include "engine/op/tile.h"

void normalise_cpu(struct device *d, float *rgb, const uint8_t *bytes, int batch, int size) {
	int64_t plane = (int64_t)size * size;
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < batch * 3; i++) {
		const float scale = 1 / (255 * image_std[i % 3]), shift = -image_mean[i % 3] / image_std[i % 3];
		const uint8_t *in = bytes + i * plane;
		float *out = rgb + i * plane;
#pragma omp simd
		for (int64_t j = 0; j < plane; j++) out[j] = (float)in[j] * scale + shift;
	}
}

void gather_pixels_cpu(struct device *d, act *rows, const float *rgb, const int32_t *index, int n, const struct patch_shape *s) {
	size_t line = (size_t)s->patch, step = (size_t)s->side * line;
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < n; i++) {
		float *out = (float *)rows + (size_t)i * 3 * line * line;
		for (int c = 0; c < 3; c++) {
			const float *in = rgb + patch_pixel(s, index[i] / patch_count(s), index[i] % patch_count(s), c);
			for (int y = 0; y < s->patch; y++, out += line) memcpy(out, in + y * step, line * sizeof *out);
		}
	}
}

void gather_classes_cpu(struct device *d, act *rows, const act *table, const uint8_t *labels, const int32_t *index, int n, int classes, int width,
                        const struct patch_shape *s) {
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int i = 0; i < n; i++) {
		uint8_t label[CELLS];
		float *out = (float *)rows + (size_t)i * width * CELLS;
		patch_labels(label, labels, s, index[i] / patch_count(s), index[i] % patch_count(s));
		for (int c = 0; c < CELLS; c++) {
			const float *in = (const float *)table + (size_t)label[c] * width;
			for (int e = 0; e < width; e++) out[e * CELLS + c] = label[c] < classes ? in[e] : 0;
		}
	}
}

/* Each thread sums its rows into a table of its own; the tables are added in thread order. */
void gather_classes_backward_cpu(struct device *d, float *dtable, const act *drows, const uint8_t *labels, const int32_t *index, int n, int classes,
                                 int table_rows, int width, const struct patch_shape *s) {
	int turned_step = lanes_round(width);
	if (!cpu_scratch_reserve(d, (size_t)table_rows * width + (size_t)turned_step * CELLS)) return;
	threads_apply(d);
#pragma omp parallel
	{
		float *sums = thread_sums_begin(d, table_rows * width), *turned = sums + (size_t)table_rows * width;
		struct span span = thread_span(n);
		for (int64_t i = span.first; i < span.last; i++) {
			uint8_t label[CELLS];
			patch_labels(label, labels, s, index[i] / patch_count(s), index[i] % patch_count(s));
			tile_transpose(turned, (size_t)turned_step, (const float *)drows + (size_t)i * width * CELLS, CELLS, width, CELLS, 1);
			for (int c = 0; c < CELLS; c++)
				if (label[c] < classes) column_sums_add(sums + (size_t)label[c] * width, turned + (size_t)c * turned_step, 1, width);
		}
		thread_sums_end(d, dtable, 0, table_rows * width);
	}
}

void tokens_forward_cpu(struct device *d, act *x, const act *rows, const int32_t *row, const float *position, const int32_t *place, const act *global,
                        int batch, int visible, int width) {
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int b = 0; b < batch; b++) {
		float *out = (float *)x + (size_t)b * (visible + 1) * width;
		for (int t = 0; t < visible; t++, out += width) {
			const float *in = (const float *)rows + (size_t)row[(size_t)b * visible + t] * width;
			const float *at = position + (size_t)place[(size_t)b * visible + t] * width;
#pragma omp simd
			for (int j = 0; j < width; j++) out[j] = in[j] + at[j];
		}
		memcpy(out, global, sizeof(float) * (size_t)width);
	}
}

void tokens_backward_cpu(struct device *d, act *drows, float *dglobal, const act *dx, const int32_t *row, int batch, int visible, int width) {
	const float *g = dx;
	size_t sample = (size_t)(visible + 1) * width;
	threads_apply(d);
#pragma omp parallel for schedule(static)
	for (int b = 0; b < batch; b++)
		for (int t = 0; t < visible; t++)
			memcpy((float *)drows + (size_t)row[(size_t)b * visible + t] * width, g + b * sample + (size_t)t * width, sizeof(float) * (size_t)width);
	for (int j = 0; j < width; j++) dglobal[j] = 0;
	for (int b = 0; b < batch; b++) column_sums_add(dglobal, g + b * sample + (size_t)visible * width, 1, width);
}
