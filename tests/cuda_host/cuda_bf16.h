/* tests/cuda_host/cuda_bf16.h -- stands where CUDA's header of that name would: bf16 as its conversions from and to float. */
#pragma once

#include <stdint.h>
#include <string.h>

struct __nv_bfloat16 {
	uint16_t bits;
};
struct alignas(4) __nv_bfloat162 {
	__nv_bfloat16 x, y;
};

static inline float __bfloat162float(__nv_bfloat16 x) {
	uint32_t wide = (uint32_t)x.bits << 16;
	float f;
	memcpy(&f, &wide, sizeof f);
	return f;
}
/* To nearest, ties to even; NaN becomes the GPU's canonical NaN. */
static inline __nv_bfloat16 __float2bfloat16(float f) {
	uint32_t wide;
	memcpy(&wide, &f, sizeof wide);
	if (f != f) return {0x7fff};
	return {(uint16_t)((wide + 0x7fff + (wide >> 16 & 1)) >> 16)};
}
static inline __nv_bfloat16 __float2bfloat16_rn(float f) { return __float2bfloat16(f); }
static inline uint16_t __bfloat16_as_ushort(__nv_bfloat16 x) { return x.bits; }
static inline __nv_bfloat16 __ushort_as_bfloat16(uint16_t bits) { return {bits}; }

static inline __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return {x, y}; }
static inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) { return {__float2bfloat16(x), __float2bfloat16(y)}; }
static inline float __low2float(__nv_bfloat162 v) { return __bfloat162float(v.x); }
static inline float __high2float(__nv_bfloat162 v) { return __bfloat162float(v.y); }

#include "language.h"

static inline __nv_bfloat162 __float22bfloat162_rn(float2 v) { return __floats2bfloat162_rn(v.x, v.y); }
static inline float2 __bfloat1622float2(__nv_bfloat162 v) { return {__low2float(v), __high2float(v)}; }
