/* Scenes in the open: meadow, savanna, winter, park. */
#include "engine/data/scenes_layout.h"

static const uint32_t greens[][2] = {{0x5c7c34, 0x93ae54}, {0x557a3a, 0x86a856}, {0x6a8036, 0xa6ae58}, {0x4f7236, 0x7f9f4e}};

static void herd(struct scene *s, float near, float far, int n) {
	static void (*const kinds[])(struct brush *) = {cow_draw, sheep_draw, horse_draw};
	static const int classes[] = {CLASS_COW, CLASS_SHEEP, CLASS_HORSE};
	int k = scene_below(s, 3);
	for (int i = 0; i < n; i++) {
		struct thing *t = put(s, kinds[k], classes[k], near, far, k == 1 ? 1.6f : 2.8f);
		if (t) t->pose = scene_chance(s, 0.55f), t->size = scene_range(s, 0.85f, 1.08f);
	}
}

void meadow(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, MIST, GOLDEN, GOLDEN, SUNSET, OVERCAST, RAIN};
	int season = scene_chance(s, 0.25f) ? AUTUMN : scene_chance(s, 0.3f) ? SPRING : SUMMER;
	scene_light(s, scene_pick(s, hours));
	view(s, 0.38f, 0.56f, 1.6f, 3.4f, 1.05f, 1.6f);
	float near = scene_z(s, s->height), far = scene_range(s, 70.0f, 140.0f);
	const uint32_t *g = scene_pick(s, greens);
	if (scene_chance(s, 0.4f)) {
		struct range *m = hills(s, 2500.0f, 11000.0f, scene_range(s, 1200.0f, 2200.0f), 5000.0f, 0.85f);
		m->woods = 0.25f, m->snow = scene_range(s, 0.5f, 1.2f);
	}
	float rise = scene_range(s, 0.25f, 0.8f) * far, wave = scene_range(s, 1.2f, 2.4f) * far;
	struct range *r = hills(s, far, 12.0f * far, rise, wave, 0.0f);
	r->grass = vec_mix(colour(g[0]), colour(g[1]), 0.7f), r->woods = scene_range(s, -0.3f, 0.45f);
	r->wood = season == AUTUMN ? colour(0x94703a) : colour(0x47622f);
	struct layer *l = scene_layer(s, EVERYWHERE, ground_grass, CLASS_GRASS, colour(g[0]), colour(g[1]));
	l->k[0] = scene_range(s, 0.2f, 1.0f), l->k[1] = season != AUTUMN && scene_chance(s, 0.5f) ? 0.85f : 0.0f;
	if (scene_chance(s, 0.45f)) {
		static const uint32_t crops[][2] = {{0xb99b4a, 0xdfc577}, {0x6f7a34, 0xa3a552}, {0x7a5c3c, 0x9c7a52}, {0xc2a83c, 0xe8d254}};
		const uint32_t *c = scene_pick(s, crops);
		l = scene_layer(s, ACROSS, ground_rows, CLASS_GRASS, colour(c[0]), colour(c[1]));
		l->near = scene_range(s, 28.0f, 45.0f), l->far = l->near + scene_range(s, 10.0f, 40.0f), l->slope = scene_range(s, -0.2f, 0.2f),
		l->edge = 0.6f;
		l->k[0] = 1.6f, l->k[2] = scene_range(s, -0.6f, 0.6f);
	}
	bool path = scene_chance(s, 0.4f);
	if (path) {
		l = scene_layer(s, ALONG, ground_dirt, CLASS_DIRT, colour(0xa88c64), colour(0xc9b088));
		l->x0 = scene_range(s, -2.0f, 2.0f), l->slope = scene_range(s, -0.25f, 0.25f), l->bend = scene_range(s, 0.5f, 3.0f),
		l->period = scene_range(s, 8.0f, 16.0f), l->half = scene_range(s, 0.6f, 1.2f), l->edge = 0.35f, l->k[0] = 0.7f;
	}
	treeline(s, tree_draw, far * 0.9f, 7.0f, scene_range(s, 0.0f, 0.5f), season);
	if (scene_chance(s, 0.5f)) {
		struct thing *t = put(s, house_draw, CLASS_HOUSE, 26.0f, 60.0f, 8.0f);
		if (t) t->yaw = scene_range(s, -1.2f, 1.2f), t->order = 4.0f, t->pose = scene_chance(s, 0.3f) ? 2 : 0;
	}
	for (int i = 1 + scene_below(s, 5); i > 0; i--) {
		struct thing *t = put(s, tree_draw, CLASS_TREE, 11.0f, 60.0f, 5.0f);
		if (t) t->pose = season, t->size = scene_range(s, 0.7f, 1.2f);
	}
	for (int i = scene_below(s, 4); i > 0; i--) {
		struct thing *t = put(s, bush_draw, CLASS_TREE, 8.0f, 40.0f, 2.0f);
		if (t) t->pose = season == AUTUMN ? AUTUMN : SUMMER;
	}
	if (scene_chance(s, 0.45f)) {
		float z = scene_range(s, 14.0f, 26.0f), pose = scene_chance(s, 0.25f);
		for (float x = scene_x(s, 0.0f, z) - 3.0f; x < scene_x(s, s->width, z) + 6.0f; x += 12.0f)
			scene_add(s, fence_draw, CLASS_FENCE, x, z)->pose = (int)pose;
	}
	if (scene_chance(s, 0.75f)) herd(s, near * 1.7f, 45.0f, 2 + scene_below(s, 6));
	if (scene_chance(s, 0.35f)) {
		float x, z;
		if (spot(s, near * 1.5f, 20.0f, 2.0f, false, &x, &z)) person(s, x, z, scene_chance(s, 0.6f) ? WALKING : STANDING, CASUAL);
		if (scene_chance(s, 0.6f)) put(s, dog_draw, CLASS_DOG, near * 1.4f, 16.0f, 1.5f);
	}
	if (scene_chance(s, 0.2f)) kite_flyer(s, near * 1.6f, 22.0f, CASUAL);
	if (scene_chance(s, 0.4f)) birds(s, 1 + scene_below(s, 5));
	tufts(s, 90, near * 3.0f, season == AUTUMN ? DRY : SUMMER);
}

