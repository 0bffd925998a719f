#include "engine/op/loss.h"

#include <math.h>
#include <string.h>

#include "engine/op/cpu.h"
#include "engine/op/patch.h"
#include "engine/op/tile.h"
#include "engine/op/vmath.h"

/* The largest logit and the sum of exponentials of each of a patch's cells, the vector's lanes. E, unless NULL, receives the
 * exponentials (it may be LOGITS). */
static void cells_softmax(float top[CELLS], float sum[CELLS], float *e, const float *logits, int classes) {
	float most[CELLS], total[CELLS] = {0}; /* kept in a register over the loop, which an argument's memory is not */
	for (int c = 0; c < CELLS; c++) most[c] = logits[c];
	for (int j = 1; j < classes; j++)
#pragma omp simd
		for (int c = 0; c < CELLS; c++) most[c] = logits[j * CELLS + c] > most[c] ? logits[j * CELLS + c] : most[c];
	if (e) {
		for (int j = 0; j < classes; j++)
#pragma omp simd
			for (int c = 0; c < CELLS; c++) {
				float x = exp_v(logits[j * CELLS + c] - most[c]);
				e[j * CELLS + c] = x;
				total[c] += x;
			}
	} else {
		for (int j = 0; j < classes; j++)
#pragma omp simd
			for (int c = 0; c < CELLS; c++) total[c] += exp_v(logits[j * CELLS + c] - most[c]);
	}
	memcpy(top, most, sizeof most);
	memcpy(sum, total, sizeof total);
}

/* One patch: returns the sum of its cells' losses, adds the number of valid ones to COUNT, fills D unless NULL. */
static double patch_cross_entropy(float *d, const float *logits, const uint8_t label[CELLS], int classes, float weight, int *count) {
	float top[CELLS], sum[CELLS], own[CELLS], scale[CELLS];
	double loss = 0;
	for (int c = 0; c < CELLS; c++) own[c] = label[c] < classes ? logits[label[c] * CELLS + c] : 0; /* before D overwrites it */
	cells_softmax(top, sum, d, logits, classes);
	for (int c = 0; c < CELLS; c++) {
		bool valid = label[c] < classes;
		scale[c] = valid ? weight / sum[c] : 0;
		if (valid) loss += (double)(top[c] - own[c]) + log((double)sum[c]);
		*count += valid;
	}
	if (!d) return loss;
	for (int j = 0; j < classes; j++) {
#pragma omp simd
		for (int c = 0; c < CELLS; c++) d[j * CELLS + c] *= scale[c];
	}
	for (int c = 0; c < CELLS; c++)
		if (label[c] < classes) d[label[c] * CELLS + c] -= weight;
	return loss;
}

void cross_entropy_cpu(struct device *d, float *sample_loss, act *dlogits, const act *logits, const uint8_t *labels, const uint8_t *mask,
                       const float *weight, int classes, const struct patch_shape *s) {
	size_t width = (size_t)classes * CELLS;
	threads_apply(d);
	/* dynamic: samples differ in masked patches; each is summed by one thread in one order all the same */
#pragma omp parallel for schedule(dynamic, 1)
	for (int b = 0; b < s->batch; b++) {
		double loss = 0;
		int count = 0;
		for (int n = 0; n < patch_count(s); n++) {
			size_t row = (size_t)b * patch_count(s) + n;
			float *out = dlogits ? (float *)dlogits + row * width : NULL;
			if (mask[row]) {
				uint8_t label[CELLS];
				patch_labels(label, labels, s, b, n);
				loss += patch_cross_entropy(out, (const float *)logits + row * width, label, classes, weight[b], &count);
			} else if (out) {
				memset(out, 0, width * sizeof *out);
			}
		}
		sample_loss[b] = count ? (float)(loss / count) : 0;
	}
}

/* A patch's target in TARGET [3, P, P]. */
static void patch_target(float *target, const float *rgb, const struct patch_shape *s, int b, int n, bool norm_pix) {
	int width = 3 * s->patch * s->patch, at = 0;
	size_t step = (size_t)s->side * s->patch;
	for (int c = 0; c < 3; c++)
		for (int y = 0; y < s->patch; y++, at += s->patch)
			memcpy(target + at, rgb + patch_pixel(s, b, n, c) + y * step, sizeof *target * (size_t)s->patch);
	if (!norm_pix) return;
	float sum[LANES] = {0}, square[LANES] = {0};
	for (int j = 0; j < width; j++) sum[j % LANES] += target[j];
	float mean = fold_sum(sum) / (float)width;
	for (int j = 0; j < width; j++) square[j % LANES] += (target[j] - mean) * (target[j] - mean);
	float scale = 1 / sqrtf(fold_sum(square) / (float)(width - 1) + NORM_PIX_EPSILON);
#pragma omp simd
	for (int j = 0; j < width; j++) target[j] = (target[j] - mean) * scale;
}

/* TARGET becomes pred - target; returns the sum of its squares. */
static float patch_difference(float *restrict target, const float *restrict pred, int width) {
	float sum[LANES] = {0};
	int j = 0;
	for (; j + LANES <= width; j += LANES)
#pragma omp simd
		for (int l = 0; l < LANES; l++) {
			float difference = pred[j + l] - target[j + l];
			target[j + l] = difference;
			sum[l] += difference * difference;
		}
	for (; j < width; j++) {
		target[j] = pred[j] - target[j];
		sum[j % LANES] += target[j] * target[j];
	}
	return fold_sum(sum);
}

void pixel_loss_cpu(struct device *d, float *sample_loss, act *dpred, const act *pred, const float *rgb, const uint8_t *mask, const float *weight,
                    bool norm_pix, const struct patch_shape *s) {
	int width = 3 * s->patch * s->patch;
	if (!cpu_scratch_reserve(d, (size_t)width)) return;
	threads_apply(d);
#pragma omp parallel for schedule(dynamic, 1)
	for (int b = 0; b < s->batch; b++) {
		float *target = cpu_scratch(d, thread_index());
		double loss = 0;
		int count = 0;
		for (int n = 0; n < patch_count(s); n++) {
			size_t row = (size_t)b * patch_count(s) + n;
			float *out = dpred ? (float *)dpred + row * width : NULL;
			if (!mask[row]) {
				if (out) memset(out, 0, sizeof *out * (size_t)width);
				continue;
			}
			patch_target(target, rgb, s, b, n, norm_pix);
			loss += patch_difference(target, (const float *)pred + row * width, width);
			count += width;
			if (!out) continue;
#pragma omp simd
			for (int j = 0; j < width; j++) out[j] = 2 * target[j] * weight[b];
		}
		sample_loss[b] = count ? (float)(loss / count) : 0;
	}
}
