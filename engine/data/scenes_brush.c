/* The brush: parts in a thing's own metres become polygons on the canvas, or their shadow on the ground, or their reflection. */
#include "engine/data/scenes_world.h"

float brush_range(struct brush *b, float lo, float hi) { return (float)rng_range(&b->rng, lo, hi); }
bool brush_chance(struct brush *b, float p) { return rng_uniform(&b->rng) < p; }
int brush_below(struct brush *b, int n) { return (int)rng_below(&b->rng, (uint32_t)n); }

/* A direction of the thing's in the world, y turned over for a reflection. */
static struct vec turn(const struct brush *b, struct vec p) {
	p = vec_scale(p, b->t->size);
	p.x *= b->t->flip;
	return vec(p.x * b->cosine - p.z * b->sine, b->pass == MIRROR ? -p.y : p.y, p.x * b->sine + p.z * b->cosine);
}

static struct vec place(const struct brush *b, struct vec p) {
	const struct thing *t = b->t;
	return vec_add(turn(b, p), vec(t->x, b->pass == MIRROR ? -t->y : t->y, t->z));
}

/* Where the shadow of P falls. A flat drawing stands for something round, which turns as broad a side to the sun as to the viewer: its
 * shadow is cast from a plane half way between the two (FLAT_ONE). */
static struct vec cast(const struct brush *b, struct vec p, bool flat_one) {
	if (flat_one) {
		p.x *= b->t->flip;
		p = vec_add(vec_scale(vec(p.x * b->half_cosine, p.y, p.x * b->half_sine), b->t->size), vec(b->t->x, b->t->y, b->t->z));
	} else {
		p = place(b, p);
	}
	return vec(p.x - b->reach_x * p.y, 0.0f, p.z - b->reach_z * p.y);
}

/* pixel -> (u, v, 1) up to a factor: the inverse of [U V O] in camera axes, after the inverse of the projection. */
static bool frame(const struct brush *b, struct vec o, struct vec u, struct vec v, struct paint *p) {
	const struct camera *c = &b->s->camera;
	o.y -= c->height;
	struct vec a = vec_cross(v, o), e = vec_cross(o, u), n = vec_cross(u, v);
	float det = vec_dot(u, a);
	if (fabsf(det) < 1e-9f) return false;
	float k = b->s->canvas.scale * c->focal;
	float cx = c->centre * b->s->canvas.scale, cy = c->horizon * b->s->canvas.scale;
	const struct vec rows[3] = {vec_scale(a, 1.0f / det), vec_scale(e, 1.0f / det), vec_scale(n, 1.0f / det)};
	for (int i = 0; i < 3; i++) {
		p->m[3 * i] = rows[i].x / k;
		p->m[3 * i + 1] = -rows[i].y / k;
		p->m[3 * i + 2] = rows[i].z - rows[i].x * cx / k + rows[i].y * cy / k;
	}
	p->axis_u = vec_unit(u);
	p->axis_v = vec_unit(v);
	p->normal = vec_unit(n);
	if (vec_dot(n, o) > 0.0f) p->normal = vec_scale(p->normal, -1.0f);
	return true;
}

enum { POINTS_MAX = 200, NEAR_MILLIMETRES = 250 };

/* Cuts a polygon at the near plane (Sutherland-Hodgman), then projects. */
static int project(const struct brush *b, const struct vec *world, int n, float (*out)[2]) {
	const struct camera *c = &b->s->camera;
	float scale = b->s->canvas.scale, near = NEAR_MILLIMETRES * 1e-3f;
	int count = 0;
	for (int i = 0, j = n - 1; i < n; j = i++) {
		struct vec p = world[j], q = world[i];
		struct vec cut[2];
		int cuts = 0;
		if ((p.z < near) != (q.z < near)) cut[cuts++] = vec_mix(p, q, (near - p.z) / (q.z - p.z));
		if (q.z >= near) cut[cuts++] = q;
		for (int k = 0; k < cuts && count < POINTS_MAX; k++, count++) {
			out[count][0] = (c->centre + c->focal * cut[k].x / cut[k].z) * scale;
			out[count][1] = (c->horizon - c->focal * (cut[k].y - c->height) / cut[k].z) * scale;
		}
	}
	return count;
}

