/* Four-legged animals are one drawing over a table of species; birds are another. */
#include "engine/data/scenes_things.h"

struct species {
	float length, leg, depth; /* body length, height of the belly, depth of the chest: metres */
	float neck, neck_angle, thick; /* neck's length, angle above the horizontal (radians), its thickness as a share of depth */
	float head, muzzle; /* head's length, muzzle's radius */
	float limb; /* radius of a leg below the knee */
	float ear, tail; /* lengths */
	bool grazes;
	texture *coat;
	float k[3];
	uint32_t colours[5][2]; /* coat and its second colour */
	int kinds;
};

/* clang-format off */
static const struct species dog = {0.72f, 0.34f, 0.26f, 0.22f, 0.9f, 0.7f, 0.26f, 0.055f, 0.032f, 0.13f, 0.34f, false,
	texture_patches, {1.3f, -0.25f, 6.0f},
	{{0x8f6238, 0x5e3f24}, {0xd9b98a, 0xefe2c8}, {0x33302e, 0x8b6236}, {0xe8e0d2, 0x6b4a30}, {0xb5793f, 0xf0e4d0}}, 5};
static const struct species cat = {0.42f, 0.17f, 0.14f, 0.08f, 0.8f, 0.8f, 0.095f, 0.05f, 0.02f, 0.08f, 0.34f, false,
	texture_stripes, {0.22f, 0.08f, 0.0f},
	{{0xc07f3f, 0xa96a30}, {0x8b857c, 0x6c6660}, {0x2f2c2c, 0x393635}, {0xe6ddd0, 0xdfcbae}, {0x9c8a6c, 0x77664e}}, 5};
static const struct species horse = {1.65f, 0.82f, 0.62f, 0.78f, 0.95f, 0.55f, 0.56f, 0.09f, 0.055f, 0.17f, 0.85f, true,
	texture_grain, {1.5f, 1.5f, 0.3f},
	{{0x6b3f22, 0x2a1c14}, {0x8c5730, 0x3a2416}, {0x2f2622, 0x191514}, {0xc9c2b6, 0x8f8a84}, {0xb98a56, 0xe9dcc0}}, 5};
static const struct species sheep = {1.0f, 0.38f, 0.52f, 0.20f, 0.5f, 0.55f, 0.28f, 0.065f, 0.035f, 0.13f, 0.14f, true,
	texture_grain, {5.0f, 6.0f, 0.35f}, {{0xe6dfd0, 0x2f2a28}, {0xded6c4, 0xd3c6b2}, {0xefe9dc, 0x4a3d35}}, 3};
static const struct species cow = {1.85f, 0.68f, 0.74f, 0.42f, 0.35f, 0.55f, 0.52f, 0.13f, 0.065f, 0.20f, 0.75f, true,
	texture_patches, {1.25f, -0.08f, 9.0f},
	{{0xece6dc, 0x25211f}, {0xece2d2, 0x8a4a28}, {0x9c5f34, 0x8c5028}, {0x3a2e28, 0x2f2520}, {0xd9bd92, 0xe6d2ac}}, 5};
static const struct species zebra = {1.5f, 0.74f, 0.58f, 0.62f, 0.95f, 0.60f, 0.50f, 0.08f, 0.05f, 0.17f, 0.5f, true,
	texture_stripes, {0.20f, 0.095f, 0.0f}, {{0xefe9dd, 0x24201e}}, 1};
static const struct species giraffe = {1.55f, 1.75f, 0.80f, 1.95f, 1.25f, 0.42f, 0.55f, 0.08f, 0.07f, 0.18f, 0.8f, false,
	texture_spots, {3.2f, 0.0f, 0.0f}, {{0xa2652f, 0xe6cfa0}, {0x8f5428, 0xe0c793}}, 2};
static const struct species elephant = {2.9f, 1.15f, 1.55f, 0.55f, 0.35f, 0.62f, 0.75f, 0.20f, 0.20f, 0.85f, 0.9f, false,
	texture_grain, {3.0f, 5.0f, 0.5f}, {{0x8a8178, 0x6d655e}, {0x9a8f84, 0x786e66}}, 2};
/* clang-format on */

