/* engine/data/backend.h -- what a data set is made of: a table of functions over its own memory. For this room.
 * Threads: after opening, everything is read-only, and read() is called from many threads at once. */
#pragma once

#include "engine/data/dataset.h"

struct backend {
	int (*read)(const void *self, enum split s, int index, struct raw_sample *out); /* INDEX is in range */
	void (*describe)(const void *self, enum split s, int index, char *out, int capacity);
	const char *(*label)(const void *self, int label);                              /* LABEL is in range */
	void (*free)(void *self);
};

/* A backend opened: NAME, CLASS and what SELF holds live as long as SELF. */
struct backing {
	const struct backend *backend;
	void *self;
	const char *name;
	int count[SPLITS], classes, labels;
	const struct class_info *class;
};

/* Takes SELF over, on failure too. */
int dataset_new(struct dataset **out, const struct backing *b);
