/* Scenes with a wall before the viewer: courtyard and living room. */
#include "engine/data/scenes_layout.h"

#define QUARTER 1.5707963f

/* A background wall from (x, y) on, WIDTH x HEIGHT, painted before all that stands in front of it. */
static struct thing *wall(struct scene *s, int semseg, float x, float y, float z, float width, float height, int pose) {
	struct thing *t = scene_add(s, wall_draw, semseg, x, z);
	t->y = y, t->width = width, t->height = height, t->pose = pose;
	t->flip = 1.0f;
	t->background = true;
	t->order = 400.0f;
	return t;
}

/* Something flat on the wall at Z. */
static struct thing *hang(struct scene *s, void (*draw)(struct brush *), int semseg, float x, float y, float z, float width, float height) {
	struct thing *t = scene_add(s, draw, semseg, x, z - 0.03f);
	t->y = y, t->width = width, t->height = height;
	t->flip = 1.0f;
	t->order = 0.02f;
	return t;
}

static void front(struct scene *s, float z, float left, float right, float high) {
	uint32_t shutter = scene_chance(s, 0.5f) ? 0x5f7f96 : 0x4f6f5c;
	bool shutters = scene_chance(s, 0.5f);
	float door = scene_range(s, left + 1.0f, right - 2.2f), w = scene_range(s, 0.85f, 1.15f), step = scene_range(s, 2.3f, 3.0f);
	hang(s, door_draw, CLASS_DOOR, door, 0.0f, z, scene_range(s, 0.9f, 1.1f), 2.1f);
	for (float x = door - step * ceilf((door - left) / step); x < right; x += step)
		for (float y = 1.0f; y + 1.5f < high; y += 2.9f) {
			if (y < 2.0f && fabsf(x + 0.5f * w - door - 0.5f) < 1.5f) continue;
			struct thing *t = hang(s, window_draw, CLASS_WINDOW_OTHER, x, y, z, w, 1.35f);
			t->pose = shutters, t->tint = shutter;
		}
}

void courtyard(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, OVERCAST, RAIN, DUSK};
	static const int walls[] = {CLASS_WALL_OTHER, CLASS_WALL_BRICK, CLASS_WALL_BRICK, CLASS_WALL_WOOD, CLASS_WALL_STONE},
	                 poses[] = {0, 1, 1, 2, 3};
	scene_light(s, scene_pick(s, hours));
	/* The wall is looked at from the side that the light comes from. */
	s->light.to_sun.z = -fabsf(s->light.to_sun.z), s->light.dapple = 0.0f;
	view(s, 0.44f, 0.56f, 1.4f, 1.9f, 1.1f, 1.5f);
	float near = scene_z(s, s->height), z = scene_range(s, 6.5f, 9.5f), left = scene_x(s, -0.1f, z), right = scene_x(s, s->width + 0.1f, z);
	bool low = scene_chance(s, 0.35f);
	int kind = scene_below(s, 5);
	float high = low ? scene_range(s, 1.7f, 2.5f) : 9.0f;
	struct layer *l = scene_layer(s, EVERYWHERE, ground_paving, CLASS_PAVEMENT, colour(0x97907f), colour(0xc4bba8));
	l->k[0] = scene_range(s, 0.3f, 0.8f), l->k[1] = scene_range(s, 0.3f, 0.6f), l->k[2] = 0.02f;
	if (scene_chance(s, 0.35f)) {
		l = scene_layer(s, ACROSS, ground_grass, CLASS_GRASS, colour(0x557a36), colour(0x86a552));
		l->near = z - scene_range(s, 0.8f, 1.8f), l->far = z + 40.0f, l->edge = 0.08f;
	}
	wall(s, walls[kind], left - 0.5f, 0.0f, z, right - left + 1.0f, high, poses[kind]);
	if (low) {
		for (int i = 3 + scene_below(s, 4); i > 0; i--) {
			float tz = z + scene_range(s, 2.0f, 14.0f);
			struct thing *t = scene_add(s, tree_draw, CLASS_TREE, scene_x(s, scene_range(s, 0.0f, 1.0f) * s->width, tz), tz);
			t->order = 500.0f, t->size = scene_range(s, 0.6f, 1.0f), t->pose = scene_chance(s, 0.3f) ? SPRING : SUMMER;
		}
		if (scene_chance(s, 0.5f)) {
			struct thing *t =
			        scene_add(s, house_draw, CLASS_HOUSE, scene_x(s, scene_range(s, 0.1f, 0.9f) * s->width, z + 16.0f), z + 16.0f);
			t->order = 600.0f, t->yaw = scene_range(s, -0.8f, 0.8f);
		}
	} else {
		front(s, z, left, right, high);
	}
	for (int i = 2 + scene_below(s, 5); i > 0; i--) {
		float x = scene_range(s, left + 0.4f, right - 0.4f), size = scene_range(s, 0.8f, 1.5f);
		scene_add(s, plant_draw, CLASS_POTTED_PLANT, x, z - scene_range(s, 0.3f, 0.5f))->size = size;
	}
	for (int i = scene_below(s, 3); i > 0; i--) {
		float size = scene_range(s, 0.6f, 1.0f);
		scene_add(s, bush_draw, CLASS_TREE, scene_range(s, left, right), z - 0.6f)->size = size;
	}
	if (scene_chance(s, 0.55f)) put(s, bench_draw, CLASS_BENCH, z - 1.4f, z - 0.8f, 1.4f);
	if (scene_chance(s, 0.55f)) put(s, bicycle_draw, CLASS_BICYCLE, z - 1.3f, z - 0.7f, 1.4f);
	if (scene_chance(s, 0.4f)) {
		float x, tz;
		if (spot(s, near * 1.5f, z - 1.8f, 1.6f, false, &x, &tz)) {
			scene_add(s, table_draw, CLASS_DINING_TABLE, x, tz)->width = 1.2f;
			for (int side = -1; side <= 1; side += 2) {
				struct thing *t = scene_add(s, chair_draw, CLASS_CHAIR, x + 0.85f * (float)side, tz);
				t->yaw = -QUARTER * (float)side, t->flip = 1.0f;
			}
			bool vase = scene_chance(s, 0.5f);
			float at = x + scene_range(s, -0.3f, 0.3f);
			scene_add(s, vase ? vase_draw : bottle_draw, vase ? CLASS_VASE : CLASS_BOTTLE, at, tz - 0.1f)->y = 0.74f;
		}
	}
	for (int i = scene_below(s, 4); i > 0; i--) {
		float x, tz;
		if (spot(s, near * 1.25f, z - 1.0f, 1.0f, false, &x, &tz)) person(s, x, tz, scene_chance(s, 0.5f) ? WALKING : STANDING, CASUAL);
	}
	if (scene_chance(s, 0.5f)) put(s, cat_draw, CLASS_CAT, near * 1.15f, z - 0.8f, 0.9f);
	if (scene_chance(s, 0.35f)) put(s, dog_draw, CLASS_DOG, near * 1.25f, z - 1.0f, 1.1f);
	if (scene_chance(s, 0.4f)) {
		struct thing *t = put(s, ball_draw, CLASS_SPORTS_BALL, near * 1.1f, z - 1.0f, 0.7f);
		if (t) t->pose = scene_below(s, 3), t->size = 0.75f;
	}
}

