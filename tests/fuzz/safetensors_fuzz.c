/* tests/fuzz/safetensors_fuzz.c -- any bytes as a safetensors file: no crash, and every tensor handed out lies inside the input. */
#include <stdint.h>
#include <stdlib.h>

#include "engine/model/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct safetensors *f;
	if (safetensors_open_memory(&f, data, size, "input")) return 0;
	for (int i = 0; i < safetensors_count(f); i++) {
		const struct tensor_info *t = safetensors_at(f, i);
		const uint8_t *first = t->data;
		if (first < data || first + t->bytes > data + size || t->bytes != t->count * tensor_type_bytes(t->type)) abort();
		float *out = malloc((t->count + 1) * sizeof *out);
		if (out) safetensors_floats(t, out);
		free(out);
	}
	safetensors_meta(f, "format");
	safetensors_close(f);
	return 0;
}