/* Parts smaller than this share of the short side are left out, at every resolution: a third of a pixel at 336. */
#define SPECK 0.001f

static bool tiny(const float (*p)[2], int n, float size) {
	for (int i = 1; i < n; i++)
		if (fabsf(p[i][0] - p[0][0]) > size || fabsf(p[i][1] - p[0][1]) > size) return false;
	return true;
}

static void polygon(struct brush *b, const struct vec *p, int n, struct vec o, struct vec u, struct vec v, struct paint paint, bool flat_one) {
	struct vec world[POINTS_MAX];
	float screen[POINTS_MAX][2];
	struct scene *s = b->s;
	if (n > POINTS_MAX) n = POINTS_MAX;
	for (int i = 0; i < n; i++) world[i] = b->pass == SHADOW ? cast(b, p[i], flat_one) : place(b, p[i]);
	int count = project(b, world, n, screen);
	struct box box;
	if (count < 3 || tiny((const float(*)[2])screen, count, SPECK * s->canvas.scale)) return;
	if (!canvas_cover(&s->canvas, (const float(*)[2])screen, count, &box)) return;
	if (b->pass == SHADOW) {
		canvas_darken(&s->canvas, &box, s->light.cast * (paint.alpha > 0.0f ? paint.alpha : 1.0f) * (1.0f - 0.5f * paint.thin));
		return;
	}
	struct vec at = place(b, o);
	if (!frame(b, at, turn(b, u), turn(b, v), &paint)) return;
	paint.light = &s->light;
	paint.haze = scene_haze(s, maxf(b->t->z, 0.0f));
	if (b->pass == MIRROR)
		canvas_mirror(&s->canvas, &box, &paint, 0.55f, maxf(0.25f / maxf(b->t->z, 1.0f), 0.004f) * s->canvas.scale);
	else
		canvas_fill(&s->canvas, &box, &paint, b->instance, b->t->semseg);
}

void brush_polygon(struct brush *b, const struct vec *p, int n, struct vec o, struct vec u, struct vec v, struct paint paint) {
	polygon(b, p, n, o, u, v, paint, false);
}

void brush_face(struct brush *b, struct vec o, struct vec u, struct vec v, struct paint paint) {
	struct vec p[4] = {o, vec_add(o, u), vec_add(vec_add(o, u), v), vec_add(o, v)};
	brush_polygon(b, p, 4, o, vec_unit(u), vec_unit(v), paint);
}

/* Enough corners for a curve of RADIUS metres to look round at this distance and in any size: in screen units, not in pixels. */
static int corners(const struct brush *b, float radius) {
	if (b->pass == SHADOW) return 10;
	float units = b->s->camera.focal * radius * b->t->size / maxf(b->t->z, 0.5f);
	return (int)clampf(8.0f + 160.0f * units, 8.0f, 40.0f);
}

/* The next point of a circle, without another sine. */
static void turn_by(float *x, float *y, float c, float s) {
	float t = *x * c - *y * s;
	*y = *x * s + *y * c;
	*x = t;
}

void brush_ball(struct brush *b, float x, float y, float rx, float ry, float angle, struct paint paint) {
	struct vec p[40];
	int n = corners(b, maxf(rx, ry));
	if (b->pass == SHADOW && maxf(rx, ry) < 0.06f) return; /* eyes, buttons, leaves of a vase: lost in the shadow of the rest */
	float c = cosf(angle), s = sinf(angle), a = 1.0f, e = 0.0f, sc = cosf(6.2831853f / (float)n), ss = sinf(6.2831853f / (float)n);
	for (int i = 0; i < n; i++) {
		p[i] = vec(x + c * rx * a - s * ry * e, y + s * rx * a + c * ry * e, 0.0f);
		turn_by(&a, &e, sc, ss);
	}
	polygon(b, p, n, vec(x, y, 0.0f), vec(c * rx, s * rx, 0.0f), vec(-s * ry, c * ry, 0.0f), paint, true);
}