static void room_light(struct scene *s) {
	bool evening = scene_chance(s, 0.3f);
	scene_light(s, evening ? DUSK : scene_chance(s, 0.5f) ? AFTERNOON : OVERCAST);
	struct light *l = &s->light;
	float side = scene_chance(s, 0.5f) ? 1.0f : -1.0f, k = scene_range(s, 0.9f, 1.1f);
	l->to_sun = vec_unit(vec(0.75f * side, 0.9f, -0.45f));
	l->sun = vec_scale(evening ? vec(0.60f, 0.42f, 0.24f) : vec(0.44f, 0.41f, 0.36f), k);
	l->sky = vec_scale(evening ? vec(0.36f, 0.29f, 0.24f) : vec(0.56f, 0.55f, 0.54f), k);
	l->bounce = vec_scale(l->sky, 1.25f);
	l->cast = 0.6f;
	l->density = 0.0f, l->dapple = 0.0f, l->wet = 0.0f, l->rain = 0.0f;
	l->lamps = evening ? 1.0f : 0.0f;
	s->indoors = true;
}

/* What stands on a table at (x, z), H metres high. */
static void lay_table(struct scene *s, float x, float z, float h, float half) {
	static const struct {
		void (*draw)(struct brush *);
		int semseg;
		float chance;
	} kinds[] = {
	        {vase_draw, CLASS_VASE, 0.5f},      {cup_draw, CLASS_CUP, 0.6f},    {bottle_draw, CLASS_BOTTLE, 0.4f},
	        {laptop_draw, CLASS_LAPTOP, 0.35f}, {bowl_draw, CLASS_BOWL, 0.45f}, {cup_draw, CLASS_CUP, 0.3f},
	};
	float at = -0.75f * half;
	for (int i = 0; i < 6; i++) {
		if (!scene_chance(s, kinds[i].chance) || at > 0.8f * half) continue;
		struct thing *t = scene_add(s, kinds[i].draw, kinds[i].semseg, x + at, z - scene_range(s, 0.0f, 0.25f));
		t->y = h, t->flip = 1.0f, t->order = -0.45f;
		if (kinds[i].draw == bowl_draw)
			for (int k = 0; k < 4; k++) {
				struct thing *f = scene_add(s, fruit_draw, i & 1 ? CLASS_APPLE : CLASS_ORANGE, t->x - 0.09f + 0.06f * (float)k, t->z);
				f->y = h + (k == 1 || k == 2 ? 0.07f : 0.055f), f->order = -0.44f, f->pose = scene_below(s, 2);
				f->semseg = f->pose ? CLASS_ORANGE : CLASS_APPLE;
			}
		at += scene_range(s, 0.35f, 0.55f);
	}
}

