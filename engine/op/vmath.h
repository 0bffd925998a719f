/* engine/op/vmath.h -- exp and the normal distribution as straight-line float code, which gcc turns into vector code inside
 * `#pragma omp simd` loops (libm's calls would stay scalar).
 *
 * Errors against double precision, tested in tests/ops: exp 2e-7 of its value; Phi 2e-7 absolute, and 5e-6 of its
 * value down to u = -13. NaN stays NaN. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

/* exp(x) for x <= 88 (every use has x <= 0): x = n ln 2 + r, |r| <= ln 2 / 2; 2^n exp(r), exp(r) by a polynomial of degree 6 (3e-9,
 * weighted least squares, Lawson's iteration). Exactly 0 below -87.7, -infinity included. ln 2 is in two parts: n times the first is
 * exact, fused or not. Fourteen operations: attention and the losses take a quarter of a billion of these in a step of base. */
static inline float exp_v(float x) {
	const float magic = 12582912.0f + 127; /* 1.5 * 2^23 + 127: adding it rounds to an integer; the low bits are n + 127 */
	float low = x < -88.0f ? -88.0f : x;   /* n = -127: a scale of 0 */
	float t = low * 1.44269504f + magic, n = t - magic, r = (low - n * 0.693359375f) + n * 2.12194440e-4f;
	uint32_t bits;
	memcpy(&bits, &t, sizeof bits);
	bits <<= 23;
	float scale;
	memcpy(&scale, &bits, sizeof scale);
	float p = 1.381459734e-3f;
	p = p * r + 8.368716999e-3f;
	p = p * r + 4.166838807e-2f;
	p = p * r + 1.666652063e-1f;
	p = p * r + 4.999999345e-1f;
	p = p * r + 1.0f;
	p = p * r + 1.0f;
	return p * scale;
}

/* Phi(u), the normal distribution, and phi(u), its density. The tail is phi-shaped: Phi(-z) = exp(-z^2/2) R(1 / (1 + 0.345 z)), R a
 * polynomial without a constant term fitted to 2e-8 of the value on 0 <= z <= 13.5 (weighted least squares, Lawson's iteration). */
static inline void normal_v(float u, float *cdf, float *density) {
	float z = fabsf(u), g = exp_v(-0.5f * u * u), t = 1.0f / (1.0f + 0.345f * z);
	float r = -2.842730622e-02f;
	r = r * t + 1.454884187e-01f;
	r = r * t - 2.715707699e-01f;
	r = r * t + 1.876187601e-01f;
	r = r * t - 3.787076592e-02f;
	r = r * t + 1.119047839e-01f;
	r = r * t + 1.172137405e-01f;
	r = r * t + 1.380240034e-01f;
	r = r * t + 1.376191256e-01f;
	float tail = g * r * t;
	*cdf = u < 0 ? tail : 1.0f - tail;
	*density = g * 0.398942280f;
}

static inline float gelu_v(float u) {
	float cdf, density;
	normal_v(u, &cdf, &density);
	return u * cdf;
}

static inline float gelu_slope_v(float u) {
	float cdf, density;
	normal_v(u, &cdf, &density);
	return cdf + u * density;
}
