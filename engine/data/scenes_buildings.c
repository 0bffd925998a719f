#include "engine/data/scenes_things.h"

/* How much of a pixel of size FOOT at X lies between LO and HI. */
static float between(float x, float lo, float hi, float foot) {
	return clampf((minf(x + 0.5f * foot, hi) - maxf(x - 0.5f * foot, lo)) / maxf(foot, 1e-6f), 0.0f, 1.0f);
}

static void blend(float *r, float *g, float *b, struct vec c, float k) {
	*r = mixf(*r, c.x, k);
	*g = mixf(*g, c.y, k);
	*b = mixf(*b, c.z, k);
}

/* A town front: ALBEDO wall, SECOND frames. k[0] bay width, k[1] storey height, k[2] height of the ground floor, k[3] share of a bay that
 * is window. Panes differ from window to window; at night some are lit. */
static void texture_front(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	const struct light *l = p->light;
	float bay = p->k[0], storey = p->k[1], ground = p->k[2], share = p->k[3];
	struct vec awning = vec_times(p->second, vec(0.75f, 0.5f, 0.42f));
	for (int i = 0; i < n; i++) {
		bool shop = v[i] < ground;
		float y = shop ? v[i] : v[i] - ground, floor_y = floorf(y / storey), cell = floorf(u[i] / bay), lx = u[i] - (cell + 0.5f) * bay,
		      ly = y - floor_y * storey;
		float id = noise_lattice((int32_t)cell, (int32_t)floor_y + (shop ? 50 : 0), p->seed), half = 0.5f * share * bay;
		float wash = noise(u[i] * 1.3f, v[i] * 0.6f, p->seed + 1);
		float k = 1.0f + 0.10f * wash;
		r[i] *= k, g[i] *= k, b[i] *= k;
		float lo = shop ? 0.45f : 0.24f * storey, hi = shop ? ground - 1.0f : 0.82f * storey;
		if (shop) half = 0.42f * bay;
		float frame = between(lx, -half - 0.12f, half + 0.12f, du) * between(ly, lo - 0.12f, hi + 0.14f, dv);
		float pane = between(lx, -half, half, du) * between(ly, lo, hi, dv);
		float bars = maxf(between(lx, -0.035f, 0.035f, du), between(ly, mixf(lo, hi, 0.68f), mixf(lo, hi, 0.68f) + 0.07f, dv));
		blend(r + i, g + i, b + i, p->second, frame);
		float sky = 0.06f + 0.15f * smooth(lo, hi, ly) + 0.10f * id;
		struct vec dark = vec_add(vec_scale(l->horizon, maxf(sky, 0.03f)), vec(0.012f, 0.016f, 0.022f));
		if (l->lamps > 0.0f && id > 0.35f - 0.7f * l->lamps) dark = vec_mix(dark, vec(2.6f, 1.6f, 0.62f), l->lamps * 0.9f);
		blend(r + i, g + i, b + i, dark, pane * (1.0f - bars * (shop ? 0.4f : 0.8f)));
		float sill = between(lx, -half - 0.2f, half + 0.2f, du) * between(ly, lo - 0.26f, lo - 0.12f, dv),
		      cornice = shop ? 0.0f : between(ly, 0.0f, 0.14f, dv);
		blend(r + i, g + i, b + i, vec_scale(p->second, 0.8f), shop ? 0.0f : maxf(sill, cornice * 0.6f));
		if (shop) blend(r + i, g + i, b + i, awning, between(v[i], ground - 0.95f, ground - 0.2f, dv) * (id > -0.4f ? 1.0f : 0.0f));
	}
}

static const uint32_t fronts[] = {0xd9c8a8, 0xc98f6a, 0xe3d9c6, 0xb8694c, 0xa9b4a6, 0xd6b78c, 0xc4a0a0, 0x9fb0bf, 0xe0c6a0, 0x8f5a48, 0xcfcac0};
static const uint32_t harbour_fronts[] = {0xc8503c, 0xe3b04a, 0x4f86a8, 0xf0e8d8, 0x8fae7a, 0xd98a6a, 0x6a7f9c, 0xe6cfa4};
static const uint32_t tiles[] = {0x8c4a36, 0x6f4038, 0x5a5f66, 0x7a5a48, 0x9a5a40, 0x4c5158};

