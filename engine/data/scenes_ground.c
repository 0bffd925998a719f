/* The ground plane, row by row: a row of pixels has one depth, so that a layer's border and its material are one-dimensional loops. */
#include <string.h>

#include "engine/base/types.h"
#include "engine/data/scenes_ground.h"

/* Metres inside the layer's border (negative outside), and how many metres of that a pixel is. */
static float border_row(const struct layer *l, const struct row *row, float *d) {
	const float *x = row->x;
	int n = row->n;
	float z = row->z, centre = l->x0 + l->slope * z + l->bend * sinf(z / l->period), foot = row->fx;
	switch (l->where) {
	case EVERYWHERE:
		for (int i = 0; i < n; i++) d[i] = 1e6f;
		return 1.0f;
	case ALONG: {
		float wobble = l->edge > 0.0f ? l->edge * noise(z * 0.4f, 0.5f, l->seed + 11) : 0.0f;
		float half = l->half + wobble;
		for (int i = 0; i < n; i++) d[i] = half - fabsf(x[i] - centre);
		foot += fabsf(l->slope + l->bend / l->period * cosf(z / l->period)) * row->fz * 0.5f;
		break;
	}
	case ACROSS: {
		float slope = l->slope, near = z - l->near, far = l->far - z;
		PIXELS_APART
		for (int i = 0; i < n; i++) d[i] = minf(near - slope * x[i], far + slope * x[i]);
		foot = row->fz + fabsf(slope) * row->fx;
		break;
	}
	case POOL: {
		float small = minf(l->half, l->depth), wide = 1.0f / l->half, e = (z - l->near) / l->depth, x0 = l->x0;
		PIXELS_APART
		for (int i = 0; i < n; i++) d[i] = small * (1.0f - sqrtf((x[i] - x0) * (x[i] - x0) * wide * wide + e * e));
		foot = small * maxf(row->fx * wide, row->fz / l->depth);
		break;
	}
	}
	if (l->edge > 0.0f) {
		float edge = l->edge;
		uint32_t seed = l->seed;
		PIXELS_APART
		for (int i = 0; i < n; i++)
			d[i] += edge * (noise(x[i] * 0.35f, z * 0.35f, seed + 12) + 0.4f * noise(x[i] * 1.7f, z * 1.7f, seed + 13));
	}
	return foot;
}

/* Albedo becomes light: the sun as far as no shadow lies there, the sky, and the air between. Scratch rows 6 and 7. */
static void light_ground(struct scene *s, const struct row *row) {
	const struct light *l = &s->light;
	const float *shade = s->canvas.shade + (int64_t)row->y * s->canvas.width, *x = row->x;
	float *r = row->r, *g = row->g, *b = row->b, *clear = canvas_row(&s->canvas, 6);
	int n = row->n;
	/* The eye adapts to a low sun: its square root, not its sine, decides how bright the ground looks. */
	float facing = sqrtf(maxf(l->to_sun.y, 0.0f)), fade = s->indoors ? 0.0f : scene_haze(s, row->z), z = row->z, dapple = l->dapple;
	struct vec sun = vec_scale(l->sun, facing * (1.0f - fade)), sky = vec_scale(l->sky, 1.0f - fade), haze = vec_scale(l->haze, fade);
	uint32_t seed = l->seed;
	for (int i = 0; i < n; i++) clear[i] = 1.0f - shade[i];
	if (dapple > 0.0f) {
		PIXELS_APART
		for (int i = 0; i < n; i++) {
			float cloud = noise(x[i] * 0.018f, z * 0.018f, seed + 41) + 0.5f * noise(x[i] * 0.05f, z * 0.05f, seed + 42);
			clear[i] *= 1.0f - dapple * smooth(0.05f, 0.4f, cloud);
		}
	}
	PIXELS_APART
	for (int i = 0; i < n; i++) {
		float open = 1.0f - 0.45f * shade[i];
		r[i] = r[i] * (sun.x * clear[i] + sky.x * open) + haze.x;
		g[i] = g[i] * (sun.y * clear[i] + sky.y * open) + haze.y;
		b[i] = b[i] * (sun.z * clear[i] + sky.z * open) + haze.z;
	}
	if (l->wet <= 0.0f) return;
	float graze = 1.0f / (1.0f + 3.0f * (((float)row->y + 0.5f) / s->canvas.scale - s->camera.horizon)), wet = l->wet * graze * graze;
	struct vec shine = l->horizon;
	PIXELS_APART
	for (int i = 0; i < n; i++) {
		float puddle = smooth(-0.1f, 0.25f, noise(x[i] * 0.45f, z * 0.3f, seed + 43)),
		      k = wet * (0.12f + 0.5f * puddle) * (1.0f - 0.5f * shade[i]);
		r[i] = mixf(r[i], shine.x, k);
		g[i] = mixf(g[i], shine.y, k);
		b[i] = mixf(b[i], shine.z, k);
	}
}

