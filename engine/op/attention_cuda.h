/* engine/op/attention_cuda.h -- what the two attention files of the GPU share.
 *
 * attention_bf16_cuda.cu: tensor cores; bf16, head width 32 or 64, rows in whole packs of 16 bytes.
 * attention_cuda.cu: plain multiply-adds in float32; either element type, head width up to 128, any stride; and the map. */
#pragma once

#include "engine/op/cuda.h"

/* One (batch, head): where it begins in each operand. */
struct head {
	int64_t q, k, v;
	int64_t out;       /* o and its gradient */
	int64_t statistic; /* lse */
};

static __device__ inline struct head head_at(const struct attention_shape *s, int i) {
	int64_t b = i / s->heads, h = (int64_t)(i % s->heads) * s->head_dim;
	return {b * s->queries * s->q_stride + h, b * s->keys * s->k_stride + h, b * s->keys * s->v_stride + h,
	        b * s->queries * s->heads * s->head_dim + h, (int64_t)i * s->queries};
}

/* The tensor cores' kernels. False: the shape or an address is not theirs, nothing was queued. */
bool attention_forward_mma(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s);
bool attention_backward_mma(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse, const act *q, const act *k,
                            const act *v, const struct attention_shape *s);
