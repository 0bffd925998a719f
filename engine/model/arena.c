#include "engine/model/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

enum { ALIGN_BYTES = 64 };

struct arena_slot { void *pointer; int tensor; };

void arena_init(struct arena *a, struct device *d) { *a = (struct arena){.device = d}; }

/* Room for one more element of an array that doubles; false when out of memory. */
static bool grow(void **array, int count, int *capacity, size_t element) {
	if (count < *capacity) return true;
	int wanted = *capacity ? 2 * *capacity : 64;
	void *larger = realloc(*array, (size_t)wanted * element);
	if (!larger) return false;
	*array = larger;
	*capacity = wanted;
	return true;
}

/* The tensor of that name (the part before the shape), or -1. */
static int find(const struct arena *a, const char *name) {
	size_t n = strlen(name);
	for (int i = 0; i < a->count; i++)
		if (strncmp(a->tensors[i].name, name, n) == 0 && a->tensors[i].name[n] == ' ') return i;
	return -1;
}

void arena_take(struct arena *a, void *pointer, size_t element_bytes, size_t rows, size_t width, const char *name, ...) {
	char base[48];
	va_list args;
	va_start(args, name);
	vsnprintf(base, sizeof base, name, args);
	va_end(args);
	if (a->count < 0) return; /* already out of memory */
	if (!grow((void **)&a->tensors, a->count, &a->capacity, sizeof *a->tensors) ||
	    !grow((void **)&a->slot, a->slots, &a->slots_capacity, sizeof *a->slot)) {
		a->count = -1;
		return;
	}
	size_t bytes = rows * width * element_bytes;
	int i = find(a, base);
	if (i < 0) a->tensors[i = a->count++] = (struct arena_tensor){.bytes = 0};
	if (bytes >= a->tensors[i].bytes) {
		a->tensors[i].bytes = bytes;
		snprintf(a->tensors[i].name, sizeof a->tensors[i].name, "%s [%zu, %zu]", base, rows, width);
	}
	a->slot[a->slots++] = (struct arena_slot){pointer, i};
}

int arena_plan(struct arena *a, const char *what) {
	if (a->count < 0) return err_set(ERR_MEMORY, "no memory for the tensor table of %s", what);
	a->bytes = 0;
	for (int i = 0; i < a->count; i++) {
		a->tensors[i].offset = a->bytes;
		a->bytes += (a->tensors[i].bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
	}
	return 0;
}

int arena_commit(struct arena *a, const char *what) {
	int rc = arena_plan(a, what);
	if (!rc) rc = device_alloc(a->device, &a->memory, a->bytes ? a->bytes : ALIGN_BYTES, what);
	if (rc) return rc;
	for (int i = 0; i < a->slots; i++) {
		void *address = (char *)a->memory + a->tensors[a->slot[i].tensor].offset;
		memcpy(a->slot[i].pointer, &address, sizeof address);
	}
	return 0;
}

void arena_each(const struct arena *a, each_tensor each, void *context) {
	for (int i = 0; each && i < a->count; i++) each(a->tensors[i].name, a->tensors[i].bytes, context);
}

void arena_fini(struct arena *a) {
	if (a->memory) device_free(a->device, a->memory);
	free(a->tensors);
	free(a->slot);
	*a = (struct arena){.memory = NULL};
}
