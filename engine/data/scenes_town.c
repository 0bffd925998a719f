/* Scenes with traffic: street and country road. */
#include "engine/data/scenes_layout.h"

#define QUARTER 1.5707963f

/* A vehicle on a road whose middle runs at x0 + slope z: LANE metres beside the middle; those on the left come towards the viewer. */
static struct thing *vehicle(struct scene *s, float z, float lane, float x0, float slope) {
	float kind = scene_range(s, 0.0f, 1.0f);
	struct thing *t = scene_add(s,
	                            kind < 0.72f   ? car_draw
	                            : kind < 0.87f ? truck_draw
	                                           : bus_draw,
	                            kind < 0.72f   ? CLASS_CAR
	                            : kind < 0.87f ? CLASS_TRUCK
	                                           : CLASS_BUS,
	                            x0 + slope * z + lane, z);
	t->yaw = (lane < 0.0f ? -QUARTER : QUARTER) - atanf(slope) + scene_range(s, -0.03f, 0.03f);
	t->flip = 1.0f;
	t->order = 2.0f;
	return t;
}

static void fronts(struct scene *s, float side, float edge, float near, float far) {
	int storeys = 2 + scene_below(s, 4);
	for (float z = near; z < far;) {
		float half = 6.0f;
		struct thing *t = scene_add(s, block_draw, CLASS_BUILDING_OTHER, side * (edge + 6.0f), z + half);
		t->pose = (int)clampf((float)storeys + scene_range(s, -1.2f, 2.0f), 2.0f, 6.0f);
		t->yaw = side * -QUARTER;
		t->flip = 1.0f;
		t->order = half;
		z += 12.0f + (scene_chance(s, 0.12f) ? scene_range(s, 3.0f, 7.0f) : 0.15f);
	}
}