static void legs(struct brush *b, const struct species *s, const struct paint *coat, const struct paint *hoof, float dark, float step) {
	struct paint p = *coat, h = *hoof;
	p.form = TUBE;
	if (s->coat != texture_stripes)
		p.texture = NULL;
	else
		p.k[2] = 1.0f;
	p.albedo = vec_scale(p.albedo, dark), p.second = vec_scale(p.second, dark), h.albedo = vec_scale(h.albedo, dark);
	float shift = dark < 1.0f ? 0.09f * s->length : 0.0f;
	for (int i = 0; i < 2; i++) {
		float hind = i ? 1.0f : -1.0f, x = -hind * 0.39f * s->length + shift * 0.8f, swing = step * (i ? 1.0f : -0.8f);
		float knee = 0.52f * s->leg, ky = knee, kx = x + swing * 0.4f + hind * 0.015f * s->length, fx = x + swing;
		brush_limb(b, x - hind * 0.03f * s->length, s->leg + 0.40f * s->depth, 0.31f * s->depth, kx, mixf(ky, s->leg, 0.3f), s->limb * 1.5f,
		           p);
		brush_limb(b, kx, mixf(ky, s->leg, 0.3f), s->limb * 1.5f, kx, ky, s->limb * 1.2f, p);
		brush_limb(b, kx, ky, s->limb * 1.2f, fx, 0.09f * s->leg, s->limb * 0.85f, p);
		brush_limb(b, fx, 0.09f * s->leg, s->limb * 0.95f, fx + 0.4f * s->limb, 0.4f * s->limb, s->limb * 0.9f, h);
	}
}

/* Body, neck and head with their joints. */
struct pose {
	float bx, by, hx, hy, mx, my;
};

static struct pose posture(const struct species *s, bool down) {
	float angle = down ? -0.75f : s->neck_angle, reach = down ? minf(s->neck * 1.15f, s->leg) : s->neck;
	struct pose p = {.bx = 0.40f * s->length, .by = s->leg + 0.74f * s->depth};
	p.hx = p.bx + reach * cosf(angle), p.hy = p.by + reach * sinf(angle);
	if (down) p.hy = maxf(p.hy, s->head * 0.75f);
	float tilt = down ? -1.15f : -0.55f;
	p.mx = p.hx + s->head * cosf(tilt), p.my = p.hy + s->head * sinf(tilt);
	return p;
}

static void body(struct brush *b, const struct species *s, const struct paint *coat, bool woolly) {
	float l = s->leg, d = s->depth, w = s->length, puff = woolly ? 1.1f : 1.0f;
	const float shape[11][2] = {{-0.50f * w, l + 0.70f * d},       {-0.38f * w, l + 0.98f * d * puff}, {-0.05f * w, l + 0.93f * d * puff},
	                            {0.27f * w, l + 1.02f * d * puff}, {0.43f * w, l + 0.92f * d},         {0.52f * w, l + 0.58f * d},
	                            {0.42f * w, l + 0.12f * d},        {0.08f * w, l + 0.0f * d},          {-0.25f * w, l + 0.12f * d},
	                            {-0.42f * w, l + 0.18f * d},       {-0.51f * w, l + 0.42f * d}};
	brush_curve(b, shape, 11, *coat);
}