/* Pose: storeys, + 8 for the narrow gabled houses of a harbour. */
void block_draw(struct brush *b) {
	int storeys = b->t->pose & 7;
	bool gabled = b->t->pose & 8;
	uint32_t hex = gabled ? brush_pick(b, harbour_fronts) : brush_pick(b, fronts);
	float w = gabled ? 3.0f : 6.0f, d = 6.0f, storey = brush_range(b, 2.9f, 3.4f), ground = brush_range(b, 3.2f, 4.0f),
	      bay = 2.0f * w /
	            (gabled                              ? 3.0f
	             : brush_range(b, 0.0f, 1.0f) < 0.5f ? 4.0f
	                                                 : 5.0f);
	float h = ground + storey * (float)(storeys - 1);
	struct paint wall = {
	        .albedo = vec_scale(colour(hex), brush_range(b, 0.88f, 1.06f)), .form = FLAT, .texture = texture_front, .seed = b->t->key};
	wall.second = colour(brush_chance(b, 0.7f) ? 0xece6da : 0x6a5a50);
	wall.k[0] = bay, wall.k[1] = storey, wall.k[2] = ground, wall.k[3] = brush_range(b, 0.42f, 0.62f);
	wall.light = &b->s->light;
	struct paint roof = {
	        .albedo = colour(brush_pick(b, tiles)), .form = FLAT, .texture = texture_bricks, .k = {0.5f, 0.4f, 0.05f}, .seed = b->t->key};
	roof.second = vec_scale(roof.albedo, 0.6f);
	brush_contact(b, 1.1f * w, 1.1f * d);
	if (gabled) {
		float rise = brush_range(b, 2.2f, 3.4f);
		const float p[5][3] = {{-w, 0, d}, {w, 0, d}, {w, h, d}, {0, h + rise, d}, {-w, h, d}};
		struct paint faces[5] = {wall, wall, roof, roof, wall};
		brush_solid(b, p, 5, faces, wall);
		struct paint trim = paint(colour(0xefe9dc), FLAT);
		for (int side = -1; side <= 1; side += 2) {
			const struct vec edge[4] = {vec((w + 0.15f) * (float)side, h - 0.1f, -d - 0.02f),
			                            vec((w + 0.15f) * (float)side, h + 0.18f, -d - 0.02f), vec(0, h + rise + 0.2f, -d - 0.02f),
			                            vec(0, h + rise - 0.1f, -d - 0.02f)};
			brush_polygon(b, edge, 4, edge[0], vec(1, 0, 0), vec(0, 1, 0), trim);
		}
		return;
	}
	const float p[4][3] = {{-w, 0, d}, {w, 0, d}, {w, h, d}, {-w, h, d}}, eaves[4][3] = {{-w - 0.25f, h, d + 0.25f},
	                                                                                     {w + 0.25f, h, d + 0.25f},
	                                                                                     {w + 0.25f, h + 0.4f, d + 0.25f},
	                                                                                     {-w - 0.25f, h + 0.4f, d + 0.25f}};
	struct paint faces[4] = {wall, wall, roof, wall}, trim = paint(vec_scale(wall.second, 0.9f), FLAT), trims[4] = {trim, trim, trim, trim};
	brush_solid(b, p, 4, faces, wall);
	brush_solid(b, eaves, 4, trims, trim);
	if (!brush_chance(b, 0.6f)) return;
	const float mansard[4][3] = {{-w, h + 0.4f, d}, {w, h + 0.4f, d}, {w - 1.2f, h + 2.4f, d - 1.2f}, {-w + 1.2f, h + 2.4f, d - 1.2f}};
	struct paint slopes[4] = {roof, roof, roof, roof};
	brush_solid(b, mansard, 4, slopes, roof);
}

/* A window or door on the plane O + x U + y V, with a frame and, for a window, a cross. */
static void opening(struct brush *b, struct vec o, struct vec u, float w, float h, struct paint frame, bool door, struct paint leaf) {
	struct vec v = vec(0, 1, 0);
	if (b->pass == SHADOW) return;
	const struct light *l = &b->s->light;
	struct paint pane = {.albedo = colour(0x252d34), .texture = texture_fade, .k = {0.0f, 1.4f * h}, .gloss = 0.4f};
	pane.second = vec_scale(l->horizon, 0.45f);
	if (brush_chance(b, 0.7f) && l->lamps > 0.2f) pane.albedo = vec(0.9f, 0.6f, 0.25f), pane.second = pane.albedo, pane.glow = 2.2f * l->lamps;
	brush_face(b, vec_add(o, vec_add(vec_scale(u, -0.1f), vec_scale(v, door ? 0.0f : -0.1f))), vec_scale(u, w + 0.2f),
	           vec_scale(v, h + (door ? 0.1f : 0.2f)), frame);
	brush_face(b, o, vec_scale(u, w), vec_scale(v, h), door ? leaf : pane);
	if (door) return;
	brush_face(b, vec_add(o, vec_scale(u, 0.5f * w - 0.03f)), vec_scale(u, 0.06f), vec_scale(v, h), frame);
	brush_face(b, vec_add(o, vec_scale(v, 0.6f * h)), vec_scale(u, w), vec_scale(v, 0.06f), frame);
}

