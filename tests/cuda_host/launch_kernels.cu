/* tests/cuda_host/launch_kernels.cu -- small kernels for launch_test.c, some of them wrong on purpose. */
#include "engine/op/mma.h"
#include "tests/cuda_host/launch_kernels.h"

static __global__ void index_kernel(int *out) {
	int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
	out[i] += 1 + i;
}
void kernels_index(struct device *d, int *out, int blocks, int threads) { launch(d, index_kernel, blocks, threads, 0, out); }

static __global__ void three_kernel(int *out) {
	unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
	unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
	int i = (int)(block * blockDim.x * blockDim.y * blockDim.z + thread);
	out[i] += 1 + i;
}
void kernels_three(struct device *d, int *out) { launch(d, three_kernel, dim3(3, 4, 5), dim3(7, 2, 3), 0, out); }

static __global__ void sum_kernel(float *out, const float *x) {
	__shared__ float partial[WARP];
	float value = x[blockIdx.x * blockDim.x + threadIdx.x], sum = block_sum(value, partial), squares = block_sum(value * value, partial);
	if (threadIdx.x == blockDim.x - 1) out[2 * blockIdx.x] = sum;
	if (threadIdx.x == 0) out[2 * blockIdx.x + 1] = squares;
}
void kernels_sum(struct device *d, float *out, const float *x, int blocks, int threads) { launch(d, sum_kernel, blocks, threads, 0, out, x); }

static __global__ void shuffles_kernel(int *out) {
	int i = (int)threadIdx.x, full[SHUFFLES] = {
		__shfl_sync(~0u, i, 5), __shfl_sync(~0u, i, i + 3), __shfl_sync(~0u, i, 1, 8), __shfl_xor_sync(~0u, i, 9), __shfl_down_sync(~0u, i, 4u),
		__shfl_up_sync(~0u, i, 3u, 16), (int)__ballot_sync(~0u, i % 3 == 0), __any_sync(~0u, i == 40), __all_sync(~0u, i < 40),
	};
	for (int k = 0; k < SHUFFLES; k++) out[k * 64 + i] = full[k];
}
void kernels_shuffles(struct device *d, int *out) { launch(d, shuffles_kernel, 1, 64, 0, out); }

template <bool ROWS> static __global__ void product_kernel(float *c, const bf16 *a, const bf16 *b) {
	SHARED(bf16, s); /* a [16][16], then b */
	int lane = (int)threadIdx.x, g = lane / 4, t = lane % 4;
	uint32_t af[4], bf[4];
	float cf[4];
	for (int i = lane; i < 384; i += WARP) s[i] = i < 256 ? a[i] : b[i - 256];
	__syncthreads();
	ldmatrix_x4(af, s + lane % 16 * 16 + lane / 16 * 8);
	if (ROWS)
		ldmatrix_x4_trans(bf, s + 256 + lane % 16 * 8);
	else
		ldmatrix_x4(bf, s + 256 + lane % 8 * 16 + lane / 8 % 2 * 8);
	for (int i = 0; i < 4; i++) cf[i] = c[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
	mma_bf16(cf, af, bf);
	for (int i = 0; i < 4; i++) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = cf[i];
}
void kernels_product(struct device *d, float *c, const uint16_t *a, const uint16_t *b, bool rows) {
	launch(d, rows ? product_kernel<true> : product_kernel<false>, 1, 32, 384 * sizeof(bf16), c, (const bf16 *)a, (const bf16 *)b);
}

static __global__ void copies_kernel(float *out, const float *x) {
	SHARED(float, s); /* [4][32][4] */
	int i = (int)threadIdx.x;
	copy_async16(s + 4 * i, x + 4 * i, true);
	copy_async16(s + 256 + 4 * i, x + 4 * i, false);
	copy_async_commit();
	copy_async16(s + 128 + 4 * i, x + 4 * i, true);
	copy_async_commit();
	copy_async16(s + 384 + 4 * i, x + 4 * i, true);
	out[i] = s[4 * i];
	copy_async_wait<1>();
	out[32 + i] = s[4 * i];
	out[64 + i] = s[128 + 4 * i];
	copy_async_wait<0>();
	if (s[128 + 4 * i] == x[4 * i]) out[64 + i] += 1; /* was NaN: stays NaN */
	out[96 + i] = s[256 + 4 * i];
	out[128 + i] = s[384 + 4 * i];
}
void kernels_copies(struct device *d, float *out, const float *x) { launch(d, copies_kernel, 1, 32, 512 * sizeof(float), out, x); }

static __global__ void race_kernel(float *out, const float *x) {
	SHARED(float, s);
	s[threadIdx.x] = x[threadIdx.x];
	out[threadIdx.x] = s[63 - threadIdx.x];
}
void kernels_race(struct device *d, float *out, const float *x) { launch(d, race_kernel, 1, 64, 64 * sizeof(float), out, x); }

static __global__ void unwritten_kernel(float *out) {
	SHARED(float, s);
	out[0] = s[0];
}
void kernels_unwritten(struct device *d, float *out) { launch(d, unwritten_kernel, 2, 1, 4, out); }

static __global__ void mistake_kernel(enum mistake what, float *p) {
	SHARED(float, s);
	int i = (int)threadIdx.x;
	uint32_t r[4];
	switch (what) {
	case BARRIER_AND_RETURN:
		if (i == 7) return;
		__syncthreads();
		break;
	case TWO_BARRIERS:
		if (i < 32)
			__syncthreads();
		else
			__syncthreads();
		break;
	case LANES_AND_RETURN:
		if (i == 39) return;
		p[0] = warp_sum(1);
		break;
	case LANES_APART:
		if (i % 2)
			__syncwarp();
		else
			p[0] = warp_sum(1);
		break;
	case HALF_A_WARP: p[0] = warp_sum(1); break;
	case SOME_LANES: p[0] = __shfl_xor_sync(0xffffu, p[0], 1); break;
	case BEYOND_SHARED: s[i] = 1; break;
	case BEFORE_SHARED: s[-1 - i] = 1; break;
	case BEHIND_MEMORY: p[0] = p[1024]; break;
	case NO_POINTER: *(float *)(uintptr_t)(64 * (i + 1)) = 0; break;
	case HOST_POINTER: break;
	case UNALIGNED_LDMATRIX: ldmatrix_x4(r, s + 1); break;
	case LDMATRIX_OF_GLOBAL: ldmatrix_x4(r, p); break;
	case COPY_TO_GLOBAL: copy_async16(p, p, true); break;
	case COPY_FROM_SHARED: copy_async16(s, s, true); break;
	case MISTAKES: break;
	}
}
void kernels_mistake(struct device *d, enum mistake what, float *p) {
	float host[4];
	launch(d, mistake_kernel, dim3(2, 1), what == HALF_A_WARP ? 48 : 64, 60 * sizeof(float), what,
	       what == HOST_POINTER ? host : p);
}
void kernels_too_large(struct device *d, int *out, bool shared) { launch(d, index_kernel, 1, shared ? 1 : 1025, shared ? 228 << 10 : 0, out); }

uint16_t kernels_bf16(float x) { return __bfloat16_as_ushort(narrow<bf16>(x)); }