static void quadruped(struct brush *b, const struct species *s) {
	const uint32_t *c = s->colours[brush_below(b, s->kinds)];
	bool down = s->grazes && b->t->pose == 1, is_sheep = s == &sheep, maned = s == &horse || s == &zebra || s == &giraffe;
	float step = brush_range(b, -0.16f, 0.16f) * s->leg;
	struct paint coat = {.albedo = colour(c[0]),
	                     .second = colour(c[1]),
	                     .form = BALL,
	                     .texture = s->coat,
	                     .k = {s->k[0], s->k[1], s->k[2]},
	                     .seed = b->t->key};
	struct paint dark = paint(is_sheep ? coat.second : vec_scale(coat.albedo, 0.4f), TUBE), part = coat;
	struct paint limbs = is_sheep ? dark : coat;
	if (is_sheep || s == &horse) limbs.texture = NULL;
	if (s == &horse) limbs.albedo = vec_mix(coat.albedo, coat.second, 0.3f);
	struct pose p = posture(s, down);
	brush_contact(b, 0.55f * s->length, 0.22f * s->length);
	legs(b, s, &limbs, &dark, 0.68f, -step);
	float top = s->leg + 0.85f * s->depth, tail = s->tail;
	struct paint hair = paint(maned ? coat.second : vec_scale(coat.albedo, 0.75f), TUBE);
	if (s == &dog || s == &cat)
		brush_bow(b, -0.47f * s->length, top - 0.02f, -0.75f * s->length, top + 0.05f, -0.5f * s->length - 0.5f * tail, top + 0.75f * tail,
		          0.06f, 0.03f, hair);
	else
		brush_bow(b, -0.49f * s->length, top, -0.57f * s->length, top - 0.2f * tail, -0.53f * s->length, top - tail, 0.05f * s->depth + 0.03f,
		          s == &horse ? 0.14f : 0.05f, hair);
	legs(b, s, &limbs, &dark, 1.0f, step);
	float thick = s->thick * s->depth * 0.5f, thin = 0.62f * thick + 0.02f;
	part.form = TUBE;
	if (is_sheep) part = coat, part.form = TUBE;
	if (s->coat == texture_stripes) part.k[0] = 0.14f, part.k[1] = 0.06f, part.k[2] = 1.0f;
	brush_limb(b, p.bx - 0.05f * s->length, p.by - 0.12f * s->depth, 1.35f * thick, p.hx, p.hy, thin, part);
	body(b, s, &coat, is_sheep);
	if (maned)
		brush_bow(b, p.bx - 0.12f * s->length, p.by + 0.24f * s->depth, mixf(p.bx, p.hx, 0.4f) - thick, mixf(p.by, p.hy, 0.5f) + 0.6f * thick,
		          p.hx - 0.5f * thin, p.hy + 1.1f * thin, 0.05f, 0.1f * s->depth + 0.02f, hair);
	struct paint face = is_sheep ? dark : part;
	face.form = TUBE;
	if (s->coat == texture_patches) face.texture = NULL, face.albedo = brush_chance(b, 0.5f) ? coat.second : coat.albedo;
	if (s->coat == texture_spots) face.texture = NULL, face.albedo = vec_mix(coat.albedo, coat.second, 0.6f);
	float ear_x = p.hx - 0.15f * s->head, ear_y = p.hy + 0.8f * thin, brow = 0.26f * s->head + 0.3f * thin;
	if (s == &elephant) {
		brush_limb(b, p.hx + 0.1f, p.hy, 0.52f, p.hx + 0.25f, p.hy - 0.15f, 0.42f, face);
		brush_bow(b, p.hx + 0.5f, p.hy - 0.1f, p.hx + 1.05f, p.hy - 0.9f, p.hx + 0.75f, 0.25f, 0.5f, 0.16f, face);
		brush_bow(b, p.hx + 0.42f, p.hy - 0.42f, p.hx + 0.6f, p.hy - 0.85f, p.hx + 1.0f, p.hy - 0.75f, 0.12f, 0.03f,
		          paint(colour(0xece2cc), TUBE));
		face.albedo = vec_scale(face.albedo, 0.86f);
		const float flap[6][2] = {{p.hx - 0.05f, p.hy + 0.38f}, {p.hx - 0.45f, p.hy + 0.42f}, {p.hx - 0.72f, p.hy + 0.0f},
		                          {p.hx - 0.5f, p.hy - 0.55f},  {p.hx - 0.2f, p.hy - 0.62f},  {p.hx + 0.02f, p.hy - 0.1f}};
		brush_curve(b, flap, 6, face);
	} else {
		if (s == &giraffe)
			for (int i = 0; i < 2; i++)
				brush_limb(b, ear_x + 0.1f * (float)i, ear_y, 0.025f, ear_x + 0.1f * (float)i - 0.03f, ear_y + 0.16f, 0.035f, hair);
		if (s == &cow)
			brush_bow(b, p.hx, p.hy + thin, p.hx + 0.02f, p.hy + thin + 0.2f, p.hx + 0.14f, p.hy + thin + 0.22f, 0.05f, 0.015f,
			          paint(colour(0xd9cfb8), TUBE));
		brush_limb(b, p.hx, p.hy, brow, p.mx, p.my, s->muzzle, face);
		struct paint nose = paint(vec_scale(face.albedo, s == &cow ? 0.7f : 0.35f), BALL);
		brush_ball(b, p.mx + 0.3f * s->muzzle, p.my, 0.85f * s->muzzle, 0.8f * s->muzzle, 0.0f, nose);
		float droop = s == &dog && c[1] != 0x8b6236 ? -1.0f : is_sheep || s == &cow ? -0.15f : 1.0f;
		const float ear[3][2] = {{ear_x - 0.25f * s->ear, ear_y - 0.1f * s->ear},
		                         {ear_x - 0.35f * s->ear, ear_y + droop * s->ear},
		                         {ear_x + 0.35f * s->ear, ear_y - 0.05f * s->ear}};
		struct paint flap = paint(vec_scale(face.albedo, 0.7f), FLAT);
		brush_shape(b, ear, 3, flap);
	}
	brush_ball(b, mixf(p.hx, p.mx, 0.32f), mixf(p.hy, p.my, 0.28f) + 0.35f * brow, 0.035f * s->head + 0.012f, 0.035f * s->head + 0.012f, 0.0f,
	           paint(colour(0x1c1714), FLAT));
}

