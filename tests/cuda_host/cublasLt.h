/* tests/cuda_host/cublasLt.h -- stands where cuBLASLt's header of that name would: the calls that matmul_cuda.cu makes, as loops on the
 * host, and the refusals that it must live with. Names and numbers are the library's.
 *
 * Two algorithms: 1 adds a sum's terms in order; 2 in two halves, the second in the workspace. Offered is nothing where a bf16
 * leading dimension or address is not whole 4 bytes, GELU only with bf16 and a side matrix of whole 16 bytes a row, a bias's sums only where there is
 * a multiple of 16 of them; 2 runs an even number of terms only, which the class of a number of rows does not tell. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <vector>

#include "cuda_bf16.h"
#include "cuda_runtime.h"

typedef enum {
	CUBLAS_STATUS_SUCCESS = 0,
	CUBLAS_STATUS_NOT_INITIALIZED = 1,
	CUBLAS_STATUS_INVALID_VALUE = 7,
	CUBLAS_STATUS_NOT_SUPPORTED = 15,
} cublasStatus_t;
typedef enum { CUBLAS_OP_N, CUBLAS_OP_T } cublasOperation_t;
typedef enum { CUBLAS_COMPUTE_32F = 68, CUBLAS_COMPUTE_32F_FAST_TF32 = 77 } cublasComputeType_t;
typedef enum { CUDA_R_32F = 0, CUDA_R_16BF = 14 } cudaDataType;
typedef enum {
	CUBLASLT_EPILOGUE_DEFAULT = 1,
	CUBLASLT_EPILOGUE_BIAS = 4,
	CUBLASLT_EPILOGUE_GELU_AUX = 32 | 128,
	CUBLASLT_EPILOGUE_GELU_AUX_BIAS = 32 | 128 | 4,
	CUBLASLT_EPILOGUE_DGELU = 64 | 128,
	CUBLASLT_EPILOGUE_BGRADB = 512,
} cublasLtEpilogue_t;
typedef enum {
	CUBLASLT_MATMUL_DESC_TRANSA = 3,
	CUBLASLT_MATMUL_DESC_TRANSB = 4,
	CUBLASLT_MATMUL_DESC_EPILOGUE = 7,
	CUBLASLT_MATMUL_DESC_BIAS_POINTER = 8,
	CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER = 11,
	CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD = 12,
} cublasLtMatmulDescAttributes_t;
typedef enum {
	CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1,
	CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK = 3,
	CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES = 5,
	CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES = 6,
	CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES = 7,
	CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES = 8,
} cublasLtMatmulPreferenceAttributes_t;
typedef enum { CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE = 2 } cublasLtReductionScheme_t;

typedef struct cublasLtContext *cublasLtHandle_t;
typedef struct { uint64_t data[8]; } cublasLtMatmulAlgo_t; /* data[0]: 1 or 2 */
typedef struct {
	cublasLtMatmulAlgo_t algo;
	size_t workspaceSize;
	cublasStatus_t state;
	float wavesCount;
	int reserved[4];
} cublasLtMatmulHeuristicResult_t;

typedef struct { int type; int64_t rows, cols, ld; } cublasLtMatrixLayoutOpaque_t, *cublasLtMatrixLayout_t;
/* Attributes by their number, 8 bytes each. */
typedef struct { int compute; uint64_t value[16]; } cublasLtMatmulDescOpaque_t, *cublasLtMatmulDesc_t;
typedef struct { uint64_t value[16]; } cublasLtMatmulPreferenceOpaque_t, *cublasLtMatmulPreference_t;

static inline cublasStatus_t cublasLtCreate(cublasLtHandle_t *out) { return *out = NULL, CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtDestroy(cublasLtHandle_t) { return CUBLAS_STATUS_SUCCESS; }
static inline size_t cublasLtGetVersion(void) { return 130000; }
static inline const char *cublasLtGetStatusString(cublasStatus_t s) { return s == CUBLAS_STATUS_NOT_SUPPORTED ? "not supported" : "invalid value"; }

static inline cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t l, size_t, cudaDataType type, uint64_t rows, uint64_t cols,
                                                               int64_t ld) {
	*l = {type, (int64_t)rows, (int64_t)cols, ld};
	return ld >= (int64_t)rows ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}
static inline cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t d, size_t, cublasComputeType_t compute, cudaDataType scale) {
	*d = {compute, {}};
	return scale == CUDA_R_32F ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}
static inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t a, const void *value,
                                                            size_t bytes) {
	size_t wanted = a >= CUBLASLT_MATMUL_DESC_BIAS_POINTER ? 8 : 4;
	if (bytes != wanted) return CUBLAS_STATUS_INVALID_VALUE;
	memcpy(&d->value[a], value, bytes);
	return CUBLAS_STATUS_SUCCESS;
}
static inline cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t p, size_t) { return *p = {}, CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t a,
                                                                  const void *value, size_t bytes) {
	if (bytes != (a == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES ? 8u : 4u)) return CUBLAS_STATUS_INVALID_VALUE;
	memcpy(&p->value[a], value, bytes);
	return CUBLAS_STATUS_SUCCESS;
}