struct house {
	float w, d, wall, rise;
	struct paint skin, roof, frame, door;
	bool snow;
};

/* Openings of the long wall at x = side * w and of the gable at z = end * d. */
static void openings(struct brush *b, const struct house *h, float side, float end) {
	if (brush_faces(b, vec(0, 1, end * h->d), vec(0, 0, end))) {
		float z = end * (h->d + 0.01f);
		opening(b, vec(-0.45f, 0.0f, z), vec(1, 0, 0), 0.95f, 2.0f, h->frame, end < 0.0f, h->door);
		for (int i = -1; i <= 1; i += 2)
			opening(b, vec(0.58f * h->w * (float)i - 0.5f, 1.0f, z), vec(1, 0, 0), 1.0f, 1.15f, h->frame, false, h->door);
		opening(b, vec(-0.4f, h->wall + 0.28f, z), vec(1, 0, 0), 0.8f, 0.9f, h->frame, false, h->door);
	}
	if (brush_faces(b, vec(side * h->w, 1, 0), vec(side, 0, 0)))
		for (int i = -1; i <= 1; i++)
			opening(b, vec(side * (h->w + 0.01f), 1.0f, 0.62f * h->d * (float)i - 0.5f), vec(0, 0, 1), 1.0f, 1.15f, h->frame, false,
			        h->door);
}

static void roof_planes(struct brush *b, const struct house *h) {
	float out = 0.45f, drop = out * h->rise / h->w, ridge = h->wall + h->rise + 0.12f, eave = h->wall - drop + 0.12f, d = h->d + 0.4f;
	for (int side = -1; side <= 1; side += 2) {
		float x = (h->w + out) * (float)side;
		struct vec down = vec_unit(vec(x, eave - ridge, 0));
		const struct vec slope[4] = {vec(0, ridge, -d), vec(x, eave, -d), vec(x, eave, d), vec(0, ridge, d)};
		if (brush_faces(b, slope[0], vec(-down.y * (float)side, down.x * (float)side, 0)))
			brush_polygon(b, slope, 4, slope[0], vec(0, 0, 1), down, h->roof);
	}
	struct paint board = paint(h->snow ? colour(0xf2f5f8) : vec_scale(h->frame.albedo, 0.92f), FLAT);
	for (int end = -1; end <= 1; end += 2) {
		if (!brush_faces(b, vec(0, ridge, d * (float)end), vec(0, 0, (float)end))) continue;
		for (int side = -1; side <= 1; side += 2) {
			float x = (h->w + out) * (float)side, z = (d + 0.01f) * (float)end, t = h->snow ? 0.34f : 0.2f;
			const struct vec edge[4] = {vec(0, ridge + (h->snow ? 0.16f : 0.03f), z), vec(x, eave + (h->snow ? 0.16f : 0.03f), z),
			                            vec(x, eave + 0.16f - t, z), vec(0, ridge + 0.16f - t, z)};
			brush_polygon(b, edge, 4, edge[0], vec(1, 0, 0), vec(0, 1, 0), board);
		}
	}
}

