/* Walls, windows, and what stands in a room. Things with WIDTH and HEIGHT take their size from where they are put. */
#include "engine/data/scenes_things.h"

static struct vec tint_or(struct brush *b, const uint32_t *table, int n) {
	struct vec own = colour(table[brush_below(b, n)]);
	return b->t->tint ? colour(b->t->tint) : own;
}
#define TINT(b, table) tint_or(b, table, (int)(sizeof(table) / sizeof(table)[0]))

/* Corners of a room are darker than its middle; k[0], k[1]: the wall's width and height; k[2]: width of a wallpaper's stripes. */
static void texture_wall(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	(void)dv;
	for (int i = 0; i < n; i++) {
		float side = minf(u[i], p->k[0] - u[i]), up = minf(v[i] + 0.1f, p->k[1] - v[i]);
		float k = 0.80f + 0.20f * smooth(0.0f, 1.1f, side) * smooth(0.0f, 0.9f, up) + 0.02f * noise(u[i] * 3.0f, v[i] * 3.0f, p->seed);
		float stripe = p->k[2] > 0.0f ? stripes(u[i], p->k[2], 0.5f * p->k[2], du) : 0.0f;
		r[i] = mixf(r[i], p->second.x, stripe) * k, g[i] = mixf(g[i], p->second.y, stripe) * k, b[i] = mixf(b[i], p->second.z, stripe) * k;
	}
}

/* Pose 0: plaster or paper, 1: bricks, 2: planks, 3: stones. Stands in the plane z = 0, from the foot's left end. */
void wall_draw(struct brush *b) {
	const struct thing *t = b->t;
	static const uint32_t bricks[] = {0xa85c42, 0xb5694a, 0x96503c, 0xc08a66}, planks[] = {0x8a6a4c, 0x6f7f86, 0xa88a66, 0x7c8c72},
	                      stones[] = {0xa39a8a, 0xb5aa96, 0x918b82}, plasters[] = {0xe8dfcc, 0xdcc8a4, 0xd3a88c};
	struct paint p = {.form = FLAT, .seed = t->key, .k = {t->width, t->height, 0.0f}};
	bool paper = brush_chance(b, 0.25f);
	if (t->pose == 1)
		p.albedo = TINT(b, bricks), p.second = vec_mix(p.albedo, colour(0xd9d0c2), 0.6f), p.texture = texture_bricks, p.k[0] = 0.25f,
		p.k[1] = 0.083f, p.k[2] = 0.013f;
	else if (t->pose == 2)
		p.albedo = TINT(b, planks), p.texture = texture_planks, p.k[0] = 0.17f, p.k[2] = brush_chance(b, 0.5f) ? 1.0f : 0.0f;
	else if (t->pose == 3)
		p.albedo = TINT(b, stones), p.second = vec_scale(p.albedo, 0.55f), p.texture = texture_bricks, p.k[0] = 0.52f, p.k[1] = 0.27f,
		p.k[2] = 0.022f;
	else
		p.albedo = TINT(b, plasters), p.second = vec_scale(p.albedo, paper ? 0.95f : 1.0f), p.texture = texture_wall,
		p.k[2] = paper ? 0.24f : 0.0f;
	brush_face(b, vec(0, 0, 0), vec(t->width, 0, 0), vec(0, t->height, 0), p);
	if (t->pose == 0 && b->s->indoors) brush_face(b, vec(0, 0, -0.01f), vec(t->width, 0, 0), vec(0, 0.11f, 0), paint(colour(0xf0ece4), FLAT));
}

/* The ceiling: from the foot towards the viewer. */
void ceiling_draw(struct brush *b) {
	struct paint p = paint(colour(0xf2efe8), FLAT);
	brush_face(b, vec(0, 0, 0), vec(b->t->width, 0, 0), vec(0, 0, -b->t->height), p);
}

