/* Cars, buses and trucks are prisms along their length (x, front at +x), seen from any side; boats and bicycles are flat. */
#include "engine/data/scenes_things.h"

static const uint32_t lacquer[] = {0xb8322c, 0xd9d9d6, 0x2b4c7e, 0x3a3d42, 0x9aa0a6, 0x5d7f8c,
                                   0xe0b23c, 0x44624e, 0xf0efeb, 0x7a2230, 0x23262b, 0xc9855a};

static struct paint lacquered(struct brush *b) {
	struct paint p = paint(colour(brush_pick(b, lacquer)), FLAT);
	p.gloss = 0.25f;
	return p;
}

/* Panes mirror the sky's edge, paler towards the top. */
static struct paint glass(const struct brush *b, float low, float high) {
	const struct light *l = &b->s->light;
	struct paint p = {.albedo = colour(0x1d242b), .form = FLAT, .texture = texture_fade, .k = {low, high}, .gloss = 0.5f};
	p.second = vec_add(vec_scale(l->horizon, 0.15f), vec_scale(p.albedo, 0.8f));
	return p;
}

static void wheel(struct brush *b, float x, float r, float z) {
	float out = z < 0.0f ? -1.0f : 1.0f;
	brush_disc(b, vec(x, r, z), r, paint(colour(0x1f1f21), FLAT));
	if (!brush_faces(b, vec(x, r, z), vec(0, 0, out))) return;
	brush_disc(b, vec(x, r, z + 0.01f * out), 0.62f * r, paint(colour(0xa9adb2), FLAT));
	brush_disc(b, vec(x, r, z + 0.01f * out), 0.46f * r, paint(colour(0x5a5e63), FLAT));
	brush_disc(b, vec(x, r, z + 0.01f * out), 0.16f * r, paint(colour(0xc5c8cb), FLAT));
}

/* A lamp pair or one plate on the end at X. */
static void end_quad(struct brush *b, float x, float y, float z, float high, float wide, struct paint p) {
	float out = x < 0.0f ? -1.0f : 1.0f;
	if (b->pass != SHADOW && brush_faces(b, vec(x, y, z), vec(out, 0, 0)))
		brush_face(b, vec(x + 0.01f * out, y, z - 0.5f * wide), vec(0, 0, wide), vec(0, high, 0), p);
}

struct body {
	float length, half; /* half: half the width */
	float sill, deck, bonnet, roof; /* heights */
	float rear_top, roof_rear, roof_front, screen; /* the cabin's corners along the length */
	float wheel;
};

static const struct body bodies[] = {
        {4.4f, 0.88f, 0.26f, 0.86f, 0.70f, 1.44f, -1.75f, -1.15f, 0.20f, 1.05f, 0.32f}, /* saloon */
        {3.9f, 0.86f, 0.26f, 0.88f, 0.74f, 1.50f, -1.88f, -1.60f, 0.10f, 0.98f, 0.32f}, /* hatchback */
        {4.6f, 0.93f, 0.34f, 1.02f, 0.88f, 1.74f, -2.20f, -1.90f, 0.20f, 1.10f, 0.38f}, /* tall estate */
        {4.8f, 0.95f, 0.30f, 1.10f, 0.90f, 1.95f, -2.34f, -2.25f, 0.95f, 1.75f, 0.35f}, /* van */
};

static void car_lights(struct brush *b, const struct body *k, float front, float back) {
	struct paint lamp = paint(colour(0xf2ead2), FLAT), tail = paint(colour(0xb8201c), FLAT), plate = paint(colour(0xe4e2da), FLAT),
	             grille = paint(colour(0x25272a), FLAT);
	lamp.glow = 0.25f + 1.2f * b->s->light.lamps;
	tail.glow = 0.1f + 0.9f * b->s->light.lamps;
	float y = mixf(k->sill, k->bonnet, 0.62f);
	end_quad(b, front, y - 0.22f, 0.0f, 0.16f, 1.0f * k->half, grille);
	for (int side = -1; side <= 1; side += 2) {
		end_quad(b, front, y - 0.05f, 0.68f * k->half * (float)side, 0.13f, 0.44f * k->half, lamp);
		end_quad(b, back, mixf(k->sill, k->deck, 0.58f), 0.78f * k->half * (float)side, 0.17f, 0.32f * k->half, tail);
	}
	end_quad(b, back, mixf(k->sill, k->deck, 0.3f), 0.0f, 0.12f, 0.52f, plate);
	end_quad(b, front, k->sill + 0.08f, 0.0f, 0.11f, 0.5f, plate);
}

