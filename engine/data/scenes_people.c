/* People: tapered limbs with round shading around a torso drawn as a spline, from the far arm to the near one. */
#include "engine/data/scenes_things.h"

/* Joint positions in metres for a figure of 1.72 m, foot at 0, looking at the viewer or (walking, running, skiing) to the right. */
struct skeleton {
	bool side;
	float hip, shoulder, neck_x; /* heights; the neck's shift forward */
	float knee[2][2], foot[2][2]; /* far leg, near leg */
	float elbow[2][2], hand[2][2];
};

/* clang-format off */
static const struct skeleton skeletons[] = {
	[STANDING] = {false, 0.90f, 1.40f, 0.0f, {{-0.11f, 0.48f}, {0.11f, 0.48f}}, {{-0.12f, 0.07f}, {0.13f, 0.07f}},
		{{-0.26f, 1.12f}, {0.27f, 1.12f}}, {{-0.25f, 0.84f}, {0.24f, 0.85f}}},
	[WALKING] = {true, 0.89f, 1.39f, 0.02f, {{-0.08f, 0.49f}, {0.14f, 0.50f}}, {{-0.34f, 0.13f}, {0.25f, 0.08f}},
		{{0.12f, 1.13f}, {-0.14f, 1.14f}}, {{0.28f, 0.93f}, {-0.18f, 0.86f}}},
	[RUNNING] = {true, 0.90f, 1.37f, 0.08f, {{-0.06f, 0.52f}, {0.30f, 0.66f}}, {{-0.46f, 0.34f}, {0.26f, 0.24f}},
		{{0.24f, 1.16f}, {-0.20f, 1.15f}}, {{0.42f, 1.32f}, {-0.06f, 0.96f}}},
	[REACHING] = {false, 0.90f, 1.40f, 0.0f, {{-0.13f, 0.48f}, {0.13f, 0.48f}}, {{-0.16f, 0.07f}, {0.17f, 0.07f}},
		{{-0.27f, 1.14f}, {0.36f, 1.56f}}, {{-0.22f, 0.86f}, {0.50f, 1.80f}}},
	[SITTING] = {false, 0.50f, 1.00f, 0.0f, {{-0.16f, 0.50f}, {0.17f, 0.50f}}, {{-0.15f, 0.07f}, {0.18f, 0.07f}},
		{{-0.26f, 0.74f}, {0.27f, 0.74f}}, {{-0.12f, 0.56f}, {0.12f, 0.56f}}},
	[SKIING] = {true, 0.74f, 1.20f, 0.14f, {{0.20f, 0.46f}, {0.24f, 0.45f}}, {{0.02f, 0.10f}, {0.06f, 0.10f}},
		{{0.22f, 0.94f}, {0.12f, 0.92f}}, {{0.44f, 0.92f}, {0.34f, 0.90f}}},
};
/* clang-format on */

static const uint32_t skins[] = {0xf0c8a8, 0xe6b48e, 0xd29b72, 0xb47a52, 0x8c5a3c, 0x6b4430, 0xf3d2b8};
static const uint32_t hairs[] = {0x2a1d16, 0x3d2a1c, 0x5c3d24, 0x86603a, 0xb98f56, 0xd8bd86, 0x1c1a1a, 0x8f3f22, 0xa8a39c};
static const uint32_t shirts[] = {0xc8483c, 0x2f6f9f, 0xe9e4d8, 0xe0a63c, 0x3d7a5a, 0x27344a,
                                  0xd98095, 0x7fb2c8, 0x6f5a8a, 0x8a9a5b, 0xf2f2ee, 0xb8543a};
static const uint32_t bottoms[] = {0x2c3850, 0x3b4d70, 0x4a4a4a, 0x8b7a5e, 0x5d6b52, 0x23252b, 0xb9ac94, 0x6a4038};
static const uint32_t swim[] = {0xd8433c, 0x1f7fa8, 0xf0b83c, 0x2c4a7c, 0x39a08a, 0xe36f8f};
static const uint32_t coats[] = {0xb63d34, 0x2d5d8c, 0xe0a030, 0x3f6d54, 0x33384a, 0x8c4566, 0xd5d0c4, 0x6c4b34};

