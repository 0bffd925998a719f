#include "engine/data/scenes_things.h"

static const uint32_t leaves[][4][2] = {
        /* [season][variant] {in shade, in sun} */
        [SUMMER] = {{0x3c5a22, 0x86a23c}, {0x31522a, 0x6f9440}, {0x47602a, 0x93a548}, {0x2d4a2c, 0x5f8844}},
        [SPRING] = {{0x5c7a2c, 0xaac052}, {0x4f7434, 0x9cbc58}, {0xb07a8c, 0xf0c6cf}, {0x5c7a34, 0xb4c862}},
        [AUTUMN] = {{0x8a4a1c, 0xd98a35}, {0x8c6a1e, 0xe0b040}, {0x7c3420, 0xc25a35}, {0x6a6424, 0xb9a144}},
        [WINTER] = {{0x7d8488, 0xdfe5ea}, {0x72797c, 0xd2d9df}, {0x858a8c, 0xe6ebef}, {0x7a8086, 0xdce4ea}},
        [DRY] = {{0x4c5426, 0x8e9046}, {0x5a5c2c, 0xa09c50}, {0x424e26, 0x808a44}, {0x505628, 0x96964a}},
};

static struct paint leafage(struct brush *b, int season) {
	const uint32_t *c = leaves[season][brush_below(b, 4)];
	struct paint p = {.albedo = colour(c[0]), .second = colour(c[1]), .thin = 0.5f};
	float k = brush_range(b, 0.88f, 1.12f);
	p.albedo = vec_scale(p.albedo, k);
	p.second = vec_times(p.second, vec(k * brush_range(b, 0.92f, 1.1f), k, k));
	return p;
}

static struct paint bark(struct brush *b, uint32_t hex) {
	return (struct paint){.albedo = colour(hex), .form = TUBE, .texture = texture_grain, .k = {3.0f, 14.0f, 0.7f}, .seed = b->t->key};
}

/* N clumps on an ellipsoid around (x, y): the outer ones first, so that the middle comes forward. */
static int crown(struct brush *b, struct clump *c, int n, float x, float y, float rx, float ry, float clump) {
	for (int i = 0; i < n; i++) {
		float a = 2.399963f * (float)i + brush_range(b, -0.3f, 0.3f), d = sqrtf(((float)i + 0.5f) / (float)n);
		float px = d * cosf(a), py = d * sinf(a);
		c[i] = (struct clump){x + rx * px, y + ry * py, 0.8f * rx * sqrtf(maxf(1.0f - d * d, 0.0f)), clump * brush_range(b, 0.75f, 1.25f)};
	}
	return n;
}

/* A crown of LOBES overlapping heaps of clumps, which no two trees have alike. */
static int lobes(struct brush *b, struct clump *c, int count, float x, float y, float rx, float ry) {
	int n = 0;
	for (int i = 0; i < count; i++) {
		float a = 6.2831853f * ((float)i + brush_range(b, -0.3f, 0.3f)) / (float)count, k = i == 0 ? 0.25f : brush_range(b, 0.42f, 0.62f);
		float size = brush_range(b, 0.46f, 0.66f), lx = x + k * rx * cosf(a), ly = y + k * ry * sinf(a) + (i == 0 ? 0.2f * ry : 0.0f);
		int first = n;
		n += crown(b, c + n, 6, lx, ly, 0.72f * size * rx, 0.68f * size * ry, 0.40f * size * minf(rx, ry) + 0.05f * rx);
		float out = brush_range(b, -0.3f, 0.3f) * rx;
		for (int j = first; j < n; j++) c[j].z += out;
	}
	return n;
}

