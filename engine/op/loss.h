/* engine/op/loss.h -- the losses over masked patches (spec.md section 3; MAE and MultiMAE's code).
 *
 *     cross_entropy   cell loss = log sum over classes of exp(logit) - logit[label];   d = (softmax - onehot) weight
 *     pixel_loss      mean (pred - target)^2;   d = 2 (pred - target) weight
 *                     norm_pix: target = (pixels - mean) / sqrt(unbiased variance + 1e-6), a patch at a time
 *
 * A sample's loss is the mean over its masked valid cells or values. Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

#define NORM_PIX_EPSILON 1e-6f

void cross_entropy_cpu(struct device *d, float *sample_loss, act *dlogits, const act *logits, const uint8_t *labels, const uint8_t *mask,
                       const float *weight, int classes, const struct patch_shape *s);
void pixel_loss_cpu(struct device *d, float *sample_loss, act *dpred, const act *pred, const float *rgb, const uint8_t *mask, const float *weight,
                    bool norm_pix, const struct patch_shape *s);