/* A window from its lower left corner, with the day outside. */
void window_draw(struct brush *b) {
	const struct light *l = &b->s->light;
	float w = b->t->width, h = b->t->height;
	bool shutters = b->t->pose == 1;
	static const uint32_t wood[] = {0x4f6f5c, 0x5f7f96, 0x8a4a3c, 0x6a5a4a};
	struct paint frame = paint(colour(0xf3f0ea), FLAT),
	             pane = {.albedo = colour(0x242c33), .texture = texture_fade, .k = {0.0f, 1.3f * h}, .gloss = 0.3f},
	             leaf = paint(TINT(b, wood), FLAT);
	if (b->pass == SHADOW) return;
	brush_face(b, vec(-0.09f, -0.09f, -0.01f), vec(w + 0.18f, 0, 0), vec(0, h + 0.18f, 0), frame);
	pane.second = vec_scale(l->horizon, 0.35f);
	if (b->s->indoors)
		pane = (struct paint){.albedo = vec_scale(l->horizon, 0.75f),
		                      .second = vec_scale(l->zenith, 0.75f),
		                      .texture = texture_fade,
		                      .k = {0.25f * h, 1.1f * h},
		                      .glow = 0.6f};
	else if (l->lamps > 0.2f)
		pane.albedo = vec(0.9f, 0.6f, 0.25f), pane.second = pane.albedo, pane.glow = 2.0f * l->lamps;
	brush_face(b, vec(0, 0, -0.02f), vec(w, 0, 0), vec(0, h, 0), pane);
	if (b->s->indoors) {
		struct paint hill = {.albedo = vec_mix(colour(0x6f8f56), l->horizon, 0.35f), .glow = 0.35f};
		float y0 = h * brush_range(b, 0.12f, 0.4f), y1 = h * brush_range(b, 0.12f, 0.4f), y2 = h * brush_range(b, 0.1f, 0.35f);
		const struct vec ridge[7] = {vec(0, 0, -0.025f),         vec(w, 0, -0.025f),
		                             vec(w, y2, -0.025f),        vec(0.75f * w, 0.5f * (y1 + y2) + 0.02f, -0.025f),
		                             vec(0.5f * w, y1, -0.025f), vec(0.25f * w, 0.5f * (y0 + y1) + 0.03f, -0.025f),
		                             vec(0, y0, -0.025f)};
		brush_polygon(b, ridge, 7, ridge[0], vec(1, 0, 0), vec(0, 1, 0), hill);
	}
	int bars = w > 1.3f ? 2 : 1;
	for (int i = 1; i <= bars; i++)
		brush_face(b, vec(w * (float)i / (float)(bars + 1) - 0.025f, 0, -0.03f), vec(0.05f, 0, 0), vec(0, h, 0), frame);
	brush_face(b, vec(0, 0.62f * h, -0.03f), vec(w, 0, 0), vec(0, 0.045f, 0), frame);
	struct paint sill = frame;
	sill.albedo = vec_scale(frame.albedo, 0.86f);
	brush_face(b, vec(-0.14f, -0.14f, -0.08f), vec(w + 0.28f, 0, 0), vec(0, 0.07f, 0), sill);
	if (!shutters) return;
	leaf.texture = texture_stripes, leaf.second = vec_scale(leaf.albedo, 0.7f), leaf.k[0] = 0.09f, leaf.k[1] = 0.03f, leaf.k[2] = 1.0f;
	for (int side = 0; side < 2; side++)
		brush_face(b, vec(side ? w + 0.1f : -0.1f - 0.48f * w, -0.06f, -0.05f), vec(0.48f * w, 0, 0), vec(0, h + 0.12f, 0), leaf);
}

