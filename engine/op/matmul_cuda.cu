/* cuBLASLt: opened when a GPU is, never linked, so that the program starts on machines without it.
 *
 * The library is column-major. A row-major [r, c] matrix is, without moving an element, a column-major c x r matrix with leading
 * dimension c; so each product is asked for transposed, D = op(A) op(B):
 *
 *     y  = x w^T    out x rows = W^T X     A = w, in x out, turned    B = x, in x rows
 *     dx = dy w     in x rows  = W DY      A = w, in x out            B = dy, out x rows
 *     dw = dy^T x   in x out   = X DY^T    A = x, in x rows           B = dy, out x rows, turned
 *
 * No leading dimension depends on the number of rows. That number differs from step to step for the input adapters, so an algorithm is chosen
 * for a class of rows (rows_class()), and descriptors, which need no allocation, are made anew on the stack for each call.
 *
 * The first time that a key comes, what the library's heuristic proposes is timed on the operands at hand, beside the same by parts where
 * a fused kernel is asked for, and the fastest is kept (plans.h). All sums are taken in an order fixed by the algorithm: of the schemes that
 * split a sum over k only the one that stores partial sums in float32 and adds them in a separate step is allowed. So bits depend on the
 * plan file alone; with C2F_PLANS=off on nothing: the heuristic's first is taken, asked with the class's rows. */
#include <cublasLt.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/op/matmul_cuda.h"

extern "C" {
#include "engine/base/err.h"
#include "engine/op/plans.h"
}

enum {
	CANDIDATES = 8,
	ROUNDS = 4,               /* of a timing; the first warms up, the least of the others counts */
	RUNS_MAX = 16,            /* products in a round: about ROUND_MS of them */
	ALIGNED = 16,             /* bytes; what tensor cores and 16-byte copies ask of an address */
	ROWS_STEPS = 8,           /* classes of rows from one power of two to the next: 12.5 % and less apart */
};

static const float ROUND_MS = 0.5f;
static const size_t WORKSPACE_BYTES = (size_t)32 << 20, WORKSPACE_HOPPER_BYTES = (size_t)64 << 20; /* Hopper's and newer kernels ask for more */
static const float ONE = 1, ZERO = 0;

/* ---- the library ---- */

#define LT_FUNCTIONS(row)                                                                                                                 \
	row(cublasLtCreate) row(cublasLtDestroy) row(cublasLtGetVersion) row(cublasLtGetStatusString)                                         \
	row(cublasLtMatmulDescInit_internal) row(cublasLtMatmulDescSetAttribute) row(cublasLtMatrixLayoutInit_internal)                       \
	row(cublasLtMatmulPreferenceInit_internal) row(cublasLtMatmulPreferenceSetAttribute) row(cublasLtMatmulAlgoGetHeuristic)              \
	row(cublasLtMatmulAlgoCheck) row(cublasLtMatmul)

static struct { /* status 0: CUBLAS_STATUS_SUCCESS */
#define FIELD(name) decltype(::name) *name;
	LT_FUNCTIONS(FIELD)
} lt;

#ifdef CUDA_HOST /* the stand-ins of tests/cuda_host/cublasLt.h */
static int library_load(void) {
#define TAKE(name) lt.name = name;
	LT_FUNCTIONS(TAKE)
	return 0;
}
#else
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define LIBRARY "libcublasLt.so." TEXT(CUBLAS_VER_MAJOR)

