#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/data/loader.h"

struct order {
	uint64_t seed;
	int count, *sample; /* [count]: the permutation of EPOCH */
	int64_t epoch;      /* -1: none yet */
};

int order_new(struct order **out, uint64_t seed, int count) {
	*out = NULL;
	if (count < 1) return err_set(ERR_ARGUMENT, "an order of %d samples can't be made (the data set has none to train on)", count);
	struct order *o = malloc(sizeof *o);
	int *sample = malloc((size_t)count * sizeof *sample);
	if (!o || !sample) {
		free(o);
		free(sample);
		return err_set(ERR_MEMORY, "no memory for the order of %d samples", count);
	}
	*o = (struct order){seed, count, sample, -1};
	*out = o;
	return 0;
}

void order_free(struct order *o) {
	if (!o) return;
	free(o->sample);
	free(o);
}

int order_at(struct order *o, int64_t position, int *epoch) {
	int64_t e = position / o->count;
	if (e != o->epoch) {
		struct rng r;
		rng_init(&r, o->seed, RNG_ORDER, (uint32_t)e, 0);
		for (int i = 0; i < o->count; i++) o->sample[i] = i;
		rng_shuffle(&r, o->sample, o->count);
		o->epoch = e;
	}
	if (epoch) *epoch = (int)e;
	return o->sample[position % o->count];
}

int sample_load(struct dataset *d, enum split s, int index, int epoch, uint64_t seed, const struct sample_shape *shape,
                uint8_t *rgb, uint8_t *instance, uint8_t *semseg) {
	struct raw_sample raw;
	int rc = dataset_read(d, s, index, &raw);
	if (rc != 0) return rc;
	struct rng r;
	rng_init(&r, seed, RNG_CROP, (uint32_t)epoch, (uint32_t)index);
	struct crop c = s == TRAIN ? crop_train(raw.width, raw.height, &r) : crop_val(raw.width, raw.height);
	rc = transform_apply(&raw, &c, shape, rgb, instance, semseg);
	raw_sample_free(&raw);
	return rc;
}