int scene_at(const struct scene *s, float x, float z) {
	float inside = 0.0f;
	const struct row row = {.n = 1, .z = z, .fx = 1e-3f, .fz = 1e-3f, .x = &x};
	for (int j = s->layer_count - 1; j >= 0; j--) {
		border_row(&s->layers[j], &row, &inside);
		if (inside > 0.0f) return s->layers[j].semseg;
	}
	return UNLABELLED;
}

void scene_ground(struct scene *s) {
	struct canvas *c = &s->canvas;
	int first = (int)clampf(floorf(s->camera.horizon * c->scale), 0.0f, (float)c->height);
	float *x = canvas_row(c, 0), *cover = canvas_row(c, 1);
	for (int y = first; y < c->height; y++) {
		float below = maxf(((float)y + 0.5f) / c->scale - s->camera.horizon, 0.1f / c->scale);
		float z = s->camera.focal * s->camera.height / below, k = s->camera.focal * c->scale;
		if (z > s->ground_end) continue;
		struct row row = {.y = y,
		                  .n = c->width,
		                  .z = z,
		                  .fx = z / k,
		                  .fz = z * z / (k * s->camera.height),
		                  .x = x,
		                  .r = canvas_row(c, 2),
		                  .g = canvas_row(c, 3),
		                  .b = canvas_row(c, 4),
		                  .inside = canvas_row(c, 5)};
		for (int i = 0; i < c->width; i++) x[i] = (((float)i + 0.5f) / c->scale - s->camera.centre) * z / s->camera.focal;
		for (int j = 0; j < s->layer_count; j++) {
			struct layer *l = &s->layers[j];
			float foot = border_row(l, &row, row.inside);
			int any = 0;
			const float *inside = row.inside;
			for (int i = 0; i < c->width; i++) {
				cover[i] = clampf(inside[i] / foot + 0.5f, 0.0f, 1.0f);
				any |= cover[i] > 0.0f;
			}
			if (!any) continue;
			l->fill(s, l, &row);
			if (!l->lit) light_ground(s, &row);
			canvas_blend(c, 0, y, row.n, row.r, row.g, row.b, cover, 0, l->semseg);
		}
	}
}

/* ---- materials. Scratch rows 6 .. 11 are theirs. ---- */

static void flat(const struct layer *l, const struct row *row, const float *mix) {
	for (int i = 0; i < row->n; i++) {
		float t = clampf(mix[i], 0.0f, 1.0f);
		row->r[i] = mixf(l->dark.x, l->light.x, t);
		row->g[i] = mixf(l->dark.y, l->light.y, t);
		row->b[i] = mixf(l->dark.z, l->light.z, t);
	}
}

static void tone(const struct row *row, const float *by, float amount) {
	for (int i = 0; i < row->n; i++) {
		float k = maxf(1.0f + amount * by[i], 0.0f);
		row->r[i] *= k;
		row->g[i] *= k;
		row->b[i] *= k;
	}
}

/* Noise over the ground at WAVE metres across and LENGTH metres away. */
static void spread(struct scene *s, const struct row *row, float wave, float length, int octaves, uint32_t seed, float *out) {
	float *u = canvas_row(&s->canvas, 6), *v = canvas_row(&s->canvas, 7);
	for (int i = 0; i < row->n; i++) u[i] = row->x[i] / wave, v[i] = row->z / length;
	noise_row(out, u, v, row->n, octaves, maxf(row->fx / wave, 0.35f * row->fz / length), seed);
}

