/* engine/op/linear.h -- y = x w^T + b, alone or with GELU, and their gradients.
 *
 *     dx = dy w,   dw = dy^T x,   db = sum over rows of dy
 *     gelu(u) = u Phi(u),   gelu'(u) = Phi(u) + u phi(u),   Phi(u) = (1 + erf(u / sqrt 2)) / 2,   phi(u) = exp(-u^2 / 2) / sqrt(2 pi)
 *
 * (Hendrycks and Gimpel 2016, the erf form: spec.md section 3.) Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

void linear_forward_cpu(struct device *d, act *y, const act *x, const act *w, const act *b, int rows, int in, int out);
void linear_backward_cpu(struct device *d, act *dx, float *dw, float *db, const act *dy, const act *x, const act *w, int rows, int in, int out,
                         bool accumulate);
void linear_gelu_forward_cpu(struct device *d, act *y, act *pre, const act *x, const act *w, const act *b, int rows, int in, int out);
void linear_gelu_backward_cpu(struct device *d, act *dpre, float *dw, float *db, const act *dy, const act *y, const act *w, const act *pre, int rows,
                              int in, int out);