/* ---- what is refused ---- */

struct emu_matmul { /* a product, all of it by value */
	cublasLtMatmulDescOpaque_t op;
	cublasLtMatrixLayoutOpaque_t a, b, d;
	int64_t k;
	uint32_t epilogue;
	bool turn_a, turn_b, half;
};

static inline cublasStatus_t emu_matmul_init(struct emu_matmul *e, cublasLtMatmulDesc_t op, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                             cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d) {
	*e = {*op, *a, *b, *d, 0, (uint32_t)op->value[CUBLASLT_MATMUL_DESC_EPILOGUE], op->value[CUBLASLT_MATMUL_DESC_TRANSA] == CUBLAS_OP_T,
	      op->value[CUBLASLT_MATMUL_DESC_TRANSB] == CUBLAS_OP_T, a->type == CUDA_R_16BF};
	e->k = e->turn_a ? a->rows : a->cols;
	bool fits = (e->turn_b ? b->cols : b->rows) == e->k && (e->turn_a ? a->cols : a->rows) == d->rows;
	fits &= (e->turn_b ? b->rows : b->cols) == d->cols;
	bool vector = e->epilogue & (CUBLASLT_EPILOGUE_BIAS | CUBLASLT_EPILOGUE_BGRADB), side = e->epilogue & 128;
	if (!fits || memcmp(c, d, sizeof *c) || !d->rows || !d->cols || !e->k) return CUBLAS_STATUS_INVALID_VALUE;
	if (vector != (op->value[CUBLASLT_MATMUL_DESC_BIAS_POINTER] != 0)) return CUBLAS_STATUS_INVALID_VALUE;
	if (side != (op->value[CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER] != 0)) return CUBLAS_STATUS_INVALID_VALUE;
	if (a->type != b->type || (!e->half && d->type != CUDA_R_32F)) return CUBLAS_STATUS_NOT_SUPPORTED;
	if (e->half && (op->compute != CUBLAS_COMPUTE_32F || (a->ld | b->ld) % 2 || (d->type == CUDA_R_16BF && d->ld % 2)))
		return CUBLAS_STATUS_NOT_SUPPORTED;
	int64_t side_ld = (int64_t)op->value[CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD];
	if (side && (d->type != CUDA_R_16BF || side_ld % 8 || side_ld < d->rows || op->value[CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER] % 16))
		return CUBLAS_STATUS_NOT_SUPPORTED;
	if (e->epilogue == CUBLASLT_EPILOGUE_BGRADB && (d->type != CUDA_R_32F || d->cols % 16)) return CUBLAS_STATUS_NOT_SUPPORTED;
	return CUBLAS_STATUS_SUCCESS;
}

static inline size_t emu_workspace(const struct emu_matmul *e, uint64_t algorithm) {
	return algorithm == 2 ? sizeof(float) * (size_t)(e->d.rows * e->d.cols) : 0;
}
static inline bool emu_runs(const struct emu_matmul *e, uint64_t algorithm) { return algorithm == 1 || (algorithm == 2 && e->k % 2 == 0); }