/* k[0]: dryness in patches; k[1]: flowers. */
void ground_grass(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 9.0f, 9.0f, 4, l->seed, a);
	for (int i = 0; i < row->n; i++) a[i] = 0.5f + 1.1f * a[i];
	flat(l, row, a);
	spread(s, row, 0.55f, 0.40f, 3, l->seed + 4, b);
	tone(row, b, 0.45f);
	spread(s, row, 0.06f, 0.075f, 3, l->seed + 1, b);
	tone(row, b, 0.85f);
	spread(s, row, 26.0f, 26.0f, 2, l->seed + 2, a);
	for (int i = 0; i < row->n; i++) {
		float dry = l->k[0] * smooth(0.05f, 0.45f, a[i] + 0.3f * b[i]);
		row->r[i] = mixf(row->r[i], row->r[i] * 1.5f + 0.03f, dry);
		row->g[i] *= 1.0f + 0.1f * dry;
		if (l->k[1] > 0.0f) {
			float spot = noise(row->x[i] * 13.0f, row->z * 9.0f, l->seed + 3) + 0.9f * a[i],
			      white = noise_lattice((int32_t)(row->x[i] * 2.0f), (int32_t)(row->z * 2.0f), l->seed + 6) > 0.2f;
			float k = l->k[1] * smooth(0.72f, 0.85f, spot) * clampf(2.0f - 10.0f * row->fx, 0.0f, 1.0f);
			row->r[i] = mixf(row->r[i], 0.88f, k), row->g[i] = mixf(row->g[i], mixf(0.66f, 0.84f, white), k),
			row->b[i] = mixf(row->b[i], mixf(0.10f, 0.80f, white), k);
		}
	}
}

/* Ripples across, footprints near; k[0]: depth at which it is wet (metres from the border inwards counts from the far side). */
void ground_sand(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 5.0f, 3.0f, 4, l->seed, a);
	for (int i = 0; i < row->n; i++) a[i] = 0.5f + 0.9f * a[i];
	flat(l, row, a);
	spread(s, row, 1.1f, 0.17f, 3, l->seed + 1, b);
	tone(row, b, 0.26f);
	spread(s, row, 0.22f, 0.18f, 2, l->seed + 5, b);
	tone(row, b, 0.22f);
	spread(s, row, 0.035f, 0.035f, 2, l->seed + 2, b);
	tone(row, b, 0.22f);
	if (l->k[0] <= 0.0f) return;
	for (int i = 0; i < row->n; i++) {
		float shore = l->k[0] + l->k[1] * row->x[i] - row->z + 1.6f * noise(row->x[i] * 0.3f, 0.5f, l->seed + 3);
		float wet = 1.0f - smooth(1.0f, 3.2f, shore);
		row->r[i] *= 1.0f - 0.42f * wet, row->g[i] *= 1.0f - 0.38f * wet, row->b[i] *= 1.0f - 0.30f * wet;
	}
}

void ground_snow(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 4.0f, 2.5f, 4, l->seed, a);
	for (int i = 0; i < row->n; i++) a[i] = 0.62f + 1.1f * a[i];
	flat(l, row, a);
	spread(s, row, 0.3f, 0.3f, 3, l->seed + 1, b);
	tone(row, b, 0.10f);
}

/* Earth, gravel, paths: k[0] the grain's contrast. */
void ground_dirt(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 3.0f, 3.0f, 4, l->seed, a);
	for (int i = 0; i < row->n; i++) a[i] = 0.5f + a[i];
	flat(l, row, a);
	spread(s, row, 0.12f, 0.12f, 3, l->seed + 1, b);
	tone(row, b, l->k[0]);
	for (int i = 0; i < row->n; i++) a[i] = -smooth(0.5f, 0.0f, row->inside[i]);
	tone(row, a, 0.25f);
}

static void stripe(const struct row *row, int i, struct vec c, float k) {
	row->r[i] = mixf(row->r[i], c.x, k);
	row->g[i] = mixf(row->g[i], c.y, k);
	row->b[i] = mixf(row->b[i], c.z, k);
}