/* A side of the cabin: one pane from pillar to pillar, and the pillars. */
static void car_windows(struct brush *b, const struct body *k, const struct paint *skin, float side) {
	float low = k->half * 0.95f * side, high = k->half * 0.78f * side, y0 = k->deck + 0.04f, y1 = k->roof - 0.07f;
	if (b->pass == SHADOW || !brush_faces(b, vec(0, k->deck, low), vec(0, 0, side))) return;
	const struct vec pane[4] = {vec(k->rear_top + 0.18f, y0, low), vec(k->screen - 0.16f, y0, low), vec(k->roof_front - 0.02f, y1, high),
	                            vec(k->roof_rear + 0.08f, y1, high)};
	brush_polygon(b, pane, 4, vec(0, 0, low), vec(1, 0, 0), vec(0, 1, 0), glass(b, y0, y1 + 0.1f));
	for (int i = 0; i < 2; i++) {
		float x = mixf(k->roof_rear, k->roof_front, 0.30f + 0.46f * (float)i);
		const struct vec pillar[4] = {vec(x - 0.05f, y0, low), vec(x + 0.05f, y0, low), vec(x + 0.05f, y1, high), vec(x - 0.05f, y1, high)};
		brush_polygon(b, pillar, 4, vec(0, 0, low), vec(1, 0, 0), vec(0, 1, 0), *skin);
	}
}

void car_draw(struct brush *b) {
	const struct body *k = &bodies[brush_below(b, 4)];
	struct paint skin = lacquered(b), under = paint(colour(0x1a1b1d), FLAT), dark = skin;
	float f = 0.5f * k->length, h = k->half;
	bool cab = brush_chance(b, 0.06f);
	if (cab) skin.albedo = colour(0xe8b52c);
	dark.albedo = vec_scale(skin.albedo, 0.82f);
	brush_contact(b, 0.55f * k->length, 1.05f * h);
	for (int side = -1; side <= 1; side += 2)
		for (int i = -1; i <= 1; i += 2)
			if (!brush_faces(b, vec(0, 0.3f, h * (float)side), vec(0, 0, (float)side)))
				wheel(b, 0.3f * k->length * (float)i, k->wheel, 0.9f * h * (float)side);
	const float low[7][3] = {
	        {-f + 0.04f, k->sill, 0.94f * h},     {f - 0.05f, k->sill, 0.92f * h}, {f, mixf(k->sill, k->bonnet, 0.55f), 0.95f * h},
	        {f - 0.25f, k->bonnet, 0.93f * h},    {k->screen - 0.05f, k->deck, h}, {-f + 0.12f, k->deck, 0.97f * h},
	        {-f, mixf(k->sill, k->deck, 0.6f), h}};
	struct paint faces[7] = {under, dark, skin, skin, skin, skin, dark};
	brush_solid(b, low, 7, faces, skin);
	const float cabin[4][3] = {{k->rear_top, k->deck - 0.02f, 0.95f * h},
	                           {k->screen, k->deck - 0.02f, 0.95f * h},
	                           {k->roof_front, k->roof, 0.76f * h},
	                           {k->roof_rear, k->roof, 0.76f * h}};
	struct paint upper[4] = {under, glass(b, -0.2f, 1.1f), skin, glass(b, -0.2f, 1.1f)};
	brush_solid(b, cabin, 4, upper, skin);
	for (int side = -1; side <= 1; side += 2) {
		car_windows(b, k, &skin, (float)side);
		if (!brush_faces(b, vec(0, 0.3f, h * (float)side), vec(0, 0, (float)side))) continue;
		for (int i = -1; i <= 1; i += 2) {
			brush_disc(b, vec(0.3f * k->length * (float)i, k->wheel, h * (float)side), 1.14f * k->wheel, under);
			wheel(b, 0.3f * k->length * (float)i, k->wheel, 1.01f * h * (float)side);
		}
		if (b->pass == BODY)
			brush_face(b, vec(-f + 0.2f, k->sill + 0.02f, 1.005f * h * (float)side), vec(k->length - 0.4f, 0, 0), vec(0, 0.06f, 0),
			           under);
	}
	car_lights(b, k, f, -f);
}