void street(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, SUNSET, DUSK, OVERCAST, RAIN, MIST};
	scene_light(s, scene_pick(s, hours));
	s->light.dapple = 0.0f;
	view(s, 0.40f, 0.54f, 1.7f, 3.4f, 0.95f, 1.35f);
	float half = scene_range(s, 3.4f, 5.2f), walk = scene_range(s, 2.2f, 3.8f), shift = scene_range(s, -2.5f, 2.5f), near = scene_z(s, s->height),
	      zebra = scene_chance(s, 0.5f) ? scene_range(s, 1.3f, 2.6f) * near : 0.0f;
	bool yellow = scene_chance(s, 0.3f), open = scene_chance(s, 0.3f);
	if (scene_chance(s, 0.5f)) {
		struct range *r = hills(s, 190.0f, 1500.0f, scene_range(s, 60.0f, 180.0f), 300.0f, 0.2f);
		r->woods = scene_range(s, 0.1f, 0.8f), r->semseg = CLASS_TREE;
	}
	struct layer *l = scene_layer(s, EVERYWHERE, ground_paving, CLASS_PAVEMENT, colour(0x9a958c), colour(0xc2bcb0));
	l->k[0] = 0.8f, l->k[1] = 0.8f, l->k[2] = 0.025f;
	l = scene_layer(s, ALONG, ground_dirt, CLASS_PAVEMENT, colour(0xb4aea2), colour(0xc9c3b7));
	l->x0 = shift, l->half = half + 0.2f;
	l = scene_layer(s, ALONG, ground_road, CLASS_ROAD, colour(0x56585c), colour(0x75767a));
	l->x0 = shift, l->half = half, l->k[0] = half, l->k[1] = yellow, l->k[2] = zebra, l->k[3] = scene_range(s, 0.0f, 9.0f);
	if (open) {
		l = scene_layer(s, ALONG, ground_grass, CLASS_GRASS, colour(0x557a36), colour(0x86a552));
		l->x0 = shift + half + walk + 100.0f, l->half = 100.0f, l->edge = 0.1f;
	}
	float z0 = scene_range(s, -4.0f, 2.0f);
	fronts(s, -1.0f, half + walk - shift, z0, 96.0f);
	if (!open)
		fronts(s, 1.0f, half + walk + shift, z0, 96.0f);
	else
		for (int i = 0; i < 14; i++) {
			float x = shift + half + walk + scene_range(s, 2.0f, 16.0f), z = scene_range(s, 8.0f, 70.0f);
			struct thing *t = scene_add(s, tree_draw, CLASS_TREE, x, z);
			t->size = scene_range(s, 0.7f, 1.3f);
		}
	if (!s->range_count || scene_chance(s, 0.4f))
		for (int i = -2; i <= 2; i++) {
			struct thing *t = scene_add(s, block_draw, CLASS_BUILDING_OTHER, shift + 12.2f * (float)i, 112.0f);
			t->pose = 3 + scene_below(s, 4);
		}
	int season = scene_chance(s, 0.3f) ? AUTUMN : SUMMER;
	bool avenue = scene_chance(s, 0.55f);
	for (int side = -1; side <= 1; side += 2)
		for (float z = near * 1.3f + scene_range(s, 0.0f, 6.0f); z < 75.0f; z += scene_range(s, 7.0f, 13.0f)) {
			float x = shift + (float)side * (half + 0.7f);
			if (avenue && scene_chance(s, 0.7f) && z > 9.0f) {
				struct thing *t = scene_add(s, tree_draw, CLASS_TREE, x, z);
				t->pose = season, t->size = scene_range(s, 0.6f, 0.95f);
			} else if (scene_chance(s, 0.5f)) {
				scene_add(s, lamp_draw, CLASS_LIGHT, x, z)->flip = (float)-side;
			}
		}
	/* Parked along the kerb, then driving. */
	for (int side = -1; side <= 1; side += 2)
		if (scene_chance(s, 0.55f))
			for (float z = near * 1.25f + scene_range(s, 0.0f, 8.0f); z < 60.0f; z += scene_range(s, 5.6f, 13.0f)) {
				if (zebra > 0.0f && z > zebra - 4.0f && z < zebra + 7.0f) continue;
				struct thing *t = scene_add(s, car_draw, CLASS_CAR, shift + (float)side * (half - 1.0f), z);
				t->yaw = (side < 0 ? -QUARTER : QUARTER) + scene_range(s, -0.04f, 0.04f), t->flip = 1.0f, t->order = 2.0f;
			}
	for (int side = -1; side <= 1; side += 2)
		for (float z = near * 1.3f + scene_range(s, 2.0f, 18.0f); z < 75.0f; z += scene_range(s, 13.0f, 36.0f)) {
			/* Who crosses has the right of way: nothing stands on the zebra, not even a bus's front. */
			float lane = (float)side * scene_range(s, 1.2f, 1.6f);
			if (zebra <= 0.0f || z < zebra - 6.0f || z > zebra + 9.0f) vehicle(s, z, lane, shift, 0.0f);
		}
	if (zebra > 0.0f)
		for (int i = scene_below(s, 4); i > 0; i--) {
			float x = shift + scene_range(s, -half, half), z = zebra + scene_range(s, 0.4f, 2.8f);
			person(s, x, z, WALKING, CASUAL);
		}
	for (int i = 2 + scene_below(s, 7); i > 0; i--) {
		float z = depth_between(s, near * 1.15f, 50.0f), side = scene_chance(s, 0.5f) ? 1.0f : -1.0f;
		float x = shift + side * (half + scene_range(s, 1.1f, walk - 0.4f));
		person(s, x, z, scene_chance(s, 0.65f) ? WALKING : STANDING, CASUAL);
	}
	float kerb = half + 0.45f, corner = zebra > 0.0f ? zebra + 3.6f : depth_between(s, near * 1.3f, 16.0f);
	if (scene_chance(s, 0.6f))
		scene_add(s, traffic_light_draw, CLASS_TRAFFIC_LIGHT, shift + kerb, corner);
	else if (scene_chance(s, 0.5f))
		scene_add(s, stop_sign_draw, CLASS_STOP_SIGN, shift + kerb + 0.1f, corner);
	if (scene_chance(s, 0.35f)) scene_add(s, hydrant_draw, CLASS_FIRE_HYDRANT, shift - kerb - 0.2f, depth_between(s, near * 1.1f, 14.0f));
	if (scene_chance(s, 0.4f)) scene_add(s, bicycle_draw, CLASS_BICYCLE, shift - kerb - 0.6f, depth_between(s, near * 1.2f, 16.0f));
	if (scene_chance(s, 0.25f)) scene_add(s, dog_draw, CLASS_DOG, shift + half + 1.4f, depth_between(s, near * 1.2f, 14.0f));
}

