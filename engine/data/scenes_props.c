/* Small things: toys, street furniture, what people bring along. */
#include "engine/data/scenes_things.h"

static const uint32_t bright[] = {0xd8433c, 0xf0b83c, 0x2f86b8, 0x48a868, 0xe8784a, 0x7a5ab0, 0xe86f92, 0x2fa8a0};

/* Pose 0: beach ball, 1: football, 2: plain. Size 1 has a radius of 0.2 m; its middle is at the foot's height plus the radius. */
void ball_draw(struct brush *b) {
	struct paint p = {.albedo = colour(0xf2efe8), .form = BALL, .gloss = 0.35f};
	struct vec tint = colour(brush_pick(b, bright)), other = colour(brush_pick(b, bright));
	float turn = brush_range(b, -0.6f, 0.6f);
	brush_contact(b, 0.17f, 0.12f);
	if (b->t->pose == 2) p.albedo = tint;
	if (b->t->pose == 1) p.texture = texture_spots, p.second = colour(0x35383c), p.k[0] = 1.4f, p.seed = b->t->key;
	brush_ball(b, 0.0f, 0.2f, 0.2f, 0.2f, turn, p);
	if (b->t->pose != 0) return;
	/* Gores: sickles of the sphere between two meridians. */
	for (int i = 0; i < 3; i++) {
		float a0 = -0.85f + 0.62f * (float)i, a1 = a0 + 0.34f, q[18][2];
		for (int k = 0; k < 9; k++) {
			float t = -1.45f + 2.9f * (float)k / 8.0f;
			float x0 = 0.2f * sinf(a0) * cosf(t), x1 = 0.2f * sinf(a1) * cosf(t), y = 0.2f * sinf(t), c = cosf(turn), s = sinf(turn);
			q[k][0] = x0 * c - y * s, q[k][1] = 0.2f + x0 * s + y * c;
			q[17 - k][0] = x1 * c - y * s, q[17 - k][1] = 0.2f + x1 * s + y * c;
		}
		p.albedo = i == 1 ? other : tint;
		p.gloss = 0.0f;
		p.form = FLAT;
		brush_shape(b, (const float(*)[2])q, 18, p);
	}
}

/* 1.6 m high, its middle at the foot's height: a diamond with a bowed tail. */
void kite_draw(struct brush *b) {
	struct vec a = colour(brush_pick(b, bright)), c = colour(brush_pick(b, bright));
	float tilt = brush_range(b, -0.5f, 0.5f), w = brush_range(b, 0.5f, 0.65f), co = cosf(tilt), si = sinf(tilt);
	if (b->pass == SHADOW) return;
	const float corner[4][2] = {{0.0f, 0.6f}, {w, 0.12f}, {0.0f, -0.9f}, {-w, 0.12f}};
	float q[4][2], middle[2] = {-si * 0.12f, co * 0.12f};
	for (int i = 0; i < 4; i++) q[i][0] = corner[i][0] * co - corner[i][1] * si, q[i][1] = corner[i][0] * si + corner[i][1] * co;
	float x = q[2][0], y = q[2][1], phase = brush_range(b, 0.0f, 6.0f), tail[13][2];
	for (int i = 0; i < 13; i++)
		tail[i][0] = x + 0.16f * (float)i * (si * 0.8f + 0.35f) + 0.14f * sinf(0.9f * (float)i + phase), tail[i][1] = y - 0.17f * (float)i;
	struct paint p = {.albedo = a, .form = FLAT, .thin = 0.8f, .glow = 0.12f};
	brush_line(b, (const float(*)[2])tail, 13, 0.035f, p);
	for (int i = 2; i < 13; i += 3) {
		const float bow[4][2] = {{tail[i][0] - 0.13f, tail[i][1] + 0.08f},
		                         {tail[i][0] + 0.13f, tail[i][1] - 0.08f},
		                         {tail[i][0] + 0.13f, tail[i][1] + 0.08f},
		                         {tail[i][0] - 0.13f, tail[i][1] - 0.08f}};
		p.albedo = i % 2 ? a : c;
		brush_shape(b, bow, 4, p);
	}
	for (int i = 0; i < 4; i++) {
		const float half[3][2] = {{q[i][0], q[i][1]}, {q[(i + 1) % 4][0], q[(i + 1) % 4][1]}, {middle[0], middle[1]}};
		p.albedo = i & 1 ? vec_scale(c, 0.92f) : a;
		brush_shape(b, half, 3, p);
	}
}

