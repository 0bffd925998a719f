#include "engine/data/scenes_paint.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/types.h"
#include "engine/data/scenes_classes.h"

static float linear(uint32_t byte) {
	float s = (float)byte / 255.0f;
	return s <= 0.04045f ? s / 12.92f : powf((s + 0.055f) / 1.055f, 2.4f);
}

struct vec colour(uint32_t srgb) {
	return vec(linear(srgb >> 16 & 255), linear(srgb >> 8 & 255), linear(srgb & 255));
}

void noise_row(float *out, const float *x, const float *y, int n, int octaves, float footprint, uint32_t seed) {
	memset(out, 0, (size_t)n * sizeof *out);
	float frequency = 1.0f, amplitude = 0.5f;
	for (int o = 0; o < octaves; o++, frequency *= 2.03f, amplitude *= 0.5f, seed += 0x9e3779b9u) {
		/* Full below half a lattice cell a pixel, gone at one. */
		float a = amplitude * clampf(2.0f - 2.0f * frequency * footprint, 0.0f, 1.0f);
		if (a <= 0.0f) break;
		for (int i = 0; i < n; i++) out[i] += a * noise(x[i] * frequency, y[i] * frequency, seed);
	}
}

/* Integral of the stripes from 0 to u, then its difference over the pixel. */
static float stripes_to(float u, float period, float width) {
	float k = floorf(u / period);
	return k * width + minf(u - k * period, width);
}

float stripes(float u, float period, float width, float foot) {
	foot = maxf(foot, 1e-6f);
	return (stripes_to(u + 0.5f * foot, period, width) - stripes_to(u - 0.5f * foot, period, width)) / foot;
}

int canvas_init(struct canvas *c, int width, int height) {
	size_t n = (size_t)width * (size_t)height;
	*c = (struct canvas){.width = width, .height = height, .scale = (float)(width < height ? width : height)};
	c->r = calloc(n, sizeof *c->r);
	c->g = calloc(n, sizeof *c->g);
	c->b = calloc(n, sizeof *c->b);
	c->shade = calloc(n, sizeof *c->shade);
	c->instance = calloc(n, sizeof *c->instance);
	c->semseg = calloc(n, sizeof *c->semseg);
	c->cover = malloc((size_t)(width + 2) * (size_t)height * sizeof *c->cover);
	c->rows = malloc((size_t)CANVAS_ROWS * (size_t)width * sizeof *c->rows);
	if (c->r && c->g && c->b && c->shade && c->instance && c->semseg && c->cover && c->rows) {
		memset(c->semseg, UNLABELLED, n);
		return 0;
	}
	canvas_fini(c);
	return err_set(ERR_MEMORY, "can't render a scene of %d x %d (out of memory; use a smaller image size)", width, height);
}

void canvas_fini(struct canvas *c) {
	free(c->r);
	free(c->g);
	free(c->b);
	free(c->shade);
	free(c->instance);
	free(c->semseg);
	free(c->cover);
	free(c->rows);
	*c = (struct canvas){0};
}

/* One edge's signed area per pixel: what it covers in its own pixel, and, by the sum that follows, in all pixels to its right
 * (the accumulation buffer of font-rs). X may lie outside [0, w]; it counts as lying on the border. */
static void edge(float *acc, int stride, float w, int h, float x0, float y0, float x1, float y1) {
	if (y0 == y1) return;
	float sign = 1.0f;
	if (y0 > y1) {
		float t = x0;
		x0 = x1, x1 = t, t = y0, y0 = y1, y1 = t, sign = -1.0f;
	}
	if (y1 <= 0.0f || y0 >= (float)h) return;
	float slope = (x1 - x0) / (y1 - y0);
	if (y0 < 0.0f) {
		x0 -= y0 * slope;
		y0 = 0.0f;
	}
	int last = y1 < (float)h ? (int)ceilf(y1) : h;
	float x = x0;
	for (int y = (int)y0; y < last; y++) {
		float *row = acc + (int64_t)y * stride;
		float dy = minf((float)(y + 1), y1) - maxf((float)y, y0), next = x + slope * dy, d = dy * sign;
		float a = clampf(minf(x, next), 0.0f, w), b = clampf(maxf(x, next), 0.0f, w);
		int first = (int)a, end = (int)ceilf(b);
		if (end <= first + 1) {
			float m = 0.5f * (a + b) - (float)first;
			row[first] += d * (1.0f - m);
			row[first + 1] += d * m;
		} else {
			float s = 1.0f / (b - a), p = 1.0f - (a - (float)first), q = b - (float)(end - 1);
			float head = 0.5f * s * p * p, tail = 0.5f * s * q * q;
			row[first] += d * head;
			if (end == first + 2) {
				row[first + 1] += d * (1.0f - head - tail);
			} else {
				float second = s * (p + 0.5f);
				row[first + 1] += d * (second - head);
				for (int i = first + 2; i < end - 1; i++) row[i] += d * s;
				row[end - 1] += d * (1.0f - (second + (float)(end - first - 3) * s) - tail);
			}
			row[end] += d * tail;
		}
		x = next;
	}
}

