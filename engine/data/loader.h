/* engine/data/loader.h -- batches in training order, made by threads ahead of the trainer.
 *
 * Order: position p = step * batch + j counts samples from the run's start; epoch = p / n; the sample is the epoch's permutation
 * (RNG_ORDER, epoch) at p % n; its crop comes from (RNG_CROP, epoch, sample). So what a step sees depends on (seed, step, batch) alone,
 * not on the number of threads or on what was loaded before.
 * A sample that can't be read is replaced by the next one that can (index + 1, ...; with that sample's own crop), and
 * loader_complaint() says so once; when none can, loader_next() fails.
 * Threads: one consumer (the trainer) makes all calls. The loader's own threads take no signals and run at a lower priority: what
 * they make ahead must not hold up the step that computes, and when the trainer waits for them, the cores are free. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/data/dataset.h"
#include "engine/data/transform.h"

struct batch {
	int64_t step;            /* the optimizer step it is for, from 0 */
	int count;
	uint8_t *rgb;            /* [B,3,S,S] */
	uint8_t *labels[2];      /* [SEMSEG], [INSTANCE]: [B, 4 side, 4 side] */
	int32_t *index, *epoch;  /* [B] */
};

struct loader_config {
	uint64_t seed;
	int batch;
	struct sample_shape shape;
	int threads;             /* 0: as many as there are cores, at most 16 */
	int ahead;               /* batches kept ready beside the one in use; 0: 4, or 2 where a batch has 16 MiB or more */
	void *(*alloc)(void *context, size_t bytes); /* the images' and labels' memory (a device's, which uploads fast); NULL: malloc, free */
	void (*free)(void *context, void *p);
	void *context;
};

struct loader;

/* Borrows DATASET. *OUT is the caller's: loader_free(), at any time. ERR_ARGUMENT (an empty data set, a batch out of range), ERR_MEMORY. */
int loader_new(struct loader **out, struct dataset *dataset, const struct loader_config *c, int64_t first_step);
void loader_free(struct loader *l);
/* The next step's batch; waits for it. Borrowed, valid until the next call of next or seek. WAITED_MS (NULL is fine): how long the
 * trainer starved. A failure stays (the same step fails again) until loader_seek(). */
int loader_next(struct loader *l, const struct batch **out, double *waited_ms);
int loader_seek(struct loader *l, int64_t step);  /* the next batch is STEP's */
/* The oldest complaint about a sample left out that wasn't given yet, a sentence; false if there is none. */
bool loader_complaint(struct loader *l, char *out, int capacity);

/* --- the same order, without a loader: what training would see --- */
struct order;                                    /* one epoch's permutation, cached; belongs to one thread */
int order_new(struct order **out, uint64_t seed, int count);
void order_free(struct order *o);
int order_at(struct order *o, int64_t position, int *epoch); /* sample index at POSITION */

/* Sample INDEX of SPLIT as the model sees it: the training crop of EPOCH for TRAIN, the validation crop for VAL. Buffers as transform_apply(). */
int sample_load(struct dataset *d, enum split s, int index, int epoch, uint64_t seed, const struct sample_shape *shape,
                uint8_t *rgb, uint8_t *instance, uint8_t *semseg);