void parasol_draw(struct brush *b) {
	struct paint cloth = {.albedo = colour(brush_pick(b, bright)), .form = FLAT, .thin = 0.7f}, white = cloth,
	             pole = paint(colour(0xd9d2c4), TUBE);
	white.albedo = brush_chance(b, 0.6f) ? colour(0xf2ede2) : colour(brush_pick(b, bright));
	float r = brush_range(b, 1.15f, 1.5f), top = 2.3f, rim = 1.72f, lean = brush_range(b, -0.25f, 0.25f);
	bool carried = b->t->pose == 1;
	if (carried) {
		static const uint32_t dark[] = {0x2c3444, 0x8c2f2c, 0x2f5a58, 0x55406a, 0xc8a23c, 0x3a3c40};
		cloth.albedo = colour(brush_pick(b, dark)), white.albedo = vec_scale(cloth.albedo, 0.85f);
		r = 0.6f, top = 2.12f, rim = 1.84f, lean = 0.12f;
		pole.albedo = colour(0x4a4a4e);
		brush_limb(b, 0.22f, 0.95f, 0.012f, lean, top, 0.01f, pole);
	} else {
		brush_contact(b, 0.12f, 0.1f);
		brush_limb(b, 0.0f, -0.02f, 0.025f, lean * 0.9f, top, 0.02f, pole);
	}
	enum { GORES = 7 };
	for (int i = 0; i < GORES; i++) {
		/* Each gore's foot on the rim, seen nearly from the side: bulging down in the middle. */
		float a0 = 3.1415927f * (float)i / GORES, a1 = 3.1415927f * (float)(i + 1) / GORES, x0 = lean - r * cosf(a0),
		      x1 = lean - r * cosf(a1);
		float y0 = rim - 0.12f * r * sinf(a0) - 0.25f * lean * (x0 - lean), y1 = rim - 0.12f * r * sinf(a1) - 0.25f * lean * (x1 - lean),
		      mx = 0.5f * (x0 + x1), my = 0.5f * (y0 + y1) + 0.027f * r;
		const float gore[7][2] = {{lean, top}, {mixf(lean, x0, 0.55f), mixf(top, y0, 0.38f)}, {x0, y0},   {mx, my},
		                          {x1, y1},    {mixf(lean, x1, 0.55f), mixf(top, y1, 0.38f)}, {lean, top}};
		struct paint p = i & 1 ? white : cloth;
		p.albedo = vec_scale(p.albedo, 1.0f - 0.22f * fabsf((float)i - 2.2f) / 4.0f);
		brush_shape(b, gore, 6, p);
	}
	brush_ball(b, lean, top + 0.03f, 0.04f, 0.05f, 0.0f, pole);
}

