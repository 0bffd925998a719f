/* Scenes by the water: beach, mountain lake, harbour. */
#include "engine/data/scenes_layout.h"

static struct layer *water(struct scene *s, float near, float far, int semseg, uint32_t shallow, uint32_t deep, float depth, float waves) {
	struct layer *l = scene_layer(s, ACROSS, ground_water, semseg, colour(deep), colour(shallow));
	l->near = near, l->far = far;
	l->lit = true;
	l->k[0] = depth, l->k[1] = waves * (1.0f + 0.5f * s->light.rain);
	return l;
}

static void afloat(struct scene *s, void (*draw)(struct brush *), float near, float far, int pose, float size) {
	float x, z;
	if (!spot(s, near, far, 7.0f, true, &x, &z)) return;
	struct thing *t = scene_add(s, draw, CLASS_BOAT, x, z);
	t->afloat = true;
	t->pose = pose;
	t->size = size;
}

static void bathers(struct scene *s, float near, float shore, int n) {
	for (int i = 0; i < n; i++) {
		float x, z;
		if (!spot(s, near, shore - 1.0f, 1.6f, false, &x, &z)) continue;
		static const int stances[] = {STANDING, STANDING, WALKING, WALKING, RUNNING, REACHING};
		person(s, x, z, scene_pick(s, stances), BEACHWEAR);
	}
}

void beach(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, SUNSET, SUNSET, MIST, OVERCAST, DUSK};
	static const uint32_t sands[][2] = {{0xc9a877, 0xe6cda0}, {0xd6bf98, 0xf0e2c4}, {0xb89a72, 0xd9bf96}, {0xcbb9a0, 0xe6d9c4}};
	static const uint32_t seas[][2] = {{0x3fb0ac, 0x15607f}, {0x4a9fa8, 0x1b4f73}, {0x5f9a98, 0x245a6c}, {0x2fa3b4, 0x0f4f86}};
	scene_light(s, scene_pick(s, hours));
	view(s, 0.36f, 0.52f, 1.7f, 3.6f, 1.05f, 1.5f);
	float near = scene_z(s, s->height * 0.97f), shore = scene_range(s, 2.2f, 4.2f) * near, slope = scene_range(s, -0.35f, 0.35f);
	bool palms = scene_chance(s, 0.4f);
	const uint32_t *sand = scene_pick(s, sands), *sea = scene_pick(s, seas);
	if (scene_chance(s, 0.55f)) {
		float rise = scene_range(s, 90.0f, 220.0f), ridged = scene_range(s, 0.0f, 0.6f);
		struct range *r = hills(s, 700.0f, 2600.0f, rise, 500.0f, ridged);
		r->drop = scene_range(s, 0.5f, 0.62f), r->woods = 0.5f, r->semseg = CLASS_MOUNTAIN;
		s->ground_end = 1e6f;
	}
	struct layer *l = scene_layer(s, EVERYWHERE, ground_sand, CLASS_SAND, colour(sand[0]), colour(sand[1]));
	l->k[0] = shore, l->k[1] = slope;
	l = water(s, shore, 1e6f, CLASS_SEA, sea[0], sea[1], 45.0f, scene_range(s, 0.45f, 0.9f));
	l->slope = slope, l->edge = 1.4f, l->k[2] = 1.0f, l->k[3] = scene_range(s, 0.0f, 0.8f);
	if (palms)
		for (int i = 0, side = scene_chance(s, 0.5f); i < 2 + scene_below(s, 3); i++) {
			float z = scene_range(s, 1.5f, 3.4f) * near, sx = side ? scene_range(s, 0.74f, 1.02f) : scene_range(s, -0.02f, 0.26f);
			scene_add(s, palm_draw, CLASS_TREE, scene_x(s, sx * s->width, z), z);
		}
	int camps = scene_below(s, 4);
	for (int i = 0; i < camps; i++) {
		struct thing *t = put(s, parasol_draw, CLASS_UMBRELLA, near * 1.25f, shore * 0.8f, 3.0f);
		if (!t) continue;
		float x = t->x, z = t->z;
		scene_add(s, towel_draw, CLASS_TOWEL, x + scene_range(s, 0.3f, 0.8f), z - 0.6f);
		if (scene_chance(s, 0.6f)) person(s, x - scene_range(s, 0.7f, 1.1f), z - 0.2f, STANDING, BEACHWEAR);
	}
	bathers(s, near * 1.1f, shore * 0.95f, 1 + scene_below(s, 6));
	if (scene_chance(s, 0.5f)) put(s, ball_draw, CLASS_SPORTS_BALL, near, shore * 0.6f, 1.0f);
	if (scene_chance(s, 0.45f)) put(s, dog_draw, CLASS_DOG, near * 1.1f, shore * 0.9f, 1.5f);
	if (scene_chance(s, 0.35f)) put(s, surfboard_draw, CLASS_SURFBOARD, near * 1.1f, shore * 0.7f, 1.5f);
	if (scene_chance(s, 0.4f)) kite_flyer(s, near * 1.2f, shore * 0.8f, BEACHWEAR);
	for (int i = scene_below(s, 4); i > 0; i--) afloat(s, sailboat_draw, shore * 2.0f + 20.0f, shore * 2.0f + 160.0f, 0, 1.0f);
	if (scene_chance(s, 0.25f)) afloat(s, motorboat_draw, shore * 1.6f + 15.0f, shore + 90.0f, 0, 1.0f);
	if (scene_chance(s, 0.5f)) birds(s, 1 + scene_below(s, 5));
	if (scene_chance(s, 0.3f)) {
		struct thing *t = put(s, bird_draw, CLASS_BIRD, near, shore * 0.8f, 1.0f);
		if (t) t->pose = 1, t->size = 1.2f;
	}
}

