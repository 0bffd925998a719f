#include "engine/data/scenes_layout.h"

const struct scene_type scene_types[] = {
        {"beach", beach},     {"street", street},       {"meadow", meadow},           {"mountain lake", lake},
        {"harbour", harbour}, {"park", park},           {"winter", winter},           {"country road", road},
        {"savanna", savanna}, {"courtyard", courtyard}, {"living room", living_room}, {"playing field", pitch},
};
const int scene_type_count = sizeof scene_types / sizeof scene_types[0];

void view(struct scene *s, float horizon_lo, float horizon_hi, float height_lo, float height_hi, float focal_lo, float focal_hi) {
	s->camera.centre = s->width * scene_range(s, 0.42f, 0.58f);
	s->camera.horizon = s->height * scene_range(s, horizon_lo, horizon_hi);
	s->camera.height = scene_range(s, height_lo, height_hi);
	s->camera.focal = scene_range(s, focal_lo, focal_hi);
}

float depth_between(struct scene *s, float near, float far) {
	float t = scene_range(s, 0.0f, 1.0f);
	return 1.0f / mixf(1.0f / near, 1.0f / far, powf(t, 0.8f));
}

static bool is_water(int semseg) { return semseg == CLASS_SEA || semseg == CLASS_WATER_OTHER || semseg == CLASS_RIVER; }

bool spot(struct scene *s, float near, float far, float radius, bool water, float *x, float *z) {
	bool found = false;
	*x = *z = 0.0f;
	/* Always as many draws, so that what comes after does not hang on where this went. */
	for (int attempt = 0; attempt < 12; attempt++) {
		float tz = depth_between(s, near, far), tx = scene_x(s, scene_range(s, 0.02f, 0.98f) * s->width, tz);
		bool room = !found && is_water(scene_at(s, tx, tz)) == water;
		for (int i = 0; i < s->count && room; i++) {
			const struct thing *t = &s->things[i];
			float dx = t->x - tx, dz = t->z - tz;
			room = dx * dx + dz * dz > radius * radius;
		}
		if (room) *x = tx, *z = tz, found = true;
	}
	return found;
}

struct thing *put(struct scene *s, void (*draw)(struct brush *), int semseg, float near, float far, float radius) {
	float x, z;
	return spot(s, near, far, radius, false, &x, &z) ? scene_add(s, draw, semseg, x, z) : NULL;
}

struct range *hills(struct scene *s, float near, float far, float height, float wave, float ridged) {
	uint32_t seed = rng_u32(&s->rng);
	struct range *r = &s->ranges[s->range_count < RANGES_MAX - 1 ? s->range_count++ : RANGES_MAX - 1];
	*r = (struct range){.near = near, .far = far, .height = height, .wave = wave, .ridged = ridged, .woods = -1.0f, .snow = 9.0f, .seed = seed};
	r->grass = colour(0x7f9a4e), r->wood = colour(0x4a6436), r->rock = colour(0x8c8478);
	r->semseg = ridged > 0.3f ? CLASS_MOUNTAIN : CLASS_GRASS;
	s->ground_end = minf(s->ground_end, near);
	return r;
}

void birds(struct scene *s, int n) {
	float cx = scene_range(s, 0.15f, 0.85f), cy = scene_range(s, 0.15f, 0.6f);
	for (int i = 0; i < n; i++) {
		float z = scene_range(s, 14.0f, 45.0f), sx = cx + scene_range(s, -0.18f, 0.18f), sy = cy + scene_range(s, -0.12f, 0.12f);
		struct thing *t = scene_add(s, bird_draw, CLASS_BIRD, scene_x(s, sx * s->width, z), z);
		t->y = s->camera.height + s->camera.horizon * (1.0f - clampf(sy, 0.05f, 0.8f)) * z / s->camera.focal;
		t->size = scene_range(s, 0.9f, 1.5f);
	}
}

void tufts(struct scene *s, int n, float far, int pose) {
	float near = scene_z(s, s->height * 1.04f);
	for (int i = 0; i < n; i++) {
		float z = depth_between(s, near, far);
		float x = scene_x(s, scene_range(s, -0.02f, 1.02f) * s->width, z);
		if (scene_at(s, x, z) != CLASS_GRASS) continue;
		struct thing *t = scene_add(s, tuft_draw, CLASS_GRASS, x, z);
		t->pose = pose;
		t->background = true;
		t->size = scene_range(s, 0.6f, 1.3f);
	}
}

struct thing *person(struct scene *s, float x, float z, int stance, int dress) {
	struct thing *t = scene_add(s, person_draw, CLASS_PERSON, x, z);
	t->pose = stance + dress;
	t->size = scene_chance(s, 0.2f) ? scene_range(s, 0.58f, 0.76f) : scene_range(s, 0.93f, 1.08f);
	bool shelter = s->light.rain > 0.0f && (stance == STANDING || stance == WALKING) && dress == CASUAL && scene_chance(s, 0.75f);
	if (!shelter && stance != SKIING) return t;
	/* What a person carries is a thing of its own, with the person's place, size and side. */
	struct thing *with = scene_add(s, shelter ? parasol_draw : skis_draw, shelter ? CLASS_UMBRELLA : CLASS_SKIS, x, z);
	with->size = t->size, with->flip = t->flip, with->order = -0.01f, with->pose = 1;
	return t;
}

void kite_flyer(struct scene *s, float near, float far, int dress) {
	float x, z;
	if (!spot(s, near, far, 1.5f, false, &x, &z)) return;
	struct thing *t = person(s, x, z, REACHING, dress);
	float sx = s->camera.centre + s->camera.focal * x / z, side = t->flip, up = scene_range(s, 0.45f, 0.85f) * s->camera.horizon;
	float kx = clampf(sx + side * scene_range(s, 0.12f, 0.4f), 0.08f, s->width - 0.08f), kz = z + 6.0f;
	struct thing *k = scene_add(s, kite_draw, CLASS_KITE, scene_x(s, kx, kz), kz);
	k->y = s->camera.height + up * kz / s->camera.focal;
	k->size = scene_range(s, 0.9f, 1.5f) * maxf(1.0f, kz / 16.0f);
	struct thing *line = scene_add(s, line_draw, CLASS_KITE, x + side * 0.5f * t->size, z + 0.01f);
	line->flip = 1.0f;
	line->y = 1.8f * t->size;
	line->background = true;
	line->to = vec(k->x * line->z / kz - line->x, s->camera.height + (k->y - s->camera.height) * line->z / kz - line->y, 0.0f);
}

void treeline(struct scene *s, void (*draw)(struct brush *), float depth, float spread, float gap, int season) {
	float left = scene_x(s, -0.1f, depth), right = scene_x(s, s->width + 0.1f, depth), phase = scene_range(s, 0.0f, 100.0f);
	for (float x = left; x < right && s->count < THINGS_MAX - 60; x += scene_range(s, 0.35f, 0.8f) * spread) {
		if (noise(x / (4.0f * spread) + phase, 0.5f, 5u) < gap) continue;
		struct thing *t = scene_add(s, draw, CLASS_TREE, x, depth + scene_range(s, -0.8f, 0.8f) * spread);
		t->size = scene_range(s, 0.7f, 1.25f);
		t->pose = season;
	}
}