/* A row of N panes on a long side. */
static void panes(struct brush *b, float x0, float x1, float y0, float y1, float z, int n) {
	float side = z < 0.0f ? -1.0f : 1.0f, w = (x1 - x0) / (float)n;
	if (b->pass == SHADOW || !brush_faces(b, vec(0, y0, z), vec(0, 0, side))) return;
	for (int i = 0; i < n; i++)
		brush_face(b, vec(x0 + w * (float)i + 0.07f, y0, z * 1.002f), vec(w - 0.14f, 0, 0), vec(0, y1 - y0, 0),
		           glass(b, 0.1f, 1.3f * (y1 - y0)));
}

static void axles(struct brush *b, const float *x, int n, float r, float half) {
	for (int side = -1; side <= 1; side += 2)
		for (int i = 0; i < n; i++) wheel(b, x[i], r, half * (float)side);
}

void bus_draw(struct brush *b) {
	static const uint32_t liveries[][2] = {
	        {0xc23028, 0xe8e2d6}, {0xe6e3da, 0x2f6f9f}, {0x2f7a5a, 0xe9e2c8}, {0xe0a63c, 0x4a4038}, {0x3a6ea5, 0xeef0ee}};
	const uint32_t *c = liveries[brush_below(b, 5)];
	struct paint skin = paint(colour(c[0]), FLAT), stripe = paint(colour(c[1]), FLAT), under = paint(colour(0x1a1b1d), FLAT),
	             roof = paint(vec_scale(stripe.albedo, 0.9f), FLAT);
	float f = 5.2f, h = 1.25f, top = 3.0f;
	const float axle[2] = {-3.0f, 3.4f};
	skin.gloss = 0.15f;
	brush_contact(b, 1.05f * f, 1.1f * h);
	axles(b, axle, 2, 0.48f, 0.85f * h);
	const float box[6][3] = {{-f, 0.35f, h},       {f, 0.35f, h}, {f + 0.06f, 1.2f, h}, {f - 0.06f, top, 0.97f * h}, {-f + 0.04f, top, 0.97f * h},
	                         {-f - 0.02f, 1.2f, h}};
	struct paint faces[6] = {under, skin, glass(b, -0.2f, 2.2f), roof, skin, skin};
	brush_solid(b, box, 6, faces, skin);
	for (int side = -1; side <= 1; side += 2) {
		float z = h * (float)side;
		panes(b, -f + 0.2f, f - 1.5f, 1.45f, 2.5f, z, 6);
		panes(b, f - 1.3f, f - 0.1f, 0.6f, 2.5f, z, 2);
		if (b->pass == SHADOW || !brush_faces(b, vec(0, 1, z), vec(0, 0, (float)side))) continue;
		brush_face(b, vec(-f, 1.1f, 1.003f * z), vec(2 * f - 1.5f, 0, 0), vec(0, 0.2f, 0), stripe);
		for (int i = 0; i < 2; i++) {
			brush_disc(b, vec(axle[i], 0.5f, 1.003f * z), 0.56f, under);
			wheel(b, axle[i], 0.48f, 1.01f * z);
		}
	}
	struct paint lamp = paint(colour(0xf2ead2), FLAT), tail = paint(colour(0xb8201c), FLAT), back = glass(b, 0.0f, 1.2f),
	             sign = paint(colour(0xf0a030), FLAT);
	lamp.glow = 0.4f + b->s->light.lamps, sign.glow = 0.5f;
	for (int side = -1; side <= 1; side += 2) {
		end_quad(b, f + 0.06f, 0.6f, 0.85f * (float)side, 0.2f, 0.36f, lamp);
		end_quad(b, -f - 0.02f, 0.7f, 1.0f * (float)side, 0.36f, 0.2f, tail);
	}
	end_quad(b, -f - 0.02f, 1.6f, 0.0f, 0.9f, 1.9f, back);
	end_quad(b, -f - 0.02f, 0.36f, 0.0f, 0.16f, 2.3f, under);
	end_quad(b, -f - 0.02f, 0.56f, 0.0f, 0.13f, 0.55f, paint(colour(0xe4e2da), FLAT));
	end_quad(b, f + 0.06f, 0.36f, 0.0f, 0.16f, 2.3f, under);
	end_quad(b, f, 2.62f, 0.0f, 0.24f, 1.6f, sign);
}

