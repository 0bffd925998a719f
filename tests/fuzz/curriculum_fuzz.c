/* tests/fuzz/curriculum_fuzz.c -- any text is refused with a sentence or becomes a sound curriculum that writes and reads back the same. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/mask/curriculum.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "curriculum_fuzz: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct curriculum c, back;
	char text[8192];
	char *input = malloc(size + 1);
	require(input != NULL, "out of memory");
	memcpy(input, data, size);
	input[size] = '\0';
	int code = curriculum_parse(&c, input, "input");
	free(input);
	if (code != 0) {
		require(code == ERR_FORMAT && strncmp(err_message(), "input", 5) == 0, "an error without its sentence");
		return 0;
	}
	require(c.count >= 1 && c.count <= KNOTS_MAX, "the number of knots");
	for (int i = 0; i <= 16; i++) {
		double mix[SOURCES];
		curriculum_at(&c, i / 16.0, mix);
		require(fabs(mix[0] + mix[1] + mix[2] - 1) <= 1e-9, "the mix does not sum to 1");
	}
	require(curriculum_format(&c, text, sizeof text) < sizeof text, "the text is too long");
	require(curriculum_parse(&back, text, "input") == 0, "its own text is refused");
	require(back.count == c.count && back.interpolation == c.interpolation, "its own text reads differently");
	for (int i = 0; i < c.count; i++) require(memcmp(&back.knots[i], &c.knots[i], sizeof c.knots[i]) == 0, "a knot changed");
	return 0;
}