void bench_draw(struct brush *b) {
	struct paint wood = {.albedo = colour(brush_chance(b, 0.6f) ? 0x9a6b42 : 0x5d7a5a),
	                     .form = FLAT,
	                     .texture = texture_grain,
	                     .k = {1.5f, 20.0f, 0.35f},
	                     .seed = b->t->key};
	struct paint iron = paint(colour(0x3a3b3d), FLAT);
	brush_contact(b, 0.95f, 0.35f);
	for (int side = -1; side <= 1; side += 2) {
		float x = 0.78f * (float)side;
		brush_face(b, vec(x - 0.035f, 0, 0.22f), vec(0.07f, 0, 0), vec(0, 0.85f, 0.1f), iron);
		brush_face(b, vec(x - 0.035f, 0, -0.22f), vec(0.07f, 0, 0), vec(0, 0.43f, 0), iron);
	}
	for (int i = 0; i < 3; i++)
		brush_face(b, vec(-0.9f, 0.52f + 0.13f * (float)i, 0.25f + 0.02f * (float)i), vec(1.8f, 0, 0), vec(0, 0.1f, 0.01f), wood);
	const struct vec seat[4] = {vec(-0.9f, 0.44f, -0.24f), vec(0.9f, 0.44f, -0.24f), vec(0.9f, 0.44f, 0.24f), vec(-0.9f, 0.44f, 0.24f)};
	brush_polygon(b, seat, 4, seat[0], vec(1, 0, 0), vec(0, 0, 1), wood);
	struct paint edge = wood;
	edge.albedo = vec_scale(wood.albedo, 0.85f);
	brush_face(b, vec(-0.9f, 0.39f, -0.245f), vec(1.8f, 0, 0), vec(0, 0.055f, 0), edge);
}

void lamp_draw(struct brush *b) {
	struct paint iron = paint(colour(0x3c4044), TUBE), bulb = paint(colour(0xf4ead0), BALL);
	bulb.glow = 0.3f + 2.5f * b->s->light.lamps;
	brush_contact(b, 0.2f, 0.16f);
	brush_limb(b, 0.0f, 0.0f, 0.09f, 0.0f, 0.9f, 0.06f, iron);
	brush_limb(b, 0.0f, 0.9f, 0.055f, 0.0f, 4.6f, 0.04f, iron);
	brush_bow(b, 0.0f, 4.55f, 0.1f, 5.3f, 1.0f, 5.2f, 0.08f, 0.06f, iron);
	brush_ball(b, 1.05f, 5.08f, 0.30f, 0.11f, 0.0f, iron);
	brush_ball(b, 1.05f, 5.02f, 0.20f, 0.07f, 0.0f, bulb);
}

void traffic_light_draw(struct brush *b) {
	static const uint32_t lit[] = {0xf03a2c, 0xf2b02c, 0x3fcf6a}, dim[] = {0x4a1c18, 0x4a3818, 0x183f26};
	struct paint pole = paint(colour(0x53585c), TUBE), box = paint(colour(0x24272a), FLAT);
	int on = brush_chance(b, 0.45f) ? 0 : brush_chance(b, 0.25f) ? 1 : 2;
	brush_contact(b, 0.18f, 0.14f);
	brush_limb(b, 0.0f, 0.0f, 0.075f, 0.0f, 3.5f, 0.06f, pole);
	brush_face(b, vec(-0.21f, 2.55f, -0.1f), vec(0.42f, 0, 0), vec(0, 1.15f, 0), box);
	for (int i = 0; i < 3; i++) {
		struct paint lamp = paint(colour(i == on ? lit[i] : dim[i]), BALL);
		lamp.glow = i == on ? 1.1f : 0.0f;
		brush_ball(b, 0.0f, 3.47f - 0.35f * (float)i, 0.125f, 0.125f, 0.0f, lamp);
	}
}

