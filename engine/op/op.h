/* engine/op/op.h -- the op table: every computation that the model needs from a device, forward and backward.
 *
 * One struct of functions; cpu.c fills it for the CPU, cuda.cu for the GPU. Each group below lives in a triple
 * NAME.h (formula, source), NAME_cpu.c, NAME_cuda.cu, and each function has a row in the op table of tests/ops, which drives the
 * check against double precision, the gradient check and the benchmark.
 *
 * Shapes are row-major, the last index fastest; [rows, width]. `act *` are activations and compute weights
 * (device->act_bytes an element), `float *` are statistics, losses, gradients of parameters and master weights.
 * Every pointer is device memory; index arrays are int32. Gradients of parameters are overwritten, never
 * accumulated: every parameter is used once a step. No op allocates, none uses float atomics: the same input and the same
 * thread count give the same bits. 64-bit sizes wherever a product of two dimensions is taken.
 * Threads: as the device. Failures surface in device_sync().
 * gelu is the erf form; a device that computes in bf16 may use the tanh form, whose largest difference (4.7e-4) is below bf16's
 * resolution (spec.md section 3), in forward and backward alike. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/types.h"
#include "engine/device/device.h"

/* How to find the rows of one attention operand inside a wider matrix: element (b, t, h, i) is at
 * data + ((b * tokens + t) * stride + h * head_dim + i). */
struct attention_shape {
	int batch, heads, head_dim;
	int queries, keys;                       /* tokens on either side */
	int q_stride, k_stride, v_stride;        /* elements from one token to the next in q, k, v (and dq, dk, dv) */
};                                               /* the output's (and its gradient's) stride is heads * head_dim */

/* Which label cell or pixel belongs to which patch; common to the ops that read images. */
struct patch_shape {
	int batch;
	int side;                                /* patches along an edge; N = side * side */
	int patch;                               /* pixels along a patch's edge, P; the image's side is side * patch */
};

struct adamw_step {
	float lr, beta1, beta2, epsilon, decay;
	float correction1, correction2;          /* 1 - beta^step, so that the kernel needs no power */
};

struct ops {
	/* --- linear.h: y = x w^T + b; x [rows, in], w [out, in], b [out] or NULL, y [rows, out] --- */
	void (*linear_forward)(struct device *d, act *y, const act *x, const act *w, const act *b, int rows, int in, int out);
	/* dx = dy w (NULL: not wanted; accumulate: dx += dy w), dw = dy^T x, db = column sums of dy (NULL: no bias). */
	void (*linear_backward)(struct device *d, act *dx, float *dw, float *db, const act *dy, const act *x, const act *w,
	                        int rows, int in, int out, bool accumulate);
	/* pre = x w^T + b, y = gelu(pre); gelu(u) = u/2 (1 + erf(u / sqrt 2)). */
	void (*linear_gelu_forward)(struct device *d, act *y, act *pre, const act *x, const act *w, const act *b, int rows, int in, int out);
	/* The linear layer behind a GELU, y = gelu(pre): dpre = (dy w) * gelu'(pre), dw = dy^T y, db = column sums of dy (NULL: no bias);
	 * pre, y, dpre [rows, in], dy [rows, out]. */
	void (*linear_gelu_backward)(struct device *d, act *dpre, float *dw, float *db, const act *dy, const act *y, const act *w,
	                             const act *pre, int rows, int in, int out);

	/* --- layernorm.h: y = (x - mean) * rstd * gamma + beta, eps 1e-6, biased variance; mean, rstd [rows] --- */
	void (*layernorm_forward)(struct device *d, act *y, float *mean, float *rstd, const act *x, const act *gamma, const act *beta, int rows, int width);
	/* sum = x + r, y = LN(sum); sum may be x. */
	void (*residual_layernorm_forward)(struct device *d, act *sum, act *y, float *mean, float *rstd, const act *x, const act *r,
	                                   const act *gamma, const act *beta, int rows, int width);
	/* dx = add + LN'(dy); add is the gradient that arrives past the norm (NULL: none; may be dx). x is LN's input. */
	void (*layernorm_backward)(struct device *d, act *dx, float *dgamma, float *dbeta, const act *dy, const act *x, const float *mean,
	                           const float *rstd, const act *gamma, const act *add, int rows, int width);
	void (*add)(struct device *d, act *y, const act *a, const act *b, int64_t n); /* y = a + b; y may be a or b */

	/* --- attention.h: o = softmax(q k^T / sqrt(head_dim)) v; lse [batch, heads, queries]: log of the softmax's sum --- */
	void (*attention_forward)(struct device *d, act *o, float *lse, const act *q, const act *k, const act *v, const struct attention_shape *s);
	void (*attention_backward)(struct device *d, act *dq, act *dk, act *dv, const act *dout, const act *o, const float *lse,
	                           const act *q, const act *k, const act *v, const struct attention_shape *s);
	/* The plain path, for pictures: p [batch, heads, queries, keys], rows sum to 1. */
	void (*attention_map)(struct device *d, float *p, const act *q, const act *k, const struct attention_shape *s);