struct clothes {
	struct paint skin, hair, top, bottom, shoe;
	int sleeves; /* 0 none, 1 short, 2 long */
	int legs; /* 0 bare, 1 shorts, 2 trousers, 3 skirt, 4 dress or coat */
	bool bare, hat, pack, long_hair, back;
};

static struct clothes dress(struct brush *b, int style, bool child) {
	struct clothes c = {.skin = paint(colour(brush_pick(b, skins)), TUBE)};
	c.hair = paint(colour(brush_pick(b, hairs)), BALL);
	c.top = paint(colour(brush_pick(b, shirts)), TUBE);
	c.bottom = paint(colour(brush_pick(b, bottoms)), TUBE);
	c.shoe = paint(colour(brush_chance(b, 0.4f) ? 0xe8e6e2 : 0x33302e), TUBE);
	c.sleeves = brush_chance(b, 0.5f) ? 1 : 2;
	c.legs = brush_chance(b, 0.22f) ? 1 : brush_chance(b, 0.22f) ? 4 : 2;
	c.hat = brush_chance(b, 0.18f);
	c.pack = !child && brush_chance(b, 0.12f);
	c.long_hair = brush_chance(b, 0.45f);
	c.back = brush_chance(b, 0.45f);
	struct vec stripe = colour(brush_pick(b, shirts));
	bool striped = brush_chance(b, 0.2f);
	if (style == BEACHWEAR) {
		c.bottom = paint(colour(brush_pick(b, swim)), TUBE);
		c.shoe = c.skin;
		c.legs = brush_chance(b, 0.6f) ? 1 : 0;
		c.bare = brush_chance(b, 0.55f);
		if (!c.bare) c.top = brush_chance(b, 0.5f) ? c.bottom : c.top;
		c.sleeves = !c.bare && brush_chance(b, 0.5f);
		c.pack = false;
	} else if (style == WINTERWEAR) {
		c.top = paint(colour(brush_pick(b, coats)), TUBE);
		c.sleeves = 2;
		c.legs = 2;
		c.hat = true;
	} else if (style == SPORTSWEAR) {
		if (b->t->tint) c.top.albedo = colour(b->t->tint), c.bottom.albedo = vec_scale(c.top.albedo, 0.35f);
		c.legs = 1;
		c.sleeves = 1;
		striped = false;
		c.shoe = paint(colour(0x2a2a2c), TUBE);
		c.hat = c.pack = false;
	}
	if (striped && style != WINTERWEAR)
		c.top.texture = texture_stripes, c.top.second = stripe, c.top.k[0] = 0.34f, c.top.k[1] = 0.15f, c.top.k[2] = 1.0f;
	return c;
}

static void leg(struct brush *b, const struct skeleton *k, const struct clothes *c, int i, float dark) {
	float hx = k->side ? 0.0f : (i ? 0.09f : -0.09f), hy = k->hip, kx = k->knee[i][0], ky = k->knee[i][1], fx = k->foot[i][0], fy = k->foot[i][1];
	struct paint cloth = c->bottom, skin = c->skin, shoe = c->shoe;
	cloth.albedo = vec_scale(cloth.albedo, dark), skin.albedo = vec_scale(skin.albedo, dark), shoe.albedo = vec_scale(shoe.albedo, dark);
	bool covered = c->legs == 2;
	float w = covered ? 1.12f : 1.0f;
	brush_limb(b, kx, ky, 0.060f * w, fx, fy, 0.040f * w, covered ? cloth : skin);
	brush_limb(b, hx, hy, 0.088f * w, kx, ky, 0.062f * w, covered ? cloth : skin);
	if (c->legs == 1) brush_limb(b, hx, hy, 0.098f, mixf(hx, kx, 0.8f), mixf(hy, ky, 0.8f), 0.085f, cloth);
	float toe = k->side ? 0.16f : (i ? 0.05f : -0.05f);
	brush_limb(b, fx - 0.02f, fy - 0.03f, 0.045f, fx + toe, fy - 0.038f, 0.034f, shoe);
}