void door_draw(struct brush *b) {
	static const uint32_t leaves[] = {0x3f6a5c, 0x8c3a30, 0x3c5878, 0x6a4630, 0xc9a25a, 0xe6e0d4};
	float w = b->t->width, h = b->t->height;
	struct paint frame = paint(colour(0xece6da), FLAT), leaf = paint(TINT(b, leaves), FLAT), panel = leaf, knob = paint(colour(0xd9b45a), BALL);
	if (b->pass == SHADOW) return;
	panel.albedo = vec_scale(leaf.albedo, 0.8f);
	brush_face(b, vec(-0.11f, 0, -0.01f), vec(w + 0.22f, 0, 0), vec(0, h + 0.11f, 0), frame);
	brush_face(b, vec(0, 0, -0.02f), vec(w, 0, 0), vec(0, h, 0), leaf);
	for (int i = 0; i < 4; i++)
		brush_face(b, vec(w * (i & 1 ? 0.54f : 0.12f), h * (i & 2 ? 0.52f : 0.1f), -0.03f), vec(0.34f * w, 0, 0),
		           vec(0, h * (i & 2 ? 0.38f : 0.32f), 0), panel);
	brush_ball(b, 0.88f * w, 0.47f * h, 0.035f, 0.035f, 0.0f, knob);
}

/* Folds are a row of half columns. */
void curtain_draw(struct brush *b) {
	static const uint32_t cloths[] = {0xb5533c, 0x5f7f8c, 0xd9c7a4, 0x7a8c6a, 0xc98a5a, 0x8a5a78, 0xe6ddd0};
	float w = b->t->width / 5.0f, h = b->t->height;
	struct paint cloth = paint(TINT(b, cloths), TUBE);
	cloth.thin = 0.4f;
	for (int i = 0; i < 5; i++) {
		float x = w * ((float)i + 0.5f), sway = brush_range(b, -0.02f, 0.02f);
		const float fold[4][2] = {{x - 0.55f * w, h}, {x + 0.55f * w, h}, {x + 0.62f * w + sway, 0.0f}, {x - 0.62f * w + sway, 0.0f}};
		brush_shape(b, fold, 4, cloth);
	}
}

void couch_draw(struct brush *b) {
	static const uint32_t cloths[] = {0x5f7a8c, 0xb56a4a, 0x7c8a62, 0xc9b596, 0x4a5568, 0x9c5a5a, 0xa8a39a, 0xc79a48};
	struct vec c = TINT(b, cloths);
	struct paint body = paint(c, FLAT), soft = paint(vec_scale(c, 1.08f), BALL), dark = paint(vec_scale(c, 0.82f), FLAT),
	             foot = paint(colour(0x5a4230), FLAT);
	float w = b->t->width > 0.0f ? 0.5f * b->t->width : 1.0f;
	int seats = w > 0.8f ? (w > 1.05f ? 3 : 2) : 1;
	body.texture = texture_grain, body.k[0] = 26.0f, body.k[1] = 26.0f, body.k[2] = 0.18f, soft.texture = NULL;
	brush_contact(b, 1.1f * w, 0.55f);
	for (int side = -1; side <= 1; side += 2)
		brush_box(b, vec(0.86f * w * (float)side - 0.03f, 0, -0.36f), vec(0.86f * w * (float)side + 0.03f, 0.12f, -0.30f), foot);
	brush_box(b, vec(-w, 0.1f, 0.12f), vec(w, 0.86f, 0.42f), body);
	for (int i = 0; i < seats; i++) {
		float in = w - 0.2f, x0 = -in + 2.0f * in * (float)i / (float)seats, x1 = -in + 2.0f * in * (float)(i + 1) / (float)seats;
		const float back[8][2] = {{x0 + 0.02f, 0.45f},       {x1 - 0.02f, 0.45f}, {x1 - 0.005f, 0.65f}, {x1 - 0.05f, 0.88f},
		                          {0.5f * (x0 + x1), 0.92f}, {x0 + 0.05f, 0.88f}, {x0 + 0.005f, 0.65f}, {x0, 0.5f}};
		brush_curve(b, back, 8, soft);
	}
	brush_box(b, vec(-w, 0.1f, -0.42f), vec(w, 0.30f, 0.15f), dark);
	for (int i = 0; i < seats; i++) {
		float in = w - 0.2f, x0 = -in + 2.0f * in * (float)i / (float)seats, x1 = -in + 2.0f * in * (float)(i + 1) / (float)seats;
		brush_box(b, vec(x0 + 0.012f, 0.30f, -0.44f), vec(x1 - 0.012f, 0.45f, 0.14f), paint(vec_scale(c, 0.98f), FLAT));
	}
	for (int side = -1; side <= 1; side += 2) {
		float x0 = side < 0 ? -w - 0.03f : w - 0.19f;
		brush_box(b, vec(x0, 0.1f, -0.45f), vec(x0 + 0.22f, 0.60f, 0.3f), body);
	}
}