void truck_draw(struct brush *b) {
	static const uint32_t loads[] = {0xe4e2dc, 0x2f5f8f, 0xc0623a, 0x7c8a6a, 0xd9d4c6, 0x98433c};
	struct paint skin = lacquered(b), load = paint(colour(brush_pick(b, loads)), FLAT), under = paint(colour(0x1d1e20), FLAT);
	float h = 1.2f;
	const float axle[3] = {-2.9f, -1.9f, 2.6f};
	bool away;
	load.texture = texture_stripes, load.second = vec_scale(load.albedo, 0.86f), load.k[0] = 0.6f, load.k[1] = 0.04f;
	brush_contact(b, 3.9f, 1.25f);
	axles(b, axle, 3, 0.5f, 0.8f * h);
	const float bed[4][3] = {{-3.7f, 0.55f, h}, {3.6f, 0.55f, h}, {3.6f, 0.85f, h}, {-3.7f, 0.85f, h}};
	const float box[4][3] = {{-3.8f, 0.85f, h}, {1.7f, 0.85f, h}, {1.7f, 3.3f, h}, {-3.8f, 3.3f, h}};
	const float cab[5][3] = {
	        {1.85f, 0.5f, 0.96f * h}, {3.8f, 0.5f, 0.96f * h}, {3.85f, 1.45f, 0.96f * h}, {3.45f, 2.55f, 0.9f * h}, {1.85f, 2.6f, 0.9f * h}};
	struct paint flat[4] = {under, under, under, under}, sides[4] = {under, load, load, load},
	             front[5] = {under, skin, glass(b, -0.3f, 1.5f), skin, skin};
	away = !brush_faces(b, vec(0, 1, 0), vec(1, 0, 0));
	brush_solid(b, bed, 4, flat, under);
	if (!away) brush_solid(b, box, 4, sides, load);
	brush_solid(b, cab, 5, front, skin);
	for (int side = -1; side <= 1; side += 2) panes(b, 2.3f, 3.4f, 1.55f, 2.3f, 0.97f * h * (float)side, 1);
	if (away) brush_solid(b, box, 4, sides, load);
	for (int side = -1; side <= 1; side += 2)
		if (brush_faces(b, vec(0, 1, h * (float)side), vec(0, 0, (float)side)))
			for (int i = 0; i < 3; i++) wheel(b, axle[i], 0.5f, 1.01f * h * (float)side);
	struct paint lamp = paint(colour(0xf2ead2), FLAT), tail = paint(colour(0xb8201c), FLAT);
	lamp.glow = 0.4f;
	for (int side = -1; side <= 1; side += 2) {
		end_quad(b, 3.83f, 0.75f, 0.8f * (float)side, 0.2f, 0.34f, lamp);
		end_quad(b, -3.8f, 0.6f, 0.95f * (float)side, 0.18f, 0.3f, tail);
	}
	end_quad(b, 3.83f, 0.75f, 0.0f, 0.5f, 1.1f, paint(colour(0x2b2d30), FLAT));
}

/* Closed ring of width W around (x, y), as two half rings so that each is a simple polygon. */
static void ring(struct brush *b, float x, float y, float r, float w, struct paint p) {
	for (int half = 0; half < 2; half++) {
		float q[26][2];
		for (int i = 0; i <= 12; i++) {
			float a = 3.1415927f * ((float)i / 12.0f + (float)half), c = cosf(a), s = sinf(a);
			q[i][0] = x + r * c, q[i][1] = y + r * s;
			q[25 - i][0] = x + (r - w) * c, q[25 - i][1] = y + (r - w) * s;
		}
		brush_shape(b, (const float(*)[2])q, 26, p);
	}
}