void brush_limb(struct brush *b, float x0, float y0, float r0, float x1, float y1, float r1, struct paint paint) {
	if (b->pass == SHADOW && maxf(r0, r1) < 0.012f) return;
	struct vec p[40];
	int half = (corners(b, maxf(r0, r1)) / 2) < 19 ? corners(b, maxf(r0, r1)) / 2 : 19, n = 0;
	float dx = x1 - x0, dy = y1 - y0, len = maxf(sqrtf(dx * dx + dy * dy), 1e-5f), a = -dy / len, e = dx / len,
	      sc = cosf(3.1415927f / (float)half), ss = sinf(3.1415927f / (float)half);
	for (int i = 0; i <= half; i++) {
		p[n++] = vec(x0 + r0 * a, y0 + r0 * e, 0.0f);
		if (i < half) turn_by(&a, &e, sc, ss);
	}
	for (int i = 0; i <= half; i++) {
		p[n++] = vec(x1 + r1 * a, y1 + r1 * e, 0.0f);
		if (i < half) turn_by(&a, &e, sc, ss);
	}
	float r = maxf(r0, r1);
	polygon(b, p, n, vec(x0, y0, 0.0f), vec(-dy / len * r, dx / len * r, 0.0f), vec(dx, dy, 0.0f), paint, true);
}

void brush_shape(struct brush *b, const float (*q)[2], int n, struct paint paint) {
	struct vec p[POINTS_MAX];
	float x0 = 1e9f, y0 = 1e9f, x1 = -1e9f, y1 = -1e9f;
	if (n > POINTS_MAX) n = POINTS_MAX;
	for (int i = 0; i < n; i++) {
		p[i] = vec(q[i][0], q[i][1], 0.0f);
		x0 = minf(x0, p[i].x), x1 = maxf(x1, p[i].x), y0 = minf(y0, p[i].y), y1 = maxf(y1, p[i].y);
	}
	polygon(b, p, n, vec(0.5f * (x0 + x1), 0.5f * (y0 + y1), 0.0f), vec(0.5f * (x1 - x0), 0.0f, 0.0f), vec(0.0f, 0.5f * (y1 - y0), 0.0f), paint,
	        true);
}

static float catmull(float a, float b, float c, float d, float t) {
	return b + 0.5f * t * (c - a + t * (2.0f * a - 5.0f * b + 4.0f * c - d + t * (3.0f * (b - c) + d - a)));
}

void brush_curve(struct brush *b, const float (*q)[2], int n, struct paint paint) {
	float p[POINTS_MAX][2];
	int steps = n > 24 ? 3 : 5, count = 0;
	for (int i = 0; i < n; i++) {
		const float *p0 = q[(i + n - 1) % n], *p1 = q[i], *p2 = q[(i + 1) % n], *p3 = q[(i + 2) % n];
		for (int k = 0; k < steps && count < POINTS_MAX; k++, count++) {
			float t = (float)k / (float)steps;
			p[count][0] = catmull(p0[0], p1[0], p2[0], p3[0], t);
			p[count][1] = catmull(p0[1], p1[1], p2[1], p3[1], t);
		}
	}
	brush_shape(b, (const float(*)[2])p, count, paint);
}

void brush_line(struct brush *b, const float (*p)[2], int n, float width, struct paint paint) {
	for (int i = 0; i + 1 < n; i++) brush_limb(b, p[i][0], p[i][1], 0.5f * width, p[i + 1][0], p[i + 1][1], 0.5f * width, paint);
}

void brush_bow(struct brush *b, float x0, float y0, float x1, float y1, float x2, float y2, float w0, float w1, struct paint paint) {
	enum { STEPS = 10 };
	float q[2 * STEPS + 2][2];
	for (int i = 0; i <= STEPS; i++) {
		float t = (float)i / STEPS, a = (1 - t) * (1 - t), c = 2 * t * (1 - t), e = t * t;
		float x = a * x0 + c * x1 + e * x2, y = a * y0 + c * y1 + e * y2;
		float dx = (1 - t) * (x1 - x0) + t * (x2 - x1), dy = (1 - t) * (y1 - y0) + t * (y2 - y1);
		float len = maxf(sqrtf(dx * dx + dy * dy), 1e-5f), w = 0.5f * mixf(w0, w1, t);
		q[i][0] = x - dy / len * w, q[i][1] = y + dx / len * w;
		q[2 * STEPS + 1 - i][0] = x + dy / len * w, q[2 * STEPS + 1 - i][1] = y - dx / len * w;
	}
	brush_shape(b, (const float(*)[2])q, 2 * STEPS + 2, paint);
}