void savanna(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, SUNSET, SUNSET, MIST, DUSK};
	static void (*const kinds[])(struct brush *) = {zebra_draw, elephant_draw, giraffe_draw};
	static const int classes[] = {CLASS_ZEBRA, CLASS_ELEPHANT, CLASS_GIRAFFE};
	static const float room[] = {2.6f, 5.0f, 4.0f};
	scene_light(s, scene_pick(s, hours));
	view(s, 0.46f, 0.62f, 1.8f, 3.2f, 1.2f, 1.8f);
	float near = scene_z(s, s->height), far = scene_range(s, 160.0f, 300.0f);
	float rise = scene_range(s, 0.3f, 1.0f) * far, ridged = scene_range(s, 0.0f, 0.5f);
	struct range *r = hills(s, far, 20.0f * far, rise, 2.0f * far, ridged);
	r->grass = colour(0xb09a5a), r->rock = colour(0x94785c), r->wood = colour(0x75703c), r->woods = scene_range(s, -0.1f, 0.4f),
	r->semseg = r->ridged > 0.3f ? CLASS_MOUNTAIN : CLASS_GRASS;
	struct layer *l = scene_layer(s, EVERYWHERE, ground_grass, CLASS_GRASS, colour(0xa08a48), colour(0xd2ba74));
	l->k[0] = 0.8f;
	if (scene_chance(s, 0.6f)) {
		l = scene_layer(s, POOL, ground_dirt, CLASS_DIRT, colour(0xa87c52), colour(0xc49a6a));
		l->near = scene_range(s, 9.0f, 18.0f), l->x0 = scene_range(s, -5.0f, 5.0f), l->half = scene_range(s, 5.0f, 9.0f),
		l->depth = scene_range(s, 2.0f, 4.0f), l->edge = 0.9f, l->k[0] = 0.6f;
		if (scene_chance(s, 0.5f)) {
			struct layer pool = *l;
			l = scene_layer(s, POOL, ground_water, CLASS_WATER_OTHER, colour(0x4a5a50), colour(0x8c8058));
			l->near = pool.near, l->x0 = pool.x0, l->half = 0.75f * pool.half, l->depth = 0.7f * pool.depth, l->edge = 0.5f,
			l->lit = true, l->k[0] = 3.0f, l->k[1] = 0.08f;
		}
	}
	for (int i = 2 + scene_below(s, 6); i > 0; i--) {
		struct thing *t = put(s, acacia_draw, CLASS_TREE, 18.0f, 130.0f, 6.0f);
		if (t) t->size = scene_range(s, 0.8f, 1.5f);
	}
	for (int i = scene_below(s, 6); i > 0; i--) {
		struct thing *t = put(s, bush_draw, CLASS_TREE, 10.0f, 70.0f, 2.0f);
		if (t) t->pose = DRY;
	}
	for (int herds = 1 + scene_below(s, 2); herds > 0; herds--) {
		int k = scene_below(s, 3);
		for (int i = 1 + scene_below(s, k ? 3 : 6); i > 0; i--) {
			struct thing *t = put(s, kinds[k], classes[k], k ? 13.0f : near * 1.8f, k ? 45.0f : 36.0f, room[k]);
			if (t)
				t->pose = scene_chance(s, 0.4f),
				t->size = scene_chance(s, 0.2f) ? scene_range(s, 0.55f, 0.7f) : scene_range(s, 0.9f, 1.08f);
		}
	}
	for (int i = scene_below(s, 3); i > 0; i--) {
		struct thing *t = put(s, rock_draw, CLASS_ROCK, near * 1.2f, 25.0f, 1.0f);
		if (t) t->size = scene_range(s, 0.8f, 2.4f);
	}
	if (scene_chance(s, 0.5f)) birds(s, 2 + scene_below(s, 5));
	tufts(s, 120, near * 4.0f, DRY);
}