void bicycle_draw(struct brush *b) {
	struct paint tyre = paint(colour(0x232325), FLAT), frame = paint(colour(brush_pick(b, lacquer)), TUBE), metal = paint(colour(0x8c9095), FLAT),
	             seat = paint(colour(0x3b2a20), BALL);
	const float back[2] = {-0.5f, 0.34f}, front[2] = {0.54f, 0.34f}, crank[2] = {-0.06f, 0.30f}, saddle[2] = {-0.20f, 0.84f},
	            head[2] = {0.40f, 0.80f};
	brush_contact(b, 0.8f, 0.14f);
	for (int i = 0; i < 2; i++) {
		float x = i ? front[0] : back[0];
		ring(b, x, 0.34f, 0.34f, 0.055f, tyre);
		struct paint spoke = metal;
		spoke.alpha = 0.6f;
		for (int k = 0; k < 6; k++)
			brush_limb(b, x - 0.29f * cosf(0.52f * (float)k), 0.34f - 0.29f * sinf(0.52f * (float)k), 0.006f,
			           x + 0.29f * cosf(0.52f * (float)k), 0.34f + 0.29f * sinf(0.52f * (float)k), 0.006f, spoke);
	}
	const float tubes[][4] = {
	        {back[0], back[1], crank[0], crank[1]},         {back[0], back[1], saddle[0], saddle[1] - 0.12f},
	        {crank[0], crank[1], saddle[0], saddle[1]},     {saddle[0] + 0.02f, saddle[1] - 0.12f, head[0] - 0.02f, head[1] - 0.1f},
	        {crank[0], crank[1], head[0], head[1] - 0.16f}, {front[0], front[1], head[0] - 0.03f, head[1] + 0.08f}};
	for (int i = 0; i < 6; i++) brush_limb(b, tubes[i][0], tubes[i][1], 0.026f, tubes[i][2], tubes[i][3], 0.026f, frame);
	brush_ball(b, crank[0], crank[1], 0.09f, 0.09f, 0.0f, metal);
	brush_ball(b, saddle[0], saddle[1] + 0.04f, 0.13f, 0.035f, 0.1f, seat);
	brush_bow(b, head[0] - 0.04f, head[1] + 0.1f, head[0] + 0.12f, head[1] + 0.2f, head[0] + 0.16f, head[1] + 0.04f, 0.035f, 0.035f, metal);
}

static void hull(struct brush *b, float length, float free, float sheer, struct paint p, struct paint rim) {
	float h = 0.5f * length;
	const float side[8][2] = {{-h, free},
	                          {-0.9f * h, -0.12f},
	                          {0.70f * h, -0.12f},
	                          {h, free + sheer},
	                          {0.6f * h, free + 0.45f * sheer},
	                          {0.1f * h, free + 0.1f * sheer},
	                          {-0.5f * h, free},
	                          {-0.9f * h, free}};
	brush_shape(b, side, 8, p);
	const float band[6][2] = {
	        {-h, free},        {-0.985f * h, free - 0.09f},     {0.35f * h, free + 0.2f * sheer - 0.08f}, {0.965f * h, free + sheer - 0.12f},
	        {h, free + sheer}, {0.3f * h, free + 0.22f * sheer}};
	brush_shape(b, band, 6, rim);
}

static const uint32_t hulls[] = {0xf0eee8, 0x2b4a6b, 0xb8463a, 0x3a6b5c, 0xe6dcc4, 0x8a5a38, 0x1f2f45, 0x6fa0b4};

void sailboat_draw(struct brush *b) {
	static const uint32_t sails[] = {0xf4efe2, 0xf7f4ec, 0xe9ddc4, 0xd8694a, 0xefe6d2};
	struct paint skin = paint(colour(brush_pick(b, hulls)), FLAT), rim = paint(colour(0xeae4d6), FLAT), mast = paint(colour(0xb9ab92), TUBE);
	struct paint sail = {.albedo = colour(brush_pick(b, sails)), .form = TUBE, .thin = 0.7f};
	float length = brush_range(b, 5.5f, 8.0f), tall = length * brush_range(b, 1.15f, 1.4f);
	bool furled = b->t->pose == 1;
	skin.texture = texture_fade, skin.second = vec_scale(skin.albedo, 0.62f), skin.k[0] = 0.3f, skin.k[1] = -0.9f;
	brush_limb(b, 0.04f * length, 0.4f, 0.06f, 0.02f * length, tall, 0.035f, mast);
	hull(b, length, 0.62f, 0.34f, skin, rim);
	const float cabin[5][2] = {
	        {-0.18f * length, 0.6f}, {-0.16f * length, 1.0f}, {0.08f * length, 1.02f}, {0.2f * length, 0.72f}, {0.2f * length, 0.62f}};
	brush_shape(b, cabin, 5, rim);
	if (furled) {
		brush_limb(b, 0.02f * length, 1.35f, 0.10f, -0.42f * length, 1.35f, 0.06f, sail);
		brush_line(b, (const float[2][2]){{0.02f * length, tall}, {0.48f * length, 0.95f}}, 2, 0.03f, mast);
		return;
	}
	float belly = brush_range(b, 0.02f, 0.10f) * length;
	const float main[6][2] = {{0.0f, 1.3f},
	                          {0.005f * length, 0.96f * tall},
	                          {-0.16f * length - belly * 0.6f, 0.62f * tall},
	                          {-0.34f * length - belly * 0.4f, 0.34f * tall},
	                          {-0.46f * length, 1.25f},
	                          {-0.2f * length, 1.2f}};
	const float jib[5][2] = {{0.06f * length, 0.86f * tall},
	                         {0.20f * length + 0.7f * belly, 0.5f * tall},
	                         {0.47f * length, 1.0f},
	                         {0.25f * length, 1.05f},
	                         {0.09f * length, 1.15f}};
	brush_shape(b, main, 6, sail);
	sail.albedo = vec_scale(sail.albedo, 0.93f);
	brush_shape(b, jib, 5, sail);
	brush_line(b, (const float[2][2]){{0.04f * length, 1.26f}, {-0.46f * length, 1.22f}}, 2, 0.09f, mast);
}