static void arm(struct brush *b, const struct skeleton *k, const struct clothes *c, int i, float dark) {
	float sx = k->neck_x + (k->side ? 0.0f : (i ? 0.175f : -0.175f)), sy = k->shoulder - 0.02f;
	float ex = k->elbow[i][0] + k->neck_x, ey = k->elbow[i][1], hx = k->hand[i][0] + k->neck_x, hy = k->hand[i][1];
	struct paint cloth = c->top, skin = c->skin;
	cloth.texture = NULL;
	cloth.albedo = vec_scale(cloth.albedo, dark), skin.albedo = vec_scale(skin.albedo, dark);
	brush_ball(b, hx, hy, 0.042f, 0.045f, 0.0f, skin);
	brush_limb(b, ex, ey, 0.042f, hx, hy, 0.031f, c->sleeves == 2 ? cloth : skin);
	brush_limb(b, sx, sy, 0.056f, ex, ey, 0.043f, c->sleeves == 2 ? cloth : skin);
	if (c->sleeves == 1) brush_limb(b, sx, sy, 0.062f, mixf(sx, ex, 0.62f), mixf(sy, ey, 0.62f), 0.057f, cloth);
}

static void torso(struct brush *b, const struct skeleton *k, const struct clothes *c) {
	float w = k->side ? 0.62f : 1.0f, h = k->hip, s = k->shoulder, n = k->neck_x;
	const float shape[10][2] = {{n - 0.07f * w, s + 0.055f},
	                            {n + 0.07f * w, s + 0.055f},
	                            {n + 0.20f * w, s},
	                            {0.6f * n + 0.175f * w, mixf(h, s, 0.62f)},
	                            {0.145f * w, mixf(h, s, 0.28f)},
	                            {0.165f * w, h - 0.03f},
	                            {-0.165f * w, h - 0.03f},
	                            {-0.145f * w, mixf(h, s, 0.28f)},
	                            {0.6f * n - 0.175f * w, mixf(h, s, 0.62f)},
	                            {n - 0.20f * w, s}};
	brush_curve(b, shape, 10, c->bare ? c->skin : c->top);
	/* What covers the hips: the trousers' seat, or the hem of a dress or coat. */
	if (c->legs == 4) {
		float hem = maxf(h - 0.36f, 0.3f);
		const float skirt[6][2] = {{-0.14f * w, h + 0.1f},   {0.14f * w, h + 0.1f},     {0.18f * w, h - 0.06f},
		                           {0.23f * w + 0.03f, hem}, {-0.23f * w - 0.03f, hem}, {-0.18f * w, h - 0.06f}};
		brush_shape(b, skirt, 6, c->top);
	} else {
		const float seat[4][2] = {{-0.15f * w, h + 0.10f}, {0.15f * w, h + 0.10f}, {0.175f * w, h - 0.07f}, {-0.175f * w, h - 0.07f}};
		brush_shape(b, seat, 4, c->bottom);
	}
}