void lake(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, MIST, GOLDEN, GOLDEN, SUNSET, OVERCAST, DUSK};
	static const uint32_t waters[][2] = {{0x4f8a86, 0x1d4a58}, {0x3f8c94, 0x17505f}, {0x5c7f78, 0x2a4a4c}};
	bool autumn = scene_chance(s, 0.3f);
	scene_light(s, scene_pick(s, hours));
	view(s, 0.42f, 0.56f, 1.8f, 3.2f, 1.0f, 1.4f);
	float near = scene_z(s, s->height * 0.98f), shore = scene_range(s, 1.3f, 2.2f) * near, far = scene_range(s, 110.0f, 260.0f);
	float rise = scene_range(s, 1500.0f, 2600.0f), ridged = scene_range(s, 0.75f, 1.0f);
	struct range *r = hills(s, 2200.0f, 11000.0f, rise, 5200.0f, ridged);
	r->woods = 0.22f, r->snow = scene_range(s, 0.42f, 0.7f), r->rock = colour(0x8a8682), r->grass = colour(0x76845a);
	r = hills(s, far, 4.5f * far, scene_range(s, 0.28f, 0.55f) * far, 0.9f * far, 0.25f);
	r->woods = scene_range(s, 0.6f, 1.2f), r->wood = autumn ? colour(0x8a6a34) : colour(0x3f5c36), r->semseg = CLASS_TREE;
	struct layer *l = scene_layer(s, EVERYWHERE, ground_grass, CLASS_GRASS, colour(0x5a7434), colour(0x8fa653));
	l->k[0] = 0.6f, l->k[1] = scene_chance(s, 0.4f) ? 0.8f : 0.0f;
	const uint32_t *c = scene_pick(s, waters);
	float slope = scene_range(s, -0.4f, 0.4f);
	l = scene_layer(s, ACROSS, ground_dirt, CLASS_GRAVEL, colour(0x8d8574), colour(0xb4aa96));
	l->near = shore - 1.4f, l->slope = slope, l->edge = 1.2f, l->k[0] = 0.8f;
	l = water(s, shore, 1e6f, CLASS_WATER_OTHER, c[0], c[1], 16.0f, scene_range(s, 0.05f, 0.35f));
	l->slope = slope, l->edge = 1.2f, l->k[2] = 0.12f;
	treeline(s, fir_draw, far * 0.97f, 9.0f, scene_range(s, -0.3f, 0.4f), SUMMER);
	for (int i = scene_below(s, 4); i > 0; i--) {
		float z = scene_range(s, 1.5f, 2.6f) * near, side = scene_chance(s, 0.5f) ? scene_range(s, 0.78f, 1.0f) : scene_range(s, 0.0f, 0.22f);
		bool fir = scene_chance(s, 0.6f);
		if (scene_at(s, scene_x(s, side * s->width, z), z) == CLASS_WATER_OTHER) continue;
		struct thing *t = scene_add(s, fir ? fir_draw : tree_draw, CLASS_TREE, scene_x(s, side * s->width, z), z);
		t->pose = autumn ? AUTUMN : SUMMER;
	}
	for (int i = 1 + scene_below(s, 5); i > 0; i--) {
		struct thing *t = put(s, rock_draw, CLASS_ROCK, near, shore + 3.0f, 0.8f);
		if (t) t->size = scene_range(s, 0.6f, 2.2f);
	}
	for (int i = scene_below(s, 3); i > 0; i--)
		afloat(s, scene_chance(s, 0.6f) ? rowboat_draw : sailboat_draw, shore + 6.0f, far * 0.4f, 0, 1.0f);
	if (scene_chance(s, 0.5f)) {
		float x, z;
		if (spot(s, near * 1.1f, shore, 1.5f, false, &x, &z)) person(s, x, z, STANDING, CASUAL);
	}
	if (scene_chance(s, 0.3f)) put(s, dog_draw, CLASS_DOG, near * 1.1f, shore, 1.5f);
	if (scene_chance(s, 0.35f)) put(s, bench_draw, CLASS_BENCH, near * 1.1f, shore, 2.0f);
	if (scene_chance(s, 0.4f)) birds(s, 1 + scene_below(s, 4));
	tufts(s, 60, shore, SUMMER);
}