void road(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, NOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, SUNSET, OVERCAST, RAIN, MIST, DUSK};
	static const uint32_t fields[][2] = {{0x6a8238, 0x9fae58}, {0xb39a50, 0xd8c07c}, {0x5a7a36, 0x8aa650}, {0x8f8a48, 0xb9ae68}};
	scene_light(s, scene_pick(s, hours));
	view(s, 0.38f, 0.54f, 1.6f, 3.0f, 1.0f, 1.5f);
	int season = scene_chance(s, 0.3f) ? AUTUMN : SUMMER;
	float half = scene_range(s, 3.0f, 4.0f), x0 = scene_range(s, -2.0f, 2.0f), slope = scene_range(s, -0.12f, 0.12f),
	      near = scene_z(s, s->height), far = scene_range(s, 110.0f, 220.0f);
	if (scene_chance(s, 0.6f)) {
		struct range *m = hills(s, 2500.0f, 11000.0f, scene_range(s, 1200.0f, 2300.0f), 5200.0f, 0.9f);
		m->woods = 0.2f, m->snow = scene_range(s, 0.45f, 1.2f);
	}
	const uint32_t *f = scene_pick(s, fields), *g = scene_pick(s, fields);
	struct range *r = hills(s, far, 9.0f * far, scene_range(s, 0.2f, 0.6f) * far, 1.6f * far, 0.0f);
	r->woods = scene_range(s, 0.0f, 0.6f), r->grass = vec_mix(colour(g[0]), colour(g[1]), 0.6f);
	struct layer *l = scene_layer(s, EVERYWHERE, ground_grass, CLASS_GRASS, colour(f[0]), colour(f[1]));
	l->k[0] = 0.8f;
	l = scene_layer(s, ACROSS, ground_rows, CLASS_GRASS, colour(g[0]), colour(g[1]));
	l->near = scene_range(s, 20.0f, 40.0f), l->slope = scene_range(s, -0.15f, 0.15f), l->k[0] = 2.2f, l->k[2] = scene_range(s, -0.8f, 0.8f),
	l->edge = 0.5f;
	float bend = scene_range(s, -3.0f, 3.0f), period = scene_range(s, 22.0f, 40.0f);
	for (int i = 0; i < 2; i++) {
		l = i ? scene_layer(s, ALONG, ground_road, CLASS_ROAD, colour(0x5a5b5e), colour(0x7c7c7e))
		      : scene_layer(s, ALONG, ground_dirt, CLASS_DIRT, colour(0x9c8a6a), colour(0xb9a684));
		l->x0 = x0, l->slope = slope, l->bend = bend, l->period = period, l->half = half + (i ? 0.0f : 0.9f), l->edge = i ? 0.0f : 0.4f;
		l->k[0] = i ? half : 0.7f, l->k[1] = i && scene_chance(s, 0.3f), l->k[3] = scene_range(s, 0.0f, 9.0f);
	}
	treeline(s, scene_chance(s, 0.3f) ? fir_draw : tree_draw, far * 0.92f, 8.0f, scene_range(s, 0.0f, 0.5f), season);
	for (int side = -1; side <= 1; side += 2) {
		bool avenue = scene_chance(s, 0.3f);
		for (float z = avenue ? 12.0f : 16.0f; z < 100.0f; z += avenue ? scene_range(s, 7.0f, 9.0f) : scene_range(s, 10.0f, 50.0f)) {
			float x = x0 + slope * z + bend * sinf(z / period) + (float)side * (half + (avenue ? 2.6f : scene_range(s, 3.0f, 18.0f)));
			struct thing *t = scene_add(s, scene_chance(s, 0.15f) && !avenue ? bush_draw : tree_draw, CLASS_TREE, x, z);
			t->pose = season, t->size = scene_range(s, 0.7f, 1.2f);
		}
	}
	if (scene_chance(s, 0.5f)) {
		float z = scene_range(s, 30.0f, 70.0f), side = scene_chance(s, 0.5f) ? 1.0f : -1.0f;
		struct thing *t = scene_add(s, house_draw, CLASS_HOUSE, x0 + slope * z + side * scene_range(s, 14.0f, 24.0f), z);
		t->yaw = scene_range(s, -1.2f, 1.2f), t->order = 4.0f, t->pose = scene_chance(s, 0.25f) ? 2 : 0;
	}
	for (int side = -1; side <= 1; side += 2)
		for (float z = near * 1.5f + scene_range(s, 2.0f, 22.0f); z < 90.0f; z += scene_range(s, 14.0f, 60.0f)) {
			struct thing *t = vehicle(s, z, (float)side * 1.6f, x0, slope);
			t->x += bend * sinf(z / period);
			t->yaw -= bend / period * cosf(z / period);
		}
	if (scene_chance(s, 0.35f)) {
		float z = near * scene_range(s, 1.5f, 2.4f);
		scene_add(s, stop_sign_draw, CLASS_STOP_SIGN, x0 + slope * z + bend * sinf(z / period) + half + 1.2f, z);
	}
	if (scene_chance(s, 0.3f))
		for (int i = 2 + scene_below(s, 4); i > 0; i--) {
			float z = scene_range(s, 18.0f, 45.0f), side = scene_chance(s, 0.5f) ? 1.0f : -1.0f;
			struct thing *t = scene_add(s, cow_draw, CLASS_COW, x0 + slope * z + side * scene_range(s, half + 4.0f, half + 14.0f), z);
			t->pose = scene_chance(s, 0.6f);
		}
	if (scene_chance(s, 0.3f)) birds(s, 1 + scene_below(s, 5));
	tufts(s, 60, near * 2.5f, SUMMER);
}