void cushion_draw(struct brush *b) {
	static const uint32_t cloths[] = {0xe0b04a, 0xc9583f, 0xe6ddd0, 0x4f8a8c, 0xd98a95, 0x6a7f4a};
	struct paint p = paint(TINT(b, cloths), BALL);
	float a = brush_range(b, -0.25f, 0.25f), c = cosf(a) * 0.2f, s = sinf(a) * 0.2f;
	const float q[8][2] = {{-c + s, 0.2f - s - c}, {0.1f * s, 0.2f - 0.8f * 0.2f}, {c + s, 0.2f + s - c},  {0.17f, 0.2f},
	                       {c - s, 0.2f + s + c},  {-0.1f * s, 0.2f + 0.16f},      {-c - s, 0.2f - s + c}, {-0.17f, 0.2f}};
	brush_curve(b, q, 8, p);
}

/* Natural height 0.74 m; pose 1: a low one of 0.42 m. */
void table_draw(struct brush *b) {
	static const uint32_t woods[] = {0x9c6f46, 0xb98a5c, 0x6a4a34, 0xd9c6a8, 0xece8e0};
	struct paint wood = {.albedo = TINT(b, woods), .texture = texture_grain, .k = {2.0f, 16.0f, 0.3f}, .seed = b->t->key},
	             leg = paint(vec_scale(wood.albedo, 0.75f), FLAT);
	float w = 0.5f * b->t->width, d = 0.42f, h = b->t->pose == 1 ? 0.42f : 0.74f;
	brush_contact(b, w, 0.8f * d);
	for (int i = 0; i < 4; i++) {
		float x = (i & 1 ? 1.0f : -1.0f) * (w - 0.09f), z = (i & 2 ? -1.0f : 1.0f) * (d - 0.09f);
		brush_box(b, vec(x - 0.03f, 0, z - 0.03f), vec(x + 0.03f, h - 0.03f, z + 0.03f), leg);
	}
	brush_box(b, vec(-w, h - 0.05f, -d), vec(w, h, d), wood);
}

/* Yaw turns it; the back stands at +z. */
void chair_draw(struct brush *b) {
	static const uint32_t woods[] = {0x9c6f46, 0x6a4a34, 0xd9c6a8, 0x3c4a58, 0xb5533c, 0xece8e0};
	struct paint wood = paint(TINT(b, woods), FLAT), seat = paint(vec_scale(wood.albedo, 1.1f), FLAT);
	bool away = !brush_faces(b, vec(0, 0.4f, -0.2f), vec(0, 0, -1));
	brush_contact(b, 0.26f, 0.24f);
	for (int pass = 0; pass < 2; pass++) {
		if ((pass == 0) != away) {
			for (int i = 0; i < 3; i++)
				brush_box(b, vec(-0.17f, 0.58f + 0.12f * (float)i, 0.185f), vec(0.17f, 0.65f + 0.12f * (float)i, 0.205f), wood);
			for (int side = -1; side <= 1; side += 2)
				brush_box(b, vec(0.19f * (float)side - 0.018f, 0, 0.18f), vec(0.19f * (float)side + 0.018f, 0.92f, 0.215f), wood);
		} else {
			for (int side = -1; side <= 1; side += 2)
				brush_box(b, vec(0.19f * (float)side - 0.018f, 0, -0.21f), vec(0.19f * (float)side + 0.018f, 0.44f, -0.175f), wood);
			brush_box(b, vec(-0.22f, 0.43f, -0.22f), vec(0.22f, 0.47f, 0.21f), seat);
		}
	}
}