/* A bare limb and what grows from it; snow lies along its upper side. */
static void branch(struct brush *b, float x, float y, float angle, float length, float r, int order, const struct paint *wood) {
	float ex = x + length * sinf(angle), ey = y + length * cosf(angle);
	brush_limb(b, x, y, r, ex, ey, 0.62f * r, *wood);
	if (order < 3 && fabsf(angle) > 0.3f) brush_limb(b, x, y + 0.7f * r, 0.45f * r, ex, ey + 0.5f * r, 0.4f * r, paint(colour(0xeef2f6), TUBE));
	if (order == 0) return;
	int n = order > 2 ? 4 : 3;
	for (int i = 0; i < n; i++) {
		float t = n > 3 && i == 0 ? 0.62f : 1.0f, spread = ((float)i - 0.5f * (float)(n - 1)) * 0.52f + brush_range(b, -0.16f, 0.16f);
		branch(b, mixf(x, ex, t), mixf(y, ey, t), 0.82f * angle + spread, length * brush_range(b, 0.56f, 0.74f), 0.58f * r, order - 1, wood);
	}
}

void tree_draw(struct brush *b) {
	struct clump c[32];
	int season = b->t->pose;
	struct paint wood = bark(b, brush_chance(b, 0.2f) ? 0xb9b2a4 : 0x6b5540), leaf = leafage(b, season);
	float h = brush_range(b, 6.0f, 8.5f), slim = brush_range(b, 0.26f, 0.40f) * h, foot = brush_range(b, 0.38f, 0.46f),
	      lean = brush_range(b, -0.35f, 0.35f);
	brush_contact(b, 0.9f, 0.6f);
	if (season == WINTER) {
		branch(b, 0.0f, -0.05f, 0.03f * lean, 0.34f * h, 0.03f * h, 4, &wood);
		return;
	}
	brush_limb(b, 0.0f, -0.05f, 0.036f * h, lean, 0.5f * h, 0.02f * h, wood);
	for (int i = 0; i < 5; i++) {
		float a = brush_range(b, -0.9f, 0.9f), y = brush_range(b, 0.3f, 0.48f) * h;
		brush_limb(b, lean * y / (0.5f * h), y, 0.016f * h, lean + 0.24f * h * sinf(a), y + 0.24f * h * cosf(a), 0.006f * h, wood);
	}
	float ry = 0.5f * (1.0f - foot) * h;
	int n = lobes(b, c, 3 + brush_below(b, 3), lean, foot * h + ry, 1.12f * slim, 1.05f * ry);
	brush_foliage(b, c, n, 0.045f * h, leaf);
}

void bush_draw(struct brush *b) {
	struct clump c[10];
	struct paint leaf = leafage(b, b->t->pose);
	float w = brush_range(b, 0.7f, 1.3f), h = brush_range(b, 0.6f, 1.1f);
	brush_contact(b, w, 0.5f * w);
	int n = crown(b, c, 9, 0.0f, 0.5f * h, 0.75f * w, 0.38f * h, 0.42f * h);
	brush_foliage(b, c, n, 0.13f, leaf);
}

void acacia_draw(struct brush *b) {
	struct clump c[20];
	struct paint wood = bark(b, 0x5b4a38), leaf = leafage(b, DRY);
	float h = brush_range(b, 4.8f, 6.5f), w = brush_range(b, 2.8f, 4.2f), lean = brush_range(b, -0.6f, 0.6f);
	brush_contact(b, 1.0f, 0.7f);
	brush_limb(b, 0.0f, -0.05f, 0.2f, 0.4f * lean, 0.5f * h, 0.13f, wood);
	for (int i = 0; i < 5; i++)
		brush_limb(b, 0.4f * lean, (0.42f + 0.02f * (float)i) * h, 0.1f, lean + w * (-0.6f + 0.3f * (float)i), 0.86f * h, 0.04f, wood);
	int n = crown(b, c, 18, lean, 0.9f * h, w, 0.06f * h, 0.15f * w + 0.12f);
	brush_foliage(b, c, n, 0.26f, leaf);
}