bool canvas_cover(struct canvas *c, const float (*p)[2], int n, struct box *box) {
	float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
	for (int i = 0; i < n; i++) {
		if (!(fabsf(p[i][0]) < 1e6f && fabsf(p[i][1]) < 1e6f)) return false; /* behind the viewer, or too near */
		x0 = minf(x0, p[i][0]), x1 = maxf(x1, p[i][0]);
		y0 = minf(y0, p[i][1]), y1 = maxf(y1, p[i][1]);
	}
	x0 = maxf(floorf(x0), 0.0f), y0 = maxf(floorf(y0), 0.0f);
	x1 = minf(ceilf(x1), (float)c->width), y1 = minf(ceilf(y1), (float)c->height);
	if (x1 <= x0 || y1 <= y0) return false;
	*box = (struct box){(int)x0, (int)y0, (int)x1, (int)y1};
	int w = box->x1 - box->x0, h = box->y1 - box->y0, stride = w + 2;
	memset(c->cover, 0, (size_t)stride * (size_t)h * sizeof *c->cover);
	for (int i = 0, j = n - 1; i < n; j = i++) edge(c->cover, stride, (float)w, h, p[j][0] - x0, p[j][1] - y0, p[i][0] - x0, p[i][1] - y0);
	for (int y = 0; y < h; y++) {
		float *row = c->cover + (int64_t)y * stride, sum = 0.0f;
		for (int i = 0; i < w; i++) {
			sum += row[i];
			row[i] = minf(fabsf(sum), 1.0f);
		}
	}
	return true;
}

void canvas_blend(struct canvas *c, int x, int y, int n, const float *r, const float *g, const float *b, const float *cover, int instance,
                  int semseg) {
	int64_t o = (int64_t)y * c->width + x;
	float *cr = c->r + o, *cg = c->g + o, *cb = c->b + o;
	PIXELS_APART
	for (int i = 0; i < n; i++) {
		cr[i] += (r[i] - cr[i]) * cover[i];
		cg[i] += (g[i] - cg[i]) * cover[i];
		cb[i] += (b[i] - cb[i]) * cover[i];
	}
	if (instance < 0) return;
	uint16_t *ci = c->instance + o;
	uint8_t *cs = c->semseg + o;
	for (int i = 0; i < n; i++) {
		ci[i] = cover[i] >= 0.5f ? (uint16_t)instance : ci[i];
		cs[i] = cover[i] >= 0.5f ? (uint8_t)semseg : cs[i];
	}
}

/* Light on a surface of normal n: the sun, wrapped a little around the edge; the sky from above; the ground's bounce from below. */
static void light_row(const struct paint *p, int n, const float *u, const float *v, float *r, float *g, float *b) {
	const struct light *l = p->light;
	struct vec up = vec_scale(vec_sub(l->sky, l->bounce), 0.5f), mean = vec_scale(vec_add(l->sky, l->bounce), 0.5f), light = l->sun;
	struct vec half = vec_unit(vec_add(l->to_sun, vec(0.0f, 0.0f, -1.0f))), haze = vec_scale(l->haze, p->haze);
	float su = vec_dot(l->to_sun, p->axis_u), sv = vec_dot(l->to_sun, p->axis_v), sn = vec_dot(l->to_sun, p->normal);
	float hu = vec_dot(half, p->axis_u), hv = vec_dot(half, p->axis_v), hn = vec_dot(half, p->normal);
	float yu = p->axis_u.y, yv = p->axis_v.y, yn = p->normal.y, keep = 1.0f - p->haze, thin = p->thin, gloss = p->gloss;
	float uk = p->form == FLAT ? 0.0f : 0.96f, vk = p->form == BALL ? 0.96f : 0.0f;
	mean = vec_add(mean, vec(p->glow, p->glow, p->glow));
	PIXELS_APART
	for (int i = 0; i < n; i++) {
		float a = u[i] * uk, e = v[i] * vk, w = sqrtf(maxf(1.0f - a * a - e * e, 0.0f));
		float facing = a * su + e * sv + w * sn;
		float sun = maxf((facing + 0.2f) * (1.0f / 1.2f), 0.0f) + thin * maxf(-facing, 0.0f);
		float y = a * yu + e * yv + w * yn;
		float s = maxf(a * hu + e * hv + w * hn, 0.0f);
		s = s * s, s = s * s, s = s * s, s = s * s, s = s * s;
		s *= gloss;
		r[i] = (r[i] * (light.x * sun + mean.x + up.x * y) + light.x * s) * keep + haze.x;
		g[i] = (g[i] * (light.y * sun + mean.y + up.y * y) + light.y * s) * keep + haze.y;
		b[i] = (b[i] * (light.z * sun + mean.z + up.z * y) + light.z * s) * keep + haze.z;
	}
}