/* Asphalt of a road along z (k[0] = half width) or across it (k[0] < 0); k[1]: 1 = a yellow centre line. k[2] > 0: a zebra crossing
 * begins at that depth. */
void ground_road(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 2.5f, 14.0f, 3, l->seed, a);
	for (int i = 0; i < row->n; i++) a[i] = 0.5f + 0.9f * a[i];
	flat(l, row, a);
	spread(s, row, 0.08f, 0.08f, 3, l->seed + 1, b);
	tone(row, b, 0.3f);
	spread(s, row, 0.25f, 3.0f, 3, l->seed + 2, a);
	struct vec white = colour(0xd9d8d2), centre = l->k[1] > 0.5f ? colour(0xd9a93a) : white;
	bool along = l->k[0] > 0.0f;
	float middle = l->x0 + l->slope * row->z + l->bend * sinf(row->z / l->period), half = fabsf(l->k[0]);
	float dash_z = stripes(row->z + l->k[3], 9.0f, 4.5f, row->fz), zebra_z = 0.0f;
	if (l->k[2] > 0.0f) zebra_z = clampf(minf(row->z - l->k[2], l->k[2] + 3.2f - row->z) / row->fz + 0.5f, 0.0f, 1.0f);
	for (int i = 0; i < row->n; i++) {
		float t = along ? row->x[i] - middle : row->z - middle - l->slope * row->x[i], foot = along ? row->fx : row->fz,
		      worn = clampf(0.8f + 0.7f * a[i], 0.0f, 0.95f);
		float dash = along ? dash_z : stripes(row->x[i], 9.0f, 4.5f, row->fx);
		if (l->k[1] > 0.5f) dash = 1.0f;
		stripe(row, i, centre, dash * worn * clampf((0.07f - fabsf(t)) / foot + 0.5f, 0.0f, 1.0f) * minf(1.0f, 0.14f / foot));
		stripe(row, i, white, worn * clampf((0.07f - fabsf(fabsf(t) - half + 0.45f)) / foot + 0.5f, 0.0f, 1.0f) * minf(1.0f, 0.14f / foot));
		if (zebra_z > 0.0f && fabsf(t) < half - 0.3f) stripe(row, i, white, zebra_z * worn * stripes(t, 1.1f, 0.55f, row->fx));
	}
}

/* Slabs of k[0] x k[1] metres with joints of k[2]. */
void ground_paving(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 2.2f, 2.2f, 3, l->seed, a);
	float joint_z = stripes(row->z, l->k[1], l->k[2], row->fz), clear = clampf(1.5f - row->fz / l->k[1], 0.0f, 1.0f),
	      course = floorf(row->z / l->k[1]);
	float offset = 0.5f * l->k[0] * fmodf(course, 2.0f);
	for (int i = 0; i < row->n; i++) {
		float u = row->x[i] + offset, slab = noise_lattice((int32_t)floorf(u / l->k[0]), (int32_t)course, l->seed + 1) * clear;
		a[i] = 0.5f + 0.8f * a[i] + 0.3f * slab;
		b[i] = -maxf(joint_z * clampf(2.0f - 2.0f * row->fz / l->k[1], 0.0f, 1.0f), stripes(u, l->k[0], l->k[2], row->fx) * clear);
	}
	flat(l, row, a);
	tone(row, b, 0.45f);
	spread(s, row, 0.07f, 0.07f, 3, l->seed + 2, a);
	tone(row, a, 0.22f);
}