bool brush_faces(const struct brush *b, struct vec p, struct vec normal) {
	struct vec at = place(b, p), n = turn(b, normal);
	if (b->pass == SHADOW) return vec_dot(n, b->s->light.to_sun) > 0.0f;
	at.y -= b->s->camera.height;
	return vec_dot(at, n) < 0.0f;
}

void brush_solid(struct brush *b, const float (*p)[3], int n, const struct paint *edge, struct paint side) {
	struct vec ends[2][16];
	for (int i = 0; i < n; i++) {
		const float *q = p[i], *r = p[(i + 1) % n];
		ends[0][i] = vec(q[0], q[1], -q[2]);
		ends[1][i] = vec(q[0], q[1], q[2]);
		struct vec along = vec(r[0] - q[0], r[1] - q[1], 0.0f),
		           face[4] = {vec(q[0], q[1], -q[2]), vec(r[0], r[1], -r[2]), vec(r[0], r[1], r[2]), vec(q[0], q[1], q[2])};
		if (!brush_faces(b, face[0], vec(along.y, -along.x, 0.0f))) continue;
		/* v runs up the face, whichever way the profile goes around. */
		bool falls = r[1] < q[1];
		brush_polygon(b, face, 4, falls ? vec(r[0], r[1], 0.0f) : vec(q[0], q[1], 0.0f), vec(0, 0, 1),
		              vec_unit(falls ? vec_scale(along, -1.0f) : along), edge[i]);
	}
	for (int k = 0; k < 2; k++)
		if (brush_faces(b, ends[k][0], vec(0, 0, k ? 1.0f : -1.0f)))
			brush_polygon(b, ends[k], n, vec(0, 0, ends[k][0].z), vec(1, 0, 0), vec(0, 1, 0), side);
}

void brush_disc(struct brush *b, struct vec at, float radius, struct paint paint) {
	struct vec p[40];
	int n = corners(b, radius);
	if (b->pass == SHADOW) return; /* wheels: inside the shadow of what they carry */
	float a = 1.0f, e = 0.0f, sc = cosf(6.2831853f / (float)n), ss = sinf(6.2831853f / (float)n);
	for (int i = 0; i < n; i++) {
		p[i] = vec(at.x + radius * a, at.y + radius * e, at.z);
		turn_by(&a, &e, sc, ss);
	}
	brush_polygon(b, p, n, at, vec(radius, 0, 0), vec(0, radius, 0), paint);
}

void brush_box(struct brush *b, struct vec lo, struct vec hi, struct paint paint) {
	struct vec d = vec_sub(hi, lo), x = vec(d.x, 0, 0), y = vec(0, d.y, 0), z = vec(0, 0, d.z);
	const struct {
		struct vec o, u, v, out;
	} faces[] = {
	        {vec(lo.x, lo.y, hi.z), x, y, vec(0, 0, 1)}, {vec(lo.x, lo.y, lo.z), z, y, vec(-1, 0, 0)},
	        {vec(hi.x, lo.y, lo.z), z, y, vec(1, 0, 0)}, {vec(lo.x, lo.y, lo.z), x, z, vec(0, -1, 0)},
	        {vec(lo.x, hi.y, lo.z), x, z, vec(0, 1, 0)}, {vec(lo.x, lo.y, lo.z), x, y, vec(0, 0, -1)},
	};
	for (int i = 0; i < 6; i++)
		if (brush_faces(b, faces[i].o, faces[i].out)) brush_face(b, faces[i].o, faces[i].u, faces[i].v, paint);
}

