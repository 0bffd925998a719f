/* tests/fuzz/condition_fuzz.c -- any text as a condition of `until` and `break if`: refused with a sentence, or one that can be asked of any numbers. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/train/condition.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "condition_fuzz: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const struct metric none = {0}, bad = {.total = NAN, .grad_norm = INFINITY, .evaluated = true};
	const double smooth[GRANULARITIES] = {0, 1, NAN};
	struct condition c = {.terms = -1}, again;
	char *text = malloc(size + 1);
	if (!text) return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	int code = condition_parse(&c, text);
	if (code) {
		require(code == ERR_ARGUMENT && *err_message() && c.terms == -1, "a failure without its sentence, or one that leaves something");
	} else {
		require(c.terms >= 1 && c.terms <= CONDITION_TERMS && !strcmp(c.text, text), "the terms");
		condition_holds(&c, &none, smooth, 0);
		condition_holds(&c, &bad, smooth, 1);
		condition_value(&c, &none, smooth, 0);
		require(condition_parse(&again, c.text) == 0 && again.terms == c.terms, "what was read can't be read again");
	}
	free(text);
	return 0;
}
