/* engine/op/attention.h -- scaled dot-product attention (Vaswani et al. 2017, eq. 1), forward, backward, and its map.
 *
 *     s = q k^T / sqrt(head_dim),   lse = log sum over keys of exp(s),   p = exp(s - lse),   o = p v
 *     dv = p^T do,   dp = do v^T,   delta = rowsum(do o),   ds = p (dp - delta) / sqrt(head_dim),   dq = ds k,   dk = ds^T q
 *
 * Only o and lse are kept between the passes; p is made again (FlashAttention-2: Dao 2023). Contracts: op.h. */
#pragma once

#include "engine/op/op.h"

void attention_forward_cpu(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s);
void attention_backward_cpu(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse, const act *q, const act *k,
                            const act *v, const struct attention_shape *s);
void attention_map_cpu(struct device *d, float *p, const act *q, const act *k, const struct attention_shape *s);