/* Open shelves of width x height; the books are things of their own. */
void shelf_draw(struct brush *b) {
	static const uint32_t woods[] = {0xb98a5c, 0x7a5238, 0xece8e0, 0xd9c6a8};
	struct paint wood = paint(TINT(b, woods), FLAT), inside = paint(vec_scale(wood.albedo, 0.62f), FLAT);
	float w = b->t->width, h = b->t->height;
	int n = (int)lrintf(h / 0.38f);
	brush_contact(b, 0.6f * w, 0.25f);
	brush_face(b, vec(-0.5f * w, 0, 0.0f), vec(w, 0, 0), vec(0, h, 0), inside);
	for (int side = -1; side <= 1; side += 2)
		brush_box(b, vec(0.5f * w * (float)side - 0.02f, 0, -0.26f), vec(0.5f * w * (float)side + 0.02f, h, 0.0f), wood);
	for (int i = 0; i <= n; i++)
		brush_box(b, vec(-0.5f * w, h * (float)i / (float)n - 0.015f, -0.26f), vec(0.5f * w, h * (float)i / (float)n + 0.015f, 0.0f), wood);
}

/* A row of books of the given width. */
void books_draw(struct brush *b) {
	static const uint32_t spines[] = {0xb5432f, 0x2f5a7a, 0xd9b04a, 0x3f6a4a, 0xe6dcc8, 0x6a3f5a, 0x26323f, 0xc97a4a, 0x8aa0a8};
	if (b->pass == SHADOW) return;
	for (float x = 0.0f; x < b->t->width - 0.03f;) {
		float w = brush_range(b, 0.022f, 0.05f), h = brush_range(b, 0.2f, 0.29f);
		struct paint p = paint(colour(brush_pick(b, spines)), FLAT);
		brush_face(b, vec(x, 0, 0), vec(w, 0, 0), vec(0, h, 0), p);
		p.albedo = vec_mix(p.albedo, colour(0xf0e6d0), 0.55f);
		brush_face(b, vec(x + 0.2f * w, 0.72f * h, -0.001f), vec(0.6f * w, 0, 0), vec(0, 0.06f * h, 0), p);
		x += w + 0.003f;
	}
}

void tv_draw(struct brush *b) {
	struct paint black = paint(colour(0x17181a), FLAT),
	             picture = {.albedo = colour(0x2f5a8a), .second = colour(0xd98a5a), .texture = texture_fade, .k = {0.1f, 0.8f}, .glow = 0.25f};
	bool on = brush_chance(b, 0.6f);
	float w = 0.62f, h = 0.72f;
	if (!on) picture.albedo = colour(0x1c2024), picture.second = colour(0x2c333a), picture.glow = 0.0f, picture.gloss = 0.4f;
	brush_box(b, vec(-0.2f, 0, -0.1f), vec(0.2f, 0.03f, 0.1f), black);
	brush_box(b, vec(-0.04f, 0, -0.02f), vec(0.04f, 0.1f, 0.02f), black);
	brush_box(b, vec(-w, 0.08f, -0.03f), vec(w, 0.08f + h, 0.03f), black);
	brush_face(b, vec(-w + 0.03f, 0.12f, -0.035f), vec(2 * w - 0.06f, 0, 0), vec(0, h - 0.08f, 0), picture);
}

void clock_draw(struct brush *b) {
	struct paint rim = paint(colour(0x3a3330), FLAT), face = paint(colour(0xf4f0e6), FLAT);
	float a = brush_range(b, 0.0f, 6.28f), m = 12.0f * a;
	if (b->pass == SHADOW) return;
	brush_ball(b, 0, 0, 0.19f, 0.19f, 0, rim);
	brush_ball(b, 0, 0, 0.165f, 0.165f, 0, face);
	for (int i = 0; i < 12; i++) brush_ball(b, 0.14f * sinf(0.5236f * (float)i), 0.14f * cosf(0.5236f * (float)i), 0.009f, 0.009f, 0, rim);
	brush_limb(b, 0, 0, 0.01f, 0.08f * sinf(a), 0.08f * cosf(a), 0.007f, rim);
	brush_limb(b, 0, 0, 0.008f, 0.12f * sinf(m), 0.12f * cosf(m), 0.005f, rim);
}