/* Boards of k[0] metres that run away from the viewer, k[1] long. */
void ground_boards(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *u = canvas_row(&s->canvas, 6), *v = canvas_row(&s->canvas, 7);
	for (int i = 0; i < row->n; i++) u[i] = row->x[i] / 0.035f, v[i] = row->z / 0.9f;
	noise_row(a, u, v, row->n, 4, maxf(row->fx / 0.035f, 0.3f * row->fz / 0.9f), l->seed);
	float *mix = canvas_row(&s->canvas, 9), *gap = canvas_row(&s->canvas, 10);
	for (int i = 0; i < row->n; i++) {
		int32_t board = (int32_t)floorf(row->x[i] / l->k[0]);
		float shift = noise_lattice(board, 3, l->seed) * l->k[1], along = row->z + shift;
		mix[i] = 0.5f + 0.42f * noise_lattice(board, (int32_t)floorf(along / l->k[1]), l->seed + 1) + 0.35f * a[i];
		gap[i] = -maxf(stripes(row->x[i], l->k[0], 0.006f, row->fx), 0.8f * stripes(along, l->k[1], 0.008f, row->fz));
	}
	flat(l, row, mix);
	tone(row, gap, 0.7f);
}

/* Furrows or mown stripes: k[0] their width; along z where k[1] = 0, across where 1; slanted by slope. */
void ground_rows(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9);
	spread(s, row, 6.0f, 6.0f, 3, l->seed, a);
	spread(s, row, 0.2f, 0.5f, 3, l->seed + 1, b);
	for (int i = 0; i < row->n; i++) {
		float u = l->k[1] > 0.5f ? row->z : row->x[i] - l->k[2] * row->z,
		      foot = l->k[1] > 0.5f ? row->fz : row->fx + fabsf(l->k[2]) * row->fz;
		a[i] = 0.9f * stripes(u + 0.2f * a[i], l->k[0], 0.5f * l->k[0], foot) + 0.35f * a[i] + 0.05f;
	}
	flat(l, row, a);
	tone(row, b, 0.55f);
}

/* A football pitch from its near touchline at z = k[0]: k[1] metres deep, mown in stripes across; goal lines at x0 -+ half. */
void ground_pitch(struct scene *s, const struct layer *l, const struct row *row) {
	float *a = canvas_row(&s->canvas, 8), *b = canvas_row(&s->canvas, 9), z = row->z, depth = l->k[1], half = l->half - 2.0f;
	struct vec white = colour(0xeef0ea);
	spread(s, row, 8.0f, 8.0f, 3, l->seed, a);
	spread(s, row, 0.12f, 0.14f, 3, l->seed + 1, b);
	for (int i = 0; i < row->n; i++) a[i] = 0.2f + 0.6f * stripes(row->x[i] - l->x0, 9.0f, 4.5f, row->fx) + 0.4f * a[i];
	flat(l, row, a);
	tone(row, b, 0.5f);
	float middle = l->k[0] + 0.5f * depth, wide = 0.07f;
	for (int i = 0; i < row->n; i++) {
		float x = row->x[i] - l->x0, end = half - fabsf(x), near = z - l->k[0], side = minf(near, l->k[0] + depth - z), foot = row->fx;
		/* Signed distances to each line's middle; a line is drawn where the smallest is under half its width. */
		float lines = side > -wide && end > -wide ? minf(fabsf(side) * foot / maxf(row->fz, 1e-6f), fabsf(end)) : 9.0f;
		float circle = sqrtf(x * x + (z - middle) * (z - middle)) - 9.15f, box_z = 20.15f - fabsf(z - middle), box_x = 16.5f - end;
		if (side > 0.0f && end > 0.0f) {
			lines = minf(lines, fabsf(x));
			lines = minf(lines, fabsf(circle) * foot / (foot + 0.5f * row->fz));
			if (box_z > 0.0f && box_x > 0.0f) lines = minf(lines, minf(fabsf(box_x), fabsf(box_z) * foot / row->fz));
		}
		stripe(row, i, white, 0.85f * clampf((wide - lines) / foot + 0.5f, 0.0f, 1.0f) * minf(1.0f, 3.0f * wide / foot));
	}
}

/* Water mirrors what has been painted above the horizon, shaken by its waves; looked at steeply it shows its own colour, LIGHT near its
 * border and DARK k[0] metres from it. k[1]: the waves' height, k[2]: foam at the border, k[3]: whitecaps. */