void brush_contact(struct brush *b, float rx, float rz) {
	if (b->pass != SHADOW || b->t->y > 0.01f) return;
	struct canvas *c = &b->s->canvas;
	const struct thing *t = b->t;
	struct vec world[20], o = vec(t->x, 0, t->z), u = vec(1.5f * t->size * rx * b->cosine, 0, 1.5f * t->size * rx * b->sine),
	                      v = vec(-1.5f * t->size * rz * b->sine, 0, 1.5f * t->size * rz * b->cosine);
	float screen[POINTS_MAX][2];
	for (int i = 0; i < 20; i++) {
		float a = 6.2831853f * (float)i / 20.0f;
		world[i] = vec_add(o, vec_add(vec_scale(u, 1.02f * cosf(a)), vec_scale(v, 1.02f * sinf(a))));
	}
	struct box box;
	struct paint p = {0};
	int n = project(b, world, 20, screen);
	if (n < 3 || !canvas_cover(c, (const float(*)[2])screen, n, &box) || !frame(b, o, u, v, &p)) return;
	for (int y = box.y0; y < box.y1; y++) {
		float *cover = c->cover + (int64_t)(y - box.y0) * (box.x1 - box.x0 + 2), fy = (float)y + 0.5f;
		for (int i = 0; i < box.x1 - box.x0; i++) {
			float fx = (float)(box.x0 + i) + 0.5f, w = 1.0f / (p.m[6] * fx + p.m[7] * fy + p.m[8]);
			float a = (p.m[0] * fx + p.m[1] * fy + p.m[2]) * w, e = (p.m[3] * fx + p.m[4] * fy + p.m[5]) * w,
			      fall = maxf(1.0f - a * a - e * e, 0.0f);
			cover[i] *= fall * fall;
		}
	}
	canvas_darken(c, &box, 0.6f);
}

/* Which clump is nearest the eye decides the normal; the position is shaken by noise first, so that outlines and light break into leaves. */
static void foliage_row(struct brush *b, const struct clump *c, int n, float leaf, const struct paint *p, const struct box *box, int y) {
	struct canvas *cv = &b->s->canvas;
	const struct light *l = &b->s->light;
	float *lx = canvas_row(cv, 5), *ly = canvas_row(cv, 6), *best = canvas_row(cv, 7), *nx = canvas_row(cv, 8), *ny = canvas_row(cv, 9);
	float *cover = canvas_row(cv, 10), *sx = canvas_row(cv, 11), *sy = canvas_row(cv, 12), *fine = canvas_row(cv, 13);
	float *r = canvas_row(cv, 2), *g = canvas_row(cv, 3), *bl = canvas_row(cv, 4);
	int w = box->x1 - box->x0;
	float step = fabsf(p->m[0]), fy = p->m[4] * ((float)y + 0.5f) + p->m[5], grain = step / leaf;
	uint32_t seed = b->t->key;
	for (int i = 0; i < w; i++) {
		lx[i] = p->m[0] * ((float)(box->x0 + i) + 0.5f) + p->m[2];
		ly[i] = fy;
		sx[i] = lx[i] / leaf;
		sy[i] = fy / leaf;
	}
	noise_row(nx, sx, sy, w, 2, grain, seed);
	noise_row(ny, sy, sx, w, 2, grain, seed + 1);
	noise_row(fine, sx, sy, w, 2, grain * 0.5f, seed + 2);
	for (int i = 0; i < w; i++) sx[i] *= 3.7f, sy[i] *= 3.7f;
	noise_row(best, sx, sy, w, 3, 3.7f * grain * 0.6f, seed + 3);
	for (int i = 0; i < w; i++) fine[i] += 0.75f * best[i];
	float low = 1e9f, high = -1e9f, left = 1e9f, right = -1e9f, shake = 1.1f * leaf;
	for (int k = 0; k < n; k++) {
		low = minf(low, c[k].y - c[k].r), high = maxf(high, c[k].y + c[k].r);
		left = minf(left, c[k].x - c[k].r), right = maxf(right, c[k].x + c[k].r);
	}
	PIXELS_APART
	for (int i = 0; i < w; i++) {
		lx[i] += shake * (nx[i] + 0.45f * best[i]);
		ly[i] += shake * (ny[i] - 0.45f * best[i]);
		best[i] = -1e9f, nx[i] = 0.0f, ny[i] = 0.0f, cover[i] = 0.0f;
	}
	for (int k = 0; k < n; k++) {
		float cx = c[k].x, cy = c[k].y, cz = c[k].z, cr = c[k].r, inv = 1.0f / cr;
		if (fabsf(fy - cy) > cr + shake + step) continue;
		PIXELS_APART
		for (int i = 0; i < w; i++) {
			float dx = (lx[i] - cx) * inv, dy = (ly[i] - cy) * inv, d = dx * dx + dy * dy;
			float z = cz + cr * sqrtf(maxf(1.0f - d, 0.0f));
			float a = clampf((1.0f - d) * 0.5f * cr / step + 0.5f, 0.0f, 1.0f);
			cover[i] = a > cover[i] ? a : cover[i];
			bool front = d < 1.0f && z > best[i];
			best[i] = front ? z : best[i];
			nx[i] = front ? dx : nx[i];
			ny[i] = front ? dy : ny[i];
		}
	}
	float mx = 0.5f * (left + right), my = 0.5f * (low + high), ix = 2.0f / (right - left), iy = 2.0f / (high - low);
	struct vec haze = vec_scale(l->haze, p->haze);
	float keep = 1.0f - p->haze, flip = b->t->flip;
	PIXELS_APART
	for (int i = 0; i < w; i++) {
		float ux = clampf(0.55f * nx[i] + 0.65f * (lx[i] - mx) * ix, -1.0f, 1.0f) * flip;
		float uy = clampf(0.55f * ny[i] + 0.65f * (ly[i] - my) * iy, -1.0f, 1.0f);
		float uz = sqrtf(maxf(1.0f - ux * ux - uy * uy, 0.05f));
		float facing = ux * l->to_sun.x + uy * l->to_sun.y - uz * l->to_sun.z;
		float sun = maxf((facing + 0.25f) * 0.8f, 0.0f) + 0.35f * maxf(-facing, 0.0f) * p->thin;
		float open = clampf(0.62f + 0.38f * uy + 0.55f * fine[i], 0.12f, 1.2f);
		float speck = maxf(1.0f + 0.8f * fine[i], 0.2f);
		sun *= clampf(0.5f + 1.3f * (fine[i] + 0.35f), 0.15f, 1.3f);
		float warm = clampf(sun, 0.0f, 1.0f);
		r[i] = mixf(p->albedo.x, p->second.x, warm) * speck * (l->sun.x * sun + l->sky.x * open) * keep + haze.x;
		g[i] = mixf(p->albedo.y, p->second.y, warm) * speck * (l->sun.y * sun + l->sky.y * open) * keep + haze.y;
		bl[i] = mixf(p->albedo.z, p->second.z, warm) * speck * (l->sun.z * sun + l->sky.z * open) * keep + haze.z;
	}
	canvas_blend(cv, box->x0, y, w, r, g, bl, cover, b->pass == MIRROR ? -1 : b->instance, b->t->semseg);
}

