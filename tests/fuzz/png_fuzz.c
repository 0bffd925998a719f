/* Any bytes as a PNG: pixels, labels, size, text. */
#include <stdlib.h>

#include "engine/data/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct image im;
	struct label_map m;
	char *value;
	if (png_decode_rgb(&im, data, size, "input") == 0) image_free(&im);
	if (png_decode_labels(&m, data, size, "input") == 0) label_map_free(&m);
	if (png_decode_text(data, size, "input", "recipe", &value) == 0) free(value);
	return 0;
}
