/* engine/op/matmul_cuda.h -- one matrix product of a linear layer on the GPU, by cuBLASLt, with what the library can do in the same kernel.
 *
 * cuda_matmul() says no where the library has nothing for a shape, or where doing the same by parts was faster; matmul_by_parts()
 * (linear_cuda.cu) does everything at every size. linear_cuda.cu calls matmul_run(), which is the one or the other.
 * Numbers: operands in the device's element type, sums in float32 (TF32 operands at precision=tf32), dw and db float32. */
#pragma once

#include "engine/op/cuda.h"

/* y [rows, out] = x w^T, dx [rows, in] = dy w, dw [out, in] = dy^T x; x [rows, in], w [out, in], dy [rows, out]. */
enum matmul_kind { MATMUL_Y, MATMUL_DX, MATMUL_DW };

enum matmul_with {
	MATMUL_PLAIN,      /* + vector, the bias (NULL: none) */
	MATMUL_GELU,       /* side = product + vector, to = gelu(side) */
	MATMUL_GELU_SLOPE, /* to = product * gelu'(side) */
	MATMUL_BIAS_SUMS,  /* vector [out], float, = column sums of dy */
};

struct matmul {
	enum matmul_kind kind;
	enum matmul_with with;
	int rows, in, out;
	const act *a, *b;  /* Y: w, x; DX: w, dy; DW: x, dy */
	void *to;
	void *vector;
	act *side;         /* the shape of `to` */
	bool accumulate;   /* to += product; PLAIN without a vector only */
};

/* True: queued (or failed, which is recorded). False: do it by parts. rows > 0. */
bool cuda_matmul(struct device *d, const struct matmul *m);
void matmul_by_parts(struct device *d, const struct matmul *m);
static inline void matmul_run(struct device *d, const struct matmul *m) {
	if (!cuda_matmul(d, m)) matmul_by_parts(d, m);
}
