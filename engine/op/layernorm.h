/* engine/op/layernorm.h -- LayerNorm over the last dimension (Ba, Kiros, Hinton 2016), alone or behind a residual sum.
 *
 *     mean = E[x],   rstd = (E[(x - mean)^2] + 1e-6)^-1/2,   xhat = (x - mean) rstd,   y = gamma xhat + beta
 *     dx = rstd (g - E[g] - xhat E[g xhat]),   g = gamma dy
 *     dgamma = sum over rows of dy xhat,   dbeta = sum over rows of dy
 *
 * Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

#define LAYERNORM_EPSILON 1e-6f /* spec.md section 3 */

void layernorm_forward_cpu(struct device *d, act *y, float *mean, float *rstd, const act *x, const act *gamma, const act *beta, int rows, int width);
void residual_layernorm_forward_cpu(struct device *d, act *sum, act *y, float *mean, float *rstd, const act *x, const act *r, const act *gamma,
                                    const act *beta, int rows, int width);
void layernorm_backward_cpu(struct device *d, act *dx, float *dgamma, float *dbeta, const act *dy, const act *x, const float *mean, const float *rstd,
                            const act *gamma, const act *add, int rows, int width);
void add_cpu(struct device *d, act *y, const act *a, const act *b, int64_t n);