	/* --- embed.h: the visible patches' inputs. index [n]: sample * N + patch of each row --- */
	/* rgb [B,3,S,S] = (bytes/255 - mean) / std, ImageNet's constants. */
	void (*normalise)(struct device *d, float *rgb, const uint8_t *bytes, int batch, int size);
	/* rows [n, 3*P*P] in (channel, y, x) order, a Conv2d weight's. */
	void (*gather_pixels)(struct device *d, act *rows, const float *rgb, const int32_t *index, int n, const struct patch_shape *s);
	/* rows [n, width*16] in (embedding, y, x) order; labels [B, 4 side, 4 side]; table [>= classes, width];
	 * a label >= classes is unlabelled and embeds as zeros. */
	void (*gather_classes)(struct device *d, act *rows, const act *table, const uint8_t *labels, const int32_t *index, int n,
	                       int classes, int width, const struct patch_shape *s);
	/* dtable [table_rows, width] overwritten: sums of drows by class; rows >= classes are zero. */
	void (*gather_classes_backward)(struct device *d, float *dtable, const act *drows, const uint8_t *labels, const int32_t *index, int n,
	                                int classes, int table_rows, int width, const struct patch_shape *s);
	/* x [B, V+1, D]: x[b, t] = rows[row[b, t]] + position[place[b, t]], the last token = global; row, place [B, V]. */
	void (*tokens_forward)(struct device *d, act *x, const act *rows, const int32_t *row, const float *position, const int32_t *place,
	                       const act *global, int batch, int visible, int width);
	void (*tokens_backward)(struct device *d, act *drows, float *dglobal, const act *dx, const int32_t *row, int batch, int visible, int width);

	/* --- sequence.h: the decoder's full sequence (spec.md section 3, decoder 2) --- */
	/* z [B, G*N, w]: z[b, g*N + n] = (slot >= 0 ? context[b, slot] : mask_token) + position[n] + task[g]; slot [B, G*N], context [B, V+1, w]
	 * (the last row, the global token's, is never named by a slot). task: G pointers, in sequence order. */
	void (*sequence_forward)(struct device *d, act *z, const act *context, const act *mask_token, const act *const task[GRANULARITIES],
	                         const float *position, const int32_t *slot, int batch, int groups, int patches, int visible, int width);
	/* dcontext rows that no slot names (the global token's) become zero. */
	void (*sequence_backward)(struct device *d, act *dcontext, float *dmask_token, float *const dtask[GRANULARITIES], const act *dz,
	                          const int32_t *slot, int batch, int groups, int patches, int visible, int width);
	/* out [B, n, w] = z[b, first .. first+n) and its inverse z[b, first .. first+n) += x [B, n, w]; z has TOKENS rows a sample. */
	void (*rows_copy)(struct device *d, act *out, const act *z, int first, int n, int tokens, int batch, int width);
	void (*rows_add)(struct device *d, act *z, const act *x, int first, int n, int tokens, int batch, int width);

	/* --- loss.h: masked patches only. mask [B, N] bytes, 1 = masked; sample_loss [B]: mean over that sample's masked valid cells or
	 * pixels, 0 if it has none; weight [B]: the gradient's scale per valid cell or value (loss weight / valid samples / count).
	 * dlogits / dpred may be NULL (loss only) or the prediction itself (in place); zero where not masked or not labelled --- */
	/* logits [B, N, classes*16] in (class, y, x) order; labels [B, 4 side, 4 side]; a label >= classes has no loss. */
	void (*cross_entropy)(struct device *d, float *sample_loss, act *dlogits, const act *logits, const uint8_t *labels, const uint8_t *mask,
	                      const float *weight, int classes, const struct patch_shape *s);
	/* pred [B, N, 3*P*P] in (channel, y, x) order against rgb [B,3,S,S] f32; norm_pix: each patch's target to mean 0, variance 1
	 * (unbiased variance + 1e-6 under the root, over its 3PP values: MAE's code). d loss/d pred = 2 (pred - target) weight. */
	void (*pixel_loss)(struct device *d, float *sample_loss, act *dpred, const act *pred, const float *rgb, const uint8_t *mask,
	                   const float *weight, bool norm_pix, const struct patch_shape *s);

	/* --- optimizer.h, over flat buffers --- */
	/* AdamW (Loshchilov and Hutter 2019, decoupled decay: w -= lr decay w); the first DECAYED elements take the decay; compute: the weights
	 * that the model reads (may be master itself). Does nothing unless both numbers of GUARD (device memory) are finite. */
	void (*adamw)(struct device *d, float *master, act *compute, const float *gradient, float *m, float *v, int64_t n, int64_t decayed,
	              const double *guard, const struct adamw_step *s);
	void (*sum_squares)(struct device *d, double *out, const float *x, int64_t n); /* out: one double in device memory */
	void (*convert)(struct device *d, act *out, const float *x, int64_t n);        /* master -> compute; a copy on the CPU */
	void (*widen)(struct device *d, float *out, const act *x, int64_t n);          /* activations -> float, for people and files */
};

extern const struct ops ops_cpu;