void harbour(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, SUNSET, MIST, OVERCAST, DUSK, RAIN};
	static const uint32_t waters[][2] = {{0x4f7f88, 0x1f4a5c}, {0x5a8a84, 0x27505a}, {0x46788c, 0x183f5a}};
	scene_light(s, scene_pick(s, hours));
	view(s, 0.40f, 0.52f, 2.6f, 4.6f, 1.1f, 1.5f);
	float near = scene_z(s, s->height * 0.98f), quay = scene_range(s, 1.25f, 1.8f) * near, far = scene_range(s, 45.0f, 75.0f);
	if (scene_chance(s, 0.7f)) {
		struct range *r = hills(s, far + 30.0f, far + 900.0f, scene_range(s, 50.0f, 160.0f), 260.0f, 0.1f);
		r->woods = scene_range(s, 0.2f, 0.7f), r->semseg = CLASS_TREE;
	}
	s->ground_end = 1e6f;
	if (s->range_count) s->ground_end = far + 30.0f;
	const uint32_t *c = scene_pick(s, waters);
	struct layer *l = scene_layer(s, EVERYWHERE, ground_paving, CLASS_PAVEMENT, colour(0x8f8a80), colour(0xb9b2a4));
	l->k[0] = 0.9f, l->k[1] = 0.6f, l->k[2] = 0.03f;
	l = water(s, quay, far, CLASS_WATER_OTHER, c[0], c[1], 9.0f, scene_range(s, 0.15f, 0.45f));
	for (float x = scene_x(s, -0.15f, far + 8.0f); x < scene_x(s, s->width + 0.15f, far + 8.0f); x += 6.3f) {
		if (scene_chance(s, 0.08f)) continue;
		struct thing *t = scene_add(s, block_draw, scene_chance(s, 0.5f) ? CLASS_HOUSE : CLASS_BUILDING_OTHER, x, far + 8.0f);
		t->pose = 8 + 2 + scene_below(s, 3);
		t->afloat = true;
		t->flip = 1.0f;
	}
	int moored = 3 + scene_below(s, 5);
	for (int i = 0; i < moored; i++) {
		static void (*const boats[])(struct brush *) = {sailboat_draw, motorboat_draw, motorboat_draw, rowboat_draw, sailboat_draw};
		void (*draw)(struct brush *) = scene_pick(s, boats);
		afloat(s, draw, quay + 3.0f, far - 4.0f, draw == sailboat_draw ? scene_chance(s, 0.75f) : scene_chance(s, 0.5f), 1.0f);
	}
	for (int i = scene_below(s, 5); i > 0; i--) {
		float x, z;
		if (spot(s, near * 1.02f, quay * 0.97f, 1.0f, false, &x, &z)) person(s, x, z, scene_chance(s, 0.5f) ? WALKING : STANDING, CASUAL);
	}
	if (scene_chance(s, 0.4f)) put(s, bench_draw, CLASS_BENCH, near * 1.05f, quay * 0.95f, 1.5f);
	if (scene_chance(s, 0.5f)) put(s, lamp_draw, CLASS_LIGHT, near * 1.05f, quay * 0.97f, 1.5f);
	for (int i = scene_below(s, 3); i > 0; i--) {
		struct thing *t = put(s, bird_draw, CLASS_BIRD, near, quay * 0.97f, 0.6f);
		if (t) t->pose = 1, t->size = 1.2f;
	}
	if (scene_chance(s, 0.6f)) birds(s, 1 + scene_below(s, 5));
}