void stop_sign_draw(struct brush *b) {
	struct paint pole = paint(colour(0x8b9095), TUBE), red = paint(colour(0xc02a26), FLAT), white = paint(colour(0xf1eee8), FLAT);
	brush_contact(b, 0.12f, 0.1f);
	brush_limb(b, 0.0f, 0.0f, 0.04f, 0.0f, 2.2f, 0.035f, pole);
	for (int ring = 0; ring < 2; ring++) {
		float q[8][2], r = ring ? 0.375f : 0.42f;
		for (int i = 0; i < 8; i++)
			q[i][0] = r * cosf(0.3926991f + 0.7853982f * (float)i), q[i][1] = 2.2f + r * sinf(0.3926991f + 0.7853982f * (float)i);
		brush_shape(b, (const float(*)[2])q, 8, ring ? red : white);
	}
	/* The four letters, as strokes on a grid of 1 x 2. */
	static const float strokes[][5] = {{0, 1, 2, 0, 2}, {0, 0, 2, 0, 1},       {0, 0, 1, 1, 1}, {0, 1, 1, 1, 0}, {0, 1, 0, 0, 0},
	                                   {1, 0, 2, 1, 2}, {1, 0.5f, 2, 0.5f, 0}, {2, 0, 2, 1, 2}, {2, 1, 2, 1, 0}, {2, 1, 0, 0, 0},
	                                   {2, 0, 0, 0, 2}, {3, 0, 0, 0, 2},       {3, 0, 2, 1, 2}, {3, 1, 2, 1, 1}, {3, 1, 1, 0, 1}};
	for (size_t i = 0; i < sizeof strokes / sizeof strokes[0]; i++) {
		float x = -0.27f + 0.15f * strokes[i][0], y = 2.11f;
		const float line[2][2] = {{x + 0.09f * strokes[i][1], y + 0.09f * strokes[i][2]},
		                          {x + 0.09f * strokes[i][3], y + 0.09f * strokes[i][4]}};
		brush_line(b, line, 2, 0.03f, white);
	}
}

void towel_draw(struct brush *b) {
	struct paint cloth = {.albedo = colour(brush_pick(b, bright)),
	                      .form = FLAT,
	                      .texture = texture_stripes,
	                      .k = {0.3f, 0.13f, brush_chance(b, 0.5f) ? 1.0f : 0.0f}};
	cloth.second = brush_chance(b, 0.5f) ? colour(0xf2ede2) : colour(brush_pick(b, bright));
	if (b->pass == SHADOW) return;
	float w = 0.5f, d = 0.95f, skew = brush_range(b, -0.4f, 0.4f);
	const struct vec sheet[4] = {vec(-w - skew, 0.02f, -d), vec(w - skew, 0.02f, -d), vec(w + skew, 0.02f, d), vec(-w + skew, 0.02f, d)};
	brush_polygon(b, sheet, 4, sheet[0], vec(1, 0, 0), vec(0, 0, 1), cloth);
}

/* Stuck upright in the sand. */
void surfboard_draw(struct brush *b) {
	struct paint deck = {.albedo = colour(brush_chance(b, 0.5f) ? 0xf2ede2 : brush_pick(b, bright)), .form = TUBE, .gloss = 0.25f},
	             line = paint(colour(brush_pick(b, bright)), TUBE);
	float lean = brush_range(b, -0.15f, 0.15f);
	brush_contact(b, 0.25f, 0.12f);
	const float shape[8][2] = {{-0.12f, -0.02f},     {0.12f, -0.02f}, {0.24f, 0.5f},         {0.27f + lean * 0.5f, 1.1f},
	                           {0.19f + lean, 1.7f}, {lean, 2.05f},   {-0.19f + lean, 1.7f}, {-0.26f + lean * 0.5f, 0.9f}};
	brush_curve(b, shape, 8, deck);
	brush_line(b, (const float[2][2]){{0.0f, 0.05f}, {lean, 1.95f}}, 2, 0.09f, line);
}

void hydrant_draw(struct brush *b) {
	struct paint red = paint(colour(brush_chance(b, 0.7f) ? 0xc23a2c : 0xe0b03a), TUBE), cap = red;
	cap.form = BALL;
	brush_contact(b, 0.22f, 0.16f);
	brush_limb(b, 0.0f, 0.03f, 0.17f, 0.0f, 0.05f, 0.17f, red);
	brush_limb(b, 0.0f, 0.1f, 0.125f, 0.0f, 0.56f, 0.12f, red);
	brush_limb(b, -0.2f, 0.45f, 0.06f, 0.2f, 0.45f, 0.06f, red);
	brush_ball(b, 0.0f, 0.62f, 0.15f, 0.12f, 0.0f, cap);
	brush_ball(b, 0.0f, 0.76f, 0.04f, 0.04f, 0.0f, cap);
	brush_ball(b, 0.0f, 0.43f, 0.08f, 0.08f, 0.0f, cap);
}

