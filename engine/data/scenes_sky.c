/* What stands behind everything: the sky with its clouds and sun, and terrain between two depths. */
#include <string.h>

#include "engine/data/scenes_world.h"

/* The sky's gradient at tan(elevation) E. */
static struct vec gradient(const struct light *l, float e) {
	float a = 1.0f - expf(-3.2f * maxf(e, 0.0f)), t = clampf(a * 1.25f, 0.0f, 1.0f);
	struct vec low = vec_mix(l->horizon, l->middle, smooth(0.0f, 0.6f, t));
	return vec_mix(low, l->zenith, smooth(0.45f, 1.0f, t));
}

/* Clouds lie on a plane overhead: (u, v) is where the pixel's ray meets it. Lit where they thin out towards the sun. */
static void cloud_row(struct scene *s, float e, float *cover, float *lit) {
	struct canvas *c = &s->canvas;
	const struct light *l = &s->light;
	float *u = canvas_row(c, 2), *v = canvas_row(c, 3), *fine = canvas_row(c, 4);
	float stretch = (float)(l->seed & 7) < 4.0f ? 1.0f : 0.45f, size = 0.55f + 0.1f * (float)(l->seed >> 3 & 7);
	float far = 1.0f / (e + 0.1f), step = far * far / (s->camera.focal * c->scale) * size;
	for (int x = 0; x < c->width; x++) {
		float dx = (((float)x + 0.5f) / c->scale - s->camera.centre) / s->camera.focal;
		u[x] = dx * far * size * stretch;
		v[x] = far * size;
	}
	noise_row(cover, u, v, c->width, 5, step * 0.5f, l->seed);
	float du = 0.10f * l->to_sun.x * stretch, dv = 0.10f * l->to_sun.z;
	for (int x = 0; x < c->width; x++) u[x] += du, v[x] += dv;
	noise_row(lit, u, v, c->width, 4, step * 0.5f, l->seed);
	for (int x = 0; x < c->width; x++) u[x] *= 0.35f, v[x] *= 0.35f;
	noise_row(fine, u, v, c->width, 2, step * 0.2f, l->seed + 99);
	float edge = mixf(0.42f, -0.55f, l->clouds);
	for (int x = 0; x < c->width; x++) {
		float d = cover[x] + 0.55f * fine[x] - edge, toward = lit[x] + 0.55f * fine[x] - edge;
		float a = clampf(d * 4.5f, 0.0f, 1.0f);
		cover[x] = a * a * (3.0f - 2.0f * a);
		lit[x] = clampf(0.72f + 1.9f * (d - toward) - 0.55f * maxf(d, 0.0f), 0.0f, 1.0f);
	}
}

void scene_sky(struct scene *s) {
	struct canvas *c = &s->canvas;
	const struct light *l = &s->light;
	float *cover = canvas_row(c, 0), *lit = canvas_row(c, 1);
	bool seen = l->to_sun.z > 0.05f;
	float sun_x = s->camera.centre + s->camera.focal * l->to_sun.x / maxf(l->to_sun.z, 0.05f);
	float sun_y = s->camera.horizon - s->camera.focal * l->to_sun.y / maxf(l->to_sun.z, 0.05f);
	int rows = (int)clampf(ceilf(s->camera.horizon * c->scale), 0.0f, (float)c->height);
	for (int y = 0; y < rows; y++) {
		float sy = ((float)y + 0.5f) / c->scale, e = (s->camera.horizon - sy) / s->camera.focal;
		struct vec base = gradient(l, e);
		int64_t o = (int64_t)y * c->width;
		cloud_row(s, e, cover, lit);
		float fade = smooth(0.0f, 0.10f, e);
		float *r = c->r + o, *g = c->g + o, *b = c->b + o, dy = sy - sun_y, strength = seen ? 1.0f : 0.0f;
		struct vec dark = l->cloud_dark, bright = l->cloud_lit, sun = l->sun;
		float unit = 1.0f / c->scale;
		int width = c->width;
		PIXELS_APART
		for (int x = 0; x < width; x++) {
			float dx = ((float)x + 0.5f) * unit - sun_x, d2 = dx * dx + dy * dy;
			float near = strength * (0.30f / (1.0f + 14.0f * d2) + 0.5f / (1.0f + 160.0f * d2));
			float disc = strength * clampf((0.036f * 0.036f - d2) * 1600.0f, 0.0f, 1.0f) * 1.6f, clear = near + disc;
			float a = cover[x] * fade * 0.94f, k = lit[x];
			r[x] = mixf(base.x + sun.x * clear, mixf(dark.x, bright.x, k) + sun.x * near * 0.7f, a);
			g[x] = mixf(base.y + sun.y * clear, mixf(dark.y, bright.y, k) + sun.y * near * 0.7f, a);
			b[x] = mixf(base.z + sun.z * clear, mixf(dark.z, bright.z, k) + sun.z * near * 0.7f, a);
		}
		memset(c->semseg + o, CLASS_SKY_OTHER, (size_t)c->width);
	}
}