static inline cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t op, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                     cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, const cublasLtMatmulAlgo_t *algorithm,
                                                     cublasLtMatmulHeuristicResult_t *result) {
	struct emu_matmul e;
	cublasStatus_t status = emu_matmul_init(&e, op, a, b, c, d);
	if (status != CUBLAS_STATUS_SUCCESS) return status;
	result->workspaceSize = emu_workspace(&e, algorithm->data[0]);
	return emu_runs(&e, algorithm->data[0]) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

static inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t op, cublasLtMatrixLayout_t a,
                                                            cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                                            cublasLtMatmulPreference_t p, int most, cublasLtMatmulHeuristicResult_t *out, int *n) {
	struct emu_matmul e;
	cublasStatus_t status = emu_matmul_init(&e, op, a, b, c, d);
	*n = 0;
	if (status != CUBLAS_STATUS_SUCCESS) return status;
	for (int i = CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES; i <= CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES; i++)
		if (p->value[i] < 4) return CUBLAS_STATUS_NOT_SUPPORTED;
	for (uint64_t algorithm = 1; algorithm <= 2 && *n < most; algorithm++) {
		size_t bytes = emu_workspace(&e, algorithm);
		bool split = algorithm == 2 && !(p->value[CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK] & CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
		if (!split && emu_runs(&e, algorithm) && bytes <= p->value[CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES])
			out[(*n)++] = {{{algorithm}}, bytes, CUBLAS_STATUS_SUCCESS, 1, {}};
	}
	return CUBLAS_STATUS_SUCCESS;
}

/* ---- the product ---- */

static inline float emu_read(const void *p, int type, int64_t i) {
	return type == CUDA_R_16BF ? __bfloat162float(((const __nv_bfloat16 *)p)[i]) : ((const float *)p)[i];
}
static inline void emu_write(void *p, int type, int64_t i, float x) {
	if (type == CUDA_R_16BF) ((__nv_bfloat16 *)p)[i] = __float2bfloat16(x);
	else ((float *)p)[i] = x;
}
static inline float emu_tf32(float x) { /* 10 bits behind the point, to nearest */
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	bits = (bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* As floats, [columns][rows], or turned. */
static inline std::vector<float> emu_packed(const void *p, const cublasLtMatrixLayoutOpaque_t *l, bool turn, int compute) {
	std::vector<float> out((size_t)(l->rows * l->cols));
	for (int64_t j = 0; j < l->cols; j++)
		for (int64_t i = 0; i < l->rows; i++) {
			float x = emu_read(p, l->type, j * l->ld + i);
			out[(size_t)(turn ? i * l->cols + j : j * l->rows + i)] = compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? emu_tf32(x) : x;
		}
	return out;
}

/* sum[i] = sum of a[k][i] b[k], first <= k < last; a row of a at a time, in vector code. */
__attribute__((optimize("O3"))) static void emu_sums(float *__restrict sum, const float *__restrict a, const float *b, int64_t m, int64_t first,
                                                     int64_t last) {
	for (int64_t i = 0; i < m; i++) sum[i] = 0;
	for (int64_t k = first; k < last; k++)
		for (int64_t i = 0; i < m; i++) sum[i] += a[k * m + i] * b[k];
}

static inline float emu_tanh_part(float u) { return tanhf(0.7978845608f * (u + 0.044715f * u * u * u)); }
static inline float emu_gelu(float u) { return 0.5f * u * (1 + emu_tanh_part(u)); }
static inline float emu_gelu_slope(float u) {
	float t = emu_tanh_part(u);
	return 0.5f * (1 + t) + 0.5f * u * (1 - t * t) * 0.7978845608f * (1 + 3 * 0.044715f * u * u);
}

static inline void emu_matmul_run(const struct emu_matmul *e, const void *a, const void *b, float alpha, float beta, const void *c, void *d,
                                  uint64_t algorithm, float *workspace) {
	int64_t m = e->d.rows, n = e->d.cols, half = algorithm == 2 ? e->k / 2 : e->k;
	std::vector<float> left = emu_packed(a, &e->a, e->turn_a, e->op.compute), right = emu_packed(b, &e->b, e->turn_b, e->op.compute);
	std::vector<float> sum((size_t)m);
	void *vector = (void *)e->op.value[CUBLASLT_MATMUL_DESC_BIAS_POINTER], *side = (void *)e->op.value[CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER];
	int64_t side_ld = (int64_t)e->op.value[CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD];
	for (int64_t j = 0; j < n; j++) {
		emu_sums(sum.data(), left.data(), &right[(size_t)(j * e->k)], m, 0, half);
		if (algorithm == 2) emu_sums(workspace + j * m, left.data(), &right[(size_t)(j * e->k)], m, half, e->k);
		for (int64_t i = 0; i < m; i++) {
			float x = alpha * (algorithm == 2 ? sum[(size_t)i] + workspace[j * m + i] : sum[(size_t)i]);
			if (beta != 0) x += beta * emu_read(c, e->d.type, j * e->d.ld + i);
			if (e->epilogue & CUBLASLT_EPILOGUE_BIAS) x += emu_read(vector, e->d.type, i);
			if (e->epilogue == CUBLASLT_EPILOGUE_DGELU) x *= emu_gelu_slope(emu_read(side, e->d.type, j * side_ld + i));
			else if (side) {
				emu_write(side, e->d.type, j * side_ld + i, x);
				x = emu_gelu(x);
			}
			emu_write(d, e->d.type, j * e->d.ld + i, x);
		}
		if (e->epilogue == CUBLASLT_EPILOGUE_BGRADB) {
			float total = 0;
			for (int64_t k = 0; k < e->k; k++) total += right[(size_t)(j * e->k + k)];
			emu_write(vector, e->d.type, j, total);
		}
	}
}

static inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t op, const void *alpha, const void *a, cublasLtMatrixLayout_t la,
                                            const void *b, cublasLtMatrixLayout_t lb, const void *beta, const void *c, cublasLtMatrixLayout_t lc,
                                            void *d, cublasLtMatrixLayout_t ld, const cublasLtMatmulAlgo_t *algo, void *workspace, size_t bytes,
                                            cudaStream_t stream) {
	struct emu_matmul e;
	uint64_t algorithm = algo->data[0];
	float by = *(const float *)alpha, plus = *(const float *)beta;
	cublasStatus_t status = emu_matmul_init(&e, op, la, lb, lc, ld);
	if (status != CUBLAS_STATUS_SUCCESS) return status;
	if (!emu_runs(&e, algorithm) || emu_workspace(&e, algorithm) > bytes) return CUBLAS_STATUS_INVALID_VALUE;
	emu_enqueue(stream, [=] { emu_matmul_run(&e, a, b, by, plus, c, d, algorithm, (float *)workspace); });
	return CUBLAS_STATUS_SUCCESS;
}
