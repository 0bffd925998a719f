#include "engine/data/scenes_world.h"

#include <stdlib.h>
#include <string.h>

float scene_range(struct scene *s, float lo, float hi) { return (float)rng_range(&s->rng, lo, hi); }
bool scene_chance(struct scene *s, float p) { return rng_uniform(&s->rng) < p; }
int scene_below(struct scene *s, int n) { return (int)rng_below(&s->rng, (uint32_t)n); }

float scene_x(const struct scene *s, float screen_x, float z) { return (screen_x - s->camera.centre) * z / s->camera.focal; }

float scene_z(const struct scene *s, float screen_y) { return s->camera.focal * s->camera.height / maxf(screen_y - s->camera.horizon, 1e-4f); }

float scene_haze(const struct scene *s, float z) { return 1.0f - expf(-powf(s->light.density * z, 0.7f)); }

struct thing *scene_add(struct scene *s, void (*draw)(struct brush *), int semseg, float x, float z) {
	uint32_t key = rng_u32(&s->rng);
	float flip = scene_chance(s, 0.5f) ? 1.0f : -1.0f;
	struct thing *t = &s->things[s->count < THINGS_MAX - 1 ? s->count++ : THINGS_MAX - 1];
	*t = (struct thing){.draw = draw, .semseg = semseg, .x = x, .z = z, .size = 1.0f, .flip = flip, .key = key};
	return t;
}

struct layer *scene_layer(struct scene *s, enum where where, material *fill, int semseg, struct vec dark, struct vec light) {
	uint32_t seed = rng_u32(&s->rng);
	struct layer *l = &s->layers[s->layer_count < LAYERS_MAX - 1 ? s->layer_count++ : LAYERS_MAX - 1];
	*l = (struct layer){.where = where, .fill = fill, .semseg = semseg, .dark = dark, .light = light, .period = 1.0f, .far = 1e6f, .seed = seed};
	return l;
}

static void brush_init(struct brush *b, struct scene *s, const struct thing *t, enum pass pass, int instance) {
	*b = (struct brush){.s = s, .t = t, .pass = pass, .instance = instance, .cosine = cosf(t->yaw), .sine = sinf(t->yaw)};
	struct vec l = s->light.to_sun;
	float side = l.x / maxf(sqrtf(l.x * l.x + l.z * l.z), 1e-4f);
	b->half_cosine = sqrtf(0.5f * (1.0f + sqrtf(maxf(1.0f - side * side, 0.0f))));
	b->half_sine = 0.5f * side / b->half_cosine * (l.z < 0.0f ? 1.0f : -1.0f);
	b->reach_x = l.x / maxf(l.y, 0.05f), b->reach_z = l.z / maxf(l.y, 0.05f);
	rng_init(&b->rng, s->seed ^ (uint64_t)t->key << 32, RNG_SCENE, s->split, s->index);
}

/* A box blur across and down, twice over: the penumbra of shadows. */
static void soften(struct canvas *c) {
	int radius = (int)lrintf(c->scale * 0.004f);
	if (radius < 1) return;
	float *line = canvas_row(c, 0);
	int w = c->width;
	for (int y = 0; y < c->height; y++) {
		float *row = c->shade + (int64_t)y * w, sum = 0.0f;
		memcpy(line, row, (size_t)w * sizeof *row);
		for (int x = -radius; x < w; x++) {
			if (x + radius < w) sum += line[x + radius];
			if (x - radius - 1 >= 0) sum -= line[x - radius - 1];
			if (x >= 0) row[x] = sum / (float)(2 * radius + 1);
		}
	}
}

enum { SHADOW_METRES = 90 };

void scene_shadows(struct scene *s) {
	for (int i = 0; i < s->count; i++) {
		struct brush b;
		/* Far shadows are too thin to see. */
		if (s->things[i].afloat || s->things[i].z > SHADOW_METRES) continue;
		brush_init(&b, s, &s->things[i], SHADOW, 0);
		b.t->draw(&b);
	}
	soften(&s->canvas);
}

static int farther(const void *a, const void *b) {
	const struct thing *s = a, *t = b;
	float a_z = s->z + s->order, b_z = t->z + t->order;
	if (a_z != b_z) return a_z > b_z ? -1 : 1;
	return s->key < t->key ? -1 : s->key > t->key;
}

void scene_things(struct scene *s) {
	qsort(s->things, (size_t)s->count, sizeof *s->things, farther);
	for (int i = 0; i < s->count; i++) {
		struct brush b;
		if (s->things[i].afloat) {
			brush_init(&b, s, &s->things[i], MIRROR, -1);
			b.t->draw(&b);
		}
		brush_init(&b, s, &s->things[i], BODY, s->things[i].semseg < 0 ? -1 : s->things[i].background ? 0 : i + 1);
		b.t->draw(&b);
	}
}