void scene_void(struct scene *s) {
	struct canvas *c = &s->canvas;
	int64_t n = (int64_t)c->width * c->height;
	for (int64_t i = 0; i < n; i++) c->r[i] = 0.6f * s->light.sky.x, c->g[i] = 0.6f * s->light.sky.y, c->b[i] = 0.6f * s->light.sky.z;
	memset(c->semseg, CLASS_WALL_OTHER, (size_t)n);
}

/* One step of depth: every column's height above the ground, and its colour. */
struct slice {
	float *height, *r, *g, *b;
};

enum { STEPS = 88 };

/* Crests where noise crosses zero, finer crests on the flanks of coarse ones (ridged multifractal). */
static void ridges(float *out, const float *u, const float *v, int n, float footprint, uint32_t seed) {
	float frequency = 1.0f, amplitude = 0.66f;
	for (int o = 0; o < 5; o++, frequency *= 2.1f, amplitude *= 0.42f, seed += 0x9e3779b9u) {
		float a = amplitude * clampf(2.0f - 2.0f * frequency * footprint, 0.0f, 1.0f), carry = o ? 1.6f : 0.0f, base = o ? 0.0f : 1.0f;
		PIXELS_APART
		for (int i = 0; i < n; i++) {
			float crest = maxf(1.0f - 1.45f * fabsf(noise(u[i] * frequency, v[i] * frequency, seed)), 0.0f), before = o ? out[i] : 0.0f;
			out[i] = before + a * crest * crest * minf(base + carry * before, 1.0f);
		}
	}
}

static void heights(struct scene *s, const struct range *t, float z, float *out) {
	struct canvas *c = &s->canvas;
	float *u = canvas_row(c, 12), *v = canvas_row(c, 13), *hill = canvas_row(c, 14), k = 1.0f / t->wave,
	      foot = 0.6f * z / (s->camera.focal * c->scale) * k;
	float per_pixel = z / (s->camera.focal * c->scale) * k, offset = 31.7f - s->camera.centre * z / s->camera.focal * k, drop = t->drop,
	      ridged = t->ridged;
	int n = c->width;
	PIXELS_APART
	for (int x = 0; x < n; x++) u[x] = ((float)x + 0.5f) * per_pixel + offset, v[x] = z * k;
	if (ridged < 1.0f) noise_row(hill, u, v, n, 5, foot, t->seed);
	if (ridged > 0.0f) ridges(out, u, v, n, foot, t->seed + 7);
	float rise = t->height * smooth(t->near, mixf(t->near, t->far, 0.7f), z);
	PIXELS_APART
	for (int x = 0; x < n; x++) {
		float low = ridged < 1.0f ? 0.5f + 0.62f * hill[x] : 0.0f, high = ridged > 0.0f ? out[x] : 0.0f;
		out[x] = rise * maxf(mixf(low, high, ridged) - drop, 0.0f);
	}
}

static void colours(struct scene *s, const struct range *t, float z, float dz, const float *before, const struct slice *now) {
	struct canvas *c = &s->canvas;
	const float *h = now->height;
	float *u = canvas_row(c, 12), *v = canvas_row(c, 13), *rough = canvas_row(c, 14), *slope = canvas_row(c, 15), *r = now->r, *g = now->g,
	      *b = now->b;
	float dx = z / (s->camera.focal * c->scale), fade = scene_haze(s, z), keep = 1.0f - fade, k = 7.0f / t->wave,
	      offset = -s->camera.centre * z / s->camera.focal * k;
	struct vec sun = vec_scale(s->light.sun, 1.1f * keep), sky = vec_scale(s->light.sky, keep), to = s->light.to_sun,
	           haze = vec_scale(s->light.haze, fade);
	struct vec grass = t->grass, rock = t->rock, wood = t->wood;
	float per_metre = 1.0f / t->height, woods = t->woods, snow = t->snow, ridged = t->ridged, half = 0.5f / dx, per_dz = 1.0f / dz;
	int n = c->width;
	PIXELS_APART
	for (int x = 0; x < n; x++) u[x] = ((float)x + 0.5f) * dx * k + offset, v[x] = (z + h[x]) * k;
	noise_row(rough, u, v, n, 4, dx * k * 0.7f, t->seed + 5);
	PIXELS_APART
	for (int x = 1; x < n - 1; x++) slope[x] = (h[x + 1] - h[x - 1]) * half;
	slope[0] = slope[1];
	slope[n - 1] = slope[n - 2];
	PIXELS_APART
	for (int x = 0; x < n; x++) {
		float gx = slope[x], gz = (h[x] - before[x]) * per_dz, inv = 1.0f / sqrtf(1.0f + gx * gx + gz * gz), y = rough[x];
		float lit = maxf((to.y - gx * to.x - gz * to.z) * inv, 0.0f), high = h[x] * per_metre + 0.16f * y, steep = 1.0f - inv;
		float trees = smooth(0.08f, -0.08f, high - woods + 0.5f * y),
		      white = smooth(-0.05f, 0.05f, high - snow - 0.7f * (steep - 0.3f) * ridged),
		      bare = smooth(0.18f, 0.38f, steep * ridged + 0.15f * y);
		float tone = 1.0f + 0.5f * y, leaf = 1.0f + 0.9f * y, open = 0.55f + 0.45f * inv;
		float cr = mixf(mixf(mixf(grass.x, rock.x, bare) * tone, wood.x * leaf, trees), 0.90f, white);
		float cg = mixf(mixf(mixf(grass.y, rock.y, bare) * tone, wood.y * leaf, trees), 0.93f, white);
		float cb = mixf(mixf(mixf(grass.z, rock.z, bare) * tone, wood.z * leaf, trees), 0.98f, white);
		r[x] = cr * (sun.x * lit + sky.x * open) + haze.x;
		g[x] = cg * (sun.y * lit + sky.y * open) + haze.y;
		b[x] = cb * (sun.z * lit + sky.z * open) + haze.z;
	}
}