/* A framed picture, from its lower left corner: a small landscape. */
void wall_picture_draw(struct brush *b) {
	static const uint32_t frames[] = {0x5a4230, 0xc9a25a, 0x26282b, 0xe9e4d8};
	static const uint32_t skies[] = {0xe6c79a, 0x9cc0d6, 0xd99a8a, 0xe9e2d0}, lands[] = {0x5f7a4a, 0x3f6070, 0xa8683f, 0x7a6a8a};
	float w = b->t->width, h = b->t->height;
	struct paint frame = paint(TINT(b, frames), FLAT), mat = paint(colour(0xf2eee4), FLAT), sky = paint(colour(brush_pick(b, skies)), FLAT),
	             land = paint(colour(brush_pick(b, lands)), FLAT), sun = paint(colour(0xf2e0a8), FLAT);
	float y = brush_range(b, 0.25f, 0.55f), sx = brush_range(b, 0.25f, 0.75f);
	if (b->pass == SHADOW) return;
	brush_face(b, vec(0, 0, 0), vec(w, 0, 0), vec(0, h, 0), frame);
	brush_face(b, vec(0.03f, 0.03f, -0.002f), vec(w - 0.06f, 0, 0), vec(0, h - 0.06f, 0), mat);
	brush_face(b, vec(0.08f, 0.08f, -0.003f), vec(w - 0.16f, 0, 0), vec(0, h - 0.16f, 0), sky);
	brush_ball(b, sx * w, 0.68f * h, 0.08f * h, 0.08f * h, 0, sun);
	const float hill[5][2] = {{0.08f, 0.08f}, {w - 0.08f, 0.08f}, {w - 0.08f, (y - 0.1f) * h}, {sx * w, y * h}, {0.08f, (y - 0.16f) * h + 0.03f}};
	brush_shape(b, hill, 5, land);
}

void floor_lamp_draw(struct brush *b) {
	struct paint pole = paint(colour(0x4a4038), TUBE),
	             shade = {.albedo = colour(0xf0dfba), .form = TUBE, .glow = 0.25f + 1.1f * b->s->light.lamps};
	brush_contact(b, 0.2f, 0.16f);
	brush_limb(b, -0.1f, 0.02f, 0.02f, 0.1f, 0.02f, 0.02f, pole);
	brush_limb(b, 0, 0.02f, 0.018f, 0, 1.3f, 0.014f, pole);
	const float cone[4][2] = {{-0.25f, 1.24f}, {0.25f, 1.24f}, {0.15f, 1.6f}, {-0.15f, 1.6f}};
	brush_shape(b, cone, 4, shade);
}

/* A carpet of width x height (depth) on the floor, its middle at the foot; k: pattern. */
static void texture_carpet(const struct paint *p, int n, const float *u, const float *v, float du, float dv, float *r, float *g, float *b) {
	for (int i = 0; i < n; i++) {
		float d = minf(minf(u[i], p->k[0] - u[i]), minf(v[i], p->k[1] - v[i])), foot = du + dv;
		float band = clampf((0.035f - fabsf(d - 0.15f)) / foot + 0.5f, 0.0f, 1.0f), x = u[i] / p->k[2], y = v[i] / p->k[2];
		float diamond = fabsf(x - floorf(x) - 0.5f) + fabsf(y - floorf(y) - 0.5f);
		float k = d > 0.24f ? clampf((0.26f - diamond) * p->k[2] / foot + 0.5f, 0.0f, 1.0f) : band,
		      weave = 1.0f + 0.12f * noise(u[i] * 40.0f, v[i] * 25.0f, p->seed);
		r[i] = mixf(r[i], p->second.x, k) * weave, g[i] = mixf(g[i], p->second.y, k) * weave, b[i] = mixf(b[i], p->second.z, k) * weave;
	}
}