void dog_draw(struct brush *b) { quadruped(b, &dog); }
void cat_draw(struct brush *b) { quadruped(b, &cat); }
void horse_draw(struct brush *b) { quadruped(b, &horse); }
void sheep_draw(struct brush *b) { quadruped(b, &sheep); }
void cow_draw(struct brush *b) { quadruped(b, &cow); }
void zebra_draw(struct brush *b) { quadruped(b, &zebra); }
void giraffe_draw(struct brush *b) { quadruped(b, &giraffe); }
void elephant_draw(struct brush *b) { quadruped(b, &elephant); }

static void flying(struct brush *b, struct vec back) {
	float beat = brush_range(b, -0.1f, 0.7f), spread = brush_range(b, 0.75f, 1.0f);
	struct paint body = paint(colour(0xe9e7e2), BALL), wing = paint(back, FLAT), tip = paint(colour(0x2e2e30), FLAT);
	const float torso[6][2] = {{-0.34f, 0.02f}, {-0.12f, 0.08f}, {0.14f, 0.08f}, {0.27f, 0.02f}, {0.10f, -0.06f}, {-0.14f, -0.05f}};
	for (int side = 0; side < 2; side++) {
		float s = side ? 1.0f : -0.82f, up = beat * (side ? 1.0f : 0.8f);
		const float arm[5][2] = {{-0.10f * s - 0.05f, 0.03f},
		                         {0.06f, 0.06f},
		                         {0.34f * s * spread, 0.30f * up + 0.08f},
		                         {0.78f * s * spread, 0.42f * up},
		                         {0.30f * s * spread - 0.05f, 0.24f * up - 0.04f}};
		const float end[3][2] = {
		        {0.58f * s * spread, 0.37f * up + 0.03f}, {0.80f * s * spread, 0.42f * up}, {0.55f * s * spread, 0.34f * up - 0.02f}};
		brush_shape(b, arm, 5, wing);
		brush_shape(b, end, 3, tip);
		if (side == 0) brush_curve(b, torso, 6, body);
	}
	brush_ball(b, 0.28f, 0.05f, 0.075f, 0.065f, 0.0f, body);
	const float beak[3][2] = {{0.33f, 0.07f}, {0.44f, 0.03f}, {0.33f, 0.02f}};
	brush_shape(b, beak, 3, paint(colour(0xe0a030), FLAT));
}

static void perching(struct brush *b, struct vec back) {
	struct paint body = paint(colour(0xe2dfd8), BALL), wing = paint(back, BALL), leg = paint(colour(0xd08a3a), FLAT);
	brush_contact(b, 0.15f, 0.08f);
	brush_line(b, (const float[2][2]){{-0.02f, 0.14f}, {-0.02f, 0.0f}}, 2, 0.02f, leg);
	brush_line(b, (const float[2][2]){{0.05f, 0.14f}, {0.05f, 0.0f}}, 2, 0.02f, leg);
	brush_ball(b, 0.0f, 0.22f, 0.20f, 0.105f, 0.25f, body);
	const float folded[4][2] = {{0.10f, 0.28f}, {-0.08f, 0.27f}, {-0.34f, 0.14f}, {-0.04f, 0.17f}};
	brush_curve(b, folded, 4, wing);
	brush_ball(b, 0.17f, 0.35f, 0.075f, 0.07f, 0.0f, body);
	const float beak[3][2] = {{0.22f, 0.37f}, {0.34f, 0.33f}, {0.22f, 0.32f}};
	brush_shape(b, beak, 3, leg);
	brush_ball(b, 0.19f, 0.365f, 0.012f, 0.012f, 0.0f, paint(colour(0x1c1714), FLAT));
}

void bird_draw(struct brush *b) {
	static const uint32_t backs[] = {0xb4bac0, 0x8c9299, 0xdcdad4, 0x4c4f55, 0x6b5a48};
	struct vec back = colour(brush_pick(b, backs));
	if (b->t->pose == 0)
		flying(b, back);
	else
		perching(b, back);
}