void winter(struct scene *s) {
	static const enum hour hours[] = {FROST, FROST, FROST, FROST, GOLDEN, SUNSET, DUSK, OVERCAST, SNOWFALL, SNOWFALL};
	scene_light(s, scene_pick(s, hours));
	s->light.dapple = 0.0f;
	view(s, 0.38f, 0.52f, 1.8f, 3.4f, 1.05f, 1.5f);
	float near = scene_z(s, s->height), far = scene_range(s, 70.0f, 130.0f);
	if (scene_chance(s, 0.65f)) {
		struct range *m = hills(s, 1800.0f, 9000.0f, scene_range(s, 1200.0f, 2200.0f), 4400.0f, 0.9f);
		m->woods = 0.12f, m->snow = scene_range(s, 0.1f, 0.3f), m->wood = colour(0x4c5a52), m->grass = colour(0xdfe5ea);
	}
	struct range *r = hills(s, far, 8.0f * far, scene_range(s, 0.3f, 0.7f) * far, 1.4f * far, 0.0f);
	r->grass = colour(0xe9eef3), r->woods = scene_range(s, 0.0f, 0.7f), r->wood = colour(0x55645c), r->semseg = CLASS_SNOW;
	struct layer *l = scene_layer(s, EVERYWHERE, ground_snow, CLASS_SNOW, colour(0xccd7e4), colour(0xf4f7fa));
	if (scene_chance(s, 0.35f)) {
		l = scene_layer(s, ALONG, ground_dirt, CLASS_ROAD, colour(0xa3a9b0), colour(0xd2d8de));
		l->x0 = scene_range(s, -1.5f, 1.5f), l->slope = scene_range(s, -0.2f, 0.2f), l->bend = scene_range(s, 0.5f, 2.5f),
		l->period = scene_range(s, 9.0f, 18.0f), l->half = scene_range(s, 1.0f, 2.0f), l->edge = 0.12f, l->k[0] = 0.25f;
	}
	treeline(s, fir_draw, far * 0.9f, 6.0f, scene_range(s, -0.2f, 0.4f), WINTER);
	for (int i = scene_below(s, 3); i > 0; i--) {
		struct thing *t = put(s, house_draw, CLASS_HOUSE, 20.0f, 50.0f, 8.0f);
		if (t) t->yaw = scene_range(s, -1.1f, 1.1f), t->pose = 1, t->order = 4.0f;
	}
	for (int i = 2 + scene_below(s, 7); i > 0; i--) {
		struct thing *t = put(s, scene_chance(s, 0.8f) ? fir_draw : tree_draw, CLASS_TREE, 9.0f, 60.0f, 3.5f);
		if (t) t->pose = WINTER, t->size = scene_range(s, 0.5f, 1.15f);
	}
	for (int i = scene_below(s, 5); i > 0; i--) {
		float x, z;
		static const int stances[] = {STANDING, WALKING, SKIING, SKIING};
		if (spot(s, near * 1.4f, 28.0f, 1.6f, false, &x, &z)) person(s, x, z, scene_pick(s, stances), WINTERWEAR);
	}
	if (scene_chance(s, 0.35f)) put(s, dog_draw, CLASS_DOG, near * 1.4f, 18.0f, 1.5f);
	if (scene_chance(s, 0.3f)) {
		float z = scene_range(s, 13.0f, 24.0f);
		for (float x = scene_x(s, 0.0f, z) - 3.0f; x < scene_x(s, s->width, z) + 6.0f; x += 12.0f)
			scene_add(s, fence_draw, CLASS_FENCE, x, z);
	}
	for (int i = scene_below(s, 4); i > 0; i--) {
		struct thing *t = put(s, rock_draw, CLASS_ROCK, near * 1.1f, 22.0f, 1.2f);
		if (t) t->size = scene_range(s, 0.7f, 1.8f), t->pose = WINTER;
	}
	if (scene_chance(s, 0.3f)) birds(s, 1 + scene_below(s, 4));
}