/* N shaded pixels from (x, y). Scratch rows 0 and 1 hold u and v. */
static void shade_row(struct canvas *c, const struct paint *p, int x, int y, int n, float *r, float *g, float *b) {
	float *u = canvas_row(c, 0), *v = canvas_row(c, 1);
	const float *m = p->m;
	float fy = (float)y + 0.5f, u0 = m[1] * fy + m[2], v0 = m[4] * fy + m[5], w0 = m[7] * fy + m[8];
	PIXELS_APART
	for (int i = 0; i < n; i++) {
		float fx = (float)(x + i) + 0.5f, w = 1.0f / (w0 + m[6] * fx);
		u[i] = (u0 + m[0] * fx) * w;
		v[i] = (v0 + m[3] * fx) * w;
		r[i] = p->albedo.x;
		g[i] = p->albedo.y;
		b[i] = p->albedo.z;
	}
	if (p->texture) {
		int k = n / 2;
		float w = 1.0f / (w0 + m[6] * ((float)(x + k) + 0.5f));
		float du = fabsf((m[0] - m[6] * u[k]) * w) + fabsf((m[1] - m[7] * u[k]) * w);
		float dv = fabsf((m[3] - m[6] * v[k]) * w) + fabsf((m[4] - m[7] * v[k]) * w);
		p->texture(p, n, u, v, du, dv, r, g, b);
	}
	light_row(p, n, u, v, r, g, b);
}

/* The part of a coverage row that is not zero. */
static bool span(const float *cover, int n, int *from, int *to) {
	int a = 0, z = n;
	while (a < z && cover[a] <= 0.004f) a++;
	while (z > a && cover[z - 1] <= 0.004f) z--;
	*from = a;
	*to = z;
	return a < z;
}

void canvas_fill(struct canvas *c, const struct box *box, const struct paint *p, int instance, int semseg) {
	int w = box->x1 - box->x0, stride = w + 2, from, to;
	float *r = canvas_row(c, 2), *g = canvas_row(c, 3), *b = canvas_row(c, 4);
	for (int y = box->y0; y < box->y1; y++) {
		float *cover = c->cover + (int64_t)(y - box->y0) * stride;
		if (!span(cover, w, &from, &to)) continue;
		shade_row(c, p, box->x0 + from, y, to - from, r, g, b);
		if (p->alpha > 0.0f)
			for (int i = from; i < to; i++) cover[i] *= p->alpha;
		canvas_blend(c, box->x0 + from, y, to - from, r, g, b, cover + from, instance, semseg);
	}
}

void canvas_darken(struct canvas *c, const struct box *box, float strength) {
	int w = box->x1 - box->x0, stride = w + 2;
	for (int y = box->y0; y < box->y1; y++) {
		const float *cover = c->cover + (int64_t)(y - box->y0) * stride;
		float *shade = c->shade + (int64_t)y * c->width + box->x0;
		for (int i = 0; i < w; i++) shade[i] = maxf(shade[i], strength * cover[i]);
	}
}

static bool is_water(int semseg) { return semseg == CLASS_SEA || semseg == CLASS_WATER_OTHER || semseg == CLASS_RIVER; }

void canvas_mirror(struct canvas *c, const struct box *box, const struct paint *p, float alpha, float amplitude) {
	int w = box->x1 - box->x0, stride = w + 2, from, to;
	float *r = canvas_row(c, 2), *g = canvas_row(c, 3), *b = canvas_row(c, 4);
	for (int y = box->y0; y < box->y1; y++) {
		float *cover = c->cover + (int64_t)(y - box->y0) * stride;
		if (!span(cover, w, &from, &to)) continue;
		float at = (float)y / c->scale * 90.0f;
		int shift = (int)lrintf(amplitude * noise(at, 0.5f, 77u)), x = box->x0 + from + shift, n = to - from;
		if (x < 0) from -= x, n += x, x = 0;
		if (x + n > c->width) n = c->width - x;
		if (n <= 0) continue;
		shade_row(c, p, x - shift, y, n, r, g, b);
		float a = alpha * (0.75f + 0.25f * noise(at * 1.7f, 9.5f, 78u));
		const uint8_t *on = c->semseg + (int64_t)y * c->width + x;
		for (int i = 0; i < n; i++) cover[from + i] *= is_water(on[i]) ? a : 0.0f;
		canvas_blend(c, x, y, n, r, g, b, cover + from, -1, 0);
	}
}