void fir_draw(struct brush *b) {
	static const uint32_t greens[] = {0x33502f, 0x2b4a35, 0x3c5733, 0x26433a};
	float h = brush_range(b, 6.5f, 10.0f), w = h * brush_range(b, 0.17f, 0.24f);
	struct vec green = colour(brush_pick(b, greens));
	bool snow = b->t->pose == WINTER;
	brush_contact(b, 0.6f * w, 0.4f * w);
	brush_limb(b, 0.0f, -0.05f, 0.02f * h, 0.0f, 0.3f * h, 0.015f * h, bark(b, 0x54412f));
	enum { TIERS = 9, TEETH = 9 };
	for (int i = 0; i < TIERS; i++) {
		float t = (float)i / TIERS, low = h * (0.08f + 0.80f * t), top = minf(low + h * 0.24f, h), half = w * (1.02f - t) + 0.015f * h;
		float q[2 * TEETH + 2][2];
		int n = 0;
		q[n][0] = 0.0f, q[n++][1] = top;
		for (int k = 0; k <= 2 * TEETH; k++) {
			float x = half * (1.0f - (float)k / TEETH), tip = (k & 1) ? 0.030f * h * (1.0f - 0.5f * t) : 0.0f;
			float droop = 0.05f * h * (1.0f - fabsf(x) / half);
			q[n][0] = x * brush_range(b, 0.9f, 1.05f);
			q[n++][1] = low + tip - droop * 0.6f + brush_range(b, -0.008f, 0.008f) * h;
		}
		struct paint p = {.albedo = vec_scale(green, 0.78f + 0.3f * t),
		                  .form = TUBE,
		                  .texture = texture_grain,
		                  .k = {9.0f, 7.0f, 1.2f},
		                  .seed = b->t->key + (uint32_t)i};
		if (snow) p.texture = texture_patches, p.second = vec(0.84f, 0.88f, 0.94f), p.k[0] = 5.5f, p.k[1] = 0.02f + 0.1f * t, p.k[2] = 3.0f;
		brush_shape(b, (const float(*)[2])q, n, p);
	}
}

void palm_draw(struct brush *b) {
	float h = brush_range(b, 5.5f, 8.0f), lean = brush_range(b, -1.4f, 1.4f);
	struct paint wood = {.albedo = colour(0x8c7458), .form = TUBE, .texture = texture_grain, .k = {2.0f, 30.0f, 0.8f}, .seed = b->t->key};
	struct paint leaf = {.albedo = colour(0x4d6b2c), .form = FLAT, .thin = 0.5f};
	brush_contact(b, 0.6f, 0.4f);
	float x = 0.0f, y = -0.05f;
	for (int i = 1; i <= 6; i++) {
		float t = (float)i / 6.0f, nx = lean * t * t, ny = h * t;
		brush_limb(b, x, y, 0.19f - 0.012f * (float)i, nx, ny, 0.18f - 0.014f * (float)i, wood);
		x = nx, y = ny;
	}
	for (int i = 0; i < 15; i++) {
		float a = -0.5f + 4.2f * (float)((i * 7) % 15) / 14.0f + brush_range(b, -0.15f, 0.15f), len = brush_range(b, 1.9f, 2.8f), c = cosf(a),
		      s = sinf(a);
		leaf.albedo = vec_scale(colour(i < 6 ? 0x3c5826 : 0x6b8a3a), brush_range(b, 0.85f, 1.15f));
		float tx = x + len * c, ty = y + len * (0.55f * s - 0.35f), mx = x + 0.55f * len * c, my = y + len * (0.55f * s + 0.28f);
		/* The frond: a rib with leaflets hanging from both sides, as a saw-edged sickle. */
		float q[34][2];
		int n = 0;
		for (int k = 0; k <= 16; k++) {
			float t = (float)k / 16.0f, px = (1 - t) * (1 - t) * x + 2 * t * (1 - t) * mx + t * t * tx,
			      py = (1 - t) * (1 - t) * y + 2 * t * (1 - t) * my + t * t * ty;
			q[k][0] = px, q[k][1] = py + 0.05f * (1.0f - t);
			float hang = (k & 1 ? 0.16f : 0.44f) * sinf(3.0f * minf(t + 0.06f, 1.0f));
			q[33 - k][0] = px + 0.25f * hang * c, q[33 - k][1] = py - hang;
			n = 34;
		}
		brush_shape(b, (const float(*)[2])q, n, leaf);
	}
	for (int i = 0; i < 3; i++) brush_ball(b, x + 0.16f * (float)(i - 1), y - 0.12f, 0.12f, 0.14f, 0.0f, paint(colour(0x6d5a33), BALL));
}

