/* engine/op/optimizer.h -- AdamW (Loshchilov and Hutter 2019, algorithm 2, as PyTorch computes it), over flat buffers.
 *
 *     m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *     w = w (1 - lr decay) - lr (m / correction1) / (sqrt(v / correction2) + epsilon)
 *
 * Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

void adamw_cpu(struct device *d, float *master, act *compute, const float *gradient, float *m, float *v, int64_t n, int64_t decayed,
               const double *guard, const struct adamw_step *s);
void sum_squares_cpu(struct device *d, double *out, const float *x, int64_t n);
void convert_cpu(struct device *d, act *out, const float *x, int64_t n);
void widen_cpu(struct device *d, float *out, const act *x, int64_t n);
