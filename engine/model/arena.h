/* engine/model/arena.h -- one device allocation, cut by a table of names and shapes.
 *
 * First every tensor is taken: its name, its shape, and the pointer that will receive its address. Then arena_commit() allocates
 * once and fills the pointers. Taking a name again shares its memory, at the larger of the two sizes: so scratch is shared between
 * layers by having one name.
 * Threads: as the device. */
#pragma once

#include <stddef.h>

#include "engine/device/device.h"

struct arena_tensor {
	char name[80];   /* "encoder.3.qkv [1584, 2304]" */
	size_t offset, bytes;
};

struct arena {
	struct device *device;
	void *memory;
	size_t bytes;
	int count, capacity;
	struct arena_tensor *tensors;
	int slots, slots_capacity;
	struct arena_slot *slot;
};

void arena_init(struct arena *a, struct device *d);
/* POINTER is the address of an `act *`, `float *`, ...: arena_commit() fills it, and reports if host memory ran out here. */
void arena_take(struct arena *a, void *pointer, size_t element_bytes, size_t rows, size_t width, const char *name, ...)
	__attribute__((format(printf, 6, 7)));
/* Places every tensor and adds up BYTES, but allocates nothing. WHAT names the owner in the sentence. ERR_MEMORY. */
int arena_plan(struct arena *a, const char *what);
/* Plans, allocates, fills the pointers. ERR_MEMORY, ERR_DEVICE. */
int arena_commit(struct arena *a, const char *what);
typedef void (*each_tensor)(const char *name, size_t bytes, void *context);
void arena_each(const struct arena *a, each_tensor each, void *context); /* EACH may be NULL */
void arena_fini(struct arena *a); /* a zeroed arena is fine */
