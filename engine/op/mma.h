/* engine/op/mma.h -- the tensor cores' and the asynchronous copies' instructions that attention_cuda.cu uses (sm_80 and newer; PTX ISA,
 * "Matrix multiply-accumulate", "ldmatrix", "cp.async"), and their stand-ins on the host (tests/cuda_host/mma_host.h), which follow the
 * fragment layouts that the PTX ISA gives.
 * All lanes of a warp call them together. */
#pragma once

#include "engine/op/cuda.h"

#ifdef CUDA_HOST
#include <mma_host.h>
#else

/* c += a b in bf16 with float sums: mma.sync.m16n8k16; a 16 x 16 row-major, b 16 x 8 column-major, c 16 x 8, in the PTX ISA's fragments. */
static __device__ inline void mma_bf16(float c[4], const uint32_t a[4], const uint32_t b[2]) {
	asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
	             : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
	             : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

static __device__ inline uint32_t shared_address(const void *p) { return (uint32_t)__cvta_generic_to_shared(p); }

/* Four 8 x 8 matrices of 16-bit elements: lane I names row I % 8 of matrix I / 8, 16 bytes of shared memory; TRANS: each transposed. */
static __device__ inline void ldmatrix_x4(uint32_t r[4], const void *row) {
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
	             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}
static __device__ inline void ldmatrix_x4_trans(uint32_t r[4], const void *row) {
	asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
	             : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}

/* 16 bytes from global to shared memory, or zeros where not VALID (FROM must be a readable address all the same); both 16-byte aligned.
 * There after copy_async_wait<N>(): all but the last N committed groups of this thread are, and a barrier shows them to the others. */
static __device__ inline void copy_async16(void *to, const void *from, bool valid) {
	asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(valid ? 16 : 0) : "memory");
}
static __device__ inline void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> static __device__ inline void copy_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

#endif

/* Two floats as bf16, the first in the low half: a register of a fragment. */
static __device__ inline uint32_t bf16_pair(float low, float high) {
	union { bf16 half[2]; uint32_t word; } u;
	u.half[0] = narrow<bf16>(low);
	u.half[1] = narrow<bf16>(high);
	return u.word;
}
