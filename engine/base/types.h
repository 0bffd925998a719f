/* engine/base/types.h -- the few words that every room of the engine shares.
 *
 * Order: coarse to fine, the order of the cascade and of every listing a user sees (spec.md section 1).
 * Token sequences alone run the other way (rgb, instance, semseg: spec.md section 3). */
#pragma once

enum granularity { SEMSEG, INSTANCE, RGB, GRANULARITIES };

static const char *const granularity_name[GRANULARITIES] __attribute__((unused)) = {"semseg", "instance", "rgb"};

enum split { TRAIN, VAL, SPLITS };

static const char *const split_name[SPLITS] __attribute__((unused)) = {"train", "val"};

enum {
	UNLABELLED = 255,       /* a semantic cell without a class, in files and in samples */
	CLASSES_MAX = 255,      /* classes are 0 .. CLASSES_MAX - 1 */
	INSTANCES_MAX = 256,    /* canonical instance ids, background included, fit in a byte */
	CELLS = 16,             /* label cells of a patch: 4 x 4 */
	CELLS_SIDE = 4,
	PATCHES_MAX = 1024,     /* N = (S/P)^2 at most */
	BATCH_MAX = 8192,
};
