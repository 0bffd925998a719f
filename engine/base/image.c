#include "engine/base/image.h"

#include <stdlib.h>

#include "engine/base/err.h"

int image_new(struct image *out, int width, int height) {
	*out = (struct image){0};
	if (width < 1 || height < 1 || width > 65535 || height > 65535)
		return err_set(ERR_ARGUMENT, "an image of %d x %d pixels can't be made (each side must be 1 to 65535)", width, height);
	uint8_t *pixels = calloc((size_t)width * (size_t)height, 3);
	if (!pixels) return err_set(ERR_MEMORY, "no memory for an image of %d x %d pixels", width, height);
	*out = (struct image){width, height, pixels};
	return 0;
}

void image_free(struct image *im) {
	free(im->pixels);
	*im = (struct image){0};
}
