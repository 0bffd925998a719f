#include "engine/data/scenes.h"

#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/data/scenes_world.h"

int scenes_labels(void) { return scene_type_count; }

const char *scenes_label(int label) { return label >= 0 && label < scene_type_count ? scene_types[label].name : ""; }

/* Width over height, with how often: mostly what cameras give. */
static const struct {
	float ratio;
	int weight;
} aspects[] = {{4.0f / 3.0f, 11}, {3.0f / 2.0f, 4}, {1.0f, 2}, {3.0f / 4.0f, 3}};

static float aspect(struct scene *s) {
	int draw = scene_below(s, 20);
	for (size_t i = 0;; i++) {
		draw -= aspects[i].weight;
		if (draw < 0) return aspects[i].ratio;
	}
}

/* Light to display: a shoulder for what is brighter than 0.6, then the sRGB curve (within 0.2 % by four roots). */
static float display(float x) {
	x = x > 0.0f ? x : 0.0f;
	float over = (x - 0.6f) * 2.5f;
	x = over > 0.0f ? 0.6f + 0.4f * over / (1.0f + over) : x;
	float s1 = sqrtf(x), s2 = sqrtf(s1), s3 = sqrtf(s2);
	return 0.662002687f * s1 + 0.684122060f * s2 - 0.323583601f * s3 - 0.0225411470f * x;
}

static uint8_t byte(float x) { return (uint8_t)(int)(clampf(x, 0.0f, 1.0f) * 255.0f + 0.5f); }

/* Vignette, display curve, and a grain of about one level, so that flat areas are not perfectly flat. */
static void develop(const struct canvas *c, uint8_t *rgb, uint32_t seed) {
	float iw = 2.0f / (float)c->width, ih = 2.0f / (float)c->height;
	for (int y = 0; y < c->height; y++) {
		float v = ((float)y + 0.5f) * ih - 1.0f;
		for (int x = 0; x < c->width; x++) {
			int64_t o = (int64_t)y * c->width + x;
			float u = ((float)x + 0.5f) * iw - 1.0f, dim = 1.0f - 0.07f * (u * u + v * v),
			      grain = noise_lattice(x, y, seed) * (1.3f / 255.0f);
			rgb[3 * o] = byte(display(c->r[o] * dim) + grain);
			rgb[3 * o + 1] = byte(display(c->g[o] * dim) + grain);
			rgb[3 * o + 2] = byte(display(c->b[o] * dim) + grain);
		}
	}
}

static void draw(struct scene *s) {
	if (s->indoors)
		scene_void(s);
	else
		scene_sky(s);
	for (int i = 0; i < s->range_count; i++) scene_terrain(s, &s->ranges[i]);
	scene_shadows(s);
	scene_ground(s);
	scene_things(s);
	scene_weather(s);
}

int scenes_render(uint64_t seed, enum split split, int index, int image_size, struct raw_sample *out) {
	*out = (struct raw_sample){0};
	if (image_size < 8 || image_size > 2048)
		return err_set(ERR_ARGUMENT, "can't render scenes for images of %d pixels (8 to 2048 can be)", image_size);
	if (index < 0 || split < 0 || split >= SPLITS)
		return err_set(ERR_ARGUMENT, "there is no scene %d of split %d (indices start at 0)", index, (int)split);
	struct scene *s = calloc(1, sizeof *s);
	if (!s) return err_set(ERR_MEMORY, "can't render a scene (out of memory)");
	*s = (struct scene){.seed = seed, .split = (uint32_t)split, .index = (uint32_t)index, .ground_end = 1e6f};
	rng_init(&s->rng, seed, RNG_SCENE, s->split, s->index);
	int label = scene_below(s, scene_type_count), side = image_size + image_size / 2;
	float ratio = aspect(s);
	s->width = ratio > 1.0f ? ratio : 1.0f;
	s->height = ratio < 1.0f ? 1.0f / ratio : 1.0f;
	uint8_t *rgb = NULL;
	int rc = canvas_init(&s->canvas, (int)lrintf(s->width * (float)side), (int)lrintf(s->height * (float)side));
	if (rc) goto done;
	rgb = malloc((size_t)s->canvas.width * (size_t)s->canvas.height * 3);
	if (!rgb) {
		rc = err_set(ERR_MEMORY, "can't render a scene of %d x %d (out of memory)", s->canvas.width, s->canvas.height);
		goto done;
	}
	scene_types[label].compose(s);
	draw(s);
	develop(&s->canvas, rgb, s->light.seed);
	*out = (struct raw_sample){s->canvas.width, s->canvas.height, rgb, s->canvas.instance, s->canvas.semseg, label};
	s->canvas.instance = NULL;
	s->canvas.semseg = NULL;
done:
	canvas_fini(&s->canvas);
	free(s);
	return rc;
}