void park(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, MIST, OVERCAST, SUNSET, RAIN};
	int season = scene_chance(s, 0.35f) ? AUTUMN : scene_chance(s, 0.4f) ? SPRING : SUMMER;
	scene_light(s, scene_pick(s, hours));
	view(s, 0.36f, 0.52f, 1.7f, 3.2f, 1.1f, 1.6f);
	float near = scene_z(s, s->height), far = scene_range(s, 45.0f, 80.0f);
	const uint32_t *g = scene_pick(s, greens);
	struct range *r = hills(s, far, 4.0f * far, scene_range(s, 0.15f, 0.4f) * far, far, 0.0f);
	r->woods = 2.0f, r->wood = season == AUTUMN ? colour(0x8c6a38) : colour(0x49652f), r->semseg = CLASS_TREE;
	struct layer *l = scene_layer(s, EVERYWHERE, ground_grass, CLASS_GRASS, colour(g[0]), colour(g[1]));
	if (scene_chance(s, 0.4f)) {
		l->fill = ground_rows, l->k[0] = 3.0f, l->k[2] = scene_range(s, -0.5f, 0.5f);
		l->dark = vec_mix(l->dark, l->light, 0.3f);
	}
	l = scene_layer(s, ALONG, scene_chance(s, 0.5f) ? ground_dirt : ground_paving, CLASS_PAVEMENT, colour(0xb09c80), colour(0xcfbfa4));
	l->x0 = scene_range(s, -2.5f, 2.5f), l->slope = scene_range(s, -0.3f, 0.3f), l->bend = scene_range(s, 0.5f, 3.0f),
	l->period = scene_range(s, 7.0f, 14.0f), l->half = scene_range(s, 0.9f, 1.6f), l->k[0] = 0.5f, l->k[1] = 0.5f, l->k[2] = 0.02f;
	if (l->fill == ground_dirt) l->edge = 0.15f, l->semseg = CLASS_GRAVEL;
	if (scene_chance(s, 0.25f)) {
		l = scene_layer(s, POOL, ground_water, CLASS_WATER_OTHER, colour(0x2f5550), colour(0x6a8a78));
		l->near = scene_range(s, 16.0f, 24.0f), l->x0 = scene_range(s, -6.0f, 6.0f), l->half = scene_range(s, 4.0f, 7.0f),
		l->depth = scene_range(s, 2.5f, 4.5f), l->edge = 0.4f, l->lit = true, l->k[0] = 3.0f, l->k[1] = 0.1f;
	}
	treeline(s, tree_draw, far * 0.9f, 5.0f, scene_range(s, -0.4f, 0.1f), season);
	for (int i = 2 + scene_below(s, 5); i > 0; i--) {
		struct thing *t = put(s, tree_draw, CLASS_TREE, 10.0f, 40.0f, 4.5f);
		if (t) t->pose = season, t->size = scene_range(s, 0.75f, 1.25f);
	}
	for (int i = scene_below(s, 4); i > 0; i--) {
		struct thing *t = put(s, bush_draw, CLASS_TREE, 8.0f, 36.0f, 2.0f);
		if (t) t->pose = season;
	}
	for (int i = scene_below(s, 3); i > 0; i--) {
		struct thing *t = put(s, bench_draw, CLASS_BENCH, near * 1.4f, 20.0f, 2.2f);
		if (t && scene_chance(s, 0.5f)) {
			struct thing *p = person(s, t->x + scene_range(s, -0.5f, 0.5f), t->z - 0.28f, SITTING, CASUAL);
			p->size = 0.97f;
		}
	}
	if (scene_chance(s, 0.5f)) put(s, lamp_draw, CLASS_LIGHT, near * 1.5f, 22.0f, 2.0f);
	for (int i = 1 + scene_below(s, 5); i > 0; i--) {
		float x, z;
		static const int stances[] = {STANDING, WALKING, WALKING, RUNNING};
		int dress = scene_chance(s, 0.25f) ? SPORTSWEAR : CASUAL;
		if (spot(s, near * 1.35f, 30.0f, 1.5f, false, &x, &z)) person(s, x, z, scene_pick(s, stances), dress);
	}
	if (scene_chance(s, 0.5f)) {
		struct thing *t = put(s, ball_draw, CLASS_SPORTS_BALL, near * 1.15f, 12.0f, 1.0f);
		if (t) t->pose = scene_below(s, 3);
	}
	if (scene_chance(s, 0.6f)) put(s, dog_draw, CLASS_DOG, near * 1.3f, 18.0f, 1.5f);
	if (scene_chance(s, 0.3f)) put(s, bicycle_draw, CLASS_BICYCLE, near * 1.3f, 16.0f, 1.8f);
	if (scene_chance(s, 0.4f)) kite_flyer(s, near * 1.5f, 22.0f, CASUAL);
	for (int i = scene_below(s, 4); i > 0; i--) {
		struct thing *t = put(s, bird_draw, CLASS_BIRD, near * 1.1f, 10.0f, 0.6f);
		if (t) t->pose = 1, t->size = 0.8f;
	}
	tufts(s, 70, near * 2.6f, SUMMER);
}

