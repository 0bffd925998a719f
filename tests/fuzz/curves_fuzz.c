/* tests/fuzz/curves_fuzz.c -- any bytes in place of metrics.jsonl are refused with a sentence, or become curves whose steps ascend. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/curves.h"
#include "engine/base/err.h"

static void require(int holds, const char *what) {
	if (holds) return;
	fprintf(stderr, "curves_fuzz: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct history h = {0}, copy = {0};
	FILE *f = size ? fmemopen((void *)data, size, "rb") : NULL; /* it is only read */
	if (!f) return 0;
	int code = curves_read(&h, f, "input");
	fclose(f);
	require(code == 0 || ((code == ERR_FORMAT || code == ERR_STATE) && strstr(err_message(), "input")), "an error without its sentence");
	require(code == 0 || (h.count == 0 && h.val_count == 0 && !h.step), "a failure leaves something");
	for (int64_t i = 1; i < h.count; i++) require(h.step[i - 1] < h.step[i], "steps do not ascend");
	for (int64_t i = 1; i < h.val_count; i++) require(h.val_step[i - 1] < h.val_step[i], "steps of validation do not ascend");
	require(history_copy(&copy, &h) && copy.count == h.count && copy.val_count == h.val_count, "the copy is another");
	for (int64_t i = 0; i < h.count; i++) require(!memcmp(&copy.total[i], &h.total[i], sizeof *h.total), "the copy differs");
	history_free(&copy);
	history_free(&h);
	return 0;
}