void ground_water(struct scene *s, const struct layer *l, const struct row *row) {
	struct canvas *c = &s->canvas;
	const struct light *t = &s->light;
	float *swell = canvas_row(c, 8), *chop = canvas_row(c, 9), *foam = canvas_row(c, 10);
	spread(s, row, 7.0f, 1.6f, 3, l->seed, swell);
	spread(s, row, 0.8f, 0.22f, 3, l->seed + 1, chop);
	spread(s, row, 1.1f, 0.55f, 4, l->seed + 2, foam);
	float horizon = s->camera.horizon * c->scale, down = ((float)row->y + 0.5f - horizon) / c->scale;
	float tilt = down / s->camera.focal, graze = 1.0f / (1.0f + tilt * tilt), steep = sqrtf(1.0f - graze);
	float mirror = 0.05f + mixf(0.82f, 0.62f, minf(l->k[1], 1.0f)) * powf(1.0f - steep, mixf(4.5f, 8.0f, minf(l->k[1], 1.0f))),
	      haze = scene_haze(s, row->z) * 0.8f;
	struct vec body = vec_add(vec_scale(t->sun, 0.55f * sqrtf(maxf(t->to_sun.y, 0.0f))), vec_scale(t->sky, 0.9f));
	float sun_x = s->camera.centre + s->camera.focal * t->to_sun.x / maxf(t->to_sun.z, 0.05f);
	float shake = l->k[1] * (0.012f + 0.16f * down) * c->scale;
	/* The facets of waves that face the viewer mirror the sky higher up. */
	float lift_to = 0.22f * maxf(l->k[1] - 0.25f, 0.0f) * horizon;
	int last = (int)horizon - 1;
	for (int i = 0; i < row->n; i++) {
		float wave = swell[i] + 0.7f * chop[i], d = row->inside[i];
		int sy = (int)(horizon - down * c->scale * 0.9f - lift_to + shake * 1.5f * wave), sx = i + (int)(shake * chop[i]);
		sy = sy < 0 ? 0 : sy > last ? last : sy;
		sx = sx < 0 ? 0 : sx >= row->n ? row->n - 1 : sx;
		int64_t o = sy < 0 ? sx : (int64_t)sy * c->width + sx;
		float k = clampf(mirror + l->k[1] * 0.55f * wave * (1.0f - mirror), 0.02f, 0.97f), deep = smooth(0.0f, l->k[0], d);
		float br = mixf(l->light.x, l->dark.x, deep) * body.x, bg = mixf(l->light.y, l->dark.y, deep) * body.y,
		      bb = mixf(l->light.z, l->dark.z, deep) * body.z;
		float lift = 1.0f + 0.5f * l->k[1] * wave;
		float r = mixf(br * lift, c->r[o], k), g = mixf(bg * lift, c->g[o], k), b = mixf(bb * lift, c->b[o], k);
		if (t->to_sun.z > 0.05f) {
			float dx = ((float)i + 0.5f) / c->scale - sun_x, w = 0.05f + 0.35f * down;
			float glint = expf(-dx * dx / (w * w)) * smooth(-0.05f, 0.4f, wave + 0.1f) * 1.1f;
			r += t->sun.x * glint, g += t->sun.y * glint, b += t->sun.z * glint;
		}
		/* Two lines of surf that run along the shore, and the caps of breaking waves. */
		float surf = smooth(1.3f, 0.2f, d + 1.2f * foam[i]) + 0.75f * smooth(0.9f, 0.1f, fabsf(d - 4.6f - 2.0f * swell[i]) + 1.3f * foam[i]);
		float cap = l->k[3] * smooth(0.62f, 0.8f, wave + 0.4f * foam[i]) * clampf(1.2f - 0.4f * row->fz, 0.0f, 1.0f);
		float white = clampf(l->k[2] * surf + cap, 0.0f, 0.92f), f = 0.25f + 0.65f * clampf(body.y, 0.0f, 1.2f);
		r = mixf(r, f * (0.4f + 0.6f * t->sky.x / maxf(t->sky.y, 0.05f)), white), g = mixf(g, f, white), b = mixf(b, f * 1.02f, white);
		row->r[i] = mixf(r, t->haze.x, haze), row->g[i] = mixf(g, t->haze.y, haze), row->b[i] = mixf(b, t->haze.z, haze);
	}
}
