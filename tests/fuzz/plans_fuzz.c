/* tests/fuzz/plans_fuzz.c -- any file gives some plans (perhaps none), sorted, each once. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/op/plans.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "plans_fuzz: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct plans p;
	plans_open(&p, "", "c2f plans 1: a GPU");
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	if (!f) return 0;
	plans_read(&p, f);
	fclose(f);
	require(p.count >= 0 && p.count <= PLANS_MAX && p.count <= p.room, "the number of plans");
	for (int i = 0; i < p.count; i++) {
		require(plans_find(&p, p.plan[i].key) == &p.plan[i], "a plan that is not found by its key");
		require(!p.plan[i].trusted, "a plan from a file that is trusted");
	}
	plans_close(&p);
	return 0;
}
