#include "engine/data/scenes_things.h"

enum { PIECE = 64 }; /* pixels worked on at a time, on the stack */

static void shade(float *r, float *g, float *b, float k) {
	*r *= k;
	*g *= k;
	*b *= k;
}

static void turn_into(float *r, float *g, float *b, struct vec c, float k) {
	*r = mixf(*r, c.x, k);
	*g = mixf(*g, c.y, k);
	*b = mixf(*b, c.z, k);
}

void texture_grain(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	float foot = maxf(du * p->k[0], dv * p->k[1]);
	for (int from = 0; from < n; from += PIECE) {
		float x[PIECE], y[PIECE], t[PIECE];
		int m = n - from < PIECE ? n - from : PIECE;
		for (int i = 0; i < m; i++) x[i] = u[from + i] * p->k[0], y[i] = v[from + i] * p->k[1];
		noise_row(t, x, y, m, 3, foot, p->seed);
		for (int i = 0; i < m; i++) shade(r + from + i, g + from + i, b + from + i, maxf(1.0f + p->k[2] * t[i], 0.0f));
	}
}

void texture_patches(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	(void)dv;
	for (int i = 0; i < n; i++) {
		float t = noise(u[i] * p->k[0], v[i] * p->k[0], p->seed) + 0.35f * noise(u[i] * p->k[0] * 2.7f, v[i] * p->k[0] * 2.7f, p->seed + 1);
		turn_into(r + i, g + i, b + i, p->second, clampf((t + p->k[1]) * p->k[2] / (1.0f + du * p->k[0] * p->k[2]) + 0.5f, 0.0f, 1.0f));
	}
}

void texture_stripes(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	bool across = p->k[2] > 0.0f;
	for (int i = 0; i < n; i++) turn_into(r + i, g + i, b + i, p->second, stripes(across ? v[i] : u[i], p->k[0], p->k[1], across ? dv : du));
}

void texture_bricks(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	float wide = p->k[0], high = p->k[1], joint = p->k[2];
	float near = clampf(2.0f - 2.0f * du / wide, 0.0f, 1.0f) * clampf(2.0f - 2.0f * dv / high, 0.0f, 1.0f), mean = joint / high + joint / wide;
	for (int i = 0; i < n; i++) {
		float course = floorf(v[i] / high), x = u[i] + 0.5f * wide * (course - 2.0f * floorf(0.5f * course));
		float tint = noise_lattice((int32_t)floorf(x / wide), (int32_t)course, p->seed);
		float wash = noise(u[i] * 0.6f, v[i] * 0.6f, p->seed + 1) + 0.5f * noise(u[i] * 2.3f, v[i] * 2.3f, p->seed + 2);
		shade(r + i, g + i, b + i, 1.0f + 0.24f * tint * near + 0.13f * wash);
		float line = maxf(stripes(x, wide, joint, du), stripes(v[i], high, joint, dv));
		turn_into(r + i, g + i, b + i, p->second, 0.8f * mixf(mean, line, near));
	}
}

void texture_planks(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	bool upright = p->k[2] > 0.0f;
	for (int i = 0; i < n; i++) {
		float t = upright ? u[i] : v[i], along = upright ? v[i] : u[i], foot = upright ? du : dv;
		float board = floorf(t / p->k[0]), near = clampf(2.0f - 2.0f * foot / p->k[0], 0.0f, 1.0f);
		float tint = noise_lattice((int32_t)board, 7, p->seed),
		      vein = noise(t * 60.0f, along * 2.5f, p->seed + 1) * clampf(1.5f - 60.0f * foot, 0.0f, 1.0f);
		float joint = stripes(t, p->k[0], 0.09f * p->k[0], foot);
		shade(r + i, g + i, b + i, (1.0f + near * (0.13f * tint + 0.16f * vein)) * (1.0f - 0.5f * mixf(0.09f, joint, near)));
	}
}

void texture_fade(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	(void)u, (void)du, (void)dv;
	for (int i = 0; i < n; i++) turn_into(r + i, g + i, b + i, p->second, smooth(p->k[0], p->k[1], v[i]));
}

void texture_spots(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	(void)dv;
	for (int i = 0; i < n; i++) {
		float x = u[i] * p->k[0], y = v[i] * p->k[0], first = 9.0f, second = 9.0f, cx = floorf(x), cy = floorf(y);
		for (int k = 0; k < 9; k++) {
			float ix = cx + (float)(k % 3 - 1), iy = cy + (float)(k / 3 - 1);
			float px = ix + 0.5f + 0.4f * noise_lattice((int32_t)ix, (int32_t)iy, p->seed),
			      py = iy + 0.5f + 0.4f * noise_lattice((int32_t)ix, (int32_t)iy, p->seed + 1);
			float d = (px - x) * (px - x) + (py - y) * (py - y);
			if (d < first)
				second = first, first = d;
			else if (d < second)
				second = d;
		}
		float line = 0.16f - (sqrtf(second) - sqrtf(first));
		turn_into(r + i, g + i, b + i, p->second, clampf(line * 8.0f / (1.0f + 8.0f * du * p->k[0]) + 0.4f, 0.0f, 1.0f));
	}
}
