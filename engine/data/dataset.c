#include "engine/data/dataset.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/data/backend.h"
#include "engine/data/sample_cache.h"
#include "engine/data/scenes.h"

enum { CACHE_BYTES = 512 << 20, SCENES_COUNT_MAX = 10000000 };

struct dataset {
	struct backing b;
	struct sample_cache *cache;
};

void raw_sample_free(struct raw_sample *r) {
	free(r->rgb);
	free(r->instance);
	free(r->semseg);
	*r = (struct raw_sample){0};
}

int dataset_new(struct dataset **out, const struct backing *b) {
	struct dataset *d = calloc(1, sizeof *d);
	int rc = d ? cache_new(&d->cache, CACHE_BYTES) : err_set(ERR_MEMORY, "no memory for the data set");
	if (rc != 0) {
		b->backend->free(b->self);
		free(d);
		d = NULL;
	} else {
		d->b = *b;
	}
	*out = d;
	return rc;
}

void dataset_free(struct dataset *d) {
	if (!d) return;
	d->b.backend->free(d->b.self);
	cache_free(d->cache);
	free(d);
}

const char *dataset_name(const struct dataset *d) { return d->b.name; }
int dataset_count(const struct dataset *d, enum split s) { return d->b.count[s]; }
int dataset_classes(const struct dataset *d) { return d->b.classes; }
int dataset_labels(const struct dataset *d) { return d->b.labels; }

const struct class_info *dataset_class(const struct dataset *d, int c) {
	assert(c >= 0 && c < d->b.classes);
	return &d->b.class[c];
}

const char *dataset_label(const struct dataset *d, int label) {
	assert(label >= 0 && label < d->b.labels);
	return d->b.backend->label(d->b.self, label);
}

static int check_index(const struct dataset *d, enum split s, int index) {
	int n = d->b.count[s];
	if (index >= 0 && index < n) return 0;
	if (n == 0) return err_set(ERR_ARGUMENT, "there is no %s/%d (%s has no %s samples)", split_name[s], index, d->b.name, split_name[s]);
	return err_set(ERR_ARGUMENT, "there is no %s/%d (%s has %s/0 to %s/%d)", split_name[s], index, d->b.name, split_name[s],
	               split_name[s], n - 1);
}

void dataset_describe(const struct dataset *d, enum split s, int index, char *out, int capacity) {
	if (index >= 0 && index < d->b.count[s]) d->b.backend->describe(d->b.self, s, index, out, capacity);
	else snprintf(out, (size_t)capacity, "%s/%d", split_name[s], index);
}

int dataset_read(struct dataset *d, enum split s, int index, struct raw_sample *out) {
	*out = (struct raw_sample){0};
	int rc = check_index(d, s, index);
	if (rc != 0) return rc;
	if (cache_get(d->cache, s, index, out)) return 0;
	rc = d->b.backend->read(d->b.self, s, index, out);
	if (rc == 0) cache_put(d->cache, s, index, out);
	return rc;
}

void dataset_cache(struct dataset *d, int64_t bytes) { cache_set_budget(d->cache, bytes); }

/* --- the embedded scenes --- */

struct scenes {
	uint64_t seed;
	int image_size;
};

static int scenes_read(const void *self, enum split s, int index, struct raw_sample *out) {
	const struct scenes *sc = self;
	return scenes_render(sc->seed, s, index, sc->image_size, out);
}

static void scenes_describe(const void *self, enum split s, int index, char *out, int capacity) {
	(void)self;
	snprintf(out, (size_t)capacity, "scenes %s/%d", split_name[s], index);
}

static const char *scenes_name_label(const void *self, int label) {
	(void)self;
	return scenes_label(label);
}

static const struct backend scenes_backend = {scenes_read, scenes_describe, scenes_name_label, free};

int dataset_open_scenes(struct dataset **out, uint64_t seed, int image_size, const int count[SPLITS]) {
	*out = NULL;
	for (int s = 0; s < SPLITS; s++)
		if (count[s] < (s == TRAIN) || count[s] > SCENES_COUNT_MAX)
			return err_set(ERR_ARGUMENT, "%d %s scenes can't be had (%d to %d)", count[s], split_name[s], s == TRAIN, SCENES_COUNT_MAX);
	struct scenes *sc = malloc(sizeof *sc);
	if (!sc) return err_set(ERR_MEMORY, "no memory for the data set");
	*sc = (struct scenes){seed, image_size};
	return dataset_new(out, &(struct backing){
		.backend = &scenes_backend, .self = sc, .name = "scenes", .count = {count[TRAIN], count[VAL]},
		.classes = sizeof scenes_classes / sizeof scenes_classes[0], .labels = scenes_labels(), .class = scenes_classes});
}