static void shelves(struct scene *s, float x, float z) {
	float w = scene_range(s, 0.8f, 1.3f), h = 0.38f * (float)(4 + scene_below(s, 2));
	struct thing *t = scene_add(s, shelf_draw, CLASS_SHELF, x, z - 0.02f);
	t->width = w, t->height = h, t->flip = 1.0f, t->order = 0.01f;
	int n = (int)lrintf(h / 0.38f);
	for (int i = 0; i < n; i++) {
		if (scene_chance(s, 0.15f)) continue;
		struct thing *k = scene_add(s, books_draw, CLASS_BOOK, x - 0.5f * w + 0.04f, z - 0.08f);
		k->y = h * (float)i / (float)n + 0.015f, k->width = w * scene_range(s, 0.5f, 0.93f), k->flip = 1.0f, k->order = -0.2f;
	}
}

void living_room(struct scene *s) {
	static const uint32_t paints[] = {0xe6dcc8, 0xc9d3cc, 0xd9c2a6, 0xa9bac0, 0xd3b8ac, 0xe3d3a0, 0xf0ece4, 0x8fa396};
	room_light(s);
	view(s, 0.36f, 0.46f, 1.35f, 1.6f, 0.85f, 1.15f);
	float z = scene_range(s, 4.2f, 5.6f), left = scene_x(s, 0.0f, z) * scene_range(s, 0.75f, 1.1f),
	      right = scene_x(s, s->width, z) * scene_range(s, 0.75f, 1.1f), high = scene_range(s, 2.5f, 2.9f), near = scene_z(s, s->height);
	uint32_t colours = scene_pick(s, paints);
	static const uint32_t woods[][2] = {{0x8a5f3c, 0xc49a68}, {0xb08a5c, 0xd9b88c}, {0x6f4a30, 0xa0744c}, {0xa89478, 0xd0c0a4}};
	const uint32_t *wood = scene_pick(s, woods);
	struct layer *l = scene_layer(s, EVERYWHERE, ground_boards, CLASS_FLOOR_WOOD, colour(wood[0]), colour(wood[1]));
	l->k[0] = scene_range(s, 0.12f, 0.2f), l->k[1] = 1.8f;
	wall(s, CLASS_WALL_OTHER, left, 0.0f, z, right - left, high, 0)->tint = colours;
	for (int side = 0; side < 2; side++) {
		/* Turned a quarter: its left end at the back (left wall) or before the viewer (right wall). */
		struct thing *t = wall(s, CLASS_WALL_OTHER, side ? right : left, 0.0f, side ? z : z - 6.0f, 6.0f, high, 0);
		t->tint = colours;
		t->yaw = side ? -QUARTER : QUARTER;
		t->order = 300.0f;
	}
	struct thing *t = scene_add(s, ceiling_draw, CLASS_CEILING, left, z);
	t->y = high, t->width = right - left, t->height = z, t->flip = 1.0f, t->background = true, t->order = 350.0f;
	/* The back wall from left to right: window with curtains, picture or clock, shelves or door. */
	float middle = 0.5f * (left + right), wide = right - left, wx = left + wide * scene_range(s, 0.12f, 0.5f), ww = scene_range(s, 1.1f, 1.7f),
	      cloth = scene_range(s, 0.3f, 0.45f);
	hang(s, window_draw, CLASS_WINDOW_OTHER, wx, 0.95f, z, ww, scene_range(s, 1.15f, 1.35f));
	uint32_t curtains = scene_chance(s, 0.5f) ? 0 : 0xd9c7a4, key = rng_u32(&s->rng);
	if (scene_chance(s, 0.75f))
		for (int side = 0; side < 2; side++) {
			t = hang(s, curtain_draw, CLASS_CURTAIN, side ? wx + ww - 0.1f : wx + 0.1f - cloth, 0.25f, z - 0.12f, cloth, high - 0.55f);
			t->tint = curtains, t->key = key;
		}
	float free_x = wx - left > right - wx - ww ? left + 0.5f * (wx - left) : 0.5f * (wx + ww + right);
	int feature = scene_below(s, 4);
	if (feature == 0)
		shelves(s, free_x, z);
	else if (feature == 1)
		hang(s, door_draw, CLASS_DOOR, free_x - 0.45f, 0.0f, z, 0.9f, 2.05f);
	else if (feature == 2) {
		t = scene_add(s, table_draw, CLASS_CABINET, free_x, z - 0.4f), t->width = 1.5f, t->pose = 1;
		t = scene_add(s, tv_draw, CLASS_TV, free_x, z - 0.45f), t->y = 0.42f, t->order = -0.5f;
	} else {
		float broad = scene_range(s, 0.6f, 0.9f), tall = scene_range(s, 0.5f, 0.75f);
		hang(s, wall_picture_draw, CLASS_PAPER, free_x - 0.4f, 1.35f, z, broad, tall);
	}
	if (scene_chance(s, 0.35f)) hang(s, clock_draw, CLASS_CLOCK, scene_chance(s, 0.5f) ? wx - 0.7f : wx + ww + 0.7f, 2.05f, z, 0, 0);
	if (scene_chance(s, 0.75f)) {
		float x = middle + scene_range(s, -0.4f, 0.4f), front = scene_range(s, 1.5f, 1.8f);
		t = scene_add(s, rug_draw, CLASS_RUG, x, z - front);
		t->width = scene_range(s, 1.8f, 2.8f), t->height = scene_range(s, 1.1f, 1.6f), t->flip = 1.0f, t->order = 2.5f;
	}
	if (s->light.lamps == 0.0f && scene_chance(s, 0.6f)) {
		float x = middle + scene_range(s, -0.8f, 0.8f), front = scene_range(s, 1.2f, 1.9f);
		t = scene_add(s, patch_draw, -1, x, z - front);
		t->width = 1.5f, t->height = 1.2f, t->order = 2.4f;
	}
	float sofa = middle + wide * scene_range(s, -0.24f, 0.24f), sz = z - scene_range(s, 0.75f, 1.2f);
	t = scene_add(s, couch_draw, CLASS_COUCH, sofa, sz);
	t->width = scene_range(s, 1.5f, 2.3f), t->flip = 1.0f;
	for (int i = scene_below(s, 3); i > 0; i--) {
		struct thing *p = scene_add(s, cushion_draw, CLASS_PILLOW, sofa + scene_range(s, -0.6f, 0.6f), sz - 0.05f);
		p->y = 0.44f, p->order = -0.4f;
	}
	if (scene_chance(s, 0.5f)) {
		struct thing *p = person(s, sofa + scene_range(s, -0.35f, 0.35f), sz - 0.2f, SITTING, CASUAL);
		p->size = 0.95f, p->order = -0.42f;
	}
	if (scene_chance(s, 0.3f)) {
		t = scene_add(s, teddy_draw, CLASS_TEDDY_BEAR, sofa + scene_range(s, -0.7f, 0.7f), sz - 0.1f);
		t->y = 0.45f, t->order = -0.41f;
	}
	if (scene_chance(s, 0.65f)) {
		float tx = sofa + scene_range(s, -0.4f, 0.4f), tz = sz - scene_range(s, 0.95f, 1.15f), w = scene_range(s, 0.8f, 1.2f);
		if (tz > near + 0.3f) {
			t = scene_add(s, table_draw, CLASS_TABLE, tx, tz), t->width = w, t->pose = 1;
			lay_table(s, tx, tz, 0.42f, 0.5f * w);
		}
	}
	if (scene_chance(s, 0.6f)) {
		t = scene_add(s, plant_draw, CLASS_POTTED_PLANT, scene_chance(s, 0.5f) ? left + 0.4f : right - 0.4f, z - 0.45f);
		t->size = scene_range(s, 1.1f, 1.7f);
	}
	if (scene_chance(s, 0.6f)) scene_add(s, floor_lamp_draw, CLASS_LIGHT, sofa + (scene_chance(s, 0.5f) ? 1.45f : -1.45f), sz);
	if (scene_chance(s, 0.5f)) {
		float x = scene_chance(s, 0.5f) ? left + scene_range(s, 0.6f, 1.1f) : right - scene_range(s, 0.6f, 1.1f),
		      front = scene_range(s, 1.5f, 2.2f);
		t = scene_add(s, chair_draw, CLASS_CHAIR, x, z - front);
		t->yaw = scene_range(s, -2.4f, 2.4f), t->flip = 1.0f;
	}
	if (scene_chance(s, 0.4f)) {
		bool cat = scene_chance(s, 0.6f);
		float x = middle + scene_range(s, -1.1f, 1.1f), front = scene_range(s, 1.6f, 2.2f);
		scene_add(s, cat ? cat_draw : dog_draw, cat ? CLASS_CAT : CLASS_DOG, x, z - front);
	}
}
