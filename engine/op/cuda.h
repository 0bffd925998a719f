/* engine/op/cuda.h -- what every NAME_cuda.cu shares: how a kernel is launched, how elements are read and written, sums over a warp and a
 * block.
 *
 * Kernels are CUDA C in the plainest C++: templates over the element type (float; bf16) and compile-time sizes, nothing else. The same
 * files are compiled by g++ with tests/cuda_host on the include path: blocks in a loop, a block's threads as fibers. That checks indexing,
 * barriers and arithmetic on a machine without a GPU, and says nothing of speed. For it, three rules:
 *   - a kernel is launched through launch(); never <<<>>> elsewhere;
 *   - dynamic shared memory is SHARED(type, name), once a kernel; static arrays are __shared__ as usual;
 *   - what is an instruction of the tensor cores or of asynchronous copies is called through engine/op/mma.h.
 * All lanes of a warp take part in a warp function. No atomics: sums are taken in an order that depends on the shape alone. */
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>
#include <stdint.h>

#include "engine/device/cuda.h"

extern "C" {
#include "engine/op/op.h"
}

typedef __nv_bfloat16 bf16;

enum { WARP = 32 };

#ifdef CUDA_HOST /* tests/cuda_host/launch.h */
#include <launch.h>
#else
/* The kernel's dynamic shared memory as an array of TYPE, 16-byte aligned. */
#define SHARED(type, name)                                              \
	extern __shared__ __align__(16) unsigned char shared_bytes_[];      \
	type *name = (type *)shared_bytes_

/* Queues KERNEL; a failure is kept in the device. SHARED_BYTES beyond 48 KiB are asked for. A grid with a zero does nothing. */
template <typename... P, typename... A>
static inline void launch(struct device *d, void (*kernel)(P...), dim3 grid, dim3 block, size_t shared_bytes, A... arguments) {
	if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
	if (shared_bytes > 48 * 1024 &&
	    cuda_failed(d, cudaFuncSetAttribute((const void *)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared_bytes), "shared memory"))
		return;
	kernel<<<grid, block, shared_bytes, cuda_of(d)->compute>>>(P(arguments)...);
	cuda_failed(d, cudaGetLastError(), "a kernel's launch");
}
#endif

/* Runs CALL with T as the device's element type: ACT_TYPES(d, run<T>(d, ...)). */
#define ACT_TYPES(d, call)                          \
	do {                                            \
		if ((d)->act_bytes == 2) {                  \
			typedef bf16 T;                         \
			call;                                   \
		} else {                                    \
			typedef float T;                        \
			call;                                   \
		}                                           \
	} while (0)

static __device__ inline float widen(float x) { return x; }
static __device__ inline float widen(bf16 x) { return __bfloat162float(x); }
template <typename T> static __device__ inline T narrow(float x);
template <> __device__ inline float narrow<float>(float x) { return x; }
template <> __device__ inline bf16 narrow<bf16>(float x) { return __float2bfloat16(x); } /* to nearest, ties to even */

/* 16 bytes of T: the widest access of a thread. AT must be 16-byte aligned. */
template <typename T> struct pack {
	enum { N = 16 / sizeof(T) };
	alignas(16) T v[N];
};
template <typename T> static __device__ inline void pack_load(float out[pack<T>::N], const T *at) {
	pack<T> p = *(const pack<T> *)at;
#pragma unroll
	for (int i = 0; i < pack<T>::N; i++) out[i] = widen(p.v[i]);
}
template <typename T> static __device__ inline void pack_store(T *at, const float in[pack<T>::N]) {
	pack<T> p;
#pragma unroll
	for (int i = 0; i < pack<T>::N; i++) p.v[i] = narrow<T>(in[i]);
	*(pack<T> *)at = p;
}
/* Whether packs of T may be used: POINTER and a row of WIDTH elements are whole packs. */
template <typename T> static inline bool packs(const void *pointer, int64_t width) {
	return (uintptr_t)pointer % 16 == 0 && width % pack<T>::N == 0;
}

/* Every lane receives the warp's sum (largest); the order is that of a butterfly. */
static __device__ inline float warp_sum(float x) {
#pragma unroll
	for (int lane = WARP / 2; lane > 0; lane /= 2) x += __shfl_xor_sync(0xffffffffu, x, lane);
	return x;
}
static __device__ inline float warp_max(float x) {
#pragma unroll
	for (int lane = WARP / 2; lane > 0; lane /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, lane));
	return x;
}
/* Every thread of a one-dimensional block of whole warps receives the block's sum. PARTIAL [32] is shared memory, free again behind the call. */
static __device__ inline float block_sum(float x, float *partial) {
	int warps = (int)blockDim.x / WARP, warp = (int)threadIdx.x / WARP, lane = (int)threadIdx.x % WARP;
	x = warp_sum(x);
	if (lane == 0) partial[warp] = x;
	__syncthreads();
	x = warp_sum(lane < warps ? partial[lane] : 0);
	__syncthreads();
	return x;
}

static inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
