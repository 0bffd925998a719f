/* engine/op/embed.h -- from bytes and labels to the encoder's tokens, visible patches only (spec.md section 3, input adapters).
 *
 *     normalise        rgb = (bytes / 255 - mean) / std, ImageNet's constants
 *     gather_pixels    rows[i, (c, y, x)] = rgb[sample, c, patch's row y, patch's column x]
 *     gather_classes   rows[i, (e, y, x)] = table[label of the patch's cell (y, x), e], 0 where unlabelled
 *     tokens           x[b, t] = rows[row[b, t]] + position[place[b, t]]; the last token is the global one
 *
 * Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

static const float image_mean[3] __attribute__((unused)) = {0.485f, 0.456f, 0.406f}, image_std[3] __attribute__((unused)) = {0.229f, 0.224f, 0.225f};

void normalise_cpu(struct device *d, float *rgb, const uint8_t *bytes, int batch, int size);
void gather_pixels_cpu(struct device *d, act *rows, const float *rgb, const int32_t *index, int n, const struct patch_shape *s);
void gather_classes_cpu(struct device *d, act *rows, const act *table, const uint8_t *labels, const int32_t *index, int n, int classes, int width,
                        const struct patch_shape *s);
void gather_classes_backward_cpu(struct device *d, float *dtable, const act *drows, const uint8_t *labels, const int32_t *index, int n, int classes,
                                 int table_rows, int width, const struct patch_shape *s);
void tokens_forward_cpu(struct device *d, act *x, const act *rows, const int32_t *row, const float *position, const int32_t *place, const act *global,
                        int batch, int visible, int width);
void tokens_backward_cpu(struct device *d, act *drows, float *dglobal, const act *dx, const int32_t *row, int batch, int visible, int width);
