/* Any bytes as a JPEG. */
#include "engine/data/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct image im;
	int width, height;
	jpeg_decode_size(data, size, "input", &width, &height);
	if (jpeg_decode_rgb(&im, data, size, "input") == 0) image_free(&im);
	return 0;
}