void rug_draw(struct brush *b) {
	static const uint32_t wools[][2] = {
	        {0xa84a3c, 0xe6d2a8}, {0x3f5f78, 0xd9cdb4}, {0xd9cbb0, 0x9c6a4a}, {0x5f7a62, 0xe6dcc0}, {0x4a4450, 0xc99a6a}};
	const uint32_t *c = wools[brush_below(b, 5)];
	float w = b->t->width, d = b->t->height;
	struct paint p = {.albedo = colour(c[0]),
	                  .second = colour(c[1]),
	                  .texture = texture_carpet,
	                  .k = {w, d, brush_range(b, 0.3f, 0.5f)},
	                  .seed = b->t->key};
	if (b->pass == SHADOW) return;
	brush_face(b, vec(-0.5f * w, 0.006f, -0.5f * d), vec(w, 0, 0), vec(0, 0, d), p);
}

void vase_draw(struct brush *b) {
	static const uint32_t clays[] = {0x4f7f9c, 0xe6e0d2, 0xb5643c, 0x3a4a44, 0xd9b48a},
	                      petals[] = {0xe0566a, 0xf0b83c, 0xf2ece0, 0xd87ab0, 0xe8784a};
	struct paint clay = {.albedo = colour(brush_pick(b, clays)), .form = TUBE, .gloss = 0.3f}, stem = paint(colour(0x5a7a3c), FLAT),
	             petal = paint(colour(brush_pick(b, petals)), BALL);
	for (int i = 0; i < 7; i++) {
		float a = brush_range(b, -0.8f, 0.8f), len = brush_range(b, 0.16f, 0.28f), x = len * sinf(a), y = 0.24f + len * cosf(a);
		brush_bow(b, 0, 0.2f, 0.2f * x, 0.24f + 0.6f * len, x, y, 0.012f, 0.008f, stem);
		brush_ball(b, x, y, 0.045f, 0.042f, a, petal);
		brush_ball(b, x, y, 0.015f, 0.015f, a, paint(colour(0xe6c04a), FLAT));
	}
	const float pot[8][2] = {{-0.05f, 0.0f},  {0.05f, 0.0f},    {0.09f, 0.1f},   {0.055f, 0.2f},
	                         {0.065f, 0.25f}, {-0.065f, 0.25f}, {-0.055f, 0.2f}, {-0.09f, 0.1f}};
	brush_curve(b, pot, 8, clay);
}

void bottle_draw(struct brush *b) {
	static const uint32_t glasses[] = {0x2f5a3c, 0x6a3a24, 0x3a5a7a, 0x7a8a6a};
	struct paint p = {.albedo = colour(brush_pick(b, glasses)), .form = TUBE, .gloss = 0.7f}, label = paint(colour(0xece4d0), TUBE);
	const float q[8][2] = {{-0.04f, 0},    {0.04f, 0},      {0.04f, 0.17f},   {0.016f, 0.23f},
	                       {0.016f, 0.3f}, {-0.016f, 0.3f}, {-0.016f, 0.23f}, {-0.04f, 0.17f}};
	const float l[4][2] = {{-0.041f, 0.05f}, {0.041f, 0.05f}, {0.041f, 0.13f}, {-0.041f, 0.13f}};
	brush_shape(b, q, 8, p);
	brush_shape(b, l, 4, label);
}

void cup_draw(struct brush *b) {
	struct paint p = paint(colour(b->t->key & 1 ? 0xf2efe8 : 0xc9583f), TUBE);
	const float q[4][2] = {{-0.04f, 0.1f}, {-0.03f, 0}, {0.03f, 0}, {0.04f, 0.1f}};
	brush_bow(b, 0.035f, 0.08f, 0.085f, 0.06f, 0.032f, 0.025f, 0.012f, 0.012f, p);
	brush_shape(b, q, 4, p);
}

/* A bowl; the fruit in it are things of their own. */
void bowl_draw(struct brush *b) {
	static const uint32_t clays[] = {0xe6e0d2, 0x4f7f8c, 0xb5643c, 0x5a4a40};
	struct paint p = paint(colour(brush_pick(b, clays)), BALL);
	const float q[7][2] = {{-0.16f, 0.1f}, {-0.13f, 0.04f}, {-0.06f, 0.0f}, {0.06f, 0.0f}, {0.13f, 0.04f}, {0.16f, 0.1f}, {0.0f, 0.085f}};
	brush_shape(b, q, 7, p);
}