void brush_foliage(struct brush *b, const struct clump *c, int n, float leaf, struct paint paint) {
	if (b->pass == SHADOW) {
		for (int k = 0; k < n; k++) brush_ball(b, c[k].x, c[k].y, c[k].r, c[k].r, 0.0f, paint);
		return;
	}
	struct scene *s = b->s;
	float screen[POINTS_MAX][2];
	float low = 1e9f, high = -1e9f, left = 1e9f, right = -1e9f;
	for (int k = 0; k < n; k++) {
		low = minf(low, c[k].y - c[k].r), high = maxf(high, c[k].y + c[k].r);
		left = minf(left, c[k].x - c[k].r), right = maxf(right, c[k].x + c[k].r);
	}
	struct vec world[4] = {place(b, vec(left - leaf, low - leaf, 0)), place(b, vec(right + leaf, low - leaf, 0)),
	                       place(b, vec(right + leaf, high + leaf, 0)), place(b, vec(left - leaf, high + leaf, 0))};
	struct box box;
	int count = project(b, world, 4, screen);
	if (count < 3 || !canvas_cover(&s->canvas, (const float(*)[2])screen, count, &box)) return;
	/* (u, v) are the thing's own metres: affine, because the crown stands parallel to the screen. */
	if (!frame(b, place(b, vec(0, 0, 0)), turn(b, vec(1, 0, 0)), turn(b, vec(0, 1, 0)), &paint)) return;
	float w = 1.0f / paint.m[8];
	for (int i = 0; i < 6; i++) paint.m[i] *= w;
	paint.haze = scene_haze(s, maxf(b->t->z, 0.0f));
	for (int y = box.y0; y < box.y1; y++) foliage_row(b, c, n, leaf, &paint, &box, y);
}