/* Never closed: the library has threads and handlers of its own. */
static int library_load(void) {
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) library = dlopen(C2F_CUBLASLT_DIR "/" LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return err_set(ERR_DEVICE, "can't use the GPU without cuBLASLt (%s; install cuBLAS " TEXT(CUBLAS_VER_MAJOR) ", name its folder in "
		                           "LD_LIBRARY_PATH, or use device=cpu)", dlerror());
#define TAKE(name)                                                                                                                          \
	if (!(lt.name = (decltype(lt.name))dlsym(library, #name)))                                                                              \
		return err_set(ERR_DEVICE, "can't use " LIBRARY " (it has no " #name "; install a newer cuBLAS, or use device=cpu)");
	LT_FUNCTIONS(TAKE)
	return 0;
}
#endif

struct cuda_linear {
	cublasLtHandle_t handle;
	void *workspace;              /* shared: products follow each other on one stream */
	size_t workspace_bytes;
	cudaEvent_t start, stop;
	bool timed;                   /* false: C2F_PLANS=off */
	struct plans plans;
};

/* ---- a product as the library wants it ---- */

struct problem {
	cublasLtMatmulDescOpaque_t op;
	cublasLtMatrixLayoutOpaque_t a, b, d;
	bool sound;
};

template <typename V> static void problem_set(struct problem *p, cublasLtMatmulDescAttributes_t attribute, V value) {
	p->sound &= !lt.cublasLtMatmulDescSetAttribute(&p->op, attribute, &value, sizeof value);
}

static void layout_init(struct problem *p, cublasLtMatrixLayout_t layout, cudaDataType type, int rows, int columns) {
	p->sound &= !lt.cublasLtMatrixLayoutInit_internal(layout, sizeof *layout, type, (uint64_t)rows, (uint64_t)columns, rows);
}

static uint32_t epilogue_of(const struct matmul *m) {
	switch (m->with) {
	case MATMUL_GELU: return m->vector ? CUBLASLT_EPILOGUE_GELU_AUX_BIAS : CUBLASLT_EPILOGUE_GELU_AUX;
	case MATMUL_GELU_SLOPE: return CUBLASLT_EPILOGUE_DGELU;
	case MATMUL_BIAS_SUMS: return CUBLASLT_EPILOGUE_BGRADB;
	default: return m->vector ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
	}
}

/* M at ROWS rows in place of its own. */
static void problem_init(struct problem *p, const struct device *d, const struct matmul *m, int rows) {
	bool y = m->kind == MATMUL_Y, dw = m->kind == MATMUL_DW;
	int width = y ? m->out : m->in; /* rows of D */
	cudaDataType type = d->act_bytes == 2 ? CUDA_R_16BF : CUDA_R_32F;
	cublasComputeType_t compute = cuda_of(d)->tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
	p->sound = !lt.cublasLtMatmulDescInit_internal(&p->op, sizeof p->op, compute, CUDA_R_32F);
	problem_set(p, CUBLASLT_MATMUL_DESC_TRANSA, y ? CUBLAS_OP_T : CUBLAS_OP_N);
	problem_set(p, CUBLASLT_MATMUL_DESC_TRANSB, dw ? CUBLAS_OP_T : CUBLAS_OP_N);
	problem_set(p, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue_of(m));
	if (m->vector) problem_set(p, CUBLASLT_MATMUL_DESC_BIAS_POINTER, m->vector);
	if (m->side) {
		problem_set(p, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, m->side);
		problem_set(p, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, (int64_t)width);
	}
	layout_init(p, &p->a, type, m->in, dw ? rows : m->out);
	layout_init(p, &p->b, type, y ? m->in : m->out, rows);
	layout_init(p, &p->d, dw ? CUDA_R_32F : type, width, dw ? m->out : rows);
}

/* The largest power of two that divides the address, up to ALIGNED. */
static uint32_t alignment_of(const void *p) {
	uint32_t bytes = ALIGNED;
	while ((uintptr_t)p % bytes) bytes /= 2;
	return bytes;
}

template <typename V> static void preference_set(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t attribute, V value) {
	lt.cublasLtMatmulPreferenceSetAttribute(p, attribute, &value, sizeof value);
}

/* What the heuristic proposes, best first; how many. */
static int candidates(struct cuda_linear *l, struct problem *p, const struct matmul *m, cublasLtMatmulHeuristicResult_t *out, int most) {
	cublasLtMatmulPreferenceOpaque_t preference;
	int n = 0, sound = 0;
	if (!p->sound || lt.cublasLtMatmulPreferenceInit_internal(&preference, sizeof preference)) return 0;
	preference_set(&preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, (uint64_t)l->workspace_bytes);
	preference_set(&preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, (uint32_t)CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
	preference_set(&preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(m->a));
	preference_set(&preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(m->b));
	preference_set(&preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment_of(m->to));
	preference_set(&preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(m->to));
	if (lt.cublasLtMatmulAlgoGetHeuristic(l->handle, &p->op, &p->a, &p->b, &p->d, &p->d, &preference, most, out, &n)) return 0;
	for (int i = 0; i < n; i++)
		if (!out[i].state && out[i].workspaceSize <= l->workspace_bytes) out[sound++] = out[i];
	return sound;
}

/* TO [..] = product (+ what m->to holds). */
static cublasStatus_t problem_run(struct device *d, struct problem *p, const struct matmul *m, void *to, const cublasLtMatmulAlgo_t *algorithm) {
	struct cuda_linear *l = cuda_of(d)->linear;
	return lt.cublasLtMatmul(l->handle, &p->op, &ONE, m->a, &p->a, m->b, &p->b, m->accumulate ? &ONE : &ZERO, m->to, &p->d, to, &p->d, algorithm,
	                         l->workspace, l->workspace_bytes, cuda_of(d)->compute);
}

/* ---- timing ---- */

/* Milliseconds of RUNS products, by parts if ALGORITHM is NULL; infinity: it can't be run. */
static float round_time(struct device *d, struct problem *p, const struct matmul *m, void *to, const cublasLtMatmulAlgo_t *algorithm, int runs) {
	struct cuda_state *s = cuda_of(d);
	float ms = 0;
	if (cuda_failed(d, cudaEventRecord(s->linear->start, s->compute), "timing a product")) return INFINITY;
	for (int i = 0; i < runs; i++)
		if (!algorithm) matmul_by_parts(d, m);
		else if (problem_run(d, p, m, to, algorithm)) return INFINITY;
	if (cuda_failed(d, cudaEventRecord(s->linear->stop, s->compute), "timing a product") ||
	    cuda_failed(d, cudaEventSynchronize(s->linear->stop), "timing a product") ||
	    cuda_failed(d, cudaEventElapsedTime(&ms, s->linear->start, s->linear->stop), "timing a product"))
		return INFINITY;
	return ms;
}

/* Milliseconds of one product. */
static float product_time(struct device *d, struct problem *p, const struct matmul *m, void *to, const cublasLtMatmulAlgo_t *algorithm) {
	float best = INFINITY;
	for (int round = 0, runs = 1; round < ROUNDS; round++) {
		float ms = round_time(d, p, m, to, algorithm, runs) / (float)runs;
		if (ms == INFINITY) return ms;
		if (round > 0 && ms < best) best = ms;
		if (round > 0) runs = (int)fminf(RUNS_MAX, fmaxf(1, ROUND_MS / ms));
	}
	return best;
}

/* Fills PLAN's bytes with the fastest algorithm, or zeros: by parts. The outputs are overwritten, which the product that follows does anyway;
 * only one that adds to its output needs another place. */
static void plan_time(struct device *d, struct problem *p, const struct matmul *m, const cublasLtMatmulHeuristicResult_t *found, int n,
                      struct plan *plan) {
	void *to = m->to, *spare = NULL;
	if (m->accumulate) {
		size_t bytes = (size_t)m->rows * (size_t)(m->kind == MATMUL_Y ? m->out : m->in) * d->act_bytes;
		if (cudaMalloc(&spare, bytes) != cudaSuccess) {
			cudaGetLastError(); /* no room to try in: the first, then */
			memcpy(plan->bytes, &found[0].algo, sizeof plan->bytes);
			return;
		}
		to = spare;
	}
	float best = m->with == MATMUL_PLAIN ? INFINITY : product_time(d, p, m, to, NULL);
	for (int i = 0; i < n; i++) {
		float ms = product_time(d, p, m, to, &found[i].algo);
		if (ms >= best) continue;
		best = ms;
		memcpy(plan->bytes, &found[i].algo, sizeof plan->bytes);
	}
	if (spare) {
		cudaStreamSynchronize(cuda_of(d)->compute);
		cudaFree(spare);
	}
}

/* ---- plans ---- */

static_assert(sizeof(cublasLtMatmulAlgo_t) == PLAN_BYTES, "an algorithm is kept whole");

/* The number of rows whose algorithm is used: the next of ROWS_STEPS steps between powers of two. */
static int rows_class(int rows) {
	int64_t step = 1;
	while (step * 2 * ROWS_STEPS < rows) step *= 2;
	int64_t top = ceil_div(rows, step) * step;
	return top > INT32_MAX ? rows : (int)top;
}

/* Alignments as decimal digits, log2 of bytes; 0 where there is no such operand. */
static int32_t alignments_of(const struct matmul *m) {
	const void *operand[] = {m->a, m->b, m->to, m->vector, m->side};
	int32_t digits = 0;
	for (int i = 0; i < 5; i++) digits = 10 * digits + (operand[i] ? __builtin_ctz(alignment_of(operand[i])) : 0);
	return digits;
}

static void key_of(int32_t key[PLAN_KEY], const struct device *d, const struct matmul *m) {
	int32_t type = d->act_bytes == 2 ? 2 : cuda_of(d)->tf32 ? 1 : 0;
	const int32_t words[PLAN_KEY] = {m->kind, m->with, type, m->in, m->out, rows_class(m->rows), m->accumulate, alignments_of(m)};
	memcpy(key, words, sizeof words);
}

static bool by_parts(const struct plan *plan) {
	for (int i = 0; i < PLAN_BYTES; i++)
		if (plan->bytes[i]) return false;
	return true;
}

/* Whether a plan that came from the file runs here. */
static bool plan_check(struct cuda_linear *l, struct problem *p, const struct plan *plan) {
	cublasLtMatmulAlgo_t algorithm;
	cublasLtMatmulHeuristicResult_t result;
	if (by_parts(plan)) return true;
	memcpy(&algorithm, plan->bytes, sizeof algorithm);
	return p->sound && !lt.cublasLtMatmulAlgoCheck(l->handle, &p->op, &p->a, &p->b, &p->d, &p->d, &algorithm, &result) &&
	       result.workspaceSize <= l->workspace_bytes;
}

/* While work is recorded nothing can be timed: the heuristic's first, not kept. (The first pass, which is not recorded, has met every key.) */
static void plan_find(struct device *d, const struct matmul *m, struct plan *out) {
	struct cuda_linear *l = cuda_of(d)->linear;
	cublasLtMatmulHeuristicResult_t found[CANDIDATES];
	struct problem p;
	*out = {};
	key_of(out->key, d, m);
	struct plan *known = plans_find(&l->plans, out->key);
	if (known && known->trusted) {
		*out = *known;
		return;
	}
	bool useless = known != NULL; /* found out below; timing by parts may look other keys up, and bring this one from the file meanwhile */
	problem_init(&p, d, m, rows_class(m->rows));
	out->trusted = true;
	if (known && (known->trusted = plan_check(l, &p, known))) {
		*out = *known;
		return;
	}
	int n = candidates(l, &p, m, found, CANDIDATES);
	bool time = l->timed && !cuda_of(d)->recording && (n > 1 || m->with != MATMUL_PLAIN);
	if (n && !time) memcpy(out->bytes, &found[0].algo, sizeof out->bytes);
	if (n && time) {
		problem_init(&p, d, m, m->rows);
		plan_time(d, &p, m, found, n, out);
	}
	if (!cuda_of(d)->recording && (known = plans_keep(&l->plans, out, useless))) *out = *known;
}

/* Whether the library may be asked. Its GELU is the tanh form, which only bf16 may use (op.h); a row of the side operand must be whole 16 bytes. */
static bool askable(const struct device *d, const struct matmul *m) {
	int width = m->kind == MATMUL_Y ? m->out : m->in;
	return !m->side || (d->act_bytes == 2 && packs<bf16>(m->side, width));
}

bool cuda_matmul(struct device *d, const struct matmul *m) {
	struct plan plan;
	struct problem p;
	cublasLtMatmulAlgo_t algorithm;
	if (!askable(d, m)) return false;
	plan_find(d, m, &plan);
	if (by_parts(&plan)) return false;
	memcpy(&algorithm, plan.bytes, sizeof algorithm);
	problem_init(&p, d, m, m->rows);
	cublasStatus_t status = problem_run(d, &p, m, m->to, &algorithm);
	if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE) { /* the class's algorithm can't do these very rows */
		cublasLtMatmulHeuristicResult_t first;
		if (!candidates(cuda_of(d)->linear, &p, m, &first, 1)) return false;
		status = problem_run(d, &p, m, m->to, &first.algo);
	}
	if (status)
		cuda_fail(d, ERR_DEVICE, "the GPU failed in a linear layer's product, %d rows, %d to %d (%s; start c2f again and `load` the last "
		                         "checkpoint)", m->rows, m->in, m->out, lt.cublasLtGetStatusString(status));
	return true;
}

/* ---- open and close ---- */

static void linear_plans_open(struct cuda_linear *l, const struct cudaDeviceProp *p) {
	const char *own = getenv("C2F_PLANS");
	char path[sizeof l->plans.path], head[sizeof l->plans.head], version[32];
	l->timed = !own || strcmp(own, "off");
	snprintf(version, sizeof version, "%zu", lt.cublasLtGetVersion());
	snprintf(head, sizeof head, "c2f plans 1: %.100s, %d multiprocessors, cuBLAS %s", p->name, p->multiProcessorCount, version);
	path[0] = '\0';
	if (l->timed) plans_path(path, sizeof path, p->name, version);
	plans_open(&l->plans, path, head);
}

int cuda_linear_open(struct device *d, struct cuda_linear **out) {
	struct cudaDeviceProp p;
	int gpu, rc = library_load();
	*out = NULL;
	if (rc) return rc;
	cudaError_t error = cudaGetDevice(&gpu);
	if (error == cudaSuccess) error = cudaGetDeviceProperties(&p, gpu);
	if (error != cudaSuccess) return err_set(ERR_DEVICE, "can't ask the GPU what it is (%s; use device=cpu)", cudaGetErrorString(error));
	struct cuda_linear *l = (struct cuda_linear *)calloc(1, sizeof *l);
	if (!l) return err_set(ERR_MEMORY, "can't open cuBLASLt (out of memory)");
	l->workspace_bytes = p.major >= 9 ? WORKSPACE_HOPPER_BYTES : WORKSPACE_BYTES;
	cublasStatus_t status = lt.cublasLtCreate(&l->handle);
	if (status)
		rc = err_set(ERR_DEVICE, "cuBLASLt can't use %s (%s; use device=cpu)", d->name, lt.cublasLtGetStatusString(status));
	else if (cudaMalloc(&l->workspace, l->workspace_bytes) != cudaSuccess || cudaEventCreate(&l->start) != cudaSuccess ||
	         cudaEventCreate(&l->stop) != cudaSuccess)
		rc = err_set(ERR_MEMORY, "the GPU has no memory for cuBLASLt's workspace, %zu MiB (end what else runs on it, or use device=cpu)",
		             l->workspace_bytes >> 20);
	if (rc) {
		cudaGetLastError();
		cuda_linear_close(l);
		return rc;
	}
	linear_plans_open(l, &p);
	*out = l;
	return 0;
}

void cuda_linear_close(struct cuda_linear *l) {
	if (!l) return;
	plans_close(&l->plans);
	if (l->stop) cudaEventDestroy(l->stop);
	if (l->start) cudaEventDestroy(l->start);
	if (l->workspace) cudaFree(l->workspace);
	if (l->handle) lt.cublasLtDestroy(l->handle);
	free(l);
}