static void head(struct brush *b, const struct skeleton *k, const struct clothes *c, const struct paint *hat) {
	float x = k->neck_x * 1.5f, y = k->shoulder + 0.225f, nod = k->side ? 0.03f : 0.0f;
	struct paint face = c->skin;
	face.form = BALL;
	if (c->long_hair) brush_ball(b, x - (k->side ? 0.05f : 0.0f), y - 0.06f, 0.115f, 0.19f, 0.0f, c->hair);
	brush_limb(b, k->neck_x, k->shoulder + 0.02f, 0.055f, x, y - 0.07f, 0.05f, c->skin);
	brush_ball(b, x + nod, y, 0.088f, 0.118f, 0.0f, face);
	if (c->back && !k->side) {
		brush_ball(b, x, y + 0.02f, 0.098f, 0.112f, 0.0f, c->hair);
	} else {
		const float cap[7][2] = {{x - 0.10f, y - (k->side ? 0.05f : 0.0f)},
		                         {x - 0.09f, y + 0.09f},
		                         {x, y + 0.138f},
		                         {x + 0.085f + nod, y + 0.09f},
		                         {x + 0.088f + nod, y + 0.045f},
		                         {x + 0.03f, y + 0.07f},
		                         {x - 0.045f, y + 0.045f}};
		brush_curve(b, cap, 7, c->hair);
		struct paint eye = paint(colour(0x2b2320), FLAT);
		if (k->side) {
			brush_ball(b, x + 0.075f, y + 0.012f, 0.012f, 0.014f, 0.0f, eye);
			brush_ball(b, x + nod + 0.088f, y - 0.012f, 0.016f, 0.02f, 0.3f, face);
		} else {
			brush_ball(b, x - 0.035f, y + 0.01f, 0.012f, 0.013f, 0.0f, eye);
			brush_ball(b, x + 0.035f, y + 0.01f, 0.012f, 0.013f, 0.0f, eye);
			brush_ball(b, x, y - 0.055f, 0.026f, 0.007f, 0.0f, paint(vec_times(c->skin.albedo, vec(0.72f, 0.45f, 0.45f)), FLAT));
		}
	}
	if (!c->hat) return;
	const float crown[6][2] = {{x - 0.105f + nod, y + 0.045f}, {x - 0.095f + nod, y + 0.12f},  {x + nod, y + 0.175f},
	                           {x + 0.095f + nod, y + 0.12f},  {x + 0.105f + nod, y + 0.045f}, {x + nod, y + 0.035f}};
	brush_curve(b, crown, 6, *hat);
}

/* A pair of skis and the near pole, for a skier at the same place. */
void skis_draw(struct brush *b) {
	const struct skeleton *k = &skeletons[SKIING];
	struct paint ski = paint(colour(b->t->key & 1 ? 0xc23a34 : 0x2f5f9c), FLAT), pole = paint(colour(0x3a3d44), FLAT);
	brush_limb(b, -0.75f, 0.03f, 0.022f, 0.95f, 0.03f, 0.022f, ski);
	brush_limb(b, 0.95f, 0.03f, 0.022f, 1.1f, 0.10f, 0.012f, ski);
	brush_limb(b, k->hand[1][0] + 0.14f, k->hand[1][1] + 0.06f, 0.012f, -0.35f, 0.2f, 0.01f, pole);
}

void person_draw(struct brush *b) {
	const struct skeleton *k = &skeletons[b->t->pose & 7];
	int style = b->t->pose & ~7;
	struct clothes c = dress(b, style, b->t->size < 0.8f);
	struct paint hat = paint(colour(style == WINTERWEAR ? brush_pick(b, coats) : brush_pick(b, shirts)), BALL);
	bool fore = brush_chance(b, 0.5f);
	brush_contact(b, 0.26f, 0.16f);
	arm(b, k, &c, 0, k->side ? 0.75f : 1.0f);
	leg(b, k, &c, 0, k->side ? 0.72f : 1.0f);
	leg(b, k, &c, 1, 1.0f);
	if (c.pack && c.back) c.pack = false;
	if (c.pack && k->side) brush_limb(b, k->neck_x - 0.19f, k->shoulder - 0.05f, 0.10f, -0.19f, k->hip + 0.16f, 0.11f, paint(hat.albedo, TUBE));
	torso(b, k, &c);
	if (c.back && !k->side && hat.albedo.x > 0.3f)
		brush_limb(b, 0.0f, k->shoulder - 0.06f, 0.13f, 0.0f, k->hip + 0.17f, 0.14f, paint(hat.albedo, TUBE));
	head(b, k, &c, &hat);
	/* A figure that faces the viewer may fold the far arm in front as well. */
	if (!k->side && fore) arm(b, k, &c, 0, 1.0f);
	arm(b, k, &c, 1, 1.0f);
}