void house_draw(struct brush *b) {
	static const uint32_t walls[] = {0xece4d4, 0xd8b48a, 0xb56a4a, 0xe8dccb, 0x9c4a3c, 0xc9c0ae, 0xe2c07a, 0xa7b5ae},
	                      huts[] = {0x7a5236, 0x8c6844, 0x6a4a38, 0x9a3b30};
	static const uint32_t doors[] = {0x5a3424, 0x2f5a4a, 0x8c3a30, 0x33506a};
	bool hut = b->t->pose == 2 || (b->t->pose == 1 && brush_chance(b, 0.6f)), brick = !hut && brush_chance(b, 0.35f);
	struct house h = {.snow = b->t->pose == 1};
	h.w = brush_range(b, 3.2f, 4.4f), h.d = brush_range(b, 3.4f, 5.5f), h.wall = brush_range(b, 2.6f, 3.4f), h.rise = brush_range(b, 2.0f, 3.2f);
	h.skin = paint(colour(hut ? brush_pick(b, huts) : brush_pick(b, walls)), FLAT);
	if (brick)
		h.skin = (struct paint){
		        .albedo = colour(0xa9583e), .second = colour(0xcfc2ae), .texture = texture_bricks, .k = {0.26f, 0.085f, 0.014f}};
	else if (hut)
		h.skin.texture = texture_planks, h.skin.k[0] = 0.22f;
	else
		h.skin.texture = texture_grain, h.skin.k[0] = 1.2f, h.skin.k[1] = 0.7f, h.skin.k[2] = 0.16f;
	h.skin.seed = b->t->key;
	h.roof =
	        (struct paint){.albedo = colour(brush_pick(b, tiles)), .texture = texture_bricks, .k = {0.42f, 0.34f, 0.045f}, .seed = b->t->key + 1};
	h.roof.second = vec_scale(h.roof.albedo, 0.55f);
	if (h.snow) h.roof = (struct paint){.albedo = colour(0xeef2f6), .texture = texture_grain, .k = {0.9f, 0.9f, 0.1f}};
	h.frame = paint(colour(hut ? 0xe6dccb : 0xf2eee6), FLAT);
	h.door = paint(colour(brush_pick(b, doors)), FLAT);
	brush_contact(b, 1.15f * h.w, 1.1f * h.d);
	const float p[5][3] = {{-h.w, 0, h.d}, {h.w, 0, h.d}, {h.w, h.wall, h.d}, {0, h.wall + h.rise, h.d}, {-h.w, h.wall, h.d}};
	struct paint faces[5] = {h.skin, h.skin, h.roof, h.roof, h.skin},
	             stack = {.albedo = colour(0x94604c), .second = colour(0xb9a898), .texture = texture_bricks, .k = {0.26f, 0.085f, 0.014f}};
	float cx = 0.45f * h.w, cy = h.wall + 0.3f * h.rise, top = h.wall + h.rise + 0.7f;
	const float chimney[4][3] = {{cx - 0.35f, cy, 0.35f}, {cx + 0.35f, cy, 0.35f}, {cx + 0.35f, top, 0.35f}, {cx - 0.35f, top, 0.35f}};
	struct paint stacks[4] = {stack, stack, stack, stack};
	brush_solid(b, p, 5, faces, h.skin);
	for (int side = -1; side <= 1; side += 2) openings(b, &h, (float)side, (float)side);
	bool hidden = brush_faces(b, vec(-h.w, h.wall + 1.0f, 0), vec(-h.rise, h.w, 0));
	if (hidden) brush_solid(b, chimney, 4, stacks, stack);
	roof_planes(b, &h);
	if (!hidden) brush_solid(b, chimney, 4, stacks, stack);
}

void fence_draw(struct brush *b) {
	struct paint wood = {.albedo = colour(b->t->pose ? 0xe9e4d8 : 0x8a7258),
	                     .form = FLAT,
	                     .texture = texture_grain,
	                     .k = {2.0f, 9.0f, 0.5f},
	                     .seed = b->t->key};
	float half = 6.0f;
	if (b->t->pose) {
		for (int i = 0; i < 2; i++) brush_face(b, vec(-half, 0.3f + 0.4f * (float)i, 0.02f), vec(2 * half, 0, 0), vec(0, 0.09f, 0), wood);
		for (int i = 0; i < 48; i++) {
			float x = -half + 0.25f * (float)i + 0.08f;
			const struct vec picket[5] = {vec(x, 0.05f, 0), vec(x + 0.1f, 0.05f, 0), vec(x + 0.1f, 0.85f, 0), vec(x + 0.05f, 0.95f, 0),
			                              vec(x, 0.85f, 0)};
			brush_polygon(b, picket, 5, picket[0], vec(1, 0, 0), vec(0, 1, 0), wood);
		}
		return;
	}
	for (int i = 0; i < 3; i++) {
		float y = 0.35f + 0.36f * (float)i, sag = brush_range(b, -0.03f, 0.03f);
		brush_face(b, vec(-half, y, 0.0f), vec(2 * half, sag, 0), vec(0, 0.12f, 0), wood);
	}
	for (int i = 0; i < 6; i++) {
		float x = -half + 2.4f * (float)i - 0.08f;
		float lean = brush_range(b, -0.04f, 0.04f), high = brush_range(b, 1.2f, 1.35f);
		brush_face(b, vec(x, -0.03f, -0.05f), vec(0.16f, 0, 0), vec(lean, high, 0), wood);
	}
}