/* Raises column X from *TOP (rows, downwards) to the row ROOF of this slice, blending from the colour of the slice before. */
static void raise(struct canvas *c, const struct range *t, int x, float *top, float roof, const struct slice *was, const struct slice *now) {
	int from = (int)ceilf(*top - 0.5f), to = (int)ceilf(roof - 0.5f);
	if (from > c->height) from = c->height;
	if (to < 0) to = 0;
	float span = maxf(*top - roof, 1e-3f);
	for (int y = to; y < from; y++) {
		float k = clampf((*top - (float)y - 0.5f) / span, 0.0f, 1.0f);
		int64_t o = (int64_t)y * c->width + x;
		c->r[o] = mixf(was->r[x], now->r[x], k);
		c->g[o] = mixf(was->g[x], now->g[x], k);
		c->b[o] = mixf(was->b[x], now->b[x], k);
		c->semseg[o] = (uint8_t)t->semseg;
	}
	*top = roof;
}

/* The skyline: the last row is covered in part. */
static void skyline(struct canvas *c, const float *top, const struct slice *edge) {
	for (int x = 0; x < c->width; x++) {
		int y = (int)ceilf(top[x] - 0.5f) - 1;
		float part = (float)y + 1.0f - top[x]; /* -0.5 .. 0.5 of the row above the last full one */
		if (y < 0 || y >= c->height || part <= 0.0f) continue;
		int64_t o = (int64_t)y * c->width + x;
		c->r[o] = mixf(c->r[o], edge->r[x], part);
		c->g[o] = mixf(c->g[o], edge->g[x], part);
		c->b[o] = mixf(c->b[o], edge->b[x], part);
	}
}

/* Marches away from the viewer, all columns at a time, raising each column's skyline (voxel terrain): exact perspective, real normals. */
void scene_terrain(struct scene *s, const struct range *t) {
	struct canvas *c = &s->canvas;
	struct slice pair[2] = {{canvas_row(c, 0), canvas_row(c, 1), canvas_row(c, 2), canvas_row(c, 3)},
	                        {canvas_row(c, 4), canvas_row(c, 5), canvas_row(c, 6), canvas_row(c, 7)}};
	struct slice edge = {NULL, canvas_row(c, 8), canvas_row(c, 9), canvas_row(c, 10)};
	float *top = canvas_row(c, 11), ratio = powf(t->far / t->near, 1.0f / STEPS), z = t->near;
	for (int step = 0; step < STEPS; step++, z *= ratio) {
		struct slice *now = &pair[step & 1], *was = &pair[!(step & 1)];
		heights(s, t, z, now->height);
		if (step == 0) memcpy(was->height, now->height, (size_t)c->width * sizeof(float));
		colours(s, t, z, z * (1.0f - 1.0f / ratio), was->height, now);
		float k = s->camera.focal / z * c->scale, base = s->camera.horizon * c->scale;
		if (step == 0)
			for (int x = 0; x < c->width; x++) top[x] = base + k * s->camera.height + 1.0f;
		for (int x = 0; x < c->width; x++) {
			float roof = base - k * (now->height[x] - s->camera.height);
			if (roof >= top[x] || (t->drop > 0.0f && now->height[x] <= 0.0f)) continue;
			raise(c, t, x, &top[x], roof, step ? was : now, now);
			edge.r[x] = now->r[x], edge.g[x] = now->g[x], edge.b[x] = now->b[x];
		}
	}
	skyline(c, top, &edge);
}