void tuft_draw(struct brush *b) {
	static const uint32_t summer[] = {0x5f7d33, 0x74913f, 0x4f6c2c, 0x88a04c}, dry[] = {0xa89a58, 0xbcab66, 0x93864a, 0xc9b878};
	int blades = 9;
	float tall = brush_range(b, 0.16f, 0.38f);
	for (int i = 0; i < blades; i++) {
		float x = brush_range(b, -0.16f, 0.16f), bend = x * 1.2f + brush_range(b, -0.14f, 0.14f), h = tall * brush_range(b, 0.6f, 1.1f);
		struct paint p = paint(colour(b->t->pose == DRY ? brush_pick(b, dry) : brush_pick(b, summer)), FLAT);
		p.thin = 0.6f;
		if (b->pass == SHADOW) continue;
		const float q[5][2] = {{x - 0.012f, 0.0f},
		                       {x + 0.3f * bend - 0.008f, 0.6f * h},
		                       {x + bend, h},
		                       {x + 0.3f * bend + 0.009f, 0.6f * h},
		                       {x + 0.013f, 0.0f}};
		brush_shape(b, q, 5, p);
	}
}

void rock_draw(struct brush *b) {
	static const uint32_t greys[] = {0x8d8a83, 0x9c948a, 0x7c7f80, 0xa39c8c};
	float w = brush_range(b, 0.4f, 0.8f), h = brush_range(b, 0.3f, 0.65f);
	float q[9][2];
	for (int i = 0; i < 9; i++) {
		float a = 3.1415927f * (float)i / 8.0f, k = brush_range(b, 0.82f, 1.12f);
		q[i][0] = w * k * cosf(a), q[i][1] = i == 0 || i == 8 ? -0.03f : h * k * sinf(a);
	}
	struct paint p = {.albedo = colour(brush_pick(b, greys)), .form = BALL, .texture = texture_grain, .k = {2.5f, 3.5f, 0.9f}, .seed = b->t->key};
	brush_contact(b, 1.1f * w, 0.6f * w);
	brush_shape(b, (const float(*)[2])q, 9, p);
	if (b->t->pose != WINTER) return;
	for (int i = 0; i < 9; i++) q[i][0] *= 0.97f, q[i][1] = maxf(q[i][1] * 1.04f, (0.38f + 0.12f * sinf(5.0f * (float)i + w)) * h);
	brush_shape(b, (const float(*)[2])q, 9, paint(colour(0xeef2f6), BALL));
}

void plant_draw(struct brush *b) {
	static const uint32_t pots[] = {0xb5643c, 0xd8d3c8, 0x4a4f55, 0x9a5a44, 0x37607a};
	struct clump c[12];
	float h = brush_range(b, 0.28f, 0.4f), w = brush_range(b, 0.16f, 0.22f);
	const float pot[4][2] = {{-w, h}, {-0.7f * w, 0.0f}, {0.7f * w, 0.0f}, {w, h}};
	struct paint clay = paint(colour(brush_pick(b, pots)), TUBE), leaf = leafage(b, SUMMER);
	brush_contact(b, w, w);
	int n = crown(b, c, 11, 0.0f, h + 0.3f, 0.22f, 0.26f, 0.13f);
	if (brush_chance(b, 0.5f)) {
		brush_foliage(b, c, n, 0.07f, leaf);
	} else {
		for (int i = 0; i < 9; i++) {
			float a = brush_range(b, -1.1f, 1.1f), len = brush_range(b, 0.4f, 0.75f);
			leaf.albedo = vec_mix(colour(0x2f5a2e), colour(0x6f9a4a), brush_range(b, 0.0f, 1.0f));
			brush_bow(b, 0.0f, h - 0.02f, 0.3f * len * sinf(a), h + len, len * sinf(a), h + len * cosf(a), 0.05f, 0.006f, leaf);
		}
	}
	brush_shape(b, pot, 4, clay);
	brush_limb(b, -1.02f * w, h - 0.02f, 0.03f, 1.02f * w, h - 0.02f, 0.03f, clay);
}
