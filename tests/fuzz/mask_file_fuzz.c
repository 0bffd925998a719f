/* tests/fuzz/mask_file_fuzz.c -- any text is refused with a sentence or becomes a mask of zeros and ones. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/mask/mask_file.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "mask_file_fuzz: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct given_mask m;
	int code = mask_file_parse("input", (const char *)data, size, &m);
	if (code != 0) {
		require(code == ERR_FORMAT && strncmp(err_message(), "input", 5) == 0, "an error without its sentence");
		return 0;
	}
	require(m.side >= 1 && m.side * m.side <= PATCHES_MAX, "the side");
	for (int g = 0; g < GRANULARITIES; g++)
		for (int n = 0; n < m.side * m.side; n++) require(m.final[g][n] <= 1, "a patch is neither masked nor visible");
	return 0;
}