void rowboat_draw(struct brush *b) {
	struct paint skin = paint(colour(brush_pick(b, hulls)), FLAT), rim = paint(colour(0x8c6a48), FLAT), inside = paint(colour(0x6b4f36), FLAT);
	skin.texture = texture_planks, skin.k[0] = 0.16f;
	float h = 1.7f;
	const float far[4][2] = {{-h, 0.45f}, {h, 0.62f}, {0.4f * h, 0.5f}, {-0.5f * h, 0.42f}};
	const float well[6][2] = {{-0.96f * h, 0.44f}, {-0.4f * h, 0.58f}, {0.5f * h, 0.62f},
	                          {0.98f * h, 0.6f},   {0.3f * h, 0.4f},   {-0.5f * h, 0.36f}};
	brush_shape(b, far, 4, inside);
	brush_curve(b, well, 6, inside);
	const float side[7][2] = {{-h, 0.45f},       {-0.86f * h, -0.1f}, {0.72f * h, -0.1f}, {h, 0.62f},
	                          {0.5f * h, 0.45f}, {0.0f, 0.39f},       {-0.5f * h, 0.39f}};
	brush_shape(b, side, 7, skin);
	const float top[4][2] = {{-h, 0.45f}, {-0.5f * h, 0.39f}, {0.2f * h, 0.40f}, {h, 0.62f}};
	brush_line(b, top, 4, 0.07f, rim);
	if (brush_chance(b, 0.6f)) brush_line(b, (const float[2][2]){{0.2f, 0.5f}, {-0.9f, 0.02f}}, 2, 0.06f, paint(colour(0xb9935f), TUBE));
}

void motorboat_draw(struct brush *b) {
	struct paint skin = paint(colour(brush_pick(b, hulls)), FLAT), rim = paint(colour(brush_pick(b, hulls)), FLAT),
	             cabin = paint(colour(0xf1efe9), FLAT);
	float length = brush_range(b, 6.0f, 9.0f);
	bool trawler = b->t->pose == 1;
	skin.texture = texture_fade, skin.second = vec_scale(skin.albedo, 0.6f), skin.k[0] = 0.3f, skin.k[1] = -0.9f;
	float x = trawler ? -0.22f * length : -0.02f * length, high = trawler ? 2.5f : 1.75f, w = trawler ? 0.17f * length : 0.22f * length;
	const float house[5][2] = {{x - w, 0.6f}, {x - w, high}, {x + 0.8f * w, high}, {x + w * (trawler ? 1.0f : 1.7f), 0.95f}, {x + w, 0.6f}};
	if (trawler) {
		struct paint spar = paint(colour(0x9c7a4c), TUBE);
		brush_limb(b, 0.2f * length, 0.8f, 0.07f, 0.17f * length, 4.2f, 0.04f, spar);
		brush_limb(b, 0.2f * length, 1.2f, 0.05f, 0.42f * length, 2.9f, 0.03f, spar);
		brush_limb(b, x, high, 0.05f, x, high + 1.5f, 0.03f, spar);
	}
	brush_shape(b, house, 5, cabin);
	const float pane[4][2] = {{x - 0.8f * w, high - 0.65f},
	                          {x - 0.8f * w, high - 0.2f},
	                          {x + 0.72f * w, high - 0.2f},
	                          {x + w * (trawler ? 0.85f : 1.15f), high - 0.65f}};
	struct paint dark = glass(b, -1.0f, 1.5f);
	if (b->pass != SHADOW) brush_shape(b, pane, 4, dark);
	brush_line(b, (const float[2][2]){{x - 1.1f * w, high + 0.04f}, {x + 0.95f * w, high + 0.04f}}, 2, 0.1f, rim);
	hull(b, length, 0.75f, trawler ? 0.75f : 0.35f, skin, rim);
}