/* Pose 0: an apple, 1: an orange. */
void fruit_draw(struct brush *b) {
	static const uint32_t apples[] = {0xc23a2c, 0x9cb04a, 0xd9b03c};
	struct paint p = {.albedo = colour(b->t->pose ? 0xe8923a : brush_pick(b, apples)), .form = BALL, .gloss = 0.25f};
	brush_ball(b, 0, 0.042f, 0.043f, 0.041f, 0, p);
	brush_limb(b, 0, 0.08f, 0.004f, 0.008f, 0.1f, 0.004f, paint(colour(0x4a3a28), FLAT));
}

void laptop_draw(struct brush *b) {
	struct paint shell = paint(colour(0xb4b8bc), FLAT),
	             screen = {.albedo = colour(0x3a5f8a), .second = colour(0x9cc0d9), .texture = texture_fade, .k = {0, 0.22f}, .glow = 0.4f};
	brush_box(b, vec(-0.17f, 0, -0.12f), vec(0.17f, 0.015f, 0.1f), shell);
	brush_face(b, vec(-0.17f, 0.01f, 0.1f), vec(0.34f, 0, 0), vec(0, 0.22f, 0.06f), shell);
	brush_face(b, vec(-0.155f, 0.025f, 0.098f), vec(0.31f, 0, 0), vec(0, 0.19f, 0.05f), screen);
}

void teddy_draw(struct brush *b) {
	struct paint fur = {.albedo = colour(b->t->key & 1 ? 0xa8743f : 0xc9a070), .form = BALL, .texture = texture_grain, .k = {9, 9, 0.3f}},
	             light = paint(colour(0xe0c49a), BALL), dark = paint(colour(0x241a14), BALL);
	brush_contact(b, 0.2f, 0.12f);
	for (int s = -1; s <= 1; s += 2) {
		float k = (float)s;
		brush_ball(b, 0.10f * k, 0.43f, 0.045f, 0.045f, 0, fur);
		brush_ball(b, 0.15f * k, 0.2f, 0.05f, 0.09f, 0.6f * k, fur);
		brush_ball(b, 0.13f * k, 0.05f, 0.065f, 0.055f, 0, fur);
		brush_ball(b, 0.13f * k, 0.05f, 0.035f, 0.03f, 0, light);
	}
	brush_ball(b, 0, 0.16f, 0.125f, 0.145f, 0, fur);
	brush_ball(b, 0, 0.15f, 0.075f, 0.09f, 0, light);
	brush_ball(b, 0, 0.36f, 0.115f, 0.105f, 0, fur);
	brush_ball(b, 0, 0.33f, 0.05f, 0.04f, 0, light);
	brush_ball(b, 0, 0.345f, 0.016f, 0.012f, 0, dark);
	for (int s = -1; s <= 1; s += 2) brush_ball(b, 0.042f * (float)s, 0.39f, 0.012f, 0.013f, 0, dark);
}

/* Light from a window on the floor: no object, no label. */
void patch_draw(struct brush *b) {
	if (b->pass != BODY) return;
	float w = b->t->width, d = b->t->height, skew = 0.5f * b->t->flip;
	struct paint p = {.albedo = vec_scale(b->s->light.sun, 0.9f), .glow = 1.0f, .alpha = 0.16f};
	for (int i = 0; i < 4; i++) {
		float x = (i & 1 ? 0.06f : -0.94f) * 0.5f * w, z = (i & 2 ? 0.06f : -0.94f) * 0.5f * d;
		const struct vec q[4] = {vec(x + skew * z, 0.004f, z), vec(x + 0.42f * w + skew * z, 0.004f, z),
		                         vec(x + 0.42f * w + skew * (z + 0.42f * d), 0.004f, z + 0.42f * d),
		                         vec(x + skew * (z + 0.42f * d), 0.004f, z + 0.42f * d)};
		brush_polygon(b, q, 4, q[0], vec(1, 0, 0), vec(0, 0, 1), p);
	}
}