void line_draw(struct brush *b) {
	struct vec to = b->t->to;
	struct paint thread = paint(colour(0xe9e6de), FLAT);
	thread.alpha = 0.45f;
	if (b->pass == BODY) brush_bow(b, 0.0f, 0.0f, 0.55f * to.x, 0.42f * to.y, to.x, to.y, 0.02f, 0.02f, thread);
}

/* A football goal of 7.3 x 2.4 m, open towards -z, or with yaw towards where it is turned; the net is half transparent. */
void goal_draw(struct brush *b) {
	struct paint post = paint(colour(0xf4f3ef), FLAT), net = {.albedo = colour(0xe6e8ea), .form = FLAT, .alpha = 0.22f};
	float w = 3.66f, h = 2.44f, r = 0.06f, d = 1.6f;
	if (b->pass == BODY) {
		const struct vec back[4] = {vec(-w, 0, d), vec(w, 0, d), vec(w, h, 0.5f), vec(-w, h, 0.5f)};
		brush_polygon(b, back, 4, back[0], vec(1, 0, 0), vec(0, 1, 0), net);
		struct paint cord = net;
		cord.alpha = 0.5f;
		for (int i = 0; i <= 24; i++) {
			float x = mixf(-w, w, (float)i / 24.0f);
			const struct vec strand[4] = {vec(x - 0.012f, 0, d), vec(x + 0.012f, 0, d), vec(x + 0.012f, h, 0.5f),
			                              vec(x - 0.012f, h, 0.5f)};
			brush_polygon(b, strand, 4, strand[0], vec(1, 0, 0), vec(0, 1, 0), cord);
		}
		for (int i = 0; i < 9; i++) {
			float t = (float)i / 8.0f;
			brush_face(b, vec(-w, h * t, mixf(d, 0.5f, t)), vec(2 * w, 0, 0), vec(0, 0.024f, 0), cord);
		}
		for (int side = -1; side <= 1; side += 2) {
			float x = w * (float)side;
			const struct vec cheek[4] = {vec(x, 0, 0), vec(x, 0, d), vec(x, h, 0.5f), vec(x, h, 0)};
			brush_polygon(b, cheek, 4, cheek[0], vec(0, 0, 1), vec(0, 1, 0), net);
		}
	}
	for (int side = -1; side <= 1; side += 2) brush_box(b, vec(w * (float)side - r, 0, -r), vec(w * (float)side + r, h, r), post);
	brush_box(b, vec(-w - r, h - r, -r), vec(w + r, h + r, r), post);
}

/* A low stand with rows of seats, 12 m along x. */
void stand_draw(struct brush *b) {
	static const uint32_t seats[] = {0x2f5a8c, 0xb5432f, 0x3f7a5a, 0xd9a83c, 0x8c939a};
	struct paint concrete = paint(colour(0xb9b6ae), FLAT), seat = paint(colour(brush_pick(b, seats)), FLAT);
	for (int row = 4; row >= 0; row--) {
		float y = 0.8f + 0.45f * (float)row, z = 0.8f * (float)row;
		brush_box(b, vec(-6.0f, 0, z), vec(6.0f, y, z + 0.8f), concrete);
		seat.texture = texture_stripes, seat.second = vec_scale(seat.albedo, 0.6f), seat.k[0] = 0.55f, seat.k[1] = 0.09f;
		brush_face(b, vec(-6.0f, y, z + 0.5f), vec(12.0f, 0, 0), vec(0, 0.36f, 0.05f), seat);
	}
}
