/* engine/op/gemm.h -- the one matrix product: row-major C [m, n] = alpha op(A) op(B) + beta C, op(A) [m, k], op(B) [k, n].
 *
 * oneDNN's sgemm (dnnl_sgemm: one signature in 2.x and 3.x) where it was found, else a blocked loop of our own.
 * Called outside a parallel region it uses the device's threads; inside one (attention's heads), the calling thread alone.
 * lda, ldb, ldc: elements from one stored row to the next. beta = 0 never reads C. */
#pragma once

#include <stdbool.h>

#include "engine/device/device.h"

void gemm(struct device *d, bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
          float beta, float *c, int ldc);

/* The linears' product at precision=bf16: operands rounded to bf16 (to nearest, ties to even), sums in float32, by oneDNN's matmul
 * primitive (2.x; the few calls that 3.x renamed were compiled against its headers, not run). A primitive is made for a shape when it is
 * first seen, which takes milliseconds, and kept till the device closes. Row counts vary with the masks, so rows are
 * processed in steps of 32 or more, at most 32 an octave, zeros after the last: a bounded number of shapes, and under 4 % more work.
 * Called outside a parallel region. Where memory is short nothing is computed and device_sync() says so. */
typedef uint16_t bf16;
enum bf16_operand { BF16_X, BF16_W, BF16_DY, BF16_OPERANDS };
struct bf16_state;

/* ERR_DEVICE: no AVX512_BF16, or built without oneDNN or OpenMP. Freed with bf16_close(); NULL is fine. */
int bf16_open(struct bf16_state **out);
void bf16_close(struct bf16_state *b);

/* X [rows, width] rounded, in OPERAND's buffer until the next call for OPERAND; NULL: no memory. */
const bf16 *bf16_round(struct device *d, enum bf16_operand operand, const float *x, int rows, int width);

/* C [m, n] = op(A) op(B), or C + op(A) op(B): A and B from bf16_round(), dense; with transpose_a, not transpose_b. */
void gemm_bf16(struct device *d, bool transpose_a, bool transpose_b, int m, int n, int k, const bf16 *a, const bf16 *b, bool accumulate, float *c);