/* A football match seen from the near touchline, or from beside a goal. */
void pitch(struct scene *s) {
	static const enum hour hours[] = {NOON, NOON, NOON, AFTERNOON, AFTERNOON, AFTERNOON, GOLDEN, GOLDEN, OVERCAST, RAIN, SUNSET};
	static const uint32_t kits[] = {0xc8362c, 0x2f5fa8, 0xf0c63c, 0xf2f2ee, 0x2f8a5a, 0x7a3f8c, 0xe8823a, 0x26282e};
	scene_light(s, scene_pick(s, hours));
	view(s, 0.34f, 0.48f, 2.2f, 5.0f, 1.2f, 1.9f);
	float near = scene_z(s, s->height), line = near + scene_range(s, 0.3f, 2.5f), depth = 46.0f, end = line + depth + 6.0f,
	      side = scene_chance(s, 0.5f) ? 1.0f : -1.0f;
	const uint32_t *g = scene_pick(s, greens);
	struct range *r = hills(s, end + 14.0f, end + 160.0f, scene_range(s, 12.0f, 26.0f), 40.0f, 0.0f);
	r->woods = 2.0f, r->wood = colour(0x49652f), r->semseg = CLASS_TREE;
	scene_layer(s, EVERYWHERE, ground_grass, CLASS_GRASS, colour(g[0]), colour(g[1]));
	/* One goal line lies in view, at about a third of the picture's width from its edge. */
	float goal = scene_x(s, side > 0.0f ? 0.8f * s->width : 0.2f * s->width, line + 0.5f * depth), half = 42.0f;
	struct layer *l = scene_layer(s, ALONG, ground_pitch, CLASS_PLAYINGFIELD, vec_scale(colour(g[0]), 1.1f), colour(g[1]));
	l->x0 = goal - side * half, l->half = half + 2.0f, l->k[0] = line, l->k[1] = depth;
	for (float x = scene_x(s, -0.1f, end) - 6.0f; x < scene_x(s, s->width + 0.1f, end) + 6.0f; x += 12.2f) {
		if (scene_chance(s, 0.3f))
			scene_add(s, fence_draw, CLASS_FENCE, x, end)->pose = 0;
		else
			scene_add(s, stand_draw, CLASS_STAIRS, x, end)->flip = 1.0f;
	}
	int season = scene_chance(s, 0.25f) ? AUTUMN : SUMMER;
	treeline(s, tree_draw, end + 9.0f, 5.0f, scene_range(s, -0.6f, 0.0f), season);
	struct thing *t = scene_add(s, goal_draw, CLASS_NET, goal, line + 0.5f * depth);
	t->yaw = side > 0.0f ? -1.5707963f : 1.5707963f, t->flip = 1.0f, t->order = 3.0f;
	int home = scene_below(s, 8), away = (home + 1 + scene_below(s, 7)) % 8;
	static const int stances[] = {RUNNING, RUNNING, RUNNING, WALKING, STANDING, REACHING};
	for (int i = 5 + scene_below(s, 7); i > 0; i--) {
		float x, z;
		if (!spot(s, line * 1.05f, line + depth * 0.8f, 1.4f, false, &x, &z)) continue;
		struct thing *p = person(s, x, z, scene_pick(s, stances), SPORTSWEAR);
		p->tint = kits[i & 1 ? home : away], p->size = scene_range(s, 0.98f, 1.08f);
	}
	struct thing *ball = put(s, ball_draw, CLASS_SPORTS_BALL, near * 1.1f, line + 8.0f, 0.7f);
	if (ball) ball->pose = 1, ball->size = 0.65f, ball->y = scene_chance(s, 0.4f) ? scene_range(s, 0.3f, 1.6f) : 0.0f;
	if (scene_chance(s, 0.3f)) birds(s, 1 + scene_below(s, 4));
}
